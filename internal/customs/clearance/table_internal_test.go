package clearance

import "testing"

// TestUndefinedCellsAreUnreachable goes through everything that tells events
// apart - is something stored, under which guid and time, and the appType - and
// finds a defined cell in each state that can be so.
func TestUndefinedCellsAreUnreachable(t *testing.T) {
	t.Parallel()
	for s := range states {
		known := s != None // a list was stored under the number: states come from lists alone
		p := &parcel{State: s}
		if known {
			p.ListMeta = meta{GUID: 7, AppTime: 100}
		}
		reached := map[Event]bool{}
		for _, guid := range []uint64{7, 9} {
			for _, at := range []int64{99, 100, 101} {
				for _, appType := range []byte{'1', '2', '3'} {
					ev := listEvent(p, &Doc{GUID: guid, AppTime: at, AppType: appType})
					reached[ev] = true
					if !Table[ev][s].Defined {
						t.Errorf("%v in %v is reached and not defined", ev, s)
					}
				}
			}
		}
		for ev := ListNew; ev <= ListDelete; ev++ {
			if Table[ev][s].Defined != reached[ev] {
				t.Errorf("%v in %v: defined %v, reached %v", ev, s, Table[ev][s].Defined, reached[ev])
			}
		}
		for ev := Timeout; ev < events; ev++ {
			if !Table[ev][s].Defined {
				t.Errorf("%v in %v is not defined", ev, s)
			}
		}
	}
	for s := range docStates {
		reached := map[DocEvent]bool{}
		for _, stored := range []bool{false, true} {
			if !stored && s != Absent {
				continue // pending and used documents were stored
			}
			m := &meta{State: s}
			if stored {
				m.GUID, m.AppTime = 7, 100
			}
			for _, guid := range []uint64{7, 9} {
				for _, at := range []int64{99, 100, 101} {
					for _, appType := range []byte{'1', '2', '3'} {
						reached[classify(m, &Doc{GUID: guid, AppTime: at, AppType: appType})] = true
					}
				}
			}
		}
		for ev := range docEvents {
			if DocTable[ev][s].Never == reached[ev] {
				t.Errorf("document %v when %v: never %v, reached %v", ev, s, DocTable[ev][s].Never, reached[ev])
			}
		}
	}
}

// TestEveryRefusalOfTheTablesHasACode: every code that tables and kinds name is
// explained in Codes.
func TestEveryRefusalOfTheTablesHasACode(t *testing.T) {
	t.Parallel()
	for ev := range events {
		for s := range states {
			if c := Table[ev][s].Code; c != "" && Codes[c].ZH == "" {
				t.Errorf("%v in %v: code %s is not explained", ev, s, c)
			}
		}
	}
	for k, list := range faultCodes {
		for f, c := range list {
			if c != "" && Codes[c].ZH == "" {
				t.Errorf("%v fault %d: code %s is not explained", k, f, c)
			}
		}
		for _, row := range DocTable {
			for _, cell := range row {
				if cell.Fault != NoFault && (k == 311 || k == 303 || k == 411 || k == 403 || k == 511 || k == 505) && list[cell.Fault] == "" {
					t.Errorf("%v has no code for fault %d", k, cell.Fault)
				}
			}
		}
	}
}

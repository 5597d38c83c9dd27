package clearance

import (
	"pilotzone/ceb"
	"pilotzone/internal/kernel/refdata"
)

// Fields that a supervision mode may demand, by the names under which the pack
// lists them (table trade_modes).
var (
	importHeadFields = map[string]ceb.Field{"emsNo": ceb.H621EmsNo, "areaCode": ceb.H621AreaCode, "areaName": ceb.H621AreaName, "country": ceb.H621Country,
		"trafNo": ceb.H621TrafNo, "voyageNo": ceb.H621VoyageNo, "billNo": ceb.H621BillNo, "loctNo": ceb.H621LoctNo, "copNo": ceb.H621CopNo}
	importLineFields = map[string]ceb.Field{"itemRecordNo": ceb.L621ItemRecordNo, "itemNo": ceb.L621ItemNo, "barCode": ceb.L621BarCode}
	exportHeadFields = map[string]ceb.Field{"iacCode": ceb.H603IacCode, "iacName": ceb.H603IacName, "emsNo": ceb.H603EmsNo,
		"trafName": ceb.H603TrafName, "voyageNo": ceb.H603VoyageNo, "billNo": ceb.H603BillNo, "loctNo": ceb.H603LoctNo}
	exportLineFields = map[string]ceb.Field{"itemRecordNo": ceb.L603ItemRecordNo, "barCode": ceb.L603BarCode}
)

// mode finds the rules of the list's supervision mode; a mode that does not
// exist in the direction on the day is a fault.
func (x *Extractor) mode(d *Doc, dir Direction, code string) *refdata.ModeRule {
	if m, ok := refdata.ModeOf([]byte(code)); ok {
		if rule, ok := x.rules.Mode(byte(dir), m); ok {
			return rule
		}
	}
	d.fault(Say("PZ1408", code, map[Direction]string{Import: "进口清单", Export: "出口清单"}[dir]))
	return &refdata.ModeRule{}
}

// demand refuses a list that lacks what its mode demands (FORMATS section 8).
func (x *Extractor) demand(d *Doc, r ceb.Record, rules []refdata.FieldRule, fields map[string]ceb.Field, mode string) {
	for _, f := range rules {
		at, ok := fields[f.Name]
		if !ok {
			continue
		}
		switch v := r.Bytes(at); {
		case len(v) == 0:
			d.fault(Say("PZ1005", f.Name, mode))
		case f.Value != "" && string(v) != f.Value:
			d.fault(Say("PZ1004", f.Name, string(v), f.Value))
		}
	}
}

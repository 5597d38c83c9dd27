package lookup_test

import (
	"fmt"
	"strings"
	"testing"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/kernel/store"
)

// No table of the index holds a name, an ID number, a telephone or an address.
func TestNoPersonalText(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, st *store.Store, core *coretest.Core, x *lookup.Index) {
		core.Send(t, coretest.Parcel(1)...)
		core.Send(t, coretest.Order(2), coretest.Payment(2).With(ceb.H411PayerIdNumber, "410701197001010010"), coretest.Waybill(2), coretest.List(2)) // refused
		catchUp(t, x)
		head := coretest.Order(1).Head
		private := []string{head[ceb.H311BuyerName], head[ceb.H311BuyerIdNumber], head[ceb.H311BuyerTelephone], head[ceb.H311ConsigneeAddress], "410701197001010010"}
		cells := 0
		for _, table := range []string{"parcels", "postings", "refusals", "refusal_keys", "traces", "eras", "receipts"} {
			for _, text := range texts(t, st, table) {
				cells++
				for _, p := range private {
					if strings.Contains(text, p) {
						t.Errorf("%s holds %q", table, text)
					}
				}
			}
		}
		if cells < 60 {
			t.Errorf("only %d cells", cells)
		}
	})
}

// texts are all cells of a table as text.
func texts(t *testing.T, st *store.Store, table string) (out []string) {
	t.Helper()
	rows, err := st.Search.Read().Query("select * from " + table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		cells := make([]any, len(names))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		for _, c := range cells {
			switch v := (*c.(*any)).(type) {
			case []byte:
				out = append(out, string(v))
			default:
				out = append(out, fmt.Sprint(v))
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

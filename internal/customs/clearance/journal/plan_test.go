package journal_test

import (
	"fmt"
	"strings"
	"testing"

	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/kernel/store"
)

// Look-ups must go straight to their row, however long the log is: no plan may
// read a table through or sort.
func TestLookUpsUseAnIndex(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, j journal.Journal) {
		m := newMaker(journal.State{})
		m.size, m.payload = 10, 10
		commit(t, j, m, 100)
		pages := make([]journal.Page, 500)
		for i := range pages {
			pages[i] = journal.Page{First: [16]byte{byte(i >> 8), byte(i)}, Data: []byte{1}}
		}
		if err := j.SaveLayer(t.Context(), 1, pages); err != nil {
			t.Fatal(err)
		}
		explain := "explain query plan "
		if s.Dialect == store.Postgres {
			explain = "explain "
			change(t, s, "analyze")
		}
		for query, args := range journal.HotQueries {
			rows, err := s.Core.Read().Query(explain+query, args...)
			if err != nil {
				t.Fatal(err)
			}
			var plan strings.Builder
			columns, err := rows.Columns()
			if err != nil {
				t.Fatal(err)
			}
			line := make([]any, len(columns))
			into := make([]any, len(columns))
			for i := range line {
				into[i] = &line[i]
			}
			for rows.Next() {
				if err := rows.Scan(into...); err != nil {
					t.Fatal(err)
				}
				fmt.Fprintln(&plan, line...)
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			text := strings.ReplaceAll(plan.String(), "Seq Scan on layers ", "") // a table of one row
			if strings.Contains(text, "SCAN ") || strings.Contains(text, "TEMP B-TREE") ||
				strings.Contains(text, "Seq Scan") || strings.Contains(text, "Sort") {
				t.Errorf("%s\n%s", query, plan.String())
			}
			if !strings.Contains(text, "ndex") && !strings.Contains(text, "INDEX") {
				t.Errorf("no index in the plan of %s\n%s", query, plan.String())
			}
		}
	})
}

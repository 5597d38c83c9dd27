package sheets

import (
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/refdata"
)

// CodeLists gives the code tables of a rule book as they are on a day, for
// Template.Write.
func CodeLists(book *refdata.Book, on clock.Day) func(name string) [][2]string {
	return func(name string) (out [][2]string) {
		t, ok := book.Set().Table(name)
		if !ok {
			return nil
		}
		for r := range t.On(on) {
			out = append(out, [2]string{r.Text("code"), r.Text("name_zh")})
		}
		return out
	}
}

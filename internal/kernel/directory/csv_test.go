package directory_test

import (
	"errors"
	"strings"
	"testing"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/directory"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

const negative = "\ufeffitem,group,sector,measure,document,begins\n" +
	"1,finance,甲领域,甲措施的内容,测试文件一,2024-04-21\n" +
	"2,教育,乙领域,乙措施的内容,测试文件一,2024-04-21\n"

func TestAFileIsTakenInWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		const dir = "service-trade-negative-list"
		total := func() int {
			page, err := d.List(t.Context(), directory.Query{Directory: dir})
			if err != nil {
				t.Fatal(err)
			}
			return page.Total
		}
		for name, c := range map[string]struct{ csv, code, row string }{
			"a bad day in the second row": {strings.Replace(negative, "测试文件一,2024-04-21\n2", "测试文件一,2024-02-30\n2", 1), "format", "row 2"},
			"an unknown group":            {strings.Replace(negative, "教育", "玄学", 1), "choice", "row 3"},
			"an unknown column":           {strings.Replace(negative, "sector", "secter", 1), "column", ""},
			"the same item twice":         {strings.Replace(negative, "\n2,", "\n1,", 1), "twice", "row 3"},
			"no rows":                     {"item,group\n", "empty", ""},
			"a short row":                 {negative + "3,finance\n", "csv", ""},
		} {
			_, _, err := d.Import(office(t), dir, []byte(c.csv))
			if !has(err, c.code) || !strings.Contains(err.Error(), c.row) {
				t.Errorf("%s: %v", name, err)
			}
			if total() != 0 {
				t.Fatalf("%s: half a file was taken in", name)
			}
		}
		if _, _, err := d.Import(firm(t, provider), dir, []byte(negative)); !errors.Is(err, directory.ErrDenied) {
			t.Errorf("an enterprise: %v", err)
		}
		if added, changed, err := d.Import(office(t), dir, []byte(negative)); err != nil || added != 2 || changed != 0 {
			t.Fatal(added, changed, err)
		}
		again := strings.Replace(negative, "乙措施的内容", "乙措施改后的内容", 1) + "3,health,丙领域,丙措施的内容,测试文件一,2024-04-21\n"
		if added, changed, err := d.Import(office(t), dir, []byte(again)); err != nil || added != 1 || changed != 1 || total() != 3 {
			t.Fatal(added, changed, total(), err)
		}
		page, err := d.List(t.Context(), directory.Query{Directory: dir, Text: "改后"})
		if err != nil || page.Total != 1 || page.Entries[0].Revision != 2 {
			t.Error(page, err)
		}
		for on, want := range map[clock.Day]int{20240420: 0, 20240421: 3} {
			if page, err := d.List(t.Context(), directory.Query{Directory: dir, On: on}); err != nil || page.Total != want {
				t.Errorf("on %s: %v (%v)", on, page, err)
			}
		}
		def := d.Define(dir)
		if got := strings.Join(def.Cells(&page.Entries[0]), ","); got != "2,education,乙领域,乙措施改后的内容,测试文件一,2024-04-21," {
			t.Error(got)
		}
	}, migrations()...)
}

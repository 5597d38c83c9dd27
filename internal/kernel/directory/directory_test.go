package directory_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/directory"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

func TestAnOwnersEntryWaitsForAnOfficeAndItsChangesToo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		own := firm(t, provider)
		base := map[string]any{"name": "牧野培训基地", "kind": "enterprise", "subjects": "平台运营、越南语"}
		e, err := d.Put(own, directory.Entering{Directory: "training-bases", Fields: base})
		d.must(t, e, err)
		if _, err := d.Get(firm(t, stranger), "training-bases", e.ID); !errors.Is(err, directory.ErrNotFound) {
			t.Fatalf("a stranger sees a draft: %v", err)
		}
		if e, err = d.Act(own, directory.Doing{Directory: "training-bases", ID: e.ID, Act: directory.Submit, Revision: e.Revision}); err != nil || e.State != directory.Waiting {
			t.Fatal(e, err)
		}
		if _, err := d.Act(own, directory.Doing{Directory: "training-bases", ID: e.ID, Act: directory.Publish, Revision: e.Revision}); !has(err, "state") {
			t.Fatalf("an owner publishes: %v", err)
		}
		if _, err := d.Act(office(t), directory.Doing{Directory: "training-bases", ID: e.ID, Act: directory.Return, Revision: e.Revision}); !has(err, "required") {
			t.Fatalf("returned without a reason: %v", err)
		}
		e = d.act(t, e, directory.Publish)
		if e.State != directory.Published || e.From != 20261127 || e.Due != 20271127 {
			t.Fatalf("%+v", e)
		}
		base["subjects"] = "平台运营、泰语"
		changed, err := d.Put(own, directory.Entering{Directory: "training-bases", ID: e.ID, Revision: e.Revision, Fields: base, Submit: true})
		d.must(t, changed, err)
		seen, err := d.Get(t.Context(), "training-bases", e.ID)
		if d.must(t, seen, err); seen.Text("subjects") != "平台运营、越南语" || seen.Proposal != nil || seen.Proposed != "" {
			t.Fatalf("a visitor sees what waits: %+v", seen)
		}
		work, err := d.List(office(t), directory.Query{Work: true})
		if err != nil || len(work.Entries) != 1 || work.Entries[0].Proposed != directory.Waiting {
			t.Fatal(work, err)
		}
		d.act(t, changed, directory.Publish)
		if seen, _ = d.Get(t.Context(), "training-bases", e.ID); seen.Text("subjects") != "平台运营、泰语" {
			t.Fatalf("%+v", seen)
		}
		if n := len(d.notices(t, "code:"+provider)); n != 1 { // both publications lead to the same page
			t.Errorf("%d notices", n)
		}
		if _, err := d.Act(office(t), directory.Doing{Directory: "training-bases", ID: e.ID, Act: directory.Suspend, Revision: 2, Reason: "x"}); !errors.Is(err, directory.ErrStale) {
			t.Errorf("an old revision: %v", err)
		}
	}, migrations()...)
}

// act is an office's act with a reason.
func (d *desk) act(t *testing.T, e *directory.Entry, act directory.Act) *directory.Entry {
	t.Helper()
	out, err := d.Act(office(t), directory.Doing{Directory: e.Directory, ID: e.ID, Act: act, Revision: e.Revision, Reason: "核对无误"})
	return d.must(t, out, err)
}

func TestStrangersChangeNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		e := d.listed(t, provider, "万通报关")
		other := firm(t, stranger)
		if _, err := d.Put(other, directory.Entering{Directory: e.Directory, ID: e.ID, Revision: e.Revision, Fields: listing("夺取"), Submit: true}); !errors.Is(err, directory.ErrDenied) {
			t.Errorf("put: %v", err)
		}
		if _, err := d.Act(other, directory.Doing{Directory: e.Directory, ID: e.ID, Revision: e.Revision, Act: directory.Remove}); !errors.Is(err, directory.ErrDenied) {
			t.Errorf("remove: %v", err)
		}
		if _, err := d.Fill(other, e.Directory, e.ID); !errors.Is(err, directory.ErrDenied) {
			t.Errorf("fill: %v", err)
		}
		if _, err := d.Put(other, directory.Entering{Directory: "service-providers", Fields: listing("新商"), Submit: true}); !has(err, "closed") {
			t.Errorf("a closed directory takes entries by hand: %v", err)
		}
		if _, err := d.Put(other, directory.Entering{Directory: "country-guides"}); !errors.Is(err, directory.ErrDenied) {
			t.Errorf("an office's directory: %v", err)
		}
		if _, err := d.Put(t.Context(), directory.Entering{Directory: "training-bases"}); !errors.Is(err, directory.ErrDenied) {
			t.Errorf("a visitor: %v", err)
		}
		list, _, err := d.log.List(t.Context(), audit.Filter{Act: "directory.", Outcome: audit.Denied}, "", 20)
		if err != nil || len(list) != 5 {
			t.Errorf("%d denials are in the chain (%v)", len(list), err)
		}
		mine := listing("万通报关")
		mine["key_cultivated"] = true
		got, err := d.Put(firm(t, provider), directory.Entering{Directory: e.Directory, ID: e.ID, Revision: e.Revision, Fields: mine, Submit: true})
		if d.must(t, got, err); got.Proposal["key_cultivated"] != nil {
			t.Error("an owner sets what offices lay down")
		}
	}, migrations()...)
}

func TestFieldsAreShownToThoseTheyAreFor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		e := d.listed(t, provider, "万通报关")
		for who, ctx := range map[string]struct {
			phone bool
			get   func() (*directory.Entry, error)
		}{
			"visitor": {false, func() (*directory.Entry, error) { return d.Get(t.Context(), e.Directory, e.ID) }},
			"signed":  {true, func() (*directory.Entry, error) { return d.Get(firm(t, stranger), e.Directory, e.ID) }},
			"owner":   {true, func() (*directory.Entry, error) { return d.Get(firm(t, provider), e.Directory, e.ID) }},
		} {
			got, err := ctx.get()
			if err != nil || (got.Text("contact_phone") != "") != ctx.phone {
				t.Errorf("%s: %v %v", who, got, err)
			}
		}
		page, err := d.List(t.Context(), directory.Query{Directory: e.Directory})
		if err != nil || page.Entries[0].Text("contact_phone") != "" {
			t.Errorf("the list shows it: %v", err)
		}
	}, migrations()...)
}

func TestSearchCountsAndPages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		for i := range 7 {
			e := listing(fmt.Sprintf("服务商%d号 Provider_%d", i, i))
			if i%2 == 0 {
				e["kinds"] = []any{"marketing"}
			}
			if _, err := d.Put(office(t), directory.Entering{Directory: "service-providers", Owner: provider, Fields: e, Submit: true}); err != nil {
				t.Fatal(err)
			}
		}
		q := directory.Query{Directory: "service-providers", Sort: directory.SortName, Limit: 3}
		var all []string
		for {
			page, err := d.List(t.Context(), q)
			if err != nil || page.Total != 7 {
				t.Fatal(page, err)
			}
			all = append(all, names(page)...)
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		if len(all) != 7 || !slices.IsSorted(all) {
			t.Errorf("paged: %q", all)
		}
		for _, c := range []struct {
			q    directory.Query
			want int
		}{
			{directory.Query{Text: "务商3"}, 1},
			{directory.Query{Text: "PROVIDER_3"}, 1},
			{directory.Query{Text: "provider%3"}, 0},
			{directory.Query{Text: "退税 服务商"}, 7},
			{directory.Query{Values: map[string][]string{"kinds": {"marketing"}}}, 4},
			{directory.Query{Values: map[string][]string{"kinds": {"marketing", "logistics"}}}, 7},
			{directory.Query{Values: map[string][]string{"contact_phone": {"x"}}}, 7}, // no facet
			{directory.Query{Mine: true}, 0},
		} {
			c.q.Directory = "service-providers"
			page, err := d.List(t.Context(), c.q)
			if err != nil || page.Total != c.want {
				t.Errorf("%+v: %d, want %d (%v)", c.q, page.Total, c.want, err)
			}
		}
		page, err := d.List(t.Context(), directory.Query{Directory: "service-providers", Values: map[string][]string{"kinds": {"marketing"}}})
		if err != nil || fmt.Sprint(page.Facets["kinds"]) != "[{marketing 4} {clearance 3} {logistics 3}]" {
			t.Errorf("%v %v", page.Facets, err) // a facet counts without its own choice
		}
	}, migrations()...)
}

func TestOwnersAreToldBeforeTheEndOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		brand, err := d.Put(office(t), directory.Entering{Directory: "brands", Owner: provider, Fields: map[string]any{"name": "牧野", "category": "outdoor", "goods": "帐篷"}, Submit: true})
		d.must(t, brand, err)
		mark := map[string]any{"brand": brand.ID, "mark_text": "MUYE", "country": "502", "classes": "22", "number": "US123", "registered_on": "2020-01-01", "expires": "2027-06-01"}
		e, err := d.Put(office(t), directory.Entering{Directory: "trademarks", Owner: provider, Fields: mark, Submit: true})
		d.must(t, e, err)
		end := clock.Day(20270601)
		for _, c := range []struct {
			left, want int // days before the end, and whether the owner is told
		}{{181, 0}, {180, 1}, {179, 0}, {91, 0}, {90, 1}, {90, 0}, {29, 1}, {30, 0}, {8, 0}, {7, 1}, {0, 0}, {-1, 0}} {
			d.clock.Set(end.AddDays(-c.left).Time())
			if n, err := d.Daily(t.Context()); err != nil || n != c.want {
				t.Errorf("%d days before: told %d, want %d (%v)", c.left, n, c.want, err)
			}
		}
		d.clock.Set(end.AddDays(1).Time())
		if page, err := d.List(t.Context(), directory.Query{Directory: "trademarks"}); err != nil || page.Total != 0 {
			t.Errorf("an ended trademark is listed: %v %v", page, err)
		}
		mark["expires"] = "2037-06-01"
		if _, err := d.Put(office(t), directory.Entering{Directory: "trademarks", ID: e.ID, Revision: e.Revision, Fields: mark}); err != nil {
			t.Fatal(err)
		}
		d.clock.Set(clock.Day(20370601).AddDays(-100).Time())
		if n, err := d.Daily(t.Context()); err != nil || n != 1 {
			t.Errorf("after a renewal: told %d (%v)", n, err)
		}
		other := map[string]any{"brand": brand.ID, "mark_text": "MUYE", "country": "502", "classes": "22", "number": "us123", "registered_on": "2020-01-01", "expires": "2030-01-01"}
		if _, err := d.Put(office(t), directory.Entering{Directory: "trademarks", Owner: provider, Fields: other, Submit: true}); !has(err, "taken") {
			t.Errorf("the same number twice: %v", err)
		}
		other["number"] = "US124"
		if _, err := d.Put(office(t), directory.Entering{Directory: "trademarks", Owner: stranger, Fields: other, Submit: true}); !has(err, "parent") {
			t.Errorf("another's brand: %v", err)
		}
	}, migrations()...)
}

func TestACertificateVerifiesByItsCodeAndIsListedNowhere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		own := firm(t, provider)
		fields := map[string]any{"holder": "张三丰", "course": "越南语电商运营", "level": "completed", "issued_on": "2026-11-20"}
		if _, err := d.Put(own, directory.Entering{Directory: "training-certificates", Fields: fields, Submit: true}); !has(err, "requires") {
			t.Fatalf("who is no base issues certificates: %v", err)
		}
		if _, err := d.Put(office(t), directory.Entering{Directory: "training-bases", Owner: provider, Fields: map[string]any{"name": "基地", "kind": "enterprise", "subjects": "越南语"}, Submit: true}); err != nil {
			t.Fatal(err)
		}
		e, err := d.Put(own, directory.Entering{Directory: "training-certificates", Fields: fields, Submit: true})
		if d.must(t, e, err); e.State != directory.Published || len(e.Code) != 24 || e.Fields["holder"] != "张**" || e.Name != "张**" {
			t.Fatalf("%+v", e)
		}
		code := e.Code[:6] + "-" + e.Code[6:12] + " " + e.Code[12:]
		_, got, err := d.Verify(t.Context(), code)
		if err != nil || got.Text("course") != "越南语电商运营" || got.Fields["holder"] != "张**" || got.Fields["holder_no"] != nil {
			t.Errorf("%+v %v", got, err)
		}
		for _, bad := range []string{"", "#1", e.Code[:23] + "Z", fmt.Sprintf("#%d", e.Serial)} {
			if _, _, err := d.Verify(t.Context(), bad); !errors.Is(err, directory.ErrNotFound) && bad != e.Code {
				t.Errorf("%q: %v", bad, err)
			}
		}
		if _, err := d.List(t.Context(), directory.Query{Directory: "training-certificates"}); !errors.Is(err, directory.ErrNotFound) {
			t.Errorf("a visitor lists people: %v", err)
		}
		if page, err := d.List(firm(t, stranger), directory.Query{Directory: "training-certificates"}); err != nil || page.Total != 0 {
			t.Errorf("another enterprise lists people: %v %v", page, err)
		}
		if page, err := d.List(own, directory.Query{Directory: "training-certificates"}); err != nil || page.Total != 1 {
			t.Errorf("the base: %v %v", page, err)
		}
		var clear int
		if err := d.db.Read().QueryRow(`select count(*) from directory_entries where fields like '%张三丰%' or search like '%张三丰%' or name like '%张三丰%'`).Scan(&clear); err != nil || clear != 0 {
			t.Errorf("a name stands in clear in %d rows (%v)", clear, err)
		}
		d.act(t, e, directory.Suspend)
		if _, got, err := d.Verify(t.Context(), e.Code); err != nil || got.State != directory.Suspended {
			t.Errorf("a suspended one verifies: %+v %v", got, err)
		}
	}, migrations()...)
}

// Package directories is the pages of the directories (名录): the catalogue by
// theme, each directory with search and counts, entries with their history, what
// belongs to them and their ratings; one's own entries and how they are written;
// the offices' work; certificates verified; and what concerns one's own sales.
//
// Invariants: what is shown is what the directory service gives the caller, and
// nothing is looked up beside it; who may do what is asked of the service; a
// filter that is no facet of the directory is left out.
package directories

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/growth/listing"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/directory"
	"pilotzone/internal/kernel/form"
)

type pages struct {
	*ui.Shell
	zone  *zone.Zone
	dirs  *directory.Service
	names names.Names
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z, z.Directory, names.Of(z)}
	s.Nav(ui.Item{Group: ui.Parks, Path: "/directories", ZH: "名录", EN: "Directories", Icon: "book", Need: access.Public},
		ui.Item{Group: ui.Parks, Path: "/directories/mine", ZH: "我的条目", EN: "My entries", Icon: "pencil", Need: access.ListingEdit, Signed: true},
		ui.Item{Group: ui.Parks, Path: "/directories/market", ZH: "目的地标准与准入", EN: "Market access", Icon: "world", Need: access.ParcelRead, Signed: true})
	s.Get("/directories", access.Public, p.catalogue)
	s.Get("/directories/mine", access.ListingEdit, p.mine)
	s.Get("/directories/work", access.ListingEdit, p.work)
	s.Get("/directories/verify", access.Public, p.verify)
	s.Get("/directories/market", access.ParcelRead, p.market)
	s.Get("/measures/{directory}/{entry}", access.Public, p.cited)
	s.Get("/directories/{directory}", access.Public, p.list)
	s.Raw("/directories/{directory}/export.csv", access.Public, p.export)
	s.Raw("/directories/{directory}/export.xlsx", access.Public, p.export)
	s.Get("/directories/{directory}/new", access.ListingEdit, p.edit)
	s.Post("/directories/{directory}/new", access.ListingEdit, p.put)
	s.Get("/directories/{directory}/import", access.ListingEdit, p.importPage)
	s.Upload("/directories/{directory}/import", access.ListingEdit, 9<<20, p.importFile)
	s.Get("/directories/{directory}/{entry}", access.Public, p.entry)
	s.Get("/directories/{directory}/{entry}/edit", access.ListingEdit, p.edit)
	s.Post("/directories/{directory}/{entry}/edit", access.ListingEdit, p.put)
	s.Post("/directories/{directory}/{entry}/act", access.ListingEdit, p.act)
	s.Post("/directories/{directory}/{entry}/rate", access.ListingEdit, p.rate)
	s.Post("/directories/{directory}/{entry}/answer", access.ListingEdit, p.answer)
	s.Post("/directories/{directory}/{entry}/hide", access.ListingEdit, p.hide)
}

func (p *pages) today() clock.Day { return p.dirs.Today() }

// fault puts an error of the service into words.
func fault(err error) error {
	var list directory.Problems
	switch {
	case err == nil:
		return nil
	case errors.As(err, &list):
		out := &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T(list[0].ZH, list[0].EN), Mend: ui.T(list[0].FixZH, list[0].FixEN)}
		for _, q := range list {
			if len(list) > 1 {
				out.Items = append(out.Items, ui.T(q.ZH+"："+q.FixZH, q.EN+": "+q.FixEN))
			}
		}
		return out
	case errors.Is(err, directory.ErrNotFound):
		return ui.NotFound()
	case errors.Is(err, directory.ErrDenied):
		return &ui.Problem{Status: http.StatusForbidden, What: ui.T("无权操作该条目", "This entry is not yours to change"), Mend: ui.T("由条目所有者或主管部门办理", "Its owner or the office does it")}
	case errors.Is(err, directory.ErrStale):
		return &ui.Problem{Status: http.StatusConflict, What: ui.T("条目已有变化", "The entry has changed meanwhile"), Mend: ui.T("返回条目查看后再操作", "Look at it again first")}
	}
	return err
}

// cited leads from what a decision cites to the entry of the directory.
func (p *pages) cited(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, "/directories/"+url.PathEscape(r.PathValue("directory"))+"/"+url.PathEscape(r.PathValue("entry")), http.StatusSeeOther)
	return nil
}

// themed is the directories of one theme with how many entries each has.
type themed struct {
	theme string
	list  []counted
}

type counted struct {
	*directory.Definition
	n    int
	open bool // the count is the caller's to see
}

type catalogueView struct {
	themes []themed
	own    bool
	work   bool
}

func (p *pages) catalogue(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := &catalogueView{own: access.Of(ctx).Scope(access.ListingEdit) == access.Own, work: p.dirs.Edits(ctx)}
	for _, d := range p.dirs.Definitions(ctx) {
		if d.Parent != nil && d.Visibility != directory.Everyone {
			continue // seen on the entry that it belongs to
		}
		page, err := p.dirs.List(ctx, directory.Query{Directory: d.ID, Limit: 1})
		if err != nil {
			return fault(err)
		}
		i := slices.IndexFunc(v.themes, func(t themed) bool { return t.theme == d.Theme })
		if i < 0 {
			i, v.themes = len(v.themes), append(v.themes, themed{theme: d.Theme})
		}
		v.themes[i].list = append(v.themes[i].list, counted{d, page.Total, true})
	}
	slices.SortFunc(v.themes, func(a, b themed) int { return themeRank(a.theme) - themeRank(b.theme) })
	return p.Show(w, r, ui.View{Title: ui.T("名录", "Directories"), Wide: true, Body: catalogue(v)})
}

// listView is a page of one directory.
type listView struct {
	d          *directory.Definition
	q          directory.Query
	page       *directory.Page
	facets     []facet
	today      clock.Day
	edits, own bool // the caller works it; may have entries in it
	first      string
	next       string
	address    func(after string) string
	owner      func(code string) string
}

// facet is a field with the values that entries can be chosen by.
type facet struct {
	field  *form.Field
	values []facetValue
}

type facetValue struct {
	words  form.Words
	n      int
	chosen bool
	link   string
}

func (p *pages) query(r *http.Request, d *directory.Definition) directory.Query {
	q := r.URL.Query()
	out := directory.Query{Directory: d.ID, Text: strings.TrimSpace(q.Get("text")), Sort: directory.Sort(q.Get("sort")), After: q.Get("after"), Values: map[string][]string{}, All: q.Get("all") == "yes"}
	if day, err := clock.ParseDay(q.Get("on")); err == nil {
		out.On = day
	}
	for _, f := range d.Facets {
		if list := slices.DeleteFunc(slices.Clone(q[f]), func(s string) bool { return s == "" }); len(list) > 0 {
			out.Values[f] = list
		}
	}
	return out
}

// address is a directory's page under a query.
func address(path string, q directory.Query) string {
	v := url.Values{}
	if q.Text != "" {
		v.Set("text", q.Text)
	}
	if q.Sort != "" {
		v.Set("sort", string(q.Sort))
	}
	if q.After != "" {
		v.Set("after", q.After)
	}
	if q.All {
		v.Set("all", "yes")
	}
	if q.On != 0 {
		v.Set("on", q.On.String())
	}
	for f, list := range q.Values {
		v[f] = list
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	d := p.dirs.Define(r.PathValue("directory"))
	if d == nil {
		return ui.NotFound()
	}
	q := p.query(r, d)
	page, err := p.dirs.List(ctx, q)
	if err != nil {
		return fault(err)
	}
	v := &listView{d: d, q: q, page: page, today: p.today(), edits: p.dirs.Edits(ctx), owner: p.ownerName(ctx),
		own: access.Of(ctx).Scope(access.ListingEdit) == access.Own && d.Holders == directory.ByOwners}
	path := "/directories/" + d.ID
	v.address = func(after string) string { n := q; n.After = after; return address(path, n) }
	if q.After != "" {
		v.first = v.address("")
	}
	if page.Next != "" {
		v.next = v.address(page.Next)
	}
	for _, name := range d.Facets {
		v.facets = append(v.facets, p.facet(d, q, path, name, page.Facets[name]))
	}
	return p.Show(w, r, ui.View{Title: ui.T(d.Title.ZH, d.Title.EN), Wide: true, Body: list(v), Back: "/directories", BackTo: ui.T("名录", "Directories")})
}

func (p *pages) facet(d *directory.Definition, q directory.Query, path, name string, counts []directory.Count) facet {
	f := facet{field: d.Form.Field(name)}
	for _, c := range counts {
		n := q
		n.After = ""
		n.Values = map[string][]string{}
		for k, list := range q.Values {
			n.Values[k] = slices.Clone(list)
		}
		chosen := slices.Contains(q.Values[name], c.Value)
		if chosen {
			n.Values[name] = slices.DeleteFunc(n.Values[name], func(s string) bool { return s == c.Value })
		} else {
			n.Values[name] = append(n.Values[name], c.Value)
		}
		f.values = append(f.values, facetValue{words: wordsOf(f.field, c.Value), n: c.N, chosen: chosen, link: address(path, n)})
	}
	return f
}

// wordsOf says a facet's value.
func wordsOf(f *form.Field, value string) form.Words {
	if f.Kind == form.YesNoField {
		return f.Text(value == "true")
	}
	return f.Text(value)
}

// ownerName names owners: an enterprise by its filing, another organisation by its
// account; "" if neither is there.
func (p *pages) ownerName(ctx context.Context) func(owner string) string {
	return func(owner string) string {
		if len(owner) == 10 {
			if name := p.names.Enterprise(owner); name != "" {
				return name
			}
		}
		o, err := p.zone.Accounts.Org(access.With(ctx, access.System()), owner)
		if err != nil {
			return ""
		}
		return o.Name
	}
}

// verify finds a certificate by its code.
func (p *pages) verify(w http.ResponseWriter, r *http.Request) error {
	code := strings.TrimSpace(r.URL.Query().Get("code"))
	v := &verifyView{code: code, today: p.today()}
	if code != "" {
		d, e, err := p.dirs.Verify(r.Context(), code)
		if err != nil && !errors.Is(err, directory.ErrNotFound) {
			return err
		}
		v.d, v.e, v.asked = d, e, true
		if e != nil {
			v.owner = p.ownerName(r.Context())(e.Owner)
		}
	}
	return p.Show(w, r, ui.View{Title: ui.T("核验证书", "Verify a certificate"), Body: verified(v), Back: "/directories", BackTo: ui.T("名录", "Directories")})
}

type verifyView struct {
	code  string
	asked bool
	d     *directory.Definition
	e     *directory.Entry
	owner string
	today clock.Day
}

// mine are the caller's own entries of all directories.
func (p *pages) mine(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	page, err := p.dirs.List(ctx, directory.Query{Mine: true, Sort: directory.SortNewest, Limit: 200})
	if err != nil {
		return fault(err)
	}
	v := &mineView{page: page, today: p.today(), dirs: p.dirs}
	for _, d := range p.dirs.Definitions(ctx) {
		if d.Holders == directory.ByOwners {
			v.open = append(v.open, d)
		}
	}
	return p.Show(w, r, ui.View{Title: ui.T("我的条目", "My entries"), Wide: true, Body: mine(v), Back: "/directories", BackTo: ui.T("名录", "Directories")})
}

type mineView struct {
	page  *directory.Page
	open  []*directory.Definition
	today clock.Day
	dirs  *directory.Service
}

// work is what waits for an office.
func (p *pages) work(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	waiting, err := p.dirs.List(ctx, directory.Query{Work: true, Sort: directory.SortNewest, Limit: 200})
	if err != nil {
		return fault(err)
	}
	due, err := p.dirs.List(ctx, directory.Query{Due: p.today().AddMonths(1), Sort: directory.SortNewest, Limit: 200})
	if err != nil {
		return fault(err)
	}
	return p.Show(w, r, ui.View{Title: ui.T("名录审核", "Entries to work on"), Wide: true, Body: work(&workView{waiting, due, p.today(), p.dirs, p.ownerName(ctx)}), Back: "/directories", BackTo: ui.T("名录", "Directories")})
}

type workView struct {
	waiting, due *directory.Page
	today        clock.Day
	dirs         *directory.Service
	owner        func(string) string
}

// market is the measures that concern what the caller's enterprise sold.
func (p *pages) market(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := &marketView{names: p.names, own: access.Of(ctx).Scope(access.ParcelRead) == access.Own}
	if v.own {
		if err := p.concerns(ctx, v); err != nil {
			return err
		}
	}
	return p.Show(w, r, ui.View{Title: ui.T("与我所售商品有关的标准与准入措施", "Standards and measures for what I sell"), Wide: true, Body: market(v), Back: "/directories/market-measures", BackTo: ui.T("目的地标准与准入措施", "Standards and market access")})
}

func (p *pages) concerns(ctx context.Context, v *marketView) error {
	for _, d := range p.dirs.Definitions(ctx) {
		if d.Market == nil {
			continue
		}
		list, err := p.zone.Listing.Concerns(ctx, d.ID, access.Of(ctx).Parties()...)
		if err != nil {
			return err
		}
		v.list = append(v.list, list...)
	}
	return nil
}

type marketView struct {
	names names.Names
	own   bool
	list  []listing.Concern
}

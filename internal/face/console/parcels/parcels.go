// Package parcels is the pages that list parcels (包裹查询): filters that stay in
// the address, saved searches, and the list as a file.
//
// Invariants: what is shown, counted and exported is what the table of
// permissions reaches for the caller; a file has just the rows and columns that
// the page shows; no personal data is in the list, so none can be in a file.
package parcels

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/export"
	"pilotzone/internal/face/query"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/saved"
)

type pages struct {
	*ui.Shell
	zone  *zone.Zone
	names names.Names
}

// list is the name of this list among the saved searches.
const list = "parcels"

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z, names.Of(z)}
	s.Nav(ui.Item{Group: ui.Clearance, Path: "/parcels", ZH: "包裹", EN: "Parcels", Icon: "package", Need: access.ParcelRead})
	s.Get("/parcels", access.ParcelRead, p.list)
	s.Post("/parcels/saved", access.ParcelRead, p.save)
	s.Post("/parcels/saved/delete", access.ParcelRead, p.forget)
	s.Raw("/parcels/export.csv", access.ParcelExport, p.export)
	s.Raw("/parcels/export.xlsx", access.ParcelExport, p.export)
}

// rows is how many rows a page has.
const rows = 40

// view is what the page shows.
type view struct {
	filter  lookup.Filter
	faults  []query.Fault
	found   lookup.Found
	columns []query.Column
	chosen  []string // columns as the address names them
	dense   bool
	before  uint64
	chips   []chip
	saved   []saved.Search
	export  bool
	reach   lookup.Reach
	names   names.Names
}

// chip is a filter that is set, with the address without it.
type chip struct {
	Label, Value ui.Text
	Data         string // behind the value, as somebody wrote it
	Without      string
}

// read reads the address; the filter's reach is that of a permission.
func (p *pages) read(r *http.Request, need access.Permission) *view {
	q := r.URL.Query()
	v := &view{dense: q.Get("dense") == "1", reach: query.Reach(r.Context(), need), names: p.names}
	v.filter, v.faults = query.Parcels(q)
	v.filter.Within = v.reach
	for _, c := range query.Columns() {
		if slices.Contains(q["cols"], c.Name) {
			v.chosen = append(v.chosen, c.Name)
		}
	}
	v.columns = query.Chosen(v.chosen)
	v.before, _ = strconv.ParseUint(q.Get("before"), 10, 63)
	return v
}

// values are filters, columns and density as they stand in the address.
func (v *view) values() url.Values {
	q := query.Values(v.filter)
	if len(v.chosen) > 0 {
		q["cols"] = v.chosen
	}
	if v.dense {
		q.Set("dense", "1")
	}
	return q
}

func (v *view) address(path string, change func(url.Values)) string {
	q := v.values()
	if change != nil {
		change(q)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func (v *view) next() string {
	if v.found.Next == 0 {
		return ""
	}
	return v.address("/parcels", func(q url.Values) { q.Set("before", strconv.FormatUint(v.found.Next, 10)) })
}

func (v *view) newest() string {
	if v.before == 0 {
		return ""
	}
	return v.address("/parcels", nil)
}

func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	v := p.read(r, access.ParcelRead)
	who := access.Of(r.Context())
	v.export = who.May(access.ParcelExport)
	v.chips = v.chipsOf()
	var err error
	if v.saved, err = p.zone.Saved.List(r.Context(), who.ID, list); err != nil {
		return err
	}
	status := 0
	if len(v.faults) > 0 {
		status = http.StatusUnprocessableEntity
	} else if v.found, err = p.zone.Lookup.List(r.Context(), v.filter, lookup.Page{Before: v.before, Limit: rows}); err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: v.title(), Status: status, Wide: true, Body: page(v)})
}

// title says how many there are.
func (v *view) title() ui.Text {
	if len(v.faults) > 0 {
		return ui.T("包裹", "Parcels")
	}
	t := Total(v.found.Total)
	return ui.T("包裹（"+t.ZH+"）", "Parcels ("+t.EN+")")
}

// exact is up to where a total is said to the one.
const exact = 10_000

// Total is how many things a list has, in words: the number up to 10,000, and
// above about how many.
func Total(t lookup.Total) ui.Text {
	if t.N <= exact {
		return ui.T(ui.Count(t.N), ui.Count(t.N))
	}
	unit := int64(1)
	for t.N/unit >= 1000 { // three figures say enough
		unit *= 10
	}
	about := ui.Count((t.N + unit/2) / unit * unit)
	return ui.T("超过 10,000，约 "+about, "over 10,000, about "+about)
}

func (p *pages) save(w http.ResponseWriter, r *http.Request) error {
	q, err := url.ParseQuery(r.PostForm.Get("query"))
	if err != nil {
		return fault(saved.ErrQuery)
	}
	q.Del("before")
	err = p.zone.Saved.Save(r.Context(), access.Of(r.Context()).ID, list, r.PostForm.Get("name"), q.Encode())
	if err != nil {
		return fault(err)
	}
	return p.Done(w, r, "/parcels?"+q.Encode(), ui.T("查询已保存", "The search is saved"))
}

func (p *pages) forget(w http.ResponseWriter, r *http.Request) error {
	if err := p.zone.Saved.Delete(r.Context(), access.Of(r.Context()).ID, list, r.PostForm.Get("name")); err != nil {
		return err
	}
	return p.Done(w, r, "/parcels", ui.T("已删除该查询", "The saved search is deleted"))
}

// fault puts what is wrong with a saved search into words.
func fault(err error) error {
	var f *saved.Fault
	if errors.As(err, &f) {
		return &ui.Problem{Status: 422, What: ui.T(f.ZH, f.EN), Mend: ui.T(f.FixZH, f.FixEN)}
	}
	return err
}

// patience is how long a reader of a file may take for a thousand rows.
const patience = time.Minute

// export writes the list as a file while it reads it.
func (p *pages) export(w http.ResponseWriter, r *http.Request) error {
	v := p.read(r, access.ParcelExport)
	if len(v.faults) > 0 {
		f := v.faults[0]
		return &ui.Problem{Status: 422, What: ui.T(f.ZH+"："+f.Name, f.EN+": "+f.Name), Mend: ui.T(f.FixZH, f.FixEN)}
	}
	total, err := p.zone.Lookup.Count(r.Context(), v.filter)
	if err != nil {
		return err
	}
	form := strings.TrimPrefix(r.URL.Path, "/parcels/export.")
	if form == "xlsx" && total.N > export.MostRows {
		return &ui.Problem{Status: 422, What: ui.T("超过 XLSX 单表上限 1,048,575 行", "There are more than the 1,048,575 rows of a sheet of XLSX"),
			Mend: ui.T("缩小查询范围，或导出 CSV", "Narrow the filters, or export CSV")}
	}
	if err := p.note(r, v, form, total); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="parcels-%s.%s"`, clock.DayOf(p.zone.Config.Clock.Now()), form))
	w.Header().Set("Cache-Control", "no-store")
	if err := p.write(w, r, v, form); err != nil {
		p.Log.WarnContext(r.Context(), "an export ended early (导出中断)", "error", err)
		panic(http.ErrAbortHandler) // what was sent is cut off: the reader must see it
	}
	return nil
}

// note keeps who exported what in the audit chain. A number may have been typed
// wrongly and be a person's: it is not kept.
func (p *pages) note(r *http.Request, v *view, form string, total lookup.Total) error {
	who, q := access.Of(r.Context()), v.values()
	if q.Has(query.Number) {
		q.Set(query.Number, "…")
	}
	return p.zone.Audit.Record(r.Context(), audit.Entry{Actor: who.ID, Org: who.Org, Act: "parcel.export", Object: "parcels", Outcome: audit.Done,
		Detail: "form=" + form + " parcels=" + strconv.FormatInt(total.N, 10) + " filters=" + q.Encode()})
}

// sheet begins a file with its head.
func sheet(w io.Writer, v *view, form string, en bool) (export.Writer, error) {
	head := make([]string, len(v.columns))
	for i, c := range v.columns {
		head[i] = c.ZH
		if en {
			head[i] = c.EN
		}
	}
	if form == "csv" {
		return export.CSV(w, head...)
	}
	return export.XLSX(w, "parcels", head...)
}

func (p *pages) write(w http.ResponseWriter, r *http.Request, v *view, form string) error {
	w.Header().Set("Content-Type", map[string]string{"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}[form])
	connection := http.NewResponseController(w)
	extend := func() {
		// A connection without deadlines takes any time; that of the file is the network's clock.
		_ = connection.SetWriteDeadline(time.Now().Add(patience))
	}
	en := ui.English(r.Context())
	out, err := sheet(w, v, form, en)
	if err != nil {
		return err
	}
	cells := make([]any, len(v.columns))
	n := 0
	err = p.zone.Lookup.Each(r.Context(), v.filter, func(parcel *lookup.Parcel) error {
		if n%1000 == 0 {
			extend()
		}
		n++
		for i, c := range v.columns {
			cells[i] = c.Cell(parcel, en)
		}
		return out.Row(cells...)
	})
	if err != nil {
		return err
	}
	extend()
	return out.Close()
}

// stateOptions are the states in which a parcel can be, in the order of its way.
func stateOptions() (out []ui.Option) {
	for s := clearance.Waiting; s <= clearance.Expired; s++ {
		out = append(out, ui.Option{Value: s.String(), Label: ui.State(s)})
	}
	return out
}

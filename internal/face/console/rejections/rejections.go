// Package rejections is the pages of what was refused (退单原因): how often each
// reason stopped parcels and documents, what it means and how to mend it.
//
// Invariants: every count opens to just as many parcels or documents; counts are
// of what the table of permissions reaches for the caller; who may see figures
// but no parcels gets no way to them.
package rejections

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/query"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/oversight/stats"
)

type pages struct {
	*ui.Shell
	zone *zone.Zone
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z}
	s.Nav(ui.Item{Group: ui.Clearance, Path: "/rejections", ZH: "退单原因", EN: "Rejections", Icon: "alert-triangle", Need: access.StatsRead})
	s.Get("/rejections", access.StatsRead, p.list)
	s.Get("/rejections/{code}", access.ParcelRead, p.documents)
}

// refused are the states of parcels that were refused.
var refused = []clearance.State{clearance.Refused, clearance.Expired}

// cause is one reason and how often it stopped something.
type cause struct {
	Code      string
	Parcels   int64
	Value     money.Fen
	Documents int64
}

// view is what the page shows.
type view struct {
	query  stats.Query
	causes []cause
	parcel bool // may open parcels
	words  names.Names
}

// defaultDays is how many days are shown where nobody asked for others.
const defaultDays = 7

// period reads the days of the address.
func (p *pages) period(q url.Values) (from, to clock.Day, err error) {
	f, faults := query.Parcels(url.Values{query.From: q[query.From], query.To: q[query.To]})
	if len(faults) > 0 {
		return 0, 0, &ui.Problem{Status: 422, What: ui.T("日期无法识别："+faults[0].Value, "This day can't be read: "+faults[0].Value), Mend: ui.T(faults[0].FixZH, faults[0].FixEN)}
	}
	from, to = f.From, f.To
	today := clock.DayOf(p.zone.Config.Clock.Now())
	if to == 0 {
		to = today
	}
	if from == 0 {
		from = to.AddDays(1 - defaultDays)
	}
	return from, to, nil
}

func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	from, to, err := p.period(r.URL.Query())
	if err != nil {
		return err
	}
	v := &view{query: stats.Query{Within: query.Reach(r.Context(), access.StatsRead), From: from, To: to, States: refused}, words: names.Of(p.zone),
		parcel: access.Of(r.Context()).May(access.ParcelRead)}
	parcels, err := p.zone.Stats.Figures(r.Context(), p.zone.Lookup, v.query, lookup.ByReason)
	if err != nil {
		return err
	}
	documents, err := p.zone.Stats.Refused(r.Context(), p.zone.Lookup, v.query)
	if err != nil {
		return err
	}
	v.causes = join(parcels[lookup.ByReason], documents)
	return p.Show(w, r, ui.View{Title: ui.T("退单原因", "Rejections by reason"), Wide: true, Body: page(v)})
}

// join lays the counts of parcels and documents together, the most frequent first.
func join(parcels, documents []lookup.Count) []cause {
	sums := make(map[string]cause)
	for _, c := range parcels {
		sums[c.Value] = cause{Code: c.Value, Parcels: c.N, Value: c.Fen}
	}
	for _, c := range documents {
		v := sums[c.Value]
		v.Code, v.Documents = c.Value, c.N
		sums[c.Value] = v
	}
	out := make([]cause, 0, len(sums))
	for _, c := range sums {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b cause) int {
		return cmp.Or(cmp.Compare(b.Parcels+b.Documents, a.Parcels+a.Documents), cmp.Compare(a.Code, b.Code))
	})
	return out
}

func (v *view) days() url.Values {
	return url.Values{query.From: {v.query.From.String()}, query.To: {v.query.To.String()}}
}

// parcelsOf leads to the parcels that a reason stopped.
func (v *view) parcelsOf(code string) string {
	return query.Address(v.query.Open(lookup.ByReason, code))
}

// documentsOf leads to the documents that a reason stopped.
func (v *view) documentsOf(code string) string {
	return "/rejections/" + url.PathEscape(code) + "?" + v.days().Encode()
}

// one is what the page of one reason shows.
type one struct {
	code   string
	list   []lookup.Refusal
	before uint64
	next   uint64
	view   *view
}

// rows is how many rows a page has.
const rows = 40

func (p *pages) documents(w http.ResponseWriter, r *http.Request) error {
	code := r.PathValue("code")
	if _, ok := clearance.Codes[code]; !ok {
		return ui.NotFound()
	}
	from, to, err := p.period(r.URL.Query())
	if err != nil {
		return err
	}
	reach := query.Reach(r.Context(), access.ParcelRead)
	o := &one{code: code, view: &view{query: stats.Query{Within: reach, From: from, To: to, States: refused}, words: names.Of(p.zone), parcel: true}}
	o.before, _ = strconv.ParseUint(r.URL.Query().Get("before"), 10, 63)
	o.list, err = p.zone.Lookup.Refusals(r.Context(), lookup.RefusalFilter{Within: reach, Reason: code, From: from, To: to}, lookup.Page{Before: o.before, Limit: rows + 1})
	if err != nil {
		return err
	}
	if len(o.list) > rows {
		o.list, o.next = o.list[:rows], o.list[rows-1].Seq
	}
	return p.Show(w, r, ui.View{Title: ui.T("退单原因 "+code, "Reason "+code), Wide: true, Back: "/rejections?" + o.view.days().Encode(), BackTo: ui.T("退单原因", "Rejections"), Body: reason(o)})
}

func (o *one) newest() string {
	if o.before == 0 {
		return ""
	}
	return o.view.documentsOf(o.code)
}

func (o *one) further() string {
	if o.next == 0 {
		return ""
	}
	return o.view.documentsOf(o.code) + "&before=" + strconv.FormatUint(o.next, 10)
}

// opens leads to the story of a refused document.
func opens(r lookup.Refusal) string {
	if r.Parcel != 0 {
		return "/parcels/" + strconv.FormatUint(r.Parcel, 10)
	}
	return "/answers/" + strconv.FormatUint(r.Seq, 10)
}

// Package receipts is the pages of receipts (回执): the list from the newest on,
// and a receipt as customs' clients read it.
//
// Invariant: a receipt is shown to those whom it went to, and is as if it were
// not there for everybody else.
package receipts

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/query"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
)

type pages struct {
	*ui.Shell
	zone  *zone.Zone
	names names.Names
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z, names.Of(z)}
	s.Nav(ui.Item{Group: ui.Clearance, Path: "/receipts", ZH: "回执", EN: "Receipts", Icon: "receipt", Need: access.ReceiptRead})
	s.Get("/receipts", access.ReceiptRead, p.list)
	s.Get("/receipts/{place}", access.ReceiptRead, p.one)
	s.Raw("/receipts/{place}/xml", access.ReceiptRead, p.xml)
}

// rows is how many rows a page has.
const rows = 40

// view is what the list shows.
type view struct {
	filter lookup.ReceiptFilter
	faults []query.Fault
	list   []lookup.Receipt
	before lookup.Cursor
	next   lookup.Cursor
	reach  lookup.Reach
	names  names.Names
	parcel bool // may open parcels
}

func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	v := &view{reach: query.Reach(r.Context(), access.ReceiptRead), names: p.names, parcel: access.Of(r.Context()).May(access.ParcelRead)}
	v.filter, v.faults = query.Receipts(r.URL.Query())
	v.filter.Within = v.reach
	var err error
	if v.before, err = lookup.ParseCursor(r.URL.Query().Get("before")); err != nil {
		return &ui.Problem{Status: 422, What: ui.T("翻页位置无效", "The place to go on from can't be read"), Mend: ui.T("回到列表首页", "Go back to the list's beginning")}
	}
	status := 0
	if len(v.faults) > 0 {
		status = http.StatusUnprocessableEntity
	} else if v.list, v.next, err = p.zone.Lookup.RecentReceipts(r.Context(), v.filter, v.before, rows); err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("回执", "Receipts"), Status: status, Wide: true, Body: page(v)})
}

func (v *view) address(change func(url.Values)) string {
	q := query.ReceiptValues(v.filter)
	if change != nil {
		change(q)
	}
	if len(q) == 0 {
		return "/receipts"
	}
	return "/receipts?" + q.Encode()
}

func (v *view) newest() string {
	if v.before == (lookup.Cursor{}) {
		return ""
	}
	return v.address(nil)
}

func (v *view) further() string {
	if v.next == (lookup.Cursor{}) {
		return ""
	}
	return v.address(func(q url.Values) { q.Set("before", v.next.String()) })
}

// fields are the filters.
func (v *view) fields() []ui.Field {
	q := query.ReceiptValues(v.filter)
	fault := func(name string) ui.Text {
		for _, f := range v.faults {
			if f.Name == name {
				return ui.T(f.ZH+"（"+f.Value+"）。"+f.FixZH, f.EN+" ("+f.Value+"). "+f.FixEN)
			}
		}
		return ui.Text{}
	}
	kinds := []ui.Option{{Label: ui.T("全部", "All")}}
	for _, k := range ceb.Kinds() {
		if k.IsReceipt() {
			n := strconv.Itoa(int(k))
			kinds = append(kinds, ui.Option{Value: n, Label: ui.T("CEB"+n+" "+k.NameZH(), "CEB"+n+" "+k.NameEN())})
		}
	}
	out := []ui.Field{
		{Name: query.Number, Label: ui.T("编号", "Number"), Value: q.Get(query.Number), Error: fault(query.Number)},
		{Name: query.Kind, Label: ui.T("回执报文", "Message"), Kind: "select", Value: q.Get(query.Kind), Options: kinds, Error: fault(query.Kind)},
		{Name: query.Status, Label: ui.T("回执状态（如 100）", "Status, such as 100"), Value: q.Get(query.Status), Error: fault(query.Status)},
		{Name: query.From, Label: ui.T("日期起", "From"), Kind: "date", Value: q.Get(query.From), Error: fault(query.From)},
		{Name: query.To, Label: ui.T("日期止", "To"), Kind: "date", Value: q.Get(query.To), Error: fault(query.To)},
	}
	if v.reach.All {
		return append(out, ui.Field{Name: query.Enterprise, Label: ui.T("企业", "Enterprise"), Value: q.Get(query.Enterprise), Hint: ui.T("海关编码", "customs code"), Error: fault(query.Enterprise)})
	}
	if len(v.reach.Parties) > 1 {
		own := []ui.Option{{Label: ui.T("全部", "All")}}
		for _, c := range v.reach.Parties {
			own = append(own, ui.Option{Value: c, Label: ui.T(c, c)})
		}
		out = append(out, ui.Field{Name: query.Enterprise, Label: ui.T("企业", "Enterprise"), Kind: "select", Value: q.Get(query.Enterprise), Options: own, Error: fault(query.Enterprise)})
	}
	return out
}

// tone is the colour of a status; the word beside it says the same.
func tone(status int32) string {
	switch {
	case status == 800 || status == 899 || status == 399:
		return "green"
	case status < 0 || status == 100 || status == 4 || status >= 501 && status <= 700:
		return "red"
	case status == 300 || status == 500:
		return "amber"
	}
	return "blue"
}

func icon(status int32) string {
	return map[string]string{"green": "circle-check", "red": "circle-x", "amber": "hourglass", "blue": "arrow-right"}[tone(status)]
}

// of reads a receipt that the caller may see.
func (p *pages) of(r *http.Request) (lookup.Receipt, error) {
	place, err := lookup.ParseCursor(r.PathValue("place"))
	if err != nil || place == (lookup.Cursor{}) {
		return lookup.Receipt{}, lookup.ErrNotFound
	}
	return p.zone.Lookup.ReceiptAt(r.Context(), query.Reach(r.Context(), access.ReceiptRead), place)
}

func (p *pages) one(w http.ResponseWriter, r *http.Request) error {
	v, err := p.of(r)
	if err != nil {
		return err
	}
	title := v.Kind.String() + " " + v.Cursor().String()
	parcel := access.Of(r.Context()).May(access.ParcelRead)
	return p.Show(w, r, ui.View{Title: ui.T("回执 "+title, "Receipt "+title), Back: "/receipts", BackTo: ui.T("回执", "Receipts"), Body: one(p.names, &v, parcel)})
}

// xml is the receipt as a message of its own.
func (p *pages) xml(w http.ResponseWriter, r *http.Request) error {
	v, err := p.of(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="CEB%d-%s.xml"`, v.Kind, v.Cursor()))
	_, _ = w.Write(message(&v)) // the reader has gone: nobody to tell
	return nil
}

func message(v *lookup.Receipt) []byte {
	return clearance.AppendReceipts(nil, []clearance.ReceiptNode{v.ReceiptNode})
}

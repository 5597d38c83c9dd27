// Package parcel is the pages of a parcel (包裹页): its whole story, a document as
// it came in, what was answered about documents without a parcel, and the search
// of any number.
//
// Invariants: a parcel is shown to whoever has a part in it, and is as if it were
// not there for everybody else; personal data is masked, in clear it comes by
// package disclose alone; receipts are shown to those whom they went to.
package parcel

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pilotzone/ceb/dsig"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/disclose"
	"pilotzone/internal/customs/story"
	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
)

type pages struct {
	*ui.Shell
	zone     *zone.Zone
	disclose *disclose.Service
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone, d *disclose.Service) {
	p := &pages{s, z, d}
	s.Get("/parcels/{number}", access.ParcelRead, p.parcel)
	s.Get("/parcels/{number}/documents/{input}", access.ParcelRead, p.document)
	s.Post("/parcels/{number}/documents/{input}", access.PersonalClear, p.clear)
	s.Get("/answers/{decision}", access.ParcelRead, p.answer)
	s.Get("/find", access.ParcelRead, p.find)
}

// view is what the page shows.
type view struct {
	*story.Story
	readings []audit.Record
	firms    names.Names
	officer  bool // works the queues
	clear    bool // may ask for personal data in clear
	names    bool // sees who read it
	path     string
}

// of reads a story that the caller may see.
func (p *pages) of(r *http.Request, number string, pick story.Pick) (*story.Story, error) {
	n, err := strconv.ParseUint(number, 10, 63)
	if err != nil {
		return nil, lookup.ErrNotFound
	}
	v, err := p.zone.Story.Read(r.Context(), n, pick)
	if err != nil {
		return nil, err
	}
	err = within(r, v, v.Parcel.Merchant, v.Parcel.Platform, v.Parcel.Agent, v.Parcel.Carrier, v.Parcel.Guarantor)
	if err == nil {
		return v, nil
	}
	sees := func(code string) bool { return access.Of(r.Context()).Sees(access.ParcelRead, code) }
	if slices.ContainsFunc(v.Receipts, func(x story.Receipt) bool { return sees(x.To) }) {
		v.Narrow(sees) // it sent a document, such as the payment, and has no part in the list
		v.Only(sees)
		return v, nil
	}
	return nil, err
}

// within leaves what the caller may see of a story.
func within(r *http.Request, v *story.Story, parties ...string) error {
	who := access.Of(r.Context())
	if !who.Sees(access.ParcelRead, parties...) {
		return lookup.ErrNotFound
	}
	v.Only(func(code string) bool {
		return who.Sees(access.ReceiptRead, code) || who.Scope(access.ParcelRead) == access.Zone
	})
	return nil
}

// picked reads which versions of the documents are to be shown.
func picked(r *http.Request) story.Pick {
	pick := story.Pick{}
	for name, values := range r.URL.Query() {
		if role, ok := story.ParseRole(name); ok {
			if n, err := strconv.ParseUint(values[0], 10, 63); err == nil {
				pick[role] = n
			}
		}
	}
	return pick
}

func (p *pages) parcel(w http.ResponseWriter, r *http.Request) error {
	s, err := p.of(r, r.PathValue("number"), picked(r))
	if err != nil {
		return err
	}
	v := p.view(r, s)
	if v.readings, err = p.readings(r, s.Parcel.Number); err != nil {
		return err
	}
	number := ui.Count(s.Parcel.Number)
	return p.Show(w, r, ui.View{Title: ui.T("包裹 "+number, "Parcel "+number), Wide: true, Back: "/parcels", BackTo: ui.T("包裹", "Parcels"), Body: whole(v)})
}

func (p *pages) view(r *http.Request, s *story.Story) *view {
	who := access.Of(r.Context())
	return &view{Story: s, firms: names.Of(p.zone), officer: who.May(access.QueueWork), clear: who.May(access.PersonalClear), names: who.Scope(access.AuditRead) != access.None || who.May(access.QueueWork), path: r.URL.Path}
}

// mostReadings is how many readings in clear the page lists.
const mostReadings = 50

// readings are those of the parcel's personal data in clear.
func (p *pages) readings(r *http.Request, number uint64) ([]audit.Record, error) {
	list, err := p.zone.Audit.Of(r.Context(), disclose.Object(number), mostReadings)
	return slices.DeleteFunc(list, func(e audit.Record) bool { return e.Act != "personal.read" }), err
}

// answer is the story of documents that have no parcel.
func (p *pages) answer(w http.ResponseWriter, r *http.Request) error {
	n, err := strconv.ParseUint(r.PathValue("decision"), 10, 63)
	if err != nil {
		return lookup.ErrNotFound
	}
	s, err := p.zone.Story.Answer(r.Context(), n, picked(r))
	if err != nil {
		return err
	}
	if err := within(r, s, s.Parties...); err != nil {
		return err
	}
	if to, err := p.parcelOf(r, s); to != "" || err != nil {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return err
	}
	if who := access.Of(r.Context()); who.Scope(access.ParcelRead) != access.Zone {
		s.OnlyPapers(func(code string) bool { return who.Sees(access.ParcelRead, code) })
	}
	title := ui.T("单证 "+s.OrderNo, "Documents "+s.OrderNo)
	return p.Show(w, r, ui.View{Title: title, Wide: true, Back: "/parcels", BackTo: ui.T("包裹", "Parcels"), Body: whole(p.view(r, s))})
}

// parcelOf is the page of the parcel that the documents belong to by now, if the
// caller may see it.
func (p *pages) parcelOf(r *http.Request, s *story.Story) (string, error) {
	list, err := p.zone.Lookup.Find(r.Context(), s.OrderNo)
	if err != nil || s.Key == (clearance.Key{}) {
		return "", err
	}
	who := access.Of(r.Context())
	for i := range list {
		if v := &list[i]; v.Key == s.Key && who.Sees(access.ParcelRead, v.Merchant, v.Platform, v.Agent, v.Carrier, v.Guarantor) {
			return fmt.Sprintf("/parcels/%d", v.Number), nil
		}
	}
	return "", nil
}

// found are the answers to a search.
type found struct {
	number  string
	parcels []lookup.Parcel
	answers []*clearance.Decision
	filing  string // enterprise of that code
}

// find goes straight to the one thing that a number names, or lists what it may be.
func (p *pages) find(w http.ResponseWriter, r *http.Request) error {
	f := found{number: strings.TrimSpace(r.URL.Query().Get("number"))}
	who := access.Of(r.Context())
	if to := p.elsewhere(r.Context(), f.number); to != "" {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
	list, err := p.zone.Lookup.Find(r.Context(), f.number)
	if err != nil {
		return err
	}
	for i := range list {
		if v := &list[i]; who.Sees(access.ParcelRead, v.Merchant, v.Platform, v.Agent, v.Carrier, v.Guarantor) {
			f.parcels = append(f.parcels, *v)
		}
	}
	answers, err := p.zone.Lookup.Answers(r.Context(), f.number)
	if err != nil {
		return err
	}
	seen := map[clearance.Key]bool{}
	for _, d := range answers {
		owned := slices.ContainsFunc(d.Receipts, func(v clearance.Receipt) bool { return who.Sees(access.ParcelRead, v.To) })
		if len(f.parcels) == 0 && (owned || who.Scope(access.ParcelRead) == access.Zone) && !seen[d.Parcel] {
			seen[d.Parcel] = true
			f.answers = append(f.answers, d)
		}
	}
	if filing, err := p.zone.Registry.ByCode(r.Context(), f.number); err == nil && who.Sees(access.EnterpriseRead, filing.CustomsCode, filing.USCC) {
		f.filing = filing.ID
	}
	one := len(f.parcels) + len(f.answers)
	switch {
	case one == 1 && f.filing == "" && len(f.parcels) == 1:
		http.Redirect(w, r, fmt.Sprintf("/parcels/%d", f.parcels[0].Number), http.StatusSeeOther)
		return nil
	case one == 1 && f.filing == "":
		http.Redirect(w, r, fmt.Sprintf("/answers/%d", f.answers[0].Seq), http.StatusSeeOther)
		return nil
	case one == 0 && f.filing != "":
		http.Redirect(w, r, "/enterprises/"+f.filing, http.StatusSeeOther)
		return nil
	}
	status := http.StatusOK
	if one == 0 {
		status = http.StatusNotFound
	}
	return p.Show(w, r, ui.View{Title: ui.T("查找", "Find"), Status: status, Body: results(f)})
}

// elsewhere is the page of a number that is the platform's own and no parcel's: a
// tax bill, a payment document, a matter. What the caller may not see is nowhere.
func (p *pages) elsewhere(ctx context.Context, number string) string {
	who := access.Of(ctx)
	switch {
	case strings.HasPrefix(number, "PZT"):
		if b, _, err := p.zone.TaxBills.Bill(ctx, number); err == nil && who.Sees(access.TaxBillRead, b.Guarantor, b.Merchant, b.Agent) {
			return "/tax-bills/" + url.PathEscape(number)
		}
	case strings.HasPrefix(number, "PZD"):
		day := clock.DayOf(p.zone.Config.Clock.Now())
		if d, err := p.zone.TaxBills.Document(ctx, number, day); err == nil && who.Sees(access.TaxBillRead, d.Guarantor) {
			return "/tax-bills/documents/" + url.PathEscape(number)
		}
	case strings.HasPrefix(number, "PZ"):
		if m, err := p.zone.Matters.Get(ctx, number); err == nil {
			return "/matters/" + url.PathEscape(m.Number)
		}
	}
	return ""
}

// paper is a document as it came in.
type paper struct {
	number   uint64
	version  story.Version
	kind     string
	words    story.Text
	xml      string
	signed   dsig.Report
	clear    bool // may ask for it in clear
	open     *disclose.Disclosed
	purposes []ui.Option
	fault    ui.Text
	purpose  string
	note     string
}

func (p *pages) document(w http.ResponseWriter, r *http.Request) error {
	d, err := p.read(r)
	if err != nil {
		return err
	}
	return p.paper(w, r, d)
}

func (p *pages) read(r *http.Request) (*paper, error) {
	s, err := p.of(r, r.PathValue("number"), nil)
	if err != nil {
		return nil, err
	}
	input, err := strconv.ParseUint(r.PathValue("input"), 10, 63)
	if err != nil || !s.Holds(input) {
		return nil, lookup.ErrNotFound
	}
	raw, err := p.zone.Reader().Raw(r.Context(), input)
	if err != nil {
		return nil, err
	}
	d := &paper{number: s.Parcel.Number, kind: raw.Kind.String(), words: story.KindWords(raw.Kind)}
	d.clear = access.Of(r.Context()).Sees(access.PersonalClear, s.Parcel.Merchant, s.Parcel.Platform, s.Parcel.Agent, s.Parcel.Carrier, s.Parcel.Guarantor)
	d.version.Input, d.version.At = input, raw.Received.UnixMicro()
	d.signed = p.zone.Signature(raw.Message, raw.Received)
	for _, e := range s.Events {
		if e.Input == input {
			d.version.Decision, d.version.Number, d.version.Sender, d.version.What = e.Decision, e.Number, e.Sender, e.What
			break
		}
	}
	part, err := disclose.Part(access.Of(r.Context()), access.ParcelRead, raw.Document, d.version.Sender, s.Parcel.WaybillNo)
	if err != nil {
		return nil, err
	}
	masked, err := disclose.Mask(part)
	if err != nil {
		return nil, err
	}
	d.xml = indent(masked)
	for _, v := range disclose.Purposes() {
		d.purposes = append(d.purposes, ui.Option{Value: v.Code, Label: ui.T(v.ZH, v.EN)})
	}
	return d, nil
}

// clear shows the document in clear, once, for a purpose.
func (p *pages) clear(w http.ResponseWriter, r *http.Request) error {
	d, err := p.read(r)
	if err != nil {
		return err
	}
	d.purpose, d.note = r.PostFormValue("purpose"), r.PostFormValue("note")
	d.open, err = p.disclose.Open(r.Context(), disclose.Request{Parcel: d.number, Input: d.version.Input, Purpose: d.purpose, Note: d.note, Raw: r.PostFormValue("raw") == "yes"})
	var refusal *access.Refusal
	if errors.As(err, &refusal) && !errors.Is(err, disclose.ErrDenied) {
		d.fault = ui.T(refusal.ZH+"："+refusal.FixZH, refusal.EN+": "+refusal.FixEN)
		err = nil
	}
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return p.paper(w, r, d)
}

func (p *pages) paper(w http.ResponseWriter, r *http.Request, d *paper) error {
	number := ui.Count(d.number)
	return p.Show(w, r, ui.View{Title: ui.T(d.words.ZH+" "+d.version.Number, d.words.EN+" "+d.version.Number), Back: fmt.Sprintf("/parcels/%d", d.number),
		BackTo: ui.T("包裹 "+number, "Parcel "+number), Body: document(d)})
}

// indent writes a document with a line an element, for people to read; one that
// can't be read so stays as it is.
func indent(raw []byte) string {
	var out bytes.Buffer
	d, e := xml.NewDecoder(bytes.NewReader(raw)), xml.NewEncoder(&out)
	e.Indent("", "  ")
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return string(raw)
		}
		switch v := t.(type) {
		case xml.StartElement:
			v.Name.Space, v.Attr = "", nil
			t = v
		case xml.EndElement:
			v.Name.Space = ""
			t = v
		case xml.CharData:
			if t = xml.CharData(bytes.TrimSpace(v)); len(bytes.TrimSpace(v)) == 0 {
				continue
			}
		}
		if err := e.EncodeToken(t); err != nil {
			return string(raw)
		}
	}
	if err := e.Flush(); err != nil {
		return string(raw)
	}
	return out.String()
}

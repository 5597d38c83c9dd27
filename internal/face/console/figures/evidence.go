package figures

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
)

// papers is the page of evidence.
type papers struct {
	book  *fact.Book
	list  []fact.Evidence
	takes []*fact.Definition // facts for which evidence is taken
	apply bool               // evidence is filed as a matter
	zone  bool               // the caller files at once
	entry fact.Entry
	fault map[string]ui.Text
}

func (p *pages) evidence(w http.ResponseWriter, r *http.Request) error {
	return p.papers(w, r, fact.Entry{Subject: fact.Subject{Kind: fact.Enterprise}}, nil)
}

func (p *pages) papers(w http.ResponseWriter, r *http.Request, entry fact.Entry, fault map[string]ui.Text) error {
	ctx := r.Context()
	who := access.Of(ctx)
	scope := who.Scope(access.EvidenceFile)
	v := papers{apply: scope == access.Own && who.May(access.MatterApply), zone: scope == access.Zone, entry: entry, fault: fault}
	var err error
	if v.book, err = p.zone.Facts.Book(); err != nil {
		return err
	}
	for _, d := range v.book.All() {
		if d.Takes() {
			v.takes = append(v.takes, d)
		}
	}
	if v.list, err = p.zone.Facts.EvidenceList(ctx, fact.EvidenceFilter{}); err != nil {
		return err
	}
	status := http.StatusOK
	if fault != nil {
		status = http.StatusUnprocessableEntity
	}
	return p.Show(w, r, ui.View{Title: ui.T("指标佐证", "Evidence"), Wide: true, Status: status, Body: evidence(v)})
}

// fileEvidence takes evidence of an office.
func (p *pages) fileEvidence(w http.ResponseWriter, r *http.Request) error {
	text := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	year, _ := strconv.Atoi(text("year")) // what is no year is a fault of the room's, where one is needed
	in := fact.Entry{Subject: fact.Subject{Kind: fact.Kind(text("kind")), ID: text("subject")}, Fact: text("fact"), Year: year, Part: text("part"), Value: text("value"),
		Document: text("document"), Place: text("place"), Until: text("until")}
	e, err := p.zone.Facts.FileEvidence(r.Context(), in)
	var bad matter.Problems
	if errors.As(err, &bad) {
		return p.papers(w, r, in, faults(bad))
	}
	if err != nil {
		return said(err)
	}
	return p.Done(w, r, "/evidence/"+url.PathEscape(e.ID), ui.T("已采信", "It counts"))
}

// onePiece is the page of a piece of evidence.
type onePiece struct {
	e    *fact.Evidence
	d    *fact.Definition
	back bool
}

func (p *pages) piece(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	e, err := p.zone.Facts.Evidence(ctx, r.PathValue("id"))
	if err != nil {
		return said(err)
	}
	book, err := p.zone.Facts.Book()
	if err != nil {
		return err
	}
	v := onePiece{e: e, d: book.Find(e.Fact)}
	if v.d == nil {
		v.d = &fact.Definition{Name: e.Fact} // the packs no longer have it
	}
	scope := access.Of(ctx).Scope(access.EvidenceFile)
	v.back = e.State == fact.Accepted && (scope == access.Zone || scope == access.Own && p.zone.Facts.Owns(ctx, e.Subject))
	return p.Show(w, r, ui.View{Title: ui.T("佐证："+cmp.Or(v.d.Title.ZH, e.Fact), "Evidence: "+cmp.Or(v.d.Title.EN, e.Fact)), Back: "/evidence", BackTo: ui.T("指标佐证", "Evidence"), Body: piece(v)})
}

func (p *pages) withdrawEvidence(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := p.zone.Facts.WithdrawEvidence(r.Context(), id, r.PostFormValue("reason")); err != nil {
		return said(err)
	}
	return p.Done(w, r, "/evidence/"+url.PathEscape(id), ui.T("已撤回，不再计入", "It is taken back and no longer counts"))
}

func evidenceTone(s fact.EvidenceState) (tone, icon string, word ui.Text) {
	zh, en := s.Words()
	switch s {
	case fact.Accepted:
		return "green", "circle-check", ui.T(zh, en)
	case fact.Replaced:
		return "grey", "history", ui.T(zh, en)
	}
	return "grey", "ban", ui.T(zh, en)
}

// titleOf is a fact's name.
func (v *papers) titleOf(name string) ui.Text {
	if d := v.book.Find(name); d != nil {
		return ui.T(d.Title.ZH, d.Title.EN)
	}
	return ui.T(name, name)
}

// valueOf is the value of a piece.
func (v *papers) valueOf(e fact.Evidence) ui.Text {
	d := v.book.Find(e.Fact)
	if d == nil {
		d = &fact.Definition{}
	}
	return names.Value(d, e.Value)
}

// factOptions are the facts for which evidence is taken.
func (v *papers) factOptions() (out []ui.Option) {
	for _, d := range v.takes {
		out = append(out, ui.Option{Value: d.Name, Label: ui.T(d.Title.ZH+"（"+d.Name+"）", d.Title.EN+" ("+d.Name+")")})
	}
	return out
}

func kindOptions() (out []ui.Option) {
	for _, k := range fact.Kinds {
		out = append(out, ui.Option{Value: string(k), Label: names.Kind(k)})
	}
	return out
}

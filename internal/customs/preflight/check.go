package preflight

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/draft"
	"pilotzone/internal/kernel/clock"
)

// filed asks the core's view who is filed, and changes nothing in it.
type filed struct {
	view clearance.Filings
	any  bool
}

func (f filed) Filed(code, role string, on clock.Day) (bool, string) {
	if f.any || f.view == nil {
		return true, ""
	}
	return f.view.Filed(code, role, on)
}

func (filed) Apply([]byte) (string, error) {
	return "", fmt.Errorf("a trial files nobody (预检不变更备案)")
}
func (filed) Snapshot() []byte     { return nil }
func (filed) Restore([]byte) error { return nil }

// Check tries files out. The error is the context's: it took too long.
func (c *Checker) Check(ctx context.Context, ask Ask) (*Report, error) {
	ctx, stop := context.WithTimeout(ctx, MaxTime)
	defer stop()
	done, err := c.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	r := c.reading()
	for _, f := range ask.Files {
		if err := r.file(ctx, f); err != nil {
			return nil, err
		}
	}
	if len(r.sources) > MaxDocuments {
		r.defect("", CodeSize, fmt.Sprintf("预检至多 %d 份单证", MaxDocuments), fmt.Sprintf("at most %d documents", MaxDocuments))
		r.sources = r.sources[:MaxDocuments]
	}
	first, err := r.try(ctx, ask, false)
	if err != nil {
		return nil, err
	}
	first.settle()
	var second *trial
	if slices.ContainsFunc(r.sources, mendable) {
		if second, err = r.tryFurther(ctx, ask, first); err != nil {
			return nil, err
		}
	}
	return r.report(first, second, ask), nil
}

func (c *Checker) reading() *reading {
	return &reading{c: c, at: c.c.Clock.Now(), x: clearance.Extractor{Hasher: c.ring.Hasher(), Rules: c.c.Rules()}}
}

// trial is one run of the machine over the documents.
type trial struct {
	r       *reading
	engine  *clearance.Engine
	parcels map[clearance.Key]*outcome
	order   []clearance.Key
}

// outcome is what the machine said of a parcel.
type outcome struct {
	stored  *clearance.Decision // the list was taken in
	decided *clearance.Decision
	state   clearance.State
	status  uint16 // newest receipt status of the list
}

// try runs the documents through a throw-away machine. With mended, documents
// are taken as if the faults that they have by themselves were mended.
func (r *reading) try(ctx context.Context, ask Ask, mended bool) (*trial, error) {
	view := filed{any: ask.AnyFiled || mended}
	if r.c.c.Filings != nil {
		view.view = r.c.c.Filings()
	}
	t := &trial{r: r, parcels: make(map[clearance.Key]*outcome)}
	t.engine = clearance.Trial(clearance.Config{Rules: r.x.Rules, Filings: view, Hasher: r.c.ring.Hasher(), Limits: clearance.Limits{Entries: 8 * MaxDocuments, Window: 4, Filter: 8}})
	used := clearanceUsed(ask)
	var lists []*clearance.List
	for _, s := range r.sources {
		if s.doc.List != nil {
			lists = append(lists, s.doc.List)
		}
	}
	if err := t.engine.Assume(r.at.UnixMicro(), used, lists...); err != nil {
		return nil, err
	}
	input := uint64(0)
	for _, s := range r.sources {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if s.doc.Kind == 0 || mended && s.doc.Schema {
			continue // it can't be read
		}
		d := s.doc
		if mended {
			if !mendable(s) && len(d.Faults) > 0 {
				continue
			}
			d.Faults = nil
		}
		input++
		t.engine.Document(input, &d)
		t.take(s, t.engine.Take(), mended)
	}
	return t, nil
}

// take sorts the decisions that a document caused.
func (t *trial) take(s *source, out []*clearance.Decision, mended bool) {
	for i, v := range out {
		if i == 0 && !mended {
			a := intake.AnswerOf(0, &s.doc, out)
			s.what, s.status = a.What, a.Status
		}
		if v.What == clearance.DocRefused && !s.doc.Schema && !mended {
			s.say(&s.defects, draft.Refuses, v.Reasons...)
		}
		o := t.parcels[v.Parcel]
		if o == nil && v.Parcel != (clearance.Key{}) && v.What != clearance.DocRefused {
			o = &outcome{}
			t.parcels[v.Parcel] = o
			t.order = append(t.order, v.Parcel)
		}
		if v.What == clearance.DocStored && v.Number == 0 && !mended {
			s.say(&s.defects, draft.Notes, v.Reasons...)
		}
		if o == nil || v.What == clearance.DocRefused {
			continue
		}
		switch {
		case v.What == clearance.DocStored && v.Number != 0:
			o.stored, o.decided = v, nil
		case v.What == clearance.Decided:
			o.decided = v
		}
		if v.Number != 0 {
			o.state, o.status = v.To, cmp.Or(v.Status, o.status)
		}
		s.parcel = v.Parcel
	}
}

// settle says what was decided about parcels at their documents.
func (t *trial) settle() {
	for _, k := range t.order {
		o := t.parcels[k]
		if o.decided != nil {
			t.attribute(k, o.decided, func(s *source, sev draft.Severity, r clearance.Reason) { s.say(&s.defects, sev, r) })
		} else if o.stored != nil {
			list := t.find(k, o.stored.Kind)
			for _, r := range o.stored.Reasons {
				if list != nil && r.Code != "PZ1501" && r.Code != "PZ1510" {
					list.say(&list.defects, draft.Notes, r)
				}
			}
		}
	}
}

// severityOf tells what a reason of a decision does: the last rung of the list's
// receipt says what refused or held it.
func severityOf(v *clearance.Decision) func(clearance.Reason) draft.Severity {
	return func(r clearance.Reason) draft.Severity {
		for _, receipt := range v.Receipts {
			if receipt.Kind != v.Kind.Receipt() || len(receipt.Rungs) == 0 {
				continue
			}
			last := receipt.Rungs[len(receipt.Rungs)-1]
			if slices.ContainsFunc(last.Reasons, func(x clearance.Reason) bool { return x.Code == r.Code && slices.Equal(x.Args, r.Args) }) {
				switch {
				case last.Status == 100 || last.Status < 0:
					return draft.Refuses
				case last.Status >= 300 && last.Status < 399 || last.Status >= 500 && last.Status < 600:
					return draft.Reviews
				}
			}
		}
		return draft.Notes
	}
}

// speaksOf names the documents at which a reason is best shown, by the role of
// the document: o order, p payment, w waybill, l list.
var speaksOf = map[string]string{"1332": "o", "1327": "p", "13035": "o", "PZ1508": "o", "PZ1507": "o", "PZ1707": "p"}

// attribute hands each reason of a decision to the document that it speaks of.
func (t *trial) attribute(k clearance.Key, v *clearance.Decision, say func(*source, draft.Severity, clearance.Reason)) {
	severity := severityOf(v)
	for _, r := range v.Reasons {
		var at *source
		switch role := speaksOf[r.Code]; {
		case role == "o":
			at = t.find(k, 311, 303)
		case role == "p":
			at = t.find(k, 411, 403)
		case (r.Code == "PZ1504" || r.Code == "PZ1505") && slices.Contains(r.Args, "运单"):
			at = t.waybill(k)
		}
		if at == nil {
			at = t.find(k, v.Kind)
		}
		if at != nil {
			say(at, severity(r), r)
		}
	}
}

// find is the last document of some kind of a parcel.
func (t *trial) find(k clearance.Key, kinds ...ceb.Kind) *source {
	for i := len(t.r.sources) - 1; i >= 0; i-- {
		s := t.r.sources[i]
		if s.doc.Kind != 0 && slices.Contains(kinds, s.doc.Kind) && (s.doc.Parcel == k || s.parcel == k) {
			return s
		}
	}
	return nil
}

// waybill finds a parcel's waybill, which is known by its own key.
func (t *trial) waybill(k clearance.Key) *source {
	list := t.find(k, 621, 603)
	if list == nil {
		return nil
	}
	for _, s := range t.r.sources {
		if s.doc.Bill != nil && s.doc.Key == list.doc.Waybill {
			return s
		}
	}
	return nil
}

// unfit are the faults after which nothing further can be said of a document:
// its values could not be read.
var unfit = []string{"PZ1006", "PZ1402", "PZ1404", "PZ1407", "PZ1408", "-301002", "-621027", "0002"}

// mendable tells whether a document was refused and may be supposed mended.
func mendable(s *source) bool {
	if s.doc.Kind == 0 || s.doc.Schema || s.what != clearance.DocRefused.String() {
		return false
	}
	return !slices.ContainsFunc(s.doc.Faults, func(r clearance.Reason) bool { return slices.Contains(unfit, r.Code) })
}

// tryFurther runs once more, supposing that refused documents are mended, and
// adds what is found then: all defects at once, and not one round after another.
// A document that was refused may be such that the machine can't go on with it;
// then nothing further is said.
func (r *reading) tryFurther(ctx context.Context, ask Ask, first *trial) (second *trial, err error) {
	defer func() {
		if recover() != nil {
			second, err = nil, nil
		}
	}()
	second, err = r.try(ctx, ask, true)
	if err != nil {
		return nil, err
	}
	for _, k := range second.order {
		if o := second.parcels[k]; o.decided != nil && !same(first.parcels[k], o) {
			second.attribute(k, o.decided, func(s *source, sev draft.Severity, reason clearance.Reason) {
				if sev == draft.Refuses {
					s.say(&s.further, sev, reason)
				}
			})
		}
	}
	return second, nil
}

// same tells whether the first run decided the parcel already.
func same(a, b *outcome) bool { return a != nil && a.decided != nil && b.decided != nil }

// Try takes a message in as the core would and throws everything away: for keys
// with the sandbox flag. The answer, the decisions and their receipts are those
// of a submission to an empty zone. Errors: *intake.Refusal, the context's.
func (c *Checker) Try(ctx context.Context, data []byte) (*intake.Ack, []*clearance.Decision, error) {
	done, err := c.turn(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	r := c.reading()
	r.message("", slices.Clone(data), 0)
	if len(r.sources) == 0 {
		return nil, nil, c.refusal(data)
	}
	ack := &intake.Ack{Message: r.sources[0].message.Kind}
	view := filed{}
	if c.c.Filings != nil {
		view.view = c.c.Filings()
	}
	e := clearance.Trial(clearance.Config{Rules: r.x.Rules, Filings: view, Hasher: c.ring.Hasher(), Limits: clearance.Limits{Entries: 8 * MaxDocuments, Window: 4, Filter: 8}})
	var lists []*clearance.List
	for _, s := range r.sources {
		if s.doc.List != nil {
			lists = append(lists, s.doc.List)
		}
	}
	if err := e.Assume(r.at.UnixMicro(), 0, lists...); err != nil {
		return nil, nil, err
	}
	var all []*clearance.Decision
	for i, s := range r.sources {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		e.Document(uint64(i+1), &s.doc)
		out := e.Take()
		all = append(all, out...)
		ack.Docs = append(ack.Docs, intake.AnswerOf(uint64(i+1), &s.doc, out))
	}
	_, ack.Decision = e.Last()
	return ack, all, nil
}

// refusal says again why a message can't be taken in, as the core says it.
func (c *Checker) refusal(data []byte) error {
	m, err := ceb.Decode(unwrapped(data))
	if err == nil {
		if bad := intake.Unusable(m); bad != nil {
			return bad
		}
		return &intake.Refusal{Kind: m.Kind, Reason: &clearance.Reason{Code: "PZ4002", Args: []string{"no documents"}}}
	}
	d, ok := err.(*ceb.Defect)
	if !ok {
		return &intake.Refusal{Reason: &clearance.Reason{Code: "PZ4002", Args: []string{strings.TrimSpace(err.Error())}}}
	}
	return &intake.Refusal{Defects: []ceb.Defect{*d}}
}

package directory

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strings"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/form"
	"pilotzone/internal/kernel/store"
)

// Entering is what is put into a directory (填写).
type Entering struct {
	Directory string
	ID        string // "": a new entry
	Revision  uint64 // that the change was decided on; 0 for a new one
	Fields    map[string]any
	Owner     string    // offices may name one; others hold their own
	From      clock.Day // first day, for offices; 0: the day of publication
	// Submit hands it in at once: an office publishes it, an owner's goes its way.
	// Without it, it stays a draft and may be incomplete.
	Submit bool
	Reason string
}

// Put writes a new entry or changes one. Problems say what is wrong with it.
func (s *Service) Put(ctx context.Context, in Entering) (*Entry, error) {
	d, err := s.define(ctx, in.Directory)
	if err != nil {
		return nil, err
	}
	p := access.Of(ctx)
	if !edits(p) && (p.Scope(access.ListingEdit) != access.Own || d.Holders != ByOwners || OwnerOf(p) == "") {
		return nil, s.denied(ctx, string(Put), &Entry{Directory: d.ID, ID: in.ID})
	}
	var out *Entry
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		e, err := s.entering(ctx, tx, d, in)
		if err != nil {
			return err
		}
		if err := s.put(ctx, tx, d, e, in); err != nil {
			return err
		}
		out = e
		return nil
	})
	if err != nil {
		return nil, s.refused(ctx, Put, in.Directory, in.ID, err)
	}
	return s.shown(p, d, out), nil
}

// refused writes a denial down; other errors pass.
func (s *Service) refused(ctx context.Context, act Act, directory, id string, err error) error {
	if !errors.Is(err, ErrDenied) {
		return err
	}
	return s.denied(ctx, string(act), &Entry{Directory: directory, ID: id})
}

// entering is the entry that is changed, or a new one.
func (s *Service) entering(ctx context.Context, tx *store.Tx, d *Definition, in Entering) (*Entry, error) {
	p := access.Of(ctx)
	if in.ID == "" {
		if !edits(p) {
			if d.Closed {
				return nil, Problems{closed(d)}
			}
			if err := s.required(ctx, tx, d, OwnerOf(p)); err != nil {
				return nil, err
			}
		}
		now := s.c.Clock.Now()
		e := &Entry{Directory: d.ID, Owner: OwnerOf(p), State: Draft, Created: now, Changed: now}
		if edits(p) {
			e.Owner = strings.TrimSpace(in.Owner)
		}
		return e, nil
	}
	e, err := s.load(ctx, tx, d.ID, in.ID)
	if err != nil {
		return nil, err
	}
	if !edits(p) && !mine(p, e.Owner) {
		if s.sees(p, d, e) {
			return nil, ErrDenied
		}
		return nil, ErrNotFound
	}
	switch {
	case e.State == Removed:
		return nil, Problems{{Code: "state", ZH: "条目已移出名录", EN: "the entry was removed", FixZH: "新建条目", FixEN: "put in a new one"}}
	case e.Revision != in.Revision:
		return nil, ErrStale
	case e.Shipped != "":
		return nil, Problems{{Code: "shipped", ZH: "该条目随规则包发布", EN: "the entry is part of a rule pack", FixZH: "在规则包中修改", FixEN: "change it in the pack"}}
	}
	return e, nil
}

func closed(d *Definition) Problem {
	q := Problem{Code: "closed", ZH: "该名录不直接填报", EN: "nothing is put into this directory by hand", FixZH: "通过对应事项办理", FixEN: "apply in the matter that leads to it"}
	if len(d.Enter) > 0 {
		q.FixZH, q.FixEN = "通过事项办理："+d.Enter[0].Matter, "apply in the matter "+d.Enter[0].Matter
	}
	return q
}

// required holds an owner against the directory in which it must be first.
func (s *Service) required(ctx context.Context, tx *store.Tx, d *Definition, owner string) error {
	if d.Requires == "" {
		return nil
	}
	today := int64(s.Today())
	var n int
	if err := tx.QueryRow(ctx, `select count(*) from directory_entries where directory = $1 and owner = $2 and state = 'published' and valid_from <= $3 and (valid_to = 0 or valid_to >= $3)`,
		d.Requires, owner, today).Scan(&n); err != nil {
		return store.Wrap("read directories", err)
	}
	if n > 0 {
		return nil
	}
	zh, en := d.Requires, d.Requires
	if r := s.Define(d.Requires); r != nil {
		zh, en = r.Title.ZH, r.Title.EN
	}
	return Problems{{Code: "requires", ZH: "须先列入《" + zh + "》", EN: "only who stands in " + en + " may do this", FixZH: "先办理列入", FixEN: "be entered there first"}}
}

// put applies what was written to an entry and stores it.
func (s *Service) put(ctx context.Context, tx *store.Tx, d *Definition, e *Entry, in Entering) error {
	p := access.Of(ctx)
	live := e.State == Published || e.State == Suspended
	fields, proposes := d.Form.Keep(in.Fields), !edits(p) && d.Review && live
	if !edits(p) {
		d.lock(fields, e.Fields)
	}
	if in.Submit || live && !proposes {
		if err := s.judge(ctx, tx, d, e, fields); err != nil {
			return err
		}
	}
	act := Put
	switch {
	case proposes:
		e.Proposal, e.Proposed = fields, Draft
		if in.Submit {
			e.Proposed, act = Waiting, Submit
		}
	case live:
		e.Fields = fields
	default:
		e.Fields = fields
		if in.From != 0 && edits(p) {
			e.From = in.From
		}
		if in.Submit {
			act = s.forward(d, e, edits(p))
		}
	}
	return s.store(ctx, tx, d, e, act, in.Reason)
}

// lock keeps what owners do not change as it stands.
func (d *Definition) lock(fields, stand map[string]any) {
	for _, name := range d.Locked {
		if v, ok := stand[name]; ok {
			fields[name] = v
		} else {
			delete(fields, name)
		}
	}
}

// forward moves what is handed in: to an office, or straight to publication.
func (s *Service) forward(d *Definition, e *Entry, office bool) Act {
	if !office && d.Review {
		e.State = Waiting
		return Submit
	}
	e.State = Published
	return Publish
}

// judge holds values against the form and against the entry that they belong to.
func (s *Service) judge(ctx context.Context, tx *store.Tx, d *Definition, e *Entry, fields map[string]any) error {
	problems := d.Form.Check(fields)
	if d.Parent != nil && len(problems) == 0 {
		id, _ := fields[d.Parent.Field].(string)
		label := d.Form.Field(d.Parent.Field).Label
		if id != "" {
			parent, err := s.load(ctx, tx, d.Parent.Directory, id)
			if err != nil && err != ErrNotFound {
				return err
			}
			if err == ErrNotFound || parent.State == Removed || d.Parent.Own && parent.Owner != e.Owner {
				problems = append(problems, Problem{Code: "parent", Field: d.Parent.Field, ZH: label.ZH + "：没有该条目，或不属于同一主体", EN: label.EN + ": there is no such entry, or it is another owner's",
					FixZH: "填写本单位条目的编号", FixEN: "give the id of an entry of your own"})
			}
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// store settles what follows from the values, and writes entry, revision, chain,
// stream and the owner's bell.
func (s *Service) store(ctx context.Context, tx *store.Tx, d *Definition, e *Entry, act Act, reason string) error {
	p := access.Of(ctx)
	if err := s.settle(d, e, act); err != nil {
		return err
	}
	e.Revision++
	e.Changed = s.c.Clock.Now()
	write := s.update
	if e.Serial == 0 {
		write = s.insert
	}
	if err := write(ctx, tx, d, e); err != nil {
		return err
	}
	actor, org := by(p)
	if err := s.record(ctx, tx, d, e, act, actor, org, reason); err != nil {
		return err
	}
	if err := s.c.Audit.Write(ctx, tx, entry(p, string(act), e)); err != nil {
		return err
	}
	if err := s.fact(ctx, tx, e, act, actor); err != nil {
		return err
	}
	if zh, en := said(act); zh != "" && !mine(p, e.Owner) {
		return s.tell(ctx, tx, e, "", d.Title.ZH+"“"+e.Name+"”"+zh, d.Title.EN+", “"+e.Name+"”: "+en)
	}
	return nil
}

// said is what an owner hears of an act; "" if nothing.
func said(act Act) (zh, en string) {
	switch act {
	case Publish:
		return "已公布", "published"
	case Return:
		return "已退回，请补正", "returned to you to be put right"
	case Suspend:
		return "已暂停公布", "suspended"
	case Remove:
		return "已移出名录", "removed"
	case Enter:
		return "已入录", "entered"
	}
	return "", ""
}

// settle sets what follows from values and state: name, days, the day of the
// next look, the code.
func (s *Service) settle(d *Definition, e *Entry, act Act) error {
	if e.Fields == nil {
		e.Fields = map[string]any{}
	}
	e.Name = d.nameOf(e.Fields)
	today := s.Today()
	if e.State == Published && e.From == 0 {
		e.From = today
	}
	if day, err := clock.ParseDay(e.Text(d.Begins)); err == nil {
		e.From = day
	}
	if d.Expiry != nil {
		e.To = 0
		if day, err := clock.ParseDay(e.Text(d.Expiry.Field)); err == nil {
			e.To = day
		}
	}
	if d.Recheck > 0 && e.State == Published && (e.Due == 0 || act == Recheck || act == Publish) {
		e.Due = today.AddMonths(d.Recheck)
	}
	if d.Certificate && e.State == Published && e.Code == "" {
		var b [15]byte
		if _, err := io.ReadFull(s.c.Random, b[:]); err != nil {
			return fmt.Errorf("directory: draw the code of a certificate: %w", err)
		}
		e.Code = codeAlphabet.EncodeToString(b[:])
	}
	return nil
}

var codeAlphabet = base32.NewEncoding("ABCDEFGHJKLMNPQRSTUVWXYZ23456789").WithPadding(base32.NoPadding)

// nameOf names an entry; a personal name is masked.
func (d *Definition) nameOf(fields map[string]any) string {
	v := fields[d.Name]
	if d.Form.Field(d.Name).Personal {
		v = d.Form.Mask(map[string]any{d.Name: v})[d.Name]
	}
	name, _ := v.(string)
	return name
}

// clean makes values of what a file or another form gives: those that the form
// has, nothing else.
func (d *Definition) clean(values map[string]any) map[string]any {
	out := map[string]any{}
	for _, f := range d.Form.Fields() {
		if v, ok := values[f.Name]; ok && kindFits(f, v) {
			out[f.Name] = v
		}
	}
	return d.Form.Keep(out)
}

func kindFits(f *form.Field, v any) bool {
	switch v.(type) {
	case string:
		return f.Kind == form.TextField || f.Kind == form.ChoiceField
	case float64, int:
		return f.Kind == form.NumberField
	case bool:
		return f.Kind == form.YesNoField
	}
	return f.Kind == form.SetField
}

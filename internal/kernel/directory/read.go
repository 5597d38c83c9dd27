package directory

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// sees tells whether the caller may see an entry at all.
func (s *Service) sees(p *access.Principal, d *Definition, e *Entry) bool {
	if edits(p) || mine(p, e.Owner) {
		return true
	}
	return e.State == Published && e.From <= s.Today() && d.Visibility.rank() <= reader(p).rank()
}

// shown is an entry as the caller may see it: fields that are for narrower
// circles are left out, personal ones masked; proposals are for owner and offices.
func (s *Service) shown(p *access.Principal, d *Definition, e *Entry) *Entry {
	out := *e
	own, as := mine(p, e.Owner) || edits(p), reader(p)
	out.Fields = d.Form.Mask(e.Fields)
	if !own {
		maps.DeleteFunc(out.Fields, func(name string, _ any) bool { return !d.visible(name, as) })
		out.Proposal, out.Proposed, out.Reason, out.Due = nil, "", "", 0
	} else if out.Proposed != "" {
		out.Proposal = d.Form.Mask(e.Proposal)
	}
	return &out
}

// Get returns an entry that the caller may see; ErrNotFound otherwise, whether
// it exists or not.
func (s *Service) Get(ctx context.Context, directory, id string) (*Entry, error) {
	d, e, err := s.get(ctx, directory, id)
	if err != nil {
		return nil, err
	}
	return s.shown(access.Of(ctx), d, e), nil
}

func (s *Service) get(ctx context.Context, directory, id string) (*Definition, *Entry, error) {
	d, err := s.define(ctx, directory)
	if err != nil {
		return nil, nil, err
	}
	e, err := s.one(ctx, directory, id)
	if err != nil {
		return nil, nil, err
	}
	if !s.sees(access.Of(ctx), d, e) {
		return nil, nil, ErrNotFound
	}
	return d, e, nil
}

// Mine tells whether an entry is the caller's own.
func (s *Service) Mine(ctx context.Context, e *Entry) bool { return mine(access.Of(ctx), e.Owner) }

// Edits tells whether the caller works all entries.
func (s *Service) Edits(ctx context.Context) bool { return edits(access.Of(ctx)) }

// Fill returns an entry of the caller's with its newest values in clear, for
// filling in. Who is not its owner is written into the audit chain as a reader
// where values are personal.
func (s *Service) Fill(ctx context.Context, directory, id string) (*Entry, error) {
	d, e, err := s.get(ctx, directory, id)
	if err != nil {
		return nil, err
	}
	p := access.Of(ctx)
	own := mine(p, e.Owner)
	if !own && !edits(p) {
		return nil, s.denied(ctx, "fill", e)
	}
	if !own && d.Form.Personal(e.Fields) {
		a := entry(p, "read", e)
		a.Act, a.Purpose = "personal.read", "edit of the entry"
		if err := s.c.Audit.Record(ctx, a); err != nil {
			return nil, err
		}
	}
	if e.Proposed != "" {
		e.Fields = e.Proposal
	}
	return e, nil
}

// History returns the revisions of an entry that the caller may see, the oldest
// first. Values that were not published, and reasons, are for owner and offices;
// others read which acts there were.
func (s *Service) History(ctx context.Context, directory, id string) ([]Revision, error) {
	d, e, err := s.get(ctx, directory, id)
	if err != nil {
		return nil, err
	}
	p := access.Of(ctx)
	own := mine(p, e.Owner) || edits(p)
	rows, err := s.db.Read().QueryContext(ctx, `select revision, at, actor, org, act, state, reason, fields, private from directory_revisions where serial = $1 order by revision`, int64(e.Serial))
	if err != nil {
		return nil, store.Wrap("read directories", err)
	}
	defer rows.Close()
	var out []Revision
	for rows.Next() {
		r, err := s.revision(rows, e)
		if err != nil {
			return nil, err
		}
		if !own && (r.State != Published || r.Act == Put && r.Number == 1) {
			continue
		}
		v := s.shown(p, d, &Entry{Owner: e.Owner, Fields: r.Fields})
		r.Fields = v.Fields
		if !own {
			r.Reason, r.Actor, r.Org = "", "", ""
		}
		out = append(out, r)
	}
	return out, store.Wrap("read directories", rows.Err())
}

func (s *Service) revision(row interface{ Scan(...any) error }, e *Entry) (Revision, error) {
	var r Revision
	var at int64
	var reason, private []byte
	var fields string
	if err := row.Scan(&r.Number, &at, &r.Actor, &r.Org, &r.Act, &r.State, &reason, &fields, &private); err != nil {
		return r, store.Wrap("read directories", err)
	}
	r.At = clock.FromMicros(at)
	old := Entry{}
	if err := json.Unmarshal([]byte(fields), &old.Fields); err != nil {
		return r, err
	}
	if err := s.unseal(private, bound("private", e.Directory, e.Serial), &old.Fields); err != nil {
		return r, err
	}
	r.Fields = old.Fields
	return r, s.unseal(reason, bound(fmt.Sprintf("reason of %d", r.Number), e.Directory, e.Serial), &r.Reason)
}

// Verify finds a certificate by the code that is printed on it, for anybody who
// has it: its directory, and the entry as everybody may see it, whatever its
// state. ErrNotFound if there is none.
func (s *Service) Verify(ctx context.Context, code string) (*Definition, *Entry, error) {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))
	if len(code) < 20 {
		return nil, nil, ErrNotFound
	}
	e, err := s.scan(s.db.Read().QueryRowContext(ctx, `select `+columns+` from directory_entries where code = $1`, code))
	if err != nil {
		return nil, nil, err
	}
	d := s.Define(e.Directory)
	if d == nil || !d.Certificate {
		return nil, nil, ErrNotFound
	}
	return d, s.shown(nil, d, e), nil
}

// Records are the published entries of a directory that counted on a day, with
// all of their fields, for programs of the house: no check of the caller. owner
// "" is anybody's.
func (s *Service) Records(ctx context.Context, directory, owner string, on clock.Day) ([]Entry, error) {
	w := &where{}
	w.add("e.directory = ? and e.state = 'published' and e.valid_from <= ? and (e.valid_to = 0 or e.valid_to >= ?)", directory, int64(on), int64(on))
	if owner != "" {
		w.add("e.owner = ?", owner)
	}
	rows, err := s.db.Read().QueryContext(ctx, `select `+columns+` from directory_entries e where `+w.String()+` order by e.serial`, w.args...)
	if err != nil {
		return nil, store.Wrap("read directories", err)
	}
	defer rows.Close()
	var out []Entry
	for rows.Next() {
		e, err := s.scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, *e)
	}
	return out, store.Wrap("read directories", rows.Err())
}

// Record is one entry by its id, published or not, for programs of the house.
func (s *Service) Record(ctx context.Context, directory, id string) (*Entry, error) {
	return s.one(ctx, directory, id)
}

// CountBy counts the published entries of a directory that count on a day by the
// values of a facet, for programs of the house; field "" counts all under "".
func (s *Service) CountBy(ctx context.Context, directory, field string, on clock.Day) (map[string]int, error) {
	w := &where{}
	w.add("e.directory = ? and e.state = 'published' and e.valid_from <= ? and (e.valid_to = 0 or e.valid_to >= ?)", directory, int64(on), int64(on))
	out := map[string]int{}
	if field == "" {
		var n int
		err := s.db.Read().QueryRowContext(ctx, `select count(*) from directory_entries e where `+w.String(), w.args...).Scan(&n)
		out[""] = n
		return out, store.Wrap("count directories", err)
	}
	counts, err := s.count(ctx, w, field)
	if err != nil {
		return nil, err
	}
	for _, c := range counts {
		out[c.Value] = c.N
	}
	return out, nil
}

package park

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Change is a place as it shall be, and the revision that it was decided on; 0
// enters a new one.
type Change struct {
	Place
	Was    uint64
	Reason string // needed when an office changes what an operator entered
}

// Put enters a place or changes it. An operator's or enterprise's new place waits
// for an office (Proposed); what an office has held against papers stays reviewed
// only while its operator does not change it. Errors: ErrDenied, ErrStale,
// ErrTaken, ErrNotFound, *Refusal.
func (s *Service) Put(ctx context.Context, c Change) (*Place, error) {
	p := c.Place
	office := Office(ctx)
	if p.Org == "" && !office && access.Of(ctx).Scope(access.ParkManage) == access.Own {
		p.Org = access.Of(ctx).Org
	}
	if !manages(ctx, &p) {
		return nil, s.deny(ctx, "park.place", "place:"+p.ID)
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		old, err := placeIn(ctx, tx, p.ID)
		switch {
		case errors.Is(err, ErrNotFound) && c.Was == 0:
			if !office && p.Enterprise != "" && !slices.Contains(access.Of(ctx).Codes, p.Enterprise) {
				return wrong("enterprise", "只能填写本单位的海关编码", "only a code of your own organisation can be named", "留空，由主管部门登记所属企业", "leave it out; the office enters whose it is")
			}
			return s.enter(ctx, tx, &p, office)
		case err != nil:
			return err
		case c.Was == 0:
			return ErrTaken
		case !manages(ctx, old):
			return ErrDenied
		case old.Revision != c.Was:
			return ErrStale
		}
		s.keep(&p, old, office)
		return s.save(ctx, tx, &p, "change", strings.TrimSpace(c.Reason))
	})
	if errors.Is(err, ErrDenied) {
		return nil, s.deny(ctx, "park.place", "place:"+p.ID)
	}
	if err != nil {
		return nil, err
	}
	return &p, nil
}

func (s *Service) enter(ctx context.Context, tx *store.Tx, p *Place, office bool) error {
	if !office || p.State == "" {
		p.State = Proposed
	}
	if !office {
		p.Reviewed, p.ReviewNote, p.Layout = false, "", ""
	}
	p.Source, p.Mark, p.Revision = "", "", 0
	return s.save(ctx, tx, p, "enter", "")
}

// keep leaves what is not the caller's to change as it was.
func (s *Service) keep(p, old *Place, office bool) {
	p.Kind, p.Source, p.Mark, p.Revision, p.State = old.Kind, old.Source, old.Mark, old.Revision, old.State
	if office {
		return
	}
	p.Org, p.Enterprise, p.Layout, p.ReviewNote = old.Org, old.Enterprise, old.Layout, old.ReviewNote
	same := p.Area == old.Area && p.OneStop == old.OneStop && p.SelfBuilt == old.SelfBuilt && p.SelfUsed == old.SelfUsed && slices.Equal(p.Facilities, old.Facilities) && slices.Equal(p.Services, old.Services)
	p.Reviewed = old.Reviewed && same
}

// save writes a place with its next revision, its line of history and its entry of
// the audit chain.
func (s *Service) save(ctx context.Context, tx *store.Tx, p *Place, act, note string) error {
	p.Revision++
	now := s.Clock.Now()
	p.Changed = clock.Micros(now)
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into park_places (id, kind, state, org, enterprise, county, search, revision, changed, body)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		on conflict (id) do update set kind = excluded.kind, state = excluded.state, org = excluded.org, enterprise = excluded.enterprise, county = excluded.county,
			search = excluded.search, revision = excluded.revision, changed = excluded.changed, body = excluded.body`,
		p.ID, string(p.Kind), string(p.State), p.Org, p.Enterprise, p.County, searchOf(p), int64(p.Revision), p.Changed, string(body)); err != nil {
		return err
	}
	if err := s.line(ctx, tx, p.ID, act, note, string(body)); err != nil {
		return err
	}
	return s.write(ctx, tx, "park."+act, "place:"+p.ID, "kind="+string(p.Kind)+" state="+string(p.State))
}

func searchOf(p *Place) string {
	return strings.ToLower(strings.Join([]string{p.ID, p.Title.ZH, p.Title.EN, p.Industry.ZH, p.Industry.EN, p.Address}, " "))
}

// line adds to the history of a place, in the act's transaction.
func (s *Service) line(ctx context.Context, tx *store.Tx, place, act, note, body string) error {
	var last int64
	if err := tx.QueryRow(ctx, `select coalesce(max(line), 0) from park_history where place = $1`, place).Scan(&last); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into park_history (place, line, at, changed_by, org, act, note, body) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		place, last+1, clock.Micros(s.Clock.Now()), actor(ctx), orgOf(ctx), act, note, body)
	return err
}

type queryer interface {
	QueryRow(ctx context.Context, query string, args ...any) *sql.Row
}

const placeColumns = `body, revision, changed`

func scanPlace(scan func(...any) error) (*Place, error) {
	var (
		p        Place
		body     string
		revision int64
	)
	if err := scan(&body, &revision, &p.Changed); err != nil {
		return nil, err
	}
	changed := p.Changed
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		return nil, err
	}
	p.Revision, p.Changed = uint64(revision), changed
	return &p, nil
}

func placeIn(ctx context.Context, q queryer, id string) (*Place, error) {
	p, err := scanPlace(q.QueryRow(ctx, `select `+placeColumns+` from park_places where id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return p, err
}

func errorsIsNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// reader reads outside of a transaction.
type reader struct{ db *sql.DB }

func (r reader) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return r.db.QueryRowContext(ctx, query, args...)
}

func (s *Service) place(ctx context.Context, id string) (*Place, error) {
	p, err := placeIn(ctx, reader{s.DB.Read()}, id)
	return p, wrap(err)
}

// wrap gives an error of the store its kind and leaves our own as they are.
func wrap(err error) error {
	var ours *Refusal
	if err == nil || errors.As(err, &ours) {
		return err
	}
	return store.Wrap("read places", err)
}

// Get returns a place that the caller may see; ErrNotFound otherwise, whether it
// is there or not.
func (s *Service) Get(ctx context.Context, id string) (*Place, error) {
	p, err := s.place(ctx, id)
	if err != nil {
		return nil, err
	}
	if !visible(ctx, p) {
		return nil, ErrNotFound
	}
	return p, nil
}

// Query chooses places; empty fields do not restrict.
type Query struct {
	Kinds  []Kind
	State  State
	County string
	Text   string // in name, industry or address
	Org    string
	Owner  string // enterprise
	After  string // id of the last one of the page before
	Limit  int    // 1 to 500; 200 if 0
}

func (q *Query) takes(p *Place) bool {
	return (len(q.Kinds) == 0 || slices.Contains(q.Kinds, p.Kind)) && (q.State == "" || p.State == q.State) &&
		(q.County == "" || p.In(q.County)) && (q.Text == "" || strings.Contains(searchOf(p), strings.ToLower(q.Text))) &&
		(q.Org == "" || p.Org == q.Org) && (q.Owner == "" || p.Enterprise == q.Owner)
}

// List returns the places of a query that the caller may see, by id.
func (s *Service) List(ctx context.Context, q Query) ([]*Place, error) {
	if q.Limit <= 0 || q.Limit > 500 {
		q.Limit = 200
	}
	return s.collect(ctx, q, func(p *Place) bool { return visible(ctx, p) })
}

// all are the open places of some kinds, for programs of the house.
func (s *Service) all(ctx context.Context, kinds ...Kind) ([]*Place, error) {
	return s.collect(ctx, Query{Kinds: kinds, State: Open}, func(*Place) bool { return true })
}

// collect reads places by id until the query's limit is reached; 0 is no limit.
func (s *Service) collect(ctx context.Context, q Query, sees func(*Place) bool) ([]*Place, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `select `+placeColumns+` from park_places where id > $1 and ($2 = '' or enterprise = $2) order by id`, q.After, q.Owner)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var out []*Place
	for rows.Next() && (q.Limit == 0 || len(out) < q.Limit) {
		p, err := scanPlace(rows.Scan)
		if err != nil {
			return nil, wrap(err)
		}
		if q.takes(p) && sees(p) {
			out = append(out, p)
		}
	}
	return out, wrap(rows.Err())
}

// Move opens, plans or closes a place; an office does, with a reason where it
// closes one. Errors: ErrDenied, ErrNotFound, ErrStale, ErrState, ErrReason.
func (s *Service) Move(ctx context.Context, id string, was uint64, to State, reason string) (*Place, error) {
	return s.edit(ctx, id, was, string(to), func(p *Place) (string, error) {
		if to == p.State || to == Proposed || stateWords[to].ZH == "" {
			return "", ErrState
		}
		if to == Closed {
			why, err := reasonable(reason)
			if err != nil {
				return "", err
			}
			reason = why
		}
		p.State = to
		return reason, nil
	})
}

// Review records that an office held area, facilities and services of a place
// against papers (核实): from then on they count as figures. note says which papers.
func (s *Service) Review(ctx context.Context, id string, was uint64, note string) (*Place, error) {
	return s.edit(ctx, id, was, "review", func(p *Place) (string, error) {
		why, err := reasonable(note)
		p.Reviewed, p.ReviewNote = true, why
		return why, err
	})
}

// edit is one act of an office on a place.
func (s *Service) edit(ctx context.Context, id string, was uint64, act string, change func(*Place) (note string, err error)) (*Place, error) {
	if !Office(ctx) {
		return nil, s.deny(ctx, "park."+act, "place:"+id)
	}
	var out *Place
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		p, err := placeIn(ctx, tx, id)
		if err != nil {
			return err
		}
		if p.Revision != was {
			return ErrStale
		}
		note, err := change(p)
		if err != nil {
			return err
		}
		out = p
		return s.save(ctx, tx, p, act, note)
	})
	return out, err
}

// Line is one act in a place's history (沿革).
type Line struct {
	Number int64
	At     time.Time
	By     string // account
	Org    string
	Act    string
	Note   string
}

// History returns the acts on a place, the newest first, for who is inside.
func (s *Service) History(ctx context.Context, id string) ([]Line, error) {
	p, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if !s.Inside(ctx, p) {
		return nil, ErrNotFound
	}
	rows, err := s.DB.Read().QueryContext(ctx, `select line, at, changed_by, org, act, note from park_history where place = $1 order by line desc limit 200`, id)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var out []Line
	for rows.Next() {
		var l Line
		var at int64
		if err := rows.Scan(&l.Number, &at, &l.By, &l.Org, &l.Act, &l.Note); err != nil {
			return nil, wrap(err)
		}
		l.At = clock.FromMicros(at)
		out = append(out, l)
	}
	return out, wrap(rows.Err())
}

package matter

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/store"
)

const columns = `serial, number, definition, version, subject, org, owner, state, step, officer, consulted, revision, form, findings, created, changed, submitted, due, closed, parent, relation, agent, client, asked, escalated, marks`

func boundForm(number string) []byte     { return []byte("matter form " + number) }
func boundMarks(number string) []byte    { return []byte("matter marks " + number) }
func boundFindings(number string) []byte { return []byte("matter findings " + number) }

// scan reads a row; the form is in clear.
func (s *Service) scan(row interface{ Scan(...any) error }) (*Matter, error) {
	m := &Matter{}
	var form, findings, marks []byte
	var consulted, asked, escalated string
	var created, changed, submitted, closed int64
	if err := row.Scan(&m.Serial, &m.Number, &m.Definition, &m.Version, &m.Subject, &m.Org, &m.Owner, &m.State, &m.Step, &m.Officer, &consulted,
		&m.Revision, &form, &findings, &created, &changed, &submitted, &m.Due, &closed, &m.Parent, &m.Relation, &m.Agent, &m.Client, &asked, &escalated, &marks); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return nil, ErrNotFound
		}
		return nil, store.Wrap("read matters", err)
	}
	if err := s.open(form, boundForm(m.Number), &m.Form); err != nil {
		return nil, err
	}
	if err := s.open(findings, boundFindings(m.Number), &m.Findings); err != nil {
		return nil, err
	}
	if len(marks) > 0 {
		if err := s.open(marks, boundMarks(m.Number), &m.Marks); err != nil {
			return nil, err
		}
	}
	m.Consulted, m.Asked, m.Escalated = unlist(consulted), unlist(asked), unlist(escalated)
	m.Created, m.Changed, m.Submitted, m.Closed = clock.FromMicros(created), clock.FromMicros(changed), instant(submitted), instant(closed)
	return m, nil
}

func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return clock.FromMicros(us)
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return clock.Micros(t)
}

func (s *Service) open(sealed, bound []byte, into any) error {
	plain, err := s.c.Keys.Open(nil, sealed, bound)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, into)
}

func (s *Service) seal(v any, bound []byte) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return s.c.Keys.Seal(nil, plain, bound), nil
}

func (s *Service) load(ctx context.Context, tx *store.Tx, number string) (*Matter, error) {
	return s.scan(tx.QueryRow(ctx, `select `+columns+` from matter_matters where number = $1`, number))
}

// insert gives a new matter its serial and number and writes it.
func (s *Service) insert(ctx context.Context, tx *store.Tx, m *Matter, key string) error {
	if err := tx.QueryRow(ctx, `select coalesce(max(serial), 0) + 1 from matter_matters`).Scan(&m.Serial); err != nil {
		return store.Wrap("read matters", err)
	}
	m.Number = fmt.Sprintf("PZ%d%08d", clock.DayOf(m.Created).Year(), m.Serial)
	if key == "" {
		key = "#" + m.Number
	}
	form, err := s.seal(m.Form, boundForm(m.Number))
	if err != nil {
		return err
	}
	findings, err := s.seal(m.Findings, boundFindings(m.Number))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into matter_matters (`+columns+`, start_key) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)`,
		int64(m.Serial), m.Number, m.Definition, m.Version, m.Subject, m.Org, m.Owner, string(m.State), m.Step, m.Officer, list(m.Consulted),
		int64(m.Revision), form, findings, micros(m.Created), micros(m.Changed), micros(m.Submitted), int64(m.Due), micros(m.Closed), m.Parent, m.Relation, m.Agent, m.Client, list(m.Asked), list(m.Escalated), []byte(nil), key)
	return err
}

func (s *Service) update(ctx context.Context, tx *store.Tx, m *Matter) error {
	form, err := s.seal(m.Form, boundForm(m.Number))
	if err != nil {
		return err
	}
	findings, err := s.seal(m.Findings, boundFindings(m.Number))
	if err != nil {
		return err
	}
	var marks []byte
	if len(m.Marks) > 0 {
		if marks, err = s.seal(m.Marks, boundMarks(m.Number)); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `update matter_matters set subject = $2, state = $3, step = $4, officer = $5, consulted = $6, revision = $7, form = $8, findings = $9,
		changed = $10, submitted = $11, due = $12, closed = $13, asked = $14, escalated = $15, marks = $16 where serial = $1`,
		int64(m.Serial), m.Subject, string(m.State), m.Step, m.Officer, list(m.Consulted), int64(m.Revision), form, findings,
		micros(m.Changed), micros(m.Submitted), int64(m.Due), micros(m.Closed), list(m.Asked), list(m.Escalated), marks)
	return err
}

// line writes one line of history.
func (s *Service) line(ctx context.Context, tx *store.Tx, m *Matter, l Line, key string) error {
	if err := tx.QueryRow(ctx, `select coalesce(max(number), 0) + 1 from matter_history where serial = $1`, int64(m.Serial)).Scan(&l.Number); err != nil {
		return store.Wrap("read matters", err)
	}
	if key == "" {
		key = fmt.Sprintf("#%d", l.Number)
	}
	_, err := tx.Exec(ctx, `insert into matter_history (serial, number, at, actor, org, act, step, state, note, internal, revision, act_key)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		int64(m.Serial), l.Number, clock.Micros(s.now()), l.Actor, l.Org, string(l.Act), l.Step, string(m.State),
		s.c.Keys.Seal(nil, []byte(l.Note), boundNote(m.Number, l.Number)), l.Internal, int64(m.Revision), key)
	return err
}

func boundNote(number string, line int) []byte {
	return fmt.Appendf(nil, "matter note %s %d", number, line)
}

// done tells whether the act with the key has happened already.
func (s *Service) done(ctx context.Context, tx *store.Tx, m *Matter, key string) (bool, error) {
	if key == "" {
		return false, nil
	}
	var n int
	err := tx.QueryRow(ctx, `select count(*) from matter_history where serial = $1 and act_key = $2`, int64(m.Serial), key).Scan(&n)
	return n > 0, store.Wrap("read matters", err)
}

// fact appends the act to the stream.
func (s *Service) fact(ctx context.Context, tx *store.Tx, m *Matter, act Act, actor string, to ...access.Role) error {
	body, err := json.Marshal(Fact{Number: m.Number, Definition: m.Definition, Version: m.Version, Subject: m.Subject, Org: m.Org, Owner: m.Owner,
		Act: act, State: m.State, Step: m.Step, Actor: actor, Due: m.Due, Agent: m.Agent, Parent: m.Parent, To: to})
	if err != nil {
		return err
	}
	_, err = s.stream.Append(ctx, tx, feed.Fact{Kind: string(act), Version: FactVersion, Body: body})
	return err
}

package rulebook

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

// keepSet keeps a set by value under its version.
func keepSet(ctx context.Context, tx *store.Tx, set *pack.Set) error {
	var n int64
	if err := tx.QueryRow(ctx, `select count(*) from rulebook_sets where version = $1`, set.Version()).Scan(&n); err != nil || n > 0 {
		return err
	}
	_, err := tx.Exec(ctx, `insert into rulebook_sets (version, body) values ($1, $2)`, set.Version(), set.Marshal())
	return err
}

// querier is a transaction or a pool for reading.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// SetOf reads a set that was proposed or in force. Errors: ErrNotFound.
func (s *Service) SetOf(ctx context.Context, version string) (*pack.Set, error) {
	if now := s.Set(); now.Version() == version {
		return now, nil
	}
	return readSet(ctx, s.DB.Read(), version)
}

func readSet(ctx context.Context, q querier, version string) (*pack.Set, error) {
	var body []byte
	err := q.QueryRowContext(ctx, `select body from rulebook_sets where version = $1`, version).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, store.Wrap("read set of packs", err)
	}
	return pack.UnmarshalSet(body)
}

const proposalColumns = `number, state, base, version, packs, note, by_id, by_name, made_at, due_at, approved_id, approved_by, closed_at, problem, trial_job, trial, trial_at, revision`

func insertProposal(ctx context.Context, tx *store.Tx, p *Proposal) error {
	_, err := tx.Exec(ctx, `insert into rulebook_proposals (`+proposalColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`, p.row()...)
	return err
}

// updateProposal writes a proposal with the next revision.
func updateProposal(ctx context.Context, tx *store.Tx, p *Proposal) error {
	p.Revision++
	_, err := tx.Exec(ctx, `update rulebook_proposals set state = $2, base = $3, version = $4, packs = $5, note = $6, by_id = $7, by_name = $8, made_at = $9, due_at = $10,
		approved_id = $11, approved_by = $12, closed_at = $13, problem = $14, trial_job = $15, trial = $16, trial_at = $17, revision = $18 where number = $1`, p.row()...)
	return err
}

func (p *Proposal) row() []any {
	problem, trial := "", []byte{}
	if p.Problem != nil {
		b, _ := json.Marshal(p.Problem) // texts and numbers only
		problem = string(b)
	}
	if len(p.Trial) > 0 {
		trial, _ = json.Marshal(p.Trial) // likewise
	}
	return []any{p.Number, string(p.State), p.Base, p.Version, strings.Join(p.Packs, ","), p.Note, p.By, p.ByName, micros(p.Made), micros(p.Due),
		p.Approved, p.ApprovedBy, micros(p.Closed), problem, p.Job, trial, micros(p.TrialAt), p.Revision}
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func timeOf(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return clock.FromMicros(us)
}

type scanner interface{ Scan(...any) error }

func scanProposal(row scanner) (*Proposal, error) {
	p := &Proposal{}
	var state, packs, problem string
	var trial []byte
	var made, due, closed, trialAt int64
	err := row.Scan(&p.Number, &state, &p.Base, &p.Version, &packs, &p.Note, &p.By, &p.ByName, &made, &due, &p.Approved, &p.ApprovedBy, &closed, &problem, &p.Job, &trial, &trialAt, &p.Revision)
	if err != nil {
		return nil, err
	}
	p.State, p.Packs = State(state), strings.Split(packs, ",")
	p.Made, p.Due, p.Closed, p.TrialAt = timeOf(made), timeOf(due), timeOf(closed), timeOf(trialAt)
	if problem != "" {
		p.Problem = &Refusal{}
		if err := json.Unmarshal([]byte(problem), p.Problem); err != nil {
			return nil, err
		}
	}
	if len(trial) > 0 {
		if err := json.Unmarshal(trial, &p.Trial); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// lockProposal reads a proposal for a change; its update comes first so that two
// who change it come one after the other.
func lockProposal(ctx context.Context, tx *store.Tx, number int64) (*Proposal, error) {
	if _, err := tx.Exec(ctx, `update rulebook_proposals set revision = revision where number = $1`, number); err != nil {
		return nil, err
	}
	p, err := scanProposal(tx.QueryRow(ctx, `select `+proposalColumns+` from rulebook_proposals where number = $1`, number))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return p, err
}

// Get reads a proposal. Errors: ErrDenied, ErrNotFound.
func (s *Service) Get(ctx context.Context, number int64) (*Proposal, error) {
	if access.Of(ctx).Scope(access.PackSwitch) != access.Zone {
		return nil, ErrDenied
	}
	p, err := scanProposal(s.DB.Read().QueryRowContext(ctx, `select `+proposalColumns+` from rulebook_proposals where number = $1`, number))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return p, store.Wrap("read proposal", err)
}

// List returns the proposals, newest first; before is the number of the last one
// of the page before, 0 for the first page. Errors: ErrDenied.
func (s *Service) List(ctx context.Context, before int64, limit int) ([]*Proposal, error) {
	if access.Of(ctx).Scope(access.PackSwitch) != access.Zone {
		return nil, ErrDenied
	}
	if before == 0 {
		before = 1 << 62
	}
	rows, err := s.DB.Read().QueryContext(ctx, `select `+proposalColumns+` from rulebook_proposals where number < $1 order by number desc limit $2`, before, limit)
	if err != nil {
		return nil, store.Wrap("list proposals", err)
	}
	defer rows.Close()
	var out []*Proposal
	for rows.Next() {
		p, err := scanProposal(rows)
		if err != nil {
			return nil, store.Wrap("list proposals", err)
		}
		out = append(out, p)
	}
	return out, store.Wrap("list proposals", rows.Err())
}

const switchColumns = `number, kind, proposal, before, after, command, by_id, by_name, at, note`

func scanSwitch(row scanner) (*Switch, error) {
	v := &Switch{}
	var kind string
	var command, at int64
	if err := row.Scan(&v.Number, &kind, &v.Proposal, &v.Before, &v.After, &command, &v.By, &v.ByName, &at, &v.Note); err != nil {
		return nil, err
	}
	v.Kind, v.Command, v.At = Kind(kind), uint64(command), clock.FromMicros(at)
	return v, nil
}

// Switches are the changes of the rules in force, newest first, at most limit.
// Who may read the rules may read their history. Errors: ErrDenied.
func (s *Service) Switches(ctx context.Context, limit int) ([]*Switch, error) {
	if access.Of(ctx).Scope(access.RulesRead) != access.Zone {
		return nil, ErrDenied
	}
	rows, err := s.DB.Read().QueryContext(ctx, `select `+switchColumns+` from rulebook_switches order by number desc limit $1`, limit)
	if err != nil {
		return nil, store.Wrap("list switches of packs", err)
	}
	defer rows.Close()
	var out []*Switch
	for rows.Next() {
		v, err := scanSwitch(rows)
		if err != nil {
			return nil, store.Wrap("list switches of packs", err)
		}
		out = append(out, v)
	}
	return out, store.Wrap("list switches of packs", rows.Err())
}

package park

import (
	"context"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Publish begins the publication of an application for the program's days
// (公示). Errors: ErrDenied, ErrNotFound, ErrState.
func (s *Service) Publish(ctx context.Context, matterNumber string) (*Application, error) {
	if !Office(ctx) {
		return nil, s.deny(ctx, "park.recognition.publish", "matter:"+matterNumber)
	}
	var a *Application
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if a, err = applicationIn(ctx, tx, matterNumber); err != nil {
			return err
		}
		g, err := s.Program(a.Program)
		if err != nil {
			return err
		}
		if a.State != Taken || g.PublicationDays == 0 {
			return ErrState
		}
		a.State, a.Published = Announced, s.Today()
		a.Ends = a.Published.AddDays(g.PublicationDays - 1)
		if _, err := tx.Exec(ctx, `update park_applications set state = 'announced', published = $2, ends = $3 where matter = $1`, a.Matter, int64(a.Published), int64(a.Ends)); err != nil {
			return err
		}
		if err := s.line(ctx, tx, a.Place, "recognition.publish", a.Matter, ""); err != nil {
			return err
		}
		return s.write(ctx, tx, "park.recognition.publish", "matter:"+a.Matter, "ends="+a.Ends.String())
	})
	return a, err
}

// Publications are the applications under publication today, for everybody: the
// place, the recognition and the answers to its conditions without the figures.
func (s *Service) Publications(ctx context.Context) ([]*Application, error) {
	list, err := s.applications(ctx, `state = 'announced' and ends >= $1 order by ends, matter`, int64(s.Today()))
	for _, a := range list {
		a.Far.Figures = nil
		for n := range a.Far.Steps {
			a.Far.Steps[n].Terms = nil
		}
	}
	return list, err
}

// Objection is what somebody has against a publication (异议).
type Objection struct {
	Matter   string
	Line     int64
	At       time.Time
	By       string // account
	Org      string
	Note     string
	Answer   string
	Upheld   bool
	Answered bool
}

// Object takes an objection of a caller who has signed in, while the publication
// runs. Errors: ErrDenied, ErrNotFound, ErrState, ErrReason.
func (s *Service) Object(ctx context.Context, matterNumber, note string) error {
	p := access.Of(ctx)
	if p == nil || p.ID == "" {
		return s.deny(ctx, "park.recognition.object", "matter:"+matterNumber)
	}
	note, err := reasonable(note)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		a, err := applicationIn(ctx, tx, matterNumber)
		if err != nil {
			return err
		}
		if a.State != Announced || s.Today() > a.Ends {
			return ErrState
		}
		var last int64
		if err := tx.QueryRow(ctx, `select coalesce(max(line), 0) from park_objections where matter = $1`, matterNumber).Scan(&last); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into park_objections (matter, line, at, given_by, org, note, answer, upheld, answered) values ($1, $2, $3, $4, $5, $6, '', false, 0)`,
			matterNumber, last+1, clock.Micros(s.Clock.Now()), p.ID, p.Org, note); err != nil {
			return err
		}
		return s.write(ctx, tx, "park.recognition.object", "matter:"+matterNumber, "")
	})
}

// Objections are those against an application: all for an office, one's own for
// others.
func (s *Service) Objections(ctx context.Context, matterNumber string) ([]Objection, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `select matter, line, at, given_by, org, note, answer, upheld, answered from park_objections where matter = $1 order by line`, matterNumber)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	office := access.Of(ctx).Scope(access.ParkRead) == access.Zone
	var out []Objection
	for rows.Next() {
		var o Objection
		var at, answered int64
		if err := rows.Scan(&o.Matter, &o.Line, &at, &o.By, &o.Org, &o.Note, &o.Answer, &o.Upheld, &answered); err != nil {
			return nil, wrap(err)
		}
		o.At, o.Answered = clock.FromMicros(at), answered != 0
		if office || o.By == actor(ctx) {
			out = append(out, o)
		}
	}
	return out, wrap(rows.Err())
}

// Settle answers an objection: upheld, the application cannot be approved any
// more as it is. Errors: ErrDenied, ErrNotFound, ErrState, ErrReason.
func (s *Service) Settle(ctx context.Context, matterNumber string, line int64, answer string, upheld bool) error {
	if !Office(ctx) {
		return s.deny(ctx, "park.recognition.settle", "matter:"+matterNumber)
	}
	answer, err := reasonable(answer)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, err := tx.Exec(ctx, `update park_objections set answer = $3, upheld = $4, answered = $5 where matter = $1 and line = $2 and answered = 0`, matterNumber, line, answer, upheld, clock.Micros(s.Clock.Now()))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			if err == nil {
				err = ErrState
			}
			return err
		}
		return s.write(ctx, tx, "park.recognition.settle", "matter:"+matterNumber, "")
	})
}

package park

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// RecognitionState is where a recognition stands. Its name is stored.
type RecognitionState string

// The states of a recognition.
const (
	Valid   RecognitionState = "valid"   // 有效
	Warned  RecognitionState = "warned"  // 警告整改中: it counts until it is removed
	Removed RecognitionState = "removed" // 已撤销
	Expired RecognitionState = "expired" // 已到期
	Renewed RecognitionState = "renewed" // another one of the same program took its place 已续认
)

// Counts tells whether a recognition in the state counts.
func (s RecognitionState) Counts() bool { return s == Valid || s == Warned }

// Recognition is what a place has been recognised as (认定).
type Recognition struct {
	Number   int64
	Place    string
	Program  string
	Grade    Grade
	State    RecognitionState
	Matter   string    // the application 办件编号
	Since    clock.Day // first day
	Until    clock.Day // last day; 0: until it is removed
	Ended    clock.Day // when it was removed, expired or renewed
	MendBy   clock.Day // last day to mend, while warned
	Reason   string    // of the warning or removal
	Flagged  clock.Day // since when its conditions hold no more 动态监测; 0: they do
	Flag     *Far      // those conditions
	Revision uint64
}

// On tells whether it counted on a day.
func (r *Recognition) On(day clock.Day) bool {
	return r.Since <= day && (r.Until == 0 || day <= r.Until) && (r.Ended == 0 || day < r.Ended)
}

const recognitionColumns = `number, place, program, grade, state, matter, since, until, ended, mend_by, reason, flagged, flag, revision`

func scanRecognition(scan func(...any) error) (*Recognition, error) {
	var r Recognition
	var flag string
	if err := scan(&r.Number, &r.Place, &r.Program, &r.Grade, &r.State, &r.Matter, &r.Since, &r.Until, &r.Ended, &r.MendBy, &r.Reason, &r.Flagged, &flag, &r.Revision); err != nil {
		return nil, err
	}
	if flag != "" {
		r.Flag = new(Far)
		if err := json.Unmarshal([]byte(flag), r.Flag); err != nil {
			return nil, err
		}
	}
	return &r, nil
}

func recognitionIn(ctx context.Context, q queryer, number int64) (*Recognition, error) {
	r, err := scanRecognition(q.QueryRow(ctx, `select `+recognitionColumns+` from park_recognitions where number = $1`, number).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return r, err
}

func (s *Service) recognitions(ctx context.Context, where string, args ...any) ([]*Recognition, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `select `+recognitionColumns+` from park_recognitions where `+where, args...)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var out []*Recognition
	for rows.Next() {
		r, err := scanRecognition(rows.Scan)
		if err != nil {
			return nil, wrap(err)
		}
		out = append(out, r)
	}
	return out, wrap(rows.Err())
}

// stands tells whether a place has a recognition of a program that counts today.
func (s *Service) stands(ctx context.Context, place, program string) (bool, error) {
	list, err := s.recognitions(ctx, `place = $1 and program = $2 and state in ('valid', 'warned')`, place, program)
	for _, r := range list {
		if r.On(s.Today()) {
			return true, err
		}
	}
	return false, err
}

// Recognitions are those of a place that the caller may see, the newest first:
// that a place is or was recognised is public; reasons, flags and applications are
// for who is inside.
func (s *Service) Recognitions(ctx context.Context, place string) ([]*Recognition, error) {
	p, err := s.Get(ctx, place)
	if err != nil {
		return nil, err
	}
	list, err := s.recognitions(ctx, `place = $1 order by number desc`, place)
	if err == nil && !s.Inside(ctx, p) {
		for _, r := range list {
			r.Matter, r.Reason, r.Flag, r.Flagged, r.MendBy = "", "", nil, 0, 0
			if r.State == Warned {
				r.State = Valid
			}
		}
	}
	return list, err
}

// GradeOf is the highest grade that a place has today; "" if none.
func (s *Service) GradeOf(ctx context.Context, place string) (Grade, error) {
	all, err := s.Grades(ctx)
	return all[place], err
}

// Grades are the highest grades that places have today, by place.
func (s *Service) Grades(ctx context.Context) (map[string]Grade, error) {
	list, err := s.recognitions(ctx, `state in ('valid', 'warned')`)
	out := map[string]Grade{}
	for _, r := range list {
		if r.On(s.Today()) && r.Grade.rank() > out[r.Place].rank() {
			out[r.Place] = r.Grade
		}
	}
	return out, err
}

// Worklist are the recognitions that an office has to look at: flagged ones,
// warned ones, and those that end within three months.
func (s *Service) Worklist(ctx context.Context) ([]*Recognition, error) {
	if access.Of(ctx).Scope(access.ParkRead) != access.Zone {
		return nil, s.deny(ctx, "park.worklist", "recognitions")
	}
	return s.recognitions(ctx, `state in ('valid', 'warned') and (flagged > 0 or state = 'warned' or (until > 0 and until <= $1)) order by number`, int64(s.Today().AddMonths(3)))
}

// Warn gives a place a time to mend before a recognition is removed (警告、限期整改).
// The time is at least what the program says. Errors: ErrDenied, ErrStale,
// ErrState, ErrReason, *Refusal.
func (s *Service) Warn(ctx context.Context, number int64, was uint64, mendBy clock.Day, reason string) (*Recognition, error) {
	return s.act(ctx, number, was, "recognition.warn", reason, func(r *Recognition, why string) error {
		if r.State != Valid {
			return ErrState
		}
		first := s.Today().AddDays(s.mendDays(r.Program))
		if mendBy == 0 {
			mendBy = first
		}
		if mendBy < first {
			return wrong("mend_by", "整改期不得早于 "+first.String(), "the time to mend may not end before "+first.String(), "改为该日或之后", "choose that day or a later one")
		}
		r.State, r.MendBy, r.Reason = Warned, mendBy, why
		return nil
	})
}

func (s *Service) mendDays(program string) int {
	if g, err := s.Program(program); err == nil {
		return g.MendDays
	}
	return 30
}

// Lift takes a warning back: what it was for has been mended.
func (s *Service) Lift(ctx context.Context, number int64, was uint64, reason string) (*Recognition, error) {
	return s.act(ctx, number, was, "recognition.lift", reason, func(r *Recognition, why string) error {
		if r.State != Warned {
			return ErrState
		}
		r.State, r.MendBy, r.Reason = Valid, 0, why
		return nil
	})
}

// Remove ends a recognition for a reason once the time to mend is over (撤销). It
// can be appealed, see Effects. Errors as of Warn, and ErrWaiting.
func (s *Service) Remove(ctx context.Context, number int64, was uint64, reason string) (*Recognition, error) {
	return s.act(ctx, number, was, "recognition.remove", reason, func(r *Recognition, why string) error {
		if r.State != Warned {
			return ErrState
		}
		if s.Today() <= r.MendBy {
			return ErrWaiting
		}
		r.State, r.Ended, r.Reason = Removed, s.Today(), why
		return nil
	})
}

// act is one act of an office on a recognition.
func (s *Service) act(ctx context.Context, number int64, was uint64, act, reason string, change func(r *Recognition, why string) error) (*Recognition, error) {
	if !Office(ctx) {
		return nil, s.deny(ctx, "park."+act, fmt.Sprintf("recognition:%d", number))
	}
	why, err := reasonable(reason)
	if err != nil {
		return nil, err
	}
	var r *Recognition
	err = s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if r, err = recognitionIn(ctx, tx, number); err != nil {
			return err
		}
		if r.Revision != was {
			return ErrStale
		}
		if err := change(r, why); err != nil {
			return err
		}
		return s.saveRecognition(ctx, tx, r, act, why)
	})
	return r, err
}

func (s *Service) saveRecognition(ctx context.Context, tx *store.Tx, r *Recognition, act, note string) error {
	r.Revision++
	flag := ""
	if r.Flag != nil {
		body, err := json.Marshal(r.Flag)
		if err != nil {
			return err
		}
		flag = string(body)
	}
	if r.Number == 0 {
		if err := tx.QueryRow(ctx, `select coalesce(max(number), 0) + 1 from park_recognitions`).Scan(&r.Number); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `insert into park_recognitions (number, place, program, grade, state, matter, since, until, ended, mend_by, reason, flagged, flag, revision)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		on conflict (number) do update set state = excluded.state, until = excluded.until, ended = excluded.ended, mend_by = excluded.mend_by, reason = excluded.reason,
			flagged = excluded.flagged, flag = excluded.flag, revision = excluded.revision`,
		r.Number, r.Place, r.Program, string(r.Grade), string(r.State), r.Matter, int64(r.Since), int64(r.Until), int64(r.Ended), int64(r.MendBy), r.Reason, int64(r.Flagged), flag, int64(r.Revision)); err != nil {
		return err
	}
	if w, ok := toldActs[act]; ok {
		if err := s.tellRunners(ctx, tx, r.Place, w.ZH, w.EN); err != nil {
			return err
		}
	}
	detail := fmt.Sprintf("recognition=%d program=%s", r.Number, r.Program)
	if err := s.line(ctx, tx, r.Place, act, strings.TrimSpace(detail+" "+note), ""); err != nil {
		return err
	}
	return s.write(ctx, tx, "park."+act, fmt.Sprintf("recognition:%d", r.Number), detail)
}

// toldActs are the acts on a recognition of which who runs the place is told.
var toldActs = map[string]words{
	"recognition.grant": {"已获认定", "recognised"}, "recognition.warn": {"认定被警告，须限期整改", "its recognition is warned, with a time to mend"}, "recognition.lift": {"认定警告已解除", "the warning was lifted"},
	"recognition.remove": {"认定已撤销，可以申诉", "its recognition was removed; you can appeal"}, "recognition.restore": {"申诉成立，认定已恢复", "the appeal was upheld, its recognition is restored"},
	"recognition.flag": {"动态监测：认定条件不再满足", "the conditions of its recognition hold no more"}, "recognition.expire": {"认定已到期", "its recognition has ended"},
}

// removedBy is the account that removed a recognition, from its history.
func removedBy(ctx context.Context, tx *store.Tx, r *Recognition) (string, error) {
	var by string
	err := tx.QueryRow(ctx, `select changed_by from park_history where place = $1 and act = 'recognition.remove' and note like $2 order by line desc limit 1`,
		r.Place, fmt.Sprintf("recognition=%d %%", r.Number)).Scan(&by)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return by, err
}

// Package aeo is the self-check against the standard of advanced certification
// (AEO 高级认证自评): an enterprise answers the standard's questions, the platform adds
// its own figures of the enterprise's lists, a score card of the packs gives points
// with working, and every gap becomes a task of a guidance case.
//
// Invariants: the questions are the facts of the packs that are computed by
// "aeo_self_check"; a check is never changed, a later one stands beside it and counts;
// a task that the enterprise calls done is confirmed by an office, or not; customs
// alone certifies, and every page says so. Rules: GACC decree 251; the standard's
// items are recalled (RULES G). Seeds: 001 (11), 004 3(三)1.
package aeo

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the tables, in the services database.
func Migrations() []store.Migration {
	return []store.Migration{cultivation.Migration, {File: store.Services, Owner: "aeo", FS: files}}
}

// Card is the id of the score card.
const Card = "aeo-self-check"

// Question is one question of the standard.
type Question struct {
	ID     string           `json:"id" doc:"Name of the fact."`
	Title  cultivation.Said `json:"title"`
	Words  cultivation.Said `json:"words" doc:"What yes means."`
	Source string           `json:"source"`
	Mark   string           `json:"mark" doc:"seen, recalled, inference or design."`
}

// Check is one self-check (自评).
type Check struct {
	ID         int64              `json:"id"`
	Enterprise string             `json:"enterprise"`
	At         int64              `json:"at" doc:"µs UTC"`
	Year       int                `json:"year" doc:"Of the platform's figures."`
	Answers    map[string]bool    `json:"answers"`
	Score      *cultivation.Score `json:"score,omitempty"`
	Matter     string             `json:"matter,omitempty" doc:"Number of the guidance case."`
}

// Task is a gap to be closed (整改任务).
type Task struct {
	Indicator string           `json:"indicator"`
	Title     cultivation.Said `json:"title"`
	State     string           `json:"state" doc:"open, done (says the enterprise) or confirmed."`
	Since     int64            `json:"since" doc:"µs UTC"`
	Note      string           `json:"note,omitempty"`

	sealed []byte
}

// Service is the room. Its methods are safe for concurrent use.
type Service struct {
	*cultivation.Desk
	score cultivation.Scorer
}

// New makes the room on a store in which Migrations have run.
func New(d *cultivation.Desk, score cultivation.Scorer) *Service { return &Service{d, score} }

// Questions are the questions of the packs in force, in the order of their ids.
func (s *Service) Questions() []Question {
	var out []Question
	for _, i := range s.Rules().ItemsOn("facts", s.Today()) {
		v := i.Values()
		if v["computed"] != "aeo_self_check" || v["type"] != "bool" || i.ID == "aeo-checked" {
			continue
		}
		q := Question{ID: strings.ReplaceAll(i.ID, "-", "_"), Title: cultivation.Said(i.Title), Source: i.Source.String(), Mark: i.Mark.String()}
		if words, ok := v["meaning"].(map[string]any); ok {
			q.Words = cultivation.Said{ZH: fmt.Sprint(words["zh"]), EN: fmt.Sprint(words["en"])}
		}
		out = append(out, q)
	}
	return out
}

const columns = `id, enterprise, at, year, answers, score, matter`

func scan(r cultivation.Row, v *Check) error {
	var answers, score string
	if err := r.Scan(&v.ID, &v.Enterprise, &v.At, &v.Year, &answers, &score, &v.Matter); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(answers), &v.Answers); err != nil || score == "" {
		return err
	}
	v.Score = &cultivation.Score{}
	return json.Unmarshal([]byte(score), v.Score)
}

// sees tells whether the caller may read an enterprise's self-checks: its own, those
// whose figures it reads, and the offices that work guidance.
func sees(ctx context.Context, enterprise string) bool {
	ok, _ := cultivation.Reach(ctx, access.FigureRead, enterprise)
	return ok || guides(ctx)
}

// guides tells whether the caller is of an office that works guidance: commerce and
// customs.
func guides(ctx context.Context) bool {
	who := access.Of(ctx)
	return who.Scope(access.Cultivate) == access.Zone || who.Scope(access.VerdictGive) == access.Zone
}

// Checks are an enterprise's checks, the newest first. Errors:
// cultivation.ErrNotFound.
func (s *Service) Checks(ctx context.Context, enterprise string) ([]Check, error) {
	if !sees(ctx, enterprise) {
		return nil, cultivation.ErrNotFound
	}
	return cultivation.All(ctx, s.Reader(), scan, `select `+columns+` from aeo_checks where enterprise = $1 order by id desc limit 50`, enterprise)
}

// Newest are the newest checks of all enterprises, for offices; an enterprise's own
// for others.
func (s *Service) Newest(ctx context.Context) ([]Check, error) {
	where, args := "1 = 1", []any(nil)
	switch access.Of(ctx).Scope(access.FigureRead) {
	case access.None:
		return nil, cultivation.ErrDenied
	case access.Own:
		where, args = cultivation.In("enterprise", cultivation.Parties(ctx), 1)
	}
	return cultivation.All(ctx, s.Reader(), scan, `select `+columns+` from aeo_checks where id in (select max(id) from aeo_checks group by enterprise) and `+where+` order by id desc limit 1000`, args...)
}

// Answers are the checks that count: the newest of an enterprise, or of "" the newest
// of each, that was made by the end of a year. Programs of the house ask.
func (s *Service) Answers(ctx context.Context, enterprise string, year int) ([]Check, error) {
	return cultivation.All(ctx, s.Reader(), scan, `select `+columns+` from aeo_checks where id in (select max(id) from aeo_checks where year <= $2 and ($1 = '' or enterprise = $1) group by enterprise) order by id`, enterprise, int64(year))
}

// Answer makes a check of an enterprise of the caller: the answers are kept, scored
// with the platform's figures, and gaps become tasks. What is not answered is no.
// Errors: cultivation.ErrDenied, ErrNotOwn, ErrNoCard.
func (s *Service) Answer(ctx context.Context, enterprise string, answers map[string]bool) (*Check, error) {
	if !access.Of(ctx).May(access.EvidenceFile) {
		return nil, cultivation.ErrDenied
	}
	party, err := cultivation.Party(ctx, enterprise)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, q := range s.Questions() {
		known[q.ID] = answers[q.ID]
	}
	for id := range answers {
		if _, ok := known[id]; !ok {
			return nil, cultivation.Invalid("question", "没有该问题", "there is no such question", "按现行自评表作答", "answer the questions in force")
		}
	}
	text, err := json.Marshal(known)
	if err != nil {
		return nil, err
	}
	c := &Check{Enterprise: party, Year: s.Today().Year(), Answers: known}
	if err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if c.ID, err = s.Number(ctx, tx, "aeo"); err != nil {
			return err
		}
		c.At = s.Now()
		if _, err := tx.Exec(ctx, `insert into aeo_checks (id, enterprise, at, year, answers, score, grade, matter) values ($1, $2, $3, $4, $5, '', '', '')`, c.ID, party, c.At, int64(c.Year), string(text)); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "aeo", ID: c.ID, Act: "answered", Note: party})
	}); err != nil {
		return nil, err
	}
	// The answers are figures by now: the card is scored like any other.
	if c.Score, err = s.score(ctx, Card, party, c.Year); err != nil {
		return nil, err
	}
	return c, s.keep(ctx, c)
}

// keep writes the score of a check and its gaps as tasks. A task whose gap is closed
// by the answers is confirmed no more than before: an office does that.
func (s *Service) keep(ctx context.Context, c *Check) error {
	text, err := json.Marshal(c.Score)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `update aeo_checks set score = $1, grade = $2, matter = coalesce((select max(matter) from aeo_checks o where o.enterprise = $3 and o.id < $4), '') where id = $4`,
			string(text), c.Score.Grade, c.Enterprise, c.ID); err != nil {
			return err
		}
		for _, l := range c.Score.Lines {
			if l.Points >= l.Weight {
				continue
			}
			if _, err := tx.Exec(ctx, `insert into aeo_tasks (enterprise, indicator, title_zh, title_en, state, since, note) values ($1, $2, $3, $4, 'open', $5, $6)
				on conflict (enterprise, indicator) do update set state = 'open', since = excluded.since where aeo_tasks.state = 'confirmed'`,
				c.Enterprise, l.ID, l.Title.ZH, l.Title.EN, s.Now(), s.Keys.Seal(nil, nil, cultivation.Bound("aeo task", c.Enterprise, l.ID))); err != nil {
				return err
			}
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "aeo", ID: c.ID, Act: "scored", Note: c.Score.Grade})
	})
}

func scanTask(r cultivation.Row, v *Task) error {
	return r.Scan(&v.Indicator, &v.Title.ZH, &v.Title.EN, &v.State, &v.Since, &v.sealed)
}

// Tasks are an enterprise's gaps. Errors: cultivation.ErrNotFound.
func (s *Service) Tasks(ctx context.Context, enterprise string) ([]Task, error) {
	if !sees(ctx, enterprise) {
		return nil, cultivation.ErrNotFound
	}
	list, err := cultivation.All(ctx, s.Reader(), scanTask, `select indicator, title_zh, title_en, state, since, note from aeo_tasks where enterprise = $1 order by indicator`, enterprise)
	for i := range list {
		plain, err := s.Keys.Open(nil, list[i].sealed, cultivation.Bound("aeo task", enterprise, list[i].Indicator))
		if err != nil {
			return nil, fmt.Errorf("task %s of %s: %w", list[i].Indicator, enterprise, err)
		}
		list[i].Note = string(plain)
	}
	return list, err
}

// Move moves a task: the enterprise calls it done and says how, an office confirms it
// or opens it again. Errors: cultivation.ErrNotFound, ErrState, ErrDenied.
func (s *Service) Move(ctx context.Context, enterprise, indicator, to, note string) error {
	if err := cultivation.Clean(&note, "note", pack.Text{ZH: "说明", EN: "the note"}, 2, 500); err != nil {
		return err
	}
	office := guides(ctx)
	own := slices.Contains(cultivation.Parties(ctx), enterprise)
	switch {
	case !office && !own:
		return cultivation.ErrNotFound
	case to == "done" && !own, to != "done" && !office:
		return cultivation.ErrDenied
	}
	from := map[string]string{"done": "open", "confirmed": "done", "open": "done"}[to]
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, err := tx.Exec(ctx, `update aeo_tasks set state = $1, since = $2, note = $3 where enterprise = $4 and indicator = $5 and state = $6`,
			to, s.Now(), s.Keys.Seal(nil, []byte(note), cultivation.Bound("aeo task", enterprise, indicator)), enterprise, indicator, from)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			if err == nil {
				err = cultivation.ErrState
			}
			return err
		}
		c, err := cultivation.One(ctx, tx, scan, `select `+columns+` from aeo_checks where enterprise = $1 order by id desc limit 1`, enterprise)
		if err != nil {
			return err
		}
		if err := s.tell(ctx, tx, enterprise, indicator, to); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "aeo", ID: c.ID, Act: "task_" + to, Note: indicator + "：" + note})
	})
}

// tell puts a moved task to the bell: of the offices that guide when the enterprise
// calls it done, of the enterprise when they have looked.
func (s *Service) tell(ctx context.Context, tx *store.Tx, enterprise, indicator, to string) error {
	n := cultivation.News{Link: "/aeo/" + enterprise, Act: to + " " + indicator}
	switch to {
	case "done":
		n.Link += "/tasks"
		n.Words = pack.Text{ZH: "AEO 整改任务待确认：" + enterprise, EN: "A task of AEO guidance is to be confirmed: " + enterprise}
		return s.TellOffices(ctx, tx, n, access.Customs, access.Commerce)
	case "confirmed":
		n.Words = pack.Text{ZH: "AEO 整改任务已确认完成", EN: "A task of AEO guidance was confirmed as done"}
	default:
		n.Words = pack.Text{ZH: "AEO 整改任务被退回，请继续整改", EN: "A task of AEO guidance was opened again"}
	}
	return s.Tell(ctx, tx, enterprise, n)
}

// Effects are what matters of AEO guidance do: "aeo-guidance" ties the case to the
// enterprise's newest check.
func (s *Service) Effects() map[string]matter.Effect {
	return map[string]matter.Effect{"aeo-guidance": func(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
		c, err := cultivation.One(ctx, tx, scan, `select `+columns+` from aeo_checks where enterprise = $1 order by id desc limit 1`, m.Subject)
		if err != nil || !slices.Contains(cultivation.Parties(ctx), m.Subject) {
			return matter.Problems{{Field: "enterprise", ZH: "该企业还没有自评", EN: "the enterprise has no self-check yet", FixZH: "先在 AEO 自评页面完成自评", FixEN: "make the self-check first"}}
		}
		_, err = tx.Exec(ctx, `update aeo_checks set matter = $1 where id = $2`, m.Number, c.ID)
		return err
	}}
}

// Guards are what steps of AEO guidance wait for: "aeo-tasks" holds until every gap
// is confirmed as closed.
func (s *Service) Guards() map[string]matter.Guard {
	return map[string]matter.Guard{"aeo-tasks": func(ctx context.Context, tx *store.Tx, m *matter.Matter) error {
		var n int64
		if err := tx.QueryRow(ctx, `select count(*) from aeo_tasks where enterprise = $1 and state <> 'confirmed'`, m.Subject).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return matter.Problems{{ZH: fmt.Sprintf("还有 %d 项整改任务未确认完成", n), EN: fmt.Sprintf("%d tasks are not confirmed as done", n), FixZH: "在 AEO 自评页面逐项确认", FixEN: "confirm them on the page of the self-check"}}
		}
		return nil
	}}
}

package library

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/find"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of the service, in the services database.
func Migrations() []store.Migration {
	return []store.Migration{{File: store.Services, Owner: "library", FS: migrations}}
}

// Answer is an answered question that was published (公开问答).
type Answer struct {
	Serial   uint64
	Number   string // of the application
	Topic    matter.Words
	Day      clock.Day // of the answer
	Question string
	Reply    string
	Cites    []matter.Citation
}

// Errors that a caller acts on.
var (
	// ErrNotFound: there is no such published answer.
	ErrNotFound = errors.New("library: no such answer / 没有该问答")
	// ErrDenied: the caller may not publish it.
	ErrDenied = errors.New("library: this is not yours to publish / 无权公开")
)

// most bounds a published text in bytes.
const most = 6000

// personal are forms of what belongs to a person: numbers of telephones,
// identity and accounts, and addresses of mail.
var personal = regexp.MustCompile(`[0-9Xx]{11,}|[0-9]{3,4}-[0-9]{7,8}|[^\s@]+@[^\s@]+\.[^\s@]+`)

func wrong(code, field, zh, en, fixZH, fixEN string) error {
	return matter.Problems{{Code: code, Field: field, ZH: zh, EN: en, FixZH: fixZH, FixEN: fixEN}}
}

// Ready returns an answered question that the caller's office may publish, with
// the answer as it was given; matter.Problems say why it may not.
func (s *Service) Ready(ctx context.Context, number string) (*Answer, error) {
	m, err := s.c.Matters.Get(ctx, number)
	if err != nil {
		return nil, err
	}
	d := s.c.Matters.DefinitionOf(m)
	p := access.Of(ctx)
	switch {
	case p.Scope(access.MatterWork) != access.Zone || !d.Works(p):
		return nil, ErrDenied
	case d.Answer == nil || m.State != matter.Approved:
		return nil, wrong("state", "", "只有已答复的咨询可以公开", "only an answered question can be published", "先答复", "answer it first")
	case m.Form[d.Answer.Consent] != true:
		return nil, wrong("consent", "", "提问人未同意公开", "whoever asked did not agree to publish it", "不公开该问答", "do not publish it")
	}
	a := &Answer{Serial: m.Serial, Number: m.Number, Day: clock.DayOf(m.Closed)}
	if f := d.Field(d.Answer.Topic); f != nil {
		a.Topic = f.Text(m.Form[d.Answer.Topic])
	}
	letter, err := s.c.Matters.LetterOf(ctx, m)
	if err == nil {
		a.Cites = letter.Cites
	} else if !errors.Is(err, matter.ErrNotFound) {
		return nil, err
	}
	lines, err := s.c.Matters.History(ctx, number)
	for _, l := range lines {
		if l.Act == matter.Approve {
			a.Reply = l.Note
		}
	}
	return a, err
}

// Publish puts a question and its answer into the library, in the words given,
// which hold nothing of a person. What was published before is replaced.
func (s *Service) Publish(ctx context.Context, number, question, reply string) error {
	a, err := s.Ready(ctx, number)
	if err != nil {
		if errors.Is(err, ErrDenied) {
			return s.denied(ctx, number)
		}
		return err
	}
	for field, text := range map[string]string{"question": question, "reply": reply} {
		switch {
		case len(strings.TrimSpace(text)) < 10 || len(text) > most:
			return wrong("length", field, "文字过短或过长", "the text is too short, or too long", "写明问题和答复", "write question and answer out")
		case personal.MatchString(text):
			return wrong("personal", field, "文字中有号码或邮箱，不能公开", "there is a number or a mail address in it", "去掉电话、证件号、账号、邮箱", "take out numbers of telephones, identity and accounts, and mail addresses")
		}
	}
	cites, err := json.Marshal(a.Cites)
	if err != nil {
		return err
	}
	p := access.Of(ctx)
	return s.c.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `delete from library_answers where serial = $1`, int64(a.Serial)); err != nil {
			return err
		}
		topic, err := json.Marshal(a.Topic)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into library_answers (serial, number, topic, day, question, reply, cites, published_at, published_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			int64(a.Serial), a.Number, string(topic), int64(a.Day), strings.TrimSpace(question), strings.TrimSpace(reply), string(cites), clock.Micros(s.c.Clock.Now()), p.ID); err != nil {
			return err
		}
		return s.c.Audit.Write(ctx, tx, audit.Entry{Actor: p.ID, Org: p.Org, Act: "answer.publish", Object: "matter:" + a.Number, Outcome: audit.Done})
	})
}

// Retract takes a published answer back.
func (s *Service) Retract(ctx context.Context, number string) error {
	p := access.Of(ctx)
	if p.Scope(access.MatterWork) != access.Zone {
		return s.denied(ctx, number)
	}
	return s.c.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, `select count(*) from library_answers where number = $1`, number).Scan(&n); err != nil {
			return store.Wrap("read published answers", err)
		}
		if n == 0 {
			return ErrNotFound
		}
		if _, err := tx.Exec(ctx, `delete from library_answers where number = $1`, number); err != nil {
			return err
		}
		return s.c.Audit.Write(ctx, tx, audit.Entry{Actor: p.ID, Org: p.Org, Act: "answer.retract", Object: "matter:" + number, Outcome: audit.Done})
	})
}

func (s *Service) denied(ctx context.Context, number string) error {
	e := audit.Entry{Actor: "visitor", Act: "answer.publish", Object: "matter:" + number, Outcome: audit.Denied}
	if p := access.Of(ctx); p != nil {
		e.Actor, e.Org = p.ID, p.Org
	}
	if err := s.c.Audit.Record(ctx, e); err != nil {
		return err
	}
	return ErrDenied
}

// shown bounds the answers of a page; looked bounds those that are looked
// through for words.
const (
	shown  = 40
	looked = 2000
)

// Answers are the published answers that fit words, or a measure that they cite;
// the newest first. It is for anybody.
func (s *Service) Answers(ctx context.Context, text, measure string) ([]Answer, error) {
	rows, err := s.c.DB.Read().QueryContext(ctx, fmt.Sprintf(`select serial, number, topic, day, question, reply, cites from library_answers order by serial desc limit %d`, looked))
	if err != nil {
		return nil, store.Wrap("read published answers", err)
	}
	defer rows.Close()
	var out []Answer
	for rows.Next() && len(out) < shown {
		var a Answer
		var topic, cites string
		if err := rows.Scan(&a.Serial, &a.Number, &topic, &a.Day, &a.Question, &a.Reply, &cites); err != nil {
			return nil, store.Wrap("read published answers", err)
		}
		if err := errors.Join(json.Unmarshal([]byte(topic), &a.Topic), json.Unmarshal([]byte(cites), &a.Cites)); err != nil {
			return nil, err
		}
		if find.Score(text, a.Question, a.Reply, a.Topic.ZH, a.Topic.EN) >= find.Enough && (measure == "" || a.cites(measure)) {
			out = append(out, a)
		}
	}
	return out, store.Wrap("read published answers", rows.Err())
}

func (a *Answer) cites(measure string) bool {
	for _, c := range a.Cites {
		if c.Measure == measure {
			return true
		}
	}
	return false
}

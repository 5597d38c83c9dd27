package matter

import (
	"context"
	"encoding/base32"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/form"
	"pilotzone/internal/kernel/store"
)

// Letter is the paper of a result (办件结果文书): it stands as it was written.
type Letter struct {
	Code   string // printed on it and in its QR code; nobody can guess it
	Number string // of the matter
	Result State
	Day    clock.Day
	To     string // the applicant, as named
	Title  Words
	Body   Words
	Basis  []string   // sources in law
	Cites  []Citation // clauses that the decision cites
}

// placeholder is {name} in a letter's template.
var placeholder = regexp.MustCompile(`\{([a-z][a-z0-9_.]*)\}`)

// letterWords are the placeholders that are no fields.
var letterWords = []string{"number", "day", "applicant", "reason", "until", "origin"}

func (d *Definition) letterTexts() []string {
	var out []string
	for _, r := range []Result{d.Results.Approve, d.Results.Refuse} {
		if l := r.Letter; l != nil {
			out = append(out, l.Title.ZH, l.Title.EN, l.Body.ZH, l.Body.EN)
		}
	}
	return out
}

var codeAlphabet = base32.NewEncoding("ABCDEFGHJKLMNPQRSTUVWXYZ23456789").WithPadding(base32.NoPadding)

// write makes the letter of a result.
func (s *Service) write(ctx context.Context, tx *store.Tx, m *Matter, d *Definition, t *LetterTemplate, c closing) error {
	var b [15]byte
	if _, err := io.ReadFull(s.c.Random, b[:]); err != nil {
		return fmt.Errorf("matter: draw the code of a letter: %w", err)
	}
	l := Letter{Code: codeAlphabet.EncodeToString(b[:]), Number: m.Number, Result: m.State, Day: s.Today(), To: s.applicant(ctx, m)}
	fill := func(text string, pick func(Words) string) string {
		return placeholder.ReplaceAllStringFunc(text, func(p string) string {
			name := p[1 : len(p)-1]
			if field, ok := strings.CutPrefix(name, "form."); ok {
				return pick(d.Field(field).Text(m.Form[field]))
			}
			return pick(s.letterWord(name, m, d, l, c.reason))
		})
	}
	zh, en := func(w Words) string { return w.ZH }, func(w Words) string { return w.EN }
	l.Title = form.W(fill(t.Title.ZH, zh), fill(t.Title.EN, en))
	l.Body = form.W(fill(t.Body.ZH, zh), fill(t.Body.EN, en))
	for _, src := range d.Sources {
		l.Basis = append(l.Basis, src.String())
	}
	l.Cites = c.cites
	body, err := s.seal(l, []byte("matter letter "+l.Code))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into matter_letters (code, serial, result, at, body) values ($1, $2, $3, $4, $5)`, l.Code, int64(m.Serial), string(m.State), clock.Micros(s.now()), body)
	return err
}

func (s *Service) letterWord(name string, m *Matter, d *Definition, l Letter, reason string) Words {
	switch name {
	case "number":
		return form.W(m.Number, m.Number)
	case "day":
		return form.W(chineseDay(l.Day), l.Day.String())
	case "applicant":
		return form.W(l.To, l.To)
	case "origin":
		return form.W(m.Parent, m.Parent)
	case "until":
		until := l.Day.AddMonths(d.Params["valid_months"]).AddDays(-1)
		return form.W(chineseDay(until), until.String())
	}
	return form.W(reason, reason)
}

func chineseDay(d clock.Day) string {
	return fmt.Sprintf("%d年%d月%d日", d.Year(), d.Month(), d.DayOfMonth())
}

func (s *Service) applicant(ctx context.Context, m *Matter) string {
	if s.c.Applicant != nil {
		if name := s.c.Applicant(ctx, m.Org); name != "" && m.Org != "" {
			return name
		}
	}
	if m.Org != "" {
		return m.Org
	}
	return "申请人 applicant"
}

// LetterOf returns the letter of a matter that the caller may see; ErrNotFound
// while there is none.
func (s *Service) LetterOf(ctx context.Context, m *Matter) (*Letter, error) {
	var code string
	var body []byte
	if err := s.db.Read().QueryRowContext(ctx, `select code, body from matter_letters where serial = $1 and not superseded order by at desc limit 1`, int64(m.Serial)).Scan(&code, &body); err != nil {
		return nil, notFound(err)
	}
	l := &Letter{}
	return l, s.open(body, []byte("matter letter "+code), l)
}

// Verification is what anybody who holds a letter may learn of it (文书核验).
type Verification struct {
	Letter Letter
	Title  Words // of the matter
	At     time.Time
	// Superseded says that an appeal has set the decision aside.
	Superseded bool
}

// Verify finds a letter by the code on it, for anybody: ErrNotFound if there is
// none, or if the matter's results are not published.
func (s *Service) Verify(ctx context.Context, code string) (*Verification, error) {
	code = strings.ToUpper(strings.TrimSpace(code))
	var body []byte
	var at int64
	var superseded bool
	var definition, version string
	if err := s.db.Read().QueryRowContext(ctx, `select l.body, l.at, l.superseded, m.definition, m.version from matter_letters l join matter_matters m on m.serial = l.serial where l.code = $1`, code).
		Scan(&body, &at, &superseded, &definition, &version); err != nil {
		return nil, notFound(err)
	}
	d := s.DefinitionOf(&Matter{Definition: definition, Version: version})
	if d == nil || !d.Publish.Verifiable() {
		return nil, ErrNotFound
	}
	v := &Verification{Title: d.Title, At: clock.FromMicros(at), Superseded: superseded}
	return v, s.open(body, []byte("matter letter "+code), &v.Letter)
}

package matter_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// friday is a working day before a weekend.
var friday = time.Date(2026, 11, 27, 9, 0, 0, 0, clock.Beijing)

// permit is a matter of two steps that nobody wrote a line of Go for.
const permit = `
id: permit
version: "1"
valid_from: 2020-01-01
category: test
title: {zh: 许可, en: Permit}
summary: {zh: 试, en: A trial}
applicants: [organisation, consumer]
subject: code
params: {valid_months: 12}
form:
  schema:
    type: object
    additionalProperties: false
    required: [code, kinds, contact, truthful]
    properties:
      code: {type: string, maxLength: 20}
      kinds: {type: array, minItems: 1, uniqueItems: true, items: {type: string, enum: [a, b]}}
      contact: {type: string, minLength: 2, maxLength: 40, x-personal: true}
      phone: {type: string, format: phone, x-personal: true}
      count: {type: integer, minimum: 1, maximum: 9}
      truthful: {type: boolean, const: true}
  sections:
    - id: all
      title: {zh: 全部, en: All}
      fields:
        - {name: code, label: {zh: 代码, en: Code}}
        - {name: kinds, label: {zh: 类型, en: Kinds}, options: {a: {zh: 甲, en: First}, b: {zh: 乙, en: Second}}}
        - {name: contact, label: {zh: 联系人, en: Contact}}
        - {name: phone, label: {zh: 电话, en: Telephone}}
        - {name: count, label: {zh: 数量, en: Count}}
        - {name: truthful, label: {zh: 承诺, en: Declaration}}
documents:
  - {id: licence, title: {zh: 执照, en: Licence}, required: true, accept: [pdf]}
  - {id: second, title: {zh: 乙类证明, en: Proof of the second kind}, required: true, when: {properties: {kinds: {contains: {const: b}}}}}
steps:
  - {id: review, title: {zh: 审核, en: Review}, roles: [commerce], days: 3, acts: [accept, return, refuse, consult]}
  - {id: decision, title: {zh: 审批, en: Decision}, roles: [customs], days: 1, acts: [approve, refuse]}
results:
  approve: {letter: {title: {zh: "许可 {number}", en: "Permit {number}"}, body: {zh: "{applicant} {form.kinds} 至 {until}", en: "{applicant} {form.kinds} until {until}"}}}
  refuse: {letter: {title: {zh: 不予许可, en: Refused}, body: {zh: "{reason}", en: "{reason}"}}}
publish: true
`

type desk struct {
	*matter.Service
	db    *store.DB
	clock *clock.Fixed
	log   *audit.Log
}

func newDesk(t *testing.T, s *store.Store, hooks matter.Hooks, definitions ...string) *desk {
	t.Helper()
	return newDeskWith(t, s, ringOf(t), hooks, definitions...)
}

func ringOf(t *testing.T) *keys.Keyring {
	t.Helper()
	ring, err := keys.New(keys.AES256GCM, friday, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func newDeskWith(t *testing.T, s *store.Store, ring *keys.Keyring, hooks matter.Hooks, definitions ...string) *desk {
	t.Helper()
	files := fstest.MapFS{}
	for i, d := range definitions {
		files[string(rune('a'+i))+".yaml"] = &fstest.MapFile{Data: []byte(d)}
	}
	catalogue, err := matter.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	c := clock.NewFixed(friday)
	log := audit.New(audit.Config{DB: s.Services, Keys: ring, Clock: c})
	svc, err := matter.New(matter.Config{DB: s.Services, Keys: ring, Clock: c, Random: rand.Reader, Catalogue: catalogue,
		Blobs: blob.New(s.Services, ring, c, rand.Reader, blob.Limits{}), Audit: log, Hooks: hooks,
		Applicant: func(_ context.Context, org string) string { return map[string]string{"o1": "甲公司"}[org] },
		Client: func(_ context.Context, filing string) (string, string, error) {
			return map[string]string{"410796D123": "o1"}[filing], "甲公司", nil
		},
		Cite: func(id string) (matter.Words, bool) {
			return matter.Words{ZH: "条款", EN: "Clause"}, id == "hunan-02"
		}})
	if err != nil {
		t.Fatal(err)
	}
	return &desk{svc, s.Services, c, log}
}

func migrations() []store.Migration { return append(matter.Migrations(), audit.Migration) }

func as(t *testing.T, id, org string, roles ...access.Role) context.Context {
	t.Helper()
	return access.With(t.Context(), &access.Principal{ID: id, Org: org, Roles: roles})
}

var (
	pdf  = []byte("%PDF-1.7\n%%EOF\n")
	full = map[string]any{"code": "C1", "kinds": []any{"a"}, "contact": "张三丰", "phone": "13812345678", "count": 2.0, "truthful": true}
)

// submitted is a permit of org o1 that was handed in.
func (d *desk) submitted(t *testing.T, ctx context.Context) *matter.Matter {
	t.Helper()
	m, err := d.Begin(ctx, "permit", "", full)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Attach(ctx, m.Number, "licence", "执照.pdf", pdf); err != nil {
		t.Fatal(err)
	}
	if m, err = d.Submit(ctx, m.Number, 0, ""); err != nil {
		t.Fatal(err)
	}
	return m
}

func codes(err error) []string {
	var ps matter.Problems
	if !errors.As(err, &ps) {
		return nil
	}
	var out []string
	for _, p := range ps {
		if p.ZH == "" || p.EN == "" || p.FixZH == "" || p.FixEN == "" {
			out = append(out, "unsaid:"+p.Code)
		}
		out = append(out, p.Code+":"+p.Field)
	}
	return out
}

func TestAMatterRunsFromDraftToLetterAsData(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s, matter.Hooks{}, permit)
		clerk, colleague, other := as(t, "u1", "o1", access.Clerk), as(t, "u2", "o1", access.Manager), as(t, "u9", "o9", access.Clerk)
		commerce, customs := as(t, "c1", "", access.Commerce), as(t, "k1", "", access.Customs)
		m, err := d.Begin(clerk, "permit", "key-1", nil)
		if err != nil || m.Number != "PZ202600000001" || m.State != matter.Draft {
			t.Fatalf("%+v, %v", m, err)
		}
		if again, err := d.Begin(clerk, "permit", "key-1", nil); err != nil || again.Number != m.Number {
			t.Fatalf("the same key: %+v, %v", again, err)
		}
		if _, err := d.Submit(clerk, m.Number, 0, ""); !slices.Equal(codes(err), []string{"required:code", "required:kinds", "required:contact", "required:truthful", "document:document:licence", "document:document:second"}) {
			t.Fatalf("empty: %v", codes(err))
		}
		m, problems, err := d.Save(clerk, m.Number, m.Revision, full)
		if err != nil || len(problems) != 0 || m.Subject != "C1" {
			t.Fatalf("%v, %v", problems, err)
		}
		if _, _, err := d.Save(clerk, m.Number, 1, full); !errors.Is(err, matter.ErrStale) {
			t.Fatalf("an old revision: %v", err)
		}
		if _, err := d.Get(commerce, m.Number); !errors.Is(err, matter.ErrNotFound) {
			t.Fatalf("a draft is nobody's business: %v", err)
		}
		if _, err := d.Attach(colleague, m.Number, "licence", "执照.pdf", pdf); err != nil {
			t.Fatal(err)
		}
		if m, err = d.Submit(clerk, m.Number, 0, "s1"); err != nil || m.State != matter.Open || m.Step != "review" || m.Due != 20261202 {
			t.Fatalf("submitted on a Friday, three working days: %+v, %v", m, err)
		}
		if again, err := d.Submit(clerk, m.Number, 0, "s1"); err != nil || again.Revision != m.Revision {
			t.Fatalf("the same key once more: %+v, %v", again, err)
		}
		if _, err := d.Submit(clerk, m.Number, 0, "s2"); !slices.Equal(codes(err), []string{"state:"}) {
			t.Fatalf("twice: %v", err)
		}
		seen, err := d.Get(commerce, m.Number)
		if err != nil || seen.Form["contact"] != "张**" || seen.Form["phone"] != "138****5678" || seen.Form["code"] != "C1" {
			t.Fatalf("%v, %v", seen, err)
		}
		if _, err := d.Get(other, m.Number); !errors.Is(err, matter.ErrNotFound) {
			t.Fatalf("another enterprise: %v", err)
		}
		if m, err = d.Do(commerce, m.Number, matter.Doing{Act: matter.Claim}); err != nil || m.Officer != "c1" {
			t.Fatal(err)
		}
		if m, err = d.Do(commerce, m.Number, matter.Doing{Act: matter.Accept, Revision: m.Revision, Key: "a"}); err != nil || m.Step != "decision" || m.Officer != "" || m.Due != 20261130 {
			t.Fatalf("%+v, %v", m, err)
		}
		if _, err := d.Do(commerce, m.Number, matter.Doing{Act: matter.Approve, Revision: m.Revision}); !errors.Is(err, matter.ErrDenied) {
			t.Fatalf("not their step: %v", err)
		}
		if m, err = d.Do(customs, m.Number, matter.Doing{Act: matter.Approve, Revision: m.Revision}); err != nil || m.State != matter.Approved || m.Due != 0 || m.Closed.IsZero() {
			t.Fatalf("%+v, %v", m, err)
		}
		letter, err := d.LetterOf(clerk, m)
		if err != nil || letter.Title.ZH != "许可 "+m.Number || letter.Body.ZH != "甲公司 甲 至 2027年11月26日" || letter.Body.EN != "甲公司 First until 2027-11-26" {
			t.Fatalf("%+v, %v", letter, err)
		}
		if v, err := d.Verify(t.Context(), " "+strings.ToLower(letter.Code)); err != nil || v.Letter.Number != m.Number {
			t.Fatalf("%+v, %v", v, err)
		}
		if _, err := d.Verify(t.Context(), "ABCDEFGH"); !errors.Is(err, matter.ErrNotFound) {
			t.Fatal(err)
		}
		d.holds(t, clerk, m.Number)
	}, migrations()...)
}

// holds checks history, facts, audit chain and that nothing stands in clear.
func (d *desk) holds(t *testing.T, clerk context.Context, number string) {
	t.Helper()
	var acts []string
	lines, err := d.History(clerk, number)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		acts = append(acts, string(l.Act))
	}
	if !slices.Equal(acts, []string{"start", "attach", "submit", "accept", "approve"}) {
		t.Errorf("history as the applicant sees it: %v", acts)
	}
	events, err := d.Facts().Read(t.Context(), 0, 100)
	if err != nil || len(events) != 6 || events[5].Kind != "approve" || strings.Contains(string(events[5].Body), "张三丰") {
		t.Errorf("%d facts, %v", len(events), err)
	}
	if err := d.log.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	records, err := d.log.Of(t.Context(), "matter:"+number, 100)
	if err != nil || len(records) != 7 { // six acts and one that was denied
		t.Errorf("%d entries, %v", len(records), err)
	}
	rows, err := d.db.Read().QueryContext(t.Context(), `select form from matter_matters union all select note from matter_history union all select body from matter_letters`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), "张三丰") || strings.Contains(string(raw), "13812345678") {
			t.Error("personal data stands in clear")
		}
	}
}

func TestEveryActInEveryStateIsAllowedOrRefusedByTheTable(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), matter.Hooks{}, permit)
	clerk, commerce := as(t, "u1", "o1", access.Clerk), as(t, "c1", "", access.Commerce)
	reach := map[matter.State]func() string{
		matter.Draft: func() string {
			m, err := d.Begin(clerk, "permit", "", full)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.Attach(clerk, m.Number, "licence", "a.pdf", pdf); err != nil {
				t.Fatal(err)
			}
			return m.Number
		},
		matter.Open:      func() string { return d.submitted(t, clerk).Number },
		matter.Returned:  func() string { return d.done(t, commerce, d.submitted(t, clerk), matter.Return).Number },
		matter.Refused:   func() string { return d.done(t, commerce, d.submitted(t, clerk), matter.Refuse).Number },
		matter.Withdrawn: func() string { m := d.submitted(t, clerk); d.withdraw(t, clerk, m.Number); return m.Number },
	}
	allowed := map[matter.State]string{
		matter.Draft: "save attach submit withdraw", matter.Returned: "save attach submit withdraw comment",
		matter.Open:    "withdraw comment claim accept refuse return consult",
		matter.Refused: "comment", matter.Withdrawn: "comment",
	}
	for state, make := range reach {
		for _, act := range []matter.Act{matter.Save, matter.Attach, matter.Submit, matter.Withdraw, matter.Comment, matter.Claim, matter.Accept, matter.Approve, matter.Refuse, matter.Return, matter.Consult} {
			err := d.try(clerk, commerce, make(), act)
			if ok := slices.Contains(strings.Fields(allowed[state]), string(act)); ok != (err == nil) {
				t.Errorf("%s in %s: %v, allowed is %v", act, state, err, ok)
			}
		}
	}
}

// try does one act, as applicant or as officer.
func (d *desk) try(clerk, commerce context.Context, number string, act matter.Act) error {
	var err error
	switch act {
	case matter.Save:
		_, _, err = d.Save(clerk, number, 0, full)
	case matter.Attach:
		_, err = d.Attach(clerk, number, "licence", "b.pdf", pdf)
	case matter.Submit:
		_, err = d.Submit(clerk, number, 0, "")
	case matter.Withdraw:
		_, err = d.Withdraw(clerk, number, 0, "", "")
	case matter.Comment:
		err = d.Say(clerk, number, "请问进度", "")
	default:
		m, getErr := d.Get(clerk, number)
		if getErr != nil {
			return getErr
		}
		do := matter.Doing{Act: act, Revision: m.Revision, Note: "理由"}
		if act == matter.Consult {
			do.To = "tax"
		}
		_, err = d.Do(commerce, number, do)
	}
	return err
}

func (d *desk) done(t *testing.T, ctx context.Context, m *matter.Matter, act matter.Act) *matter.Matter {
	t.Helper()
	out, err := d.Do(ctx, m.Number, matter.Doing{Act: act, Revision: m.Revision, Note: "缺章"})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (d *desk) withdraw(t *testing.T, ctx context.Context, number string) {
	t.Helper()
	if _, err := d.Withdraw(ctx, number, 0, "不办了", ""); err != nil {
		t.Fatal(err)
	}
}

func TestAReturnedMatterComesBackToTheStepThatReturnedItWithItsWholeTime(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), matter.Hooks{}, permit)
	clerk, commerce := as(t, "u1", "o1", access.Clerk), as(t, "c1", "", access.Commerce)
	m := d.done(t, commerce, d.submitted(t, clerk), matter.Return)
	if m.State != matter.Returned || m.Due != 0 {
		t.Fatalf("%+v", m)
	}
	d.clock.Advance(20 * 24 * time.Hour)
	if n, err := d.Escalate(t.Context()); n != 0 || err != nil {
		t.Fatalf("the applicant's time is nobody's delay: %d, %v", n, err)
	}
	m, err := d.Submit(clerk, m.Number, 0, "")
	if err != nil || m.Step != "review" || m.Due != 20261222 {
		t.Fatalf("%+v, %v", m, err)
	}
	d.clock.Advance(7 * 24 * time.Hour)
	for _, want := range []int{2, 0} { // it is late, and the head of the department is told
		if n, err := d.Escalate(t.Context()); n != want || err != nil {
			t.Fatalf("late once: %d, %v", n, err)
		}
	}
	if w, err := d.Waiting(commerce); err != nil || w.Work != 1 || w.Late != 1 || w.Unclaimed != 1 {
		t.Fatalf("%+v, %v", w, err)
	}
	if w, err := d.Waiting(clerk); err != nil || w.Running != 1 || w.Work != 0 {
		t.Fatalf("%+v, %v", w, err)
	}
}

func TestAConsultedDepartmentAnswersAndDecidesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), matter.Hooks{}, permit)
	clerk, commerce, tax, fx := as(t, "u1", "o1", access.Clerk), as(t, "c1", "", access.Commerce), as(t, "t1", "", access.Tax), as(t, "f1", "", access.FX)
	m := d.submitted(t, clerk)
	m, err := d.Do(commerce, m.Number, matter.Doing{Act: matter.Consult, To: "tax", Note: "请税务部门提意见", Revision: m.Revision})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := d.List(tax, matter.Filter{Workable: true}); err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	if _, err := d.Do(tax, m.Number, matter.Doing{Act: matter.Refuse, Note: "x", Revision: m.Revision}); !errors.Is(err, matter.ErrDenied) {
		t.Fatalf("%v", err)
	}
	if _, err := d.Do(fx, m.Number, matter.Doing{Act: matter.Answer, Note: "x", Revision: m.Revision}); !errors.Is(err, matter.ErrNotFound) {
		t.Fatalf("%v", err)
	}
	if m, err = d.Do(tax, m.Number, matter.Doing{Act: matter.Answer, Note: "无异议", Revision: m.Revision}); err != nil || m.State != matter.Open || len(m.Consulted) != 0 {
		t.Fatalf("%+v, %v", m, err)
	}
	lines, err := d.History(clerk, m.Number)
	if err != nil || slices.ContainsFunc(lines, func(l matter.Line) bool { return l.Internal }) {
		t.Fatalf("what offices say among themselves is not shown: %v, %v", lines, err)
	}
}

func TestEffectsGuardsAndProbesAreCalledInTheirPlace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		open, fail := false, true
		hooks := matter.Hooks{
			Effects: map[string]matter.Effect{"mark": func(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
				if _, err := tx.Exec(ctx, `insert into marks (number) values ($1)`, m.Number); err != nil {
					return err
				}
				if fail {
					return matter.Problems{{Code: "effect", ZH: "不行", EN: "no", FixZH: "改", FixEN: "mend"}}
				}
				return nil
			}},
			Guards: map[string]matter.Guard{"gate": func(context.Context, *store.Tx, *matter.Matter) error {
				if open {
					return nil
				}
				return matter.Problems{{Code: "gate", ZH: "未到", EN: "not yet", FixZH: "等", FixEN: "wait"}}
			}},
			Probes: map[string]matter.Probe{"ask": func(_ context.Context, m *matter.Matter) []matter.Finding {
				return []matter.Finding{{Field: "code", ZH: "查无 " + m.Form["code"].(string), EN: "not found"}}
			}},
		}
		text := strings.Replace(permit, "steps:", "probes: [ask]\nsteps:", 1)
		text = strings.Replace(text, "days: 1, acts", "days: 1, guards: [gate], acts", 1)
		text = strings.Replace(text, "approve: {letter", "approve: {effect: mark, letter", 1)
		d := newDesk(t, s, hooks, text)
		if err := s.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `create table marks (number text not null)`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		marks := func() (n int) {
			if err := s.Services.Read().QueryRowContext(t.Context(), `select count(*) from marks`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		clerk, commerce, customs := as(t, "u1", "o1", access.Clerk), as(t, "c1", "", access.Commerce), as(t, "k1", "", access.Customs)
		m := d.submitted(t, clerk)
		if len(m.Findings) != 1 || m.Findings[0].ZH != "查无 C1" || m.Findings[0].Probe != "ask" {
			t.Fatalf("%+v", m.Findings)
		}
		m = d.done(t, commerce, m, matter.Accept)
		do := matter.Doing{Act: matter.Approve, Revision: m.Revision, Key: "k"}
		if _, err := d.Do(customs, m.Number, do); !slices.Equal(codes(err), []string{"gate:"}) {
			t.Fatalf("%v", err)
		}
		open = true
		if _, err := d.Do(customs, m.Number, do); !slices.Equal(codes(err), []string{"effect:"}) || marks() != 0 {
			t.Fatalf("what the effect did is undone with it: %v, %d marks", err, marks())
		}
		fail = false
		for range 2 {
			if got, err := d.Do(customs, m.Number, do); err != nil || got.State != matter.Approved || marks() != 1 {
				t.Fatalf("once: %+v, %v, %d marks", got, err, marks())
			}
		}
	}, migrations()...)
}

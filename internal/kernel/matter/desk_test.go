package matter_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// contested is the permit with an appeal, a parallel consultation that has to be
// whole, two escalations and published decisions.
var contested = strings.NewReplacer(
	"publish: true", "publish: decisions\nappeal: {days: 15, roles: [admin, customs], within: 10, results: true}",
	"acts: [accept, return, refuse, consult]}", "acts: [accept, return, refuse, consult], consult: {roles: [tax, fx], days: 2, limits: {fx: 5}, all: true}, escalate: [{after_days: 1, to: chief}, {after_days: 3, to: admin}]}",
).Replace(permit)

func (d *desk) do(t *testing.T, ctx context.Context, number string, do matter.Doing) *matter.Matter {
	t.Helper()
	m, err := d.Get(ctx, number)
	if err != nil {
		t.Fatal(err)
	}
	do.Revision = m.Revision
	if do.Note == "" {
		do.Note = "理由"
	}
	if m, err = d.Do(ctx, number, do); err != nil {
		t.Fatal(err)
	}
	return m
}

func (d *desk) day(to clock.Day) {
	d.clock.Advance(time.Date(to.Year(), time.Month(to.Month()), to.DayOfMonth(), 9, 0, 0, 0, clock.Beijing).Sub(d.clock.Now()))
}

func TestParallelConsultationNeedsEveryAnswer(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s, matter.Hooks{}, contested)
		clerk, commerce, tax, fx, post := as(t, "u1", "o1", access.Clerk), as(t, "c1", "", access.Commerce), as(t, "t1", "", access.Tax), as(t, "f1", "", access.FX), as(t, "p1", "", access.Post)
		m := d.submitted(t, clerk)
		accept := func() []string {
			now, err := d.Get(commerce, m.Number)
			if err != nil {
				t.Fatal(err)
			}
			_, err = d.Do(commerce, m.Number, matter.Doing{Act: matter.Accept, Revision: now.Revision})
			return codes(err)
		}
		if got := accept(); !slices.Equal(got, []string{"opinion:consult:tax", "opinion:consult:fx"}) {
			t.Fatalf("nobody was asked: %v", got)
		}
		asked := d.do(t, commerce, m.Number, matter.Doing{Act: matter.Consult})
		if !slices.Equal(asked.Consulted, []access.Role{access.Tax, access.FX}) {
			t.Fatalf("all of the step at once: %v", asked.Consulted)
		}
		for name, ctx := range map[string]context.Context{"tax": tax, "fx": fx} {
			if list, err := d.List(ctx, matter.Filter{Workable: true}); err != nil || len(list) != 1 {
				t.Fatalf("%s has it to answer: %d, %v", name, len(list), err)
			}
		}
		if _, err := d.Get(post, m.Number); !errors.Is(err, matter.ErrNotFound) {
			t.Fatal("a department that was not asked")
		}
		// Both answer from what they saw before the other answered.
		if _, err := d.Do(tax, m.Number, matter.Doing{Act: matter.Answer, Stance: matter.Conditions, Note: "补税后同意", Revision: asked.Revision}); err != nil {
			t.Fatal(err)
		}
		if got := accept(); !slices.Equal(got, []string{"opinion:consult:fx"}) {
			t.Fatalf("one is missing: %v", got)
		}
		d.day(20261204)                                              // the last day of fx: the fifth working day after a Friday
		if n, err := d.Escalate(t.Context()); err != nil || n != 2 { // the step itself is late and its chief told, fx is not
			t.Fatalf("on the last day: %d, %v", n, err)
		}
		d.day(20261205)
		if n, err := d.Escalate(t.Context()); err != nil || n != 1 {
			t.Fatalf("the day after the last: %d, %v", n, err)
		}
		late, err := d.Opinions(commerce, m.Number)
		if err != nil || len(late) != 2 || late[0].Stance != matter.Conditions || late[0].Note != "补税后同意" || late[0].Due != 20261201 || !late[1].Late(20261205) || late[1].Late(20261204) {
			t.Fatalf("%+v, %v", late, err)
		}
		if shown, err := d.Opinions(clerk, m.Number); err != nil || shown != nil {
			t.Fatalf("what departments say among themselves: %v, %v", shown, err)
		}
		d.do(t, fx, m.Number, matter.Doing{Act: matter.Answer, Stance: matter.Agrees})
		if got := accept(); got != nil {
			t.Fatalf("all have answered: %v", got)
		}
		if seen, err := d.Get(tax, m.Number); err != nil || seen.Step != "decision" {
			t.Fatalf("who was asked sees how it goes on: %v", err)
		}
	}, migrations()...)
}

func TestALateMatterIsEscalatedOnItsWorkingDays(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), matter.Hooks{}, contested)
	clerk, commerce, chief, admin := as(t, "u1", "o1", access.Clerk), as(t, "c1", "", access.Commerce), as(t, "k2", "", access.Chief), as(t, "a1", "", access.Admin)
	m := d.submitted(t, clerk) // on Friday the 27th, three working days: due Wednesday 2 December
	d.done(t, commerce, m, matter.Claim)
	for _, c := range []struct {
		day       clock.Day
		told      int
		escalated int
	}{{20261202, 0, 0}, {20261203, 2, 1}, {20261204, 0, 1}, {20261206, 0, 1}, {20261207, 1, 2}, {20261208, 0, 2}} {
		d.day(c.day)
		n, err := d.Escalate(t.Context())
		if err != nil || n != c.told {
			t.Fatalf("%s: told %d, %v, want %d", c.day, n, err, c.told)
		}
		if now, err := d.Get(commerce, m.Number); err != nil || len(now.Escalated) != c.escalated {
			t.Fatalf("%s: %+v, %v", c.day, now.Escalated, err)
		}
	}
	if list, err := d.List(chief, matter.Filter{Workable: true, Escalated: true}); err != nil || len(list) != 1 {
		t.Fatalf("the chief sees it: %d, %v", len(list), err)
	}
	now, _ := d.Get(chief, m.Number)
	if _, err := d.Do(chief, m.Number, matter.Doing{Act: matter.Refuse, Note: "x", Revision: now.Revision}); !errors.Is(err, matter.ErrDenied) {
		t.Fatalf("a supervisor does not decide in another department's place: %v", err)
	}
	if now = d.do(t, chief, m.Number, matter.Doing{Act: matter.Assign, To: "c2"}); now.Officer != "c2" {
		t.Fatalf("%+v", now)
	}
	list, err := d.Lateness(admin, 20261101, 20261231)
	if err != nil || len(list) != 1 || list[0] != (matter.Lateness{Department: access.Commerce, Open: 1, OpenLate: 1}) {
		t.Fatalf("%+v, %v", list, err)
	}
	d.done(t, as(t, "c2", "", access.Commerce), now, matter.Refuse)
	if list, err = d.Lateness(admin, 20261208, 20261208); err != nil || len(list) != 1 || list[0] != (matter.Lateness{Department: access.Commerce, Done: 1, DoneLate: 1}) {
		t.Fatalf("%+v, %v", list, err)
	}
	if _, err := d.Lateness(clerk, 20261101, 20261231); !errors.Is(err, matter.ErrDenied) {
		t.Fatalf("%v", err)
	}
}

func TestAReturnSaysWhatIsToBeCompleted(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), matter.Hooks{}, permit)
	clerk, commerce := as(t, "u1", "o1", access.Clerk), as(t, "c1", "", access.Commerce)
	m := d.submitted(t, clerk)
	if _, err := d.Do(commerce, m.Number, matter.Doing{Act: matter.Return, Note: "补正", Revision: m.Revision, Marks: []matter.Mark{{Field: "colour", Note: "?"}}}); !slices.Equal(codes(err), []string{"field:colour"}) {
		t.Fatalf("%v", err)
	}
	marks := []matter.Mark{{Field: "phone", Note: "请填写手机号"}, {Field: "document:licence", Note: "扫描件不清晰"}}
	d.do(t, commerce, m.Number, matter.Doing{Act: matter.Return, Marks: append(marks, matter.Mark{Field: "code"})})
	seen, _, err := d.Fill(clerk, m.Number)
	if err != nil || seen.State != matter.Returned || !slices.Equal(seen.Marks, marks) {
		t.Fatalf("%+v, %v", seen, err)
	}
	if m, err = d.Submit(clerk, m.Number, 0, ""); err != nil || m.State != matter.Open || m.Marks != nil {
		t.Fatalf("%+v, %v", m, err)
	}
}

func TestAnAppealIsDecidedByAnotherPersonWithinItsDays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		marked := 0
		hooks := matter.Hooks{Effects: map[string]matter.Effect{"mark": func(context.Context, *store.Tx, *matter.Matter, *matter.Definition) error { marked++; return nil }}}
		d := newDesk(t, s, hooks, strings.Replace(contested, "approve: {letter", "approve: {effect: mark, letter", 1))
		clerk, commerce, admin, both := as(t, "u1", "o1", access.Clerk), as(t, "c1", "", access.Commerce), as(t, "a1", "", access.Admin), as(t, "c1", "", access.Commerce, access.Admin)
		refused := func() *matter.Matter { return d.done(t, commerce, d.submitted(t, clerk), matter.Refuse) }
		first := refused()
		if until := d.AppealUntil(first); until != 20261212 {
			t.Fatalf("15 days after the 27th: %s", until)
		}
		if _, err := d.BeginAppeal(as(t, "u9", "o9", access.Clerk), first.Number, ""); !errors.Is(err, matter.ErrNotFound) {
			t.Fatalf("another's: %v", err)
		}
		d.day(20261213)
		if _, err := d.BeginAppeal(clerk, first.Number, ""); !slices.Equal(codes(err), []string{"late:"}) {
			t.Fatalf("the day after the last: %v", err)
		}
		d.day(20261212)
		a, err := d.BeginAppeal(clerk, first.Number, "k")
		if err != nil || a.Parent != first.Number || a.Subject != "C1" || !a.IsAppeal() {
			t.Fatalf("on the last day: %+v, %v", a, err)
		}
		if again, err := d.BeginAppeal(clerk, first.Number, "k"); err != nil || again.Number != a.Number {
			t.Fatalf("the same key: %v", err)
		}
		if _, err := d.BeginAppeal(clerk, first.Number, ""); !slices.Equal(codes(err), []string{"twice:"}) {
			t.Fatalf("a second one: %v", err)
		}
		if _, _, err := d.Save(clerk, a.Number, 0, map[string]any{"wish": "overturn", "grounds": "材料当时已交齐"}); err != nil {
			t.Fatal(err)
		}
		if a, err = d.Submit(clerk, a.Number, 0, ""); err != nil || a.Due != 20261228 {
			t.Fatalf("ten working days: %+v, %v", a, err)
		}
		if _, err := d.Do(both, a.Number, matter.Doing{Act: matter.Approve, Revision: a.Revision, Outcome: matter.Overturned}); !slices.Equal(codes(err), []string{"another:"}) {
			t.Fatalf("whoever refused it: %v", err)
		}
		key := access.With(t.Context(), &access.Principal{ID: "key:k_1", Key: "k_1", Roles: []access.Role{access.Admin}})
		if _, err := d.Do(key, a.Number, matter.Doing{Act: matter.Refuse, Revision: a.Revision, Note: "x"}); !slices.Equal(codes(err), []string{"person:"}) {
			t.Fatalf("a key decides: %v", err)
		}
		if _, err := d.Do(admin, a.Number, matter.Doing{Act: matter.Approve, Revision: a.Revision}); !slices.Equal(codes(err), []string{"outcome:outcome"}) {
			t.Fatalf("without saying what becomes of it: %v", err)
		}
		d.do(t, admin, a.Number, matter.Doing{Act: matter.Approve, Outcome: matter.Overturned, Note: "材料齐全"})
		now, err := d.Get(clerk, first.Number)
		if err != nil || now.State != matter.Approved || marked != 1 {
			t.Fatalf("%+v, %d effects, %v", now, marked, err)
		}
		letter, err := d.LetterOf(clerk, now)
		if err != nil || letter.Title.EN != "Permit "+first.Number {
			t.Fatalf("the letter of the approval: %+v, %v", letter, err)
		}
		if l, err := d.LetterOf(clerk, &matter.Matter{Serial: a.Serial}); err != nil || !strings.Contains(l.Body.ZH, first.Number) {
			t.Fatalf("the letter of the appeal: %+v, %v", l, err)
		}
		d.reopened(t, clerk, refused())
	}, migrations()...)
}

// reopened appeals until a refusal is decided once more, by another person.
func (d *desk) reopened(t *testing.T, clerk context.Context, m *matter.Matter) {
	t.Helper()
	old, err := d.LetterOf(clerk, m)
	if err != nil {
		t.Fatal(err)
	}
	a, err := d.BeginAppeal(clerk, m.Number, "")
	if err == nil {
		_, _, err = d.Save(clerk, a.Number, 0, map[string]any{"wish": "reopen", "grounds": "请重新核对"})
	}
	if err == nil {
		_, err = d.Submit(clerk, a.Number, 0, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	d.do(t, as(t, "k1", "", access.Customs), a.Number, matter.Doing{Act: matter.Approve, Outcome: matter.Reopened})
	now, err := d.Get(clerk, m.Number)
	if err != nil || now.State != matter.Open || now.Step != "review" || !now.Closed.IsZero() || now.Due == 0 {
		t.Fatalf("%+v, %v", now, err)
	}
	if v, err := d.Verify(t.Context(), old.Code); err != nil || !v.Superseded {
		t.Fatalf("the old letter: %+v, %v", v, err)
	}
	if _, err := d.Do(as(t, "c1", "", access.Commerce), m.Number, matter.Doing{Act: matter.Refuse, Note: "x", Revision: now.Revision}); !slices.Equal(codes(err), []string{"another:"}) {
		t.Fatalf("the same person: %v", err)
	}
	d.do(t, as(t, "c2", "", access.Commerce), m.Number, matter.Doing{Act: matter.Refuse})
	linked, err := d.Linked(clerk, now)
	if err != nil || len(linked) != 1 || linked[0].Number != a.Number {
		t.Fatalf("%+v, %v", linked, err)
	}
}

func TestAnAgentActsInsideItsMandateAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), matter.Hooks{}, permit)
	client, commerce := as(t, "u1", "o1", access.Clerk), as(t, "c1", "", access.Commerce)
	agent := func(mandates ...access.Mandate) context.Context {
		return access.With(t.Context(), &access.Principal{ID: "g1", Org: "o7", Roles: []access.Role{access.Clerk}, Mandates: mandates})
	}
	whole := access.Mandate{ID: "m", Client: "410796D123", Codes: []string{"410796D123", "91410700MA40XKJ29T"}}
	narrow := whole
	narrow.Kinds = []string{"CEB621"}
	for name, ctx := range map[string]context.Context{"without a mandate": agent(), "with one for messages alone": agent(narrow), "for another client": agent(access.Mandate{Client: "410796D999", Codes: []string{"410796D999"}})} {
		if _, err := d.BeginFor(ctx, "410796D123", "permit", "", full); !errors.Is(err, matter.ErrDenied) {
			t.Errorf("%s: %v", name, err)
		}
	}
	m, err := d.BeginFor(agent(whole), "91410700MA40XKJ29T", "permit", "", full)
	if err != nil || m.Org != "o1" || m.Agent != "o7" || m.Client != "410796D123" {
		t.Fatalf("%+v, %v", m, err)
	}
	if _, err := d.Attach(agent(whole), m.Number, "licence", "a.pdf", pdf); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Submit(agent(whole), m.Number, 0, ""); err != nil {
		t.Fatal(err)
	}
	lines, err := d.History(client, m.Number)
	if err != nil || len(lines) != 3 || lines[2].Org != "o7" {
		t.Fatalf("the client sees who acted: %+v, %v", lines, err)
	}
	if list, err := d.List(agent(whole), matter.Filter{}); err != nil || len(list) != 1 {
		t.Fatalf("%d, %v", len(list), err)
	}
	if list, err := d.List(agent(), matter.Filter{}); err != nil || len(list) != 0 {
		t.Fatalf("after the mandate has ended: %d, %v", len(list), err)
	}
	if _, err := d.Get(agent(), m.Number); !errors.Is(err, matter.ErrNotFound) {
		t.Fatalf("after the mandate has ended: %v", err)
	}
	own := d.submitted(t, client)
	if _, err := d.Get(agent(whole), own.Number); !errors.Is(err, matter.ErrNotFound) {
		t.Fatalf("what the client does itself is not the agent's: %v", err)
	}
	if seen, err := d.Get(commerce, m.Number); err != nil || seen.Agent != "o7" {
		t.Fatalf("%+v, %v", seen, err)
	}
}

func TestABundleStartsItsMattersFromOneFormAndEndsWithThem(t *testing.T) {
	t.Parallel()
	second := strings.NewReplacer("id: permit", "id: second", "required: [code, kinds, contact, truthful]", "required: [code]", "required: true, accept", "accept").Replace(permit)
	bundle := permit[:strings.Index(permit, "documents:")] + "bundle: [permit, second]\n"
	bundle = strings.Replace(bundle, "id: permit", "id: both", 1)
	d := newDesk(t, storetest.SQLite(t, migrations()...), matter.Hooks{}, permit, second, bundle)
	clerk, commerce, customs := as(t, "u1", "o1", access.Clerk), as(t, "c1", "", access.Commerce), as(t, "k1", "", access.Customs)
	b, err := d.Begin(clerk, "both", "", full)
	if err == nil {
		b, err = d.Submit(clerk, b.Number, 0, "")
	}
	if err != nil || b.State != matter.Open {
		t.Fatalf("%+v, %v", b, err)
	}
	parts, err := d.Linked(clerk, b)
	if err != nil || len(parts) != 2 || parts[0].State != matter.Draft || parts[1].State != matter.Open || parts[0].Form["code"] != "C1" {
		t.Fatalf("one lacks its paper, the other is on its way: %+v, %v", parts, err)
	}
	if _, err := d.Attach(clerk, parts[0].Number, "licence", "a.pdf", pdf); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Submit(clerk, parts[0].Number, 0, ""); err != nil {
		t.Fatal(err)
	}
	for i, p := range parts {
		d.do(t, commerce, p.Number, matter.Doing{Act: matter.Accept})
		d.do(t, customs, p.Number, matter.Doing{Act: matter.Approve})
		if now, err := d.Get(clerk, b.Number); err != nil || (now.State == matter.Approved) != (i == 1) {
			t.Fatalf("after %d: %+v, %v", i, now, err)
		}
	}
}

func TestDecisionsOfOrganisationsAloneArePublished(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), matter.Hooks{}, contested, strings.Replace(permit, "id: permit", "id: quiet", 1))
	commerce := as(t, "c1", "", access.Commerce)
	for _, ctx := range []context.Context{as(t, "u1", "o1", access.Clerk), as(t, "p1", "", access.Consumer)} {
		d.done(t, commerce, d.submitted(t, ctx), matter.Refuse)
	}
	d.submitted(t, as(t, "u1", "o1", access.Clerk))
	list, err := d.Decisions(t.Context(), "", 0, 0)
	if err != nil || len(list) != 1 || list[0].Applicant != "甲公司" || list[0].Result != matter.Refused || list[0].Day != 20261127 || list[0].Letter == "" {
		t.Fatalf("%+v, %v", list, err)
	}
	if list, err = d.Decisions(t.Context(), "quiet", 0, 0); err != nil || len(list) != 0 {
		t.Fatalf("%+v, %v", list, err)
	}
}

func TestAnAnswerCitesAClause(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), matter.Hooks{}, strings.Replace(permit, "publish: true", "cites: true", 1))
	clerk, commerce, customs := as(t, "u1", "o1", access.Clerk), as(t, "c1", "", access.Commerce), as(t, "k1", "", access.Customs)
	m := d.done(t, commerce, d.submitted(t, clerk), matter.Accept)
	for _, c := range []struct {
		cites []string
		want  string
	}{{nil, "cites:cites"}, {[]string{" "}, "cites:cites"}, {[]string{"measure:nowhere-1"}, "cites:cites"}} {
		if _, err := d.Do(customs, m.Number, matter.Doing{Act: matter.Approve, Revision: m.Revision, Cites: c.cites}); !slices.Equal(codes(err), []string{c.want}) {
			t.Errorf("%v: %v", c.cites, err)
		}
	}
	m = d.do(t, customs, m.Number, matter.Doing{Act: matter.Approve, Cites: []string{"measure:hunan-02", "关税法第一条"}})
	l, err := d.LetterOf(clerk, m)
	if err != nil || len(l.Cites) != 2 || l.Cites[0] != (matter.Citation{Measure: "hunan-02", ZH: "条款", EN: "Clause"}) || l.Cites[1].ZH != "关税法第一条" {
		t.Fatalf("%+v, %v", l, err)
	}
}

package matter_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/packs"
)

func TestShippedMattersAreInOrder(t *testing.T) {
	t.Parallel()
	c, err := matter.Load(packs.Matters())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"subject-filing", "policy-consultation", "filing-certificate"} {
		if c.Find(id, 20261127) == nil {
			t.Errorf("%s is not in force", id)
		}
	}
	if c.Find("subject-filing", 20181231) != nil {
		t.Error("before its first day")
	}
}

func TestTheFilingFormAsksEachKindForItsOwn(t *testing.T) {
	t.Parallel()
	c, err := matter.Load(packs.Matters())
	if err != nil {
		t.Fatal(err)
	}
	d := c.Find("subject-filing", 20261127)
	form := func(kinds ...any) map[string]any {
		return map[string]any{"name": "甲公司", "uscc": "91410700MA40XKJ29T", "kinds": kinds, "contact_name": "张三", "contact_phone": "0373-3334444",
			"bank_name": "某银行某支行", "bank_account": "6222000012345678", "truthful": true}
	}
	for _, x := range []struct {
		kind   string
		more   map[string]any
		faults string
		papers string
	}{
		{"platform", nil, "required:website", "licence"},
		{"platform", map[string]any{"website": "https://x.example"}, "", "licence"},
		{"merchant", nil, "required:customs_code", "licence"},
		{"payment", map[string]any{"customs_code": "4107960ABC"}, "required:payment_licence_no", "licence payment-licence"},
		{"logistics", map[string]any{"customs_code": "4107960ABC", "courier_licence_no": "1"}, "", "licence courier-licence"},
		{"merchant", map[string]any{"customs_code": "41079"}, "format:customs_code", "licence"},
		{"merchant", map[string]any{"customs_code": "4107960ABC", "uscc": "914107"}, "format:uscc", "licence"},
		{"merchant", map[string]any{"customs_code": "4107960ABC", "truthful": false}, "choice:truthful", "licence"},
		{"merchant", map[string]any{"customs_code": "4107960ABC", "contact_phone": "call me"}, "format:contact_phone", "licence"},
		{"bank", nil, "choice:kinds", "licence"},
		{"merchant", map[string]any{"customs_code": "4107960ABC", "extra": "x"}, "unknown:extra", "licence"},
	} {
		f := form(x.kind)
		for k, v := range x.more {
			f[k] = v
		}
		var faults error
		if ps := d.Check(f); len(ps) > 0 {
			faults = ps
		}
		if got := strings.Join(codes(faults), " "); got != x.faults {
			t.Errorf("%s %v: %q, want %q", x.kind, x.more, got, x.faults)
		}
		var papers []string
		for i := range d.Documents {
			if doc := &d.Documents[i]; doc.Required && doc.Asked(f) {
				papers = append(papers, doc.ID)
			}
		}
		if got := strings.Join(papers, " "); got != x.papers {
			t.Errorf("%s: papers %q, want %q", x.kind, got, x.papers)
		}
	}
}

func TestDefinitionsWithFaultsAreRefused(t *testing.T) {
	t.Parallel()
	for why, change := range map[string][2]string{
		"a word in one language":              {"title: {zh: 许可, en: Permit}", "title: {zh: 许可}"},
		"an unknown key":                      {"category: test", "category: test\ncolour: red"},
		"an unknown applicant":                {"[organisation, consumer]", "[robot]"},
		"a personal subject":                  {"subject: code", "subject: contact"},
		"a personal field in a letter":        {"{reason}", "{form.contact}"},
		"an unknown placeholder":              {"{reason}", "{reasons}"},
		"a field in no section":               {"- {name: count, label: {zh: 数量, en: Count}}", ""},
		"a field without a schema":            {"name: count, label", "name: counter, label"},
		"an option without words":             {", b: {zh: 乙, en: Second}", ""},
		"a role that works no matters":        {"roles: [customs]", "roles: [clerk]"},
		"a last step that does not approve":   {"acts: [approve, refuse]", "acts: [refuse]"},
		"an unknown act":                      {"acts: [accept,", "acts: [accept, sing,"},
		"no time limit":                       {"days: 3", "days: 0"},
		"an unknown type of file":             {"accept: [pdf]", "accept: [exe]"},
		"an unknown format":                   {"format: phone", "format: telepathy"},
		"a text without a bound":              {"{type: string, maxLength: 20}", "{type: string}"},
		"a form that reaches outside":         {"{type: integer, minimum: 1, maximum: 9}", `{type: integer, "$ref": "http://example.com/x"}`},
		"properties that nobody asked for":    {"additionalProperties: false", "additionalProperties: true"},
		"a box that must be answered":         {"{type: boolean, const: true}", "{type: boolean}"},
		"a step twice":                        {"id: decision", "id: review"},
		"a schema that is none":               {"minItems: 1", "minItems: many"},
		"no day from which it is in force":    {"valid_from: 2020-01-01", ""},
		"a version that ends before it began": {"valid_from: 2020-01-01", "valid_from: 2020-01-01\nvalid_to: 2019-01-01"},
	} {
		text := strings.Replace(permit, change[0], change[1], 1)
		if text == permit {
			t.Fatalf("%s: nothing was changed", why)
		}
		if _, err := matter.Parse([]byte(text)); err == nil {
			t.Errorf("%s is taken", why)
		}
	}
}

func TestVersionsFollowEachOtherByDay(t *testing.T) {
	t.Parallel()
	next := strings.Replace(strings.Replace(permit, `version: "1"`, `version: "2"`, 1), "2020-01-01", "2026-07-01", 1)
	if _, err := matter.Load(fstest.MapFS{"a.yaml": {Data: []byte(permit)}, "b.yaml": {Data: []byte(next)}}); err == nil {
		t.Error("two versions on one day")
	}
	first := strings.Replace(permit, "valid_from: 2020-01-01", "valid_from: 2020-01-01\nvalid_to: 2026-06-30", 1)
	c, err := matter.Load(fstest.MapFS{"a.yaml": {Data: []byte(first)}, "b.yaml": {Data: []byte(next)}})
	if err != nil {
		t.Fatal(err)
	}
	for day, version := range map[clock.Day]string{20260630: "1", 20260701: "2"} {
		if d := c.Find("permit", day); d == nil || d.Version != version {
			t.Errorf("%s: %v", day, d)
		}
	}
	if c.Version("permit", "1") == nil {
		t.Error("an old version carries its matters on")
	}
}

func TestAnApplicationKeepsTheVersionThatItWasStartedWith(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t, migrations()...)
	ring := ringOf(t)
	d := newDeskWith(t, s, ring, matter.Hooks{}, permit)
	clerk, commerce := as(t, "u1", "o1", access.Clerk), as(t, "c1", "", access.Commerce)
	m := d.submitted(t, clerk)
	next := strings.NewReplacer(`version: "1"`, `version: "2"`, "{zh: 许可, en: Permit}", "{zh: 新许可, en: New permit}").Replace(permit)
	other := strings.Replace(permit, "id: permit", "id: other", 1)
	for name, text := range map[string]string{"another version": next, "no longer in the packs": other, "other words under the same version": strings.Replace(permit, "{zh: 许可, en: Permit}", "{zh: 改许可, en: Changed permit}", 1)} {
		later := newDeskWith(t, s, ring, matter.Hooks{}, text)
		if err := later.Complete(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if def := later.DefinitionOf(m); def == nil || def.Title.EN != "Permit" || def.Version != "1" {
			t.Errorf("%s: %+v", name, def)
		}
		if list, err := later.List(commerce, matter.Filter{Workable: true}); err != nil || len(list) != 1 {
			t.Errorf("%s: it is still the office's work: %d, %v", name, len(list), err)
		}
	}
	changed := newDeskWith(t, s, ring, matter.Hooks{}, strings.Replace(permit, "{zh: 许可, en: Permit}", "{zh: 改许可, en: Changed permit}", 1))
	n, err := changed.Begin(clerk, "permit", "", full)
	if err != nil || !strings.HasPrefix(n.Version, "1+") || changed.DefinitionOf(n).Title.EN != "Changed permit" || changed.DefinitionOf(m).Title.EN != "Permit" {
		t.Fatalf("%+v, %v", n, err)
	}
	if m, err = changed.Do(commerce, m.Number, matter.Doing{Act: matter.Accept, Revision: m.Revision}); err != nil || m.Step != "decision" {
		t.Fatalf("%+v, %v", m, err)
	}
}

func TestAStoreOfAnOlderProgramKeepsItsDefinitionsOrNamesThem(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t, migrations()...)
	d := newDesk(t, s, matter.Hooks{}, permit)
	if _, err := d.Begin(as(t, "u1", "o1", access.Clerk), "permit", "", nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `delete from matter_definitions`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	next := strings.Replace(permit, `version: "1"`, `version: "2"`, 1)
	if err := newDesk(t, s, matter.Hooks{}, next).Complete(t.Context()); err == nil || !strings.Contains(err.Error(), "permit, version 1") {
		t.Errorf("%v", err)
	}
	if err := newDesk(t, s, matter.Hooks{}, permit).Complete(t.Context()); err != nil {
		t.Error(err)
	}
	if err := newDesk(t, s, matter.Hooks{}, next).Complete(t.Context()); err != nil {
		t.Error("it is kept now:", err)
	}
}

func TestTheWorkingDayCalendarKnowsHolidaysAndWorkingWeekends(t *testing.T) {
	t.Parallel()
	c, err := matter.LoadCalendar(packs.Calendar())
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[clock.Day]bool{20261001: false, 20261007: false, 20261008: true, 20261010: true, 20261011: false, 20260217: false, 20260228: true, 20261127: true, 20261128: false} {
		if c.Working(day) != want {
			t.Errorf("%s working: %v", day, !want)
		}
	}
	if got := c.AddWorking(20260930, 3); got != 20261010 {
		t.Errorf("three working days after 30 September: %s", got)
	}
}

func TestWhatAPageSendsBecomesAForm(t *testing.T) {
	t.Parallel()
	d, err := matter.Parse([]byte(permit))
	if err != nil {
		t.Fatal(err)
	}
	form := d.FromValues(map[string][]string{"code": {" C1 "}, "kinds": {"a", "b"}, "count": {"3"}, "truthful": {"true"}, "contact": {"张三"}, "phone": {""}, "other": {"x"}})
	if len(form) != 5 || d.Check(form) != nil {
		t.Errorf("%v: %v", form, d.Check(form))
	}
	bad := d.FromValues(map[string][]string{"code": {"C1"}, "kinds": {"a"}, "count": {"drei"}, "truthful": {"true"}, "contact": {"张三"}})
	if got := codes(d.Check(bad)); len(got) != 1 || got[0] != "type:count" {
		t.Errorf("%v", got)
	}
}

// FuzzCheck: no form makes a check panic, and every fault has words.
func FuzzCheck(f *testing.F) {
	d, err := matter.Parse([]byte(permit))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("code", "C1", "kinds", "a")
	f.Add("count", "9999999999999999999999", "truthful", "no")
	f.Fuzz(func(t *testing.T, a, av, b, bv string) {
		form := d.FromValues(map[string][]string{a: {av}, b: {bv, av}})
		for _, p := range d.Check(form) {
			if p.Code == "" || p.ZH == "" || p.EN == "" || p.FixZH == "" || p.FixEN == "" {
				t.Fatalf("%+v", p)
			}
		}
		d.Mask(form)
	})
}

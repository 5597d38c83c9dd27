package plan_test

import (
	"errors"
	"testing"
	"time"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/plan"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
)

// TestShippedPlans: every plan and card that is shipped compiles without a fault,
// and has all rows of RULES H1.
func TestShippedPlans(t *testing.T) {
	t.Parallel()
	for zone, want := range map[string]struct{ targets, tasks, places int }{
		"huaian": {11, 17, 8}, "hunan": {6, 14, 6}, "sanya": {6, 23, 4}, "xinxiang": {4, 20, 15},
	} {
		set := shipped(t, "national", zone)
		if faults := plan.Check(set); len(faults) > 0 {
			t.Errorf("%s: %v", zone, faults)
		}
		r, err := plan.Compile(set)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Plans) != 1 || len(r.Plans[0].Targets) != want.targets || len(r.Plans[0].Tasks) != want.tasks || len(r.Plans[0].Places) != want.places {
			t.Errorf("%s: %d targets, %d tasks, %d places", zone, len(r.Plans[0].Targets), len(r.Plans[0].Tasks), len(r.Plans[0].Places))
		}
		for _, target := range r.Plans[0].Targets {
			if target.Mark == 0 || target.At == "" || target.By == 0 && !target.EveryYear && !target.EachCounty {
				t.Errorf("%s %s: %+v", zone, target.ID, target)
			}
		}
		for _, task := range r.Plans[0].Tasks {
			if zone == "hunan" && task.Department.ZH == "" {
				t.Errorf("%s: the text names departments for every measure", task.ID)
			}
		}
		// the three calibres (RULES H1): transactions, turnover, import-export
		calibre := map[string]string{"huaian": "transactions", "sanya": "transactions", "xinxiang": "import_export"}[zone]
		for _, target := range r.Plans[0].Targets {
			if target.Value.Type() == rule.TypeMoney && target.Calibre != calibre {
				t.Errorf("%s %s is of calibre %q", zone, target.ID, target.Calibre)
			}
		}
	}
}

func (r *rig) progress(id, target string) plan.Progress {
	r.t.Helper()
	list, err := r.Progress(r.office(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, g := range list {
		if g.Target.ID == target {
			return g
		}
	}
	r.t.Fatalf("no target %s", target)
	return plan.Progress{}
}

// TestHuaianTransactions: 二, over 10 bn of transactions a year by the end of 2026,
// at, just under and just over, before and after the day.
func TestHuaianTransactions(t *testing.T) {
	each(t, "huaian", func(t *testing.T, r *rig) {
		if g := r.progress("huaian-2024", "transactions"); g.State != plan.Unknown || g.Known {
			t.Errorf("without figures: %+v", g.State)
		}
		r.file("320896D001", "320803", 20240105)
		for i, tc := range []struct {
			value string
			day   clock.Day
			want  plan.State
			short string
		}{
			{"9999999999.99", 20261127, plan.OnTrack, "0.02"},
			{"5000000000.00", 20261127, plan.Behind, "5000000000.01"},
			{"10000000000.00", 20261127, plan.Met, ""}, // 以上, as the Chinese most likely reads
			{"10000000000.01", 20261231, plan.Met, ""},
			{"9999999999.99", 20261231, plan.Behind, "0.02"}, // the last day: all of it should be there
			{"9999999999.99", 20270101, plan.Missed, "0.02"},
			{"10000000000.00", 20270101, plan.Met, ""},
		} {
			r.evidence(fact.Enterprise, "320896D001", "transactions_year", 2026, tc.value)
			r.clock.Set(tc.day.Time().Add(time.Duration(10+i) * time.Hour))
			g := r.progress("huaian-2024", "transactions")
			if g.State != tc.want || g.Short.String() != tc.short || g.Ended != (tc.day > 20261231) || g.Why.ZH == "" || g.Why.EN == "" || g.Have.String() != tc.value {
				t.Errorf("%s on %s: %s short %s, %+v", tc.value, tc.day, g.State, g.Short, g.Why)
			}
		}
	})
}

// TestHuaianCounts: 三、4, enterprises above 1 bn (one) and above 100 m (over ten) of
// import-export, and 200 new entities from 2024 on.
func TestHuaianCounts(t *testing.T) {
	each(t, "huaian", func(t *testing.T, r *rig) {
		for i := range 11 {
			code := "320896D1" + string(rune('0'+i/10)) + string(rune('0'+i%10))
			r.file(code, "320804", clock.NewDay(2023+i%4, 3, 1))
			value := "100000000.01"
			if i == 0 {
				value = "1000000000.00" // not above 1 bn
			}
			r.evidence(fact.Enterprise, code, "import_export_year", 2026, value)
		}
		r.file("320896D199", "", 20260101) // nobody knows its trade
		big, firms, fresh := r.progress("huaian-2024", "over-1bn"), r.progress("huaian-2024", "over-100m"), r.progress("huaian-2024", "new-entities")
		if big.State != plan.Behind || big.Have.Int() != 0 {
			t.Errorf("over 1 bn: %+v", big)
		}
		if firms.State != plan.Met || firms.Have.Int() != 11 || firms.Unsure != 1 {
			t.Errorf("over 100 m: %s %s, unsure %d", firms.State, firms.Have, firms.Unsure)
		}
		if fresh.Have.Int() != 9 { // eight of 2024 to 2026, and the one of which nobody knows the trade
			t.Errorf("new entities since 2024: %s", fresh.Have)
		}
		target, members, err := r.Members(r.office(), "huaian-2024", "over-100m")
		if err != nil || target.ID != "over-100m" || len(members) != 12 || members[0].Holds != rule.Yes || members[11].Holds != rule.Unknown {
			t.Errorf("%d members, %v", len(members), err)
		}
		if _, _, err := r.Members(r.visitor(), "huaian-2024", "over-100m"); !errors.Is(err, plan.ErrDenied) {
			t.Errorf("a visitor sees single enterprises: %v", err)
		}
	})
}

// TestCountySums: a county's figure is that of the enterprises placed in it, the
// zone's that of all, the city's code takes its counties, and each opens.
func TestCountySums(t *testing.T) {
	each(t, "huaian", func(t *testing.T, r *rig) {
		r.file("320896D201", "320803", 20240101)
		r.file("320896D202", "320804", 20240101)
		r.file("320896D203", "", 20240101)
		for i, code := range []string{"320896D201", "320896D202", "320896D203"} {
			r.evidence(fact.Enterprise, code, "import_export_year", 2026, []string{"1.00", "20.00", "300.00"}[i])
			r.evidence(fact.Enterprise, code, "import_export_year", 2025, "7.00")
		}
		for who, want := range map[fact.Subject][2]string{
			{Kind: fact.County, ID: "320803"}: {"1.00", "7.00"}, {Kind: fact.County, ID: "320800"}: {"21.00", "14.00"}, {Kind: fact.Place, ID: "huaian"}: {"321.00", "21.00"},
		} {
			f, err := r.facts.FiguresIn(t.Context(), who, 2026)
			if err != nil {
				t.Fatal(err)
			}
			year, before := f["import_export_year"], f["import_export_before"]
			if year.Value.String() != want[0] || before.Value.String() != want[1] || len(year.Origins) == 0 || year.Origins[0].Open == "" {
				t.Errorf("%v: %s, before %s", who, year.Value, before.Value)
			}
			d, parts, err := r.source.Parts(r.office(), who, "import_export_year", 2026)
			var sum rule.Value
			for _, p := range parts {
				sum, _ = sum.Add(p.Figure.Value)
			}
			if err != nil || d == nil || sum != year.Value {
				t.Errorf("%v: the parts sum to %s, %v", who, sum, err)
			}
		}
		if f, _ := r.facts.FiguresIn(t.Context(), fact.Subject{Kind: fact.County, ID: "320813"}, 2026); f["import_export_year"].Known {
			t.Error("a county without enterprises has a figure")
		}
		if _, _, err := r.source.Parts(r.visitor(), fact.Subject{Kind: fact.Place, ID: "huaian"}, "import_export_year", 2026); !errors.Is(err, plan.ErrDenied) {
			t.Error(err)
		}
	})
}

// TestEndedPlansAreHistory: the targets of Sanya (2022, 2025) are over; what nobody
// knows is not called missed.
func TestEndedPlansAreHistory(t *testing.T) {
	each(t, "sanya", func(t *testing.T, r *rig) {
		r.evidence(fact.Place, "sanya", "national_bases", 0, "1")
		r.evidence(fact.Place, "sanya", "departure_centres", 0, "4")
		r.file("460296D001", "460203", 20210101)
		r.evidence(fact.Enterprise, "460296D001", "transactions_year", 2022, "5000000000.00")
		for target, want := range map[string]plan.State{"transactions-2022": plan.Met, "transactions-2025": plan.Over, "national-base": plan.Met, "centres": plan.Missed, "carrier": plan.Over} {
			if g := r.progress("sanya-2020", target); g.State != want || !g.Ended {
				t.Errorf("%s: %s, ended %v, %+v", target, g.State, g.Ended, g.Why)
			}
		}
	})
}

// TestCourse: a month is kept as it was seen last in it, and later ones do not
// change it.
func TestCourse(t *testing.T) {
	each(t, "sanya", func(t *testing.T, r *rig) {
		r.evidence(fact.Place, "sanya", "key_enterprises", 0, "3")
		for _, step := range []struct {
			day   clock.Day
			value string
		}{{20261127, "5"}, {20261130, "6"}, {20261201, "9"}} {
			r.clock.Set(step.day.Time().Add(9 * time.Hour))
			r.evidence(fact.Place, "sanya", "key_enterprises", 0, step.value)
			r.later()
			if n, err := r.Record(t.Context()); err != nil || n != 6 {
				t.Fatal(n, err)
			}
		}
		points, err := r.Course(t.Context(), "sanya-2020", "key-enterprises")
		if err != nil || len(points) != 2 || points[0].Have.Int() != 6 || points[1].Have.Int() != 9 || points[0].Month != 20261101 {
			t.Errorf("%+v %v", points, err)
		}
		if all, err := r.Course(t.Context(), "sanya-2020", ""); err != nil || len(all) != 12 {
			t.Error(len(all), err)
		}
	})
}

// TestTasks: departments report; the last report counts, others stay; nobody else
// reports; what is past its day and not done is overdue.
func TestTasks(t *testing.T) {
	each(t, "sanya", func(t *testing.T, r *rig) {
		if _, err := r.Report(r.visitor(), "sanya-2020", plan.Report{Task: "t2-2", State: plan.Working, Note: "已上线"}); !errors.Is(err, plan.ErrDenied) {
			t.Error(err)
		}
		for _, in := range []plan.Report{{Task: "t2-2", State: plan.Working, Percent: 40, Note: "平台试运行"}, {Task: "t2-2", State: plan.Done, Note: "平台验收"}} {
			if _, err := r.Report(r.taxman(), "sanya-2020", in); err != nil {
				t.Fatal(err)
			}
		}
		for _, bad := range []plan.Report{{Task: "t2-2", State: "maybe", Note: "说明"}, {Task: "t2-2", State: plan.Working, Percent: 101, Note: "说明"}, {Task: "none", State: plan.Working, Note: "说明"}, {Task: "t2-2", State: plan.Working}} {
			if _, err := r.Report(r.taxman(), "sanya-2020", bad); err == nil {
				t.Errorf("%+v is taken", bad)
			}
		}
		tasks, err := r.Tasks(t.Context(), "sanya-2020")
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range tasks {
			switch task.ID {
			case "t2-2":
				if task.State != plan.Done || task.Percent != 100 || len(task.Reports) != 2 || task.Reports[1].Percent != 40 {
					t.Errorf("%+v", task)
				}
			case "system":
				if !task.Overdue {
					t.Error("five years are over and nobody said it is done")
				}
			}
		}
	})
}

// TestCheckFindsFaults: a plan that compares what is not there is refused, with
// the place of each fault.
func TestCheckFindsFaults(t *testing.T) {
	t.Parallel()
	text := `items:
  - id: bad
    title: {zh: 坏, en: bad}
    source: {ref: design}
    mark: design
    period: {from: 2026-01-01, to: 2026-12-31}
    targets:
      - {id: a, title: {zh: 甲, en: a}, fact: no_such_fact, op: ">=", value: 1, by: 2026-12-31, at: 一}
      - {id: b, title: {zh: 乙, en: b}, fact: belts, op: ">=", value: "3.00", by: 2026-12-31, at: 一}
      - {id: c, title: {zh: 丙, en: c}, fact: jobs_year, op: ">=", value: 1, by: 2026-12-31, at: 一}
      - {id: d, title: {zh: 丁, en: d}, fact: belts, op: range, from: 5, to: 3, by: 2026-12-31, at: 一}
      - {id: e, title: {zh: 戊, en: e}, fact: belts, op: ">=", value: 3, by: 2027-12-31, at: 一}
      - {id: f, title: {zh: 己, en: f}, count: {of: park, when: "sme"}, op: ">=", value: 3, by: 2026-12-31, at: 一}
      - {id: f, title: {zh: 己, en: f}, fact: belts, op: ">=", value: 3, by: 2026-12-31, at: 一}
    tasks:
      - {id: t, title: {zh: 任, en: t}, at: 一, targets: [nothing]}
`
	p := packOf(t, text)
	national := shipped(t, "national").Packs()[0]
	set, err := pack.NewSet(national, p)
	if err != nil {
		t.Fatal(err)
	}
	if faults := plan.Check(set); len(faults) < 7 {
		t.Errorf("%d faults: %v", len(faults), faults)
	}
}

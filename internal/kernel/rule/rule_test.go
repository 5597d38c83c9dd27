package rule_test

import (
	"errors"
	"strings"
	"testing"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/rule"
)

var vars = []rule.Var{
	{Name: "turnover_year", Type: rule.TypeMoney, Calibre: "turnover"},
	{Name: "import_export_year", Type: rule.TypeMoney, Calibre: "import_export"},
	{Name: "exports_year", Type: rule.TypeMoney, Calibre: "import_export"},
	{Name: "transactions_year", Type: rule.TypeMoney, Calibre: "transactions"},
	{Name: "cost", Type: rule.TypeMoney},
	{Name: "area_m2", Type: rule.TypeInt, Unit: "m²"},
	{Name: "cbec_enterprises", Type: rule.TypeInt},
	{Name: "sme", Type: rule.TypeBool},
	{Name: "one_stop", Type: rule.TypeBool},
	{Name: "founded", Type: rule.TypeDay},
	{Name: "headquarters", Type: rule.TypeText},
	{Name: "a", Type: rule.TypeBool}, {Name: "b", Type: rule.TypeBool}, {Name: "c", Type: rule.TypeBool},
}

func env(t testing.TB) *rule.Env {
	t.Helper()
	e, err := rule.New(vars)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func yuan(n int64) rule.Value { return rule.Fen(money.Fen(n * 100)) }

func facts(m map[string]rule.Value) rule.Facts {
	return func(name string) (rule.Value, bool) { v, ok := m[name]; return v, ok }
}

// TestHunan5 : 湘政办发〔2023〕9号 （五） on either side of each threshold.
func TestHunan5(t *testing.T) {
	t.Parallel()
	c, err := env(t).Condition(`area_m2 >= 4000 && one_stop && cbec_enterprises >= 20 &&
		(turnover_year >= yuan("2000000000") || import_export_year >= yuan("500000000"))`)
	if err != nil {
		t.Fatal(err)
	}
	base := map[string]rule.Value{"area_m2": rule.Int(4000), "one_stop": rule.Bool(true), "cbec_enterprises": rule.Int(20),
		"turnover_year": yuan(1_900_000_000), "import_export_year": yuan(500_000_000)}
	for _, tc := range []struct {
		name, fact string
		v          rule.Value // none: not known
		want       rule.Tri
		short      rule.Value
	}{
		{"at every threshold", "area_m2", rule.Int(4000), rule.Yes, rule.Value{}},
		{"area one below", "area_m2", rule.Int(3999), rule.No, rule.Int(1)},
		{"no service", "one_stop", rule.Bool(false), rule.No, rule.Value{}},
		{"one enterprise short", "cbec_enterprises", rule.Int(19), rule.No, rule.Int(1)},
		{"a fen short, other branch too", "import_export_year", rule.Fen(499_999_999_99), rule.No, rule.Fen(1)},
		{"import-export not known, turnover short", "import_export_year", rule.Value{}, rule.Unknown, rule.Value{}},
		{"turnover not known, import-export reached", "turnover_year", rule.Value{}, rule.Yes, rule.Value{}},
	} {
		m := map[string]rule.Value{}
		for k, v := range base {
			m[k] = v
		}
		m[tc.fact] = tc.v
		if tc.v.IsZero() {
			delete(m, tc.fact)
		}
		a, err := c.Answer(facts(m))
		if err != nil || a.Holds != tc.want || len(a.Terms) != 5 {
			t.Errorf("%s: %v %v %v", tc.name, a.Holds, a.Terms, err)
		}
		for i, term := range a.Terms {
			if group := map[bool]int{true: 1}[i >= 3]; term.Group != group {
				t.Errorf("%s: term %d in group %d", tc.name, i, term.Group)
			}
			if term.Fact == tc.fact && (term.Short != tc.short || term.Known == tc.v.IsZero()) {
				t.Errorf("%s: %+v", tc.name, term)
			}
		}
	}
}

// TestUnknownDecidesNothingItNeedNot: no && unknown is no, yes || unknown is yes.
func TestUnknownDecidesNothingItNeedNot(t *testing.T) {
	t.Parallel()
	e := env(t)
	for src, want := range map[string]rule.Tri{
		"sme && one_stop": rule.No, "sme || one_stop": rule.Unknown, "!sme || one_stop": rule.Yes,
		"!(sme && one_stop)": rule.Yes, "!one_stop": rule.Unknown, "one_stop == one_stop": rule.Unknown,
		"(sme || a) == (b && sme)": rule.Unknown, "(sme && a) == (b && sme)": rule.Yes,
		"true": rule.Yes, "false || sme": rule.No, `headquarters == "corporate"`: rule.Yes,
		`headquarters != "corporate"`: rule.No, "5 <= area_m2": rule.Yes, "!(area_m2 < 7)": rule.No,
		`founded > day("2023-03-03")`: rule.Yes, `year(founded) == 2024`: rule.Yes,
		`months(founded, 12) <= day("2025-02-28")`:                               rule.Yes,
		`permille(exports_year, import_export_year) >= 500`:                      rule.Unknown,
		`min(area_m2, 3) == 3 && max(area_m2, 3) == 6 && -area_m2 < 0`:           rule.Yes,
		`cost * 2 - cost + yuan(1) == yuan("101") && cost - yuan(101) < yuan(0)`: rule.Yes,
		`year(months(founded, 999999)) == 1 && sme`:                              rule.Unknown, // an error
	} {
		c, err := e.Condition(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		a, err := c.Answer(facts(map[string]rule.Value{"sme": rule.Bool(false), "area_m2": rule.Int(6), "cost": yuan(100),
			"headquarters": rule.Text("corporate"), "founded": rule.OfDay(20240229), "exports_year": yuan(0), "import_export_year": yuan(0)}))
		if a.Holds != want || (err != nil) != strings.Contains(src, "999999") {
			t.Errorf("%s is %v, want %v; %v; %+v", src, a.Holds, want, err, a.Terms)
		}
	}
}

// TestAmounts: exact money, and the names of what is not known.
func TestAmounts(t *testing.T) {
	t.Parallel()
	e := env(t)
	have := facts(map[string]rule.Value{"cost": yuan(400_000), "sme": rule.Bool(true), "area_m2": rule.Int(3)})
	for _, tc := range []struct {
		src, want string
		missing   string
	}{
		{`min(yuan("500000"), percent(cost, "0.80"))`, "320000.00", ""},
		{`percent(yuan("0.05"), "0.5")`, "0.03", ""}, // half-up
		{`sme ? yuan(5) : turnover_year`, "5.00", ""},
		{`sme ? turnover_year : yuan(5)`, "0.00", "turnover_year"},
		{`one_stop ? turnover_year : yuan(5)`, "0.00", "one_stop"},
		{`yuan(600000) * area_m2`, "1800000.00", ""},
		{`min(turnover_year, exports_year * 0 + yuan(1))`, "", "compile"},
	} {
		a, err := e.Amount(tc.src)
		if tc.missing == "compile" {
			if err == nil {
				t.Errorf("%s: two calibres are one", tc.src)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got, missing, err := a.Of(have)
		if err != nil || got.String() != tc.want || strings.Join(missing, ",") != tc.missing {
			t.Errorf("%s = %v %v %v", tc.src, got, missing, err)
		}
	}
	a, _ := e.Amount(`cost * area_m2`)
	if _, _, err := a.Of(facts(map[string]rule.Value{"cost": rule.Fen(1 << 62), "area_m2": rule.Int(2)})); !errors.Is(err, money.ErrRange) {
		t.Errorf("an amount that does not fit: %v", err)
	}
	if _, _, err := a.Of(facts(map[string]rule.Value{"cost": rule.Int(1), "area_m2": rule.Int(2)})); err == nil {
		t.Error("a fact of another type is taken")
	}
}

// TestFaults: what is no condition is refused with its place, in two languages.
func TestFaults(t *testing.T) {
	t.Parallel()
	e := env(t)
	for src, want := range map[string]string{
		"turnover_yaer > yuan(1)":                      "1:1: there is no fact or function turnover_yaer",
		"turnover_year > 100":                          "1:15: > does not take (money, int)",
		"turnover_year + import_export_year > yuan(1)": "two calibres (turnover, import_export)",
		"turnover_year > import_export_year":           "two calibres",
		"sme ? a : b":                                  "not with ?:",
		`cost > yuan("1.234")`:                         "the text \"1.234\" of yuan",
		`founded > day("2026-02-30")`:                  "of day",
		`percent(cost, "-1") > cost`:                   "of percent",
		`percent(cost, headquarters) > cost`:           "stand here itself",
		"cost":                                         "must be of type bool",
		"area_m2 > 1.5":                                "does not take",
		"1.5 == 1.5":                                   "only whole numbers",
		"[1, 2] == [1, 2]":                             "no lists",
		"[1, 2].all(x, x > 0)":                         "no fact or function",
		"area_m2 > ":                                   "cannot be read",
		"":                                             "is empty",
		"sme &&\n  nothing":                            "2:3: there is no fact",
		"area_m2 in [1]":                               "no fact or function",
		"headquarters < headquarters":                  "does not take",
		"dyn(area_m2) == 1":                            "no fact or function",
		"area_m2.max(3) == 1":                          "",
		strings.Repeat("sme && ", 700) + "sme":         "longer than",
		strings.Repeat("(", 200) + "sme" + strings.Repeat(")", 200): "",
	} {
		_, err := e.Condition(src)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v", src, err)
		}
		var all rule.Errors
		if errors.As(err, &all) {
			for _, f := range all {
				if f.ZH == "" || f.EN == "" || f.Line < 1 || f.Column < 1 {
					t.Errorf("%.60s: fault without words or place: %+v", src, f)
				}
			}
		}
	}
	for _, bad := range [][]rule.Var{
		{{Name: "A", Type: rule.TypeInt}}, {{Name: "in", Type: rule.TypeInt}}, {{Name: "x"}},
		{{Name: "x", Type: rule.TypeInt}, {Name: "x", Type: rule.TypeInt}}, {{Name: "x", Type: rule.TypeBool, Calibre: "turnover"}},
	} {
		if _, err := rule.New(bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// TestUnreachable: contradictions are found, and nothing else.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	e := env(t)
	for src, want := range map[string]bool{
		"area_m2 >= 10 && area_m2 < 5":                               true,
		"area_m2 >= 10 && area_m2 <= 10":                             false,
		"area_m2 > 10 && area_m2 < 11":                               true,
		"area_m2 == 3 && area_m2 != 3":                               true,
		"!(area_m2 >= 3) && area_m2 > 5":                             true,
		"sme && !sme":                                                true,
		"sme || !sme":                                                false,
		"(area_m2 < 5 || area_m2 > 9) && area_m2 == 7":               true,
		"(area_m2 < 5 || area_m2 > 9) && area_m2 == 10":              false,
		`cost > yuan(1) && cost < yuan("1.01")`:                      true,
		`headquarters == "a" && headquarters == "b"`:                 true,
		`headquarters == "a" && headquarters != "a"`:                 true,
		`headquarters != "a" && headquarters != "b"`:                 false,
		`founded > day("2025-12-31") && founded < day("2026-01-01")`: true,
		"1 > 2": true, "area_m2 > 9223372036854775807": true,
		"area_m2 * 2 > 3 && area_m2 * 2 < 1": false, // not seen
	} {
		c, err := e.Condition(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		if c.Unreachable() != want {
			t.Errorf("%s: unreachable %v", src, !want)
		}
	}
}

// TestValues: a value is stored and read again.
func TestValues(t *testing.T) {
	t.Parallel()
	for _, v := range []rule.Value{{}, rule.Bool(true), rule.Bool(false), rule.Int(-3), yuan(12), rule.OfDay(clock.Day(20260301)), rule.Text("")} {
		data, err := v.MarshalJSON()
		var w rule.Value
		if err != nil || w.UnmarshalJSON(data) != nil || v != w {
			t.Errorf("%s: %v, %v", data, w, err)
		}
	}
	if _, err := rule.Int(1).Add(yuan(1)); err == nil {
		t.Error("a number and an amount add up")
	}
	if v, err := yuan(1).Add(rule.Value{}); err != nil || v != yuan(1) {
		t.Error(v, err)
	}
}

package refdata_test

import (
	"sync"
	"testing"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/packs"
)

// national is the book of the shipped packs: national with the Xinxiang zone
// over it. It is immutable, so all tests share it.
var national = sync.OnceValues(func() (*refdata.Book, error) {
	var list []*pack.Pack
	for _, name := range packs.Names() {
		p, err := pack.LoadFS(packs.Files, name)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	set, err := pack.NewSet(list...)
	if err != nil {
		return nil, err
	}
	return refdata.New(set)
})

func book(t testing.TB) *refdata.Book {
	t.Helper()
	b, err := national()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// today is a day on which everything that the packs know is in force.
const today = clock.Day(2026_11_22)

func rate(t testing.TB, s string) money.Rate {
	t.Helper()
	r, err := money.ParseRate(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestNationalIsComplete(t *testing.T) {
	t.Parallel()
	b := book(t)
	for _, day := range []clock.Day{2026_01_01, 2026_03_31, 2026_04_01, today, 2027_12_31, 2028_01_01} {
		if r := b.On(day); len(r.Missing) != 0 || r.Version != b.Set().Version() {
			t.Errorf("%s: missing %v, version %q", day, r.Missing, r.Version)
		}
	}
	if r := b.On(2025_12_31); len(r.Missing) != 1 || r.Missing[0] != "tariff" {
		t.Errorf("2025-12-31: missing %v, want the tariff alone: it holds from 2026-01-01", r.Missing)
	}
	if n := b.On(today).TariffLines(); n != 12_030 {
		t.Errorf("%d tariff lines, want 12,030", n)
	}
	for table, want := range map[string]int{
		"tax_rules": 131, "supervision_codes": 40, "positive_list": 0, "positive_list_observed": 494, "code_unit": 123, "code_currency": 28,
		"code_country": 248, "code_customs_district": 1085, "code_port": 2675, "code_division": 3933, "code_transport_mode": 19,
		"code_wrap_type": 7, "code_trade_mode": 101, "code_return_status": 19, "code_error": 176, "code_return_info": 18,
	} {
		if tab, ok := b.Set().Table(table); !ok || tab.Len() != want {
			t.Errorf("table %s: %v rows, want %d", table, tab, want)
		}
	}
}

// TestRulesOfADay: On gives the same rules between two changes, and the days
// at both ends belong to them.
func TestRulesOfADay(t *testing.T) {
	t.Parallel()
	b := book(t)
	r := b.On(today)
	if b.On(r.From) != r || b.On(r.To) != r || b.On(r.From.AddDays(-1)) == r || b.On(r.To.AddDays(1)) == r {
		t.Errorf("rules of %s do not hold from %s to %s", today, r.From, r.To)
	}
	if first := b.On(1); first.From != 0 || first.To == 0 || b.On(0) != first {
		t.Errorf("first rules from %s to %s", first.From, first.To)
	}
	if last := b.On(9999_12_31); last.To != 0 {
		t.Errorf("last rules end on %s", last.To)
	}
}

// TestEffectiveDates walks the table of effective dates (RULES Z1): each value
// on the day before, at and after its boundaries.
func TestEffectiveDates(t *testing.T) {
	t.Parallel()
	b := book(t)
	const none = "-"
	for _, tt := range []struct {
		name string
		day  clock.Day
		want string
	}{
		{"single_limit", 2016_04_07, none}, {"single_limit", 2016_04_08, "2000.00"}, {"single_limit", 2018_12_31, "2000.00"}, {"single_limit", 2019_01_01, "5000.00"}, {"single_limit", 2019_01_02, "5000.00"}, {"single_limit", today, "5000.00"},
		{"annual_limit", 2016_04_07, none}, {"annual_limit", 2016_04_08, "20000.00"}, {"annual_limit", 2018_12_31, "20000.00"}, {"annual_limit", 2019_01_01, "26000.00"}, {"annual_limit", 2019_01_02, "26000.00"},
		{"single_piece_full_tax", 2018_12_31, "false"}, {"single_piece_full_tax", 2019_01_01, "true"},
		{"tax_factor", 2016_04_07, none}, {"tax_factor", 2016_04_08, "0.70"}, {"tax_factor", today, "0.70"},
		{"tax_exempt_amount", 2016_04_08, "0.00"}, {"tax_exempt_amount", today, "0.00"},
		{"vat_main_rate", 2018_04_30, none}, {"vat_main_rate", 2018_05_01, "0.16"}, {"vat_main_rate", 2019_03_31, "0.16"}, {"vat_main_rate", 2019_04_01, "0.13"}, {"vat_main_rate", 2019_04_02, "0.13"},
		{"vat_low_rate", 2018_04_30, none}, {"vat_low_rate", 2018_05_01, "0.10"}, {"vat_low_rate", 2019_03_31, "0.10"}, {"vat_low_rate", 2019_04_01, "0.09"},
		{"positive_list_edition", 2022_02_28, none}, {"positive_list_edition", 2022_03_01, "2022 年版"}, {"positive_list_codes", 2022_03_01, "1476"}, {"positive_list_codes", today, "1476"},
		{"seller_receipt_required", 2000_01_01, "true"}, {"seller_receipt_required", 2024_12_13, "true"}, {"seller_receipt_required", 2024_12_14, "true"}, {"seller_receipt_required", 2024_12_15, "false"}, {"seller_receipt_required", 2024_12_16, "false"},
		{"warehouse_filing_required", 2020_06_30, none}, {"warehouse_filing_required", 2020_07_01, "true"}, {"warehouse_filing_required", 2024_12_14, "true"}, {"warehouse_filing_required", 2024_12_15, "false"},
		{"pre_refund_9810", 2025_01_26, none}, {"pre_refund_9810", 2025_01_27, "true"}, {"pre_refund_9810", 2025_01_28, "true"},
		{"returned_exports_duty_free", 2023_01_29, none}, {"returned_exports_duty_free", 2023_01_30, "true"}, {"returned_exports_duty_free", 2025_12_31, "true"}, {"returned_exports_duty_free", 2026_01_01, "true"}, {"returned_exports_duty_free", 2027_12_31, "true"}, {"returned_exports_duty_free", 2028_01_01, none},
		{"returned_exports_months", 2023_01_29, none}, {"returned_exports_months", 2025_12_31, "6"}, {"returned_exports_months", 2026_01_01, "6"}, {"returned_exports_months", 2028_01_01, none},
		{"cross_district_returns", 2024_12_14, none}, {"cross_district_returns", 2024_12_15, "pilot"}, {"cross_district_returns", 2026_03_31, "pilot"}, {"cross_district_returns", 2026_04_01, "nationwide"}, {"cross_district_returns", 2026_04_02, "nationwide"},
		{"small_profit_rate", 2022_12_31, none}, {"small_profit_rate", 2023_01_01, "0.05"}, {"small_profit_rate", 2027_12_31, "0.05"}, {"small_profit_rate", 2028_01_01, none},
		{"assessed_income_rate", 2019_12_31, none}, {"assessed_income_rate", 2020_01_01, "0.04"}, {"assessed_income_rate", 2020_01_02, "0.04"},
		{"directory_registration", 2024_05_31, "SAFE"}, {"directory_registration", 2024_06_01, "bank"}, {"directory_registration", 2024_06_02, "bank"},
		{"export_refund_months", 2025_12_31, none}, {"export_refund_months", 2026_01_01, "36"}, {"export_refund_months", 2026_01_02, "36"},
		{"dutiable_value_term", 2024_11_30, "完税价格"}, {"dutiable_value_term", 2024_12_01, "计税价格"}, {"dutiable_value_term", 2024_12_02, "计税价格"},
		{"platform_seller_reports", 2025_06_30, none}, {"platform_seller_reports", 2025_07_01, "true"}, {"platform_seller_reports", 2025_07_02, "true"},
		{"summary_due_day", 2018_12_31, "10"}, {"summary_due_day", 2019_01_01, "15"},
		{"return_apply_days", 2020_03_27, none}, {"return_apply_days", 2020_03_28, "30"}, {"return_arrive_days", 2020_03_28, "45"},
		{"tax_payment_first_day", 2018_12_31, none}, {"tax_payment_first_day", 2019_01_01, "31"}, {"tax_payment_last_day", 2019_01_01, "45"},
	} {
		got := none
		if v, ok := b.Set().Param(tt.name, tt.day); ok {
			got = v.Text
		}
		if got != tt.want {
			t.Errorf("%s on %s: %s, want %s", tt.name, tt.day, got, tt.want)
		}
		if v, ok := b.On(tt.day).Param(tt.name); ok != (tt.want != none) || ok && v.Text != tt.want {
			t.Errorf("%s in the rules of %s: %v", tt.name, tt.day, v)
		}
	}
}

// TestHotFields holds the typed fields to the parameters that they stand for.
func TestHotFields(t *testing.T) {
	t.Parallel()
	r := book(t).On(today)
	want := refdata.Rules{
		Limits:  refdata.Limits{Single: 500_000, Annual: 2_600_000, TaxFactor: rate(t, "0.7"), SingleFull: true},
		Import:  refdata.ImportRules{PayerIsOrderer: true, Guarantee: true, Currency: "142", Packages: 1},
		Export:  refdata.ExportRules{StatisticsLimit: 500_000, B2BListLimit: 500_000, SummaryDay: 15},
		Periods: refdata.Periods{ListWait: 7, OrphanWait: 30, WaybillReuse: 6, PayFirst: 31, PayLast: 45, ReturnApply: 30, ReturnArrive: 45, ReturnedExports: 1, PersonAnswer: 365},
		Review:  refdata.ReviewRules{Inspection: 5, ThresholdMargin: rate(t, "0.05"), TaxTolerance: rate(t, "0.05")},
	}
	if r.Limits != want.Limits || r.Import != want.Import || r.Export != want.Export || r.Periods != want.Periods || r.Review != want.Review {
		t.Errorf("got %+v %+v %+v %+v %+v", r.Limits, r.Import, r.Export, r.Periods, r.Review)
	}
	v, _ := r.Param("inspection_permille")
	if v.Mark != pack.Design || v.Pack == "" || v.Pack[:9] != "xinxiang@" {
		t.Errorf("the zone's inspection rate: %+v", v)
	}
	if before := book(t).On(2018_12_31); before.Limits.Single != 200_000 || before.Limits.Annual != 2_000_000 || !before.Export.SellerReceipt {
		t.Errorf("rules of 2018: %+v %+v", before.Limits, before.Export)
	}
}

// TestEveryValueIsCited: each parameter says what it means in both languages
// and each value what it rests on.
func TestEveryValueIsCited(t *testing.T) {
	t.Parallel()
	for _, p := range book(t).Set().Packs() {
		for _, name := range p.Params() {
			v, _ := p.Param(name)
			if v.Meaning.ZH == "" || v.Meaning.EN == "" {
				t.Errorf("%s/%s has no meaning", p.Name, name)
			}
			for _, x := range v.Values {
				if x.Source.Document == "" || x.Mark == 0 {
					t.Errorf("%s/%s from %s is not cited", p.Name, name, x.From)
				}
			}
		}
		for _, name := range p.Tables() {
			tab, _ := p.Table(name)
			for row := range tab.On(today) {
				if row.Source().Document == "" || row.Mark() == 0 {
					t.Fatalf("%s/%s line %d is not cited", p.Name, name, row.Line())
				}
			}
		}
	}
}

package policy_test

import (
	"context"
	"fmt"
	"testing"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/store/storetest"
)

// bulk gives the figures of all enterprises at once, as the service of figures does.
type bulk struct{ *table }

func (b bulk) FiguresOf(_ context.Context, year int) (map[string]fact.Figures, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[string]fact.Figures{}
	for who, years := range b.all {
		if who.Kind == fact.Enterprise {
			out[who.ID] = years[year]
		}
	}
	return out, nil
}

// BenchmarkAllClauses holds all clauses with money of Hunan against 10,000
// enterprises of which each third comes near a threshold; the figures are there.
func BenchmarkAllClauses(b *testing.B) {
	const n = 10_000
	d := newDesk(b, storetest.SQLite(b, migrations()...), load(b, "national", "hunan"))
	for i := range n {
		who := fact.Subject{Kind: fact.Enterprise, ID: fmt.Sprintf("B%09d", i)}
		d.holders = append(d.holders, policy.Holder{Subject: who, Name: who.ID, Enterprise: who.ID})
		turnover := money.Fen(i%3*50_000_000_00 + i)
		d.give(who, 2025, "turnover_year", turnover.String(), "turnover_max_before", "0.00", "certificates_new_year", i%2, "certification_cost_year", money.Fen(i*100_00).String(),
			"own_brand", i%5 == 0, "marketing_cost_year", "1000000.00", "sme", i%4 > 0, "single_window", true, "credit_insurance_premium_year", "5000.00", "graduates", i%12, "smes_served_year", i%120,
			"warehouses_recognised_year", i%3, "warehouses_recognised_year_1", 0, "warehouses_recognised_year_2", 0, "industry_leader", false, "headquarters", rule.Text("none"),
			"traditional_enterprise", i%7 == 0, "incubation_fee_year", "800.00", "exemplary_cases_year", 0)
	}
	var looked, qualify int
	for b.Loop() {
		list, err := d.Simulate(d.panel[0], policy.Trial{})
		check(b, err)
		looked, qualify = 0, 0
		for _, c := range list {
			looked, qualify = looked+c.Looked, qualify+len(c.Qualify)
		}
	}
	b.ReportMetric(float64(looked), "assessed/op")
	b.ReportMetric(float64(qualify), "qualify/op")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(looked), "ns/assessed")
}

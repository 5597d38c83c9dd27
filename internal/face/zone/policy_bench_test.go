package zone_test

import (
	"fmt"
	"testing"

	"pilotzone/internal/customs/rulebook"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/pack"
	"pilotzone/packs"
)

// BenchmarkClausesOfPlaces holds Hunan's clauses of parks, belts and warehouses
// against 300 of them, which have three members each that share their figures; the
// figures are read in the run.
func BenchmarkClausesOfPlaces(b *testing.B) {
	z := zonetest.Open(b, nil)
	office := access.With(b.Context(), access.System())
	check := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	p, err := pack.LoadFS(packs.Files, "hunan")
	check(err)
	proposal, err := z.Rulebook.Propose(office, rulebook.Draft{Packs: []*pack.Pack{p}, Note: "叠加湖南规则包"})
	check(err)
	_, err = z.Rulebook.Switch(office, proposal.Number)
	check(err)
	check(z.Rulebook.Settled(b.Context()))
	filed, err := z.Registry.List(b.Context(), "", 200)
	check(err)
	var codes []string
	for i := range filed {
		if filed[i].CustomsCode != "" {
			codes = append(codes, filed[i].CustomsCode)
		}
	}
	for i := range 300 {
		kind := []park.Kind{park.Park, park.Belt, park.Overseas}[i%3]
		id := fmt.Sprintf("place-%03d", i)
		place := park.Place{ID: id, Kind: kind, State: park.Open, Title: pack.Text{ZH: "地点" + id}}
		if kind == park.Overseas {
			place.Country, place.Enterprise = "502", codes[i%len(codes)]
		}
		_, err := z.Park.Put(office, park.Change{Place: place})
		check(err)
		for k := range 3 {
			code := codes[(i+k)%len(codes)]
			m, err := z.Park.Add(office, park.Offer{Place: id, Enterprise: code, Since: 20250101})
			check(err)
			firm := access.With(b.Context(), &access.Principal{ID: "firm", Org: "firm", Roles: []access.Role{access.Manager}, Codes: []string{code}, Strong: true})
			_, err = z.Park.Answer(firm, park.Answer{Number: m.Number, Was: m.Revision, Yes: true, Share: kind == park.Park})
			check(err)
		}
	}
	looked := 0
	for b.Loop() {
		list, err := z.Policy.Simulate(office, policy.Trial{Clauses: []string{"park", "cluster", "own-warehouse", "consolidation-warehouse"}})
		check(err)
		looked = 0
		for _, c := range list {
			looked += c.Looked
		}
	}
	b.ReportMetric(float64(looked), "assessed/op")
}

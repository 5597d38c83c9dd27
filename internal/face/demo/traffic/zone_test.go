package traffic

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotzone/ident"
	"pilotzone/internal/kernel/clock"
)

func TestZoneHasFortyEnterprisesOfAllKindsWithRightCodes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		at := places[seed%uint64(len(places))]
		z := Zone(at, seed)
		if len(z.Enterprises) != 40 {
			t.Fatalf("seed %d: %d enterprises", seed, len(z.Enterprises))
		}
		seen := map[string]bool{}
		var all Role
		for _, e := range append(z.Enterprises, z.Unfiled) {
			all |= e.Kinds
			for _, id := range []string{e.Code, e.USCC, e.Name, e.DXPID} {
				if seen[id] {
					t.Errorf("seed %d: %s twice", seed, id)
				}
				seen[id] = true
			}
			if err := ident.Check(ident.USCC, e.USCC); err != nil {
				t.Errorf("%s: %v", e.USCC, err)
			}
			if err := ident.Check(ident.CustomsCode, e.Code); err != nil {
				t.Errorf("%s: %v", e.Code, err)
			}
			if !slices.Contains(at.Counties, e.Division) || !strings.Contains(e.Name, "示范") {
				t.Errorf("%+v", e)
			}
		}
		if want := Role(1<<len(roleNames) - 1); all != want {
			t.Errorf("seed %d: kinds missing: %v", seed, (want &^ all).Names())
		}
		if len(z.Deposits) != len(z.With(Guarantor)) || len(z.Deposits) == 0 {
			t.Errorf("%d deposits for %d guarantors", len(z.Deposits), len(z.With(Guarantor)))
		}
	}
	if !reflect.DeepEqual(Zone(Xinxiang(), 7), Zone(Xinxiang(), 7)) || reflect.DeepEqual(Zone(Xinxiang(), 7), Zone(Xinxiang(), 8)) {
		t.Error("the zone does not follow the seed")
	}
}

func TestPeopleHaveValidAndDistinctNumbers(t *testing.T) {
	t.Parallel()
	g := testGen(t, Options{Seed: 11, Day: testDay, Buyers: 500_000})
	today := time.Date(2026, 3, 8, 0, 0, 0, 0, clock.Beijing)
	ids, phones, homes := map[string]bool{}, map[string]bool{}, map[string]int{}
	for n := range uint64(30_000) {
		p := g.Person(n)
		id, err := ident.ParseResidentID(p.ID, today)
		if err != nil {
			t.Fatalf("person %d: %v", n, err)
		}
		if year := id.Birth.Year(); year < 1966 || year > 2005 {
			t.Fatalf("person %d born in %d", n, year)
		}
		if ids[p.ID] || phones[p.Phone] {
			t.Fatalf("person %d shares ID or phone", n)
		}
		ids[p.ID], phones[p.Phone] = true, true
		homes[p.Address]++
		if len(p.Phone) != 11 || !strings.HasPrefix(p.Phone, "160") || len([]rune(p.Name)) < 2 || len([]rune(p.Name)) > 4 {
			t.Fatalf("%+v", p)
		}
		if len(p.Division) != 6 || len([]rune(p.Address)) > 200 {
			t.Fatalf("%+v", p)
		}
	}
	for home, n := range homes {
		if n > 3 { // RULES F3 looks at five identities an address
			t.Errorf("%d people at %s", n, home)
		}
	}
}

func TestIDSpaceIsWalkedWithoutRepetition(t *testing.T) {
	t.Parallel()
	if gcd(idStep, uint64(idSpace)) != 1 {
		t.Errorf("%d and %d have a common divisor", idStep, idSpace)
	}
}

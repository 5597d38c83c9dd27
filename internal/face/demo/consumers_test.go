package demo_test

import (
	"testing"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/passport"
	"pilotzone/internal/face/demo"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/access"
)

// TestTheMisusedIdentityShowsUses: the person whom the fraud ring borrowed finds
// in the passport what the ring bought.
func TestTheMisusedIdentityShowsUses(t *testing.T) {
	t.Parallel()
	d := open(t, demo.Options{Parcels: 400, Seed: 2})
	if _, err := d.Play(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	g, err := traffic.New(traffic.Options{Seed: 2, Day: d.Day})
	if err != nil {
		t.Fatal(err)
	}
	key := clearance.PersonKey(d.Zone.Keys.Hasher(), g.Victim().ID)
	me := access.With(t.Context(), &access.Principal{ID: "victim", Roles: []access.Role{access.Consumer}, Person: key})
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		uses, err := d.Zone.Passport.Uses(me, passport.Page{})
		if err != nil {
			t.Fatal(err)
		}
		if len(uses) > 0 && uses[0].Goods != "" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("uses of the victim: %+v", uses)
		}
	}
}

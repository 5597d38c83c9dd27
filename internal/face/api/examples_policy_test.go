package api_test

import (
	"context"
	"testing"
	"time"

	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
)

// granted is what time and offices bring about between the publication of a claim
// and its payment: the objection is answered, the days run out, it is approved.
func granted(t *testing.T, z *zonetest.Zone, number string) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	commerce := access.With(t.Context(), &access.Principal{ID: "u-second", Org: "org-commerce", Roles: []access.Role{access.Commerce}, Strong: true})
	admin := access.With(t.Context(), &access.Principal{ID: "u-third", Org: "org-admin", Roles: []access.Role{access.Admin}, Strong: true})
	list, err := z.Policy.Objections(commerce, number)
	check(err)
	for _, o := range list {
		check(z.Policy.Resolve(commerce, o.ID, false, "经核实，该企业已参展，异议不成立"))
	}
	z.Clock.Advance(time.Duration(z.Policy.Settings().PublicationDays+1) * 24 * time.Hour)
	do := func(ctx context.Context, act matter.Act) {
		t.Helper()
		m, err := z.Matters.Get(ctx, number)
		check(err)
		_, err = z.Matters.Do(ctx, number, matter.Doing{Act: act, Revision: m.Revision, Note: "符合条件"})
		check(err)
	}
	do(commerce, matter.Accept)
	do(admin, matter.Approve)
}

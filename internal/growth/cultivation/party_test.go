package cultivation_test

import (
	"slices"
	"testing"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
)

// An agent acts in the rooms for clients whose mandate is whole; one that is narrowed
// to kinds of messages is for those messages.
func TestAnAgentActsByAWholeMandateAlone(t *testing.T) {
	t.Parallel()
	ctx := access.With(t.Context(), &access.Principal{ID: "u", Org: "o", Roles: []access.Role{access.Clerk}, Codes: []string{"410796D001"},
		Mandates: []access.Mandate{{Codes: []string{"410796D002"}, Kinds: []string{"CEB621"}}, {Codes: []string{"410796D003"}}}})
	if got := cultivation.Parties(ctx); !slices.Equal(got, []string{"410796D001", "410796D003", "org:o"}) {
		t.Errorf("%v", got)
	}
	if sees, _ := cultivation.Reach(ctx, access.TalentUse, "410796D002"); sees {
		t.Error("it reaches records of a client that let it send messages")
	}
}

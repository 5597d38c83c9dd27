package api_test

import (
	"testing"

	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/directory"
)

// rated is a provider of the caller's (the declarant of the traffic) that another
// enterprise, its client, has rated.
func rated(t *testing.T, z *zonetest.Zone, agent, merchant string) string {
	t.Helper()
	fields := map[string]any{"name": "示例报关行", "kinds": []any{"clearance"}, "summary": "跨境电商进出口申报服务", "contact_phone": "0373-7654321"}
	e, err := z.Directory.Put(access.With(t.Context(), access.System()), directory.Entering{Directory: "service-providers", Owner: agent, Fields: fields, Submit: true})
	if err != nil {
		t.Fatal(err)
	}
	client := access.With(t.Context(), &access.Principal{ID: "u-client", Org: "o_client", Codes: []string{merchant}, Roles: []access.Role{access.Clerk}})
	if err := z.Directory.Rate(client, "service-providers", e.ID, 2026, 5, "申报及时"); err != nil {
		t.Fatal(err)
	}
	return e.ID
}

package policy_test

import (
	"context"
	"errors"
	"testing"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// filled completes the form of a claim and hands it in.
func (d *desk) filled(ctx context.Context, m *matter.Matter, changes map[string]any) (*matter.Matter, error) {
	d.t.Helper()
	for k, v := range map[string]any{"payee": "新乡甲电子商务有限公司", "bank_name": "中国银行新乡分行", "bank_account": "252345678901", "contact_name": "张三丰", "contact_phone": "13812345678",
		"received_before": false, "truthful": true} {
		m.Form[k] = v
	}
	for k, v := range changes {
		m.Form[k] = v
	}
	m, faults, err := d.matters.Save(ctx, m.Number, m.Revision, m.Form)
	check(d.t, err)
	if len(faults) > 0 {
		d.t.Fatal(faults)
	}
	return d.matters.Submit(ctx, m.Number, m.Revision, "")
}

// TestAnAgentClaimsForItsClient: with a mandate for all, an agent sees what its
// client can claim, starts the claim and follows it as long as the mandate is in
// force; without one, with one for messages alone, or for another, nothing.
func TestAnAgentClaimsForItsClient(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s, load(t, "national", "hunan"))
		d.give(enterprise, 2025, certify...)
		other := fact.Subject{Kind: fact.Enterprise, ID: "410796D999"}
		d.holders = append(d.holders, policy.Holder{Subject: other, Name: "新乡乙电子商务有限公司", Enterprise: other.ID})
		d.give(other, 2025, certify...)
		agent := func(mandates ...access.Mandate) context.Context {
			return access.With(t.Context(), &access.Principal{ID: "g1", Name: "g1", Org: "org7", Roles: []access.Role{access.Clerk}, Codes: []string{"410796D700"}, Mandates: mandates})
		}
		whole := access.Mandate{ID: "m1", Client: code, Codes: []string{code, "91410700MA40XKJ29T"}}
		narrow, second := whole, access.Mandate{ID: "m2", Client: other.ID, Codes: []string{other.ID}}
		narrow.Kinds = []string{"CEB621"}
		outside := map[string]context.Context{"without a mandate": agent(), "for messages alone": agent(narrow), "for another client": agent(second)}
		q := policy.Query{Subject: enterprise}
		for name, ctx := range outside {
			if _, err := d.Assess(ctx, q); !errors.Is(err, policy.ErrNotFound) {
				t.Errorf("%s, assessed: %v", name, err)
			}
			if _, err := d.Begin(ctx, enterprise, "certification", ""); !errors.Is(err, policy.ErrNotFound) {
				t.Errorf("%s, started: %v", name, err)
			}
		}
		ctx := agent(whole)
		if list, err := d.Clients(ctx); err != nil || len(list) != 2 || list[0].Subject != enterprise || list[1].Subject.Kind != fact.Warehouse {
			t.Errorf("subjects of clients: %+v, %v", list, err)
		}
		if list, err := d.Clients(agent(narrow)); err != nil || len(list) != 0 {
			t.Errorf("for messages alone: %+v, %v", list, err)
		}
		a, err := d.Assess(ctx, q)
		if err != nil || a.Entries[0].Clause.ID != "certification" || a.Entries[0].Standing != policy.Claimable {
			t.Fatalf("what the client can claim: %+v, %v", a, err)
		}
		d.lookedAt()
		number := d.agentClaims(ctx, agent(whole, second), other)
		d.followed(number, ctx, outside)
	}, migrations()...)
}

// lookedAt proves that the agent's look stands in the chain.
func (d *desk) lookedAt() {
	d.t.Helper()
	list, _, err := d.log.List(d.admin, audit.Filter{Act: "claim.assess"}, "", 10)
	if err != nil || len(list) != 1 || list[0].Org != "org7" || list[0].Object != "enterprise:"+code {
		d.t.Errorf("the look of the agent: %+v, %v", list, err)
	}
}

// agentClaims hands a claim in for the client; a claim for one client is not turned
// into another's by its form.
func (d *desk) agentClaims(ctx, both context.Context, other fact.Subject) string {
	d.t.Helper()
	m, err := d.Begin(ctx, enterprise, "certification", "k1")
	check(d.t, err)
	if m.Org != "org1" || m.Agent != "org7" || m.Client != code {
		d.t.Fatalf("%+v", m)
	}
	m, _, err = d.matters.Fill(both, m.Number)
	check(d.t, err)
	if _, err := d.filled(both, m, map[string]any{"subject": other.ID}); problemCode(err) != "subject" {
		d.t.Errorf("handed in for another client: %v", err)
	}
	m, _, err = d.matters.Fill(ctx, m.Number)
	check(d.t, err)
	m, err = d.filled(ctx, m, map[string]any{"subject": code})
	check(d.t, err)
	return m.Number
}

// followed leads the claim on; agent and client see it, others and an agent whose
// mandate ended do not.
func (d *desk) followed(number string, agent context.Context, outside map[string]context.Context) {
	d.t.Helper()
	d.confirm("certification")
	check(d.t, d.grant(number, "320000.00"))
	for name, ctx := range map[string]context.Context{"agent": agent, "client": d.clerk} {
		c, err := d.Claim(ctx, number)
		if err != nil || c.State != policy.Granted || c.Agent != "org7" || c.Org != "org1" || c.Enterprise != code {
			d.t.Errorf("%s: %+v, %v", name, c, err)
		}
		if list, err := d.Claims(ctx, policy.ClaimFilter{}); err != nil || len(list) != 1 {
			d.t.Errorf("%s: %d claims, %v", name, len(list), err)
		}
	}
	for name, ctx := range outside {
		if _, err := d.Claim(ctx, number); !errors.Is(err, policy.ErrNotFound) {
			d.t.Errorf("%s, seen: %v", name, err)
		}
		if list, err := d.Claims(ctx, policy.ClaimFilter{}); err != nil || len(list) != 0 {
			d.t.Errorf("%s: %d claims, %v", name, len(list), err)
		}
	}
	own := d.itself()
	if _, err := d.Claim(agent, own); !errors.Is(err, policy.ErrNotFound) {
		d.t.Errorf("what the client does itself is not the agent's: %v", err)
	}
	if list, err := d.Claims(agent, policy.ClaimFilter{}); err != nil || len(list) != 1 {
		d.t.Errorf("%d claims, %v", len(list), err)
	}
}

// itself hands a claim of the client's own in.
func (d *desk) itself() string {
	d.t.Helper()
	d.give(enterprise, 2025, brand...)
	m, err := d.begin(enterprise, "brand-promotion")
	check(d.t, err)
	return m.Number
}

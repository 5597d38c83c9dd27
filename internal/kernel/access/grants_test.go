package access_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
)

func TestAPIKeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		org := w.org(access.EnterpriseOrg, "ours", "4101960001", "91410100MA3X12345A")
		_, boss := w.person(org, "boss", access.Manager)
		ctx := w.as(boss)
		key := access.APIKey{Org: org, Name: "erp", Permissions: []access.Permission{access.MessageSend, access.ReceiptRead}, Codes: []string{"4101960001"}, Until: monday.AddDate(1, 0, 0)}
		bad := func(change func(*access.APIKey), code string) {
			t.Helper()
			k := key
			change(&k)
			_, _, err := w.AddKey(ctx, k)
			w.want(err, code)
		}
		bad(func(k *access.APIKey) { k.Permissions = []access.Permission{access.VerdictGive} }, "key_permission")
		bad(func(k *access.APIKey) { k.Permissions = []access.Permission{access.KeyManage} }, "key_permission")
		bad(func(k *access.APIKey) { k.Permissions = nil }, "key_permission")
		bad(func(k *access.APIKey) { k.Codes = []string{"4101969999"} }, "key_codes")
		bad(func(k *access.APIKey) { k.Until = monday }, "key_until")
		bad(func(k *access.APIKey) { k.Org = w.org(access.BankOrg, "bank") }, "not_allowed")

		id, secret, err := w.AddKey(ctx, key)
		w.must(err)
		p, err := w.Identify(t.Context(), secret, "")
		w.must(err)
		if p.ID != "key:"+id || p.Sandbox || !p.May(access.MessageSend) || p.May(access.ParcelRead) || p.May(access.SelfManage) ||
			!p.SendsFor("4101960001", "CEB621") || p.SendsFor("91410100MA3X12345A", "CEB621") {
			t.Errorf("the key may too much or too little: %+v", p)
		}
		for _, s := range []string{secret + "x", secret[:len(secret)-1] + "2", strings.Replace(secret, "live", "test", 1), "pz_live_", "x"} {
			_, err := w.Identify(t.Context(), s, "")
			w.want(err, "unknown_credential")
		}

		next, err := w.RotateKey(ctx, id, time.Hour)
		w.must(err)
		for _, s := range []string{secret, next} { // both for the overlap
			_, err := w.Identify(t.Context(), s, "")
			w.must(err)
		}
		w.clock.Advance(61 * time.Minute)
		ctx = w.as(w.again("boss"))
		_, err = w.Identify(t.Context(), secret, "")
		w.want(err, "expired_credential")
		_, err = w.Identify(t.Context(), next, "")
		w.must(err)
		list, err := w.APIKeys(ctx, org)
		w.must(err)
		if len(list) != 1 || len(list[0].Prefixes) != 1 || !strings.HasPrefix(next, list[0].Prefixes[0]) || !list[0].Used.Equal(w.clock.Now()) {
			t.Errorf("%+v", list[0])
		}
		w.must(w.RevokeKey(ctx, id))
		_, err = w.Identify(t.Context(), next, "")
		w.want(err, "expired_credential")

		key.Sandbox, key.Until = true, w.clock.Now().Add(time.Hour)
		_, secret, err = w.AddKey(ctx, key)
		w.must(err)
		if p, err := w.Identify(t.Context(), secret, ""); err != nil || !p.Sandbox || !strings.HasPrefix(secret, "pz_test_") {
			t.Errorf("%+v %v", p, err)
		}
		w.clock.Advance(time.Hour)
		_, err = w.Identify(t.Context(), secret, "")
		w.want(err, "expired_credential")
	})
}

// again signs a person in who has no second factor.
func (w *world) again(login string) string {
	w.t.Helper()
	in, err := w.SignIn(w.t.Context(), login, password, access.Visit{})
	w.must(err)
	return in.Token
}

func TestMandates(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		agent, client := w.org(access.EnterpriseOrg, "agent", "4101980001"), w.org(access.EnterpriseOrg, "client", "4101960001", "4101960009")
		_, as := w.person(agent, "agent", access.Manager)
		_, cs := w.person(client, "client", access.Manager)
		_, xs := w.person(w.org(access.EnterpriseOrg, "third", "4101960003"), "third", access.Manager)
		offer := access.Grant{Agent: agent, Client: client, Kinds: []string{"CEB621"}, From: 20261124, To: 20261125}
		_, err := w.OfferMandate(w.as(xs), offer)
		w.want(err, "not_allowed")
		id, err := w.OfferMandate(w.as(as), offer)
		w.must(err)
		w.want(w.AcceptMandate(w.as(as), id), "mandate_state") // not one's own offer
		w.want(w.AcceptMandate(w.as(xs), id), "not_found")
		acts := func() bool {
			t.Helper()
			return access.Of(w.as(as)).SendsFor("4101960001", "CEB621")
		}
		if acts() {
			t.Fatal("acts before the mandate is accepted")
		}
		w.must(w.AcceptMandate(w.as(cs), id))
		if acts() {
			t.Fatal("acts before the first day")
		}
		again := func() { as, cs, xs = w.again("agent"), w.again("client"), w.again("third") }
		w.clock.Set(time.Date(2026, 11, 24, 0, 0, 0, 0, clock.Beijing))
		again()
		if p := access.Of(w.as(as)); !acts() || p.SendsFor("4101960001", "CEB311") || !p.SendsFor("4101960009", "CEB621") || len(p.Mandates) != 1 || p.Mandates[0].Client != "client" ||
			!p.Sees(access.ParcelRead, "4101960001") || p.Sees(access.ParcelRead, "4101960003") {
			t.Fatalf("the mandate reaches too far or not far enough: %+v", p)
		}
		key := access.APIKey{Org: agent, Name: "erp", Permissions: []access.Permission{access.MessageSend}, Codes: []string{"4101960001"}}
		_, secret, err := w.AddKey(w.as(as), key)
		w.must(err)
		sends := func() bool {
			t.Helper()
			p, err := w.Identify(t.Context(), secret, "")
			w.must(err)
			return p.SendsFor("4101960001", "CEB621")
		}
		if !sends() {
			t.Error("the agent's key may not send for the client")
		}
		w.clock.Set(time.Date(2026, 11, 26, 0, 0, 0, 0, clock.Beijing))
		again()
		if acts() || sends() {
			t.Error("acts after the last day")
		}
		offer.From, offer.To = 0, 0
		id, err = w.OfferMandate(w.as(cs), offer)
		w.must(err)
		w.must(w.AcceptMandate(w.as(as), id))
		if !acts() || !sends() {
			t.Fatal("does not act")
		}
		w.want(w.RevokeMandate(w.as(xs), id, ""), "not_found")
		w.must(w.RevokeMandate(w.as(cs), id, "合作结束"))
		if acts() || sends() {
			t.Error("acts after the client revoked it")
		}
		g, steps, err := w.MandateHistory(w.as(cs), id)
		w.must(err)
		if g.State != access.Revoked || len(steps) != 3 || steps[2].Note != "合作结束" {
			t.Errorf("%+v %+v", g, steps)
		}
		if list, err := w.Mandates(w.as(as), ""); err != nil || len(list) != 2 {
			t.Errorf("%d mandates, %v", len(list), err)
		}
		if list, err := w.Mandates(w.as(xs), client); err != nil || len(list) != 0 {
			t.Errorf("a third sees %d mandates, %v", len(list), err)
		}
	})
}

// TestKeysAreNoSecondPerson: where two persons decide, about money, assessments and
// rules, a key does not: its maker would be both.
func TestKeysAreNoSecondPerson(t *testing.T) {
	t.Parallel()
	admin := &access.Principal{ID: "a1", Roles: []access.Role{access.Admin}}
	for _, kind := range access.OrgKinds() {
		for _, v := range access.KeyPermissions(admin, kind) {
			switch v {
			case access.ClaimWork, access.BudgetManage, access.AssessWork, access.PackSwitch:
				t.Errorf("a key of %s may have %s", kind, v)
			}
		}
	}
}

// TestANarrowedMandateReachesMessagesAlone: an agent whose mandate names kinds of
// messages sees what they are about and does nothing else for the client.
func TestANarrowedMandateReachesMessagesAlone(t *testing.T) {
	t.Parallel()
	p := &access.Principal{ID: "u1", Codes: []string{"A"}, Roles: []access.Role{access.Clerk}, Mandates: []access.Mandate{{Codes: []string{"B"}, Kinds: []string{"CEB621"}}, {Codes: []string{"C"}}}}
	if got := p.Entrusted(); !slices.Equal(got, []string{"A", "C"}) {
		t.Errorf("entrusted with %v", got)
	}
	if got := p.Parties(); !slices.Equal(got, []string{"A", "B", "C"}) {
		t.Errorf("sees %v", got)
	}
}

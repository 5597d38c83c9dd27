package api_test

import (
	"context"
	"strings"
	"testing"

	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
)

// party is an organisation of a test with a key.
type party struct{ org, key string }

// partyOf makes an organisation with the enterprise codes given, and a key of it.
func partyOf(t testing.TB, z *zonetest.Zone, name string, edit func(*access.APIKey), codes ...string) party {
	t.Helper()
	ctx := access.With(context.WithoutCancel(t.Context()), access.System())
	org, err := z.Accounts.AddOrg(ctx, access.Org{Kind: access.EnterpriseOrg, Name: name, Codes: codes})
	if err != nil {
		t.Fatal(err)
	}
	return party{org, anotherKey(t, z, org, codes, edit)}
}

func anotherKey(t testing.TB, z *zonetest.Zone, org string, codes []string, edit func(*access.APIKey)) string {
	t.Helper()
	ctx := access.With(context.WithoutCancel(t.Context()), &access.Principal{ID: "test", Org: org, Codes: codes, Roles: []access.Role{access.Manager}, Strong: true})
	k := access.APIKey{Org: org, Name: "test", Codes: codes, Permissions: []access.Permission{access.MessageSend, access.ReceiptRead, access.ParcelRead, access.WebhookManage}}
	if edit != nil {
		edit(&k)
	}
	_, secret, err := z.Accounts.AddKey(ctx, k)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func (v call) key(secret string) call { return v.with("Authorization", "Bearer "+secret) }

// TestKeysSendForTheirEnterprise: a key sends for the enterprises it is bound to,
// an agent's for a client by a mandate that names the kind; what is refused
// stands in the chain of acts.
func TestKeysSendForTheirEnterprise(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	c := newClient(t, z)
	platform, carrier := sender(t, zonetest.Message(t, z.Gen, 311, 0, 1)), sender(t, zonetest.Message(t, z.Gen, 511, 0, 1))
	own := partyOf(t, z, "平台", nil, platform)
	agent := partyOf(t, z, "代理", nil, carrier)
	order := xml(zonetest.Message(t, z.Gen, 311, 0, 1))
	expect := func(who, secret string, want int) {
		t.Helper()
		if w := c.do(order.key(secret)); w.Code != want {
			t.Errorf("%s: %d, want %d: %.300s", who, w.Code, want, w.Body)
		}
	}
	expect("the platform's own", own.key, 202)
	expect("another's", agent.key, 403)
	side := func(org string) context.Context {
		return access.With(t.Context(), &access.Principal{ID: "test", Org: org, Roles: []access.Role{access.Manager}, Strong: true})
	}
	mandate := func(kinds ...string) string {
		t.Helper()
		id, err := z.Accounts.OfferMandate(side(agent.org), access.Grant{Agent: agent.org, Client: own.org, Kinds: kinds})
		if err != nil {
			t.Fatal(err)
		}
		if err := z.Accounts.AcceptMandate(side(own.org), id); err != nil {
			t.Fatal(err)
		}
		return id
	}
	first := mandate("CEB621")
	expect("by a mandate for lists", anotherKey(t, z, agent.org, nil, nil), 403)
	if err := z.Accounts.RevokeMandate(side(own.org), first, "x"); err != nil {
		t.Fatal(err)
	}
	second := mandate("CEB311")
	secret := anotherKey(t, z, agent.org, nil, func(k *access.APIKey) { k.Codes = []string{carrier, platform} })
	expect("by a mandate for orders", secret, 202)
	if err := z.Accounts.RevokeMandate(side(own.org), second, "x"); err != nil {
		t.Fatal(err)
	}
	expect("after it was revoked", secret, 403)
	list, _, err := z.Audit.List(t.Context(), audit.Filter{}, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	denied := 0
	for _, e := range list {
		if e.Act == "message.send" && e.Outcome == audit.Denied && e.Object == "enterprise:"+platform {
			denied++
		}
	}
	if denied != 3 {
		t.Errorf("%d entries of refused messages, want 3", denied)
	}
}

// sender reads who transmits a message.
func sender(t testing.TB, message []byte) string {
	t.Helper()
	_, rest, _ := strings.Cut(string(message), "copCode>")
	code, _, ok := strings.Cut(rest, "<")
	if !ok {
		t.Fatal("no copCode")
	}
	return code
}

// TestSandboxKeysLeaveNoTrace: what a sandbox key sends is judged as it would be
// and thrown away; it changes nothing else; what it reads is its own.
func TestSandboxKeysLeaveNoTrace(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	c := newClient(t, z)
	code := sender(t, zonetest.Message(t, z.Gen, 311, 0, 1))
	own := partyOf(t, z, "平台", func(k *access.APIKey) { k.Sandbox = true }, code)
	before := z.Intake.Durable()
	w := c.do(xml(zonetest.Message(t, z.Gen, 311, 0, 2)).key(own.key))
	if w.Code != 202 || w.Header().Get("Sandbox") != "true" || !strings.Contains(w.Body.String(), `"what":"stored","status":2`) {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	w = c.do(xml(zonetest.Message(t, z.Gen, 311, 0, 1)).key(own.key).with("Accept", "application/xml"))
	if w.Code != 202 || !strings.Contains(w.Body.String(), "<CEB312Message") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := c.do(xml([]byte("<CEB311Message/>")).key(own.key)); w.Code != 422 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := c.do(jsonCall("POST", "/v1/webhooks", `{"url":"https://hooks.example.cn/x"}`).key(own.key)); w.Code != 403 || !strings.Contains(w.Body.String(), `"sandbox"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := c.do(get("/v1/receipts").key(own.key)); w.Code != 200 || w.Header().Get("Sandbox") != "true" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if got := z.Intake.Durable(); got != before {
		t.Errorf("the core went from decision %d to %d", before, got)
	}
}

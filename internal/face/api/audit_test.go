package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pilotzone/internal/face/api"
	"pilotzone/internal/face/gate"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
)

// Personal data comes in clear for a purpose alone, to whom the table lets, and
// with an entry; the chain shows each organisation its own.
func TestPersonalDataByTheInterface(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	c := newClient(t, z)
	order := document(t, z.Gen, 0, 311)
	for _, k := range zonetest.Kinds {
		if w := c.do(xml(zonetest.Message(t, z.Gen, k, 0, 1))); w.Code >= 300 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	indexed(t, z)
	docs, err := z.Lookup.Documents(t.Context(), 1)
	if err != nil || len(docs) == 0 {
		t.Fatal(docs, err)
	}
	var input uint64
	for _, d := range docs {
		if d.Kind == 311 {
			input = d.Input
		}
	}
	manager := func(org string, codes ...string) *access.Principal {
		return &access.Principal{ID: "u-" + org, Org: org, Roles: []access.Role{access.Manager}, Codes: codes, Strong: true}
	}
	people := map[string]*access.Principal{"merchant": manager("merchant", field(t, order, "ebcCode")), "stranger": manager("stranger", "110000000X"),
		"officer": {ID: "u-officer", Org: "customs", Roles: []access.Role{access.Customs}, Strong: true}, "admin": {ID: "u-admin", Roles: []access.Role{access.Admin}, Strong: true}}
	c = newClientOf(t, api.New(z.Zone, gate.New(gate.Config{Audit: z.Audit.Record, Identify: func(_ context.Context, bearer, _ string) (*access.Principal, error) {
		if p := people[bearer]; p != nil {
			return p, nil
		}
		return nil, access.ErrUnknown
	}})))
	path := fmt.Sprintf("/v1/parcels/1/documents/%d/personal", input)
	good := jsonCall(http.MethodPost, path, `{"purpose":"mismatch","note":"三单不符，工单 7"}`)
	for _, tt := range []struct {
		name string
		call call
		want int
	}{
		{"customs", good.key("officer").with("Idempotency-Key", "k1"), 200},
		{"customs again with the same key: a reading of its own", good.key("officer").with("Idempotency-Key", "k1"), 200},
		{"the merchant's manager", good.key("merchant"), 200},
		{"another enterprise's manager", good.key("stranger"), 404},
		{"the administrator", good.key("admin"), 403},
		{"a visitor", good.as(""), 401},
		{"without a purpose", jsonCall(http.MethodPost, path, `{"note":"三单不符，工单 7"}`).key("officer"), 422},
		{"a purpose that is not listed", jsonCall(http.MethodPost, path, `{"purpose":"curiosity","note":"三单不符"}`).key("officer"), 422},
		{"without a note", jsonCall(http.MethodPost, path, `{"purpose":"law","note":"    "}`).key("officer"), 422},
		{"another parcel's document", jsonCall(http.MethodPost, "/v1/parcels/1/documents/999999/personal", `{"purpose":"law","note":"协查函 7"}`).key("officer"), 404},
	} {
		w := c.do(tt.call)
		if w.Code != tt.want {
			t.Errorf("%s: %d, want %d: %.300s", tt.name, w.Code, tt.want, w.Body)
		}
		clear := strings.Contains(w.Body.String(), field(t, order, "buyerIdNumber"))
		if clear != (tt.want == 200) {
			t.Errorf("%s: in clear %v", tt.name, clear)
		}
		if clear && w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: may be cached", tt.name)
		}
	}
	list, _, err := z.Audit.List(t.Context(), audit.Filter{Act: "personal.read", Outcome: audit.Done}, "", 10)
	if err != nil || len(list) != 3 || list[0].Org != "merchant" || list[1].Actor != "u-officer" || list[2].Actor != "u-officer" {
		t.Errorf("%+v, %v", list, err)
	}
	for who, want := range map[string]int{"merchant": 1, "stranger": 0} {
		var out struct{ Entries []api.AuditEntry }
		w := c.do(get("/v1/audit?act=personal.read&outcome=done").key(who))
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != 200 || len(out.Entries) != want {
			t.Errorf("%d, %d entries, want %d: %s", w.Code, len(out.Entries), want, w.Body)
		}
		for _, e := range out.Entries {
			if e.Org != who || !strings.HasPrefix(e.Purpose, "mismatch ") {
				t.Errorf("%+v", e)
			}
		}
		if w := c.do(get("/v1/audit?org=other").key(who)); w.Code != 403 {
			t.Errorf("another organisation's acts: %d", w.Code)
		}
		if w := c.do(get("/v1/audit?from=x").key(who)); w.Code != 422 {
			t.Errorf("a day that is none: %d", w.Code)
		}
	}
	if w := c.do(get("/v1/audit").key("officer")); w.Code != 403 {
		t.Errorf("an officer reads the chain: %d", w.Code)
	}
}

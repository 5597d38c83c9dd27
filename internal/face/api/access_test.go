package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
)

func TestRolesSeeTheirOwn(t *testing.T) {
	t.Parallel()
	g := zonetest.Traffic(t)
	order := document(t, g, 0, 311)
	merchant, stranger := field(t, order, "ebcCode"), ""
	carrier := field(t, document(t, g, 0, 511), "logisticsCode")
	for _, e := range g.Zone().Enterprises {
		if e.Code != merchant && e.Code != carrier && e.Kinds == traffic.Merchant {
			stranger = e.Code
		}
	}
	token := zonetest.Token
	z := zonetest.Open(t, func(c *zone.Config) {
		c.HTTP.Tokens = []zone.Token{token("op", "operator"), token("off", "officer"), token("own", "enterprise:"+merchant), token("other", "enterprise:"+stranger)}
	})
	c := newClient(t, z)
	as := func(who string, v call) call { return v.as(who) }
	for _, k := range zonetest.Kinds {
		if w := c.do(as("op", xml(zonetest.Message(t, g, k, 0, 1)))); w.Code >= 300 {
			t.Fatalf("%s: %d %s", k, w.Code, w.Body)
		}
	}
	indexed(t, z)
	verdict := jsonCall("POST", "/v1/parcels/1/verdicts", `{"status":500,"reason":"x"}`)
	deposit := jsonCall("POST", "/v1/deposits", `{"guarantor":"x","amount":"1.00"}`)
	allowance := jsonCall("POST", "/v1/allowance", `{"id_number":"11010519491231002X"}`)
	for _, s := range []struct {
		who    string
		call   call
		status int
	}{
		{"op", get("/v1/parcels/1"), 200}, {"off", get("/v1/parcels/1"), 200}, {"own", get("/v1/parcels/1"), 200}, {"other", get("/v1/parcels/1"), 404},
		{"other", get("/v1/parcels/" + field(t, order, "orderNo")), 404},
		{"own", get("/v1/receipts?enterprise=" + stranger), 403}, {"other", get("/v1/receipts"), 200},
		{"op", verdict, 403}, {"own", verdict, 403}, {"off", verdict, 200},
		{"off", deposit, 403}, {"own", deposit, 403}, {"op", deposit, 200},
		{"own", allowance, 403}, {"off", allowance, 200},
		{"own", get("/v1/enterprises"), 200}, {"own", get("/v1/enterprises?code=" + stranger), 404}, {"own", get("/v1/packs"), 200}, {"own", get("/metrics"), 403}, {"op", get("/metrics"), 200},
		{"other", xml(zonetest.Message(t, g, 311, 0, 1)), 403}, {"off", xml(zonetest.Message(t, g, 311, 0, 1)), 403},
		{"nobody", get("/v1/parcels/1"), 401}, {"own", get("/openapi.json"), 200},
	} {
		if w := c.do(as(s.who, s.call)); w.Code != s.status {
			t.Errorf("%s %s %s: %d, want %d: %.300s", s.who, s.call.method, s.call.path, w.Code, s.status, w.Body)
		}
	}
	if w := c.do(get("/v1/parcels/1").as("")); w.Code != 401 || w.Header().Get("WWW-Authenticate") == "" {
		t.Errorf("without a token, from this machine: %d", w.Code)
	}
	others := c.do(as("other", get("/v1/receipts?limit=1000"))).Body.String()
	if strings.Contains(others, field(t, order, "orderNo")) {
		t.Errorf("an enterprise sees receipts of others: %s", others)
	}
}

// FuzzMessages sends anything at all: the answer is one of those that the
// document names, and a problem is one. Run it with -fuzzminimizetime 10x: the
// goroutines behind the answer make coverage vary, and minimizing takes all time.
func FuzzMessages(f *testing.F) {
	z := zonetest.Open(f, nil)
	c := newClient(f, z)
	for _, k := range zonetest.Kinds {
		m := zonetest.Message(f, z.Gen, k, 0, 1)
		f.Add(m, false)
		f.Add(m[:len(m)/2], true)
	}
	f.Add([]byte("<!DOCTYPE a><a/>"), true)
	f.Fuzz(func(t *testing.T, body []byte, wantXML bool) {
		v := xml(body)
		if wantXML {
			v = v.with("Accept", "application/xml")
		}
		w := (&client{t, c.handler, c.said}).do(v)
		c.said.Reset()
		switch w.Code {
		case 200, 202, 413, 422, 429:
		default:
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		if kind := w.Header().Get("Content-Type"); strings.Contains(kind, "json") && !json.Valid(w.Body.Bytes()) {
			t.Errorf("not JSON: %s", w.Body)
		}
	})
}

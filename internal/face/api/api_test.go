package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pilotzone/ceb"
	"pilotzone/ceb/dxp"
	"pilotzone/internal/face/api"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
)

// client asks a server as if over the network.
type client struct {
	t       testing.TB
	handler http.Handler
	said    *bytes.Buffer // all answers, to look for what must not be there
}

func newClient(t testing.TB, z *zonetest.Zone) *client {
	return newClientOf(t, server(z))
}

// server is the interface of a test's zone.
func server(z *zonetest.Zone) *api.Server { return api.New(z.Zone, api.Gate(z.Zone)) }

type call struct {
	method, path string
	header       map[string]string
	body         string
}

func (c *client) do(v call) *httptest.ResponseRecorder {
	c.t.Helper()
	r := httptest.NewRequest(v.method, v.path, strings.NewReader(v.body))
	r.Header.Set("Authorization", zonetest.Bearer("operator"))
	for k, x := range v.header {
		if r.Header.Set(k, x); x == "" {
			r.Header.Del(k)
		}
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	c.said.Write(w.Body.Bytes())
	return w
}

func xml(body []byte) call {
	return call{method: "POST", path: "/v1/messages", header: map[string]string{"Content-Type": "application/xml"}, body: string(body)}
}

func jsonCall(method, path, body string) call {
	return call{method: method, path: path, header: map[string]string{"Content-Type": "application/json"}, body: body}
}

func get(path string) call { return call{method: "GET", path: path} }

func (v call) with(header, value string) call {
	h := map[string]string{header: value}
	for k, x := range v.header {
		h[k] = x
	}
	v.header = h
	return v
}

// as is the call by the token of a name; "" is a visitor.
func (v call) as(name string) call {
	if name == "" {
		return v.with("Authorization", "")
	}
	return v.with("Authorization", zonetest.Bearer(name))
}

// field reads an element of a document of the traffic.
func field(t testing.TB, d *traffic.Document, name string) string {
	t.Helper()
	for _, f := range d.Head {
		if f.Name == name {
			return f.Value
		}
	}
	t.Fatalf("%s has no %s", d.Kind, name)
	return ""
}

func document(t testing.TB, g *traffic.Gen, i uint64, k ceb.Kind) *traffic.Document {
	t.Helper()
	p := g.Parcel(i)
	for _, d := range p.Documents() {
		if d.Kind == k {
			return d
		}
	}
	t.Fatalf("parcel %d has no %s", i, k)
	return nil
}

// indexed waits until the search index has come to the last decision.
func indexed(t testing.TB, z *zonetest.Zone) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		at, err := z.Lookup.Position(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if at == z.Intake.Durable() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the index stands at %d, the core at %d", at, z.Intake.Durable())
		}
	}
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	c := newClient(t, z)
	order := document(t, z.Gen, 0, 311)
	orderNo, idNumber := field(t, order, "orderNo"), field(t, order, "buyerIdNumber")
	messages := map[ceb.Kind][]byte{}
	for _, k := range zonetest.Kinds {
		messages[k] = zonetest.Message(t, z.Gen, k, 0, 3)
	}
	guarantor := z.Gen.Zone().Deposits[0].Guarantor
	first := z.Gen.Zone().Enterprises[0]
	draw := inspectionPack(t)
	envelope := dxp.Wrap(&dxp.Envelope{CopMsgID: "1", SenderID: "S", ReceiverIDs: []string{"R"}, CreatedAt: "2026-11-22T10:00:00", MsgType: "CEB311Message", Data: messages[311]})
	wrongField := bytes.Replace(messages[311], []byte("<ceb:orderNo>"), []byte("<ceb:orderNr>"), 1)
	wrongField = bytes.Replace(wrongField, []byte("</ceb:orderNo>"), []byte("</ceb:orderNr>"), 1)
	noTransfer := bytes.Replace(messages[311], []byte("copCode>"), []byte("copCodex>"), 2)
	for _, s := range []struct {
		name         string
		call         call
		status       int
		has, hasNot  []string
		contentType  string
		afterIndexed bool
	}{
		{name: "health", call: get("/healthz"), status: 200, has: []string{`"ok"`}},
		{name: "ready", call: get("/readyz"), status: 200, has: []string{`"decision"`, "national@"}},
		{name: "orders wait", call: xml(messages[311]), status: 202, has: []string{`"message":"CEB311Message"`, `"number":"` + orderNo + `"`, `"what":"stored","status":2`}, contentType: "application/json"},
		{name: "again: repeated", call: xml(messages[311]), status: 202, has: []string{`"what":"repeated"`}, hasNot: []string{`"what":"stored"`}},
		{name: "in an envelope", call: xml(envelope), status: 202, has: []string{`"what":"repeated"`}},
		{name: "payments", call: xml(messages[411]), status: 202, has: []string{"CEB411Message"}},
		{name: "waybills, as receipts", call: xml(messages[511]).with("Accept", "application/xml"), status: 202, has: []string{"<CEB512Message", "LogisticsReturn", "平台自判"}, contentType: "application/xml; charset=utf-8"},
		{name: "lists are released", call: xml(messages[621]), status: 200, has: []string{`"state":"released"`, `"status":800`, `"parcel":1`}},
		{name: "a broken document spoils no neighbour", call: xml(wrongField), status: 200, has: []string{`"what":"refused"`, `"what":"repeated"`, `"0002"`, "orderNr"}},
		{name: "broken outside its documents", call: xml(noTransfer), status: 422, has: []string{`"code":"message_refused"`, "copCode", `"line":`, `"path":"/CEB311Message`}, contentType: "application/problem+json"},
		{name: "the same as a CEB900", call: xml(noTransfer).with("Accept", "application/xml"), status: 422, has: []string{"<CEB900Message", "CEB311Message", "-2"}, contentType: "application/xml; charset=utf-8"},
		{name: "not well-formed", call: xml(messages[311][:200]), status: 422, has: []string{"CEB-TRUNCATED"}},
		{name: "a document type", call: xml([]byte(`<!DOCTYPE x [<!ENTITY a "b">]><CEB311Message/>`)), status: 422, has: []string{"CEB-DTD"}},
		{name: "nothing at all", call: xml(nil), status: 422, has: []string{`"errors"`}},
		{name: "a receipt is no request", call: xml([]byte(`<CEB312Message/>`)), status: 422},
		{name: "not as XML", call: jsonCall("POST", "/v1/messages", "{}"), status: 415, has: []string{`"code":"not_xml"`}},
		{name: "compressed", call: xml(messages[311]).with("Content-Encoding", "gzip"), status: 415},
		{name: "too large", call: xml(make([]byte, 8<<20+1)), status: 413, has: []string{`"code":"too_large"`}},

		{name: "receipts", call: get("/v1/receipts?limit=2"), status: 200, has: []string{`"next":"`, `"more":true`, "CEB312Message", `"orderNo":"` + orderNo}, afterIndexed: true},
		{name: "receipts of one enterprise", call: get("/v1/receipts?limit=1000&enterprise=" + first.Code), status: 200, has: []string{`"messages":[`}},
		{name: "receipts as messages", call: get("/v1/receipts").with("Accept", "application/xml"), status: 200, has: []string{"--pilotzone-receipts", "<CEB622Message"}},
		{name: "no receipts yet", call: get("/v1/receipts?after=999999").with("Accept", "application/xml"), status: 204},
		{name: "a cursor of somebody else", call: get("/v1/receipts?after=x.y"), status: 422, has: []string{`"code":"cursor"`}},
		{name: "a parameter that there is not", call: get("/v1/receipts?afer=1"), status: 422, has: []string{"afer"}},

		{name: "parcel by order number", call: get("/v1/parcels/" + orderNo), status: 200, has: []string{`"state":"released"`, `"timeline":[`, `"tax_working"`, `"vat_rate"`, `"phase":"reserve"`, "national@"}},
		{name: "parcel by its number", call: get("/v1/parcels/1"), status: 200, has: []string{`"number":1`}},
		{name: "no such parcel", call: get("/v1/parcels/NOPE"), status: 404, has: []string{`"code":"not_found"`}},
		{name: "a document of another parcel", call: get("/v1/parcels/1/documents/1"), status: 404},

		{name: "verdict", call: jsonCall("POST", "/v1/parcels/1/verdicts", `{"status":500,"reason":"抽查"}`).as("officer"), status: 200, has: []string{`"parcel":1`}},
		{name: "verdict that there is not", call: jsonCall("POST", "/v1/parcels/1/verdicts", `{"status":42,"reason":"x"}`).as("officer"), status: 422},
		{name: "verdict without reason", call: jsonCall("POST", "/v1/parcels/1/verdicts", `{"status":500}`).as("officer"), status: 422, has: []string{"reason"}},

		{name: "allowance", call: jsonCall("POST", "/v1/allowance", `{"id_number":"`+idNumber+`"}`), status: 200, has: []string{`"annual_limit":"26000.00"`, `"year":2026`}, hasNot: []string{`"used":"0.00"`}},
		{name: "allowance of a wrong number", call: jsonCall("POST", "/v1/allowance", `{"id_number":"110101199003070000"}`), status: 422, has: []string{"id_number"}, hasNot: []string{"110101199003070000"}},
		{name: "allowance of a number that is too long", call: jsonCall("POST", "/v1/allowance", `{"id_number":"1101011990030700001234"}`), status: 422, hasNot: []string{"1101011990030700001234"}},
		{name: "allowance, field misspelt", call: jsonCall("POST", "/v1/allowance", `{"id_numbr":"110101199003070007"}`), status: 422, hasNot: []string{"110101199003070007"}},

		{name: "deposit", call: jsonCall("POST", "/v1/deposits", `{"guarantor":"`+guarantor+`","amount":"100.00"}`), status: 200, has: []string{`"balance":"`}},
		{name: "take out too much", call: jsonCall("POST", "/v1/deposits", `{"guarantor":"`+guarantor+`","amount":"-99999999999.00"}`), status: 409, has: []string{`"code":"PZ3004"`}},
		{name: "deposit of words", call: jsonCall("POST", "/v1/deposits", `{"guarantor":"`+guarantor+`","amount":"much"}`), status: 422, has: []string{`"code":"amount"`}},

		{name: "quote", call: jsonCall("POST", "/v1/quotes/import-tax", `{"id":"a","items":[{"qty":1,"unit_price":"1000.00","duty_rate":"0","ct_rate":"0","vat_rate":"0.13"}]}`), status: 200, has: []string{`"id":"a"`, `"decision":"PREF70"`, `"tax":"91.00"`}},
		{name: "quote of nothing", call: jsonCall("POST", "/v1/quotes/import-tax", `{"items":[]}`), status: 422, has: []string{`"code":"quote"`}},
		{name: "quote by code", call: jsonCall("POST", "/v1/quotes/import-tax/by-code", `{"items":[{"code":"1905310000","qty":"2","unit_price":"50","qty1":"1","unit1":"035"}]}`), status: 200, has: []string{`"decision":"PREF70"`, `"tax":"9.10"`, `"working_zh":[`, "national@"}},
		{name: "quote of a code that there is not", call: jsonCall("POST", "/v1/quotes/import-tax/by-code", `{"items":[{"code":"9999999999","qty":"2","unit_price":"50"}]}`), status: 422, has: []string{"items[0].code"}},

		{name: "enterprises", call: get("/v1/enterprises?limit=5"), status: 200, has: []string{`"kinds":["`, `"state":"active"`}},
		{name: "enterprise by code", call: get("/v1/enterprises?code=" + first.Code), status: 200, has: []string{first.Code}},
		{name: "file one that is wrong", call: jsonCall("POST", "/v1/enterprises", `{"uscc":"1","name":"","kinds":["shop"]}`), status: 422, has: []string{"kinds"}},
		{name: "suspend", call: jsonCall("PUT", "/v1/enterprises/"+first.Code+"/state", `{"state":"suspended","reason":"年检"}`), status: 200, has: []string{`"state":"suspended"`}},
		{name: "resume", call: jsonCall("PUT", "/v1/enterprises/"+first.Code+"/state", `{"state":"active"}`), status: 200, has: []string{`"state":"active"`}},
		{name: "state of nobody", call: jsonCall("PUT", "/v1/enterprises/nobody/state", `{"state":"suspended"}`), status: 404},
		{name: "certificate that is none", call: jsonCall("POST", "/v1/enterprises/"+first.Code+"/certificates", `{"pem":"x"}`), status: 422, has: []string{`"code":"certificate"`}},
		{name: "policies", call: jsonCall("PUT", "/v1/enterprises/"+first.Code+"/signature-policies", `{"default":"off","CEB621Message":"required"}`), status: 200, has: []string{`"CEB621Message":"required"`}},
		{name: "policies of unknown messages", call: jsonCall("PUT", "/v1/enterprises/"+first.Code+"/signature-policies", `{"CEB1Message":"off"}`), status: 422},

		{name: "packs", call: get("/v1/packs"), status: 200, has: []string{`"name":"national"`}},
		{name: "switch packs", call: call{method: "POST", path: "/v1/packs", header: map[string]string{"Content-Type": "application/octet-stream"}, body: string(draw.Archive())}, status: 200, has: []string{`"decision":`}},
		{name: "the same pack", call: call{method: "POST", path: "/v1/packs", header: map[string]string{"Content-Type": "application/octet-stream"}, body: string(draw.Archive())}, status: 409, has: []string{`"code":"same_packs"`}},
		{name: "no pack", call: call{method: "POST", path: "/v1/packs", header: map[string]string{"Content-Type": "application/octet-stream"}, body: "zip"}, status: 422, has: []string{`"code":"pack_archive"`}},

		{name: "metrics", call: get("/metrics"), status: 200, has: []string{"pilotzone_documents_total", "pilotzone_durable_decision", "go_goroutines", "pilotzone_http_request_seconds"}},
		{name: "openapi", call: get("/openapi.json"), status: 200, has: []string{`"openapi": "3.1.0"`}},
		{name: "openapi as YAML", call: get("/openapi.yaml"), status: 200, has: []string{"openapi: 3.1.0"}},
		{name: "no such path", call: get("/v2"), status: 404, has: []string{`"code":"no_path"`}},
		{name: "wrong method", call: call{method: "DELETE", path: "/v1/packs"}, status: 405, has: []string{"GET, POST"}},
		{name: "from a page of another site", call: xml(messages[311]).with("Sec-Fetch-Site", "cross-site"), status: 403},
		{name: "without a key", call: get("/v1/packs").as(""), status: 401, has: []string{"no_credential"}},
		{name: "with a key of nobody", call: get("/v1/packs").as("nobody"), status: 401, has: []string{"unknown_credential"}},
		{name: "health without a key", call: get("/healthz").as(""), status: 200},
		{name: "quote without a key", call: jsonCall("POST", "/v1/quotes/import-tax", `{"items":[]}`).as(""), status: 422},
	} {
		if s.afterIndexed {
			indexed(t, z)
		}
		w := c.do(s.call)
		body := w.Body.String()
		if w.Code != s.status {
			t.Errorf("%s: status %d, want %d: %.1000s", s.name, w.Code, s.status, body)
			continue
		}
		if kind := w.Header().Get("Content-Type"); s.contentType != "" && kind != s.contentType || s.status >= 400 && s.contentType == "" && kind != "application/problem+json" {
			t.Errorf("%s: content type %q", s.name, kind)
		}
		for _, x := range s.has {
			if !strings.Contains(body, x) {
				t.Errorf("%s: lacks %s: %.2000s", s.name, x, body)
			}
		}
		for _, x := range s.hasNot {
			if strings.Contains(body, x) {
				t.Errorf("%s: contains %s: %.2000s", s.name, x, body)
			}
		}
	}
	t.Run("documents are masked", func(t *testing.T) { documentsAreMasked(t, z, c) })
	noPersonalData(t, z, c)
}

// documentsAreMasked reads every document of a parcel.
func documentsAreMasked(t *testing.T, z *zonetest.Zone, c *client) {
	indexed(t, z)
	var parcel struct {
		Documents []struct {
			Input uint64
			Kind  int
		}
	}
	if err := json.Unmarshal(c.do(get("/v1/parcels/1")).Body.Bytes(), &parcel); err != nil {
		t.Fatal(err)
	}
	kinds := map[int]bool{}
	for _, d := range parcel.Documents {
		w := c.do(get(fmt.Sprintf("/v1/parcels/1/documents/%d", d.Input)))
		if w.Code != 200 || !strings.Contains(w.Body.String(), "**") {
			t.Errorf("document %d of kind %d: %d %.500s", d.Input, d.Kind, w.Code, w.Body)
		}
		kinds[d.Kind] = true
	}
	for _, k := range zonetest.Kinds {
		if !kinds[int(k)] {
			t.Errorf("no document of kind %d: %v", k, parcel.Documents)
		}
	}
}

// noPersonalData looks through all that was answered and logged.
func noPersonalData(t *testing.T, z *zonetest.Zone, c *client) {
	t.Helper()
	for i := range uint64(3) {
		order, list := document(t, z.Gen, i, 311), document(t, z.Gen, i, 621)
		for _, secret := range []string{field(t, order, "buyerIdNumber"), field(t, order, "buyerName"), field(t, order, "consignee"), field(t, order, "consigneeTelephone"),
			field(t, order, "consigneeAddress"), field(t, list, "buyerTelephone")} {
			if bytes.Contains(c.said.Bytes(), []byte(secret)) {
				t.Errorf("an answer holds %q", secret)
			}
			if strings.Contains(z.Log.String(), secret) {
				t.Errorf("the log holds %q", secret)
			}
		}
	}
}

func TestEveryRouteIsDocumented(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	s := server(z)
	var doc struct {
		Paths map[string]map[string]struct {
			Summary   string
			Responses map[string]any
			Security  []any
		}
	}
	w := newClientOf(t, s).do(get("/openapi.json"))
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	documented := 0
	for _, methods := range doc.Paths {
		documented += len(methods)
	}
	routes := s.Routes()
	for _, r := range routes {
		method, path, _ := strings.Cut(r, " ")
		op, ok := doc.Paths[path][strings.ToLower(method)]
		if !ok {
			t.Errorf("%s is not in the document", r)
		} else if !strings.Contains(op.Summary, " / ") || len(op.Responses) == 0 {
			t.Errorf("%s is not described in both languages, or has no responses", r)
		}
	}
	if documented != len(routes) {
		t.Errorf("%d operations are documented, %d are served", documented, len(routes))
	}
	if len(doc.Paths["/v1/packs"]["post"].Security) == 0 || len(doc.Paths["/healthz"]["get"].Security) != 0 {
		t.Error("the document does not say which operations need a token")
	}
}

func newClientOf(t testing.TB, s *api.Server) *client {
	return &client{t, s.Handler(), &bytes.Buffer{}}
}

func TestLongPollWaits(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	c := newClient(t, z)
	after := fmt.Sprint(z.Intake.Durable())
	got := make(chan string, 1)
	go func() { got <- c.do(get("/v1/receipts?wait=20&after=" + after)).Body.String() }()
	if w := newClient2(c).do(xml(zonetest.Message(t, z.Gen, 311, 0, 1))); w.Code != 202 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if body := <-got; !strings.Contains(body, "CEB312Message") {
		t.Errorf("%s", body)
	}
}

// newClient2 is a client of the same server for another goroutine.
func newClient2(c *client) *client { return &client{c.t, c.handler, &bytes.Buffer{}} }

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, func(c *zone.Config) { c.HTTP.BodyBytes = 1 << 20 })
	c := newClient(t, z)
	w := c.do(xml(bytes.Repeat([]byte(" "), 2<<20)))
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

// request is one by the operator over the network.
func request(t testing.TB, method, url string, body []byte) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", zonetest.Bearer("operator"))
	r.Header.Set("Content-Type", "application/xml")
	return r
}

func TestShutdownIsGraceful(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	s := server(z)
	l, err := s.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	url := "http://" + l.Addr().String()
	polled := make(chan int, 1)
	go func() {
		r, err := http.DefaultClient.Do(request(t, http.MethodGet, url+"/v1/receipts?wait=30&after=999999", nil))
		if err != nil {
			polled <- 0
			return
		}
		defer r.Body.Close()
		_, _ = io.Copy(io.Discard, r.Body)
		polled <- r.StatusCode
	}()
	r, err := http.DefaultClient.Do(request(t, http.MethodPost, url+"/v1/messages", zonetest.Message(t, z.Gen, 311, 0, 5)))
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != 202 {
		t.Errorf("status %d", r.StatusCode)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if status := <-polled; status != 200 {
		t.Errorf("the long poll ended with %d", status)
	}
}

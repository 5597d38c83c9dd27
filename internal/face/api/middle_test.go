package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/preflight"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
)

func balance(t *testing.T, z *zonetest.Zone, guarantor string) (cents int64) {
	t.Helper()
	if err := z.Intake.Ask(t.Context(), func(e *clearance.Engine) {
		b, _ := e.Guarantee(guarantor)
		cents = int64(b)
	}); err != nil {
		t.Fatal(err)
	}
	return cents
}

// TestDepositsHappenOnce: the same deposit with the same key, one after the
// other, at once, and after a sudden end, moves the balance once.
func TestDepositsHappenOnce(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	c := newClient(t, z)
	guarantor := z.Gen.Zone().Deposits[0].Guarantor
	before := balance(t, z, guarantor)
	deposit := func(key, amount string) call {
		return jsonCall("POST", "/v1/deposits", `{"guarantor":"`+guarantor+`","amount":"`+amount+`"}`).with("Idempotency-Key", key)
	}
	first := c.do(deposit("a", "100.00"))
	if first.Code != 200 {
		t.Fatalf("%d %s", first.Code, first.Body)
	}
	again := c.do(deposit("a", "100.00"))
	if again.Code != 200 || again.Body.String() != first.Body.String() || again.Header().Get("Idempotent-Replayed") != "true" {
		t.Errorf("again: %d %s %v", again.Code, again.Body, again.Header())
	}
	if w := c.do(deposit("a", "200.00")); w.Code != 422 || !strings.Contains(w.Body.String(), "idempotency_key") {
		t.Errorf("other input: %d %s", w.Code, w.Body)
	}
	if w := c.do(deposit(strings.Repeat("k", 256), "1.00")); w.Code != 422 {
		t.Errorf("a long key: %d", w.Code)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	codes := map[int]int{}
	for range 12 {
		wg.Go(func() {
			w := newClient2(c).do(deposit("b", "10.00"))
			mu.Lock()
			defer mu.Unlock()
			codes[w.Code]++
		})
	}
	wg.Wait()
	if codes[200] == 0 || codes[200]+codes[409] != 12 {
		t.Errorf("at once: %v", codes)
	}
	if got := balance(t, z, guarantor) - before; got != 110_00 {
		t.Errorf("the balance moved by %d", got)
	}
	// The answer of a refused one is kept too.
	for range 2 {
		if w := c.do(deposit("c", "-99999999999.00")); w.Code != 409 || !strings.Contains(w.Body.String(), "PZ3004") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	// After a crash between the command and its answer the key leads to the command.
	a, known, err := z.Deposit(t.Context(), "token:operator", "d", clearance.DepositBody{Guarantor: guarantor, Amount: 7})
	if err != nil || !known || a.Input == 0 {
		t.Fatalf("%v %v %+v", err, known, a)
	}
	if w := c.do(deposit("d", "0.07")); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if got := balance(t, z, guarantor) - before; got != 110_07 {
		t.Errorf("the balance moved by %d", got)
	}
}

// TestMessagesWithAKey: a message with a key is answered as it was, though a
// second one without is a repetition.
func TestMessagesWithAKey(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	c := newClient(t, z)
	m := xml(zonetest.Message(t, z.Gen, 311, 0, 2))
	first := c.do(m.with("Idempotency-Key", "m1"))
	again := c.do(m.with("Idempotency-Key", "m1"))
	if first.Code != 202 || again.Body.String() != first.Body.String() || strings.Contains(again.Body.String(), "repeated") {
		t.Errorf("%d %s", again.Code, again.Body)
	}
	if w := c.do(m); !strings.Contains(w.Body.String(), "repeated") {
		t.Errorf("without: %s", w.Body)
	}
}

// TestObjectsHaveTags: what has not changed is not sent again; a change on the
// condition that nobody else changed it is refused when somebody did.
func TestObjectsHaveTags(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	c := newClient(t, z)
	for _, k := range zonetest.Kinds {
		c.do(xml(zonetest.Message(t, z.Gen, k, 0, 1)))
	}
	indexed(t, z)
	for _, path := range []string{"/v1/parcels/1", "/v1/enterprises/" + z.Gen.Zone().Enterprises[0].Code} {
		w := c.do(get(path))
		tag := w.Header().Get("ETag")
		if w.Code != 200 || tag == "" {
			t.Fatalf("%s: %d %q", path, w.Code, tag)
		}
		if w := c.do(get(path).with("If-None-Match", `"x", `+tag)); w.Code != 304 || w.Body.Len() != 0 || w.Header().Get("ETag") != tag {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		if w := c.do(get(path).with("If-None-Match", `"x"`)); w.Code != 200 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	path := "/v1/enterprises/" + z.Gen.Zone().Enterprises[0].Code
	tag := c.do(get(path)).Header().Get("ETag")
	suspend := jsonCall("PUT", path+"/state", `{"state":"suspended","reason":"年检"}`).with("If-Match", tag)
	if w := c.do(suspend); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := c.do(suspend); w.Code != 412 || !strings.Contains(w.Body.String(), `"changed"`) {
		t.Errorf("of an older state: %d %s", w.Code, w.Body)
	}
}

// TestRatesAreTold: each program has its own, told in headers.
func TestRatesAreTold(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, func(c *zone.Config) { c.HTTP.Rate, c.HTTP.Burst = 0.001, 3 })
	c := newClient(t, z)
	var w *httptest.ResponseRecorder
	for i := range 4 {
		w = c.do(get("/v1/packs"))
		if want := map[bool]int{true: 200, false: 429}[i < 3]; w.Code != want {
			t.Fatalf("request %d: %d", i, w.Code)
		}
	}
	if w.Header().Get("Retry-After") == "" || w.Header().Get("RateLimit-Limit") != "3" || w.Header().Get("RateLimit-Remaining") != "0" || w.Header().Get("RateLimit-Reset") == "" {
		t.Errorf("%v", w.Header())
	}
	if w := c.do(get("/v1/packs").as("officer")); w.Code != 200 {
		t.Errorf("another program: %d", w.Code)
	}
	if w := c.do(get("/healthz").as("")); w.Code != 200 || w.Header().Get("RateLimit-Limit") != "" {
		t.Errorf("a visitor: %d", w.Code)
	}
}

// TestDocumentNamesTheSharedParts: keys and tags stand in the document, once.
func TestDocumentNamesTheSharedParts(t *testing.T) {
	t.Parallel()
	c := newClient(t, zonetest.Open(t, nil))
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
			Responses  map[string]any
		}
	}
	if err := json.NewDecoder(bytes.NewReader(c.do(get("/openapi.json")).Body.Bytes())).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct{ method, path, header, status string }{{"post", "/v1/deposits", "Idempotency-Key", "409"}, {"post", "/v1/messages", "Idempotency-Key", "429"}, {"get", "/v1/parcels/{id}", "If-None-Match", "304"}} {
		op := doc.Paths[v.path][v.method]
		n := 0
		for _, p := range op.Parameters {
			if p.Name == v.header && p.In == "header" {
				n++
			}
		}
		if n != 1 || op.Responses[v.status] == nil || op.Responses["200"] == nil {
			t.Errorf("%s %s: %d times %s, %v", v.method, v.path, n, v.header, op.Responses)
		}
	}
}

// TestListsGoOnAlike: whatever answers with next takes it as cursor, and so does
// every list.
func TestListsGoOnAlike(t *testing.T) {
	t.Parallel()
	c := newClient(t, zonetest.Open(t, nil))
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	if err := json.NewDecoder(bytes.NewReader(c.do(get("/openapi.json")).Body.Bytes())).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	lists := 0
	for path, methods := range doc.Paths {
		var names []string
		for _, p := range methods["get"].Parameters {
			if p.In == "query" {
				names = append(names, p.Name)
			}
		}
		if !slices.Contains(names, "limit") {
			continue
		}
		lists++
		if !slices.Contains(names, "cursor") || slices.Contains(names, "before") || slices.Contains(names, "after") && path != "/v1/receipts" {
			t.Errorf("%s takes %v", path, names)
		}
	}
	if lists < 10 {
		t.Errorf("%d lists only", lists)
	}
	// Page by page the same as at once.
	var all, page struct {
		Enterprises []struct{ ID string }
		Next        string
	}
	read := func(query string, to any) {
		t.Helper()
		if err := json.Unmarshal(c.do(get("/v1/enterprises?"+query)).Body.Bytes(), to); err != nil {
			t.Fatal(err)
		}
	}
	read("limit=1000", &all)
	n := 0
	for cursor := ""; ; cursor = page.Next {
		page.Next, page.Enterprises = "", nil
		read("limit=7&cursor="+cursor, &page)
		for _, e := range page.Enterprises {
			if n >= len(all.Enterprises) || e.ID != all.Enterprises[n].ID {
				t.Fatalf("number %d is %s", n, e.ID)
			}
			n++
		}
		if page.Next == "" {
			break
		}
	}
	if n != len(all.Enterprises) || n < 20 {
		t.Errorf("%d of %d", n, len(all.Enterprises))
	}
}

// TestVisitorsTakeNoMemoryFromOthers: large bodies are held within a bound;
// visitors have one of their own, so that theirs, however slow, keep nobody else
// from sending.
func TestVisitorsTakeNoMemoryFromOthers(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, func(c *zone.Config) { c.HTTP.BodyBytes = 1 << 20 })
	c := newClient(t, z)
	slow, send := io.Pipe()
	r := httptest.NewRequest("POST", "/v1/preflight", slow)
	r.Header.Set("Content-Type", "application/octet-stream")
	r.ContentLength = preflight.MaxBytes
	var wg sync.WaitGroup
	wg.Go(func() { c.handler.ServeHTTP(httptest.NewRecorder(), r) })
	if _, err := send.Write([]byte("<")); err != nil { // it is being read
		t.Fatal(err)
	}
	if w := c.do(bytesCall("POST", "/v1/preflight", "<x/>").as("")); w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Errorf("a second visitor: %d %s", w.Code, w.Body)
	}
	if w := c.do(bytesCall("POST", "/v1/preflight", "<x/>")); w.Code != 200 {
		t.Errorf("one who has signed in: %d %s", w.Code, w.Body)
	}
	send.Close()
	wg.Wait()
	if w := c.do(bytesCall("POST", "/v1/preflight", "<x/>").as("")); w.Code != 200 {
		t.Errorf("a visitor afterwards: %d %s", w.Code, w.Body)
	}
}

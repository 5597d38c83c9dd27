package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/api"
	"pilotzone/internal/face/gate"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
)

var update = flag.Bool("update", false, "write the example message anew")

const orderFile = "examples/order.xml"

// exampleStage is a zone with a parcel that is held, number 1, one that is
// released, number 2, and a caller of every role.
func exampleStage(t *testing.T) (*zonetest.Zone, *client, map[string]string) {
	t.Helper()
	z := zonetest.Open(t, nil)
	send := func(k, first int) {
		t.Helper()
		if _, err := z.Intake.Submit(t.Context(), zonetest.Message(t, z.Gen, zonetest.Kinds[k], uint64(first), 1)); err != nil {
			t.Fatal(err)
		}
	}
	for _, k := range []int{0, 2, 3} { // all but the payment
		send(k, 0)
	}
	if _, err := z.Intake.Command(t.Context(), clearance.Verdict, clearance.VerdictBody{Number: 1, Status: 500, Officer: "o", Reason: "布控"}.Encode()); err != nil {
		t.Fatal(err)
	}
	send(1, 0)
	for k := range zonetest.Kinds {
		send(k, 1)
	}
	order, list := document(t, z.Gen, 1, 311), document(t, z.Gen, 1, 621)
	values := map[string]string{"order": field(t, order, "orderNo"), "merchant": field(t, order, "ebcCode"), "identity": field(t, order, "buyerIdNumber"),
		"guarantor": z.Gen.Zone().Deposits[0].Guarantor, "held": "1", "released": "2"}
	callers := map[string]*access.Principal{}
	codes := []string{field(t, order, "ebcCode"), field(t, order, "ebpCode"), field(t, list, "agentCode")}
	for _, r := range access.Roles() {
		p := &access.Principal{ID: "u-" + string(r), Name: string(r), Org: "org-" + string(r), Roles: []access.Role{r}, Strong: true}
		switch r {
		case access.Clerk, access.Manager:
			p.Org, p.Codes = "org-enterprise", codes
		case access.Consumer:
			p.Org, p.Person = "", clearance.PersonKey(z.Keys.Hasher(), values["identity"])
		}
		callers[string(r)] = p
	}
	g := gate.New(gate.Config{Metrics: z.Metrics, Audit: z.Audit.Record, Identify: func(_ context.Context, bearer, _ string) (*access.Principal, error) {
		if p, ok := callers[bearer]; ok {
			return p, nil
		}
		return nil, access.ErrUnknown
	}})
	c := newClientOf(t, api.New(z.Zone, g))
	behind(t, z, c)
	docs, err := z.Lookup.Documents(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range docs {
		if d.Kind == 311 {
			values["input"] = fmt.Sprint(d.Input)
		}
	}
	return z, c, values
}

// behind waits for what stands behind the core: index, tax bills, queues,
// passports.
func behind(t *testing.T, z *zonetest.Zone, c *client) {
	t.Helper()
	indexed(t, z)
	for _, v := range []struct{ as, path string }{{"clerk", "/v1/tax-bills"}, {"chief", "/v1/cases/1"}, {"consumer", "/v1/passport/uses/2"}} {
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			w := c.do(get(v.path).with("Authorization", "Bearer "+v.as))
			if w.Code == 200 && !strings.Contains(w.Body.String(), `"bills":[]`) {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("%s: %d %s", v.path, w.Code, w.Body)
			}
		}
	}
}

// TestExamplesAreTrue does every example of the document against a running zone:
// it is answered with the status that it names, by a body that its schema
// allows; every operation has one; what stands in the document is of this zone.
func TestExamplesAreTrue(t *testing.T) {
	t.Parallel()
	z, c, values := exampleStage(t)
	if *update {
		if err := os.WriteFile(orderFile, zonetest.Message(t, z.Gen, 311, 7, 1), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, v := range values {
		if name != "input" && name != "identity" && api.Shown[name] != v {
			t.Errorf("the document shows %s %q, the zone has %q", name, api.Shown[name], v)
		}
	}
	var doc any
	raw := c.do(get("/openapi.json").with("Authorization", "")).Body.Bytes()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	schemas := jsonschema.NewCompiler()
	if err := schemas.AddResource("https://zone/openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	ops := documented(t, raw)
	done := map[string]bool{}
	for _, e := range api.Examples() {
		op, ok := ops[e.ID]
		if !ok {
			t.Errorf("example of %s: there is no such operation", e.ID)
			continue
		}
		done[e.ID] = true
		v := call{method: op.method, path: e.Target(op.path, values), header: map[string]string{"Authorization": ""}, body: api.Fill(e.Body, values)}
		maps.Copy(v.header, e.Header)
		if e.As != "" {
			v.header["Authorization"] = "Bearer " + string(e.As)
		}
		if v.body != "" {
			v.header["Content-Type"] = "application/json"
			if e.Type != "" {
				v.header["Content-Type"] = e.Type
			}
		}
		w := c.do(v)
		if w.Code != e.Status {
			t.Errorf("%s as %s: %d, the example says %d: %.600s", e.ID, e.As, w.Code, e.Status, w.Body)
			continue
		}
		allowed(t, schemas, op, e.ID, w)
		keep(t, e, w, values)
	}
	for id := range ops {
		if !done[id] {
			t.Errorf("%s has no example: add one in examples.go", id)
		}
	}
}

type operation struct {
	method, path string
	statuses     []string
}

func documented(t *testing.T, raw []byte) map[string]operation {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string
			Responses   map[string]any
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	out := map[string]operation{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			out[op.OperationID] = operation{strings.ToUpper(method), path, slices.Sorted(maps.Keys(op.Responses))}
		}
	}
	return out
}

// allowed holds an answer against the schema of its status and type.
func allowed(t *testing.T, schemas *jsonschema.Compiler, op operation, id string, w *httptest.ResponseRecorder) {
	t.Helper()
	status := fmt.Sprint(w.Code)
	if !slices.Contains(op.statuses, status) {
		t.Errorf("%s: status %s is not documented, only %v", id, status, op.statuses)
		return
	}
	kind, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
	if w.Code == http.StatusNoContent || !strings.HasSuffix(kind, "json") || strings.Contains(kind, "schema") {
		return
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D")
	at := "https://zone/openapi.json#/paths/" + escape.Replace(op.path) + "/" + strings.ToLower(op.method) + "/responses/" + status + "/content/" + escape.Replace(kind) + "/schema"
	schema, err := schemas.Compile(at)
	if err != nil {
		t.Errorf("%s: %v", id, err)
		return
	}
	body, err := jsonschema.UnmarshalJSON(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Errorf("%s: %v", id, err)
		return
	}
	if err := schema.Validate(body); err != nil {
		t.Errorf("%s: the answer is not what the document says: %v\n%.500s", id, err, w.Body)
	}
}

func keep(t *testing.T, e api.Example, w *httptest.ResponseRecorder, values map[string]string) {
	t.Helper()
	if len(e.Keep) == 0 {
		return
	}
	d := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	d.UseNumber()
	var body map[string]any
	if err := d.Decode(&body); err != nil {
		t.Fatal(err)
	}
	for name, from := range e.Keep {
		values[name] = fmt.Sprint(body[from])
	}
}

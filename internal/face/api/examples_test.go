package api_test

import (
	"bytes"
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

	"github.com/santhosh-tekuri/jsonschema/v6"

	"pilotzone/internal/face/api"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/job"
)

var update = flag.Bool("update", false, "write the example message anew")

const orderFile = "examples/order.xml"

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
		if !slices.Contains(drawn, name) && api.Shown[name] != v {
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
	done, answers := map[string]bool{}, map[string]any{}
	for _, e := range api.Examples() {
		op, ok := ops[e.ID]
		if !ok {
			t.Errorf("example of %s: there is no such operation", e.ID)
			continue
		}
		if e.ID == "make-award-payments" && !done[e.ID] {
			granted(t, z, values["claim"])
		}
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
		if e.ID == "upload" {
			settled(t, z, values["upload"], job.Done)
		}
		if e.Status < 300 && !done[e.ID] {
			done[e.ID] = true
			if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
				answers[e.ID] = shown(decoded(t, w.Body.Bytes()), values)
			}
		}
	}
	for id := range ops {
		if !done[id] {
			t.Errorf("%s has no example that succeeds: add one in examples.go", id)
		}
	}
	record(t, answers)
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
	body := decoded(t, w.Body.Bytes())
	for name, from := range e.Keep {
		v := body
		for _, step := range strings.Split(from, ".") {
			switch in := v.(type) {
			case map[string]any:
				v = in[step]
			case []any:
				v = in[0]
			}
		}
		if v == nil {
			t.Errorf("%s: the answer has no %s: %.400s", e.ID, from, w.Body)
		}
		values[name] = fmt.Sprint(v)
	}
}

func decoded(t *testing.T, body []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

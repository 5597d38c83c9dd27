package api_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"pilotzone/internal/customs/preflight"
	"pilotzone/internal/face/api"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
)

func bytesCall(method, path, body string) call {
	return call{method: method, path: path, header: map[string]string{"Content-Type": "application/octet-stream"}, body: body}
}

// TestPreflightOperation: a visitor's documents as XML and as JSON are answered
// alike, nothing is taken in, and the JSON follows the published schema.
func TestPreflightOperation(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	c := newClient(t, z)
	var messages string
	docs := []map[string]any{}
	for _, k := range zonetest.Kinds {
		messages += string(zonetest.Message(t, z.Gen, k, 0, 1))
		d := document(t, z.Gen, 0, k)
		one := map[string]any{"kind": int(k)}
		head := map[string]any{}
		for _, f := range d.Head {
			head[f.Name] = f.Value
		}
		one["head"] = head
		var lines []map[string]any
		for _, l := range d.Lines {
			line := map[string]any{}
			for _, f := range l {
				line[f.Name] = f.Value
			}
			lines = append(lines, line)
		}
		if lines != nil {
			one["lines"] = lines
		}
		docs = append(docs, one)
	}
	asJSON, err := json.Marshal(map[string]any{"documents": docs})
	if err != nil {
		t.Fatal(err)
	}
	before := z.Intake.Durable()
	for name, body := range map[string]string{"XML": messages, "JSON": string(asJSON)} {
		w := c.do(bytesCall("POST", "/v1/preflight?used=100.00", body).as(""))
		var r preflight.Report
		if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil || w.Code != 200 || !r.Fine || len(r.Parcels) != 1 || r.Parcels[0].State != "released" ||
			r.Parcels[0].Tax.Amounts.Total == "" || r.Parcels[0].Allowance.Used != "100.00" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v %.800s", name, w.Code, err, w.Body)
		}
	}
	if z.Intake.Durable() != before {
		t.Error("something was taken in")
	}
	if w := c.do(bytesCall("POST", "/v1/preflight?used=x", messages).as("")); w.Code != 422 {
		t.Errorf("%d", w.Code)
	}
	w := c.do(get("/v1/preflight/schema.json").as(""))
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(w.Body.String()))
	if err != nil || w.Code != 200 {
		t.Fatal(w.Code, err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("documents.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("documents.json")
	if err != nil {
		t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(strings.NewReader(string(asJSON)))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(instance); err != nil {
		t.Error(err)
	}
}

// TestAdviceOperation: one trade side by side, and faults by field.
func TestAdviceOperation(t *testing.T) {
	t.Parallel()
	c := newClient(t, zonetest.Open(t, nil))
	w := c.do(jsonCall("POST", "/v1/advice", `{"direction":"I","goods":[{"code":"4202210090","value":"8000.00"}]}`).as(""))
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"amount":"1582.40"`) || strings.Count(w.Body.String(), `"verdict"`) != 5 {
		t.Errorf("%d %.2000s", w.Code, w.Body)
	}
	for body, want := range map[string]string{
		`{"direction":"I","goods":[{"code":"1","value":"1"}]}`:                  "body.goods[0].code",
		`{"direction":"I","goods":[{"code":"4202210090","value":"x"}]}`:         "body.goods[0].value",
		`{"direction":"I","goods":[{"code":"4202210090","value":"1","x":"1"}]}`: "unexpected property",
	} {
		if w := c.do(jsonCall("POST", "/v1/advice", body).as("")); w.Code != 422 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
}

// TestUploadOperations: a file is handed in, followed to its end, and its files
// fetched; others do not see it.
func TestUploadOperations(t *testing.T) {
	t.Parallel()
	g := zonetest.Traffic(t)
	sender := field(t, document(t, g, 0, 311), "ebpCode")
	z := zonetest.Open(t, func(c *zone.Config) {
		c.HTTP.Tokens = append(c.HTTP.Tokens, zonetest.Token("own", "enterprise:"+sender), zonetest.Token("other", "enterprise:110000000X"))
	})
	c := newClient(t, z)
	if w := c.do(get("/v1/templates").as("")); w.Code != 200 || !strings.Contains(w.Body.String(), "/templates/311.xlsx") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	message := string(zonetest.Message(t, g, 311, 0, 1)) + "<?xml version=\"1.0\"?><broken"
	w := c.do(bytesCall("POST", "/v1/uploads?policy=good&name="+url.QueryEscape("月.xml"), message).as("own"))
	var u api.UploadText
	if err := json.Unmarshal(w.Body.Bytes(), &u); err != nil || w.Code != 202 {
		t.Fatalf("%d %v %s", w.Code, err, w.Body)
	}
	path := "/v1/uploads/" + u.ID
	for end := time.Now().Add(20 * time.Second); u.Finished == "" && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if err := json.Unmarshal(c.do(get(path).as("own")).Body.Bytes(), &u); err != nil {
			t.Fatal(err)
		}
	}
	if u.State != "done" || u.Summary == nil || u.Summary.Sent != 1 || u.Summary.Accepted != 1 || u.Summary.Faulty != 1 || len(u.Files) != 2 {
		t.Fatalf("%+v %+v", u, u.Summary)
	}
	for _, f := range u.Files {
		if w := c.do(get(path + "/files/" + f).as("own")); w.Code != 200 || !strings.HasPrefix(w.Body.String(), "PK") {
			t.Errorf("%s: %d", f, w.Code)
		}
		if w := c.do(get(path + "/files/" + f).as("other")); w.Code != 404 {
			t.Errorf("another enterprise gets %s: %d", f, w.Code)
		}
	}
	for v, want := range map[*call]int{
		ptr(get(path).as("other")): 404, ptr(get(path).as("")): 401, ptr(get("/v1/uploads/none").as("own")): 404, ptr(get("/v1/uploads?cursor=" + u.ID).as("other")): 404,
		ptr(get("/v1/uploads").as("own")): 200, ptr(bytesCall("POST", path+"/cancel", "").as("own")): 409, ptr(bytesCall("POST", path+"/cancel", "").as("other")): 404,
		ptr(bytesCall("POST", "/v1/uploads?name=a.txt", "hello").as("own")): 422, ptr(bytesCall("POST", "/v1/uploads?name=a.xml", message).as("officer")): 403,
	} {
		if w := c.do(*v); w.Code != want {
			t.Errorf("%s %s %v: %d, want %d: %.300s", v.method, v.path, v.header, w.Code, want, w.Body)
		}
	}
}

func ptr[T any](v T) *T { return &v }

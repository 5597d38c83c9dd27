package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/api"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
)

// An officer claims a case by the interface and gives a verdict on what they saw;
// others are told who holds it, and a verdict beside the desk does not go over
// the holder's head.
func TestQueuesByTheInterface(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, func(c *zone.Config) { c.HTTP.Tokens = append(c.HTTP.Tokens, zonetest.Token("second", "officer")) })
	c := newClient(t, z)
	for _, k := range zonetest.Kinds {
		if k == 411 {
			continue
		}
		if w := c.do(xml(zonetest.Message(t, z.Gen, k, 0, 1))); w.Code != 202 {
			t.Fatal(w.Code, w.Body)
		}
	}
	if _, err := z.Intake.Command(t.Context(), clearance.Verdict, clearance.VerdictBody{Number: 1, Status: 500, Officer: "o", Reason: "布控"}.Encode()); err != nil {
		t.Fatal(err)
	}
	c.do(xml(zonetest.Message(t, z.Gen, 411, 0, 1)))
	var got api.QueueCase
	for deadline := time.Now().Add(20 * time.Second); got.Parcel == 0; time.Sleep(5 * time.Millisecond) {
		at, err := z.Lookup.Position(t.Context())
		if w := c.do(get("/v1/cases/1").as("officer")); err == nil && at == z.Intake.Durable() && w.Code == 200 {
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
		} else if time.Now().After(deadline) {
			t.Fatal("the parcel does not come into its queue", w.Body)
		}
	}
	if got.Queue != "inspection" || got.State != "inspection" || len(got.Allowed) == 0 || got.Due == "" {
		t.Errorf("case %+v", got)
	}
	verdict := fmt.Sprintf(`{"status":800,"reason":"查验无误","seen":%d}`, got.Seen)
	for _, v := range []struct {
		name string
		call call
		code int
		has  string
	}{
		{"figures", get("/v1/queues").as("officer"), 200, `"waiting":1`},
		{"queue", get("/v1/queues/inspection").as("officer"), 200, `"parcel":1`},
		{"no such queue", get("/v1/queues/other").as("officer"), 422, ""},
		{"administrator", get("/v1/queues").as("operator"), 403, ""},
		{"no case", get("/v1/cases/99").as("officer"), 404, "not_in_queue"},
		{"verdict unclaimed", jsonCall("POST", "/v1/cases/1/verdict", verdict).as("officer"), 409, "not_held"},
		{"claim", jsonCall("POST", "/v1/cases/1/claim", "").as("officer"), 200, `"holder":"officer"`},
		{"claim by another", jsonCall("POST", "/v1/cases/1/claim", "").as("second"), 409, "held_by_other"},
		{"verdict over the holder's head", jsonCall("POST", "/v1/parcels/1/verdicts", `{"status":800,"reason":"无误"}`).as("second"), 409, "held_by_other"},
		{"take-over without right", jsonCall("POST", "/v1/cases/1/takeover", `{"reason":"急件"}`).as("second"), 403, ""},
		{"release", jsonCall("POST", "/v1/cases/1/release", "").as("officer"), 200, `"pending":false`},
		{"claim again", jsonCall("POST", "/v1/cases/1/claim", "").as("officer"), 200, ""},
		{"verdict on an old view", jsonCall("POST", "/v1/cases/1/verdict", strings.Replace(verdict, fmt.Sprint(got.Seen), "1", 1)).as("officer"), 409, "moved"},
		{"verdict that can't be", jsonCall("POST", "/v1/cases/1/verdict", strings.Replace(verdict, "800", "500", 1)).as("officer"), 422, "status"},
		{"verdict", jsonCall("POST", "/v1/cases/1/verdict", verdict).as("officer"), 200, `"state":"released"`},
	} {
		if w := c.do(v.call); w.Code != v.code || !strings.Contains(w.Body.String(), v.has) {
			t.Errorf("%s: %d %s, want %d %s", v.name, w.Code, w.Body, v.code, v.has)
		}
	}
}

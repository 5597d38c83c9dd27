package api_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/face/api"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
)

// The story has a column a document, a value a column, the rules that spoke with
// their sources, and nothing personal in clear; for strangers there is none.
func TestParcelStory(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, func(c *zone.Config) {
		c.HTTP.Tokens = append(c.HTTP.Tokens, zonetest.Token("stranger", "enterprise:110000000X"))
	})
	c := newClient(t, z)
	for _, k := range zonetest.Kinds {
		c.do(xml(zonetest.Message(t, z.Gen, k, 0, 1)))
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if at, err := z.Lookup.Position(t.Context()); err != nil || at >= z.Intake.Durable() {
			break
		}
	}
	w := c.do(get("/v1/parcels/1/story").as("officer"))
	var got api.ParcelStory
	if err := json.Unmarshal(w.Body.Bytes(), &got); w.Code != 200 || err != nil {
		t.Fatal(w.Code, w.Body, err)
	}
	if len(got.Papers) != 4 || len(got.Rows) < 20 || len(got.Rules) == 0 || got.State != "released" || got.Day != zonetest.Day.String() {
		t.Errorf("%d papers, %d rows, %d rules, %s", len(got.Papers), len(got.Rows), len(got.Rules), got.State)
	}
	for _, r := range got.Rows {
		if len(r.Values) != len(got.Papers) || len(r.Marks) > 0 || r.Differs {
			t.Errorf("row %+v", r)
		}
	}
	for _, text := range []string{`"annual_limit"`, "财关税〔2018〕49号", `"mark":"seen"`} {
		if !strings.Contains(w.Body.String(), text) {
			t.Errorf("no %s", text)
		}
	}
	buyer := z.Gen.Parcel(0).Buyer
	for _, private := range []string{buyer.ID, buyer.Name, buyer.Phone} {
		if strings.Contains(w.Body.String(), private) {
			t.Errorf("%q in clear", private)
		}
	}
	if w := c.do(get("/v1/parcels/1/story").as("stranger")); w.Code != 404 {
		t.Errorf("a stranger gets %d", w.Code)
	}
}

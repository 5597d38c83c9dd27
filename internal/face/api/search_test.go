package api_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"pilotzone/internal/face/api"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
)

// searched is a zone with twenty parcels, of which an enterprise has some.
func searched(t *testing.T) (*client, *zonetest.Zone) {
	t.Helper()
	merchant := zonetest.Traffic(t).Parcel(0).Route.Merchant.Code
	z := zonetest.Open(t, func(c *zone.Config) {
		c.HTTP.Tokens = append(c.HTTP.Tokens, zonetest.Token("own", "enterprise:"+merchant), zonetest.Token("other", "enterprise:110000000X"))
	})
	c := newClient(t, z)
	for _, k := range zonetest.Kinds {
		if w := c.do(xml(zonetest.Message(t, z.Gen, k, 0, 20)).as("operator")); w.Code >= 300 {
			t.Fatalf("%s: %d %s", k, w.Code, w.Body)
		}
	}
	indexed(t, z)
	return c, z
}

func read[T any](t *testing.T, w *httptest.ResponseRecorder) (out T) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != 200 {
		t.Fatalf("%d %v %.300s", w.Code, err, w.Body)
	}
	return out
}

// Lists go page by page through just the parcels that the filters choose.
func TestListParcels(t *testing.T) {
	t.Parallel()
	c, _ := searched(t)
	seen, cursor := map[uint64]bool{}, ""
	for range 5 {
		page := read[api.ParcelPage](t, c.do(get("/v1/parcels?limit=6&state=released&state=inspection&state=review&cursor="+cursor).as("officer")))
		for _, p := range page.Parcels {
			seen[p.Number] = true
		}
		if !page.Exact || page.Total != 20 {
			t.Errorf("total %d, %v", page.Total, page.Exact)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(seen) != 20 {
		t.Errorf("%d parcels in all", len(seen))
	}
	one := read[api.ParcelPage](t, c.do(get("/v1/parcels?limit=1").as("officer"))).Parcels[0]
	if one.Value == "" || one.Declared == "" || one.Goods == "" || one.Reasons == nil {
		t.Errorf("%+v", one)
	}
	for query, want := range map[string]int64{"number=" + one.OrderNo: 1, "direction=export": 0, "mode=9610&mode=1210&mode=1239&from=2026-11-22&to=2026-11-22": 20, "merchant=" + one.Merchant + "&least=0.01&most=999999": 1, "from=2026-11-23": 0} {
		if page := read[api.ParcelPage](t, c.do(get("/v1/parcels?"+query).as("officer"))); page.Total < want || want == 0 && page.Total != 0 {
			t.Errorf("%s: %d", query, page.Total)
		}
	}
	for _, bad := range []string{"state=lost", "least=x", "cursor=x", "from=2026-13-01", "goods=1"} {
		if w := c.do(get("/v1/parcels?" + bad).as("officer")); w.Code != 422 || !strings.Contains(w.Body.String(), "fix") {
			t.Errorf("%s: %d %s", bad, w.Code, w.Body)
		}
	}
}

// An enterprise lists, counts and searches its own alone.
func TestSearchIsOnesOwn(t *testing.T) {
	t.Parallel()
	c, _ := searched(t)
	all := read[api.ParcelPage](t, c.do(get("/v1/parcels").as("officer")))
	own := read[api.ParcelPage](t, c.do(get("/v1/parcels").as("own")))
	if own.Total == 0 || own.Total > all.Total {
		t.Errorf("own %d of %d", own.Total, all.Total)
	}
	for _, path := range []string{"/v1/parcels", "/v1/parcels?number=" + all.Parcels[0].OrderNo, "/v1/parcels?enterprise=" + all.Parcels[0].Carrier} {
		if page := read[api.ParcelPage](t, c.do(get(path).as("other"))); page.Total != 0 || len(page.Parcels) != 0 {
			t.Errorf("%s: a stranger sees %d", path, page.Total)
		}
	}
	for who, want := range map[string]int64{"officer": all.Total, "own": own.Total, "other": 0} {
		figures := read[api.Figures](t, c.do(get("/v1/figures?by=direction&by=goods").as(who)))
		var n, goods int64
		for _, f := range figures.Facets["direction"] {
			n += f.Parcels
		}
		for _, f := range figures.Facets["goods"] {
			goods += f.Parcels
		}
		if n != want || goods != want || len(figures.Times) != 2 || len(figures.Facets) != 2 {
			t.Errorf("%s counts %d, by goods %d, want %d", who, n, goods, want)
		}
	}
}

// Every figure is what the list under the same filter has.
func TestFiguresOpen(t *testing.T) {
	t.Parallel()
	c, _ := searched(t)
	figures := read[api.Figures](t, c.do(get("/v1/figures?by=mode&by=state&by=country&by=customs&by=merchant&by=reason&by=status&from=2026-11-22").as("officer")))
	for facet, list := range figures.Facets {
		if len(list) == 0 {
			t.Errorf("no figures by %s", facet)
		}
		for _, f := range list {
			page := read[api.ParcelPage](t, c.do(get(fmt.Sprintf("/v1/parcels?%s=%s&from=2026-11-22&to=2026-11-22", facet, f.Value)).as("officer")))
			if page.Total != f.Parcels {
				t.Errorf("%s %s: %d, opens to %d", facet, f.Value, f.Parcels, page.Total)
			}
		}
	}
	if figures.Decided == 0 || figures.At == "" {
		t.Errorf("%+v", figures)
	}
}

// What was refused is counted by reason, with the way to mend it.
func TestRejectionsByReason(t *testing.T) {
	t.Parallel()
	c, z := searched(t)
	damaged := strings.Replace(string(zonetest.Message(t, z.Gen, 311, 30, 1)), "goodsValue>", "goodsValue>-9", 1)
	if w := c.do(xml([]byte(damaged)).as("operator")); w.Code >= 300 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	indexed(t, z)
	type answer struct {
		Reasons []api.Rejection `json:"reasons"`
	}
	got := read[answer](t, c.do(get("/v1/rejections").as("officer"))).Reasons
	if len(got) == 0 || got[0].Documents != 1 || got[0].ZH == "" || got[0].EN == "" {
		t.Errorf("%+v", got)
	}
	if got := read[answer](t, c.do(get("/v1/rejections").as("other"))).Reasons; len(got) != 0 {
		t.Errorf("a stranger sees %+v", got)
	}
}

// Saved searches are their owner's.
func TestSavedSearchesOfPrograms(t *testing.T) {
	t.Parallel()
	c, _ := searched(t)
	if w := c.do(jsonCall("POST", "/v1/saved-searches", `{"name":"待补单","query":"state=waiting"}`).as("own")); w.Code != 204 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	type answer struct {
		Searches []api.SavedSearch `json:"searches"`
	}
	if got := read[answer](t, c.do(get("/v1/saved-searches").as("own"))).Searches; len(got) != 1 || got[0] != (api.SavedSearch{Name: "待补单", Query: "state=waiting"}) {
		t.Errorf("%+v", got)
	}
	if got := read[answer](t, c.do(get("/v1/saved-searches").as("other"))).Searches; len(got) != 0 {
		t.Errorf("another's: %+v", got)
	}
	if w := c.do(jsonCall("POST", "/v1/saved-searches", `{"name":"x","query":"%zz"}`).as("own")); w.Code != 422 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := c.do(call{method: "DELETE", path: "/v1/saved-searches/%E5%BE%85%E8%A1%A5%E5%8D%95"}.as("own")); w.Code != 204 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if got := read[answer](t, c.do(get("/v1/saved-searches").as("own"))).Searches; len(got) != 0 {
		t.Errorf("still there: %+v", got)
	}
}

package parks_test

import (
	"net/url"
	"strconv"
	"testing"

	"pilotzone/internal/face/console/pagetest"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/pack"
)

// stage is a zone with a park, a belt and a node.
func stage(t *testing.T, edits ...func(*zone.Config)) *pagetest.Stage {
	t.Helper()
	s := pagetest.Open(t, edits...)
	office := access.With(t.Context(), access.System())
	for _, place := range []park.Place{
		{ID: "airport", Kind: park.Park, Title: pack.Text{ZH: "空港园", EN: "Airport park"}, Area: 5000, Facilities: []string{"office"}},
		{ID: "lifting", Kind: park.Belt, Title: pack.Text{ZH: "起重装备产业带", EN: "Lifting equipment belt"}},
		{ID: "dry-port", Kind: park.Node, Title: pack.Text{ZH: "国际陆港"}, At: park.Point{Lat: 35_280_000, Lon: 114_030_000}},
	} {
		place.State = park.Open
		if _, err := s.Zone.Park.Put(office, park.Change{Place: place}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s own) post(path string, form url.Values) {
	s.T.Helper()
	if a := s.Post(s.as, path, form); a.Status != 303 {
		s.T.Fatalf("POST %s as %s: %d %s", path, s.as, a.Status, a.Body)
	}
}

// own is the stage for one caller.
type own struct {
	*pagetest.Stage
	as string
}

func TestListsAndPlacesAreOpenToAll(t *testing.T) {
	t.Parallel()
	s := stage(t)
	for _, path := range []string{"/parks", "/belts", "/centres", "/incubators", "/warehouses", "/factories", "/recognitions/publications", "/parks/airport", "/belts/lifting", "/parks?kind=node&text=陆港"} {
		s.Fine("stranger", path)
	}
	if a := s.Fine("stranger", "/parks"); !a.Has("底图未加载", "<svg", "审图号", "空港园", "国际陆港") {
		t.Error("the list lacks its map or its places")
	}
	if a := s.Fine("stranger", "/parks/airport"); a.Has("沿革") || a.Has("邀请企业") || a.Has("距认定还差") {
		t.Error("a stranger sees what is inside")
	}
	if a := s.Get("stranger", "/parks/airport/far?program=x"); a.Status != 404 {
		t.Errorf("a stranger asks how far it is: %d", a.Status)
	}
	if a := s.Get("stranger", "/parks/nowhere"); a.Status != 404 {
		t.Errorf("%d", a.Status)
	}
}

func TestAPlaceIsEnteredChangedAndReviewed(t *testing.T) {
	t.Parallel()
	s := stage(t)
	office := own{s, "operator"}
	s.Fine("operator", "/places/new?kind=park")
	if a := s.Post("operator", "/places/new", url.Values{"kind": {"park"}, "id": {"Bad Id"}, "title_zh": {"园"}}); a.Status != 422 || !a.Has("小写字母") {
		t.Errorf("a bad id: %d", a.Status)
	}
	office.post("/places/new", url.Values{"kind": {"park"}, "id": {"north"}, "title_zh": {"北园"}, "state": {"planned"}, "area": {"4100"}, "lat": {"35.3"}, "lon": {"113.9"}, "facilities": {"office"}, "services": {"clearance"}})
	s.Fine("operator", "/parks/north/edit")
	if a := s.Post("operator", "/parks/north/edit", url.Values{"revision": {"1"}, "title_zh": {"北园"}, "lat": {"x"}}); a.Status != 422 || !a.Has("坐标有误") {
		t.Errorf("bad coordinates: %d", a.Status)
	}
	office.post("/parks/north/edit", url.Values{"revision": {"1"}, "title_zh": {"北园区"}, "area": {"4200"}, "facilities": {"office"}})
	if a := s.Post("operator", "/parks/north/edit", url.Values{"revision": {"1"}, "title_zh": {"北"}}); a.Status != 409 {
		t.Errorf("a stale change: %d", a.Status)
	}
	office.post("/parks/north/state", url.Values{"revision": {"2"}, "state": {"open"}})
	office.post("/parks/north/review", url.Values{"revision": {"3"}, "review_note": {"测绘报告"}})
	if a := s.Fine("operator", "/parks/north"); !a.Has("北园区", "4,200", "已由主管部门核实", "测绘报告", "沿革") {
		t.Error("the page lacks something")
	}
	if a := s.Post("stranger", "/parks/north/edit", url.Values{"revision": {"4"}, "title_zh": {"夺"}}); a.Status != 403 {
		t.Errorf("a stranger changes it: %d", a.Status)
	}
}

func TestAnEnterpriseAnswersAndIsCounted(t *testing.T) {
	t.Parallel()
	s := stage(t)
	office := own{s, "operator"}
	office.post("/parks/airport/members", url.Values{"enterprise": {s.Merchant}, "since": {"2026-01-01"}, "room": {"A1"}})
	if a := s.Post("operator", "/parks/airport/members", url.Values{"enterprise": {"X"}, "since": {"2026-01-01"}}); a.Status != 422 {
		t.Errorf("a bad code: %d", a.Status)
	}
	manager := access.With(t.Context(), &access.Principal{ID: "m", Org: "o", Codes: []string{s.Merchant}, Roles: []access.Role{access.Manager}})
	mine, err := s.Zone.Park.MineOf(manager)
	if err != nil || len(mine) != 1 {
		t.Fatal(mine, err)
	}
	if _, err := s.Zone.Park.Answer(manager, park.Answer{Number: mine[0].Number, Was: mine[0].Revision, Yes: true, Share: true}); err != nil {
		t.Fatal(err)
	}
	if a := s.Fine("operator", "/parks/airport?year=2026"); !a.Has("在册", "入驻跨境电商企业数", "构成", "/parcels?") && !a.Has("/figures/enterprise/"+s.Merchant) {
		t.Error("the figures do not open")
	}
	office.post("/memberships/"+strconv.FormatInt(mine[0].Number, 10)+"/leave", url.Values{"revision": {"2"}, "until": {"2026-12-01"}, "place": {"airport"}})
	if a := s.Fine("operator", "/parks/airport"); !a.Has("入驻结束") || a.Has("enterprise=") {
		t.Error("the history does not read as words")
	}
	if a := s.Fine("operator", "/parks/airport"); !a.Has("已结束") {
		t.Error("the end does not show")
	}
}

func TestGoodsStandInTheCentreAndTheOnlineZone(t *testing.T) {
	t.Parallel()
	s := stage(t)
	office := own{s, "operator"}
	office.post("/places/new", url.Values{"kind": {"centre"}, "id": {"show"}, "title_zh": {"选品中心"}, "state": {"open"}})
	if a := s.Post("operator", "/parks/show/goods", url.Values{"title": {"葫芦吊"}, "hs": {"84"}, "maker": {"厂"}}); a.Status != 422 {
		t.Errorf("a bad code: %d", a.Status)
	}
	office.post("/parks/show/goods", url.Values{"title": {"手拉葫芦"}, "hs": {"8425"}, "maker": {"长垣起重厂"}, "price": {"199.50"}, "unit": {"台"}, "belt": {"lifting"}, "online": {"yes"}})
	for _, path := range []string{"/centres/show", "/belts/lifting"} {
		if a := s.Fine("stranger", path); !a.Has("手拉葫芦", "199.50", "长垣起重厂", "8425") {
			t.Errorf("%s does not show the goods", path)
		}
	}
}

func TestTheWorklistIsForOffices(t *testing.T) {
	t.Parallel()
	s := stage(t)
	s.Fine("operator", "/recognitions")
	if a := s.Get("stranger", "/recognitions"); a.Status != 403 {
		t.Errorf("a stranger reads the worklist: %d", a.Status)
	}
	if a := s.Post("operator", "/recognitions/PZ1/publish", nil); a.Status != 404 {
		t.Errorf("%d", a.Status)
	}
	if a := s.Post("operator", "/recognitions/7/act", url.Values{"act": {"warn"}, "reason": {"不符条件"}, "revision": {"1"}}); a.Status != 404 {
		t.Errorf("%d", a.Status)
	}
}

// From how far, over application, publication and objection, to the certificate,
// the assessment and the warning: every page of it in both languages.
func TestAParkIsRecognisedAndAssessed(t *testing.T) {
	t.Parallel()
	s := stage(t, func(c *zone.Config) { c.Packs = []string{"national", "huaian"} })
	office := access.With(t.Context(), access.System())
	operator := access.With(t.Context(), &access.Principal{ID: "po-1", Org: "po", Roles: []access.Role{access.Park}})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	p, err := s.Zone.Park.Get(office, "airport")
	must(err)
	p.Org = "po"
	p, err = s.Zone.Park.Put(office, park.Change{Place: *p, Was: p.Revision})
	must(err)
	_, err = s.Zone.Park.Review(office, p.ID, p.Revision, "不动产权证书")
	must(err)
	filed, err := s.Zone.Registry.List(office, "", 40)
	must(err)
	joined := 0
	for _, f := range filed {
		if f.CustomsCode == "" || joined == 10 {
			continue
		}
		m, err := s.Zone.Park.Add(operator, park.Offer{Place: p.ID, Enterprise: f.CustomsCode, Since: 20260101})
		must(err)
		firm := access.With(t.Context(), &access.Principal{ID: "m", Org: "o-" + f.CustomsCode, Codes: []string{f.CustomsCode}, Roles: []access.Role{access.Manager}})
		if joined < 9 { // the tenth comes later
			_, err = s.Zone.Park.Answer(firm, park.Answer{Number: m.Number, Was: m.Revision, Yes: true})
			must(err)
		}
		joined++
	}
	far := "/parks/airport/far?program=huaian-municipal-park&year=2026"
	if a := s.Fine("operator", far); !a.Has("现有 9，要求 ≥ 10，还差 1", "原文未载明认定条件", "构成") {
		t.Errorf("how far: %s", a.Body)
	}
	m, err := s.Zone.Matters.Begin(operator, "recognition", "", map[string]any{"place": "airport", "program": "huaian-municipal-park", "year": 2026.0, "grounds": "建设运营情况说明", "truthful": true})
	must(err)
	_, err = s.Zone.Matters.Submit(operator, m.Number, m.Revision, "")
	must(err)
	own{s, "operator"}.post("/recognitions/"+m.Number+"/publish", nil)
	if a := s.Fine("stranger", "/recognitions/publications"); !a.Has("空港园", "公示期", "提出异议") {
		t.Error("the publication does not show")
	}
	own{s, "stranger"}.post("/recognitions/"+m.Number+"/object", url.Values{"note": {"入驻企业不足"}})
	if a := s.Fine("operator", "/recognitions"); !a.Has("入驻企业不足", "异议不成立", m.Number) {
		t.Error("the objection does not show in the worklist")
	}
	own{s, "operator"}.post("/recognitions/"+m.Number+"/settle", url.Values{"line": {"1"}, "answer": {"经核实属实"}, "upheld": {"yes"}})
	s.Fine("operator", "/parks/airport")
	if a := s.Get("stranger", "/recognitions/publications"); !a.Has("经核实属实", "成立") {
		t.Error("who objected does not see the answer")
	}
}

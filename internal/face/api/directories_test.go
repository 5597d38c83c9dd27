package api_test

import (
	"fmt"
	"strings"
	"testing"

	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
)

// enterprise makes an organisation with an enterprise code and a key of it.
func enterprise(t *testing.T, z *zonetest.Zone, name, code string, permissions ...access.Permission) string {
	t.Helper()
	ctx := access.With(t.Context(), access.System())
	org, err := z.Accounts.AddOrg(ctx, access.Org{Kind: access.EnterpriseOrg, Name: name, Codes: []string{code}})
	if err != nil {
		t.Fatal(err)
	}
	_, secret, err := z.Accounts.AddKey(ctx, access.APIKey{Org: org, Name: name, Permissions: permissions})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// walk hands an application in and has the office decide; it returns the status of
// the last act.
func walk(t *testing.T, c *client, key, definition, form string, papers []string, acts ...string) (number string) {
	t.Helper()
	number = fmt.Sprint(c.answer(jsonCall("POST", "/v1/matters", fmt.Sprintf(`{"definition":%q,"form":%s}`, definition, form)).by(key), 200)["number"])
	at := "/v1/matters/" + number
	for _, p := range papers {
		c.answer(call{method: "POST", path: at + "/documents?document=" + p + "&name=a.pdf", header: map[string]string{"Content-Type": "application/octet-stream"}, body: "%PDF-1.7\n%%EOF\n"}.by(key), 200)
	}
	c.answer(jsonCall("POST", at+"/submission", `{}`).by(key), 200)
	for _, act := range acts {
		revision := c.answer(get(at).as("operator"), 200)["revision"]
		c.answer(jsonCall("POST", at+"/acts", fmt.Sprintf(act, revision)).as("operator"), 200)
	}
	return number
}

func TestABrandIsRegisteredByApplicationAndBelowTheGradeNotRecognised(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	c := newClient(t, z)
	own := enterprise(t, z, "甲公司", "4107960ABC", access.MatterApply, access.MatterRead, access.ListingEdit)
	const accept, approve = `{"act":"accept","revision":%v}`, `{"act":"approve","revision":%v,"note":"同意"}`
	walk(t, c, own, "brand-registration", `{"name":"牧野","category":"outdoor","goods":"帐篷、睡袋","truthful":true}`, []string{"trademark"}, accept, approve)
	list := c.answer(get("/v1/directories/brands/entries?value=category:outdoor").as(""), 200)
	entries, _ := list["entries"].([]any)
	if len(entries) != 1 {
		t.Fatalf("%v", list)
	}
	brand, _ := entries[0].(map[string]any)
	if brand["name"] != "牧野" || brand["owner"] != "4107960ABC" || brand["state"] != "published" {
		t.Errorf("%v", brand)
	}
	id := brand["id"]
	wrong := c.answer(jsonCall("POST", "/v1/matters", `{"definition":"trademark-filing","form":{"brand":"E999","mark_text":"MUYE","country":"502","classes":"22","number":"US1","registered_on":"2020-01-01","expires":"2030-01-01","truthful":true}}`).by(own), 200)
	at := fmt.Sprint("/v1/matters/", wrong["number"])
	c.answer(call{method: "POST", path: at + "/documents?document=certificate&name=a.pdf", header: map[string]string{"Content-Type": "application/octet-stream"}, body: "%PDF-1.7\n%%EOF\n"}.by(own), 200)
	if refused := c.answer(jsonCall("POST", at+"/submission", `{}`).by(own), 422); !strings.Contains(fmt.Sprint(refused), "matter_parent") {
		t.Errorf("a trademark of a brand that is not there: %v", refused)
	}
	walk(t, c, own, "trademark-filing", fmt.Sprintf(`{"brand":%q,"mark_text":"MUYE","country":"502","classes":"22","number":"US1","registered_on":"2020-01-01","expires":"2030-01-01","truthful":true}`, id), []string{"certificate"}, accept, approve)
	number := walk(t, c, own, "brand-recognition", fmt.Sprintf(`{"brand":%q,"grade":"municipal","grounds":"品牌建设情况说明","truthful":true}`, id), nil, accept)
	revision := c.answer(get("/v1/matters/"+number).as("operator"), 200)["revision"]
	if refused := c.answer(jsonCall("POST", "/v1/matters/"+number+"/acts", fmt.Sprintf(approve, revision)).as("operator"), 422); !strings.Contains(fmt.Sprint(refused), "matter_score") {
		t.Errorf("a brand below the grade is recognised: %v", refused)
	}
}

func TestAnAnswerCitesAnItemOfTheNegativeList(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	c := newClient(t, z)
	own := enterprise(t, z, "甲公司", "4107960ABC", access.MatterApply, access.MatterRead)
	load := call{method: "POST", path: "/v1/directories/service-trade-negative-list/import", header: map[string]string{"Content-Type": "text/csv"},
		body: "item,group,sector,measure,document,begins\n1,金融,甲领域,甲措施的内容,测试文件一,2024-04-21\n"}
	c.answer(load.by(own), 403)
	if got := c.answer(load.as("operator"), 200); fmt.Sprint(got["added"]) != "1" {
		t.Fatal(got)
	}
	entries, _ := c.answer(get("/v1/directories/service-trade-negative-list/entries?text=甲措施").as(""), 200)["entries"].([]any)
	entry, _ := entries[0].(map[string]any)
	cite := fmt.Sprint("measure:service-trade-negative-list/", entry["id"])
	number := fmt.Sprint(c.answer(jsonCall("POST", "/v1/matters", `{"definition":"policy-consultation","form":{"topic":"support","question":"外方能否提供甲领域的跨境服务？"}}`).by(own), 200)["number"])
	c.answer(jsonCall("POST", "/v1/matters/"+number+"/submission", `{}`).by(own), 200)
	act := func(cites string, status int) map[string]any {
		t.Helper()
		revision := c.answer(get("/v1/matters/"+number).as("operator"), 200)["revision"]
		return c.answer(jsonCall("POST", "/v1/matters/"+number+"/acts", fmt.Sprintf(`{"act":"approve","revision":%v,"note":"见所引条目","cites":[%q]}`, revision, cites)).as("operator"), status)
	}
	act("measure:service-trade-negative-list/E999", 422)
	act("measure:service-providers/E1", 422) // no rules stand there
	act(cite, 200)
	office := access.With(t.Context(), access.System())
	m, err := z.Matters.Get(office, number)
	if err != nil {
		t.Fatal(err)
	}
	letter, err := z.Matters.LetterOf(office, m)
	if err != nil || len(letter.Cites) != 1 || letter.Cites[0].ZH != "跨境服务贸易负面清单：甲领域（2024-04-21起）" {
		t.Errorf("%+v %v", letter, err)
	}
}

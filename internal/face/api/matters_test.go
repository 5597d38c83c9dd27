package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pilotzone/ident"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
)

// keyOf makes an organisation with a key of its own and returns the key.
func keyOf(t *testing.T, z *zonetest.Zone, kind access.OrgKind, name string, permissions ...access.Permission) string {
	t.Helper()
	ctx := access.With(t.Context(), access.System())
	org, err := z.Accounts.AddOrg(ctx, access.Org{Kind: kind, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	_, secret, err := z.Accounts.AddKey(ctx, access.APIKey{Org: org, Name: name, Permissions: permissions})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// by is the call by an API key.
func (v call) by(key string) call { return v.with("Authorization", "Bearer "+key) }

// answer is the JSON of an answer with the status wanted.
func (c *client) answer(v call, status int) map[string]any {
	c.t.Helper()
	w := c.do(v)
	if w.Code != status {
		c.t.Fatalf("%s %s: %d, want %d: %.600s", v.method, v.path, w.Code, status, w.Body)
	}
	out := map[string]any{}
	if w.Body.Len() > 0 && strings.Contains(w.Header().Get("Content-Type"), "json") {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			c.t.Fatal(err)
		}
	}
	return out
}

func TestAnEnterpriseFilesItselfOverTheInterface(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	c := newClient(t, z)
	own := keyOf(t, z, access.EnterpriseOrg, "甲公司", access.MatterApply, access.MatterRead)
	other := keyOf(t, z, access.EnterpriseOrg, "乙公司", access.MatterApply, access.MatterRead)
	uscc, err := ident.MakeUSCC("91410700MA40XKJ29")
	if err != nil {
		t.Fatal(err)
	}
	kinds := c.answer(get("/v1/matter-kinds").as(""), 200)
	if list, _ := kinds["matters"].([]any); len(list) < 3 {
		t.Fatalf("%v", kinds)
	}
	start := c.answer(jsonCall("POST", "/v1/matters", `{"definition":"subject-filing"}`).by(own).with("Idempotency-Key", "a"), 200)
	number := fmt.Sprint(start["number"])
	at := "/v1/matters/" + number
	refused := c.answer(jsonCall("POST", at+"/submission", `{}`).by(own), 422)
	if list, _ := refused["errors"].([]any); len(list) != 9 {
		t.Fatalf("all that is missing at once: %v", refused)
	}
	form := fmt.Sprintf(`{"form":{"name":"甲公司","uscc":"%s","customs_code":"4107960ABC","kinds":["merchant"],"contact_name":"张三丰","contact_phone":"13812345678","bank_name":"中国银行新乡分行","bank_account":"252345678901","truthful":true}}`, uscc)
	if saved := c.answer(jsonCall("PUT", at+"/form", form).by(own), 200); saved["problems"] != nil {
		t.Fatalf("%v", saved["problems"])
	}
	file := call{method: "POST", path: at + "/documents?document=licence&name=a.pdf", header: map[string]string{"Content-Type": "application/octet-stream"}, body: "%PDF-1.7\n%%EOF\n"}.by(own)
	lodged := c.answer(file, 200)
	file.body = "MZ\x00\x01"
	c.answer(file, 422)
	c.answer(jsonCall("POST", at+"/submission", `{}`).by(own), 200)
	if w := c.do(get(fmt.Sprintf("%s/documents/%v", at, lodged["id"])).by(own)); w.Code != 200 || w.Header().Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") || w.Header().Get("Cache-Control") != "private, no-store" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	for _, v := range []call{get(at), get(fmt.Sprintf("%s/documents/%v", at, lodged["id"])), jsonCall("POST", at+"/withdrawal", `{}`), jsonCall("POST", at+"/comments", `{"note":"x"}`), jsonCall("POST", at+"/bank-account", `{"amount":"0.01"}`)} {
		c.answer(v.by(other), 404)
	}
	if list, _ := c.answer(get("/v1/matters").by(other), 200)["matters"].([]any); len(list) != 0 {
		t.Errorf("another enterprise sees %v", list)
	}
	decide(t, z, c, own, at)
	if strings.Contains(c.said.String(), "张三丰") || strings.Contains(c.said.String(), "13812345678") {
		t.Error("an answer shows a person in clear")
	}
	if f, err := z.Registry.ByCode(t.Context(), uscc); err != nil || f.Name != "甲公司" {
		t.Errorf("%+v, %v", f, err)
	}
}

// decide walks the offices' part: review, payment, decision, letter.
func decide(t *testing.T, z *zonetest.Zone, c *client, own, at string) {
	t.Helper()
	bank := keyOf(t, z, access.BankOrg, "某银行", access.PayoutTake)
	act := func(who, body string, status int) map[string]any {
		t.Helper()
		revision := c.answer(get(at).as("operator"), 200)["revision"]
		return c.answer(jsonCall("POST", at+"/acts", fmt.Sprintf(body, revision)).as(who), status)
	}
	c.answer(jsonCall("POST", at+"/acts", `{"act":"accept","revision":1}`).as("operator"), 409)
	act("operator", `{"act":"accept","revision":%v}`, 200)
	act("officer", `{"act":"refuse","revision":%v}`, 422) // without a reason
	act("officer", `{"act":"approve","revision":%v}`, 422)
	c.answer(get("/v1/payouts").by(own), 403)
	payouts, _ := c.answer(get("/v1/payouts").by(bank), 200)["payouts"].([]any)
	if len(payouts) != 1 {
		t.Fatalf("%v", payouts)
	}
	order := payouts[0].(map[string]any)
	c.answer(jsonCall("POST", fmt.Sprintf("/v1/payouts/%v/paid", order["id"]), "").by(bank), 204)
	c.answer(jsonCall("POST", at+"/bank-account", `{"amount":"99.99"}`).by(own), 422)
	c.answer(jsonCall("POST", at+"/bank-account", fmt.Sprintf(`{"amount":"%v"}`, order["amount"])).by(own), 200)
	act("officer", `{"act":"approve","revision":%v}`, 200)
	whole := c.answer(get(at).by(own), 200)
	letter := c.answer(get(fmt.Sprintf("/v1/letters/%v", whole["letter"])).as(""), 200)
	if letter["to"] != "甲公司" || letter["result"] != "approved" {
		t.Errorf("%v", letter)
	}
	c.answer(get("/v1/letters/AAAABBBB").as(""), 404)
}

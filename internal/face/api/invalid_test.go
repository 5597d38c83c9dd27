package api_test

import (
	"encoding/json"
	"testing"

	"pilotzone/internal/face/api"
	"pilotzone/internal/face/zone/zonetest"
)

// TestWrongRequestsAreExplainedInBothTongues: what the library finds wrong with a
// request has a cause and a cure in Chinese and in English.
func TestWrongRequestsAreExplainedInBothTongues(t *testing.T) {
	t.Parallel()
	c := newClient(t, zonetest.Open(t, nil))
	for _, v := range []struct {
		call call
		path string
		zh   string
	}{
		{get("/v1/receipts?limit=0"), "query.limit", "数值须不小于 1"},
		{get("/v1/receipts?wait=31"), "query.wait", "数值须不大于 30"},
		{get("/v1/receipts?limit=many"), "query.limit", "须为整数"},
		{get("/v1/parcels?colour=red"), "query.colour", "没有这一参数"},
		{jsonCall("POST", "/v1/webhooks", `{"uri":"https://a.example.cn"}`), "body", "缺少必填项 url"},
		{jsonCall("POST", "/v1/webhooks", `{"url":1}`), "body.url", "须为文字"},
		{jsonCall("POST", "/v1/matters/PZ202600000001/acts", `{"act":"smile"}`), "body.act", "取值须为其中之一：claim, release, assign, accept, approve, refuse, return, consult, answer"},
	} {
		w := c.do(v.call)
		var p api.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || len(p.Errors) == 0 {
			t.Errorf("%s: %d %s: %v", v.call.path, w.Code, w.Body, err)
			continue
		}
		if e := p.Errors[0]; e.Path != v.path || e.MessageZH != v.zh || e.Message == "" || e.Fix == "" || e.FixZH == "" {
			t.Errorf("%s: %+v", v.call.path, e)
		}
	}
	var p api.Problem
	w := c.do(call{method: "POST", path: "/v1/deposits", header: map[string]string{"Content-Type": "application/json"}})
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.DetailZH != "缺少请求体" {
		t.Errorf("without a body: %d %s", w.Code, w.Body)
	}
}

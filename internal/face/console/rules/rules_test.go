package rules_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/face/console/pagetest"
	"pilotzone/internal/kernel/clock"
)

// zipped is a pack over the national one as a zip of its folder.
func zipped(t *testing.T, release string, sheets ...string) []byte {
	t.Helper()
	files := map[string]string{"pack.yaml": fmt.Sprintf(`format: 2
name: draw
title: {zh: 抽查比例, en: Share drawn}
version: "%s"
parents: [national]
description: {zh: 测试, en: a test}
sources:
  - {id: design, document: 平台设定, read: 测试}
`, release), "parameters.yaml": `parameters:
  - name: zone_name
    type: text
    meaning: {zh: 综试区名称, en: name of the zone}
    values:
      - {value: 蓝海, source: {ref: design}, mark: design}
`}
	for i := 0; i+1 < len(sheets); i += 2 {
		files[sheets[i]] = sheets[i+1]
	}
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for name, text := range files {
		f, err := w.Create("draw/" + name)
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// propose sends the form of a proposal.
func propose(t *testing.T, s *pagetest.Stage, as, note string, packs ...[]byte) *pagetest.Answer {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := w.WriteField("note", note); err != nil {
		t.Fatal(err)
	}
	for _, data := range packs {
		f, err := w.CreateFormFile("pack", "draw.zip")
		if err == nil {
			_, err = f.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return s.Send(as, "/packs/proposals", w.FormDataContentType(), body.Bytes())
}

// TestRulesInForceAreFound: by word, kind and day, with source and mark; a
// table's rows; every version of a rule.
func TestRulesInForceAreFound(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	for path, has := range map[string][]string{
		"/packs":                                   {"现行规则", "national@", "半年内将生效或失效"},
		"/packs?q=single_limit":                    {"5000.00 元", "财关税〔2018〕49号 第一条", "已查见原文", "自 2019-01-01 起"},
		"/packs?q=single_limit&on=2017-01-01":      {"2000.00 元"},
		"/packs?q=single_limit&history=yes":        {"2000.00 元", "5000.00 元", "当日无效"},
		"/packs?q=no-such-rule":                    {"没有符合条件的规则"},
		"/packs?kind=table&q=tariff":               {"/packs/tables/tariff"},
		"/packs?on=nonsense":                       {"日期有误"},
		"/packs/rules/parameter/single_limit":      {"2000.00 元", "5000.00 元"},
		"/packs/tables/code_currency?q=142":        {"人民币"},
		"/packs/tables/tariff?q=3304990029":        {"3304990029"},
		"/packs/tables/tariff":                     {"只显示前 100 行"},
		"/packs/tables/code_currency?q=no-such-it": {"没有符合的行"},
		"/packs/history":                           {"规则自启用以来没有变更"},
	} {
		if a := s.Fine("merchant", path); !a.Has(has...) {
			t.Errorf("%s lacks one of %q", path, has)
		}
	}
	for _, path := range []string{"/packs/rules/parameter/none", "/packs/rules/none/none", "/packs/tables/none"} {
		if a := s.Get("merchant", path); a.Status != 404 {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
	if a := s.Get("merchant", "/packs/proposals"); a.Status != 403 {
		t.Errorf("a clerk sees proposals: %d", a.Status)
	}
}

// TestAChangeOfRules: faults with file and line; a proposal with its differences
// and shadow run; scheduled, switched on, rolled back.
func TestAChangeOfRules(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	s.Fine("operator", "/packs/proposals")
	bad := zipped(t, "2026.1", "entries/aa.yaml", "items:\n  - id: one\n    title: {zh: 一, en: one}\n    mark: design\n")
	if a := propose(t, s, "operator", "有误", bad); a.Status != 422 || !a.Has("规则包有误", "entries/aa.yaml:2", "source") {
		t.Errorf("faults: %d %s", a.Status, a.Body)
	}
	if a := propose(t, s, "operator", "不是包", []byte("hello")); a.Status != 422 || !a.Has("不是规则包") {
		t.Errorf("no pack: %d", a.Status)
	}
	if a := propose(t, s, "operator", ""); a.Status != 422 {
		t.Errorf("nothing chosen: %d", a.Status)
	}
	if a := propose(t, s, "operator", "", zipped(t, "2026.1")); a.Status != 422 || !a.Has("须写明原因") {
		t.Errorf("without a reason: %d", a.Status)
	}
	a := propose(t, s, "operator", "改名", zipped(t, "2026.1"))
	at := a.Header.Get("Location")
	if a.Status != 303 || at != "/packs/proposals/1" {
		t.Fatalf("%d %q %s", a.Status, at, a.Body)
	}
	if a := s.Fine("operator", at); !a.Has("待启用", "zone_name", "蓝海", "新增", "还没有试运行结果", "排期启用") {
		t.Error("the proposal lacks something")
	}
	if a := s.Post("operator", at+"/shadow", url.Values{}); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	for end := time.Now().Add(20 * time.Second); !s.Fine("operator", at).Has("历史包裹", "放行包裹税款"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("no shadow run came back")
		}
	}
	due := s.Zone.Clock.Now().Add(time.Hour).In(clock.Beijing).Format("2006-01-02T15:04")
	if a := s.Post("operator", at+"/schedule", url.Values{"due": {"soon"}}); a.Status != 422 {
		t.Errorf("a time that is none: %d", a.Status)
	}
	if a := s.Post("operator", at+"/schedule", url.Values{"due": {due}}); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := s.Fine("operator", at); !a.Has("已排期", strings.Replace(due, "T", " ", 1)) {
		t.Error("the schedule does not show")
	}
	if a := s.Post("operator", at+"/switch", url.Values{}); a.Status != 422 {
		t.Errorf("without the box: %d", a.Status)
	}
	if a := s.Post("operator", at+"/switch", url.Values{"confirm": {"yes"}}); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := s.Fine("merchant", "/packs?q=zone_name"); !a.Has("蓝海", "draw@2026.1") {
		t.Error("the new rule is not in force")
	}
	if a := s.Fine("operator", at); !a.Has("已启用") || a.Has("排期启用") {
		t.Error("the proposal does not say that it was switched on")
	}
	if a := s.Post("operator", "/packs/rollback", url.Values{"note": {"演练结束"}}); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := s.Fine("operator", "/packs/history"); !a.Has("回退", "演练结束", "/packs/proposals/1") {
		t.Error("the history lacks something")
	}
	if a := s.Fine("merchant", "/packs/history"); a.Has("/packs/proposals/1") {
		t.Error("a clerk is led to a proposal")
	}
	if a := s.Post("operator", "/packs/shipped", url.Values{"packs": {"national"}, "note": {"更新"}}); a.Status != 422 || !a.Has("与现行规则相同") {
		t.Errorf("what is in force: %d", a.Status)
	}
	if a := s.Post("operator", "/packs/shipped", url.Values{"packs": {"atlantis"}, "note": {"更新"}}); a.Status != 422 {
		t.Errorf("an unknown pack: %d", a.Status)
	}
	a = propose(t, s, "operator", "再来", zipped(t, "2026.2"))
	if a.Status != 303 {
		t.Fatalf("%d", a.Status)
	}
	if a := s.Post("operator", a.Header.Get("Location")+"/cancel", url.Values{}); a.Status != 303 {
		t.Errorf("%d", a.Status)
	}
	if a := s.Fine("operator", "/packs/proposals"); !a.Has("已取消", "已启用", "回退到上一组规则") {
		t.Error("the list lacks something")
	}
	for _, path := range []string{"/packs/proposals/99", "/packs/proposals/x"} {
		if a := s.Get("operator", path); a.Status != 404 {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
	if a := s.Post("merchant", at+"/switch", url.Values{"confirm": {"yes"}}); a.Status != 403 {
		t.Errorf("a clerk switches rules: %d", a.Status)
	}
}

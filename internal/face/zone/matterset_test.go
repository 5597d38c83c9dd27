package zone_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"pilotzone/internal/customs/rulebook"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/pack"
	"pilotzone/packs"
)

const counterPack = `format: 2
name: counter
title: {zh: 窗口, en: Counter}
version: "2026.1"
parents: [national]
description: {zh: 示例, en: an example}
sources:
  - {id: design, document: 平台设定, read: 示例}
`

// TestASwitchOfPacksBringsItsMatters: without a restart what a pack adds or
// replaces is offered, what is under way goes on by its version, and a set with
// a faulty definition is refused before it is switched on.
func TestASwitchOfPacksBringsItsMatters(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	admin := access.With(t.Context(), &access.Principal{ID: "a", Name: "管理员", Roles: []access.Role{access.Admin}})
	clerk := access.With(t.Context(), &access.Principal{ID: "u1", Org: "o1", Roles: []access.Role{access.Clerk}})
	shipped, err := fs.ReadFile(packs.Matters(), "policy-consultation.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := z.Matters.Begin(clerk, "policy-consultation", "", map[string]any{"topic": "tax", "question": "税率如何确定，请说明"})
	if err != nil {
		t.Fatal(err)
	}
	with := func(files map[string]string) *pack.Pack {
		t.Helper()
		folder := fstest.MapFS{"counter/pack.yaml": {Data: []byte(counterPack)}}
		for name, text := range files {
			folder["counter/matters/"+name] = &fstest.MapFile{Data: []byte(text)}
		}
		p, err := pack.LoadFS(folder, "counter")
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	text := string(shipped)
	for name, bad := range map[string]string{"a fault": strings.Replace(text, "days: 5", "days: 0", 1), "an unknown effect": strings.Replace(text, "results:\n  approve:\n", "results:\n  approve:\n    effect: nowhere\n", 1)} {
		if bad == text {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := z.Rulebook.Propose(admin, rulebook.Draft{Packs: []*pack.Pack{with(map[string]string{"policy-consultation.yaml": bad})}, Note: "有误"}); err == nil {
			t.Errorf("a set with %s is taken", name)
		}
	}
	changed := strings.NewReplacer(`version: "2026.2"`, `version: "2027.1"`, "days: 5", "days: 2").Replace(text)
	added := strings.Replace(text, "id: policy-consultation", "id: counter-question", 1)
	p, err := z.Rulebook.Propose(admin, rulebook.Draft{Packs: []*pack.Pack{with(map[string]string{"policy-consultation.yaml": changed, "counter-question.yaml": added})}, Note: "窗口"})
	if err == nil {
		_, err = z.Rulebook.Switch(admin, p.Number)
	}
	if err == nil {
		err = z.Rulebook.Settled(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if d := z.Matters.Define("policy-consultation"); d == nil || d.Version != "2027.1" || z.Matters.Define("counter-question") == nil || z.Matters.Define("subject-filing") == nil {
		t.Fatalf("%+v", d)
	}
	if d := z.Matters.DefinitionOf(m); d.Version != "2026.2" || d.Steps[0].Days != 5 {
		t.Errorf("what is under way keeps its version: %s", d.Version)
	}
	if m, err = z.Matters.Submit(clerk, m.Number, 0, ""); err != nil || m.State != matter.Open || m.Version != "2026.2" {
		t.Errorf("%+v, %v", m, err)
	}
}

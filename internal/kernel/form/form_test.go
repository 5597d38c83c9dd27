package form_test

import (
	"maps"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"pilotzone/internal/kernel/form"
)

const card = `
schema:
  type: object
  additionalProperties: false
  required: [name]
  properties:
    name: {type: string, minLength: 2, maxLength: 10}
    phone: {type: string, format: phone, x-personal: true}
    tags: {type: array, uniqueItems: true, items: {type: string, enum: [a, b]}}
    count: {type: integer, minimum: 1}
sections:
  - id: all
    title: {zh: 全部, en: All}
    fields:
      - {name: name, label: {zh: 名称, en: Name}}
      - {name: phone, label: {zh: 电话, en: Telephone}}
      - {name: tags, label: {zh: 标签, en: Tags}, options: {a: {zh: 甲, en: First}, b: {zh: 乙, en: Second}}}
      - {name: count, label: {zh: 数量, en: Count}}
`

func read(t *testing.T, text string) (*form.Form, []error) {
	t.Helper()
	f := &form.Form{}
	if err := yaml.Unmarshal([]byte(text), f); err != nil {
		t.Fatal(err)
	}
	return f, f.Compile()
}

func TestAFormIsCheckedKeptAndMasked(t *testing.T) {
	t.Parallel()
	f, faults := read(t, card)
	if faults != nil {
		t.Fatal(faults)
	}
	values := f.FromValues(map[string][]string{"name": {"甲公司"}, "phone": {"13812345678"}, "tags": {"b", "a"}, "count": {"2"}, "other": {"x"}})
	if ps := f.Check(values); ps != nil {
		t.Fatal(ps)
	}
	if got := f.Mask(values)["phone"]; got != "138****5678" {
		t.Errorf("%v", got)
	}
	if !f.Personal(values) || f.Personal(map[string]any{"name": "甲"}) {
		t.Error("the telephone is what is personal")
	}
	kept := f.Keep(map[string]any{"name": strings.Repeat("长", 10000), "tags": []string{"a"}, "count": 3, "else": true})
	if !maps.EqualFunc(kept, map[string]any{"tags": []any{"a"}, "count": 3.0}, func(a, b any) bool { return f.Field("tags").Text(a) == f.Field("tags").Text(b) }) {
		t.Errorf("%v", kept)
	}
	if w := f.Field("tags").Text([]any{"b", "a"}); w != form.W("乙、甲", "Second, First") {
		t.Errorf("%v", w)
	}
	ps := f.Check(map[string]any{"phone": "call me", "count": 0.0, "tags": []any{"c"}})
	var got []string
	for _, p := range ps {
		got = append(got, p.Code+":"+p.Field)
	}
	if strings.Join(got, " ") != "required:name format:phone choice:tags low:count" {
		t.Errorf("in the order of the form: %v", got)
	}
}

func TestFormsThatCannotBeShownAreRefused(t *testing.T) {
	t.Parallel()
	for why, change := range map[string][2]string{
		"a field in no section":    {"      - {name: count, label: {zh: 数量, en: Count}}\n", ""},
		"a field twice":            {"{name: count, label: {zh: 数量", "{name: name, label: {zh: 数量"},
		"a word in one language":   {"label: {zh: 电话, en: Telephone}", "label: {zh: 电话}"},
		"a text without a bound":   {"minLength: 2, maxLength: 10", "minLength: 2"},
		"more than was asked for":  {"additionalProperties: false", "additionalProperties: true"},
		"a reference to elsewhere": {"{type: integer, minimum: 1}", `{type: integer, "$ref": "https://example.com/x"}`},
	} {
		text := strings.Replace(card, change[0], change[1], 1)
		if text == card {
			t.Fatalf("%s: nothing was changed", why)
		}
		if _, faults := read(t, text); len(faults) == 0 {
			t.Errorf("%s is taken", why)
		}
	}
}

func TestPapersAreAskedForAsTheFormSays(t *testing.T) {
	t.Parallel()
	var docs []form.Document
	if err := yaml.Unmarshal([]byte(`
- {id: licence, title: {zh: 执照, en: Licence}, required: true, accept: [pdf]}
- {id: proof, title: {zh: 证明, en: Proof}, required: true, when: {properties: {kind: {const: b}}, required: [kind]}}
- {id: other, title: {zh: 其他, en: Other}}
`), &docs); err != nil {
		t.Fatal(err)
	}
	if faults := form.CompileDocuments(docs); faults != nil {
		t.Fatal(faults)
	}
	for kind, want := range map[string]string{"a": "document:licence", "b": "document:licence document:proof"} {
		var got []string
		for _, p := range form.Missing(docs, map[string]any{"kind": kind}, func(string) bool { return false }) {
			got = append(got, p.Field)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v", kind, got)
		}
	}
	if form.Find(docs, "proof") == nil || form.Find(docs, "none") != nil {
		t.Error("papers by id")
	}
}

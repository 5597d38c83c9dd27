package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"pilotzone/internal/kernel/blob"
)

var (
	idForm   = regexp.MustCompile(`^[a-z][a-z0-9-]{1,40}$`)
	nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{1,40}$`)
)

// checker gathers faults.
type checker struct{ faults []error }

func (k *checker) bad(format string, args ...any) {
	k.faults = append(k.faults, fmt.Errorf(format, args...))
}

func (k *checker) words(what string, w Words) {
	if strings.TrimSpace(w.ZH) == "" || strings.TrimSpace(w.EN) == "" {
		k.bad("%s: zh and en are both needed (须有中英文)", what)
	}
}

func (k *checker) id(what, id string) {
	if !idForm.MatchString(id) {
		k.bad("%s: %q: an id has small letters, digits and hyphens (编号格式)", what, id)
	}
}

// Compile checks schema and sections against each other: each property is shown
// once, and all that is shown is in the schema. It returns all faults.
func (f *Form) Compile() []error {
	k := &checker{}
	schema, err := compile(f.Schema)
	if err != nil {
		return []error{fmt.Errorf("form.schema: %w", err)}
	}
	f.schema, f.fields = schema, make(map[string]*Field)
	for i := range f.Sections {
		s := &f.Sections[i]
		k.id("section", s.ID)
		k.words("section "+s.ID, s.Title)
		for n := range s.Fields {
			k.field(f, &s.Fields[n])
		}
	}
	for name := range properties(f.Schema) {
		if f.fields[name] == nil {
			k.bad("field %s is in no section (字段未显示)", name)
		}
	}
	if f.Schema["additionalProperties"] != false {
		k.bad("form.schema: additionalProperties: false is needed")
	}
	return k.faults
}

func (k *checker) field(f *Form, field *Field) {
	if f.fields[field.Name] != nil {
		k.bad("field %s is shown twice (字段重复)", field.Name)
	}
	f.fields[field.Name] = field
	k.words("field "+field.Name, field.Label)
	if err := field.read(f.Schema); err != nil {
		k.bad("field %s: %w", field.Name, err)
	}
	for _, v := range field.Enum {
		k.words("field "+field.Name+" option "+v, field.Options[v])
	}
}

// CompileDocuments checks the papers that are asked for and returns all faults.
func CompileDocuments(docs []Document) []error {
	k := &checker{}
	seen := map[string]bool{}
	for i := range docs {
		doc := &docs[i]
		k.id("document", doc.ID)
		k.words("document "+doc.ID, doc.Title)
		if seen[doc.ID] {
			k.bad("document %s twice (材料重复)", doc.ID)
		}
		seen[doc.ID] = true
		for _, t := range doc.Accept {
			if !slices.Contains(blob.Types(), t) {
				k.bad("document %s: unknown type %q (文件类型)", doc.ID, t)
			}
		}
		if doc.When != nil {
			var err error
			if doc.when, err = compile(doc.When); err != nil {
				k.bad("document %s: when: %w", doc.ID, err)
			}
		}
	}
	return k.faults
}

// compile makes a schema of what YAML gave.
func compile(raw map[string]any) (*jsonschema.Schema, error) {
	data, err := json.Marshal(raw)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	for _, f := range formats {
		c.RegisterFormat(f)
	}
	c.UseLoader(noLoader{})
	if err := c.AddResource("form:///form", doc); err != nil {
		return nil, err
	}
	return c.Compile("form:///form")
}

// noLoader fetches nothing: a schema stands by itself.
type noLoader struct{}

// Load refuses.
func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("a form refers to nothing outside of itself: %s", url)
}

func properties(schema map[string]any) map[string]any {
	p, _ := schema["properties"].(map[string]any)
	return p
}

// read fills in what the schema says of a field, and refuses what a form cannot
// show.
func (f *Field) read(schema map[string]any) error {
	p, ok := properties(schema)[f.Name].(map[string]any)
	if !ok || !nameForm.MatchString(f.Name) {
		return errors.New("it is not in the schema, or its name has other than small letters, digits and _ (不在模式中)")
	}
	f.Personal = p["x-personal"] == true
	f.Format, _ = p["format"].(string)
	f.MaxLen, _ = p["maxLength"].(int)
	required, _ := schema["required"].([]any)
	f.Required = slices.Contains(required, any(f.Name))
	if f.Format != "" && !knownFormat(f.Format) {
		return fmt.Errorf("unknown format %q (未知格式)", f.Format)
	}
	switch p["type"] {
	case "string":
		f.Kind = TextField
		if f.Enum = enumOf(p); f.Enum != nil {
			f.Kind = ChoiceField
		} else if f.MaxLen == 0 && f.Format == "" {
			return errors.New("a text needs maxLength (须有 maxLength)")
		}
	case "integer":
		f.Kind = NumberField
	case "boolean":
		// A box that is not ticked is not there, so only one that must be ticked can be needed.
		if f.Kind = YesNoField; f.Required && p["const"] != true {
			return errors.New("a yes or no can't be needed unless it must be yes: leave it out of required, or add const: true (勾选项不能必填，除非必须勾选)")
		}
	case "array":
		items, _ := p["items"].(map[string]any)
		f.Kind, f.Enum = SetField, enumOf(items)
		if f.Enum == nil || p["uniqueItems"] != true {
			return errors.New("an array is a set of an enum's values: items.enum and uniqueItems (集合须有 enum)")
		}
	default:
		return errors.New("type must be string, integer, boolean or array (类型)")
	}
	return nil
}

func enumOf(p map[string]any) []string {
	list, _ := p["enum"].([]any)
	var out []string
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

package pack

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"go.yaml.in/yaml/v3"

	"pilotzone/internal/kernel/money"
)

// schemas are the JSON Schemas of the items, one a kind, and item.json, the head
// that they refer to.
//
//go:embed schema/*.json
var schemas embed.FS

// schemaBase is where the embedded schemas stand for each other's references.
const schemaBase = "pack:///schema/"

// SchemaOf is the JSON Schema (2020-12) of an item of a kind as it stands in the
// program; "item" is the head that all kinds share. The error is
// fs.ErrNotExist for another name.
func SchemaOf(kind string) ([]byte, error) {
	if !itemID.MatchString(kind) {
		return nil, fmt.Errorf("schema of %q: %w", kind, fs.ErrNotExist)
	}
	return schemas.ReadFile("schema/" + kind + ".json")
}

// embedded loads schemas from the program alone.
type embedded struct{}

func (embedded) Load(url string) (any, error) {
	data, err := schemas.ReadFile("schema/" + strings.TrimPrefix(url, schemaBase))
	if err != nil {
		return nil, fmt.Errorf("%s: a schema refers to its own folder only: %w", url, err)
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(data))
}

// compiledSchemas are the schemas by kind.
var compiledSchemas = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.UseLoader(embedded{})
	c.AssertFormat()
	for _, f := range formats {
		c.RegisterFormat(f)
	}
	out := make(map[string]*jsonschema.Schema, len(kinds))
	for _, k := range kinds {
		s, err := c.Compile(schemaBase + k + ".json")
		if err != nil {
			return nil, fmt.Errorf("schema/%s.json: %w", k, err)
		}
		out[k] = s
	}
	return out, nil
})

// formats are the forms of text that schemas may name beside those of the
// standard.
var formats = []*jsonschema.Format{
	textForm("day", func(s string) error { _, err := parseDay(s); return err }),
	textForm("money", func(s string) error { _, err := money.ParseFen(s); return err }),
	textForm("rate", func(s string) error { _, err := money.ParseRate(s); return err }),
}

func textForm(name string, check func(string) error) *jsonschema.Format {
	return &jsonschema.Format{Name: name, Validate: func(v any) error {
		if s, ok := v.(string); ok {
			return check(s)
		}
		return nil
	}}
}

// schemaFaults judges an item by the schema of its kind. The head was judged
// before; where it has a fault, the schema's word on it is left out.
func schemaFaults(kindName string, m mapping, headFine bool) {
	f, n := m.faults, m.node
	value := fields(f, m)
	all, err := compiledSchemas()
	if err != nil {
		f.addf(n.Line, 0, Text{"程序自带的模式有误：%[1]v", "the program's own schema is wrong: %[1]v"}, Text{"报告此问题", "report this"}, err)
		return
	}
	var bad *jsonschema.ValidationError
	if err := all[kindName].Validate(value); !errors.As(err, &bad) {
		return
	}
	said := map[string]bool{}
	for _, leaf := range leaves(bad) {
		place := within(n, leaf.InstanceLocation)
		what, mend, ok := schemaWords(leaf)
		head := len(leaf.InstanceLocation) > 0 && slices.Contains(headKeys, leaf.InstanceLocation[0])
		if r, is := leaf.ErrorKind.(*kind.Required); is && len(leaf.InstanceLocation) == 0 && !headFine {
			head = slices.ContainsFunc(r.Missing, func(k string) bool { return slices.Contains(headKeys, k) })
		}
		if _, unknown := leaf.ErrorKind.(*kind.FalseSchema); !ok || head && (unknown || !headFine) {
			continue
		}
		key := fmt.Sprint(place.Line, place.Column, what.EN)
		if !said[key] {
			said[key] = true
			f.add(place.Line, place.Column, what, mend)
		}
	}
}

// leaves are the errors without causes. Of alternatives (oneOf, anyOf) only the
// one that is least wrong speaks.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var out []*jsonschema.ValidationError
	alternatives := false
	switch e.ErrorKind.(type) {
	case *kind.OneOf, *kind.AnyOf:
		alternatives = true
	}
	for _, c := range e.Causes {
		below := leaves(c)
		if alternatives && out != nil && len(below) >= len(out) {
			continue
		}
		if alternatives {
			out = below
			continue
		}
		out = append(out, below...)
	}
	return out
}

// number matches what JSON takes for a number.
var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// fields are the plain values of a mapping that was opened.
func fields(f faults, m mapping) map[string]any {
	out := make(map[string]any, len(m.fields))
	for key, value := range m.fields {
		out[key] = plain(f, value)
	}
	return out
}

// plain turns a node into plain values for a schema: numbers stay as they are
// written, days are texts. Aliases, repeated and empty keys are faults, as
// everywhere in a pack.
func plain(f faults, n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m, _ := f.mapping(n, keysOf(n)...)
		return fields(f, m)
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, element := range n.Content {
			if element.Kind == yaml.AliasNode {
				f.add(element.Line, element.Column, Text{"不允许使用 YAML 别名", "YAML aliases are not allowed"}, Text{"把内容写全", "write the content out"})
			}
			out[i] = plain(f, element)
		}
		return out
	case yaml.ScalarNode:
		switch tag := n.ShortTag(); {
		case tag == "!!bool":
			return n.Value == "true"
		case tag == "!!null":
			return nil
		case (tag == "!!int" || tag == "!!float") && number.MatchString(n.Value):
			return json.Number(n.Value)
		}
		return n.Value
	}
	return nil
}

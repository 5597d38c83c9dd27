package api

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/kernel/access"
)

// Reference is the OpenAPI document as people read it.
type Reference struct {
	Groups  []ReferenceGroup
	Schemas map[string][]ReferenceField
}

// ReferenceGroup is the operations about one thing.
type ReferenceGroup struct {
	Name       string
	Operations []ReferenceOperation
}

// ReferenceOperation is one operation.
type ReferenceOperation struct {
	Method, Path, ID string
	ZH, EN           string // summary
	Description      string
	Need             access.Permission
	Bodies           []ReferenceField // by content type
	Parameters       []ReferenceField
	Responses        []ReferenceField // by status
	Example          string           // body, as it is sent
	Curl             string
	Status           int    // of the answer to the example
	Answer           string // to the example, indented JSON; "" for none
}

// ReferenceField is a parameter, a body, a response or a property.
type ReferenceField struct {
	Name, In, Type, Ref, Text string
	Required                  bool
}

// Reference describes all operations; base is the address that examples show.
func (s *Server) Reference(base string) Reference {
	doc := s.api.OpenAPI()
	groups := map[string]*ReferenceGroup{}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		item := doc.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			name := strings.Join(op.Tags, " ")
			if groups[name] == nil {
				groups[name] = &ReferenceGroup{Name: name}
			}
			groups[name].Operations = append(groups[name].Operations, s.describe(op, base))
		}
	}
	out := Reference{Schemas: map[string][]ReferenceField{}}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		out.Groups = append(out.Groups, *groups[name])
	}
	for name, schema := range doc.Components.Schemas.Map() {
		out.Schemas[name] = fields(schema)
	}
	return out
}

func (s *Server) describe(op *huma.Operation, base string) ReferenceOperation {
	v := ReferenceOperation{Method: op.Method, Path: op.Path, ID: op.OperationID, Description: op.Description, Need: s.needs[op.Method+" "+op.Path]}
	v.EN, v.ZH, _ = strings.Cut(op.Summary, " / ")
	for _, p := range op.Parameters {
		kind, _ := typeName(p.Schema)
		v.Parameters = append(v.Parameters, ReferenceField{Name: p.Name, In: p.In, Type: kind, Text: p.Description, Required: p.Required})
	}
	if op.RequestBody != nil {
		for _, kind := range slices.Sorted(maps.Keys(op.RequestBody.Content)) {
			_, ref := typeName(op.RequestBody.Content[kind].Schema)
			v.Bodies = append(v.Bodies, ReferenceField{Name: kind, Ref: ref})
		}
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		v.Responses = append(v.Responses, response(status, op.Responses[status]))
	}
	if e, ok := shownExamples()[op.OperationID]; ok {
		v.Curl, v.Status = e.Curl(op.Method, op.Path, base), e.Status
		if e.Type != octets {
			v.Example = Fill(e.Body, Shown)
		}
		v.Answer = indented(Answers()[op.OperationID])
	}
	return v
}

func indented(answer json.RawMessage) string {
	var b bytes.Buffer
	if answer == nil || json.Indent(&b, answer, "", "  ") != nil {
		return ""
	}
	return b.String()
}

func response(status string, r *huma.Response) ReferenceField {
	f := ReferenceField{Name: status, Text: r.Description}
	if n, err := strconv.Atoi(status); err == nil && f.Text == "" {
		f.Text = http.StatusText(n)
	}
	for _, kind := range slices.Sorted(maps.Keys(r.Content)) {
		_, ref := typeName(r.Content[kind].Schema)
		f.Type = strings.TrimSpace(f.Type + " " + kind)
		if ref != "" {
			f.Ref = ref
		}
	}
	return f
}

func fields(s *huma.Schema) []ReferenceField {
	var out []ReferenceField
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		kind, ref := typeName(p)
		text := p.Description
		if len(p.Enum) > 0 {
			var words []string
			for _, e := range p.Enum {
				if word, err := json.Marshal(e); err == nil {
					words = append(words, strings.Trim(string(word), `"`))
				}
			}
			text = strings.TrimSpace(text + " [" + strings.Join(words, ", ") + "]")
		}
		out = append(out, ReferenceField{Name: name, Type: kind, Ref: ref, Text: text, Required: slices.Contains(s.Required, name)})
	}
	return out
}

// typeName names a schema's type, and the schema that it refers to.
func typeName(s *huma.Schema) (kind, ref string) {
	switch {
	case s == nil:
		return "", ""
	case s.Ref != "":
		name := s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
		return name, name
	case s.Type == "array":
		kind, ref = typeName(s.Items)
		return kind + "[]", ref
	case s.Format != "":
		return s.Type + " (" + s.Format + ")", ""
	}
	return s.Type, ""
}

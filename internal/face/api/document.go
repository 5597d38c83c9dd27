package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/face/gate"
	"pilotzone/internal/kernel/access"
)

//go:embed document.html
var documentPage string

var documentTemplate = template.Must(template.New("document").Parse(documentPage))

// addDocument serves the OpenAPI document and a page that shows it. Both are
// made once, from the operations registered before.
func (s *Server) addDocument() {
	doc := s.api.OpenAPI()
	putExamples(doc)
	asJSON, err := json.Marshal(doc)
	if err == nil {
		var buf bytes.Buffer
		if err = json.Indent(&buf, asJSON, "", "  "); err == nil {
			asJSON = buf.Bytes()
		}
	}
	if err != nil {
		panic(err) // the document is made of our own types
	}
	asYAML, err := doc.YAML()
	if err != nil {
		panic(err) // as above
	}
	var page bytes.Buffer
	if err := documentTemplate.Execute(&page, describe(doc)); err != nil {
		panic(err) // template and data are ours
	}
	for path, v := range map[string]struct {
		kind string
		body []byte
	}{"/openapi.json": {"application/openapi+json", asJSON}, "/openapi.yaml": {"application/openapi+yaml", asYAML}, "/docs": {"text/html; charset=utf-8", page.Bytes()}} {
		s.gate.Handle("GET "+path, access.Public, gate.API, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", v.kind)
			if path == "/docs" {
				w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
			}
			_, _ = w.Write(v.body) // the client has gone
		}))
	}
}

// pageData is what the page shows.
type pageData struct {
	Title, Version, Description string
	Groups                      []pageGroup
	Schemas                     []pageSchema
}

type pageGroup struct {
	Name       string
	Operations []pageOperation
}

type pageOperation struct {
	Method, Path, ID, Summary, Description, Body string
	Token                                        bool
	Parameters                                   []pageField
	Responses                                    []pageField
}

type pageSchema struct {
	Name   string
	Fields []pageField
}

// pageField is a parameter, a response or a property.
type pageField struct {
	Name, In, Type, Ref, Text string
	Required                  bool
}

func describe(doc *huma.OpenAPI) pageData {
	data := pageData{Title: doc.Info.Title, Version: doc.Info.Version, Description: doc.Info.Description}
	groups := map[string]*pageGroup{}
	var order []string
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		item := doc.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put} {
			if op == nil {
				continue
			}
			name := strings.Join(op.Tags, " ")
			if groups[name] == nil {
				groups[name] = &pageGroup{Name: name}
				order = append(order, name)
			}
			groups[name].Operations = append(groups[name].Operations, describeOperation(op))
		}
	}
	sort.Strings(order)
	for _, name := range order {
		data.Groups = append(data.Groups, *groups[name])
	}
	all := doc.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		data.Schemas = append(data.Schemas, describeSchema(name, all[name]))
	}
	return data
}

func describeOperation(op *huma.Operation) pageOperation {
	v := pageOperation{Method: op.Method, Path: op.Path, ID: op.OperationID, Summary: op.Summary, Description: op.Description, Token: len(op.Security) > 0}
	for _, p := range op.Parameters {
		kind, _ := typeName(p.Schema)
		v.Parameters = append(v.Parameters, pageField{Name: p.Name, In: p.In, Type: kind, Text: p.Description, Required: p.Required})
	}
	if op.RequestBody != nil {
		for _, kind := range slices.Sorted(maps.Keys(op.RequestBody.Content)) {
			_, ref := typeName(op.RequestBody.Content[kind].Schema)
			v.Body = strings.TrimSpace(v.Body + " " + kind + " " + ref)
		}
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		r := op.Responses[status]
		f := pageField{Name: status, Text: r.Description}
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
		v.Responses = append(v.Responses, f)
	}
	return v
}

func describeSchema(name string, s *huma.Schema) pageSchema {
	v := pageSchema{Name: name}
	for _, field := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[field]
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
		v.Fields = append(v.Fields, pageField{Name: field, Type: kind, Ref: ref, Text: text, Required: slices.Contains(s.Required, field)})
	}
	return v
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

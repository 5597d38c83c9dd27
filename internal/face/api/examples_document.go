package api

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed examples/answers.json
var exampleAnswers []byte

// operations of the document by their ids.
func operations(doc *huma.OpenAPI) map[string]*huma.Operation {
	out := map[string]*huma.Operation{}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				out[op.OperationID] = op
			}
		}
	}
	return out
}

// shownExamples are the examples that stand in the document: of each operation
// the first that succeeds.
func shownExamples() map[string]Example {
	out := map[string]Example{}
	for _, e := range Examples() {
		if _, ok := out[e.ID]; !ok && e.Status < 300 {
			out[e.ID] = e
		}
	}
	return out
}

// putExamples writes the examples into the document, with what is answered.
func putExamples(doc *huma.OpenAPI) {
	ops, answers := operations(doc), Answers()
	for id, e := range shownExamples() {
		op := ops[id]
		if op == nil {
			continue
		}
		putAnswer(op.Responses[strconv.Itoa(e.Status)], answers[id])
		query, _ := url.ParseQuery(Fill(e.Query, Shown)) // ours
		for _, p := range op.Parameters {
			switch {
			case p.In == "path" && e.Path[p.Name] != "":
				p.Example = typed(p.Schema, Fill(e.Path[p.Name], Shown))
			case p.In == "query" && query.Has(p.Name):
				p.Example = typed(p.Schema, query.Get(p.Name))
			case p.In == "header" && e.Header[p.Name] != "":
				p.Example = e.Header[p.Name]
			}
		}
		if op.RequestBody == nil || e.Body == "" {
			continue
		}
		kind := e.Type
		if kind == "" {
			kind = "application/json"
		}
		if media := op.RequestBody.Content[kind]; media != nil && kind != octets {
			media.Example = exampleBody(kind, Fill(e.Body, Shown))
		}
	}
}

// Answers are the answers to the examples in the document by operation, as a
// test got them: lists cut to one entry, numbers that are drawn replaced by
// those of Shown.
func Answers() map[string]json.RawMessage { return recorded() }

var recorded = sync.OnceValue(func() map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	if err := json.Unmarshal(exampleAnswers, &out); err != nil {
		panic(err) // embedded, and written by a test
	}
	return out
})

func putAnswer(r *huma.Response, answer json.RawMessage) {
	if r == nil || answer == nil {
		return
	}
	for kind, media := range r.Content {
		if kind == "application/json" {
			media.Example = answer
		}
	}
}

// typed is a value as its schema has it.
func typed(s *huma.Schema, text string) any {
	if s == nil {
		return text
	}
	switch s.Type {
	case huma.TypeInteger:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	case huma.TypeBoolean:
		return text == "true"
	case huma.TypeArray:
		return []string{text}
	}
	return text
}

func exampleBody(kind, body string) any {
	var v any
	if kind == "application/json" && json.Unmarshal([]byte(body), &v) == nil {
		return v
	}
	return body
}

// Curl is the line by which an example is done from a shell.
func (e *Example) Curl(method, path, base string) string {
	var b strings.Builder
	b.WriteString("curl")
	if method != http.MethodGet {
		b.WriteString(" -X " + method)
	}
	if e.As != "" {
		b.WriteString(` -H "Authorization: Bearer $PILOTZONE_KEY"`)
	}
	for name, v := range e.Header {
		b.WriteString(" -H '" + name + ": " + v + "'")
	}
	switch {
	case e.Body == "":
	case e.Type == "":
		b.WriteString(" -H 'Content-Type: application/json' -d '" + Fill(e.Body, Shown) + "'")
	default:
		b.WriteString(" -H 'Content-Type: " + e.Type + "' --data-binary @FILE")
	}
	return b.String() + " '" + base + e.Target(path, Shown) + "'"
}

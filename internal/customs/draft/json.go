package draft

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"pilotzone/ceb"
)

// Codes of defects of files that hold drafts.
const (
	CodeJSON    = "JSON-SYNTAX" // not JSON of the published schema
	CodeKind    = "DRAFT-KIND"  // a kind of document that is not known or not taken
	CodeUnknown = "DRAFT-FIELD" // a field that the kind does not have
)

// ReadJSON reads documents as JSON: {"documents": [{"kind": 621, "head": {…},
// "lines": [{…}]}]}, or the list alone, or one document. Names are those of the
// CEB elements; values are texts or numbers. JSONSchema describes it. What can't
// be read is a defect; the other documents are returned all the same.
func ReadJSON(file string, data []byte, most int) ([]*Draft, []Defect) {
	var list []jsonDoc
	trimmed := bytes.TrimSpace(data)
	var err error
	base := "/documents"
	switch {
	case len(trimmed) > 0 && trimmed[0] == '[':
		base = ""
		err = strict(trimmed, &list)
	default:
		var whole struct {
			Documents []jsonDoc `json:"documents"`
			jsonDoc
		}
		if err = strict(trimmed, &whole); whole.Kind != "" {
			list, base = []jsonDoc{whole.jsonDoc}, "-"
		} else {
			list = whole.Documents
		}
	}
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("no documents (没有单证)")
	}
	if err == nil && len(list) > most {
		err = fmt.Errorf("%d documents, at most %d (单证过多)", len(list), most)
	}
	if err != nil {
		return nil, []Defect{{Code: CodeJSON, Severity: Refuses, File: file, ZH: "不是可读的 JSON 单证：" + err.Error(), EN: "not JSON documents that can be read: " + err.Error(),
			FixZH: "按公布的 JSON Schema 填写", FixEN: "write it as the published JSON Schema says"}}
	}
	var out []*Draft
	var defects []Defect
	for i := range list {
		at := fmt.Sprintf("%s/%d", base, i)
		if base == "-" {
			at = ""
		}
		d, bad := list[i].draft(file, at)
		if d != nil {
			out = append(out, d)
		}
		defects = append(defects, bad...)
	}
	return out, defects
}

func strict(data []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("text after the end (末尾有多余内容)")
	}
	return nil
}

type jsonDoc struct {
	Kind  json.Number      `json:"kind"`
	Head  map[string]any   `json:"head"`
	Lines []map[string]any `json:"lines"`
}

func (j *jsonDoc) draft(file, at string) (*Draft, []Defect) {
	n, err := strconv.ParseUint(string(j.Kind), 10, 16)
	k := ceb.Kind(n)
	if err != nil || ShapeOf(k) == nil {
		return nil, []Defect{{Code: CodeKind, Severity: Refuses, File: file, Path: at + "/kind", ZH: fmt.Sprintf("未知的报文种类 %q", j.Kind), EN: fmt.Sprintf("unknown kind of document %q", j.Kind),
			FixZH: "填写三位编号，如 311、411、511、621", FixEN: "write its three digits, such as 311, 411, 511, 621"}}
	}
	d := New(k)
	d.File = file
	d.Where = func(line int, field string) Place {
		p := at + "/head"
		if line > 0 {
			p = fmt.Sprintf("%s/lines/%d", at, line-1)
		}
		if field != "" {
			p += "/" + field
		}
		return Place{Path: p}
	}
	var bad []Defect
	fill := func(line int, values map[string]any) {
		for _, name := range sortedKeys(values) {
			text, ok := plain(values[name])
			if !ok || !d.Set(line, name, text) {
				bad = append(bad, Defect{Code: CodeUnknown, Severity: Refuses, Kind: int(k), File: file, Path: d.Where(line, name).Path,
					ZH: fmt.Sprintf("%s 没有字段 %s，或其值不是文本或数字", k, name), EN: fmt.Sprintf("%s has no field %s, or its value is no text or number", k, name),
					FixZH: "使用 CEB 元素名", FixEN: "use the names of the CEB elements"})
			}
		}
	}
	fill(0, j.Head)
	for i := range j.Lines {
		if len(ShapeOf(k).Line) == 0 {
			bad = append(bad, Defect{Code: CodeUnknown, Severity: Refuses, Kind: int(k), File: file, Path: at + "/lines", ZH: k.String() + " 没有表体", EN: k.String() + " has no lines"})
			break
		}
		fill(d.AddLine(), j.Lines[i])
	}
	return d, bad
}

func sortedKeys(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func plain(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return string(v), !strings.ContainsAny(string(v), "eE")
	case nil:
		return "", true
	}
	return "", false
}

// JSONSchema is the JSON Schema (2020-12) of what ReadJSON reads.
func JSONSchema() map[string]any {
	var kinds []any
	for _, k := range ceb.Kinds() {
		s := ShapeOf(k)
		if s == nil {
			continue
		}
		props := map[string]any{"kind": map[string]any{"const": int(k)}, "head": schemaOf(s.Head)}
		if len(s.Line) > 0 {
			props["lines"] = map[string]any{"type": "array", "minItems": 1, "items": schemaOf(s.Line)}
		}
		kinds = append(kinds, map[string]any{"title": k.String() + " " + k.NameZH() + " " + k.NameEN(), "type": "object", "properties": props,
			"required": []string{"kind", "head"}, "additionalProperties": false})
	}
	return map[string]any{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "预检单证 documents for pre-flight",
		"description": "Field names are those of the CEB elements; guid, appType, appTime, appStatus, gnum and fixed values are filled in when they are left out.",
		"type":        "object", "required": []string{"documents"}, "additionalProperties": false,
		"properties": map[string]any{"documents": map[string]any{"type": "array", "minItems": 1, "items": map[string]any{"oneOf": kinds}}}}
}

func schemaOf(fs []Field) map[string]any {
	props := map[string]any{}
	for _, f := range fs {
		v := map[string]any{"type": []string{"string", "number"}, "title": f.ZH, "description": f.EN}
		if f.Type == "string" && f.Facets.MaxLength > 0 {
			v["maxLength"] = f.Facets.MaxLength
		}
		props[f.Name] = v
	}
	return map[string]any{"type": "object", "properties": props, "additionalProperties": false}
}

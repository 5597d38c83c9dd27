package pack

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// TableFile turns one CSV file into a pack that lays a table over that of a
// lower pack: the way in which an operator loads a list that is published as a
// file, such as the legal positive list (正面清单).
type TableFile struct {
	Name    string // name of the new pack
	Release string // "2022.1"
	Title   Text
	Base    *Pack  // the pack below, which has the table
	Table   string // its name there
	Origin  Origin // where the rows come from; all fields but Date and Trust are needed
	Article string // place in that document, may be empty
	Mark    Mark
	CSV     []byte // with the header that docs/packs.md shows for the table
}

// Pack builds the pack. The error is [Faults] if the rows are not in order.
func (t TableFile) Pack() (*Pack, error) {
	base, ok := t.Base.tables[t.Table]
	if !ok {
		return nil, fmt.Errorf("table (表) %q: pack %s has none of this name, it has %v (规则包中没有此表)", t.Table, t.Base.Version(), t.Base.Tables())
	}
	type both struct{ ZH, EN string }
	type origin struct {
		ID, Document string
		Date         string `yaml:",omitempty"`
		Read         string
		Licence      string `yaml:",omitempty"`
		Trust        string `yaml:",omitempty"`
	}
	o := origin{ID: t.Origin.ID, Document: t.Origin.Document, Read: t.Origin.Read, Licence: t.Origin.Licence, Trust: t.Origin.Trust}
	if t.Origin.Date != 0 {
		o.Date = t.Origin.Date.String()
	}
	head, err := yaml.Marshal(struct {
		Format             int
		Name, Version      string
		Title, Description both
		Parents            []string
		Sources            []origin
	}{Format, t.Name, t.Release, both(t.Title), both(t.Title), []string{t.Base.Name}, []origin{o}})
	if err != nil {
		return nil, fmt.Errorf("pack.yaml: %w", err)
	}
	tables, err := yaml.Marshal(map[string]any{"tables": []any{base.describe(t)}})
	if err != nil {
		return nil, fmt.Errorf("tables.yaml: %w", err)
	}
	return build(map[string][]byte{"pack.yaml": head, "tables.yaml": tables, base.File: t.CSV}, nil, false)
}

// describe writes the schema as tables.yaml has it, with the file's source and
// mark in place of its own.
func (s *Schema) describe(t TableFile) map[string]any {
	columns := make([]map[string]any, len(s.Columns))
	for i, c := range s.Columns {
		m := map[string]any{"name": c.Name, "type": c.Type.String(), "required": c.Required, "list": c.List}
		if c.form != "" {
			m["pattern"] = c.form
		}
		if len(c.Values) > 0 {
			m["values"] = c.Values
		}
		columns[i] = m
	}
	source := map[string]string{"ref": t.Origin.ID}
	if t.Article != "" {
		source["at"] = t.Article
	}
	return map[string]any{
		"name": s.Name, "file": s.File, "title": map[string]string{"zh": s.Title.ZH, "en": s.Title.EN}, "key": s.Key,
		"columns": columns, "dated": s.Dated, "marked": s.Marked, "continuous": s.Continuous,
		"source": source, "mark": t.Mark.String(),
	}
}

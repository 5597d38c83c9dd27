// Package form is what people are asked to fill in (表单): a JSON Schema 2020-12
// of a flat object with the words in which it is shown, and the papers that go
// with it. Applications, directories and tasks use the same forms.
//
// Invariants: a form refers to nothing outside of itself; each property is shown
// once and in both languages; what is marked x-personal is masked by Mask; a
// fault always says in Chinese and English what is wrong and how to mend it.
package form

import (
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"pilotzone/internal/kernel/blob"
)

// Words is a text in both languages.
type Words struct {
	ZH string `yaml:"zh" json:"zh"`
	EN string `yaml:"en" json:"en"`
}

// W makes a text of both.
func W(zh, en string) Words { return Words{ZH: zh, EN: en} }

// Form is what is asked (表单): a JSON Schema 2020-12 of a flat object, and how
// it is shown. It is used after [Form.Compile] has found no fault.
type Form struct {
	Schema   map[string]any `yaml:"schema"`
	Sections []Section      `yaml:"sections"`

	schema *jsonschema.Schema
	fields map[string]*Field // of the schema, by name
}

// Section is a group of fields that belong together.
type Section struct {
	ID     string  `yaml:"id"`
	Title  Words   `yaml:"title"`
	Fields []Field `yaml:"fields"`
}

// Field is how one property is asked for.
type Field struct {
	Name    string           `yaml:"name"`
	Label   Words            `yaml:"label"`
	Hint    Words            `yaml:"hint"`
	Options map[string]Words `yaml:"options"` // words of an enum's values
	Long    bool             `yaml:"long"`    // text of several lines

	Kind     FieldKind `yaml:"-"` // from the schema, as all below
	Format   string    `yaml:"-"`
	Enum     []string  `yaml:"-"` // values in order
	Personal bool      `yaml:"-"` // x-personal: masked where it is read
	Required bool      `yaml:"-"` // always; it may be in some cases only
	MaxLen   int       `yaml:"-"`
}

// FieldKind says what a field takes.
type FieldKind string

// The kinds of field.
const (
	TextField   FieldKind = "text"
	NumberField FieldKind = "number" // an integer
	YesNoField  FieldKind = "yesno"
	ChoiceField FieldKind = "choice" // one of Enum
	SetField    FieldKind = "set"    // some of Enum
)

// Document is a paper that is asked for (材料). It is used after
// [CompileDocuments] has found no fault.
type Document struct {
	ID       string         `yaml:"id"`
	Title    Words          `yaml:"title"`
	Hint     Words          `yaml:"hint"`
	Required bool           `yaml:"required"`
	When     map[string]any `yaml:"when"` // a JSON Schema that the form meets; none means always
	Accept   []blob.Type    `yaml:"accept"`

	when *jsonschema.Schema
}

// Asked tells whether the paper is asked for with a form.
func (doc *Document) Asked(values map[string]any) bool {
	return doc.when == nil || doc.when.Validate(plain(values)) == nil
}

// Missing are the papers that are needed with a form and that has does not know.
func Missing(docs []Document, values map[string]any, has func(document string) bool) Problems {
	var out Problems
	for i := range docs {
		doc := &docs[i]
		if doc.Required && doc.Asked(values) && !has(doc.ID) {
			out = append(out, Problem{Code: "document", Field: "document:" + doc.ID, ZH: "缺少材料：" + doc.Title.ZH, EN: "a document is missing: " + doc.Title.EN, FixZH: "上传该材料", FixEN: "add it"})
		}
	}
	return out
}

// Find returns a paper by id, nil if there is none.
func Find(docs []Document, id string) *Document {
	if i := slices.IndexFunc(docs, func(d Document) bool { return d.ID == id }); i >= 0 {
		return &docs[i]
	}
	return nil
}

// Field returns a field by name, nil if there is none.
func (f *Form) Field(name string) *Field { return f.fields[name] }

// Fields returns all fields in the order in which they are shown.
func (f *Form) Fields() []*Field {
	var out []*Field
	for i := range f.Sections {
		for k := range f.Sections[i].Fields {
			out = append(out, &f.Sections[i].Fields[k])
		}
	}
	return out
}

// Problem is one thing that is wrong, with its place and how to mend it.
type Problem struct {
	Code         string // stable: required, format, document, stale, state …
	Field        string // of the form, or "document:ID"; "" for all of it
	ZH, EN       string
	FixZH, FixEN string
}

// Problems are all that is wrong, as an error.
type Problems []Problem

// Error lists the problems, a line each, in both languages.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = fmt.Sprintf("%s %s: %s (%s) / %s（%s）", p.Code, p.Field, p.EN, p.FixEN, p.ZH, p.FixZH)
	}
	return strings.Join(lines, "\n")
}

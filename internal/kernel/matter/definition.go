package matter

import (
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/clock"
)

// Words is a text in both languages.
type Words struct {
	ZH string `yaml:"zh" json:"zh"`
	EN string `yaml:"en" json:"en"`
}

// Definition is a matter as data (事项): one version of it. It never changes
// after it was loaded.
type Definition struct {
	ID         string     `yaml:"id"`
	Version    string     `yaml:"version"`
	From       clock.Day  `yaml:"valid_from"`
	To         clock.Day  `yaml:"valid_to"`
	Category   string     `yaml:"category"` // group in the catalogue
	Title      Words      `yaml:"title"`
	Summary    Words      `yaml:"summary"`
	Sources    []Source   `yaml:"sources"`
	Applicants []string   `yaml:"applicants"` // organisation, consumer
	Subject    string     `yaml:"subject"`    // field that says what it is about; never a personal one
	Form       Form       `yaml:"form"`
	Documents  []Document `yaml:"documents"`
	Probes     []string   `yaml:"probes"`    // outside services asked before it is taken
	Submitted  []string   `yaml:"on_submit"` // effects each time it is submitted
	Steps      []Step     `yaml:"steps"`
	Results    Results    `yaml:"results"`
	// Params are settings for the effects, such as months of validity.
	Params map[string]int `yaml:"params"`
	// Publish says that a result may be looked up by anybody who has its letter.
	Publish bool `yaml:"publish"`

	schema *jsonschema.Schema
	fields map[string]*Field // of the schema, by name
}

// Source is where a matter comes from in law.
type Source struct {
	Document string `yaml:"document"`
	Article  string `yaml:"article"`
}

// String is the source as cited.
func (s Source) String() string {
	if s.Article == "" {
		return s.Document
	}
	return s.Document + " " + s.Article
}

// Form is what is asked (表单): a JSON Schema 2020-12 of a flat object, and how
// it is shown.
type Form struct {
	Schema   map[string]any `yaml:"schema"`
	Sections []Section      `yaml:"sections"`
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

// Document is a paper that is asked for (材料).
type Document struct {
	ID       string         `yaml:"id"`
	Title    Words          `yaml:"title"`
	Hint     Words          `yaml:"hint"`
	Required bool           `yaml:"required"`
	When     map[string]any `yaml:"when"` // a JSON Schema that the form meets; none means always
	Accept   []blob.Type    `yaml:"accept"`

	when *jsonschema.Schema
}

// Step is one step of the way (环节).
type Step struct {
	ID     string        `yaml:"id"`
	Title  Words         `yaml:"title"`
	Roles  []access.Role `yaml:"roles"` // whose work it is
	Days   int           `yaml:"days"`  // time limit in working days
	Acts   []Act         `yaml:"acts"`
	Guards []string      `yaml:"guards"` // what must hold before accept or approve
}

// Results are what approval and refusal bring.
type Results struct {
	Approve Result `yaml:"approve"`
	Refuse  Result `yaml:"refuse"`
}

// Result is an effect, by name, and a letter, each if there is one.
type Result struct {
	Effect string          `yaml:"effect"`
	Letter *LetterTemplate `yaml:"letter"`
}

// LetterTemplate is a letter with {number}, {day}, {applicant}, {reason} and
// {form.NAME} for what is not personal.
type LetterTemplate struct {
	Title Words `yaml:"title"`
	Body  Words `yaml:"body"`
}

// Step returns a step by id, nil if there is none.
func (d *Definition) Step(id string) *Step {
	for i := range d.Steps {
		if d.Steps[i].ID == id {
			return &d.Steps[i]
		}
	}
	return nil
}

// next returns the step after one; the first after "".
func (d *Definition) next(id string) *Step {
	for i := range d.Steps {
		if id == "" {
			return &d.Steps[i]
		}
		if d.Steps[i].ID == id && i+1 < len(d.Steps) {
			return &d.Steps[i+1]
		}
	}
	return nil
}

// Field returns a field by name, nil if there is none.
func (d *Definition) Field(name string) *Field { return d.fields[name] }

// Fields returns all fields in the order in which they are shown.
func (d *Definition) Fields() []*Field {
	var out []*Field
	for i := range d.Form.Sections {
		for k := range d.Form.Sections[i].Fields {
			out = append(out, &d.Form.Sections[i].Fields[k])
		}
	}
	return out
}

// Document returns a paper asked for by id, nil if there is none.
func (d *Definition) Document(id string) *Document {
	for i := range d.Documents {
		if d.Documents[i].ID == id {
			return &d.Documents[i]
		}
	}
	return nil
}

// Asked tells whether the paper is asked for with a form.
func (doc *Document) Asked(form map[string]any) bool {
	return doc.when == nil || doc.when.Validate(form) == nil
}

// Allows tells whether an act is among the step's.
func (s *Step) Allows(a Act) bool { return slices.Contains(s.Acts, a) }

// Theirs tells whether the step is work of the caller: MatterWork by the table
// of permissions, and one of the step's roles.
func (s *Step) Theirs(p *access.Principal) bool {
	return p.Scope(access.MatterWork) == access.Zone && slices.ContainsFunc(s.Roles, p.Is)
}

// Works tells whether any step of the matter is work of the caller.
func (d *Definition) Works(p *access.Principal) bool {
	return slices.ContainsFunc(d.Steps, func(s Step) bool { return s.Theirs(p) })
}

// Open tells whether the caller may apply.
func (d *Definition) Open(p *access.Principal) bool {
	if !p.May(access.MatterApply) {
		return false
	}
	return p.Org != "" && slices.Contains(d.Applicants, "organisation") || p.Org == "" && slices.Contains(d.Applicants, "consumer")
}

// On tells whether the version is in force on a day.
func (d *Definition) On(day clock.Day) bool { return day >= d.From && (d.To == 0 || day <= d.To) }

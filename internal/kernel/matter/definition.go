package matter

import (
	"slices"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/form"
)

// Forms are those of package form; the names here are the same types.
type (
	// Words is a text in both languages.
	Words = form.Words
	// Form is what is asked (表单).
	Form = form.Form
	// Section is a group of fields that belong together.
	Section = form.Section
	// Field is how one property is asked for.
	Field = form.Field
	// FieldKind says what a field takes.
	FieldKind = form.FieldKind
	// Document is a paper that is asked for (材料).
	Document = form.Document
	// Problem is one thing that is wrong, with its place and how to mend it.
	Problem = form.Problem
	// Problems are all that is wrong, as an error.
	Problems = form.Problems
)

// The kinds of field.
const (
	TextField   = form.TextField
	NumberField = form.NumberField
	YesNoField  = form.YesNoField
	ChoiceField = form.ChoiceField
	SetField    = form.SetField
)

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
func (d *Definition) Field(name string) *Field { return d.Form.Field(name) }

// Fields returns all fields in the order in which they are shown.
func (d *Definition) Fields() []*Field { return d.Form.Fields() }

// Document returns a paper asked for by id, nil if there is none.
func (d *Definition) Document(id string) *Document { return form.Find(d.Documents, id) }

// Check returns all that is wrong with a form, in the order of the form.
func (d *Definition) Check(values map[string]any) Problems { return d.Form.Check(values) }

// FromValues makes a form of what a page sends: all texts, by field name.
func (d *Definition) FromValues(values map[string][]string) map[string]any {
	return d.Form.FromValues(values)
}

// Mask hides what is personal in a form.
func (d *Definition) Mask(values map[string]any) map[string]any { return d.Form.Mask(values) }

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

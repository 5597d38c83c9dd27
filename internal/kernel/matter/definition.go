package matter

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

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
	// Publish says what anybody may learn of results.
	Publish Publication `yaml:"publish"`
	// Mark says what stands behind it: seen, recalled, inference, design.
	Mark string `yaml:"mark"`
	// Audience are those whom the catalogue of services offers it to beside its
	// applicants, such as enterprise, park, talent.
	Audience []string `yaml:"audience"`
	// Keywords are further words by which it is found.
	Keywords Words `yaml:"keywords"`
	// Fee is what it costs; nothing is said of fees without it.
	Fee Words `yaml:"fee"`
	// Outcome is what the applicant holds in the end, in words.
	Outcome Words `yaml:"outcome"`
	// Appeal is how a decision may be appealed against; nil if not here.
	Appeal *Appeal `yaml:"appeal"`
	// Cites says that an approval cites at least one clause.
	Cites bool `yaml:"cites"`
	// Bundle are the matters that one form starts together (一件事).
	Bundle []string `yaml:"bundle"`
	// Answer says how an answered question may be published.
	Answer *Publishing `yaml:"answer"`

	file     string // that it was read from
	raw      []byte // as it was read; kept with the applications
	appealOf string // id of the matter that it is the appeal of
}

// Publication is what anybody may learn of results: "letters", that a letter
// which they hold is genuine; "decisions", also the list of what was decided for
// organisations. A yes means letters.
type Publication string

// The publications.
const (
	NotPublished       Publication = ""
	PublishedLetters   Publication = "letters"
	PublishedDecisions Publication = "decisions"
)

// UnmarshalYAML reads yes and no too.
func (p *Publication) UnmarshalYAML(n *yaml.Node) error {
	switch n.Value {
	case "true", "letters":
		*p = PublishedLetters
	case "false", "":
		*p = NotPublished
	case "decisions":
		*p = PublishedDecisions
	default:
		return fmt.Errorf("publish: %q: true, false or decisions (公开方式)", n.Value)
	}
	return nil
}

// Verifiable tells whether a letter can be verified by anybody who holds it.
func (p Publication) Verifiable() bool { return p != NotPublished }

// Appeal is how a decision may be appealed against (申诉).
type Appeal struct {
	Days   int           `yaml:"days"`    // calendar days after the day of the decision, the last one included
	Roles  []access.Role `yaml:"roles"`   // who decides it; never the person who decided before
	Within int           `yaml:"within"`  // working days for its decision; 20 if absent
	Law    string        `yaml:"law"`     // document and article that it rests on, if any
	Result bool          `yaml:"results"` // approvals may be appealed against too, such as for their conditions
}

// Publishing names the fields of a question whose answer may be published.
type Publishing struct {
	Consent  string `yaml:"consent"`  // yes-or-no field by which the applicant agrees
	Question string `yaml:"question"` // field that holds the question
	Topic    string `yaml:"topic"`    // choice field; may be absent
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
	// Consult are the departments that are asked in parallel; nil leaves it to the
	// officer.
	Consult *Consultation `yaml:"consult"`
	// Escalate says who is told when, once the time limit is over; without it the
	// head of the department is told on the first working day.
	Escalate []Escalation `yaml:"escalate"`
}

// Consultation is a parallel consultation of departments (并联征求意见).
type Consultation struct {
	Roles  []access.Role       `yaml:"roles"`
	Days   int                 `yaml:"days"`   // time limit of each in working days; 3 if absent
	Limits map[access.Role]int `yaml:"limits"` // of one department, where it differs
	All    bool                `yaml:"all"`    // the step is passed only when all have answered
}

// limit is the time limit of a department in working days.
func (c *Consultation) limit(r access.Role) int {
	if c == nil {
		return consultDays
	}
	if n := c.Limits[r]; n > 0 {
		return n
	}
	if c.Days > 0 {
		return c.Days
	}
	return consultDays
}

// consultDays is the time limit of an opinion where the definition says none.
const consultDays = 3

// Escalation is who is told of a late matter (催办升级): role To, on the
// AfterDays-th working day after the last day of the step.
type Escalation struct {
	AfterDays int         `yaml:"after_days"`
	To        access.Role `yaml:"to"`
}

// escalations are those of the step: its own, or the head of its department on
// the first working day after its last.
func (s *Step) escalations() []Escalation {
	if len(s.Escalate) > 0 {
		return s.Escalate
	}
	head := access.Admin
	if len(s.Roles) > 0 && s.Roles[0] == access.Customs {
		head = access.Chief
	}
	return []Escalation{{AfterDays: 1, To: head}}
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

// For are those whom it is for: its audience, its applicants first.
func (d *Definition) For() []string {
	var out []string
	for _, a := range d.Applicants {
		if a == "organisation" {
			a = "enterprise"
		}
		out = append(out, a)
	}
	for _, a := range d.Audience {
		if !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// AppealOf is the id of the matter that this one is the appeal of, "" for others.
func (d *Definition) AppealOf() string { return d.appealOf }

// Open tells whether the caller may apply. An appeal is started from the matter
// that it is against.
func (d *Definition) Open(p *access.Principal) bool {
	if d.appealOf != "" || !p.May(access.MatterApply) {
		return false
	}
	return p.Org != "" && slices.Contains(d.Applicants, "organisation") || p.Org == "" && slices.Contains(d.Applicants, "consumer")
}

// On tells whether the version is in force on a day.
func (d *Definition) On(day clock.Day) bool { return day >= d.From && (d.To == 0 || day <= d.To) }

package matter

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/form"
)

// Catalogue is all definitions, every version (事项目录).
type Catalogue struct {
	byID map[string][]*Definition // versions by From
}

// loadFault is what is wrong with a file.
type loadFault struct {
	file string
	err  error
}

// Load reads the definitions of folders: one a file, NAME.yaml. All faults are
// returned at once.
func Load(folders ...fs.FS) (*Catalogue, error) {
	c, faults := load(folders...)
	if len(faults) == 0 {
		return c, nil
	}
	all := make([]error, len(faults))
	for i, f := range faults {
		all[i] = fmt.Errorf("%s: %w", f.file, f.err)
	}
	return nil, errors.Join(all...)
}

// load reads what is in order, and says what is not.
func load(folders ...fs.FS) (*Catalogue, []loadFault) {
	c := &Catalogue{byID: make(map[string][]*Definition)}
	var faults []loadFault
	bad := func(file string, err error) { faults = append(faults, loadFault{path.Base(file), err}) }
	for _, folder := range folders {
		files, err := fs.Glob(folder, "*.yaml")
		if err != nil {
			bad(".", err)
		}
		for _, name := range files {
			data, err := fs.ReadFile(folder, name)
			if err != nil {
				bad(name, err)
				continue
			}
			if err := c.add(path.Base(name), data); err != nil {
				bad(name, err)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.byID)) {
		list := c.byID[id]
		slices.SortFunc(list, func(a, b *Definition) int { return int(a.From) - int(b.From) })
		for i := 1; i < len(list); i++ {
			if before := list[i-1]; before.To == 0 || before.To >= list[i].From || before.Version == list[i].Version {
				bad(list[i].file, fmt.Errorf("%s: versions %s and %s are in force on the same day, or have one name (版本有效期重叠或重名)", id, before.Version, list[i].Version))
			}
		}
	}
	return c, append(faults, c.bundles()...)
}

// add takes a definition in, and the appeal against its decisions.
func (c *Catalogue) add(file string, data []byte) error {
	d, err := Parse(data)
	if err != nil {
		return err
	}
	d.file = file
	c.byID[d.ID] = append(c.byID[d.ID], d)
	if d.Appeal == nil {
		return nil
	}
	appeal, err := appealAgainst(d)
	if err != nil {
		return err
	}
	appeal.file = file
	c.byID[appeal.ID] = append(c.byID[appeal.ID], appeal)
	return nil
}

// bundles finds what bundles name and the catalogue does not have.
func (c *Catalogue) bundles() []loadFault {
	var out []loadFault
	for _, id := range slices.Sorted(maps.Keys(c.byID)) {
		for _, d := range c.byID[id] {
			for _, part := range d.Bundle {
				if list := c.byID[part]; len(list) == 0 || len(list[0].Bundle) > 0 {
					out = append(out, loadFault{d.file, fmt.Errorf("bundle: there is no matter %q, or it is a bundle itself (一件事的事项不存在)", part)})
				}
			}
		}
	}
	return out
}

// On returns the definitions in force on a day that can be started, by category
// and id.
func (c *Catalogue) On(day clock.Day) []*Definition {
	var out []*Definition
	for _, id := range slices.Sorted(maps.Keys(c.byID)) {
		if d := c.Find(id, day); d != nil && d.appealOf == "" {
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(a, b *Definition) int { return strings.Compare(a.Category, b.Category) })
	return out
}

// Find returns the version of a definition that is in force on a day, nil if
// none is.
func (c *Catalogue) Find(id string, day clock.Day) *Definition {
	for _, d := range c.byID[id] {
		if d.On(day) {
			return d
		}
	}
	return nil
}

// Version returns one version of a definition, nil if there is none.
func (c *Catalogue) Version(id, version string) *Definition {
	for _, d := range c.byID[id] {
		if d.Version == version {
			return d
		}
	}
	return nil
}

// All returns every version of every definition.
func (c *Catalogue) All() []*Definition {
	var out []*Definition
	for _, id := range slices.Sorted(maps.Keys(c.byID)) {
		out = append(out, c.byID[id]...)
	}
	return out
}

// Parse reads one definition and checks it whole.
func Parse(data []byte) (*Definition, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	d := &Definition{}
	if err := dec.Decode(d); err != nil {
		return nil, err
	}
	k := &checker{d: d}
	k.head()
	k.form()
	k.faults = append(k.faults, form.CompileDocuments(d.Documents)...)
	k.steps()
	k.more()
	if len(k.faults) > 0 {
		return nil, errors.Join(k.faults...)
	}
	d.raw = data
	return d, nil
}

type checker struct {
	d      *Definition
	faults []error
}

func (k *checker) bad(format string, args ...any) {
	k.faults = append(k.faults, fmt.Errorf(format, args...))
}

func (k *checker) words(what string, w Words) {
	if strings.TrimSpace(w.ZH) == "" || strings.TrimSpace(w.EN) == "" {
		k.bad("%s: zh and en are both needed (须有中英文)", what)
	}
}

var idForm = regexp.MustCompile(`^[a-z][a-z0-9-]{1,40}$`)

func (k *checker) id(what, id string) {
	if !idForm.MatchString(id) {
		k.bad("%s: %q: an id has small letters, digits and hyphens (编号格式)", what, id)
	}
}

func (k *checker) head() {
	d := k.d
	k.id("id", d.ID)
	if d.Version == "" || !d.From.Valid() || d.To != 0 && d.To < d.From {
		k.bad("version, valid_from and valid_to: a version and its first day are needed (版本与有效期)")
	}
	k.id("category", d.Category)
	k.words("title", d.Title)
	k.words("summary", d.Summary)
	if len(d.Applicants) == 0 {
		k.bad("applicants: organisation or consumer (申请人)")
	}
	for _, a := range d.Applicants {
		if a != "organisation" && a != "consumer" {
			k.bad("applicants: %q: organisation or consumer (申请人)", a)
		}
	}
	for _, s := range d.Sources {
		if s.Document == "" {
			k.bad("sources: a document is needed (依据)")
		}
	}
	for name, r := range map[string]Result{"approve": d.Results.Approve, "refuse": d.Results.Refuse} {
		if r.Letter != nil {
			k.words("results."+name+".letter.title", r.Letter.Title)
			k.words("results."+name+".letter.body", r.Letter.Body)
		}
	}
}

// form checks the form, and that the subject and the letters name fields of it
// that are not personal.
func (k *checker) form() {
	d := k.d
	k.faults = append(k.faults, d.Form.Compile()...)
	if f := d.Field(d.Subject); d.Subject != "" && (f == nil || f.Personal || f.Kind != TextField) {
		k.bad("subject: %q is no text field of the form, or a personal one (主题字段)", d.Subject)
	}
	for _, text := range d.letterTexts() {
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			name, isField := strings.CutPrefix(m[1], "form.")
			if f := d.Field(name); isField && (f == nil || f.Personal) || !isField && !slices.Contains(letterWords, name) {
				k.bad("letter: {%s} is unknown, or personal (信函占位符)", m[1])
			}
		}
	}
}

// officeActs are the acts that a step may offer beside claiming.
var officeActs = []Act{Accept, Approve, Refuse, Return, Consult}

func (k *checker) steps() {
	if len(k.d.Steps) == 0 && len(k.d.Bundle) == 0 {
		k.bad("steps: at least one (至少一个环节)")
	}
	seen := map[string]bool{}
	for i, s := range k.d.Steps {
		k.id("step", s.ID)
		k.words("step "+s.ID, s.Title)
		last := i == len(k.d.Steps)-1
		switch {
		case seen[s.ID]:
			k.bad("step %s twice (环节重复)", s.ID)
		case s.Days < 1 || s.Days > 250:
			k.bad("step %s: days: 1 to 250 working days (时限)", s.ID)
		case len(s.Roles) == 0:
			k.bad("step %s: roles: whose work is it? (经办角色)", s.ID)
		case last && s.Allows(Accept), last && !s.Allows(Approve), !last && !s.Allows(Accept):
			k.bad("step %s: the last step approves, those before accept (最后环节用 approve，其余用 accept)", s.ID)
		}
		seen[s.ID] = true
		for _, a := range s.Acts {
			if !slices.Contains(officeActs, a) {
				k.bad("step %s: act %q (操作)", s.ID, a)
			}
		}
		k.office("step "+s.ID, s.Roles)
		k.consults(&k.d.Steps[i])
	}
}

// office refuses roles that do not work matters.
func (k *checker) office(what string, roles []access.Role) {
	for _, r := range roles {
		if access.Table[r][access.MatterWork] != access.Zone {
			k.bad("%s: role %q does not work matters (该角色无办理权限)", what, r)
		}
	}
}

// consults checks whom a step asks and whom it is escalated to.
func (k *checker) consults(s *Step) {
	if c := s.Consult; c != nil {
		k.office("step "+s.ID+": consult", c.Roles)
		if !s.Allows(Consult) || c.All && len(c.Roles) == 0 || c.Days < 0 || c.Days > 60 {
			k.bad("step %s: consult: the act consult, roles if all answer, and days up to 60 (并联征求意见)", s.ID)
		}
		for r, days := range c.Limits {
			if !slices.Contains(c.Roles, r) || days < 1 || days > 60 {
				k.bad("step %s: consult: limits: %q is none of its roles, or has no days from 1 to 60 (部门时限)", s.ID, r)
			}
		}
	}
	for n, e := range s.Escalate {
		k.office("step "+s.ID+": escalate", []access.Role{e.To})
		if e.AfterDays < 1 || n > 0 && e.AfterDays <= s.Escalate[n-1].AfterDays {
			k.bad("step %s: escalate: after_days from 1 up, one after the other (升级天数)", s.ID)
		}
	}
}

var markNames = []string{"", "seen", "recalled", "inference", "design"}

// more checks what stands beside the way itself.
func (k *checker) more() {
	d := k.d
	if !slices.Contains(markNames, d.Mark) {
		k.bad("mark: %q: seen, recalled, inference or design (依据等级)", d.Mark)
	}
	for what, w := range map[string]Words{"fee": d.Fee, "outcome": d.Outcome, "keywords": d.Keywords} {
		if w != (Words{}) {
			k.words(what, w)
		}
	}
	if a := d.Appeal; a != nil {
		k.office("appeal", a.Roles)
		if a.Days < 1 || a.Days > 365 || len(a.Roles) == 0 || a.Within < 0 || a.Within > 250 {
			k.bad("appeal: days (1 to 365) and roles are needed (申诉期限与部门)")
		}
	}
	if a := d.Answer; a != nil {
		consent, question, topic := d.Field(a.Consent), d.Field(a.Question), d.Field(a.Topic)
		if consent == nil || consent.Kind != YesNoField || question == nil || a.Topic != "" && (topic == nil || topic.Kind != ChoiceField) {
			k.bad("answer: consent is a yes-or-no field, question a field, topic a choice (公开问答)")
		}
	}
	for _, id := range d.Bundle {
		k.id("bundle", id)
	}
	if len(d.Bundle) > 0 && (len(d.Steps) > 0 || len(d.Documents) > 0) {
		k.bad("bundle: its matters have steps and documents, it has none (一件事)")
	}
}

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

// Load reads the definitions of folders: one a file, NAME.yaml. All faults are
// returned at once.
func Load(folders ...fs.FS) (*Catalogue, error) {
	c := &Catalogue{byID: make(map[string][]*Definition)}
	var faults []error
	for _, folder := range folders {
		files, err := fs.Glob(folder, "*.yaml")
		if err != nil {
			return nil, err
		}
		for _, name := range files {
			data, err := fs.ReadFile(folder, name)
			if err != nil {
				return nil, err
			}
			d, err := Parse(data)
			if err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", path.Base(name), err))
				continue
			}
			c.byID[d.ID] = append(c.byID[d.ID], d)
		}
	}
	for id, list := range c.byID {
		slices.SortFunc(list, func(a, b *Definition) int { return int(a.From) - int(b.From) })
		for i := 1; i < len(list); i++ {
			if before := list[i-1]; before.To == 0 || before.To >= list[i].From || before.Version == list[i].Version {
				faults = append(faults, fmt.Errorf("%s: versions %s and %s are in force on the same day, or have one name (版本有效期重叠或重名)", id, before.Version, list[i].Version))
			}
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return c, nil
}

// On returns the definitions in force on a day, by category and id.
func (c *Catalogue) On(day clock.Day) []*Definition {
	var out []*Definition
	for _, id := range slices.Sorted(maps.Keys(c.byID)) {
		if d := c.Find(id, day); d != nil {
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
	if len(k.faults) > 0 {
		return nil, errors.Join(k.faults...)
	}
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
	if len(k.d.Steps) == 0 {
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
		for _, r := range s.Roles {
			if access.Table[r][access.MatterWork] != access.Zone {
				k.bad("step %s: role %q does not work matters (该角色无办理权限)", s.ID, r)
			}
		}
	}
}

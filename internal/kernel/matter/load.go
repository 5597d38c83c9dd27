package matter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/clock"
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
			if name == calendarFile {
				continue
			}
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
	k.documents()
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

var (
	idForm   = regexp.MustCompile(`^[a-z][a-z0-9-]{1,40}$`)
	nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{1,40}$`)
)

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

// form checks schema and sections against each other: each property is shown
// once, and all that is shown is in the schema.
func (k *checker) form() {
	d := k.d
	schema, err := compile(d.Form.Schema)
	if err != nil {
		k.bad("form.schema: %w", err)
		return
	}
	d.schema, d.fields = schema, make(map[string]*Field)
	for i := range d.Form.Sections {
		s := &d.Form.Sections[i]
		k.id("section", s.ID)
		k.words("section "+s.ID, s.Title)
		for n := range s.Fields {
			f := &s.Fields[n]
			if d.fields[f.Name] != nil {
				k.bad("field %s is shown twice (字段重复)", f.Name)
			}
			d.fields[f.Name] = f
			k.words("field "+f.Name, f.Label)
			if err := f.read(d.Form.Schema); err != nil {
				k.bad("field %s: %w", f.Name, err)
			}
			for _, v := range f.Enum {
				k.words("field "+f.Name+" option "+v, f.Options[v])
			}
		}
	}
	for name := range properties(d.Form.Schema) {
		if d.fields[name] == nil {
			k.bad("field %s is in no section (字段未显示)", name)
		}
	}
	if d.Form.Schema["additionalProperties"] != false {
		k.bad("form.schema: additionalProperties: false is needed")
	}
	if f := d.fields[d.Subject]; d.Subject != "" && (f == nil || f.Personal || f.Kind != TextField) {
		k.bad("subject: %q is no text field of the form, or a personal one (主题字段)", d.Subject)
	}
	for _, text := range d.letterTexts() {
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			name, isField := strings.CutPrefix(m[1], "form.")
			if f := d.fields[name]; isField && (f == nil || f.Personal) || !isField && !slices.Contains(letterWords, name) {
				k.bad("letter: {%s} is unknown, or personal (信函占位符)", m[1])
			}
		}
	}
}

func (k *checker) documents() {
	seen := map[string]bool{}
	for i := range k.d.Documents {
		doc := &k.d.Documents[i]
		k.id("document", doc.ID)
		k.words("document "+doc.ID, doc.Title)
		if seen[doc.ID] {
			k.bad("document %s twice (材料重复)", doc.ID)
		}
		seen[doc.ID] = true
		for _, t := range doc.Accept {
			if !slices.Contains(blob.Types(), t) {
				k.bad("document %s: unknown type %q (文件类型)", doc.ID, t)
			}
		}
		if doc.When != nil {
			var err error
			if doc.when, err = compile(doc.When); err != nil {
				k.bad("document %s: when: %w", doc.ID, err)
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

// compile makes a schema of what YAML gave.
func compile(raw map[string]any) (*jsonschema.Schema, error) {
	data, err := json.Marshal(raw)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	for _, f := range formats {
		c.RegisterFormat(f)
	}
	c.UseLoader(noLoader{})
	if err := c.AddResource("matter:///form", doc); err != nil {
		return nil, err
	}
	return c.Compile("matter:///form")
}

// noLoader fetches nothing: a schema stands by itself.
type noLoader struct{}

// Load refuses.
func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("a form refers to nothing outside of itself: %s", url)
}

func properties(schema map[string]any) map[string]any {
	p, _ := schema["properties"].(map[string]any)
	return p
}

// read fills in what the schema says of a field, and refuses what a form cannot
// show.
func (f *Field) read(schema map[string]any) error {
	p, ok := properties(schema)[f.Name].(map[string]any)
	if !ok || !nameForm.MatchString(f.Name) {
		return errors.New("it is not in the schema, or its name has other than small letters, digits and _ (不在模式中)")
	}
	f.Personal = p["x-personal"] == true
	f.Format, _ = p["format"].(string)
	f.MaxLen, _ = p["maxLength"].(int)
	required, _ := schema["required"].([]any)
	f.Required = slices.Contains(required, any(f.Name))
	if f.Format != "" && !knownFormat(f.Format) {
		return fmt.Errorf("unknown format %q (未知格式)", f.Format)
	}
	switch p["type"] {
	case "string":
		f.Kind = TextField
		if f.Enum = enumOf(p); f.Enum != nil {
			f.Kind = ChoiceField
		} else if f.MaxLen == 0 && f.Format == "" {
			return errors.New("a text needs maxLength (须有 maxLength)")
		}
	case "integer":
		f.Kind = NumberField
	case "boolean":
		f.Kind = YesNoField
	case "array":
		items, _ := p["items"].(map[string]any)
		f.Kind, f.Enum = SetField, enumOf(items)
		if f.Enum == nil || p["uniqueItems"] != true {
			return errors.New("an array is a set of an enum's values: items.enum and uniqueItems (集合须有 enum)")
		}
	default:
		return errors.New("type must be string, integer, boolean or array (类型)")
	}
	return nil
}

func enumOf(p map[string]any) []string {
	list, _ := p["enum"].([]any)
	var out []string
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

package directory

import (
	"cmp"
	"fmt"
	"slices"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/form"
	"pilotzone/internal/kernel/pack"
)

// Visibility says who is shown a directory or a field (可见范围).
type Visibility string

// The visibilities, from wide to narrow.
const (
	Everyone Visibility = "public"  // anybody
	SignedIn Visibility = "signed"  // who has signed in
	Offices  Visibility = "offices" // departments and administrators
)

func (v Visibility) rank() int {
	return max(0, slices.Index([]Visibility{Everyone, SignedIn, Offices}, v))
}

// Holders says whose entries a directory has (条目归属).
type Holders string

// The holders.
const (
	ByOffices Holders = "offices" // what offices put in
	ByOwners  Holders = "owners"  // enterprises' and parks' own
)

// Definition is a directory as data (名录): one version of it.
type Definition struct {
	ID     string      `yaml:"-"`
	Title  Words       `yaml:"-"`
	From   clock.Day   `yaml:"-"`
	To     clock.Day   `yaml:"-"`
	Source pack.Source `yaml:"-"`
	Mark   pack.Mark   `yaml:"-"`

	Theme   string    `yaml:"theme"` // group in the catalogue
	Summary Words     `yaml:"summary"`
	Icon    string    `yaml:"icon"`
	Form    form.Form `yaml:"form"`
	Name    string    `yaml:"name"` // field that names an entry
	// Tables fill the choices of fields from code tables: country: code_country.
	Tables  map[string]string `yaml:"tables"`
	Holders Holders           `yaml:"holders"`
	// Closed: new entries come by matter or from offices alone; owners change theirs.
	Closed bool `yaml:"closed"`
	// Locked are fields that owners do not change, such as a grade.
	Locked []string `yaml:"locked"`
	// Review: what owners put in or change waits for an office.
	Review     bool                  `yaml:"review"`
	Enter      []Way                 `yaml:"enter"`
	Visibility Visibility            `yaml:"visibility"`
	Fields     map[string]Visibility `yaml:"fields"` // narrower than the directory's
	Search     []string              `yaml:"search"` // fields that words are looked for in, beside the name
	Facets     []string              `yaml:"facets"` // choices that entries are chosen and counted by
	Sort       Sort                  `yaml:"sort"`
	Unique     []string              `yaml:"unique"` // fields that together name one entry
	// Begins is the field with the first day on which an entry counts; "": the day
	// of its publication.
	Begins string  `yaml:"begins"`
	Expiry *Expiry `yaml:"expiry"`
	// Recheck is after how many months an office looks at an entry again; 0: never.
	Recheck int  `yaml:"recheck_months"`
	Rated   bool `yaml:"rated"` // clients of real trade rate entries
	// Certificate: each entry has a code by which anybody verifies it.
	Certificate bool    `yaml:"certificate"`
	Parent      *Parent `yaml:"parent"`
	// Requires is a directory in which an owner must have a published entry.
	Requires string  `yaml:"requires"`
	Market   *Market `yaml:"market"`
	// Cite: entries stand for rules and show their own source and day.
	Cite bool `yaml:"cite"`
	// Empty says why there is nothing yet and how it is filled.
	Empty Words `yaml:"empty"`
}

// Way is a matter by which entries come in or change (办理入录).
type Way struct {
	Matter string `yaml:"matter"`
	// Entry is the form's field that names an entry of the applicant's which is
	// changed; "": a new one is made.
	Entry string            `yaml:"entry"`
	Set   map[string]string `yaml:"set"` // values that the result lays down; "today" is the day
	// Months is how long what it lays down holds; 0: as the entry does.
	Months int `yaml:"months"`
}

// Expiry says when entries end and when their owners are told before (有效期).
type Expiry struct {
	Field string `yaml:"field"` // day; an entry without one does not end
	Warn  []int  `yaml:"warn"`  // days before, such as 90, 30, 7
}

// Parent is the entry of another directory that an entry belongs to.
type Parent struct {
	Directory string `yaml:"directory"`
	Field     string `yaml:"field"` // holds the id of that entry
	Own       bool   `yaml:"own"`   // it must have the same owner
}

// Market says whom an entry concerns: those who sell there (按市场提醒).
type Market struct {
	Country string `yaml:"country"` // field with customs' three digits
	Goods   string `yaml:"goods"`   // field with an HS chapter or heading; empty means all goods
}

// Visible tells whether a reader of a kind is shown a field.
func (d *Definition) visible(field string, as Visibility) bool {
	return d.Fields[field].rank() <= as.rank()
}

// Way returns how a matter enters the directory, nil if it does not.
func (d *Definition) Way(matter string) *Way {
	if i := slices.IndexFunc(d.Enter, func(w Way) bool { return w.Matter == matter }); i >= 0 {
		return &d.Enter[i]
	}
	return nil
}

// book is the directories of a set, every version.
type book struct {
	set  *pack.Set
	list []*Definition
}

func (b *book) find(id string, day clock.Day) *Definition {
	for _, d := range b.list {
		if d.ID == id && d.From <= day && (d.To == 0 || day <= d.To) {
			return d
		}
	}
	return nil
}

// compile reads all directories of a set and says what is wrong with them.
func compile(set *pack.Set) (*book, pack.Faults) {
	b, faults := &book{set: set}, pack.Faults{}
	for _, item := range set.Items("directories") {
		d, bad := read(set, item)
		faults = append(faults, bad...)
		if d != nil {
			b.list = append(b.list, d)
		}
	}
	return b, faults
}

func read(set *pack.Set, item *pack.Item) (*Definition, pack.Faults) {
	d := &Definition{}
	mend := pack.Text{ZH: "见 docs/directories.md", EN: "see docs/directories.md"}
	if err := item.Decode(d); err != nil {
		return nil, pack.Faults{item.Fault(pack.Text{ZH: "名录定义无法读取：" + err.Error(), EN: "the directory cannot be read: " + err.Error()}, mend)}
	}
	d.ID, d.Title, d.From, d.To, d.Source, d.Mark = item.ID, Words{ZH: item.Title.ZH, EN: item.Title.EN}, item.From, item.To, item.Source, item.Mark
	if d.Visibility == "" {
		d.Visibility = Everyone
	}
	if d.Sort == "" {
		d.Sort = SortName
	}
	var faults pack.Faults
	bad := func(zh, en string) { faults = append(faults, item.Fault(pack.Text{ZH: zh, EN: en}, mend)) }
	for field, table := range d.Tables {
		if err := d.fill(set, field, table); err != nil {
			bad(fmt.Sprintf("字段 %s：没有代码表 %s", field, table), fmt.Sprintf("field %s: there is no code table %s", field, table))
		}
	}
	for _, err := range d.Form.Compile() {
		bad("表单有误："+err.Error(), "form: "+err.Error())
	}
	if len(faults) > 0 {
		return nil, faults
	}
	d.check(set, bad)
	if len(faults) > 0 {
		return nil, faults
	}
	return d, nil
}

// fill makes a code table the choices of a field.
func (d *Definition) fill(set *pack.Set, field, table string) error {
	t, ok := set.Table(table)
	properties, _ := d.Form.Schema["properties"].(map[string]any)
	p, known := properties[field].(map[string]any)
	if !ok || !known {
		return ErrNotFound
	}
	options, codes := map[string]Words{}, []any{}
	for row := range t.On(max(d.From, 20260101)) {
		code := row.Text("code")
		if _, seen := options[code]; !seen {
			zh, en := row.Text("name_zh"), row.Text("name_en")
			options[code] = Words{ZH: cmp.Or(zh, en, code), EN: cmp.Or(en, zh, code)}
			codes = append(codes, code)
		}
	}
	target := p
	if items, ok := p["items"].(map[string]any); ok {
		target = items
	}
	target["enum"] = codes
	delete(target, "maxLength")
	for i := range d.Form.Sections {
		for k := range d.Form.Sections[i].Fields {
			if f := &d.Form.Sections[i].Fields[k]; f.Name == field {
				f.Options = options
			}
		}
	}
	return nil
}

// check holds what the definition says of fields against its form.
func (d *Definition) check(set *pack.Set, bad func(zh, en string)) {
	named := func(what, name string, may func(*form.Field) bool) {
		f := d.Form.Field(name)
		if f == nil || !may(f) {
			bad(fmt.Sprintf("%s：字段 %q 不在表单中或类型不符", what, name), fmt.Sprintf("%s: field %q is not in the form, or is of another kind", what, name))
		}
	}
	clear := func(f *form.Field) bool { return !f.Personal && d.visible(f.Name, d.Visibility) }
	text := func(f *form.Field) bool { return clear(f) && f.Kind == form.TextField }
	choice := func(f *form.Field) bool {
		return clear(f) && (f.Kind == form.ChoiceField || f.Kind == form.SetField || f.Kind == form.YesNoField)
	}
	day := func(f *form.Field) bool { return f.Format == "day" && !f.Personal }
	named("name", d.Name, func(f *form.Field) bool { return f.Kind == form.TextField && (clear(f) || d.Certificate && f.Personal) })
	for _, name := range d.Search {
		named("search", name, func(f *form.Field) bool { return clear(f) })
	}
	for _, name := range d.Facets {
		named("facets", name, choice)
	}
	for _, name := range d.Unique {
		named("unique", name, func(f *form.Field) bool { return !f.Personal && f.Kind != form.SetField })
	}
	for name := range d.Fields {
		named("fields", name, func(*form.Field) bool { return true })
	}
	for _, name := range d.Locked {
		named("locked", name, func(*form.Field) bool { return true })
	}
	if d.Begins != "" {
		named("begins", d.Begins, day)
	}
	if d.Expiry != nil {
		named("expiry", d.Expiry.Field, day)
	}
	if d.Parent != nil {
		named("parent", d.Parent.Field, text)
		if !defined(set, d.Parent.Directory) {
			bad("上级名录 "+d.Parent.Directory+" 不存在", "there is no directory "+d.Parent.Directory+" to belong to")
		}
	}
	if d.Requires != "" && !defined(set, d.Requires) {
		bad("前置名录 "+d.Requires+" 不存在", "there is no directory "+d.Requires+" to be in before")
	}
	if m := d.Market; m != nil {
		named("market.country", m.Country, choice)
		if m.Goods != "" {
			named("market.goods", m.Goods, text)
		}
	}
	for _, w := range d.Enter {
		for field := range w.Set {
			named("enter.set", field, func(*form.Field) bool { return true })
		}
	}
}

func defined(set *pack.Set, id string) bool {
	return slices.ContainsFunc(set.Items("directories"), func(i *pack.Item) bool { return i.ID == id })
}

// Check finds what is wrong with the directories of a set and with the entries
// that it ships.
func Check(set *pack.Set) pack.Faults {
	b, faults := compile(set)
	for _, item := range set.Items("entries") {
		faults = append(faults, b.checkShipped(item)...)
	}
	return faults
}

package pack

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"pilotzone/internal/kernel/clock"
)

// kinds are the kinds of sheets that a pack may hold, each in a folder of its
// name, with its JSON Schema in schema/KIND.json.
var kinds = []string{"budgets", "directories", "entries", "facts", "incentives", "measures", "places", "plans", "recognitions", "scorecards"}

// Kinds are the kinds of sheets (条目类别), sorted.
func Kinds() []string { return slices.Clone(kinds) }

// itemID is the form of an item's id.
var itemID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// headKeys are the keys that every item has, whatever its kind.
var headKeys = []string{"id", "title", "valid_from", "valid_to", "continuous", "source", "mark"}

// Item is one version of an entry of a sheet (条目): a clause, a target, a card.
// It is immutable.
type Item struct {
	Kind   string // "incentives"
	ID     string // unique within kind and day
	Title  Text
	From   clock.Day // first day in force; 0 = since ever
	To     clock.Day // last day; 0 = open
	Source Source
	Mark   Mark
	Pack   string // version of the pack that lays it down
	File   string // path in that pack's folder
	Line   int
	// Continuous says that the history of the id has no gaps, which holds unless
	// the pack says continuous: false.
	Continuous bool

	pack string // name of the pack
	node *yaml.Node
}

// On tells whether the item is in force on day.
func (i *Item) On(day clock.Day) bool { return i.From <= day && (i.To == 0 || day <= i.To) }

// FromPack is the name of the pack that lays it down: "hunan".
func (i *Item) FromPack() string { return i.pack }

// Decode puts the keys of the kind, without those of the head, into a struct
// with yaml tags. A key that the struct does not have is an error.
func (i *Item) Decode(into any) error {
	own := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for n := 0; n+1 < len(i.node.Content); n += 2 {
		if !slices.Contains(headKeys, i.node.Content[n].Value) {
			own.Content = append(own.Content, i.node.Content[n], i.node.Content[n+1])
		}
	}
	text, err := yaml.Marshal(own)
	if err != nil {
		return i.wrap(err)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil && len(own.Content) > 0 {
		return i.wrap(err)
	}
	return nil
}

func (i *Item) wrap(err error) error {
	return fmt.Errorf("%s/%s:%d: %s %s: %w", i.pack, i.File, i.Line, i.Kind, i.ID, err)
}

// YAML is the item as its file has it, head and all.
func (i *Item) YAML() string {
	text, err := yaml.Marshal(i.node)
	if err != nil {
		return "" // a node that was read can be written
	}
	return string(text)
}

// Values are the item's own keys as plain values: maps, lists, texts, numbers
// as they are written (json.Number) and booleans.
func (i *Item) Values() map[string]any {
	all, _ := plain(faults{list: new(Faults)}, i.node).(map[string]any)
	for _, k := range headKeys {
		delete(all, k)
	}
	return all
}

// Fault is something that a checker found wrong in the item, at its place.
func (i *Item) Fault(what, mend Text) Fault {
	return i.FaultAt(what, mend)
}

// FaultAt is [Item.Fault] at a key of the item: FaultAt(what, mend,
// "conditions", "0", "when"). A path that is not there stands at what is.
func (i *Item) FaultAt(what, mend Text, keys ...string) Fault {
	n := within(i.node, keys)
	return Fault{File: i.pack + "/" + i.File, Line: n.Line, Column: n.Column, What: what, Mend: mend}
}

// within finds the node at a path of keys and indices, or the last one on the
// way that is there.
func within(n *yaml.Node, keys []string) *yaml.Node {
	for _, key := range keys {
		next := child(n, key)
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// child is the value of a key of a mapping or an element of a list; nil if it
// is not there.
func child(n *yaml.Node, key string) *yaml.Node {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				return n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		for i, element := range n.Content {
			if fmt.Sprint(i) == key {
				return element
			}
		}
	}
	return nil
}

// Items are the items of a kind that the pack itself lays down, by id and first
// day.
func (p *Pack) Items(kind string) []*Item { return slices.Clone(p.items[kind]) }

// sheets reads all sheets of the pack.
func (p *Pack) sheets(in func(string) faults) {
	for _, name := range sortedKeys(p.files) {
		kind := path.Dir(name)
		if !slices.Contains(kinds, kind) && kind != matterFolder {
			continue
		}
		f := in(name)
		if p.format < 2 {
			f.add(0, 0, Text{"format: 1 的规则包没有条目表", "a pack of format 1 has no sheets"}, Text{"在 pack.yaml 中写 format: 2", "write format: 2 in pack.yaml"})
			continue
		}
		if kind != matterFolder {
			p.sheet(f, kind, name)
		}
	}
	for _, kind := range kinds {
		p.histories(in, kind)
	}
}

// sheet reads one file of items.
func (p *Pack) sheet(f faults, kind, name string) {
	m, ok := f.document(p.files[name], "items")
	if !ok {
		return
	}
	for _, n := range m.items("items", true) {
		if i := p.item(f, kind, n); i != nil {
			i.File = name
			p.items[kind] = append(p.items[kind], i)
		}
	}
}

// item reads and judges one item; nil if its head cannot be used.
func (p *Pack) item(f faults, kind string, n *yaml.Node) *Item {
	before := len(*f.list)
	m, ok := f.mapping(n, keysOf(n)...)
	if !ok {
		return nil
	}
	i := &Item{Kind: kind, ID: m.match("id", true, itemID), Title: m.both("title", true), From: m.day("valid_from"), To: m.day("valid_to"),
		Source: p.source(m, "source"), Mark: choose(m, "mark", true, markNames), Continuous: p.continuous(m),
		Pack: p.Version(), Line: n.Line, pack: p.Name, node: n}
	if i.To != 0 && i.To < i.From {
		line, column := m.at("valid_to")
		f.addf(line, column, Text{"失效日 %[2]s 早于生效日 %[1]s", "it ends on %[2]s, before it begins on %[1]s"}, Text{"改正日期", "mend the dates"}, i.From, i.To)
	}
	headFine := len(*f.list) == before
	if !p.admitted {
		schemaFaults(kind, m, headFine)
	}
	if i.ID == "" || !headFine {
		return nil
	}
	return i
}

// keysOf are the keys of a mapping: an item's own ones are judged by its schema.
func keysOf(n *yaml.Node) []string {
	var out []string
	if n.Kind == yaml.MappingNode {
		for i := 0; i < len(n.Content); i += 2 {
			out = append(out, n.Content[i].Value)
		}
	}
	return out
}

// histories sorts the items of a kind and reports versions of one id that
// overlap or, where the history is continuous, leave a gap.
func (p *Pack) histories(in func(string) faults, kind string) {
	list := p.items[kind]
	slices.SortStableFunc(list, byIDAndDay)
	for first := 0; first < len(list); {
		last := first + 1
		for last < len(list) && list[last].ID == list[first].ID {
			last++
		}
		follow(in, list[first:last])
		first = last
	}
}

func byIDAndDay(a, b *Item) int {
	if c := strings.Compare(a.ID, b.ID); c != 0 {
		return c
	}
	return int(a.From) - int(b.From)
}

// noGap tells how a gap is mended.
var noGap = Text{"有效期须首尾相接；确有停用期间的，写明 continuous: false", "let one follow the other; if it really rests in between, say continuous: false"}

// continuous reads whether a history may have no gaps: so it is unless the pack
// says otherwise. Packs that were admitted before this rule are taken at their
// word.
func (p *Pack) continuous(m mapping) bool { return m.yesUnless("continuous", !p.admitted) }

// follow reports what is wrong between the versions of one id.
func follow(in func(string) faults, versions []*Item) {
	rests := slices.ContainsFunc(versions, func(i *Item) bool { return !i.Continuous })
	for n := 1; n < len(versions); n++ {
		before, i := versions[n-1], versions[n]
		where := fmt.Sprintf("%s:%d", before.File, before.Line)
		switch {
		case before.To == 0 || i.From <= before.To:
			in(i.File).addf(i.Line, 0, Text{"%[1]q 的有效期与 %[2]s 重叠", "the validity of %[1]q overlaps that of %[2]s"},
				Text{"前一版本的最后一日应早于后一版本的第一日，或改用另一 id", "let the earlier version end before the later one begins, or give it another id"}, i.ID, where)
		case !rests && i.From != before.To.AddDays(1):
			in(i.File).addf(i.Line, 0, Text{"%[1]q 与 %[2]s 之间有空档", "there is a gap between %[1]q and %[2]s"},
				noGap, i.ID, where)
		}
	}
}

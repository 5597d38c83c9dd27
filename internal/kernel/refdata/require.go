package refdata

import (
	"strings"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
)

// Names of the tables in the packs.
const (
	tableModes     = "trade_modes"
	tableDocuments = "documents_required"
	tableDigits    = "simplified_digits"
)

// Document is a kind of document that a list can need.
type Document uint8

// The documents.
const (
	Order     Document = iota // 订单 CEB311, CEB303
	Payment                   // 支付凭证 CEB411
	Receipt                   // 收款单 CEB403
	Waybill                   // 运单 CEB511, CEB505
	Arrival                   // 运抵单 CEB507
	Departure                 // 离境单 CEB509
	documents
)

var documentNames = [documents]string{"order", "payment", "receipt", "waybill", "arrival", "departure"}

// String is the document's name in the packs.
func (d Document) String() string {
	if d >= documents {
		return ""
	}
	return documentNames[d]
}

// Documents is a set of documents.
type Documents uint8

// Has tells whether d is in the set.
func (s Documents) Has(d Document) bool { return s&(1<<d) != 0 }

// With is the set with d.
func (s Documents) With(d Document) Documents { return s | 1<<d }

// Names are the documents of the set in order.
func (s Documents) Names() []string {
	var names []string
	for d := range documents {
		if s.Has(d) {
			names = append(names, documentNames[d])
		}
	}
	return names
}

// FieldRule is an element that a mode demands in the list: not empty or, with
// a value, exactly that.
type FieldRule struct {
	Name  string // element name in the message: emsNo
	Value string // "" = any
}

// ModeRule is what holds for a supervision mode in one direction.
type ModeRule struct {
	Mode      Mode
	Direction byte // 'I' or 'E'
	Name      pack.Text
	Bonded    bool // goods come from or go through a special area (保税)
	B2B       bool
	Head      []FieldRule // elements demanded in the list's head
	Line      []FieldRule // elements demanded in each line
	// SimplifiedDigits is how many digits of the commodity code suffice in a
	// simplified declaration (statisticsFlag A); 0 = there is none.
	SimplifiedDigits int
	Accept           Documents // without these a list waits (100 after the waiting time)
	Release          Documents // without these it is not released
	Row              pack.Row
}

// modes holds the rules of an interval of days.
type modes struct {
	rules []ModeRule // a handful: searched in turn
}

// modes builds the mode rules of a day.
func (b *builder) modes(day clock.Day) *modes {
	m := new(modes)
	b.rows(tableModes, day, func(row pack.Row) {
		mode, _ := ModeOf([]byte(row.Text("mode")))
		m.rules = append(m.rules, ModeRule{
			Mode: mode, Direction: row.Text("direction")[0], Name: pack.Text{ZH: row.Text("name_zh"), EN: row.Text("name_en")},
			Bonded: row.Bool("bonded"), B2B: row.Bool("b2b"), Head: fieldRules(row.List("head_fields")), Line: fieldRules(row.List("line_fields")), Row: row,
		})
	})
	b.rows(tableDigits, day, func(row pack.Row) {
		mode, _ := ModeOf([]byte(row.Text("mode")))
		if rule := m.find('E', mode); rule != nil { // only exports are declared simplified
			rule.SimplifiedDigits = int(row.Int("digits"))
		}
	})
	b.rows(tableDocuments, day, func(row pack.Row) {
		mode, _ := ModeOf([]byte(row.Text("mode")))
		rule := m.find(row.Text("direction")[0], mode)
		if rule == nil {
			b.fault(row, pack.Text{ZH: "该日 trade_modes 中没有此方向的监管方式", EN: "on that day trade_modes has no such mode in this direction"},
				pack.Text{ZH: "在 trade_modes 中补上，或改正日期", EN: "add it to trade_modes, or mend the dates"})
			return
		}
		for d := range documents {
			if d.String() != row.Text("document") {
				continue
			}
			if row.Text("stage") == "release" {
				rule.Release = rule.Release.With(d)
			} else {
				rule.Accept = rule.Accept.With(d)
			}
		}
	})
	return m
}

// fieldRules reads "emsNo" and "country=142".
func fieldRules(list []string) []FieldRule {
	var out []FieldRule
	for _, v := range list {
		name, value, _ := strings.Cut(v, "=")
		out = append(out, FieldRule{name, value})
	}
	return out
}

func (m *modes) find(direction byte, mode Mode) *ModeRule {
	for i := range m.rules {
		if r := &m.rules[i]; r.Mode == mode && r.Direction == direction {
			return r
		}
	}
	return nil
}

// Mode finds the rules of a mode in a direction ('I' or 'E'); ok is false if
// lists cannot be declared so on the day.
func (r *Rules) Mode(direction byte, mode Mode) (rule *ModeRule, ok bool) {
	rule = r.modes.find(direction, mode)
	return rule, rule != nil
}

// RequiredDocs are the documents that a list of this direction and mode needs
// to be decided; none for a mode that does not exist on the day.
func (r *Rules) RequiredDocs(direction byte, mode Mode) Documents {
	if rule := r.modes.find(direction, mode); rule != nil {
		return rule.Accept
	}
	return 0
}

// ReleaseDocs are the documents that it needs besides to be released.
func (r *Rules) ReleaseDocs(direction byte, mode Mode) Documents {
	if rule := r.modes.find(direction, mode); rule != nil {
		return rule.Release
	}
	return 0
}

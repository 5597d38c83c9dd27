package story

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/refdata"
)

// Role is what a document is to its parcel: a column of the comparison (单证).
type Role uint8

// The roles, in the order of the columns.
const (
	NoRole     Role = iota
	Order           // 订单
	Payment         // 支付凭证, 收款单
	Waybill         // 运单
	List            // 清单
	Arrival         // 运抵单
	Departure       // 离境单
	Withdrawal      // 撤销申请单
	Signed          // 运单状态
	roles
)

var roleWords = [roles]struct {
	name string
	Text
}{
	{}, {"order", Text{ZH: "订单", EN: "order"}}, {"payment", Text{ZH: "支付凭证", EN: "payment"}}, {"waybill", Text{ZH: "运单", EN: "waybill"}},
	{"list", Text{ZH: "清单", EN: "list"}}, {"arrival", Text{ZH: "运抵单", EN: "arrival"}}, {"departure", Text{ZH: "离境单", EN: "departure"}},
	{"withdrawal", Text{ZH: "撤销申请单", EN: "withdrawal"}}, {"signed", Text{ZH: "运单状态", EN: "waybill status"}},
}

// String is the role's name in addresses and in the API.
func (r Role) String() string { return roleWords[r].name }

// Words are the role's names.
func (r Role) Words() Text { return roleWords[r].Text }

// ParseRole reads a role's name.
func ParseRole(name string) (Role, bool) {
	for r := Order; r < roles; r++ {
		if roleWords[r].name == name {
			return r, true
		}
	}
	return NoRole, false
}

// kindRoles tells the role of each kind of message that the platform takes.
var kindRoles = map[ceb.Kind]Role{311: Order, 303: Order, 411: Payment, 403: Payment, 511: Waybill, 505: Waybill, 621: List, 603: List,
	507: Arrival, 509: Departure, 623: Withdrawal, 605: Withdrawal, 513: Signed}

func roleOf(k ceb.Kind) Role { return kindRoles[k] }

// export tells whether the kind is one of exports.
func (r Role) export(k ceb.Kind) bool {
	switch k {
	case 303, 403, 505, 603, 507, 509, 605:
		return true
	}
	return false
}

// Paper is one document of the parcel: a column of the comparison.
type Paper struct {
	Role     Role
	Name     Text
	Kind     ceb.Kind  // such as 311
	Versions []Version // in the order in which they came
	Shown    int       // place in Versions; -1: it is missing
	Since    int64     // of one that is waited for: since when, µs UTC

	head  map[string]string
	lines []map[string]string
}

// Version is one document as it came in.
type Version struct {
	Input    uint64
	Decision uint64 // the answer
	At       int64
	Number   string
	Sender   string
	What     clearance.What
	Reasons  []clearance.Reason // of the answer
	Counts   bool               // the list was decided with it, or would be now
}

// Missing tells whether there is no such document.
func (p *Paper) Missing() bool { return p.Shown < 0 }

// Version is the one that is shown; nil when it is missing.
func (p *Paper) Version() *Version {
	if p.Shown < 0 {
		return nil
	}
	return &p.Versions[p.Shown]
}

// kindFor is the kind of a role's messages in a direction.
func kindFor(r Role, dir clearance.Direction) ceb.Kind {
	export := dir == clearance.Export
	for _, k := range []ceb.Kind{311, 303, 411, 403, 511, 505, 621, 603, 507, 509} {
		if kindRoles[k] == r && r.export(k) == export {
			return k
		}
	}
	return 0
}

// papers collects the columns: order, payment, waybill and list, for exports
// arrival and departure too. A receipt of payment of an export is a column only
// where one came (GACC 2024 No.167).
func (s *Story) papers(decisions []*clearance.Decision) []Paper {
	byRole := map[Role][]Version{}
	for _, d := range decisions {
		r := roleOf(d.Kind)
		if v, ok := versionOf(d); ok && r != NoRole && r.export(d.Kind) == (s.Direction == clearance.Export) {
			byRole[r] = append(byRole[r], v)
		}
	}
	columns := []Role{Order, Payment, Waybill, List}
	if s.Direction == clearance.Export {
		columns = []Role{Order, Payment, Waybill, List, Arrival, Departure}
	}
	var out []Paper
	for _, r := range columns {
		k := kindFor(r, s.Direction)
		if k == 403 && len(byRole[r]) == 0 {
			continue
		}
		p := Paper{Role: r, Kind: k, Name: r.Words(), Versions: byRole[r], Shown: -1}
		if k == 403 {
			p.Name = Text{ZH: "收款单", EN: "receipt of payment"}
		}
		out = append(out, p)
	}
	return out
}

// versionOf reads the document that a decision answers. A repetition is the
// document that is there already.
func versionOf(d *clearance.Decision) (Version, bool) {
	switch d.What {
	case clearance.DocStored, clearance.DocRefused, clearance.DocDeleted:
	case clearance.Moved, clearance.NotMoved:
		if d.Kind != 507 && d.Kind != 509 {
			return Version{}, false
		}
	default:
		return Version{}, false
	}
	v := Version{Input: d.Input, Decision: d.Seq, At: d.At, Number: numberOf(d), What: d.What, Reasons: d.Reasons}
	if len(d.Receipts) > 0 && d.Kind != 507 && d.Kind != 509 {
		v.Sender = d.Receipts[0].To
	}
	return v, true
}

// judgedAt is the decision on the newest version of the list; 0 while it waits or
// where there is none.
func judgedAt(decisions []*clearance.Decision) (at uint64) {
	for _, d := range decisions {
		switch {
		case d.What == clearance.DocStored && roleOf(d.Kind) == List:
			at = 0
		case d.What == clearance.Decided:
			at = d.Seq
		}
	}
	return at
}

// count marks the version that counts: the newest that was stored before the
// decision at, or the newest of all while the list waits (0). Of several payments
// the machine takes the one that the order names, else the last.
func (p *Paper) count(at uint64, named string) {
	stands := map[string]int{} // by number
	last := ""
	for i, v := range p.Versions {
		moves := p.Role == Arrival || p.Role == Departure
		if at != 0 && v.Decision > at && !moves {
			continue
		}
		switch v.What {
		case clearance.DocRefused:
		case clearance.DocDeleted:
			delete(stands, v.Number)
		default:
			stands[v.Number], last = i, v.Number
		}
	}
	if _, ok := stands[named]; ok {
		last = named
	}
	if i, ok := stands[last]; ok {
		p.Versions[i].Counts = true
	}
}

// choose takes the version of an input, or the one that counts, else the newest.
func (p *Paper) choose(input uint64) {
	p.Shown = -1
	if input != 0 {
		p.Shown = slices.IndexFunc(p.Versions, func(v Version) bool { return v.Input == input })
	}
	if p.Shown < 0 {
		p.Shown = slices.IndexFunc(p.Versions, func(v Version) bool { return v.Counts })
	}
	if n := len(p.Versions); p.Shown < 0 && n > 0 && p.Versions[n-1].What == clearance.DocRefused {
		p.Shown = n - 1
	}
}

// load reads the fields of the shown version.
func (t *Teller) load(ctx context.Context, p *Paper) error {
	v := p.Version()
	if v == nil {
		return nil
	}
	raw, err := t.Documents.Raw(ctx, v.Input)
	if err != nil {
		return fmt.Errorf("document %d: %w", v.Input, err)
	}
	names := namesOf(raw.Kind)
	p.head = fields(raw.Doc.Head, names.head)
	p.lines = make([]map[string]string, len(raw.Doc.Lines))
	for i, l := range raw.Doc.Lines {
		p.lines[i] = fields(l, names.line)
	}
	return nil
}

func fields(r ceb.Record, names []string) map[string]string {
	m := make(map[string]string, len(names))
	if !r.Valid() {
		return m
	}
	for i, n := range names {
		if f := ceb.Field(i); i < r.Fields() && r.Has(f) {
			m[n] = r.Text(f)
		}
	}
	return m
}

// elementNames are the elements of a kind by their place, as ceb.Field counts.
type elementNames struct{ head, line []string }

var allNames sync.Map // by kind

func namesOf(k ceb.Kind) elementNames {
	if v, ok := allNames.Load(k); ok {
		return v.(elementNames)
	}
	var out elementNames
	if elements := ceb.Elements(k); len(elements) > 0 {
		node := elements[0]
		if len(node.Children) > 0 && node.Children[0].Type == "node" {
			out.head = names(node.Children[0])
			if len(node.Children) > 1 {
				out.line = names(node.Children[1])
			}
		} else {
			out.head = names(node)
		}
	}
	allNames.Store(k, out)
	return out
}

func names(node ceb.Element) []string {
	out := make([]string, len(node.Children))
	for i, c := range node.Children {
		out[i] = c.Name
	}
	return out
}

// wait says what a waiting list waits for, since when, and until when.
func (s *Story) wait(book *refdata.Book, decisions []*clearance.Decision) {
	var list *clearance.Decision
	for _, d := range decisions {
		if d.What == clearance.DocStored && roleOf(d.Kind) == List {
			list = d
		}
	}
	if s.Parcel == nil || s.Parcel.State != clearance.Waiting || list == nil {
		return
	}
	since := clock.DayOf(clock.FromMicros(list.At))
	until := clock.Day(0)
	if rules := book.On(since); rules.Periods.ListWait > 0 {
		until = since.AddDays(int(rules.Periods.ListWait))
	}
	for _, r := range list.Reasons {
		if r.Code != "PZ1501" || len(r.Args) == 0 {
			continue
		}
		for i := range s.Papers {
			p := &s.Papers[i]
			counted := slices.ContainsFunc(p.Versions, func(v Version) bool { return v.Counts })
			if counted || !slices.Contains(strings.Split(r.Args[0], "、"), p.Name.ZH) {
				continue
			}
			p.Since = list.At
			s.Waits = append(s.Waits, Wait{Role: p.Role, Name: p.Name, Since: list.At, Until: until})
		}
	}
}

// Package query is the filters of lists as they stand in an address (查询条件): the
// pages, the files that are exported and the interface for programs read and
// write them alike.
//
// Invariants: what cannot be read is a fault and never widens a list; the reach
// of the caller comes from the table of permissions and from nowhere else;
// writing what was read gives the same filter.
package query

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// Reach is how far a permission goes for the caller of a request.
func Reach(ctx context.Context, need access.Permission) lookup.Reach {
	p := access.Of(ctx)
	switch p.Scope(need) {
	case access.Zone:
		return lookup.Everything()
	case access.Own:
		return lookup.Only(p.Parties()...)
	}
	return lookup.Only()
}

// The names of the filters.
const (
	Number      = "number"
	State       = "state"
	Status      = "status"
	ReasonCode  = "reason"
	From        = "from"
	To          = "to"
	Mode        = "mode"
	Direction   = "direction"
	Customs     = "customs"
	Country     = "country"
	Goods       = "goods"
	Enterprise  = "enterprise"
	Merchant    = "merchant"
	Least       = "least"
	Most        = "most"
	SlotOf      = "slot"
	ReleaseSlot = "release_slot"
	ReleaseTime = "release_time"
)

// Names are all filters, in the order in which they are shown.
var Names = []string{Number, State, Status, ReasonCode, From, To, SlotOf, ReleaseSlot, ReleaseTime, Direction, Mode, Customs, Country, Goods, Enterprise, Merchant, Least, Most}

// Fault is a filter that cannot be read.
type Fault struct {
	Name, Value  string
	ZH, EN       string
	FixZH, FixEN string
}

// mostValues bounds the values of one filter.
const mostValues = 60

// patterns are the forms of the filters whose values are plain codes.
var patterns = map[string]*regexp.Regexp{
	Status:      regexp.MustCompile(`^[0-9]{1,5}$`),
	ReasonCode:  regexp.MustCompile(`^-?[A-Za-z0-9_]{1,12}(-[0-9]{1,4})?$`),
	Mode:        regexp.MustCompile(`^[0-9]{4}$`),
	Customs:     regexp.MustCompile(`^[0-9]{4}$`),
	Country:     regexp.MustCompile(`^[0-9]{3}$`),
	Goods:       regexp.MustCompile(`^([0-9]{2}|[0-9]{4})$`),
	Enterprise:  regexp.MustCompile(`^[A-Za-z0-9]{6,20}$`),
	Merchant:    regexp.MustCompile(`^[A-Za-z0-9]{6,20}$`),
	SlotOf:      regexp.MustCompile(`^[0-9]{12}$`),
	ReleaseSlot: regexp.MustCompile(`^[0-9]{12}$`),
	ReleaseTime: regexp.MustCompile(`^[IE][0-9]{3,4}$`),
}

// fixes say what a filter's value looks like.
var fixes = map[string][2]string{
	State:       {"状态取列表中的值，如 released", "a state of the list, such as released"},
	Status:      {"回执状态为数字，如 800", "a receipt status is a number, such as 800"},
	ReasonCode:  {"原因代码如 1313 或 PZ1501", "a reason code is like 1313 or PZ1501"},
	From:        {"日期写作 2026-11-22", "a day is written 2026-11-22"},
	To:          {"日期写作 2026-11-22", "a day is written 2026-11-22"},
	Mode:        {"监管方式为四位数字，如 9610", "a mode has four digits, such as 9610"},
	Direction:   {"import 或 export", "import or export"},
	Customs:     {"关区代码为四位数字", "a customs district has four digits"},
	Country:     {"国别代码为三位数字", "a country has three digits"},
	Goods:       {"HS 两位章或四位品目", "an HS chapter of two or a heading of four digits"},
	Enterprise:  {"海关编码或统一社会信用代码", "a customs code or a USCC"},
	Merchant:    {"海关编码或统一社会信用代码", "a customs code or a USCC"},
	Least:       {"金额以元计，如 100 或 99.50", "an amount in yuan, such as 100 or 99.50"},
	Most:        {"金额以元计，如 100 或 99.50", "an amount in yuan, such as 100 or 99.50"},
	SlotOf:      {"十分钟写作 202611221030", "ten minutes are written 202611221030"},
	ReleaseSlot: {"十分钟写作 202611221030", "ten minutes are written 202611221030"},
	ReleaseTime: {"由页面给出", "as a page gives it"},
	Number:      {"编号不超过 80 个字符", "a number has at most 80 characters"},
}

// Fix says what a filter's value looks like, in Chinese and English.
func Fix(name string) (zh, en string) { return fixes[name][0], fixes[name][1] }

// Parcels reads the filters of the list of parcels. Within is not set.
func Parcels(q url.Values) (f lookup.Filter, faults []Fault) {
	r := &reader{q: q}
	f = lookup.Filter{Number: r.number(), Reasons: r.codes(ReasonCode), Modes: r.codes(Mode), Customs: r.codes(Customs), Countries: r.codes(Country),
		Goods: r.codes(Goods), Parties: r.codes(Enterprise), Merchants: r.codes(Merchant), Slots: r.codes(SlotOf), ReleaseSlots: r.codes(ReleaseSlot),
		Times: r.codes(ReleaseTime), From: r.day(From), To: r.day(To), Least: r.yuan(Least), Most: r.yuan(Most)}
	for _, v := range r.values(State) {
		if s, ok := clearance.ParseState(v); ok && s != clearance.None {
			f.States = append(f.States, s)
		} else {
			r.fault(State, v)
		}
	}
	for _, v := range r.codes(Status) {
		if n, err := strconv.ParseUint(v, 10, 16); err == nil {
			f.Statuses = append(f.Statuses, uint16(n))
		} else {
			r.fault(Status, v)
		}
	}
	for _, v := range r.values(Direction) {
		switch v {
		case "import":
			f.Direction = clearance.Import
		case "export":
			f.Direction = clearance.Export
		default:
			r.fault(Direction, v)
		}
	}
	return f, r.faults
}

// reader reads filters and collects what is wrong.
type reader struct {
	q      url.Values
	faults []Fault
}

func (r *reader) fault(name, value string) {
	fix := fixes[name]
	r.faults = append(r.faults, Fault{name, value, "查询条件无法识别", "this filter can't be read", fix[0], fix[1]})
}

// values are the values of a filter, which may also stand in one with spaces or
// commas between.
func (r *reader) values(name string) (out []string) {
	for _, v := range r.q[name] {
		for _, w := range strings.FieldsFunc(v, func(c rune) bool { return strings.ContainsRune(" ,，、;；\t", c) }) {
			if !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	if len(out) > mostValues {
		r.fault(name, strconv.Itoa(len(out)))
		return nil
	}
	return out
}

// codes are values that have the filter's form.
func (r *reader) codes(name string) (out []string) {
	for _, v := range r.values(name) {
		if patterns[name].MatchString(v) {
			out = append(out, v)
		} else {
			r.fault(name, v)
		}
	}
	return out
}

func (r *reader) number() string {
	v := strings.TrimSpace(r.q.Get(Number))
	if utf8.RuneCountInString(v) > 80 || !utf8.ValidString(v) {
		r.fault(Number, "")
		return ""
	}
	return v
}

func (r *reader) day(name string) clock.Day {
	v := r.q.Get(name)
	if v == "" {
		return 0
	}
	day, err := clock.ParseDay(v)
	if err != nil {
		r.fault(name, v)
	}
	return day
}

func (r *reader) yuan(name string) money.Fen {
	v := strings.TrimSpace(r.q.Get(name))
	if v == "" {
		return 0
	}
	fen, err := money.ParseFen(v)
	if err != nil || fen < 0 {
		r.fault(name, v)
	}
	return fen
}

// Values writes the filters of a list of parcels, as Parcels reads them.
func Values(f lookup.Filter) url.Values {
	q := url.Values{}
	set := func(name, v string) {
		if v != "" {
			q.Set(name, v)
		}
	}
	set(Number, f.Number)
	for _, s := range f.States {
		q.Add(State, s.String())
	}
	for _, s := range f.Statuses {
		q.Add(Status, strconv.Itoa(int(s)))
	}
	for name, list := range map[string][]string{ReasonCode: f.Reasons, Mode: f.Modes, Customs: f.Customs, Country: f.Countries, Goods: f.Goods, Enterprise: f.Parties,
		Merchant: f.Merchants, SlotOf: f.Slots, ReleaseSlot: f.ReleaseSlots, ReleaseTime: f.Times} {
		if len(list) > 0 {
			q[name] = slices.Clone(list)
		}
	}
	switch f.Direction {
	case clearance.Import:
		q.Set(Direction, "import")
	case clearance.Export:
		q.Set(Direction, "export")
	}
	for name, day := range map[string]clock.Day{From: f.From, To: f.To} {
		if day != 0 {
			q.Set(name, day.String())
		}
	}
	for name, fen := range map[string]money.Fen{Least: f.Least, Most: f.Most} {
		if fen != 0 {
			q.Set(name, fen.String())
		}
	}
	return q
}

// Address is the list of parcels under a filter.
func Address(f lookup.Filter) string {
	if q := Values(f).Encode(); q != "" {
		return "/parcels?" + q
	}
	return "/parcels"
}

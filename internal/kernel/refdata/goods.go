package refdata

import (
	"slices"
	"strconv"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
)

// Names of the tables in the packs.
const (
	tablePositive         = "positive_list"
	tablePositiveObserved = "positive_list_observed"
	tableWeightLimits     = "weight_limits"
)

// PositiveEntry is an eight-digit code of the positive list for retail imports
// (跨境电子商务零售进口商品清单).
type PositiveEntry struct {
	Code   uint32 // eight digits
	Name   string
	Remark string // 备注 of the list, as printed
	Modes  []Mode // modes to which the remark restricts it; none = all
	Review bool   // the remark restricts by name, use or species: a person must look
	Row    pack.Row
}

// Allows tells whether the entry is open to a mode.
func (e *PositiveEntry) Allows(mode Mode) bool {
	if len(e.Modes) == 0 {
		return true
	}
	for _, m := range e.Modes {
		if m == mode {
			return true
		}
	}
	return false
}

// WeightLimit is a yearly weight that a person may buy of a group of goods
// (个人年度限量, RULES A9d).
type WeightLimit struct {
	Group    string // "sugar"
	Name     pack.Text
	Prefixes []string // of the commodity code
	Grams    int64    // a person, a calendar year
	Row      pack.Row
}

// goods holds the lists of an interval of days.
type goods struct {
	positive map[uint32]*PositiveEntry
	observed bool
	weights  []WeightLimit
	prefixes []prefix
}

// prefix is a beginning of commodity codes under a weight limit.
type prefix struct {
	text  string
	limit int // place in weights
}

// goods builds the lists of a day. The legal list is used when a pack has rows
// of it for the day, else the observed one.
func (b *builder) goods(day clock.Day) *goods {
	g := &goods{positive: make(map[uint32]*PositiveEntry)}
	b.positive(g, tablePositive, day)
	if len(g.positive) == 0 {
		b.positive(g, tablePositiveObserved, day)
		g.observed = true
	}
	b.rows(tableWeightLimits, day, func(row pack.Row) {
		w := WeightLimit{Group: row.Text("name"), Name: pack.Text{ZH: row.Text("name_zh"), EN: row.Text("name_en")},
			Prefixes: row.List("hs_prefixes"), Grams: row.Int("grams_per_year"), Row: row}
		for _, p := range w.Prefixes {
			g.prefixes = append(g.prefixes, prefix{p, len(g.weights)})
		}
		g.weights = append(g.weights, w)
	})
	slices.SortStableFunc(g.prefixes, func(a, b prefix) int { return len(b.text) - len(a.text) })
	return g
}

func (b *builder) positive(g *goods, table string, day clock.Day) {
	b.rows(table, day, func(row pack.Row) {
		n, _ := strconv.ParseUint(row.Text("code"), 10, 32)
		e := &PositiveEntry{Code: uint32(n), Name: row.Text("name"), Remark: row.Text("remark"), Review: row.Bool("review"), Row: row}
		for _, m := range row.List("modes") {
			if mode, ok := ModeOf([]byte(m)); ok {
				e.Modes = append(e.Modes, mode)
			}
		}
		g.positive[e.Code] = e
	})
}

// Positive finds a commodity code in the positive list by its first eight
// digits. When no legal list is loaded for the day, the list of codes observed
// in practice answers ([Rules.PositiveObserved]).
func (r *Rules) Positive(code []byte) (*PositiveEntry, bool) {
	if len(code) < 8 {
		return nil, false
	}
	n, ok := digits(code[:8], 8)
	if !ok {
		return nil, false
	}
	e, ok := r.goods.positive[uint32(n)]
	return e, ok
}

// PositiveObserved tells that no legal positive list is loaded for the day and
// that [Rules.Positive] answers from the codes observed in filings of 2014 to
// 2018, which are not law. A decision that rests on it must say so.
func (r *Rules) PositiveObserved() bool { return r.goods.observed }

// PositiveCodes is the number of codes in the list that answers.
func (r *Rules) PositiveCodes() int { return len(r.goods.positive) }

// WeightLimits are the yearly weight limits in force.
func (r *Rules) WeightLimits() []WeightLimit { return r.goods.weights }

// WeightLimit finds the weight limit that a commodity code falls under, by its
// longest prefix.
func (r *Rules) WeightLimit(code []byte) (*WeightLimit, bool) {
	for _, p := range r.goods.prefixes { // a handful, the longest first
		if len(code) >= len(p.text) && string(code[:len(p.text)]) == p.text {
			return &r.goods.weights[p.limit], true
		}
	}
	return nil, false
}

// Package scorecard scores subjects by published cards (评分卡): each indicator
// gives points for a figure by bands or a straight line, the sum gives a grade.
// A card is data, an item of kind `scorecards` in the packs; docs/rules.md is the
// manual.
//
// Points are whole thousandths, never floating point; a result shows for every
// indicator what there is and how it came to its points. A figure that nobody
// knows gives no points and is said to be unknown.
//
// Invariants: a compiled card is immutable and safe for concurrent use; nothing
// here reads the clock; points of an indicator never exceed its weight, and the
// points of a result are the sum of its lines.
package scorecard

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
)

// Kind is the kind of sheets that hold cards.
const Kind = "scorecards"

// Card is a compiled card.
type Card struct {
	ID         string
	Title      pack.Text
	Subject    string // what is scored: enterprise, park, county …
	Purpose    pack.Text
	Note       pack.Text // what the source does not say
	Of         int64     // points that can be had, thousandths
	Indicators []Indicator
	Grades     []Grade // best first
	Item       *pack.Item
}

// Indicator is one line of a card (评分指标).
type Indicator struct {
	ID     string
	Title  pack.Text
	Weight int64  // most points, thousandths
	Of     string // the fact or the expression that is scored
	Facts  []string
	Type   rule.Type
	Bands  []Band // best first; none: linear
	Linear bool
	From   rule.Value // of a linear scale: no points
	To     rule.Value // all points
	Note   pack.Text

	value func(rule.Facts) (rule.Value, bool, error)
}

// Band gives points from a value on (分档).
type Band struct {
	AtLeast rule.Value
	Points  int64 // thousandths
}

// Grade is a grade from points on (等级).
type Grade struct {
	ID      string
	Title   pack.Text
	AtLeast int64 // thousandths
}

// Result is what a subject scores (评分结果).
type Result struct {
	Card       string // id of the card
	Points, Of int64  // thousandths
	Grade      string // id; "" if the card has none or none is reached
	GradeTitle pack.Text
	Unknown    int // indicators whose figure is not known
	Lines      []Line
}

// Line is what one indicator gives, with its working.
type Line struct {
	ID             string
	Title          pack.Text
	Weight, Points int64 // thousandths
	Have           rule.Value
	Known          bool
	Working        string   // "≥ 5 → 12 / 20": the same in both languages
	Facts          []string // names of the facts used
}

// Score scores one subject. A computed value that does not fit counts as not
// known; its working says so.
func (c *Card) Score(f rule.Facts) Result {
	r := Result{Card: c.ID, Of: c.Of}
	for i := range c.Indicators {
		l := c.Indicators[i].line(f)
		if !l.Known {
			r.Unknown++
		}
		r.Points += l.Points
		r.Lines = append(r.Lines, l)
	}
	for _, g := range c.Grades {
		if r.Points >= g.AtLeast {
			r.Grade, r.GradeTitle = g.ID, g.Title
			break
		}
	}
	return r
}

// Uses are the facts that the card needs, sorted.
func (c *Card) Uses() []string {
	var all []string
	for _, i := range c.Indicators {
		all = append(all, i.Facts...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (i *Indicator) line(f rule.Facts) Line {
	l := Line{ID: i.ID, Title: i.Title, Weight: i.Weight, Facts: i.Facts}
	have, known, err := i.value(f)
	switch {
	case err != nil:
		l.Working = "✗ " + err.Error()
		return l
	case !known:
		l.Working = "? → 0 / " + Points(i.Weight)
		return l
	}
	l.Have, l.Known = have, true
	if i.Linear {
		l.Points, l.Working = i.straight(have)
		return l
	}
	for _, b := range i.Bands {
		if atLeast(have, b.AtLeast) {
			l.Points = b.Points
			l.Working = fmt.Sprintf("%s → %s / %s", compared(have, "≥", b.AtLeast), Points(b.Points), Points(i.Weight))
			return l
		}
	}
	l.Working = fmt.Sprintf("%s → 0 / %s", compared(have, "<", i.Bands[len(i.Bands)-1].AtLeast), Points(i.Weight))
	return l
}

// compared is a comparison as people write it; a yes or no is a tick or a cross.
func compared(have rule.Value, op string, want rule.Value) string {
	if have.Type() == rule.TypeBool {
		return have.Plain()
	}
	return have.Plain() + " " + op + " " + want.Plain()
}

// straight is weight × (have − from) / (to − from), within 0 and the weight,
// half-up to a thousandth.
func (i *Indicator) straight(have rule.Value) (int64, string) {
	x, from, to := number(have), number(i.From), number(i.To)
	share := new(big.Rat).SetFrac(new(big.Int).Sub(x, from), new(big.Int).Sub(to, from))
	p := int64(0)
	switch {
	case share.Cmp(big.NewRat(1, 1)) >= 0:
		p = i.Weight
	case share.Sign() > 0:
		rounded, _ := money.RoundRat(share.Mul(share, new(big.Rat).SetInt64(i.Weight)))
		p = int64(rounded)
	}
	return p, fmt.Sprintf("%s × (%s − %s) / (%s − %s) → %s", Points(i.Weight), have.Plain(), i.From.Plain(), i.To.Plain(), i.From.Plain(), Points(p))
}

func number(v rule.Value) *big.Int {
	if v.Type() == rule.TypeMoney {
		return big.NewInt(int64(v.Fen()))
	}
	return big.NewInt(v.Int())
}

func atLeast(v, w rule.Value) bool {
	switch v.Type() {
	case rule.TypeBool:
		return v.Bool() || !w.Bool()
	case rule.TypeDay:
		return v.Day() >= w.Day()
	}
	return number(v).Cmp(number(w)) >= 0
}

// Points writes thousandths of a point plainly: 12.5.
func Points(p int64) string {
	s := fmt.Sprintf("%d.%03d", p/1000, p%1000)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

package rulebook

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
)

// codesOf writes reasons as their codes.
func codesOf(reasons []clearance.Reason) string {
	var out []string
	for _, r := range reasons {
		if !slices.Contains(out, r.Code) {
			out = append(out, r.Code)
		}
	}
	return strings.Join(out, " ")
}

// class is how an enterprise sees a state: the higher the better.
type class int

const (
	refused class = iota // refused, or taken out
	held                 // a person decides, or it waits
	passed               // examined or released
)

var classNames = [...]pack.Text{{ZH: "退单", EN: "refused"}, {ZH: "待处理", EN: "held or waiting"}, {ZH: "放行", EN: "released"}}

func (o *outcome) class() class {
	if o == nil || o.door {
		return refused
	}
	switch o.state {
	case clearance.Concluded, clearance.Released, clearance.Closed:
		return passed
	case clearance.Refused, clearance.Returned, clearance.Expired, clearance.Withdrawn, clearance.Deleted:
		return refused
	}
	return held
}

// words says an outcome in both languages.
func (o *outcome) words() pack.Text {
	if o == nil {
		return pack.Text{ZH: "未入库", EN: "not taken in"}
	}
	t := pack.Text{ZH: o.state.Chinese(), EN: o.state.String()}
	if o.door {
		t = pack.Text{ZH: "单证退回", EN: "refused by itself"}
	}
	if o.taxed {
		t.ZH, t.EN = t.ZH+"，税款 "+o.tax.String(), t.EN+", tax "+o.tax.String()
	}
	if o.codes != "" {
		t.ZH, t.EN = t.ZH+"（"+o.codes+"）", t.EN+" ("+o.codes+")"
	}
	return t
}

// compare tells the parcels that the two runs judge otherwise.
func (p *Parcels) compare(s *span, old, new map[clearance.Key]*outcome, order []clearance.Key) Report {
	r := Report{Room: "parcels", Title: pack.Text{ZH: "历史包裹", EN: "stored parcels"}, Notes: p.notes(s)}
	for k := range old {
		if new[k] == nil {
			order = append(order, k) // the second run did not meet it
		}
	}
	slices.SortStableFunc(order, func(a, b clearance.Key) int { return cmp.Compare(named(old, new, a).list, named(old, new, b).list) })
	var counts [2][3]int64
	var taxes [2]money.Fen
	parties := make(map[string]*Party)
	for _, k := range order {
		a, b := old[k], new[k]
		r.Looked++
		for i, o := range []*outcome{a, b} {
			counts[i][o.class()]++
			if o != nil && o.class() == passed {
				taxes[i] += o.tax
			}
		}
		if c, differs := p.differ(a, b, named(old, new, k)); differs {
			r.Add(c)
			party(parties, c, p.Merchant)
		}
	}
	for c := passed; c >= refused; c-- {
		r.Totals = append(r.Totals, Total{classNames[c], strconv.FormatInt(counts[0][c], 10), strconv.FormatInt(counts[1][c], 10)})
	}
	r.Totals = append(r.Totals, Total{pack.Text{ZH: "放行包裹税款（元）", EN: "tax of released parcels (yuan)"}, taxes[0].String(), taxes[1].String()})
	r.Parties = ranked(parties)
	return r
}

func named(old, new map[clearance.Key]*outcome, k clearance.Key) *outcome {
	if o := new[k]; o != nil && (o.list != "" || old[k] == nil) {
		return o
	}
	return old[k]
}

// differ tells whether a parcel is judged otherwise, and for whom that is good:
// a better state, or less tax in the same one.
func (p *Parcels) differ(a, b, name *outcome) (Case, bool) {
	if a != nil && b != nil && a.state == b.state && a.door == b.door && a.taxed == b.taxed && a.tax == b.tax && a.dutiable == b.dutiable && a.codes == b.codes {
		return Case{}, false
	}
	c := Case{Subject: cmp.Or(name.list, name.order), Who: name.merchant, Effect: Neuter, Old: a.words(), New: b.words()}
	if a != nil && a.number != 0 && name.order != "" {
		c.Open = "/find?number=" + url.QueryEscape(name.order)
	}
	before, after := a.class(), b.class()
	if before == passed && after == passed {
		c.Amount = b.tax - a.tax
	}
	switch {
	case after > before || after == before && c.Amount < 0:
		c.Effect = Gains
	case after < before || c.Amount > 0:
		c.Effect = Loses
	}
	return c, true
}

// Party is an enterprise that a set would treat otherwise.
type Party struct {
	Who    string    `json:"who"`
	Name   string    `json:"name"`
	Gain   int64     `json:"gain"`
	Lose   int64     `json:"lose"`
	Change int64     `json:"change"`
	Amount money.Fen `json:"amount"` // more or less that it pays or gets
}

// mostParties bounds the list of enterprises.
const mostParties = 100

func party(all map[string]*Party, c Case, name func(string) string) {
	v := all[c.Who]
	if v == nil {
		v = &Party{Who: c.Who}
		if name != nil {
			v.Name = name(c.Who)
		}
		all[c.Who] = v
	}
	switch c.Effect {
	case Gains:
		v.Gain++
	case Loses:
		v.Lose++
	default:
		v.Change++
	}
	v.Amount += c.Amount
}

func ranked(all map[string]*Party) []Party {
	var out []Party
	for _, v := range all {
		out = append(out, *v)
	}
	slices.SortFunc(out, func(a, b Party) int {
		return cmp.Or(cmp.Compare(b.Gain+b.Lose+b.Change, a.Gain+a.Lose+a.Change), cmp.Compare(a.Who, b.Who))
	})
	return out[:min(len(out), mostParties)]
}

// notes says what was judged and what was supposed.
func (p *Parcels) notes(s *span) []pack.Text {
	out := []pack.Text{{ZH: fmt.Sprintf("重新判定最近 %d 份单证；不改动任何已作出的决定", s.docs), EN: fmt.Sprintf("the newest %d documents were judged again; no decision that was made is touched", s.docs)}}
	if s.shift != 0 {
		day := clock.DayOf(clock.FromMicros(s.newest)).String()
		out = append(out, pack.Text{ZH: "假定最新单证于 " + day + " 收到，其余按同样天数平移", EN: "supposed that the newest came in on " + day + " and the others as many days moved"})
	}
	if s.from > 1 {
		out = append(out, pack.Text{ZH: "更早的单证不在范围内：假定订购人已核验、年度额度未用、担保足额；监管人员的处置不重复",
			EN: "earlier documents are left out: orderers are supposed verified with nothing of their allowance used, guarantors with enough security; officers' verdicts are not repeated"})
	}
	return out
}

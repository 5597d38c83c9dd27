package fact

import (
	"fmt"

	"pilotzone/internal/kernel/rule"
)

// before computes the facts about earlier years: how many are on record, and the
// highest turnover of them. A year is on record if parcels were cleared here in it,
// or evidence of its turnover was reviewed.
//
// The highest turnover is known when every year is on record from when the
// enterprise began: the later of its founding (founded) and its first cross-border
// trade (cbec_since). Where neither is known, or a year between is missing, it is
// unknown: a first time can't be told from a later one.
func (b *Book) before(into Figures, q asked, r *record) {
	d := b.byName[turnoverYear]
	if d == nil || !d.Of(Enterprise) {
		return
	}
	how, ok := byName[d.Computed]
	if !ok {
		return
	}
	on := make(map[int]rule.Value)
	for _, y := range r.years(d) {
		if y >= q.year {
			continue
		}
		earlier := q
		earlier.year = y
		one := make(Figures)
		b.trade(one, d, how, earlier, r)
		for _, e := range choose(d, r.evidence, earlier).counts {
			one.Add(d.Name, e.origin(false))
		}
		if v := one[d.Name]; v.Known {
			on[y] = v.Value
		}
	}
	if b.byName[yearsOnRecord] != nil {
		into.Add(yearsOnRecord, Origin{Here: true, ZH: "有数据的以前年度", EN: "earlier years with figures", Value: rule.Int(int64(len(on)))})
	}
	if md := b.byName[maxBefore]; md != nil && len(choose(md, r.evidence, q).counts) == 0 {
		highest(into, q, on, beginning(into))
	}
}

// years are those in which something of the turnover is on record, in no order.
func (r *record) years(d *Definition) (out []int) {
	seen := make(map[int]bool)
	add := func(y int) {
		if !seen[y] {
			seen[y] = true
			out = append(out, y)
		}
	}
	for y := range r.here {
		add(y)
	}
	for i := range r.evidence {
		if r.evidence[i].Fact == d.Name {
			add(r.evidence[i].Year)
		}
	}
	return out
}

// beginning is the year from which an enterprise could have had turnover, 0 if
// nobody knows.
func beginning(f Figures) (year int) {
	for _, name := range []string{founded, cbecSince} {
		if v := f[name]; v.Known && v.Value.Type() == rule.TypeDay {
			year = max(year, v.Value.Day().Year())
		}
	}
	return year
}

// highest enters the highest turnover of the years on record; it is only known when
// none is missing since the beginning.
func highest(into Figures, q asked, on map[int]rule.Value, begin int) {
	best, at := rule.Fen(0), 0
	for y, v := range on {
		if at == 0 || v.Fen() > best.Fen() || v == best && y < at {
			best, at = v, y
		}
	}
	missing := 0
	for y := begin; begin != 0 && y < q.year && missing == 0; y++ {
		if _, ok := on[y]; !ok {
			missing = y
		}
	}
	open := fmt.Sprintf("/figures/enterprise/%s?year=%d", q.who.ID, at)
	switch {
	case begin == 0:
		into.Add(maxBefore, Origin{ZH: "缺成立日期或首次开展跨境电商日期", EN: "the day of founding or of the first cross-border trade is not on record", Aside: true})
	case missing != 0:
		into.Add(maxBefore, Origin{ZH: fmt.Sprintf("缺 %d 年数据", missing), EN: fmt.Sprintf("%d is not on record", missing), Aside: true})
	case at == 0:
		into.Add(maxBefore, Origin{Here: true, ZH: "以前没有年度", EN: "there was no earlier year", Value: best})
	default:
		into.Add(maxBefore, Origin{Here: true, ZH: fmt.Sprintf("%d 年", at), EN: fmt.Sprintf("%d", at), Value: best, Open: open})
	}
}

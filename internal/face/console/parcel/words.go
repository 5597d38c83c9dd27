package parcel

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/story"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
)

// stands tells whether the parcel's state needs its reasons said at the top.
func stands(v *view) bool {
	if v.Parcel == nil {
		return true
	}
	switch v.Parcel.State {
	case clearance.Review, clearance.Inspect, clearance.Detained, clearance.Returned, clearance.Refused, clearance.Expired:
		return true
	}
	return false
}

func nowTone(v *view) string {
	if v.Parcel != nil && waitsForOfficer(v.Parcel.State) {
		return "alert-warning"
	}
	return "alert-danger"
}

func nowWords(v *view) ui.Text {
	switch {
	case v.Parcel == nil:
		return ui.T("单证被退回", "The documents were refused")
	case waitsForOfficer(v.Parcel.State):
		return ui.T("待监管人员处置，原因", "Held for an officer, because")
	}
	return ui.T("原因与处理办法", "Why, and how to mend it")
}

func waitsForOfficer(s clearance.State) bool {
	return s == clearance.Review || s == clearance.Inspect || s == clearance.Detained
}

// broken tells whether a row has a mark that is more than a warning.
func broken(r *story.Row) bool {
	for _, m := range r.Marks {
		if !m.Warning {
			return true
		}
	}
	return r.Differs && len(r.Marks) == 0
}

func marked(rows []story.Row) (n int) {
	for i := range rows {
		for _, m := range rows[i].Marks {
			if !m.Warning {
				n++
				break
			}
		}
	}
	return n
}

// group is a part of the comparison under a heading.
type group struct {
	name ui.Text
	rows []*story.Row
}

// essential are the fields that are shown beside those at fault; all others are
// folded.
var essential = []string{"order_no", "merchant", "buyer_name", "buyer_id", "goods_value", "paid", "waybill_no", "lines", "gross"}

// first are the fields at fault and the essential ones.
func first(rows []story.Row) (out []group) {
	faults, rest := group{name: ui.T("被指出的字段", "Fields at fault")}, group{name: ui.T("要点", "Essentials")}
	for i := range rows {
		switch r := &rows[i]; {
		case broken(r):
			faults.rows = append(faults.rows, named(r))
		case isFirst(r):
			rest.rows = append(rest.rows, r)
		}
	}
	for _, g := range []group{faults, rest} {
		if len(g.rows) > 0 {
			out = append(out, g)
		}
	}
	return out
}

func isFirst(r *story.Row) bool { return r.Line == 0 && slices.Contains(essential, r.Key) }

// groups are the other fields: the head's, then each line of goods.
func groups(rows []story.Row) (out []group) {
	byLine := map[int32]*group{}
	var order []int32
	for i := range rows {
		r := &rows[i]
		if broken(r) || isFirst(r) {
			continue
		}
		g := byLine[r.Line]
		if g == nil {
			g = &group{name: lineWords(r.Line)}
			byLine[r.Line] = g
			order = append(order, r.Line)
		}
		g.rows = append(g.rows, r)
	}
	for _, line := range order {
		out = append(out, *byLine[line])
	}
	return out
}

func lineWords(line int32) ui.Text {
	if line == 0 {
		return ui.T("表头", "Head")
	}
	n := strconv.Itoa(int(line))
	return ui.T("第 "+n+" 项商品", "Goods, line "+n)
}

// named is a row of goods with its line in its name, to stand apart from it.
func named(r *story.Row) *story.Row {
	if r.Line == 0 {
		return r
	}
	c := *r
	w := lineWords(r.Line)
	c.Name = story.Text{ZH: w.ZH + "：" + r.Name.ZH, EN: w.EN + ": " + r.Name.EN}
	return &c
}

func whatWords(v story.Version) story.Text {
	switch {
	case v.Counts:
		return story.Text{ZH: "审单所用", EN: "counts"}
	case v.What == clearance.DocRefused:
		return story.Text{ZH: "退回", EN: "refused"}
	case v.What == clearance.DocDeleted:
		return story.Text{ZH: "删除", EN: "deleted"}
	}
	return story.Text{ZH: "已被替代", EN: "replaced"}
}

func weightTone(w story.Weight) string {
	return [...]string{"grey", "amber", "red", "green"}[w]
}

func weightIcon(w story.Weight) string {
	return [...]string{"info-circle", "player-pause", "circle-x", "circle-check"}[w]
}

func sourceText(b story.Basis) string {
	if b.Article == "" {
		return b.Document
	}
	return b.Document + " " + b.Article
}

// markWords say how far a source can be trusted, where that is less than read.
func markWords(m pack.Mark) ui.Text {
	switch m {
	case pack.Recalled:
		return ui.T("待核", "recalled, not read")
	case pack.Inference:
		return ui.T("推断", "inferred")
	case pack.Design:
		return ui.T("平台设定", "the platform's default")
	}
	return ui.Text{}
}

func amountOf(ctx context.Context, e story.Effect) string {
	if e.Account == story.WeightAccount {
		return fmt.Sprint(e.Amount, " ", ui.Say(ctx, "克", "g"))
	}
	return ui.Yuan(money.Fen(e.Amount)) + " " + ui.Say(ctx, "元", "yuan")
}

// pressing are the reasons of no field that stand above the comparison: what
// refuses or holds, and what was said of a single document. The notes of a
// decision stand with it.
func pressing(list []story.Mark) (out []story.Mark) {
	for _, m := range list {
		if !m.Warning || len(m.Papers) > 0 {
			out = append(out, m)
		}
	}
	return out
}

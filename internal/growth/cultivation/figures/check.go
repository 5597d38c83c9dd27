package figures

import (
	"fmt"
	"slices"

	"pilotzone/internal/growth/cultivation/repository"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/scorecard"
)

// criteria are what a match is scored by (table match_weights).
var criteria = map[string][]string{"trade": {"goods", "certificates", "price", "quantity", "delivery", "market"}, "talent": {"skills", "languages", "place"}}

// Check reports what is wrong with what the rooms of cultivation read of a set,
// beyond its schemas: weights of a match that do not add up to 100, criteria that
// nobody scores, tiers without grades.
func Check(set *pack.Set) (out pack.Faults) {
	if table, ok := set.Table("match_weights"); ok {
		days := slices.DeleteFunc(table.Boundaries(), func(d clock.Day) bool { return d == 0 })
		if slices.Sort(days); len(days) == 0 {
			days = []clock.Day{clock.NewDay(2026, 1, 1)} // it never changes
		}
		for _, day := range slices.Compact(days) {
			out = append(out, weights(table, day)...)
		}
	}
	for _, i := range set.Items(scorecard.Kind) {
		if grades, _ := i.Values()["grades"].([]any); i.ID == repository.Card && len(grades) == 0 {
			out = append(out, i.Fault(pack.Text{ZH: "企业分层评分卡没有等级", EN: "the card of tiers has no grades"}, pack.Text{ZH: "填写 grades", EN: "give it grades"}))
		}
	}
	return out
}

func weights(table *pack.Table, day clock.Day) (out pack.Faults) {
	sums, first := map[string]int64{}, map[string]pack.Row{}
	for r := range table.On(day) {
		card := r.Text("card")
		if _, ok := first[card]; !ok {
			first[card] = r
		}
		sums[card] += r.Int("weight")
		if !slices.Contains(criteria[card], r.Text("criterion")) {
			out = append(out, pack.Fault{File: r.File(), Line: r.Line(), What: pack.Text{ZH: "没有该对接标准：" + r.Text("criterion"), EN: "nothing is scored by the criterion " + r.Text("criterion")}, Mend: pack.Text{ZH: "使用现有标准", EN: "use one that is there"}})
		}
	}
	for card, sum := range sums {
		if sum != 100 {
			r := first[card]
			out = append(out, pack.Fault{File: r.File(), Line: r.Line(), What: pack.Text{ZH: fmt.Sprintf("%s 的权重合计为 %d，应为 100（%s）", card, sum, day), EN: fmt.Sprintf("the weights of %s add up to %d and not to 100 on %s", card, sum, day)}, Mend: pack.Text{ZH: "调整权重", EN: "mend the weights"}})
		}
	}
	return out
}

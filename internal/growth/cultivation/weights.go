package cultivation

import (
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
)

// Said is a text in both languages as it is kept and answered.
type Said struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Reason is one criterion of a match with what it gives (匹配理由).
type Reason struct {
	Criterion string `json:"criterion"`
	Weight    int64  `json:"weight" doc:"Most points of it."`
	Points    int64  `json:"points"`
	Words     Said   `json:"words"`
}

// Weights are the weights of a match's criteria by name, as the packs lay them down
// on a day (table match_weights); of card "trade" or "talent".
func Weights(set *pack.Set, card string, day clock.Day) map[string]int64 {
	out := map[string]int64{}
	table, ok := set.Table("match_weights")
	if !ok {
		return out
	}
	for r := range table.On(day) {
		if r.Text("card") == card {
			out[r.Text("criterion")] = r.Int("weight")
		}
	}
	return out
}

package cultivation

import (
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
)

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

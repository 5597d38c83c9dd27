package console

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A percentile is never below the exact one, and at most an eighth above.
func TestPercentileIsClose(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Int64Range(0, 400*86_400), 1, 200).Draw(t, "seconds")
		p := rapid.IntRange(1, 100).Draw(t, "p")
		var h Times
		for _, v := range list {
			h.add(v)
		}
		slices.Sort(list)
		exact := list[(len(list)*p+99)/100-1]
		if got := h.Percentile(p); got < exact || got > exact+exact/8 || h.Count() != len(list) || h.Most() != list[len(list)-1] {
			t.Fatalf("%d of 100 within %d s, exactly %d s", p, got, exact)
		}
	})
}

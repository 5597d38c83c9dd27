package console

import "math/bits"

// Times is a histogram of durations in whole seconds. It is exact below 16 s and
// keeps eight steps an octave above, so that a percentile is at most an eighth
// too high.
type Times struct {
	steps [512]int32
	total int
	most  int64
}

func (t *Times) add(seconds int64) {
	seconds = max(seconds, 0)
	t.steps[stepOf(seconds)]++
	t.total++
	t.most = max(t.most, seconds)
}

func stepOf(seconds int64) int {
	if seconds < 16 {
		return int(seconds)
	}
	octave := bits.Len64(uint64(seconds)) - 1 // 4 for 16
	return 16 + (octave-4)*8 + int(seconds>>(octave-3)&7)
}

// topOf is the greatest number of seconds in a step.
func topOf(step int) int64 {
	if step < 16 {
		return int64(step)
	}
	octave, part := (step-16)/8+4, int64((step-16)%8)
	return (8+part+1)<<(octave-3) - 1
}

// Count is the number of durations.
func (t *Times) Count() int { return t.total }

// Most is the longest duration in seconds.
func (t *Times) Most() int64 { return t.most }

// Percentile is the number of seconds that p of 100 durations do not exceed.
func (t *Times) Percentile(p int) int64 {
	want := (t.total*p + 99) / 100
	seen := 0
	for step, n := range t.steps {
		if seen += int(n); seen >= want && seen > 0 {
			return min(topOf(step), t.most)
		}
	}
	return 0
}

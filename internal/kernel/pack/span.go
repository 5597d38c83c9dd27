package pack

import (
	"cmp"
	"slices"

	"pilotzone/internal/kernel/clock"
)

// span is a validity with its place in the file. From 0 is since ever, to 0 is
// open; both days belong to it.
type span struct {
	from, to     clock.Day
	line, column int
}

// checkSpans sorts the values of one key by their first day and reports those
// that overlap, that end before they begin and, where the history must be
// continuous, gaps in it.
func checkSpans[T any](f faults, values []T, continuous bool, of func(T) span) {
	slices.SortStableFunc(values, func(a, b T) int { return cmp.Compare(of(a).from, of(b).from) })
	for i, v := range values {
		s := of(v)
		if s.to != 0 && s.to < s.from {
			f.addf(s.line, s.column, Text{"失效日 %[2]s 早于生效日 %[1]s", "it ends on %[2]s, before it begins on %[1]s"},
				Text{"改正日期", "mend the dates"}, s.from, s.to)
		}
		if i == 0 {
			continue
		}
		before := of(values[i-1])
		switch {
		case before.to == 0 || s.from <= before.to:
			f.addf(s.line, s.column, Text{"有效期与第 %[1]d 行重叠", "its validity overlaps that of line %[1]d"},
				Text{"前一段的最后一日应早于后一段的第一日", "let the earlier one end before the later one begins"}, before.line)
		case continuous && s.from != before.to.AddDays(1):
			f.addf(s.line, s.column, Text{"与第 %[1]d 行之间有空档", "there is a gap after line %[1]d"},
				noGap, before.line)
		}
	}
}

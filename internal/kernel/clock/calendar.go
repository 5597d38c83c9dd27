package clock

import "time"

// Calendar knows the working days (工作日). Saturdays and Sundays are free
// unless they are named as working days (调休上班); other days work unless they
// are named as holidays (法定节假日). The State Council publishes both every
// year: they are data, given to [NewCalendar]. The nil Calendar knows weekends
// only. A Calendar does not change after it is made.
type Calendar struct {
	free, work map[Day]bool
}

// NewCalendar makes a calendar from the free days (holidays, weekends among
// them or not) and the working Saturdays and Sundays. A day in both is a
// working day.
func NewCalendar(holidays, workingWeekends []Day) *Calendar {
	c := &Calendar{free: make(map[Day]bool, len(holidays)), work: make(map[Day]bool, len(workingWeekends))}
	for _, d := range holidays {
		c.free[d] = true
	}
	for _, d := range workingWeekends {
		c.work[d] = true
	}
	return c
}

// Working tells whether d is a working day.
func (c *Calendar) Working(d Day) bool {
	if c != nil {
		if c.work[d] {
			return true
		}
		if c.free[d] {
			return false
		}
	}
	w := d.Weekday()
	return w != time.Saturday && w != time.Sunday
}

// longestBreak bounds the search for a working day, so that bad data (a year of
// holidays) cannot hang a caller: after it, the day itself counts.
const longestBreak = 366

// Roll is d if it is a working day, else the next one: the last day of a time
// limit that is free moves to the first working day after (民法典第二百零三条).
func (c *Calendar) Roll(d Day) Day {
	e := d
	for range longestBreak {
		if c.Working(e) {
			return e
		}
		e = e.AddDays(1)
	}
	return d
}

// AddWorking is the n-th working day after d; d itself is not counted. n must
// not be negative; 0 gives [Calendar.Roll] of d.
func (c *Calendar) AddWorking(d Day, n int) Day {
	d = c.Roll(d)
	for range n {
		d = c.Roll(d.AddDays(1))
	}
	return d
}

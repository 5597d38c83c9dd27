package tax

import "pilotzone/internal/kernel/clock"

// Terms are the day counts of collection and return, dated parameters of the
// pack. The day of release is not counted.
type Terms struct {
	PayFrom    int // first day of payment after release: 31
	PayTo      int // last day of payment: 45
	ReturnFile int // last day to apply for a return: 30
	ReturnBack int // last day for the goods to be back at the supervised site: 45
}

// NationalTerms are those in force since 2019-01-01 (总署公告2018年第194号) and
// 2020-03-28 (总署公告2020年第45号).
var NationalTerms = Terms{PayFrom: 31, PayTo: 45, ReturnFile: 30, ReturnBack: 45}

// Payment returns the first and the last day on which the withholding agent
// pays the tax of a list over, if it was not returned or changed (RULES A10). A
// last day that is not a working day moves to the next one.
func (t Terms) Payment(release clock.Day, c *clock.Calendar) (first, last clock.Day) {
	return release.AddDays(t.PayFrom), c.Roll(release.AddDays(t.PayTo))
}

// Return returns the last day to apply for a return of the goods and the last
// day for them to be back (RULES A11), both moved to a working day.
func (t Terms) Return(release clock.Day, c *clock.Calendar) (file, back clock.Day) {
	return c.Roll(release.AddDays(t.ReturnFile)), c.Roll(release.AddDays(t.ReturnBack))
}

// ReturnInTime tells whether a return keeps both terms, so that the tax is not
// collected and the dutiable value goes back to the orderer's allowance. An
// application or arrival before the release day cannot be one.
func (t Terms) ReturnInTime(release, filed, back clock.Day, c *clock.Calendar) bool {
	lastFile, lastBack := t.Return(release, c)
	return filed >= release && filed <= lastFile && back >= filed && back <= lastBack
}

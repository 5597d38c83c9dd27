package zone

import (
	"pilotzone/internal/growth/library"
	"strings"

	"pilotzone/internal/growth/cultivation/figures"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/growth/plan"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/directory"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
)

// Set is the packs in force now. Rooms ask for it each time they judge, and see
// a switch at once.
func (z *Zone) Set() *pack.Set { return z.Intake.Rules().Set() }

// Checker is a room's check of what it reads of a set: expressions, facts that
// nothing gives, what can never be, what lacks a bound.
type Checker func(*pack.Set) pack.Faults

// checkers are the checks of all rooms that need no running zone.
var checkers = []Checker{matter.Check, library.Check, policy.Check, directory.Check, fact.Check, plan.Check, park.Check, figures.Check}

// CheckSet says all that is wrong with a set on a day: what the core misses, and
// what the rooms find. A set with a fault is not switched on.
func CheckSet(set *pack.Set, today clock.Day) pack.Faults {
	var found pack.Faults
	book, err := refdata.New(set)
	if bad, ok := err.(pack.Faults); ok {
		found = append(found, bad...)
	} else if err != nil {
		found = append(found, pack.Fault{File: "pack.yaml", What: pack.Text{ZH: err.Error(), EN: err.Error()}, Mend: pack.Text{ZH: "改正后重试", EN: "mend it"}})
	}
	if book != nil {
		found = append(found, missing(book.On(today).Missing)...)
	}
	for _, check := range checkers {
		found = append(found, check(set)...)
	}
	return found
}

// missing says which parameters and tables the core would lack.
func missing(names []string) pack.Faults {
	if len(names) == 0 {
		return nil
	}
	list := strings.Join(names, ", ")
	return pack.Faults{{File: "parameters.yaml", What: pack.Text{ZH: "当日缺少参数或表：" + list, EN: "on the day these parameters or tables are missing: " + list},
		Mend: pack.Text{ZH: "在规则包中补上", EN: "add them to a pack"}}}
}

package zone

import (
	"pilotzone/internal/customs/rulebook"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
)

// newRulebook makes what changes the rules in force. The jobs must be there.
func (z *Zone) newRulebook() {
	c := &z.Config
	z.Rulebook = rulebook.New(rulebook.Config{DB: z.Store.Services, Commands: z.Outbox, Audit: z.Audit, Clock: c.Clock, Rules: z.Intake.Rules, Delivered: z.delivered.Load,
		Check: z.CheckSet, Jobs: z.Jobs, TwoPeople: c.PackApproval == "two", Log: c.Log})
}

// CheckSet is [CheckSet] with what only a running zone knows: the effects, guards
// and probes that definitions of matters may name.
func (z *Zone) CheckSet(set *pack.Set, today clock.Day) pack.Faults {
	return CheckSet(set, today)
}

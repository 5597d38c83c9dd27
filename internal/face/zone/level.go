package zone

import (
	"context"
	"errors"
	"slices"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/rule"
)

// levels gives the figure recognised_level of parks (认定级别) from the register:
// the highest recognition that counted at the year's end, or counts today.
type levels struct{ z *Zone }

// gradesUp are the grades from the lowest to the highest.
var gradesUp = []park.Grade{park.Municipal, park.Provincial, park.National}

// Compute implements fact.Source.
func (l levels) Compute(ctx context.Context, who fact.Subject, year int, into fact.Figures) error {
	if who.Kind != fact.Park {
		return nil
	}
	list, err := l.z.Park.Recognitions(access.With(ctx, access.System()), who.ID)
	if errors.Is(err, park.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	on := min(clock.DayOf(l.z.Config.Clock.Now()), clock.NewDay(year, 12, 31))
	best := -1
	for _, r := range list {
		if r.On(on) {
			best = max(best, slices.Index(gradesUp, r.Grade))
		}
	}
	level := "none"
	if best >= 0 {
		level = string(gradesUp[best])
	}
	into.Add("recognised_level", fact.Origin{Here: true, ZH: "园区认定登记", EN: "register of recognitions", Value: rule.Text(level), Open: "/parks/" + who.ID})
	return nil
}

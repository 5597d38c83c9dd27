package matter

import (
	"fmt"
	"io/fs"

	"go.yaml.in/yaml/v3"

	"pilotzone/internal/kernel/clock"
)

// calendarFile holds the holidays beside the definitions.
const calendarFile = "calendar.yaml"

// LoadCalendar reads the working-day calendar (工作日历) beside the definitions:
// free days and working weekends of each year, with their source. Years that it
// does not name have their weekends only.
func LoadCalendar(fsys fs.FS) (*clock.Calendar, error) {
	data, err := fs.ReadFile(fsys, calendarFile)
	if err != nil {
		return nil, err
	}
	var years []struct {
		Year     int
		Source   Source
		Mark     string
		Holidays []span
		Working  []clock.Day
	}
	if err := yaml.Unmarshal(data, &years); err != nil {
		return nil, fmt.Errorf("%s: %w", calendarFile, err)
	}
	var free, working []clock.Day
	for _, y := range years {
		for _, s := range y.Holidays {
			if !s.From.Valid() || s.To < s.From || s.From.Year() != y.Year || s.To.Sub(s.From) > 15 {
				return nil, fmt.Errorf("%s: %d: %s to %s is no holiday (假期有误)", calendarFile, y.Year, s.From, s.To)
			}
			for d := s.From; d <= s.To; d = d.AddDays(1) {
				free = append(free, d)
			}
		}
		working = append(working, y.Working...)
	}
	return clock.NewCalendar(free, working), nil
}

// span is a holiday from its first to its last day.
type span struct{ From, To clock.Day }

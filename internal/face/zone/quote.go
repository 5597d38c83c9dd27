package zone

import (
	"fmt"
	"strings"

	"pilotzone/internal/customs/tax"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/refdata"
)

// TaxLimits looks up the limits of a day in a rule book.
func TaxLimits(book *refdata.Book) tax.LimitsOn {
	return func(day clock.Day) (tax.Limits, error) {
		r := book.On(day)
		for _, name := range []string{"single_limit", "annual_limit", "tax_factor"} {
			if _, ok := r.Param(name); !ok {
				return tax.Limits{}, fmt.Errorf("no %s in force on %s: missing are %s (当日无有效限值)", name, day, strings.Join(r.Missing, ", "))
			}
		}
		return tax.Limits{Single: r.Limits.Single, Annual: r.Limits.Annual, Factor: r.Limits.TaxFactor}, nil
	}
}

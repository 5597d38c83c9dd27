package lookup

import (
	"strconv"
	"strings"

	"pilotzone/internal/customs/clearance"
)

// Explain is what a reason's code means in general and what mends it, with "…"
// where the values of one case stand.
func Explain(code string) clearance.CodeInfo {
	c, ok := clearance.Codes[code]
	if !ok {
		return clearance.CodeInfo{Code: code, ZH: code, EN: code}
	}
	for _, text := range []*string{&c.ZH, &c.EN, &c.FixZH, &c.FixEN} {
		for n := 1; n <= 9 && strings.Contains(*text, "{"); n++ {
			*text = strings.ReplaceAll(*text, "{"+strconv.Itoa(n)+"}", "…")
		}
	}
	return c
}

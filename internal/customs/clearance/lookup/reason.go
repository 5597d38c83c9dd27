package lookup

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"pilotzone/internal/customs/clearance"
)

// Explain is what a reason's code means in general and what mends it, without
// the values of one case.
func Explain(code string) clearance.CodeInfo {
	c, ok := clearance.Codes[code]
	if !ok {
		return clearance.CodeInfo{Code: code, ZH: code, EN: code}
	}
	if g, ok := inGeneral[code]; ok {
		c.ZH, c.EN = g.ZH, g.EN
		if g.FixZH != "" {
			c.FixZH, c.FixEN = g.FixZH, g.FixEN
		}
	}
	for _, text := range []*string{&c.ZH, &c.EN, &c.FixZH, &c.FixEN} {
		*text = general(*text)
	}
	return c
}

var slots = regexp.MustCompile(`\{[1-9]\}`)

// general cuts a text where the values of one case begin, unless that would
// leave next to nothing; inGeneral has the codes whose values stand before.
func general(text string) string {
	for _, cut := range []struct {
		mark  string
		least int // characters that must be left
	}{{",[", 2}, {",第{", 2}, {"：", 5}, {": ", 5}, {"，{", 5}, {" (", 5}, {"（{", 5}} {
		before, after, found := strings.Cut(text, cut.mark)
		if found && strings.Contains(cut.mark+after, "{") && utf8.RuneCountInString(strings.TrimSpace(slots.ReplaceAllString(before, ""))) >= cut.least {
			text = before
		}
	}
	return strings.TrimSpace(slots.ReplaceAllString(strings.NewReplacer("[{1}]", "", "[{2}]", "").Replace(text), ""))
}

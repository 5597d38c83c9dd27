package parks

import (
	"maps"
	"slices"
	"strconv"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
)

func sortedNames(words map[string]pack.Text) []string { return slices.Sorted(maps.Keys(words)) }

func kindOptions(kinds []park.Kind, any bool) []ui.Option {
	var out []ui.Option
	if any {
		out = append(out, ui.Option{Label: ui.T("全部", "all")})
	}
	for _, k := range kinds {
		out = append(out, ui.Option{Value: string(k), Label: both(k.Words())})
	}
	return out
}

func placeOptions(places []*park.Place, any bool) []ui.Option {
	var out []ui.Option
	if any {
		out = append(out, ui.Option{Label: ui.T("全部", "all")})
	} else {
		out = append(out, ui.Option{Label: ui.T("无", "none")})
	}
	for _, p := range places {
		label := title(p)
		if p.Title.EN == "" { // an option can't say its language
			label.EN = p.ID
		}
		out = append(out, ui.Option{Value: p.ID, Label: label})
	}
	return out
}

func stateOptions() []ui.Option {
	var out []ui.Option
	for _, s := range []park.State{park.Planned, park.Open, park.Closed} {
		out = append(out, ui.Option{Value: string(s), Label: both(s.Words())})
	}
	return out
}

func editPath(v *editView) string {
	if v.fresh {
		return "/places/new"
	}
	return at(v.ID) + "/edit"
}

func areaText(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func dayText(d clock.Day) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

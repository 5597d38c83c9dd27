package plan

import (
	"slices"

	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/scorecard"
)

// FewWords say why a figure is withheld.
var FewWords = pack.Text{ZH: "少于3家企业，不公开", EN: "fewer than 3 enterprises, withheld"}

// public is progress as those see it who see no single figures: without the
// figures that are made of few enterprises.
func public(list []Progress) []Progress {
	out := slices.Clone(list)
	for i := range out {
		g := &out[i]
		g.Places = public(g.Places)
		if g.Few {
			g.withhold()
		}
		if slices.ContainsFunc(g.Places, func(one Progress) bool { return one.Withheld }) {
			states := map[State]int{}
			for _, one := range g.Places {
				states[one.State]++
			}
			g.State = worst(states)
		}
	}
	return out
}

// withhold takes the figure out of the progress, and all from which it could be
// told: by how much it misses, and on which day it falls behind.
func (g *Progress) withhold() {
	g.Withheld, g.Have, g.Short, g.Unsure, g.Origins, g.Open = true, rule.Value{}, rule.Value{}, 0, nil, ""
	g.Why, g.State = FewWords, told(g.State)
}

// told is the state of a withheld figure: that a target was met, or missed, is
// public; how far an open one is, is not.
func told(s State) State {
	if s == OnTrack || s == Behind {
		return Withheld
	}
	return s
}

// Withholds tells whether a line of the result is withheld from whoever sees no
// single figures: it, or another of the result, is scored on a figure of few
// enterprises.
func (r *Result) Withholds(line string) bool { return slices.Contains(r.Withheld, line) }

// coarse is the step, in thousandths of a point, in which points of places with few
// enterprises are shown.
const coarse = 5000

// public takes the figures out of the result, and all of its lines where one is
// scored on a figure of few enterprises: from the others and the points together
// it could be told to the last yuan. Its points are shown to the nearest five, as
// weights and bands are published; rank and grade stay.
func (r *Result) public() {
	few := slices.ContainsFunc(r.Score.Lines, func(l scorecard.Line) bool {
		return slices.ContainsFunc(l.Facts, func(name string) bool { return r.Figures[name].Few() })
	})
	r.Figures = nil
	if !few {
		return
	}
	r.Points = (r.Points + coarse/2) / coarse * coarse
	r.Score.Points = r.Points
	r.Score.Lines = slices.Clone(r.Score.Lines)
	for i := range r.Score.Lines {
		l := &r.Score.Lines[i]
		r.Withheld = append(r.Withheld, l.ID)
		l.Points, l.Have, l.Working = 0, rule.Value{}, ""
	}
}

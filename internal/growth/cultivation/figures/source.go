package figures

import (
	"context"
	"fmt"
	"slices"

	"pilotzone/internal/growth/cultivation/aeo"
	"pilotzone/internal/growth/cultivation/aeo/conduct"
	"pilotzone/internal/growth/cultivation/attract"
	"pilotzone/internal/growth/cultivation/fair"
	"pilotzone/internal/growth/cultivation/matching"
	"pilotzone/internal/growth/cultivation/talent"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/rule"
)

// Source gives the figures that the rooms of cultivation know (指标来源).
type Source struct {
	Attract  *attract.Service
	Matching *matching.Service
	Fairs    *fair.Service
	Talent   *talent.Service
	AEO      *aeo.Service
	Conduct  *conduct.Service
	Clock    clock.Clock
}

// Compute implements fact.Source.
func (s *Source) Compute(ctx context.Context, who fact.Subject, year int, into fact.Figures) error {
	switch who.Kind {
	case fact.County, fact.Place:
		county := who.ID
		if who.Kind == fact.Place {
			county = ""
		}
		if err := s.attracted(ctx, county, year, into); err != nil {
			return err
		}
	case fact.Enterprise:
		if err := s.enterprises(ctx, who.ID, year, func(string) fact.Figures { return into }); err != nil {
			return err
		}
	}
	return s.matched(ctx, who, year, into)
}

// ComputeAll implements fact.BulkSource.
func (s *Source) ComputeAll(ctx context.Context, k fact.Kind, year int, into map[string]fact.Figures) error {
	if k != fact.Enterprise {
		for id, figures := range into {
			if err := s.Compute(ctx, fact.Subject{Kind: k, ID: id}, year, figures); err != nil {
				return err
			}
		}
		return nil
	}
	if err := s.enterprises(ctx, "", year, func(code string) fact.Figures { return into[code] }); err != nil {
		return err
	}
	counted, err := s.Matching.Counted(ctx, year)
	for id, figures := range into {
		enter(counted, func(c *matching.Counted) bool { return slices.Contains(c.Parties[:], id) }, figures)
	}
	return err
}

// attracted counts the leads that were registered in a year.
func (s *Source) attracted(ctx context.Context, county string, year int, into fact.Figures) error {
	known, err := s.Attract.Known(ctx, county)
	if err != nil || !known {
		return err
	}
	list, err := s.Attract.Attracted(ctx, county, year)
	if err != nil {
		return err
	}
	for name, counts := range map[string]func(*attract.Project) bool{
		"leading_enterprises_year":  func(p *attract.Project) bool { return p.Leading && p.Kind != attract.Provider },
		"providers_introduced_year": func(p *attract.Project) bool { return p.Kind == attract.Provider },
		"fortune_attracted_year":    func(p *attract.Project) bool { return p.Fortune },
	} {
		into.Add(name, fact.Origin{Here: true, ZH: "招引项目库", EN: "attraction pipeline", Value: rule.Int(0), Open: "/pipeline"})
		for i := range list {
			if p := &list[i]; counts(p) {
				into.Add(name, fact.Origin{Here: true, ZH: fmt.Sprintf("招引项目 %d", p.ID), EN: fmt.Sprintf("lead %d", p.ID), Value: rule.Int(1), Open: fmt.Sprintf("/pipeline/%d", p.ID)})
			}
		}
	}
	return nil
}

// matched counts introductions, meetings and deals of a year.
func (s *Source) matched(ctx context.Context, who fact.Subject, year int, into fact.Figures) error {
	counted, err := s.Matching.Counted(ctx, year)
	if err != nil {
		return err
	}
	part := map[fact.Kind]func(*matching.Counted) bool{
		fact.Enterprise: func(c *matching.Counted) bool { return slices.Contains(c.Parties[:], who.ID) },
		fact.County:     func(c *matching.Counted) bool { return slices.Contains(c.Counties[:], who.ID) },
		fact.Belt:       func(c *matching.Counted) bool { return slices.Contains(c.Belts[:], who.ID) },
		fact.Place:      func(*matching.Counted) bool { return true },
	}[who.Kind]
	if part != nil {
		enter(counted, part, into)
	}
	if who.Kind != fact.Enterprise {
		madeOf(counted, part, into)
	}
	return nil
}

// madeOf says of how many enterprises the sums of a county, belt or zone are made.
func madeOf(all []matching.Counted, part func(*matching.Counted) bool, into fact.Figures) {
	parties := map[string]map[string]bool{}
	for i := range all {
		if c := &all[i]; part != nil && part(c) {
			name := c.What + "s_year"
			if parties[name] == nil {
				parties[name] = map[string]bool{}
			}
			parties[name][c.Parties[0]], parties[name][c.Parties[1]] = true, true
		}
	}
	for name, some := range parties {
		into.MadeOf(name, len(some))
	}
	into.MadeOf("deals_value_year", len(parties["deals_year"]))
}

// enter adds what counts for a subject. While nothing at all counted in the year,
// nothing is known.
func enter(all []matching.Counted, part func(*matching.Counted) bool, into fact.Figures) {
	if len(all) == 0 {
		return
	}
	words := map[string][2]string{"introduction": {"对接", "introduction"}, "meeting": {"洽谈", "meeting"}, "deal": {"成交", "deal"}}
	for _, what := range []string{"introduction", "meeting", "deal"} {
		into.Add(what+"s_year", fact.Origin{Here: true, ZH: "供需对接", EN: "matching", Value: rule.Int(0), Open: "/matching"})
	}
	into.Add("deals_value_year", fact.Origin{Here: true, ZH: "供需对接", EN: "matching", Value: rule.Fen(0), Open: "/matching"})
	for i := range all {
		c := &all[i]
		if !part(c) {
			continue
		}
		o := fact.Origin{Here: true, ZH: fmt.Sprintf("%s %d · %s", words[c.What][0], c.Introduction, c.Day), EN: fmt.Sprintf("%s %d · %s", words[c.What][1], c.Introduction, c.Day), Value: rule.Int(1), Open: fmt.Sprintf("/matching/introductions/%d", c.Introduction)}
		into.Add(c.What+"s_year", o)
		if c.What == "deal" {
			o.Value = rule.Fen(c.Value)
			into.Add("deals_value_year", o)
		}
	}
}

// enterprises enters booth fees, talent, the self-check and platform figures of one
// enterprise, or of "" of each; of gives the figures of one, nil for none asked.
func (s *Source) enterprises(ctx context.Context, code string, year int, of func(code string) fact.Figures) error {
	add := func(enterprise, name string, o fact.Origin) {
		if into := of(enterprise); into != nil {
			o.Here = true
			into.Add(name, o)
		}
	}
	fees, err := s.Fairs.Fees(ctx, code, year)
	if err != nil {
		return err
	}
	for _, a := range fees {
		add(a.Enterprise, "booth_fee_year", fact.Origin{ZH: fmt.Sprintf("展会 %d 摊位费", a.Fair), EN: fmt.Sprintf("booths at fair %d", a.Fair), Value: rule.Fen(a.Fee), Open: fmt.Sprintf("/fairs/%d", a.Fair)})
	}
	people, err := s.Talent.ThreeYears(ctx, code, min(clock.NewDay(year, 12, 31), clock.DayOf(s.Clock.Now())))
	if err != nil {
		return err
	}
	for _, p := range people {
		add(p.Enterprise, "talents_three_years", fact.Origin{ZH: "用工登记满期于 " + p.On.String(), EN: "employment records, reached on " + p.On.String(), Value: rule.Int(1), Open: "/talent/rewards"})
	}
	checks, err := s.AEO.Answers(ctx, code, year)
	if err != nil {
		return err
	}
	for i := range checks {
		c := &checks[i]
		o := fact.Origin{ZH: "AEO 自评", EN: "AEO self-check", Value: rule.Bool(true), Open: "/aeo/" + c.Enterprise}
		add(c.Enterprise, "aeo_checked", o)
		for name, yes := range c.Answers {
			o.Value = rule.Bool(yes)
			add(c.Enterprise, name, o)
		}
	}
	years, err := s.Conduct.Of(ctx, code, year)
	for enterprise, y := range years {
		o := fact.Origin{ZH: "本平台通关数据", EN: "this platform's decisions", Open: "/parcels?enterprise=" + enterprise}
		for name, v := range map[string]int64{"aeo_refused_permille": conduct.Permille(y.Refused, y.Lists), "aeo_late_permille": conduct.Permille(y.Late, y.Lists), "aeo_inspected_wrong_permille": conduct.Permille(y.Wrong, y.Inspected)} {
			o.Value = rule.Int(v)
			add(enterprise, name, o)
		}
	}
	return err
}

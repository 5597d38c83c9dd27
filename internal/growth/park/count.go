package park

import (
	"context"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/rule"
)

// ComputeAll gives the figures of all enterprises at once (fact.BulkSource).
func (s *Service) ComputeAll(ctx context.Context, k fact.Kind, year int, into map[string]fact.Figures) error {
	if k != fact.Enterprise {
		for id, figures := range into {
			if err := s.Compute(ctx, fact.Subject{Kind: k, ID: id}, year, figures); err != nil {
				return err
			}
		}
		return nil
	}
	places, err := s.collect(ctx, Query{Kinds: []Kind{Overseas, Incubator}}, func(p *Place) bool { return p.Enterprise != "" })
	if err != nil {
		return err
	}
	owned := map[string][]*Place{}
	for _, p := range places {
		owned[p.Enterprise] = append(owned[p.Enterprise], p)
	}
	for code, figures := range into {
		if err := s.ofOwner(ctx, owned[code], year, figures); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) ofEnterprise(ctx context.Context, code string, year int, into fact.Figures) error {
	places, err := s.collect(ctx, Query{Owner: code}, func(*Place) bool { return true })
	if err != nil {
		return err
	}
	return s.ofOwner(ctx, places, year, into)
}

// ofOwner counts an enterprise's recognised warehouses by the year of their
// recognition, and the graduates of the incubators that it runs.
func (s *Service) ofOwner(ctx context.Context, places []*Place, year int, into fact.Figures) error {
	n := [3]int64{}
	runs := false
	for _, p := range places {
		switch p.Kind {
		case Overseas:
			first, err := s.firstRecognised(ctx, p.ID)
			if err != nil {
				return err
			}
			if back := year - first; first != 0 && back >= 0 && back < 3 {
				n[back]++
				into.Add(recognisedYear[back], fact.Origin{Here: true, ZH: "公共海外仓 " + p.Title.ZH, EN: "public overseas warehouse " + p.Title.ZH, Value: rule.Int(1), Open: "/parks/" + p.ID})
			}
		case Incubator:
			runs = true
			if err := s.graduatesInto(ctx, p, s.asOf(year), into); err != nil {
				return err
			}
		}
	}
	for back, name := range recognisedYear {
		if n[back] == 0 {
			into.Add(name, fact.Origin{Here: true, ZH: "登记中没有", EN: "none in the register", Value: rule.Int(0), Open: "/warehouses"})
		}
	}
	if runs && !into["graduates"].Known {
		into.Add("graduates", fact.Origin{Here: true, ZH: "尚无毕业企业", EN: "no graduate yet", Value: rule.Int(0), Open: "/incubators"})
	}
	return nil
}

// recognisedYear are the facts by how many years ago a warehouse was recognised.
var recognisedYear = [3]string{"warehouses_recognised_year", "warehouses_recognised_year_1", "warehouses_recognised_year_2"}

// firstRecognised is the year in which a warehouse was first recognised at the
// provincial level and still is; 0: never.
func (s *Service) firstRecognised(ctx context.Context, place string) (int, error) {
	list, err := s.recognitions(ctx, `place = $1 and grade = 'provincial' order by number`, place)
	if err != nil || len(list) == 0 || !list[len(list)-1].State.Counts() {
		return 0, err
	}
	return list[0].Since.Year(), nil
}

// billion is the threshold of large belts and half that of large parks, in fen.
const billion = money.Fen(1_000_000_000_00)

// ofZone counts parks, belts and warehouses of a county, or of the zone if "".
func (s *Service) ofZone(ctx context.Context, county string, year int, into fact.Figures) error {
	places, err := s.all(ctx)
	if err != nil {
		return err
	}
	all, err := s.recognitions(ctx, `since <= $1 order by number`, int64(s.asOf(year)))
	if err != nil {
		return err
	}
	grades := map[string]Grade{}
	for _, r := range all {
		if r.On(s.asOf(year)) && r.Grade.rank() > grades[r.Place].rank() {
			grades[r.Place] = r.Grade
		}
	}
	c := counter{into: into}
	for _, p := range places {
		if county != "" && !p.In(county) {
			continue
		}
		if err := s.countPlace(ctx, &c, p, grades[p.ID], year); err != nil {
			return err
		}
	}
	for _, name := range []string{"parks_built", "parks_recognised", "parks_recognised_municipal", "parks_recognised_provincial", "parks_over_2bn_year", "belts", "clusters_over_1bn_year", "warehouses_recognised"} {
		c.none(name)
	}
	return nil
}

func (s *Service) countPlace(ctx context.Context, c *counter, p *Place, grade Grade, year int) error {
	switch p.Kind {
	case Park:
		c.one("parks_built", p)
		if grade != "" {
			c.one("parks_recognised", p)
			c.one("parks_recognised_"+string(grade), p)
		}
		return s.countLarge(ctx, c, p, year, "turnover_year", 2*billion, "parks_over_2bn_year")
	case Belt:
		c.one("belts", p)
		return s.countLarge(ctx, c, p, year, "import_export_year", billion, "clusters_over_1bn_year")
	case Overseas, Consolidation:
		if grade == Provincial {
			c.one("warehouses_recognised", p)
		}
	}
	return nil
}

func (s *Service) countLarge(ctx context.Context, c *counter, p *Place, year int, name string, least money.Fen, into string) error {
	figures, err := s.figures(ctx, p, year)
	if err != nil {
		return err
	}
	if f := figures[name]; f.Known && f.Value.Fen() >= least {
		c.one(into, p)
	}
	return nil
}

// counter counts places into figures.
type counter struct{ into fact.Figures }

func (c *counter) one(name string, p *Place) {
	c.into.Add(name, fact.Origin{Here: true, ZH: p.Title.ZH, EN: p.Title.EN, Value: rule.Int(1), Open: "/parks/" + p.ID})
}

func (c *counter) none(name string) {
	if !c.into[name].Known {
		c.into.Add(name, fact.Origin{Here: true, ZH: "登记中没有", EN: "none in the register", Value: rule.Int(0), Open: "/parks"})
	}
}

package listing

import (
	"context"
	"errors"
	"fmt"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/directory"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/rule"
)

// Compute gives the figures that directories know (fact.Source): of enterprises,
// brands, counties and the zone. All of it was reviewed by an office before it
// was published.
func (s *Service) Compute(ctx context.Context, who fact.Subject, year int, into fact.Figures) error {
	switch who.Kind {
	case fact.Enterprise:
		return s.enterprise(ctx, who.ID, year, into)
	case fact.Brand:
		return s.brand(ctx, who.ID, year, into)
	case fact.County:
		return s.place(ctx, who.ID, into)
	case fact.Place:
		return s.place(ctx, "", into)
	}
	return nil
}

// asOf is the day as of which a year's figures stand: its last one, or today.
func (s *Service) asOf(year int) clock.Day {
	return min(clock.DayOf(s.c.Clock.Now()), clock.NewDay(year, 12, 31))
}

// origin opens the entry.
func origin(e *directory.Entry, what string, v rule.Value) fact.Origin {
	return fact.Origin{ZH: "名录条目：" + what, EN: "entry of a directory: " + what, Value: v, Open: "/directories/" + e.Directory + "/" + e.ID, Reviewed: e.Changed, Document: e.Matter}
}

func (s *Service) enterprise(ctx context.Context, code string, year int, into fact.Figures) error {
	held, err := s.held(ctx, code, year)
	if err == nil {
		held[code].figures(year, s.asOf(year), into)
	}
	return err
}

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
	held, err := s.held(ctx, "", year)
	if err != nil {
		return err
	}
	for code, figures := range into {
		held[code].figures(year, s.asOf(year), figures)
	}
	return nil
}

// holding is what one enterprise has in the directories.
type holding struct{ brands, marks, certificates []directory.Entry }

// held is what an enterprise, or ("") each of them, has in the directories.
func (s *Service) held(ctx context.Context, code string, year int) (map[string]*holding, error) {
	out, day, today := map[string]*holding{}, s.asOf(year), clock.DayOf(s.c.Clock.Now())
	for _, part := range []struct {
		directory string
		day       clock.Day
		of        func(*holding) *[]directory.Entry
	}{
		{Brands, day, func(h *holding) *[]directory.Entry { return &h.brands }},
		{Trademarks, day, func(h *holding) *[]directory.Entry { return &h.marks }},
		{Certificates, today, func(h *holding) *[]directory.Entry { return &h.certificates }}, // whenever they were entered
	} {
		list, err := s.c.Directories.Records(ctx, part.directory, code, part.day)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			if out[e.Owner] == nil {
				out[e.Owner] = &holding{}
			}
			into := part.of(out[e.Owner])
			*into = append(*into, e)
		}
	}
	return out, nil
}

// figures gives what follows from a holding in a year.
func (h *holding) figures(year int, day clock.Day, into fact.Figures) {
	if h == nil {
		return
	}
	if len(h.brands) > 0 {
		into.Add("own_brand", origin(&h.brands[0], h.brands[0].Name, rule.Bool(true)))
	}
	countries(h.marks, day, "own_trademark_abroad", into)
	for i := range h.certificates {
		e := &h.certificates[i]
		if issued, err := clock.ParseDay(e.Text("issued_on")); err != nil || issued.Year() != year {
			continue
		}
		into.Add("certificates_new_year", origin(e, e.Name, rule.Int(1)))
		if cost, err := money.ParseFen(e.Text("cost")); err == nil {
			into.Add("certification_cost_year", origin(e, e.Name, rule.Fen(cost)))
		}
	}
}

// countries counts the different countries of trademarks that were registered by
// a day; each country has the first trademark as its origin.
func countries(marks []directory.Entry, day clock.Day, name string, into fact.Figures) {
	seen := map[string]bool{}
	for i := range marks {
		e := &marks[i]
		registered, err := clock.ParseDay(e.Text("registered_on"))
		if c := e.Text("country"); err == nil && registered <= day && !seen[c] {
			seen[c] = true
			into.Add(name, origin(e, e.Name+" "+e.Text("number"), rule.Int(1)))
		}
	}
}

func (s *Service) brand(ctx context.Context, id string, year int, into fact.Figures) error {
	e, err := s.c.Directories.Record(ctx, Brands, id)
	if errors.Is(err, directory.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	day := s.asOf(year)
	of := func(dir string) ([]directory.Entry, error) {
		list, err := s.c.Directories.Records(ctx, dir, e.Owner, day)
		var out []directory.Entry
		for _, v := range list {
			if v.Text("brand") == id {
				out = append(out, v)
			}
		}
		return out, err
	}
	marks, err := of(Trademarks)
	if err != nil {
		return err
	}
	countries(marks, day, "brand_trademark_countries", into)
	certs, err := of(Certificates)
	if err != nil {
		return err
	}
	for i := range certs {
		into.Add("brand_certificates", origin(&certs[i], certs[i].Name, rule.Int(1)))
	}
	return s.turnovers(ctx, e, year, into)
}

// turnovers gives a brand's reviewed turnover of a year and of the one before. It
// may have been entered after the year's end.
func (s *Service) turnovers(ctx context.Context, brand *directory.Entry, year int, into fact.Figures) error {
	list, err := s.c.Directories.Records(ctx, Turnovers, brand.Owner, clock.DayOf(s.c.Clock.Now()))
	if err != nil {
		return err
	}
	for i := range list {
		e := &list[i]
		of, _ := e.Fields["year"].(float64)
		amount, err := money.ParseFen(e.Text("turnover"))
		if e.Text("brand") != brand.ID || err != nil {
			continue
		}
		switch int(of) {
		case year:
			into.Add("turnover_year", origin(e, fmt.Sprintf("%s %d", brand.Name, year), rule.Fen(amount)))
		case year - 1:
			into.Add("brand_turnover_before", origin(e, fmt.Sprintf("%s %d", brand.Name, year-1), rule.Fen(amount)))
		}
	}
	return nil
}

// place counts what stands in the directories today, of a county or ("") of the
// whole zone.
func (s *Service) place(ctx context.Context, county string, into fact.Figures) error {
	today := clock.DayOf(s.c.Clock.Now())
	counties := map[string]string{}
	if county != "" {
		var err error
		if counties, err = s.c.Facts.Counties(ctx, today); err != nil {
			return err
		}
	}
	for _, c := range []struct {
		fact, directory, field string
		values                 []string
	}{
		{"brands_recognised", Brands, "grade", []string{"cultivated", "municipal", "provincial"}},
		{"brands_provincial", Brands, "grade", []string{"provincial"}},
		{"service_providers", Providers, "", nil},
		{"training_bases", Bases, "", nil},
		{"innovations_replicated", Innovations, "stage", []string{"replicating"}},
	} {
		if county != "" && c.fact == "innovations_replicated" {
			continue
		}
		list, err := s.c.Directories.Records(ctx, c.directory, "", today)
		if err != nil {
			return err
		}
		n := int64(0)
		for i := range list {
			if c.field != "" && !contains(c.values, list[i].Text(c.field)) || county != "" && counties[list[i].Owner] != county {
				continue
			}
			n++
		}
		open := "/directories/" + c.directory
		if len(c.values) == 1 {
			open += "?" + c.field + "=" + c.values[0]
		}
		into.Add(c.fact, fact.Origin{ZH: "名录中已公布的条目", EN: "published entries of the directory", Value: rule.Int(n), Open: open})
	}
	return nil
}

// AllBrands are the ids of all published brands: the subjects of kind brand.
func (s *Service) AllBrands(ctx context.Context) ([]string, error) {
	list, err := s.c.Directories.Records(ctx, Brands, "", clock.DayOf(s.c.Clock.Now()))
	var out []string
	for i := range list {
		out = append(out, list[i].ID)
	}
	return out, err
}

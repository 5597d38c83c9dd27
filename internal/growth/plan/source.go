package plan

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/registry"
)

// summed are the facts of counties and zones that are sums over enterprises, by
// what they are computed from.
var summed = []string{"transactions", "turnover", "import_export", "exports", "imports", "parcels"}

// The facts that this package computes otherwise, by what they are computed from.
const (
	newEntities = "new_entities"
	trading     = "trading_enterprises"
	yearBefore  = "year_before"
)

// Source gives the figures of counties and zones that follow from those of
// enterprises (县区、综试区汇总). An enterprise counts in the county that it is placed
// in on the last day of the year; a city's code takes its counties. It is a
// source of package fact.
type Source struct {
	Figures  Figures
	Registry *registry.Registry
	Clock    clock.Clock
	Book     func() (*fact.Book, error)

	mu   sync.Mutex
	kept map[int]keptYear
}

// keptYear is what was read of a year a moment ago, so that fifteen counties do
// not read all enterprises fifteen times.
type keptYear struct {
	at     time.Time
	all    map[string]fact.Figures
	county map[string]string
}

// ComputeAll computes nothing: enterprises have no sums.
func (s *Source) ComputeAll(ctx context.Context, k fact.Kind, year int, into map[string]fact.Figures) error {
	for id, f := range into {
		if err := s.Compute(ctx, fact.Subject{Kind: k, ID: id}, year, f); err != nil {
			return err
		}
	}
	return nil
}

// Compute adds the sums of a county or zone.
func (s *Source) Compute(ctx context.Context, who fact.Subject, year int, into fact.Figures) error {
	if who.Kind != fact.County && who.Kind != fact.Place {
		return nil
	}
	book, err := s.Book()
	if err != nil {
		return err
	}
	for _, d := range book.Of(who.Kind) {
		switch {
		case slices.Contains(summed, d.Computed):
			err = s.sum(ctx, who, year, d, d.Name, into)
		case d.Computed == yearBefore:
			err = s.sum(ctx, who, year-1, d, strings.TrimSuffix(d.Name, "_before")+"_year", into)
		case d.Computed == trading:
			err = s.trading(ctx, who, year, d, into)
		case d.Computed == newEntities:
			err = s.entities(ctx, who, year, d, into)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Source) read(ctx context.Context, year int) (keptYear, error) {
	s.mu.Lock() // held while it is read, so that many who ask at once read it once
	defer s.mu.Unlock()
	now := s.Clock.Now()
	k, ok := s.kept[year]
	if ok && now.Sub(k.at) < fresh && !now.Before(k.at) {
		return k, nil
	}
	all, err := s.Figures.FiguresOf(ctx, year)
	if err != nil {
		return k, err
	}
	county, err := s.Figures.Counties(ctx, lastDay(year, clock.DayOf(now)))
	if err != nil {
		return k, err
	}
	k = keptYear{now, all, county}
	if s.kept == nil || len(s.kept) > 16 {
		s.kept = map[int]keptYear{}
	}
	s.kept[year] = k
	return k, nil
}

func lastDay(year int, today clock.Day) clock.Day {
	return min(clock.NewDay(year, 12, 31), max(today, clock.NewDay(year, 1, 1)))
}

// within tells whether an enterprise that counts in a county belongs to a
// subject. A zone takes all; a city those of its counties.
func within(who fact.Subject, county string) bool {
	if who.Kind == fact.Place {
		return true
	}
	city, isCity := strings.CutSuffix(who.ID, "00")
	return county == who.ID || isCity && len(county) == 6 && strings.HasPrefix(county, city)
}

// part is what an enterprise brings to a sum.
type part struct {
	id     string
	figure fact.Figure
}

func (s *Source) parts(ctx context.Context, who fact.Subject, year int, name string) (out []part, err error) {
	k, err := s.read(ctx, year)
	if err != nil {
		return nil, err
	}
	for id, f := range k.all {
		if g := f[name]; g.Known && within(who, k.county[id]) {
			out = append(out, part{id, g})
		}
	}
	slices.SortFunc(out, func(a, b part) int { return strings.Compare(a.id, b.id) })
	return out, nil
}

// sum adds up a fact over enterprises: what was cleared here and elsewhere apart.
func (s *Source) sum(ctx context.Context, who fact.Subject, year int, d *fact.Definition, name string, into fact.Figures) error {
	list, err := s.parts(ctx, who, year, name)
	if err != nil || len(list) == 0 {
		return err
	}
	var here, elsewhere rule.Value
	traded := 0
	for _, p := range list {
		if number(p.figure.Value) != 0 {
			traded++
		}
		if here, err = here.Add(p.figure.Here); err == nil {
			elsewhere, err = elsewhere.Add(p.figure.Elsewhere)
		}
		if err != nil {
			return fmt.Errorf("%s of %s %s: %w", name, who.Kind, who.ID, err)
		}
	}
	open := figuresPath(who, name, year)
	if !here.IsZero() {
		into.Add(d.Name, fact.Origin{Here: true, ZH: fmt.Sprintf("%d 家企业本平台通关之和", len(list)), EN: fmt.Sprintf("sum of %d enterprises, cleared here", len(list)), Value: here, Open: open})
	}
	if !elsewhere.IsZero() && number(elsewhere) != 0 {
		into.Add(d.Name, fact.Origin{ZH: "其中企业异地通关之和", EN: "sum of what enterprises cleared elsewhere", Value: elsewhere, Open: open})
	}
	into.MadeOf(d.Name, madeOf(traded, len(list)))
	return nil
}

// madeOf is of how many enterprises a sum or count is made: those that bring
// something to it, or all that were asked where none does.
func madeOf(count, asked int) int {
	if count == 0 {
		return asked
	}
	return count
}

func figuresPath(who fact.Subject, name string, year int) string {
	return "/plan-figures/" + string(who.Kind) + "/" + url.PathEscape(who.ID) + "?" + url.Values{"fact": {name}, "year": {fmt.Sprint(year)}}.Encode()
}

// trading counts the enterprises with trade in the year.
func (s *Source) trading(ctx context.Context, who fact.Subject, year int, d *fact.Definition, into fact.Figures) error {
	list, err := s.parts(ctx, who, year, "import_export_year")
	if err != nil {
		return err
	}
	n := int64(0)
	for _, p := range list {
		if p.figure.Value.Fen() > 0 {
			n++
		}
	}
	if len(list) > 0 {
		into.Add(d.Name, fact.Origin{Here: true, ZH: "有进出口的备案企业", EN: "filed enterprises with imports or exports", Value: rule.Int(n), Open: figuresPath(who, "import_export_year", year)})
		into.MadeOf(d.Name, madeOf(int(n), len(list)))
	}
	return nil
}

// entities counts the enterprises whose filing begins in the year. Filings
// without a first day are not counted and are said.
func (s *Source) entities(ctx context.Context, who fact.Subject, year int, d *fact.Definition, into fact.Figures) error {
	k, err := s.read(ctx, year)
	if err != nil {
		return err
	}
	n, undated := int64(0), 0
	for after := ""; ; {
		list, err := s.Registry.List(ctx, after, 1000)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			break
		}
		for i := range list {
			f := &list[i]
			code := f.CustomsCode
			if code == "" {
				code = f.ID
			}
			switch {
			case !within(who, k.county[code]):
			case f.From == 0:
				undated++
			case f.From.Year() == year:
				n++
			}
		}
		after = list[len(list)-1].ID
	}
	zh, en := "当年开始备案的企业", "enterprises whose filing begins in the year"
	if undated > 0 {
		zh, en = fmt.Sprintf("%s（另有 %d 家未载备案起始日）", zh, undated), fmt.Sprintf("%s (%d more have no first day)", en, undated)
	}
	into.Add(d.Name, fact.Origin{Here: true, ZH: zh, EN: en, Value: rule.Int(n), Open: "/enterprises"})
	into.MadeOf(d.Name, int(n))
	return nil
}

// Part is what one enterprise brings to a figure of a county or zone.
type Part struct {
	Enterprise string
	County     string // division code; "" if nobody knows
	Figure     fact.Figure
	Open       string // page of its figures
}

// Parts are the enterprises that a summed figure of a county or zone is made of,
// the largest first. The caller sees single figures of the zone; [ErrDenied]
// otherwise. [ErrNotFound]: the fact is no sum over enterprises.
func (s *Source) Parts(ctx context.Context, who fact.Subject, name string, year int) (*fact.Definition, []Part, error) {
	if !Reads(ctx) {
		return nil, nil, ErrDenied
	}
	book, err := s.Book()
	if err != nil {
		return nil, nil, err
	}
	d := book.Find(name)
	if d == nil || !d.Of(who.Kind) || who.Kind != fact.County && who.Kind != fact.Place || !slices.Contains(summed, d.Computed) {
		return nil, nil, ErrNotFound
	}
	list, err := s.parts(ctx, who, year, name)
	if err != nil {
		return nil, nil, err
	}
	k, err := s.read(ctx, year)
	if err != nil {
		return nil, nil, err
	}
	out := make([]Part, 0, len(list))
	for _, p := range list {
		out = append(out, Part{p.id, k.county[p.id], p.figure, "/figures/enterprise/" + url.PathEscape(p.id) + "?year=" + fmt.Sprint(year)})
	}
	slices.SortStableFunc(out, func(a, b Part) int {
		switch x, y := number(a.Figure.Value), number(b.Figure.Value); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	return d, out, nil
}

// Title names a subject of figures: a county of the plans, or the zone.
func (r *Rules) Title(who fact.Subject) pack.Text {
	for _, p := range r.Plans {
		if who.Kind == fact.Place && who.ID == p.Zone {
			return pack.Text{ZH: "综试区", EN: "the zone"}
		}
		for _, n := range p.Places {
			if who.Kind == fact.County && n.ID == who.ID {
				return n.Title
			}
		}
	}
	return pack.Text{ZH: who.ID, EN: who.ID}
}

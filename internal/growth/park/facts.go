package park

import (
	"context"
	"errors"
	"fmt"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/registry"
)

// Compute gives the figures that the register knows (fact.Source): of parks,
// belts, warehouses, the enterprises that run them, counties and the zone.
func (s *Service) Compute(ctx context.Context, who fact.Subject, year int, into fact.Figures) error {
	switch who.Kind {
	case fact.Park, fact.Belt, fact.Warehouse:
		p, err := s.place(ctx, who.ID)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.ofPlace(ctx, p, year, into)
	case fact.Enterprise:
		return s.ofEnterprise(ctx, who.ID, year, into)
	case fact.County:
		return s.ofZone(ctx, who.ID, year, into)
	case fact.Place:
		return s.ofZone(ctx, "", year, into)
	}
	return nil
}

// asOf is the day as of which a year's figures stand: its last one, or today.
func (s *Service) asOf(year int) clock.Day { return min(s.Today(), clock.NewDay(year, 12, 31)) }

func (s *Service) ofPlace(ctx context.Context, p *Place, year int, into fact.Figures) error {
	s.declared(p, into)
	members, err := s.membersOf(ctx, p.ID)
	if err != nil {
		return err
	}
	t := &tally{s: s, p: p, year: year, first: clock.NewDay(year, 1, 1), last: s.asOf(year), into: into, made: map[string]map[string]bool{}, idle: map[string]int{}}
	switch p.Kind {
	case Park:
		err = t.park(ctx, members)
	case Belt:
		err = t.belt(ctx, members)
	case Overseas, Consolidation:
		err = t.warehouse(ctx, members)
	}
	for name, n := range t.idle {
		into.MadeOf(name, n)
	}
	for name, enterprises := range t.made {
		into.MadeOf(name, len(enterprises))
	}
	return err
}

// add puts what an enterprise brings into a figure.
func (t *tally) add(name, enterprise string, o fact.Origin) {
	t.into.Add(name, o)
	if o.Aside {
		return
	}
	if t.made[name] == nil {
		t.made[name] = map[string]bool{}
	}
	t.made[name][enterprise] = true
}

// declared gives what the register says of a place, once an office has held it
// against papers and no evidence says it already.
func (s *Service) declared(p *Place, into fact.Figures) {
	if !p.Reviewed {
		return
	}
	add := func(name string, v rule.Value) {
		if !into[name].Known {
			into.Add(name, fact.Origin{ZH: "场所登记，主管部门已核：" + p.ReviewNote, EN: "in the register, held against papers by the office: " + p.ReviewNote, Value: v, Open: "/parks/" + p.ID, Reviewed: clock.FromMicros(p.Changed)})
		}
	}
	switch p.Kind {
	case Park:
		add("area_m2", rule.Int(p.Area))
		add("facilities", rule.Bool(len(p.Facilities) > 0))
		add("one_stop", rule.Bool(p.OneStop))
	case Overseas, Consolidation:
		add("area_m2", rule.Int(p.Area))
		add("self_built", rule.Bool(p.SelfBuilt))
		add("self_used", rule.Bool(p.SelfUsed))
	}
}

// tally makes the figures of one place in one year.
type tally struct {
	s           *Service
	p           *Place
	year        int
	first, last clock.Day // of the year, or today
	into        fact.Figures
	made        map[string]map[string]bool // enterprises that brought something, by fact
	idle        map[string]int             // members of the whole year that are known not to have traded, by fact
}

// within are the days of a membership in the year; ok is false if there are none.
func (t *tally) within(m *Member) (from, to clock.Day, ok bool) {
	from, to = max(m.Since, t.first), t.last
	if m.Until != 0 {
		to = min(to, m.Until)
	}
	return from, to, m.Counts(t.first, t.last) && from <= to
}

// shared tells whether a member lets its figures be counted: without an operator
// the office alone sees the place, and it sees figures anyway.
func (t *tally) shared(ctx context.Context, m *Member) bool {
	return t.p.Org == "" || t.s.Consents.Consents(ctx, m.Enterprise, t.p.Org)
}

// sums are the facts that are sums over members.
var sums = []string{"turnover_year", "import_export_year"}

func (t *tally) park(ctx context.Context, members []*Member) error {
	enterprises := map[string]bool{}
	for _, m := range members {
		from, to, ok := t.within(m)
		if !ok {
			continue
		}
		if enterprises[m.Enterprise] {
			continue
		}
		cbec, why, err := t.cbec(ctx, m, from, to)
		if err != nil {
			return err
		}
		if cbec {
			enterprises[m.Enterprise] = true
			t.add("cbec_enterprises", m.Enterprise, fact.Origin{Here: true, ZH: m.Enterprise + "：" + why.ZH, EN: m.Enterprise + ": " + why.EN, Value: rule.Int(1), Open: "/enterprises/" + m.Enterprise})
		}
	}
	t.known("cbec_enterprises")
	return t.trade(ctx, members)
}

// known makes a count of nothing a figure: the register knows that there is none.
func (t *tally) known(name string) {
	if !t.into[name].Known {
		t.into.Add(name, fact.Origin{Here: true, ZH: "登记中没有", EN: "none in the register", Value: rule.Int(0), Open: "/parks/" + t.p.ID})
	}
}

// kindsOfTrade are the kinds of filing that make an enterprise one of cross-border
// e-commerce.
const kindsOfTrade = registry.Platform | registry.Merchant | registry.Payment | registry.Logistics | registry.Agent | registry.Warehouse

// cbec tells whether a member is a cross-border e-commerce enterprise: it is filed
// as one, or it cleared something while a member and lets that be seen.
func (t *tally) cbec(ctx context.Context, m *Member, from, to clock.Day) (bool, words, error) {
	f, err := t.s.Filings.ByCode(ctx, m.Enterprise)
	if err != nil && !errors.Is(err, registry.ErrNotFiled) {
		return false, words{}, err
	}
	if err == nil && f.Kinds&kindsOfTrade != 0 && (f.State(to) == registry.Active || f.State(from) == registry.Active) {
		return true, words{"已备案（" + f.Kinds.ZH() + "）", "filed as " + f.Kinds.String()}, nil
	}
	if !t.shared(ctx, m) {
		return false, words{}, nil
	}
	sum, err := t.s.Trade.Of(ctx, m.Enterprise, from, to)
	return sum.Parcels > 0, words{fmt.Sprintf("入驻期间通关 %d 票", sum.Parcels), fmt.Sprintf("%d parcels cleared while a member", sum.Parcels)}, err
}

type words struct{ ZH, EN string }

// trade adds up what the members traded while they were members, calibres apart.
func (t *tally) trade(ctx context.Context, members []*Member) error {
	withheld := map[string]bool{}
	for _, m := range members {
		from, to, ok := t.within(m)
		if !ok {
			continue
		}
		if !t.shared(ctx, m) {
			withheld[m.Enterprise] = true
			continue
		}
		var err error
		if from == t.first && (m.Until == 0 || m.Until >= clock.NewDay(t.year, 12, 31)) {
			err = t.whole(ctx, m)
		} else {
			err = t.part(ctx, m, from, to)
		}
		if err != nil {
			return err
		}
	}
	for _, name := range sums {
		if n := t.idle[name]; n > 0 {
			t.into.Add(name, fact.Origin{Here: true, ZH: fmt.Sprintf("%d 家当年无成交", n), EN: fmt.Sprintf("%d did not trade in the year", n), Value: rule.Fen(0), Open: "/parks/" + t.p.ID})
		}
		if n := len(withheld); n > 0 {
			t.into.Add(name, fact.Origin{Here: true, Aside: true, ZH: fmt.Sprintf("另有 %d 家未授权，未计入", n), EN: fmt.Sprintf("%d more have not consented and are not counted", n), Open: "/parks/" + t.p.ID})
		}
	}
	return nil
}

// whole counts a member of the whole year: its own figures of the year, cleared
// here and elsewhere apart.
func (t *tally) whole(ctx context.Context, m *Member) error {
	figures, err := t.s.Figures.FiguresIn(ctx, fact.Subject{Kind: fact.Enterprise, ID: m.Enterprise}, t.year)
	if err != nil {
		return err
	}
	for _, name := range sums {
		f := figures[name]
		if !f.Known {
			continue
		}
		open := fmt.Sprintf("/figures/enterprise/%s?year=%d", m.Enterprise, t.year)
		if f.Here.Fen() == 0 && f.Elsewhere.Fen() == 0 {
			t.idle[name]++
		}
		if f.Here.Fen() != 0 {
			t.add(name, m.Enterprise, fact.Origin{Here: true, ZH: m.Enterprise + "：本平台通关，全年", EN: m.Enterprise + ": cleared here, the whole year", Value: f.Here, Open: open})
		}
		if f.Elsewhere.Fen() != 0 {
			t.add(name, m.Enterprise, fact.Origin{ZH: m.Enterprise + "：本地备案、异地通关，全年", EN: m.Enterprise + ": registered here, cleared elsewhere, the whole year", Value: f.Elsewhere, Open: open})
		}
	}
	return nil
}

// part counts a member of a part of the year: what was cleared here on its days.
// What papers say of the year as a whole can't be told apart and is not counted.
func (t *tally) part(ctx context.Context, m *Member, from, to clock.Day) error {
	sum, err := t.s.Trade.Of(ctx, m.Enterprise, from, to)
	if err != nil {
		return err
	}
	figures, err := t.s.Figures.FiguresIn(ctx, fact.Subject{Kind: fact.Enterprise, ID: m.Enterprise}, t.year)
	if err != nil {
		return err
	}
	days := from.String() + " – " + to.String()
	for _, name := range sums {
		if sum.Parcels > 0 {
			t.add(name, m.Enterprise, fact.Origin{Here: true, ZH: m.Enterprise + "：本平台通关，入驻期间 " + days, EN: m.Enterprise + ": cleared here while a member, " + days, Value: rule.Fen(sum.Value), Open: sum.Open})
		}
		if e := figures[name].Elsewhere; e.Fen() != 0 {
			t.add(name, m.Enterprise, fact.Origin{Aside: true, ZH: m.Enterprise + "：异地通关数据为全年数，入驻不满一年，未计入", EN: m.Enterprise + ": papers on trade elsewhere are of the whole year, in which it was a member in part; not counted", Value: e, Open: fmt.Sprintf("/figures/enterprise/%s?year=%d", m.Enterprise, t.year)})
		}
	}
	return nil
}

// belt counts suppliers as they stood at the year's end and adds up their trade.
func (t *tally) belt(ctx context.Context, members []*Member) error {
	seen := map[string]bool{}
	for _, m := range members {
		if m.Counts(t.last, t.last) && !seen[m.Enterprise] {
			seen[m.Enterprise] = true
			t.add("suppliers", m.Enterprise, fact.Origin{Here: true, ZH: m.Enterprise + "：" + m.Note, EN: m.Enterprise + ": " + m.Note, Value: rule.Int(1), Open: "/enterprises/" + m.Enterprise})
		}
	}
	t.known("suppliers")
	return t.trade(ctx, members)
}

// warehouse counts the trade with the host country, and the small enterprises that
// were really served: parcels of theirs in which the warehouse's enterprise had a
// part while they were its clients.
func (t *tally) warehouse(ctx context.Context, members []*Member) error {
	if t.p.Enterprise == "" {
		return nil
	}
	if t.p.Country != "" && t.p.State == Open {
		sum, err := t.s.Trade.With(ctx, t.p.Enterprise, t.p.Country, t.first, t.last)
		if err != nil {
			return err
		}
		t.add("host_trade_year", t.p.Enterprise, fact.Origin{Here: true, ZH: "与所在国的进出口，本平台通关", EN: "trade with the host country, cleared here", Value: rule.Fen(sum.Value), Open: sum.Open})
	}
	total, served := money.Fen(0), map[string]bool{}
	for _, m := range members {
		from, to, ok := t.within(m)
		if !ok {
			continue
		}
		sum, err := t.s.Trade.By(ctx, m.Enterprise, t.p.Enterprise, from, to)
		if err != nil {
			return err
		}
		if sum.Parcels == 0 {
			continue
		}
		if total, err = total.Add(sum.Value); err != nil {
			return err
		}
		if t.p.Kind == Consolidation {
			t.add("import_export_year", m.Enterprise, fact.Origin{Here: true, ZH: m.Enterprise + "：经该集货仓，本平台通关", EN: m.Enterprise + ": through this warehouse, cleared here", Value: rule.Fen(sum.Value), Open: sum.Open})
		}
		if err := t.small(ctx, m, sum, served); err != nil {
			return err
		}
	}
	t.known("smes_served_year")
	return nil
}

// small counts a client that is known to be a small or medium enterprise.
func (t *tally) small(ctx context.Context, m *Member, sum Sum, served map[string]bool) error {
	if served[m.Enterprise] {
		return nil
	}
	figures, err := t.s.Figures.FiguresIn(ctx, fact.Subject{Kind: fact.Enterprise, ID: m.Enterprise}, t.year)
	if err != nil {
		return err
	}
	o := fact.Origin{Here: true, Value: rule.Int(1), Open: sum.Open}
	switch sme := figures["sme"]; {
	case !sme.Known:
		o.Aside, o.ZH, o.EN = true, m.Enterprise+"：未证明为中小企业，未计入", m.Enterprise+": not shown to be a small or medium enterprise, not counted"
	case !sme.Value.Bool():
		return nil
	default:
		o.ZH, o.EN = fmt.Sprintf("%s：%d 票", m.Enterprise, sum.Parcels), fmt.Sprintf("%s: %d parcels", m.Enterprise, sum.Parcels)
		served[m.Enterprise] = true
	}
	t.add("smes_served_year", m.Enterprise, o)
	return nil
}

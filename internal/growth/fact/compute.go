package fact

import (
	"fmt"
	"net/url"
	"strconv"

	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/growth/fact/trade"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/rule"
)

// counted is how a fact is computed of an enterprise's trade in a year: what was
// cleared here, and what declarations of elsewhere count in it.
type counted struct {
	direction string // "", import or export: which parcels it opens to
	clients   bool   // it opens to whom the enterprise served
	here      func(trade.Annual, trade.Served) rule.Value
	declared  func(declaration.Annual) rule.Value // nil: declarations do not count in it
}

func exportsOf(a declaration.Annual) rule.Value { return rule.Fen(a.Exports) }

// byName are the facts that are computed of trade, by the name under `computed`.
// Exports by declaration are the seller's trade in every calibre; imports by
// declaration are import-export alone, since no sale to a buyer is seen in them.
var byName = map[string]counted{
	"transactions":  {here: func(a trade.Annual, _ trade.Served) rule.Value { return rule.Fen(a.Total().Value + a.Imports.Tax) }, declared: exportsOf},
	"turnover":      {here: func(a trade.Annual, _ trade.Served) rule.Value { return rule.Fen(a.Total().Value) }, declared: exportsOf},
	"import_export": {here: func(a trade.Annual, _ trade.Served) rule.Value { return rule.Fen(a.Total().Value) }, declared: func(a declaration.Annual) rule.Value { return rule.Fen(a.Total()) }},
	"exports":       {direction: "export", here: func(a trade.Annual, _ trade.Served) rule.Value { return rule.Fen(a.Exports.Value) }, declared: exportsOf},
	"imports":       {direction: "import", here: func(a trade.Annual, _ trade.Served) rule.Value { return rule.Fen(a.Imports.Value) }, declared: func(a declaration.Annual) rule.Value { return rule.Fen(a.Imports) }},
	"import_tax":    {direction: "import", here: func(a trade.Annual, _ trade.Served) rule.Value { return rule.Fen(a.Imports.Tax) }},
	"parcels":       {here: func(a trade.Annual, _ trade.Served) rule.Value { return rule.Int(a.Total().Parcels) }},
	"countries":     {direction: "export", here: func(a trade.Annual, _ trade.Served) rule.Value { return rule.Int(int64(a.Countries)) }},
	"served":        {clients: true, here: func(_ trade.Annual, v trade.Served) rule.Value { return rule.Int(int64(v.Clients)) }},
	"platform_trade": {clients: true, here: func(_ trade.Annual, v trade.Served) rule.Value {
		return rule.Fen(v.AsPlatform.Value + v.AsPlatform.Tax)
	}},
}

// The facts that are computed of other facts.
const (
	maxBefore     = "turnover_max_before"
	yearsOnRecord = "years_on_record"
	turnoverYear  = "turnover_year"
	founded       = "founded"
	cbecSince     = "cbec_since"
)

// asked is one question: whose figures, of which year, seen from which day.
type asked struct {
	who   Subject
	year  int
	since int       // first year of parcels here, 0: none
	ref   clock.Day // day by which validity is judged
}

// enterprise puts what is known of an enterprise into figures.
func (b *Book) enterprise(q asked, r *record) Figures {
	into := make(Figures, len(b.list))
	for _, d := range b.Of(Enterprise) {
		if how, ok := byName[d.Computed]; ok {
			b.trade(into, d, how, q, r)
		}
	}
	return into
}

// trade puts one fact that is computed of trade into figures: what was cleared
// here, and elsewhere. Evidence for all of the year contains the declarations.
func (b *Book) trade(into Figures, d *Definition, how counted, q asked, r *record) {
	if q.since != 0 && q.year >= q.since {
		into.Add(d.Name, Origin{Here: true, ZH: "本平台通关", EN: "cleared here", Value: how.here(r.here[q.year], r.served), Open: how.open(q, r.codes)})
	}
	a := r.declared[q.year]
	if how.declared == nil || a.Count == 0 {
		return
	}
	into.Add(d.Name, Origin{ZH: fmt.Sprintf("异地通关报关单 %d 票", a.Count), EN: fmt.Sprintf("%d declarations cleared elsewhere", a.Count), Value: how.declared(a),
		Open: declarationsPath(q.who.ID, q.year), Aside: choose(d, r.evidence, q).whole()})
}

// open is the list of parcels behind what was cleared here.
func (c counted) open(q asked, codes []string) string {
	if c.clients {
		return fmt.Sprintf("/figures/enterprise/%s/clients?year=%d", url.PathEscape(q.who.ID), q.year)
	}
	v := url.Values{"merchant": codes, "from": {fmt.Sprintf("%d-01-01", q.year)}, "to": {fmt.Sprintf("%d-12-31", q.year)}}
	for _, s := range trade.InForce {
		v.Add("state", s.String())
	}
	if c.direction != "" {
		v.Set("direction", c.direction)
	}
	return "/parcels?" + v.Encode()
}

func declarationsPath(enterprise string, year int) string {
	return "/declarations?" + url.Values{"enterprise": {enterprise}, "year": {strconv.Itoa(year)}}.Encode()
}

// evidencePath is the page of a piece of evidence.
func evidencePath(id string) string { return "/evidence/" + url.PathEscape(id) }

// chosen is the evidence of one fact that counts in a year, and what it contains.
type chosen struct{ counts, aside []*Evidence }

// whole tells whether evidence for all of it counts.
func (c chosen) whole() bool { return len(c.counts) == 1 && c.counts[0].Part == "" }

// choose picks the evidence of a fact that counts in a year: of one part the
// newest; evidence for all contains the parts; parts add up where the fact says
// so, else the newest of them counts.
func choose(d *Definition, list []Evidence, q asked) (out chosen) {
	type slot struct {
		part string
		year int
	}
	newest := make(map[slot]*Evidence)
	var order []slot
	for i := range list {
		e := &list[i]
		if e.Fact != d.Name || !d.when(e.Year, q.year) || e.Until != 0 && e.Until < q.ref {
			continue
		}
		k := slot{part: e.Part}
		if d.Adds && d.Period == Ever {
			k.year = e.Year
		}
		was := newest[k]
		if was == nil {
			order = append(order, k)
		}
		if was == nil || e.Year >= was.Year { // the list is in the order of review
			newest[k] = e
		}
	}
	for _, k := range order {
		e := newest[k]
		all := newest[slot{year: k.year}]
		if k.part != "" && all != nil {
			out.aside = append(out.aside, e)
			continue
		}
		out.counts = append(out.counts, e)
	}
	if !d.Adds && len(out.counts) > 1 {
		last := out.counts[0]
		for _, e := range out.counts {
			if e.Year > last.Year || e.Year == last.Year && !e.Reviewed.Before(last.Reviewed) {
				last = e
			}
		}
		for _, e := range out.counts {
			if e != last {
				out.aside = append(out.aside, e)
			}
		}
		out.counts = []*Evidence{last}
	}
	return out
}

// when tells whether evidence of a year says something of the year asked.
func (d *Definition) when(of, asked int) bool {
	if d.Period == OfYear {
		return of == asked
	}
	return of <= asked
}

// evidence puts reviewed evidence into figures, as what is elsewhere. How a thing
// stands at a point in time is what the paper says, not that beside what a source
// said.
func (b *Book) evidence(into Figures, q asked, list []Evidence) {
	if len(list) == 0 {
		return
	}
	for _, d := range b.Of(q.who.Kind) {
		c := choose(d, list, q)
		if len(c.counts) > 0 && d.Period == Point && into[d.Name].Known {
			into.setAside(d.Name)
		}
		for _, e := range c.counts {
			into.Add(d.Name, e.origin(false))
		}
		for _, e := range c.aside {
			into.Add(d.Name, e.origin(true))
		}
	}
}

// setAside leaves what was said of a fact to be seen, uncounted.
func (f Figures) setAside(name string) {
	v := f[name]
	was := v.Origins
	v = Figure{Fact: name}
	for _, o := range was {
		o.Aside = true
		v.Origins = append(v.Origins, o)
	}
	f[name] = v
}

func (e *Evidence) origin(aside bool) Origin {
	zh, en := "经审核的佐证", "reviewed evidence"
	if e.Part != "" {
		zh, en = zh+"："+e.Part, en+": "+e.Part
	}
	if e.Place != "" {
		zh, en = zh+"（"+e.Place+"）", en+" ("+e.Place+")"
	}
	return Origin{ZH: zh, EN: en, Value: e.Value, Open: evidencePath(e.ID), Reviewed: e.Reviewed, Document: e.Document, Aside: aside}
}

// unknowns enters the facts that nobody said anything of, so that each is seen to
// be unknown.
func (b *Book) unknowns(into Figures, k Kind) {
	for _, d := range b.Of(k) {
		if _, ok := into[d.Name]; !ok {
			into[d.Name] = Figure{Fact: d.Name}
		}
	}
}

// Package fact is the figures of enterprises, parks, belts, counties, brands and
// warehouses (指标): what conditions, amounts, score cards and targets are judged
// by.
//
// What was cleared here is computed from the core's decisions (package trade).
// What was cleared elsewhere, in earlier years, and what no parcel says (jobs,
// certificates, areas) comes in as national declarations or as evidence that was
// reviewed; it always stands apart: here 本平台通关, elsewhere 本地备案、异地通关. Each
// figure keeps its origins, and each origin opens. Other rooms give what they
// know as a Source.
//
// The three calibres of trade (口径) are counts of their own and are never added
// up: transactions is what was traded, with the tax that buyers of imports paid;
// turnover is the seller's sales without tax; import_export is customs value.
//
// Which facts there are is data: kind `facts` of the packs in force.
//
// Invariants: a fact that nobody knows is unknown and never nought; a person
// reads figures of others only with FigureRead over the zone or with the owner's
// consent, and every such look is kept where the owner sees it; evidence is never
// deleted, what replaces or withdraws it stands beside it.
package fact

import (
	"maps"
	"slices"
	"time"

	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/rule"
)

// Kind is a kind of subject (主体类别).
type Kind string

// The kinds of subject.
const (
	Enterprise Kind = "enterprise" // 企业; ID is the customs code of its filing
	Park       Kind = "park"       // 园区
	Belt       Kind = "belt"       // 产业带
	County     Kind = "county"     // 县区; ID is the division code, six digits
	Brand      Kind = "brand"      // 品牌
	Warehouse  Kind = "warehouse"  // 海外仓、集货仓
	Place      Kind = "zone"       // 综试区; ID is the name of its pack
)

// Kinds are all kinds of subject.
var Kinds = []Kind{Enterprise, Park, Belt, County, Brand, Warehouse, Place}

// Subject is whose figures they are (主体).
type Subject struct {
	Kind Kind
	ID   string
}

// Figure is one fact of a subject (指标值). The zero Value of an unknown figure has
// no type.
type Figure struct {
	Fact      string
	Value     rule.Value // all that counts: here and elsewhere
	Known     bool
	Here      rule.Value // cleared here 本平台通关; none if not numeric
	Elsewhere rule.Value // registered here, cleared elsewhere 本地备案、异地通关; none if not numeric
	Origins   []Origin   // what it is made of, each opens
	Of        int        // of a sum or count over enterprises: how many it is made of; 0: it is none
}

// Fewest is of how many enterprises a sum or count is made at least, if those may
// see it who do not see single figures (最少企业数): of fewer, one of them could be
// told from it.
const Fewest = 3

// Few tells whether the figure is a sum or count over fewer enterprises than
// [Fewest]: it is withheld from whoever does not see single figures.
func (f Figure) Few() bool { return f.Of > 0 && f.Of < Fewest }

// Origin is one part of a figure (来源).
type Origin struct {
	Here     bool
	ZH, EN   string
	Value    rule.Value
	Open     string    // path on the console; "" if there is nothing more to see
	Reviewed time.Time // when an office took it; zero for what the platform computes
	Document string    // paper or file that it rests on
	Aside    bool      // shown, but not counted: contained in another origin
}

// Figures are the figures of one subject by fact.
type Figures map[string]Figure

// Facts lets expressions ask for the figures.
func (f Figures) Facts() rule.Facts {
	return func(name string) (rule.Value, bool) {
		v, ok := f[name]
		return v.Value, ok && v.Known
	}
}

// Names are the facts that stand in it, sorted.
func (f Figures) Names() []string { return slices.Sorted(maps.Keys(f)) }

// Add makes an origin part of a figure: numbers and money add up, here and
// elsewhere apart; of other types the last one added counts. An origin without a
// value, or one aside, is only listed. Sources use it.
func (f Figures) Add(name string, o Origin) {
	v := f[name]
	v.Fact = name
	v.Origins = append(v.Origins, o)
	if !o.Aside && !o.Value.IsZero() {
		v.Known = true
		v.count(o)
	}
	f[name] = v
}

// MadeOf says of how many enterprises a figure is made. Sources that add up or
// count enterprises use it.
func (f Figures) MadeOf(name string, enterprises int) {
	if v, ok := f[name]; ok {
		v.Of = enterprises
		f[name] = v
	}
}

func (v *Figure) count(o Origin) {
	zero := none(o.Value.Type())
	if zero.IsZero() {
		v.Value = o.Value
		return
	}
	if v.Value.IsZero() {
		v.Value, v.Here, v.Elsewhere = zero, zero, zero
	}
	v.Value = plus(v.Value, o.Value)
	if o.Here {
		v.Here = plus(v.Here, o.Value)
	} else {
		v.Elsewhere = plus(v.Elsewhere, o.Value)
	}
}

// none is nought of a type that adds up, else no value.
func none(t rule.Type) rule.Value {
	switch t {
	case rule.TypeMoney:
		return rule.Fen(0)
	case rule.TypeInt:
		return rule.Int(0)
	}
	return rule.Value{}
}

// plus adds two values of one type that adds up. A sum that does not fit stays at
// the greatest amount there is.
func plus(a, b rule.Value) rule.Value {
	if a.Type() == rule.TypeMoney {
		sum, err := a.Fen().Add(b.Fen())
		if err != nil {
			return rule.Fen(most)
		}
		return rule.Fen(sum)
	}
	return rule.Int(a.Int() + b.Int())
}

const most = money.Fen(1<<63 - 1)

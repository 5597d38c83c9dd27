package scorecard

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
)

type form struct {
	Subject    string
	Purpose    text
	Note       text
	Indicators []indicatorForm
	Grades     []struct {
		ID      string
		AtLeast string `yaml:"at_least"`
		Title   text
	}
}

type indicatorForm struct {
	ID     string
	Title  text
	Weight string
	Fact   string
	Expr   string
	Bands  []struct {
		AtLeast string `yaml:"at_least"`
		Points  string
	}
	Linear *struct{ From, To string }
	Note   text
}

type text struct{ ZH, EN string }

func (t text) say() pack.Text { return pack.Text(t) }

// Compile makes a card of an item of kind scorecards against the facts. The
// error is pack.Faults with the places of all that is wrong: facts that are not
// there, values of another type, bands out of order, points above the weight,
// grades out of order, an id twice.
func Compile(i *pack.Item, e *rule.Env) (*Card, error) {
	var f form
	if err := i.Decode(&f); err != nil {
		return nil, err
	}
	b := &compiler{item: i, env: e}
	c := &Card{ID: i.ID, Title: i.Title, Subject: f.Subject, Purpose: f.Purpose.say(), Note: f.Note.say(), Item: i}
	seen := map[string]bool{}
	for n, g := range f.Indicators {
		b.at = []string{"indicators", strconv.Itoa(n)}
		if seen[g.ID] {
			b.fault("指标 "+g.ID+" 重复", "the indicator "+g.ID+" stands twice")
		}
		seen[g.ID] = true
		ind := b.indicator(g)
		c.Of += ind.Weight
		c.Indicators = append(c.Indicators, ind)
	}
	for n, g := range f.Grades {
		b.at = []string{"grades", strconv.Itoa(n)}
		at := b.points(g.AtLeast)
		if n > 0 && at >= c.Grades[n-1].AtLeast {
			b.fault("等级应自高而低排列", "grades stand from the best to the least")
		}
		if at > c.Of {
			b.fault("等级 "+g.ID+" 无法达到：总分只有 "+Points(c.Of), "the grade "+g.ID+" cannot be reached: all points are "+Points(c.Of))
		}
		c.Grades = append(c.Grades, Grade{ID: g.ID, Title: g.Title.say(), AtLeast: at})
	}
	if len(b.faults) > 0 {
		return nil, b.faults
	}
	return c, nil
}

// Check compiles all cards of a set against the facts.
func Check(s *pack.Set, e *rule.Env) pack.Faults {
	var all pack.Faults
	for _, i := range s.Items(Kind) {
		_, err := Compile(i, e)
		var faults pack.Faults
		switch {
		case errors.As(err, &faults):
			all = append(all, faults...)
		case err != nil:
			all = append(all, i.Fault(pack.Text{ZH: err.Error(), EN: err.Error()}, pack.Text{ZH: "改正该条目", EN: "mend the item"}))
		}
	}
	return all
}

type compiler struct {
	item   *pack.Item
	env    *rule.Env
	at     []string
	faults pack.Faults
}

func (b *compiler) fault(zh, en string, keys ...string) {
	b.faults = append(b.faults, b.item.FaultAt(pack.Text{ZH: zh, EN: en},
		pack.Text{ZH: "改正评分卡；写法见 docs/rules.md", EN: "mend the card; docs/rules.md says how it is written"}, append(slices.Clone(b.at), keys...)...))
}

// points reads points with at most three decimals as thousandths; the schema
// has looked at their form.
func (b *compiler) points(s string) int64 {
	whole, part := s, ""
	for i := range s {
		if s[i] == '.' {
			whole, part = s[:i], s[i+1:]
		}
	}
	n, err := strconv.ParseInt(whole+(part + "000")[:3], 10, 64)
	if err != nil {
		b.fault(fmt.Sprintf("%q 不是分数", s), fmt.Sprintf("%q are no points", s))
	}
	return n
}

func (b *compiler) indicator(g indicatorForm) Indicator {
	ind := Indicator{ID: g.ID, Title: g.Title.say(), Weight: b.points(g.Weight), Of: g.Fact + g.Expr, Note: g.Note.say()}
	b.source(&ind, g)
	if ind.Type == 0 {
		return ind
	}
	switch {
	case g.Linear != nil:
		b.linear(&ind, g.Linear.From, g.Linear.To)
	case ind.Type == rule.TypeBool && len(g.Bands) == 0:
		ind.Bands = []Band{{rule.Bool(true), ind.Weight}}
	case len(g.Bands) == 0:
		b.fault("缺少 bands 或 linear", "bands or linear are missing")
	}
	for _, band := range g.Bands {
		v := Band{b.value(ind.Type, band.AtLeast), b.points(band.Points)}
		if v.Points > ind.Weight {
			b.fault("分档得分超过权重", "a band gives more points than the weight", "bands")
		}
		if n := len(ind.Bands); n > 0 && (atLeast(v.AtLeast, ind.Bands[n-1].AtLeast) || v.Points >= ind.Bands[n-1].Points) {
			b.fault("分档应自高而低排列", "bands stand from the best to the least", "bands")
		}
		ind.Bands = append(ind.Bands, v)
	}
	return ind
}

func (b *compiler) linear(ind *Indicator, from, to string) {
	if ind.Type != rule.TypeInt && ind.Type != rule.TypeMoney {
		b.fault("linear 只用于数值", "linear is for numbers and amounts", "linear")
		return
	}
	ind.Linear, ind.From, ind.To = true, b.value(ind.Type, from), b.value(ind.Type, to)
	if ind.From == ind.To {
		b.fault("from 与 to 不能相同", "from and to must differ", "linear")
	}
}

func (b *compiler) value(t rule.Type, s string) rule.Value {
	v, err := rule.Parse(t, s)
	if err != nil {
		b.fault(fmt.Sprintf("%q：%v", s, err), fmt.Sprintf("%q: %v", s, err))
	}
	return v
}

// source compiles what an indicator scores. An expression may be a number, an
// amount or a condition.
func (b *compiler) source(ind *Indicator, g indicatorForm) {
	src, key := g.Fact, "fact"
	if src == "" {
		src, key = g.Expr, "expr"
	}
	t, uses, err := b.env.Check(src)
	if err == nil && t == rule.TypeText {
		err = rule.Errors{{Source: src, Line: 1, Column: 1, ZH: "文本不能评分；请用 expr 写出条件", EN: "a text is not scored; write a condition in expr"}}
	}
	if err != nil {
		var all rule.Errors
		if errors.As(err, &all) {
			for _, e := range all {
				b.fault(e.ZH, e.EN, key)
			}
		}
		return
	}
	ind.Type, ind.Facts = t, uses
	if g.Fact != "" {
		ind.value = func(f rule.Facts) (rule.Value, bool, error) { v, known := f(g.Fact); return v, known, nil }
		return
	}
	ind.value, err = b.program(t, src)
	if err != nil {
		b.fault(err.Error(), err.Error(), key)
	}
}

func (b *compiler) program(t rule.Type, src string) (func(rule.Facts) (rule.Value, bool, error), error) {
	switch t {
	case rule.TypeMoney:
		a, err := b.env.Amount(src)
		return func(f rule.Facts) (rule.Value, bool, error) {
			v, missing, err := a.Of(f)
			return rule.Fen(v), len(missing) == 0, err
		}, err
	case rule.TypeInt:
		n, err := b.env.Number(src)
		return func(f rule.Facts) (rule.Value, bool, error) {
			v, missing, err := n.Of(f)
			return rule.Int(v), len(missing) == 0, err
		}, err
	case rule.TypeBool:
		c, err := b.env.Condition(src)
		return func(f rule.Facts) (rule.Value, bool, error) {
			a, err := c.Answer(f)
			return rule.Bool(a.Holds == rule.Yes), a.Holds != rule.Unknown, err
		}, err
	}
	return nil, fmt.Errorf("a value of type %s is not scored (该类型不能评分)", t)
}

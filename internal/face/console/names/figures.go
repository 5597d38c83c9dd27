package names

import (
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/rule"
)

// Kind is a kind of subject (主体类别) in words.
func Kind(k fact.Kind) ui.Text {
	switch k {
	case fact.Enterprise:
		return ui.T("企业", "Enterprise")
	case fact.Park:
		return ui.T("园区", "Park")
	case fact.Belt:
		return ui.T("产业带", "Belt")
	case fact.County:
		return ui.T("县区", "County")
	case fact.Brand:
		return ui.T("品牌", "Brand")
	case fact.Warehouse:
		return ui.T("仓库", "Warehouse")
	}
	return ui.T("综试区", "Zone")
}

// Value is a figure's value as people read it, without its unit: money and counts
// with separators, yes or no, the name of an option. d may be nil.
func Value(d *fact.Definition, v rule.Value) ui.Text {
	same := func(s string) ui.Text { return ui.T(s, s) }
	switch v.Type() {
	case rule.TypeMoney:
		return same(ui.Yuan(v.Fen()))
	case rule.TypeInt:
		return same(ui.Count(v.Int()))
	case rule.TypeBool:
		if v.Bool() {
			return ui.T("是", "yes")
		}
		return ui.T("否", "no")
	case rule.TypeText:
		if d == nil {
			break
		}
		for _, o := range d.Options {
			if o.ID == v.Text() {
				return ui.T(o.Title.ZH, o.Title.EN)
			}
		}
	}
	return same(v.String())
}

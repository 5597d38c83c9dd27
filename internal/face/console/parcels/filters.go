package parcels

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/query"
)

// labels are the names of the filters.
var labels = map[string]ui.Text{
	query.Number: ui.T("编号", "Number"), query.State: ui.T("状态", "State"), query.Status: ui.T("回执状态", "Receipt status"), query.ReasonCode: ui.T("原因代码", "Reason code"),
	query.From: ui.T("申报日起", "Declared from"), query.To: ui.T("申报日止", "Declared to"), query.Mode: ui.T("监管方式", "Mode"), query.Direction: ui.T("进出口", "Direction"),
	query.Customs: ui.T("申报海关", "District"), query.Country: ui.T("国别", "Country"), query.Goods: ui.T("主要商品", "Main goods"), query.Enterprise: ui.T("参与企业", "Enterprise"),
	query.Merchant: ui.T("电商企业", "Merchant"), query.Least: ui.T("金额不低于（元）", "Value from, yuan"), query.Most: ui.T("金额不高于（元）", "Value to, yuan"),
	query.SlotOf: ui.T("申报时段", "Declared within"), query.ReleaseSlot: ui.T("放行时段", "Released within"), query.ReleaseTime: ui.T("放行时长", "Time to release"),
}

// chipsOf are the filters that are set.
func (v *view) chipsOf() (out []chip) {
	q := query.Values(v.filter)
	for _, name := range query.Names {
		values := q[name]
		if len(values) > most {
			out = append(out, chip{Label: labels[name], Value: ui.T(ui.Count(len(values))+" 项", ui.Count(len(values))+" values"), Without: v.without(name, "")})
			continue
		}
		for _, value := range values {
			c := chip{Label: labels[name], Value: v.word(name, value), Without: v.without(name, value)}
			switch name {
			case query.Enterprise, query.Merchant:
				c.Data = v.names.Enterprise(value)
			}
			out = append(out, c)
		}
	}
	return out
}

// most is how many values of a filter are shown one by one.
const most = 6

// without is the address without a value of a filter; "" is all of them.
func (v *view) without(name, value string) string {
	return v.address("/parcels", func(q url.Values) {
		q[name] = slices.DeleteFunc(q[name], func(s string) bool { return s == value || value == "" })
		if len(q[name]) == 0 {
			q.Del(name)
		}
	})
}

// word is a filter's value as people read it.
func (v *view) word(name, value string) ui.Text {
	same := ui.T(value, value)
	switch name {
	case query.State:
		for _, o := range stateOptions() {
			if o.Value == value {
				return o.Label
			}
		}
	case query.Direction:
		return ui.Direction(v.filter.Direction)
	case query.Mode:
		return ui.Mode(value)
	case query.Country:
		return v.names.Country(value)
	case query.Customs:
		return v.names.District(value)
	case query.Goods:
		return names.Goods(value)
	case query.ReasonCode:
		cause := names.Cause(value)
		return ui.T(value+" "+short(cause.ZH), value+" "+short(cause.EN))
	case query.SlotOf, query.ReleaseSlot:
		return ui.T(slot(value), slot(value))
	case query.ReleaseTime:
		return spanOf(value)
	}
	return same
}

// short cuts a text for a chip.
func short(s string) string {
	r := []rune(s)
	if len(r) > 24 {
		return string(r[:23]) + "…"
	}
	return s
}

// slot is ten minutes as people write them.
func slot(v string) string {
	if len(v) != 12 {
		return v
	}
	return v[:4] + "-" + v[4:6] + "-" + v[6:8] + " " + v[8:10] + ":" + v[10:]
}

// spanOf is a bucket of release times as people read it.
func spanOf(v string) ui.Text {
	number := 0
	for _, c := range strings.TrimLeft(v, "IE") {
		number = number*10 + int(c-'0')
	}
	end := time.Duration(lookup.BucketEnd(number)) * time.Microsecond
	text := end.Round(time.Millisecond).String()
	return ui.T("约 "+text, "about "+text)
}

// fields are the filters that the form shows; the others stay in the address.
func (v *view) fields() []ui.Field {
	q := query.Values(v.filter)
	text := func(name, hintZH, hintEN string) ui.Field {
		f := ui.Field{Name: name, Label: labels[name], Value: strings.Join(q[name], " "), Kind: "text", Error: v.faultOf(name)}
		if hintZH != "" {
			f.Hint = ui.T(hintZH, hintEN)
		}
		return f
	}
	day := func(name string) ui.Field {
		f := text(name, "", "")
		f.Kind = "date"
		return f
	}
	amount := func(name string) ui.Field {
		f := text(name, "", "")
		f.Mode = "decimal"
		return f
	}
	return []ui.Field{
		text(query.Number, "订单、支付、运单、清单号等", "order, payment, waybill, list …"),
		day(query.From), day(query.To),
		{Name: query.Direction, Label: labels[query.Direction], Kind: "select", Value: q.Get(query.Direction), Options: []ui.Option{{Label: ui.T("全部", "All")}, {Value: "import", Label: ui.T("进口", "Import")}, {Value: "export", Label: ui.T("出口", "Export")}}},
		text(query.ReasonCode, "可多个，空格分隔", "several with spaces between"),
		text(query.Status, "如 800", "such as 800"),
		text(query.Enterprise, "海关编码", "customs code"),
		text(query.Customs, "四位关区代码", "four digits"),
		text(query.Country, "三位国别代码", "three digits"),
		text(query.Goods, "HS 章或品目", "HS chapter or heading"),
		amount(query.Least), amount(query.Most),
	}
}

// kept are the values of filters, columns and density that a form without fields
// for them carries along.
func (v *view) kept(except ...string) (out [][2]string) {
	q := v.values()
	for _, name := range append(slices.Clone(query.Names), "cols", "dense") {
		if slices.Contains(except, name) {
			continue
		}
		for _, value := range q[name] {
			out = append(out, [2]string{name, value})
		}
	}
	return out
}

// inForm are the filters that have a field.
var inForm = []string{query.Number, query.State, query.From, query.To, query.Direction, query.Mode, query.ReasonCode, query.Status, query.Enterprise, query.Customs, query.Country,
	query.Goods, query.Least, query.Most}

// faultOf says what is wrong with a filter.
func (v *view) faultOf(name string) ui.Text {
	for _, f := range v.faults {
		if f.Name == name {
			return ui.T(f.ZH+"（"+f.Value+"）。"+f.FixZH, f.EN+" ("+f.Value+"). "+f.FixEN)
		}
	}
	return ui.Text{}
}

// chosenOf are the values of a filter that are chosen.
func (v *view) chosenOf(name string) []string { return query.Values(v.filter)[name] }

// modeOptions are the modes of cross-border e-commerce, and any other that is
// chosen.
func (v *view) modeOptions() (out []ui.Option) {
	list := []string{"9610", "1210", "1239", "9710", "9810"}
	for _, code := range v.filter.Modes {
		if !slices.Contains(list, code) {
			list = append(list, code)
		}
	}
	for _, code := range list {
		out = append(out, ui.Option{Value: code, Label: ui.Mode(code)})
	}
	return out
}

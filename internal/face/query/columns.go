package query

import (
	"slices"
	"strings"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/kernel/clock"
)

// Column is a column of the list of parcels.
type Column struct {
	Name   string // in addresses
	ZH, EN string
	Cell   func(p *lookup.Parcel, en bool) any // string, uint64, int64 or money.Fen
}

// columns are those that there are, in their order; those marked are shown
// where nobody chose.
var columns = []struct {
	Column
	shown bool
}{
	{Column{"number", "包裹编号", "Parcel", func(p *lookup.Parcel, _ bool) any { return p.Number }}, true},
	{Column{"state", "状态", "State", func(p *lookup.Parcel, en bool) any {
		return map[bool]string{true: p.State.String(), false: p.State.Chinese()}[en]
	}}, true},
	{Column{"status", "回执状态", "Receipt status", func(p *lookup.Parcel, _ bool) any { return uint64(p.Status) }}, false},
	{Column{"reasons", "原因代码", "Reasons", func(p *lookup.Parcel, _ bool) any { return strings.Join(p.Reasons, " ") }}, true},
	{Column{"order_no", "订单编号", "Order", func(p *lookup.Parcel, _ bool) any { return p.OrderNo }}, true},
	{Column{"waybill_no", "运单编号", "Waybill", func(p *lookup.Parcel, _ bool) any { return p.WaybillNo }}, false},
	{Column{"invt_no", "清单编号", "List", func(p *lookup.Parcel, _ bool) any { return p.InvtNo }}, false},
	{Column{"pre_no", "预录入编号", "Pre-entry", func(p *lookup.Parcel, _ bool) any { return p.PreNo }}, false},
	{Column{"cop_no", "企业内部编号", "Own number", func(p *lookup.Parcel, _ bool) any { return p.CopNo }}, false},
	{Column{"direction", "进出口", "Direction", func(p *lookup.Parcel, en bool) any { return directions[en][p.Direction] }}, false},
	{Column{"mode", "监管方式", "Mode", func(p *lookup.Parcel, _ bool) any { return p.Mode }}, true},
	{Column{"merchant", "电商企业", "Merchant", func(p *lookup.Parcel, _ bool) any { return p.Merchant }}, true},
	{Column{"platform", "电商平台", "Platform", func(p *lookup.Parcel, _ bool) any { return p.Platform }}, false},
	{Column{"agent", "申报企业", "Declarant", func(p *lookup.Parcel, _ bool) any { return p.Agent }}, false},
	{Column{"carrier", "物流企业", "Carrier", func(p *lookup.Parcel, _ bool) any { return p.Carrier }}, false},
	{Column{"guarantor", "担保企业", "Guarantor", func(p *lookup.Parcel, _ bool) any { return p.Guarantor }}, false},
	{Column{"customs", "申报海关", "District", func(p *lookup.Parcel, _ bool) any { return p.Customs }}, false},
	{Column{"country", "国别", "Country", func(p *lookup.Parcel, _ bool) any { return p.Country }}, false},
	{Column{"goods", "主要品目", "Main heading", func(p *lookup.Parcel, _ bool) any { return p.Goods }}, false},
	{Column{"value", "金额（元）", "Value, yuan", func(p *lookup.Parcel, _ bool) any { return p.Value }}, true},
	{Column{"tax", "税款（元）", "Tax, yuan", func(p *lookup.Parcel, _ bool) any { return p.Tax }}, true},
	{Column{"declared", "申报时间", "Declared", func(p *lookup.Parcel, _ bool) any { return at(p.Declared) }}, true},
	{Column{"released", "放行时间", "Released", func(p *lookup.Parcel, _ bool) any { return at(p.Released) }}, false},
	{Column{"updated", "最近更新", "Updated", func(p *lookup.Parcel, _ bool) any { return at(p.Updated) }}, false},
}

var directions = map[bool]map[clearance.Direction]string{
	false: {clearance.Import: "进口", clearance.Export: "出口"},
	true:  {clearance.Import: "import", clearance.Export: "export"},
}

// at is a time of Beijing with seconds; "" for none.
func at(us int64) string {
	if us == 0 {
		return ""
	}
	return clock.FromMicros(us).Format("2006-01-02 15:04:05")
}

// Columns are all columns of the list of parcels.
func Columns() []Column {
	out := make([]Column, len(columns))
	for i, c := range columns {
		out[i] = c.Column
	}
	return out
}

// Chosen are the columns that an address names; names that there are not are
// left out, and where none is left those that stand without a choice.
func Chosen(names []string) (out []Column) {
	for _, c := range columns {
		if slices.Contains(names, c.Name) {
			out = append(out, c.Column)
		}
	}
	if out == nil {
		for _, c := range columns {
			if c.shown {
				out = append(out, c.Column)
			}
		}
	}
	return out
}

package sheets

import (
	"slices"
	"strconv"
	"strings"

	"pilotzone/ceb"
	"pilotzone/internal/customs/draft"
)

// Template is a kind of spreadsheet (模板).
type Template struct {
	Name   string // in addresses and on the command line, such as 311 or import
	Sheet  string // name of the sheet to fill in
	ZH, EN string
	Kinds  []ceb.Kind // the documents that a row, or the rows of one order, become
}

// templates are all templates, in the order in which they are shown.
var templates = []Template{
	{"import", "简易进口", "简易进口：一行一项商品，生成订单、支付单、运单与清单", "simple import: a row a line of goods; gives order, payment, waybill and list", []ceb.Kind{311, 411, 511, 621}},
	{"export", "简易出口", "简易出口：一行一项商品，生成订单、运单与清单", "simple export: a row a line of goods; gives order, waybill and list", []ceb.Kind{303, 505, 603}},
	{"311", "311 进口订单", "进口订单", "import orders", []ceb.Kind{311}},
	{"411", "411 支付凭证", "支付凭证", "payments", []ceb.Kind{411}},
	{"511", "511 进口运单", "进口运单", "import waybills", []ceb.Kind{511}},
	{"621", "621 进口清单", "进口清单", "import lists", []ceb.Kind{621}},
	{"303", "303 出口订单", "出口订单", "export orders", []ceb.Kind{303}},
	{"403", "403 收款单", "收款单", "receipts of payment", []ceb.Kind{403}},
	{"505", "505 出口运单", "出口运单", "export waybills", []ceb.Kind{505}},
	{"603", "603 出口清单", "出口清单", "export lists", []ceb.Kind{603}},
}

// Templates lists the templates.
func Templates() []Template { return slices.Clone(templates) }

// TemplateOf finds a template by its name.
func TemplateOf(name string) (Template, bool) {
	i := slices.IndexFunc(templates, func(t Template) bool { return t.Name == name })
	if i < 0 {
		return Template{}, false
	}
	return templates[i], true
}

// bySheet finds the template of a sheet by its name.
func bySheet(name string) (Template, bool) {
	i := slices.IndexFunc(templates, func(t Template) bool {
		return name == t.Sheet || len(t.Kinds) == 1 && (name == t.Name || strings.HasPrefix(name, t.Name+" "))
	})
	if i < 0 {
		return Template{}, false
	}
	return templates[i], true
}

// filled are fields that draft.Complete fills, or that customs gives: they are
// in no template, but are taken where somebody writes them.
var filled = []string{"guid", "appTime", "appStatus", "gnum", "ieFlag", "preNo", "invtNo", "declTime", "batchNumbers"}

// derived are the values of the simple sheets that follow from others: field of
// a kind, and the column that it is copied from.
var derived = []struct {
	kind      ceb.Kind
	line      bool
	field, of string
}{
	{511, false, "weight", "grossWeight"}, {411, false, "amountPaid", "acturalPaid"}, {411, false, "payerName", "buyerName"},
	{411, false, "payerIdType", "buyerIdType"}, {411, false, "payerIdNumber", "buyerIdNumber"},
	{311, false, "payCode", "payCode"}, {621, true, "gname", "itemName"}, {603, true, "gname", "itemName"},
	{603, false, "fCurrency", "currency"}, {603, false, "iCurrency", "currency"},
}

// fixedInSimple are values of the simple sheets that nobody has to write.
var fixedInSimple = map[string]map[ceb.Kind]string{"orderType": {311: "I"}, "buyerIdType": {311: "1", 621: "1"}, "payerIdType": {411: "1"}, "packNo": {511: "1", 621: "1"},
	"freight": {511: "0", 621: "0"}, "insuredFee": {621: "0", 505: "0", 603: "0"}, "discount": {311: "0"}}

// target is a field that a column fills.
type target struct {
	kind  ceb.Kind
	line  bool
	field ceb.Field
	name  string
}

// resolve finds the fields that a column's name fills: "orderNo" of the head,
// "line.qty" of the lines, "511.note" of one kind only.
func (t Template) resolve(name string) (out []target) {
	only := ceb.Kind(0)
	if p, rest, ok := strings.Cut(name, "."); ok && p != "line" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return nil
		}
		only, name = ceb.Kind(n), rest
	}
	rest, line := strings.CutPrefix(name, "line.")
	for _, k := range t.Kinds {
		if only != 0 && k != only {
			continue
		}
		s := draft.ShapeOf(k)
		f, ok := s.HeadField(rest)
		if line {
			f, ok = s.LineField(rest)
		}
		if ok {
			out = append(out, target{k, line, f, rest})
		}
	}
	return out
}

// column is one column of a template to be written.
type column struct {
	name     string
	field    draft.Field
	required bool
	line     bool
}

// columns are those of a template, head before lines, as the schema orders them.
func (t Template) columns() (out []column) {
	for _, line := range []bool{false, true} {
		for _, k := range t.Kinds {
			s := draft.ShapeOf(k)
			fields := s.Head
			if line {
				fields = s.Line
			}
			for _, f := range fields {
				out = t.addColumn(out, k, f, line)
			}
		}
	}
	return out
}

func (t Template) addColumn(out []column, k ceb.Kind, f draft.Field, line bool) []column {
	name := f.Name
	if line {
		name = "line." + name
	}
	simple := len(t.Kinds) > 1
	if slices.Contains(filled, f.Name) || f.Facets.Fixed || !f.Facets.Defined || simple && !t.shown(k, f, line) {
		return out
	}
	if i := slices.IndexFunc(out, func(c column) bool { return c.name == name }); i >= 0 {
		out[i].required = out[i].required || f.Required
		return out
	}
	return append(out, column{name: name, field: f, required: f.Required && f.Name != "appType", line: line})
}

// shown leaves out of the simple sheets what is derived, fixed, or not needed by
// those who have only a few parcels.
func (t Template) shown(k ceb.Kind, f draft.Field, line bool) bool {
	for _, d := range derived {
		if d.kind == k && d.line == line && d.field == f.Name && d.of != f.Name {
			return false
		}
	}
	if _, ok := fixedInSimple[f.Name][k]; ok && f.Name != "freight" && f.Name != "discount" && f.Name != "packNo" {
		return false
	}
	keep := []string{"payCode", "payName", "payTransactionId", "emsNo", "areaCode", "areaName", "trafNo", "voyageNo", "billNo", "itemRecordNo", "barCode", "unit2", "qty2", "copNo", "consigneeDistrict"}
	return f.Required && f.Name != "appType" || slices.Contains(keep, f.Name)
}

// complete fills what follows from other columns in the drafts of a simple
// sheet; source reads another column's value for the row of a line (0: head).
func (t Template) complete(d *draft.Draft, source func(line int, name string) string) {
	if len(t.Kinds) == 1 {
		return
	}
	for _, v := range derived {
		switch {
		case v.kind != d.Kind:
		case v.line:
			for i := range d.Lines {
				if d.Get(i+1, v.field) == "" {
					d.Set(i+1, v.field, source(i+1, v.of))
				}
			}
		case d.Get(0, v.field) == "":
			d.Set(0, v.field, source(0, v.of))
		}
	}
	for name, kinds := range fixedInSimple {
		if v, ok := kinds[d.Kind]; ok && d.Get(0, name) == "" {
			d.Set(0, name, v)
		}
	}
}

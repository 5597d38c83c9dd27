package preflight

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"pilotzone/internal/customs/advise"
	"pilotzone/internal/customs/sheets"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// rows is how many kinds of goods the forms take.
const rows = 3

// trade is a form about a trade: what was typed, and what is wrong with it.
type trade struct {
	q      url.Values
	faults map[string]ui.Text
	trade  advise.Trade
	asked  bool // something was typed
	list   []advise.Option
}

func (f *trade) get(name string) string { return strings.TrimSpace(f.q.Get(name)) }

func (f *trade) fault(name, zh, en string) { f.faults[name] = ui.T(zh, en) }

// amount reads yuan; an empty field is zero.
func (f *trade) amount(name string) money.Fen {
	text := strings.ReplaceAll(f.get(name), ",", "")
	if text == "" {
		return 0
	}
	v, err := money.ParseFen(text)
	if err != nil || v < 0 {
		f.fault(name, "填写元，至多两位小数，如 1200.50", "Write yuan with at most two decimals, such as 1200.50")
	}
	return v
}

func (f *trade) number(name string) money.N5 {
	text := f.get(name)
	if text == "" {
		return 0
	}
	v, err := money.ParseN5([]byte(text))
	if err != nil || v < 0 {
		f.fault(name, "填写数字，如 2 或 0.5", "Write a number, such as 2 or 0.5")
	}
	return v
}

// goods reads the rows of goods that are not empty.
func (f *trade) goods() (out []advise.Goods, at []int) {
	for i := 1; i <= rows; i++ {
		n := strconv.Itoa(i)
		if f.get("code"+n) == "" && f.get("value"+n) == "" {
			continue
		}
		f.asked = true
		g := advise.Goods{Code: strings.ReplaceAll(f.get("code"+n), ".", ""), Quantity: f.number("qty" + n), Weight: f.number("weight" + n), Value: f.amount("value" + n)}
		if f.get("qty"+n) == "" {
			g.Quantity = 100_000 // one piece
		}
		out, at = append(out, g), append(at, i)
	}
	return out, at
}

// read reads the form of the advisor.
func (p *pages) read(r *http.Request) (*trade, []int) {
	f := &trade{q: r.URL.Query(), faults: map[string]ui.Text{}}
	t := &f.trade
	var at []int
	t.Goods, at = f.goods()
	t.Export = f.get("direction") == "export"
	t.Business, t.Platform = f.get("buyer") == "business", f.get("platform") != "no"
	t.Warehouse = advise.Warehouse(f.get("warehouse"))
	t.Freight, t.Insurance, t.Used, t.Purchase = f.amount("freight"), f.amount("insurance"), f.amount("used_year"), f.amount("purchase")
	t.OutsideZone, t.Refund, t.Vouchers, t.Producer = f.get("outside") == "yes", f.get("refund") == "yes", f.get("vouchers") == "yes", f.get("producer") == "yes"
	return f, at
}

// ask asks the advisor, and leads its faults back to the fields.
func (p *pages) ask(f *trade, at []int) error {
	if !f.asked || len(f.faults) > 0 {
		return nil
	}
	on := clock.DayOf(p.zone.Config.Clock.Now())
	list, err := advise.Advise(p.zone.Intake.Rules(), on, f.trade)
	if err == nil {
		f.list = list
		return nil
	}
	found := false
	each(err, func(v *advise.Fault) {
		found = true
		name := v.Field
		var i int
		var field string
		if n, _ := fmt.Sscanf(strings.NewReplacer("[", " ", "].", " ").Replace(name), "goods %d %s", &i, &field); n == 2 && i < len(at) {
			name = map[string]string{"code": "code", "value": "value", "quantity": "qty"}[field] + strconv.Itoa(at[i])
		}
		f.fault(name, v.ZH, v.EN)
	})
	if !found {
		return err
	}
	return nil
}

// each walks faults that were joined.
func each(err error, f func(*advise.Fault)) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			each(e, f)
		}
		return
	}
	var v *advise.Fault
	if errors.As(err, &v) {
		f(v)
	}
}

func (p *pages) advise(w http.ResponseWriter, r *http.Request) error {
	f, at := p.read(r)
	if err := p.ask(f, at); err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("监管方式比较", "Mode advisor"), Status: f.status(), Wide: len(f.list) > 0, Body: advisor(f)})
}

func (f *trade) status() int {
	if len(f.faults) > 0 {
		return http.StatusUnprocessableEntity
	}
	return 0
}

// calculate is the tax of an import, by one mode beside general trade.
func (p *pages) calculate(w http.ResponseWriter, r *http.Request) error {
	f, at := p.read(r)
	f.trade.Export, f.trade.Business, f.trade.Platform, f.trade.Warehouse = false, false, true, advise.Nowhere
	if f.get("mode") == "1210" {
		f.trade.Warehouse = advise.Bonded
	}
	if err := p.ask(f, at); err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("税款试算", "Tax calculator"), Status: f.status(), Body: calculator(f)})
}

// option finds a mode among the answers.
func (f *trade) option(mode string) *advise.Option {
	for i := range f.list {
		if f.list[i].Mode == mode {
			return &f.list[i]
		}
	}
	return nil
}

// mode is the retail mode that the calculator was asked about.
func (f *trade) mode() string {
	if f.get("mode") == "1210" {
		return "1210"
	}
	return "9610"
}

// field is a field of the form with what was typed in it.
func (f *trade) field(v ui.Field) ui.Field {
	v.Value, v.Error = f.get(v.Name), f.faults[v.Name]
	return v
}

// pick is a field to choose from.
func (f *trade) pick(name string, label ui.Text, options ...ui.Option) ui.Field {
	return f.field(ui.Field{Name: name, Label: label, Kind: "select", Options: options})
}

func option(value, zh, en string) ui.Option { return ui.Option{Value: value, Label: ui.T(zh, en)} }

// template is the download of a spreadsheet to fill in.
func (p *pages) template(w http.ResponseWriter, r *http.Request) error {
	name, ok := strings.CutSuffix(r.PathValue("file"), ".xlsx")
	t, known := sheets.TemplateOf(name)
	if !ok || !known {
		return ui.NotFound()
	}
	data, err := t.Write(sheets.CodeLists(p.zone.Intake.Rules(), clock.DayOf(p.zone.Config.Clock.Now())))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	w.Header().Set("Content-Disposition", `attachment; filename="pilotzone-`+t.Name+`.xlsx"`)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data) // the reader has gone
	return nil
}

// typed tells whether something stands in a row of goods at or after from, or is
// wrong there.
func (f *trade) typed(from int) bool {
	for i := from; i <= rows; i++ {
		for _, c := range cells {
			name := c.name + strconv.Itoa(i)
			if _, wrong := f.faults[name]; wrong || f.get(name) != "" {
				return true
			}
		}
	}
	return false
}

// further tells whether one of the advisor's further fields is filled in.
func (f *trade) further() bool {
	for _, name := range []string{"freight", "used_year", "purchase", "vouchers", "refund", "producer", "outside"} {
		if f.get(name) != "" {
			return true
		}
	}
	return false
}

// inRow is the label of a field in a row of goods.
func inRow(label ui.Text, i int) ui.Text {
	n := strconv.Itoa(i)
	return ui.T("第"+n+"项"+label.ZH, "Line "+n+": "+label.EN)
}

// markWord is how sure a source is, in words.
func markWord(mark string) ui.Text {
	switch mark {
	case "recalled":
		return ui.T("待核", "to be checked")
	case "inference":
		return ui.T("推断", "inferred")
	case "design":
		return ui.T("平台设定", "the platform's")
	default:
		return ui.T(mark, mark)
	}
}

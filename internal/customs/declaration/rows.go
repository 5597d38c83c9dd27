package declaration

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pilotzone/ident"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
)

// Row is a declaration as it comes in, each field as people write it.
type Row struct {
	Number     string `json:"number"`
	Kind       string `json:"kind"`
	Day        string `json:"date"`
	Direction  string `json:"direction"`
	Mode       string `json:"mode"`
	Country    string `json:"country"`
	Enterprise string `json:"enterprise"`
	Value      string `json:"value"`
	Currency   string `json:"currency"`
	Status     string `json:"status"`
	Order      string `json:"order"`
}

// Column is a column of the file.
type Column struct {
	Name   string   // English, as in the API
	ZH     string   // Chinese
	Needed bool     // must be there
	Also   []string // other names that are understood
	of     func(*Row) *string
}

// Columns are the columns of a file, in the order of the template. A file names
// them in its first row, in Chinese or English, in any order.
func Columns() []Column {
	return []Column{
		{"number", "报关单号", true, []string{"海关编号"}, func(r *Row) *string { return &r.Number }},
		{"kind", "类型", false, []string{"报关单类型"}, func(r *Row) *string { return &r.Kind }},
		{"date", "申报日期", true, nil, func(r *Row) *string { return &r.Day }},
		{"direction", "进出口", false, []string{"进出口标志"}, func(r *Row) *string { return &r.Direction }},
		{"mode", "监管方式", true, nil, func(r *Row) *string { return &r.Mode }},
		{"country", "国别", true, []string{"运抵国", "启运国", "运抵国（地区）", "启运国（地区）"}, func(r *Row) *string { return &r.Country }},
		{"enterprise", "收发货人", true, []string{"境内收发货人", "境内收发货人编码"}, func(r *Row) *string { return &r.Enterprise }},
		{"value", "金额", true, []string{"总价"}, func(r *Row) *string { return &r.Value }},
		{"currency", "币制", false, nil, func(r *Row) *string { return &r.Currency }},
		{"status", "状态", true, []string{"报关单状态"}, func(r *Row) *string { return &r.Status }},
		{"order", "关联单号", false, []string{"订单号", "订舱号"}, func(r *Row) *string { return &r.Order }},
	}
}

// Fault is one thing that is wrong in a file.
type Fault struct {
	Line         int    // row, from 1; 0: the file
	Column       string // name of the column; "" none
	ZH, EN       string
	FixZH, FixEN string
}

// Faults are why a file was refused whole.
type Faults struct {
	List []Fault
	More int // that are counted and not listed
}

// Error lists the faults, a line each.
func (f *Faults) Error() string {
	lines := make([]string, 0, len(f.List)+1)
	for _, x := range f.List {
		lines = append(lines, fmt.Sprintf("row %d %s: %s (%s)", x.Line, x.Column, x.EN, x.ZH))
	}
	if f.More > 0 {
		lines = append(lines, fmt.Sprintf("… and %d more", f.More))
	}
	return strings.Join(lines, "\n")
}

// mostFaults is how many faults are listed.
const mostFaults = 200

func (f *Faults) add(line int, column, zh, en, fixZH, fixEN string) {
	if len(f.List) == mostFaults {
		f.More++
		return
	}
	f.List = append(f.List, Fault{line, column, zh, en, fixZH, fixEN})
}

func (f *Faults) any() bool { return len(f.List) > 0 }

// words are what people write for kinds, directions and states.
var words = map[string]map[string]string{
	"kind":      {"": "ordinary", "报关单": "ordinary", "一般": "ordinary", "ordinary": "ordinary", "备案清单": "record", "record": "record", "汇总": "summary", "汇总报关单": "summary", "汇总申报": "summary", "summary": "summary"},
	"direction": {"": "", "进口": "I", "import": "I", "i": "I", "1": "I", "出口": "E", "export": "E", "e": "E", "0": "E"},
	"status": {"已申报": "declared", "申报": "declared", "declared": "declared", "放行": "released", "已放行": "released", "released": "released", "结关": "closed", "已结关": "closed", "closed": "closed",
		"删单": "cancelled", "撤单": "cancelled", "已删单": "cancelled", "已撤单": "cancelled", "cancelled": "cancelled"},
}

var (
	modeForm    = regexp.MustCompile(`^[0-9]{4}$`)
	countryForm = regexp.MustCompile(`^[0-9]{3}$`)
	codeForm    = regexp.MustCompile(`^[0-9A-Z]{10}$|^[0-9A-Z]{18}$`)
)

// yuan is customs' code of the yuan, rates the table of a pack that says what a
// unit of another currency is worth.
const (
	yuan      = "142"
	rateTable = "exchange_rates"
	rateOf    = "yuan"
)

// greatest bounds the value of a declaration: 1,000 亿 yuan.
const greatest = money.Fen(1e13)

// parser reads rows by the rules of a set.
type parser struct {
	set    *pack.Set
	today  clock.Day
	faults *Faults
}

// parse reads one row; what is wrong is in the faults.
func (p *parser) parse(line int, r *Row) *Declaration {
	d := &Declaration{Line: line, Order: strings.TrimSpace(r.Order), Number: strings.TrimSpace(r.Number), Mode: strings.TrimSpace(r.Mode),
		Country: strings.TrimSpace(r.Country), Enterprise: strings.ToUpper(strings.TrimSpace(r.Enterprise))}
	fault := func(column, zh, en, fixZH, fixEN string) { p.faults.add(line, column, zh, en, fixZH, fixEN) }
	no, err := ident.ParseDeclarationNo(d.Number)
	var bad *ident.Error
	if errors.As(err, &bad) {
		fault("number", "报关单号有误："+bad.ZH, "the declaration number is wrong: "+bad.EN, "照报关单填写 18 位编号；表格软件可能丢失数字，请将该列设为文本", "give its 18 digits; a spreadsheet may drop digits: make the column text")
	}
	if d.Day, err = dayOf(strings.TrimSpace(r.Day)); err != nil || d.Day > p.today {
		fault("date", "申报日期须是不晚于今天的日期", "the date must be a day not after today", "写作 2026-11-22", "write it as 2026-11-22")
	}
	word := func(column, v string) string {
		w, ok := words[column][strings.ToLower(strings.TrimSpace(v))]
		if !ok {
			fault(column, "无法识别", "not understood", "见模板说明中的可选值", "the template says what it may be")
		}
		return w
	}
	d.Kind, d.Status = Kind(word("kind", r.Kind)), Status(word("status", r.Status))
	p.direction(d, word("direction", r.Direction), no, bad == nil, fault)
	p.codes(d, fault)
	if len(d.Order) > 60 {
		fault("order", "关联单号过长", "the order is too long", "至多 60 个字符", "at most 60 characters")
	}
	p.value(d, r, fault)
	return d
}

// dayOf reads a day as people write it, or as a spreadsheet keeps it: the number of
// days since 30 December 1899.
func dayOf(text string) (clock.Day, error) {
	if n, err := strconv.Atoi(text); err == nil && n > 20_000 && n < 80_000 {
		return clock.NewDay(1899, 12, 30).AddDays(n), nil
	}
	return clock.ParseDay(text)
}

type faultOf func(column, zh, en, fixZH, fixEN string)

func (p *parser) direction(d *Declaration, said string, no ident.Declaration, numbered bool, fault faultOf) {
	d.Direction = clearance.Export
	if said == "I" || said == "" && no.Import {
		d.Direction = clearance.Import
	}
	if numbered && said != "" && no.Import != (said == "I") {
		fault("direction", "进出口与报关单号第 9 位不符", "it does not agree with digit 9 of the number", "核对报关单号与进出口", "check both")
	}
}

func (p *parser) codes(d *Declaration, fault faultOf) {
	if !modeForm.MatchString(d.Mode) {
		fault("mode", "监管方式为四位数字", "a mode has four digits", "如 9710", "such as 9710")
	}
	if !countryForm.MatchString(d.Country) {
		fault("country", "国别为海关三位数字代码", "a country is customs' three digits", "如 502（美国）", "such as 502 for the United States")
	} else if t, ok := p.set.Table("code_country"); ok {
		if _, ok := t.Get(p.today, d.Country); !ok {
			fault("country", "没有该国别代码", "there is no such country", "按海关国别代码表填写", "use customs' table of countries")
		}
	}
	if !codeForm.MatchString(d.Enterprise) {
		fault("enterprise", "收发货人须为海关编码（10 位）或统一社会信用代码（18 位）", "it must be a customs code (10) or a USCC (18 characters)", "照报关单填写", "give it as on the declaration")
	}
}

// value reads the amount, and puts it into yuan at the rate of the pack.
func (p *parser) value(d *Declaration, r *Row, fault faultOf) {
	text := strings.ReplaceAll(strings.TrimSpace(r.Value), ",", "")
	original, err := money.ParseN5([]byte(text))
	if err != nil || original < 0 {
		fault("value", "金额应为不为负的数，最多五位小数", "the value must be a number that is not negative, with at most five decimals", "如 12500.00", "such as 12500.00")
		return
	}
	d.Original = original
	if d.Currency = p.currency(r.Currency); d.Currency == "" {
		fault("currency", "没有该币制", "there is no such currency", "人民币填 142 或 CNY", "yuan is 142 or CNY")
		return
	}
	if d.Currency == yuan {
		d.Value, _ = original.Fen()
	} else if d.Value, err = p.convert(d.Currency, original, d.Day); err != nil {
		fault("currency", "规则包没有币制 "+d.Currency+" 在该日的汇率", "the packs have no rate of currency "+d.Currency+" for that day", "按申报日汇率折成人民币填写，或由平台在规则包中补充汇率表 "+rateTable, "give yuan at the rate of the day, or have the platform add the table "+rateTable+" to its pack")
		return
	}
	if d.Value > greatest {
		fault("value", "金额过大", "the value is too large", "核对金额与单位（元）", "check the amount and its unit, yuan")
	}
}

// currency is customs' code of what people write; "" if there is none.
func (p *parser) currency(v string) string {
	v = strings.ToUpper(strings.TrimSpace(v))
	if v == "" || v == "CNY" || v == "RMB" || v == "人民币" {
		return yuan
	}
	t, ok := p.set.Table("code_currency")
	if !ok {
		return ""
	}
	for row := range t.On(p.today) {
		if v == row.Text("code") || v == row.Text("iso") || v == row.Text("name_zh") {
			return row.Text("code")
		}
	}
	return ""
}

var errNoRate = errors.New("no rate")

func (p *parser) convert(currency string, original money.N5, day clock.Day) (money.Fen, error) {
	t, ok := p.set.Table(rateTable)
	if !ok {
		return 0, errNoRate
	}
	row, ok := t.Get(day, currency)
	amount, positive := money.DecimalOf(original)
	if !ok || !positive {
		return 0, errNoRate
	}
	x := amount.Mul(row.Rate(rateOf)).Rat()
	f, fits := money.RoundRat(x.Mul(x, hundred))
	if !fits {
		return 0, errNoRate
	}
	return f, nil
}

// headers finds the columns of a file by the names in its first row: for each
// column of the file the field of a row, nil where it is not known.
func headers(cells []string, faults *Faults) []func(*Row) *string {
	all := Columns()
	out := make([]func(*Row) *string, len(cells))
	seen := make(map[string]bool)
	for i, cell := range cells {
		name := strings.TrimSpace(strings.TrimPrefix(cell, "\ufeff"))
		for _, c := range all {
			if strings.EqualFold(name, c.Name) || name == c.ZH || slices.Contains(c.Also, name) {
				if seen[c.Name] {
					faults.add(1, c.Name, "该列出现两次", "the column is there twice", "删除一列", "remove one")
				}
				out[i], seen[c.Name] = c.of, true
			}
		}
	}
	for _, c := range all {
		if c.Needed && !seen[c.Name] {
			faults.add(1, c.Name, "缺少列 "+c.ZH, "the column "+c.Name+" is missing", "第一行写列名，见模板", "name the columns in the first row, as in the template")
		}
	}
	return out
}

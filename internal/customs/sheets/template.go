package sheets

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"pilotzone/internal/customs/draft"
)

// tables are the code lists of the facts as tables of the pack, with the columns
// of code and name.
var tables = map[string]string{"currency": "code_currency", "unit": "code_unit", "country": "code_country", "customs_district": "code_customs_district",
	"traf_mode": "code_transport_mode", "wrap_type": "code_wrap_type"}

// modes are the supervision modes that a list can have, by its kind.
var modes = map[string][]string{"621": {"9610", "1210", "1239"}, "603": {"9610", "1210", "9710", "9810"}}

const (
	codeSheet    = "代码 Codes"
	helpSheet    = "说明 Read me"
	exampleSheet = "示例 Example"
	firstRow     = 4 // of documents
)

// Write makes a template: the sheet to fill in with titles, hints, the row of
// element names and lists to choose from; an example; the codes; and how to use
// it. tablesOf gives the
// code tables of the rules: code and name.
func (t Template) Write(tablesOf func(name string) [][2]string) ([]byte, error) {
	w := &writer{f: excelize.NewFile(), t: &t, columns: t.columns(), tables: tablesOf}
	defer w.f.Close()
	for _, step := range []func() error{w.begin, w.main, w.example, w.codes, w.choices, w.help} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("template %s (无法生成模板): %w", t.Name, err)
		}
	}
	var out bytes.Buffer
	if err := w.f.Write(&out); err != nil {
		return nil, fmt.Errorf("template %s (无法生成模板): %w", t.Name, err)
	}
	return out.Bytes(), nil
}

type writer struct {
	f                       *excelize.File
	t                       *Template
	columns                 []column
	tables                  func(string) [][2]string
	title, must, hint, name int // styles
	text, wrap              int
	ranges                  map[string]string // code list → where it stands
}

func (w *writer) begin() error {
	fill := func(colour string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
	}
	text := "@"
	for _, s := range []struct {
		to    *int
		style excelize.Style
	}{
		{&w.title, excelize.Style{Font: &excelize.Font{Bold: true}, Fill: fill("DCE6F1"), Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}},
		{&w.must, excelize.Style{Font: &excelize.Font{Bold: true, Color: "9C0006"}, Fill: fill("DCE6F1"), Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}},
		{&w.hint, excelize.Style{Font: &excelize.Font{Color: "595959", Size: 9}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}},
		{&w.name, excelize.Style{Font: &excelize.Font{Color: "7F7F7F", Size: 9, Family: "Consolas"}, Fill: fill("F2F2F2")}},
		{&w.text, excelize.Style{CustomNumFmt: &text}},
		{&w.wrap, excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}},
	} {
		id, err := w.f.NewStyle(&s.style)
		if err != nil {
			return err
		}
		*s.to = id
	}
	return w.f.SetSheetName("Sheet1", w.t.Sheet)
}

func (w *writer) main() error { return w.sheet(w.t.Sheet, nil) }

// sheet writes the three rows of the head, and rows below it.
func (w *writer) sheet(name string, rows [][]string) error {
	if err := w.f.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: firstRow - 1, TopLeftCell: cell(0, firstRow), ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, c := range w.columns {
		letter, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		title, style := c.field.ZH, w.title
		if c.required {
			title, style = "* "+title, w.must
		}
		if err := w.f.SetColStyle(name, letter, w.text); err != nil { // digits stay as they are typed
			return err
		}
		if err := w.f.SetColWidth(name, letter, letter, width(c)); err != nil {
			return err
		}
		for row, v := range []struct {
			text  string
			style int
		}{{title + "\n" + c.field.EN, style}, {hint(c), w.hint}, {c.name, w.name}} {
			at := cell(i, row+1)
			if err := w.f.SetCellStr(name, at, safe(v.text)); err != nil {
				return err
			}
			if err := w.f.SetCellStyle(name, at, at, v.style); err != nil {
				return err
			}
		}
		for r := range rows {
			if err := w.f.SetCellStr(name, cell(i, firstRow+r), safe(rows[r][i])); err != nil {
				return err
			}
		}
	}
	return w.f.SetRowHeight(name, 1, 44)
}

func width(c column) float64 {
	switch {
	case strings.HasSuffix(c.name, "Address"):
		return 34
	case strings.HasSuffix(c.name, "Name") || strings.HasSuffix(c.name, "gmodel") || strings.HasSuffix(c.name, "No") || strings.HasSuffix(c.name, "Number"):
		return 24
	}
	return 15
}

// hint says what a cell takes.
func hint(c column) string {
	f := &c.field.Facets
	var out []string
	switch {
	case c.field.Type == "decimal":
		out = append(out, fmt.Sprintf("数字，小数至多 %d 位 number", f.FractionDigits))
	case c.field.Type == "int":
		out = append(out, "整数 whole number")
	case f.MinLength == f.MaxLength && f.MaxLength > 0:
		out = append(out, fmt.Sprintf("%d 个字符 characters", f.MaxLength))
	case f.MaxLength > 0:
		out = append(out, fmt.Sprintf("至多 %d 个字符 characters at most", f.MaxLength))
	}
	switch {
	case times[c.field.Name] == "20060102150405":
		out = append(out, "YYYYMMDDhhmmss，或日期单元格 or a date")
	case times[c.field.Name] != "":
		out = append(out, "YYYYMMDD")
	case strings.Contains(c.field.Codes, "|"):
		out = append(out, strings.ReplaceAll(c.field.Codes, "|", " / "))
	case tables[c.field.Codes] != "":
		out = append(out, "见“"+codeSheet+"” see the codes")
	}
	if !c.required {
		out = append(out, "可空 optional")
	}
	return strings.Join(out, "；")
}

// example writes a sheet with two rows that show how it is filled in.
func (w *writer) example() error {
	if _, err := w.f.NewSheet(exampleSheet); err != nil {
		return err
	}
	rows := make([][]string, 2)
	for r := range rows {
		for _, c := range w.columns {
			v := exampleOf(c)
			if r == 1 && !c.line && w.t.lines() {
				v = "" // the head stands in the first row of an order
			}
			if r == 1 && c.name == "orderNo" {
				v = exampleOf(c)
			}
			rows[r] = append(rows[r], v)
		}
	}
	return w.sheet(exampleSheet, rows)
}

func (t Template) lines() bool {
	for _, k := range t.Kinds {
		if len(draft.ShapeOf(k).Line) > 0 {
			return true
		}
	}
	return false
}

// examples are invented values; the identity number is that of the standard
// (GB 11643-1999), which is nobody's.
var examples = map[string]string{"orderNo": "DEMO20261122001", "copNo": "QD20261122001", "ebpCode": "4107960001", "ebpName": "示例电商平台", "ebcCode": "4107960002", "ebcName": "示例电商企业",
	"goodsValue": "258.00", "freight": "0", "insuredFee": "0", "discount": "0", "taxTotal": "23.48", "acturalPaid": "281.48", "buyerRegNo": "user001", "buyerName": "张示例", "buyerTelephone": "10000000000",
	"buyerIdType": "1", "buyerIdNumber": "11010519491231002X", "payCode": "4107960003", "payName": "示例支付企业", "payTransactionId": "PAY20261122001", "payNo": "PAY20261122001", "consignee": "张示例",
	"consigneeTelephone": "10000000000", "consigneeAddress": "河南省新乡市示例路1号", "itemName": "示例商品", "gname": "示例商品", "gmodel": "示例规格", "unit": "011", "qty": "2", "price": "64.50", "totalPrice": "129.00",
	"country": "116", "logisticsCode": "4107960004", "logisticsName": "示例物流企业", "logisticsNo": "WB20261122001", "weight": "0.8", "grossWeight": "0.8", "netWeight": "0.6", "packNo": "1", "goodsInfo": "示例商品",
	"agentCode": "4107960005", "agentName": "示例报关企业", "assureCode": "4107960001", "customsCode": "4616", "portCode": "4616", "tradeMode": "9610", "trafMode": "5", "voyageNo": "CA001", "billNo": "99912345675", "trafNo": "CA001",
	"gcode": "3304990099", "qty1": "0.3", "unit1": "035", "barCode": "无", "itemNo": "SKU001", "orderType": "I", "payerIdType": "1", "payerIdNumber": "11010519491231002X", "payerName": "张示例", "amountPaid": "281.48",
	"payTime": "20261122100000", "currency": "142", "charge": "281.48", "accountingDate": "20261122100000", "ieDate": "20261122", "statisticsFlag": "A", "ownerCode": "4107960002", "ownerName": "示例电商企业", "POD": "4610",
	"fCurrency": "142", "iCurrency": "142", "wrapType": "2", "appType": "1"}

func exampleOf(c column) string { return examples[c.field.Name] }

// codes writes the code lists that the columns use, and remembers where.
func (w *writer) codes() error {
	if _, err := w.f.NewSheet(codeSheet); err != nil {
		return err
	}
	w.ranges = make(map[string]string)
	at := 0
	for _, c := range w.columns {
		list := tables[c.field.Codes]
		if _, done := w.ranges[c.field.Codes]; list == "" || done {
			continue
		}
		rows := w.tables(list)
		if len(rows) == 0 {
			continue
		}
		for i, v := range append([][2]string{{c.field.ZH, c.field.EN}}, rows...) {
			for j, text := range v {
				if err := w.f.SetCellStr(codeSheet, cell(at+j, i+1), safe(text)); err != nil {
					return err
				}
			}
		}
		letter, err := excelize.ColumnNumberToName(at + 1)
		if err != nil {
			return err
		}
		w.ranges[c.field.Codes] = fmt.Sprintf("'%s'!$%s$2:$%s$%d", codeSheet, letter, letter, len(rows)+1)
		at += 3
	}
	return nil
}

// choices adds the lists to choose from to the columns.
func (w *writer) choices() error {
	for i, c := range w.columns {
		letter, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		v := excelize.NewDataValidation(true)
		v.Sqref = fmt.Sprintf("%s%d:%s%d", letter, firstRow, letter, MaxRows+firstRow)
		switch {
		case c.field.Codes == "trade_mode_cbec":
			if err := v.SetDropList(w.t.modes()); err != nil {
				return err
			}
		case strings.Contains(c.field.Codes, "|"):
			if err := v.SetDropList(strings.Split(c.field.Codes, "|")); err != nil {
				return err
			}
		case w.ranges[c.field.Codes] != "":
			v.SetSqrefDropList(w.ranges[c.field.Codes])
		default:
			continue
		}
		v.SetError(excelize.DataValidationErrorStyleWarning, c.field.ZH, "请从列表选择 choose from the list")
		if err := w.f.AddDataValidation(w.t.Sheet, v); err != nil {
			return err
		}
	}
	return nil
}

func (t Template) modes() []string {
	for _, k := range t.Kinds {
		if m, ok := modes[fmt.Sprint(int(k))]; ok {
			return m
		}
	}
	return []string{"9610"}
}

// help writes how to use it.
func (w *writer) help() error {
	if _, err := w.f.NewSheet(helpSheet); err != nil {
		return err
	}
	if err := w.f.SetColWidth(helpSheet, "A", "B", 70); err != nil {
		return err
	}
	for i, v := range [][2]string{
		{w.t.ZH, w.t.EN},
		{"在“" + w.t.Sheet + "”工作表第 " + fmt.Sprint(firstRow) + " 行起填写；前三行与工作表名请保留。", "Fill in the sheet “" + w.t.Sheet + "” from row " + fmt.Sprint(firstRow) + " on; keep the first three rows and the sheet's name."},
		{"红色带 * 的列必填。列可以删除或换序，以第三行的元素名为准。", "Red columns with * are required. Columns may be removed or moved; the names in row three count."},
		{"一个订单有多项商品时，每项一行、相邻排列，订单编号相同；表头字段写在首行即可。", "An order with several goods has a row for each, one below the other, with the same order number; the head is written once."},
		{"单元格已设为文本格式，身份证号、编号不会丢失末位数字。", "Cells are text, so that long numbers keep all their digits."},
		{"报送标识、时间、序号由平台填写。appType 留空为新增，2 为变更，3 为删除。", "Identifiers, times and line numbers are filled in. Leave appType empty for new, 2 to change, 3 to delete."},
		{fmt.Sprintf("至多 %d 行。公式只取其值。", MaxRows), fmt.Sprintf("At most %d rows. Of formulas only the value counts.", MaxRows)},
		{"上传后逐格校验，问题以批注写回表内，可下载改正后再传。相同内容再传不会重复申报。", "After the upload every cell is checked; what is wrong comes back as comments. The same content sent again is not declared twice."},
	} {
		for j, text := range v {
			at := cell(j, i+1)
			if err := w.f.SetCellStr(helpSheet, at, safe(text)); err != nil {
				return err
			}
			if err := w.f.SetCellStyle(helpSheet, at, at, w.wrap); err != nil {
				return err
			}
		}
	}
	return nil
}

// safe keeps a text from being taken for a formula by programs that open it.
func safe(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) && !plainNumber(s) {
		return "'" + s
	}
	return s
}

// plainNumber tells a negative number from a formula that begins with a minus.
func plainNumber(s string) bool {
	for i, c := range s {
		if !(c >= '0' && c <= '9' || c == '.' || i == 0 && (c == '-' || c == '+')) {
			return false
		}
	}
	return len(s) > 1
}

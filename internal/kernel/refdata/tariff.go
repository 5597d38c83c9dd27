package refdata

import (
	"strconv"
	"strings"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
)

// Names of the tables in the packs.
const (
	tableTariff      = "tariff"
	tableTaxRules    = "tax_rules"
	tableSupervision = "supervision_codes"
)

// Control is what the supervision codes (监管证件代码) of a line ask for in one
// direction.
type Control uint8

// The controls; a line can have several.
const (
	Licence    Control = 1 << iota // a licence or permit (许可证件)
	Inspection                     // inspection and quarantine (检验检疫)
	Prohibited                     // not allowed at all (禁止)
)

// Has tells whether c contains d.
func (c Control) Has(d Control) bool { return c&d != 0 }

// TariffLine is a line of the import and export tariff (税则) on a day.
type TariffLine struct {
	Code         uint64 // ten digits
	Name         string
	Unit1, Unit2 Unit // legal units (法定计量单位); Unit2 is 0 where there is one only

	MFN         TaxRule // most-favoured-nation duty (最惠国税率)
	Provisional TaxRule // provisional import duty (进口暂定税率); NoRule where there is none
	Consumption TaxRule // consumption tax at import (进口环节消费税)
	VAT         money.Rate
	VATKnown    bool // false: blank in the source, the decision goes to review

	ExportDuty     money.Rate // duty due at export: the provisional rate where there is one
	HasExportDuty  bool       // it is more than 0
	Rebates        []money.Rate
	RebateKnown    bool // false: blank in the source; several Rebates: which one depends on the goods
	Supervision    string
	InspectionCode string
	Import, Export Control

	Row pack.Row // for the original texts, the source and the mark
}

// Duty is the import duty to apply: the provisional rate where there is one,
// else the most-favoured-nation rate. Goods of origins without that treatment
// and agreement rates are not covered by the tariff table.
func (l *TariffLine) Duty() *TaxRule {
	if l.Provisional.Form != NoRule {
		return &l.Provisional
	}
	return &l.MFN
}

// Unstructured tells whether any import tax of the line is unknown or could
// not be structured, so that a decision using it must go to review.
func (l *TariffLine) Unstructured() bool {
	return !l.VATKnown || l.MFN.Form == Unread || l.Provisional.Form == Unread || l.Consumption.Form == Unread
}

// String writes the ten digits.
func (l *TariffLine) String() string {
	s := strconv.FormatUint(l.Code, 10)
	return strings.Repeat("0", 10-len(s)) + s
}

// Heading sums up the lines under a 4- or 6-digit code, for the simplified
// classification of exports (简化申报, RULES B4 and C3).
type Heading struct {
	Lines, ExportDuty, Licence, Inspection, Prohibited int // number of lines; of those with an export duty; an export licence …
}

// tariff holds the lines of an interval of days.
type tariff struct {
	lines    map[uint64]*TariffLine
	headings map[uint64]*Heading // by 4 or 6 digits; no number is both, see prefixKey
}

// prefixKey keeps 4-digit and 6-digit codes apart: 0101 and 000101 are not the
// same.
func prefixKey(n uint64, length int) uint64 { return n<<4 | uint64(length) }

// tariff builds the lines of a day.
func (b *builder) tariff(day clock.Day) *tariff {
	t := &tariff{lines: make(map[uint64]*TariffLine), headings: make(map[uint64]*Heading)}
	controls := make(map[byte]pack.Row)
	b.rows(tableSupervision, day, func(row pack.Row) { controls[row.Text("code")[0]] = row })
	rules := make(map[[2]string]pack.Row)
	b.rows(tableTaxRules, day, func(row pack.Row) { rules[[2]string{row.Text("code"), row.Text("tax")}] = row })
	count := 0
	if all, ok := b.set.Table(tableTariff); ok {
		count = all.Len()
	}
	lines := make([]TariffLine, 0, count)
	b.rows(tableTariff, day, func(row pack.Row) {
		lines = append(lines, TariffLine{Row: row})
		l := &lines[len(lines)-1]
		b.line(l, rules)
		b.controls(l, controls)
		t.lines[l.Code] = l
		t.head(l)
	})
	for key, row := range rules {
		b.fault(row, pack.Text{ZH: "税则中没有引用此规则的税号 " + key[0], EN: "no line of the tariff refers to this rule of " + key[0]},
			pack.Text{ZH: "把税则中该税种的税率留空，或删除此行", EN: "leave the rate in the tariff blank, or remove this row"})
	}
	return t
}

// line fills a tariff line from its row and the rules of its taxes, which it
// takes out of the map.
func (b *builder) line(l *TariffLine, rules map[[2]string]pack.Row) {
	row := l.Row
	l.Code, _ = strconv.ParseUint(row.Text("code"), 10, 64)
	l.Name = row.Text("name")
	l.Unit1, _ = UnitOf([]byte(row.Text("unit1")))
	l.Unit2, _ = UnitOf([]byte(row.Text("unit2")))
	unread := row.List("unread")
	tax := func(name string, must bool) TaxRule {
		key := [2]string{row.Text("code"), name}
		rule, special := rules[key]
		delete(rules, key)
		switch rate := row.Text(name); {
		case contains(unread, name):
			return TaxRule{Form: Unread}
		case special && rate == "":
			return compound(rule)
		case special:
			b.fault(rule, pack.Text{ZH: "税则已给出税率，又有规则", EN: "the tariff gives a rate, and there is a rule too"}, pack.Text{ZH: "两者只留其一", EN: "keep one of them"})
		case rate != "":
			return TaxRule{Form: Plain, Rule: Branch{AdValorem: row.Rate(name)}}
		case must:
			b.fault(row, pack.Text{ZH: name + " 为空，也没有规则", EN: name + " is blank and has no rule"},
				pack.Text{ZH: "填写税率，或在 tax_rules 中写规则，或列入 unread", EN: "give the rate, a row in tax_rules, or name it in unread"})
		}
		return TaxRule{}
	}
	l.MFN, l.Provisional, l.Consumption = tax("mfn", true), tax("provisional", false), tax("consumption", true)
	l.VAT, l.VATKnown = row.Rate("vat"), row.Text("vat") != ""
	l.ExportDuty = row.Rate("export_duty")
	if row.Text("export_provisional") != "" {
		l.ExportDuty = row.Rate("export_provisional")
	}
	l.HasExportDuty = !l.ExportDuty.IsZero()
	for _, v := range row.List("rebates") {
		if rate, err := money.ParseRate(v); err == nil {
			l.Rebates = append(l.Rebates, rate)
		}
	}
	l.RebateKnown = len(l.Rebates) > 0
}

func contains(list []string, v string) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

// compound reads a row of tax_rules.
func compound(row pack.Row) TaxRule {
	t := TaxRule{Form: Compound, Mark: row.Mark(), Rule: Branch{AdValorem: row.Rate("rate"), PerUnit: row.Rate("per_unit")}}
	t.Unit, _ = UnitOf([]byte(row.Text("unit")))
	if row.Text("threshold") == "" {
		return t
	}
	t.HasThreshold, t.Threshold, t.Above = true, row.Rate("threshold"), row.Text("from") == "above"
	t.Below = Branch{AdValorem: row.Rate("below_rate"), PerUnit: row.Rate("below_per_unit")}
	for i, u := range row.List("threshold_units") {
		if i < len(t.Units) {
			t.Units[i], _ = UnitOf([]byte(u))
		}
	}
	return t
}

// controls resolves the supervision codes of a line.
func (b *builder) controls(l *TariffLine, known map[byte]pack.Row) {
	l.Supervision, l.InspectionCode = l.Row.Text("supervision"), l.Row.Text("inspection")
	for i := range len(l.Supervision) {
		row, ok := known[l.Supervision[i]]
		if !ok {
			b.fault(l.Row, pack.Text{ZH: "监管证件代码 " + l.Supervision[i:i+1] + " 不在 supervision_codes 中", EN: "supervision code " + l.Supervision[i:i+1] + " is not in supervision_codes"},
				pack.Text{ZH: "在该表中补上代码", EN: "add it to that table"})
			continue
		}
		l.Import |= effects[row.Text("import")]
		l.Export |= effects[row.Text("export")]
	}
}

var effects = map[string]Control{"licence": Licence, "inspection": Inspection, "prohibited": Prohibited}

// head counts a line under its 4- and 6-digit codes.
func (t *tariff) head(l *TariffLine) {
	for _, p := range [2]struct {
		length  int
		divisor uint64
	}{{4, 1e6}, {6, 1e4}} {
		key := prefixKey(l.Code/p.divisor, p.length)
		h := t.headings[key]
		if h == nil {
			h = new(Heading)
			t.headings[key] = h
		}
		h.Lines++
		count := func(n *int, yes bool) {
			if yes {
				*n++
			}
		}
		count(&h.ExportDuty, l.HasExportDuty)
		count(&h.Licence, l.Export.Has(Licence))
		count(&h.Inspection, l.Export.Has(Inspection))
		count(&h.Prohibited, l.Export.Has(Prohibited))
	}
}

// Tariff finds the line of a ten-digit commodity code (商品编码).
func (r *Rules) Tariff(code []byte) (*TariffLine, bool) {
	n, ok := digits(code, 10)
	if !ok {
		return nil, false
	}
	l, ok := r.tariff.lines[n]
	return l, ok
}

// Heading finds what the tariff says under the first 4 or 6 digits of a code;
// n is 4 or 6, the code must have at least n digits.
func (r *Rules) Heading(code []byte, n int) (*Heading, bool) {
	if (n != 4 && n != 6) || len(code) < n {
		return nil, false
	}
	v, ok := digits(code[:n], n)
	if !ok {
		return nil, false
	}
	h, ok := r.tariff.headings[prefixKey(v, n)]
	return h, ok
}

// HasPrefix4 tells whether the tariff has lines under the first 4 digits.
func (r *Rules) HasPrefix4(code []byte) bool { _, ok := r.Heading(code, 4); return ok }

// HasPrefix6 tells whether the tariff has lines under the first 6 digits.
func (r *Rules) HasPrefix6(code []byte) bool { _, ok := r.Heading(code, 6); return ok }

// TariffLines is the number of lines in force.
func (r *Rules) TariffLines() int { return len(r.tariff.lines) }

package clearance

import (
	"strconv"
	"strings"

	"pilotzone/internal/customs/tax"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/refdata"
)

// classify decides how the trade behind an export list reaches the statistics
// (RULES B4, C2, C3) and refuses a list where a declaration is needed.
func (e *Engine) classify(p *parcel, rules *refdata.Rules, v *verdict) {
	l := p.List
	on := day(p.ListMeta.Since)
	value, ok := e.valueCNY(p, on)
	in := tax.ExportList{Mode: l.Mode, Value: value, ValueLimit: rules.Export.StatisticsLimit, PilotZone: true}
	b2b := l.Mode == "9710" || l.Mode == "9810"
	if b2b {
		in.ValueLimit = rules.Export.B2BListLimit
	}
	in.Licence = l.Licence
	e.controls(l, rules, &in, v)
	if !ok {
		in.Value = 0
		if b2b || l.Statistics == 'A' {
			v.review = append(v.review, Say("PZ1708", l.Lines[0].Currency, on.String()))
		}
	}
	if rules.Export.WarehouseFiling && l.Mode == "9810" {
		if filed, _ := e.filings.Filed(l.Merchant, "overseas-warehouse", on); !filed {
			v.faults = append(v.faults, Say("PZ1706", "2024-12-15"))
		}
	}
	class, _, why := tax.ClassifyExport(in)
	reasons := strings.Join(why.ZH(), "、")
	switch {
	case class == tax.ExportDeclaration:
		v.faults = append(v.faults, needsDeclaration(l, value, in, why)...)
	case l.Statistics == 'A' && class != tax.ExportStatistics:
		v.faults = append(v.faults, Say("PZ1703", reasons))
	case l.Statistics == 'A':
		v.notes = append(v.notes, Say("PZ1701", "不涉出口关税、许可证件、出口退税，"+value.String()+" 元 ≤ "+in.ValueLimit.String()+" 元"))
	case reasons != "":
		v.notes = append(v.notes, Say("PZ1702", reasons))
	default:
		v.notes = append(v.notes, Say("PZ1702", "企业选择汇总申报 (statisticsFlag B)"))
	}
}

// needsDeclaration says everything that closes the list to a B2B export (RULES C2).
func needsDeclaration(l *List, value money.Fen, in tax.ExportList, why tax.ExportObstacle) (faults []Reason) {
	if why&tax.ObstacleValue != 0 {
		faults = append(faults, Say("PZ1704", value.String(), in.ValueLimit.String(), l.Mode))
	}
	if rest := why &^ tax.ObstacleValue; rest != 0 {
		faults = append(faults, Say("PZ1705", strings.Join(rest.ZH(), "、"), l.Mode))
	}
	return faults
}

// controls reads licence, inspection and export duty of the lines from the
// tariff; for simplified codes from their heading, where only what holds for
// every line of it is sure.
func (e *Engine) controls(l *List, rules *refdata.Rules, in *tax.ExportList, v *verdict) {
	var buf [10]byte
	mode, _ := rules.Mode('E', modeOf(l))
	for i := range l.Lines {
		code := hs10(&buf, l.Lines[i].Code)
		if l.Statistics == 'A' && mode != nil {
			if h, ok := rules.Heading(code, mode.SimplifiedDigits); ok {
				in.Licence = in.Licence || h.Licence == h.Lines
				in.ExportDuty = in.ExportDuty || h.ExportDuty == h.Lines
			}
			continue
		}
		t, ok := rules.Tariff(code)
		if !ok {
			continue
		}
		in.Licence = in.Licence || t.Export.Has(refdata.Licence)
		in.Inspection = in.Inspection || t.Export.Has(refdata.Inspection)
		in.ExportDuty = in.ExportDuty || t.HasExportDuty
		if t.Export.Has(refdata.Prohibited) {
			v.faults = append(v.faults, Say("PZ1709", strconv.Itoa(int(l.Lines[i].Gnum)), t.String()))
		}
	}
}

// valueCNY is the list's value in yuan; other currencies need the table of
// rates that the operator loads (customs takes the rate of the third Wednesday
// of the month before).
func (e *Engine) valueCNY(p *parcel, on clock.Day) (money.Fen, bool) {
	l := p.List
	var sum money.Fen
	for i := range l.Lines {
		line := &l.Lines[i]
		fen, _ := line.Total.Fen()
		if line.Currency != "142" {
			t, ok := e.bookOf(p).Set().Table("exchange_rates")
			if !ok {
				return 0, false
			}
			row, ok := t.Get(on, line.Currency)
			if !ok {
				return 0, false
			}
			var err error
			if fen, err = row.Rate("cny").Of(fen); err != nil {
				return 0, false
			}
		}
		sum += fen
	}
	return sum, true
}

package main

import (
	"fmt"
	"regexp"
	"sort"
	"strings"

	"pilotzone/internal/kernel/money"
)

// validFrom is the first day of the tariff that the source file holds.
const validFrom = "2026-01-01"

var (
	percent   = regexp.MustCompile(`^(\d+(?:\.\d+)?)%$`)
	specific  = regexp.MustCompile(`^(\d+(?:\.\d+)?)元/(\p{Han}+)$`)
	fromPrice = regexp.MustCompile(`^完税价大于等于(\d+(?:\.\d+)?)元：(.+)，完税价小于(\d+(?:\.\d+)?)元：(.+)。$`)
	overPrice = regexp.MustCompile(`^完税价不高于(\d+(?:\.\d+)?)元/(\p{Han}+)：(.+)，完税价高于(\d+(?:\.\d+)?)元/(\p{Han}+)：(.+)。$`)
)

// levy is one branch: a rate, an amount for a unit, or both.
type levy struct{ rate, perUnit, unit string }

// rule is the structured form of a duty or tax text.
type rule struct {
	levy
	threshold, from string // from is "at" (大于等于) or "above" (高于)
	unit            string // unit of the threshold where the text names it
	below           levy
}

// plain tells whether the rule is one ad-valorem rate.
func (r rule) plain() bool { return r.threshold == "" && r.perUnit == "" }

// parseRule structures a text of the tariff; ok is false for any form that is
// not known.
func parseRule(text string, units map[string]string) (r rule, ok bool) {
	if m := fromPrice.FindStringSubmatch(text); m != nil && m[1] == m[3] {
		above, ok1 := parseLevy(m[2], units)
		below, ok2 := parseLevy(m[4], units)
		return rule{levy: above, threshold: m[1], from: "at", below: below}, ok1 && ok2 && positive(m[1])
	}
	if m := overPrice.FindStringSubmatch(text); m != nil && m[1] == m[4] && m[2] == m[5] {
		below, ok1 := parseLevy(m[3], units)
		above, ok2 := parseLevy(m[6], units)
		unit, ok3 := units[m[2]]
		return rule{levy: above, threshold: m[1], from: "above", unit: unit, below: below}, ok1 && ok2 && ok3 && positive(m[1])
	}
	l, ok := parseLevy(text, units)
	return rule{levy: l}, ok
}

// positive refuses thresholds of 0: the source has one line whose figures were
// lost (3702432100, "不高于0元/平方米").
func positive(number string) bool { return strings.Trim(number, "0.") != "" }

// parseLevy reads "20%", "0.6元/千克", "20%+0.912元/升" and "0".
func parseLevy(text string, units map[string]string) (l levy, ok bool) {
	if text == "0" {
		return levy{rate: "0"}, true
	}
	first, second, two := strings.Cut(text, "+")
	if m := percent.FindStringSubmatch(first); m != nil {
		l.rate = fraction(m[1])
		if !two {
			return l, true
		}
		first = second
	} else if two {
		return l, false
	}
	m := specific.FindStringSubmatch(first)
	if m == nil {
		return l, false
	}
	l.perUnit, l.unit = m[1], units[m[2]]
	return l, l.unit != ""
}

// fraction writes 13 percent as 0.13.
func fraction(percent string) string {
	r, err := money.ParsePercent(percent)
	if err != nil {
		panic(err) // the pattern lets only numbers through
	}
	return r.String()
}

// units maps the names of units to their codes.
func units(rows []row) map[string]string {
	m := make(map[string]string, len(rows))
	for _, r := range rows {
		m[r["name_zh"]] = r["code"]
	}
	return m
}

var tariffHeader = []string{"code", "name", "unit1", "unit2", "mfn", "provisional", "consumption", "vat", "export_duty", "export_provisional",
	"rebates", "supervision", "inspection", "unread", "mfn_text", "provisional_text", "consumption_text", "general_text", "valid_from", "valid_to"}

var rulesHeader = []string{"code", "tax", "rate", "per_unit", "unit", "threshold", "from", "threshold_units", "below_rate", "below_per_unit",
	"text", "valid_from", "valid_to", "source", "mark"}

// convertTariff makes the tables tariff and tax_rules; notes name what could
// not be structured.
func convertTariff(rows []row, units map[string]string) (tariff, rules [][]string, notes []string) {
	sort.Slice(rows, func(i, j int) bool { return rows[i]["code"] < rows[j]["code"] })
	tariff, rules = [][]string{tariffHeader}, [][]string{rulesHeader}
	for _, r := range rows {
		code := r["code"]
		var unread []string
		tax := func(name, text string, must bool) string {
			if text == "" && !must {
				return ""
			}
			x, ok := parseRule(text, units)
			switch {
			case !ok:
				unread = append(unread, name)
				notes = append(notes, fmt.Sprintf("%s %s: %s could not be structured: %q", code, r["name"], name, text))
			case x.plain():
				return x.rate
			default:
				rules = append(rules, ruleRow(r, name, text, x))
			}
			return ""
		}
		simple := func(column string) string {
			m := percent.FindStringSubmatch(r[column])
			if m == nil {
				if r[column] != "" {
					notes = append(notes, fmt.Sprintf("%s %s: %s is not a rate: %q", code, r["name"], column, r[column]))
				}
				return ""
			}
			return fraction(m[1])
		}
		mfn, provisional, consumption := tax("mfn", r["mfn"], true), tax("provisional", r["provisional_import"], false), tax("consumption", r["consumption_tax"], true)
		var rebates []string
		for _, v := range strings.Split(r["export_rebate"], ",") {
			if m := percent.FindStringSubmatch(v); m != nil {
				rebates = append(rebates, fraction(m[1]))
			}
		}
		vat := simple("vat")
		if vat == "" {
			notes = append(notes, fmt.Sprintf("%s %s: VAT rate is blank", code, r["name"]))
		}
		tariff = append(tariff, []string{code, r["name"], units[r["unit1"]], units[r["unit2"]], mfn, provisional, consumption, vat,
			simple("export_duty"), simple("export_provisional"), strings.Join(rebates, "|"), r["supervision_codes"], r["ciq_codes"],
			strings.Join(unread, "|"), r["mfn"], r["provisional_import"], r["consumption_tax"], r["general"], validFrom, ""})
	}
	return tariff, rules, notes
}

// ruleRow is the row of tax_rules for a text that is not one rate.
func ruleRow(r row, tax, text string, x rule) []string {
	units, mark := x.unit, "seen"
	if x.threshold != "" && units == "" {
		units, mark = thresholdUnits(r["code"], r["name"])
	}
	unit := x.levy.unit
	if unit == "" {
		unit = x.below.unit
	}
	return []string{r["code"], tax, zero(x.rate), zero(x.perUnit), unit, x.threshold, x.from, units,
		below(x, x.below.rate), below(x, x.below.perUnit), text, validFrom, "", "hscode-data:" + tax, mark}
}

func zero(v string) string {
	if v == "" {
		return "0"
	}
	return v
}

// below is a value of the branch under the threshold, blank without one.
func below(x rule, v string) string {
	if x.threshold == "" {
		return ""
	}
	return zero(v)
}

// thresholdUnits says in which units a threshold counts that the text gives
// without one, and how sure that is. Cosmetics: 10 yuan a gram or millilitre is
// 10,000 yuan a kilogram; goods labelled by volume are declared at 1 litre = 1
// kilogram (recalled). Masks: 15 yuan a sheet or piece. Watches: each. Beer: the
// figure is the price of a tonne over 988 litres.
func thresholdUnits(code, name string) (units, mark string) {
	switch {
	case strings.HasPrefix(code, "33") && strings.Contains(name, "“片”或“张”"):
		return "020|010|011", "inference"
	case strings.HasPrefix(code, "33") && strings.Contains(name, "以体积计"):
		return "035", "recalled"
	case strings.HasPrefix(code, "33"):
		return "035", "seen"
	case strings.HasPrefix(code, "91"):
		return "008", "recalled"
	case strings.HasPrefix(code, "2203"):
		return "095", "inference"
	}
	return "", ""
}

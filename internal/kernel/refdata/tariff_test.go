package refdata_test

import (
	"fmt"
	"testing"

	"pilotzone/internal/kernel/refdata"
)

// show writes a rule as the tests expect it: "0.2+0.912/095", with a threshold
// ">=10000/035 0.15 else 0".
func show(r *refdata.TaxRule) string {
	branch := func(b refdata.Branch) string {
		switch {
		case b.PerUnit.IsZero():
			return b.AdValorem.String()
		case b.AdValorem.IsZero():
			return b.PerUnit.String() + "/" + r.Unit.String()
		}
		return b.AdValorem.String() + "+" + b.PerUnit.String() + "/" + r.Unit.String()
	}
	switch {
	case r.Form == refdata.NoRule:
		return "none"
	case r.Form == refdata.Unread:
		return "unread"
	case !r.HasThreshold:
		return branch(r.Rule)
	}
	units := ""
	for _, u := range r.Units {
		if u != 0 {
			units += "/" + u.String()
		}
	}
	sign := ">="
	if r.Above {
		sign = ">"
	}
	return fmt.Sprintf("%s%s%s %s else %s", sign, r.Threshold, units, branch(r.Rule), branch(r.Below))
}

func TestTariffLines(t *testing.T) {
	t.Parallel()
	r := book(t).On(today)
	for _, tt := range []struct {
		code, name                    string
		units, duty, consumption, vat string
		exportDuty, rebates, controls string
	}{
		{"9101110000", "机械指示式的贵金属电子手表", "008 035", "0.08", ">=10000/008 0.2 else 0", "0.13", "0", "[0.13]", "0 0"},
		{"3304990029", "包装标注含量以重量计的其他美容品或化妆品及护肤品", "035 011", "0.01", ">=10000/035 0.15 else 0", "0.13", "0", "[0.13]", "2 2"},
		{"3304990039", "包装标注含量以体积计的其他美容品或化妆品及护肤品", "035 011", "0.01", ">=10000/035 0.15 else 0", "0.13", "0", "[0.13]", "2 2"},
		{"3304990049", "包装标注规格为“片”或“张”的其他美容品或化妆品及护肤品", "035 011", "0.01", ">=15/020/010/011 0.15 else 0", "0.13", "0", "[0.13]", "2 2"},
		{"2208300000", "威士忌酒", "095 035", "0.1", "0.2+0.912/095", "0.13", "0", "[0.13]", "2 2"},
		{"2203000000", "麦芽酿造的啤酒", "095 035", "0", ">=2.64295885/095 0.253/095 else 0.2227/095", "0.13", "0", "[0.13]", "2 2"},
		{"2206001000", "黄酒", "095 035", "0.4", "0.2495/095", "0.13", "0", "[0.13]", "2 2"},
		{"1901101090", "供婴幼儿食用的零售包装配方奶粉（乳基特殊医学用途婴幼儿配方食品除外）", "035 ", "0.05", "0", "0.13", "0", "[0.13]", "3 2"},
		{"0207141100", "冻的带骨鸡块", "035 ", "0.6/035", "0", "0.09", "0", "[0.09]", "3 3"},
		{"4001100000", "天然胶乳", "035 ", ">9/035 0.9/035 else 0.1", "0", "0.09", "0", "[0.09]", "0 0"},
		{"3702422900", "照相制版其他未曝光无齿宽长胶卷", "035 032", "1/032", "0", "0.13", "0", "[0.13]", "0 0"},
		{"7202410000", "铬铁,按重量计含碳量在4%以上", "035 ", "0", "0", "0.13", "0.4", "[0]", "0 1"},
		{"2402100000", "烟草制的雪茄烟", "035 143", "0.25", "0.36", "0.13", "0", "[0]", "1 0"},
		{"2402200000", "烟草制的卷烟", "035 143", "0.25", "unread", "0.13", "0", "[0]", "1 0"},
		{"3702432100", "照相制版用激光照排片", "035 032", "unread", "0", "0.13", "0", "[0.13]", "0 0"},
	} {
		l, ok := r.Tariff([]byte(tt.code))
		if !ok || l.Name != tt.name || l.String() != tt.code {
			t.Errorf("%s: %v", tt.code, l)
			continue
		}
		got := []string{l.Unit1.String() + " " + l.Unit2.String(), show(l.Duty()), show(&l.Consumption), l.VAT.String(), l.ExportDuty.String(), fmt.Sprint(l.Rebates), fmt.Sprintf("%d %d", l.Import, l.Export)}
		want := []string{tt.units, tt.duty, tt.consumption, tt.vat, tt.exportDuty, tt.rebates, tt.controls}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s %s:\n got %q\nwant %q", tt.code, tt.name, got, want)
		}
	}
}

// TestTariffIsStructured counts the lines by form: what could not be
// structured is few, known and marked.
func TestTariffIsStructured(t *testing.T) {
	t.Parallel()
	r := book(t).On(today)
	table, _ := book(t).Set().Table("tariff")
	forms := map[string]int{}
	var unread []string
	for row := range table.On(today) {
		l, ok := r.Tariff([]byte(row.Text("code")))
		if !ok {
			t.Fatalf("%s is in the table but not in the rules", row.Text("code"))
		}
		forms[fmt.Sprint("mfn ", l.MFN.Form)]++
		forms[fmt.Sprint("provisional ", l.Provisional.Form)]++
		forms[fmt.Sprint("consumption ", l.Consumption.Form)]++
		if l.HasExportDuty {
			forms["export duty"]++
		}
		if len(l.Rebates) > 1 {
			forms["several rebates"]++
		}
		if !l.RebateKnown {
			forms["rebate blank"]++
		}
		if l.Unstructured() {
			unread = append(unread, l.String())
		}
		if l.Unit1 == 0 || l.Row.Mark() == 0 {
			t.Errorf("%s has no unit or no mark", l)
		}
	}
	want := map[string]int{
		"mfn 1": 11_989, "mfn 2": 39, "mfn 3": 2, "provisional 0": 10_749, "provisional 1": 1_276, "provisional 2": 5,
		"consumption 1": 11_940, "consumption 2": 87, "consumption 3": 3, "export duty": 82, "several rebates": 464, "rebate blank": 42,
	}
	if fmt.Sprint(forms) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", forms, want)
	}
	if fmt.Sprint(unread) != "[2402200000 2402900001 3702432100 5201000080]" {
		t.Errorf("lines that go to review: %v", unread)
	}
}

func TestTariffMisses(t *testing.T) {
	t.Parallel()
	b := book(t)
	for _, code := range []string{"", "9101", "910111000", "91011100000", "91011100a0", "0000000000", "9999999999"} {
		if l, ok := b.On(today).Tariff([]byte(code)); ok {
			t.Errorf("%q found %v", code, l)
		}
	}
	if _, ok := b.On(2025_12_31).Tariff([]byte("9101110000")); ok {
		t.Error("the tariff of 2026 was used in 2025")
	}
	if _, ok := b.On(2026_01_01).Tariff([]byte("9101110000")); !ok {
		t.Error("the tariff of 2026 does not hold on its first day")
	}
}

func TestHeadings(t *testing.T) {
	t.Parallel()
	r := book(t).On(today)
	for _, tt := range []struct {
		code       string
		four, six  bool
		lines, exp int
	}{
		{"9101", true, false, 9, 0}, {"9101110000", true, true, 9, 0}, {"910111", true, true, 9, 0}, {"7202410000", true, true, 22, 7},
		{"0000", false, false, 0, 0}, {"010", false, false, 0, 0}, {"91x1", false, false, 0, 0}, {"9101xx", true, false, 9, 0},
	} {
		if r.HasPrefix4([]byte(tt.code)) != tt.four || r.HasPrefix6([]byte(tt.code)) != tt.six {
			t.Errorf("%s: 4 digits %v, 6 digits %v", tt.code, r.HasPrefix4([]byte(tt.code)), r.HasPrefix6([]byte(tt.code)))
		}
		if h, ok := r.Heading([]byte(tt.code), 4); ok && (h.Lines != tt.lines || h.ExportDuty != tt.exp) {
			t.Errorf("%s: %+v, want %d lines, %d with export duty", tt.code, h, tt.lines, tt.exp)
		}
	}
	if _, ok := r.Heading([]byte("9101110000"), 8); ok {
		t.Error("a heading of 8 digits was found")
	}
}

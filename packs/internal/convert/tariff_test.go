package main

import (
	"strings"
	"testing"
)

var testUnits = map[string]string{"千克": "035", "升": "095", "平方米": "032", "只": "008", "件": "011"}

// TestParseRule: every form that the tariff of 2026 has, and forms that must
// not be guessed at.
func TestParseRule(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]rule{
		"0%":           {levy: levy{rate: "0"}},
		"6.5%":         {levy: levy{rate: "0.065"}},
		"100%":         {levy: levy{rate: "1"}},
		"0.6元/千克":      {levy: levy{perUnit: "0.6", unit: "035"}},
		"0元/升":         {levy: levy{perUnit: "0", unit: "095"}},
		"122.6元/平方米":   {levy: levy{perUnit: "122.6", unit: "032"}},
		"20%+0.912元/升": {levy: levy{rate: "0.2", perUnit: "0.912", unit: "095"}},
		"完税价大于等于10000元：15%，完税价小于10000元：0。":                        {levy: levy{rate: "0.15"}, threshold: "10000", from: "at", below: levy{rate: "0"}},
		"完税价大于等于2.64295885元：0.253元/升，完税价小于2.64295885元：0.2227元/升。": {levy: levy{perUnit: "0.253", unit: "095"}, threshold: "2.64295885", from: "at", below: levy{perUnit: "0.2227", unit: "095"}},
		"完税价不高于9元/千克：10%，完税价高于9元/千克：0%+0.9元/千克。":                  {levy: levy{rate: "0", perUnit: "0.9", unit: "035"}, threshold: "9", from: "above", unit: "035", below: levy{rate: "0.1"}},
	} {
		if got, ok := parseRule(text, testUnits); !ok || got != want {
			t.Errorf("%s: %+v %v, want %+v", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "-", "8", "8 %", "-1%", "1元/桶", "元/千克", "0.6元/千克+8%", "8%+9%", "8%+", "+0.9元/千克",
		"完税价大于等于10000元：15%，完税价小于9000元：0。",
		"完税价大于等于10000元：15%，完税价小于10000元：x。",
		"完税价大于等于0元：15%，完税价小于0元：0。",
		"完税价不高于0元/平方米：0%，完税价高于0元/平方米：10%+0元/平方米。",
		"完税价不高于9元/千克：10%，完税价高于9元/升：1%。",
		"完税价不高于9元/千克：10%，完税价高于8元/千克：1%。",
		"完税价不高于9元/桶：10%，完税价高于9元/桶：1%。",
	} {
		if got, ok := parseRule(text, testUnits); ok {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}

func TestConvertTariff(t *testing.T) {
	t.Parallel()
	line := func(code, name, mfn, provisional, consumption, vat, rebate string) row {
		return row{"code": code, "name": name, "unit1": "千克", "unit2": "件", "mfn": mfn, "provisional_import": provisional, "general": "50%",
			"consumption_tax": consumption, "vat": vat, "export_duty": "20%", "export_provisional": "0%", "export_rebate": rebate, "supervision_codes": "AB", "ciq_codes": "MN"}
	}
	const threshold = "完税价大于等于10000元：15%，完税价小于10000元：0。"
	tariff, rules, notes := convertTariff([]row{
		line("3304990049", "包装标注规格为“片”或“张”的护肤品", "1%", "", strings.ReplaceAll(threshold, "10000", "15"), "13%", "9%,13%"),
		line("3304990039", "包装标注含量以体积计的护肤品", "1%", "", threshold, "13%", ""),
		line("0101210010", "马", "0%", "2%", "0%", "9%", "0%"),
		line("2402200000", "卷烟", "25%", "", "", "", "0%"),
	}, testUnits)
	want := []string{
		"0101210010,马,035,011,0,0.02,0,0.09,0.2,0,0,AB,MN,,0%,2%,0%,50%,2026-01-01,",
		"2402200000,卷烟,035,011,0.25,,,,0.2,0,0,AB,MN,consumption,25%,,,50%,2026-01-01,",
		"3304990039,包装标注含量以体积计的护肤品,035,011,0.01,,,0.13,0.2,0,,AB,MN,,1%,," + threshold + ",50%,2026-01-01,",
		"3304990049,包装标注规格为“片”或“张”的护肤品,035,011,0.01,,,0.13,0.2,0,0.09|0.13,AB,MN,,1%,," + strings.ReplaceAll(threshold, "10000", "15") + ",50%,2026-01-01,",
	}
	for i, w := range want {
		if got := strings.Join(tariff[i+1], ","); got != w {
			t.Errorf("tariff\n got %s\nwant %s", got, w)
		}
	}
	want = []string{
		"3304990039,consumption,0.15,0,,10000,at,035,0,0," + threshold + ",2026-01-01,,hscode-data:consumption,recalled",
		"3304990049,consumption,0.15,0,,15,at,020|010|011,0,0," + strings.ReplaceAll(threshold, "10000", "15") + ",2026-01-01,,hscode-data:consumption,inference",
	}
	for i, w := range want {
		if got := strings.Join(rules[i+1], ","); got != w {
			t.Errorf("tax_rules\n got %s\nwant %s", got, w)
		}
	}
	if len(tariff) != 5 || len(rules) != 3 || len(notes) != 2 {
		t.Errorf("%d lines, %d rules, notes %q", len(tariff), len(rules), notes)
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"\ufeffcode": "code", " a\u00a0": "a", `"粉状，不论是否压紧"`: "粉状，不论是否压紧", "a\tb": "a b", `a"b"`: `a"b"`, "": ""} {
		if got := clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestObserved(t *testing.T) {
	t.Parallel()
	got := observed([]row{
		{"hs_code": "1901101000", "filed_goods_guangzhou_2014_18": "3", "titles_alibaba_2016": "1"},
		{"hs_code": "1901101090", "filed_goods_guangzhou_2014_18": "4", "titles_alibaba_2016": "0"},
		{"hs_code": "0202020202", "filed_goods_guangzhou_2014_18": "1", "titles_alibaba_2016": "0"},
	}, [][]string{tariffHeader, {"1901101010", "奶粉"}})
	if len(got) != 3 || strings.Join(got[1], ",") != "02020202,,1,1,0,false" || strings.Join(got[2], ",") != "19011010,奶粉,2,7,1,true" {
		t.Errorf("got %v", got)
	}
}

func TestDivisions(t *testing.T) {
	t.Parallel()
	got := divisions([]row{{"code": "410700", "name_zh": "新乡市"}, {"code": "410799", "name_zh": "旧区"}},
		[]row{{"province_code": "410000", "province": "河南省", "city_code": "410700", "city": "新乡市", "county_code": "410702", "county": "红旗区"}})
	want := []string{"410000,河南省,province,,2023", "410700,新乡市,city,410000,both", "410702,红旗区,county,410700,2023", "410799,旧区,county,410700,2018"}
	for i, w := range want {
		if strings.Join(got[i+1], ",") != w {
			t.Errorf("got %v, want %s", got[i+1], w)
		}
	}
}

func TestMissingSource(t *testing.T) {
	t.Parallel()
	if err := run(t.TempDir(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "cn_tariff_2026.csv") || !strings.Contains(err.Error(), "unit.csv") {
		t.Errorf("missing files: %v", err)
	}
}

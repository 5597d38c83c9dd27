package main

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// codeTables converts the code tables of codes/ and divisions/.
func codeTables(in *source, tables map[string][][]string) {
	copyTable := func(name, file, header string, columns ...string) {
		out := [][]string{strings.Split(header, ",")}
		for _, r := range in.read(file) {
			cells := make([]string, len(columns))
			for i, c := range columns {
				cells[i] = r[c]
			}
			out = append(out, cells)
		}
		tables[name] = out
	}
	copyTable("code_unit", "codes/unit.csv", "code,name_zh,origin", "code", "name_zh", "source")
	copyTable("code_country", "codes/country.csv", "code,iso3,name_zh,name_en,origin", "code", "iso3", "name_zh", "name_en_as_in_source", "source")
	tables["code_country"] = without(tables["code_country"], "100") // 亚洲: a group for statistics, not a country
	copyTable("code_customs_district", "codes/customs_district.csv", "code,name_zh,other_name_zh,origin", "code", "name_zh", "name_zh_in_second_source_if_different", "source")
	copyTable("code_port", "codes/port_2018.csv", "code,country,name_zh,name_en,origin", "port_code", "country_code", "name_zh", "name_en", "source")
	copyTable("code_wrap_type", "codes/wrap_type.csv", "code,name_zh,name_en,origin", "code", "name_zh", "name_en", "source")
	copyTable("code_return_info", "codes/return_info_codes_seen.csv", "code,text_zh,status,origin", "code", "desc_zh", "return_status", "seen_in")
	tables["code_currency"] = currencies(in.read("codes/currency.csv"))
	tables["code_division"] = divisions(in.read("codes/admin_division_2018.csv"), in.read("divisions/cn_divisions_county.csv"))
	tables["code_transport_mode"] = transportModes(in.read("codes/traf_mode.csv"))
	tables["code_trade_mode"] = tradeModes(in.read("codes/trade_mode_2018.csv"), in.read("codes/trade_mode_cbec.csv"))
	tables["code_return_status"] = statuses(in.read("codes/return_status.csv"))
	tables["code_error"] = errorCodes(in.read("codes/error_codes.csv"))
}

// without is a table without the rows of one code.
func without(rows [][]string, code string) [][]string {
	return slices.DeleteFunc(rows, func(r []string) bool { return r[0] == code })
}

// currencies leaves out 610, which one source gives as a second New Zealand
// dollar and which looks wrong.
func currencies(rows []row) [][]string {
	out := [][]string{{"code", "iso", "name_zh", "origin"}}
	for _, r := range rows {
		if r["code"] != "610" {
			out = append(out, []string{r["code"], r["iso"], r["name_zh"], r["source"]})
		}
	}
	return out
}

// divisions joins the snapshot of 2018 and the counties of 2023 (with their
// cities and provinces): a code of either is valid, since addresses live long.
func divisions(old, counties []row) [][]string {
	type entry struct{ name, origin string }
	all := make(map[string]entry)
	for _, r := range old {
		all[r["code"]] = entry{r["name_zh"], "2018"}
	}
	put := func(code, name string) {
		e, ok := all[code]
		switch {
		case !ok:
			all[code] = entry{name, "2023"}
		case e.origin == "2018":
			all[code] = entry{name, "both"}
		}
	}
	for _, r := range counties {
		put(r["province_code"], r["province"])
		put(r["city_code"], r["city"])
		put(r["county_code"], r["county"])
	}
	codes := make([]string, 0, len(all))
	for c := range all {
		codes = append(codes, c)
	}
	sort.Strings(codes)
	out := [][]string{{"code", "name_zh", "level", "parent", "origin"}}
	for _, c := range codes {
		level, parent := "county", c[:4]+"00"
		switch {
		case strings.HasSuffix(c, "0000"):
			level, parent = "province", ""
		case strings.HasSuffix(c, "00"):
			level, parent = "city", c[:2]+"0000"
		}
		out = append(out, []string{c, all[c].name, level, parent, all[c].origin})
	}
	return out
}

// transportModes adds the modes that the snapshot lacks.
func transportModes(rows []row) [][]string {
	out := [][]string{{"code", "name_zh", "source", "mark"}}
	for _, r := range rows {
		out = append(out, []string{r["code"], r["name_zh"], "cesp-web", "seen"})
	}
	return append(out,
		[]string{"T", "综合实验区", "public-code:索引文件 26921780289", "seen"},
		[]string{"G", "固定设施运输", "public-code", "recalled"},
		[]string{"L", "旅客携带", "public-code", "recalled"})
}

// tradeModes joins the general modes with those of cross-border e-commerce,
// which win.
func tradeModes(general, cbec []row) [][]string {
	all := make(map[string][]string)
	for _, r := range general {
		all[r["code"]] = []string{r["code"], r["name_zh"], "", "CESP_WEB 2018"}
	}
	for _, r := range cbec {
		all[r["code"]] = []string{r["code"], r["name_zh"], r["name_en"], strings.TrimPrefix(r["mark"], "seen ")}
	}
	codes := make([]string, 0, len(all))
	for c := range all {
		codes = append(codes, c)
	}
	sort.Strings(codes)
	out := [][]string{{"code", "name_zh", "name_en", "origin"}}
	for _, c := range codes {
		out = append(out, all[c])
	}
	return out
}

func statuses(rows []row) [][]string {
	out := [][]string{{"code", "name_zh", "name_en", "receipts", "origin"}}
	for _, r := range rows {
		out = append(out, []string{r["code"], r["name_zh"], r["name_en"], strings.Join(strings.Fields(r["listed_in_receipts"]), "|"), r["source"]})
	}
	return out
}

// errorCodes numbers the texts of a code: the specification gives two codes
// twice, with different texts.
func errorCodes(rows []row) [][]string {
	out := [][]string{{"code", "seq", "category", "text_zh", "origin"}}
	seen := make(map[string]int)
	for _, r := range rows {
		seen[r["code"]]++
		out = append(out, []string{r["code"], strconv.Itoa(seen[r["code"]]), r["category"], r["text_zh"], r["source"]})
	}
	return out
}

// observed sums the codes seen in filings up to eight digits. It is evidence
// of practice from 2014 to 2018, not the legal positive list.
func observed(rows []row, tariff [][]string) [][]string {
	inTariff := make(map[string]string)
	for _, r := range tariff[1:] {
		if _, ok := inTariff[r[0][:8]]; !ok {
			inTariff[r[0][:8]] = r[1]
		}
	}
	type sum struct{ codes, filings, titles int }
	sums := make(map[string]*sum)
	for _, r := range rows {
		code := r["hs_code"][:8]
		s := sums[code]
		if s == nil {
			s = new(sum)
			sums[code] = s
		}
		filings, _ := strconv.Atoi(r["filed_goods_guangzhou_2014_18"])
		titles, _ := strconv.Atoi(r["titles_alibaba_2016"])
		s.codes, s.filings, s.titles = s.codes+1, s.filings+filings, s.titles+titles
	}
	codes := make([]string, 0, len(sums))
	for c := range sums {
		codes = append(codes, c)
	}
	sort.Strings(codes)
	out := [][]string{{"code", "name", "ten_digit_codes", "filings", "titles", "in_tariff"}}
	for _, c := range codes {
		name, ok := inTariff[c]
		out = append(out, []string{c, name, strconv.Itoa(sums[c].codes), strconv.Itoa(sums[c].filings), strconv.Itoa(sums[c].titles), fmt.Sprint(ok)})
	}
	return out
}

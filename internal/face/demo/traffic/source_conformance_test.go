//go:build conformance

package traffic

import (
	"bytes"
	"encoding/csv"
	"flag"
	"os"
	"path/filepath"

	"strings"
	"testing"
	"unicode"
)

var update = flag.Bool("update", false, "write the embedded data anew from the shared reference data")

// shared finds the folder of reference data, or skips the test.
func shared(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("PILOTZONE_SHARED"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Skip("no module root found above the package; set PILOTZONE_SHARED")
		}
		dir = up
	}
	dir = filepath.Join(dir, "..", "shared")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no shared reference data; set PILOTZONE_SHARED to its folder")
	}
	return dir
}

// rows reads a CSV file as a list of maps from column name to value.
func rows(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var out []map[string]string
	for _, rec := range all[1:] {
		m := make(map[string]string, len(rec))
		for i, name := range all[0] {
			m[name] = rec[i]
		}
		out = append(out, m)
	}
	return out
}

// clean turns control characters into spaces and trims.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\uFFFD' {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// number writes a decimal without trailing zeros.
func number(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// skincare maps the skincare code of the 2014-18 filings, which since means
// cosmetics with mercury, to the tariff line of 2026 by how the pack is marked.
func skincare(model string) string {
	m := strings.ToLower(model)
	switch {
	case strings.Contains(m, "ml") || strings.Contains(m, "fl"):
		return "3304990039"
	case strings.Contains(m, "片") || strings.Contains(m, "张"):
		return "3304990049"
	case strings.Contains(m, "g") || strings.Contains(m, "oz") || strings.Contains(m, "克"):
		return "3304990029"
	}
	return "3304990099"
}

// TestEmbeddedDataComesFromTheReferenceData rebuilds the embedded files and
// compares them byte by byte; with -update it writes them.
func TestEmbeddedDataComesFromTheReferenceData(t *testing.T) {
	dir := shared(t)
	for name, want := range map[string][]byte{
		"goods.csv":     buildGoods(t, dir),
		"hs.csv":        buildHS(t, dir),
		"addresses.csv": buildAddresses(t, dir),
	} {
		path := filepath.Join("data", name)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from what the reference data give; run with -update", path)
		}
	}
}

func filedCode(r map[string]string) string {
	if r["hs_code"] == "3304990010" {
		return skincare(r["model"])
	}
	return r["hs_code"]
}

func buildGoods(t *testing.T, dir string) []byte {
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	write(t, w, "name", "model", "hs", "gross_kg", "net_kg", "unit", "price_cny", "barcode", "origin")
	for _, r := range rows(t, filepath.Join(dir, "data", "goods", "cbec_filed_goods_guangzhou.csv")) {
		write(t, w, clean(r["name_zh"]), clean(r["model"]), filedCode(r), number(r["gross_weight_kg"]),
			number(r["net_weight_kg"]), r["unit_code"], number(r["price_cny"]), clean(r["barcode"]), r["origin_country_code"])
	}
	return buf.Bytes()
}

// offListCodes are goods that no observed filing holds: smartphones,
// cigarettes and small camera drones.
var offListCodes = []string{"8517130000", "2402200000", "8806211090"}

func buildHS(t *testing.T, dir string) []byte {
	unit := map[string]string{}
	for _, r := range rows(t, filepath.Join(dir, "data", "codes", "unit.csv")) {
		if _, ok := unit[r["name_zh"]]; !ok {
			unit[r["name_zh"]] = r["code"]
		}
	}
	listed := map[string]bool{}
	for _, r := range rows(t, filepath.Join(dir, "data", "tariff", "observed_cbec_hs_codes.csv")) {
		if r["in_2026_tariff"] != "no" {
			listed[r["hs_code"][:8]] = true
		}
	}
	used := map[string]bool{}
	for _, code := range offListCodes {
		used[code] = true
	}
	for _, r := range rows(t, filepath.Join(dir, "data", "goods", "cbec_filed_goods_guangzhou.csv")) {
		used[filedCode(r)] = true
	}
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	write(t, w, "hs", "unit1", "unit2", "listed", "supervision", "inspection", "export_duty", "per_piece_tax")
	for _, r := range rows(t, filepath.Join(dir, "data", "tariff", "cn_tariff_2026.csv")) {
		if !used[r["code"]] {
			continue
		}
		u1, u2 := unit[r["unit1"]], unit[r["unit2"]]
		if u1 == "" || (r["unit2"] != "" && u2 == "") {
			t.Fatalf("no code for the units of %s: %q %q", r["code"], r["unit1"], r["unit2"])
		}
		write(t, w, r["code"], u1, u2, flagOf(listed[r["code"][:8]]), r["supervision_codes"], r["ciq_codes"],
			r["export_duty"], flagOf(strings.Contains(r["consumption_tax"], "15元")))
	}
	return buf.Bytes()
}

func flagOf(b bool) string {
	if b {
		return "1"
	}
	return ""
}

// buildAddresses keeps addresses whose county is known by name and that have a
// road or a place; house, cell, floor and room numbers are left out.
func buildAddresses(t *testing.T, dir string) []byte {
	type county struct{ code, province string }
	counties := map[string][]county{}
	for _, r := range rows(t, filepath.Join(dir, "data", "divisions", "cn_divisions_county.csv")) {
		key := r["city"] + r["county"]
		counties[key] = append(counties[key], county{r["county_code"], r["province"]})
	}
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	write(t, w, "division", "address")
	seen := map[string]bool{}
	for _, r := range rows(t, filepath.Join(dir, "data", "goods", "zh_addresses_labelled.csv")) {
		part := map[string]string{}
		for _, seg := range strings.Split(r["segments"], "|") {
			k, v, _ := strings.Cut(seg, "=")
			if _, ok := part[k]; !ok {
				part[k] = v
			}
		}
		c := counties[part["city"]+part["district"]]
		if len(c) != 1 || (part["road"] == "" && part["poi"] == "") {
			continue
		}
		addr := c[0].province + part["city"] + part["district"] + part["town"] + part["road"] + part["poi"]
		if strings.ContainsAny(addr, "&<>\"'*#?") || !plainPlace(part["road"]+part["poi"]) || seen[addr] {
			continue
		}
		seen[addr] = true
		write(t, w, c[0].code, addr)
	}
	return buf.Bytes()
}

// plainPlace refuses places with digits or Latin letters, which may be numbers
// of persons or firms.
func plainPlace(s string) bool {
	for _, r := range s {
		if r < unicode.MaxASCII {
			return false
		}
	}
	return len([]rune(s)) <= 24
}

func write(t *testing.T, w *csv.Writer, rec ...string) {
	t.Helper()
	if err := w.Write(rec); err != nil {
		t.Fatal(err)
	}
	w.Flush()
}

// TestCodesOfTheZoneAreInTheTables holds the few codes written in Go to the
// customs code tables.
func TestCodesOfTheZoneAreInTheTables(t *testing.T) {
	dir := filepath.Join(shared(t), "data", "codes")
	table := func(file, column string) map[string]bool {
		m := map[string]bool{}
		for _, r := range rows(t, filepath.Join(dir, file)) {
			m[r[column]] = true
		}
		return m
	}
	district, traffic := table("customs_district.csv", "code"), table("traf_mode.csv", "code")
	country, currency := table("country.csv", "code"), table("currency.csv", "code")
	port, wrap, unit := table("port_2018.csv", "port_code"), table("wrap_type.csv", "code"), table("unit.csv", "code")
	g := testGen(t, Options{Seed: 3, Day: testDay})
	check := func(m map[string]bool, what, code string) {
		t.Helper()
		if !m[code] {
			t.Errorf("%s %q is not in its table", what, code)
		}
	}
	for _, r := range g.Routes() {
		check(district, "customs", r.Customs)
		check(district, "port", r.Port)
		check(traffic, "transport mode", r.TrafMode)
		check(country, "country", r.Country)
		check(currency, "currency", r.Currency)
		check(wrap, "wrap", r.WrapType)
		if !r.Import {
			check(port, "port of destination", r.POD)
		}
		for _, b := range r.Baskets {
			for _, l := range b.Lines {
				check(unit, "unit", l.Good.Unit)
				check(unit, "unit1", l.Good.Unit1)
				if l.Good.Unit2 != "" {
					check(unit, "unit2", l.Good.Unit2)
				}
				check(country, "origin", l.Good.Origin)
			}
		}
	}
}

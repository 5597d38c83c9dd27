package refdata_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/packs"
)

func TestRequiredDocuments(t *testing.T) {
	t.Parallel()
	b := book(t)
	for _, tt := range []struct {
		direction       byte
		mode            refdata.Mode
		day             clock.Day
		accept, release string
	}{
		{'I', 9610, today, "[order payment waybill]", "[]"}, {'I', 1210, today, "[order payment waybill]", "[]"}, {'I', 1239, today, "[order payment waybill]", "[]"},
		{'I', 9610, 2016_04_07, "[]", "[]"}, {'I', 9610, 2016_04_08, "[order payment waybill]", "[]"},
		{'E', 9610, 2024_12_13, "[order receipt waybill]", "[arrival]"}, {'E', 9610, 2024_12_14, "[order receipt waybill]", "[arrival]"},
		{'E', 9610, 2024_12_15, "[order waybill]", "[arrival]"}, {'E', 9610, 2024_12_16, "[order waybill]", "[arrival]"},
		{'E', 1210, 2024_12_14, "[order receipt waybill]", "[arrival]"}, {'E', 1210, 2024_12_15, "[order waybill]", "[arrival]"},
		{'E', 9710, 2020_06_30, "[]", "[]"}, {'E', 9710, 2020_07_01, "[order waybill]", "[arrival]"}, {'E', 9810, 2024_12_14, "[order waybill]", "[arrival]"}, {'E', 9810, today, "[order waybill]", "[arrival]"},
		{'E', 1239, today, "[]", "[]"}, {'I', 9710, today, "[]", "[]"}, {'I', 110, today, "[]", "[]"},
	} {
		r := b.On(tt.day)
		accept, release := fmt.Sprint(r.RequiredDocs(tt.direction, tt.mode).Names()), fmt.Sprint(r.ReleaseDocs(tt.direction, tt.mode).Names())
		if accept != tt.accept || release != tt.release {
			t.Errorf("%c %s on %s: %s and %s, want %s and %s", tt.direction, tt.mode, tt.day, accept, release, tt.accept, tt.release)
		}
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	r := book(t).On(today)
	for _, tt := range []struct {
		direction byte
		mode      refdata.Mode
		want      string
	}{
		{'I', refdata.DirectPurchase, "bonded=false b2b=false digits=0 head=[{trafNo } {voyageNo } {billNo }] line=[]"},
		{'I', refdata.Bonded, "bonded=true b2b=false digits=0 head=[{emsNo } {areaCode } {areaName } {country 142}] line=[{itemRecordNo }]"},
		{'I', refdata.BondedA, "bonded=true b2b=false digits=0 head=[{emsNo } {areaCode } {areaName } {country 142}] line=[{itemRecordNo }]"},
		{'E', refdata.DirectPurchase, "bonded=false b2b=false digits=4 head=[] line=[]"},
		{'E', refdata.Bonded, "bonded=true b2b=false digits=4 head=[{iacCode } {iacName } {emsNo }] line=[{itemRecordNo }]"},
		{'E', refdata.B2BDirect, "bonded=false b2b=true digits=6 head=[] line=[]"},
		{'E', refdata.B2BWarehouse, "bonded=false b2b=true digits=6 head=[] line=[]"},
	} {
		m, ok := r.Mode(tt.direction, tt.mode)
		if !ok {
			t.Errorf("%c %s: not found", tt.direction, tt.mode)
			continue
		}
		if got := fmt.Sprintf("bonded=%v b2b=%v digits=%d head=%v line=%v", m.Bonded, m.B2B, m.SimplifiedDigits, m.Head, m.Line); got != tt.want || m.Name.ZH == "" || m.Row.Mark() == 0 {
			t.Errorf("%c %s:\n got %s\nwant %s", tt.direction, tt.mode, got, tt.want)
		}
	}
	if _, ok := r.Mode('E', refdata.BondedA); ok {
		t.Error("1239 exports")
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	r := book(t).On(today)
	for _, tt := range []struct {
		table     refdata.CodeTable
		good, bad string
	}{
		{refdata.Currency, "142 502 300", "610 CNY 14 1420 000"}, {refdata.Country, "142 502 116", "100 CHN 998 0142"}, {refdata.UnitCode, "035 011 095", "000 35 aaa 165"},
		{refdata.District, "4616 0100 4604", "9999 461 A00"}, {refdata.Port, "2478 248", "0 99999"}, {refdata.TransportMode, "2 5 Y T", "C y 55"},
		{refdata.WrapType, "1 7", "0 8 00"}, {refdata.TradeMode, "9610 1210 1239 9710 9810 0110", "0101x 961 9999"},
		{refdata.Division, "410700 410702 110101 460200", "000000 4107 999999"}, {refdata.ReturnStatus, "120 800 899", "99 8"},
	} {
		for _, c := range strings.Fields(tt.good) {
			if !r.Valid(tt.table, []byte(c)) {
				t.Errorf("%s lacks %s", tt.table, c)
			}
		}
		for _, c := range append(strings.Fields(tt.bad), "", "123456789", "\x00035") {
			if r.Valid(tt.table, []byte(c)) {
				t.Errorf("%s has %q", tt.table, c)
			}
		}
	}
	if r.Valid(0, []byte("142")) || r.Valid(200, []byte("142")) || refdata.CodeTable(200).String() != "" {
		t.Error("a table that does not exist has codes")
	}
	currency, _ := book(t).Set().Table(refdata.Currency.String())
	if row, ok := currency.Get(today, "142"); !ok || row.Text("name_zh") != "人民币" {
		t.Error("the name of 142 is not found")
	}
}

func TestUnitsAndModes(t *testing.T) {
	t.Parallel()
	if u, ok := refdata.UnitOf([]byte("035")); !ok || u != refdata.Kilogram || u.String() != "035" || refdata.Unit(0).String() != "" {
		t.Error("unit 035")
	}
	if m, ok := refdata.ModeOf([]byte("0110")); !ok || m != 110 || m.String() != "0110" {
		t.Error("mode 0110")
	}
	for _, bad := range []string{"", "35", "0350", "03a"} {
		if _, ok := refdata.UnitOf([]byte(bad)); ok {
			t.Errorf("unit %q", bad)
		}
	}
}

func TestWeightLimits(t *testing.T) {
	t.Parallel()
	b := book(t)
	for code, want := range map[string]int64{"1701991090": 2_000, "1006302090": 20_000, "1702200000": 0, "10063": 20_000, "1": 0} {
		w, ok := b.On(today).WeightLimit([]byte(code))
		if ok != (want != 0) || ok && (w.Grams != want || w.Row.Mark() != pack.Inference) {
			t.Errorf("%s: %+v, want %d g", code, w, want)
		}
	}
	if n := len(b.On(today).WeightLimits()); n != 2 {
		t.Errorf("%d weight limits", n)
	}
	if n := len(b.On(2022_02_28).WeightLimits()); n != 0 {
		t.Errorf("%d weight limits before the list of 2022", n)
	}
}

// TestPositiveList: the observed codes answer, and say so, until the legal
// list is loaded.
func TestPositiveList(t *testing.T) {
	t.Parallel()
	r := book(t).On(today)
	e, ok := r.Positive([]byte("1901101090"))
	if !ok || !e.Allows(refdata.DirectPurchase) || !r.PositiveObserved() || r.PositiveCodes() != 494 {
		t.Errorf("infant formula: %+v, observed %v, %d codes", e, r.PositiveObserved(), r.PositiveCodes())
	}
	for _, bad := range []string{"9303100000", "190110", "1901101x", ""} {
		if _, ok := r.Positive([]byte(bad)); ok {
			t.Errorf("%q is in the list", bad)
		}
	}
	national := book(t).Set().Packs()[0]
	legal, err := pack.TableFile{
		Name: "positive", Release: "2022.1", Title: pack.Text{ZH: "正面清单", EN: "positive list"}, Base: national, Table: "positive_list", Mark: pack.Seen,
		Origin: pack.Origin{ID: "mof2022-7", Document: "财政部等八部门公告2022年第7号", Read: "官网附件"},
		CSV:    []byte("code,name,remark,modes,review,valid_from,valid_to\n03061790,冻对虾,仅限网购保税商品,1210|1239,,2022-03-01,\n32151900,油墨,仅限家用打印机墨盒,,true,2022-03-01,2026-12-31\n"),
	}.Pack()
	if err != nil {
		t.Fatal(err)
	}
	set, err := pack.NewSet(national, legal)
	if err != nil {
		t.Fatal(err)
	}
	b, err := refdata.New(set)
	if err != nil {
		t.Fatal(err)
	}
	r = b.On(today)
	shrimp, _ := r.Positive([]byte("0306179010"))
	ink, ok := r.Positive([]byte("3215190090"))
	if !ok || r.PositiveObserved() || r.PositiveCodes() != 2 || shrimp.Allows(refdata.DirectPurchase) || !shrimp.Allows(refdata.Bonded) || !ink.Review || ink.Remark == "" {
		t.Errorf("legal list: %+v %+v", shrimp, ink)
	}
	if _, ok := r.Positive([]byte("1901101090")); ok {
		t.Error("an observed code passes beside the legal list")
	}
	if _, ok := b.On(2027_01_01).Positive([]byte("32151900")); ok {
		t.Error("a code passes after its last day")
	}
	if !b.On(2022_02_28).PositiveObserved() {
		t.Error("the legal list answers before its first day")
	}
}

// nationalWith is the national pack with one text replaced in one file.
func nationalWith(t *testing.T, file, old, with string) error {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, packs.Files); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "national", filepath.FromSlash(file))
	text, err := os.ReadFile(name)
	if err != nil || !strings.Contains(string(text), old) {
		t.Fatalf("%s: %q is not in it: %v", file, old, err)
	}
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(text), old, with, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := pack.LoadDir(filepath.Join(dir, "national"))
	if err != nil {
		t.Fatal(err)
	}
	set, err := pack.NewSet(p)
	if err != nil {
		t.Fatal(err)
	}
	_, err = refdata.New(set)
	return err
}

// TestTablesThatDoNotFit: rows of different tables that contradict each other
// refuse the book.
func TestTablesThatDoNotFit(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ file, old, with, want string }{
		"rate and rule":        {"tables/tariff.csv", "9101110000,机械指示式的贵金属电子手表,008,035,0.08,,,", "9101110000,机械指示式的贵金属电子手表,008,035,0.08,,0.2,", "the tariff gives a rate, and there is a rule too"},
		"neither":              {"tables/tariff.csv", "0101210090,改良种用马（濒危野马除外）,035,009,0,", "0101210090,改良种用马（濒危野马除外）,035,009,,", "mfn is blank and has no rule"},
		"rule without a line":  {"tables/tax_rules.csv", "9101110000,consumption", "9101110001,consumption", "no line of the tariff refers to this rule of 9101110001"},
		"supervision code":     {"tables/supervision_codes.csv", "Q,进口药品通关单", "W,进口药品通关单", "supervision code Q is not in supervision_codes"},
		"documents of no mode": {"tables/documents_required.csv", "E,9810,order", "E,1239,order", "on that day trade_modes has no such mode"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := nationalWith(t, tt.file, tt.old, tt.with)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %.300v, want %q", err, tt.want)
			}
		})
	}
}

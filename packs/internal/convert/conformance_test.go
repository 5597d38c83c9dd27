//go:build conformance

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shared is the folder with the source data: PILOTZONE_SHARED, or the folder
// shared beside the module.
func shared(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("PILOTZONE_SHARED")
	if folder == "" {
		dir, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for ; ; dir = filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil || dir == filepath.Dir(dir) {
				break
			}
		}
		folder = filepath.Join(dir, "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(folder, "data", "tariff")); err != nil {
		t.Skipf("no source data in %s; name their folder with PILOTZONE_SHARED", folder)
	}
	return filepath.Join(folder, "data")
}

// TestPackIsConverted: the tables in packs/national are what the converter
// makes of the source data, byte for byte.
func TestPackIsConverted(t *testing.T) {
	from, to := shared(t), t.TempDir()
	if err := os.Mkdir(filepath.Join(to, "tables"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := run(from, to); err != nil {
		t.Fatal(err)
	}
	made, err := filepath.Glob(filepath.Join(to, "tables", "*.csv"))
	if err != nil || len(made) != 15 {
		t.Fatalf("%d tables: %v", len(made), err)
	}
	for _, name := range made {
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("..", "..", "national", "tables", filepath.Base(name)))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from the pack: run the converter (%v)", filepath.Base(name), err)
		}
	}
}

// TestOfficialSpecialLines compares the VAT of the tariff with the official
// lists of medicines for cancer and rare diseases, which are at 3 %; at most
// one in fifty may differ (a code may be renumbered every January).
func TestOfficialSpecialLines(t *testing.T) {
	in := source{folder: shared(t)}
	tariff, _, _ := convertTariff(in.read("tariff/cn_tariff_2026.csv"), units(in.read("codes/unit.csv")))
	vat := make(map[string]string)
	for _, r := range tariff[1:] {
		vat[r[0]] = r[7]
	}
	body, err := os.ReadFile(filepath.Join(in.folder, "tariff", "gacc2024_vat_consumption_ex_lines.json"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []map[string]string
	if err := json.Unmarshal(body, &lines); err != nil {
		t.Fatal(err)
	}
	medicines, special := 0, 0
	for _, l := range lines {
		if code := l["海关商品编号"]; strings.Contains(l["分类"], "药品") && vat[code] != "" {
			medicines++
			if vat[code] == "0.03" {
				special++
			}
		}
	}
	t.Logf("%d of %d official medicine lines are at 3 %%", special, medicines)
	if medicines < 100 || special*100 < medicines*98 {
		t.Errorf("%d of %d official medicine lines are at 3 %%", special, medicines)
	}
}

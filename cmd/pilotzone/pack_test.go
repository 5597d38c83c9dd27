package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lanhai is the example of the manual.
const lanhai = "../../packs/example/lanhai"

// TestPackCheck: exit code 0 for a pack that is fine, 1 with file and line for
// one that is not, 2 for a folder that is not there; JSON alone on standard
// output.
func TestPackCheck(t *testing.T) {
	s := newScript(t)
	folder, err := filepath.Abs(lanhai)
	if err != nil {
		t.Fatal(err)
	}
	out, errs := s.run(0, "", "pack", "check", folder)
	if out != "" || !strings.Contains(errs, "lanhai@2026.1+") || !strings.Contains(errs, "over national@") {
		t.Errorf("fine: %q %q", out, errs)
	}
	bad := filepath.Join(s.dir, "lanhai")
	if err := os.CopyFS(bad, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	budget := filepath.Join(bad, "budgets", "years.yaml")
	data, err := os.ReadFile(budget)
	if err == nil {
		err = os.WriteFile(budget, []byte(strings.Replace(string(data), `cap: "5000000.00"`, `cap: 5 million`, 1)), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	out, errs = s.run(1, "", "pack", "check", "--json", folder, bad)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 2 || !strings.Contains(errs, "1 faults") {
		t.Fatalf("%q %q", out, errs)
	}
	var fine, faulty struct {
		Folder string
		Fine   bool
		Faults []struct {
			File          string
			Line          int
			ZH, EN, FixZH string
		}
	}
	if err := json.Unmarshal([]byte(lines[0]), &fine); err != nil || !fine.Fine || len(fine.Faults) != 0 || fine.Folder != folder {
		t.Errorf("%s: %v", lines[0], err)
	}
	if err := json.Unmarshal([]byte(lines[1]), &faulty); err != nil || faulty.Fine || len(faulty.Faults) != 1 || faulty.Faults[0].File != "budgets/years.yaml" || faulty.Faults[0].Line != 7 || faulty.Faults[0].ZH == "" {
		t.Errorf("%s: %v", lines[1], err)
	}
	s.run(2, "", "pack", "check", filepath.Join(s.dir, "nowhere"))
}

// TestPackSchemaAndArchive: the schema of a kind is JSON; a pack becomes one
// file, a faulty one none.
func TestPackSchemaAndArchive(t *testing.T) {
	s := newScript(t)
	folder, err := filepath.Abs(lanhai)
	if err != nil {
		t.Fatal(err)
	}
	out, _ := s.run(0, "", "pack", "schema", "incentives")
	var schema map[string]any
	if err := json.Unmarshal([]byte(out), &schema); err != nil || schema["$schema"] == nil {
		t.Errorf("%v", err)
	}
	s.run(2, "", "pack", "schema", "none")
	s.run(0, "", "pack", "archive", folder, "-o", "lanhai.tar.zst")
	if data, err := os.ReadFile(filepath.Join(s.dir, "lanhai.tar.zst")); err != nil || len(data) < 1000 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	empty := filepath.Join(s.dir, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	s.run(1, "", "pack", "archive", empty)
}

package zone_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/clock"
	"pilotzone/packs"
)

// root is the folder of the packs, from this package's.
const root = "../../../packs"

// TestShippedPacksAreFine: each pack that the program ships could be switched on
// over its parents, and so could the example of the manual.
func TestShippedPacksAreFine(t *testing.T) {
	t.Parallel()
	folders := []string{filepath.Join(root, "example", "lanhai")}
	for _, name := range packs.Shipped() {
		folders = append(folders, filepath.Join(root, name))
	}
	reports, err := zone.CheckFolders(t.Context(), clock.NewFixed(zonetest.Day.Time()), folders)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reports {
		if len(r.Faults) > 0 {
			t.Errorf("%s: %v", r.Folder, r.Faults)
		}
		if r.Items == 0 {
			t.Errorf("%s holds no items", r.Folder)
		}
	}
}

// TestCheckFoldersFindsParents: a parent among the folders given comes before a
// shipped one; a missing one and a circle are faults.
func TestCheckFoldersFindsParents(t *testing.T) {
	t.Parallel()
	write := func(dir, name, parents string, more ...string) string {
		folder := filepath.Join(dir, name)
		files := append([]string{"pack.yaml", "format: 2\nname: " + name + "\ntitle: {zh: 甲, en: a}\nversion: \"2026.1\"\nparents: " + parents +
			"\ndescription: {zh: 甲, en: a}\nsources:\n  - {id: design, document: 平台设定, read: 测试}\n"}, more...)
		for i := 0; i < len(files); i += 2 {
			to := filepath.Join(folder, files[i])
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(to, []byte(files[i+1]), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return folder
	}
	dir := t.TempDir()
	matter := "id: odd\n"
	folders := []string{write(dir, "aa", "[bb]"), write(dir, "bb", "[national]"), write(dir, "cc", "[none]"), write(dir, "dd", "[ee]"), write(dir, "ee", "[dd]"),
		write(dir, "ff", "[national]", "entries/xx.yaml", "items:\n  - id: one\n"), write(dir, "gg", "[national]", "matters/odd.yaml", matter)}
	reports, err := zone.CheckFolders(t.Context(), clock.NewFixed(zonetest.Day.Time()), folders)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "", "the parent is not found", "each other's parents", "each other's parents", "entries/xx.yaml:2", "matters/odd.yaml"} {
		got := reports[i].Faults.Error()
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", folders[i], got, want)
		}
	}
	if over := strings.Join(reports[0].Over, " "); !strings.HasPrefix(over, "national@") || !strings.Contains(over, " bb@2026.1") {
		t.Errorf("aa was laid over %s", over)
	}
	if _, err := zone.CheckFolders(t.Context(), clock.System{}, []string{filepath.Join(dir, "nowhere")}); err == nil {
		t.Error("a folder that is not there was checked")
	}
}

// TestCheckFindsWhatCannotBe: a change of the example that loads, but makes no
// sense, is found with the file in which it stands.
func TestCheckFindsWhatCannotBe(t *testing.T) {
	t.Parallel()
	var names, folders, wants []string
	for name, tt := range map[string]struct{ file, old, new, want string }{
		"unknown fact":                {"incentives/growth.yaml", "blue_containers_year >= 100", "no_such_fact >= 100", "no_such_fact"},
		"fact of another subject":     {"incentives/growth.yaml", "blue_containers_year >= 100", "area_m2 >= 100", "area_m2"},
		"expression does not compile": {"incentives/growth.yaml", `'blue_containers_year >= 100'`, `'blue_containers_year >= yuan("100")'`, "incentives/growth.yaml"},
		"calibres added up":           {"recognitions/parks.yaml", `import_export_year >= yuan("300000000")`, `import_export_year + turnover_year >= yuan("300000000")`, "recognitions/parks.yaml"},
		"condition that cannot hold":  {"incentives/growth.yaml", "'blue_containers_year >= 100'", "'blue_containers_year >= 100 && blue_containers_year < 5'", "incentives/growth.yaml"},
		"budget without a line":       {"budgets/years.yaml", "id: lanhai-rail", "id: lanhai-ships", "lanhai-rail"},
		"share of nothing":            {"incentives/growth.yaml", `percent: "0.30", of: rail_cost_year`, `percent: "0.30"`, "incentives/growth.yaml"},
		"card that is not there":      {"recognitions/parks.yaml", "card: lanhai-park-yearly", "card: lanhai-none", "lanhai-none"},
		"score of an unknown fact":    {"scorecards/parks.yaml", "fact: cbec_enterprises", "fact: no_such_fact", "no_such_fact"},
		"target of an unknown fact":   {"plans/plan.yaml", "fact: import_export_year", "fact: no_such_fact", "no_such_fact"},
		"entry of no directory":       {"entries/pilots.yaml", "directory: lanhai-pilots", "directory: lanhai-none", "lanhai-none"},
		"entry that its form refuses": {"entries/pilots.yaml", "waters: inner", "waters: dry", "entries/pilots.yaml"},
		"link to nothing":             {"measures/lanhai.yaml", "incentives: [lanhai-rail]", "incentives: [lanhai-none]", "lanhai-none"},
		"effect that nothing gives":   {"matters/lanhai-berth.yaml", "  approve:\n    letter", "  approve:\n    effect: no-such-effect\n    letter", "no-such-effect"},
		"gap in a continuous clause":  {"incentives/growth.yaml", "valid_from: 2027-01-01", "valid_from: 2027-02-01", "there is a gap"},
		"parameter of the core gone": {"parameters.yaml", `type: int
    unit: ‰`, `type: text
    unit: ‰`, "inspection_permille"},
	} {
		dir := filepath.Join(t.TempDir(), "lanhai")
		if err := os.CopyFS(dir, os.DirFS(filepath.Join(root, "example", "lanhai"))); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, filepath.FromSlash(tt.file))
		data, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(data), tt.old) {
			t.Fatalf("%s: %v, or no %q", name, err, tt.old)
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(data), tt.old, tt.new)), 0o644); err != nil {
			t.Fatal(err)
		}
		names, folders, wants = append(names, name), append(folders, dir), append(wants, tt.want)
	}
	reports, err := zone.CheckFolders(t.Context(), clock.NewFixed(zonetest.Day.Time()), folders)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range reports {
		if got := r.Faults.Error(); !strings.Contains(got, wants[i]) {
			t.Errorf("%s: got %q, want %q", names[i], got, wants[i])
		}
	}
}

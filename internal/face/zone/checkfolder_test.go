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

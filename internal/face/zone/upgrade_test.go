package zone_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/packs"
)

// TestAStoreOfTheFirstFormat: a store whose packs are of format 1, as an earlier
// release made it, opens with the applications that the program ships, and is
// told which packs of the program are newer than those in force.
func TestAStoreOfTheFirstFormat(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "national")
	err := fs.WalkDir(packs.Files, "national", func(name string, d fs.DirEntry, err error) error {
		rest := strings.TrimPrefix(strings.TrimPrefix(name, "national"), "/")
		if err != nil || rest != "" && d.IsDir() && rest != "tables" || !d.IsDir() && strings.Contains(rest, "/") && !strings.HasPrefix(rest, "tables/") {
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(rest))
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		data, err := packs.Files.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(to, []byte(strings.Replace(string(data), "format: 2\n", "format: 1\n", 1)), 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	c := zonetest.Config(t.TempDir())
	c.Packs = []string{dir}
	z := open(t, c)
	if z.Matters.Define("subject-filing") == nil {
		t.Error("nobody can file an enterprise")
	}
	if got := z.Newer(); !slices.Equal(got, []string{"national"}) {
		t.Errorf("newer packs: %v", got)
	}
	shut(t, z)
	fresh := zonetest.Open(t, nil)
	if got := fresh.Newer(); len(got) != 0 {
		t.Errorf("newer packs of a fresh store: %v", got)
	}
}

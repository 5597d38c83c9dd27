package zone_test

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/rulebook"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/pack"
	"pilotzone/packs"
)

// nationalWith writes the national pack into a folder, with texts of its
// parameters replaced.
func nationalWith(t *testing.T, replace ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "national")
	err := fs.WalkDir(packs.Files, "national", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(filepath.Dir(dir), filepath.FromSlash(name))
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		data, err := packs.Files.ReadFile(name)
		if name == "national/parameters.yaml" {
			for i := 0; i < len(replace); i += 2 {
				if !strings.Contains(string(data), replace[i]) {
					return fmt.Errorf("no %q to replace", replace[i])
				}
			}
			data = []byte(strings.NewReplacer(replace...).Replace(string(data)))
		}
		if err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// fates is what became of each list of a zone, by its number of the enterprise:
// state and tax.
func fates(t *testing.T, z *zone.Zone) map[string]string {
	t.Helper()
	names, out := map[uint64]string{}, map[string]string{}
	tax := map[uint64]string{}
	err := z.Decisions(t.Context(), 1, z.Intake.Durable(), func(d *clearance.Decision) error {
		if d.Number == 0 {
			return nil
		}
		if d.What == clearance.Decided {
			names[d.Number] = d.List.CopNo
			if d.Tax != nil {
				tax[d.Number] = "，税款 " + d.Tax.Total().String()
			}
		}
		if names[d.Number] != "" {
			out[names[d.Number]] = d.To.Chinese() + tax[d.Number]
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestAShadowRunIsTheTruth: a day of parcels is cleared by the rules in force;
// what a shadow run says of other rules is what a zone decides that has them in
// force on the same day.
func TestAShadowRunIsTheTruth(t *testing.T) {
	t.Parallel()
	other := nationalWith(t, `value: "5000.00", from: 2019-01-01`, `value: "300.00", from: 2019-01-01`)
	key := filepath.Join(t.TempDir(), "zone.key") // the same keys hash and draw alike
	inForce := zonetest.Open(t, func(c *zone.Config) { c.Packs, c.Key = []string{"national"}, key })
	day := func(z *zonetest.Zone) {
		for first := uint64(0); first < 120; first += 20 {
			for _, k := range []ceb.Kind{411, 621, 311, 511} { // in an order that lets lists wait
				submit(t, z.Zone, zonetest.Message(t, z.Gen, k, first, 20))
			}
		}
		verdicts(t, z.Zone)
	}
	day(inForce)
	before := inForce.Intake.Durable()
	p, err := pack.LoadDir(other)
	if err != nil {
		t.Fatal(err)
	}
	proposed, err := pack.NewSet(p)
	if err != nil {
		t.Fatal(err)
	}
	report, err := zone.ShadowParcels(inForce.Zone).Run(t.Context(), inForce.Set(), proposed, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	if inForce.Intake.Durable() != before || inForce.Set().Version() == proposed.Version() {
		t.Error("the shadow run touched the zone")
	}
	lived := zonetest.Open(t, func(c *zone.Config) { c.Packs, c.Key = []string{other}, key })
	day(lived)
	was, is := fates(t, inForce.Zone), fates(t, lived.Zone)
	differ := map[string]bool{}
	for no := range was {
		if was[no] != is[no] {
			differ[no] = true
		}
	}
	said := map[string]bool{}
	for _, c := range report.Cases {
		said[c.Subject] = true
		if !strings.HasPrefix(c.Old.ZH, was[c.Subject]) || !strings.HasPrefix(c.New.ZH, is[c.Subject]) {
			t.Errorf("%s: said %s -> %s, truth %s -> %s", c.Subject, c.Old.ZH, c.New.ZH, was[c.Subject], is[c.Subject])
		}
	}
	for no := range differ {
		if !said[no] {
			t.Errorf("%s: %s -> %s is not in the report", no, was[no], is[no])
		}
	}
	if len(differ) < 10 || report.Looked < 120 || report.Lose == 0 || report.Lose+report.Gain > report.Differ {
		t.Errorf("%d differ; report: looked at %d, %d differ, %d lose, %d gain", len(differ), report.Looked, report.Differ, report.Lose, report.Gain)
	}
	t.Log(report.Totals, report.Parties[0], slices.Sorted(maps.Keys(said))[0])
}

// verdicts lets an officer release or refuse what is held, so that a run has to
// find the parcels again.
func verdicts(t *testing.T, z *zone.Zone) {
	t.Helper()
	held := map[uint64]clearance.State{}
	err := z.Decisions(t.Context(), 1, z.Intake.Durable(), func(d *clearance.Decision) error {
		if d.Number != 0 {
			held[d.Number] = d.To
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range slices.Sorted(maps.Keys(held)) {
		if held[n] != clearance.Review && held[n] != clearance.Inspect {
			continue
		}
		status := uint16(800)
		if n%2 == 0 {
			status = 100
		}
		body := clearance.VerdictBody{Number: n, Status: status, Officer: "o1", Reason: "核查"}.Encode()
		if _, err := z.Intake.Command(t.Context(), clearance.Verdict, body); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSwitchingReachesTheRooms: a switch through the zone's outbox is in force
// at once, and is still after a restart; a set that lacks what the core needs is
// refused whole.
func TestSwitchingReachesTheRooms(t *testing.T) {
	t.Parallel()
	c := zonetest.Config(t.TempDir())
	z := open(t, c)
	admin := func() context.Context {
		return access.With(t.Context(), &access.Principal{ID: "a", Name: "管理员", Roles: []access.Role{access.Admin}})
	}
	lower, err := pack.LoadDir(nationalWith(t, `value: "5000.00", from: 2019-01-01`, `value: "300.00", from: 2019-01-01`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := z.Rulebook.Propose(admin(), rulebook.Draft{Packs: []*pack.Pack{lower}, Note: "降低限值"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = z.Rulebook.Switch(admin(), p.Number); err != nil {
		t.Fatal(err)
	}
	if err := z.Rulebook.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	limit := func(z *zone.Zone) string { v, _ := z.Set().Param("single_limit", zonetest.Day); return v.Text }
	if limit(z) != "300.00" {
		t.Errorf("limit in force %s", limit(z))
	}
	shut(t, z)
	z = open(t, c)
	if limit(z) != "300.00" || z.Set().Version() != p.Version {
		t.Errorf("after a restart %s, limit %s", z.Set().Version(), limit(z))
	}
	none, err := pack.LoadDir(nationalWith(t, `value: "5000.00", from: 2019-01-01`, `value: "5000.00", from: 2029-01-01`, "continuous: true\n    values:\n      - {value: \"2000.00\"", "continuous: false\n    values:\n      - {value: \"2000.00\""))
	if err == nil {
		_, err = z.Rulebook.Propose(admin(), rulebook.Draft{Packs: []*pack.Pack{none}, Note: "缺少限值"})
	}
	if err == nil {
		t.Error("a set without the single limit of today was taken")
	}
	if limit(z) != "300.00" {
		t.Errorf("limit in force %s", limit(z))
	}
	shut(t, z)
}

package rulebook_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/customs/rulebook"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/packs"
)

// filed files everybody.
type filed struct{}

func (filed) Filed(string, string, clock.Day) (bool, string) { return true, "" }
func (filed) Apply([]byte) (string, error)                   { return "", nil }
func (filed) Snapshot() []byte                               { return nil }
func (filed) Restore([]byte) error                           { return nil }

// nationalWith is the national pack with a text of its parameters replaced.
func nationalWith(t *testing.T, old, new string) *pack.Set {
	t.Helper()
	dir := t.TempDir()
	check(t, os.CopyFS(dir, packs.Files))
	file := filepath.Join(dir, "national", "parameters.yaml")
	data, err := os.ReadFile(file)
	check(t, err)
	if !strings.Contains(string(data), old) {
		t.Fatalf("no %q", old)
	}
	check(t, os.Chmod(file, 0o644))
	check(t, os.WriteFile(file, []byte(strings.Replace(string(data), old, new, 1)), 0o644))
	p, err := pack.LoadDir(filepath.Join(dir, "national"))
	check(t, err)
	s, err := pack.NewSet(p)
	check(t, err)
	return s
}

// trial is the shadow run over a core's parcels.
func (o *office) trial(most uint64) *rulebook.Parcels {
	return &rulebook.Parcels{Inputs: o.core.Reader(), Filings: func() clearance.Filings { return filed{} }, Now: func() clearance.Filings { return filed{} }, Hasher: o.core.Keys.Hasher(),
		Last: func(ctx context.Context) (uint64, error) {
			d, err := o.core.Reader().Decision(ctx, o.core.Durable())
			return d.Input, err
		},
		Extract: func(b *refdata.Book) *clearance.Extractor {
			return &clearance.Extractor{Hasher: o.core.Keys.Hasher(), Rules: b}
		},
		Merchant: func(code string) string { return "企业" + code }, Clock: o.core.Clock, Most: most}
}

// TestShadowRunOverParcels: a lower limit refuses what was released; an officer's
// refusal stays one; equal sets differ in nothing; a day ahead brings rules that
// begin later.
func TestShadowRunOverParcels(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *office) {
		var last []coretest.Doc
		for n := range 4 {
			last = coretest.Parcel(n)
			if n < 3 {
				o.core.Send(t, last...)
				continue
			}
			held := o.core.Send(t, last[0], last[2], last[3])[2].Parcel
			o.core.Verdict(t, held, 500)
			o.core.Send(t, last[1])
			o.core.Verdict(t, held, 100)
		}
		now := nationalWith(t, "parameters:", "parameters:") // as it ships
		none := func(int64, int64) {}
		same, err := o.trial(0).Run(t.Context(), now, now, none)
		if err != nil || same.Looked != 4 || same.Differ != 0 || len(same.Notes) != 1 {
			t.Fatalf("equal sets: %+v %v", same, err)
		}
		lower := nationalWith(t, `value: "5000.00", from: 2019-01-01`, `value: "100.00", from: 2019-01-01`)
		durable := o.core.Durable()
		var steps int64
		r, err := o.trial(0).Run(t.Context(), now, lower, func(done, total int64) {
			if steps = done; done > total {
				t.Errorf("%d of %d", done, total)
			}
		})
		if err != nil || r.Looked != 4 || r.Differ != 4 && r.Differ != 3 || r.Gain != 0 || r.Lose < 3 || steps != int64(2*4*len(last)) {
			t.Fatalf("%+v %v, %d steps", r, err, steps)
		}
		if c := r.Cases[0]; !strings.HasPrefix(c.Old.ZH, "放行，税款 ") || !strings.HasPrefix(c.New.ZH, "退单") || c.Effect != rulebook.Loses || c.Who != coretest.Merchant || c.Open != "/find?number="+coretest.OrderNo(0) {
			t.Errorf("%+v", c)
		}
		if p := r.Parties; len(p) != 1 || p[0].Lose != r.Lose || p[0].Name != "企业"+coretest.Merchant {
			t.Errorf("%+v", p)
		}
		if strings.Join([]string{r.Totals[0].Old, r.Totals[0].New, r.Totals[2].Old, r.Totals[2].New}, " ") != "3 0 1 4" {
			t.Errorf("%+v", r.Totals)
		}
		back, err := o.trial(0).Run(t.Context(), lower, now, none)
		if err != nil || back.Gain < 3 || back.Lose != 0 {
			t.Errorf("the other way round: %+v %v", back, err)
		}
		if o.core.Durable() != durable {
			t.Error("a shadow run left a trace")
		}
		newest, err := o.trial(uint64(len(last))+2).Run(t.Context(), now, lower, none) // the last parcel and its verdicts
		if err != nil || newest.Looked != 1 || newest.Differ != 1 || len(newest.Notes) != 2 {
			t.Errorf("the newest alone: %+v %v", newest, err)
		}
		later := nationalWith(t, `value: "5000.00", from: 2019-01-01,`, `value: "5000.00", from: 2019-01-01, to: 2026-12-31, source: {ref: mof2018-49, at: 第一条}, mark: seen}
      - {value: "100.00", from: 2027-01-01,`)
		if r, err := o.trial(0).Run(t.Context(), now, later, none); err != nil || r.Differ != 0 {
			t.Errorf("a rule that begins later: %+v %v", r, err)
		}
		if r, err := o.trial(0).Run(rulebook.AsOf(t.Context(), 20270301), now, later, none); err != nil || r.Lose < 3 || len(r.Notes) != 2 {
			t.Errorf("as of its time: %+v %v", r, err)
		}
	})
}

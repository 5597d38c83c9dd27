package bench_test

import (
	"context"
	"encoding/json"
	"testing"

	"pilotzone/internal/face/bench"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/packs"
)

// TestRun measures a few parcels in every way: not for the figures, but so that
// the bench itself works and leaves nothing out.
func TestRun(t *testing.T) {
	t.Parallel()
	national, err := pack.LoadFS(packs.Files, "national")
	if err != nil {
		t.Fatal(err)
	}
	set, err := pack.NewSet(national)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := refdata.New(set)
	if err != nil {
		t.Fatal(err)
	}
	r, err := bench.Run(context.Background(), bench.Options{Parcels: 2000, Dir: t.TempDir(), Rules: rules, Signed: true})
	if err != nil {
		t.Fatal(err)
	}
	if r.PerSecond <= 0 || r.LogLimit <= 0 || r.NaiveSQLite <= 0 || r.Signed == nil || *r.Signed <= 0 {
		t.Errorf("a way was not measured: %+v", r)
	}
	if want := uint64(2000 * 9); r.Receipts != want {
		t.Errorf("rendered %d receipts, want %d: two rungs for each of three documents and three for the list", r.Receipts, want)
	}
	b, _ := json.MarshalIndent(r, "", " ")
	t.Logf("%s", b)
}

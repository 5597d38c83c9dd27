package figures_test

import (
	"testing"
	"testing/fstest"

	"pilotzone/internal/growth/cultivation/cultivationtest"
	"pilotzone/internal/growth/cultivation/figures"
	"pilotzone/internal/kernel/pack"
	"pilotzone/packs"
)

func TestTheShippedPacksHaveNoFault(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{nil, {"huaian"}, {"hunan"}, {"sanya"}, {"xinxiang"}} {
		if faults := figures.Check(cultivationtest.Set(t, names...)); len(faults) > 0 {
			t.Errorf("%v: %v", names, faults)
		}
	}
}

// Weights that do not add up to 100, and a criterion that nobody scores, are faults.
func TestWeightsAddUpToAHundred(t *testing.T) {
	t.Parallel()
	national, err := pack.LoadFS(packs.Files, "national")
	if err != nil {
		t.Fatal(err)
	}
	schema := "tables:\n  - name: match_weights\n    file: tables/match_weights.csv\n    title: {zh: 对接评分权重, en: weights}\n    key: [card, criterion]\n    dated: true\n    overlay: replace\n    source: {ref: design}\n    mark: design\n    columns:\n      - {name: card, type: text, values: [trade, talent]}\n      - {name: criterion, type: text, pattern: \"[a-z]+\"}\n      - {name: weight, type: int, required: true}\n"
	zone, err := pack.LoadFS(fstest.MapFS{
		"odd/pack.yaml":                &fstest.MapFile{Data: []byte("format: 2\nname: odd\ntitle: {zh: 示例, en: odd}\nversion: \"2026.1\"\nparents: [national]\ndescription: {zh: 示例, en: odd}\nsources:\n  - {id: design, document: 平台设定, read: 示例}\n")},
		"odd/tables.yaml":              &fstest.MapFile{Data: []byte(schema)},
		"odd/tables/match_weights.csv": &fstest.MapFile{Data: []byte("card,criterion,weight,valid_from,valid_to\ntrade,goods,60,,\ntrade,colour,30,,\n")},
	}, "odd")
	if err != nil {
		t.Fatal(err)
	}
	set, err := pack.NewSet(national, zone)
	if err != nil {
		t.Fatal(err)
	}
	if faults := figures.Check(set); len(faults) != 2 {
		t.Errorf("%v", faults)
	}
}

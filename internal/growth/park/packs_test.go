package park_test

import (
	"testing"

	"pilotzone/internal/growth/park"
	"pilotzone/internal/kernel/pack"
	"pilotzone/packs"
)

func shipped(t testing.TB, names ...string) *pack.Set {
	t.Helper()
	var list []*pack.Pack
	for _, name := range names {
		p, err := pack.LoadFS(packs.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	set, err := pack.NewSet(list...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestPacksLayDownPlacesAndRecognitions(t *testing.T) {
	t.Parallel()
	for zone, want := range map[string]struct{ places, programs int }{
		"huaian":   {11, 4}, // 三、（一）1-2, 5, （三）8-9, 12
		"hunan":    {0, 5},  // （三）（五）（六）（七）
		"sanya":    {8, 0},  // 二
		"xinxiang": {19, 0}, // 三
	} {
		set := shipped(t, "national", zone)
		if faults := park.Check(set); len(faults) > 0 {
			t.Errorf("%s: %v", zone, faults)
		}
		if n := len(set.Items(park.PlaceKind)); n != want.places {
			t.Errorf("%s: %d places, want %d", zone, n, want.places)
		}
		if n := len(set.Items(park.ItemKind)); n != want.programs {
			t.Errorf("%s: %d recognitions, want %d", zone, n, want.programs)
		}
	}
}

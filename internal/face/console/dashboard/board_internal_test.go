package dashboard

import (
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/oversight/stats"
)

// Who may see figures but no parcels gets numbers that do not open.
func TestNumbersOpenForThoseWhoMay(t *testing.T) {
	t.Parallel()
	times := stats.TimesOf([]lookup.Count{{Value: "I003", N: 9}, {Value: "I040", N: 1}}, clearance.Import)
	for _, may := range []bool{true, false} {
		b := &board{open: may, query: stats.Query{From: 20261122, To: 20261122}, slots: []lookup.Count{{Value: "202611221030", N: 2}}}
		for name, href := range map[string]string{"states": b.parcels(held), "figure": b.opens(standing, lookup.ByMode, "9610"), "slow": b.slow(times, clearance.Import, 50), "hour": b.hours()[0].declaredHref} {
			if (href != "") != may {
				t.Errorf("%s: %q for may=%v", name, href, may)
			}
		}
	}
}

// Documents of all slots add up by kind.
func TestDocumentsByKind(t *testing.T) {
	t.Parallel()
	got := byKind([]stats.Documents{{Kind: 621, Accepted: 1, Refused: 2}, {Kind: 311, Repeated: 3}, {Kind: 621, Accepted: 4}})
	if len(got) != 2 || got[0] != (stats.Documents{Kind: 311, Repeated: 3}) || got[1] != (stats.Documents{Kind: 621, Accepted: 5, Refused: 2}) {
		t.Errorf("%+v", got)
	}
}

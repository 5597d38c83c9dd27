package stats

import (
	"maps"
	"testing"

	"pilotzone/internal/customs/clearance"
)

// FuzzTable: a damaged sheet is refused, never worse; what is read is written
// the same.
func FuzzTable(f *testing.F) {
	f.Add(table{cell{"9610", clearance.Released}: {3, 48700}, cell{"9610", clearance.Refused}: {1, 0}, cell{"", clearance.Closed}: {-1, -5}}.append(nil))
	f.Add([]byte{1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		got := table{}
		if got.read(b) != nil {
			return
		}
		again := table{}
		if err := again.read(got.append(nil)); err != nil || !maps.Equal(got, again) {
			t.Errorf("%v comes back as %v, %v", got, again, err)
		}
	})
}

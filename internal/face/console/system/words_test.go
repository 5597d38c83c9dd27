package system

import (
	"testing"

	"pilotzone/internal/face/zone/zonetest"
)

// TestEveryPartHasItsWords: a worker without a name here would be shown by its
// name in the program.
func TestEveryPartHasItsWords(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	for _, p := range z.Parts() {
		if _, ok := partNames[p.Name]; !ok {
			t.Errorf("%q has no words in partNames", p.Name)
		}
	}
}

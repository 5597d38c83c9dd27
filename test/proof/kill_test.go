package main

import (
	"testing"
)

// The short form of `proof kill`: three kills, the last while it starts.
func TestKilledServiceLosesNothing(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			k := &killing{program: program(t), place: newPlace(t, kind), kills: 3, seed: 5, documents: 50, startingEvery: 3, said: t.Output()}
			r, err := k.run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range r.Problems {
				t.Error(p)
			}
			if r.Acknowledged == 0 || r.Acknowledged != r.Found || r.Parcels == 0 || r.Accounts < r.Buyers || r.KillsWhileStarting != 1 {
				t.Errorf("the proof shows too little: %+v", r)
			}
		})
	}
}

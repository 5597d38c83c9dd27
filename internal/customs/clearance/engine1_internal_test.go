package clearance

import (
	"bytes"
	"testing"
)

// TestStoredFormOfEngine1: what engine 1 wrote is read as it was: decisions keep
// their bytes, parcels their flag, and a snapshot goes on without the part that
// engine 1 did not have.
func TestStoredFormOfEngine1(t *testing.T) {
	t.Parallel()
	old := &Decision{Seq: 7, Input: 5, At: 9, What: Moved, Engine: 1, Kind: 621, Number: 3, From: Review, To: Released, Status: 800}
	b := old.Append(nil)
	got, rest, err := ReadDecision(append(b[:len(b):len(b)], "next"...))
	if err != nil || string(rest) != "next" || !bytes.Equal(got.Append(nil), b) {
		t.Errorf("%+v, %q, %v", got, rest, err)
	}
	newer := *old
	newer.Engine = 2
	if n := len(newer.Append(nil)); n != len(b)+17 {
		t.Errorf("engine 2 writes %d bytes more", n-len(b))
	}
	for charged, flag := range map[bool]byte{false: 0, true: 1} {
		p := &parcel{Key: Key{1}, Dir: Import, Charged: charged}
		if p.flags() != flag {
			t.Errorf("charged %v is written as %d", charged, p.flags())
		}
	}
	frozen, err := readFrozen(nil)
	if err != nil || len(frozen) != 0 {
		t.Errorf("%v, %v", frozen, err)
	}
}

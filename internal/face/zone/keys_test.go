package zone_test

import (
	"testing"
	"time"

	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/keys"
)

// A command rotates and re-wraps beside a running zone, which goes on without a
// restart and enters that it took the key up.
func TestRunningZoneTakesUpKeysOfACommand(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	command, err := zone.OpenKeys(z.Config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := command.Rotate(keys.SM4GCM, z.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	if err := command.Rewrap(keys.Master{Kind: keys.MasterFile, Ref: "zone.master"}, keys.SM4GCM); err != nil {
		t.Fatal(err)
	}
	sealed := command.Seal(nil, []byte("by the command"), nil)
	if got, err := z.Keys.Open(nil, sealed, nil); err != nil || string(got) != "by the command" {
		t.Errorf("before it was taken up: %q, %v", got, err)
	}
	if _, err := command.Rotate(keys.AES256GCM, z.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(20 * time.Second); len(z.Keys.DataKeys()) != 3; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("the running zone does not take the key up")
		}
	}
	if m := z.Keys.Master(); m.Kind != keys.MasterFile {
		t.Errorf("master key: %+v", m)
	}
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		list, _, err := z.Audit.List(t.Context(), audit.Filter{Act: "keys.taken", Object: "key:3"}, "", 5)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 1 {
			break
		}
		if time.Now().After(until) {
			t.Fatal("it is not entered")
		}
	}
	if _, err := z.Intake.Submit(t.Context(), zonetest.Message(t, z.Gen, 311, 0, 2)); err != nil {
		t.Fatal(err)
	}
}

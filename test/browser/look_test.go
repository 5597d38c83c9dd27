package browser_test

import (
	"os"
	"strings"
	"testing"
)

// TestLook takes a picture of pages named in LOOK as "login path,login path".
func TestLook(t *testing.T) {
	if os.Getenv("LOOK") == "" {
		t.Skip("for people: LOOK='customs /parcels'")
	}
	w := zone(t)
	for i, v := range strings.Split(os.Getenv("LOOK"), ",") {
		login, path, _ := strings.Cut(v, " ")
		b := w.signIn(t, login)
		b.Go(path)
		b.Shot("/tmp/look/" + string(rune('a'+i)) + ".png")
	}
}

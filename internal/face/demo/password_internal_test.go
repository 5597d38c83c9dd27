package demo

import (
	"strings"
	"testing"
)

// TestMadeUpPasswordHoldsNoLogIn: whatever is drawn, every log-in takes it.
func TestMadeUpPasswordHoldsNoLogIn(t *testing.T) {
	t.Parallel()
	for range 5000 {
		password := madeUp()
		for _, l := range LogIns() {
			if strings.Contains(password, l.Login) || len(password) < 12 {
				t.Fatalf("%q is refused to %s", password, l.Login)
			}
		}
	}
}

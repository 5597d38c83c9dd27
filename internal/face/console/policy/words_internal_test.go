package policy

import (
	"testing"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/rule"
)

// What a comparison wants reads as people say it: yes or no stands alone.
func TestWanted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		term rule.Term
		want ui.Text
	}{
		{rule.Term{Op: "==", Want: rule.Bool(true)}, ui.T("是", "yes")},
		{rule.Term{Op: "!=", Want: rule.Bool(true)}, ui.T("否", "no")},
		{rule.Term{Op: "==", Want: rule.Bool(false)}, ui.T("否", "no")},
		{rule.Term{Op: ">=", Want: rule.Int(3)}, ui.T("不低于 3", "at least 3")},
	} {
		if got := wanted(&fact.Definition{}, c.term); got != c.want {
			t.Errorf("%s %s: %v", c.term.Op, c.term.Want, got)
		}
	}
}

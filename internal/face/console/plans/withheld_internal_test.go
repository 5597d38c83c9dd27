package plans

import (
	"strings"
	"testing"

	"pilotzone/internal/growth/plan"
)

// A withheld figure shows why it is, and neither a bar nor a number.
func TestWithheldRow(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	g := &plan.Progress{Target: &plan.Target{}, Known: true, Withheld: true, State: plan.Withheld, Why: plan.FewWords, Year: 2026}
	if err := targetRow(g, false).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if page := b.String(); strings.Count(page, "少于3家企业，不公开") != 1 || strings.Contains(page, "<progress") || strings.Contains(page, "%") || !strings.Contains(page, "不公开") {
		t.Error(page)
	}
}

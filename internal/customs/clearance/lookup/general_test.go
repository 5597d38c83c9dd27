package lookup_test

import (
	"strings"
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
)

// TestReasonsInGeneralAreWholeSentences: what a code means in general has no
// gaps where the values of a case would stand.
func TestReasonsInGeneralAreWholeSentences(t *testing.T) {
	t.Parallel()
	for code, own := range clearance.Codes {
		e := lookup.Explain(code)
		if e.ZH == "" || e.EN == "" || (own.FixZH != "") != (e.FixZH != "") || (own.FixEN != "") != (e.FixEN != "") {
			t.Errorf("%s: %+v", code, e)
		}
		for _, text := range []string{e.ZH, e.EN, e.FixZH, e.FixEN} {
			if strings.ContainsAny(text, "…{}[]") || strings.Contains(text, "  ") || strings.TrimRight(text, "：:，,") != text {
				t.Errorf("%s: %q", code, text)
			}
		}
		if strings.Contains(own.ZH, "{1}") && strings.HasPrefix(own.ZH, "{") && e.ZH == own.ZH {
			t.Errorf("%s begins with a value: %q", code, own.ZH)
		}
	}
}

package park_test

import (
	"context"
	"errors"
	"testing"

	"pilotzone/internal/growth/park"
	"pilotzone/internal/kernel/pack"
)

// An operator does not come to an enterprise's figures by entering an incubator in
// its name, nor by running one of it, until the enterprise consents.
func TestAnOperatorNeedsTheConsentOfTheEnterpriseThatIsJudged(t *testing.T) {
	each(t, "huaian", 1, func(t *testing.T, r *rig) {
		r.file(code(1), code(2))
		victim := park.Place{ID: "i1", Kind: park.Incubator, Title: pack.Text{ZH: "孵化器"}, Enterprise: code(1)}
		var no *park.Refusal
		if _, err := r.Put(r.operator(), park.Change{Place: victim}); !errors.As(err, &no) || no.Field != "enterprise" {
			t.Errorf("a place in the name of another enterprise: %v", err)
		}
		r.open(park.Place{ID: "i1", Kind: park.Incubator, Org: "po", Enterprise: code(1)})
		figures := func(ctx context.Context) int {
			f, err := r.FiguresOf(ctx, "i1", 2026)
			if err != nil {
				t.Fatal(err)
			}
			return len(f)
		}
		if figures(r.operator()) != 0 || figures(r.firm(code(1))) == 0 || figures(r.office()) == 0 {
			t.Error("they are for the enterprise and the office alone")
		}
		m := r.join("i1", code(2), 20260101, 0, false)
		if list, err := r.Progress(r.operator(), "i1"); err != nil || len(list) != 1 || list[0].Stage != park.Hidden {
			t.Errorf("how far %s has come is told without its consent: %v", m.Enterprise, err)
		}
		for _, enterprise := range []string{code(1), code(2)} {
			if _, err := r.facts.Give(r.firm(enterprise), enterprise, "po", "孵化统计", 20271231); err != nil {
				t.Fatal(err)
			}
		}
		if figures(r.operator()) == 0 {
			t.Error("it consented, and the operator sees nothing")
		}
		if list, err := r.Progress(r.operator(), "i1"); err != nil || len(list) != 1 || list[0].Stage == park.Hidden {
			t.Errorf("with consent: %v", err)
		}
	})
}

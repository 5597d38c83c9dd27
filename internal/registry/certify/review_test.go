package certify_test

import (
	"errors"
	"testing"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/internal/registry"
	"pilotzone/internal/registry/certify"
)

func TestFilingsAreLookedAtAgainEveryYear(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := open(t, s)
		admin := as(t, "a1", "z", access.Admin)
		for i, f := range []registry.Filing{
			{CustomsCode: "4107960AAA", Name: "甲", Kinds: registry.Merchant, From: 20251123},
			{CustomsCode: "4107960AAB", Name: "乙", Kinds: registry.Merchant, From: 20260601, To: 20261210},
			{CustomsCode: "4107960AAC", Name: "丙", Kinds: registry.Merchant, From: 20240101, To: 20251231},
		} {
			if err := b.registry.File(t.Context(), registry.Author{By: "x"}, f); err != nil {
				t.Fatal(i, err)
			}
		}
		follower := b.Follower()
		for {
			if n, err := follower.Step(t.Context()); err != nil {
				t.Fatal(err)
			} else if n == 0 {
				break
			}
		}
		names := func(list []certify.Review, err error) string {
			if err != nil {
				t.Fatal(err)
			}
			out := ""
			for _, r := range list {
				out += r.Name
			}
			return out
		}
		if got := names(b.ReviewsDue(admin, 20261123, 10)); got != "甲" {
			t.Errorf("due: %s", got)
		}
		if got := names(b.Expiring(admin, 20261231, 10)); got != "乙" {
			t.Errorf("ending: %s", got)
		}
		if err := b.Inspect(admin, "4107960AAA", true, ""); err != nil {
			t.Fatal(err)
		}
		if got := names(b.ReviewsDue(admin, 20261123, 10)); got != "" {
			t.Errorf("after it passed: %s", got)
		}
		if err := b.Inspect(admin, "4107960AAB", false, "仓库不符"); err != nil {
			t.Fatal(err)
		}
		if f, err := b.registry.Get(t.Context(), "4107960AAB"); err != nil || f.State(20261123) != registry.Suspended || f.State(20261122) != registry.Active {
			t.Errorf("%+v, %v", f, err)
		}
		if err := b.Inspect(admin, "nobody", true, ""); !errors.Is(err, registry.ErrNotFiled) {
			t.Error(err)
		}
	}, migrations()...)
}

package saved_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/saved"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// Each account keeps its own searches, one a name.
func TestSearchesAreOnesOwn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := saved.New(st.Services, clock.NewFixed(clock.Day(20261127).Time()))
		ctx := t.Context()
		save := func(owner, list, name, query string) {
			t.Helper()
			if err := s.Save(ctx, owner, list, name, query); err != nil {
				t.Fatal(err)
			}
		}
		save("a", "parcels", " 查验中 ", "state=inspection&mode=9610")
		save("a", "parcels", "refused", "state=refused")
		save("a", "parcels", "refused", "state=refused&mode=1210")
		save("a", "receipts", "refused", "status=100")
		save("b", "parcels", "mine", "")
		for _, c := range []struct{ owner, list, want string }{
			{"a", "parcels", "refused?mode=1210&state=refused 查验中?mode=9610&state=inspection"}, {"a", "receipts", "refused?status=100"}, {"b", "parcels", "mine?"}, {"c", "parcels", ""},
		} {
			list, err := s.List(ctx, c.owner, c.list)
			var got []string
			for _, v := range list {
				got = append(got, v.Name+"?"+v.Query)
			}
			if err != nil || strings.Join(got, " ") != c.want {
				t.Errorf("%s %s: %v, %v; want %s", c.owner, c.list, got, err, c.want)
			}
		}
		for range 2 {
			if err := s.Delete(ctx, "a", "parcels", "refused"); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := s.List(ctx, "a", "parcels"); err != nil || len(list) != 1 {
			t.Errorf("%v, %v", list, err)
		}
	}, saved.Migration)
}

// What is kept is bounded.
func TestBounds(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t, saved.Migration)
	s := saved.New(st.Services, clock.NewFixed(clock.Day(20261127).Time()))
	for name, c := range map[string]struct {
		name, query string
		want        error
	}{
		"no name":          {" ", "", saved.ErrName},
		"a long name":      {strings.Repeat("长", 41), "", saved.ErrName},
		"just short":       {strings.Repeat("长", 40), "", nil},
		"a line":           {"a\nb", "", saved.ErrName},
		"a long query":     {"a", strings.Repeat("x", 2001), saved.ErrQuery},
		"a damaged query":  {"a", "%zz", saved.ErrQuery},
		"a query in order": {"a", "b=1&a=2", nil},
	} {
		if err := s.Save(t.Context(), "me", "parcels", c.name, c.query); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for n := range saved.Most {
		err := s.Save(t.Context(), "other", "parcels", fmt.Sprint(n), "")
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Save(t.Context(), "other", "parcels", "one more", ""); !errors.Is(err, saved.ErrMany) {
		t.Errorf("one more: %v", err)
	}
	if err := s.Save(t.Context(), "other", "parcels", "7", "state=refused"); err != nil {
		t.Errorf("replacing one: %v", err)
	}
}

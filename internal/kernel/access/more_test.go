package access_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/store/storetest"
)

func TestACallerThatIsKnownCostsNoQuery(t *testing.T) {
	one(t, func(t *testing.T, w *world) {
		org := w.org(access.EnterpriseOrg, "ours", "4101960001")
		_, session := w.person(org, "boss", access.Manager)
		_, key, err := w.AddKey(w.as(session), access.APIKey{Org: org, Name: "erp", Permissions: []access.Permission{access.MessageSend}})
		w.must(err)
		ended, end := context.WithCancel(t.Context())
		end() // no query can run with it
		for name, ask := range map[string]func(context.Context) error{
			"session": func(ctx context.Context) error { _, err := w.Identify(ctx, "", session); return err },
			"key":     func(ctx context.Context) error { _, err := w.Identify(ctx, key, ""); return err },
		} {
			w.must(ask(t.Context()))
			if err := ask(ended); err != nil {
				t.Errorf("%s: asked the store although the caller is known: %v", name, err)
			}
			w.clock.Advance(6 * time.Second)
			if err := ask(ended); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: the store is not asked after some seconds: %v", name, err)
			}
		}
	}, nil)
}

// TestCodesAreGoodOnceWhateverComesTogether shows one code to many at a time.
func TestCodesAreGoodOnceWhateverComesTogether(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, session := w.person(w.org(access.EnterpriseOrg, "ours"), "clerk", access.Clerk)
		secret, recovery := w.enrol(session)
		w.clock.Advance(30 * time.Second)
		for _, code := range []string{w.code(secret), recovery[0]} {
			const n = 4 // fewer than make the name pause
			pending := make([]string, n)
			for i := range pending {
				in, err := w.SignIn(t.Context(), "clerk", password, access.Visit{})
				w.must(err)
				pending[i] = in.Pending
			}
			var good atomic.Int64
			var all sync.WaitGroup
			for _, p := range pending {
				all.Go(func() {
					if _, err := w.SecondFactor(context.Background(), p, code, access.Visit{}); err == nil {
						good.Add(1)
					}
				})
			}
			all.Wait()
			if good.Load() != 1 {
				t.Errorf("%s was taken %d times", code, good.Load())
			}
			w.clock.Advance(time.Minute)
		}
	})
}

func TestSetupCodeMakesOneAdministratorWhateverComesTogether(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		code, err := w.SetupCode(t.Context())
		w.must(err)
		var good atomic.Int64
		var all sync.WaitGroup
		for _, login := range []string{"first", "second", "third"} {
			all.Go(func() {
				if _, err := w.SetUp(context.Background(), access.Setup{Code: code, OrgName: "综试区", Login: login, Name: "李", Password: password}, access.Visit{}); err == nil {
					good.Add(1)
				}
			})
		}
		all.Wait()
		if good.Load() != 1 {
			t.Errorf("%d administrators", good.Load())
		}
	})
}

// FuzzCredentials: whatever is sent as a credential is refused in words and
// breaks nothing.
func FuzzCredentials(f *testing.F) {
	w := newWorld(f, storetest.SQLite(f, access.Migration), nil)
	for _, s := range []string{"", "pz_live_", "pz_live_aaaaaaaaaa_" + strings.Repeat("a", 52), "pz_test_aaaaaaaaaa_b", "AAECAwQFBgcICQ", "\x00", strings.Repeat("x", 9000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, err := range map[string]error{
			"bearer":  second(w.Identify(t.Context(), s, "")),
			"session": second(w.Identify(t.Context(), "", s)),
			"factor":  second(w.SecondFactor(t.Context(), s, "000000", access.Visit{})),
			"setup":   second(w.SetUp(t.Context(), access.Setup{Code: s, OrgName: s, Login: s, Name: s, Password: s}, access.Visit{})),
		} {
			var why *access.Refusal
			if err != nil && !errors.As(err, &why) || err == nil && s != "" {
				t.Errorf("%s %q: %v", name, s, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

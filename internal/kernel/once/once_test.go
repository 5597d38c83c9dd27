package once_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/once"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

func each(t *testing.T, f func(t *testing.T, db *store.DB, ring *keys.Keyring, c *clock.Fixed)) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		c := clock.NewFixed(time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC))
		ring, err := keys.New(keys.AES256GCM, c.Now(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		f(t, s.Services, ring, c)
	}, once.Migrations()...)
}

func call(caller, key, input string) *once.Call {
	return &once.Call{Caller: caller, Key: key, Input: sha256.Sum256([]byte(input))}
}

// TestSameKeySameAnswer: the second request gets the first one's answer, for a
// day; another input is refused, another caller is somebody else.
func TestSameKeySameAnswer(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, ring *keys.Keyring, c *clock.Fixed) {
		s := once.New(db, ring, c)
		begin := func(v *once.Call, want string, wantErr error) {
			t.Helper()
			a, err := s.Begin(t.Context(), v)
			if got := ""; !errors.Is(err, wantErr) {
				t.Fatalf("%v, want %v", err, wantErr)
			} else if a != nil {
				if got = string(a.Body); got != want || a.Status != 201 || a.Kind != "application/json" {
					t.Fatalf("%+v", a)
				}
			} else if want != "" {
				t.Fatalf("no answer, want %s", want)
			}
		}
		finish := func(v *once.Call, body string) {
			t.Helper()
			if err := s.Finish(t.Context(), v, once.Answer{Status: 201, Kind: "application/json", Body: []byte(body)}); err != nil {
				t.Fatal(err)
			}
		}
		v := call("a", "k1", "x")
		begin(v, "", nil)
		begin(v, "", once.ErrUnderWay)
		begin(call("a", "k1", "y"), "", once.ErrOther)
		begin(call("b", "k1", "y"), "", nil)
		finish(v, "made 1")
		begin(v, "made 1", nil)
		begin(call("a", "k1", "y"), "", once.ErrOther)
		w := call("a", "k2", "x")
		begin(w, "", nil)
		if err := s.Abandon(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		begin(w, "", nil)
		s = once.New(db, ring, c) // the program died over w
		begin(w, "", nil)
		begin(v, "made 1", nil)
		c.Advance(once.Kept)
		begin(call("a", "k1", "y"), "", nil)
		if err := s.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := db.Read().QueryRow(`select count(*) from once_keys`).Scan(&n); err != nil || n != 1 {
			t.Errorf("%d left, %v", n, err)
		}
	})
}

// TestManyAtOnceOneIsDone: of those who come together with one key one goes on.
func TestManyAtOnceOneIsDone(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, ring *keys.Keyring, c *clock.Fixed) {
		s := once.New(db, ring, c)
		var done atomic.Int32
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				switch _, err := s.Begin(t.Context(), call("a", "k", "x")); {
				case err == nil:
					done.Add(1)
				case !errors.Is(err, once.ErrUnderWay):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if done.Load() != 1 {
			t.Errorf("%d were done", done.Load())
		}
	})
}

// TestCommandIsNotedWithItsTransaction: what never happens twice is found again
// after a crash, if its transaction took place.
func TestCommandIsNotedWithItsTransaction(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, ring *keys.Keyring, c *clock.Fixed) {
		s := once.New(db, ring, c)
		command := func() (id uint64) {
			t.Helper()
			if err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
				id, err = s.Command(ctx, tx, "a", "k")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return id
		}
		failed := errors.New("failed")
		for _, want := range []error{failed, nil} {
			if err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return errors.Join(s.Note(ctx, tx, "a", "k", 7), want)
			}); !errors.Is(err, want) {
				t.Fatal(err)
			}
			if got := command(); want == nil && got != 7 || want != nil && got != 0 {
				t.Errorf("command %d after %v", got, want)
			}
		}
		c.Advance(once.Kept)
		if got := command(); got != 0 {
			t.Errorf("after its time: %d", got)
		}
	})
}

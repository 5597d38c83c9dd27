package access_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// acts keeps the entries in memory; a real chain is in package audit.
type acts struct {
	mu   sync.Mutex
	list []audit.Entry
}

func (l *acts) Write(_ context.Context, tx *store.Tx, e audit.Entry) error {
	tx.AfterCommit(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.list = append(l.list, e)
	})
	return nil
}

func (l *acts) has(act string, o audit.Outcome) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.list {
		if e.Act == act && e.Outcome == o {
			return true
		}
	}
	return false
}

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, clock.Beijing)

// world is accounts on a fresh store with a clock that stands still.
type world struct {
	*access.Accounts
	t      testing.TB
	clock  *clock.Fixed
	acts   *acts
	store  *store.Store
	config access.Config
}

var cheap = access.Cost{Passes: 1, Memory: 64, Threads: 1}

func newWorld(t testing.TB, s *store.Store, change func(*access.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewFixed(monday), acts: &acts{}, store: s}
	ring, err := keys.New(keys.AES256GCM, monday, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.config = access.Config{DB: s.Services, Keys: ring, Clock: w.clock, Audit: w.acts, Password: cheap, SecondFactor: access.FactorNone, PublicURL: "http://localhost:8080"}
	if change != nil {
		change(&w.config)
	}
	if w.Accounts, err = access.New(w.config); err != nil {
		t.Fatal(err)
	}
	return w
}

func each(t *testing.T, f func(t *testing.T, w *world)) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) { f(t, newWorld(t, s, nil)) }, access.Migration)
}

func one(t *testing.T, f func(t *testing.T, w *world), change func(*access.Config)) {
	t.Parallel()
	f(t, newWorld(t, storetest.SQLite(t, access.Migration), change))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) want(err error, code string) {
	w.t.Helper()
	var r *access.Refusal
	if !errors.As(err, &r) || r.Code != code {
		w.t.Fatalf("got %v, want the refusal %q", err, code)
	}
}

func (w *world) system() context.Context {
	return access.With(w.t.Context(), access.System())
}

func (w *world) org(kind access.OrgKind, name string, codes ...string) string {
	w.t.Helper()
	id, err := w.AddOrg(w.system(), access.Org{Kind: kind, Name: name, Filing: name, Codes: codes})
	w.must(err)
	return id
}

const password = "correct horse battery"

var visit = access.Visit{Address: "203.0.113.7", Agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}

// person makes an account with a password and returns its id and a session.
func (w *world) person(org, login string, roles ...access.Role) (id, session string) {
	w.t.Helper()
	id, code, err := w.AddPerson(w.system(), access.Person{Org: org, Login: login, Name: "王 " + login, Roles: roles})
	w.must(err)
	in, err := w.Redeem(w.t.Context(), login, code, password, access.Visit{})
	w.must(err)
	return id, in.Token
}

// as is the context of a session's caller.
func (w *world) as(session string) context.Context {
	w.t.Helper()
	p, err := w.Identify(w.t.Context(), "", session)
	if err != nil && !errors.Is(err, access.ErrSecondFactor) {
		w.t.Fatal(err)
	}
	return access.With(w.t.Context(), p)
}

// enrol adds an authenticator app and returns its secret and recovery codes.
func (w *world) enrol(session string) (secret string, recovery []string) {
	w.t.Helper()
	n, err := w.BeginTOTP(w.as(session))
	w.must(err)
	recovery, err = w.AddTOTP(w.as(session), n.Flow, w.code(n.Secret))
	w.must(err)
	return n.Secret, recovery
}

func (w *world) code(secret string) string {
	w.t.Helper()
	c, err := totp.GenerateCode(secret, w.clock.Now())
	w.must(err)
	return c
}

func toJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// dump is all that the tables of accounts hold, as text.
func (w *world) dump() string {
	w.t.Helper()
	var out strings.Builder
	for _, table := range []string{"orgs", "codes", "people", "recovery", "passkeys", "links", "sessions", "attempts", "keys", "secrets", "mandates", "mandate_history", "setup"} {
		rows, err := w.store.Services.Read().QueryContext(w.t.Context(), `select * from access_`+table)
		w.must(err)
		columns, err := rows.Columns()
		w.must(err)
		for rows.Next() {
			cells := make([]any, len(columns))
			for i := range cells {
				cells[i] = new(any)
			}
			w.must(rows.Scan(cells...))
			for _, c := range cells {
				switch v := (*c.(*any)).(type) {
				case []byte:
					out.Write(v)
				default:
					fmt.Fprint(&out, v)
				}
				out.WriteByte('\n')
			}
		}
		w.must(rows.Err())
		w.must(rows.Close())
	}
	return out.String()
}

package directory_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/directory"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
	"pilotzone/packs"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, clock.Beijing)

// The enterprises of the tests.
const (
	provider = "410796D001"
	client   = "410796D123"
	stranger = "410796D999"
)

var national = sync.OnceValues(func() (*pack.Set, error) {
	p, err := pack.LoadFS(packs.Files, "national")
	if err != nil {
		return nil, err
	}
	return pack.NewSet(p)
})

func rules(t testing.TB) *pack.Set {
	t.Helper()
	set, err := national()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// trade is real trade as the tests have it: provider → client → year.
type trade map[[2]string]int

func (c trade) Client(_ context.Context, provider, client string, year int) (bool, error) {
	return c[[2]string{provider, client}] == year, nil
}

func (c trade) Served(_ context.Context, provider string, year int) (int, error) {
	n := 0
	for k, y := range c {
		if k[0] == provider && y == year {
			n++
		}
	}
	return n, nil
}

type desk struct {
	*directory.Service
	clock *clock.Fixed
	bell  *notify.Service
	log   *audit.Log
	db    *store.DB
	set   *pack.Set
}

func migrations() []store.Migration {
	return append(append(directory.Migrations(), notify.Migrations()...), audit.Migration)
}

func newDesk(t *testing.T, s *store.Store) *desk {
	t.Helper()
	ring, err := keys.New(keys.AES256GCM, noon, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{clock: clock.NewFixed(noon), db: s.Services, set: rules(t)}
	d.log = audit.New(audit.Config{DB: s.Services, Keys: ring, Clock: d.clock})
	d.bell = notify.New(notify.Config{DB: s.Services, Keys: ring, Clock: d.clock})
	d.Service = directory.New(directory.Config{DB: s.Services, Keys: ring, Clock: d.clock, Random: rand.Reader, Rules: func() *pack.Set { return d.set },
		Audit: d.log, Bell: d.bell, Clients: trade{{provider, client}: 2026},
		Codes: func(_ context.Context, org string) []string {
			return map[string][]string{"o_p": {provider}, "o_c": {client}}[org]
		}})
	return d
}

func office(t testing.TB) context.Context {
	return access.With(t.Context(), &access.Principal{ID: "commerce", Roles: []access.Role{access.Commerce}})
}

func firm(t testing.TB, code string) context.Context {
	return access.With(t.Context(), &access.Principal{ID: "clerk of " + code, Org: "o_" + code, Codes: []string{code}, Roles: []access.Role{access.Clerk}})
}

// codes are the codes of problems, each of which must be said in full.
func codes(err error) []string {
	var ps directory.Problems
	if !errors.As(err, &ps) {
		return nil
	}
	var out []string
	for _, p := range ps {
		if p.ZH == "" || p.EN == "" || p.FixZH == "" || p.FixEN == "" {
			out = append(out, "unsaid:"+p.Code)
		}
		out = append(out, p.Code)
	}
	return out
}

func has(err error, code string) bool { return slices.Contains(codes(err), code) }

func (d *desk) must(t *testing.T, e *directory.Entry, err error) *directory.Entry {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func listing(name string) map[string]any {
	return map[string]any{"name": name, "kinds": []any{"clearance", "logistics"}, "summary": "报关、订舱与退税一站式服务", "contact_phone": "0373-1234567"}
}

// listed is a provider's published entry.
func (d *desk) listed(t *testing.T, owner, name string) *directory.Entry {
	t.Helper()
	e, err := d.Put(office(t), directory.Entering{Directory: "service-providers", Owner: owner, Fields: listing(name), Submit: true})
	return d.must(t, e, err)
}

func names(p *directory.Page) []string {
	var out []string
	for _, e := range p.Entries {
		out = append(out, e.Name)
	}
	return out
}

func (d *desk) notices(t *testing.T, to string) []notify.Notice {
	t.Helper()
	list, err := d.bell.Notices(t.Context(), "p", []string{to}, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

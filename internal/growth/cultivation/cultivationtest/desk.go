// Package cultivationtest gives tests of the rooms of cultivation a desk with the
// shipped packs, an audit chain and callers.
package cultivationtest

import (
	"context"
	"slices"
	"testing"
	"time"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/packs"
)

// Desk is a desk whose clock a test sets, with a bell.
type Desk struct {
	*cultivation.Desk
	Notify *notify.Service
	Time   *clock.Fixed
	Store  *store.Store
}

// Start is the time at which a desk begins: a Friday morning in Beijing.
var Start = time.Date(2026, 11, 27, 9, 0, 0, 0, clock.Beijing)

// Set is the named packs over the national one.
func Set(t testing.TB, names ...string) *pack.Set {
	t.Helper()
	var list []*pack.Pack
	for _, name := range append([]string{"national"}, names...) {
		p, err := pack.LoadFS(packs.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	set, err := pack.NewSet(list...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// Each runs f on a desk on either store, with the packs named over the national one.
func Each(t *testing.T, migrations []store.Migration, f func(t *testing.T, d *Desk), names ...string) {
	t.Helper()
	set := Set(t, names...)
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		at := clock.NewFixed(Start)
		ring, err := keys.New(keys.AES256GCM, at.Now(), zeros{})
		if err != nil {
			t.Fatal(err)
		}
		log := audit.New(audit.Config{DB: st.Services, Clock: at, Keys: ring})
		bell := notify.New(notify.Config{DB: st.Services, Keys: ring, Clock: at, Audit: log})
		f(t, &Desk{&cultivation.Desk{DB: st.Services, Audit: log, Keys: ring, Clock: at, Rules: func() *pack.Set { return set }, Bell: bell.Tell}, bell, at, st})
	}, slices.Concat([]store.Migration{audit.Migration}, notify.Migrations(), migrations)...)
}

// Rang are the pages and words of what stands at the bell of a recipient, such as
// code:410796D001, the newest first.
func (d *Desk) Rang(t testing.TB, recipient string) []string {
	t.Helper()
	list, err := d.Notify.Notices(t.Context(), "somebody", []string{recipient}, 0, 50)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, n := range list {
		out = append(out, n.Link+" "+n.ZH)
	}
	return out
}

// Enterprise is the context of a clerk of an enterprise.
func Enterprise(ctx context.Context, code string) context.Context {
	return access.With(ctx, &access.Principal{ID: "u-" + code, Name: "经办" + code, Org: "o-" + code, Codes: []string{code}, Roles: []access.Role{access.Clerk}, Strong: true})
}

// Park is the context of a park's operator.
func Park(ctx context.Context, org string) context.Context {
	return access.With(ctx, &access.Principal{ID: "u-" + org, Name: org, Org: org, Roles: []access.Role{access.Park}, Strong: true})
}

// Office is the context of an officer of commerce.
func Office(ctx context.Context) context.Context {
	return access.With(ctx, &access.Principal{ID: "u-office", Name: "王科长", Org: "o-commerce", Roles: []access.Role{access.Commerce}, Strong: true})
}

// Person is the context of a consumer.
func Person(ctx context.Context, id string) context.Context {
	return access.With(ctx, &access.Principal{ID: id, Name: id, Roles: []access.Role{access.Consumer}, Strong: true})
}

// zeros is the randomness of tests.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(i + 1)
	}
	return len(b), nil
}

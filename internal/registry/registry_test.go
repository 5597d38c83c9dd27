package registry_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/internal/registry"
)

var (
	noon    = clock.NewFixed(time.Date(2026, 6, 1, 12, 0, 0, 0, clock.Beijing))
	officer = registry.Author{By: "officer-7", Note: "受理"}
)

// zone is a registry with its outbox, and a core that takes in what comes out.
type zone struct {
	testing.TB
	r   *registry.Registry
	out *feed.Outbox
}

func each(t *testing.T, f func(t *testing.T, z zone)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		out := feed.NewOutbox(s.Services, noon)
		f(t, zone{t, registry.New(s.Services, noon, out), out})
	}, feed.Migration, registry.Migration)
}

// core returns the view that the commands so far make, and their number.
func (z zone) core() (*registry.View, int) {
	z.Helper()
	commands, err := z.out.Commands(z.Context(), 0, 1000)
	if err != nil {
		z.Fatal(err)
	}
	v := registry.NewView()
	for _, c := range commands {
		if c.Kind != registry.CommandKind {
			z.Errorf("command of kind %s", c.Kind)
		}
		if _, err := v.Apply(c.Body); err != nil {
			z.Error(err)
		}
	}
	return v, len(commands)
}

func TestFilingWritesHistoryFactAndCommand(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, z zone) {
		ctx := t.Context()
		a, b := firm(t, 1), firm(t, 2)
		if err := z.r.File(ctx, officer, a, b); err != nil {
			t.Fatal(err)
		}
		if err := z.r.File(ctx, officer, a); err != nil { // nothing differs: no revision
			t.Fatal(err)
		}
		a.Name = "新名称"
		if err := z.r.File(ctx, registry.Author{By: "import", Note: "更名"}, a, b); err != nil {
			t.Fatal(err)
		}
		got, err := z.r.ByCode(ctx, a.USCC)
		if err != nil || got.Name != "新名称" || got.Revision != 2 || got.ID != a.ID {
			t.Errorf("by USCC: %+v, %v", got, err)
		}
		if _, err := z.r.ByCode(ctx, "nobody"); !errors.Is(err, registry.ErrNotFiled) {
			t.Errorf("unknown code: %v", err)
		}
		history, err := z.r.History(ctx, a.ID)
		if err != nil || len(history) != 2 || history[0].Author != officer || history[1].Author.Note != "更名" || history[0].Filing.Name == history[1].Filing.Name || !history[1].At.Equal(noon.Now()) {
			t.Errorf("history = %+v, %v", history, err)
		}
		facts, err := z.r.Stream().Read(ctx, 0, 10)
		if err != nil || len(facts) != 3 || facts[2].Kind != "filing" {
			t.Errorf("facts = %v, %v", facts, err)
		}
		v, commands := z.core()
		if f := v.Lookup(a.CustomsCode); commands != 3 || f == nil || f.Name != "新名称" {
			t.Errorf("the core got %d commands and sees %+v", commands, f)
		}
		for i, f := range facts {
			if c, err := z.out.Commands(ctx, uint64(i), 1); err != nil || !bytes.Equal(c[0].Body, f.Body) {
				t.Errorf("fact and command %d differ", i)
			}
		}
		list, err := z.r.List(ctx, "", 10)
		if err != nil || len(list) != 2 || list[0].ID != a.ID {
			t.Errorf("list = %v, %v", list, err)
		}
		if rest, err := z.r.List(ctx, a.ID, 10); err != nil || len(rest) != 1 {
			t.Errorf("list after %s = %v, %v", a.ID, rest, err)
		}
	})
}

// Codes and certificates belong to one filing; a refused import leaves nothing.
func TestTakenCodesAreRefusedAllAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, z zone) {
		a := firm(t, 1)
		if err := z.r.File(t.Context(), officer, a); err != nil {
			t.Fatal(err)
		}
		thief, fresh := firm(t, 2), firm(t, 3)
		thief.CustomsCode, thief.USCC, thief.Certificates = a.CustomsCode, a.USCC, a.Certificates
		err := z.r.File(t.Context(), officer, fresh, thief)
		var faults registry.Faults
		if !errors.As(err, &faults) || len(faults) != 3 {
			t.Errorf("%v, want three faults", err)
		}
		bad := firm(t, 4)
		bad.Name, bad.Kinds = "", 0
		if err := z.r.File(t.Context(), officer, bad); !errors.As(err, &faults) || len(faults) != 2 {
			t.Errorf("%v, want two faults", err)
		}
		if v, n := z.core(); n != 1 || v.Len() != 1 {
			t.Errorf("%d commands after refusals, want 1", n)
		}
		if _, err := z.r.Get(t.Context(), fresh.ID); !errors.Is(err, registry.ErrNotFiled) {
			t.Errorf("a part of a refused import was kept: %v", err)
		}
		// Given up, the code is free.
		if _, err := z.r.Change(t.Context(), officer, a.ID, func(f *registry.Filing) error { f.CustomsCode = "4107960088"; return nil }); err != nil {
			t.Fatal(err)
		}
		fresh.CustomsCode = a.CustomsCode
		if err := z.r.File(t.Context(), officer, fresh); err != nil {
			t.Errorf("a code given up cannot be filed: %v", err)
		}
	})
}

func TestActions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, z zone) {
		ctx := t.Context()
		a := firm(t, 1)
		a.Suspensions, a.Certificates, a.Policies = nil, nil, nil
		if err := z.r.File(ctx, officer, a); err != nil {
			t.Fatal(err)
		}
		der, _ := testCertificate(t)
		cert, err := registry.NewCertificate(der, "4107980001")
		if err != nil {
			t.Fatal(err)
		}
		active := func(on string, want bool) {
			t.Helper()
			v, _ := z.core()
			if ok, why := v.Filed(a.CustomsCode, "platform", day(on)); ok != want {
				t.Errorf("filed on %s: %v %s, want %v", on, ok, why, want)
			}
		}
		must := func(f *registry.Filing, err error) *registry.Filing {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		must(z.r.Suspend(ctx, officer, a.ID, day("2026-06-05"), "核查"))
		active("2026-06-04", true)
		active("2026-07-01", false)
		var faults registry.Faults
		if _, err := z.r.Suspend(ctx, officer, a.ID, day("2026-06-06"), "again"); !errors.As(err, &faults) {
			t.Errorf("suspended twice: %v", err)
		}
		must(z.r.Resume(ctx, officer, a.ID, day("2026-06-20")))
		active("2026-06-19", false)
		active("2026-06-20", true)
		if _, err := z.r.Resume(ctx, officer, a.ID, day("2026-06-20")); !errors.As(err, &faults) {
			t.Errorf("resumed twice: %v", err)
		}
		must(z.r.Suspend(ctx, officer, a.ID, day("2026-09-01"), "planned"))
		must(z.r.Resume(ctx, officer, a.ID, day("2026-08-01"))) // taken back before it began
		active("2026-09-02", true)

		must(z.r.AddCertificate(ctx, officer, a.ID, cert))
		f := must(z.r.AddCertificate(ctx, officer, a.ID, cert))
		if len(f.Certificates) != 1 || f.Certificates[0].Codes[0] != "4107980001" {
			t.Errorf("certificates = %+v", f.Certificates)
		}
		f = must(z.r.RevokeCertificate(ctx, officer, a.ID, cert.Fingerprint, day("2026-07-01")))
		if f.Certificates[0].Revoked != day("2026-07-01") {
			t.Errorf("revoked = %v", f.Certificates[0].Revoked)
		}
		if _, err := z.r.RevokeCertificate(ctx, officer, a.ID, fingerprint('0'), day("2026-07-01")); !errors.As(err, &faults) {
			t.Errorf("unknown certificate revoked: %v", err)
		}
		must(z.r.SetPolicy(ctx, officer, a.ID, 621, registry.Required))
		must(z.r.SetPolicy(ctx, officer, a.ID, 0, registry.Off))
		v, _ := z.core()
		if v.Mode(a.USCC, 621) != registry.Required || v.Mode(a.USCC, 311) != registry.Off || v.Mode("nobody", 621) != registry.Optional {
			t.Error("modes differ from what was set")
		}
		must(z.r.SetPolicy(ctx, officer, a.ID, 621, 0))
		if v, _ := z.core(); v.Mode(a.USCC, 621) != registry.Off {
			t.Error("a policy taken away still counts")
		}
		if _, err := z.r.SetPolicy(ctx, officer, a.ID, 312, registry.Required); !errors.As(err, &faults) {
			t.Errorf("policy for a receipt: %v", err)
		}
		if _, err := z.r.SetPolicy(ctx, officer, "nobody", 311, registry.Required); !errors.Is(err, registry.ErrNotFiled) {
			t.Errorf("policy of nobody: %v", err)
		}
	})
}

// Many officers change one filing at once: no change is lost, revisions have no
// gap, and the core sees the last one.
func TestConcurrentChanges(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, z zone) {
		a := firm(t, 1)
		a.Certificates = nil
		if err := z.r.File(t.Context(), officer, a); err != nil {
			t.Fatal(err)
		}
		const clients = 16
		var wg sync.WaitGroup
		for i := range clients {
			wg.Go(func() {
				c := registry.Certificate{Fingerprint: fmt.Sprintf("%064x", i), Serial: fmt.Sprint(i)}
				if _, err := z.r.AddCertificate(t.Context(), officer, a.ID, c); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		f, err := z.r.Get(t.Context(), a.ID)
		if err != nil || len(f.Certificates) != clients || f.Revision != clients+1 {
			t.Errorf("%d certificates in revision %d, %v", len(f.Certificates), f.Revision, err)
		}
		v, n := z.core()
		if got := v.Lookup(a.USCC); n != clients+1 || len(got.Certificates) != clients {
			t.Errorf("%d commands, the core sees %d certificates", n, len(got.Certificates))
		}
	})
}

// An import of a whole zone is one transaction, and its commands arrive whole.
func TestImportOfManyEnterprises(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, z zone) {
		var all []registry.Filing
		for i := range 120 {
			f := firm(t, i)
			f.Certificates = nil
			all = append(all, f)
		}
		if err := z.r.File(t.Context(), officer, all...); err != nil {
			t.Fatal(err)
		}
		v, n := z.core()
		if n != 120 || v.Len() != 120 {
			t.Errorf("%d commands, %d filings in the core", n, v.Len())
		}
	})
}

package passport_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/customs/passport"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store/storetest"
)

// TestUsesFollowTheDecisions: one line a list, with its state and what it takes of
// the allowance, from the first word to the last.
func TestUsesFollowTheDecisions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		docs := coretest.Parcel(1)
		d.send(docs[3])
		if u := d.use(1); u.State != clearance.Waiting || u.Merchant != coretest.Merchant || u.Platform != coretest.Platform || u.OrderNo != coretest.OrderNo(1) || u.Day != coretest.Day || u.Charged+u.Reserved != 0 {
			t.Errorf("waiting: %+v", u)
		}
		d.send(docs[:3]...)
		u := d.use(1)
		if u.State != clearance.Released || u.Charged != value || u.Reserved != 0 || u.Amount != value || u.Tax == 0 || len(u.InvtNo) != 18 || u.Goods != "护具、沐浴啫喱" {
			t.Errorf("released: %+v", u)
		}
		d.send(coretest.Cancel(1, u.InvtNo))
		if u := d.use(1); u.State != clearance.Withdrawn || u.Charged+u.Reserved != 0 {
			t.Errorf("withdrawn: %+v", u)
		}
		d.send(coretest.List(2)) // held by an officer
		d.core.Verdict(t, 2, 300)
		d.send(coretest.Parcel(2)[:3]...)
		if u := d.use(2); u.State != clearance.Review || u.Reserved != value || u.Charged != 0 {
			t.Errorf("held: %+v", u)
		}
		d.core.Verdict(t, 2, 800)
		d.sync()
		if u := d.use(2); u.State != clearance.Released || u.Reserved != 0 || u.Charged != value {
			t.Errorf("released by an officer: %+v", u)
		}
	})
}

// TestAListThatChangesItsPerson leaves its trace with both.
func TestAListThatChangesItsPerson(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		l := coretest.List(1)
		d.send(l)
		d.send(l.With(ceb.H621AppType, "2").With(ceb.H621AppTime, "20261122090000").With(ceb.H621Guid, "AAAA0000-0000-4000-8000-000000000001").
			With(ceb.H621BuyerIdNumber, coretest.List(2).Head[ceb.H621BuyerIdNumber]))
		if u := d.use(1); u.Standing {
			t.Errorf("the old person's: %+v", u)
		}
		u, err := d.Use(d.consumer(2), 1)
		if err != nil || !u.Standing {
			t.Errorf("the new person's: %+v, %v", u, err)
		}
	})
}

// TestAPersonSeesTheirOwnAlone: whatever is asked for, and whoever asks.
func TestAPersonSeesTheirOwnAlone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.send(coretest.Parcel(1)...)
		d.send(coretest.Parcel(2)...)
		for n := 1; n <= 2; n++ {
			list, err := d.Uses(d.consumer(n), passport.Page{})
			if err != nil || len(list) != 1 || list[0].Parcel != uint64(n) {
				t.Errorf("%d sees %+v, %v", n, list, err)
			}
		}
		if _, err := d.Use(d.consumer(1), 2); !errors.Is(err, passport.ErrNotFound) {
			t.Errorf("another's use: %v", err)
		}
		for name, ctx := range map[string]context.Context{
			"visitor": t.Context(), "officer": d.officer(),
			"consumer without proof": access.With(t.Context(), &access.Principal{ID: "c", Roles: []access.Role{access.Consumer}}),
			"clerk with a person":    access.With(t.Context(), &access.Principal{ID: "k", Roles: []access.Role{access.Clerk}, Person: keys.Key{1}}),
		} {
			_, e1 := d.Uses(ctx, passport.Page{})
			_, e2 := d.Allowance(ctx)
			_, e3 := d.Enter(ctx)
			_, e4 := d.Notices(ctx, passport.Page{})
			_, e5 := d.Use(ctx, 1)
			for _, err := range []error{e1, e2, e3, e4, e5, d.Freeze(ctx, true), d.WriteTo(ctx, "")} {
				if !errors.Is(err, passport.ErrDenied) {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	})
}

// TestPagesOfUses: newest first, none twice and none left out.
func TestPagesOfUses(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...))
	id := coretest.List(1).Head[ceb.H621BuyerIdNumber]
	for n := 1; n <= 5; n++ {
		d.core.Clock.Set(d.core.Clock.Now().Add(time.Duration(n%2) * time.Minute)) // some in one breath
		d.core.Send(t, coretest.List(n).With(ceb.H621BuyerIdNumber, id))
	}
	d.sync()
	var seen []uint64
	for p := (passport.Page{Limit: 2}); ; {
		list, err := d.Uses(d.consumer(1), p)
		check(t, err)
		if len(list) == 0 {
			break
		}
		for _, u := range list {
			seen = append(seen, u.Parcel)
		}
		last := list[len(list)-1]
		p.Parcel = last.Parcel
	}
	if len(seen) != 5 || seen[0] != 5 || seen[4] != 1 {
		t.Errorf("seen %v", seen)
	}
}

// TestFreezeHoldsLists and tells the holder; lifting it lets later ones through.
func TestFreezeHoldsLists(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		me := d.consumer(1)
		check(t, d.Freeze(me, true))
		check(t, d.Freeze(me, true)) // once is enough
		d.sync()
		if h, err := d.Enter(me); err != nil || h.Frozen.IsZero() {
			t.Errorf("%+v, %v", h, err)
		}
		d.send(coretest.Parcel(1)...)
		if u := d.use(1); u.State != clearance.Review || u.Reserved != value {
			t.Errorf("while frozen: %+v", u)
		}
		d.send(coretest.Parcel(2)...) // another person
		if u := d.use(2); u.State != clearance.Released {
			t.Errorf("another's: %+v", u)
		}
		notices, err := d.Notices(me, passport.Page{})
		if err != nil || len(notices) != 2 || notices[0].Kind != passport.HeldByFreeze && notices[1].Kind != passport.HeldByFreeze {
			t.Errorf("told %+v, %v", notices, err)
		}
		check(t, d.Freeze(me, false))
		d.sync()
		d.send(coretest.Parcel(1003)...) // a list of somebody else
		if n, err := d.outbox.Commands(t.Context(), 0, 10); err != nil || len(n) != 2 {
			t.Errorf("%d commands, %v", len(n), err)
		}
	})
}

// TestHoldersAreTold of each new use once, by mail if they gave an address, which
// says nothing of what was bought and is sealed at rest.
func TestHoldersAreTold(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.send(coretest.Parcel(2)...) // before anybody holds a passport
		me := d.consumer(1)
		for _, bad := range []string{"x", "a@b@c", "A <a@b.cn>", strings.Repeat("a", 200) + "@b.cn"} {
			if err := d.WriteTo(me, bad); !errors.Is(err, passport.ErrAddress) {
				t.Errorf("%s: %v", bad, err)
			}
		}
		check(t, d.WriteTo(me, "me@example.cn"))
		d.send(coretest.Parcel(1)...)
		d.send(coretest.Parcel(1)...) // repeated
		list, err := d.Notices(me, passport.Page{})
		if err != nil || len(list) != 1 || list[0].Kind != passport.Used || list[0].Parcel != 2 {
			t.Errorf("told %+v, %v", list, err)
		}
		if len(d.post.letters) != 1 || d.post.letters[0].To != "me@example.cn" || d.post.letters[0].Link != "https://zone.example/passport/uses/2" || strings.Contains(d.post.letters[0].Text.ZH, "护具") {
			t.Errorf("letters %+v", d.post.letters)
		}
		var sealed []byte
		check(t, d.store.Services.Read().QueryRowContext(t.Context(), `select address from passport_holders`).Scan(&sealed))
		if len(sealed) == 0 || bytes.Contains(sealed, []byte("example")) {
			t.Errorf("address is %q", sealed)
		}
		check(t, d.WriteTo(me, ""))
		if h, err := d.Enter(me); err != nil || h.Address != "" {
			t.Errorf("%+v, %v", h, err)
		}
	})
}

// form is a dispute of a parcel.
func form(parcel int) map[string]any {
	return map[string]any{"parcel": strconv.Itoa(parcel), "reason": "not-mine", "truthful": true}
}

func (d *desk) dispute(ctx context.Context, parcel int) (*matter.Matter, error) {
	d.t.Helper()
	m, err := d.matters.Begin(ctx, passport.Matter, "", form(parcel))
	check(d.t, err)
	return d.matters.Submit(ctx, m.Number, m.Revision, "")
}

// TestDisputeUpheld: the matter commands the core; the parcel is marked, the
// zone's own count is restored once, the letter to customs is ready.
func TestDisputeUpheld(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		me := d.consumer(1)
		d.send(coretest.Parcel(1)...)
		if y, err := d.Allowance(me); err != nil || len(y) != 2 || y[0].Used != value || y[0].Amount != value || y[0].Uses != 1 || y[1].Used != 0 || y[0].Year != 2026 || y[1].Year != 2025 {
			t.Fatalf("allowance %+v, %v", y, err)
		}
		m, err := d.dispute(me, 1)
		check(t, err)
		if u := d.use(1); u.Dispute != passport.Open || u.Matter != m.Number {
			t.Errorf("handed in: %+v", u)
		}
		if _, err := d.Referral(d.officer(), m.Number); !errors.Is(err, passport.ErrNotFound) {
			t.Errorf("a letter before it is decided: %v", err)
		}
		m, err = d.matters.Get(d.officer(), m.Number)
		check(t, err)
		m, err = d.matters.Do(d.officer(), m.Number, matter.Doing{Act: matter.Approve, Revision: m.Revision, Note: "已与平台核实"})
		check(t, err)
		if m.State != matter.Approved {
			t.Fatalf("%+v", m)
		}
		d.sync()
		d.sync()
		if u := d.use(1); u.Dispute != passport.Upheld || u.Charged != 0 || u.State != clearance.Released {
			t.Errorf("upheld: %+v", u)
		}
		if y, err := d.Allowance(me); err != nil || y[0].Used != 0 || y[0].Reserved != 0 || y[0].Amount != 0 {
			t.Errorf("allowance %+v, %v", y, err)
		}
		history, err := d.matters.History(me, m.Number)
		check(t, err)
		if !slices.ContainsFunc(history, func(l matter.Line) bool { return strings.Contains(l.Note, passport.ReferralPath(m.Number)) }) {
			t.Errorf("nobody is told of the letter: %+v", history)
		}
		letter, err := d.Referral(me, m.Number)
		check(t, err)
		golden(t, filepath.Join("testdata", "referral.txt"), letter)
		if _, err := d.Referral(d.consumer(2), m.Number); !errors.Is(err, passport.ErrNotFound) {
			t.Errorf("another's letter: %v", err)
		}
		if _, err := d.dispute(me, 1); !problem(err, "state") {
			t.Errorf("disputed again: %v", err)
		}
		if n, err := d.Notices(me, passport.Page{}); err != nil || len(n) != 0 { // was no holder then
			t.Errorf("told %+v, %v", n, err)
		}
	})
}

// TestDisputesOfNothing: another's parcel, an unknown one, one that is disputed
// already; a withdrawn or dismissed dispute makes room for a new one.
func TestDisputesOfNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		me := d.consumer(1)
		_, err := d.Enter(me)
		check(t, err)
		d.send(coretest.Parcel(1)...)
		d.send(coretest.Parcel(2)...)
		for _, parcel := range []int{2, 9, 0} {
			if _, err := d.dispute(me, parcel); !problem(err, "parcel") {
				t.Errorf("parcel %d: %v", parcel, err)
			}
		}
		m, err := d.dispute(me, 1)
		check(t, err)
		if _, err := d.dispute(me, 1); !problem(err, "state") {
			t.Errorf("twice: %v", err)
		}
		_, err = d.matters.Withdraw(me, m.Number, m.Revision, "看错了", "")
		check(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.FollowMatters(ctx, d.matters.Facts()) }()
		for deadline := time.Now().Add(20 * time.Second); d.use(1).Dispute != passport.Withdrawn; time.Sleep(2 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the withdrawal is not seen")
			}
		}
		cancel()
		check(t, <-ended)
		m, err = d.dispute(me, 1)
		check(t, err)
		_, err = d.matters.Do(d.officer(), m.Number, matter.Doing{Act: matter.Refuse, Revision: m.Revision, Note: "平台核实为本人账户下单"})
		check(t, err)
		d.sync()
		if u := d.use(1); u.Dispute != passport.Dismissed || u.Charged != value {
			t.Errorf("dismissed: %+v", u)
		}
		if n, err := d.Notices(me, passport.Page{}); err != nil || len(n) != 2 || n[0].Kind != passport.DisputeDismissed {
			t.Errorf("told %+v, %v", n, err)
		}
		if n, err := d.outbox.Commands(t.Context(), 0, 10); err != nil || len(n) != 0 {
			t.Errorf("%d commands, %v", len(n), err)
		}
	})
}

// TestNoPersonIsStored: the tables of the passport hold no name and no number.
func TestNoPersonIsStored(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...))
	_, err := d.Enter(d.consumer(1))
	check(t, err)
	d.send(coretest.Parcel(1)...)
	_, err = d.dispute(d.consumer(1), 1)
	check(t, err)
	l := coretest.List(1).Head
	files, err := filepath.Glob(filepath.Join(filepath.Dir(d.store.Services.Path()), "*"))
	check(t, err)
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			continue // a folder
		}
		for _, secret := range []string{l[ceb.H621BuyerIdNumber], l[ceb.H621BuyerName], l[ceb.H621BuyerTelephone]} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s holds %q", f, secret)
			}
		}
	}
}

// TestDisputeInOneStep: what is wrong is said at once and leaves no draft; what
// is right is handed in.
func TestDisputeInOneStep(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...))
	me := d.consumer(1)
	d.send(coretest.Parcel(1)...)
	if _, err := d.Dispute(me, d.matters, 2, map[string]any{}); !errors.Is(err, passport.ErrNotFound) {
		t.Error(err)
	}
	var ps matter.Problems
	if _, err := d.Dispute(me, d.matters, 1, map[string]any{"reason": "not-mine", "truthful": false}); !errors.As(err, &ps) || ps[0].Field != "truthful" {
		t.Errorf("%v", err)
	}
	if n, err := d.matters.Count(me, matter.Filter{State: matter.Draft}); err != nil || n != 0 {
		t.Errorf("%d drafts, %v", n, err)
	}
	m, err := d.Dispute(me, d.matters, 1, map[string]any{"reason": "not-mine", "truthful": true, "statement": "没有买过"})
	check(t, err)
	if u := d.use(1); u.Dispute != passport.Open || u.Matter != m.Number || m.Due == 0 {
		t.Errorf("%+v, %+v", u, m)
	}
}

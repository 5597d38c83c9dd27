package rulebook_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/customs/rulebook"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/job"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// office is a service with its core.
type office struct {
	*rulebook.Service
	t    *testing.T
	core *coretest.Core
	out  *feed.Outbox
	log  *audit.Log
	jobs *job.Queue
	st   *store.Store
	bad  pack.Faults // what the rooms find from now on
	two  bool
}

func each(t *testing.T, f func(t *testing.T, o *office)) {
	t.Helper()
	migrations := append([]store.Migration{journal.Migration(), audit.Migration, job.Migration}, rulebook.Migrations()...)
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		o := &office{t: t, st: st, core: coretest.Open(t, st)}
		o.out = feed.NewOutbox(st.Services, o.core.Clock)
		o.log = audit.New(audit.Config{DB: st.Services, Clock: o.core.Clock, Keys: o.core.Keys})
		o.jobs = job.New(job.Config{DB: st.Services, Keys: o.core.Keys, Clock: o.core.Clock, Random: rand.Reader, Poll: 10 * time.Millisecond})
		o.start()
		f(t, o)
	}, migrations...)
}

// start makes the service, as after a restart.
func (o *office) start() {
	o.Service = rulebook.New(rulebook.Config{DB: o.st.Services, Commands: o.out, Audit: o.log, Clock: o.core.Clock, Rules: o.core.Rules, Delivered: o.core.Outbox,
		Check: func(*pack.Set, clock.Day) pack.Faults { return o.bad }, Jobs: o.jobs, TwoPeople: o.two, Poll: 10 * time.Millisecond})
}

// deliver hands what waits in the outbox to the core, all of it again each time
// as after a failure: the core takes each command once.
func (o *office) deliver() {
	o.t.Helper()
	list, err := o.out.Commands(o.t.Context(), 0, 100)
	check(o.t, err)
	for _, c := range list {
		body, err := clearance.FromOutbox(clearance.SwitchSet, c.Body, c.ID)
		check(o.t, err)
		_, err = o.core.Command(o.t.Context(), clearance.SwitchSet, body)
		check(o.t, err)
	}
}

// limited is a pack over the national one with a parameter of its own.
func limited(t testing.TB, release string) *pack.Pack {
	t.Helper()
	p, err := pack.LoadFS(fstest.MapFS{"test/pack.yaml": {Data: []byte(fmt.Sprintf(`format: 2
name: test
title: {zh: 测试, en: test}
version: "%s"
parents: [national]
description: {zh: 测试, en: test}
sources:
  - {id: design, document: 测试设定, read: 测试}
`, release))}}, "test")
	check(t, err)
	return p
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func as(t testing.TB, name string, roles ...access.Role) context.Context {
	if len(roles) == 0 {
		roles = []access.Role{access.Admin}
	}
	return access.With(t.Context(), &access.Principal{ID: name, Name: "管理员" + name, Org: "office", Roles: roles})
}

// want fails unless an act was refused as it should be, with words in both languages.
func want(t *testing.T, what string, err, target error) {
	t.Helper()
	var r *rulebook.Refusal
	if !errors.Is(err, target) || !errors.As(err, &r) || r.ZH == "" || r.EN == "" || r.FixZH == "" || r.FixEN == "" {
		t.Errorf("%s: %v, want %v", what, err, target)
	}
}

func (o *office) propose(release string) *rulebook.Proposal {
	o.t.Helper()
	p, err := o.Propose(as(o.t, "a"), rulebook.Draft{Packs: []*pack.Pack{limited(o.t, release)}, Note: "试验"})
	check(o.t, err)
	return p
}

func (o *office) state(number int64) rulebook.State {
	o.t.Helper()
	p, err := o.Get(as(o.t, "a"), number)
	check(o.t, err)
	return p.State
}

// acts are the acts of the chain, in order.
func (o *office) acts() string {
	o.t.Helper()
	page, _, err := o.log.List(access.With(o.t.Context(), access.System()), audit.Filter{Act: "pack."}, "", 100)
	check(o.t, err)
	var out []string
	for i := len(page) - 1; i >= 0; i-- {
		out = append(out, strings.TrimPrefix(page[i].Act, "pack.")+"/"+string(page[i].Outcome))
	}
	return strings.Join(out, " ")
}

// TestSwitchAndRollback: a proposal comes into force with the core's input, and
// one step goes back to the set before; each command is taken once however often
// it is delivered.
func TestSwitchAndRollback(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *office) {
		first := o.Set().Version()
		_, err := o.Back(as(t, "a"), "没有可退的")
		want(t, "rollback of nothing", err, rulebook.ErrNoBefore)
		p := o.propose("2026.1")
		if p.State != rulebook.Proposed || p.Base != first || !strings.Contains(p.Version, "test@2026.1") {
			t.Fatalf("%+v", p)
		}
		if p, err = o.Switch(as(t, "a"), p.Number); err != nil || p.State != rulebook.Switched || p.ApprovedBy != "管理员a" {
			t.Fatalf("%+v %v", p, err)
		}
		_, err = o.Back(as(t, "a"), "太快了")
		want(t, "rollback of a switch on its way", err, rulebook.ErrPending)
		o.deliver()
		check(t, o.Settled(t.Context()))
		if o.Set().Version() != p.Version {
			t.Fatalf("in force is %s", o.Set().Version())
		}
		o.start()
		v, err := o.Back(as(t, "b"), "试验结束")
		check(t, err)
		o.deliver()
		if o.Set().Version() != first || v.After != first || v.Before != p.Version || v.Kind != rulebook.Rollback {
			t.Errorf("after the rollback %s: %+v", o.Set().Version(), v)
		}
		o.deliver() // all once more, from the first on
		if o.Set().Version() != first {
			t.Errorf("a command that came again switched to %s", o.Set().Version())
		}
		list, err := o.Switches(as(t, "c", access.Clerk), 10)
		if err != nil || len(list) != 2 || list[0].Kind != rulebook.Rollback || list[1].Proposal != p.Number {
			t.Errorf("history: %v %v", list, err)
		}
		if got := o.acts(); got != "propose/done switch/done rollback/done" {
			t.Errorf("audit: %s", got)
		}
	})
}

// TestSwitchAtATime: not a microsecond early, once, and also when the service was
// down at the time; what is cancelled stays out.
func TestSwitchAtATime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *office) {
		p := o.propose("2026.1")
		due := o.core.Clock.Now().Add(time.Hour)
		_, err := o.Schedule(as(t, "a"), p.Number, o.core.Clock.Now())
		want(t, "a time that is over", err, rulebook.ErrTime)
		if p, err = o.Schedule(as(t, "a"), p.Number, due); err != nil || p.State != rulebook.Scheduled || !p.Due.Equal(due) {
			t.Fatalf("%+v %v", p, err)
		}
		cancelled := o.propose("2026.2")
		_, err = o.Schedule(as(t, "a"), cancelled.Number, due.Add(-time.Minute))
		check(t, err)
		_, err = o.Cancel(as(t, "a"), cancelled.Number)
		check(t, err)
		_, err = o.Switch(as(t, "a"), cancelled.Number)
		want(t, "what was cancelled", err, rulebook.ErrClosed)
		o.core.Clock.Set(due.Add(-time.Microsecond))
		check(t, o.Due(t.Context()))
		if o.state(p.Number) != rulebook.Scheduled {
			t.Fatal("switched on before its time")
		}
		o.core.Clock.Set(due.Add(time.Minute)) // the service was down at the time
		o.start()
		check(t, o.Due(t.Context()))
		check(t, o.Due(t.Context()))
		o.start()
		check(t, o.Due(t.Context())) // between the transaction and the core's taking it
		o.deliver()
		waiting, err := o.out.Commands(t.Context(), 0, 10)
		if err != nil || len(waiting) != 1 {
			t.Errorf("%d commands: %v", len(waiting), err)
		}
		if o.Set().Version() != p.Version || o.state(p.Number) != rulebook.Switched {
			t.Errorf("in force is %s", o.Set().Version())
		}
	})
}

// TestScheduledAgainstOtherRules: a proposal that was made against rules which
// are no longer in force is refused when its time comes, and says why.
func TestScheduledAgainstOtherRules(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *office) {
		late, now := o.propose("2026.1"), o.propose("2026.2")
		_, err := o.Schedule(as(t, "a"), late.Number, o.core.Clock.Now().Add(time.Hour))
		check(t, err)
		_, err = o.Switch(as(t, "a"), now.Number)
		check(t, err)
		o.deliver()
		_, err = o.Switch(as(t, "a"), late.Number)
		want(t, "against other rules", err, rulebook.ErrStale)
		o.core.Clock.Set(o.core.Clock.Now().Add(2 * time.Hour))
		check(t, o.Due(t.Context()))
		p, err := o.Get(as(t, "a"), late.Number)
		if err != nil || p.State != rulebook.Refused || !errors.Is(p.Problem, rulebook.ErrStale) {
			t.Errorf("%+v %v", p, err)
		}
		if o.Set().Version() != now.Version {
			t.Errorf("in force is %s", o.Set().Version())
		}
	})
}

// TestASetWithAFaultIsRefusedWhole: at the proposal, at the switch and when its
// time comes; nothing in flight is touched.
func TestASetWithAFaultIsRefusedWhole(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *office) {
		docs := coretest.Parcel(1)
		o.core.Send(t, docs[0]) // waits for the others
		before := o.Set().Version()
		sound, later := o.propose("2026.1"), o.propose("2026.2")
		_, err := o.Schedule(as(t, "a"), later.Number, o.core.Clock.Now().Add(time.Hour))
		check(t, err)
		o.bad = pack.Faults{{File: "test/incentives/a.yaml", Line: 7, What: pack.Text{ZH: "未知指标", EN: "unknown fact"}, Mend: pack.Text{ZH: "改正", EN: "mend it"}}}
		_, err = o.Propose(as(t, "a"), rulebook.Draft{Packs: []*pack.Pack{limited(t, "2026.3")}, Note: "有误的包"})
		want(t, "proposal", err, rulebook.ErrFaults)
		var r *rulebook.Refusal
		if errors.As(err, &r); len(r.Faults) != 1 || r.Faults[0].Line != 7 {
			t.Errorf("faults: %v", r.Faults)
		}
		_, err = o.Switch(as(t, "a"), sound.Number)
		want(t, "switch", err, rulebook.ErrFaults)
		o.core.Clock.Set(o.core.Clock.Now().Add(2 * time.Hour))
		check(t, o.Due(t.Context()))
		if p, err := o.Get(as(t, "a"), later.Number); err != nil || p.State != rulebook.Refused || len(p.Problem.Faults) != 1 {
			t.Errorf("%+v %v", p, err)
		}
		orphan := limited(t, "2026.4")
		_, err = o.Propose(as(t, "a"), rulebook.Draft{Packs: []*pack.Pack{orphan}, Drop: []string{"national"}, Note: "没有上级"})
		want(t, "without its parent", err, rulebook.ErrFaults)
		o.deliver()
		if o.Set().Version() != before {
			t.Errorf("in force is %s", o.Set().Version())
		}
		if a := o.core.Send(t, docs[1], docs[2], docs[3]); len(a) != 3 || a[2].Parcel == 0 {
			t.Errorf("the parcel in flight: %+v", a)
		}
		if got := o.acts(); !strings.HasSuffix(got, "propose/failed refuse/done propose/failed") {
			t.Errorf("audit: %s", got)
		}
	})
}

// TestWhoMaySwitch: administrators alone; with the setting, another one than who
// proposed it.
func TestWhoMaySwitch(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *office) {
		o.two = true
		o.start()
		p := o.propose("2026.1")
		_, err := o.Switch(as(t, "a"), p.Number)
		want(t, "one person", err, rulebook.ErrTwo)
		_, err = o.Schedule(as(t, "a"), p.Number, o.core.Clock.Now().Add(time.Hour))
		want(t, "one person, later", err, rulebook.ErrTwo)
		clerk := as(t, "c", access.Clerk)
		for what, err := range map[string]error{
			"propose": second(o.Propose(clerk, rulebook.Draft{Packs: []*pack.Pack{limited(t, "2026.9")}, Note: "试验"})), "switch": second(o.Switch(clerk, p.Number)),
			"cancel": second(o.Cancel(clerk, p.Number)), "get": second(o.Get(clerk, p.Number)), "back": second(o.Back(clerk, "试验")), "trial": second(o.StartTrial(clerk, p.Number, 0)),
			"list": second(o.List(clerk, 0, 10)), "schedule": second(o.Schedule(clerk, p.Number, o.core.Clock.Now().Add(time.Hour))),
		} {
			want(t, what, err, rulebook.ErrDenied)
		}
		if p, err = o.Switch(as(t, "b"), p.Number); err != nil || p.By != "a" || p.Approved != "b" {
			t.Errorf("two people: %+v %v", p, err)
		}
		_, err = o.Get(as(t, "a"), 99)
		want(t, "no such proposal", err, rulebook.ErrNotFound)
		_, err = o.Propose(as(t, "a"), rulebook.Draft{Packs: []*pack.Pack{limited(t, "2026.9")}})
		want(t, "without a note", err, rulebook.ErrNote)
		_, err = o.Propose(as(t, "a"), rulebook.Draft{Packs: o.Set().Packs(), Note: "没有改动"})
		want(t, "what is in force", err, rulebook.ErrSame)
	})
}

func second[T any](_ T, err error) error { return err }

// TestShadowRunIsKept: a job runs the rooms' trials over both sets and keeps
// their reports with the proposal.
func TestShadowRunIsKept(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *office) {
		p := o.propose("2026.1")
		o.Try("parcels", func(ctx context.Context, old, new *pack.Set, progress func(done, total int64)) (rulebook.Report, error) {
			progress(1, 2)
			if rulebook.DayOf(ctx) != 20280101 {
				t.Error("the day did not reach the room")
			}
			r := rulebook.Report{Room: "parcels", Title: pack.Text{ZH: old.Version(), EN: new.Version()}, Looked: 2}
			r.Add(rulebook.Case{Subject: "p1", Effect: rulebook.Loses, Amount: 5})
			return r, nil
		})
		p, err := o.StartTrial(as(t, "a"), p.Number, 20280101)
		if err != nil || p.Job == "" {
			t.Fatal(p, err)
		}
		want(t, "a second one at once", second(o.StartTrial(as(t, "b"), p.Number, 0)), rulebook.ErrTrying)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- o.jobs.Run(ctx) }()
		for deadline := time.Now().Add(10 * time.Second); len(p.Trial) == 0 && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			p, err = o.Get(as(t, "a"), p.Number)
			check(t, err)
		}
		stop()
		check(t, <-done)
		if len(p.Trial) != 1 || p.Trial[0].Title.ZH != p.Base || p.Trial[0].Title.EN != p.Version || p.Trial[0].Lose != 1 || p.Trial[0].Cases[0].Amount != 5 || p.TrialAt.IsZero() {
			t.Errorf("report: %+v", p.Trial)
		}
	})
}

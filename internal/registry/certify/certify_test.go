package certify_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotzone/ident"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/internal/registry"
	"pilotzone/internal/registry/certify"
	"pilotzone/internal/registry/register"
	"pilotzone/internal/registry/register/registertest"
	"pilotzone/packs"
)

// good has a check digit that fits, odd one that does not.
var good, odd = codesOf("91410700MA40XKJ29")

func codesOf(prefix string) (fits, fails string) {
	fits, err := ident.MakeUSCC(prefix)
	if err != nil {
		panic(err)
	}
	last := "0"
	if strings.HasSuffix(fits, last) {
		last = "1"
	}
	return fits, prefix + last
}

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, clock.Beijing)

type bureau struct {
	*certify.Service
	matters  *matter.Service
	registry *registry.Registry
	outbox   *feed.Outbox
	payouts  *feed.Stream
	accounts *access.Accounts
	db       *store.DB
	clock    *clock.Fixed
	log      *audit.Log
	register *registertest.Server
	org, far string
}

func open(t *testing.T, s *store.Store) *bureau {
	t.Helper()
	ring, err := keys.New(keys.AES256GCM, monday, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b := &bureau{db: s.Services, clock: clock.NewFixed(monday), register: &registertest.Server{}}
	b.register.Put(register.Entry{USCC: good, Name: "新乡甲电子商务有限公司", Status: register.InBusiness})
	srv := httptest.NewServer(b.register)
	t.Cleanup(srv.Close)
	client, err := register.New(register.Config{URL: srv.URL, Retries: -1, Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	b.log = audit.New(audit.Config{DB: b.db, Keys: ring, Clock: b.clock})
	b.outbox = feed.NewOutbox(b.db, b.clock)
	b.registry = registry.New(b.db, b.clock, b.outbox)
	b.payouts = feed.NewStream(b.db, "payout", b.clock)
	if b.accounts, err = access.New(access.Config{DB: b.db, Keys: ring, Clock: b.clock, Audit: b.log}); err != nil {
		t.Fatal(err)
	}
	b.Service = certify.New(certify.Config{DB: b.db, Keys: ring, Clock: b.clock, Random: rand.Reader, Registry: b.registry, Register: client,
		Payout: certify.FeedPayout{Stream: b.payouts, Keys: ring}, Binder: b.accounts, Audit: b.log})
	catalogue, err := matter.Load(packs.Matters())
	if err != nil {
		t.Fatal(err)
	}
	calendar, err := matter.LoadCalendar(packs.Calendar())
	if err != nil {
		t.Fatal(err)
	}
	b.matters, err = matter.New(matter.Config{DB: b.db, Keys: ring, Clock: b.clock, Random: rand.Reader, Catalogue: catalogue, Calendar: calendar,
		Blobs: blob.New(b.db, ring, b.clock, rand.Reader, blob.Limits{}), Audit: b.log, Hooks: b.hooks()})
	if err != nil {
		t.Fatal(err)
	}
	b.Use(b.matters)
	system := access.With(t.Context(), access.System())
	for name, id := range map[string]*string{"甲": &b.org, "乙": &b.far} {
		if *id, err = b.accounts.AddOrg(system, access.Org{Kind: access.EnterpriseOrg, Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// hooks are those of the service, and stand-ins of no effect for those that
// other services bring for other matters.
func (b *bureau) hooks() matter.Hooks {
	h := b.Hooks()
	c, _ := matter.Load(packs.Matters())
	for _, d := range c.All() {
		for _, name := range append(slices.Clone(d.Submitted), d.Results.Approve.Effect, d.Results.Refuse.Effect) {
			if h.Effects[name] == nil {
				h.Effects[name] = func(context.Context, *store.Tx, *matter.Matter, *matter.Definition) error { return nil }
			}
		}
		for _, step := range d.Steps {
			for _, name := range step.Guards {
				if h.Guards[name] == nil {
					h.Guards[name] = func(context.Context, *store.Tx, *matter.Matter) error { return nil }
				}
			}
		}
		for _, name := range d.Probes {
			if h.Probes[name] == nil {
				h.Probes[name] = func(context.Context, *matter.Matter) []matter.Finding { return nil }
			}
		}
	}
	return h
}

func migrations() []store.Migration {
	return append(append(matter.Migrations(), certify.Migrations()...), audit.Migration, registry.Migration, access.Migration)
}

func as(t *testing.T, id, org string, roles ...access.Role) context.Context {
	t.Helper()
	return access.With(t.Context(), &access.Principal{ID: id, Org: org, Roles: roles})
}

func form(uscc string) map[string]any {
	return map[string]any{"name": "新乡甲电子商务有限公司", "uscc": uscc, "customs_code": "4107960ABC", "kinds": []any{"merchant"}, "contact_name": "张三丰", "contact_phone": "13812345678",
		"bank_name": "中国银行新乡分行", "bank_account": "252345678901", "truthful": true}
}

// submit hands in a filing of an organisation.
func (b *bureau) submit(t *testing.T, ctx context.Context, f map[string]any) *matter.Matter {
	t.Helper()
	m, err := b.trySubmit(t, ctx, f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (b *bureau) trySubmit(t *testing.T, ctx context.Context, f map[string]any) (*matter.Matter, error) {
	t.Helper()
	m, err := b.matters.Begin(ctx, "subject-filing", "", f)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.matters.Attach(ctx, m.Number, "licence", "执照.pdf", []byte("%PDF-1.7\n%%EOF\n")); err != nil {
		t.Fatal(err)
	}
	return b.matters.Submit(ctx, m.Number, 0, "")
}

func (b *bureau) do(t *testing.T, ctx context.Context, m *matter.Matter, act matter.Act) (*matter.Matter, error) {
	t.Helper()
	now, err := b.matters.Get(ctx, m.Number)
	if err != nil {
		t.Fatal(err)
	}
	return b.matters.Do(ctx, m.Number, matter.Doing{Act: act, Revision: now.Revision, Note: "理由"})
}

// amount is what the bank sees for the newest order.
func (b *bureau) amount(t *testing.T) (id string, amount money.Fen) {
	t.Helper()
	orders, err := b.Orders(as(t, "bank1", "b", access.Bank), 0, 100)
	if err != nil || len(orders) == 0 {
		t.Fatalf("%v, %v", orders, err)
	}
	o := orders[len(orders)-1]
	return o.ID, o.Amount
}

func code(err error) string {
	var ps matter.Problems
	if errors.As(err, &ps) && len(ps) > 0 {
		return ps[0].Code
	}
	return fmt.Sprint(err)
}

func TestAnEnterpriseFilesItselfFromFormToTheCore(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := open(t, s)
		clerk, admin, customs := as(t, "u1", b.org, access.Manager), as(t, "a1", "z", access.Admin), as(t, "k1", "k", access.Customs)
		m := b.submit(t, clerk, form(good))
		if len(m.Findings) != 2 || !m.Findings[0].OK || !m.Findings[1].OK {
			t.Fatalf("the register has it under this name: %+v", m.Findings)
		}
		if _, err := b.do(t, admin, m, matter.Accept); err != nil {
			t.Fatal(err)
		}
		if _, err := b.do(t, customs, m, matter.Approve); code(err) != "bank-account" {
			t.Fatalf("before the account is proved: %v", err)
		}
		id, amount := b.amount(t)
		if err := b.MarkPaid(as(t, "bank1", "b", access.Bank), id); err != nil {
			t.Fatal(err)
		}
		if err := b.Confirm(clerk, m.Number, amount); err != nil {
			t.Fatal(err)
		}
		if m, err := b.do(t, customs, m, matter.Approve); err != nil || m.State != matter.Approved {
			t.Fatal(err)
		}
		f, err := b.registry.ByCode(t.Context(), "4107960ABC")
		if err != nil || f.ID != good || f.Kinds != registry.Merchant || f.From != 20261123 || f.To != 20291122 {
			t.Fatalf("%+v, %v", f, err)
		}
		commands, err := b.outbox.Commands(t.Context(), 0, 10)
		if err != nil || len(commands) != 1 || commands[0].Kind != registry.CommandKind {
			t.Fatalf("the core is told once: %v, %v", commands, err)
		}
		o, err := b.accounts.Org(access.With(t.Context(), access.System()), b.org)
		if err != nil || o.Filing != good || !slices.Contains(o.Codes, "4107960ABC") || !slices.Contains(o.Codes, good) {
			t.Fatalf("%+v, %v", o, err)
		}
		again := b.submit(t, clerk, form(good))
		if c, err := b.Challenge(clerk, again.Number); err != nil || c != nil {
			t.Fatalf("a proved account is not asked for again: %+v, %v", c, err)
		}
		b.nothingInClear(t)
	}, migrations()...)
}

// nothingInClear looks into every table of payments and into the stream.
func (b *bureau) nothingInClear(t *testing.T) {
	t.Helper()
	rows, err := b.db.Read().QueryContext(t.Context(), `select account from certify_challenges union all select amount from certify_challenges union all select account_key from certify_challenges union all select body from feed_events`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), "252345678901") || strings.Contains(string(raw), "张三丰") {
			t.Error("an account or a name stands in clear")
		}
	}
}

func TestACodeWhoseCheckDigitFailsIsAskedAboutAndNotRefused(t *testing.T) {
	t.Parallel()
	b := open(t, storetest.SQLite(t, migrations()...))
	clerk := as(t, "u1", b.org, access.Clerk)
	bad := func(fs []matter.Finding) (out []string) {
		for _, f := range fs {
			if !f.OK {
				out = append(out, f.EN)
			}
		}
		return out
	}
	if got := bad(b.submit(t, clerk, form(odd)).Findings); len(got) != 2 || !strings.Contains(got[1], "knows no such code") {
		t.Errorf("unknown to the register: %q", got)
	}
	b.register.Put(register.Entry{USCC: odd, Name: "新乡甲电子商务有限公司", Status: register.InBusiness})
	if got := bad(b.submit(t, clerk, form(odd)).Findings); len(got) != 0 {
		t.Errorf("lawful though it fails: %q", got)
	}
	b.register.Put(register.Entry{USCC: good, Name: "另一家公司", Status: register.Cancelled})
	if got := bad(b.submit(t, clerk, form(good)).Findings); len(got) != 2 {
		t.Errorf("another's, and cancelled: %q", got)
	}
	b.register.Down.Store(true)
	if got := bad(b.submit(t, clerk, form(good)).Findings); len(got) != 1 || !strings.Contains(got[0], "did not answer") {
		t.Errorf("an outage refuses nobody: %q", got)
	}
}

func TestAnApprovalNeverTakesACodeThatIsAnothers(t *testing.T) {
	t.Parallel()
	b := open(t, storetest.SQLite(t, migrations()...))
	admin, customs := as(t, "a1", "z", access.Admin), as(t, "k1", "k", access.Customs)
	approve := func(ctx context.Context) error {
		m := b.submit(t, ctx, form(good))
		if _, err := b.do(t, admin, m, matter.Accept); err != nil {
			return err
		}
		if c, err := b.Challenge(ctx, m.Number); err != nil || c == nil {
			return errors.Join(err, errors.New("no payment"))
		}
		_, amount := b.amount(t)
		if err := b.Confirm(ctx, m.Number, amount); err != nil {
			return err
		}
		_, err := b.do(t, customs, m, matter.Approve)
		return err
	}
	if err := approve(as(t, "u1", b.org, access.Clerk)); err != nil {
		t.Fatal(err)
	}
	if err := approve(as(t, "u2", b.far, access.Clerk)); code(err) != "taken" {
		t.Fatalf("the same codes for another organisation: %v", err)
	}
	history, err := b.registry.History(t.Context(), good)
	if err != nil || len(history) != 1 {
		t.Errorf("nothing of it was filed: %d revisions, %v", len(history), err)
	}
}

func TestAChangeOfAFilingKeepsWhatTheFormDoesNotAskFor(t *testing.T) {
	t.Parallel()
	b := open(t, storetest.SQLite(t, migrations()...))
	old := registry.Filing{ID: "4107960ABC", CustomsCode: "4107960ABC", USCC: good, Name: "旧名", Kinds: registry.Merchant, From: 20260101,
		Suspensions: []registry.Suspension{{From: 20260201, To: 20260228, Reason: "x"}}, Policies: []registry.Policy{{Mode: registry.Required}}}
	if err := b.registry.File(t.Context(), registry.Author{By: "x"}, old); err != nil {
		t.Fatal(err)
	}
	admin, customs, clerk := as(t, "a1", "z", access.Admin), as(t, "k1", "k", access.Customs), as(t, "u1", b.org, access.Clerk)
	form := form(good)
	form["kinds"] = []any{"merchant", "agent"}
	m := b.submit(t, clerk, form)
	_, amount := b.amount(t)
	if err := b.Confirm(clerk, m.Number, amount); err != nil {
		t.Fatal(err)
	}
	if _, err := b.do(t, admin, m, matter.Accept); err != nil {
		t.Fatal(err)
	}
	if _, err := b.do(t, customs, m, matter.Approve); err != nil {
		t.Fatal(err)
	}
	f, err := b.registry.Get(t.Context(), "4107960ABC")
	if err != nil || f.Revision != 2 || f.Name != "新乡甲电子商务有限公司" || f.Kinds != registry.Merchant|registry.Agent || f.From != 20260101 || len(f.Suspensions) != 1 || len(f.Policies) != 1 {
		t.Fatalf("%+v, %v", f, err)
	}
}

// TestKindsEndOnlyByName: a filing again as something else takes nothing away;
// what is ended is said, and not asked for at once.
func TestKindsEndOnlyByName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		asked, end []any
		want       registry.Kinds
		refused    bool
	}{
		{"asked for beside what there is", []any{"agent"}, nil, registry.Merchant | registry.Guarantor | registry.Agent, false},
		{"ended by name", []any{"merchant"}, []any{"guarantor"}, registry.Merchant, false},
		{"ended without having been", []any{"merchant"}, []any{"payment"}, registry.Merchant | registry.Guarantor, false},
		{"asked for and ended at once", []any{"merchant"}, []any{"merchant"}, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := open(t, storetest.SQLite(t, migrations()...))
			old := registry.Filing{ID: "4107960ABC", CustomsCode: "4107960ABC", USCC: good, Name: "旧名", Kinds: registry.Merchant | registry.Guarantor, From: 20260101}
			if err := b.registry.File(t.Context(), registry.Author{By: "x"}, old); err != nil {
				t.Fatal(err)
			}
			admin, customs, clerk := as(t, "a1", "z", access.Admin), as(t, "k1", "k", access.Customs), as(t, "u1", b.org, access.Clerk)
			form := form(good)
			form["kinds"] = c.asked
			if c.end != nil {
				form["end_kinds"] = c.end
			}
			if c.refused {
				var bad matter.Problems
				if _, err := b.trySubmit(t, clerk, form); !errors.As(err, &bad) || bad[0].Field != "end_kinds" {
					t.Fatalf("handed in: %v", err)
				}
				return
			}
			m := b.submit(t, clerk, form)
			_, amount := b.amount(t)
			if err := b.Confirm(clerk, m.Number, amount); err != nil {
				t.Fatal(err)
			}
			for _, step := range []struct {
				who context.Context
				act matter.Act
			}{{admin, matter.Accept}, {customs, matter.Approve}} {
				if _, err := b.do(t, step.who, m, step.act); err != nil {
					t.Fatal(err)
				}
			}
			if f, err := b.registry.Get(t.Context(), "4107960ABC"); err != nil || f.Kinds != c.want {
				t.Errorf("filed as %v, want %v (%v)", f.Kinds, c.want, err)
			}
		})
	}
}

func TestADocumentOfTheDayBeforeASuspensionStillCounts(t *testing.T) {
	t.Parallel()
	b := open(t, storetest.SQLite(t, migrations()...))
	if err := b.registry.File(t.Context(), registry.Author{By: "x"}, registry.Filing{CustomsCode: "4107960ABC", USCC: good, Name: "甲", Kinds: registry.Merchant, From: 20260101}); err != nil {
		t.Fatal(err)
	}
	admin := as(t, "a1", "z", access.Admin)
	if err := b.Suspend(admin, good, 20261123, "抽查不符"); err != nil {
		t.Fatal(err)
	}
	if err := b.Resume(admin, good, 20261201, "已整改"); err != nil {
		t.Fatal(err)
	}
	view := registry.NewView()
	commands, err := b.outbox.Commands(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range commands {
		if _, err := view.Apply(c.Body); err != nil {
			t.Fatal(err)
		}
	}
	for day, want := range map[clock.Day]bool{20251231: false, 20261122: true, 20261123: false, 20261130: false, 20261201: true} {
		if ok, why := view.Filed("4107960ABC", "merchant", day); ok != want {
			t.Errorf("%s: %v (%s)", day, ok, why)
		}
	}
	if err := b.Suspend(as(t, "u1", b.org, access.Manager), good, 20261123, "x"); !errors.Is(err, matter.ErrDenied) {
		t.Errorf("an enterprise suspends nobody: %v", err)
	}
	if err := b.Suspend(admin, good, 20261123, ""); code(err) != "reason" {
		t.Errorf("without a reason: %v", err)
	}
}

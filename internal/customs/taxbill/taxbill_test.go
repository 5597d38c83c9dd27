package taxbill_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/customs/taxbill"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// The tax of every parcel of coretest: VAT of 13 % at 70 % on 310 and 177 yuan.
const parcelTax money.Fen = 28_21 + 16_11

type fixture struct {
	*taxbill.Service
	core   *coretest.Core
	outbox *feed.Outbox
	store  *store.Store
}

func each(t *testing.T, f func(t *testing.T, x *fixture)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		core := coretest.Open(t, st)
		x := &fixture{core: core, outbox: feed.NewOutbox(st.Services, core.Clock), store: st}
		x.Service = taxbill.New(taxbill.Config{Store: st, Core: core.Reader(), Commands: x.outbox, Clock: core.Clock, Rules: core.Rules, Batch: 3})
		f(t, x)
	}, append(taxbill.Migrations(), journal.Migration())...)
}

func (x *fixture) parcels(t *testing.T, numbers ...int) {
	t.Helper()
	for _, n := range numbers {
		x.core.Send(t, coretest.Parcel(n)...)
	}
	x.catchUp(t)
}

func (x *fixture) catchUp(t *testing.T) {
	t.Helper()
	if err := x.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func invtNo(n int) string { return fmt.Sprintf("46162026I%09d", n) }
func taxNo(n int) string  { return "PZT" + invtNo(n) + "01" }

func (x *fixture) bill(t *testing.T, no string) (*taxbill.Bill, []string) {
	t.Helper()
	b, steps, err := x.Bill(t.Context(), no)
	if err != nil {
		t.Fatal(err)
	}
	var states []string
	for _, s := range steps {
		states = append(states, s.Status.String())
	}
	return b, states
}

// deposits are the commands to the core that stand in the outbox.
func (x *fixture) deposits(t *testing.T) (bodies []string) {
	t.Helper()
	commands, err := x.outbox.Commands(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range commands {
		if c.Kind != taxbill.CommandDeposit {
			t.Errorf("command %q", c.Kind)
		}
		bodies = append(bodies, string(c.Body))
	}
	return bodies
}

func deposit(amount money.Fen, memo string) string {
	return string(clearance.DepositBody{Guarantor: coretest.Carrier, Amount: int64(amount), Memo: memo}.Encode())
}

func TestReleasedListGetsABill(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, x *fixture) {
		x.parcels(t, 1, 2)
		b, states := x.bill(t, taxNo(1))
		if !slices.Equal(states, []string{"generated"}) || b.Status != taxbill.Generated || b.Total() != parcelTax || b.Secured != parcelTax || b.Dutiable != 487_00 ||
			b.VAT != parcelTax || b.Parcel != 1 || b.InvtNo != invtNo(1) || b.OrderNo != coretest.OrderNo(1) || b.Guarantor != coretest.Carrier ||
			b.Released != 20261122 || b.PayFirst != 20261223 || b.PayLast != 20270106 || len(b.Lines) != 2 {
			t.Errorf("bill = %+v, %v", *b, states)
		}
		for _, enterprise := range []string{coretest.Carrier, coretest.Merchant, coretest.Agent} {
			notices, err := x.Notices(t.Context(), enterprise, 0, 10)
			if err != nil || len(notices) != 2 {
				t.Fatalf("%s: %d notices, %v", enterprise, len(notices), err)
			}
			raw := taxbill.Append(nil, notices)
			checkBills(t, raw, 2)
			again, err := x.Notices(t.Context(), enterprise, notices[0].Seq, 10)
			if err != nil || len(again) != 1 || again[0].Seq != notices[1].Seq || string(taxbill.Append(nil, again)) != string(taxbill.Append(nil, notices[1:])) {
				t.Errorf("%s: rendering again gives %+v, %v", enterprise, again, err)
			}
		}
		if n, err := x.Notices(t.Context(), coretest.Payer, 0, 10); err != nil || len(n) != 0 {
			t.Errorf("a stranger gets %v, %v", n, err)
		}
	})
}

// checkBills reads a CEB816 message back: valid, marked, and its sums are those
// of its lines.
func checkBills(t *testing.T, raw []byte, docs int) {
	t.Helper()
	m, err := ceb.Decode(raw)
	if err != nil || len(m.Defects) > 0 || m.Kind != 816 || len(m.Docs) != docs {
		t.Fatalf("%v, %v in\n%s", err, m.Defects, raw)
	}
	amount := func(r ceb.Record, f ceb.Field) money.N5 {
		v, err := money.ParseN5(r.Bytes(f))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, d := range m.Docs {
		var duty, vat, ct money.N5
		for _, l := range d.Lines {
			duty, vat, ct = duty+amount(l, ceb.L816CustomsTax), vat+amount(l, ceb.L816ValueAddedTax), ct+amount(l, ceb.L816ConsumptionTax)
		}
		if duty != amount(d.Head, ceb.H816CustomsTax) || vat != amount(d.Head, ceb.H816ValueAddedTax) || ct != amount(d.Head, ceb.H816ConsumptionTax) {
			t.Errorf("sums differ in\n%s", raw)
		}
		if d.Head.Text(ceb.H816Note) != taxbill.Mark || d.Head.Text(ceb.H816Status) != "1" || len(d.Lines) != 2 {
			t.Errorf("head in\n%s", raw)
		}
	}
}

func TestHeldListGetsItsBillWhenReleased(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, x *fixture) {
		hold := func(n int, parcel uint64) {
			x.core.Send(t, coretest.List(n))
			x.core.Verdict(t, parcel, 300) // remembered until it is decided
			x.core.Send(t, coretest.Order(n), coretest.Payment(n), coretest.Waybill(n))
			x.catchUp(t)
		}
		hold(1, 1)
		hold(2, 2)
		if _, _, err := x.Bill(t.Context(), taxNo(1)); !errors.Is(err, taxbill.ErrNotFound) {
			t.Fatalf("a held list has a bill: %v", err)
		}
		if list, err := x.List(t.Context(), taxbill.Filter{}, taxbill.Page{}); err != nil || len(list) != 0 {
			t.Fatalf("listed: %v, %v", list, err)
		}
		x.core.Clock.Set(clock.Day(20261130).Time())
		x.core.Verdict(t, 1, 800)
		x.core.Verdict(t, 2, 100)
		// The refused list is mended: its assessment is made anew.
		x.core.Send(t, coretest.List(2).With(ceb.H621Guid, strings.Repeat("C", 36)).With(ceb.H621AppType, "2"))
		x.catchUp(t)
		b, states := x.bill(t, taxNo(1))
		if b.Released != 20261130 || b.PayFirst != 20261231 || !slices.Equal(states, []string{"generated"}) {
			t.Errorf("bill = %+v, %v", *b, states)
		}
		if b, _ := x.bill(t, taxNo(2)); b.Status != taxbill.Generated {
			t.Errorf("bill of the mended list = %+v", *b)
		}
	})
}

func TestWithdrawalVoidsTheBill(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, x *fixture) {
		x.parcels(t, 1)
		x.core.Send(t, coretest.Cancel(1, invtNo(1)))
		x.catchUp(t)
		b, states := x.bill(t, taxNo(1))
		if b.Status != taxbill.Void || !slices.Equal(states, []string{"generated", "void"}) {
			t.Errorf("bill = %+v, %v", *b, states)
		}
		notices, err := x.Notices(t.Context(), coretest.Merchant, 0, 10)
		if err != nil || len(notices) != 2 || notices[1].Kind != 818 {
			t.Fatalf("%+v, %v", notices, err)
		}
		m, err := ceb.Decode(taxbill.Append(nil, notices[1:]))
		if err != nil || len(m.Defects) > 0 || m.Docs[0].Head.Text(ceb.H818Status) != "3" || m.Docs[0].Head.Text(ceb.H818TaxNo) != b.TaxNo {
			t.Errorf("message of the void bill: %v, %v", err, m.Defects)
		}
		if n, err := x.Summarise(t.Context(), 20270301); err != nil || n != 0 {
			t.Errorf("summed %d, %v", n, err)
		}
		// Declared and released again, under a list number of its own.
		x.core.Send(t, coretest.List(1).With(ceb.H621Guid, strings.Repeat("D", 36)))
		x.catchUp(t)
		if b, _ := x.bill(t, taxNo(2)); b.Status != taxbill.Generated || b.OrderNo != coretest.OrderNo(1) {
			t.Errorf("second bill = %+v", *b)
		}
		if got := x.deposits(t); len(got) != 0 {
			t.Errorf("deposits %q", got)
		}
	})
}

func TestSumUpAndPay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, x *fixture) {
		x.parcels(t, 1, 2, 3)
		for _, c := range []struct {
			day  clock.Day
			want int
		}{{20261222, 0}, {20261223, 3}, {20261223, 0}, {20261224, 0}} {
			if n, err := x.Summarise(t.Context(), c.day); err != nil || n != c.want {
				t.Fatalf("%s: summed %d, %v; want %d", c.day, n, err, c.want)
			}
		}
		// One is withdrawn between summing up and payment.
		x.core.Send(t, coretest.Cancel(2, invtNo(2)))
		x.catchUp(t)
		const no = "PZD20261223000001"
		want := taxbill.Document{DutyNo: no, Guarantor: coretest.Carrier, Customs: coretest.Customs, Day: 20261223, PayLast: 20270106,
			Amount: 2 * parcelTax, Secured: 2 * parcelTax, Bills: 2}
		due := func(day clock.Day) []taxbill.Document {
			t.Helper()
			list, err := x.DueOn(t.Context(), day)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		if got := due(20270106); len(got) != 1 || got[0] != want {
			t.Errorf("due = %+v, want %+v", got, want)
		}
		if got := due(20261222); len(got) != 0 {
			t.Errorf("due before = %+v", got)
		}
		if got := due(20270116); len(got) != 1 || got[0].Late != 44 { // 88.64 x 0.05 % x 10
			t.Errorf("due late = %+v", got)
		}
		notices, err := x.Notices(t.Context(), coretest.Agent, 3, 10)
		if err != nil || len(notices) != 4 || notices[0].Fields[ceb.H818EntDutyNo] != no || notices[0].Fields[ceb.H818Status] != "2" {
			t.Errorf("notices = %+v, %v", notices, err)
		}
		if m, err := ceb.Decode(taxbill.Append(nil, notices)); err != nil || len(m.Defects) > 0 || len(m.Docs) != 4 {
			t.Errorf("message: %v, %v", err, m.Defects)
		}
		x.pay(t, no)
		if got := due(20270106); len(got) != 0 {
			t.Errorf("due after payment = %+v", got)
		}
		want.PaidDay, want.Paid, want.Reference = 20270104, 2*parcelTax, "bank 1"
		if doc, err := x.Document(t.Context(), no, 20270301); err != nil || *doc != want {
			t.Errorf("document = %+v, %v", doc, err)
		}
		// A withdrawal after the payment takes the security out again, which the
		// core has given back twice.
		x.core.Send(t, coretest.Cancel(3, invtNo(3)))
		x.catchUp(t)
		if got, want := x.deposits(t), []string{deposit(2*parcelTax, "税款缴纳 tax paid "+no+" bank 1"), deposit(-parcelTax, "已缴税单作废 paid bill void "+taxNo(3))}; !slices.Equal(got, want) {
			t.Errorf("deposits = %q, want %q", got, want)
		}
	})
}

// pay tries wrong payments, and then the right one twice.
func (x *fixture) pay(t *testing.T, no string) {
	t.Helper()
	right := taxbill.Payment{DutyNo: no, Amount: 2 * parcelTax, Day: 20270104, Reference: "bank 1"}
	wrong, other, missing := right, right, right
	wrong.Amount++
	other.Reference = "bank 2"
	missing.DutyNo = "PZD20261223000009"
	for _, c := range []struct {
		p    taxbill.Payment
		want error
	}{{wrong, taxbill.ErrAmount}, {missing, taxbill.ErrNotFound}, {right, nil}, {right, nil}, {other, taxbill.ErrPaid}, {wrong, taxbill.ErrPaid}} {
		if _, err := x.Pay(t.Context(), c.p); !errors.Is(err, c.want) {
			t.Errorf("Pay(%+v) = %v, want %v", c.p, err, c.want)
		}
	}
	if got := x.deposits(t); len(got) != 1 {
		t.Errorf("deposits = %q", got)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, x *fixture) {
		x.parcels(t, 1, 2, 3)
		x.core.Send(t, coretest.Cancel(2, invtNo(2)))
		x.catchUp(t)
		all, err := x.List(t.Context(), taxbill.Filter{}, taxbill.Page{})
		if err != nil || len(all) != 3 {
			t.Fatalf("%v, %v", all, err)
		}
		for name, c := range map[string]struct {
			filter taxbill.Filter
			page   taxbill.Page
			want   []string
		}{
			"all":       {want: []string{taxNo(3), taxNo(2), taxNo(1)}},
			"page":      {page: taxbill.Page{Before: all[0].Decision, Limit: 1}, want: []string{taxNo(2)}},
			"generated": {filter: taxbill.Filter{Status: taxbill.Generated}, want: []string{taxNo(3), taxNo(1)}},
			"void":      {filter: taxbill.Filter{Status: taxbill.Void, Party: coretest.Agent, From: 20261122, To: 20261122}, want: []string{taxNo(2)}},
			"stranger":  {filter: taxbill.Filter{Party: coretest.Payer}},
			"later":     {filter: taxbill.Filter{From: 20261123}},
			"document":  {filter: taxbill.Filter{DutyNo: "PZD1"}},
		} {
			list, err := x.List(t.Context(), c.filter, c.page)
			var got []string
			for _, b := range list {
				got = append(got, b.TaxNo)
			}
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, %v; want %v", name, got, err, c.want)
			}
		}
	})
}

// The stream tells what became of every bill, in the order of the notices.
func TestFacts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, x *fixture) {
		x.parcels(t, 1)
		if _, err := x.Summarise(t.Context(), 20261223); err != nil {
			t.Fatal(err)
		}
		events, err := x.Facts().Read(t.Context(), 0, 10)
		if err != nil || len(events) != 2 {
			t.Fatalf("%v, %v", events, err)
		}
		want := `{"tax_no":"` + taxNo(1) + `","parcel":1,"decision":` + fmt.Sprint(x.core.Durable()) + `,"status":"summarised","duty_no":"PZD20261223000001","total":"44.32"}`
		if e := events[1]; e.Kind != "bill" || e.Version != 1 || string(e.Body) != want {
			t.Errorf("event = %s %s, want %s", e.Kind, e.Body, want)
		}
	})
}

package clearance_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// sold is parcel i with one line of a code, worth value in yuan, declared A or B.
func (m *machine) sold(i uint64, code string, value money.Fen, flag string) *traffic.Parcel {
	p := m.parcel(i)
	for _, d := range []*traffic.Document{&p.Order, &p.List} {
		d.Lines = d.Lines[:1]
		d.SetLine(0, "currency", "142")
	}
	m.cargo(p, 0, code, 1, value, "1")
	p.Order = *with(&p.Order, "goodsValue", value.String(), "freight", "0", "currency", "142")
	p.List = *with(&p.List, "freight", "0", "statisticsFlag", flag, "grossWeight", "100", "netWeight", "90")
	if p.Payment != nil {
		p.Payment = with(p.Payment, "charge", value.String(), "currency", "142")
	}
	return p
}

// TestExportClasses RULES B1, B4, C2, C3: how a list reaches the statistics, with
// the reason, and what a list can't do.
func TestExportClasses(t *testing.T) {
	t.Parallel()
	const (
		plainCode, licence, inspection = "1302200000", "2505900010", "0204100000"
		duty, prohibited               = "2607000001", "0510001010"
	)
	for _, c := range []struct {
		name  string
		mode  traffic.Mode
		code  string
		value money.Fen
		flag  string
		codes []string // of the refusal, or of the decision when it is let in
		in    bool
		says  string
	}{
		{"B1 9610 by summary declaration, as the enterprise chose", out9610, plainCode, 5000 * yuan, "B", []string{"PZ1702"}, true, "企业选择"},
		{"B1 9610 summary, over the limit of statistics", out9610, plainCode, 5000*yuan + 1, "B", []string{"PZ1702"}, true, "金额超过限值"},
		{"B1 9610 summary, licence", out9610, licence, 10 * yuan, "B", []string{"PZ1702"}, true, "许可证件"},
		{"B1 9610 summary, export duty", out9610, duty, 10 * yuan, "B", []string{"PZ1702"}, true, "出口关税"},
		{"B4 9610 for statistics only, 5,000.00", out9610, "1302000000", 5000 * yuan, "A", []string{"PZ1701"}, true, "5000.00"},
		{"B4 9610 for statistics only, 5,000.01", out9610, "1302000000", 5000*yuan + 1, "A", []string{"PZ1703"}, false, "金额超过限值"},
		{"C2 9710 of 5,000.00", out9710, plainCode, 5000 * yuan, "B", []string{"PZ1702"}, true, "企业选择"},
		{"C2 9710 of 5,000.01 needs a declaration", out9710, plainCode, 5000*yuan + 1, "B", []string{"PZ1704"}, false, "5000.01"},
		{"C2 9810 of 5,000.01 needs a declaration", traffic.Export9810, plainCode, 5000*yuan + 1, "B", []string{"PZ1704"}, false, "9810"},
		{"C2 9710 with licence needs a declaration", out9710, licence, 900 * yuan, "B", []string{"PZ1705"}, false, "许可证件"},
		{"C2 9710 with inspection needs a declaration", out9710, inspection, 900 * yuan, "B", []string{"PZ1705"}, false, "法定检验"},
		{"C2 9710 with export duty needs a declaration", out9710, duty, 900 * yuan, "B", []string{"PZ1705"}, false, "出口关税"},
		{"C2 9710 over the limit and with licence: both are said", out9710, licence, 5000*yuan + 1, "B", []string{"PZ1704", "PZ1705"}, false, "5000.01"},
		{"C3 9710 by six digits", out9710, "1302200000", 5000 * yuan, "A", []string{"PZ1701"}, true, "5000.00"},
		{"an export that is prohibited", out9610, prohibited, 10 * yuan, "B", []string{"PZ1709"}, false, "禁止"},
		{"9610 with inspection stays a list", out9610, inspection, 10 * yuan, "B", []string{"PZ1702"}, true, "企业选择"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, setup{modes: []traffic.Mode{c.mode}})
			p := m.sold(0, c.code, c.value, c.flag)
			out := m.send(all(p)...)
			got := refusal(out)
			if c.in {
				m.want(p, clearance.Concluded)
				got = codes(what(out, clearance.Decided))
			}
			if !slices.Equal(got, c.codes) || !strings.Contains(story(out), c.says) {
				t.Errorf("want %v %q, got %v:%s", c.codes, c.says, got, story(out))
			}
		})
	}
}

// TestForeignMoneyWithoutRates: where the limit can't be judged a person must.
func TestForeignMoneyWithoutRates(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{out9710}})
	p := m.sold(0, "1302200000", 100*yuan, "B")
	for _, d := range []*traffic.Document{&p.Order, &p.List} {
		d.SetLine(0, "currency", "502")
	}
	p.Order.Set("currency", "502")
	out := m.send(all(p)...)
	m.want(p, clearance.Review)
	if !slices.Contains(codes(out), "PZ1708") {
		t.Error(story(out))
	}
}

// TestReceiptOfPayment RULES B1: needed to 2024-12-14, not from 2024-12-15 on
// (GACC 2024 No.167), by the day on which the list came; a retail mode only.
func TestReceiptOfPayment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode   traffic.Mode
		day    clock.Day
		waits  bool
		lackOf string
	}{
		{traffic.Export9610, 20241214, true, "收款单"}, {traffic.Export9610, 20241215, false, ""},
		{traffic.Export1210, 20241214, true, "收款单"}, {traffic.Export1210, 20241215, false, ""},
		{traffic.Export9710, 20241214, false, ""}, {traffic.Export9810, 20241215, false, ""},
	} {
		m := newMachine(t, setup{modes: []traffic.Mode{c.mode}, day: earlier, edits: always})
		m.now = c.day.Time().AddDate(0, 0, 1).Add(-20 * 1e9) // late in the evening
		p := m.parcel(0)
		p.List.Set("appTime", p.List.Get("appTime"))
		out := m.send(&p.Order, &p.Waybill, &p.List)
		if (m.stateOf(p) == clearance.Waiting) != c.waits || c.waits && !strings.Contains(story(out), c.lackOf) {
			t.Errorf("%v on %v: %v%s", c.mode, c.day, m.stateOf(p), story(out))
		}
		if !c.waits {
			continue
		}
		m.now = m.now.AddDate(0, 0, 2) // the day of the list counts, not that of its completion
		m.send(again(&p.Order, "2", 1))
		m.want(p, clearance.Waiting)
		m.send(p.Payment)
		m.want(p, clearance.Concluded)
	}
}

// TestReceivedAmount: a receipt of payment of another amount is a warning.
func TestReceivedAmount(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{out9610}, day: earlier, edits: always})
	p := m.parcel(0)
	p.Payment.Set("charge", "0.01")
	out := m.send(all(p)...)
	m.want(p, clearance.Concluded)
	if !slices.Contains(codes(out), "PZ1707") {
		t.Error(story(out))
	}
}

// TestOverseasWarehouseFiling RULES C5: 9810 needed the filing to 2024-12-14.
func TestOverseasWarehouseFiling(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		day   clock.Day
		filed bool
		want  []string
	}{{20241214, false, []string{"PZ1706"}}, {20241214, true, nil}, {20241215, false, nil}, {20241215, true, nil}} {
		m := newMachine(t, setup{modes: []traffic.Mode{traffic.Export9810}, day: earlier, edits: always})
		m.now = c.day.Time().Add(12 * 3600 * 1e9)
		p := m.parcel(0)
		if !c.filed {
			m.command(clearance.FilingChange, []byte("-"+p.Route.Merchant.Code+"/overseas-warehouse"))
		}
		out := m.send(all(p)...)
		if got := refusal(out); !slices.Equal(got, c.want) {
			t.Errorf("%v, filed %v: %v%s", c.day, c.filed, got, story(out))
		}
	}
}

// TestArrivalAndDeparture of many waybills in one message, of unknown ones, and
// changed: what is there moves, the rest is remembered.
func TestArrivalAndDeparture(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{out9610}})
	a, b := m.parcel(0), m.parcel(4) // of one route
	if a.Route.Logistics != b.Route.Logistics {
		t.Fatal("the parcels have two carriers")
	}
	m.send(all(a)...)
	arrival := copyOf(a.Arrival)
	for i, no := range []string{b.WaybillNo, "NOT-YET"} {
		arrival.Lines = append(arrival.Lines, field("gnum", strconv.Itoa(i+2), "logisticsNo", no))
	}
	out := m.send(arrival)
	m.want(a, clearance.Released)
	if got := statuses(out, 508); !slices.Equal(got, []int{2, 399}) {
		t.Errorf("508 says %v", got)
	}
	if n := len(what(out, clearance.NotMoved)); n != 2 {
		t.Errorf("%d waybills are remembered%s", n, story(out))
	}
	m.send(all(b)...)
	m.want(b, clearance.Released)
	if out := m.send(again(a.Arrival, "1", 1)); !slices.Equal(codes(out), []string{"PZ1007"}) {
		t.Errorf("the number again:%s", story(out))
	}
	if out := m.send(again(a.Departed, "1", 1)); !slices.Equal(statuses(out, 510), []int{2, 399}) || !slices.Equal(statuses(out, 604), []int{899}) {
		t.Error(story(out))
	}
	m.want(a, clearance.Closed)
	// Departure before arrival, then both.
	c := m.parcel(8)
	m.send(all(c)...)
	m.send(c.Departed)
	m.want(c, clearance.Concluded)
	if got := statuses(m.send(c.Arrival), 604); !slices.Equal(got, []int{800, 899}) {
		t.Errorf("604 says %v", got)
	}
	m.want(c, clearance.Closed)
	// Held by a person while it arrives and departs: closed on release.
	d := m.parcel(12)
	m.send(all(d)...)
	m.verdict(m.numberOf(d), 500)
	m.send(d.Arrival, d.Departed)
	m.want(d, clearance.Inspect)
	if got := statuses(m.verdict(m.numberOf(d), 800), 604); !slices.Equal(got, []int{800, 899}) {
		t.Errorf("604 says %v", got)
	}
	m.want(d, clearance.Closed)
}

// TestForeignMoneyWithRates: the limit is judged in yuan, at the operator's rate.
func TestForeignMoneyWithRates(t *testing.T) {
	t.Parallel()
	for value, want := range map[money.Fen][]string{70422: nil, 70423: {"PZ1704"}} { // at 7.1: 4,999.96 and 5,000.03
		m := newMachine(t, setup{modes: []traffic.Mode{out9710}, edits: []edit{rates}})
		p := m.sold(0, "1302200000", value, "B")
		for _, d := range []*traffic.Document{&p.Order, &p.List} {
			d.SetLine(0, "currency", "502")
		}
		p.Order.Set("currency", "502")
		if got := refusal(m.send(all(p)...)); !slices.Equal(got, want) {
			t.Errorf("%v dollars: refused for %v, want %v", value, got, want)
		}
	}
}

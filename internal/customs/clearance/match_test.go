package clearance_test

import (
	"slices"
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/money"
)

// mismatch is a difference between sound documents of one parcel.
type mismatch struct {
	name  string // clause and what differs
	mode  traffic.Mode
	spoil func(m *machine, p *traffic.Parcel)
	codes []string
}

// other is a person who has nothing to do with the parcel.
func (m *machine) other() traffic.Person { return m.gen.Person(7_000_001) }

// another is an enterprise of the role that is not code.
func (m *machine) another(r traffic.Role, code string) string {
	for _, e := range m.gen.Zone().With(r) {
		if e.Code != code {
			return e.Code
		}
	}
	m.Fatal("the zone has one enterprise of the role")
	return ""
}

var mismatches = []mismatch{
	{"FORMATS 5 13035 payment enterprise", in1210, func(m *machine, p *traffic.Parcel) {
		p.Order.Set("payCode", m.another(traffic.Payment, p.Route.Payment.Code))
	}, []string{"13035"}},
	{"FORMATS 5 1327 RULES A14 name of the payer", in1210, func(m *machine, p *traffic.Parcel) { p.Payment.Set("payerName", m.other().Name+"某") }, []string{"1327"}},
	{"FORMATS 5 1327 RULES A14 identity of the payer", in1210, func(m *machine, p *traffic.Parcel) { p.Payment.Set("payerIdNumber", m.other().ID) }, []string{"1327"}},
	{"FORMATS 5 1332 amount paid, a fen more", in1210, func(_ *machine, p *traffic.Parcel) { p.Payment.Set("amountPaid", plus(p.Payment.Get("amountPaid"), 1)) }, []string{"1332"}},
	{"FORMATS 5 1332 amount paid, a fen less", in1210, func(_ *machine, p *traffic.Parcel) {
		p.Payment.Set("amountPaid", plus(p.Payment.Get("amountPaid"), -1))
	}, []string{"1332"}},
	{"FORMATS 4 payTransactionId", in1210, func(_ *machine, p *traffic.Parcel) { p.Order.Set("payTransactionId", "PAY-OTHER") }, []string{"PZ1508"}},
	{"FORMATS 5 13127 name in the list", in1210, func(m *machine, p *traffic.Parcel) { p.List.Set("buyerName", m.other().Name+"某") }, []string{"13127"}},
	{"FORMATS 5 13127 identity in the list", in1210, func(m *machine, p *traffic.Parcel) { p.List.Set("buyerIdNumber", m.other().ID) }, []string{"13127"}},
	{"FORMATS 5 130126 telephone", in1210, func(_ *machine, p *traffic.Parcel) { p.List.Set("buyerTelephone", "19900000000") }, []string{"130126"}},
	{"FORMATS 5 address of the list", in1210, func(_ *machine, p *traffic.Parcel) { p.List.Set("consigneeAddress", "河南省新乡市") }, []string{"PZ1505"}},
	{"RULES A16 consignee of the waybill", in1210, func(_ *machine, p *traffic.Parcel) { p.Waybill.Set("consignee", "某某") }, []string{"PZ1505"}},
	{"RULES A16 telephone of the waybill", in1210, func(_ *machine, p *traffic.Parcel) { p.Waybill.Set("consigneeTelephone", "19900000000") }, []string{"PZ1505"}},
	{"RULES A16 address of the waybill", in1210, func(_ *machine, p *traffic.Parcel) { p.Waybill.Set("consigneeAddress", "河南省新乡市") }, []string{"PZ1505"}},
	{"FORMATS 4 order of the waybill", in1210, func(_ *machine, p *traffic.Parcel) { p.Waybill.Set("orderNo", "XO-OTHER") }, []string{"PZ1504"}},
	{"FORMATS 5 1320 number of lines", in1210, func(_ *machine, p *traffic.Parcel) {
		extra := append([]traffic.Field(nil), p.List.Lines[0]...)
		p.List.Lines = append(p.List.Lines, extra)
		n := len(p.List.Lines) - 1
		p.List.SetLine(n, "gnum", string(rune('1'+n)))
		p.List.SetLine(n, "price", "0")
		p.List.SetLine(n, "totalPrice", "0")
	}, []string{"1320"}},
	{"FORMATS 5 1322 quantity", in1210, func(_ *machine, p *traffic.Parcel) {
		p.List.SetLine(0, "qty", double(p.List.Line(0, "qty")))
		p.List.SetLine(0, "price", half(p.List.Line(0, "price")))
	}, []string{"1322"}},
	{"FORMATS 5 1322 unit", in1210, func(_ *machine, p *traffic.Parcel) { p.List.SetLine(0, "unit", "142") }, []string{"1322"}},
	{"FORMATS 5 1322 country of origin", in1210, func(_ *machine, p *traffic.Parcel) {
		origin := "502"
		if p.List.Line(0, "country") == origin {
			origin = "116"
		}
		p.List.SetLine(0, "country", origin)
	}, []string{"1322"}},
	{"FORMATS 5 1322 total, and with it the goods' value", in1210, func(_ *machine, p *traffic.Parcel) {
		p.List.SetLine(0, "price", double(p.List.Line(0, "price")))
		p.List.SetLine(0, "totalPrice", double(p.List.Line(0, "totalPrice")))
	}, []string{"1322", "PZ1504"}},
	{"RULES A16 freight", in1210, func(_ *machine, p *traffic.Parcel) { p.List.Set("freight", plus(p.List.Get("freight"), 1)) }, []string{"PZ1504"}},
	{"RULES A16 insurance not in the order", in1210, func(_ *machine, p *traffic.Parcel) { p.List.Set("insuredFee", "0.01") }, []string{"PZ1504"}},
	{"FORMATS 4 e-commerce enterprise", in1210, func(m *machine, p *traffic.Parcel) {
		p.List.Set("assureCode", p.Route.Logistics.Code)
		p.List.Set("ebcCode", m.another(traffic.Merchant, p.Route.Merchant.Code))
	}, []string{"PZ1504"}},
	{"FORMATS 4 platform of an export", out9710, func(m *machine, p *traffic.Parcel) {
		p.List.Set("ebpCode", m.another(traffic.Platform, p.Route.PlatformCode))
	}, []string{"PZ1504"}},
	{"FORMATS 4 lines of an export", out9610, func(_ *machine, p *traffic.Parcel) {
		p.List.SetLine(0, "qty", double(p.List.Line(0, "qty")))
		p.List.SetLine(0, "price", half(p.List.Line(0, "price")))
	}, []string{"1322"}},
	{"RULES A9 a line off the positive list", in1210, func(_ *machine, p *traffic.Parcel) {
		p.List.SetLine(0, "gcode", "2501002000")
		p.List.SetLine(0, "unit1", "035")
	}, []string{"PZ1601"}},
	{"all mismatches at once", in1210, func(m *machine, p *traffic.Parcel) {
		p.Order.Set("payCode", m.another(traffic.Payment, p.Route.Payment.Code))
		p.Payment.Set("payerName", "某某")
		p.Payment.Set("amountPaid", "0.01")
		p.List.Set("buyerName", "某某")
		p.List.Set("buyerTelephone", "19900000000")
		p.List.Set("freight", plus(p.List.Get("freight"), 1))
		p.List.SetLine(0, "unit", "142")
		p.Waybill.Set("consignee", "某某")
		p.List.SetLine(0, "gcode", "2501002000")
		p.List.SetLine(0, "unit1", "035")
	}, []string{"130126", "13035", "13127", "1322", "1327", "1332", "PZ1504", "PZ1505", "PZ1601"}},
}

func double(s string) string { return times(s, 2, 1) }
func half(s string) string   { return times(s, 1, 2) }

func times(s string, a, b money.N5) string {
	v, err := money.ParseN5([]byte(s))
	if err != nil || v*a%b != 0 {
		panic("no clean number: " + s)
	}
	return (v * a / b).String()
}

// refusal is what the list was refused for, sorted; nil when it was not.
func refusal(ds []*clearance.Decision) (out []string) {
	for _, d := range ds {
		if d.What == clearance.Decided && d.To == clearance.Refused {
			r := d.Receipts[0].Rungs
			for _, why := range r[len(r)-1].Reasons {
				out = append(out, why.Code)
			}
		}
	}
	slices.Sort(out)
	return out
}

// TestMismatches: each single difference gives exactly its code, all at once
// are listed together; a refusal holds no allowance and no guarantee, its
// documents can be mended, and the mended list is decided anew.
func TestMismatches(t *testing.T) {
	t.Parallel()
	for _, c := range mismatches {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, setup{modes: []traffic.Mode{c.mode}})
			p := m.pick(plain(1))
			good := m.pick(plain(1))
			c.spoil(m, p)
			out := m.send(all(p)...)
			if got := refusal(out); !slices.Equal(got, c.codes) {
				t.Fatalf("want %v, got %v:%s", c.codes, got, story(out))
			}
			if got := statuses(out, p.List.Kind.Receipt()); !slices.Equal(got, []int{2, 100}) {
				t.Errorf("list answered with %v", got)
			}
			untouched(t, m)
			for _, d := range three(good) {
				m.send(again(d, "2", 5))
			}
			m.send(again(&good.List, "2", 5))
			want := clearance.Released
			if !c.mode.Import {
				want = clearance.Concluded
			}
			m.want(p, want)
		})
	}
}

// untouched fails when something is reserved, or charged to a person.
func untouched(t *testing.T, m *machine) {
	t.Helper()
	for e := range m.engine.Book().All() {
		if person := e.Limits.Ceiling != ledger.NoCeiling; e.Pending != 0 || person && e.Posted != 0 {
			t.Errorf("account %v stands at %d, %d after a refusal", e.Account, e.Posted, e.Pending)
		}
	}
}

// TestWaybillOfAnotherList FORMATS 4: one list a waybill; the second is refused
// with everything else that is wrong with it, and never waits for it.
func TestWaybillOfAnotherList(t *testing.T) {
	t.Parallel()
	t.Run("released", func(t *testing.T) {
		m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
		a, b := m.pick(plain(1)), m.parcel(200)
		m.send(all(a)...)
		b.Waybill, b.List = *with(&b.Waybill, "logisticsNo", a.WaybillNo, "logisticsCode", a.Route.Logistics.Code),
			*with(&b.List, "logisticsNo", a.WaybillNo, "logisticsCode", a.Route.Logistics.Code, "assureCode", b.Route.Merchant.Code)
		out := m.send(all(b)...)
		if !slices.Contains(refusal(out), "PZ1506") || !slices.Contains(codes(out), "-504015") {
			t.Errorf("want the waybill refused with -504015, the list with PZ1506:%s", story(out))
		}
		m.want(a, clearance.Released)
	})
	t.Run("waiting", func(t *testing.T) {
		m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
		a, b := m.parcel(0), m.parcel(1)
		b.List = *with(&b.List, "logisticsNo", a.WaybillNo, "logisticsCode", a.Route.Logistics.Code, "assureCode", b.Route.Merchant.Code)
		m.send(&a.List, &b.List, &b.Order)
		if out := m.send(b.Payment); !slices.Contains(refusal(out), "PZ1506") {
			t.Errorf("the second list waits for the first one's waybill:%s", story(out))
		}
		m.send(three(a)...)
		m.want(a, clearance.Released)
	})
	t.Run("given up", func(t *testing.T) { // the first list is deleted: the waybill is free for the second
		m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
		a := m.parcel(0)
		b := m.pick(func(p *traffic.Parcel) bool { return p.OrderNo != a.OrderNo && p.Route.Logistics == a.Route.Logistics })
		b.List, b.Waybill = *with(&b.List, "logisticsNo", a.WaybillNo), *with(&b.Waybill, "logisticsNo", a.WaybillNo)
		m.send(&a.List, &b.List, &b.Order, again(&a.List, "3", 5), &b.Waybill)
		m.want(b, clearance.Waiting)
		m.send(b.Payment)
		m.want(b, clearance.Released)
	})
}

// TestUnfiledEnterprises RULES A16: every enterprise that a document names must
// be filed for its role.
func TestUnfiledEnterprises(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		mode traffic.Mode
		code func(*traffic.Parcel) string // code/role
		doc  func(*traffic.Parcel) *traffic.Document
		want string
	}{
		{"platform of the order", in1210, func(p *traffic.Parcel) string { return p.Route.PlatformCode + "/platform" }, order, "-10102"},
		{"merchant of the order", in1210, func(p *traffic.Parcel) string { return p.Route.Merchant.Code + "/merchant" }, order, "-10102"},
		{"payment enterprise", in1210, func(p *traffic.Parcel) string { return p.Route.Payment.Code + "/payment" }, payment, "22001"},
		{"carrier of the waybill", in1210, func(p *traffic.Parcel) string { return p.Route.Logistics.Code + "/logistics" }, waybill, "-10102"},
		{"carrier of the list", in1210, func(p *traffic.Parcel) string { return p.Route.Logistics.Code + "/logistics" }, list, "-10102"},
		{"merchant of the list", in1210, func(p *traffic.Parcel) string { return p.Route.Merchant.Code + "/merchant" }, list, "-10102"},
		{"declarant", in1210, func(p *traffic.Parcel) string { return p.Route.Agent.Code + "/agent" }, list, "-10102"},
		{"warehouse", in1210, func(p *traffic.Parcel) string { return p.Route.Warehouse.Code + "/warehouse" }, list, "-10102"},
		{"guarantor", in1210, func(p *traffic.Parcel) string { return p.Route.Guarantor.Code + "/guarantor" }, list, "-10102"},
		{"merchant of an export", out9610, func(p *traffic.Parcel) string { return p.Route.Merchant.Code + "/merchant" }, list, "-10102"},
		{"operator of the place", out9610, func(p *traffic.Parcel) string { return p.Route.Operator.Code + "/operator" },
			func(p *traffic.Parcel) *traffic.Document { return p.Arrival }, "-10102"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, setup{modes: []traffic.Mode{c.mode}})
			p := m.parcel(0)
			code := c.code(p)
			m.command(clearance.FilingChange, []byte("-"+code))
			out := m.send(c.doc(p))
			if len(out) != 1 || out[0].What != clearance.DocRefused || !slices.Equal(codes(out), []string{c.want}) {
				t.Fatalf("want %s:%s", c.want, story(out))
			}
			if err := sound(out[0]); err != nil {
				t.Error(err)
			}
			m.command(clearance.FilingChange, []byte("+"+code))
			if out := m.send(c.doc(p)); out[0].What != clearance.DocStored {
				t.Errorf("filed and still refused:%s", story(out))
			}
		})
	}
}

package clearance_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// rice lets the observed list have rice, for the weight counters.
var rice = edit{"tables/positive_list_observed.csv", "04011000,", "10063020,长粒米精米,1,1,0,true\n04011000,"}

// worth is parcel i with one line of pieces worth goods in all, of one buyer,
// with freight, and no tax withheld.
func (m *machine) worth(i, buyer uint64, pieces int64, goods, freight money.Fen) *traffic.Parcel {
	p := m.parcel(i)
	for _, d := range []*traffic.Document{&p.Order, &p.List} {
		d.Lines = d.Lines[:1]
	}
	m.buyer(p, buyer)
	m.cargo(p, 0, "2103909000", pieces, goods, "1")
	m.total(p, goods, freight)
	return p
}

// cargo makes line n goods of a code whose legal unit is the kilogram.
func (m *machine) cargo(p *traffic.Parcel, n int, code string, pieces int64, value money.Fen, kg string) {
	price := money.N5(int64(value) * 1000 / pieces).String()
	for _, d := range []*traffic.Document{&p.Order, &p.List} {
		d.SetLine(n, "qty", strconv.FormatInt(pieces, 10))
		d.SetLine(n, "price", price)
		d.SetLine(n, "totalPrice", value.String())
	}
	p.List.SetLine(n, "gcode", code)
	p.List.SetLine(n, "unit1", "035")
	p.List.SetLine(n, "qty1", kg)
	p.List.Lines[n] = slices.DeleteFunc(p.List.Lines[n], func(f traffic.Field) bool { return f.Name == "unit2" || f.Name == "qty2" })
}

func (m *machine) total(p *traffic.Parcel, goods, freight money.Fen) {
	p.Order = *with(&p.Order, "goodsValue", goods.String(), "freight", freight.String(), "discount", "0", "taxTotal", "0", "acturalPaid", (goods + freight).String())
	p.List = *with(&p.List, "freight", freight.String(), "insuredFee", "0", "grossWeight", "100", "netWeight", "90")
	p.Payment.Set("amountPaid", (goods + freight).String())
}

func (m *machine) buyer(p *traffic.Parcel, n uint64) {
	p.Buyer = m.gen.Person(9_000_000 + n)
	for _, d := range []*traffic.Document{&p.Order, &p.List} {
		d.Set("buyerName", p.Buyer.Name)
		d.Set("buyerIdNumber", p.Buyer.ID)
		d.Set("buyerTelephone", p.Buyer.Phone)
	}
	p.Payment.Set("payerName", p.Buyer.Name)
	p.Payment.Set("payerIdNumber", p.Buyer.ID)
}

const yuan money.Fen = 100

// TestLimitsAtTheirBoundaries through real documents.
func TestLimitsAtTheirBoundaries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		used    money.Fen // bought before, in one piece
		pieces  int64
		goods   money.Fen
		freight money.Fen
		code    string // of the refusal
		reason  string // RULES A17
	}{
		{"A1 5,000.00 of two pieces is within", 0, 2, 5000 * yuan, 0, "", "WITHIN_LIMITS"},
		{"A1 5,000.00 of one piece is within", 0, 1, 5000 * yuan, 0, "", "WITHIN_LIMITS"},
		{"A1 5,000.01 of two pieces is over", 0, 2, 5000*yuan + 1, 0, "-621005", "OVER_SINGLE_LIMIT_MULTI_PIECE"},
		{"A6 5,000.01 of one piece pays full tax", 0, 1, 5000*yuan + 1, 0, "", "SINGLE_PIECE_OVER_SINGLE_LIMIT"},
		{"A3.1 freight counts: 4,990.00 and 10.00", 0, 2, 4990 * yuan, 10 * yuan, "", "WITHIN_LIMITS"},
		{"A3.1 freight counts: 4,990.00 and 10.01", 0, 2, 4990 * yuan, 10*yuan + 1, "-621005", "OVER_SINGLE_LIMIT_MULTI_PIECE"},
		{"A7 2 × 3,000.00", 0, 2, 6000 * yuan, 0, "-621005", "OVER_SINGLE_LIMIT_MULTI_PIECE"},
		{"A6 25,999.99 in one piece", 0, 1, 26000*yuan - 1, 0, "", "SINGLE_PIECE_OVER_SINGLE_LIMIT"},
		{"A6 26,000.00 exactly is not below the annual limit", 0, 1, 26000 * yuan, 0, "PZ1603", "NOT_BELOW_ANNUAL_LIMIT"},
		{"A8 26,000.01", 0, 1, 26000*yuan + 1, 0, "1313", "OVER_ANNUAL_LIMIT"},
		{"A2 25,600.00 used and 400.00", 25600 * yuan, 2, 400 * yuan, 0, "", "WITHIN_LIMITS"},
		{"A2 25,600.00 used and 400.01", 25600 * yuan, 2, 400*yuan + 1, 0, "1313", "OVER_ANNUAL_LIMIT"},
		{"A8 20,000.00 used and one piece of 6,500.00", 20000 * yuan, 1, 6500 * yuan, 0, "1313", "OVER_ANNUAL_LIMIT"},
		{"A8 23,000.00 used and 4,999.00", 23000 * yuan, 1, 4999 * yuan, 0, "1313", "OVER_ANNUAL_LIMIT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
			if c.used > 0 {
				before := m.worth(1, 1, 1, c.used, 0)
				m.send(all(before)...)
				m.want(before, clearance.Released)
			}
			p := m.worth(0, 1, c.pieces, c.goods, c.freight)
			out := m.send(all(p)...)
			d := what(out, clearance.Decided)[0]
			if d.Tax == nil || d.Tax.Reason != c.reason {
				t.Errorf("reason %+v, want %s", d.Tax, c.reason)
			}
			want := int64(c.used)
			if c.code == "" {
				m.want(p, clearance.Released)
				want += int64(c.goods + c.freight)
			} else if got := refusal(out); !slices.Equal(got, []string{c.code}) {
				t.Errorf("refused for %v, want %s:%s", got, c.code, story(out))
			}
			if posted, pending := m.allowance(p.Buyer.ID, 2026); posted != want || pending != 0 {
				t.Errorf("allowance stands at %d, %d; want %d", posted, pending, want)
			}
		})
	}
}

// TestASmallXIsTheSamePerson RULES A2, E3: the check character X written small
// opens no second allowance, and documents that write it differently agree.
func TestASmallXIsTheSamePerson(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
	buyer := uint64(0)
	for !strings.HasSuffix(m.gen.Person(9_000_000+buyer).ID, "X") {
		buyer++
	}
	first, second := m.worth(0, buyer, 1, 25999*yuan, 0), m.worth(1, buyer, 2, 2*yuan, 0)
	m.send(all(first)...)
	m.want(first, clearance.Released)
	small := strings.ToLower(second.Buyer.ID)
	second.Order.Set("buyerIdNumber", small)
	second.List.Set("buyerIdNumber", small)
	if got := refusal(m.send(all(second)...)); !slices.Equal(got, []string{"1313"}) {
		t.Errorf("refused for %v, want 1313 alone", got)
	}
	if upper, lower := pair(m.allowance(strings.ToUpper(small), 2026)), pair(m.allowance(small, 2026)); upper != lower || upper[0] == 0 {
		t.Errorf("the accounts of X and x stand at %v and %v", upper, lower)
	}
}

// TestNoExemptAmount RULES A13: 10.00 yuan of goods at 13 % owe 0.91.
func TestNoExemptAmount(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
	p := m.worth(0, 1, 1, 10*yuan, 0)
	d := what(m.send(all(p)...), clearance.Decided)[0]
	if d.To != clearance.Released || d.Tax.Total() != 91 {
		t.Errorf("%v, tax %v", d.To, d.Tax.Total())
	}
}

// TestWeightCounters RULES A9d: sugar 2 kg, rice 20 kg a person and year.
func TestWeightCounters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, code, group string
		kg                []string // list after list
		want              []bool   // let in
		grams             int64
	}{
		{"sugar, 2 kg at once", "1701999090", "sugar", []string{"2"}, []bool{true}, 2000},
		{"sugar, a gram more", "1701999090", "sugar", []string{"2.001"}, []bool{false}, 0},
		{"sugar, a hundredth of a gram more", "1701999090", "sugar", []string{"2.00001"}, []bool{false}, 0},
		{"sugar in parts", "1701999090", "sugar", []string{"1.5", "0.5", "0.001"}, []bool{true, true, false}, 2000},
		{"rice, 20 kg", "1006302001", "rice", []string{"20", "0.001"}, []bool{true, false}, 20000},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, setup{modes: []traffic.Mode{in9610}, edits: []edit{rice}})
			for i, kg := range c.kg {
				p := m.worth(uint64(i), 1, 1, 20*yuan, 0)
				m.cargo(p, 0, c.code, 1, 20*yuan, kg)
				out := m.send(all(p)...)
				if c.want[i] {
					m.want(p, clearance.Released)
				} else if got := refusal(out); !slices.Equal(got, []string{"PZ1602"}) {
					t.Errorf("list %d refused for %v:%s", i, got, story(out))
				}
			}
			id := m.gen.Person(9_000_001).ID
			if posted, pending := m.grams(id, c.group, 2026); posted != c.grams || pending != 0 {
				t.Errorf("counter stands at %d, %d; want %d", posted, pending, c.grams)
			}
		})
	}
	t.Run("two lines of one group in a list", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct {
			second string
			ok     bool
		}{{"0.8", true}, {"0.801", false}} {
			m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
			p := m.pick(func(p *traffic.Parcel) bool { return len(p.List.Lines) >= 2 })
			p.Order.Lines, p.List.Lines = p.Order.Lines[:2], p.List.Lines[:2]
			m.buyer(p, 1)
			m.cargo(p, 0, "1701999090", 1, 20*yuan, "1.2")
			m.cargo(p, 1, "1701999001", 1, 20*yuan, c.second)
			m.total(p, 40*yuan, 0)
			out := m.send(all(p)...)
			if got := refusal(out); (got == nil) != c.ok {
				t.Errorf("1.2 + %s kg: %v%s", c.second, got, story(out))
			}
		}
	})
}

// TestGuarantee RULES A10: released while the deposit covers the tax, to the fen.
func TestGuarantee(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in9610}, poor: true})
	p := m.worth(0, 1, 1, 1000*yuan, 0)
	if got := refusal(m.send(all(p)...)); !slices.Equal(got, []string{"1311"}) {
		t.Fatalf("without a deposit: %v", got)
	}
	code := p.List.Get("assureCode")
	m.deposit(code, 9099) // the tax is 91.00 (RULES A4)
	if got := refusal(m.send(again(&p.List, "2", 1))); !slices.Equal(got, []string{"1311"}) {
		t.Fatalf("a fen short: %v", got)
	}
	m.deposit(code, 1)
	m.send(again(&p.List, "2", 2))
	m.want(p, clearance.Released)
	if posted, pending := m.guarantee(code); posted != 0 || pending != 0 {
		t.Errorf("guarantee stands at %d, %d", posted, pending)
	}
	if d := m.deposit(code, -1)[0]; len(d.Postings) != 0 || codes([]*clearance.Decision{d})[0] != "PZ3004" {
		t.Errorf("more was taken out than there is: %s", story([]*clearance.Decision{d}))
	}
	m.send(withdrawal(p, m.invtNo[m.keys[p.OrderNo]]))
	if posted, pending := m.guarantee(code); posted != 9100 || pending != 0 {
		t.Errorf("after the withdrawal the guarantee stands at %d, %d", posted, pending)
	}
}

// TestWithdrawalRestoresEverything: allowance, weight counter and guarantee to
// the fen and gram, whatever the state; the number of the list is not given again.
func TestWithdrawalRestoresEverything(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
	p := m.worth(0, 1, 3, 77*yuan+7, 13)
	m.cargo(p, 0, "1701999090", 1, 77*yuan+7, "1.234")
	code := p.List.Get("assureCode")
	deposit, _ := m.guarantee(code)
	seen := map[string]bool{}
	for round := range int64(3) {
		m.send(all(p)...)
		if round > 0 {
			m.send(again(&p.List, "1", round))
		}
		m.want(p, clearance.Released)
		tax := what(m.log, clearance.Decided)[round].Tax.Total()
		if posted, _ := m.allowance(p.Buyer.ID, 2026); posted != 7720 {
			t.Fatalf("allowance %d", posted)
		}
		if posted, _ := m.grams(p.Buyer.ID, "sugar", 2026); posted != 1234 {
			t.Fatalf("grams %d", posted)
		}
		if posted, _ := m.guarantee(code); posted != deposit-int64(tax) || tax == 0 {
			t.Fatalf("guarantee %d, tax %v", posted, tax)
		}
		no := m.invtNo[m.keys[p.OrderNo]]
		if seen[no] {
			t.Errorf("number %s is given twice", no)
		}
		seen[no] = true
		request := withdrawal(p, no)
		out := m.send(request)
		if got := statuses(out, 624); !slices.Equal(got, []int{2, 120, 399}) {
			t.Errorf("624 says %v", got)
		}
		m.want(p, clearance.Withdrawn)
		if out := m.send(request); out[0].What != clearance.DocRepeated || !slices.Equal(statuses(out, 624), []int{399}) {
			t.Errorf("the request again:%s", story(out))
		}
		if out := m.send(withdrawal(p, no)); !slices.Contains(codes(out), "-623009") {
			t.Errorf("another request:%s", story(out))
		}
		for _, v := range [][2]int64{pair(m.allowance(p.Buyer.ID, 2026)), pair(m.grams(p.Buyer.ID, "sugar", 2026))} {
			if v != [2]int64{} {
				t.Errorf("after the withdrawal an account stands at %v", v)
			}
		}
		if posted, pending := m.guarantee(code); posted != deposit || pending != 0 {
			t.Errorf("after the withdrawal the guarantee stands at %d, %d, want %d", posted, pending, deposit)
		}
	}
}

func pair(a, b int64) [2]int64 { return [2]int64{a, b} }

// TestTheYearOfTheList RULES Z3: a list received on 31 December and completed in
// January counts in the old year; Beijing's midnight divides.
func TestTheYearOfTheList(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2027, 1, 1, 0, 0, 0, 0, clock.Beijing)
	for _, c := range []struct {
		name     string
		received time.Time
		year     int
	}{{"a second before midnight", midnight.Add(-time.Second), 2026}, {"midnight", midnight, 2027}} {
		m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
		p := m.worth(0, 1, 2, 100*yuan, 0)
		m.now = c.received.Add(-time.Second) // send adds one
		m.send(&p.List)
		m.now = midnight.AddDate(0, 0, 3)
		m.send(three(p)...)
		m.want(p, clearance.Released)
		for _, year := range []int{2026, 2027} {
			want := int64(0)
			if year == c.year {
				want = 10000
			}
			if posted, _ := m.allowance(p.Buyer.ID, year); posted != want {
				t.Errorf("%s: %d stands at %d, want %d", c.name, year, posted, want)
			}
		}
		m.send(withdrawal(p, m.invtNo[m.keys[p.OrderNo]]))
		if posted, _ := m.allowance(p.Buyer.ID, c.year); posted != 0 {
			t.Errorf("%s: the withdrawal gave back to another year", c.name)
		}
	}
	// The limit of the old year is used up; the new year's is not.
	m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
	m.send(all(m.worth(1, 1, 1, 25999*yuan, 0))...)
	old, fresh := m.worth(2, 1, 2, 2*yuan, 0), m.worth(3, 1, 2, 2*yuan, 0)
	m.now = midnight.Add(-time.Minute)
	m.send(&old.List)
	m.now = midnight.Add(time.Minute)
	m.send(&fresh.List)
	m.send(three(old)...)
	m.send(three(fresh)...)
	m.want(old, clearance.Refused)
	m.want(fresh, clearance.Released)
}

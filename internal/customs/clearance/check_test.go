package clearance_test

import (
	"slices"
	"testing"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/money"
)

// pick is the first parcel of which is says yes.
func (m *machine) pick(is func(*traffic.Parcel) bool) *traffic.Parcel {
	m.Helper()
	for i := range uint64(400) {
		if p := m.parcel(i); is(p) {
			return p
		}
	}
	m.Fatal("no parcel of the generator fits")
	return nil
}

// plain parcels have lines of one legal unit and one line at least.
func plain(lines int) func(*traffic.Parcel) bool {
	return func(p *traffic.Parcel) bool {
		for i := range p.List.Lines {
			if p.List.Line(i, "unit2") != "" {
				return false
			}
		}
		return len(p.List.Lines) >= lines
	}
}

func plus(amount string, fen money.Fen) string {
	f, err := money.ParseFen(amount)
	if err != nil {
		panic(err)
	}
	return (f + fen).String()
}

// alone is a fault of one document by itself.
type alone struct {
	name  string // clause and what is wrong
	mode  traffic.Mode
	doc   func(*traffic.Parcel) *traffic.Document
	spoil func(*traffic.Document)
	codes []string
}

func order(p *traffic.Parcel) *traffic.Document   { return &p.Order }
func payment(p *traffic.Parcel) *traffic.Document { return p.Payment }
func waybill(p *traffic.Parcel) *traffic.Document { return &p.Waybill }
func list(p *traffic.Parcel) *traffic.Document    { return &p.List }

func set(pairs ...string) func(*traffic.Document) {
	return func(d *traffic.Document) {
		for i := 0; i < len(pairs); i += 2 {
			d.Set(pairs[i], pairs[i+1])
		}
	}
}

func setLine(pairs ...string) func(*traffic.Document) {
	return func(d *traffic.Document) {
		for i := 0; i < len(pairs); i += 2 {
			d.SetLine(0, pairs[i], pairs[i+1])
		}
	}
}

func drop(name string) func(*traffic.Document) {
	return func(d *traffic.Document) {
		d.Head = slices.DeleteFunc(d.Head, func(f traffic.Field) bool { return f.Name == name })
	}
}

var (
	in1210, in9610   = traffic.Import1210, traffic.Import9610
	out9610, out9710 = traffic.Export9610, traffic.Export9710
)

var aloneFaults = []alone{
	{"RULES A3.4 acturalPaid = goodsValue + freight + tax − discount, off by a fen", in1210, order,
		func(d *traffic.Document) { d.Set("acturalPaid", plus(d.Get("acturalPaid"), 1)) }, []string{"PZ1003"}},
	{"RULES A3.4 a fen too little", in1210, order,
		func(d *traffic.Document) { d.Set("acturalPaid", plus(d.Get("acturalPaid"), -1)) }, []string{"PZ1003"}},
	{"RULES A3.4 goodsValue = Σ totalPrice", in1210, order, func(d *traffic.Document) {
		d.Set("goodsValue", plus(d.Get("goodsValue"), 1))
		d.Set("acturalPaid", plus(d.Get("acturalPaid"), 1))
	}, []string{"PZ1003"}},
	{"RULES A3.4 totalPrice = price × qty in the order", in1210, order,
		func(d *traffic.Document) { d.SetLine(0, "price", plus(d.Line(0, "price"), 1)) }, []string{"PZ1101"}},
	{"RULES A3.4 totalPrice = price × qty in the list", in1210, list,
		func(d *traffic.Document) { d.SetLine(0, "price", plus(d.Line(0, "price"), 1)) }, []string{"PZ1101"}},
	{"RULES A3.4 currency 142", in1210, order, set("currency", "502"), []string{"0002"}},
	{"RULES A3.4 currency 142 in a line", in1210, list, setLine("currency", "502"), []string{"0002"}},
	{"RULES A3.4 buyerIdType 1", in1210, order, set("buyerIdType", "2"), []string{"PZ1004"}},
	{"FORMATS 6 export goodsValue = Σ totalPrice", out9610, order,
		func(d *traffic.Document) { d.Set("goodsValue", plus(d.Get("goodsValue"), 1)) }, []string{"PZ1003"}},
	{"FORMATS 7 orderType", out9610, order, set("orderType", "X"), []string{"PZ1004"}},
	{"FORMATS 4 gnum repeated in the order, -301002", in1210, order, setLine("gnum", "2"), []string{"-301002"}},
	{"FORMATS 4 gnum repeated in the list, -621027", in1210, list, setLine("gnum", "2"), []string{"-621027"}},
	{"FORMATS 2.3 appType", in1210, order, set("appType", "4"), []string{"PZ1004"}},
	{"FORMATS 2.3 appStatus 1 saved", in1210, list, set("appStatus", "1"), []string{"PZ1009"}},
	{"FORMATS 2.3 appTime is no time", in1210, order, set("appTime", "20261322101010"), []string{"PZ1008"}},
	{"FORMATS 2.3 appTime is no day", in1210, waybill, set("appTime", "20260230101010"), []string{"PZ1008"}},
	{"FORMATS 2.3 payTime is no time", in1210, payment, set("payTime", "20261122256010"), []string{"PZ1008"}},
	{"RULES E3 check digit of the orderer", in1210, order, wrongID("buyerIdNumber"), []string{"1300"}},
	{"RULES E3 check digit of the payer", in1210, payment, wrongID("payerIdNumber"), []string{"1300"}},
	{"RULES E3 check digit in the list", in1210, list, wrongID("buyerIdNumber"), []string{"1300"}},
	{"code table: unit", in1210, order, setLine("unit", "999"), []string{"PZ1002"}},
	{"code table: country of origin", in1210, list, setLine("country", "ZZZ"), []string{"PZ1002"}},
	{"code table: customs district", in1210, list, set("customsCode", "ZZZZ"), []string{"PZ1002"}},
	{"code table: transport mode", in1210, list, set("trafMode", "?"), []string{"PZ1002"}},
	{"code table: wrap type", in1210, list, set("wrapType", "Q"), []string{"PZ1002"}},
	{"code table: currency of an export", out9610, order, set("currency", "000"), []string{"PZ1002"}},
	{"spec: one package a waybill", in1210, waybill, set("packNo", "2"), []string{"PZ1004"}},
	{"spec: one package a list", in1210, list, set("packNo", "2"), []string{"PZ1004"}},
	{"spec: ieFlag", in1210, list, set("ieFlag", "E"), []string{"PZ1004"}},
	{"FORMATS 6 weight > 0", in1210, waybill, set("weight", "0"), []string{"PZ1004"}},
	{"FORMATS 6 qty > 0", in1210, list, setLine("qty1", "0"), []string{"PZ1004"}},
	{"amount out of range", in1210, payment, set("amountPaid", "99999999999999.99"), []string{"PZ1006"}},
	{"RULES A16 net ≤ gross", in1210, list,
		func(d *traffic.Document) { d.Set("netWeight", plus5(d.Get("grossWeight"))) }, []string{"PZ1401"}},
	{"RULES A9 code not in the tariff", in1210, list, setLine("gcode", "9999999999"), []string{"PZ1402"}},
	{"tariff: first legal unit", in1210, list, otherUnit("unit1"), []string{"PZ1403"}},
	{"FORMATS 6 qty2 without unit2", in1210, list, insertLine("qty2", "1"), []string{"PZ1404"}},
	{"FORMATS 5 assureCode is none of the list's enterprises", in1210, list, set("assureCode", "4107969999"), []string{"PZ1406"}},
	{"RULES C1 9710 is no import mode", in1210, list, set("tradeMode", "9710"), []string{"PZ1408"}},
	{"FORMATS 8 1210 needs emsNo", in1210, list, drop("emsNo"), []string{"PZ1005"}},
	{"FORMATS 8 1210 needs areaCode", in1210, list, drop("areaCode"), []string{"PZ1005"}},
	{"FORMATS 8 1210 comes from China (142)", in1210, list, set("country", "502"), []string{"PZ1004"}},
	{"FORMATS 8 9610 needs voyageNo", in9610, list, drop("voyageNo"), []string{"PZ1005"}},
	{"FORMATS 8 9610 needs billNo", in9610, list, drop("billNo"), []string{"PZ1005"}},
	{"RULES C1 1239 is no export mode", out9610, list, set("tradeMode", "1239"), []string{"PZ1408"}},
	{"RULES B4 statisticsFlag", out9610, list, set("statisticsFlag", "C"), []string{"PZ1004"}},
	{"RULES B4 no heading of 4 digits", out9610, list, func(d *traffic.Document) {
		d.Set("statisticsFlag", "A")
		for i := range d.Lines {
			d.SetLine(i, "gcode", "9999000000")
		}
	}, []string{"PZ1407"}},
	{"RULES C3 4 digits are too few for 9710", out9710, list, func(d *traffic.Document) {
		d.Set("statisticsFlag", "A")
		d.SetLine(0, "gcode", d.Line(0, "gcode")[:4]+"000000")
	}, []string{"PZ1407"}},
	{"spec: a part of an arrival beyond msgCount", out9610, func(p *traffic.Parcel) *traffic.Document { return p.Arrival },
		set("msgSeqNo", "2"), []string{"PZ1004"}},
	{"an arrival is not taken back", out9610, func(p *traffic.Parcel) *traffic.Document { return p.Arrival }, set("appType", "3"), []string{"PZ1004"}},
	{"all faults of a document at once", in1210, order, func(d *traffic.Document) {
		set("buyerIdType", "2", "appStatus", "1", "acturalPaid", "0.01", "buyerIdNumber", "110101199001011234")(d)
		setLine("unit", "999", "gnum", "7")(d)
	}, []string{"-301002", "1300", "PZ1002", "PZ1003", "PZ1004", "PZ1009"}},
	{"all faults of a list at once", in1210, list, func(d *traffic.Document) {
		set("appStatus", "1", "netWeight", "999", "assureCode", "4107969999", "tradeMode", "9610", "customsCode", "ZZZZ")(d)
		setLine("gcode", "9999999999", "country", "ZZZ")(d)
	}, []string{"PZ1002", "PZ1002", "PZ1005", "PZ1005", "PZ1005", "PZ1009", "PZ1401", "PZ1402", "PZ1406"}},
}

func wrongID(name string) func(*traffic.Document) {
	return func(d *traffic.Document) {
		id := []byte(d.Get(name))
		id[17] = map[bool]byte{true: '1', false: '0'}[id[17] == '0']
		d.Set(name, string(id))
	}
}

func otherUnit(name string) func(*traffic.Document) {
	return func(d *traffic.Document) {
		unit := "011"
		if d.Line(0, name) == unit {
			unit = "035"
		}
		d.SetLine(0, name, unit)
	}
}

// insertLine puts an element into the first line, after unit1.
func insertLine(name, value string) func(*traffic.Document) {
	return func(d *traffic.Document) {
		i := slices.IndexFunc(d.Lines[0], func(f traffic.Field) bool { return f.Name == "unit1" })
		d.Lines[0] = slices.Insert(d.Lines[0], i+1, traffic.Field{Name: name, Value: value})
	}
}

func plus5(kg string) string {
	v, err := money.ParseN5([]byte(kg))
	if err != nil {
		panic(err)
	}
	return (v + 1).String()
}

// invalid is the status with which a kind answers what fails its checks, where
// the first code is no official exception.
func invalid(k ceb.Kind, code string) int {
	if code[0] != '-' {
		code = clearance.CodeOf(k, clearance.Invalid)
	}
	n := 0
	if code[0] != '-' {
		return 100
	}
	for _, c := range code[1:] {
		n = n*10 + int(c-'0')
	}
	return -n
}

// TestFaultsOfADocumentByItself: exactly the code of the fault, a negative
// status of the kind, and no trace: afterwards the parcel goes its way.
func TestFaultsOfADocumentByItself(t *testing.T) {
	t.Parallel()
	for _, f := range aloneFaults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, setup{modes: []traffic.Mode{f.mode}})
			p := m.pick(plain(1))
			if len(f.codes) > 1 || f.codes[0][0] == '-' {
				p = m.pick(plain(2))
			}
			bad := copyOf(f.doc(p))
			bad.Set("guid", newGUID())
			f.spoil(bad)
			out := m.send(bad)
			got := codes(out)
			slices.Sort(got)
			if len(out) != 1 || out[0].What != clearance.DocRefused || !slices.Equal(got, f.codes) {
				t.Fatalf("want %v:%s", f.codes, story(out))
			}
			if err := sound(out[0]); err != nil {
				t.Error(err)
			}
			if out[0].Reasons[0].Code == "0002" {
				if got := statuses(out, 900); !slices.Equal(got, []int{-2}) {
					t.Errorf("CEB900 says %v", got)
				}
				return
			}
			status := statuses(out, bad.Kind.Receipt())
			if want := invalid(bad.Kind, out[0].Reasons[0].Code); !slices.Equal(status, []int{want}) {
				t.Errorf("status %v, want %d", status, want)
			}
			m.send(all(p)...)
			want := clearance.Released
			if !f.mode.Import {
				want = clearance.Concluded
			}
			m.want(p, want)
		})
	}
}

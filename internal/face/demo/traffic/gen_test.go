package traffic

import (
	"bytes"
	"encoding/xml"
	"io"
	"regexp"
	"strconv"
	"testing"

	"pilotzone/ceb"
)

var guidForm = regexp.MustCompile(`^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$`)

func TestSameSeedGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	render := func(seed uint64) []byte {
		g := testGen(t, Options{Seed: seed, Day: testDay, Block: 10})
		var buf []byte
		for i := range uint64(500) {
			buf = g.AppendOrder(buf, i)
			buf = g.AppendPayment(buf, i)
			buf = g.AppendWaybill(buf, i)
			buf = g.AppendList(buf, i)
			buf = g.AppendStatus(buf, i)
		}
		p, err := g.Plan(500, DefaultMix())
		if err != nil {
			t.Fatal(err)
		}
		for k := range p.Messages() {
			if buf, err = p.Append(buf, k, anyListNumber); err != nil {
				t.Fatal(err)
			}
		}
		return buf
	}
	a, b, c := render(5), render(5), render(6)
	if !bytes.Equal(a, b) {
		t.Error("two runs of one seed differ")
	}
	if bytes.Equal(a, c) {
		t.Error("two seeds give the same")
	}
}

func anyListNumber(copNo string) (string, bool) { return "46162026I" + copNo[len(copNo)-9:], true }

func TestTemplatesGiveWhatTheDocumentBuilderGives(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{
		{Seed: 1, Day: testDay, Block: 3},
		{Seed: 2, Day: 20241214, Block: 1, Buyers: 20},
		{Seed: 3, Day: testDay, Modes: ImportModes(), Buyers: 500_000},
	} {
		g := testGen(t, o)
		for i := uint64(0); i < 3_000; i += 7 {
			p := g.Parcel(i)
			for _, d := range p.Documents() {
				sh := shapeOf(d.Kind)
				if sh.step > stepStatus {
					continue
				}
				st := g.stamp(i)
				st.step = sh.step
				fast, slow := g.appendTemplate(nil, &st), d.Append(nil)
				if !bytes.Equal(fast, slow) {
					t.Fatalf("parcel %d, %v:\n%s\nwant\n%s", i, d.Kind, fast, slow)
				}
			}
			wantDocs := 4
			if p.Route.Import || g.HasPayment(false) {
				wantDocs++
			}
			if !p.Route.Import {
				wantDocs++ // arrival and departure instead of the status
			}
			if len(p.Documents()) != wantDocs {
				t.Fatalf("parcel %d has %d documents, want %d", i, len(p.Documents()), wantDocs)
			}
		}
	}
}

func TestMessagesOfManyHoldTheSameDocumentsAsMessagesOfOne(t *testing.T) {
	t.Parallel()
	g := testGen(t, Options{Seed: 9, Day: 20241201, Block: 40})
	body := func(raw []byte) []byte {
		from := bytes.Index(raw, []byte("ceb\">\n")) + 6
		return raw[from:bytes.Index(raw, []byte("<ceb:BaseTransfer>"))]
	}
	for from := uint64(0); from < 2_000; {
		next := from
		for _, importKind := range []ceb.Kind{311, 411, 511, 621} {
			many, n := g.AppendMessage(nil, g.Kind(from, importKind), from, 25)
			if n < 1 || n > 25 {
				t.Fatalf("%d documents", n)
			}
			var want []byte
			for i := range uint64(n) {
				one := map[ceb.Kind]func([]byte, uint64) []byte{311: g.AppendOrder, 411: g.AppendPayment,
					511: g.AppendWaybill, 621: g.AppendList}[importKind](nil, from+i)
				want = append(want, body(one)...)
			}
			if !bytes.Equal(body(many), want) {
				t.Fatalf("message of %d from parcel %d differs", n, from)
			}
			next = from + uint64(n)
		}
		from = next
	}
	if out, n := g.AppendMessage([]byte("x"), 623, 0, 5); n != 0 || string(out) != "x" {
		t.Error("a kind that parcels do not send by themselves was made")
	}
}

func TestEveryMessageIsWellFormed(t *testing.T) {
	t.Parallel()
	g := testGen(t, Options{Seed: 4, Day: testDay, Block: 5})
	for from := uint64(0); from < 600; from += 5 {
		for _, sh := range shapes {
			raw, n := g.AppendMessage(nil, sh.kind, from, 100)
			if n == 0 {
				continue
			}
			dec := xml.NewDecoder(bytes.NewReader(raw))
			for {
				_, err := dec.Token()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatalf("%v: %v\n%s", sh.kind, err, raw)
				}
			}
		}
	}
}

func TestEveryMessageIsSchemaValid(t *testing.T) {
	t.Parallel()
	g := testGen(t, Options{Seed: 21, Day: 20241214, Block: 10})
	made := map[ceb.Kind]int{}
	for from := uint64(0); from < 1_200; from += 10 {
		for _, sh := range shapes {
			raw, n := g.AppendMessage(nil, sh.kind, from, 10)
			if n == 0 {
				continue
			}
			made[sh.kind] += n
			valid(t, raw)
			if sh.kind != 507 && sh.kind != 509 {
				m, _ := ceb.Decode(raw)
				if len(m.Docs) != n {
					t.Fatalf("%v: %d documents, want %d", sh.kind, len(m.Docs), n)
				}
			}
		}
	}
	for _, sh := range shapes {
		if made[sh.kind] == 0 && sh.step != stepWithdrawal {
			t.Errorf("no %v was made", sh.kind)
		}
	}
}

// valid holds a message to the schema of both editions.
func valid(t testing.TB, raw []byte) {
	t.Helper()
	m, err := ceb.Decode(raw)
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	if len(m.Defects) != 0 {
		t.Fatalf("%+v\n%s", m.Defects[0], raw)
	}
	for _, e := range []ceb.Edition{ceb.E2018, ceb.E2022} {
		if !m.Editions.Has(e) {
			t.Fatalf("%v is not valid under %v", m.Kind, e)
		}
	}
}

func TestNumbersAndGuidsAreUnique(t *testing.T) {
	t.Parallel()
	g := testGen(t, Options{Seed: 8, Day: testDay})
	seen := map[string]bool{}
	once := func(kind, s string) {
		if seen[kind+s] {
			t.Fatalf("%s %s twice", kind, s)
		}
		seen[kind+s] = true
	}
	guid := func(s string) {
		if !guidForm.MatchString(s) {
			t.Fatalf("guid %q", s)
		}
		once("guid", s)
	}
	for i := range uint64(3_000) {
		for _, raw := range [][]byte{g.AppendOrder(nil, i), g.AppendPayment(nil, i), g.AppendWaybill(nil, i), g.AppendList(nil, i), g.AppendStatus(nil, i)} {
			if len(raw) == 0 {
				continue
			}
			m := mustParse(t, raw)
			guid(m.guid)
			h := m.docs[0].head
			guid(h["guid"])
			switch m.kind {
			case "311", "303":
				once("order", h["orderNo"])
			case "411", "403":
				once("payment", h["payTransactionId"]+h["payNo"])
			case "511", "505":
				once("waybill", h["logisticsNo"])
			case "621", "603":
				once("copNo", h["copNo"])
			}
		}
	}
}

func TestModesHaveTheirShares(t *testing.T) {
	t.Parallel()
	modes := AllModes()
	g := testGen(t, Options{Seed: 2, Day: testDay, Block: 7, Modes: modes})
	count := map[Mode]int{}
	for i := range uint64(7 * 40 * 3) {
		r := g.routeOf(i)
		count[Mode{r.Mode, r.Import}]++
	}
	for _, s := range modes {
		if count[s.Mode] != 21*s.Weight {
			t.Errorf("%v: %d parcels, want %d", s.Mode, count[s.Mode], 21*s.Weight)
		}
	}
}

func TestNewRefusesWrongOptions(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"no day":       {},
		"bad day":      {Day: 20260231},
		"block":        {Day: testDay, Block: 101},
		"buyers":       {Day: testDay, Buyers: -1},
		"baskets":      {Day: testDay, Baskets: -2},
		"empty shares": {Day: testDay, Modes: []Share{{Import9610, 0}}},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestSizeOfAParcel keeps the size of four messages near the 9.4 kB on which the
// speed targets are measured.
func TestSizeOfAParcel(t *testing.T) {
	t.Parallel()
	g := testGen(t, Options{Seed: 1, Day: testDay, Modes: ImportModes()})
	total, n := 0, 0
	for i := uint64(0); i < 40_000; i += 41 {
		buf := g.AppendOrder(nil, i)
		buf = g.AppendPayment(buf, i)
		buf = g.AppendWaybill(buf, i)
		total += len(g.AppendList(buf, i))
		n++
	}
	if mean := total / n; mean < 8_900 || mean > 9_900 {
		t.Errorf("a parcel has %d bytes on average", mean)
	} else {
		t.Log("bytes a parcel: " + strconv.Itoa(mean))
	}
}

func TestTheFastWayAllocatesNothing(t *testing.T) {
	g := testGen(t, Options{Seed: 1, Day: testDay, Modes: ImportModes()})
	buf := make([]byte, 0, 1<<20)
	i := uint64(0)
	if n := testing.AllocsPerRun(200, func() {
		buf = g.AppendOrder(buf[:0], i)
		buf = g.AppendPayment(buf, i)
		buf = g.AppendWaybill(buf, i)
		buf = g.AppendList(buf, i)
		buf, _ = g.AppendMessage(buf, 311, i, 100)
		i++
	}); n != 0 {
		t.Errorf("%v allocations a parcel", n)
	}
}

func BenchmarkParcel(b *testing.B) {
	g := testGen(b, Options{Seed: 1, Day: testDay, Buyers: 500_000, Modes: ImportModes()})
	var buf []byte
	b.ReportAllocs()
	n := 0
	i := uint64(0)
	for b.Loop() {
		buf = g.AppendOrder(buf[:0], i)
		buf = g.AppendPayment(buf, i)
		buf = g.AppendWaybill(buf, i)
		buf = g.AppendList(buf, i)
		n += len(buf)
		i++
	}
	b.SetBytes(int64(n) / int64(i))
}

// BenchmarkMessages writes the four messages of 100 parcels at once.
func BenchmarkMessages(b *testing.B) {
	g := testGen(b, Options{Seed: 1, Day: testDay, Buyers: 500_000, Modes: ImportModes()})
	var buf []byte
	b.ReportAllocs()
	from := uint64(0)
	for b.Loop() {
		buf = buf[:0]
		for _, k := range []ceb.Kind{311, 411, 511, 621} {
			buf, _ = g.AppendMessage(buf, k, from, 100)
		}
		from += 100
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/parcel")
}

func BenchmarkPlan(b *testing.B) {
	g := testGen(b, Options{Seed: 1, Day: testDay, Block: BlockFor(20_000)})
	for b.Loop() {
		if _, err := g.Plan(20_000, DefaultMix()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		testGen(b, Options{Seed: 1, Day: testDay})
	}
}

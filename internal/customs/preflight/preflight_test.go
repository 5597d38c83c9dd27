package preflight_test

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/draft"
	"pilotzone/internal/customs/preflight"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/packs"
)

const day clock.Day = 20261122

var now = day.Time().Add(10 * time.Hour)

var rules = sync.OnceValue(func() *refdata.Book {
	p, err := pack.LoadFS(packs.Files, "national")
	if err != nil {
		panic(err)
	}
	set, err := pack.NewSet(p)
	if err != nil {
		panic(err)
	}
	b, err := refdata.New(set)
	if err != nil {
		panic(err)
	}
	return b
})

// register is a view in which only the zone's enterprises are filed.
type register map[string]bool

func (r register) Filed(code, _ string, _ clock.Day) (bool, string) {
	return r[code], "未备案 not filed"
}
func (register) Apply([]byte) (string, error) { return "", errors.New("no") }
func (register) Snapshot() []byte             { return nil }
func (register) Restore([]byte) error         { return nil }

func zoneOf(g *traffic.Gen) register {
	r := register{}
	for _, e := range g.Zone().Enterprises {
		r[e.Code] = true
	}
	return r
}

func gen(t testing.TB, seed uint64) *traffic.Gen {
	t.Helper()
	g, err := traffic.New(traffic.Options{Seed: seed, Day: day, Block: 3, Baskets: 8})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func checker(t testing.TB, f clearance.Filings) *preflight.Checker {
	t.Helper()
	c, err := preflight.New(preflight.Config{Rules: rules, Filings: func() clearance.Filings { return f }, Clock: clock.NewFixed(now), Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// messages renders a day's messages with troubles, those left out that need a
// list's number.
func messages(t testing.TB, g *traffic.Gen, parcels int) (out [][]byte) {
	t.Helper()
	plan, err := g.Plan(parcels, traffic.DefaultMix())
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range plan.Messages() {
		if m.NeedsListNumber {
			continue
		}
		b, err := plan.Append(nil, i, nil)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// real runs messages through the machine as the core does, and returns the last
// decision about each parcel, by its order number, and what each document got.
func real(t testing.TB, f clearance.Filings, ms [][]byte) (last map[string]*clearance.Decision, answers []string) {
	t.Helper()
	ring, err := keys.New(keys.AES256GCM, now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	e := clearance.New(clearance.Config{Rules: rules(), Filings: f, Hasher: ring.Hasher()})
	x := clearance.Extractor{Hasher: ring.Hasher(), Rules: rules()}
	last = map[string]*clearance.Decision{}
	input := uint64(0)
	paid := map[string]bool{}
	for _, m := range ms {
		msg, err := ceb.Decode(bytes.Clone(m))
		if err != nil || intake.Unusable(msg) != nil {
			continue
		}
		for _, d := range x.Docs(msg, now.UnixMicro(), nil) {
			if d.List != nil && d.List.Guarantor != "" && !paid[d.List.Guarantor] {
				paid[d.List.Guarantor] = true
				input++
				if err := e.Command(input, clearance.Command{Kind: clearance.Deposit, At: now.UnixMicro(), Body: clearance.DepositBody{Guarantor: d.List.Guarantor, Amount: clearance.Enough}.Encode()}); err != nil {
					t.Fatal(err)
				}
				e.Take()
			}
			input++
			e.Document(input, &d)
			out := e.Take()
			a := intake.AnswerOf(input, &d, out)
			answers = append(answers, fmt.Sprint(a.Kind, a.What, a.Status))
			for _, v := range out {
				if v.Number == 0 || v.Subject == "" {
					continue
				}
				old := last[v.Subject]
				c := *v
				if old != nil { // a later word changes only what it speaks of
					c.Status = cmp.Or(v.Status, old.Status)
					if v.What != clearance.Decided && v.What != clearance.DocStored {
						c.Tax = old.Tax
					}
				}
				last[v.Subject] = &c
			}
		}
	}
	return last, answers
}

// TestPreflightDecidesAsTheCore: for a day's documents with every trouble of the
// traffic, each document is answered and each parcel decided and taxed as by the
// machine that the core runs.
func TestPreflightDecidesAsTheCore(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			t.Parallel()
			g := gen(t, 1+seed)
			ms := messages(t, g, 120)
			want, answers := real(t, zoneOf(g), ms)
			r, err := checker(t, zoneOf(g)).Check(t.Context(), preflight.Ask{Files: []preflight.File{{Name: "day.xml", Data: bytes.Join(ms, nil)}}})
			if err != nil {
				t.Fatal(err)
			}
			if len(want) < 90 || len(answers) != len(r.Documents) {
				t.Fatalf("%d parcels; %d documents, %d were answered", len(want), len(r.Documents), len(answers))
			}
			refused := 0
			for i, d := range r.Documents {
				if got := fmt.Sprint(ceb.Kind(d.Kind), d.What, d.Status); got != answers[i] {
					t.Errorf("document %d: %s, the core says %s", i, got, answers[i])
				}
				if d.What == "refused" {
					refused++
					if d.Defects == 0 {
						t.Errorf("%v is refused and nothing is said", d)
					}
				}
			}
			seen := 0
			for _, p := range r.Parcels {
				v := want[p.OrderNo]
				if v == nil || p.State == "none" {
					continue
				}
				seen++
				if p.State != v.To.String() || p.Status != int(v.Status) {
					t.Errorf("parcel %s: %s %d, the core says %s %d", p.OrderNo, p.State, p.Status, v.To, v.Status)
				}
				if (p.Tax == nil) != (v.Tax == nil) || p.Tax != nil && (p.Tax.Total != v.Tax.Total() || len(p.Tax.Working) < 3 || p.Tax.Decision != v.Tax.Decision) {
					t.Errorf("parcel %s: tax %+v, the core says %+v", p.OrderNo, p.Tax, v.Tax)
				}
			}
			if seen < 90 || refused < 3 {
				t.Errorf("%d parcels compared, %d documents refused", seen, refused)
			}
		})
	}
}

// TestTryAnswersAsTheCore: the sandbox answers a message as a submission to an
// empty zone would.
func TestTryAnswersAsTheCore(t *testing.T) {
	t.Parallel()
	g := gen(t, 9)
	c := checker(t, zoneOf(g))
	for i, m := range messages(t, g, 60) {
		_, want := real(t, zoneOf(g), [][]byte{m})
		ack, decisions, err := c.Try(t.Context(), m)
		if err != nil {
			var refusal *intake.Refusal
			if !errors.As(err, &refusal) || len(want) > 0 {
				t.Errorf("message %d: %v, the core answers %v", i, err, want)
			}
			continue
		}
		var got []string
		for _, a := range ack.Docs {
			got = append(got, fmt.Sprint(a.Kind, a.What, a.Status))
		}
		if !slices.Equal(got, want) || len(decisions) == 0 || len(decisions[0].Nodes()) == 0 {
			t.Errorf("message %d: %v, the core says %v", i, got, want)
		}
	}
}

// find returns an import parcel of a mode with its four documents.
func find(t testing.TB, g *traffic.Gen, mode string, imports bool) *traffic.Parcel {
	t.Helper()
	for i := range uint64(300) {
		if p := g.Parcel(i); p.Route.Import == imports && p.Route.Mode == mode {
			return p
		}
	}
	t.Fatal("no such parcel")
	return nil
}

func files(g *traffic.Gen, docs ...*traffic.Document) (out []preflight.File) {
	for _, d := range docs {
		b := ceb.AppendOpen(nil, d.Kind, "00000000-0000-4000-8000-000000000000")
		b = d.Append(b)
		transfer := []string{"4107960001", "n", "DXP", "x", ""}
		tail := ceb.AppendClose(nil, d.Kind, transfer)
		if draft.ShapeOf(d.Kind).Signed {
			tail = bytes.Replace(tail, []byte("</ceb:CEB"), []byte(`<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="a"/><ds:SignatureMethod Algorithm="a"/><ds:Reference URI=""><ds:DigestMethod Algorithm="a"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature></ceb:CEB`), 1)
		}
		out = append(out, preflight.File{Name: d.Kind.String() + ".xml", Data: append(b, tail...)})
	}
	return out
}

// TestAllDefectsAtOnce: faults of an order by itself, and what its list would be
// refused for once they are mended, come in one answer, each at its line.
func TestAllDefectsAtOnce(t *testing.T) {
	t.Parallel()
	g := gen(t, 2)
	p := find(t, g, "9610", true)
	p.Order.Set("appStatus", "1") // saved, not declared: refused by itself
	p.Payment.Set("amountPaid", "0.01")
	p.Payment.Set("payerName", "别人")
	p.List.Set("netWeight", "999") // over the gross weight: refused by itself
	r, err := checker(t, zoneOf(g)).Check(t.Context(), preflight.Ask{Files: files(g, &p.Order, p.Payment, &p.Waybill, &p.List)})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]draft.Defect{}
	for _, d := range r.Defects {
		got[d.Code] = d
	}
	for code, want := range map[string]struct {
		path    string
		further bool
	}{"PZ1009": {"/appStatus", false}, "PZ1401": {"/netWeight", false}, "1332": {"/acturalPaid", true}, "1327": {"/payerIdNumber", true}} {
		d, ok := got[code]
		if !ok || !strings.HasSuffix(d.Path, want.path) || d.Line < 3 || d.Further != want.further || d.Context == "" || !strings.Contains(d.Context, want.path[1:]) || d.FixZH == "" || d.FixEN == "" {
			t.Errorf("%s: %+v", code, d)
		}
	}
	if r.Fine || len(r.Documents) != 4 {
		t.Errorf("fine %v, %d documents", r.Fine, len(r.Documents))
	}
	if len(r.Parcels) != 1 || r.Parcels[0].Mended == nil || r.Parcels[0].Mended.State != "refused" || r.Parcels[0].Mended.Tax == nil {
		t.Errorf("the decision once they are mended: %+v", r.Parcels)
	}
}

// TestAllowanceIsShownOnlyAsTheAskerSaid (RULES A2): without a figure nothing is
// known; with one, the list is decided by it.
func TestAllowanceIsShownOnlyAsTheAskerSaid(t *testing.T) {
	t.Parallel()
	g := gen(t, 2)
	p := find(t, g, "1210", true)
	ask := preflight.Ask{Files: files(g, &p.Order, p.Payment, &p.Waybill, &p.List)}
	c := checker(t, zoneOf(g))
	r, err := c.Check(t.Context(), ask)
	if err != nil || len(r.Parcels) != 1 || !r.Fine {
		t.Fatalf("%v %+v", err, r)
	}
	a := r.Parcels[0].Allowance
	if a == nil || a.Used != "" || a.After != "" || a.Value != p.Basket.Dutiable() {
		t.Errorf("unknown: %+v", a)
	}
	if gu := r.Parcels[0].Guarantee; gu == nil || gu.Yuan != r.Parcels[0].Tax.Total.String() {
		t.Errorf("guarantee %+v, tax %s", gu, r.Parcels[0].Tax.Total)
	}
	used := money.Fen(2_600_000) - p.Basket.Dutiable()
	ask.Used = &used
	if r, err = c.Check(t.Context(), ask); err != nil || !r.Fine || r.Parcels[0].Allowance.After != "26000.00" {
		t.Errorf("up to the limit: %v %+v", err, r.Parcels[0].Allowance)
	}
	used++
	if r, err = c.Check(t.Context(), ask); err != nil || r.Fine || r.Parcels[0].State != "refused" || r.Parcels[0].Allowance.Value != 0 {
		t.Errorf("a fen over: %v %+v", err, r.Parcels[0])
	}
}

// TestMissingDocumentsAreNamed: what a list would wait for, and documents that
// wait for their list.
func TestMissingDocumentsAreNamed(t *testing.T) {
	t.Parallel()
	g := gen(t, 2)
	p := find(t, g, "9610", true)
	c := checker(t, zoneOf(g))
	r, err := c.Check(t.Context(), preflight.Ask{Files: files(g, &p.Order, &p.List)})
	if err != nil || len(r.Parcels) != 1 || len(r.Parcels[0].Waiting) != 2 || r.Parcels[0].State != "waiting" || !r.Fine {
		t.Fatalf("%v %+v", err, r)
	}
	r, err = c.Check(t.Context(), preflight.Ask{Files: files(g, &p.Order, p.Payment)})
	if err != nil || len(r.Parcels) != 1 || r.Parcels[0].Waiting[0].EN != "the declaration list" || r.Parcels[0].OrderNo != p.OrderNo {
		t.Fatalf("%v %+v", err, r.Parcels)
	}
}

// TestFilingsCount (RULES A16): an enterprise that is not filed is said, unless
// the asker supposes that all are.
func TestFilingsCount(t *testing.T) {
	t.Parallel()
	g := gen(t, 2)
	p := find(t, g, "9610", true)
	c := checker(t, register{})
	ask := preflight.Ask{Files: files(g, &p.Order, p.Payment, &p.Waybill, &p.List)}
	r, err := c.Check(t.Context(), ask)
	if err != nil || r.Fine || len(r.Defects) < 8 {
		t.Fatalf("%v %+v", err, r.Defects)
	}
	for _, d := range r.Defects {
		if d.Code == "-10102" && (d.Path == "" || d.Line == 0) {
			t.Errorf("%+v stands nowhere", d)
		}
	}
	ask.AnyFiled = true
	if r, err = c.Check(t.Context(), ask); err != nil || !r.Fine || r.Parcels[0].State != "released" {
		t.Fatalf("%v %+v", err, r)
	}
}

// TestFilesThatAreNoDocuments: each is said, none stops the others.
func TestFilesThatAreNoDocuments(t *testing.T) {
	t.Parallel()
	c := checker(t, register{})
	for name, data := range map[string]string{"empty": "", "text": "hello", "xml": "<a/>", "broken": "<?xml version=\"1.0\"?><ceb:CEB311Message", "receipt": `<CEB312Message xmlns="http://www.chinaport.gov.cn/ceb" guid="00000000-0000-4000-8000-000000000000" version="1.0"/>`,
		"zip": "PK\x03\x04nothing", "json": "{}", "dtd": "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY x \"y\">]><a/>"} {
		r, err := c.Check(t.Context(), preflight.Ask{Files: []preflight.File{{Name: name, Data: []byte(data)}, {Name: "j", Data: []byte(`{"kind":411,"head":{}}`)}}})
		if err != nil || r.Fine || len(r.Defects) < 2 || r.Defects[0].File != name || r.Defects[0].ZH == "" || len(r.Documents) != 1 {
			t.Errorf("%s: %v %+v", name, err, r)
		}
	}
}

// FuzzCheck: hostile files are answered, whatever they are.
func FuzzCheck(f *testing.F) {
	g := gen(f, 2)
	p := g.Parcel(0)
	for _, m := range files(g, &p.Order, &p.Waybill, &p.List) {
		f.Add(m.Data)
	}
	f.Add([]byte(`{"documents":[{"kind":621,"head":{"orderNo":"1"},"lines":[{"gnum":1}]}]}`))
	f.Add([]byte("PK\x03\x04"))
	c := checker(f, register{})
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := c.Check(t.Context(), preflight.Ask{Files: []preflight.File{{Name: "f", Data: data}}, AnyFiled: true})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Documents)+len(r.Defects) == 0 {
			t.Fatal("nothing said")
		}
	})
}

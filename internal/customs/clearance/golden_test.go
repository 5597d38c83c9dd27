package clearance_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
)

// TestGoldenReceipts holds one message of each receipt kind, with all rungs of
// a good parcel, against testdata. -update writes them anew.
func TestGoldenReceipts(t *testing.T) {
	t.Parallel()
	byKind := map[ceb.Kind][]clearance.ReceiptNode{}
	collect := func(ds []*clearance.Decision) {
		for _, d := range ds {
			for _, n := range d.Nodes() {
				byKind[n.Kind] = append(byKind[n.Kind], n)
			}
		}
	}
	for _, c := range []struct {
		mode traffic.Mode
		set  setup
	}{{in1210, setup{}}, {out9610, setup{day: earlier, edits: always}}} {
		m := newMachine(t, setup{modes: []traffic.Mode{c.mode}, day: c.set.day, edits: c.set.edits})
		p := m.parcel(0)
		collect(m.send(all(p)...))
		if p.Route.Import {
			collect(m.send(p.Status))
		} else {
			collect(m.send(p.Arrival))
		}
		request := withdrawal(p, m.invtNo[m.keys[p.OrderNo]])
		if !p.Route.Import {
			collect(m.send(p.Departed))
			q := m.parcel(1)
			m.send(all(q)...)
			request = withdrawal(q, m.invtNo[m.keys[q.OrderNo]])
		}
		collect(m.send(request))
		bad := copyOf(&p.Order)
		bad.Set("currency", "12345") // fails the schema
		if p.Route.Import {
			collect(m.send(bad))
		}
	}
	for k := range listed {
		if len(byKind[k]) == 0 {
			t.Errorf("no receipt %v", k)
		}
	}
	if len(byKind[900]) == 0 {
		t.Error("no CEB900")
	}
	for k, nodes := range byKind {
		raw := clearance.AppendReceipts(nil, nodes)
		m, err := ceb.Decode(raw)
		if err != nil || len(m.Docs) != len(nodes) || len(m.Defects) > 0 {
			t.Errorf("%v: %v, %+v", k, err, m)
			continue
		}
		golden(t, filepath.Join("testdata", fmt.Sprintf("CEB%dMessage.xml", k)), string(raw))
	}
}

// TestLadder FORMATS 3: the rungs of a good parcel, in order.
func TestLadder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode traffic.Mode
		want map[ceb.Kind][]int
	}{
		{in1210, map[ceb.Kind][]int{312: {2, 120}, 412: {2, 120}, 512: {2, 120}, 622: {2, 120, 800}}},
		{in9610, map[ceb.Kind][]int{312: {2, 120}, 412: {2, 120}, 512: {2, 120}, 622: {2, 120, 800}}},
		{out9610, map[ceb.Kind][]int{304: {2, 120}, 404: {2, 120}, 506: {2, 399}, 604: {2, 120, 399, 800, 899}, 508: {2, 399}, 510: {2, 399}}},
	} {
		m := newMachine(t, setup{modes: []traffic.Mode{c.mode}, day: earlier, edits: always})
		p := m.parcel(0)
		out := m.send(whole(p)...)
		for k, want := range c.want {
			if got := statuses(out, k); !slices.Equal(got, want) {
				t.Errorf("%v: %v says %v, want %v", c.mode, k, got, want)
			}
		}
		// invtNo is given at 120 and not before; preNo stays.
		var numbers, pres []string
		for _, d := range out {
			for _, n := range d.Nodes() {
				switch n.Kind {
				case 622:
					numbers, pres = append(numbers, n.Fields[ceb.H622InvtNo]), append(pres, n.Fields[ceb.H622PreNo])
				case 604:
					numbers, pres = append(numbers, n.Fields[ceb.H604InvtNo]), append(pres, n.Fields[ceb.H604PreNo])
				}
			}
		}
		pres = slices.Compact(pres)
		if numbers[0] != "" || len(numbers[1]) != 18 || len(slices.Compact(numbers[1:])) != 1 || len(pres) != 1 || len(pres[0]) != 18 {
			t.Errorf("%v: list numbers %q, E-port numbers %q", c.mode, numbers, pres)
		}
	}
}

// TestRefusalsNameTheirDocument: the receipt of a refusal has the fields by
// which the enterprise knows the document.
func TestRefusalsNameTheirDocument(t *testing.T) {
	t.Parallel()
	for _, mode := range []traffic.Mode{in9610, out9610} {
		m := newMachine(t, setup{modes: []traffic.Mode{mode}, day: earlier, edits: always})
		p := m.parcel(0)
		m.send(all(p)...)
		docs := append(p.Documents(), withdrawal(p, "461620260000000001"))
		for _, d := range docs {
			bad := with(d, "appTime", "20261399000000", "guid", newGUID())
			out := m.send(bad)
			if out[0].What != clearance.DocRefused {
				t.Fatal(story(out))
			}
			text := string(clearance.AppendReceipts(nil, out[0].Nodes()))
			for _, name := range []string{"orderNo", "payTransactionId", "logisticsNo", "copNo", "invtNo", "payNo", "billNo"} {
				v := d.Get(name)
				if k := d.Kind; v == "" || k == 411 && name == "orderNo" || k == 511 && (name == "orderNo" || name == "billNo") || k == 505 && name == "billNo" ||
					(k == 621 || k == 603) && (name == "logisticsNo" || name == "billNo" || name == "orderNo") || k == 311 && name == "payTransactionId" ||
					k == 623 && (name == "orderNo" || name == "logisticsNo") || k == 509 && name == "billNo" {
					continue // the receipt kind has no such element
				}
				if !strings.Contains(text, ">"+v+"<") {
					t.Errorf("%v: %s %q is not in\n%s", d.Kind, name, v, text)
				}
			}
			if err := sound(out[0]); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestLongReasonsAreCut to the 1,000 characters of returnInfo, mark included.
func TestLongReasonsAreCut(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in1210}})
	p := m.parcel(0)
	bad := copyOf(&p.List)
	for len(bad.Lines) < 60 {
		bad.Lines = append(bad.Lines, append([]traffic.Field(nil), bad.Lines[0]...))
	}
	out := m.send(bad)
	if len(out[0].Reasons) < 50 {
		t.Fatalf("%d reasons", len(out[0].Reasons))
	}
	if err := sound(out[0]); err != nil {
		t.Error(err)
	}
	if n := len([]rune(out[0].Nodes()[0].Fields[ceb.H622ReturnInfo])); n > 1000 || n < 900 {
		t.Errorf("%d characters", n)
	}
}

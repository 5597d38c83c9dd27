package clearance_test

import (
	"fmt"
	"slices"
	"testing"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
)

// supports are the supporting documents of a parcel by what they are.
var supports = map[string]func(*traffic.Parcel) *traffic.Document{
	"order":   func(p *traffic.Parcel) *traffic.Document { return &p.Order },
	"payment": func(p *traffic.Parcel) *traffic.Document { return p.Payment },
	"waybill": func(p *traffic.Parcel) *traffic.Document { return &p.Waybill },
}

// TestEveryCellOfTheDocumentTable drives each cell for orders, payments (before
// 2024-12-15 also the exports' receipts of payment) and waybills.
func TestEveryCellOfTheDocumentTable(t *testing.T) {
	t.Parallel()
	for _, mode := range []traffic.Mode{traffic.Import1210, traffic.Export9610} {
		for name, of := range supports {
			for ev := clearance.DocNew; ev <= clearance.DocDelete; ev++ {
				for s := clearance.Absent; s <= clearance.Used; s++ {
					t.Run(fmt.Sprintf("%v %s %v when %v", mode, name, ev, s), func(t *testing.T) {
						t.Parallel()
						m := newMachine(t, setup{modes: []traffic.Mode{mode}, day: earlier, edits: always})
						p := m.parcel(0)
						c := docCell{m, p, of(p), ev, s, clearance.DocTable[ev][s]}
						c.check()
					})
				}
			}
		}
	}
}

type docCell struct {
	*machine
	p    *traffic.Parcel
	doc  *traffic.Document
	ev   clearance.DocEvent
	s    clearance.DocState
	cell clearance.DocCell
}

// reachDoc brings the document into its state and returns what was sent last
// under its number, nil when nothing was ever sent.
func (c *docCell) reachDoc() (last *traffic.Document) {
	switch c.s {
	case clearance.Absent:
		if c.ev == clearance.DocNew || c.ev == clearance.DocChange || c.ev == clearance.DocDelete {
			return nil
		}
		gone := again(c.doc, "3", 1)
		c.send(c.doc, gone)
		return gone
	case clearance.Pending:
		c.send(c.doc)
	case clearance.Used:
		c.send(all(c.p)...)
		if st := c.stateOf(c.p); st != clearance.Released && st != clearance.Concluded {
			c.Fatalf("list is %v", st)
		}
	}
	return c.doc
}

func (c *docCell) happen(last *traffic.Document) []*clearance.Decision {
	switch c.ev {
	case clearance.DocNew:
		return c.send(c.doc)
	case clearance.DocRepeat:
		return c.send(last)
	case clearance.DocClash:
		return c.send(again(c.doc, "1", 20))
	case clearance.DocStale:
		return c.send(again(c.doc, "2", -20))
	case clearance.DocChange:
		return c.send(again(c.doc, "2", 20))
	}
	return c.send(again(c.doc, "3", 20))
}

func (c *docCell) check() {
	c.Helper()
	if c.cell.Never {
		c.never()
		return
	}
	last := c.reachDoc()
	book := c.engine.Book().Snapshot(nil)
	out := c.happen(last)
	fail := func(format string, args ...any) {
		c.Helper()
		c.Errorf(format+"; decisions:%s", append(args, story(out))...)
	}
	if len(out) != 1 || len(out[0].Receipts) != 1 || out[0].Receipts[0].To != sender {
		fail("want one decision with one receipt to the sender")
		return
	}
	if err := sound(out[0]); err != nil {
		fail("%v", err)
	}
	status := statuses(out, c.doc.Kind.Receipt())
	switch {
	case c.cell.Fault != clearance.NoFault:
		code := clearance.CodeOf(c.doc.Kind, c.cell.Fault)
		if c.s == clearance.Used && c.cell.Fault == clearance.Busy && c.doc.Kind == 411 {
			code = "22007" // its list is released already
		}
		if out[0].What != clearance.DocRefused || !slices.Equal(codes(out), []string{code}) || len(status) != 1 || status[0] >= 0 {
			fail("want refusal %s with a negative status", code)
		}
	case c.cell.Repeat:
		want := 2
		if c.s == clearance.Used {
			want = map[ceb.Kind]int{505: 399}[c.doc.Kind]
			if want == 0 {
				want = 120
			}
		}
		if out[0].What != clearance.DocRepeated || !slices.Equal(status, []int{want}) {
			fail("want the answer %d again", want)
		}
	case c.ev == clearance.DocDelete:
		if out[0].What != clearance.DocDeleted || !slices.Equal(status, []int{2}) {
			fail("want it deleted")
		}
	default:
		if out[0].What != clearance.DocStored || !slices.Equal(status, []int{2}) {
			fail("want it stored")
		}
	}
	if string(book) != string(c.engine.Book().Snapshot(nil)) {
		fail("a supporting document touched the accounts")
	}
	if got := c.standsAs(); got != c.cell.Next {
		fail("stands as %v, want %v", got, c.cell.Next)
	}
}

// standsAs finds out what the document is now: a deletion of it is refused as
// unknown when it is absent, as busy when it is used, and else obeyed.
func (c *docCell) standsAs() clearance.DocState {
	c.Helper()
	out := c.send(again(c.doc, "3", 28))
	switch {
	case out[0].What == clearance.DocDeleted:
		return clearance.Pending
	case slices.Equal(codes(out), []string{clearance.CodeOf(c.doc.Kind, clearance.Missing)}):
		return clearance.Absent
	}
	return clearance.Used
}

// never: what is stored under the number makes the same number a repetition, a
// clash or an older one, whatever guid and time it has.
func (c *docCell) never() {
	c.Helper()
	if c.ev != clearance.DocNew {
		c.Fatalf("cell %v when %v can happen", c.ev, c.s)
	}
	c.reachDoc()
	for _, d := range []*traffic.Document{c.doc, again(c.doc, "1", 20), again(c.doc, "1", 0), again(c.doc, "1", -20)} {
		if out := c.send(d); out[0].What == clearance.DocStored {
			c.Errorf("a number that is stored became new: %s", story(out))
		}
	}
}

// TestSignedForStatuses is the life of CEB513: after its waybill, once, changed,
// deleted, never by an older one.
func TestSignedForStatuses(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{traffic.Import9610}})
	p := m.parcel(0)
	m.now = m.now.AddDate(0, 0, 1)
	deleted := again(p.Status, "3", 15)
	for i, s := range []struct {
		doc    *traffic.Document
		what   clearance.What
		code   string
		status []int
	}{
		{p.Status, clearance.DocRefused, "-505014", []int{-505014}},
		{&p.Waybill, clearance.DocStored, "", nil},
		{again(p.Status, "2", 0), clearance.DocRefused, "-505014", []int{-505014}},
		{again(p.Status, "3", 0), clearance.DocRefused, "-505014", []int{-505014}},
		{p.Status, clearance.DocStored, "", []int{2, 120}},
		{p.Status, clearance.DocRepeated, "", []int{120}},
		{again(p.Status, "1", 5), clearance.DocRefused, "-505012", []int{-505012}},
		{again(p.Status, "2", -5), clearance.DocRefused, "-505016", []int{-505016}},
		{again(p.Status, "2", 10), clearance.DocStored, "", []int{2, 120}},
		{p.Status, clearance.DocRefused, "-505016", []int{-505016}},
		{deleted, clearance.DocDeleted, "", []int{2}},
		{deleted, clearance.DocRepeated, "", []int{2}},
		{p.Status, clearance.DocRefused, "-505016", []int{-505016}},
		{again(p.Status, "1", 20), clearance.DocStored, "", []int{2, 120}},
	} {
		out := m.send(s.doc)
		if len(out) != 1 || out[0].What != s.what || (s.code != "" && !slices.Equal(codes(out), []string{s.code})) ||
			(s.status != nil && !slices.Equal(statuses(out, 514), s.status)) {
			t.Errorf("step %d: want %v %s %v:%s %v", i, s.what, s.code, s.status, story(out), statuses(out, 514))
		}
		if err := sound(out[0]); err != nil {
			t.Errorf("step %d: %v", i, err)
		}
	}
}

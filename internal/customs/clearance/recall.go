package clearance

import (
	"fmt"
	"maps"
	"slices"
)

// parked is an input, or a timer, that needs keys which lie in the journal
// only. It is applied as if it came when it came: by its own number and time.
type parked struct {
	input   uint64
	at      int64
	doc     *Doc
	command *Command
	timer   Key
}

// RecallBody answers one look-up: the entry under a key in the newest layer
// that has it, or nothing.
type RecallBody struct {
	Key   Key
	Entry []byte // nil: no layer has it
}

// Encode is the stored form.
func (b RecallBody) Encode() []byte {
	e := &encoder{}
	e.byte(1)
	e.key(b.Key)
	e.bool(b.Entry != nil)
	if b.Entry != nil {
		e.bytes(b.Entry)
	}
	return e.b
}

// Lookup is what the host must look up: a key, in these layers of the journal,
// newest first.
type Lookup struct {
	Key    Key
	Layers []uint64
}

// Wanted returns what the host must look up since the last call.
func (e *Engine) Wanted() []Lookup {
	out := e.wanted
	e.wanted = nil
	return out
}

// Outstanding returns all look-ups that were asked for and not answered, for a
// host that has just played the stored inputs.
func (e *Engine) Outstanding() []Lookup {
	e.wanted = nil
	var out []Lookup
	for _, k := range slices.SortedFunc(maps.Keys(e.asked), compareKeys) {
		out = append(out, Lookup{Key: k, Layers: e.mem.candidates(k)})
	}
	return out
}

// Parked is the number of inputs that wait for a look-up.
func (e *Engine) Parked() int { return len(e.parkedList) }

// Closed returns the layers that were closed since the last call; the host
// must keep them in the journal.
func (e *Engine) Closed() []*Layer {
	out := e.mem.fresh
	e.mem.fresh = nil
	return out
}

// Window is the number of the oldest layer that is still in memory.
func (e *Engine) Window() uint64 {
	if len(e.mem.layers) == 0 {
		return e.mem.next
	}
	return e.mem.layers[0].Number
}

// needs asks for every key that an input can touch and that is cold; it
// reports whether the input has to wait.
func (e *Engine) needs(p *parked) bool {
	if len(e.mem.filters) == 0 {
		return false
	}
	n := needs{e: e}
	switch {
	case p.doc != nil:
		n.document(p.doc)
	case p.command != nil:
		n.command(p.command)
	default:
		n.timer(p.timer)
	}
	return n.cold
}

type needs struct {
	e    *Engine
	cold bool
}

// key asks for a key and reports whether it is at hand.
func (n *needs) key(k Key) bool {
	if !n.e.mem.cold(k) {
		return true
	}
	n.cold = true
	if _, asked := n.e.asked[k]; !asked {
		n.e.asked[k] = struct{}{}
		n.e.wanted = append(n.e.wanted, Lookup{Key: k, Layers: n.e.mem.candidates(k)})
	}
	return false
}

func (n *needs) document(d *Doc) {
	switch {
	case d.Order != nil, d.List != nil:
		n.parcel(d.Key)
		if d.List != nil {
			if d.Kind == 621 && n.e.rules(d.Received).Import.PersonCheck {
				n.key(n.e.checkOf(d.List))
			}
			n.waybill(d.Waybill)
		}
	case d.Payment != nil:
		n.payment(d.Key)
		n.parcel(d.Parcel)
	case d.Bill != nil:
		n.waybill(d.Key)
	case d.Cancel != nil:
		n.key(d.Key)
		n.number(numberKey(d.Cancel.Number))
	case d.Move != nil:
		n.key(d.Key)
		for _, k := range d.Move.Waybills {
			n.waybill(k)
		}
	}
}

func (n *needs) command(c *Command) {
	switch c.Kind {
	case Verdict:
		if b, err := readVerdict(c.Body); err == nil {
			n.number(numberKey(b.Number))
		}
	case DisputeUpheld:
		if b, err := readDispute(c.Body); err == nil {
			n.number(numberKey(b.Number))
		}
	case PersonAnswer:
		if b, err := readAnswer(c.Body); err == nil {
			n.checked(b.Check)
		}
	}
}

// checked asks for what is known of a person, and the parcels that wait for it.
func (n *needs) checked(k Key) {
	if !n.key(k) {
		return
	}
	if v := n.e.mem.checked(k); v != nil {
		for _, p := range v.Lists {
			n.parcel(p)
		}
	}
}

func (n *needs) timer(k Key) {
	if !n.key(k) {
		return
	}
	switch v := n.e.mem.get(k).(type) {
	case *numberRef:
		n.parcel(v.Parcel)
	case *payment:
		n.parcel(v.Parcel)
	case *waybill:
		n.parcel(v.Parcel)
	}
}

func (n *needs) number(k Key) {
	if n.key(k) {
		if v := n.e.mem.number(k); v != nil {
			n.parcel(v.Parcel)
		}
	}
}

// parcel asks for a parcel and what hangs on it.
func (n *needs) parcel(k Key) {
	if !n.key(k) {
		return
	}
	p := n.e.mem.parcel(k)
	if p == nil {
		return
	}
	for _, pay := range p.Payments {
		n.key(pay)
	}
	if p.State == Waiting && n.e.checks(p) {
		n.key(n.e.checkOf(p.List))
	}
	if n.key(p.Waybill) {
		if w := n.e.mem.waybill(p.Waybill); w != nil && w.Parcel != k {
			n.key(w.Parcel)
		}
	}
}

func (n *needs) payment(k Key) {
	if n.key(k) {
		if v := n.e.mem.payment(k); v != nil {
			n.parcel(v.Parcel)
		}
	}
}

func (n *needs) waybill(k Key) {
	if n.key(k) {
		if v := n.e.mem.waybill(k); v != nil {
			n.parcel(v.Parcel)
		}
	}
}

// submit applies an input now, or parks it.
func (e *Engine) submit(p *parked) error {
	if e.needs(p) {
		e.parkedList = append(e.parkedList, p)
		return nil
	}
	return e.run(p)
}

// run applies an input as of its own number and time.
func (e *Engine) run(p *parked) error {
	e.cause, e.at = p.input, p.at
	switch {
	case p.doc != nil:
		e.document(p.doc)
		return nil
	case p.command != nil:
		return e.command(p.command)
	}
	e.expireOne(p.timer)
	return nil
}

// recall takes the answer of a look-up and applies what waited for it, in the
// order in which it came.
func (e *Engine) recall(body []byte) error {
	d := &decoder{b: body}
	d.byte()
	k := d.key()
	if found := d.bool(); found {
		v, err := decodeEntry(d.bytes())
		if err != nil || d.err != nil {
			return fmt.Errorf("recall of %s: %w", k, ErrCorrupt)
		}
		if e.mem.get(k) == nil {
			e.mem.put(k, v)
		}
	} else {
		e.mem.absent[k] = struct{}{}
	}
	delete(e.asked, k)
	waiting := e.parkedList
	e.parkedList = nil
	for _, p := range waiting {
		if err := e.submit(p); err != nil {
			return err
		}
	}
	return nil
}

// NextLayer is the number that the next layer will have: all below it are
// closed.
func (e *Engine) NextLayer() uint64 { return e.mem.next }

package clearance

import (
	"bytes"
	"fmt"
	"slices"

	"pilotzone/internal/kernel/ledger"
)

// Parts of a snapshot.
const (
	partHead    = "head"
	partMemory  = "memory"
	partBook    = "book"
	partFilings = "filings"
)

// Snapshot writes the machine's whole state, as it is after its last input.
// The same state gives the same bytes.
func (e *Engine) Snapshot() map[string][]byte {
	h := &encoder{}
	h.u(EngineVersion)
	h.u(e.input)
	h.u(e.decision)
	h.u(e.parcels)
	h.i(e.at)
	e.timers.encode(h)
	h.bytes(e.rulebook.Set().Marshal())
	return map[string][]byte{partHead: h.b, partMemory: e.mem.encode(), partBook: e.book.Snapshot(nil), partFilings: e.filings.Snapshot()}
}

// Restore makes a machine from a snapshot.
func Restore(parts map[string][]byte, c Config) (*Engine, error) {
	d := &decoder{b: parts[partHead]}
	if v := d.u(); v != EngineVersion {
		return nil, fmt.Errorf("snapshot of engine version %d, this is %d: start the earlier release once and stop it / 快照来自引擎版本 %d，本程序为 %d", v, EngineVersion, v, EngineVersion)
	}
	e := &Engine{mem: newMemory(), filings: c.Filings, hasher: c.Hasher}
	e.input, e.decision, e.parcels, e.at = d.u(), d.u(), d.u(), d.i()
	e.timers = decodeTimers(d)
	packs := d.bytes()
	if d.err != nil {
		return nil, d.err
	}
	rules, err := ReadRules(packs)
	if err != nil {
		return nil, err
	}
	e.use(rules)
	if e.book, err = ledger.RestoreBook(parts[partBook]); err != nil {
		return nil, err
	}
	if err := e.mem.decode(parts[partMemory]); err != nil {
		return nil, err
	}
	return e, e.filings.Restore(parts[partFilings])
}

// Book is the core's ledger, for verification and look-ups.
func (e *Engine) Book() *ledger.Book { return e.book }

func (m *memory) encode() []byte {
	keys := make([]Key, 0, len(m.active))
	for k := range m.active {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b Key) int { return bytes.Compare(a[:], b[:]) })
	e := &encoder{b: make([]byte, 0, 200*len(keys))}
	e.u(uint64(len(keys)))
	one := &encoder{}
	for _, k := range keys {
		one.b = one.b[:0]
		m.active[k].encode(one)
		e.key(k)
		e.bytes(one.b)
	}
	return e.b
}

func (m *memory) decode(b []byte) error {
	d := &decoder{b: b}
	for n := d.u(); n > 0 && d.err == nil; n-- {
		k := d.key()
		v, err := decodeEntry(d.bytes())
		if err != nil {
			return err
		}
		m.active[k] = v
	}
	return d.err
}

func (t timers) encode(e *encoder) {
	hours := make([]int64, 0, len(t))
	for h := range t {
		hours = append(hours, h)
	}
	slices.Sort(hours)
	e.u(uint64(len(hours)))
	for _, h := range hours {
		keys := make([]Key, 0, len(t[h]))
		for k := range t[h] {
			keys = append(keys, k)
		}
		slices.SortFunc(keys, func(a, b Key) int { return bytes.Compare(a[:], b[:]) })
		e.i(h)
		e.u(uint64(len(keys)))
		for _, k := range keys {
			e.key(k)
		}
	}
}

func decodeTimers(d *decoder) timers {
	t := timers{}
	for n := d.u(); n > 0 && d.err == nil; n-- {
		h := d.i()
		for m := d.u(); m > 0 && d.err == nil; m-- {
			t.add(h, d.key())
		}
	}
	return t
}

// Due tells whether anything's waiting is over at a time in µs UTC, so that the
// host sends a tick only when it has an effect.
func (e *Engine) Due(now int64) bool {
	for h := range e.timers {
		if h < now/hour {
			return true
		}
	}
	return false
}

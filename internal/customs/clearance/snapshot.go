package clearance

import (
	"fmt"
	"maps"
	"slices"

	"pilotzone/internal/kernel/ledger"
)

// snapshotLayout is raised whenever the bytes of a snapshot change their
// meaning; a store with an older one plays its inputs again.
const snapshotLayout = 1

// alikeEngine is the earlier engine whose snapshots are read: the present one
// answers all inputs alike that it could take, so it goes on from where that
// one stopped.
const alikeEngine = 1

// Parts of a snapshot.
const (
	partHead    = "head"
	partMemory  = "memory"
	partBook    = "book"
	partFilings = "filings"
	partFrozen  = "frozen" // since engine 2
)

// Snapshot writes the machine's state as it is after its last input, all but
// the layers in the window, which the journal keeps: Layers of the restored
// machine names them. The same state gives the same bytes. It is nil while
// inputs are parked; ask again after the next input.
func (e *Engine) Snapshot() map[string][]byte {
	if len(e.parkedList) > 0 {
		return nil
	}
	h := &encoder{}
	h.u(EngineVersion)
	h.u(snapshotLayout)
	h.u(e.input)
	h.u(e.decision)
	h.u(e.parcels)
	h.i(e.at)
	h.u(e.outbox)
	e.timers.encode(h)
	h.u(e.firstBook)
	h.u(uint64(len(e.books)))
	for _, b := range e.books {
		h.bytes(b.Set().Marshal())
	}
	return map[string][]byte{partHead: h.b, partMemory: e.mem.encode(), partBook: e.book.Snapshot(nil), partFilings: e.filings.Snapshot(), partFrozen: e.frozenPart()}
}

// Restore makes a machine from a snapshot; layers reads the pages of a layer
// from the journal.
func Restore(parts map[string][]byte, c Config, layers func(number uint64) ([][]byte, error)) (*Engine, error) {
	d := &decoder{b: parts[partHead]}
	if v := d.u(); v != EngineVersion && v != alikeEngine {
		return nil, fmt.Errorf("snapshot of engine version %d, this is %d: start the earlier release once and stop it / 快照来自引擎版本 %d，本程序为 %d", v, EngineVersion, v, EngineVersion)
	}
	if v := d.u(); v != snapshotLayout {
		return nil, fmt.Errorf("%w: snapshot of layout %d, this is %d", ErrCorrupt, v, snapshotLayout)
	}
	e := &Engine{mem: newMemory(c.Limits), asked: make(map[Key]struct{}), filings: c.Filings, hasher: c.Hasher}
	e.input, e.decision, e.parcels, e.at, e.outbox = d.u(), d.u(), d.u(), d.i(), d.u()
	e.timers = decodeTimers(d)
	e.firstBook = d.u()
	for n := d.u(); n > 0 && d.err == nil; n-- {
		rules, err := ReadRules(d.bytes())
		if err != nil {
			return nil, err
		}
		e.use(rules)
	}
	if d.err != nil || len(e.books) == 0 {
		return nil, ErrCorrupt
	}
	var err error
	if e.frozen, err = readFrozen(parts[partFrozen]); err != nil {
		return nil, err
	}
	if e.book, err = ledger.RestoreBook(parts[partBook]); err != nil {
		return nil, err
	}
	if err := e.mem.decode(parts[partMemory], layers); err != nil {
		return nil, err
	}
	return e, e.filings.Restore(parts[partFilings])
}

// Book is the core's ledger, for verification and look-ups.
func (e *Engine) Book() *ledger.Book { return e.book }

func (m *memory) encode() []byte {
	l := newLayer(0, m.active)
	e := &encoder{b: make([]byte, 0, len(l.data)+24*len(l.keys))}
	e.u(m.next)
	e.u(uint64(len(m.layers)))
	for _, v := range m.layers {
		e.u(v.Number)
	}
	e.u(uint64(len(m.filters)))
	for _, f := range m.filters {
		f.encode(e)
	}
	e.u(uint64(len(l.keys)))
	for i, k := range l.keys {
		e.key(k)
		e.bytes(l.entry(i))
	}
	absent := slices.SortedFunc(maps.Keys(m.absent), compareKeys)
	e.u(uint64(len(absent)))
	for _, k := range absent {
		e.key(k)
	}
	return e.b
}

func (m *memory) decode(b []byte, layers func(uint64) ([][]byte, error)) error {
	d := &decoder{b: b}
	m.next = d.u()
	for n := d.u(); n > 0 && d.err == nil; n-- {
		number := d.u()
		pages, err := layers(number)
		if err != nil {
			return fmt.Errorf("layer %d: %w", number, err)
		}
		l, err := readLayer(number, pages)
		if err != nil {
			return fmt.Errorf("layer %d: %w", number, err)
		}
		m.layers = append(m.layers, l)
	}
	for n := d.u(); n > 0 && d.err == nil; n-- {
		m.filters = append(m.filters, decodeFilter(d))
	}
	for n := d.u(); n > 0 && d.err == nil; n-- {
		k := d.key()
		v, err := decodeEntry(d.bytes())
		if err != nil {
			return err
		}
		m.active[k] = v
	}
	for n := d.u(); n > 0 && d.err == nil; n-- {
		m.absent[d.key()] = struct{}{}
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
		slices.SortFunc(keys, compareKeys)
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

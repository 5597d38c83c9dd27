package clearance

// memory is what the machine knows: entries by key. Keys of different things
// never meet, since their hashes are made under different domains.
//
// Memory is bounded. What is touched stands decoded in the active table. When
// that holds enough entries it is written into an immutable layer; the newest
// layers stay in memory as bytes, older ones lie in the journal alone, and of
// their keys a filter remains. An entry found in a layer is copied up into the
// active table, so that the newest version always wins. A key that only a
// filter knows is cold: the machine parks what needs it, the host looks the
// key up, and the answer comes back as an input (recall.go). All of it follows
// from the inputs alone, so a replay parks and recalls at the same places.
type memory struct {
	limits  Limits
	active  map[Key]entry
	layers  []*Layer  // in memory, oldest first
	next    uint64    // number of the next layer
	filters []*filter // of what has left memory, oldest first
	absent  map[Key]struct{}
	fresh   []*Layer // closed and not yet taken by the host
}

// Limits bound the machine's memory. They are part of the machine: with other
// limits it parks at other places and numbers its decisions otherwise.
type Limits struct {
	Entries int // in the active table before it becomes a layer
	Window  int // layers kept in memory
	Filter  int // layers that share a filter
}

// DefaultLimits hold about 32,000 parcels in the active table and four times
// as many in layers, some 250 MB in all.
func DefaultLimits() Limits { return Limits{Entries: 131_072, Window: 4, Filter: 8} }

func newMemory(l Limits) *memory {
	if l == (Limits{}) {
		l = DefaultLimits()
	}
	return &memory{limits: l, active: make(map[Key]entry), absent: make(map[Key]struct{}), next: 1}
}

func (m *memory) put(k Key, v entry) { m.active[k] = v }

// get finds an entry, copying it up from a layer when it lies there.
func (m *memory) get(k Key) entry {
	if v, ok := m.active[k]; ok {
		return v
	}
	if k == (Key{}) {
		return nil
	}
	for i := len(m.layers) - 1; i >= 0; i-- {
		if b := m.layers[i].find(k); b != nil {
			v, err := decodeEntry(b)
			if err != nil {
				panic(err) // our own bytes, written in this process or behind a checksum
			}
			m.active[k] = v
			return v
		}
	}
	return nil
}

// cold tells whether the key may be known to the journal's layers only.
func (m *memory) cold(k Key) bool {
	if len(m.filters) == 0 || k == (Key{}) {
		return false
	}
	maybe := false
	for _, f := range m.filters {
		if f.has(k) {
			maybe = true
			break
		}
	}
	if !maybe || m.get(k) != nil {
		return false
	}
	_, known := m.absent[k]
	return !known
}

// candidates are the layers in which a cold key may lie, newest first.
func (m *memory) candidates(k Key) []uint64 {
	var out []uint64
	for i := len(m.filters) - 1; i >= 0; i-- {
		if f := m.filters[i]; f.has(k) {
			for n := f.layers - 1; n >= 0; n-- {
				out = append(out, f.first+uint64(n))
			}
		}
	}
	return out
}

// full tells whether the active table should become a layer.
func (m *memory) full() bool { return len(m.active) >= m.limits.Entries }

// rotate closes the active table. The oldest layer leaves memory when there
// are more than the window; its keys go into a filter.
func (m *memory) rotate() {
	l := newLayer(m.next, m.active)
	m.next++
	m.layers = append(m.layers, l)
	m.fresh = append(m.fresh, l)
	m.active = make(map[Key]entry, m.limits.Entries/4)
	clear(m.absent)
	if len(m.layers) <= m.limits.Window {
		return
	}
	old := m.layers[0]
	m.layers = append(m.layers[:0:0], m.layers[1:]...)
	if n := len(m.filters); n == 0 || m.filters[n-1].layers >= m.limits.Filter {
		m.filters = append(m.filters, newFilter(old.Number, m.limits.Entries*m.limits.Filter))
	}
	m.filters[len(m.filters)-1].add(old)
}

func (m *memory) parcel(k Key) *parcel {
	p, _ := m.get(k).(*parcel)
	return p
}

func (m *memory) payment(k Key) *payment {
	p, _ := m.get(k).(*payment)
	return p
}

func (m *memory) waybill(k Key) *waybill {
	w, _ := m.get(k).(*waybill)
	return w
}

func (m *memory) number(k Key) *numberRef {
	n, _ := m.get(k).(*numberRef)
	return n
}

func (m *memory) checked(k Key) *checked {
	c, _ := m.get(k).(*checked)
	return c
}

func (m *memory) seen(k Key) *seen {
	s, _ := m.get(k).(*seen)
	return s
}

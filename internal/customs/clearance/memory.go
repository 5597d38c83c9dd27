package clearance

// memory is what the machine knows: one table of entries by key. Keys of
// different things never meet, since their hashes are made under different
// domains.
type memory struct {
	active map[Key]entry
}

func newMemory() *memory { return &memory{active: make(map[Key]entry)} }

func (m *memory) put(k Key, v entry) { m.active[k] = v }

func (m *memory) parcel(k Key) *parcel {
	p, _ := m.active[k].(*parcel)
	return p
}

func (m *memory) payment(k Key) *payment {
	p, _ := m.active[k].(*payment)
	return p
}

func (m *memory) waybill(k Key) *waybill {
	w, _ := m.active[k].(*waybill)
	return w
}

func (m *memory) number(k Key) *numberRef {
	n, _ := m.active[k].(*numberRef)
	return n
}

func (m *memory) seen(k Key) *seen {
	s, _ := m.active[k].(*seen)
	return s
}

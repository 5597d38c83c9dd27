package demo

import (
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/money"
)

// shared is what is declared under one buyer's telephone number (hashed).
type shared struct {
	buyers    map[clearance.Key]struct{}
	merchants map[string]struct{}
	addresses map[uint64]struct{}
	parcels   int
	value     money.Fen
}

// ringBuyers is how many identities under one telephone number make a ring
// (刷单团伙: 一号多人). A family shares a number among fewer.
const ringBuyers = 5

// Ring is what the cleared facts show of people who buy under borrowed
// identities: they share telephones and addresses, and stay just under the
// single limit.
type Ring struct {
	Planted, Found int // parcels
	Phones         int
	Identities     int
	Addresses      int
	Merchants      int
	Value          money.Fen
}

// share notes a decided import list under its buyer's telephone.
func (r *record) share(d *clearance.Decision) {
	l := d.List
	s := r.phones[l.BuyerPhone]
	if s == nil {
		s = &shared{buyers: make(map[clearance.Key]struct{}, 1), merchants: make(map[string]struct{}, 1), addresses: make(map[uint64]struct{}, 1)}
		r.phones[l.BuyerPhone] = s
	}
	s.buyers[l.Buyer] = struct{}{}
	s.merchants[l.Merchant] = struct{}{}
	s.addresses[l.Address] = struct{}{}
	s.parcels++
	if d.Tax != nil {
		s.value += d.Tax.Dutiable
	}
}

// ring adds up everything under telephones that too many identities share.
func (r *record) ring() Ring {
	r.mu.Lock()
	defer r.mu.Unlock()
	buyers, merchants, addresses := map[clearance.Key]struct{}{}, map[string]struct{}{}, map[uint64]struct{}{}
	out := Ring{}
	for _, s := range r.phones {
		if len(s.buyers) < ringBuyers {
			continue
		}
		out.Phones++
		out.Found += s.parcels
		out.Value += s.value
		for k := range s.buyers {
			buyers[k] = struct{}{}
		}
		for k := range s.merchants {
			merchants[k] = struct{}{}
		}
		for k := range s.addresses {
			addresses[k] = struct{}{}
		}
	}
	out.Identities, out.Merchants, out.Addresses = len(buyers), len(merchants), len(addresses)
	return out
}

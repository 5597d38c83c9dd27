package clearance

import (
	"fmt"
	"slices"
	"strconv"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/refdata"
)

// freeze notes that a person froze their identity, or freed it.
func (e *Engine) freeze(body []byte) error {
	b, err := readFreeze(body)
	if err != nil {
		return fmt.Errorf("input %d: freeze: %w", e.cause, err)
	}
	code := "PZ1514"
	if b.Frozen {
		code = "PZ1513"
		if _, before := e.frozen[b.Person]; !before {
			e.frozen[b.Person] = e.at
		}
	} else {
		delete(e.frozen, b.Person)
	}
	e.emit(&Decision{What: Identity, Person: b.Person, Reasons: []Reason{Say(code)}})
	return nil
}

// Frozen tells whether a person has frozen their identity, and since when (µs UTC).
func (e *Engine) Frozen(person Key) (since int64, frozen bool) {
	since, frozen = e.frozen[person]
	return since, frozen
}

// dispute marks a parcel as one that its orderer did not buy, and gives its
// orderer's allowance and weight counters back, once. The guarantee stays: the
// tax is owed until the parcel itself is withdrawn or returned.
func (e *Engine) dispute(body []byte) error {
	b, err := readDispute(body)
	if err != nil {
		return fmt.Errorf("input %d: dispute: %w", e.cause, err)
	}
	p, number := e.byNumber(b.Number), strconv.FormatUint(b.Number, 10)
	if p == nil || p.List == nil {
		e.emit(&Decision{What: NotMoved, Reasons: []Reason{Say("PZ3003", number)}})
		return nil
	}
	dec := &Decision{What: NotMoved, Kind: listKind(p.Dir), Parcel: p.Key, Number: p.Number, From: p.State, To: p.State, InvtNo: p.InvtNo, Subject: p.List.OrderNo, Person: b.Person}
	if p.Dir != Import || p.List.Buyer != b.Person {
		dec.Reasons = []Reason{Say("PZ3006", number)}
		e.emit(dec)
		return nil
	}
	dec.Postings = e.restore(p)
	if p.Disputed && len(dec.Postings) == 0 { // a later list under the number may have taken of the accounts again
		dec.Reasons = []Reason{Say("PZ3005")}
		e.emit(dec)
		return nil
	}
	p.Disputed = true
	dec.Reasons = []Reason{Say("PZ1516", b.Matter)}
	e.applyPostings(dec.Postings)
	e.emit(dec)
	return nil
}

// restore takes the person's own postings off the parcel and gives them back:
// to the year of the purchase, or to the year of the dispute where the pack says
// so (return_restores_purchase_year), as far as that year has been used.
func (e *Engine) restore(p *parcel) (back []ledger.Posting) {
	phase := ledger.Free
	if p.Charged {
		phase = ledger.Refund
	}
	bought, now := day(p.ListMeta.Since), day(e.at)
	rules := e.rulesOf(p)
	kept := p.Postings[:0:0]
	for _, v := range p.Postings {
		account, own := e.ownAccount(p, v, rules, bought, now)
		switch {
		case !own:
			kept = append(kept, v)
			continue
		case phase == ledger.Refund && account != v.Account:
			posted, _ := e.book.Balance(account)
			v.Account, v.Amount = account, min(v.Amount, posted)
		}
		v.Phase = phase
		if v.Amount != 0 {
			back = append(back, v)
		}
	}
	p.Postings = kept
	return back
}

// ownAccount tells whether a posting is on an account of the list's orderer,
// and which account it is given back to.
func (e *Engine) ownAccount(p *parcel, v ledger.Posting, rules *refdata.Rules, bought, now clock.Day) (ledger.Account, bool) {
	same := bought.Year() == now.Year() || purchaseYear(rules)
	if v.Account == e.personAccount(p.List.Buyer, bought) {
		if same {
			return v.Account, true
		}
		return e.personAccount(p.List.Buyer, now), true
	}
	for _, w := range rules.WeightLimits() {
		if v.Account == e.weightAccount(p.List.Buyer, w.Group, bought) {
			if same {
				return v.Account, true
			}
			return e.weightAccount(p.List.Buyer, w.Group, now), true
		}
	}
	return v.Account, false
}

// purchaseYear: an allowance given back goes to the year of the purchase (RULES
// A11), which is also what holds where no pack says anything.
func purchaseYear(rules *refdata.Rules) bool {
	v, ok := rules.Param("return_restores_purchase_year")
	return !ok || v.Bool()
}

// weightAccount is a person's yearly counter of a group of goods (个人年度限量).
func (e *Engine) weightAccount(buyer Key, group string, on clock.Day) ledger.Account {
	return ledger.Account(e.hasher.Key('g', buyer[:], []byte(group), yearBytes(on)))
}

// frozenPart writes the frozen identities in a fixed order.
func (e *Engine) frozenPart() []byte {
	list := make([]Key, 0, len(e.frozen))
	for k := range e.frozen {
		list = append(list, k)
	}
	slices.SortFunc(list, compareKeys)
	out := &encoder{}
	out.u(uint64(len(list)))
	for _, k := range list {
		out.key(k)
		out.i(e.frozen[k])
	}
	return out.b
}

// readFrozen reads what frozenPart wrote; nothing is what a snapshot of engine 1
// has.
func readFrozen(b []byte) (map[Key]int64, error) {
	out := make(map[Key]int64)
	if len(b) == 0 {
		return out, nil
	}
	d := &decoder{b: b}
	for n := d.count(); n > 0 && d.err == nil; n-- {
		k := d.key()
		out[k] = d.i()
	}
	return out, d.err
}

package taxbill

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup/bulk"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

// change collects what one transaction does to bills.
type change struct {
	s       *Service
	bills   map[uint64][]*Bill // by parcel, in the order in which they came
	dirty   []*Bill
	dropped []*Bill // assessments that never became bills
	notices []notice
}

// notice is one thing that became of a bill.
type notice struct {
	bill   *Bill
	status Status
	dutyNo string
	at     int64
}

// apply takes decisions in.
func (s *Service) apply(ctx context.Context, tx *store.Tx, decisions []*clearance.Decision) error {
	c := &change{s: s, bills: make(map[uint64][]*Bill)}
	var parcels []uint64
	for _, d := range decisions {
		if concerns(d) {
			parcels = append(parcels, d.Number)
		}
	}
	if err := c.load(ctx, tx, parcels); err != nil {
		return err
	}
	var voided []*Bill
	for _, d := range decisions {
		if !concerns(d) {
			continue
		}
		if b := c.take(d); b != nil {
			voided = append(voided, b)
		}
	}
	if err := c.write(ctx, tx); err != nil {
		return err
	}
	return s.release(ctx, tx, voided)
}

// concerns tells whether a decision can make or change a bill.
func concerns(d *clearance.Decision) bool {
	switch d.What {
	case clearance.Decided:
		return d.Kind == 621 && d.Tax != nil && d.To != clearance.Refused && d.Tax.Total() > 0
	case clearance.Moved:
		return d.Kind == 621 || d.Kind == 623
	}
	return false
}

func (c *change) load(ctx context.Context, tx *store.Tx, parcels []uint64) error {
	slices.Sort(parcels)
	for piece := range slices.Chunk(slices.Compact(parcels), 500) {
		args := make([]any, len(piece))
		for i, n := range piece {
			args[i] = int64(n)
		}
		rows, err := tx.Query(ctx, `select `+columns+` from tax_bills where parcel in (`+bulk.Places(len(piece))+`) order by decision`, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			b, err := scan(rows)
			if err != nil {
				return closing(rows, err)
			}
			c.bills[b.Parcel] = append(c.bills[b.Parcel], b)
		}
		if err := closing(rows, rows.Err()); err != nil {
			return err
		}
	}
	return nil
}

// take applies one decision and returns the bill that it made void, if it had
// been summed up before.
func (c *change) take(d *clearance.Decision) (summed *Bill) {
	list := c.bills[d.Number]
	if d.What == clearance.Decided {
		b := assess(d, len(list)+1)
		c.bills[d.Number] = append(list, b)
		c.touch(b)
		if d.To == clearance.Released {
			c.generate(b, d.At)
		}
		return nil
	}
	if len(list) == 0 {
		return nil // no tax
	}
	b := list[len(list)-1]
	switch {
	case d.To == clearance.Released && b.Status == Assessed:
		c.generate(b, d.At)
	case d.To != clearance.Withdrawn && d.To != clearance.Returned && d.To != clearance.Refused:
	case b.Status == Assessed:
		c.bills[d.Number] = list[:len(list)-1]
		c.dropped = append(c.dropped, b)
	case b.Status != Void:
		if b.Status == Summarised {
			summed = b
		}
		b.Status, b.Updated = Void, d.At
		c.touch(b)
		c.notices = append(c.notices, notice{b, Void, b.DutyNo, d.At})
	}
	return summed
}

func (c *change) touch(b *Bill) {
	if !slices.Contains(c.dirty[max(0, len(c.dirty)-4):], b) {
		c.dirty = append(c.dirty, b) // twice in one batch does no harm
	}
}

// generate makes a bill of an assessment: the goods are released.
func (c *change) generate(b *Bill, at int64) {
	b.Status, b.Updated = Generated, at
	b.Released = clock.DayOf(time.UnixMicro(at))
	b.PayFirst, b.PayLast = c.s.terms(b.Released)
	c.touch(b)
	c.notices = append(c.notices, notice{b, Generated, "", at})
}

// write puts bills and notices into their tables and the notices into the stream.
func (c *change) write(ctx context.Context, tx *store.Tx) error {
	// First what is dropped: a later assessment of the list takes its number.
	for _, b := range c.dropped {
		for _, table := range []string{"tax_bill_parties", "tax_bills"} {
			if _, err := tx.Exec(ctx, `delete from `+table+` where decision = $1`, int64(b.Decision)); err != nil {
				return err
			}
		}
	}
	return c.writeBills(ctx, tx)
}

func (c *change) writeBills(ctx context.Context, tx *store.Tx) error {
	bills := bulk.Insert(tx, `insert into tax_bills (`+columns+`) values `, columnCount, ` on conflict (decision) do update set `+changing)
	defer bills.Close()
	parties := bulk.Insert(tx, `insert into tax_bill_parties (party, decision) values `, 2, ` on conflict do nothing`)
	defer parties.Close()
	seen := make(map[uint64]bool, len(c.dirty))
	for _, b := range c.dirty {
		if seen[b.Decision] || slices.Contains(c.dropped, b) {
			continue
		}
		seen[b.Decision] = true
		if err := bills.Add(ctx, b.args()...); err != nil {
			return err
		}
		for _, p := range b.parties() {
			if err := parties.Add(ctx, p, int64(b.Decision)); err != nil {
				return err
			}
		}
	}
	if err := bills.Flush(ctx); err != nil {
		return err
	}
	if err := parties.Flush(ctx); err != nil {
		return err
	}
	return c.tell(ctx, tx)
}

// Fact is the body of an event of the stream, in JSON; the event's kind is
// "bill" and its version 1.
type Fact struct {
	TaxNo    string    `json:"tax_no"`
	Parcel   uint64    `json:"parcel"`
	Decision uint64    `json:"decision"`
	Status   string    `json:"status"`
	DutyNo   string    `json:"duty_no,omitempty"`
	Total    money.Fen `json:"total"` // yuan, as text
}

// tell appends the notices to the stream and to the tables of messages.
func (c *change) tell(ctx context.Context, tx *store.Tx) error {
	if len(c.notices) == 0 {
		return nil
	}
	facts := make([]feed.Fact, len(c.notices))
	for i, n := range c.notices {
		body, err := json.Marshal(Fact{TaxNo: n.bill.TaxNo, Parcel: n.bill.Parcel, Decision: n.bill.Decision, Status: n.status.String(), DutyNo: n.dutyNo, Total: n.bill.Total()})
		if err != nil {
			return err
		}
		facts[i] = feed.Fact{Kind: "bill", Version: 1, Body: body}
	}
	last, err := c.s.stream.Append(ctx, tx, facts...)
	if err != nil {
		return err
	}
	notices := bulk.Insert(tx, `insert into tax_notices (seq, decision, status, duty_no, at) values `, 5, ``)
	defer notices.Close()
	parties := bulk.Insert(tx, `insert into tax_notice_parties (party, seq) values `, 2, ``)
	defer parties.Close()
	for i, n := range c.notices {
		seq := int64(last) - int64(len(c.notices)) + int64(i) + 1
		if err := notices.Add(ctx, seq, int64(n.bill.Decision), int64(n.status), n.dutyNo, n.at); err != nil {
			return err
		}
		for _, p := range n.bill.parties() {
			if err := parties.Add(ctx, p, seq); err != nil {
				return err
			}
		}
	}
	if err := notices.Flush(ctx); err != nil {
		return err
	}
	return parties.Flush(ctx)
}

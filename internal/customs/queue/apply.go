package queue

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

// apply takes decisions in: parcels come into a queue and leave it by their
// state, and verdicts are answered.
func (s *Service) apply(ctx context.Context, tx *store.Tx, decisions []*clearance.Decision) error {
	for _, d := range decisions {
		if d.Number == 0 {
			continue
		}
		if byOfficer(d) {
			if err := s.settle(ctx, tx, d); err != nil {
				return err
			}
		}
		if d.What != clearance.Decided && d.What != clearance.Moved {
			continue
		}
		var err error
		switch {
		case queueOf(d.To) != Nowhere:
			err = s.enter(ctx, tx, d)
		case queueOf(d.From) != Nowhere:
			err = s.leave(ctx, tx, d)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// byOfficer tells whether a decision answers an officer's verdict.
func byOfficer(d *clearance.Decision) bool {
	return (d.What == clearance.Moved || d.What == clearance.NotMoved) && slices.ContainsFunc(d.Reasons, func(r clearance.Reason) bool { return r.Code == "PZ1609" })
}

// enter puts a parcel into the queue of its state, or moves it to another one.
// What the newest decision does not say stays as an earlier one said it.
func (s *Service) enter(ctx context.Context, tx *store.Tx, d *clearance.Decision) error {
	i := Item{Parcel: d.Number, Queue: queueOf(d.To), State: d.To, Status: d.Status, Since: d.At, OrderNo: d.Subject, InvtNo: d.InvtNo, Decision: d.Seq, Reasons: why(d)}
	i.identify(d)
	i.Priority = priority(&i, d, s.Rules().On(clock.DayOf(clock.FromMicros(d.At))).Limits.Single)
	i.Due = s.due(i.Queue, d.At)
	i.place = place(i.Priority, i.Since)
	text, err := json.Marshal(i.Reasons)
	if err != nil {
		return err
	}
	code := ""
	if len(i.Reasons) > 0 {
		code = i.Reasons[0].Code
	}
	_, err = tx.Exec(ctx, `insert into queue_items (parcel, queue, state, status, since, due, priority, place, direction, mode, order_no, invt_no, merchant, agent, customs,
			value, tax, code, reasons, decision, claimed_by, claim_name, claim_until, acts, verdict, left_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, '', '', 0, 0, 0, 0)
		on conflict (parcel) do update set queue = excluded.queue, state = excluded.state, status = excluded.status, since = excluded.since, due = excluded.due,
			priority = excluded.priority, place = excluded.place, direction = excluded.direction, order_no = excluded.order_no, invt_no = excluded.invt_no,
			mode = case when excluded.mode = '' then queue_items.mode else excluded.mode end,
			merchant = case when excluded.merchant = '' then queue_items.merchant else excluded.merchant end,
			agent = case when excluded.agent = '' then queue_items.agent else excluded.agent end,
			customs = case when excluded.customs = '' then queue_items.customs else excluded.customs end,
			value = case when excluded.value = 0 then queue_items.value else excluded.value end,
			tax = case when excluded.value = 0 then queue_items.tax else excluded.tax end,
			code = excluded.code, reasons = excluded.reasons, decision = excluded.decision,
			claimed_by = '', claim_name = '', claim_until = 0, left_at = 0`,
		int64(i.Parcel), int64(i.Queue), int64(i.State), int64(i.Status), i.Since, i.Due, int64(i.Priority), i.place, string(rune(i.Direction)), i.Mode, i.OrderNo, i.InvtNo,
		i.Merchant, i.Agent, i.Customs, int64(i.Value), int64(i.Tax), code, s.Keys.Seal(nil, text, aad("reasons", i.Parcel, 0)), int64(i.Decision))
	return err
}

// leave takes a parcel out of its queue.
func (s *Service) leave(ctx context.Context, tx *store.Tx, d *clearance.Decision) error {
	_, err := tx.Exec(ctx, `update queue_items set queue = 0, state = $1, status = $2, left_at = $3, claimed_by = '', claim_name = '', claim_until = 0 where parcel = $4`,
		int64(d.To), int64(d.Status), d.At, int64(d.Number))
	return err
}

// why are the reasons that hold the parcel.
func why(d *clearance.Decision) []clearance.Reason {
	if n := len(d.Receipts); n > 0 && d.What == clearance.Decided {
		if rungs := d.Receipts[n-1].Rungs; len(rungs) > 0 {
			return rungs[len(rungs)-1].Reasons
		}
	}
	return d.Reasons
}

// identify reads what the decision says of the list.
func (i *Item) identify(d *clearance.Decision) {
	i.Direction = clearance.Import
	if d.Kind == 603 {
		i.Direction = clearance.Export
	}
	for n := range d.Receipts {
		switch f := d.Receipts[n].Fields; d.Receipts[n].Kind {
		case 622: // customs, platform, merchant, agent, …
			i.Customs, i.Merchant, i.Agent = f[0], f[2], f[3]
		case 604: // agent, copNo, preNo, invtNo, merchant, …
			i.Agent, i.Merchant = f[0], f[4]
		}
	}
	l := d.List
	if l == nil {
		return
	}
	i.Mode, i.Merchant, i.Agent, i.Customs = l.Mode, l.Merchant, l.Agent, l.Customs
	if d.Tax != nil {
		i.Value, i.Tax = d.Tax.Dutiable, d.Tax.Total()
		return
	}
	var sum money.N5
	for n := range l.Lines {
		if l.Lines[n].Currency != "142" {
			return // its value in yuan is not known here
		}
		sum += l.Lines[n].Total
	}
	i.Value, _ = sum.Fen()
}

// priority orders a queue: what an officer asked for and what goes to
// anti-smuggling first, then goods above the single limit of retail imports.
func priority(i *Item, d *clearance.Decision, limit money.Fen) int {
	asked := slices.ContainsFunc(i.Reasons, func(r clearance.Reason) bool { return r.Code == "PZ1609" })
	switch {
	case d.Status == 502, asked && d.What == clearance.Decided:
		return 2
	case limit > 0 && i.Value > limit, d.Status == 503:
		return 1
	}
	return 0
}

// place is where an item stands: by priority, then the oldest first.
func place(priority int, since int64) int64 { return int64(2-priority)<<55 | since }

// due is by when a case is to be dealt with, by the pack of the day.
func (s *Service) due(q Queue, at int64) int64 {
	v, ok := s.Rules().On(clock.DayOf(clock.FromMicros(at))).Param(queueNames[q].due)
	if !ok || v.Int() <= 0 {
		return 0
	}
	return at + int64(time.Duration(v.Int())*time.Hour/time.Microsecond)
}

// aad binds a sealed text to its place.
func aad(what string, parcel uint64, number int64) []byte {
	return []byte("queue " + what + " " + strconv.FormatUint(parcel, 10) + " " + strconv.FormatInt(number, 10))
}

// settle answers the verdict that is on its way for the decision's parcel.
func (s *Service) settle(ctx context.Context, tx *store.Tx, d *clearance.Decision) error {
	i, err := s.item(ctx, tx, d.Number)
	if err != nil || i == nil || i.verdict == 0 {
		return err
	}
	given, err := s.act(ctx, tx, d.Number, i.verdict)
	if err != nil || given == nil {
		return err
	}
	if !slices.ContainsFunc(d.Reasons, func(r clearance.Reason) bool { return r.Code == "PZ1609" && len(r.Args) > 0 && r.Args[0] == given.Text }) {
		return nil // a verdict that came another way
	}
	a := Act{At: d.At, Kind: Done, Officer: given.Officer, Name: given.Name, Status: given.Status, Decision: d.Seq}
	if d.What == clearance.NotMoved {
		a.Kind = Failed
		for _, r := range d.Reasons {
			if r.Code != "PZ1609" {
				a.Text = r.Code + " " + r.Chinese() + " / " + r.English()
			}
		}
	}
	if err := s.write(ctx, tx, i, a); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update queue_acts set decision = $1 where parcel = $2 and number = $3`, int64(d.Seq), int64(d.Number), i.verdict); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update queue_items set verdict = 0 where parcel = $1`, int64(d.Number))
	tx.AfterCommit(s.settled.Notify)
	return err
}

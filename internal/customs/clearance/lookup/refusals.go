package lookup

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance/lookup/bulk"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Refusal is a document that was refused (退单的单证) and left no trace in a parcel.
type Refusal struct {
	Seq     uint64 // decision
	At      int64  // µs UTC
	Day     clock.Day
	Kind    ceb.Kind
	Party   string // who sent it
	Subject string // its number; "" where it fails the schema
	Parcel  uint64 // 0: it belongs to none
	Reasons []string
}

// writeRefusals keeps the documents that were refused.
func (b *batch) writeRefusals(ctx context.Context, tx *store.Tx) error {
	rows := bulk.Insert(tx, `insert into refusals (seq, at, day, kind, party, subject, parcel, reasons) values `, 8, ` on conflict do nothing`)
	defer rows.Close()
	keys := bulk.Insert(tx, `insert into refusal_keys (party, reason, day, seq) values `, 4, ` on conflict do nothing`)
	defer keys.Close()
	for _, d := range b.refused {
		party, day, list := "", int64(clock.DayOf(clock.FromMicros(d.At))), codes(d.Reasons)
		if len(d.Receipts) > 0 {
			party = d.Receipts[0].To
		}
		if err := rows.Add(ctx, int64(d.Seq), d.At, day, int64(d.Kind), party, d.Subject, int64(d.Number), strings.Join(list, " ")); err != nil {
			return err
		}
		for _, reason := range append([]string{""}, list...) {
			for _, p := range slices.Compact([]string{"", party}) {
				if err := keys.Add(ctx, p, reason, day, int64(d.Seq)); err != nil {
					return err
				}
			}
		}
	}
	if err := rows.Flush(ctx); err != nil {
		return err
	}
	return keys.Flush(ctx)
}

// RefusalFilter chooses refused documents; a zero field but Within asks for nothing.
type RefusalFilter struct {
	Within   Reach
	Sender   string
	Reason   string    // code
	From, To clock.Day // both included
}

// senders are the parties to be asked for; "" is any.
func (f RefusalFilter) senders() []string {
	switch {
	case f.Within.All && f.Sender == "":
		return []string{""}
	case f.Within.All || slices.Contains(f.Within.Parties, f.Sender):
		return []string{f.Sender}
	case f.Sender != "":
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(f.Within.Parties)))
}

// days are the bounds of the filter's days.
func (f RefusalFilter) days() (from, to int64) {
	to = int64(f.To)
	if to == 0 {
		to = 99999999
	}
	return int64(f.From), to
}

// Refusals returns a page of refused documents, newest first; page.Before is
// the decision of the last one of the page before.
func (x *Index) Refusals(ctx context.Context, f RefusalFilter, page Page) ([]Refusal, error) {
	limit := page.limit()
	from, to := f.days()
	var seqs []uint64
	for _, party := range f.senders() {
		args := []any{party, f.Reason, from, to, int64(page.before())}
		err := x.each(ctx, func(rows *sql.Rows) error {
			var seq uint64
			err := rows.Scan(&seq)
			seqs = append(seqs, seq)
			return err
		}, `select seq from refusal_keys where party = $1 and reason = $2 and day >= $3 and day <= $4 and seq < $5
			order by day desc, seq desc limit `+strconv.Itoa(limit), args...)
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(seqs)
	slices.Reverse(seqs)
	return x.refusals(ctx, seqs[:min(limit, len(seqs))])
}

func (x *Index) refusals(ctx context.Context, seqs []uint64) ([]Refusal, error) {
	var out []Refusal
	err := inChunks(seqs, func(piece []uint64) error {
		return x.each(ctx, func(rows *sql.Rows) error {
			var r Refusal
			var reasons string
			err := rows.Scan(&r.Seq, &r.At, &r.Day, &r.Kind, &r.Party, &r.Subject, &r.Parcel, &reasons)
			r.Reasons = words(reasons)
			out = append(out, r)
			return err
		}, `select seq, at, day, kind, party, subject, parcel, reasons from refusals where seq in (`+bulk.Places(len(piece))+`)`, anys(piece)...)
	})
	slices.SortFunc(out, func(a, b Refusal) int { return cmp.Compare(b.Seq, a.Seq) })
	return out, err
}

// RefusalsByReason counts refused documents by code, the most frequent first;
// what is above 10,000 for one sender counts as 10,001.
func (x *Index) RefusalsByReason(ctx context.Context, f RefusalFilter) ([]Count, error) {
	from, to := f.days()
	sums := make(map[string]int64)
	for _, party := range f.senders() {
		reasons, err := x.reasonsOf(ctx, party)
		for _, reason := range reasons {
			if err == nil && (f.Reason == "" || f.Reason == reason) {
				err = x.each(ctx, func(rows *sql.Rows) error {
					var n int64
					err := rows.Scan(&n)
					sums[reason] += n
					return err
				}, `select count(*) from (select 1 from refusal_keys where party = $1 and reason = $2 and day >= $3 and day <= $4 limit `+strconv.Itoa(exactTo+1)+`) c`,
					party, reason, from, to)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return counts(sums, nil), nil
}

// reasonsOf are the codes for which documents of a sender were refused, found
// from one to the next without reading all of them.
func (x *Index) reasonsOf(ctx context.Context, party string) (out []string, err error) {
	for last, more := "", true; more && err == nil; {
		more = false
		err = x.each(ctx, func(rows *sql.Rows) error {
			err := rows.Scan(&last)
			out, more = append(out, last), true
			return err
		}, `select reason from refusal_keys where party = $1 and reason > $2 order by reason limit 1`, party, last)
	}
	return out, err
}

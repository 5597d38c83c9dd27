package lookup

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"pilotzone/internal/customs/clearance/lookup/bulk"
	"pilotzone/internal/kernel/store"
)

// write puts the batch into the tables.
func (b *batch) write(ctx context.Context, tx *store.Tx) error {
	for _, f := range []func(context.Context, *store.Tx) error{b.writeParcels, b.writeParties, b.writeDays, b.writeTraces, b.writeReceipts} {
		if err := f(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) sorted() []*Parcel {
	out := make([]*Parcel, 0, len(b.parcels))
	for _, p := range b.parcels {
		out = append(out, p)
	}
	slices.SortFunc(out, func(x, y *Parcel) int { return cmp.Compare(x.Number, y.Number) })
	return out
}

func (b *batch) writeParcels(ctx context.Context, tx *store.Tx) error {
	names := strings.FieldsFunc(columns, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' })
	var set []string
	for _, n := range names[2:] { // number and key stay
		if n != "day" {
			set = append(set, n+" = excluded."+n)
		}
	}
	w := bulk.Insert(tx, `insert into parcels (`+columns+`) values `, columnCount, ` on conflict (number) do update set `+strings.Join(set, ", "))
	defer w.Close()
	row := make([]any, 0, columnCount)
	for _, p := range b.sorted() {
		row = p.args(row[:0])
		if err := w.Add(ctx, row...); err != nil {
			return err
		}
	}
	return w.Flush(ctx)
}

func (b *batch) writeParties(ctx context.Context, tx *store.Tx) error {
	type part struct {
		party  string
		number uint64
	}
	var list []part
	for _, p := range b.parcels {
		for _, c := range p.parties() {
			list = append(list, part{c, p.Number})
		}
	}
	slices.SortFunc(list, func(x, y part) int {
		return cmp.Or(cmp.Compare(x.party, y.party), cmp.Compare(x.number, y.number))
	})
	w := bulk.Insert(tx, `insert into parties (party, number) values `, 2, ` on conflict do nothing`)
	defer w.Close()
	for _, v := range list {
		if err := w.Add(ctx, v.party, int64(v.number)); err != nil {
			return err
		}
	}
	return w.Flush(ctx)
}

func (b *batch) writeDays(ctx context.Context, tx *store.Tx) error {
	for day, s := range b.days {
		if _, err := tx.Exec(ctx, `insert into days (day, first, last) values ($1, $2, $3) on conflict (day) do update set
			first = case when excluded.first < days.first then excluded.first else days.first end,
			last = case when excluded.last > days.last then excluded.last else days.last end`,
			int64(day), int64(s.first), int64(s.last)); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) writeTraces(ctx context.Context, tx *store.Tx) error {
	list := make([]*run, 0, len(b.traces))
	eras := make(map[uint64]bool)
	for _, r := range b.traces {
		list = append(list, r)
		eras[r.first>>eraBits] = true
	}
	slices.SortFunc(list, func(x, y *run) int {
		return cmp.Or(cmp.Compare(x.first>>eraBits, y.first>>eraBits), cmp.Compare(x.key, y.key))
	})
	w := bulk.Insert(tx, `insert into traces (era, hash, seq, more) values `, 4, ` on conflict do nothing`)
	defer w.Close()
	for _, r := range list {
		if err := w.Add(ctx, int64(r.first>>eraBits), r.key, int64(r.first), bulk.NotNil(r.more)); err != nil {
			return err
		}
	}
	if err := w.Flush(ctx); err != nil {
		return err
	}
	for era := range eras {
		if _, err := tx.Exec(ctx, `insert into eras (era) values ($1) on conflict do nothing`, int64(era)); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) writeReceipts(ctx context.Context, tx *store.Tx) error {
	list := make([]*run, 0, len(b.parties))
	for _, r := range b.parties {
		list = append(list, r)
	}
	slices.SortFunc(list, func(x, y *run) int { return cmp.Compare(x.party, y.party) })
	w := bulk.Insert(tx, `insert into receipts (party, last, first, more) values `, 4, ` on conflict do nothing`)
	defer w.Close()
	for _, r := range list {
		if err := w.Add(ctx, r.party, int64(r.last), int64(r.first), bulk.NotNil(r.more)); err != nil {
			return err
		}
	}
	return w.Flush(ctx)
}

func anys(list []uint64) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = int64(v)
	}
	return out
}

// inChunks hands a list on in pieces that one statement takes.
func inChunks(list []uint64, f func([]uint64) error) error {
	for piece := range slices.Chunk(list, 500) {
		if err := f(piece); err != nil {
			return err
		}
	}
	return nil
}

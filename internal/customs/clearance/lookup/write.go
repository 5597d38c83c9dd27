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
func (b *batch) write(ctx context.Context, tx *store.Tx, changes []Change) error {
	if err := writeParcels(ctx, tx, changes); err != nil {
		return err
	}
	if err := writePostings(ctx, tx, changes); err != nil {
		return err
	}
	if err := writeAmounts(ctx, tx, changes); err != nil {
		return err
	}
	for _, f := range []func(context.Context, *store.Tx) error{b.writeTraces, b.writeReceipts, b.writeRefusals} {
		if err := f(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

func writeParcels(ctx context.Context, tx *store.Tx, changes []Change) error {
	names := strings.FieldsFunc(columns, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' })
	var set []string
	for _, n := range names[2:] { // number and key stay
		if n != "day" && n != "declared" {
			set = append(set, n+" = excluded."+n)
		}
	}
	w := bulk.Insert(tx, `insert into parcels (`+columns+`) values `, columnCount, ` on conflict (number) do update set `+strings.Join(set, ", "))
	defer w.Close()
	row := make([]any, 0, columnCount)
	for _, c := range changes {
		row = c.After.args(row[:0])
		if err := w.Add(ctx, row...); err != nil {
			return err
		}
	}
	return w.Flush(ctx)
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

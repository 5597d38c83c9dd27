package stats

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/bulk"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Take brings the figures to where the index stands (lookup.Rider).
func (s *Service) Take(ctx context.Context, tx *store.Tx, decisions []*clearance.Decision, changes []lookup.Change) error {
	if err := takeDays(ctx, tx, changes); err != nil {
		return err
	}
	if err := takeDocuments(ctx, tx, decisions); err != nil {
		return err
	}
	last := decisions[len(decisions)-1]
	_, err := tx.Exec(ctx, `insert into stats_end (id, seq, at) values (1, $1, $2) on conflict (id) do update set seq = excluded.seq, at = excluded.at`,
		int64(last.Seq), last.At)
	return err
}

// Clear throws the figures away (lookup.Rider).
func (s *Service) Clear(ctx context.Context, tx *store.Tx) error {
	for _, name := range []string{"stats_days", "stats_documents", "stats_refused", "stats_end"} {
		if _, err := tx.Exec(ctx, "delete from "+name); err != nil {
			return err
		}
	}
	return nil
}

// sheet is one row of figures: a day by a facet.
type sheet struct {
	day   clock.Day
	facet lookup.Facet
}

// takeDays takes parcels out where they stood and puts them in where they stand.
func takeDays(ctx context.Context, tx *store.Tx, changes []lookup.Change) error {
	sheets := make(map[sheet]table)
	for _, c := range changes {
		if c.Before != nil {
			enter(sheets, c.Before, -1)
		}
		enter(sheets, c.After, 1)
	}
	keys := make([]sheet, 0, len(sheets))
	for k, t := range sheets {
		if t.drop(); len(t) > 0 {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b sheet) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.facet, b.facet)) })
	if err := load(ctx, tx, sheets, keys); err != nil {
		return err
	}
	w := bulk.Insert(tx, `insert into stats_days (day, facet, body) values `, 3, ` on conflict (day, facet) do update set body = excluded.body`)
	defer w.Close()
	for _, k := range keys {
		sheets[k].drop()
		if err := w.Add(ctx, int64(k.day), int64(k.facet), sheets[k].append(nil)); err != nil {
			return err
		}
	}
	return w.Flush(ctx)
}

// enter puts a parcel in (sign 1) or takes it out (-1).
func enter(sheets map[sheet]table, p *lookup.Parcel, sign int64) {
	p.Facets(func(f lookup.Facet, v string) {
		if !slices.Contains(rolled, f) {
			return
		}
		k := sheet{p.Day, f}
		t := sheets[k]
		if t == nil {
			t = make(table)
			sheets[k] = t
		}
		t.add(cell{v, p.State}, sum{sign, sign * int64(p.Value)})
	})
}

// load adds what is stored to the sheets.
func load(ctx context.Context, tx *store.Tx, sheets map[sheet]table, keys []sheet) error {
	days := make(map[clock.Day][]sheet)
	for _, k := range keys {
		days[k.day] = append(days[k.day], k)
	}
	for day, list := range days {
		args := []any{int64(day)}
		for _, k := range list {
			args = append(args, int64(k.facet))
		}
		rows, err := tx.Query(ctx, `select facet, body from stats_days where day = $1 and facet in (`+bulk.PlacesFrom(2, len(list))+`)`, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			var body []byte
			k := sheet{day: day}
			if err = rows.Scan(&k.facet, &body); err == nil {
				err = sheets[k].read(body)
			}
			if err != nil {
				rows.Close()
				return err
			}
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}

// documents are those of ten minutes and one kind.
type documents struct{ accepted, refused, repeated int64 }

type slotKind struct {
	day  clock.Day
	slot string
	kind int64
}

type dayReason struct {
	day    clock.Day
	reason string
}

// takeDocuments counts what was answered about documents.
func takeDocuments(ctx context.Context, tx *store.Tx, decisions []*clearance.Decision) error {
	slots := make(map[slotKind]documents)
	refused := make(map[dayReason]int64)
	for _, d := range decisions {
		k := slotKind{clock.DayOf(clock.FromMicros(d.At)), lookup.Slot(d.At), int64(d.Kind)}
		n := slots[k]
		switch d.What {
		case clearance.DocRefused:
			n.refused++
			for _, code := range codes(d.Reasons) {
				refused[dayReason{k.day, code}]++
			}
		case clearance.DocRepeated:
			n.repeated++
		case clearance.DocStored, clearance.DocDeleted:
			n.accepted++
		case clearance.Moved:
			if d.Kind != 623 && d.Kind != 605 {
				continue // an event, no document
			}
			n.accepted++
		default:
			continue
		}
		slots[k] = n
	}
	return cmp.Or(writeSlots(ctx, tx, slots), writeRefused(ctx, tx, refused))
}

// codes are the codes of reasons, each once.
func codes(reasons []clearance.Reason) (out []string) {
	for _, r := range reasons {
		if !slices.Contains(out, r.Code) {
			out = append(out, r.Code)
		}
	}
	return out
}

func writeSlots(ctx context.Context, tx *store.Tx, slots map[slotKind]documents) error {
	w := bulk.Insert(tx, `insert into stats_documents (day, slot, kind, accepted, refused, repeated) values `, 6, ` on conflict (day, slot, kind) do update set
		accepted = stats_documents.accepted + excluded.accepted, refused = stats_documents.refused + excluded.refused, repeated = stats_documents.repeated + excluded.repeated`)
	defer w.Close()
	for k, n := range slots {
		if err := w.Add(ctx, int64(k.day), k.slot, k.kind, n.accepted, n.refused, n.repeated); err != nil {
			return err
		}
	}
	return w.Flush(ctx)
}

func writeRefused(ctx context.Context, tx *store.Tx, refused map[dayReason]int64) error {
	w := bulk.Insert(tx, `insert into stats_refused (day, reason, n) values `, 3, ` on conflict (day, reason) do update set n = stats_refused.n + excluded.n`)
	defer w.Close()
	for k, n := range refused {
		if err := w.Add(ctx, int64(k.day), k.reason, n); err != nil {
			return err
		}
	}
	return w.Flush(ctx)
}

// Documents are the documents of one kind that came in within ten minutes.
type Documents struct {
	Slot     string // lookup.Slot
	Kind     int    // 621 for CEB621
	Accepted int64
	Refused  int64
	Repeated int64
}

// Label is the ten minutes as people write them: "10:30".
func Label(slot string) string {
	if len(slot) < 12 {
		return slot
	}
	return slot[8:10] + ":" + slot[10:12]
}

// Of returns the day of ten minutes.
func Of(slot string) clock.Day {
	n, err := strconv.Atoi(slot[:min(8, len(slot))])
	if err != nil {
		return 0
	}
	return clock.Day(n)
}

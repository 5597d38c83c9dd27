package lookup

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup/bulk"
	"pilotzone/internal/kernel/store"
)

// most bounds how many decisions are read for one question.
const most = 1000

// Find returns the parcels that a number leads to, newest first: parcel number,
// order number 订单编号, payment number 支付交易编号, waybill number 运单编号,
// enterprise's own number copNo, pre-entry number 预录入编号 or list number
// 清单编号. Letters count alike in either case. None is no error.
func (x *Index) Find(ctx context.Context, number string) ([]Parcel, error) {
	number = strings.TrimSpace(number)
	if number == "" {
		return nil, nil
	}
	found := make(map[uint64]bool)
	if err := x.findDerived(ctx, number, found); err != nil {
		return nil, err
	}
	var keys []clearance.Key
	err := x.traced(ctx, hashNumber(number), func(d *clearance.Decision) {
		switch {
		case !slices.ContainsFunc(numbers(d), func(n string) bool { return strings.EqualFold(n, number) }):
		case d.Number != 0:
			found[d.Number] = true
		case d.Parcel != (clearance.Key{}) && !slices.Contains(keys, d.Parcel):
			keys = append(keys, d.Parcel)
		}
	})
	for i := 0; i < len(keys) && err == nil; i++ {
		err = x.traced(ctx, hashKey(keys[i]), func(d *clearance.Decision) {
			if d.Parcel == keys[i] && d.Number != 0 {
				found[d.Number] = true
			}
		})
	}
	if err != nil {
		return nil, err
	}
	list := make([]uint64, 0, len(found))
	for n := range found {
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b uint64) int { return cmp.Compare(b, a) })
	return x.rows(ctx, list)
}

// findDerived finds the parcel by numbers that hold its own: the parcel number,
// and the last nine digits of list and pre-entry number.
func (x *Index) findDerived(ctx context.Context, number string, found map[uint64]bool) error {
	tail := number
	if len(number) == 18 {
		tail = number[9:]
	}
	n, err := strconv.ParseUint(tail, 10, 63)
	if err != nil || n == 0 {
		return nil
	}
	p, err := x.row(ctx, n)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	if tail == number || strings.EqualFold(p.InvtNo, number) || strings.EqualFold(p.PreNo, number) {
		found[n] = true
	}
	return nil
}

// traced calls f for the decisions that a hash leads to, in order. Some may be
// strangers with the same hash: f looks.
func (x *Index) traced(ctx context.Context, hash int64, f func(*clearance.Decision)) error {
	seqs, err := x.seqs(ctx, hash)
	if err != nil {
		return err
	}
	return x.fetch(ctx, seqs, f)
}

// erasAtOnce is how many eras one query looks into.
const erasAtOnce = 64

// seqs returns the decisions that a hash leads to, the newest if there are
// very many.
func (x *Index) seqs(ctx context.Context, hash int64) ([]uint64, error) {
	eras, err := x.eras(ctx)
	if err != nil {
		return nil, err
	}
	var out []uint64
	// The eras are named one by one: then either database probes its primary
	// key for each, whatever it knows of the tables.
	for piece := range slices.Chunk(eras, erasAtOnce) {
		args := append(anys(piece), hash)
		err := x.each(ctx, func(rows *sql.Rows) error {
			var first uint64
			var more []byte
			err := rows.Scan(&first, &more)
			out = append(out, unpack(first, more)...)
			return err
		}, `select seq, more from traces where era in (`+bulk.Places(len(piece))+`) and hash = $`+strconv.Itoa(len(args))+
			` order by seq desc limit `+strconv.Itoa(most), args...)
		if err != nil || len(out) >= most {
			return out, err
		}
	}
	return out, nil
}

// eras lists the eras of the traces, newest first.
func (x *Index) eras(ctx context.Context) (out []uint64, err error) {
	err = x.each(ctx, func(rows *sql.Rows) error {
		var era uint64
		err := rows.Scan(&era)
		out = append(out, era)
		return err
	}, `select era from eras order by era desc`)
	return out, err
}

// each runs a query and gives every row to f.
func (x *Index) each(ctx context.Context, f func(*sql.Rows) error, query string, args ...any) error {
	if x.seen != nil {
		x.seen(query, args)
	}
	rows, err := x.db.Read().QueryContext(ctx, query, args...)
	if err != nil {
		return store.Wrap("read search index", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return store.Wrap("read search index", err)
		}
	}
	return store.Wrap("read search index", rows.Err())
}

// near is how far apart decisions may stand to be read in one go: about what
// two of the core's blocks hold.
const near = 400

var errEnough = errors.New("enough")

// fetch reads decisions from the core and hands them to f in order.
func (x *Index) fetch(ctx context.Context, seqs []uint64, f func(*clearance.Decision)) error {
	slices.Sort(seqs)
	seqs = slices.Compact(seqs)
	for len(seqs) > 0 {
		err := x.core.Each(ctx, seqs[0], func(d *clearance.Decision) error {
			if d.Seq == seqs[0] {
				f(d)
				seqs = seqs[1:]
			}
			if len(seqs) == 0 || seqs[0] > d.Seq+near {
				return errEnough
			}
			return nil
		})
		switch {
		case err == nil: // the core ends before
			return nil
		case !errors.Is(err, errEnough):
			return err
		}
	}
	return nil
}

// row reads one parcel, or ErrNotFound.
func (x *Index) row(ctx context.Context, number uint64) (*Parcel, error) {
	list, err := x.rows(ctx, []uint64{number})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNotFound
	}
	return &list[0], nil
}

// rows reads parcels in the order of their numbers given.
func (x *Index) rows(ctx context.Context, numbers []uint64) ([]Parcel, error) {
	at := make(map[uint64]Parcel, len(numbers))
	err := inChunks(numbers, func(piece []uint64) error {
		return x.query(ctx, func(p Parcel) { at[p.Number] = p },
			`select `+columns+` from parcels where number in (`+bulk.Places(len(piece))+`)`, anys(piece)...)
	})
	if err != nil {
		return nil, err
	}
	var out []Parcel
	for _, n := range numbers {
		if p, ok := at[n]; ok {
			out = append(out, p)
		}
	}
	return out, nil
}

// query runs a query of whole parcels.
func (x *Index) query(ctx context.Context, f func(Parcel), query string, args ...any) error {
	return x.each(ctx, func(rows *sql.Rows) error {
		p, err := scan(rows)
		if err == nil {
			f(p)
		}
		return err
	}, query, args...)
}

// Parcel returns a parcel and all decisions about it and its documents, in
// order. Error: ErrNotFound.
func (x *Index) Parcel(ctx context.Context, number uint64) (*Parcel, []*clearance.Decision, error) {
	p, err := x.row(ctx, number)
	if err != nil {
		return nil, nil, err
	}
	var seqs []uint64
	hashes := []int64{hashKey(p.Key)}
	for _, n := range []string{p.WaybillNo, p.InvtNo} {
		if n != "" {
			hashes = append(hashes, hashNumber(n))
		}
	}
	for _, h := range hashes {
		list, err := x.seqs(ctx, h)
		if err != nil {
			return nil, nil, err
		}
		seqs = append(seqs, list...)
	}
	var out []*clearance.Decision
	err = x.fetch(ctx, seqs, func(d *clearance.Decision) {
		if about(p, d) {
			out = append(out, d)
		}
	})
	return p, out, err
}

// about tells whether a decision is about the parcel. One order may have several
// parcels, one after the other: its documents are those of all of them. Waybills
// and requests to withdraw do not carry the order's key: they are told by their
// numbers.
func about(p *Parcel, d *clearance.Decision) bool {
	if d.Number != 0 {
		return d.Number == p.Number
	}
	if d.Parcel != (clearance.Key{}) {
		return d.Parcel == p.Key
	}
	switch d.Kind {
	case 511, 505, 513:
		return d.Subject == p.WaybillNo && p.WaybillNo != "" && carrierOf(d) == p.Carrier
	case 507, 509:
		return d.Subject == p.WaybillNo && p.WaybillNo != "" && d.What == clearance.NotMoved
	case 623, 605:
		return d.Subject == p.InvtNo && p.InvtNo != ""
	}
	return false
}

// carrierOf is the logistics enterprise that a waybill's answer names.
func carrierOf(d *clearance.Decision) string {
	for i := range d.Receipts {
		if f := d.Receipts[i].Fields; len(f) > 1 {
			return f[0]
		}
	}
	return ""
}

// Document is one document that came in for a parcel (单证).
type Document struct {
	Input    uint64 // input number: intake.Reader.Raw shows its bytes
	Kind     ceb.Kind
	Number   string // by which people know it
	Sender   string // 传输企业代码
	At       int64  // µs UTC, when it came in
	What     clearance.What
	Decision uint64 // the answer
}

// Documents returns the documents that came in for a parcel, in the order in
// which they came. Error: ErrNotFound.
func (x *Index) Documents(ctx context.Context, number uint64) ([]Document, error) {
	p, decisions, err := x.Parcel(ctx, number)
	if err != nil {
		return nil, err
	}
	var out []Document
	for _, d := range decisions {
		if v, ok := documentOf(p, d); ok {
			out = append(out, v)
		}
	}
	return out, nil
}

// documentOf reads the document that a decision answers, if it answers one.
func documentOf(p *Parcel, d *clearance.Decision) (Document, bool) {
	switch d.What {
	case clearance.DocStored, clearance.DocRefused, clearance.DocRepeated, clearance.DocDeleted:
	case clearance.Moved, clearance.NotMoved:
		if d.Kind == 621 || d.Kind == 603 || d.Kind == 0 {
			return Document{}, false // an officer's word or the end of waiting
		}
	default:
		return Document{}, false
	}
	v := Document{Input: d.Input, Kind: d.Kind, Number: d.Subject, At: d.At, What: d.What, Decision: d.Seq}
	if d.Kind == 621 || d.Kind == 603 {
		v.Number = p.CopNo
	}
	if len(d.Receipts) > 0 {
		v.Sender = d.Receipts[0].To
	}
	return v, true
}

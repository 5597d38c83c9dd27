package passport

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup/bulk"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/store"
)

// batch is what one transaction does to uses.
type batch struct {
	s       *Service
	parcels map[uint64][]*Use
	changed []*Use
	notices []Notice
}

// concerns tells whether a decision can make or change a use.
func concerns(d *clearance.Decision) bool {
	return d.Number != 0 && (d.Kind == 621 || d.Kind == 623) && d.What != clearance.DocRefused && d.What != clearance.DocRepeated
}

// apply takes decisions in.
func (s *Service) apply(ctx context.Context, tx *store.Tx, decisions []*clearance.Decision) error {
	b := &batch{s: s, parcels: make(map[uint64][]*Use)}
	var numbers []uint64
	for _, d := range decisions {
		if concerns(d) {
			numbers = append(numbers, d.Number)
		}
	}
	if err := b.load(ctx, tx, numbers); err != nil {
		return err
	}
	for _, d := range decisions {
		if concerns(d) {
			b.take(d)
		}
	}
	if err := b.write(ctx, tx); err != nil {
		return err
	}
	return s.tell(ctx, tx, b.notices)
}

const columns = `person, parcel, at, day, order_no, invt_no, platform, merchant, goods, amount, tax, reserved, charged, state, standing, dispute, matter`

const columnCount = 17

func (b *batch) load(ctx context.Context, tx *store.Tx, numbers []uint64) error {
	slices.Sort(numbers)
	for piece := range slices.Chunk(slices.Compact(numbers), 500) {
		args := make([]any, len(piece))
		for i, n := range piece {
			args[i] = int64(n)
		}
		rows, err := tx.Query(ctx, `select `+columns+` from passport_uses where parcel in (`+bulk.Places(len(piece))+`)`, args...)
		if err != nil {
			return err
		}
		list, err := scanAll(rows)
		if err != nil {
			return err
		}
		for i := range list {
			b.parcels[list[i].Parcel] = append(b.parcels[list[i].Parcel], &list[i])
		}
	}
	return nil
}

func scanAll(rows *sql.Rows) (out []Use, err error) {
	defer rows.Close()
	for rows.Next() {
		u, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, rows.Err()
}

func scan(row interface{ Scan(...any) error }) (u Use, err error) {
	var person []byte
	var parcel, day, state, dispute int64
	err = row.Scan(&person, &parcel, &u.At, &day, &u.OrderNo, &u.InvtNo, &u.Platform, &u.Merchant, &u.Goods,
		(*int64)(&u.Amount), (*int64)(&u.Tax), (*int64)(&u.Reserved), (*int64)(&u.Charged), &state, &u.Standing, &dispute, &u.Matter)
	copy(u.Person[:], person)
	u.Parcel, u.Day, u.State, u.Dispute = uint64(parcel), clock.Day(day), clearance.State(state), Dispute(dispute)
	return u, err
}

// take applies one decision.
func (b *batch) take(d *clearance.Decision) {
	if d.What == clearance.DocStored && d.List != nil {
		b.declared(d)
		return
	}
	u := b.standing(d.Number)
	if u == nil {
		return
	}
	if d.What == clearance.NotMoved {
		if len(d.Reasons) > 0 && d.Reasons[0].Code == "PZ1516" && d.Person == u.Person {
			b.upheld(u, d)
		}
		return
	}
	u.State = d.To
	if d.InvtNo != "" {
		u.InvtNo = d.InvtNo
	}
	if d.What == clearance.Decided {
		b.decided(u, d)
	}
	b.post(u, d)
	b.touch(u)
	if held(d) {
		b.notices = append(b.notices, Notice{Person: u.Person, Parcel: u.Parcel, Kind: HeldByFreeze, At: d.At})
	}
}

func held(d *clearance.Decision) bool {
	return d.What == clearance.Decided && d.To == clearance.Review && slices.ContainsFunc(d.Reasons, func(r clearance.Reason) bool { return r.Code == "PZ1512" })
}

// declared makes a use of a new version of a list.
func (b *batch) declared(d *clearance.Decision) {
	var u *Use
	for _, v := range b.parcels[d.Number] {
		if v.Person == d.List.Buyer {
			u = v
		} else if v.Standing {
			v.Standing = false
			b.touch(v)
		}
	}
	if u == nil {
		u = &Use{Person: d.List.Buyer, Parcel: d.Number}
		b.parcels[d.Number] = append(b.parcels[d.Number], u)
		b.notices = append(b.notices, Notice{Person: u.Person, Parcel: u.Parcel, Kind: Used, At: d.At})
	}
	u.At, u.Day, u.Standing, u.State = d.At, clock.DayOf(time.UnixMicro(d.At)), true, d.To
	u.OrderNo, u.Platform, u.Merchant = d.List.OrderNo, d.List.Platform, d.List.Merchant
	u.InvtNo, u.Goods, u.Amount, u.Tax, u.Reserved, u.Charged = "", "", 0, 0, 0, 0
	if u.Dispute != Open { // a new version may be disputed anew
		u.Dispute, u.Matter = NoDispute, ""
	}
	b.touch(u)
}

func (b *batch) decided(u *Use, d *clearance.Decision) {
	if d.Tax != nil {
		u.Amount, u.Tax = d.Tax.Dutiable, d.Tax.Total()
	}
	if d.List != nil {
		u.Goods = goods(d.List)
	}
}

// goods names the first goods of a list, as the list does.
func goods(l *clearance.List) string {
	const most, length = 3, 120
	var names []string
	for i := range l.Lines[:min(most, len(l.Lines))] {
		names = append(names, l.Lines[i].Name)
	}
	text := strings.Join(names, "、")
	if len(l.Lines) > most {
		text += fmt.Sprintf(" 等%d项", len(l.Lines))
	}
	if r := []rune(text); len(r) > length {
		text = string(r[:length-1]) + "…"
	}
	return text
}

// post adds up what a decision posts to the person's allowance of the year.
func (b *batch) post(u *Use, d *clearance.Decision) {
	if len(d.Postings) == 0 {
		return
	}
	account := clearance.PersonAccount(b.s.hasher, u.Person, u.Day)
	for _, p := range d.Postings {
		if p.Account == account {
			u.move(p)
		}
	}
}

func (u *Use) move(p ledger.Posting) {
	a := money.Fen(p.Amount)
	switch p.Phase {
	case ledger.Reserve:
		u.Reserved += a
	case ledger.Charge:
		u.Reserved, u.Charged = u.Reserved-a, u.Charged+a
	case ledger.Free:
		u.Reserved -= a
	case ledger.Refund:
		u.Charged -= a
	}
}

// upheld: the core has marked the parcel and given back what it had of the
// person's allowance, whichever year it went to.
func (b *batch) upheld(u *Use, d *clearance.Decision) {
	u.Reserved, u.Charged = 0, 0
	u.Dispute = Upheld
	b.touch(u)
	b.notices = append(b.notices, Notice{Person: u.Person, Parcel: u.Parcel, Kind: DisputeUpheld, At: d.At})
}

func (b *batch) standing(number uint64) *Use {
	for _, u := range b.parcels[number] {
		if u.Standing {
			return u
		}
	}
	return nil
}

func (b *batch) touch(u *Use) {
	if !slices.Contains(b.changed[max(0, len(b.changed)-4):], u) {
		b.changed = append(b.changed, u)
	}
}

func (b *batch) write(ctx context.Context, tx *store.Tx) error {
	w := bulk.Insert(tx, `insert into passport_uses (`+columns+`) values `, columnCount, ` on conflict (person, parcel) do update set
		at = excluded.at, day = excluded.day, order_no = excluded.order_no, invt_no = excluded.invt_no, platform = excluded.platform, merchant = excluded.merchant,
		goods = excluded.goods, amount = excluded.amount, tax = excluded.tax, reserved = excluded.reserved, charged = excluded.charged, state = excluded.state,
		standing = excluded.standing, dispute = excluded.dispute, matter = excluded.matter`)
	defer w.Close()
	seen := make(map[*Use]bool, len(b.changed))
	for _, u := range b.changed {
		if seen[u] {
			continue
		}
		seen[u] = true
		if err := w.Add(ctx, u.Person[:], int64(u.Parcel), u.At, int64(u.Day), u.OrderNo, u.InvtNo, u.Platform, u.Merchant, u.Goods, int64(u.Amount), int64(u.Tax),
			int64(u.Reserved), int64(u.Charged), int64(u.State), u.Standing, int64(u.Dispute), u.Matter); err != nil {
			return err
		}
	}
	return w.Flush(ctx)
}

// tell writes notices to those persons who hold a passport, and letters to
// those of them who gave an address.
func (s *Service) tell(ctx context.Context, tx *store.Tx, list []Notice) error {
	for piece := range slices.Chunk(list, 500) {
		holders, err := s.holdersOf(ctx, tx, piece)
		if err != nil {
			return err
		}
		for _, n := range piece {
			h, ok := holders[n.Person]
			if !ok {
				continue
			}
			if _, err := tx.Exec(ctx, `insert into passport_notices (person, parcel, kind, at) values ($1, $2, $3, $4) on conflict (person, parcel, kind) do nothing`,
				n.Person[:], int64(n.Parcel), int64(n.Kind), n.At); err != nil {
				return err
			}
			if err := s.post(ctx, tx, h, n); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) holdersOf(ctx context.Context, tx *store.Tx, list []Notice) (map[keys.Key]*Holder, error) {
	args := make([]any, len(list))
	for i := range list {
		args[i] = list[i].Person[:]
	}
	rows, err := tx.Query(ctx, `select person, since, frozen, address from passport_holders where person in (`+bulk.Places(len(args))+`)`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make(map[keys.Key]*Holder)
	for rows.Next() {
		h, err := s.scanHolder(rows)
		if err != nil {
			return nil, err
		}
		out[h.Person] = h
	}
	return out, rows.Err()
}

// post sends a holder a letter about a notice. It says no more than that there
// is something to look at: mail is read by others.
func (s *Service) post(ctx context.Context, tx *store.Tx, h *Holder, n Notice) error {
	if h.Address == "" || s.c.Post == nil {
		return nil
	}
	l := notify.Letter{Key: fmt.Sprintf("passport:%s:%d:%d", n.Person, n.Parcel, n.Kind), To: h.Address, Subject: n.Kind.Words(),
		Text: notify.Words{ZH: "请登录个人额度护照查看。如果不是您本人的购买，可以在那里冻结身份并提出异议。",
			EN: "Sign in to your allowance passport to see it. If you did not buy this, you can freeze your identity and dispute the use there."}}
	if s.c.Site != "" {
		l.Link = fmt.Sprintf("%s/passport/uses/%d", s.c.Site, n.Parcel)
	}
	return s.c.Post.Send(ctx, tx, l)
}

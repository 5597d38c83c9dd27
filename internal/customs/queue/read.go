package queue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

const columns = `parcel, queue, state, status, since, due, priority, place, direction, mode, order_no, invt_no, merchant, agent, customs,
	value, tax, reasons, decision, claimed_by, claim_name, claim_until, acts, verdict, left_at`

// row is what both sorts of a query's answers can do.
type row interface{ Scan(...any) error }

func (s *Service) scan(r row) (*Item, error) {
	i := &Item{}
	var direction string
	var reasons []byte
	err := r.Scan(&i.Parcel, &i.Queue, &i.State, &i.Status, &i.Since, &i.Due, &i.Priority, &i.place, &direction, &i.Mode, &i.OrderNo, &i.InvtNo, &i.Merchant, &i.Agent, &i.Customs,
		(*int64)(&i.Value), (*int64)(&i.Tax), &reasons, &i.Decision, &i.Holder, &i.HolderName, &i.Until, &i.acts, &i.verdict, &i.Left)
	if err != nil {
		return nil, err
	}
	i.Direction, i.Pending = clearance.Direction(direction[0]), i.verdict != 0
	plain, err := s.Keys.Open(nil, reasons, aad("reasons", i.Parcel, 0))
	if err != nil {
		return nil, fmt.Errorf("reasons of parcel %d in its queue: %w", i.Parcel, err)
	}
	return i, json.Unmarshal(plain, &i.Reasons)
}

// item reads a case in a transaction, nil if there is none.
func (s *Service) item(ctx context.Context, tx *store.Tx, parcel uint64) (*Item, error) {
	i, err := s.scan(tx.QueryRow(ctx, `select `+columns+` from queue_items where parcel = $1`, int64(parcel)))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return i, err
}

// act reads one act of a case in a transaction, nil if there is none.
func (s *Service) act(ctx context.Context, tx *store.Tx, parcel uint64, number int64) (*Act, error) {
	a, err := s.scanAct(tx.QueryRow(ctx, `select number, at, kind, officer, name, status, decision, body from queue_acts where parcel = $1 and number = $2`, int64(parcel), number), parcel)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return a, err
}

func (s *Service) scanAct(r row, parcel uint64) (*Act, error) {
	a := &Act{}
	var body []byte
	if err := r.Scan(&a.Number, &a.At, (*string)(&a.Kind), &a.Officer, &a.Name, &a.Status, &a.Decision, &body); err != nil {
		return nil, err
	}
	plain, err := s.Keys.Open(nil, body, aad("act", parcel, a.Number))
	if err != nil {
		return nil, fmt.Errorf("act %d on parcel %d: %w", a.Number, parcel, err)
	}
	a.Text = string(plain)
	return a, nil
}

// officer is an error unless the caller works the queues.
func officer(ctx context.Context) error {
	if access.Of(ctx).Scope(access.QueueWork) != access.Zone {
		return ErrDenied
	}
	return nil
}

// Item returns the case of a parcel, also one that has left its queue. Errors:
// ErrNotFound, ErrDenied.
func (s *Service) Item(ctx context.Context, parcel uint64) (*Item, error) {
	if err := officer(ctx); err != nil {
		return nil, err
	}
	i, err := s.scan(s.db.Read().QueryRowContext(ctx, `select `+columns+` from queue_items where parcel = $1`, int64(parcel)))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return s.fresh(i), store.Wrap("read queue", err)
}

// fresh leaves a claim out that has ended.
func (s *Service) fresh(i *Item) *Item {
	if i != nil && i.Until <= s.Clock.Now().UnixMicro() {
		i.Holder, i.HolderName, i.Until = "", "", 0
	}
	return i
}

// Acts returns what officers did about a parcel, in order. Error: ErrDenied.
func (s *Service) Acts(ctx context.Context, parcel uint64) ([]Act, error) {
	if err := officer(ctx); err != nil {
		return nil, err
	}
	rows, err := s.db.Read().QueryContext(ctx, `select number, at, kind, officer, name, status, decision, body from queue_acts where parcel = $1 order by number`, int64(parcel))
	if err != nil {
		return nil, store.Wrap("read queue", err)
	}
	defer rows.Close()
	var out []Act
	for rows.Next() {
		a, err := s.scanAct(rows, parcel)
		if err != nil {
			return nil, store.Wrap("read queue", err)
		}
		out = append(out, *a)
	}
	return out, store.Wrap("read queue", rows.Err())
}

// Filter chooses items; a zero field asks for nothing.
type Filter struct {
	Queue   Queue
	Mine    bool // those that the caller holds
	Free    bool // those that nobody holds
	Overdue bool
	Code    string // of the first reason
	Mode    string
	Customs string
}

// Page is a part of a queue, the most pressing first.
type Page struct {
	After string // Next of the page before; "" from the first
	Limit int    // 1 to 200; 40 if 0
}

// List returns a page of a queue and where the next one begins, "" at the end.
// Error: ErrDenied.
func (s *Service) List(ctx context.Context, f Filter, page Page) (list []Item, next string, err error) {
	if err := officer(ctx); err != nil {
		return nil, "", err
	}
	limit := page.Limit
	if limit <= 0 || limit > 200 {
		limit = 40
	}
	var args []any
	arg := func(v any) string { args = append(args, v); return "$" + strconv.Itoa(len(args)) }
	now := s.Clock.Now().UnixMicro()
	q := `select ` + columns + ` from queue_items where queue = ` + arg(int64(f.Queue))
	if f.Queue == Nowhere {
		args = nil
		q = `select ` + columns + ` from queue_items where queue > 0`
	}
	if f.Mine {
		q += ` and claimed_by = ` + arg(access.Of(ctx).ID) + ` and claim_until > ` + arg(now)
	}
	if f.Free {
		q += ` and claim_until <= ` + arg(now)
	}
	if f.Overdue {
		q += ` and due > 0 and due < ` + arg(now)
	}
	for _, c := range []struct{ name, value string }{{"code", f.Code}, {"mode", f.Mode}, {"customs", f.Customs}} {
		if c.value != "" {
			q += ` and ` + c.name + ` = ` + arg(c.value)
		}
	}
	if p, n, ok := parsePlace(page.After); ok {
		a, b := arg(p), arg(int64(n))
		q += ` and (place > ` + a + ` or place = ` + a + ` and parcel > ` + b + `)`
	}
	rows, err := s.db.Read().QueryContext(ctx, q+` order by place, parcel limit `+strconv.Itoa(limit+1), args...)
	if err != nil {
		return nil, "", store.Wrap("read queue", err)
	}
	defer rows.Close()
	for rows.Next() {
		i, err := s.scan(rows)
		if err != nil {
			return nil, "", store.Wrap("read queue", err)
		}
		list = append(list, *s.fresh(i))
	}
	if len(list) > limit {
		list = list[:limit]
		last := &list[limit-1]
		next = strconv.FormatInt(last.place, 36) + "." + strconv.FormatUint(last.Parcel, 36)
	}
	return list, next, store.Wrap("read queue", rows.Err())
}

func parsePlace(text string) (place int64, parcel uint64, ok bool) {
	for i := range text {
		if text[i] == '.' {
			p, err1 := strconv.ParseInt(text[:i], 36, 64)
			n, err2 := strconv.ParseUint(text[i+1:], 36, 63)
			return p, n, err1 == nil && err2 == nil
		}
	}
	return 0, 0, false
}

// Figures are those of one queue (队列统计).
type Figures struct {
	Queue   Queue
	Waiting int   // all that are in it
	Free    int   // that nobody holds
	Mine    int   // that the caller holds
	Overdue int   //
	Oldest  int64 // µs UTC since when the oldest waits; 0: none
	Value   money.Fen
}

// Figures returns those of all queues. Error: ErrDenied.
func (s *Service) Figures(ctx context.Context) ([]Figures, error) {
	if err := officer(ctx); err != nil {
		return nil, err
	}
	now, me := s.Clock.Now().UnixMicro(), access.Of(ctx).ID
	rows, err := s.db.Read().QueryContext(ctx, `select queue, count(*), min(since), cast(sum(value) as bigint),
		sum(case when claim_until <= $1 then 1 else 0 end), sum(case when claim_until > $1 and claimed_by = $2 then 1 else 0 end),
		sum(case when due > 0 and due < $1 then 1 else 0 end) from queue_items where queue > 0 group by queue`, now, me)
	if err != nil {
		return nil, store.Wrap("read queue", err)
	}
	defer rows.Close()
	out := make([]Figures, 0, len(Queues()))
	for _, q := range Queues() {
		out = append(out, Figures{Queue: q})
	}
	for rows.Next() {
		var f Figures
		if err := rows.Scan(&f.Queue, &f.Waiting, &f.Oldest, (*int64)(&f.Value), &f.Free, &f.Mine, &f.Overdue); err != nil {
			return nil, store.Wrap("read queue", err)
		}
		if f.Queue > Nowhere && f.Queue < queues {
			out[f.Queue-1] = f
		}
	}
	return out, store.Wrap("read queue", rows.Err())
}

// Settled waits until the verdict on its way for a parcel was answered, or ctx
// ends, and returns the case as it stands then.
func (s *Service) Settled(ctx context.Context, parcel uint64) (*Item, error) {
	for {
		wake := s.settled.Wait()
		i, err := s.Item(context.WithoutCancel(ctx), parcel)
		if err != nil || !i.Pending {
			return i, err
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return i, nil
		}
	}
}

package ledger

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the tables of the SQL ledger in the services database.
var Migration = store.Migration{File: store.Services, Owner: "ledger", FS: migrations}

// MaxAmount bounds a leg of a transfer, and with it every sum in the database:
// 1.15e18 of the unit, 11,500 million million yuan in fen.
const MaxAmount int64 = 1 << 60

// maxBalance stands in the database for "no limit", so that balance + amount
// never leaves 64 bits (SQLite would go on in floating point).
const maxBalance int64 = 1 << 62

// Errors of the SQL ledger beside those of Book. Whoever gets one may go on in
// the same transaction: nothing of the refused transfer is in it.
var (
	// ErrKeyReused: the key belongs to a transfer with other content.
	ErrKeyReused = errors.New("ledger: key belongs to another transfer: use a new key / 该键已用于内容不同的记账")
	// ErrTransfer: a transfer that cannot be posted at all, whatever the balances.
	ErrTransfer = errors.New("ledger: malformed transfer / 记账内容无效")
)

// Ledger is the accounts in the services database (业务账簿), posted in the
// transaction of the fact that caused the transfer. It is safe for many
// goroutines and processes: the limits hold by row locks, taken in the order of
// the accounts' names.
type Ledger struct {
	db    *store.DB
	clock clock.Clock
}

// New returns the ledger in db, in which Migration has run.
func New(db *store.DB, c clock.Clock) *Ledger { return &Ledger{db: db, clock: c} }

// Opening describes an account to open.
type Opening struct {
	Name   string // unique, made of a path such as "incentive/2026/warehouse-rent"
	Unit   Unit
	Limits Limits // must let the account hold 0
}

// OpenAccount opens an account with balance 0. One that is open already stays
// as it is, limits included; with another unit that is ErrUnit.
func (l *Ledger) OpenAccount(ctx context.Context, tx *store.Tx, o Opening) error {
	floor, ceiling := stored(o.Limits)
	switch {
	case o.Name == "" || !o.Unit.Valid():
		return fmt.Errorf("%w: account %q in %s", ErrTransfer, o.Name, o.Unit)
	case floor > 0 || ceiling < 0:
		return fmt.Errorf("%w: account %s must be able to hold 0, floor %d, ceiling %d", ErrLimits, o.Name, floor, ceiling)
	}
	_, err := tx.Exec(ctx, `insert into ledger_accounts (name, unit, floor, ceiling, balance, legs, opened_at)
		values ($1, $2, $3, $4, 0, 0, $5) on conflict (name) do nothing`,
		o.Name, int64(o.Unit), floor, ceiling, l.clock.Now().UnixMicro())
	if err != nil {
		return err
	}
	have, err := account(ctx, tx, o.Name)
	if err == nil && have.Unit != o.Unit {
		err = fmt.Errorf("%w: account %s is in %s, not %s", ErrUnit, o.Name, have.Unit, o.Unit)
	}
	return err
}

// SetLimits changes the limits of an account. They must include its balance, so
// that every balance always lies within its limits: else it is a *LimitError.
func (l *Ledger) SetLimits(ctx context.Context, tx *store.Tx, name string, lim Limits) error {
	if !lim.Valid() {
		return fmt.Errorf("%w: account %s, floor %d, ceiling %d", ErrLimits, name, lim.Floor, lim.Ceiling)
	}
	floor, ceiling := stored(lim)
	res, err := tx.Exec(ctx, `update ledger_accounts set floor = $1, ceiling = $2
		where name = $3 and balance between $1 and $2`, floor, ceiling, name)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	a, err := account(ctx, tx, name)
	if err != nil {
		return err
	}
	e := &LimitError{Name: name, Unit: a.Unit, WouldBe: a.Balance, Limit: lim.Ceiling, Side: Ceiling}
	if a.Balance < floor {
		e.Limit, e.Side = lim.Floor, Floor
	}
	return e
}

// stored brings limits into the range in which the database adds without overflow.
func stored(l Limits) (floor, ceiling int64) {
	return max(l.Floor, -maxBalance), min(l.Ceiling, maxBalance)
}

func unstored(floor, ceiling int64) Limits {
	l := Limits{Floor: floor, Ceiling: ceiling}
	if floor <= -maxBalance {
		l.Floor = NoFloor
	}
	if ceiling >= maxBalance {
		l.Ceiling = NoCeiling
	}
	return l
}

// Transfer moves an amount from one account to another.
type Transfer struct {
	Key    string // names the transfer for ever: the same key is posted once
	Debit  string // gives: its balance falls by Amount (付方)
	Credit string // receives: its balance rises by Amount (收方)
	Amount int64  // above 0
	Unit   Unit
	Memo   string // what a statement shows; no personal data
}

// Leg is one account's part in an entry: Amount is added to its balance.
type Leg struct {
	Account string
	Unit    Unit
	Amount  int64
}

// JournalEntry is a transfer with any number of legs (多方分录). In each unit the
// amounts add up to zero; an account appears once.
type JournalEntry struct {
	Key  string
	Memo string
	Legs []Leg
}

// Transfer posts t in the transaction. Posting the same transfer again does
// nothing; the same key with other content is ErrKeyReused. A limit that it
// would break gives a *LimitError.
func (l *Ledger) Transfer(ctx context.Context, tx *store.Tx, t Transfer) error {
	if t.Amount <= 0 || t.Debit == t.Credit {
		return fmt.Errorf("%w: %s: %d from %q to %q", ErrTransfer, t.Key, t.Amount, t.Debit, t.Credit)
	}
	return l.Post(ctx, tx, JournalEntry{Key: t.Key, Memo: t.Memo, Legs: []Leg{
		{Account: t.Debit, Unit: t.Unit, Amount: -t.Amount}, {Account: t.Credit, Unit: t.Unit, Amount: t.Amount}}})
}

// Post posts an entry, whole or not at all, as Transfer does.
func (l *Ledger) Post(ctx context.Context, tx *store.Tx, e JournalEntry) error {
	e.Legs = slices.Clone(e.Legs)
	e.sort()
	if err := e.check(); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "savepoint ledger_post"); err != nil {
		return err
	}
	err := l.post(ctx, tx, e)
	if err != nil && store.KindOf(err) == 0 && ctx.Err() == nil {
		// Refused by us, not by the database: the caller may go on without it.
		if _, back := tx.Exec(ctx, "rollback to savepoint ledger_post"); back != nil {
			return errors.Join(err, back)
		}
	}
	if store.KindOf(err) == 0 && ctx.Err() == nil {
		if _, rel := tx.Exec(ctx, "release savepoint ledger_post"); rel != nil {
			return errors.Join(err, rel)
		}
	}
	return err
}

func (l *Ledger) post(ctx context.Context, tx *store.Tx, e JournalEntry) error {
	hash := e.hash()
	res, err := tx.Exec(ctx, `insert into ledger_transfers (key, hash, at, memo) values ($1, $2, $3, $4)
		on conflict (key) do nothing`, e.Key, hash[:], l.clock.Now().UnixMicro(), e.Memo)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return repeated(ctx, tx, e.Key, hash[:])
	}
	for _, leg := range e.Legs {
		if err := postLeg(ctx, tx, e.Key, leg); err != nil {
			return err
		}
	}
	return nil
}

// repeated answers a key that is taken: nil when the content is the same.
func repeated(ctx context.Context, tx *store.Tx, key string, hash []byte) error {
	var have []byte
	if err := tx.QueryRow(ctx, `select hash from ledger_transfers where key = $1`, key).Scan(&have); err != nil {
		return store.Wrap("read ledger transfer", err)
	}
	if !bytes.Equal(have, hash) {
		return fmt.Errorf("%w: %s", ErrKeyReused, key)
	}
	return nil
}

func postLeg(ctx context.Context, tx *store.Tx, key string, leg Leg) error {
	var balance, number int64
	err := tx.QueryRow(ctx, `update ledger_accounts set balance = balance + $1, legs = legs + 1
		where name = $2 and unit = $3 and balance + $1 between floor and ceiling
		returning balance, legs`, leg.Amount, leg.Account, int64(leg.Unit)).Scan(&balance, &number)
	if errors.Is(err, sql.ErrNoRows) {
		return refusal(ctx, tx, leg)
	}
	if err != nil {
		return store.Wrap("post ledger transfer", err)
	}
	_, err = tx.Exec(ctx, `insert into ledger_legs (account, number, transfer, amount, balance) values ($1, $2, $3, $4, $5)`,
		leg.Account, number, key, leg.Amount, balance)
	return err
}

// refusal says why a leg could not be posted.
func refusal(ctx context.Context, tx *store.Tx, leg Leg) error {
	a, err := account(ctx, tx, leg.Account)
	if err != nil {
		return err
	}
	if a.Unit != leg.Unit {
		return fmt.Errorf("%w: account %s is in %s, not %s", ErrUnit, leg.Account, a.Unit, leg.Unit)
	}
	e := &LimitError{Name: leg.Account, Unit: leg.Unit, WouldBe: a.Balance + leg.Amount, Limit: a.Limits.Ceiling, Side: Ceiling}
	if leg.Amount < 0 {
		e.Limit, e.Side = a.Limits.Floor, Floor
	}
	if e.Limit == NoFloor || e.Limit == NoCeiling {
		return fmt.Errorf("%w: account %s would hold %d", ErrRange, leg.Account, e.WouldBe)
	}
	return e
}

// sort brings the legs into the order in which rows are locked.
func (e JournalEntry) sort() {
	slices.SortFunc(e.Legs, func(a, b Leg) int { return cmp.Compare(a.Account, b.Account) })
}

// check refuses an entry that no balance could make right.
func (e JournalEntry) check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s: %s", ErrTransfer, e.Key, fmt.Sprintf(format, args...))
	}
	if e.Key == "" || strings.ContainsRune(e.Key, 0) || strings.ContainsRune(e.Memo, 0) {
		return bad("a key is needed, and no zero byte")
	}
	if len(e.Legs) < 2 {
		return bad("%d legs, at least 2 are needed", len(e.Legs))
	}
	var sums [5]Sum
	for i, leg := range e.Legs {
		switch {
		case !leg.Unit.Valid():
			return bad("account %s in %s", leg.Account, leg.Unit)
		case leg.Amount == 0 || leg.Amount > MaxAmount || leg.Amount < -MaxAmount:
			return bad("account %s, amount %d", leg.Account, leg.Amount)
		case i > 0 && e.Legs[i-1].Account == leg.Account:
			return bad("account %s appears twice", leg.Account)
		}
		sums[leg.Unit] = sums[leg.Unit].plus(leg.Amount)
	}
	for _, u := range Units() {
		if sums[u] != (Sum{}) {
			return bad("the amounts in %s do not add up to zero", u)
		}
	}
	return nil
}

// hash is the content's identity: SHA-256 over memo and sorted legs, each text
// preceded by its length.
func (e JournalEntry) hash() [32]byte {
	text := func(b []byte, s string) []byte {
		return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
	}
	b := text([]byte{1}, e.Memo)
	for _, leg := range e.Legs {
		b = append(text(b, leg.Account), byte(leg.Unit))
		b = binary.BigEndian.AppendUint64(b, uint64(leg.Amount))
	}
	return sha256.Sum256(b)
}

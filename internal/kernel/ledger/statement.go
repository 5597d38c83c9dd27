package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"pilotzone/internal/kernel/store"
)

// AccountState is an account of the SQL ledger as it stands.
type AccountState struct {
	Name    string
	Unit    Unit
	Limits  Limits
	Balance int64
	Legs    int64 // how many legs were posted to it, the number of the last one
}

// querier is a transaction, or the pool for reading.
type querier interface {
	QueryRow(ctx context.Context, query string, args ...any) *sql.Row
}

// pool lets the pool for reading be asked like a transaction.
type pool struct{ *sql.DB }

func (p pool) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return p.QueryRowContext(ctx, query, args...)
}

func account(ctx context.Context, q querier, name string) (AccountState, error) {
	var unit, floor, ceiling int64
	a := AccountState{Name: name}
	err := q.QueryRow(ctx, `select unit, floor, ceiling, balance, legs from ledger_accounts where name = $1`, name).
		Scan(&unit, &floor, &ceiling, &a.Balance, &a.Legs)
	if errors.Is(err, sql.ErrNoRows) {
		return a, fmt.Errorf("%w: %s", ErrNoAccount, name)
	}
	a.Unit, a.Limits = Unit(unit), unstored(floor, ceiling)
	return a, store.Wrap("read ledger account", err)
}

// Balance returns an account as it stands, or ErrNoAccount.
func (l *Ledger) Balance(ctx context.Context, name string) (AccountState, error) {
	return account(ctx, pool{l.db.Read()}, name)
}

// BalanceIn is Balance as seen by a transaction.
func (l *Ledger) BalanceIn(ctx context.Context, tx *store.Tx, name string) (AccountState, error) {
	return account(ctx, tx, name)
}

// Line is a line of a statement (对账单行): one leg of a transfer.
type Line struct {
	Number   int64 // counts the account's legs from 1, without gaps
	Transfer string
	Memo     string
	At       time.Time
	Amount   int64
	Balance  int64 // after this line
}

// Statement opens a balance: the account's lines after a number, at most max of
// them, in their order.
func (l *Ledger) Statement(ctx context.Context, name string, after int64, max int) ([]Line, error) {
	rows, err := l.db.Read().QueryContext(ctx, `select g.number, g.transfer, t.memo, t.at, g.amount, g.balance
		from ledger_legs g join ledger_transfers t on t.key = g.transfer
		where g.account = $1 and g.number > $2 order by g.number limit $3`, name, after, max)
	if err != nil {
		return nil, store.Wrap("read ledger statement", err)
	}
	defer rows.Close()
	var out []Line
	for rows.Next() {
		var n Line
		var at int64
		if err := rows.Scan(&n.Number, &n.Transfer, &n.Memo, &at, &n.Amount, &n.Balance); err != nil {
			return nil, store.Wrap("read ledger statement", err)
		}
		n.At = time.UnixMicro(at).UTC()
		out = append(out, n)
	}
	return out, store.Wrap("read ledger statement", rows.Err())
}

package ledger

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"strconv"
	"strings"

	"pilotzone/internal/kernel/store"
)

// Difference is something that Verify found wrong.
type Difference struct {
	Subject string // account, transfer or unit
	ZH, EN  string
}

// String returns subject and finding in English.
func (d Difference) String() string { return d.Subject + ": " + d.EN }

// findings are queries that return a subject and two figures for each fault.
var findings = []struct {
	query  string
	zh, en sentence
}{
	{`select 'unit ' || cast(unit as text), cast(sum(balance) as bigint), cast(0 as bigint) from ledger_accounts
		group by unit having sum(balance) <> 0 order by 1`,
		"该单位各账户余额合计为 {a}，应为 0", "balances of this unit add up to {a}, not 0"},
	{`select a.name, a.balance, cast(coalesce(sum(g.amount), 0) as bigint)
		from ledger_accounts a left join ledger_legs g on g.account = a.name
		group by a.name, a.balance having a.balance <> coalesce(sum(g.amount), 0) order by 1`,
		"余额 {a} 与分录合计 {b} 不符", "balance is {a}, its transfers add up to {b}"},
	{`select a.name, a.legs, cast(coalesce(max(g.number), 0) as bigint)
		from ledger_accounts a left join ledger_legs g on g.account = a.name
		group by a.name, a.legs having a.legs <> count(g.number) or a.legs <> coalesce(max(g.number), 0) order by 1`,
		"应有 {a} 笔分录，末笔编号 {b}", "has {a} legs on record, the last number is {b}: a leg is missing or doubled"},
	{`select account, balance, total from (
			select account, number, balance, sum(amount) over (partition by account order by number) as total from ledger_legs
		) as r where balance <> total order by account, number`,
		"分录后余额 {a} 与累计 {b} 不符", "a line says balance {a}, the lines up to it add up to {b}"},
	{`select name, balance, case when balance > ceiling then ceiling else floor end from ledger_accounts
		where balance > ceiling or balance < floor order by 1`,
		"余额 {a} 超出限额 {b}", "balance {a} lies outside of its limit {b}"},
	{`select t.key, cast(0 as bigint), cast(0 as bigint) from ledger_transfers t
		where not exists (select 1 from ledger_legs g where g.transfer = t.key) order by 1`,
		"记账没有分录", "transfer has no legs"},
}

// Verify proves the ledger on one state of the database: sums of each unit and
// of each transfer are zero, each balance is the sum of its transfers and lies
// within its limits, no line of a statement is missing, and each transfer is
// what was first posted under its key. It returns all differences.
func (l *Ledger) Verify(ctx context.Context) ([]Difference, error) {
	var out []Difference
	err := l.db.Snapshot(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, f := range findings {
			found, err := find(ctx, tx, f.query, f.zh, f.en)
			if err != nil {
				return err
			}
			out = append(out, found...)
		}
		found, err := verifyTransfers(ctx, tx)
		out = append(out, found...)
		return err
	})
	return out, store.Wrap("verify ledger", err)
}

func find(ctx context.Context, tx *sql.Tx, query string, zh, en sentence) ([]Difference, error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Difference
	for rows.Next() {
		var subject string
		var a, b int64
		if err := rows.Scan(&subject, &a, &b); err != nil {
			return nil, err
		}
		out = append(out, Difference{Subject: subject, ZH: zh.say(a, b), EN: en.say(a, b)})
	}
	return out, rows.Err()
}

// sentence holds {a} and {b} where a finding's two figures go.
type sentence string

func (s sentence) say(a, b int64) string {
	return strings.NewReplacer("{a}", strconv.FormatInt(a, 10), "{b}", strconv.FormatInt(b, 10)).Replace(string(s))
}

// verifyTransfers computes each transfer's sum and hash again from its legs.
func verifyTransfers(ctx context.Context, tx *sql.Tx) ([]Difference, error) {
	rows, err := tx.QueryContext(ctx, `select t.key, t.hash, t.memo, g.account, a.unit, g.amount
		from ledger_transfers t join ledger_legs g on g.transfer = t.key join ledger_accounts a on a.name = g.account
		order by t.key`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Difference
	var current JournalEntry
	var hash []byte
	finish := func() {
		if current.Key != "" {
			out = append(out, current.differences(hash)...)
		}
	}
	for rows.Next() {
		var key, memo string
		var h []byte
		var leg Leg
		var unit int64
		if err := rows.Scan(&key, &h, &memo, &leg.Account, &unit, &leg.Amount); err != nil {
			return nil, err
		}
		leg.Unit = Unit(unit)
		if key != current.Key {
			finish()
			current, hash = JournalEntry{Key: key, Memo: memo}, h
		}
		current.Legs = append(current.Legs, leg)
	}
	finish()
	return out, rows.Err()
}

func (e JournalEntry) differences(hash []byte) []Difference {
	e.sort()
	if err := e.check(); err != nil {
		return []Difference{{Subject: e.Key, ZH: "记账不平衡或无效: " + err.Error(), EN: err.Error()}}
	}
	if h := e.hash(); subtle.ConstantTimeCompare(h[:], hash) != 1 {
		return []Difference{{Subject: e.Key, ZH: "记账内容与首次记账不符", EN: "transfer is not what was first posted under its key"}}
	}
	return nil
}

package main

import (
	"errors"
	"fmt"

	"pilotzone/internal/face/zone"
)

// ledgerCommand holds what is to do with the ledger.
type ledgerCommand struct {
	Verify ledgerVerifyCommand `cmd:"" help:"Add all postings up anew and compare. / 重新合计全部分录并核对"`
}

// ledgerVerifyCommand proves the balances.
type ledgerVerifyCommand struct {
	storeFlags `embed:""`
	JSON       bool `name:"json" help:"The result as one JSON object. / 以 JSON 输出"`
}

// Run verifies a store that may be in use, or a backup.
func (c *ledgerVerifyCommand) Run(e *env) (err error) {
	a, err := zone.OpenArchive(e.ctx, c.config(e, "ledger verify"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	r, err := a.VerifyLedger(e.ctx, bar(e.err, "ledger verify"))
	if err != nil {
		return err
	}
	if c.JSON {
		err = writeJSON(e.out, r)
	} else {
		fmt.Fprintf(e.out, "decisions 决定 %d, postings 分录 %d, accounts 账户 %d, compared with the snapshot after decision 对比快照 %d\n", r.Decisions, r.Postings, r.Accounts, r.Compared)
		fmt.Fprintf(e.out, "differences 差异: %d\n", len(r.Differences)+r.More)
		for _, d := range r.Differences {
			fmt.Fprintf(e.out, "  %s\n", d)
		}
	}
	if err == nil && !r.OK() {
		return errNotFine
	}
	return err
}

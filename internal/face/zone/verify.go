package zone

import (
	"context"
	"errors"
	"fmt"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/ledger"
)

// LedgerReport is what a verification of both ledgers found.
type LedgerReport struct {
	Decisions   uint64   `json:"decisions"`
	Postings    uint64   `json:"postings"`
	Accounts    int      `json:"accounts"`
	Compared    uint64   `json:"compared_at_decision"` // snapshot whose book was compared, 0: there is none
	Differences []string `json:"differences"`
	More        int      `json:"more"` // differences beyond those listed
}

// OK tells whether nothing was found.
func (r *LedgerReport) OK() bool { return len(r.Differences) == 0 }

// mostFindings bounds the list of differences.
const mostFindings = 100

func (r *LedgerReport) find(format string, args ...any) {
	if len(r.Differences) == mostFindings {
		r.More++
		return
	}
	r.Differences = append(r.Differences, fmt.Sprintf(format, args...))
}

// VerifyLedger adds the postings of all decisions up anew, holds each step
// against floor and ceiling, compares the result with the book of the newest
// snapshot, checks that sums are zero, and verifies the ledger of the services.
func (a *Archive) VerifyLedger(ctx context.Context, progress Progress) (*LedgerReport, error) {
	end, err := a.Journal.Current(ctx)
	if err != nil {
		return nil, err
	}
	snapshot, err := a.Restored(ctx)
	if err != nil {
		return nil, err
	}
	v := &verifier{report: &LedgerReport{Differences: []string{}}, book: ledger.NewBook(0), snapshot: snapshot, archive: a}
	if snapshot != nil {
		_, v.at = snapshot.Last()
	}
	for d, raw := range a.Reader.Stored(ctx, 1) {
		if raw.Err != nil {
			return nil, raw.Err
		}
		if d.Seq > end.LastDecision {
			break
		}
		v.add(d)
		if d.Seq%4096 == 0 {
			progress.at(d.Seq, end.LastDecision)
		}
	}
	progress.at(end.LastDecision, end.LastDecision)
	v.totals()
	services, err := a.Ledger.Verify(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range services {
		v.report.find("services: %s / %s", d, d.ZH)
	}
	v.report.Accounts = v.book.Len()
	return v.report, nil
}

// verifier adds decisions up.
type verifier struct {
	report   *LedgerReport
	book     *ledger.Book
	snapshot *clearance.Engine // nil: there is none
	at       uint64            // decision that the snapshot was taken after
	archive  *Archive
}

func (v *verifier) add(d *clearance.Decision) {
	v.report.Decisions++
	if v.report.Decisions != d.Seq {
		v.report.find("decision %d stands where %d should (决定编号不连续)", d.Seq, v.report.Decisions)
		v.report.Decisions = d.Seq
	}
	v.report.Postings += uint64(len(d.Postings))
	if len(d.Postings) > 0 {
		v.apply(d)
	}
	if d.Seq == v.at {
		v.compare()
	}
}

// apply posts a decision; the book refuses what would break floor or ceiling.
func (v *verifier) apply(d *clearance.Decision) {
	for _, p := range d.Postings {
		if err := v.book.Open(p.Account, p.Unit, ledger.Limits{Floor: 0, Ceiling: v.ceiling(d, p)}, 0); err != nil {
			v.report.find("decision %d: %v", d.Seq, err)
			return
		}
	}
	err := v.book.Apply(d.Seq, d.Postings)
	var limit *ledger.LimitError
	switch {
	case errors.As(err, &limit):
		v.report.find("decision %d breaks a limit (突破额度): %v", d.Seq, err)
	case err != nil:
		v.report.find("decision %d: %v", d.Seq, err)
	}
}

// ceiling is the limit of an account that a decision reserves from: that of the
// year which the decision's own tax names, or of the goods' weight.
func (v *verifier) ceiling(d *clearance.Decision, p ledger.Posting) int64 {
	if p.Phase != ledger.Reserve || p.Amount < 0 || d.List == nil {
		return ledger.NoCeiling
	}
	switch p.Unit {
	case ledger.CNYFen:
		if d.Tax != nil {
			return int64(d.Tax.Limit)
		}
	case ledger.Gram:
		book := v.archive.book
		if v.snapshot != nil {
			book = v.snapshot.Rules()
		}
		rules, most := book.On(clock.DayOf(clock.FromMicros(d.At))), int64(0)
		for i := range d.List.Lines {
			if w, ok := rules.WeightLimit([]byte(clearance.HSCode(d.List.Lines[i].Code))); ok {
				most = max(most, w.Grams)
			}
		}
		if most > 0 {
			return most
		}
	}
	return ledger.NoCeiling
}

// compare holds the book against the snapshot's, account by account.
func (v *verifier) compare() {
	v.report.Compared = v.at
	seen := 0
	for e := range v.snapshot.Book().All() {
		posted, pending := v.book.Balance(e.Account)
		if posted != e.Posted || pending != e.Pending {
			v.report.find("account %s: the snapshot after decision %d has %d and %d reserved, the decisions add up to %d and %d (账户余额与决定合计不符)", e.Account, v.at, e.Posted, e.Pending, posted, pending)
		}
		if _, ok := v.book.Lookup(e.Account); ok {
			seen++
		}
	}
	if seen != v.book.Len() {
		v.report.find("%d accounts with postings are not in the snapshot after decision %d (快照缺少账户)", v.book.Len()-seen, v.at)
	}
}

// totals checks that each unit's accounts and its contra account cancel out.
func (v *verifier) totals() {
	for u := ledger.Unit(1); u.Valid(); u++ {
		if t := v.book.Totals(u); !t.Zero() {
			v.report.find("%s: sums are not zero (合计不为零): %+v", u, t)
		}
	}
}

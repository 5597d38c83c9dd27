package clearance

import (
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/money"
)

// Trial makes a machine for documents that are tried and thrown away
// (pre-flight, 预检; sandbox, 沙箱). It decides as a machine that New makes, but
// draws nothing for inspection by lot: who tries must not learn what is drawn.
func Trial(c Config) *Engine {
	e := New(c)
	e.undrawn = true
	return e
}

// Enough is the security that Assume gives a guarantor, in fen.
const Enough = 1_000_000_000_000

// Assume supposes of the lists given what a trial can't know: their orderers are
// verified (RULES A14) and have used an amount of this year's allowance, and
// their guarantors have lodged enough. at is the time of the trial, µs UTC.
// Before the first input, on a machine made by Trial.
func (e *Engine) Assume(at int64, used money.Fen, lists ...*List) error {
	var postings []ledger.Posting
	seen := make(map[ledger.Account]bool)
	post := func(a ledger.Account, amount int64) error {
		if seen[a] || amount == 0 {
			return nil
		}
		seen[a] = true
		postings = append(postings, ledger.Posting{Account: a, Unit: ledger.CNYFen, Phase: ledger.Post, Amount: amount})
		return e.book.Open(a, ledger.CNYFen, ledger.Limits{Ceiling: ledger.NoCeiling}, 0)
	}
	for _, l := range lists {
		e.mem.put(e.checkOf(l), &checked{Result: PersonVerified, Checked: at})
		if err := post(e.personAccount(l.Buyer, day(at)), int64(used)); err != nil {
			return err
		}
		if l.Guarantor != "" {
			if err := post(e.guaranteeAccount(l.Guarantor), Enough); err != nil {
				return err
			}
		}
	}
	if len(postings) == 0 {
		return nil
	}
	e.decision++ // the book counts by decisions
	return e.book.Apply(e.decision, postings)
}

// Aim gives a command that names a parcel by its number the number which the
// parcel has in another machine, for those who run stored inputs by other rules.
// ok is false when to knows none; other commands are returned as they are.
func Aim(c Command, to func(number uint64) uint64) (aimed Command, ok bool, err error) {
	switch c.Kind {
	case Verdict:
		b, err := readVerdict(c.Body)
		b.Number = to(b.Number)
		c.Body = b.Encode()
		return c, b.Number != 0, err
	case DisputeUpheld:
		b, err := readDispute(c.Body)
		b.Number = to(b.Number)
		c.Body = b.Encode()
		return c, b.Number != 0, err
	}
	return c, true, nil
}

package taxbill

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

// Document is a payment document 缴款书: the bills of one guarantor in one
// district that fell due together, which the guarantor pays as a whole.
type Document struct {
	// DutyNo 缴款书编号 is PZD, the day it was made and six digits that count
	// the documents of the day.
	DutyNo    string
	Guarantor string
	Customs   string
	Day       clock.Day // when it was made
	PayLast   clock.Day // last day of payment
	Amount    money.Fen // of the bills that still stand
	Secured   money.Fen // security that the payment restores
	Bills     int
	PaidDay   clock.Day // 0: not paid
	Paid      money.Fen
	Reference string // of the payment
	// Late 滞纳金 is what is due beside Amount on the day asked for, by the daily
	// rate of the pack (RULES A10); 0 up to PayLast.
	Late money.Fen
}

const documentColumns = `duty_no, guarantor, customs, day, pay_last, amount, secured, bills, paid_day, paid, reference`

func scanDocument(row interface{ Scan(...any) error }) (*Document, error) {
	d := &Document{}
	err := row.Scan(&d.DutyNo, &d.Guarantor, &d.Customs, &d.Day, &d.PayLast, &d.Amount, &d.Secured, &d.Bills, &d.PaidDay, &d.Paid, &d.Reference)
	return d, err
}

// summedAtOnce is how many bills one transaction sums up at most; a guarantor
// with more gets several documents.
const summedAtOnce = 2000

// Summarise sums the bills up that are due on the day and were not given back
// (status 2), one payment document a guarantor and district, and returns how
// many bills there were. Repeating it does nothing more.
func (s *Service) Summarise(ctx context.Context, day clock.Day) (int, error) {
	total := 0
	for {
		n := 0
		err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			n, err = s.summarise(ctx, tx, day)
			return err
		})
		if err != nil || n == 0 {
			return total, err
		}
		total += n
	}
}

func (s *Service) summarise(ctx context.Context, tx *store.Tx, day clock.Day) (int, error) {
	rows, err := tx.Query(ctx, `select `+columns+` from tax_bills where status = $1 and pay_first <= $2
		order by guarantor, customs, decision limit $3`, int64(Generated), int64(day), summedAtOnce)
	if err != nil {
		return 0, err
	}
	var due []*Bill
	for rows.Next() {
		b, err := scan(rows)
		if err != nil {
			return 0, closing(rows, err)
		}
		due = append(due, b)
	}
	if err := closing(rows, rows.Err()); err != nil || len(due) == 0 {
		return 0, err
	}
	var made int
	if err := tx.QueryRow(ctx, `select count(*) from tax_documents where day = $1`, int64(day)).Scan(&made); err != nil {
		return 0, err
	}
	at := s.c.Clock.Now().UnixMicro()
	c := &change{s: s}
	var doc *Document
	for _, b := range due {
		if doc == nil || doc.Guarantor != b.Guarantor || doc.Customs != b.Customs {
			if err := insertDocument(ctx, tx, doc); err != nil {
				return 0, err
			}
			made++
			doc = &Document{DutyNo: fmt.Sprintf("PZD%08d%06d", int32(day), made), Guarantor: b.Guarantor, Customs: b.Customs, Day: day, PayLast: b.PayLast}
		}
		doc.Amount, doc.Secured, doc.Bills, doc.PayLast = doc.Amount+b.Total(), doc.Secured+b.Secured, doc.Bills+1, min(doc.PayLast, b.PayLast)
		b.Status, b.DutyNo, b.Updated = Summarised, doc.DutyNo, at
		c.dirty = append(c.dirty, b)
		c.notices = append(c.notices, notice{b, Summarised, b.DutyNo, at})
	}
	if err := insertDocument(ctx, tx, doc); err != nil {
		return 0, err
	}
	return len(due), c.write(ctx, tx)
}

func insertDocument(ctx context.Context, tx *store.Tx, d *Document) error {
	if d == nil {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into tax_documents (`+documentColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, '')`,
		d.DutyNo, d.Guarantor, d.Customs, int64(d.Day), int64(d.PayLast), int64(d.Amount), int64(d.Secured), int64(d.Bills))
	return err
}

// DueOn returns the payment documents that are to be paid on a day: made by
// then, not paid, not empty; the overdue ones first, with what lateness costs.
func (s *Service) DueOn(ctx context.Context, day clock.Day) ([]Document, error) {
	rows, err := s.db.Read().QueryContext(ctx, `select `+documentColumns+` from tax_documents
		where paid_day = 0 and day <= $1 and bills > 0 order by pay_last, duty_no`, int64(day))
	if err != nil {
		return nil, store.Wrap("read tax bills", err)
	}
	defer rows.Close()
	var out []Document
	for rows.Next() {
		d, err := scanDocument(rows)
		if err != nil {
			return nil, store.Wrap("read tax bills", err)
		}
		if d.Late, err = s.late(d, day); err != nil {
			return nil, err
		}
		out = append(out, *d)
	}
	return out, store.Wrap("read tax bills", rows.Err())
}

// late is the charge for paying on a day after the last (滞纳金), by the daily
// rate of the rules of that day.
func (s *Service) late(d *Document, day clock.Day) (money.Fen, error) {
	days := day.Sub(d.PayLast)
	if days <= 0 {
		return 0, nil
	}
	rate, ok := s.c.Rules().On(day).Param("late_payment_daily_rate")
	if !ok {
		return 0, nil
	}
	return rate.Rate().Of(d.Amount * money.Fen(days))
}

// Payment is a payment of tax that was made at customs' counter or bank.
type Payment struct {
	DutyNo    string
	Amount    money.Fen // the document's amount; charges for lateness are not recorded here
	Day       clock.Day
	Reference string // number of the payment, by which its repetition is known
}

// Pay records the payment of a payment document and restores the guarantor's
// security by a command to the core. The same payment again is answered alike
// and does nothing. Errors: ErrNotFound, ErrPaid, ErrAmount.
func (s *Service) Pay(ctx context.Context, p Payment) (*Document, error) {
	var doc *Document
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if doc, err = readDocument(ctx, tx, p.DutyNo); err != nil {
			return err
		}
		switch {
		case doc.PaidDay != 0 && doc.Reference == p.Reference && doc.Paid == p.Amount:
			return nil
		case doc.PaidDay != 0:
			return fmt.Errorf("%s: %w: %s, %s", doc.DutyNo, ErrPaid, doc.PaidDay, doc.Reference)
		case doc.Amount != p.Amount || doc.Bills == 0 || p.Reference == "" || !p.Day.Valid():
			return fmt.Errorf("%s: %w: %s, due %s", doc.DutyNo, ErrAmount, p.Amount, doc.Amount)
		}
		doc.PaidDay, doc.Paid, doc.Reference = p.Day, p.Amount, p.Reference
		if _, err := tx.Exec(ctx, `update tax_documents set paid_day = $1, paid = $2, reference = $3 where duty_no = $4`,
			int64(p.Day), int64(p.Amount), p.Reference, p.DutyNo); err != nil {
			return err
		}
		if err := s.enter(ctx, tx, doc); err != nil {
			return err
		}
		return s.secure(ctx, tx, doc.Guarantor, doc.Secured, "税款缴纳 tax paid "+doc.DutyNo+" "+p.Reference)
	})
	if err != nil {
		return nil, err
	}
	return doc, nil
}

// secure moves a guarantor's security in the core.
func (s *Service) secure(ctx context.Context, tx *store.Tx, guarantor string, amount money.Fen, memo string) error {
	if amount == 0 {
		return nil
	}
	body := clearance.DepositBody{Guarantor: guarantor, Amount: int64(amount), Memo: memo}
	_, err := s.c.Commands.Add(ctx, tx, CommandDeposit, body.Encode())
	return err
}

// release takes bills that became void out of their payment documents. The core
// has given the security back already: of a document that was paid, and so had
// its security restored before, it is taken out again, since what was paid is
// now owed to the payer in money.
func (s *Service) release(ctx context.Context, tx *store.Tx, voided []*Bill) error {
	for _, b := range voided {
		doc, err := readDocument(ctx, tx, b.DutyNo)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update tax_documents set amount = amount - $1, secured = secured - $2, bills = bills - 1 where duty_no = $3`,
			int64(b.Total()), int64(b.Secured), b.DutyNo); err != nil {
			return err
		}
		if doc.PaidDay != 0 {
			if err := s.secure(ctx, tx, b.Guarantor, -b.Secured, "已缴税单作废 paid bill void "+b.TaxNo); err != nil {
				return err
			}
		}
	}
	return nil
}

func readDocument(ctx context.Context, tx *store.Tx, dutyNo string) (*Document, error) {
	d, err := scanDocument(tx.QueryRow(ctx, `select `+documentColumns+` from tax_documents where duty_no = $1`, dutyNo))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%s: %w", dutyNo, ErrNotFound)
	}
	return d, store.Wrap("read tax bills", err)
}

// enter writes the payment into the chain of acts.
func (s *Service) enter(ctx context.Context, tx *store.Tx, doc *Document) error {
	if s.c.Audit == nil {
		return nil
	}
	e := audit.Entry{Actor: "system", Act: "tax.pay", Object: "duty:" + doc.DutyNo, Outcome: audit.Done, Detail: fmt.Sprintf("amount=%s reference=%s", doc.Paid, doc.Reference)}
	if p := access.Of(ctx); p != nil {
		e.Actor, e.Org = p.ID, p.Org
	}
	return s.c.Audit.Write(ctx, tx, e)
}

package taxbill

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// closing closes rows and keeps the first error.
func closing(rows *sql.Rows, err error) error { return errors.Join(err, rows.Close()) }

// Filter chooses bills; a zero field asks for nothing.
type Filter struct {
	Party    string    // an enterprise that gets the bill: guarantor, merchant or declarant
	Status   Status    // Assessed asks for nothing; assessments are never listed
	DutyNo   string    // payment document
	From, To clock.Day // days of release, both included
}

// Page is a part of a list, newest first.
type Page struct {
	Before uint64 // only bills of decisions before this one, the last of the page before; 0: from the newest
	Limit  int    // 1 to 1,000; 50 if 0
}

// List returns a page of the bills that the filter chooses, newest first.
func (s *Service) List(ctx context.Context, f Filter, page Page) ([]Bill, error) {
	from, at := "tax_bills b", "b.decision"
	var where []string
	var args []any
	and := func(condition string, v any) {
		args = append(args, v)
		where = append(where, condition+"$"+strconv.Itoa(len(args)))
	}
	and("b.status >= ", int64(max(f.Status, Generated)))
	if f.Status != Assessed {
		and("b.status <= ", int64(f.Status))
	}
	if f.Party != "" {
		from, at = "tax_bill_parties p join tax_bills b on b.decision = p.decision", "p.decision"
		and("p.party = ", f.Party)
	}
	if f.DutyNo != "" {
		and("b.duty_no = ", f.DutyNo)
	}
	if f.From != 0 {
		and("b.released >= ", int64(f.From))
	}
	if f.To != 0 {
		and("b.released <= ", int64(f.To))
	}
	if page.Before != 0 {
		and(at+" < ", int64(page.Before))
	}
	limit := page.Limit
	if limit <= 0 {
		limit = 50
	}
	query := `select b.` + strings.ReplaceAll(strings.Join(strings.Fields(columns), " "), ", ", ", b.") + ` from ` + from +
		` where ` + strings.Join(where, " and ") + ` order by ` + at + ` desc limit ` + strconv.Itoa(min(limit, 1000))
	rows, err := s.db.Read().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, store.Wrap("read tax bills", err)
	}
	defer rows.Close()
	var out []Bill
	for rows.Next() {
		b, err := scan(rows)
		if err != nil {
			return nil, store.Wrap("read tax bills", err)
		}
		out = append(out, *b)
	}
	return out, store.Wrap("read tax bills", rows.Err())
}

// Step is one state that a bill reached.
type Step struct {
	Seq    uint64 // number in the stream "taxbill"
	Status Status
	DutyNo string
	At     int64 // µs UTC
}

// Bill returns a bill by its number and the states that it went through.
// Error: ErrNotFound.
func (s *Service) Bill(ctx context.Context, taxNo string) (*Bill, []Step, error) {
	rows, err := s.db.Read().QueryContext(ctx, `select `+columns+` from tax_bills where tax_no = $1 and status > 0`, taxNo)
	if err != nil {
		return nil, nil, store.Wrap("read tax bills", err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return nil, nil, store.Wrap("read tax bills", err)
		}
		return nil, nil, fmt.Errorf("%s: %w", taxNo, ErrNotFound)
	}
	b, err := scan(rows)
	if err != nil {
		return nil, nil, store.Wrap("read tax bills", err)
	}
	steps, err := s.steps(ctx, b.Decision)
	return b, steps, err
}

func (s *Service) steps(ctx context.Context, decision uint64) ([]Step, error) {
	rows, err := s.db.Read().QueryContext(ctx, `select seq, status, duty_no, at from tax_notices where decision = $1 order by seq`, int64(decision))
	if err != nil {
		return nil, store.Wrap("read tax bills", err)
	}
	defer rows.Close()
	var out []Step
	for rows.Next() {
		var v Step
		if err := rows.Scan(&v.Seq, &v.Status, &v.DutyNo, &v.At); err != nil {
			return nil, store.Wrap("read tax bills", err)
		}
		out = append(out, v)
	}
	return out, store.Wrap("read tax bills", rows.Err())
}

// Document returns a payment document as it stands on a day. Error: ErrNotFound.
func (s *Service) Document(ctx context.Context, dutyNo string, day clock.Day) (*Document, error) {
	d, err := scanDocument(s.db.Read().QueryRowContext(ctx, `select `+documentColumns+` from tax_documents where duty_no = $1`, dutyNo))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%s: %w", dutyNo, ErrNotFound)
	}
	if err != nil {
		return nil, store.Wrap("read tax bills", err)
	}
	if d.PaidDay == 0 {
		d.Late, err = s.late(d, day)
	}
	return d, err
}

package taxbill

import (
	"database/sql"
	"encoding/binary"
	"fmt"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/money"
)

// Status is the state of a bill 税单状态 as the messages write it.
type Status uint8

// The states of a bill.
const (
	Assessed   Status = iota // the list is decided and not released: no bill yet
	Generated                // 1 已生成
	Summarised               // 2 已汇总
	Void                     // 3 作废
)

var statusNames = [...][2]string{{"assessed", "已计税"}, {"generated", "已生成"}, {"summarised", "已汇总"}, {"void", "作废"}}

// String is the state's name in the API.
func (s Status) String() string { return statusNames[s][0] }

// Chinese is the state's name in the field's own words.
func (s Status) Chinese() string { return statusNames[s][1] }

// Bill is the electronic tax bill 电子税单 of one list.
type Bill struct {
	Decision uint64 // that decided the list; it shows the working of the tax
	// TaxNo 电子税单编号 is PZT, the list number 清单编号 and two digits that
	// count the bills of the list.
	TaxNo             string
	Parcel            uint64
	InvtNo, OrderNo   string
	Customs           string
	Guarantor         string // assureCode 担保企业
	Merchant          string
	Carrier, Agent    string
	Dutiable          money.Fen // 完税价格
	Duty, VAT, CT     money.Fen // 关税、增值税、消费税
	Secured           money.Fen // what of it is drawn on the guarantor's security
	Lines             []Line
	Status            Status
	Released          clock.Day
	PayFirst, PayLast clock.Day // days of payment, both included
	DutyNo            string    // payment document 缴款书编号, from Summarised on
	Updated           int64     // µs UTC
}

// Total is the whole tax of the bill.
func (b *Bill) Total() money.Fen { return b.Duty + b.VAT + b.CT }

// parties are the enterprises that get the bill: guarantor, merchant, declarant.
func (b *Bill) parties() []string {
	out := []string{b.Guarantor}
	for _, c := range []string{b.Merchant, b.Agent} {
		if c != out[0] && c != out[len(out)-1] {
			out = append(out, c)
		}
	}
	if out[0] == "" {
		return out[1:]
	}
	return out
}

// Line is the tax of one line of the list.
type Line struct {
	Gnum          int32
	Code          uint64 // HS commodity code
	Dutiable      money.Fen
	Duty, VAT, CT money.Fen
}

// assess makes the row of a decided list.
func assess(d *clearance.Decision, version int) *Bill {
	l := d.List
	b := &Bill{Decision: d.Seq, TaxNo: fmt.Sprintf("PZT%s%02d", d.InvtNo, version), Parcel: d.Number, InvtNo: d.InvtNo, OrderNo: l.OrderNo,
		Customs: l.Customs, Guarantor: l.Guarantor, Merchant: l.Merchant, Carrier: l.Carrier, Agent: l.Agent, Dutiable: d.Tax.Dutiable, Updated: d.At}
	b.Duty, b.CT, b.VAT = d.Tax.Totals()
	for _, t := range d.Tax.Lines {
		b.Lines = append(b.Lines, Line{Gnum: t.Gnum, Code: t.Code, Dutiable: t.Dutiable, Duty: t.DutyTax, VAT: t.VATTax, CT: t.CTTax})
	}
	for _, p := range d.Postings {
		if p.Phase == ledger.Reserve && p.Unit == ledger.CNYFen && p.Amount < 0 {
			b.Secured -= money.Fen(p.Amount) // security is drawn as a negative amount
		}
	}
	return b
}

func appendLines(b []byte, lines []Line) []byte {
	for _, l := range lines {
		b = binary.AppendVarint(b, int64(l.Gnum))
		b = binary.AppendUvarint(b, l.Code)
		for _, v := range []money.Fen{l.Dutiable, l.Duty, l.VAT, l.CT} {
			b = binary.AppendVarint(b, int64(v))
		}
	}
	return b
}

func readLines(b []byte) ([]Line, error) {
	bad := false
	next := func() int64 {
		v, n := binary.Varint(b)
		if bad = bad || n <= 0; bad {
			return 0
		}
		b = b[n:]
		return v
	}
	var out []Line
	for len(b) > 0 && !bad {
		l := Line{Gnum: int32(next())}
		code, n := binary.Uvarint(b)
		if bad = bad || n <= 0; bad {
			break
		}
		l.Code, b = code, b[n:]
		for _, v := range []*money.Fen{&l.Dutiable, &l.Duty, &l.VAT, &l.CT} {
			*v = money.Fen(next())
		}
		out = append(out, l)
	}
	if bad {
		return nil, fmt.Errorf("lines of a tax bill: %w", clearance.ErrCorrupt)
	}
	return out, nil
}

// columns are those of tax_bills in the order of args and scan.
const columns = `decision, tax_no, parcel, invt_no, order_no, customs, guarantor, merchant, carrier, agent,
	dutiable, duty, vat, ct, secured, lines, status, released, pay_first, pay_last, duty_no, updated`

const columnCount = 22

// changing are the columns that change after a bill's row was made.
const changing = `status = excluded.status, released = excluded.released, pay_first = excluded.pay_first,
	pay_last = excluded.pay_last, duty_no = excluded.duty_no, updated = excluded.updated`

func (b *Bill) args() []any {
	return []any{int64(b.Decision), b.TaxNo, int64(b.Parcel), b.InvtNo, b.OrderNo, b.Customs, b.Guarantor, b.Merchant, b.Carrier, b.Agent,
		int64(b.Dutiable), int64(b.Duty), int64(b.VAT), int64(b.CT), int64(b.Secured), appendLines([]byte{}, b.Lines),
		int64(b.Status), int64(b.Released), int64(b.PayFirst), int64(b.PayLast), b.DutyNo, b.Updated}
}

func scan(rows *sql.Rows, more ...any) (*Bill, error) {
	b := &Bill{}
	var lines []byte
	err := rows.Scan(append([]any{&b.Decision, &b.TaxNo, &b.Parcel, &b.InvtNo, &b.OrderNo, &b.Customs, &b.Guarantor, &b.Merchant, &b.Carrier, &b.Agent,
		&b.Dutiable, &b.Duty, &b.VAT, &b.CT, &b.Secured, &lines, &b.Status, &b.Released, &b.PayFirst, &b.PayLast, &b.DutyNo, &b.Updated}, more...)...)
	if err == nil {
		b.Lines, err = readLines(lines)
	}
	return b, err
}

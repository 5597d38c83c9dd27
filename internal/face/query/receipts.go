package query

import (
	"net/url"
	"strconv"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance/lookup"
)

// Kind is the filter by kind of receipt message: "622".
const Kind = "kind"

// Receipts reads the filters of the list of receipts. Within is not set.
func Receipts(q url.Values) (f lookup.ReceiptFilter, faults []Fault) {
	r := &reader{q: q}
	f = lookup.ReceiptFilter{Number: r.number(), From: r.day(From), To: r.day(To)}
	for _, v := range r.codes(Enterprise) {
		if f.Party != "" {
			r.fault(Enterprise, v)
		}
		f.Party = v
	}
	for _, v := range r.values(Status) {
		n, err := strconv.ParseInt(v, 10, 32)
		if err != nil {
			r.fault(Status, v)
			continue
		}
		f.Statuses = append(f.Statuses, int32(n))
	}
	if v := q.Get(Kind); v != "" {
		k, err := strconv.ParseUint(v, 10, 16)
		if f.Kind = ceb.Kind(k); err != nil || !f.Kind.IsReceipt() {
			r.faults = append(r.faults, Fault{Kind, v, "查询条件无法识别", "this filter can't be read", "回执报文编号，如 622", "the number of a receipt message, such as 622"})
			f.Kind = 0
		}
	}
	return f, r.faults
}

// ReceiptValues writes the filters of a list of receipts, as Receipts reads them.
func ReceiptValues(f lookup.ReceiptFilter) url.Values {
	q := Values(lookup.Filter{Number: f.Number, From: f.From, To: f.To})
	if f.Party != "" {
		q.Set(Enterprise, f.Party)
	}
	for _, s := range f.Statuses {
		q.Add(Status, strconv.Itoa(int(s)))
	}
	if f.Kind != 0 {
		q.Set(Kind, strconv.Itoa(int(f.Kind)))
	}
	return q
}

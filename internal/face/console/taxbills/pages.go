// Package taxbills is the pages of electronic tax bills and payment documents
// (电子税单与缴款书).
//
// Invariants: a bill is shown to its guarantor, merchant and declarant and to who
// reads tax bills of the zone, and is as if it were not there for all others;
// every bill leads to the parcel whose decision shows the working.
package taxbills

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"pilotzone/internal/customs/taxbill"
	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

type pages struct {
	*ui.Shell
	zone *zone.Zone
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z}
	s.Nav(ui.Item{Group: ui.Tax, Path: "/tax-bills", ZH: "电子税单", EN: "Tax bills", Icon: "file-text", Need: access.TaxBillRead})
	s.Get("/tax-bills", access.TaxBillRead, p.list)
	s.Get("/tax-bills/{number}", access.TaxBillRead, p.bill)
	s.Get("/tax-bills/documents/{number}", access.TaxBillRead, p.document)
	s.Post("/tax-bills/documents/{number}", access.TaxBillPay, p.pay)
}

// perPage is how many bills a page lists.
const perPage = 40

// listed is the page of bills.
type listed struct {
	names       names.Names
	bills       []taxbill.Bill
	due         []taxbill.Document
	today       clock.Day
	status      taxbill.Status
	first, next string
}

// statuses are the states by which bills can be chosen.
var statuses = []taxbill.Status{taxbill.Generated, taxbill.Summarised, taxbill.Void}

func (p *pages) today() clock.Day { return clock.DayOf(p.zone.Config.Clock.Now()) }

func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	l := listed{names: names.Of(p.zone), today: p.today()}
	for _, s := range statuses {
		if s.String() == q.Get("status") {
			l.status = s
		}
	}
	before, _ := strconv.ParseUint(q.Get("before"), 10, 63) // what is no number begins at the newest
	var err error
	if l.bills, err = p.bills(r.Context(), taxbill.Filter{Status: l.status}, before); err != nil {
		return err
	}
	if len(l.bills) > perPage {
		l.bills = l.bills[:perPage]
		l.next = address(l.status, l.bills[perPage-1].Decision)
	}
	if before != 0 {
		l.first = address(l.status, 0)
	}
	if l.due, err = p.zone.TaxBills.DueOn(r.Context(), l.today); err != nil {
		return err
	}
	who := access.Of(r.Context())
	l.due = slices.DeleteFunc(l.due, func(d taxbill.Document) bool { return !who.Sees(access.TaxBillRead, d.Guarantor) })
	return p.Show(w, r, ui.View{Title: ui.T("电子税单", "Tax bills"), Wide: true, Body: table(l)})
}

func address(s taxbill.Status, before uint64) string {
	q := url.Values{}
	if s != taxbill.Assessed {
		q.Set("status", s.String())
	}
	if before != 0 {
		q.Set("before", strconv.FormatUint(before, 10))
	}
	return (&url.URL{Path: "/tax-bills", RawQuery: q.Encode()}).String()
}

// bills are those within the caller's reach, newest first, one more than a page.
func (p *pages) bills(ctx context.Context, f taxbill.Filter, before uint64) ([]taxbill.Bill, error) {
	who := access.Of(ctx)
	page := taxbill.Page{Before: before, Limit: perPage + 1}
	if who.Scope(access.TaxBillRead) == access.Zone {
		return p.zone.TaxBills.List(ctx, f, page)
	}
	var all []taxbill.Bill
	for _, code := range who.Parties() {
		f.Party = code
		list, err := p.zone.TaxBills.List(ctx, f, page)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b taxbill.Bill) int {
		return cmp.Or(cmp.Compare(b.Decision, a.Decision), cmp.Compare(a.TaxNo, b.TaxNo))
	})
	all = slices.CompactFunc(all, func(a, b taxbill.Bill) bool { return a.TaxNo == b.TaxNo })
	return all[:min(len(all), perPage+1)], nil
}

func (p *pages) bill(w http.ResponseWriter, r *http.Request) error {
	b, steps, err := p.zone.TaxBills.Bill(r.Context(), r.PathValue("number"))
	if errors.Is(err, taxbill.ErrNotFound) || err == nil && !access.Of(r.Context()).Sees(access.TaxBillRead, b.Guarantor, b.Merchant, b.Agent) {
		return ui.NotFound()
	}
	if err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("税单 "+b.TaxNo, "Tax bill "+b.TaxNo), Wide: true, Back: "/tax-bills", BackTo: ui.T("电子税单", "Tax bills"), Body: one(names.Of(p.zone), b, steps)})
}

// paper is the page of a payment document.
type paper struct {
	names names.Names
	doc   *taxbill.Document
	bills []taxbill.Bill
	today clock.Day
	may   bool // record its payment
	form  url.Values
	fault ui.Text
}

func (p *pages) document(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, ui.Text{})
}

func (p *pages) show(w http.ResponseWriter, r *http.Request, fault ui.Text) error {
	number := r.PathValue("number")
	d, err := p.zone.TaxBills.Document(r.Context(), number, p.today())
	who := access.Of(r.Context())
	if errors.Is(err, taxbill.ErrNotFound) || err == nil && !who.Sees(access.TaxBillRead, d.Guarantor) {
		return ui.NotFound()
	}
	if err != nil {
		return err
	}
	v := paper{names: names.Of(p.zone), doc: d, today: p.today(), may: who.May(access.TaxBillPay), form: r.PostForm, fault: fault}
	if v.bills, err = p.zone.TaxBills.List(r.Context(), taxbill.Filter{DutyNo: number}, taxbill.Page{Limit: 1000}); err != nil {
		return err
	}
	status := http.StatusOK
	if fault.ZH != "" {
		status = http.StatusUnprocessableEntity
	}
	return p.Show(w, r, ui.View{Title: ui.T("缴款书 "+number, "Payment document "+number), Wide: true, Status: status, Back: "/tax-bills", BackTo: ui.T("电子税单", "Tax bills"), Body: payment(v)})
}

// pay records that a document was paid.
func (p *pages) pay(w http.ResponseWriter, r *http.Request) error {
	number := r.PathValue("number")
	amount, err := money.ParseFen(r.PostFormValue("amount"))
	if err != nil || amount <= 0 {
		return p.show(w, r, ui.T("金额应为正的元数，最多两位小数", "The amount must be yuan above zero, with at most two decimals"))
	}
	day, err := clock.ParseDay(r.PostFormValue("day"))
	if err != nil {
		return p.show(w, r, ui.T("日期应为 YYYY-MM-DD", "The day must be YYYY-MM-DD"))
	}
	reference := r.PostFormValue("reference")
	if reference == "" || len(reference) > 60 {
		return p.show(w, r, ui.T("请填写缴款流水号，不超过 60 个字符", "Give the number of the payment, at most 60 characters"))
	}
	_, err = p.zone.TaxBills.Pay(r.Context(), taxbill.Payment{DutyNo: number, Amount: amount, Day: day, Reference: reference})
	switch {
	case errors.Is(err, taxbill.ErrNotFound):
		return ui.NotFound()
	case errors.Is(err, taxbill.ErrPaid):
		return p.show(w, r, ui.T("缴款书已缴清：核对编号", "The document is paid already: check the number"))
	case errors.Is(err, taxbill.ErrAmount):
		return p.show(w, r, ui.T("缴款金额与应缴金额不符：按缴款书金额缴纳", "The amount is not the amount due: pay the amount of the document"))
	case err != nil:
		return err
	}
	return p.Done(w, r, fmt.Sprintf("/tax-bills/documents/%s", url.PathEscape(number)), ui.T("已登记缴款，担保已恢复", "The payment is recorded and the security restored"))
}

// tones of a bill's states.
func tone(s taxbill.Status) (tone, icon string) {
	switch s {
	case taxbill.Generated:
		return "blue", "receipt"
	case taxbill.Summarised:
		return "amber", "file-text"
	case taxbill.Void:
		return "grey", "ban"
	}
	return "grey", "hourglass"
}

func statusWords(s taxbill.Status) ui.Text { return ui.T(s.Chinese(), s.String()) }

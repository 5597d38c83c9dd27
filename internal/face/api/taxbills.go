package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/taxbill"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// TaxBill is an electronic tax bill (电子税单), the platform's own computation.
type TaxBill struct {
	TaxNo     string        `json:"tax_no"`
	InvtNo    string        `json:"invt_no"`
	OrderNo   string        `json:"order_no"`
	Parcel    uint64        `json:"parcel"`
	Status    string        `json:"status"`
	StatusZH  string        `json:"status_zh"`
	Guarantor string        `json:"guarantor"`
	Merchant  string        `json:"merchant"`
	Dutiable  string        `json:"dutiable" doc:"Yuan (完税价格)."`
	Duty      string        `json:"duty"`
	CT        string        `json:"ct"`
	VAT       string        `json:"vat"`
	Tax       string        `json:"tax"`
	Released  string        `json:"released"`
	PayFirst  string        `json:"pay_first" doc:"First day of payment."`
	PayLast   string        `json:"pay_last" doc:"Last day of payment."`
	DutyNo    string        `json:"duty_no,omitempty" doc:"Payment document (缴款书编号)."`
	Decision  uint64        `json:"decision"`
	Lines     []TaxBillLine `json:"lines"`
}

// TaxBillLine is a line of a bill.
type TaxBillLine struct {
	Gnum     int32  `json:"gnum"`
	Code     string `json:"code"`
	Dutiable string `json:"dutiable"`
	Duty     string `json:"duty"`
	CT       string `json:"ct"`
	VAT      string `json:"vat"`
}

type taxBillsInput struct {
	Enterprise string `query:"enterprise" maxLength:"18" doc:"Guarantor, merchant or declarant; who sees its own alone gets those of its enterprises."`
	DutyNo     string `query:"duty_no" maxLength:"50" doc:"Only bills of this payment document."`
	Cursor     string `query:"cursor" maxLength:"20" doc:"next of the page before."`
	Limit      int    `query:"limit" default:"50" minimum:"1" maximum:"1000"`
}

type taxBillsOutput struct {
	Body struct {
		Bills []TaxBill `json:"bills"`
		Next  string    `json:"next,omitempty" doc:"Give it as cursor for the next page; none at the end."`
	}
}

type noticesInput struct {
	Enterprise string `query:"enterprise" maxLength:"18" doc:"As for the list; needed by who sees all of the zone."`
	Cursor     string `query:"cursor" maxLength:"20" doc:"next of the last answer."`
	Limit      int    `query:"limit" default:"100" minimum:"1" maximum:"1000"`
}

// TaxNotice is one CEB816 or CEB818 message.
type TaxNotice struct {
	Seq     uint64 `json:"seq" doc:"Messages are numbered in the order in which they were made."`
	Message string `json:"message"`
	TaxNo   string `json:"tax_no"`
	Status  string `json:"status"`
	XML     string `json:"xml"`
}

type noticesOutput struct {
	Body struct {
		Notices []TaxNotice `json:"notices"`
		Next    string      `json:"next" doc:"Give it as cursor to go on, also later."`
	}
}

type payInput struct {
	Body struct {
		DutyNo    string `json:"duty_no" minLength:"1" maxLength:"50"`
		Amount    string `json:"amount" doc:"Yuan, without charges for lateness." example:"1234.50"`
		Day       string `json:"day" doc:"Day of payment, YYYY-MM-DD."`
		Reference string `json:"reference" minLength:"1" maxLength:"60" doc:"Number of the payment: the same again does nothing."`
	}
}

type payOutput struct {
	Body struct {
		DutyNo string `json:"duty_no"`
		Bills  int    `json:"bills"`
		Amount string `json:"amount"`
		Late   string `json:"late" doc:"Charge for lateness beside it (滞纳金)."`
	}
}

func (s *Server) addTaxBills() {
	add(s, huma.Operation{OperationID: "list-tax-bills", Method: http.MethodGet, Path: "/v1/tax-bills", Tags: []string{"tax"},
		Summary: "Electronic tax bills, newest first / 电子税单", Errors: []int{401, 403, 422, 503}}, access.TaxBillRead, s.taxBills)
	add(s, huma.Operation{OperationID: "list-tax-notices", Method: http.MethodGet, Path: "/v1/tax-bills/notices", Tags: []string{"tax"},
		Summary: "Tax bill messages CEB816 and CEB818 after a number / 税单报文", Errors: []int{401, 403, 422, 503}}, access.TaxBillRead, s.taxNotices)
	add(s, huma.Operation{OperationID: "pay-tax", Method: http.MethodPost, Path: "/v1/tax-bills/payments", Tags: []string{"tax"},
		Summary: "Record a payment; it restores the guarantor's security / 登记缴款", Errors: []int{401, 403, 404, 409, 422, 503}}, access.TaxBillPay, s.payTax)
}

func (s *Server) taxBills(ctx context.Context, in *taxBillsInput) (*taxBillsOutput, error) {
	parties, err := reachOf(ctx, access.TaxBillRead).narrow(in.Enterprise)
	if err != nil {
		return nil, err
	}
	before, err := numberCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	bills, err := gather(parties, in.Limit, func(party string) ([]taxbill.Bill, error) {
		return s.zone.TaxBills.List(ctx, taxbill.Filter{Party: party, DutyNo: in.DutyNo}, taxbill.Page{Before: before, Limit: in.Limit})
	}, func(a, b taxbill.Bill) int { return cmp.Compare(b.Decision, a.Decision) })
	if err != nil {
		return nil, err
	}
	out := &taxBillsOutput{}
	out.Body.Bills = make([]TaxBill, len(bills))
	for i := range bills {
		out.Body.Bills[i] = taxBillOf(&bills[i])
	}
	if n := len(bills); n == in.Limit {
		out.Body.Next = strconv.FormatUint(bills[n-1].Decision, 10)
	}
	return out, nil
}

func taxBillOf(b *taxbill.Bill) TaxBill {
	v := TaxBill{TaxNo: b.TaxNo, InvtNo: b.InvtNo, OrderNo: b.OrderNo, Parcel: b.Parcel, Status: b.Status.String(), StatusZH: b.Status.Chinese(),
		Guarantor: b.Guarantor, Merchant: b.Merchant, Dutiable: b.Dutiable.String(), Duty: b.Duty.String(), CT: b.CT.String(), VAT: b.VAT.String(),
		Tax: b.Total().String(), Released: b.Released.String(), PayFirst: b.PayFirst.String(), PayLast: b.PayLast.String(), DutyNo: b.DutyNo,
		Decision: b.Decision, Lines: make([]TaxBillLine, len(b.Lines))}
	for i, l := range b.Lines {
		v.Lines[i] = TaxBillLine{Gnum: l.Gnum, Code: clearance.HSCode(l.Code), Dutiable: l.Dutiable.String(), Duty: l.Duty.String(), CT: l.CT.String(), VAT: l.VAT.String()}
	}
	return v
}

func (s *Server) taxNotices(ctx context.Context, in *noticesInput) (*noticesOutput, error) {
	parties, err := reachOf(ctx, access.TaxBillRead).narrow(in.Enterprise)
	if err != nil {
		return nil, err
	}
	if len(parties) == 0 {
		return nil, problem(422, "enterprise", "请指明企业", "say whose messages", "填写 enterprise 参数", "give enterprise")
	}
	after, err := numberCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	list, err := gather(parties, in.Limit, func(party string) ([]taxbill.Notice, error) {
		return s.zone.TaxBills.Notices(ctx, party, after, in.Limit)
	}, func(a, b taxbill.Notice) int { return cmp.Compare(a.Seq, b.Seq) })
	if err != nil {
		return nil, err
	}
	out := &noticesOutput{}
	out.Body.Notices, out.Body.Next = make([]TaxNotice, len(list)), strconv.FormatUint(after, 10)
	for i := range list {
		out.Body.Notices[i] = TaxNotice{Seq: list[i].Seq, Message: list[i].Kind.String(), TaxNo: list[i].TaxNo, Status: list[i].Status.String(),
			XML: string(taxbill.Append(nil, list[i:i+1]))}
		out.Body.Next = strconv.FormatUint(list[i].Seq, 10)
	}
	return out, nil
}

func (s *Server) payTax(ctx context.Context, in *payInput) (*payOutput, error) {
	amount, err := money.ParseFen(in.Body.Amount)
	if err != nil || amount <= 0 {
		return nil, problem(422, "amount", "金额有误，应为正的元数，最多两位小数", "the amount must be yuan above zero, with at most two decimals", "改正金额", "correct it")
	}
	day, err := clock.ParseDay(in.Body.Day)
	if err != nil {
		return nil, problem(422, "day", "日期有误，应为 YYYY-MM-DD", "the day is not in order: it must be YYYY-MM-DD", "改正日期", "correct it")
	}
	doc, err := s.zone.TaxBills.Pay(ctx, taxbill.Payment{DutyNo: in.Body.DutyNo, Amount: amount, Day: day, Reference: in.Body.Reference})
	switch {
	case errors.Is(err, taxbill.ErrNotFound):
		return nil, problem(404, "duty_no", "没有该缴款书", "there is no such payment document", "核对缴款书编号", "check duty_no")
	case errors.Is(err, taxbill.ErrPaid):
		return nil, problem(409, "paid", "缴款书已缴清", "the payment document is paid already", "核对缴款书编号", "check duty_no")
	case errors.Is(err, taxbill.ErrAmount):
		return nil, problem(409, "amount_due", "缴款金额与应缴金额不符", "the amount paid is not the amount due", "按缴款书金额缴纳", "pay the amount of the document")
	case err != nil:
		return nil, err
	}
	out := &payOutput{}
	out.Body.DutyNo, out.Body.Bills, out.Body.Amount, out.Body.Late = doc.DutyNo, doc.Bills, doc.Amount.String(), doc.Late.String()
	return out, nil
}

package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/access"
)

// PaymentListPath names a payment list in a path.
type PaymentListPath struct {
	ID string `path:"id" maxLength:"40" doc:"Such as BF202600001."`
}

// PaymentLinePath names a line of a payment list in a path.
type PaymentLinePath struct {
	PaymentListPath
	Number int `path:"number" minimum:"1" maximum:"500"`
}

type paymentListOutput struct{ Body AwardPaymentList }

type makePaymentListInput struct {
	Body struct {
		Year int    `json:"year,omitempty" minimum:"0" maximum:"2100" doc:"Budget year; left out: this year."`
		Line string `json:"line" minLength:"1" maxLength:"32" doc:"Budget line."`
		Flow string `json:"flow,omitempty" enum:"city,province" doc:"Left out: of clauses that name none."`
	}
}

type dropPaymentListInput struct {
	PaymentListPath
	Body struct {
		Reason string `json:"reason" minLength:"2" maxLength:"1000"`
	}
}

type exportPaymentListInput struct {
	PaymentListPath
	Body struct {
		Format  string `json:"format,omitempty" enum:"xlsx,csv" default:"xlsx"`
		Purpose string `json:"purpose" minLength:"2" maxLength:"1000" doc:"What the accounts in clear are read for; it stands in the audit chain."`
	}
}

type payLineInput struct {
	PaymentLinePath
	Body struct {
		Reference string `json:"reference" minLength:"2" maxLength:"1000" doc:"Of the bank."`
	}
}

type leaveLineInput struct {
	PaymentLinePath
	Body struct {
		Reason string `json:"reason" minLength:"2" maxLength:"1000"`
	}
}

func (s *Server) addAwardPayments() {
	add(s, policyOp("list-award-payments", http.MethodGet, "/v1/award-payments", "Payment lists / 拨付清单"), access.ClaimWork, s.paymentLists)
	add(s, policyOp("make-award-payments", http.MethodPost, "/v1/award-payments", "Put granted claims of a line on a list / 编制拨付清单"), access.ClaimWork, s.makePaymentList)
	add(s, policyOp("get-award-payments", http.MethodGet, "/v1/award-payments/{id}", "A payment list with its lines, accounts masked / 一份拨付清单"), access.ClaimWork, s.paymentList)
	add(s, policyOp("check-award-payments", http.MethodPost, "/v1/award-payments/{id}/check", "Check a list that another person made / 复核拨付清单"), access.BudgetManage, s.checkPaymentList)
	add(s, policyOp("drop-award-payments", http.MethodPost, "/v1/award-payments/{id}/drop", "Give a list up of which nothing was paid / 作废拨付清单"), access.ClaimWork, s.dropPaymentList)
	export := policyOp("export-award-payments", http.MethodPost, "/v1/award-payments/{id}/file", "A checked list for the bank, accounts in clear and on record / 导出拨付清单")
	binary := func() *huma.MediaType { return &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}} }
	export.Responses = map[string]*huma.Response{"200": {Description: "The list.", Content: map[string]*huma.MediaType{xlsxType: binary(), csvType: binary()}}}
	add(s, export, access.BudgetManage, s.exportPaymentList)
	add(s, policyOp("pay-award", http.MethodPost, "/v1/award-payments/{id}/lines/{number}/paid", "The bank paid a line / 登记已拨付"), access.BudgetManage, s.payLine)
	add(s, policyOp("leave-award-out", http.MethodPost, "/v1/award-payments/{id}/lines/{number}/left-out", "A line was not paid; its claim waits again / 移出清单"), access.BudgetManage, s.leaveLine)
}

const csvType = "text/csv"

func awardPaymentList(l *policy.PaymentList) AwardPaymentList {
	v := AwardPaymentList{ID: l.ID, Year: l.Year, Line: l.Line, Flow: l.Flow, State: listStates[l.State], Total: l.Total.String(), Made: l.Made.Format(time.RFC3339)}
	if !l.Checked.IsZero() {
		v.Checked = l.Checked.Format(time.RFC3339)
	}
	for _, p := range l.Payments {
		v.Payments = append(v.Payments, AwardPayment{Number: p.Number, Claim: p.Claim, Name: p.Name, Amount: p.Amount.String(), State: paymentStates[p.State], Payee: p.Payee.Name,
			Account: p.Payee.Account, Reference: p.Reference})
	}
	return v
}

func (s *Server) paymentLists(ctx context.Context, in *paymentListsInput) (*paymentListsOutput, error) {
	lists, err := s.zone.Policy.Lists(ctx, in.Cursor, in.Limit)
	if err != nil {
		return nil, ofPolicy(err)
	}
	out := &paymentListsOutput{}
	out.Body.Lists = []AwardPaymentList{}
	for _, l := range lists {
		whole, err := s.zone.Policy.List(ctx, l.ID)
		if err != nil {
			return nil, ofPolicy(err)
		}
		out.Body.Lists = append(out.Body.Lists, awardPaymentList(whole))
	}
	if n := len(lists); n == in.Limit {
		out.Body.Next = lists[n-1].ID
	}
	return out, nil
}

// paymentListAnswer is the answer to an act on a list.
func (s *Server) paymentListAnswer(ctx context.Context, id string, err error) (*paymentListOutput, error) {
	if err != nil {
		return nil, ofPolicy(err)
	}
	l, err := s.zone.Policy.List(ctx, id)
	if err != nil {
		return nil, ofPolicy(err)
	}
	return &paymentListOutput{awardPaymentList(l)}, nil
}

func (s *Server) makePaymentList(ctx context.Context, in *makePaymentListInput) (*paymentListOutput, error) {
	year := in.Body.Year
	if year == 0 {
		year = s.zone.Policy.Today().Year()
	}
	l, err := s.zone.Policy.MakeList(ctx, year, in.Body.Line, in.Body.Flow)
	if err != nil {
		return nil, ofPolicy(err)
	}
	return &paymentListOutput{awardPaymentList(l)}, nil
}

func (s *Server) paymentList(ctx context.Context, in *PaymentListPath) (*paymentListOutput, error) {
	return s.paymentListAnswer(ctx, in.ID, nil)
}

func (s *Server) checkPaymentList(ctx context.Context, in *PaymentListPath) (*paymentListOutput, error) {
	return s.paymentListAnswer(ctx, in.ID, s.zone.Policy.CheckList(ctx, in.ID))
}

func (s *Server) dropPaymentList(ctx context.Context, in *dropPaymentListInput) (*paymentListOutput, error) {
	return s.paymentListAnswer(ctx, in.ID, s.zone.Policy.DropList(ctx, in.ID, in.Body.Reason))
}

func (s *Server) payLine(ctx context.Context, in *payLineInput) (*paymentListOutput, error) {
	return s.paymentListAnswer(ctx, in.ID, s.zone.Policy.Pay(ctx, in.ID, in.Number, in.Body.Reference))
}

func (s *Server) leaveLine(ctx context.Context, in *leaveLineInput) (*paymentListOutput, error) {
	return s.paymentListAnswer(ctx, in.ID, s.zone.Policy.LeaveOut(ctx, in.ID, in.Number, in.Body.Reason))
}

func (s *Server) exportPaymentList(ctx context.Context, in *exportPaymentListInput) (*huma.StreamResponse, error) {
	format, kind := policy.XLSX, xlsxType
	if in.Body.Format == string(policy.CSV) {
		format, kind = policy.CSV, csvType+"; charset=utf-8"
	}
	data, err := s.zone.Policy.ExportList(ctx, in.ID, format, in.Body.Purpose)
	if err != nil {
		return nil, ofPolicy(err)
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		w := writerOf(c)
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Disposition", `attachment; filename="award-payments.`+string(format)+`"`)
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(data) // the client has gone
	}}, nil
}

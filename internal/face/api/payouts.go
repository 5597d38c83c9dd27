package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/money"
)

// Payout is a small payment that a bank is to make to prove an account (打款指令).
type Payout struct {
	ID      string `json:"id"`
	Number  uint64 `json:"number" doc:"They are numbered in the order in which they were made."`
	Bank    string `json:"bank"`
	Account string `json:"account"`
	Holder  string `json:"holder"`
	Amount  string `json:"amount" doc:"Yuan."`
	Ordered string `json:"ordered"`
}

type payoutsOutput struct {
	Body struct {
		Payouts []Payout `json:"payouts"`
		Next    string   `json:"next,omitempty" doc:"Give it as cursor for the next page; none at the end."`
	}
}

// addPayouts registers what applicants and banks do to prove an account.
func (s *Server) addPayouts(op func(id, method, path, summary string) huma.Operation) {
	add(s, op("confirm-account", http.MethodPost, "/v1/matters/{number}/bank-account", "Name the amount that was paid in, to prove the account / 回填打款金额"), access.MatterApply, s.confirmAccount)
	add(s, op("order-payment-again", http.MethodPost, "/v1/matters/{number}/bank-account/payments", "Ask for a new payment / 重新打款"), access.MatterApply, s.orderAgain)
	add(s, op("list-payouts", http.MethodGet, "/v1/payouts", "Payments that wait for the bank, in clear and on record / 待打款指令"), access.PayoutTake, s.payouts)
	add(s, op("mark-payout-paid", http.MethodPost, "/v1/payouts/{id}/paid", "The bank has made the payment / 登记已打款"), access.PayoutTake, s.payoutPaid)
}

type confirmInput struct {
	MatterPath
	Body struct {
		Amount string `json:"amount" maxLength:"12" example:"3.45" doc:"Yuan, as the account's entry shows it."`
	}
}

func (s *Server) confirmAccount(ctx context.Context, in *confirmInput) (*matterOutput, error) {
	amount, err := money.ParseFen(in.Body.Amount)
	if err != nil {
		return nil, problem(422, "amount", "金额有误，应为元，最多两位小数", "the amount must be yuan with at most two decimals", "改正金额", "correct it")
	}
	return s.masked(ctx, in.Number, s.zone.Certify.Confirm(ctx, in.Number, amount))
}

func (s *Server) orderAgain(ctx context.Context, in *MatterPath) (*matterOutput, error) {
	return s.masked(ctx, in.Number, s.zone.Certify.Again(ctx, in.Number))
}

type payoutsInput struct {
	Cursor string `query:"cursor" maxLength:"20" doc:"next of the page before."`
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"500"`
}

func (s *Server) payouts(ctx context.Context, in *payoutsInput) (*payoutsOutput, error) {
	after, err := numberCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	orders, err := s.zone.Certify.Orders(ctx, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &payoutsOutput{}
	out.Body.Payouts = []Payout{}
	for _, o := range orders {
		out.Body.Payouts = append(out.Body.Payouts, Payout{o.ID, o.Number, o.Bank, o.Account, o.Holder, o.Amount.String(), timeText(o.Created)})
	}
	if n := len(orders); n == in.Limit {
		out.Body.Next = strconv.FormatUint(orders[n-1].Number, 10)
	}
	return out, nil
}

type payoutPath struct {
	ID string `path:"id" maxLength:"40"`
}

func (s *Server) payoutPaid(ctx context.Context, in *payoutPath) (*emptyOutput, error) {
	return &emptyOutput{}, s.zone.Certify.MarkPaid(ctx, in.ID)
}

// ofMatter knows the errors of matters and of files.
func ofMatter(err error) *Problem {
	var list matter.Problems
	var file *blob.Refusal
	switch {
	case errors.As(err, &list):
		p := problem(422, "matter", "办件有误", "the matter is not in order", "按 errors 逐项处理", "mend what errors lists")
		p.Errors = problemItems(list)
		if len(list) == 1 {
			p.Code, p.Detail, p.DetailZH, p.Fix, p.FixZH = "matter_"+strings.ReplaceAll(list[0].Code, "-", "_"), list[0].EN, list[0].ZH, list[0].FixEN, list[0].FixZH
		}
		return p
	case errors.As(err, &file):
		return problem(422, "file_"+file.Code, file.ZH, file.EN, file.FixZH, file.FixEN)
	case errors.Is(err, matter.ErrNotFound), errors.Is(err, blob.ErrNotFound):
		return problem(404, "not_found", "没有该记录", "there is no such record", "核对编号", "check the number")
	case errors.Is(err, matter.ErrDenied):
		return problem(403, "not_yours", "无权办理该事项", "this is not yours to do", "由有权的人办理", "have it done by somebody who may")
	case errors.Is(err, matter.ErrStale):
		return problem(409, "stale", "办件已有变化", "the matter has changed meanwhile", "重新读取后再操作", "read it again")
	}
	return nil
}

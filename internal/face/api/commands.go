package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/ident"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/disclose"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// CommandAnswer is what became of a command to the core.
type CommandAnswer struct {
	Input    uint64       `json:"input" doc:"Input under which the command came in."`
	Decision uint64       `json:"decision"`
	What     string       `json:"what"`
	Parcel   uint64       `json:"parcel,omitempty"`
	State    string       `json:"state,omitempty"`
	Status   int          `json:"status,omitempty"`
	Reasons  []ReasonText `json:"reasons"`
}

type commandOutput struct {
	Body CommandAnswer
}

func commandAnswer(a intake.Answer) *commandOutput {
	out := &commandOutput{Body: CommandAnswer{Input: a.Input, Decision: a.Last, What: a.What, Parcel: a.Parcel, Status: int(a.Status), Reasons: reasonTexts(a.Reasons)}}
	if a.Parcel != 0 {
		out.Body.State = a.State
	}
	return out
}

func (s *Server) addCommands() {
	add(s, huma.Operation{OperationID: "give-verdict", Method: http.MethodPost, Path: "/v1/parcels/{id}/verdicts", Tags: []string{"parcels"},
		Summary: "An officer's verdict on a parcel / 监管人员处置", Errors: []int{401, 403, 404, 409, 422, 503}}, access.VerdictGive, s.verdict)
	add(s, huma.Operation{OperationID: "read-allowance", Method: http.MethodPost, Path: "/v1/allowance", Tags: []string{"persons"},
		Summary:     "A person's yearly allowance / 查询个人年度额度",
		Description: "The ID number goes in the body, so that it stands in no address and no log. Nothing of it is kept.", Errors: []int{401, 403, 422, 503}}, access.AllowanceRead, s.allowance)
	add(s, huma.Operation{OperationID: "deposit", Method: http.MethodPost, Path: "/v1/deposits", Tags: []string{"enterprises"},
		Summary:     "Deposit or take out security / 存入或取出担保金",
		Description: "With an Idempotency-Key it happens exactly once, whatever crashes: after an answer 503 send it again with the same key.", Errors: []int{401, 403, 409, 422, 503}}, access.DepositMake, s.deposit)
}

type verdictInput struct {
	ParcelPath
	Body struct {
		Status  int    `json:"status" enum:"100,300,500,501,502,503,599,700,800" doc:"Receipt status to give (回执状态)."`
		Officer string `json:"officer,omitempty" maxLength:"60" doc:"Who decided, as known to access; the caller if left out."`
		Reason  string `json:"reason" minLength:"1" maxLength:"300" doc:"Why; it stands in the receipt."`
	}
}

func (s *Server) verdict(ctx context.Context, in *verdictInput) (*commandOutput, error) {
	p, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.notHeld(ctx, p.Number); err != nil {
		return nil, err
	}
	if in.Body.Officer == "" {
		in.Body.Officer = caller(ctx)
	}
	body := clearance.VerdictBody{Number: p.Number, Status: uint16(in.Body.Status), Officer: in.Body.Officer, Reason: in.Body.Reason}
	var a intake.Answer
	detail := fmt.Sprintf("status=%d officer=%s: %s", in.Body.Status, in.Body.Officer, in.Body.Reason)
	err = s.zone.Act(ctx, "parcel.verdict", disclose.Object(p.Number), detail, func() (err error) {
		a, err = s.zone.Intake.Command(ctx, clearance.Verdict, body.Encode())
		return err
	})
	if err != nil {
		return nil, err
	}
	return commandAnswer(a), nil
}

// AllowanceAnswer is what a person has used of the yearly limits, in yuan.
type AllowanceAnswer struct {
	Year     int               `json:"year"`
	Single   string            `json:"single_limit" doc:"单次交易限值"`
	Limit    string            `json:"annual_limit" doc:"年度交易限值"`
	Used     string            `json:"used" doc:"Of released parcels."`
	Reserved string            `json:"reserved" doc:"Of parcels that are held."`
	Left     string            `json:"left"`
	Weights  []WeightAllowance `json:"weights" doc:"Goods that a person may buy so much of in a year (年度限量), in grams."`
}

// WeightAllowance is one weight counter.
type WeightAllowance struct {
	Group    string `json:"group"`
	ZH       string `json:"zh"`
	EN       string `json:"en"`
	Limit    int64  `json:"limit_grams"`
	Used     int64  `json:"used_grams"`
	Reserved int64  `json:"reserved_grams"`
}

type allowanceInput struct {
	Body struct {
		IDNumber string `json:"id_number" minLength:"15" maxLength:"18" doc:"Resident ID number (居民身份证号)."`
		On       string `json:"on,omitempty" doc:"A day of the year asked for, YYYY-MM-DD; today in Beijing if left out."`
	}
}

type allowanceOutput struct {
	Body AllowanceAnswer
}

func (s *Server) allowance(ctx context.Context, in *allowanceInput) (*allowanceOutput, error) {
	now := s.zone.Config.Clock.Now()
	if err := ident.CheckAt(ident.ResidentNo, in.Body.IDNumber, now); err != nil && !ident.IsWarning(err) {
		p := problem(422, "id_number", "身份证号有误", "the ID number is not in order", "核对号码", "check the number")
		var why *ident.Error
		if errors.As(err, &why) {
			p.Code = "id_number_" + string(why.Reason)
		}
		return nil, p
	}
	on, err := dayOr(in.Body.On, now)
	if err != nil {
		return nil, err
	}
	person := clearance.PersonKey(s.zone.Keys.Hasher(), in.Body.IDNumber)
	var a clearance.Allowance
	err = s.zone.Act(ctx, "personal.allowance", "person:"+person.String(), "on="+on.String(), func() error {
		return s.zone.Intake.Ask(ctx, func(e *clearance.Engine) { a = e.Allowance(person, on) })
	})
	if err != nil {
		return nil, err
	}
	return &allowanceOutput{Body: allowanceOf(&a)}, nil
}

func allowanceOf(a *clearance.Allowance) AllowanceAnswer {
	out := AllowanceAnswer{Year: a.Year, Single: a.Single.String(), Limit: a.Limit.String(), Used: a.Used.String(),
		Reserved: a.Reserved.String(), Left: a.Left().String(), Weights: []WeightAllowance{}}
	for _, w := range a.Weights {
		out.Weights = append(out.Weights, WeightAllowance{w.Group, w.ZH, w.EN, w.Limit, w.Used, w.Reserved})
	}
	return out
}

// dayOr reads a day; the Beijing day of now when there is none.
func dayOr(text string, now time.Time) (clock.Day, error) {
	if text == "" {
		return clock.DayOf(now), nil
	}
	day, err := clock.ParseDay(text)
	if err != nil {
		return 0, problem(422, "day", "日期有误，应为 YYYY-MM-DD", "the day is not in order: it must be YYYY-MM-DD", "改正日期", "correct it")
	}
	return day, nil
}

type depositInput struct {
	Key  string `header:"Idempotency-Key" hidden:"true"`
	Body struct {
		Guarantor string `json:"guarantor" minLength:"1" maxLength:"18" doc:"assureCode (担保企业编号)."`
		Amount    string `json:"amount" doc:"Yuan; negative takes out." example:"100000.00"`
		Memo      string `json:"memo,omitempty" maxLength:"200"`
	}
}

type depositOutput struct {
	Body struct {
		CommandAnswer
		Balance  string `json:"balance" doc:"Deposited less drawn, yuan."`
		Reserved string `json:"reserved" doc:"Of held parcels, yuan; not above zero."`
	}
}

func (s *Server) deposit(ctx context.Context, in *depositInput) (*depositOutput, error) {
	amount, err := money.ParseFen(in.Body.Amount)
	if err != nil || amount == 0 {
		return nil, problem(422, "amount", "金额有误，应为非零的元数，最多两位小数", "the amount must be yuan, not zero, with at most two decimals", "改正金额", "correct it")
	}
	body := clearance.DepositBody{Guarantor: in.Body.Guarantor, Amount: int64(amount), Memo: in.Body.Memo}
	a, known, err := s.zone.Deposit(ctx, caller(ctx), in.Key, body)
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, problem(409, "answer_lost", "该指令已受理一次，其结果未留存", "the command was taken in once; its answer was lost", "查询担保余额以确认结果", "look at the guarantor's balance: it tells")
	}
	if len(a.Reasons) > 0 {
		p := problem(409, a.Reasons[0].Code, a.Reasons[0].Chinese(), a.Reasons[0].English(), "取出金额不得超过可用余额", "take out no more than is free")
		return nil, p
	}
	out := &depositOutput{}
	out.Body.CommandAnswer = commandAnswer(a).Body
	err = s.zone.Intake.Ask(ctx, func(e *clearance.Engine) {
		balance, reserved := e.Guarantee(in.Body.Guarantor)
		out.Body.Balance, out.Body.Reserved = balance.String(), reserved.String()
	})
	return out, err
}

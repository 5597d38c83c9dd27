package api

import (
	"context"
	"net/http"

	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
)

// BudgetLine is a line of a budget of incentives, or the whole (预算科目). All
// amounts are yuan.
type BudgetLine struct {
	Line     string        `json:"line" doc:"Empty: the whole."`
	Title    IncentiveText `json:"title"`
	Cap      string        `json:"cap"`
	Bound    string        `json:"bound"`
	Reserved string        `json:"reserved,omitempty"`
	Paid     string        `json:"paid,omitempty"`
	Returned string        `json:"returned,omitempty"`
	Left     string        `json:"left"`
	Origin   string        `json:"origin"`
}

type budgetsInput struct {
	Year int `query:"year" minimum:"0" maximum:"2100" doc:"0: this year."`
}

type budgetsOutput struct {
	Body struct {
		Year  int          `json:"year"`
		Lines []BudgetLine `json:"lines"`
	}
}

type setBudgetInput struct {
	Body struct {
		Year    int    `json:"year" minimum:"2015" maximum:"2100"`
		Line    string `json:"line" maxLength:"32" doc:"Empty: the whole."`
		Title   string `json:"title,omitempty" maxLength:"60" doc:"Chinese, of a new line."`
		TitleEN string `json:"title_en,omitempty" maxLength:"80"`
		Cap     string `json:"cap" doc:"Yuan; never below what is bound." example:"1000000.00"`
		Reason  string `json:"reason" minLength:"2" maxLength:"400"`
	}
}

// AwardPayment is a line of a payment list (拨付明细), the account masked.
type AwardPayment struct {
	Number    int    `json:"number"`
	Claim     string `json:"claim"`
	Name      string `json:"name"`
	Amount    string `json:"amount"`
	State     string `json:"state" enum:"waiting,paid,left-out"`
	Payee     string `json:"payee"`
	Account   string `json:"account"`
	Reference string `json:"reference,omitempty"`
}

// AwardPaymentList is claims that are paid together (拨付清单).
type AwardPaymentList struct {
	ID       string         `json:"id"`
	Year     int            `json:"year"`
	Line     string         `json:"line"`
	Flow     string         `json:"flow"`
	State    string         `json:"state" enum:"made,checked,done,dropped"`
	Total    string         `json:"total"`
	Made     string         `json:"made"`
	Checked  string         `json:"checked,omitempty" doc:"When another person checked it."`
	Payments []AwardPayment `json:"payments,omitempty"`
}

type paymentListsInput struct {
	Cursor string `query:"cursor" maxLength:"40"`
	Limit  int    `query:"limit" default:"40" minimum:"1" maximum:"200"`
}

type paymentListsOutput struct {
	Body struct {
		Lists []AwardPaymentList `json:"lists" doc:"The newest first."`
		Next  string             `json:"next,omitempty"`
	}
}

type clauseConfirmInput struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Document string `json:"document" minLength:"2" maxLength:"400" doc:"That confirms that the clause is in force."`
		Until    string `json:"until,omitempty" doc:"YYYY-MM-DD; left out: without end."`
	}
}

func (s *Server) addAwardMoney() {
	add(s, policyOp("confirm-incentive", http.MethodPost, "/v1/incentives/{id}/confirmation", "Confirm that a clause is in force / 效力确认"), access.BudgetManage, s.confirmIncentive)
	add(s, policyOp("list-budgets", http.MethodGet, "/v1/incentive-budgets", "Budgets of incentives / 奖补预算"), access.ClaimWork, s.budgets)
	add(s, policyOp("set-budget", http.MethodPost, "/v1/incentive-budgets", "Open a line or change its ceiling / 设定预算"), access.BudgetManage, s.setBudget)
	s.addAwardPayments()
	s.addClawBacks()
}

func (s *Server) confirmIncentive(ctx context.Context, in *clauseConfirmInput) (*struct{}, error) {
	var until clock.Day
	if in.Body.Until != "" {
		d, err := clock.ParseDay(in.Body.Until)
		if err != nil {
			return nil, problem(422, "until", "日期有误", "the date is not in order", "按 2026-12-31 的格式填写", "write it as 2026-12-31")
		}
		until = d
	}
	return nil, ofPolicy(s.zone.Policy.Confirm(ctx, in.ID, in.Body.Document, until))
}

func (s *Server) budgets(ctx context.Context, in *budgetsInput) (*budgetsOutput, error) {
	year := in.Year
	if year == 0 {
		year = s.zone.Policy.Today().Year()
	}
	lines, err := s.zone.Policy.Budgets(ctx, year)
	if err != nil {
		return nil, ofPolicy(err)
	}
	out := &budgetsOutput{}
	out.Body.Year, out.Body.Lines = year, []BudgetLine{}
	for i := range lines {
		l := &lines[i]
		b := BudgetLine{Line: l.Line, Title: incentiveText(l.Title), Cap: l.Cap.String(), Bound: l.Bound.String(), Left: l.Left().String(), Origin: l.Origin}
		if l.Line != "" {
			b.Reserved, b.Paid, b.Returned = l.Reserved.String(), l.Paid.String(), l.Returned.String()
		}
		out.Body.Lines = append(out.Body.Lines, b)
	}
	return out, nil
}

func (s *Server) setBudget(ctx context.Context, in *setBudgetInput) (*budgetsOutput, error) {
	f, err := money.ParseFen(in.Body.Cap)
	if err != nil {
		return nil, problem(422, "amount", "金额有误", "the amount is not in order", "以元计，最多两位小数", "write yuan with at most two decimals")
	}
	title := pack.Text{ZH: in.Body.Title, EN: in.Body.TitleEN}
	if title.EN == "" {
		title.EN = title.ZH
	}
	if err := s.zone.Policy.SetBudget(ctx, policy.Line{Year: in.Body.Year, Line: in.Body.Line, Title: title, Cap: f}, in.Body.Reason); err != nil {
		return nil, ofPolicy(err)
	}
	return s.budgets(ctx, &budgetsInput{Year: in.Body.Year})
}

var (
	listStates    = map[policy.ListState]string{policy.ListMade: "made", policy.ListChecked: "checked", policy.ListDone: "done", policy.ListDropped: "dropped"}
	paymentStates = map[policy.PaymentState]string{policy.PaymentWaiting: "waiting", policy.PaymentPaid: "paid", policy.PaymentLeft: "left-out"}
)

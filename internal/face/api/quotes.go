package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/tax"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/money"
)

// QuoteQuestion is an order whose rates are given, as `pilotzone calc
// import-tax` reads it; money as strings in yuan.
type QuoteQuestion struct {
	ID             string      `json:"id,omitempty"`
	Items          []QuoteItem `json:"items" minItems:"1" maxItems:"1000"`
	UsedAnnual     string      `json:"used_annual,omitempty" doc:"Dutiable value used in the year (年度已用)."`
	Freight        string      `json:"freight,omitempty"`
	Insurance      string      `json:"insurance,omitempty"`
	DirectDiscount string      `json:"direct_discount,omitempty" doc:"Open to every consumer."`
	NoncashOffset  string      `json:"noncash_offset,omitempty" doc:"Coupons and points used in payment."`
	On             string      `json:"on,omitempty" doc:"Day, YYYY-MM-DD; today in Beijing if left out."`
}

// QuoteItem is a line with its rates.
type QuoteItem struct {
	Qty               string `json:"qty" doc:"Decimal, as a string or a number."`
	UnitPrice         string `json:"unit_price"`
	DutyRate          string `json:"duty_rate,omitempty"`
	CTRate            string `json:"ct_rate,omitempty"`
	VATRate           string `json:"vat_rate,omitempty"`
	CTSpecificPerUnit string `json:"ct_specific_per_unit,omitempty"`
	CTSpecificQty     string `json:"ct_specific_qty,omitempty" doc:"Quantity of the whole line."`
	InList            *bool  `json:"in_list,omitempty" doc:"Whether the goods are on the positive list; true if left out."`
}

// QuoteAnswer is the answer of the calculator.
type QuoteAnswer struct {
	ID           string      `json:"id"`
	Decision     string      `json:"decision" enum:"PREF70,FULL_TAX_IN_CBEC,NOT_CBEC"`
	Reason       string      `json:"reason"`
	Dutiable     string      `json:"dutiable_total"`
	LineDutiable []string    `json:"line_dutiable"`
	Duty         *string     `json:"duty"`
	CT           *string     `json:"ct"`
	VAT          *string     `json:"vat"`
	Tax          *string     `json:"tax"`
	LineTax      []QuoteLine `json:"line_tax"`
	AnnualAfter  string      `json:"annual_after"`
	ActualPaid   *string     `json:"actual_paid"`
}

// QuoteLine is the tax of a line.
type QuoteLine struct {
	Duty string `json:"duty"`
	CT   string `json:"ct"`
	VAT  string `json:"vat"`
}

type quoteInput struct {
	RawBody []byte `contentType:"application/json"`
}

// CodeQuestion is an order whose rates are looked up by commodity code.
type CodeQuestion struct {
	Mode           string     `json:"mode,omitempty" enum:"9610,1210,1239" doc:"tradeMode (监管方式); 9610 if left out."`
	Items          []CodeItem `json:"items" minItems:"1" maxItems:"1000"`
	UsedAnnual     string     `json:"used_annual,omitempty"`
	Freight        string     `json:"freight,omitempty"`
	Insurance      string     `json:"insurance,omitempty"`
	DirectDiscount string     `json:"direct_discount,omitempty"`
	On             string     `json:"on,omitempty" doc:"Day, YYYY-MM-DD; today in Beijing if left out."`
}

// CodeItem is a line with its commodity code.
type CodeItem struct {
	Code      string `json:"code" pattern:"^[0-9]{10}$" doc:"Commodity code of ten digits (商品编码)."`
	Qty       string `json:"qty"`
	Unit      string `json:"unit,omitempty" doc:"Unit code (计量单位) of qty."`
	UnitPrice string `json:"unit_price"`
	Qty1      string `json:"qty1,omitempty" doc:"Quantity in the first legal unit."`
	Unit1     string `json:"unit1,omitempty"`
	Qty2      string `json:"qty2,omitempty"`
	Unit2     string `json:"unit2,omitempty"`
}

// CodeAnswer is the tax by the tariff and the positive list of the day.
type CodeAnswer struct {
	TaxWorking
	Faults   []ReasonText `json:"faults" doc:"What would refuse the list."`
	Reviews  []ReasonText `json:"reviews" doc:"What would send it to a person."`
	Working  []string     `json:"working" doc:"Every step, in English."`
	WorkZH   []string     `json:"working_zh" doc:"Every step, in Chinese (计税过程)."`
	Versions string       `json:"versions"`
}

type codeInput struct {
	Body CodeQuestion
}

type codeOutput struct {
	Body CodeAnswer
}

func (s *Server) addQuotes() {
	question := s.api.OpenAPI().Components.Schemas.Schema(typeOf[QuoteQuestion](), true, "QuoteQuestion")
	answer := s.api.OpenAPI().Components.Schemas.Schema(typeOf[QuoteAnswer](), true, "QuoteAnswer")
	add(s, huma.Operation{OperationID: "quote-import-tax", Method: http.MethodPost, Path: "/v1/quotes/import-tax", Tags: []string{"quotes"}, SkipValidateBody: true,
		Summary: "Tax of a retail import order / 进口税款试算", Errors: []int{401, 422},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: question}}},
		Responses:   map[string]*huma.Response{"200": {Description: "The tax.", Content: map[string]*huma.MediaType{"application/json": {Schema: answer}}}}}, access.Public, s.quote)
	add(s, huma.Operation{OperationID: "quote-import-tax-by-code", Method: http.MethodPost, Path: "/v1/quotes/import-tax/by-code", Tags: []string{"quotes"},
		Summary: "Tax by commodity codes of the tariff of the day / 按商品编码试算税款", Errors: []int{401, 422}}, access.Public, s.quoteByCode)
}

// quote asks the calculator of the command line, so that both answer alike.
func (s *Server) quote(_ context.Context, in *quoteInput) (*huma.StreamResponse, error) {
	out, ok := tax.CalcImportTax(in.RawBody, zone.TaxLimits(s.zone.Intake.Rules()), s.today())
	if !ok {
		var bad struct {
			Error string `json:"error"`
		}
		if err := json.Unmarshal(out, &bad); err != nil {
			return nil, err
		}
		return nil, problem(422, "quote", "无法计税："+bad.Error, "the tax can't be computed: "+bad.Error, "按错误说明修改", "correct what the error names")
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		w := writerOf(c)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(append(out, '\n')) // the client has gone
	}}, nil
}

func (s *Server) quoteByCode(_ context.Context, in *codeInput) (*codeOutput, error) {
	q := &in.Body
	on, err := dayOr(q.On, s.zone.Config.Clock.Now())
	if err != nil {
		return nil, err
	}
	list, input, err := readCodes(q)
	if err != nil {
		return nil, problem(422, "quote", "数值有误："+err.Error(), "a figure is not in order: "+err.Error(), "改正该字段", "correct the field")
	}
	rules := s.zone.Intake.Rules().On(on)
	if len(rules.Missing) > 0 {
		return nil, problem(422, "no_rules", "当日没有完整的规则", "there are no whole rules for the day", "改用其他日期", "ask for another day")
	}
	if bad := unknownCodes(q, func(code string) bool { _, ok := rules.Tariff([]byte(code)); return ok }); bad != nil {
		return nil, bad
	}
	r, faults, reviews, err := clearance.Quote(rules, list, input)
	switch {
	case errors.Is(err, tax.ErrQuantity), errors.Is(err, tax.ErrInput), errors.Is(err, money.ErrRange):
		return nil, problem(422, "quote", "无法计税："+err.Error(), "the tax can't be computed: "+err.Error(), "给出所需计量单位的数量", "give the quantity in the unit asked for")
	case err != nil:
		return nil, err
	}
	out := &codeOutput{Body: CodeAnswer{Faults: reasonTexts(faults), Reviews: reasonTexts(reviews), Versions: rules.Version}}
	out.Body.TaxWorking = quoteWorking(list, &r)
	for _, t := range r.Explain() {
		out.Body.Working, out.Body.WorkZH = append(out.Body.Working, t.EN), append(out.Body.WorkZH, t.ZH)
	}
	return out, nil
}

// unknownCodes names the commodity codes that the tariff does not have.
func unknownCodes(q *CodeQuestion, known func(string) bool) error {
	p := problem(422, "unknown_code", "税则中没有这些商品编码", "the tariff does not have these commodity codes", "核对商品编码", "check the codes")
	for i := range q.Items {
		if code := q.Items[i].Code; !known(code) {
			p.Errors = append(p.Errors, ProblemItem{Path: "body.items[" + strconv.Itoa(i) + "].code", Message: "not in the tariff: " + code, MessageZH: "税则中没有 " + code})
		}
	}
	if len(p.Errors) == 0 {
		return nil
	}
	return p
}

// figure reads a decimal that may be left out.
func figure(name, text string, to *money.N5) error {
	if text == "" {
		return nil
	}
	v, err := money.ParseN5([]byte(text))
	if err != nil || v < 0 {
		return fmt.Errorf("%s %q", name, text)
	}
	*to = v
	return nil
}

// readCodes turns the question into a list of the kind that clearance decides.
func readCodes(q *CodeQuestion) (*clearance.List, tax.Input, error) {
	l := &clearance.List{Mode: q.Mode}
	if l.Mode == "" {
		l.Mode = "9610"
	}
	var in tax.Input
	for _, f := range []struct {
		name, text string
		to         *money.Fen
	}{{"used_annual", q.UsedAnnual, &in.Used}, {"freight", q.Freight, &in.Freight}, {"insurance", q.Insurance, &in.Insurance}, {"direct_discount", q.DirectDiscount, &in.Discount}} {
		var v money.N5
		if err := figure(f.name, f.text, &v); err != nil {
			return nil, in, err
		}
		*f.to, _ = v.Fen()
	}
	for i := range q.Items {
		it := &q.Items[i]
		code, err := strconv.ParseUint(it.Code, 10, 64)
		if err != nil {
			return nil, in, err
		}
		line := clearance.ListLine{Gnum: int32(i + 1), Code: code, Unit: it.Unit, Unit1: it.Unit1, Unit2: it.Unit2}
		at := "items[" + strconv.Itoa(i) + "]."
		for _, f := range []struct {
			name, text string
			to         *money.N5
		}{{"qty", it.Qty, &line.Qty}, {"unit_price", it.UnitPrice, &line.Price}, {"qty1", it.Qty1, &line.Qty1}, {"qty2", it.Qty2, &line.Qty2}} {
			if err := figure(at+f.name, f.text, f.to); err != nil {
				return nil, in, err
			}
		}
		if line.Total, _, err = money.Mul(line.Price, line.Qty); err != nil {
			return nil, in, fmt.Errorf("%sunit_price × qty: %w", at, err)
		}
		l.Lines = append(l.Lines, line)
	}
	return l, in, nil
}

func quoteWorking(l *clearance.List, r *tax.Result) TaxWorking {
	w := TaxWorking{Decision: r.Decision.String(), Reason: r.Reason.String(), Dutiable: r.Dutiable.String(), UsedBefore: r.Used.String(), Limit: r.Limits.Annual.String(),
		Duty: r.Duty.String(), CT: r.CT.String(), VAT: r.VAT.String(), Total: r.Tax.String(), Lines: make([]TaxLine, len(r.Lines))}
	for i := range r.Lines {
		t := &r.Lines[i]
		w.Lines[i] = TaxLine{Gnum: int(l.Lines[i].Gnum), Code: clearance.HSCode(l.Lines[i].Code), Dutiable: t.Dutiable.String(), DutyRate: t.DutyCharge.Rate.String(),
			CTRate: t.CTCharge.Rate.String(), CTSpecific: t.CTCharge.Specific.String(), VATRate: t.VATRate.String(), Factor: t.Factor.String(),
			Duty: t.Duty.String(), CT: t.CT.String(), VAT: t.VAT.String()}
	}
	return w
}

package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/customs/advise"
	"pilotzone/internal/customs/draft"
	"pilotzone/internal/customs/preflight"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/money"
)

type preflightInput struct {
	Name     string `query:"name" maxLength:"200" doc:"Name of the file, for the places in the answer."`
	AnyFiled bool   `query:"any_filed" doc:"Suppose that every enterprise is filed."`
	Used     string `query:"used" maxLength:"12" doc:"What the orderers have used of the yearly allowance, yuan; nobody's is looked up." example:"1200.50"`
	RawBody  []byte `contentType:"application/octet-stream" doc:"CEB messages or DXP envelopes as XML, a filled template as XLSX, documents as JSON (GET /v1/preflight/schema.json), or a zip of them."`
}

type preflightOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         *preflight.Report
}

func (s *Server) addPreflight() {
	add(s, huma.Operation{OperationID: "preflight", Method: http.MethodPost, Path: "/v1/preflight", Tags: []string{"preflight"}, MaxBodyBytes: preflight.MaxBytes,
		Summary:     "What would become of documents / 申报预检",
		Description: "All defects at once, the decision that would be taken, the tax with its working, the effect on allowance and guarantee. Nothing is kept, and nothing of what is stored is looked at.",
		Errors:      []int{413, 422, 503}}, access.Public, s.preflight)
	schema, err := json.Marshal(draft.JSONSchema())
	if err != nil {
		panic(err) // it is made of our own tables
	}
	s.addPlain(huma.Operation{OperationID: "preflight-schema", Method: http.MethodGet, Path: "/v1/preflight/schema.json", Tags: []string{"preflight"}, Summary: "JSON Schema of documents as JSON / JSON 单证的模式",
		Responses: map[string]*huma.Response{"200": {Description: "The schema.", Content: map[string]*huma.MediaType{"application/schema+json": {Schema: &huma.Schema{Type: "object"}}}}}},
		access.Public, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/schema+json")
			w.Header().Set("Content-Length", strconv.Itoa(len(schema)))
			_, _ = w.Write(schema) // the client has gone
		})
	add(s, huma.Operation{OperationID: "advise", Method: http.MethodPost, Path: "/v1/advice", Tags: []string{"preflight"},
		Summary:     "The modes side by side for one trade / 监管方式比较",
		Description: "9610, 1210, 9710, 9810 and general trade: open or why not, documents, declaration, tax, refund and foreign exchange, each point with its source.",
		Errors:      []int{422}}, access.Public, s.advice)
}

func (s *Server) preflight(ctx context.Context, in *preflightInput) (*preflightOutput, error) {
	ask := preflight.Ask{Files: []preflight.File{{Name: in.Name, Data: in.RawBody}}, AnyFiled: in.AnyFiled}
	if in.Used != "" {
		used, err := money.ParseFen(in.Used)
		if err != nil || used < 0 {
			return nil, problem(422, "amount", "used 须为元，至多两位小数", "used must be yuan with at most two decimals", "如 1200.50", "such as 1200.50")
		}
		ask.Used = &used
	}
	report, err := s.zone.Preflight.Check(ctx, ask)
	if err != nil {
		return nil, problem(503, "too_long", "预检用时过长，已停止", "the pre-flight took too long and was stopped", "减少单证后重试", "try again with fewer documents").after(5)
	}
	return &preflightOutput{CacheControl: "no-store", Body: report}, nil
}

// AdviceQuestion is one trade; money as strings in yuan.
type AdviceQuestion struct {
	Direction string        `json:"direction" enum:"I,E"`
	Buyer     string        `json:"buyer,omitempty" enum:"consumer,business" doc:"consumer if left out."`
	Platform  *bool         `json:"platform,omitempty" doc:"Sold on an e-commerce platform; true if left out."`
	Warehouse string        `json:"warehouse,omitempty" enum:"none,bonded,overseas" doc:"Where the goods are when they are sold; none: sent after the sale."`
	Goods     []AdviceGoods `json:"goods" minItems:"1" maxItems:"50"`
	Freight   string        `json:"freight,omitempty"`
	Insurance string        `json:"insurance,omitempty"`
	Used      string        `json:"used_annual,omitempty" doc:"Imports: used of the orderer's yearly allowance."`
	Refund    bool          `json:"refund,omitempty" doc:"Exports: a refund is wanted."`
	Vouchers  bool          `json:"vouchers,omitempty" doc:"Exports: there are valid purchase vouchers (合法有效进货凭证)."`
	Purchase  string        `json:"purchase,omitempty" doc:"Purchase value on them, without VAT."`
	Producer  bool          `json:"producer,omitempty" doc:"Exports: the exporter makes the goods."`
	Outside   bool          `json:"outside_zone,omitempty" doc:"Exports: not declared at the customs of a pilot zone."`
	On        string        `json:"on,omitempty" doc:"Day, YYYY-MM-DD; today in Beijing if left out."`
}

// AdviceGoods is one kind of goods.
type AdviceGoods struct {
	Code   string `json:"code" doc:"Commodity code of ten digits; exports: four at least." example:"3304990099"`
	Name   string `json:"name,omitempty"`
	Qty    string `json:"qty,omitempty" doc:"Pieces, or the declared unit; 1 if left out." example:"2"`
	Unit   string `json:"unit,omitempty" doc:"Declared unit; 011 if left out."`
	Weight string `json:"weight,omitempty" doc:"Net weight of all, kg." example:"0.6"`
	Value  string `json:"value" doc:"Of all, yuan." example:"500.00"`
}

type adviceInput struct{ Body AdviceQuestion }

type adviceOutput struct {
	Body struct {
		On      string          `json:"on"`
		Rules   string          `json:"rules" doc:"Packs by version."`
		Options []advise.Option `json:"options"`
	}
}

func (s *Server) advice(_ context.Context, in *adviceInput) (*adviceOutput, error) {
	on, err := dayOr(in.Body.On, s.zone.Config.Clock.Now())
	if err != nil {
		return nil, err
	}
	trade, bad := in.Body.trade()
	if bad != nil {
		return nil, bad
	}
	book := s.zone.Intake.Rules()
	list, err := advise.Advise(book, on, trade)
	if err != nil {
		p := problem(422, "trade", "交易描述有误", "the trade is not in order", "按各字段说明改正", "correct the fields named")
		adviceFaults(err, func(f *advise.Fault) {
			p.Errors = append(p.Errors, ProblemItem{Path: "body." + f.Field, Message: f.EN, MessageZH: f.ZH})
		})
		return nil, p
	}
	out := &adviceOutput{}
	out.Body.On, out.Body.Rules, out.Body.Options = on.String(), book.Set().Version(), list
	return out, nil
}

// adviceFaults walks faults that were joined.
func adviceFaults(err error, f func(*advise.Fault)) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			adviceFaults(e, f)
		}
		return
	}
	var v *advise.Fault
	if errors.As(err, &v) {
		f(v)
	}
}

// trade reads the figures of a question; all that can't be read is said at once.
func (q *AdviceQuestion) trade() (advise.Trade, *Problem) {
	p := problem(422, "figure", "数值有误", "a figure is not in order", "元，至多两位小数；数量至多五位小数", "yuan with at most two decimals, quantities with at most five")
	yuan := func(path, text string) money.Fen {
		if text == "" {
			return 0
		}
		v, err := money.ParseFen(text)
		if err != nil {
			p.Errors = append(p.Errors, ProblemItem{Path: "body." + path, Message: "not an amount", MessageZH: "不是金额"})
		}
		return v
	}
	number := func(path, text, otherwise string) money.N5 {
		if text == "" {
			text = otherwise
		}
		v, err := money.ParseN5([]byte(text))
		if err != nil {
			p.Errors = append(p.Errors, ProblemItem{Path: "body." + path, Message: "not a number", MessageZH: "不是数值"})
		}
		return v
	}
	t := advise.Trade{Export: q.Direction == "E", Business: q.Buyer == "business", Platform: q.Platform == nil || *q.Platform, Warehouse: advise.Warehouse(q.Warehouse),
		Freight: yuan("freight", q.Freight), Insurance: yuan("insurance", q.Insurance), Used: yuan("used_annual", q.Used), Purchase: yuan("purchase", q.Purchase),
		Refund: q.Refund, Vouchers: q.Vouchers, Producer: q.Producer, OutsideZone: q.Outside}
	if t.Warehouse == "" {
		t.Warehouse = advise.Nowhere
	}
	for i, g := range q.Goods {
		at := "goods[" + strconv.Itoa(i) + "]."
		t.Goods = append(t.Goods, advise.Goods{Code: g.Code, Name: g.Name, Unit: g.Unit, Quantity: number(at+"qty", g.Qty, "1"), Weight: number(at+"weight", g.Weight, "0"), Value: yuan(at+"value", g.Value)})
	}
	if len(p.Errors) > 0 {
		return t, p
	}
	return t, nil
}

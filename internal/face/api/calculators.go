package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/growth/policy/award"
	"pilotzone/internal/kernel/access"
)

// AwardQuestion is what `pilotzone calc award` reads; money as strings in yuan.
type AwardQuestion struct {
	ID         string `json:"id,omitempty"`
	Cap        string `json:"cap,omitempty" doc:"Most of the clause (最高额); left out or null if none is stated."`
	PercentCap string `json:"percent_cap,omitempty" doc:"Most of the cost as a decimal, 0.80 for 80 % (比例上限)."`
	Cost       string `json:"cost,omitempty" doc:"Needed with percent_cap (实际费用)."`
}

// AwardAnswer is the most that may be granted.
type AwardAnswer struct {
	ID  string  `json:"id"`
	Max *string `json:"max_award" doc:"Up to, in yuan (最高); null if neither bound is stated."`
}

// WarehouseQuestion is what `pilotzone calc overseas-warehouse-award` reads.
type WarehouseQuestion struct {
	ID         string `json:"id,omitempty"`
	Warehouses int64  `json:"warehouses" minimum:"0" doc:"Recognised in the same year (同年认定个数)."`
}

// WarehouseAnswer is the most by year.
type WarehouseAnswer struct {
	ID      string   `json:"id"`
	PerYear []string `json:"per_year" doc:"Up to, in yuan, year by year."`
	Total   string   `json:"total" doc:"Under the cap of an enterprise (累计上限)."`
}

func (s *Server) addCalculators() {
	schemas := s.api.OpenAPI().Components.Schemas
	of := func(sc *huma.Schema) map[string]*huma.MediaType {
		return map[string]*huma.MediaType{"application/json": {Schema: sc}}
	}
	for _, op := range []struct {
		id, path, summary string
		in, out           *huma.Schema
		handle            func(context.Context, *quoteInput) (*huma.StreamResponse, error)
	}{
		{"calculate-award", "/v1/calculators/award", "Most of an incentive / 单项最高奖补额",
			schemas.Schema(typeOf[AwardQuestion](), true, "AwardQuestion"), schemas.Schema(typeOf[AwardAnswer](), true, "AwardAnswer"), s.calcAward},
		{"calculate-warehouse-award", "/v1/calculators/overseas-warehouse-award", "Support of public overseas warehouses over three years / 公共海外仓三年最高支持额",
			schemas.Schema(typeOf[WarehouseQuestion](), true, "WarehouseQuestion"), schemas.Schema(typeOf[WarehouseAnswer](), true, "WarehouseAnswer"), s.calcWarehouses},
	} {
		add(s, huma.Operation{OperationID: op.id, Method: http.MethodPost, Path: op.path, Tags: []string{"calculators"}, SkipValidateBody: true,
			Summary: op.summary, Errors: []int{422}, RequestBody: &huma.RequestBody{Required: true, Content: of(op.in)},
			Responses: map[string]*huma.Response{"200": {Description: "The most that may be granted.", Content: of(op.out)}}}, access.Public, op.handle)
	}
}

// calcAward asks the calculator of the command line, so that both answer alike.
func (s *Server) calcAward(_ context.Context, in *quoteInput) (*huma.StreamResponse, error) {
	return calculated(award.Calc(in.RawBody))
}

func (s *Server) calcWarehouses(_ context.Context, in *quoteInput) (*huma.StreamResponse, error) {
	terms, err := s.zone.WarehouseTerms()
	if err != nil {
		return nil, err
	}
	return calculated(award.CalcWarehouses(in.RawBody, terms))
}

// calculated is an answer of a calculator, or its error as a problem.
func calculated(out []byte, ok bool) (*huma.StreamResponse, error) {
	if !ok {
		var bad struct {
			Error string `json:"error"`
		}
		if err := json.Unmarshal(out, &bad); err != nil {
			return nil, err
		}
		return nil, problem(422, "calculator", "无法计算："+bad.Error, "it can't be computed: "+bad.Error, "按错误说明修改", "correct what the error names")
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		w := writerOf(c)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(append(out, '\n')) // the client has gone
	}}, nil
}

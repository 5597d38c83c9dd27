package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/disclose"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
)

// ParcelSummary is a parcel as it stands.
type ParcelSummary struct {
	Number    uint64 `json:"number" doc:"Parcel number (包裹编号)."`
	Direction string `json:"direction" enum:"import,export"`
	Mode      string `json:"mode,omitempty" doc:"tradeMode (监管方式)."`
	State     string `json:"state"`
	StateZH   string `json:"state_zh"`
	Status    int    `json:"status" doc:"Newest receipt status of the list (回执状态)."`
	OrderNo   string `json:"order_no"`
	CopNo     string `json:"cop_no,omitempty"`
	PreNo     string `json:"pre_no,omitempty" doc:"预录入编号"`
	InvtNo    string `json:"invt_no,omitempty" doc:"清单编号"`
	WaybillNo string `json:"waybill_no,omitempty"`
	Merchant  string `json:"merchant,omitempty" doc:"ebcCode"`
	Platform  string `json:"platform,omitempty" doc:"ebpCode"`
	Agent     string `json:"agent,omitempty" doc:"agentCode"`
	Carrier   string `json:"carrier,omitempty" doc:"logisticsCode"`
	Customs   string `json:"customs,omitempty" doc:"customsCode"`
	Dutiable  string `json:"dutiable" doc:"Dutiable value, yuan (完税价格)."`
	Tax       string `json:"tax" doc:"Tax, yuan."`
	Updated   string `json:"updated" format:"date-time"`
}

// ParcelDetail is a parcel with its decisions explained.
type ParcelDetail struct {
	ParcelSummary
	Timeline  []ParcelStep     `json:"timeline" doc:"Everything that happened, in order."`
	Documents []ParcelDocument `json:"documents" doc:"Documents that came in."`
	Working   *TaxWorking      `json:"tax_working,omitempty" doc:"How the tax was computed (计税过程), of the newest decision that computed one."`
	Versions  string           `json:"versions" doc:"Rule packs by version, of the newest decision."`
}

// ParcelStep is one decision.
type ParcelStep struct {
	Decision uint64        `json:"decision"`
	Input    uint64        `json:"input" doc:"Input that caused it."`
	At       string        `json:"at" format:"date-time"`
	Kind     int           `json:"kind,omitempty" doc:"Message kind of the document that it is about."`
	What     string        `json:"what"`
	From     string        `json:"from"`
	To       string        `json:"to"`
	Status   int           `json:"status,omitempty"`
	Reasons  []ReasonText  `json:"reasons"`
	Postings []PostingText `json:"postings,omitempty" doc:"What was reserved, charged or given back (额度与担保变动)."`
	Receipts []ReceiptText `json:"receipts,omitempty"`
	Versions string        `json:"versions"`
	Engine   int           `json:"engine" doc:"Version of the engine that decided."`
}

// PostingText is one movement of the core's ledger.
type PostingText struct {
	Phase  string `json:"phase" enum:"reserve,charge,free,post,refund"`
	Unit   string `json:"unit"`
	Amount int64  `json:"amount" doc:"In fen, grams or pieces."`
}

// ReceiptText is a receipt of a decision.
type ReceiptText struct {
	Message string       `json:"message"`
	To      string       `json:"to"`
	Status  int          `json:"status"`
	Reasons []ReasonText `json:"reasons"`
}

// ParcelDocument is a document that came in for a parcel.
type ParcelDocument struct {
	Input    uint64 `json:"input" doc:"GET /v1/parcels/{id}/documents/{input} shows it."`
	Kind     int    `json:"kind"`
	Number   string `json:"number"`
	Sender   string `json:"sender"`
	At       string `json:"at" format:"date-time"`
	What     string `json:"what"`
	Decision uint64 `json:"decision"`
}

// TaxWorking is the tax of a list with its working; money in yuan.
type TaxWorking struct {
	Decision   string    `json:"decision" doc:"PREF70, FULL_TAX_IN_CBEC or NOT_CBEC."`
	Reason     string    `json:"reason"`
	Dutiable   string    `json:"dutiable_total"`
	UsedBefore string    `json:"used_before" doc:"Personal allowance used and reserved before this list (年度已用)."`
	Limit      string    `json:"annual_limit"`
	Duty       string    `json:"duty"`
	CT         string    `json:"ct"`
	VAT        string    `json:"vat"`
	Total      string    `json:"tax"`
	Lines      []TaxLine `json:"lines"`
}

// TaxLine is the working of one line.
type TaxLine struct {
	Gnum       int    `json:"gnum"`
	Code       string `json:"code" doc:"Commodity code (商品编码)."`
	Dutiable   string `json:"dutiable"`
	DutyRate   string `json:"duty_rate"`
	CTRate     string `json:"ct_rate"`
	CTSpecific string `json:"ct_specific"`
	VATRate    string `json:"vat_rate"`
	Factor     string `json:"factor" doc:"Share of the statutory VAT and consumption tax that is levied."`
	Duty       string `json:"duty"`
	CT         string `json:"ct"`
	VAT        string `json:"vat"`
	Note       string `json:"note,omitempty"`
}

// ParcelPath names a parcel in a path.
type ParcelPath struct {
	ID string `path:"id" maxLength:"60" doc:"Parcel number, order number, payment number, waybill number, copNo, preNo or invtNo."`
}

type parcelOutput struct {
	Body ParcelDetail
}

func (s *Server) addParcels() {
	add(s, huma.Operation{OperationID: "get-parcel", Method: http.MethodGet, Path: "/v1/parcels/{id}", Tags: []string{"parcels"},
		Summary: "A parcel with its decisions explained / 包裹及其决定的说明", Errors: []int{401, 403, 404, 409, 503}}, access.ParcelRead, s.parcel)
	add(s, huma.Operation{OperationID: "get-document", Method: http.MethodGet, Path: "/v1/parcels/{id}/documents/{input}", Tags: []string{"parcels"},
		Summary: "A document as it came in, personal data masked / 原始单证（个人信息已脱敏）", Errors: []int{401, 403, 404, 409, 503},
		Responses: map[string]*huma.Response{"200": {Description: "The document's node.", Content: map[string]*huma.MediaType{"application/xml": {Schema: &huma.Schema{Type: "string"}}}}}},
		access.ParcelRead, s.document)
}

// find returns the one parcel that a number leads to, if the caller may see it.
func (s *Server) find(ctx context.Context, number string) (*lookup.Parcel, error) {
	list, err := s.zone.Lookup.Find(ctx, number)
	if err != nil {
		return nil, err
	}
	within := reachOf(ctx, access.ParcelRead)
	var own []lookup.Parcel
	for i := range list {
		if within.all || slices.ContainsFunc(within.parties, list[i].Of) {
			own = append(own, list[i])
		}
	}
	switch len(own) {
	case 0: // what belongs to others is as if it were not there
		return nil, lookup.ErrNotFound
	case 1:
		return &own[0], nil
	}
	many := problem(409, "ambiguous", "该编号对应多个包裹", "the number leads to several parcels", "改用 errors 中的包裹编号查询", "ask by one of the parcel numbers in errors")
	for _, v := range own[:min(len(own), 50)] {
		many.Errors = append(many.Errors, ProblemItem{Path: fmt.Sprint(v.Number), Message: v.OrderNo + " " + v.State.String(), MessageZH: v.OrderNo + " " + v.State.Chinese()})
	}
	return nil, many
}

func (s *Server) parcel(ctx context.Context, in *ParcelPath) (*parcelOutput, error) {
	found, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	p, decisions, err := s.zone.Lookup.Parcel(ctx, found.Number)
	if err != nil {
		return nil, err
	}
	docs, err := s.zone.Lookup.Documents(ctx, found.Number)
	if err != nil {
		return nil, err
	}
	within := reachOf(ctx, access.ParcelRead)
	out := &parcelOutput{Body: ParcelDetail{ParcelSummary: summary(p), Timeline: make([]ParcelStep, len(decisions)), Documents: make([]ParcelDocument, 0, len(docs))}}
	for i, d := range decisions {
		out.Body.Timeline[i] = step(d, within)
		out.Body.Versions = d.Versions
		if d.Tax != nil {
			out.Body.Working = working(d.Tax)
		}
	}
	for _, d := range docs {
		out.Body.Documents = append(out.Body.Documents, ParcelDocument{Input: d.Input, Kind: int(d.Kind), Number: d.Number, Sender: d.Sender, At: stamp(d.At), What: d.What.String(), Decision: d.Decision})
	}
	return out, nil
}

func summary(p *lookup.Parcel) ParcelSummary {
	direction := "import"
	if p.Direction == clearance.Export {
		direction = "export"
	}
	return ParcelSummary{Number: p.Number, Direction: direction, Mode: p.Mode, State: p.State.String(), StateZH: p.State.Chinese(), Status: int(p.Status),
		OrderNo: p.OrderNo, CopNo: p.CopNo, PreNo: p.PreNo, InvtNo: p.InvtNo, WaybillNo: p.WaybillNo, Merchant: p.Merchant, Platform: p.Platform,
		Agent: p.Agent, Carrier: p.Carrier, Customs: p.Customs, Dutiable: p.Dutiable.String(), Tax: p.Tax.String(), Updated: stamp(p.Updated)}
}

// step tells one decision. Receipts that went to others are theirs alone.
func step(d *clearance.Decision, within reach) ParcelStep {
	v := ParcelStep{Decision: d.Seq, Input: d.Input, At: stamp(d.At), Kind: int(d.Kind), What: d.What.String(), From: d.From.String(), To: d.To.String(),
		Status: int(d.Status), Reasons: reasonTexts(d.Reasons), Versions: d.Versions, Engine: int(d.Engine)}
	for _, p := range d.Postings {
		v.Postings = append(v.Postings, PostingText{Phase: p.Phase.String(), Unit: p.Unit.String(), Amount: p.Amount})
	}
	for _, r := range d.Receipts {
		if !within.sees(r.To) {
			continue
		}
		for _, g := range r.Rungs {
			v.Receipts = append(v.Receipts, ReceiptText{Message: r.Kind.String(), To: r.To, Status: int(g.Status), Reasons: reasonTexts(g.Reasons)})
		}
	}
	return v
}

func working(a *clearance.Assessment) *TaxWorking {
	duty, ct, vat := a.Totals()
	w := &TaxWorking{Decision: a.Decision, Reason: a.Reason, Dutiable: a.Dutiable.String(), UsedBefore: a.UsedBefore.String(), Limit: a.Limit.String(),
		Duty: duty.String(), CT: ct.String(), VAT: vat.String(), Total: a.Total().String(), Lines: make([]TaxLine, len(a.Lines))}
	for i := range a.Lines {
		l := &a.Lines[i]
		w.Lines[i] = TaxLine{Gnum: int(l.Gnum), Code: clearance.HSCode(l.Code), Dutiable: l.Dutiable.String(), DutyRate: l.DutyRate, CTRate: l.CTRate,
			CTSpecific: l.CTSpecific, VATRate: l.VATRate, Factor: l.Factor, Duty: l.DutyTax.String(), CT: l.CTTax.String(), VAT: l.VATTax.String(), Note: l.Note}
	}
	return w
}

// stamp is a stored time as people read it, in Beijing.
func stamp(us int64) string {
	if us == 0 {
		return ""
	}
	return clock.FromMicros(us).Format(time.RFC3339Nano)
}

type documentInput struct {
	ParcelPath
	Input uint64 `path:"input" doc:"Input number of the document."`
}

// document shows a raw document that belongs to the parcel, masked.
func (s *Server) document(ctx context.Context, in *documentInput) (*huma.StreamResponse, error) {
	found, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	docs, err := s.zone.Lookup.Documents(ctx, found.Number)
	if err != nil {
		return nil, err
	}
	for _, d := range docs {
		if d.Input != in.Input {
			continue
		}
		raw, err := s.zone.Reader().Raw(ctx, in.Input)
		if err != nil {
			return nil, err
		}
		part, err := disclose.Part(access.Of(ctx), access.ParcelRead, raw.Document, d.Sender, found.WaybillNo)
		if err != nil {
			return nil, err
		}
		masked, err := disclose.Mask(part)
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", in.Input, err)
		}
		return &huma.StreamResponse{Body: func(c huma.Context) {
			w := writerOf(c)
			w.Header().Set("Content-Type", "application/xml; charset=utf-8")
			w.Header().Set("Document-Kind", raw.Kind.String())
			_, _ = w.Write(masked) // the client has gone
		}}, nil
	}
	return nil, lookup.ErrNotFound
}

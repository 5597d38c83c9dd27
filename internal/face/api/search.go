package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/query"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/saved"
	"pilotzone/internal/oversight/stats"
)

// ParcelPage is a page of parcels, the newest first.
type ParcelPage struct {
	Parcels []ParcelListed `json:"parcels"`
	Next    string         `json:"next,omitempty" doc:"Give it as cursor for the next page; none at the end."`
	Total   int64          `json:"total" doc:"How many parcels the filters choose."`
	Exact   bool           `json:"exact" doc:"The total is counted. Totals up to 10,000 always are; above they may be estimated."`
}

// ParcelListed is a parcel in a list.
type ParcelListed struct {
	ParcelSummary
	Country  string   `json:"country,omitempty" doc:"Customs' three digits (国别): where an export goes, where an import's main goods come from."`
	Goods    string   `json:"goods,omitempty" doc:"HS heading of its most valuable line (主要商品品目)."`
	Reasons  []string `json:"reasons" doc:"Codes of its newest status (原因代码)."`
	Value    string   `json:"value" doc:"Yuan: dutiable value of an import, lines in yuan of an export; 0.00 until it was decided."`
	Declared string   `json:"declared" format:"date-time" doc:"When the first list came."`
	Released string   `json:"released,omitempty" format:"date-time"`
}

// ParcelFilters are the filters of lists and figures of parcels. Filters are
// joined by and, the values of one by or.
type ParcelFilters struct {
	State      []string `query:"state,explode" doc:"waiting, concluded, review, inspection, detained, returned, refused, released, closed, withdrawn, deleted or expired."`
	Status     []string `query:"status,explode" doc:"Newest receipt status (回执状态)."`
	Reason     []string `query:"reason,explode" doc:"Codes of the newest status (原因代码)."`
	From       string   `query:"from" doc:"First Beijing day of the first list." example:"2026-11-01"`
	To         string   `query:"to" doc:"Last day." example:"2026-11-30"`
	Direction  string   `query:"direction" doc:"import or export."`
	Mode       []string `query:"mode,explode" doc:"tradeMode (监管方式)."`
	Customs    []string `query:"customs,explode" doc:"Districts (申报海关)."`
	Country    []string `query:"country,explode" doc:"Customs' three digits."`
	Goods      []string `query:"goods,explode" doc:"HS chapters or headings of the main goods."`
	Enterprise []string `query:"enterprise,explode" doc:"Enterprises that have a part in it."`
	Merchant   []string `query:"merchant,explode" doc:"ebcCode."`
	Least      string   `query:"least" doc:"Least value, yuan."`
	Most       string   `query:"most" doc:"Greatest value, yuan."`
}

// values are the filters as they stand in an address.
func (f *ParcelFilters) values() url.Values {
	q := url.Values{query.State: f.State, query.Status: f.Status, query.ReasonCode: f.Reason, query.Mode: f.Mode, query.Customs: f.Customs, query.Country: f.Country,
		query.Goods: f.Goods, query.Enterprise: f.Enterprise, query.Merchant: f.Merchant}
	for name, v := range map[string]string{query.From: f.From, query.To: f.To, query.Direction: f.Direction, query.Least: f.Least, query.Most: f.Most} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return q
}

// filter reads filters within the reach of a permission.
func filter(ctx context.Context, need access.Permission, q url.Values) (lookup.Filter, error) {
	f, faults := query.Parcels(q)
	if len(faults) > 0 {
		v := faults[0]
		return f, problem(422, "filter", v.ZH+"："+v.Name, v.EN+": "+v.Name, v.FixZH, v.FixEN)
	}
	f.Within = query.Reach(ctx, need)
	return f, nil
}

type parcelsInput struct {
	Number string `query:"number" maxLength:"80" doc:"Any number: order, payment, waybill, copNo, preNo, invtNo or parcel."`
	ParcelFilters
	Cursor string `query:"cursor" maxLength:"20" doc:"next of the page before."`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"1000"`
}

type parcelsOutput struct{ Body ParcelPage }

func (s *Server) addSearch() {
	add(s, huma.Operation{OperationID: "list-parcels", Method: http.MethodGet, Path: "/v1/parcels", Tags: []string{"parcels"},
		Summary: "Parcels by any filters, the newest first / 按条件查询包裹", Errors: []int{422, 503}}, access.ParcelRead, s.parcels)
	add(s, huma.Operation{OperationID: "get-figures", Method: http.MethodGet, Path: "/v1/figures", Tags: []string{"figures"},
		Summary:     "Figures of parcels by day of their first list / 统计数据",
		Description: "Each figure is how many parcels `GET /v1/parcels` lists under the same filters and its value.", Errors: []int{422, 503}}, access.StatsRead, s.figures)
	add(s, huma.Operation{OperationID: "get-rejections", Method: http.MethodGet, Path: "/v1/rejections", Tags: []string{"figures"},
		Summary: "What was refused, by reason, with the way to mend it / 退单原因", Errors: []int{422, 503}}, access.StatsRead, s.rejections)
	add(s, huma.Operation{OperationID: "list-saved-searches", Method: http.MethodGet, Path: "/v1/saved-searches", Tags: []string{"parcels"},
		Summary: "The caller's saved searches / 已存查询", Errors: []int{503}}, access.ParcelRead, s.savedSearches)
	add(s, huma.Operation{OperationID: "save-search", Method: http.MethodPost, Path: "/v1/saved-searches", Tags: []string{"parcels"}, DefaultStatus: http.StatusNoContent,
		Summary: "Save a search under a name / 保存查询", Errors: []int{422, 503}}, access.ParcelRead, s.saveSearch)
	add(s, huma.Operation{OperationID: "delete-saved-search", Method: http.MethodDelete, Path: "/v1/saved-searches/{name}", Tags: []string{"parcels"}, DefaultStatus: http.StatusNoContent,
		Summary: "Delete a saved search / 删除已存查询", Errors: []int{503}}, access.ParcelRead, s.deleteSearch)
}

func (s *Server) parcels(ctx context.Context, in *parcelsInput) (*parcelsOutput, error) {
	q := in.values()
	if in.Number != "" {
		q.Set(query.Number, in.Number)
	}
	f, err := filter(ctx, access.ParcelRead, q)
	if err != nil {
		return nil, err
	}
	page := lookup.Page{Limit: in.Limit}
	if in.Cursor != "" {
		if page.Before, err = strconv.ParseUint(in.Cursor, 10, 63); err != nil || page.Before == 0 {
			return nil, problem(422, "cursor", "游标无效", "the cursor is not one of ours", "原样使用上次返回的 next", "give back next of the last answer unchanged")
		}
	}
	found, err := s.zone.Lookup.List(ctx, f, page)
	if err != nil {
		return nil, err
	}
	out := &parcelsOutput{Body: ParcelPage{Parcels: make([]ParcelListed, len(found.Parcels)), Total: found.Total.N, Exact: found.Total.Exact}}
	for i := range found.Parcels {
		out.Body.Parcels[i] = listed(&found.Parcels[i])
	}
	if found.Next != 0 {
		out.Body.Next = strconv.FormatUint(found.Next, 10)
	}
	return out, nil
}

func listed(p *lookup.Parcel) ParcelListed {
	v := ParcelListed{ParcelSummary: summary(p), Country: p.Country, Goods: p.Goods, Reasons: p.Reasons, Value: p.Value.String(), Declared: stamp(p.Declared)}
	if v.Reasons == nil {
		v.Reasons = []string{}
	}
	if p.Released != 0 {
		v.Released = stamp(p.Released)
	}
	return v
}

// Figures are counts of parcels (统计).
type Figures struct {
	Facets  map[string][]Figure `json:"facets" doc:"By facet, the most frequent value first."`
	Times   []ReleaseTimes      `json:"release_times" doc:"How long parcels took from their first list to their release (放行时长)."`
	At      string              `json:"at,omitempty" format:"date-time" doc:"Time of the last decision that is in the figures."`
	Decided uint64              `json:"decision" doc:"That decision."`
}

// Figure is one count.
type Figure struct {
	Value   string `json:"value" doc:"As the filter of the same name takes it."`
	Parcels int64  `json:"parcels"`
	Yuan    string `json:"yuan" doc:"What they are worth."`
}

// ReleaseTimes are percentiles of one direction, in seconds; at most an eighth too
// long.
type ReleaseTimes struct {
	Direction string  `json:"direction" enum:"import,export"`
	Parcels   int64   `json:"parcels"`
	P50       float64 `json:"p50"`
	P90       float64 `json:"p90"`
	P99       float64 `json:"p99"`
}

type figuresInput struct {
	From  string   `query:"from" doc:"First Beijing day; today if left out." example:"2026-11-22"`
	To    string   `query:"to" doc:"Last day; from if left out."`
	State []string `query:"state,explode" doc:"Only parcels in these states."`
	By    []string `query:"by,explode" enum:"direction,mode,state,status,customs,country,reason,merchant,goods,slot,release_slot" doc:"Facets; direction, mode and state if left out."`
}

type figuresOutput struct{ Body Figures }

// asked reads days and states; a day that is left out is today.
func (s *Server) asked(ctx context.Context, from, to string, states []string) (stats.Query, error) {
	f, err := filter(ctx, access.StatsRead, url.Values{query.From: {from}, query.To: {to}, query.State: states})
	q := stats.Query{Within: f.Within, From: f.From, To: f.To, States: f.States}
	if q.From == 0 {
		q.From = clock.DayOf(s.zone.Config.Clock.Now())
	}
	if q.To == 0 {
		q.To = q.From
	}
	return q, err
}

func (s *Server) figures(ctx context.Context, in *figuresInput) (*figuresOutput, error) {
	q, err := s.asked(ctx, in.From, in.To, in.State)
	if err != nil {
		return nil, err
	}
	facets := facetsOf(in.By)
	if slices.Contains(facets, lookup.ByMerchant) && !access.Of(ctx).May(access.EnterpriseRead) {
		return nil, problem(403, "not_allowed", "无权查看按企业的统计", "figures by enterprise are for those who may see filings", "去掉 by=merchant", "leave by=merchant out")
	}
	found, err := s.zone.Stats.Figures(ctx, s.zone.Lookup, q, append(facets, lookup.ByTime)...)
	if err != nil {
		return nil, err
	}
	end, err := s.zone.Stats.End(ctx)
	if err != nil {
		return nil, err
	}
	out := &figuresOutput{Body: Figures{Facets: make(map[string][]Figure), Decided: end.Seq}}
	if end.Seq != 0 {
		out.Body.At = end.At.Format(time.RFC3339)
	}
	for _, facet := range facets {
		list := make([]Figure, len(found[facet]))
		for i, c := range found[facet] {
			list[i] = Figure{facetValue(facet, c.Value), c.N, c.Fen.String()}
		}
		out.Body.Facets[facet.String()] = list
	}
	for _, d := range []clearance.Direction{clearance.Import, clearance.Export} {
		t := stats.TimesOf(found[lookup.ByTime], d)
		out.Body.Times = append(out.Body.Times, ReleaseTimes{facetValue(lookup.ByDirection, string(rune(d))), t.N, t.Percentile(50).Seconds(), t.Percentile(90).Seconds(), t.Percentile(99).Seconds()})
	}
	return out, nil
}

// facetsOf are the facets of some names.
func facetsOf(names []string) (out []lookup.Facet) {
	if len(names) == 0 {
		names = []string{"direction", "mode", "state"}
	}
	for _, f := range lookup.Facets() {
		for _, n := range names {
			if f.String() == n {
				out = append(out, f)
				break
			}
		}
	}
	return out
}

// facetValue is a value as its filter takes it.
func facetValue(f lookup.Facet, v string) string {
	if f != lookup.ByDirection {
		return v
	}
	if v == string(rune(clearance.Export)) {
		return "export"
	}
	return "import"
}

// Rejection is one reason and what it stopped.
type Rejection struct {
	ReasonText
	Official  bool   `json:"official" doc:"Customs' own code; else the platform's."`
	Parcels   int64  `json:"parcels" doc:"Lists refused for it (退单)."`
	Yuan      string `json:"yuan" doc:"What they are worth."`
	Documents int64  `json:"documents" doc:"Documents refused for it that left no trace in a parcel."`
}

type rejectionsInput struct {
	From string `query:"from" doc:"First Beijing day; today if left out."`
	To   string `query:"to" doc:"Last day; from if left out."`
}

type rejectionsOutput struct {
	Body struct {
		Reasons []Rejection `json:"reasons"`
	}
}

func (s *Server) rejections(ctx context.Context, in *rejectionsInput) (*rejectionsOutput, error) {
	q, err := s.asked(ctx, in.From, in.To, []string{clearance.Refused.String(), clearance.Expired.String()})
	if err != nil {
		return nil, err
	}
	parcels, err := s.zone.Stats.Figures(ctx, s.zone.Lookup, q, lookup.ByReason)
	if err != nil {
		return nil, err
	}
	documents, err := s.zone.Stats.Refused(ctx, s.zone.Lookup, q)
	if err != nil {
		return nil, err
	}
	out := &rejectionsOutput{}
	at := make(map[string]int)
	row := func(code string) *Rejection {
		i, ok := at[code]
		if !ok {
			i = len(out.Body.Reasons)
			at[code] = i
			c := lookup.Explain(code)
			out.Body.Reasons = append(out.Body.Reasons, Rejection{ReasonText: ReasonText{code, c.ZH, c.EN, c.FixZH, c.FixEN}, Official: c.Official, Yuan: "0.00"})
		}
		return &out.Body.Reasons[i]
	}
	for _, c := range parcels[lookup.ByReason] {
		v := row(c.Value)
		v.Parcels, v.Yuan = c.N, c.Fen.String()
	}
	for _, c := range documents {
		row(c.Value).Documents = c.N
	}
	if out.Body.Reasons == nil {
		out.Body.Reasons = []Rejection{}
	}
	return out, nil
}

// SavedSearch is a search that the caller saved.
type SavedSearch struct {
	Name  string `json:"name" minLength:"1" maxLength:"40" example:"待补单"`
	Query string `json:"query" maxLength:"2000" doc:"Filters as GET /v1/parcels takes them." example:"state=waiting&mode=9610"`
}

type savedOutput struct {
	Body struct {
		Searches []SavedSearch `json:"searches"`
	}
}

// parcelList is the list of parcels among the saved searches.
const parcelList = "parcels"

func (s *Server) savedSearches(ctx context.Context, _ *struct{}) (*savedOutput, error) {
	list, err := s.zone.Saved.List(ctx, caller(ctx), parcelList)
	out := &savedOutput{}
	out.Body.Searches = make([]SavedSearch, len(list))
	for i, v := range list {
		out.Body.Searches[i] = SavedSearch{v.Name, v.Query}
	}
	return out, err
}

func (s *Server) saveSearch(ctx context.Context, in *struct{ Body SavedSearch }) (*struct{}, error) {
	err := s.zone.Saved.Save(ctx, caller(ctx), parcelList, in.Body.Name, in.Body.Query)
	var f *saved.Fault
	if errors.As(err, &f) {
		return nil, problem(422, "saved_search", f.ZH, f.EN, f.FixZH, f.FixEN)
	}
	return nil, err
}

func (s *Server) deleteSearch(ctx context.Context, in *struct {
	Name string `path:"name" maxLength:"160"`
}) (*struct{}, error) {
	return nil, s.zone.Saved.Delete(ctx, caller(ctx), parcelList, in.Name)
}

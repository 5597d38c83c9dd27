package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/growth/park"
	"pilotzone/internal/kernel/access"
)

// RecognitionWork is what an office has to look at of recognitions.
type RecognitionWork struct {
	Applications []RecognitionApplication `json:"applications"`
	Watched      []RecognitionText        `json:"watched" doc:"Flagged, warned, or ending within three months."`
}

// RecognitionApplication is an application for recognition (认定申请).
type RecognitionApplication struct {
	Matter    string `json:"matter"`
	Place     string `json:"place"`
	Program   string `json:"program"`
	Year      int    `json:"year"`
	State     string `json:"state" doc:"taken, announced."`
	Holds     string `json:"holds" doc:"Its conditions on the figures as handed in: yes, no, unknown."`
	Published string `json:"published,omitempty"`
	Ends      string `json:"ends,omitempty" doc:"Last day of the publication."`
}

// RecognitionText is what a place has been recognised as (认定).
type RecognitionText struct {
	Number   int64  `json:"number"`
	Place    string `json:"place"`
	Program  string `json:"program"`
	Grade    string `json:"grade"`
	State    string `json:"state" doc:"valid, warned, removed, expired, renewed."`
	Since    string `json:"since"`
	Until    string `json:"until,omitempty"`
	Ended    string `json:"ended,omitempty"`
	MendBy   string `json:"mend_by,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Flagged  string `json:"flagged,omitempty" doc:"Since when its conditions hold no more."`
	Revision uint64 `json:"revision"`
}

func recognitionText(r *park.Recognition) RecognitionText {
	return RecognitionText{Number: r.Number, Place: r.Place, Program: r.Program, Grade: string(r.Grade), State: string(r.State), Since: dayText(r.Since), Until: dayText(r.Until), Ended: dayText(r.Ended),
		MendBy: dayText(r.MendBy), Reason: r.Reason, Flagged: dayText(r.Flagged), Revision: r.Revision}
}

func applicationText(a *park.Application) RecognitionApplication {
	return RecognitionApplication{Matter: a.Matter, Place: a.Place, Program: a.Program, Year: a.Year, State: string(a.State), Holds: a.Far.Holds.String(), Published: dayText(a.Published), Ends: dayText(a.Ends)}
}

type recognitionWorkOutput struct{ Body RecognitionWork }

func (s *Server) recognitionWork(ctx context.Context, _ *struct{}) (*recognitionWorkOutput, error) {
	out := &recognitionWorkOutput{RecognitionWork{Applications: []RecognitionApplication{}, Watched: []RecognitionText{}}}
	list, err := s.zone.Park.Applications(ctx)
	if err != nil {
		return nil, ofPark(err)
	}
	for _, a := range list {
		out.Body.Applications = append(out.Body.Applications, applicationText(a))
	}
	if access.Of(ctx).Scope(access.ParkRead) != access.Zone {
		return out, nil
	}
	watched, err := s.zone.Park.Worklist(ctx)
	for _, r := range watched {
		out.Body.Watched = append(out.Body.Watched, recognitionText(r))
	}
	return out, ofPark(err)
}

type recognitionListOutput struct {
	Body struct {
		Recognitions []RecognitionText `json:"recognitions"`
	}
}

func (s *Server) placeRecognitions(ctx context.Context, in *PlacePath) (*recognitionListOutput, error) {
	list, err := s.zone.Park.Recognitions(ctx, in.ID)
	out := &recognitionListOutput{}
	out.Body.Recognitions = []RecognitionText{}
	for _, r := range list {
		out.Body.Recognitions = append(out.Body.Recognitions, recognitionText(r))
	}
	return out, ofPark(err)
}

type publicationListOutput struct {
	Body struct {
		Publications []RecognitionApplication `json:"publications"`
	}
}

func (s *Server) recognitionPublications(ctx context.Context, _ *struct{}) (*publicationListOutput, error) {
	list, err := s.zone.Park.Publications(ctx)
	out := &publicationListOutput{}
	out.Body.Publications = []RecognitionApplication{}
	for _, a := range list {
		out.Body.Publications = append(out.Body.Publications, applicationText(a))
	}
	return out, ofPark(err)
}

func (s *Server) addParks() {
	op := placeOperation
	add(s, op("list-places", http.MethodGet, "/v1/places", "Parks, belts, centres, incubators, warehouses, nodes / 园区与场所"), access.Public, s.places)
	add(s, op("get-place", http.MethodGet, "/v1/places/{place}", "A place / 一处场所"), access.Public, s.onePlace)
	add(s, op("put-place", http.MethodPut, "/v1/places/{place}", "Enter or change a place / 登记或变更场所"), access.ListingEdit, s.putPlace)
	add(s, op("list-place-members", http.MethodGet, "/v1/places/{place}/members", "Members of a place over time / 入驻企业"), access.FigureRead, s.placeMembers)
	add(s, op("offer-membership", http.MethodPost, "/v1/places/{place}/members", "Offer a membership / 邀请入驻"), access.ListingEdit, s.offerMembership)
	add(s, op("list-memberships", http.MethodGet, "/v1/memberships", "Memberships of one's own / 本企业的入驻"), access.FigureRead, s.memberships)
	add(s, op("answer-membership", http.MethodPost, "/v1/memberships/{membership}/answer", "Accept or decline an offer / 确认或拒绝入驻"), access.ConsentGive, s.answerMembership)
	add(s, op("end-membership", http.MethodPost, "/v1/memberships/{membership}/end", "End a membership, or take an offer back / 结束入驻"), access.ListingEdit, s.endMembership)
	add(s, op("get-place-figures", http.MethodGet, "/v1/places/{place}/figures", "Figures of a place / 场所指标"), access.FigureRead, s.placeFigures)
	add(s, op("get-place-distances", http.MethodGet, "/v1/places/{place}/distances", "How far from recognition / 距认定还差"), access.FigureRead, s.distances)
	add(s, op("list-place-recognitions", http.MethodGet, "/v1/places/{place}/recognitions", "Recognitions of a place / 场所的认定"), access.Public, s.placeRecognitions)
	add(s, op("list-factories", http.MethodGet, "/v1/factories", "Source factories as published / 源头工厂名录"), access.Public, s.factories)
	add(s, op("list-displayed-goods", http.MethodGet, "/v1/displayed-goods", "Goods on display and in online zones / 展品目录"), access.Public, s.goods)
	add(s, op("display-goods", http.MethodPost, "/v1/places/{place}/goods", "Put goods on display / 展品上架"), access.ListingEdit, s.displayGoods)
	add(s, op("list-recognition-work", http.MethodGet, "/v1/recognitions", "Recognitions to look at / 认定工作台"), access.ParkRead, s.recognitionWork)
	add(s, op("list-recognition-publications", http.MethodGet, "/v1/recognition-publications", "Applications under publication / 认定公示"), access.Public, s.recognitionPublications)
}

func placeOperation(id, method, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"places"}, Summary: summary, Errors: []int{403, 404, 409, 412, 422, 503}}
}

package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/growth/cultivation/attract"
	"pilotzone/internal/growth/cultivation/booking"
	"pilotzone/internal/growth/cultivation/event"
	"pilotzone/internal/growth/cultivation/fair"
	"pilotzone/internal/growth/cultivation/matching"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// Names of the rooms' records in the document, where two rooms have one of the same
// name.
type (
	// BoothApplication is an application for booths (摊位申请).
	BoothApplication fair.Application
	// BoothAsk is what is asked for.
	BoothAsk fair.Ask
	// BookingAsk is a booking asked for.
	BookingAsk booking.Ask
	// LeadMove is a step of a lead.
	LeadMove attract.Move
)

// Bodies of what is asked of the rooms.
type (
	// EventPlace is who wants a place at an event.
	EventPlace struct {
		Party string `json:"party,omitempty" maxLength:"64" doc:"For whom; the caller's own if left out."`
		Name  string `json:"name" maxLength:"60" doc:"Who comes; stored sealed."`
	}
	// EventCode is a check-in code (签到码).
	EventCode struct {
		Code string `json:"code" maxLength:"8"`
	}
	// MarketPair is a demand and an offer.
	MarketPair struct {
		Demand int64 `json:"demand"`
		Offer  int64 `json:"offer"`
	}
	// MarketAnswer agrees to an introduction or declines it.
	MarketAnswer struct {
		Yes bool `json:"yes"`
	}
	// MarketDeal is a deal that was closed (成交).
	MarketDeal struct {
		Value money.Fen `json:"value" doc:"Yuan."`
		Day   clock.Day `json:"day" doc:"Signed on."`
	}
)

// items is a list as it is answered.
type items[T any] struct{ Body ItemList[T] }

// ItemList is a list of records (列表).
type ItemList[T any] struct {
	Items []T `json:"items"`
}

// item is one record as it is answered.
type item[T any] struct{ Body T }

func listOf[T any](list []T, err error) (*items[T], error) {
	out := &items[T]{}
	out.Body.Items = list
	if list == nil {
		out.Body.Items = []T{}
	}
	return out, err
}

func oneOf[T any](v *T, err error) (*item[T], error) {
	if err != nil {
		return nil, err
	}
	return &item[T]{*v}, nil
}

// none is the input of an operation that takes nothing.
type none struct{}

// NumberPath names a record in a path.
type NumberPath struct {
	ID int64 `path:"id" minimum:"1"`
}

// sentTo is a body for a record.
type sentTo[T any] struct {
	NumberPath
	Body T
}

// sentBody is a body.
type sentBody[T any] struct{ Body T }

// cultivate registers an operation of a room of cultivation.
func cultivate[I, O any](s *Server, method, id, path, summary string, need access.Permission, h func(context.Context, *I) (*O, error)) {
	op := huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"cultivation"}, Summary: summary, Errors: []int{403, 404, 409, 422}}
	add(s, op, need, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		return out, ofCultivation(err)
	})
}

// ofCultivation puts a refusal of the rooms into a problem.
func ofCultivation(err error) error {
	var r *cultivation.Refusal
	if !errors.As(err, &r) {
		return err
	}
	status := map[cultivation.Cause]int{cultivation.CauseMissing: 404, cultivation.CauseDenied: 403, cultivation.CauseConflict: 409}[r.Cause]
	if status == 0 {
		status = 422
	}
	return problem(status, r.Code, r.ZH, r.EN, r.FixZH, r.FixEN)
}

func (s *Server) addCultivation() {
	s.addEvents()
	s.addBookings()
	s.addFairs()
	s.addLeads()
	s.addMatching()
	s.addTalent()
	s.addRepository()
	s.addSelfChecks()
}

func (s *Server) addEvents() {
	room := s.zone.Cultivation.Events
	cultivate(s, http.MethodGet, "list-events", "/v1/events", "Events that are to come / 近期活动", access.Public, func(ctx context.Context, _ *none) (*items[event.Event], error) {
		return listOf(room.Events(ctx, s.zone.Config.Clock.Now(), 500))
	})
	cultivate(s, http.MethodPost, "announce-event", "/v1/events", "Announce an event / 发布活动", access.ParkManage, func(ctx context.Context, in *sentBody[event.Event]) (*item[event.Event], error) {
		return oneOf(room.Hold(ctx, in.Body))
	})
	cultivate(s, http.MethodPost, "register-for-event", "/v1/events/{id}/registrations", "Register, or wait for a place / 报名或候补", access.BookingMake, func(ctx context.Context, in *sentTo[EventPlace]) (*item[event.Registration], error) {
		return oneOf(room.Register(ctx, in.ID, in.Body.Party, in.Body.Name))
	})
	cultivate(s, http.MethodGet, "list-registrations", "/v1/events/{id}/registrations", "Registrations: one's own, all for who holds it / 报名名单", access.BookingMake, func(ctx context.Context, in *NumberPath) (*items[event.Registration], error) {
		return listOf(room.Registrations(ctx, in.ID))
	})
	cultivate(s, http.MethodPost, "check-in", "/v1/events/{id}/check-in", "Somebody has come / 签到", access.ParkManage, func(ctx context.Context, in *sentTo[EventCode]) (*item[event.Registration], error) {
		return oneOf(room.CheckIn(ctx, in.ID, in.Body.Code))
	})
	cultivate(s, http.MethodDelete, "cancel-registration", "/v1/events/{id}/registrations/{number}", "Give a place back / 取消报名", access.BookingMake, func(ctx context.Context, in *struct {
		NumberPath
		Number int64 `path:"number"`
	}) (*struct{}, error) {
		return nil, room.Cancel(ctx, in.ID, in.Number)
	})
}

func (s *Server) addBookings() {
	room := s.zone.Cultivation.Bookings
	cultivate(s, http.MethodGet, "list-resources", "/v1/resources", "What can be booked / 可预约资源", access.BookingMake, func(ctx context.Context, in *struct {
		Kind string `query:"kind" enum:"workstation,live-room,mentor,meeting-room"`
	}) (*items[booking.Resource], error) {
		return listOf(room.Resources(ctx, booking.Kind(in.Kind), false))
	})
	cultivate(s, http.MethodPost, "open-resource", "/v1/resources", "Open something to be booked / 开放资源", access.ParkManage, func(ctx context.Context, in *sentBody[booking.Resource]) (*item[booking.Resource], error) {
		in.Body.ID = 0
		return oneOf(room.Save(ctx, in.Body))
	})
	cultivate(s, http.MethodPut, "change-resource", "/v1/resources/{id}", "Change what can be booked / 修改资源", access.ParkManage, func(ctx context.Context, in *sentTo[booking.Resource]) (*item[booking.Resource], error) {
		in.Body.ID = in.ID
		return oneOf(room.Save(ctx, in.Body))
	})
	cultivate(s, http.MethodGet, "list-slots", "/v1/resources/{id}/slots", "Slots of a day with what is free / 时段与空余", access.BookingMake, func(ctx context.Context, in *struct {
		NumberPath
		Day string `query:"day" doc:"YYYY-MM-DD; today if left out."`
	}) (*items[booking.Slot], error) {
		day, err := dayOr(in.Day, s.zone.Config.Clock.Now())
		if err != nil {
			return nil, err
		}
		return listOf(room.Day(ctx, in.ID, day))
	})
	cultivate(s, http.MethodPost, "book", "/v1/bookings", "Book slots / 预约", access.BookingMake, func(ctx context.Context, in *sentBody[BookingAsk]) (*item[booking.Booking], error) {
		return oneOf(room.Book(ctx, booking.Ask(in.Body)))
	})
	cultivate(s, http.MethodGet, "list-bookings", "/v1/bookings", "Bookings that one made or keeps the resource of / 预约记录", access.BookingMake, func(ctx context.Context, _ *none) (*items[booking.Booking], error) {
		return listOf(room.Bookings(ctx, s.zone.Config.Clock.Now().Add(-30*24*time.Hour), 500))
	})
	cultivate(s, http.MethodDelete, "cancel-booking", "/v1/bookings/{id}", "Give the slots back / 取消预约", access.BookingMake, func(ctx context.Context, in *NumberPath) (*item[booking.Booking], error) {
		return oneOf(room.Cancel(ctx, in.ID))
	})
}

func (s *Server) addFairs() {
	room := s.zone.Cultivation.Fairs
	cultivate(s, http.MethodGet, "list-fairs", "/v1/fairs", "Fairs of the last year and to come / 展会", access.BookingMake, func(ctx context.Context, _ *none) (*items[fair.Fair], error) {
		return listOf(room.Fairs(ctx, s.today().AddMonths(-12)))
	})
	cultivate(s, http.MethodPost, "announce-fair", "/v1/fairs", "Announce a fair with its booths / 发布展会", access.Cultivate, func(ctx context.Context, in *sentBody[fair.Fair]) (*item[fair.Fair], error) {
		return oneOf(room.Open(ctx, in.Body))
	})
	cultivate(s, http.MethodPost, "apply-for-booths", "/v1/fairs/{id}/applications", "Apply for booths / 申请摊位", access.BookingMake, func(ctx context.Context, in *sentTo[BoothAsk]) (*item[BoothApplication], error) {
		a, err := room.Apply(ctx, in.ID, fair.Ask(in.Body))
		return oneOf((*BoothApplication)(a), err)
	})
	cultivate(s, http.MethodGet, "list-booth-applications", "/v1/fairs/{id}/applications", "Applications with ranks: all once published / 申请与名次", access.BookingMake, func(ctx context.Context, in *NumberPath) (*items[BoothApplication], error) {
		list, err := room.Applications(ctx, in.ID)
		out := make([]BoothApplication, len(list))
		for i := range list {
			out[i] = BoothApplication(list[i])
		}
		return listOf(out, err)
	})
	cultivate(s, http.MethodPost, "allocate-booths", "/v1/fairs/{id}/allocation", "Score, allocate and publish / 评分并公布分配", access.Cultivate, func(ctx context.Context, in *NumberPath) (*item[fair.Fair], error) {
		if err := room.Allocate(ctx, in.ID); err != nil {
			return nil, err
		}
		return oneOf(room.Fair(ctx, in.ID))
	})
	cultivate(s, http.MethodDelete, "withdraw-booth-application", "/v1/booth-applications/{id}", "Withdraw; who waits moves up / 退出申请", access.BookingMake, func(ctx context.Context, in *NumberPath) (*struct{}, error) {
		return nil, room.Withdraw(ctx, in.ID)
	})
}

func (s *Server) addLeads() {
	room := s.zone.Cultivation.Attract
	cultivate(s, http.MethodGet, "list-leads", "/v1/leads", "Leads of the attraction pipeline / 招引项目", access.Cultivate, func(ctx context.Context, in *struct {
		Stage string `query:"stage" enum:"lead,talks,signed,registered,operating,lost"`
	}) (*items[attract.Project], error) {
		return listOf(room.Projects(ctx, attract.Stage(in.Stage)))
	})
	cultivate(s, http.MethodPost, "add-lead", "/v1/leads", "Enter a lead / 登记线索", access.Cultivate, func(ctx context.Context, in *sentBody[attract.Project]) (*item[attract.Project], error) {
		in.Body.ID = 0
		return oneOf(room.Save(ctx, in.Body))
	})
	cultivate(s, http.MethodPut, "change-lead", "/v1/leads/{id}", "Change a lead / 修改项目", access.Cultivate, func(ctx context.Context, in *sentTo[attract.Project]) (*item[attract.Project], error) {
		in.Body.ID = in.ID
		return oneOf(room.Save(ctx, in.Body))
	})
	cultivate(s, http.MethodPost, "move-lead", "/v1/leads/{id}/stage", "Move a lead to a stage / 推进阶段", access.Cultivate, func(ctx context.Context, in *sentTo[LeadMove]) (*item[attract.Project], error) {
		return oneOf(room.Move(ctx, in.ID, attract.Move(in.Body)))
	})
}

func (s *Server) addMatching() {
	room := s.zone.Cultivation.Matching
	cultivate(s, http.MethodGet, "list-market", "/v1/market", "Demands and offers / 供需信息", access.ListingEdit, func(ctx context.Context, in *struct {
		Side string `query:"side" enum:"demand,offer"`
		Mine bool   `query:"mine" doc:"One's own alone, closed ones too."`
	}) (*items[matching.Listing], error) {
		return listOf(room.Listings(ctx, matching.Side(in.Side), in.Mine))
	})
	cultivate(s, http.MethodPost, "add-to-market", "/v1/market", "Put up a demand or an offer / 发布供需", access.ListingEdit, func(ctx context.Context, in *sentBody[matching.Listing]) (*item[matching.Listing], error) {
		return oneOf(room.List(ctx, in.Body))
	})
	cultivate(s, http.MethodGet, "list-matches", "/v1/market/{id}/matches", "What fits, with reasons / 匹配及理由", access.ListingEdit, func(ctx context.Context, in *NumberPath) (*items[matching.Match], error) {
		return listOf(room.Matches(ctx, in.ID))
	})
	cultivate(s, http.MethodPost, "propose-introduction", "/v1/introductions", "Propose an introduction / 发起对接", access.ListingEdit, func(ctx context.Context, in *sentBody[MarketPair]) (*item[matching.Introduction], error) {
		return oneOf(room.Propose(ctx, in.Body.Demand, in.Body.Offer))
	})
	cultivate(s, http.MethodGet, "list-introductions", "/v1/introductions", "Introductions of one's sides / 对接", access.ListingEdit, func(ctx context.Context, _ *none) (*items[matching.Introduction], error) {
		return listOf(room.Introductions(ctx))
	})
	cultivate(s, http.MethodPost, "answer-introduction", "/v1/introductions/{id}/answer", "Agree or decline for one's side / 同意或谢绝", access.ListingEdit, func(ctx context.Context, in *sentTo[MarketAnswer]) (*item[matching.Introduction], error) {
		return oneOf(room.Answer(ctx, in.ID, in.Body.Yes))
	})
	cultivate(s, http.MethodPost, "record-meeting", "/v1/introductions/{id}/meetings", "Record a meeting / 登记洽谈", access.ListingEdit, func(ctx context.Context, in *sentTo[matching.Meeting]) (*item[matching.Introduction], error) {
		return oneOf(room.Meet(ctx, in.ID, in.Body))
	})
	cultivate(s, http.MethodPost, "name-deal", "/v1/introductions/{id}/deals", "Name a deal; the other side confirms it / 登记成交", access.ListingEdit, func(ctx context.Context, in *sentTo[MarketDeal]) (*item[matching.Introduction], error) {
		return oneOf(room.Deal(ctx, in.ID, in.Body.Value, in.Body.Day))
	})
	cultivate(s, http.MethodPost, "confirm-deal", "/v1/introductions/{id}/deals/{number}/confirmation", "Confirm a deal / 确认成交", access.ListingEdit, func(ctx context.Context, in *struct {
		NumberPath
		Number int64 `path:"number"`
	}) (*item[matching.Introduction], error) {
		return oneOf(room.Confirm(ctx, in.ID, in.Number))
	})
}

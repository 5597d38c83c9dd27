package api

import (
	"context"
	"strings"

	"pilotzone/internal/growth/park"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

type placeListInput struct {
	Kind   string `query:"kind" doc:"Kinds, a comma between."`
	County string `query:"county" maxLength:"6"`
	Text   string `query:"text" maxLength:"80"`
	Cursor string `query:"cursor" maxLength:"40" doc:"next of the page before."`
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"500"`
}

type placeListOutput struct {
	Body struct {
		Places []Place `json:"places"`
		Next   string  `json:"next,omitempty"`
	}
}

func (s *Server) places(ctx context.Context, in *placeListInput) (*placeListOutput, error) {
	q := park.Query{County: in.County, Text: in.Text, After: in.Cursor, Limit: in.Limit}
	for _, k := range strings.FieldsFunc(in.Kind, func(c rune) bool { return c == ',' }) {
		q.Kinds = append(q.Kinds, park.Kind(k))
	}
	list, err := s.zone.Park.List(ctx, q)
	if err != nil {
		return nil, ofPark(err)
	}
	grades, err := s.zone.Park.Grades(ctx)
	if err != nil {
		return nil, err
	}
	out := &placeListOutput{}
	out.Body.Places = []Place{}
	for _, p := range list {
		out.Body.Places = append(out.Body.Places, placeText(p, grades[p.ID]))
	}
	if n := len(list); n == in.Limit {
		out.Body.Next = list[n-1].ID
	}
	return out, nil
}

type placeOutput struct{ Body Place }

func (s *Server) onePlace(ctx context.Context, in *PlacePath) (*placeOutput, error) {
	p, err := s.zone.Park.Get(ctx, in.ID)
	if err != nil {
		return nil, ofPark(err)
	}
	g, err := s.zone.Park.GradeOf(ctx, p.ID)
	return &placeOutput{placeText(p, g)}, err
}

type placeInput struct {
	PlacePath
	Body Place
}

func (s *Server) putPlace(ctx context.Context, in *placeInput) (*placeOutput, error) {
	p, err := in.Body.place(in.ID)
	if err != nil {
		return nil, ofPark(err)
	}
	saved, err := s.zone.Park.Put(ctx, park.Change{Place: p, Was: in.Body.Revision})
	if err != nil {
		return nil, ofPark(err)
	}
	g, err := s.zone.Park.GradeOf(ctx, saved.ID)
	return &placeOutput{placeText(saved, g)}, err
}

type membershipListOutput struct {
	Body struct {
		Memberships []Membership `json:"memberships"`
	}
}

func membershipsOf(list []*park.Member, err error) (*membershipListOutput, error) {
	out := &membershipListOutput{}
	out.Body.Memberships = []Membership{}
	for _, m := range list {
		out.Body.Memberships = append(out.Body.Memberships, membershipText(m))
	}
	return out, ofPark(err)
}

func (s *Server) placeMembers(ctx context.Context, in *PlacePath) (*membershipListOutput, error) {
	return membershipsOf(s.zone.Park.Members(ctx, in.ID))
}

func (s *Server) memberships(ctx context.Context, _ *struct{}) (*membershipListOutput, error) {
	return membershipsOf(s.zone.Park.MineOf(ctx))
}

type membershipOutput struct{ Body Membership }

type offerInput struct {
	PlacePath
	Body struct {
		Enterprise string `json:"enterprise" maxLength:"10" doc:"Customs code of a filed enterprise."`
		Since      string `json:"since" format:"date"`
		Until      string `json:"until,omitempty" doc:"Last day, if it is known."`
		Space      int64  `json:"space_m2,omitempty" minimum:"0"`
		Room       string `json:"room,omitempty" maxLength:"60"`
		Note       string `json:"note,omitempty" maxLength:"300" doc:"What it makes or does."`
	}
}

func (s *Server) offerMembership(ctx context.Context, in *offerInput) (*membershipOutput, error) {
	since, err := clock.ParseDay(in.Body.Since)
	until := clock.Day(0)
	if err == nil && in.Body.Until != "" {
		until, err = clock.ParseDay(in.Body.Until)
	}
	if err != nil {
		return nil, problem(422, "date", "日期有误", "a date is not in order", "写成 2026-03-01", "write it as 2026-03-01")
	}
	m, err := s.zone.Park.Add(ctx, park.Offer{Place: in.ID, Enterprise: in.Body.Enterprise, Since: since, Until: until, Space: in.Body.Space, Room: in.Body.Room, Note: in.Body.Note})
	if err != nil {
		return nil, ofPark(err)
	}
	return &membershipOutput{membershipText(m)}, nil
}

type membershipAnswerInput struct {
	Number int64 `path:"membership" doc:"number of the membership."`
	Body   struct {
		Accept   bool   `json:"accept"`
		Share    bool   `json:"share,omitempty" doc:"Lets the operator see the enterprise's figures; can be withdrawn at any time."`
		Publish  bool   `json:"publish,omitempty" doc:"Lists a supplier among the source factories."`
		Revision uint64 `json:"revision"`
	}
}

func (s *Server) answerMembership(ctx context.Context, in *membershipAnswerInput) (*membershipOutput, error) {
	m, err := s.zone.Park.Answer(ctx, park.Answer{Number: in.Number, Was: in.Body.Revision, Yes: in.Body.Accept, Share: in.Body.Share, Publish: in.Body.Publish})
	if err != nil {
		return nil, ofPark(err)
	}
	return &membershipOutput{membershipText(m)}, nil
}

type membershipEndInput struct {
	Number int64 `path:"membership" doc:"number of the membership."`
	Body   struct {
		Until    string `json:"until,omitempty" doc:"Last day; left out where an offer is taken back."`
		Reason   string `json:"reason,omitempty" maxLength:"300"`
		Revision uint64 `json:"revision"`
	}
}

func (s *Server) endMembership(ctx context.Context, in *membershipEndInput) (*membershipOutput, error) {
	last := clock.Day(0)
	if in.Body.Until != "" {
		d, err := clock.ParseDay(in.Body.Until)
		if err != nil {
			return nil, problem(422, "date", "日期有误", "the date is not in order", "写成 2026-03-01", "write it as 2026-03-01")
		}
		last = d
	}
	m, err := s.zone.Park.Leave(ctx, in.Number, in.Body.Revision, last, in.Body.Reason)
	if err != nil {
		return nil, ofPark(err)
	}
	return &membershipOutput{membershipText(m)}, nil
}

type placeYearInput struct {
	PlacePath
	Year int `query:"year" minimum:"2016" maximum:"2099" doc:"This year if left out."`
}

func (s *Server) yearOr(year int) int {
	if year == 0 {
		return s.today().Year()
	}
	return year
}

type placeFiguresOutput struct {
	Body struct {
		Year    int           `json:"year"`
		Figures []PlaceFigure `json:"figures"`
	}
}

func (s *Server) placeFigures(ctx context.Context, in *placeYearInput) (*placeFiguresOutput, error) {
	out := &placeFiguresOutput{}
	out.Body.Year = s.yearOr(in.Year)
	figures, err := s.zone.Park.FiguresOf(ctx, in.ID, out.Body.Year)
	if err != nil {
		return nil, ofPark(err)
	}
	out.Body.Figures = placeFigures(figures)
	return out, nil
}

type distanceOutput struct {
	Body struct {
		Year      int        `json:"year"`
		Distances []Distance `json:"recognitions"`
	}
}

func (s *Server) distances(ctx context.Context, in *placeYearInput) (*distanceOutput, error) {
	out := &distanceOutput{}
	out.Body.Year, out.Body.Distances = s.yearOr(in.Year), []Distance{}
	p, err := s.zone.Park.Get(ctx, in.ID)
	if err != nil {
		return nil, ofPark(err)
	}
	if !s.zone.Park.Inside(ctx, p) {
		return nil, ofPark(park.ErrNotFound)
	}
	programs, err := s.zone.Park.Programs(p.Kind)
	if err != nil {
		return nil, err
	}
	for _, g := range programs {
		far, err := s.zone.Park.HowFar(ctx, p.ID, g.Item.ID, out.Body.Year)
		if err != nil {
			return nil, ofPark(err)
		}
		out.Body.Distances = append(out.Body.Distances, distanceText(g, far))
	}
	return out, nil
}

type factoryListInput struct {
	Belt string `query:"belt" maxLength:"40"`
	Text string `query:"text" maxLength:"80"`
}

type factoryListOutput struct {
	Body struct {
		Factories []Factory `json:"factories"`
	}
}

// Factory is a source factory as published (源头工厂).
type Factory struct {
	Enterprise string `json:"enterprise"`
	Name       string `json:"name"`
	Belt       string `json:"belt"`
	Makes      string `json:"makes,omitempty"`
	Since      string `json:"since"`
}

func (s *Server) factories(ctx context.Context, in *factoryListInput) (*factoryListOutput, error) {
	list, err := s.zone.Park.Factories(ctx, in.Belt, in.Text)
	out := &factoryListOutput{}
	out.Body.Factories = []Factory{}
	for _, f := range list {
		out.Body.Factories = append(out.Body.Factories, Factory{Enterprise: f.Enterprise, Name: f.Name, Belt: f.Belt, Makes: f.Note, Since: dayText(f.Since)})
	}
	return out, ofPark(err)
}

// DisplayedGoods are goods on display in a centre (展品).
type DisplayedGoods struct {
	Number   int64  `json:"number,omitempty" readOnly:"true"`
	Place    string `json:"place,omitempty" readOnly:"true"`
	Belt     string `json:"belt,omitempty" maxLength:"40"`
	Factory  string `json:"factory,omitempty" maxLength:"10" doc:"Customs code of a filed source factory."`
	Maker    string `json:"maker,omitempty" maxLength:"80" doc:"Its name, where it is not filed."`
	Title    string `json:"title" maxLength:"120"`
	HS       string `json:"hs" maxLength:"10"`
	Price    string `json:"price,omitempty" doc:"Yuan."`
	Unit     string `json:"unit,omitempty" maxLength:"20"`
	Online   bool   `json:"online,omitempty" doc:"In the online zone of its belt too."`
	Since    string `json:"since,omitempty" readOnly:"true"`
	Until    string `json:"until,omitempty"`
	Revision uint64 `json:"revision,omitempty" readOnly:"true"`
}

func goodsText(g *park.Goods) DisplayedGoods {
	t := DisplayedGoods{Number: g.Number, Place: g.Place, Belt: g.Belt, Factory: g.Factory, Maker: g.Maker, Title: g.Title, HS: g.HS, Unit: g.Unit, Online: g.Online, Since: dayText(g.Since), Until: dayText(g.Until), Revision: g.Revision}
	if g.Price > 0 {
		t.Price = g.Price.String()
	}
	return t
}

type goodsListInput struct {
	Place  string `query:"place" maxLength:"40"`
	Belt   string `query:"belt" maxLength:"40"`
	Text   string `query:"text" maxLength:"80"`
	Online bool   `query:"online" doc:"Those in online zones alone."`
}

type goodsListOutput struct {
	Body struct {
		Goods []DisplayedGoods `json:"goods"`
	}
}

func (s *Server) goods(ctx context.Context, in *goodsListInput) (*goodsListOutput, error) {
	list, err := s.zone.Park.GoodsOn(ctx, park.GoodsQuery{Place: in.Place, Belt: in.Belt, Text: in.Text, Online: in.Online})
	out := &goodsListOutput{}
	out.Body.Goods = []DisplayedGoods{}
	for _, g := range list {
		out.Body.Goods = append(out.Body.Goods, goodsText(g))
	}
	return out, ofPark(err)
}

type displayInput struct {
	PlacePath
	Body DisplayedGoods
}

type displayOutput struct{ Body DisplayedGoods }

func (s *Server) displayGoods(ctx context.Context, in *displayInput) (*displayOutput, error) {
	b := &in.Body
	g := park.Goods{Place: in.ID, Belt: b.Belt, Factory: b.Factory, Maker: b.Maker, Title: b.Title, HS: b.HS, Unit: b.Unit, Online: b.Online}
	var err error
	if b.Price != "" {
		g.Price, err = money.ParseFen(b.Price)
	}
	if err == nil && b.Until != "" {
		g.Until, err = clock.ParseDay(b.Until)
	}
	if err != nil {
		return nil, problem(422, "field", "价格或日期有误", "the price or the date is not in order", "价格以元、日期写成 2026-03-01", "write yuan, and the day as 2026-03-01")
	}
	shown, err := s.zone.Park.Display(ctx, g)
	if err != nil {
		return nil, ofPark(err)
	}
	return &displayOutput{goodsText(shown)}, nil
}

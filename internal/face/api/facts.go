package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
)

// FactText is a fact that subjects have (指标定义).
type FactText struct {
	Name     string     `json:"name" example:"turnover_year"`
	Title    WordsText  `json:"title"`
	Subjects []string   `json:"subjects" doc:"Kinds of subject that have it."`
	Type     string     `json:"type" enum:"bool,int,money,day,text"`
	Calibre  string     `json:"calibre,omitempty" doc:"Of trade; two calibres are never added up (口径)."`
	Unit     string     `json:"unit,omitempty"`
	Period   string     `json:"period" enum:"year,ever,point"`
	Computed bool       `json:"computed" doc:"The platform computes it; evidence may come beside it."`
	Evidence *WordsText `json:"evidence,omitempty" doc:"The paper that is asked; none: evidence is not taken."`
	Meaning  *WordsText `json:"meaning,omitempty"`
}

// FigureText is a figure of a subject (指标值).
type FigureText struct {
	Fact      string       `json:"fact"`
	Known     bool         `json:"known" doc:"What nobody knows is not nought."`
	Value     string       `json:"value,omitempty" doc:"All that counts; money in yuan."`
	Here      string       `json:"here,omitempty" doc:"Cleared here (本平台通关)."`
	Elsewhere string       `json:"elsewhere,omitempty" doc:"Registered here, cleared elsewhere, and by evidence (本地备案、异地通关)."`
	Origins   []OriginText `json:"origins,omitempty"`
}

// OriginText is one part of a figure (来源).
type OriginText struct {
	Here     bool   `json:"here"`
	ZH       string `json:"zh"`
	EN       string `json:"en"`
	Value    string `json:"value,omitempty"`
	Open     string `json:"open,omitempty" doc:"Page that shows what it is made of."`
	Reviewed string `json:"reviewed,omitempty"`
	Document string `json:"document,omitempty"`
	Aside    bool   `json:"aside,omitempty" doc:"Shown and not counted."`
}

type factsOutput struct {
	Body struct {
		Facts []FactText `json:"facts"`
	}
}

type figuresOfInput struct {
	Kind string `path:"kind" enum:"enterprise,park,belt,county,brand,warehouse,zone"`
	ID   string `path:"id" maxLength:"60" doc:"An enterprise's customs code; the id of others."`
	Year int    `query:"year" minimum:"1990" maximum:"2100" doc:"This year if none is given."`
}

type figuresOfOutput struct {
	Body struct {
		Kind    string       `json:"kind"`
		ID      string       `json:"id"`
		Year    int          `json:"year"`
		County  string       `json:"county,omitempty" doc:"Division code of the county in which an enterprise counts."`
		Figures []FigureText `json:"figures"`
	}
}

type countyInput struct {
	ID   string `path:"id" maxLength:"18" doc:"Customs code."`
	Body struct {
		County string `json:"county" maxLength:"6" doc:"Division code, six digits; empty: unknown again." example:"410702"`
		From   string `json:"from" doc:"From which day on, YYYY-MM-DD."`
		Note   string `json:"note,omitempty" maxLength:"200"`
	}
}

// ConsentText is a consent (授权).
type ConsentText struct {
	ID         string `json:"id"`
	Enterprise string `json:"enterprise"`
	Org        string `json:"org" doc:"Organisation that may see its figures."`
	Purpose    string `json:"purpose"`
	From       string `json:"from"`
	Until      string `json:"until" doc:"Last day."`
	InForce    bool   `json:"in_force"`
	Withdrawn  string `json:"withdrawn,omitempty"`
}

// LookText is one look of another at an enterprise's figures (查看记录).
type LookText struct {
	At         string `json:"at"`
	Enterprise string `json:"enterprise"`
	Org        string `json:"org,omitempty" doc:"None: an office."`
	Year       int    `json:"year,omitempty"`
	Consent    string `json:"consent,omitempty" doc:"None: an office's right."`
}

type consentsOutput struct {
	Body struct {
		Given    []ConsentText `json:"given"`
		Received []ConsentText `json:"received"`
	}
}

type looksOutput struct {
	Body struct {
		Looks []LookText `json:"looks"`
	}
}

type consentInput struct {
	Body struct {
		Enterprise string `json:"enterprise" maxLength:"18"`
		Org        string `json:"org" maxLength:"40"`
		Purpose    string `json:"purpose" maxLength:"200"`
		Until      string `json:"until" doc:"Last day, YYYY-MM-DD."`
	}
}

type consentOutput struct{ Body ConsentText }

type consentPath struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"200"`
	}
}

func (s *Server) addFacts() {
	op := func(id, method, path, summary string, errs ...int) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"figures"}, Summary: summary, Errors: append(errs, 401, 403, 422, 503)}
	}
	done := func(o huma.Operation) huma.Operation {
		o.DefaultStatus = http.StatusNoContent
		return o
	}
	add(s, op("list-facts", http.MethodGet, "/v1/facts", "Facts that subjects have / 指标目录"), access.FigureRead, s.listFacts)
	add(s, op("get-subject-figures", http.MethodGet, "/v1/subjects/{kind}/{id}/figures", "Figures of a subject in a year, here and elsewhere apart / 主体指标", 404), access.FigureRead, s.subjectFigures)
	add(s, done(op("set-county", http.MethodPut, "/v1/enterprises/{id}/county", "In which county an enterprise counts / 归属县区", 404)), access.Cultivate, s.setCounty)
	add(s, op("list-consents", http.MethodGet, "/v1/consents", "Consents given and received / 指标授权"), access.FigureRead, s.listConsents)
	add(s, op("give-consent", http.MethodPost, "/v1/consents", "Let an organisation see one's figures / 授权查看指标", 404), access.ConsentGive, s.giveConsent)
	add(s, done(op("withdraw-consent", http.MethodPost, "/v1/consents/{id}/withdraw", "Withdraw a consent at once / 撤回授权", 404)), access.ConsentGive, s.withdrawConsent)
	add(s, op("list-looks", http.MethodGet, "/v1/looks", "Who looked at one's figures / 谁看过我的数据"), access.FigureRead, s.listLooks)
	s.addEvidence()
	s.addDeclarations()
}

// ofFacts knows the errors of figures and declarations.
func ofFacts(err error) error {
	switch {
	case errors.Is(err, fact.ErrNotFound), errors.Is(err, declaration.ErrNotFound):
		return problem(404, "not_found", "没有该记录", "there is no such record", "核对编号", "check the number")
	case errors.Is(err, fact.ErrDenied), errors.Is(err, declaration.ErrDenied):
		return problem(403, "not_yours", "无权进行该操作", "this is not yours to do", "由有权的人办理", "have it done by somebody who may")
	}
	return err
}

func (s *Server) listFacts(context.Context, *struct{}) (*factsOutput, error) {
	book, err := s.zone.Facts.Book()
	if err != nil {
		return nil, err
	}
	out := &factsOutput{}
	out.Body.Facts = []FactText{}
	for _, d := range book.All() {
		v := FactText{Name: d.Name, Title: WordsText{d.Title.ZH, d.Title.EN}, Type: d.Type.String(), Calibre: d.Calibre, Unit: d.Unit.ZH, Period: string(d.Period), Computed: d.Computed != ""}
		for _, k := range d.Subjects {
			v.Subjects = append(v.Subjects, string(k))
		}
		if d.Takes() {
			v.Evidence = &WordsText{d.Evidence.ZH, d.Evidence.EN}
		}
		if d.Meaning.ZH != "" {
			v.Meaning = &WordsText{d.Meaning.ZH, d.Meaning.EN}
		}
		out.Body.Facts = append(out.Body.Facts, v)
	}
	return out, nil
}

func (s *Server) subjectFigures(ctx context.Context, in *figuresOfInput) (*figuresOfOutput, error) {
	who := fact.Subject{Kind: fact.Kind(in.Kind), ID: in.ID}
	if in.Year == 0 {
		in.Year = clock.DayOf(s.zone.Config.Clock.Now()).Year()
	}
	f, err := s.zone.Facts.Figures(ctx, who, in.Year)
	if err != nil {
		return nil, ofFacts(err)
	}
	out := &figuresOfOutput{}
	out.Body.Kind, out.Body.ID, out.Body.Year, out.Body.Figures = in.Kind, in.ID, in.Year, []FigureText{}
	if who.Kind == fact.Enterprise {
		out.Body.County = s.zone.Facts.County(ctx, who.ID)
	}
	for _, name := range f.Names() {
		out.Body.Figures = append(out.Body.Figures, figureText(f[name]))
	}
	return out, nil
}

func figureText(f fact.Figure) FigureText {
	v := FigureText{Fact: f.Fact, Known: f.Known, Value: f.Value.String(), Here: f.Here.String(), Elsewhere: f.Elsewhere.String()}
	for _, o := range f.Origins {
		t := OriginText{Here: o.Here, ZH: o.ZH, EN: o.EN, Value: o.Value.String(), Open: o.Open, Document: o.Document, Aside: o.Aside}
		if !o.Reviewed.IsZero() {
			t.Reviewed = o.Reviewed.Format(time.RFC3339)
		}
		v.Origins = append(v.Origins, t)
	}
	return v
}

func (s *Server) setCounty(ctx context.Context, in *countyInput) (*struct{}, error) {
	if _, err := s.zone.Registry.ByCode(ctx, in.ID); err != nil {
		return nil, err
	}
	from, _ := clock.ParseDay(in.Body.From) // what is no day is a fault of the room's
	return nil, ofFacts(s.zone.Facts.SetCounty(ctx, fact.Placing{Enterprise: in.ID, County: in.Body.County, From: from, Note: in.Body.Note}))
}

func (s *Server) consentTexts(list []fact.Consent) []ConsentText {
	out := make([]ConsentText, 0, len(list))
	today := clock.DayOf(s.zone.Config.Clock.Now())
	for i := range list {
		c := &list[i]
		v := ConsentText{ID: c.ID, Enterprise: c.Enterprise, Org: c.Org, Purpose: c.Purpose, From: c.From.String(), Until: c.Until.String(), InForce: c.On(today)}
		if !c.Withdrawn.IsZero() {
			v.Withdrawn = c.Withdrawn.Format(time.RFC3339)
		}
		out = append(out, v)
	}
	return out
}

func (s *Server) listConsents(ctx context.Context, _ *struct{}) (*consentsOutput, error) {
	given, err := s.zone.Facts.Given(ctx)
	if err != nil {
		return nil, err
	}
	received, err := s.zone.Facts.Received(ctx)
	out := &consentsOutput{}
	out.Body.Given, out.Body.Received = s.consentTexts(given), s.consentTexts(received)
	return out, err
}

func (s *Server) giveConsent(ctx context.Context, in *consentInput) (*consentOutput, error) {
	until, _ := clock.ParseDay(in.Body.Until) // what is no day is a fault of the room's
	c, err := s.zone.Facts.Give(ctx, in.Body.Enterprise, in.Body.Org, in.Body.Purpose, until)
	if err != nil {
		return nil, ofFacts(err)
	}
	return &consentOutput{s.consentTexts([]fact.Consent{*c})[0]}, nil
}

func (s *Server) withdrawConsent(ctx context.Context, in *consentPath) (*struct{}, error) {
	return nil, ofFacts(s.zone.Facts.WithdrawConsent(ctx, in.ID, in.Body.Reason))
}

// mostLooks is how many looks at an enterprise are listed.
const mostLooks = 200

func (s *Server) listLooks(ctx context.Context, _ *struct{}) (*looksOutput, error) {
	list, err := s.zone.Facts.Looks(ctx, mostLooks)
	out := &looksOutput{}
	out.Body.Looks = make([]LookText, 0, len(list))
	for _, l := range list {
		out.Body.Looks = append(out.Body.Looks, LookText{At: l.At.Format(time.RFC3339), Enterprise: l.Enterprise, Org: l.Org, Year: l.Year, Consent: l.Consent})
	}
	return out, err
}

package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/customs/disclose"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
)

// AuditEntry is one act in the chain (审计记录).
type AuditEntry struct {
	ID      string `json:"id" doc:"Of the entry; rises with time."`
	Seq     uint64 `json:"seq,omitempty" doc:"Place in the chain; left out while it is not chained yet."`
	At      string `json:"at" format:"date-time"`
	Actor   string `json:"actor" doc:"Account, key:ID, token:NAME or system; empty for a visitor."`
	Org     string `json:"org,omitempty" doc:"Organisation of the actor."`
	Act     string `json:"act" example:"personal.read"`
	Object  string `json:"object,omitempty" example:"parcel:7"`
	Outcome string `json:"outcome" enum:"done,denied,failed"`
	Purpose string `json:"purpose,omitempty" doc:"Why, for readings of personal data in clear."`
	Detail  string `json:"detail,omitempty"`
}

type auditInput struct {
	From    string `query:"from" doc:"First Beijing day, YYYY-MM-DD."`
	To      string `query:"to" doc:"Last Beijing day, YYYY-MM-DD."`
	Actor   string `query:"actor" maxLength:"100"`
	Org     string `query:"org" maxLength:"100"`
	Act     string `query:"act" maxLength:"100" doc:"Whole, or a group when it ends with a dot: personal."`
	Object  string `query:"object" maxLength:"200"`
	Outcome string `query:"outcome" enum:"done,denied,failed"`
	Cursor  string `query:"cursor" maxLength:"32" doc:"next of the page before."`
	Limit   int    `query:"limit" default:"100" minimum:"1" maximum:"1000"`
}

type auditOutput struct {
	Body struct {
		Entries []AuditEntry `json:"entries" doc:"The newest first."`
		Next    string       `json:"next,omitempty" doc:"Give it as cursor for the next page; none at the end."`
	}
}

func (s *Server) addAudit() {
	add(s, huma.Operation{OperationID: "list-audit", Method: http.MethodGet, Path: "/v1/audit", Tags: []string{"audit"},
		Summary:     "The chain of acts: of the zone, or of one's own organisation / 审计记录",
		Description: "`pilotzone audit verify` proves that it is as it was written.", Errors: []int{401, 403, 422, 503}}, access.AuditRead, s.auditList)
	add(s, huma.Operation{OperationID: "read-personal", Method: http.MethodPost, Path: "/v1/parcels/{id}/documents/{input}/personal", Tags: []string{"parcels"},
		Summary:     "Personal data of a document in clear, for a purpose and on record / 查阅个人信息明文",
		Description: "Everywhere else it is masked. The reading is entered in the chain of acts, with purpose and note, before anything is given out.",
		Errors:      []int{401, 403, 404, 409, 422, 503}}, access.PersonalClear, s.personal)
}

func (s *Server) auditList(ctx context.Context, in *auditInput) (*auditOutput, error) {
	f := audit.Filter{Actor: in.Actor, Org: in.Org, Act: in.Act, Object: in.Object, Outcome: audit.Outcome(in.Outcome)}
	if who := access.Of(ctx); who.Scope(access.AuditRead) != access.Zone {
		if who.Org == "" || f.Org != "" && f.Org != who.Org {
			return nil, problem(403, "not_own", "只能查询本单位的审计记录", "only the acts of one's own organisation can be asked for", "去掉 org 参数", "leave org out")
		}
		f.Org = who.Org
	}
	now := s.zone.Config.Clock.Now()
	if in.From != "" {
		day, err := dayOr(in.From, now)
		if err != nil {
			return nil, err
		}
		f.From = day.Time()
	}
	if in.To != "" {
		day, err := dayOr(in.To, now)
		if err != nil {
			return nil, err
		}
		f.To = day.AddDays(1).Time()
	}
	list, next, err := s.zone.Audit.List(ctx, f, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &auditOutput{}
	out.Body.Entries, out.Body.Next = make([]AuditEntry, 0, len(list)), next
	for _, e := range list {
		out.Body.Entries = append(out.Body.Entries, AuditEntry{ID: e.ID, Seq: e.Seq, At: stamp(clock.Micros(e.At)), Actor: e.Actor, Org: e.Org, Act: e.Act, Object: e.Entry.Object,
			Outcome: string(e.Outcome), Purpose: e.Purpose, Detail: e.Detail})
	}
	return out, nil
}

// PersonalField is a piece of personal data in clear.
type PersonalField struct {
	Element string `json:"element" example:"buyerIdNumber"`
	ZH      string `json:"zh"`
	EN      string `json:"en"`
	Value   string `json:"value"`
}

type personalInput struct {
	ParcelPath
	Input uint64 `path:"input" doc:"Input number of the document."`
	Body  struct {
		Purpose string `json:"purpose" enum:"inspection,mismatch,tax,subject,dispute,law" doc:"Why (查阅目的)."`
		Note    string `json:"note" minLength:"4" maxLength:"200" doc:"The case, in words; kept sealed." example:"查验单 2026-1127"`
	}
}

type personalOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Kind   string          `json:"kind" example:"CEB311Message"`
		Fields []PersonalField `json:"fields"`
	}
}

// personal reads a document in clear. What belongs to others is not found.
func (s *Server) personal(ctx context.Context, in *personalInput) (*personalOutput, error) {
	found, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	d := &disclose.Service{Index: s.zone.Lookup, Documents: s.zone.Reader(), DB: s.zone.Store.Services, Audit: s.zone.Audit}
	got, err := d.Open(ctx, disclose.Request{Parcel: found.Number, Input: in.Input, Purpose: in.Body.Purpose, Note: in.Body.Note})
	var why *access.Refusal
	switch {
	case errors.Is(err, disclose.ErrDenied):
		return nil, refusalProblem(403, disclose.ErrDenied)
	case errors.As(err, &why):
		return nil, refusalProblem(422, why)
	case err != nil:
		return nil, err
	}
	out := &personalOutput{CacheControl: "no-store"}
	out.Body.Kind, out.Body.Fields = got.Kind, []PersonalField{}
	for _, f := range got.Fields {
		out.Body.Fields = append(out.Body.Fields, PersonalField{Element: f.Element, ZH: f.ZH, EN: f.EN, Value: f.Clear})
	}
	return out, nil
}

func refusalProblem(status int, r *access.Refusal) *Problem {
	return problem(status, r.Code, r.ZH, r.EN, r.FixZH, r.FixEN)
}

package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/customs/sheets"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
)

// EvidenceText is a figure that stands in a reviewed paper (佐证).
type EvidenceText struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	Subject  string `json:"subject"`
	Fact     string `json:"fact"`
	Year     int    `json:"year,omitempty"`
	Part     string `json:"part,omitempty" doc:"What it covers; none: all."`
	Value    string `json:"value"`
	Document string `json:"document"`
	Place    string `json:"place,omitempty"`
	Until    string `json:"until,omitempty" doc:"Last day on which it counts."`
	Matter   string `json:"matter,omitempty"`
	Reviewed string `json:"reviewed"`
	State    string `json:"state" enum:"accepted,replaced,withdrawn"`
	Other    string `json:"other,omitempty" doc:"What replaced it."`
}

type evidenceListInput struct {
	Kind    string `query:"kind" enum:"enterprise,park,belt,county,brand,warehouse,zone"`
	Subject string `query:"subject" maxLength:"60" doc:"With kind; none: all that the caller may see."`
	Fact    string `query:"fact" maxLength:"64"`
	Cursor  string `query:"cursor" maxLength:"60" doc:"next of the page before."`
	Limit   int    `query:"limit" default:"100" minimum:"1" maximum:"500"`
}

type evidenceListOutput struct {
	Body struct {
		Evidence []EvidenceText `json:"evidence"`
		Next     string         `json:"next,omitempty" doc:"Give it as cursor for the next page; none at the end."`
	}
}

type evidenceInput struct {
	Body struct {
		Kind     string `json:"kind" enum:"enterprise,park,belt,county,brand,warehouse,zone"`
		Subject  string `json:"subject" maxLength:"60"`
		Fact     string `json:"fact" maxLength:"64"`
		Year     int    `json:"year,omitempty"`
		Part     string `json:"part,omitempty" maxLength:"60"`
		Value    string `json:"value" maxLength:"40" doc:"Yuan, a whole number, a day, yes or no, or an option."`
		Document string `json:"document" maxLength:"120" doc:"Title and number of the paper."`
		Place    string `json:"place,omitempty" maxLength:"60"`
		Until    string `json:"until,omitempty" maxLength:"10"`
	}
}

type evidenceOutput struct{ Body EvidenceText }

type evidencePath struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"200"`
	}
}

func (s *Server) addEvidence() {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"figures"}, Summary: summary, Errors: []int{401, 403, 404, 422, 503}}
	}
	add(s, op("list-evidence", http.MethodGet, "/v1/evidence", "Reviewed evidence, what changed last first / 指标佐证"), access.FigureRead, s.listEvidence)
	file := op("file-evidence", http.MethodPost, "/v1/evidence", "Evidence filed by an office: it counts at once / 由办公室登记佐证")
	file.Description = "Enterprises and parks file theirs as a matter: start-matter with the definition evidence-filing."
	add(s, file, access.EvidenceFile, s.fileEvidence)
	back := op("withdraw-evidence", http.MethodPost, "/v1/evidence/{id}/withdraw", "Take evidence back / 撤回佐证")
	back.DefaultStatus = http.StatusNoContent
	add(s, back, access.EvidenceFile, s.withdrawEvidence)
}

func evidenceText(e *fact.Evidence) EvidenceText {
	_, state := e.State.Words()
	v := EvidenceText{ID: e.ID, Kind: string(e.Subject.Kind), Subject: e.Subject.ID, Fact: e.Fact, Year: e.Year, Part: e.Part, Value: e.Value.String(), Document: e.Document,
		Place: e.Place, Matter: e.Matter, Reviewed: e.Reviewed.Format(time.RFC3339), State: state, Other: e.Other}
	if e.Until != 0 {
		v.Until = e.Until.String()
	}
	return v
}

func (s *Server) listEvidence(ctx context.Context, in *evidenceListInput) (*evidenceListOutput, error) {
	list, err := s.zone.Facts.EvidenceList(ctx, fact.EvidenceFilter{Subject: fact.Subject{Kind: fact.Kind(in.Kind), ID: in.Subject}, Fact: in.Fact, After: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, ofFacts(err)
	}
	out := &evidenceListOutput{}
	out.Body.Evidence = make([]EvidenceText, 0, len(list))
	for i := range list {
		out.Body.Evidence = append(out.Body.Evidence, evidenceText(&list[i]))
	}
	if len(list) == in.Limit {
		out.Body.Next = list[len(list)-1].ID
	}
	return out, nil
}

func (s *Server) fileEvidence(ctx context.Context, in *evidenceInput) (*evidenceOutput, error) {
	b := in.Body
	e, err := s.zone.Facts.FileEvidence(ctx, fact.Entry{Subject: fact.Subject{Kind: fact.Kind(b.Kind), ID: b.Subject}, Fact: b.Fact, Year: b.Year, Part: b.Part, Value: b.Value,
		Document: b.Document, Place: b.Place, Until: b.Until})
	if err != nil {
		return nil, ofFacts(err)
	}
	e.Reviewed = s.zone.Config.Clock.Now()
	return &evidenceOutput{evidenceText(e)}, nil
}

func (s *Server) withdrawEvidence(ctx context.Context, in *evidencePath) (*struct{}, error) {
	return nil, ofFacts(s.zone.Facts.WithdrawEvidence(ctx, in.ID, in.Body.Reason))
}

// DeclarationText is one version of a declaration (报关单).
type DeclarationText struct {
	Number     string `json:"number"`
	Kind       string `json:"kind" enum:"ordinary,record,summary"`
	Date       string `json:"date"`
	Direction  string `json:"direction" enum:"import,export"`
	Mode       string `json:"mode"`
	Country    string `json:"country"`
	Enterprise string `json:"enterprise"`
	Value      string `json:"value" doc:"Yuan."`
	Currency   string `json:"currency" doc:"Customs' three digits; 142 is yuan."`
	Original   string `json:"original" doc:"In that currency."`
	Status     string `json:"status" enum:"declared,released,closed,cancelled"`
	Order      string `json:"order,omitempty"`
	State      string `json:"state" enum:"waiting,current,replaced"`
	Counts     bool   `json:"counts"`
	Aside      string `json:"aside,omitempty" doc:"Why it does not count: summary, known, bonded, not-cbec, status."`
	File       string `json:"file"`
}

// DeclarationFileText is a file of declarations (批次).
type DeclarationFileText struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Rows    int    `json:"rows"`
	Value   string `json:"value" doc:"Yuan, all rows together."`
	State   string `json:"state" doc:"waits for review, counts, refused, taken back."`
	StateZH string `json:"state_zh"`
	Matter  string `json:"matter,omitempty" doc:"In which it is reviewed."`
	At      string `json:"at"`
}

type declarationsInput struct {
	Enterprise string `query:"enterprise" maxLength:"18"`
	Year       int    `query:"year" minimum:"0" maximum:"2100"`
	Number     string `query:"number" maxLength:"18" doc:"Every version of it."`
	File       string `query:"file" maxLength:"40" doc:"Every row of a file."`
	Cursor     string `query:"cursor" maxLength:"80" doc:"next of the page before."`
	Limit      int    `query:"limit" default:"100" minimum:"1" maximum:"500"`
}

type declarationsOutput struct {
	Body struct {
		Declarations []DeclarationText `json:"declarations"`
		Next         string            `json:"next,omitempty" doc:"Give it as cursor for the next page; none at the end."`
	}
}

// DeclarationRow is a declaration as it is filed.
type DeclarationRow struct {
	Number     string `json:"number" maxLength:"18" doc:"18 digits."`
	Kind       string `json:"kind,omitempty" enum:"ordinary,record,summary" doc:"ordinary if it is not given."`
	Date       string `json:"date" maxLength:"10"`
	Direction  string `json:"direction,omitempty" enum:"import,export" doc:"Of the number if it is not given."`
	Mode       string `json:"mode" maxLength:"4"`
	Country    string `json:"country" maxLength:"3"`
	Enterprise string `json:"enterprise" maxLength:"18"`
	Value      string `json:"value" maxLength:"24"`
	Currency   string `json:"currency,omitempty" maxLength:"20" doc:"Yuan if it is not given; others need a rate in the packs."`
	Status     string `json:"status" enum:"declared,released,closed,cancelled"`
	Order      string `json:"order,omitempty" maxLength:"60"`
}

type fileDeclarationsInput struct {
	Body struct {
		Declarations []DeclarationRow `json:"declarations" minItems:"1" maxItems:"5000"`
	}
}

type uploadDeclarationsInput struct {
	Name    string `query:"name" required:"true" maxLength:"200" doc:"Name of the file."`
	RawBody []byte `contentType:"application/octet-stream" doc:"CSV in UTF-8, or XLSX: the columns named in the first row."`
}

type declarationFileOutput struct{ Body DeclarationFileText }

// DeclarationFilePath names a file of declarations.
type DeclarationFilePath struct {
	ID string `path:"id" maxLength:"40"`
}

func (s *Server) addDeclarations() {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"declarations"}, Summary: summary, Errors: []int{401, 403, 404, 413, 422, 503}}
	}
	add(s, op("list-declarations", http.MethodGet, "/v1/declarations", "Declarations of the national Single Window, newest first / 异地报关单"), access.FigureRead, s.listDeclarations)
	file := op("file-declarations", http.MethodPost, "/v1/declarations", "File declarations: all of them or none / 申报报关单")
	file.Description = "What an office files counts at once; what an enterprise files waits until it was handed in and reviewed. One bad row refuses all; errors lists them."
	add(s, file, access.EvidenceFile, s.fileDeclarations)
	up := op("upload-declarations", http.MethodPost, "/v1/declarations/files", "A file of declarations, CSV or XLSX / 上传报关单文件")
	up.MaxBodyBytes = declaration.MaxFile
	add(s, up, access.EvidenceFile, s.uploadDeclarations)
	add(s, op("get-declaration-file", http.MethodGet, "/v1/declarations/files/{id}", "A file of declarations / 报关单批次"), access.FigureRead, s.declarationFile)
	add(s, op("hand-in-declarations", http.MethodPost, "/v1/declarations/files/{id}/hand", "Hand a file in for review / 提交审核"), access.EvidenceFile, s.handDeclarations)
	back := op("withdraw-declarations", http.MethodPost, "/v1/declarations/files/{id}/withdraw", "Take a file back / 撤回批次")
	back.DefaultStatus = http.StatusNoContent
	add(s, back, access.EvidenceFile, s.withdrawDeclarations)
}

func declarationText(d *declaration.Declaration) DeclarationText {
	v := DeclarationText{Number: d.Number, Kind: string(d.Kind), Date: d.Day.String(), Direction: "export", Mode: d.Mode, Country: d.Country, Enterprise: d.Enterprise, Value: d.Value.String(),
		Currency: d.Currency, Original: d.Original.String(), Status: string(d.Status), Order: d.Order, Aside: string(d.Aside), File: d.Batch,
		State: map[declaration.State]string{declaration.Staged: "waiting", declaration.Current: "current", declaration.Replaced: "replaced"}[d.State]}
	if d.Direction == clearance.Import {
		v.Direction = "import"
	}
	v.Counts = d.State == declaration.Current && d.Aside == ""
	return v
}

func (s *Server) listDeclarations(ctx context.Context, in *declarationsInput) (*declarationsOutput, error) {
	list, err := s.zone.Declarations.Find(ctx, declaration.Filter{Enterprise: in.Enterprise, Year: in.Year, Number: in.Number, Batch: in.File, Before: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &declarationsOutput{}
	out.Body.Declarations = make([]DeclarationText, 0, len(list))
	for i := range list {
		out.Body.Declarations = append(out.Body.Declarations, declarationText(&list[i]))
	}
	if len(list) == in.Limit {
		out.Body.Next = list[len(list)-1].Cursor()
	}
	return out, nil
}

func (s *Server) fileDeclarations(ctx context.Context, in *fileDeclarationsInput) (*declarationFileOutput, error) {
	rows := make([]declaration.Row, len(in.Body.Declarations))
	for i, r := range in.Body.Declarations {
		rows[i] = declaration.Row{Number: r.Number, Kind: r.Kind, Day: r.Date, Direction: r.Direction, Mode: r.Mode, Country: r.Country, Enterprise: r.Enterprise,
			Value: r.Value, Currency: r.Currency, Status: r.Status, Order: r.Order}
	}
	return s.taken(s.zone.Declarations.List(ctx, "API", rows))
}

func (s *Server) uploadDeclarations(ctx context.Context, in *uploadDeclarationsInput) (*declarationFileOutput, error) {
	return s.taken(s.zone.Declarations.File(ctx, in.Name, in.RawBody))
}

// taken answers what became of a file.
func (s *Server) taken(b *declaration.Batch, err error) (*declarationFileOutput, error) {
	var bad *declaration.Faults
	var unreadable *sheets.Unreadable
	switch {
	case errors.As(err, &bad):
		p := problem(422, "declarations", "报关单有误，全部未受理", "declarations are not in order: none was taken", "按 errors 逐行修改后重发", "mend the rows that errors lists and send all again")
		for _, f := range bad.List {
			p.Errors = append(p.Errors, ProblemItem{Path: f.Column, Line: f.Line, Message: f.EN, MessageZH: f.ZH, Fix: f.FixEN, FixZH: f.FixZH})
		}
		return nil, p
	case errors.As(err, &unreadable):
		return nil, problem(422, "file", unreadable.ZH, unreadable.EN, unreadable.FixZH, unreadable.FixEN)
	case err != nil:
		return nil, ofFacts(err)
	}
	return &declarationFileOutput{declarationFileText(b)}, nil
}

func declarationFileText(b *declaration.Batch) DeclarationFileText {
	zh, en := b.State.Words()
	return DeclarationFileText{ID: b.ID, Name: b.Name, Rows: b.Rows, Value: b.Value.String(), State: en, StateZH: zh, Matter: b.Matter, At: b.At.Format(time.RFC3339)}
}

func (s *Server) declarationFile(ctx context.Context, in *DeclarationFilePath) (*declarationFileOutput, error) {
	return s.taken(s.zone.Declarations.Batch(ctx, in.ID))
}

func (s *Server) handDeclarations(ctx context.Context, in *DeclarationFilePath) (*declarationFileOutput, error) {
	if _, err := s.zone.Declarations.Hand(ctx, s.zone.Matters, in.ID); err != nil {
		return nil, ofFacts(err)
	}
	return s.taken(s.zone.Declarations.Batch(ctx, in.ID))
}

func (s *Server) withdrawDeclarations(ctx context.Context, in *DeclarationFilePath) (*struct{}, error) {
	return nil, ofFacts(s.zone.Declarations.Withdraw(ctx, in.ID))
}

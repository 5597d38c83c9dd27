package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/matter"
)

// MatterKind is a matter that can be applied in (事项).
type MatterKind struct {
	ID        string           `json:"id"`
	Version   string           `json:"version"`
	Category  string           `json:"category"`
	Title     matter.Words     `json:"title"`
	Summary   matter.Words     `json:"summary"`
	Sources   []string         `json:"sources" doc:"Where it comes from in law (依据)."`
	Who       []string         `json:"applicants" doc:"organisation, consumer."`
	Schema    map[string]any   `json:"schema" doc:"JSON Schema 2020-12 of the form."`
	Sections  []MatterSection  `json:"sections"`
	Documents []MatterDocument `json:"documents"`
	Steps     []MatterStep     `json:"steps"`
}

// MatterSection is a group of fields of a form.
type MatterSection struct {
	ID     string        `json:"id"`
	Title  matter.Words  `json:"title"`
	Fields []MatterField `json:"fields"`
}

// MatterField is a field with its words.
type MatterField struct {
	Name     string                  `json:"name"`
	Label    matter.Words            `json:"label"`
	Hint     matter.Words            `json:"hint"`
	Personal bool                    `json:"personal,omitempty" doc:"Sealed at rest and masked in answers."`
	Options  map[string]matter.Words `json:"options,omitempty"`
}

// MatterDocument is a paper that is asked for (材料).
type MatterDocument struct {
	ID       string         `json:"id"`
	Title    matter.Words   `json:"title"`
	Required bool           `json:"required"`
	When     map[string]any `json:"when,omitempty" doc:"JSON Schema that the form meets if the document is asked for."`
	Accept   []string       `json:"accept,omitempty"`
}

// MatterStep is a step with its time limit (环节).
type MatterStep struct {
	ID    string       `json:"id"`
	Title matter.Words `json:"title"`
	Days  int          `json:"days" doc:"Working days (工作日)."`
}

// MatterText is an application (办件), personal fields masked.
type MatterText struct {
	Number     string          `json:"number"`
	Definition string          `json:"definition"`
	Version    string          `json:"version"`
	Subject    string          `json:"subject,omitempty"`
	State      string          `json:"state" doc:"draft, open, returned, approved, refused, withdrawn."`
	StateZH    string          `json:"state_zh"`
	Step       string          `json:"step,omitempty"`
	Officer    string          `json:"officer,omitempty"`
	Consulted  []string        `json:"consulted,omitempty" doc:"Departments whose opinion is waited for."`
	Escalated  []string        `json:"escalated,omitempty" doc:"Who was told that it is late."`
	Linked     []string        `json:"linked,omitempty" doc:"Its appeal, its parts, or what it belongs to."`
	Parent     string          `json:"parent,omitempty" doc:"The matter that it appeals against, or the bundle that it is part of."`
	Relation   string          `json:"relation,omitempty" doc:"To its parent: appeal, part."`
	Agent      string          `json:"agent,omitempty" doc:"Organisation that acts for the applicant."`
	Marks      []MatterMark    `json:"marks,omitempty" doc:"What is to be completed, while it is returned."`
	Revision   uint64          `json:"revision" doc:"Give it with what you do next."`
	Form       map[string]any  `json:"form"`
	Findings   []MatterFinding `json:"findings,omitempty"`
	Created    string          `json:"created"`
	Submitted  string          `json:"submitted,omitempty"`
	Due        string          `json:"due,omitempty" doc:"Last day of the step."`
	Late       bool            `json:"late,omitempty"`
	Closed     string          `json:"closed,omitempty"`
	Acts       []string        `json:"acts,omitempty" doc:"What the caller can do now."`
	Problems   []ProblemItem   `json:"problems,omitempty" doc:"What is wrong with a draft so far."`
	Documents  []MatterFile    `json:"documents,omitempty"`
	History    []MatterLine    `json:"history,omitempty"`
	Letter     string          `json:"letter,omitempty" doc:"Code of the result's letter: GET /v1/letters/{code}."`
}

// MatterMark is one thing that the applicant is asked to complete (补正要求).
type MatterMark struct {
	Field string `json:"field" maxLength:"80" doc:"A field of the form, or document:ID."`
	Note  string `json:"note" maxLength:"500"`
}

func roleTexts(roles []access.Role) []string {
	var out []string
	for _, r := range roles {
		out = append(out, string(r))
	}
	return out
}

// MatterFinding is what an outside service said.
type MatterFinding struct {
	Field string `json:"field,omitempty"`
	OK    bool   `json:"ok"`
	ZH    string `json:"zh"`
	EN    string `json:"en"`
}

// MatterFile is a paper that was added.
type MatterFile struct {
	ID       string `json:"id"`
	Document string `json:"document"`
	Name     string `json:"name"`
	Type     string `json:"type"`
	Size     int64  `json:"size"`
}

// MatterLine is an act in the history.
type MatterLine struct {
	At    string `json:"at"`
	Actor string `json:"actor"`
	Act   string `json:"act"`
	ActZH string `json:"act_zh"`
	Step  string `json:"step,omitempty"`
	State string `json:"state"`
	Note  string `json:"note,omitempty"`
}

// LetterText is a letter as anybody who has its code may read it.
type LetterText struct {
	Code   string       `json:"code"`
	Number string       `json:"number"`
	Matter matter.Words `json:"matter"`
	Result string       `json:"result"`
	Day    string       `json:"day"`
	To     string       `json:"to"`
	Title  matter.Words `json:"title"`
	Body   matter.Words `json:"body"`
}

type (
	matterOutput     struct{ Body MatterText }
	matterListOutput struct {
		Body struct {
			Matters []MatterText `json:"matters"`
			Next    string       `json:"next,omitempty" doc:"Give it as cursor for the next page; none at the end."`
		}
	}
	kindsOutput struct {
		Body struct {
			Matters []MatterKind `json:"matters"`
		}
	}
	letterOutput struct{ Body LetterText }
	emptyOutput  struct{}
)

// MatterPath names a matter in a path.
type MatterPath struct {
	Number string `path:"number" maxLength:"20" doc:"办件编号"`
}

func (s *Server) addMatters() {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"matters"}, Summary: summary, Errors: []int{401, 403, 404, 409, 422, 503}}
	}
	add(s, op("list-matter-kinds", http.MethodGet, "/v1/matter-kinds", "Matters that can be applied in, with form, documents and steps / 事项目录"), access.Public, s.matterKinds)
	add(s, op("start-matter", http.MethodPost, "/v1/matters", "Start an application as a draft / 新建办件"), access.MatterApply, s.startMatter)
	add(s, op("list-matters", http.MethodGet, "/v1/matters", "Applications, one's own or one's office's, newest first / 办件列表"), access.MatterRead, s.matters)
	add(s, op("read-matter", http.MethodGet, "/v1/matters/{number}", "An application with its documents and history / 办件详情"), access.MatterRead, s.matter)
	add(s, op("save-matter", http.MethodPut, "/v1/matters/{number}/form", "Save the form / 保存表单"), access.MatterApply, s.saveMatter)
	add(s, op("submit-matter", http.MethodPost, "/v1/matters/{number}/submission", "Hand it in / 提交"), access.MatterApply, s.submitMatter)
	add(s, op("withdraw-matter", http.MethodPost, "/v1/matters/{number}/withdrawal", "Take it back / 撤回"), access.MatterApply, s.withdrawMatter)
	attach := op("attach-document", http.MethodPost, "/v1/matters/{number}/documents", "Add a document / 上传材料")
	attach.MaxBodyBytes = s.zone.Blobs.Limits().File + 1
	attach.BodyReadTimeout = s.config.ReadTimeout
	add(s, attach, access.MatterApply, s.attachDocument)
	add(s, op("detach-document", http.MethodDelete, "/v1/matters/{number}/documents/{file}", "Take a document away / 删除材料"), access.MatterApply, s.detachDocument)
	add(s, op("read-document", http.MethodGet, "/v1/matters/{number}/documents/{file}", "A document's bytes, as a download / 下载材料"), access.MatterRead, s.matterDocument)
	add(s, op("comment-matter", http.MethodPost, "/v1/matters/{number}/comments", "Leave a comment / 留言"), access.MatterRead, s.commentMatter)
	add(s, op("act-on-matter", http.MethodPost, "/v1/matters/{number}/acts", "An office's act: claim, release, assign, accept, approve, refuse, return, consult, answer / 办理"), access.MatterWork, s.actOnMatter)
	add(s, op("verify-letter", http.MethodGet, "/v1/letters/{code}", "Verify a letter by the code on it / 核验文书"), access.Public, s.letter)
	s.addPayouts(op)
}

type noInput struct{}

func (s *Server) matterKinds(ctx context.Context, _ *noInput) (*kindsOutput, error) {
	out := &kindsOutput{}
	for _, d := range s.zone.Matters.Open(ctx, true) {
		out.Body.Matters = append(out.Body.Matters, matterKind(d))
	}
	return out, nil
}

func matterKind(d *matter.Definition) MatterKind {
	k := MatterKind{ID: d.ID, Version: d.Version, Category: d.Category, Title: d.Title, Summary: d.Summary, Sources: []string{}, Who: d.Applicants, Schema: d.Form.Schema,
		Sections: []MatterSection{}, Documents: []MatterDocument{}, Steps: []MatterStep{}}
	for _, src := range d.Sources {
		k.Sources = append(k.Sources, src.String())
	}
	for _, sec := range d.Form.Sections {
		v := MatterSection{ID: sec.ID, Title: sec.Title, Fields: []MatterField{}}
		for _, f := range sec.Fields {
			v.Fields = append(v.Fields, MatterField{Name: f.Name, Label: f.Label, Hint: f.Hint, Personal: f.Personal, Options: f.Options})
		}
		k.Sections = append(k.Sections, v)
	}
	for _, doc := range d.Documents {
		v := MatterDocument{ID: doc.ID, Title: doc.Title, Required: doc.Required, When: doc.When}
		for _, t := range doc.Accept {
			v.Accept = append(v.Accept, string(t))
		}
		k.Documents = append(k.Documents, v)
	}
	for _, step := range d.Steps {
		k.Steps = append(k.Steps, MatterStep{ID: step.ID, Title: step.Title, Days: step.Days})
	}
	return k
}

func (s *Server) matterText(m *matter.Matter) MatterText {
	t := MatterText{Number: m.Number, Definition: m.Definition, Version: m.Version, Subject: m.Subject, State: string(m.State), StateZH: m.State.ZH(), Step: m.Step,
		Officer: m.Officer, Consulted: roleTexts(m.Consulted), Escalated: roleTexts(m.Escalated), Parent: m.Parent, Relation: m.Relation, Agent: m.Agent, Revision: m.Revision, Form: m.Form, Created: timeText(m.Created), Submitted: timeText(m.Submitted), Due: dayText(m.Due),
		Late: m.Late(s.today()), Closed: timeText(m.Closed)}
	for _, k := range m.Marks {
		t.Marks = append(t.Marks, MatterMark(k))
	}
	for _, f := range m.Findings {
		t.Findings = append(t.Findings, MatterFinding{f.Field, f.OK, f.ZH, f.EN})
	}
	return t
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

func problemItems(ps matter.Problems) []ProblemItem {
	var out []ProblemItem
	for _, p := range ps {
		out = append(out, ProblemItem{Path: p.Field, Code: p.Code, Message: p.EN, MessageZH: p.ZH, Fix: p.FixEN, FixZH: p.FixZH})
	}
	return out
}

// masked is a matter as its reader may see it after an act.
func (s *Server) masked(ctx context.Context, number string, err error) (*matterOutput, error) {
	if err != nil {
		return nil, err
	}
	m, err := s.zone.Matters.Get(ctx, number)
	if err != nil {
		return nil, err
	}
	out := &matterOutput{Body: s.matterText(m)}
	for _, a := range s.zone.Matters.Acts(ctx, m) {
		out.Body.Acts = append(out.Body.Acts, string(a))
	}
	return out, nil
}

type startInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"255" hidden:"true"`
	Body struct {
		Definition string         `json:"definition" minLength:"1" maxLength:"60" doc:"id of the matter, such as subject-filing."`
		Form       map[string]any `json:"form,omitempty" doc:"What is known already."`
		Client     string         `json:"client,omitempty" maxLength:"20" doc:"Enterprise code of the client, if an agent applies for it by a mandate (代办)."`
	}
}

func (s *Server) startMatter(ctx context.Context, in *startInput) (*matterOutput, error) {
	var m *matter.Matter
	var err error
	if in.Body.Client != "" {
		m, err = s.zone.Matters.BeginFor(ctx, in.Body.Client, in.Body.Definition, in.Key, in.Body.Form)
	} else {
		m, err = s.zone.Matters.Begin(ctx, in.Body.Definition, in.Key, in.Body.Form)
	}
	if err != nil {
		return nil, err
	}
	return s.masked(ctx, m.Number, nil)
}

type mattersInput struct {
	Definition string `query:"definition" maxLength:"60"`
	State      string `query:"state" maxLength:"20" doc:"draft, open, returned, approved, refused, withdrawn."`
	Subject    string `query:"subject" maxLength:"100"`
	Officer    string `query:"officer" maxLength:"60" doc:"Account that claimed it; - means nobody."`
	Work       bool   `query:"work" doc:"Only what the caller's office can do something about now."`
	Late       bool   `query:"late" doc:"Only what is over its time limit."`
	Cursor     string `query:"cursor" maxLength:"20" doc:"next of the page before."`
	Limit      int    `query:"limit" default:"40" minimum:"1" maximum:"200"`
}

func (s *Server) matters(ctx context.Context, in *mattersInput) (*matterListOutput, error) {
	before, err := numberCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	list, err := s.zone.Matters.List(ctx, matter.Filter{Definition: in.Definition, State: matter.State(in.State), Subject: in.Subject, Officer: in.Officer,
		Workable: in.Work, Late: in.Late, Before: before, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &matterListOutput{}
	out.Body.Matters = []MatterText{}
	for i := range list {
		out.Body.Matters = append(out.Body.Matters, s.matterText(&list[i]))
	}
	if len(list) == in.Limit {
		out.Body.Next = strconv.FormatUint(list[len(list)-1].Serial, 10)
	}
	return out, nil
}

func (s *Server) matter(ctx context.Context, in *MatterPath) (*matterOutput, error) {
	out, err := s.masked(ctx, in.Number, nil)
	if err != nil {
		return nil, err
	}
	files, err := s.zone.Matters.Documents(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		out.Body.Documents = append(out.Body.Documents, matterFile(&f))
	}
	lines, err := s.zone.Matters.History(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		out.Body.History = append(out.Body.History, MatterLine{At: timeText(l.At), Actor: l.Actor, Act: string(l.Act), ActZH: l.Act.ZH(), Step: l.Step, State: string(l.State), Note: l.Note})
	}
	m, err := s.zone.Matters.Get(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	linked, err := s.zone.Matters.Linked(ctx, m)
	if err != nil {
		return nil, err
	}
	for _, l := range linked {
		out.Body.Linked = append(out.Body.Linked, l.Number)
	}
	letter, err := s.zone.Matters.LetterOf(ctx, m)
	if err == nil {
		out.Body.Letter = letter.Code
	} else if !errors.Is(err, matter.ErrNotFound) {
		return nil, err
	}
	return out, nil
}

func matterFile(f *blob.File) MatterFile {
	return MatterFile{ID: f.ID, Document: f.Slot, Name: f.Name, Type: string(f.Type), Size: f.Size}
}

type saveMatterInput struct {
	MatterPath
	Body struct {
		Revision uint64         `json:"revision,omitempty" doc:"That it was read at; left out, whatever it is."`
		Form     map[string]any `json:"form"`
	}
}

func (s *Server) saveMatter(ctx context.Context, in *saveMatterInput) (*matterOutput, error) {
	_, problems, err := s.zone.Matters.Save(ctx, in.Number, in.Body.Revision, in.Body.Form)
	out, err := s.masked(ctx, in.Number, err)
	if err != nil {
		return nil, err
	}
	out.Body.Problems = problemItems(problems)
	return out, nil
}

type stepInput struct {
	MatterPath
	Key  string `header:"Idempotency-Key" maxLength:"255" hidden:"true"`
	Body struct {
		Revision uint64 `json:"revision,omitempty" doc:"That it was decided on."`
		Note     string `json:"note,omitempty" maxLength:"1000" doc:"Reason or comment (理由、留言)."`
	}
}

func (s *Server) submitMatter(ctx context.Context, in *stepInput) (*matterOutput, error) {
	_, err := s.zone.Matters.Submit(ctx, in.Number, in.Body.Revision, in.Key)
	return s.masked(ctx, in.Number, err)
}

func (s *Server) withdrawMatter(ctx context.Context, in *stepInput) (*matterOutput, error) {
	_, err := s.zone.Matters.Withdraw(ctx, in.Number, in.Body.Revision, in.Body.Note, in.Key)
	return s.masked(ctx, in.Number, err)
}

func (s *Server) commentMatter(ctx context.Context, in *stepInput) (*matterOutput, error) {
	return s.masked(ctx, in.Number, s.zone.Matters.Say(ctx, in.Number, in.Body.Note, in.Key))
}

type actInput struct {
	MatterPath
	Key  string `header:"Idempotency-Key" maxLength:"255" hidden:"true"`
	Body struct {
		Act      string       `json:"act" enum:"claim,release,assign,accept,approve,refuse,return,consult,answer"`
		Revision uint64       `json:"revision,omitempty" doc:"That it was decided on; only claim goes without."`
		Note     string       `json:"note,omitempty" maxLength:"1000" doc:"Reason; needed to refuse, return, consult and answer."`
		To       string       `json:"to,omitempty" maxLength:"60" doc:"assign: an account; consult: a role such as tax."`
		Roles    []string     `json:"roles,omitempty" maxItems:"10" doc:"consult: the departments that are asked at once; those of the step if none."`
		Stance   string       `json:"stance,omitempty" enum:"agree,conditions,disagree" doc:"answer: 同意、附条件同意、不同意."`
		Marks    []MatterMark `json:"marks,omitempty" maxItems:"60" doc:"return: what is to be completed."`
		Cites    []string     `json:"cites,omitempty" maxItems:"20" doc:"approve: clauses that the decision rests on: measure:ID, or document and article in words."`
		Outcome  string       `json:"outcome,omitempty" enum:"overturn,reopen" doc:"approve of an appeal: what becomes of the decision."`
	}
}

func (s *Server) actOnMatter(ctx context.Context, in *actInput) (*matterOutput, error) {
	do := matter.Doing{Act: matter.Act(in.Body.Act), Revision: in.Body.Revision, Note: in.Body.Note, To: in.Body.To, Key: in.Key,
		Stance: matter.Stance(in.Body.Stance), Cites: in.Body.Cites, Outcome: matter.Outcome(in.Body.Outcome)}
	for _, r := range in.Body.Roles {
		do.Roles = append(do.Roles, access.Role(r))
	}
	for _, k := range in.Body.Marks {
		do.Marks = append(do.Marks, matter.Mark(k))
	}
	_, err := s.zone.Matters.Do(ctx, in.Number, do)
	return s.masked(ctx, in.Number, err)
}

type attachInput struct {
	MatterPath
	Document string `query:"document" required:"true" maxLength:"60" doc:"id of the document asked for (材料)."`
	Name     string `query:"name" required:"true" maxLength:"300" doc:"File name with its ending."`
	RawBody  []byte `contentType:"application/octet-stream" doc:"The file: PDF, OFD, PNG, JPG, XLSX, DOCX, CSV or TXT."`
}

type fileOutput struct{ Body MatterFile }

func (s *Server) attachDocument(ctx context.Context, in *attachInput) (*fileOutput, error) {
	f, err := s.zone.Matters.Attach(ctx, in.Number, in.Document, in.Name, in.RawBody)
	if err != nil {
		return nil, err
	}
	return &fileOutput{Body: matterFile(f)}, nil
}

type filePath struct {
	MatterPath
	File string `path:"file" maxLength:"40"`
}

func (s *Server) detachDocument(ctx context.Context, in *filePath) (*emptyOutput, error) {
	return &emptyOutput{}, s.zone.Matters.Detach(ctx, in.Number, in.File)
}

func (s *Server) matterDocument(ctx context.Context, in *filePath) (*huma.StreamResponse, error) {
	f, data, err := s.zone.Matters.Download(ctx, in.Number, in.File)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		for name, value := range f.Headers() {
			c.SetHeader(name, value)
		}
		_, _ = c.BodyWriter().Write(data) // the client has gone
	}}, nil
}

type letterInput struct {
	Code string `path:"code" maxLength:"40" doc:"As printed on the letter."`
}

func (s *Server) letter(ctx context.Context, in *letterInput) (*letterOutput, error) {
	v, err := s.zone.Matters.Verify(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	l := v.Letter
	return &letterOutput{Body: LetterText{Code: l.Code, Number: l.Number, Matter: v.Title, Result: string(l.Result), Day: l.Day.String(), To: l.To, Title: l.Title, Body: l.Body}}, nil
}

package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/customs/sheets"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/job"
)

// TemplateText is a spreadsheet to fill in (模板).
type TemplateText struct {
	Name  string `json:"name" example:"311"`
	ZH    string `json:"zh"`
	EN    string `json:"en"`
	Kinds []int  `json:"kinds" doc:"Documents that its rows become."`
	Href  string `json:"href" doc:"Where the file is."`
}

// UploadText is an upload as it stands (批量报送).
type UploadText struct {
	ID       string          `json:"id"`
	Title    string          `json:"title"`
	State    string          `json:"state" enum:"waiting,running,done,failed,cancelled"`
	StateZH  string          `json:"state_zh"`
	Done     int64           `json:"done" doc:"Of total; while rows are checked, rows with a total of 0."`
	Total    int64           `json:"total"`
	Note     string          `json:"note,omitempty"`
	Problem  string          `json:"problem,omitempty" doc:"Why it failed."`
	Created  string          `json:"created"`
	Finished string          `json:"finished,omitempty"`
	Files    []string        `json:"files,omitempty" doc:"errors.xlsx, receipts.xlsx: GET /v1/uploads/{id}/files/{name}."`
	Summary  *sheets.Summary `json:"summary,omitempty"`
}

type templatesOutput struct {
	Body struct {
		Templates []TemplateText `json:"templates"`
	}
}

type uploadInput struct {
	Name    string `query:"name" required:"true" maxLength:"200" doc:"Name of the file."`
	Policy  string `query:"policy" enum:"all,good,check" default:"all" doc:"all: send only if everything is right; good: send the good rows; check: send nothing."`
	RawBody []byte `contentType:"application/octet-stream" doc:"A filled template as XLSX, CEB messages as XML, or a zip of messages."`
}

type uploadOutput struct{ Body UploadText }

// UploadPath names an upload.
type UploadPath struct {
	ID string `path:"id" maxLength:"40"`
}

type uploadsInput struct {
	Cursor string `query:"cursor" maxLength:"40" doc:"next of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"40"`
}

type uploadsOutput struct {
	Body struct {
		Uploads []UploadText `json:"uploads"`
		Next    string       `json:"next,omitempty" doc:"Give it as cursor for the next page; none at the end."`
	}
}

type uploadFilePath struct {
	UploadPath
	Name string `path:"name" enum:"errors.xlsx,receipts.xlsx"`
}

func (s *Server) addSheets() {
	xlsx := map[string]*huma.MediaType{xlsxType: {Schema: &huma.Schema{Type: "string", Format: "binary"}}}
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"uploads"}, Summary: summary}
	}
	add(s, op("list-templates", http.MethodGet, "/v1/templates", "Spreadsheets to fill in / 模板"), access.Public, s.listTemplates)
	send := op("upload", http.MethodPost, "/v1/uploads", "Hand in a spreadsheet or a file of messages / 批量报送")
	send.Description = "It is checked cell by cell and sent as a job: ask for its state until it is over. Each row must name an enterprise for which the caller may send."
	send.MaxBodyBytes, send.DefaultStatus, send.Errors = sheets.MaxUpload, http.StatusAccepted, []int{413, 422, 503}
	add(s, send, access.MessageSend, s.upload)
	add(s, op("list-uploads", http.MethodGet, "/v1/uploads", "Uploads of one's organisation / 我的报送"), access.MessageSend, s.uploads)
	one := op("get-upload", http.MethodGet, "/v1/uploads/{id}", "An upload: progress and result / 报送进度与结果")
	one.Errors = []int{404}
	add(s, one, access.MessageSend, s.oneUpload)
	file := op("get-upload-file", http.MethodGet, "/v1/uploads/{id}/files/{name}", "The sheet with comments, or the receipts / 下载带批注的表格或回执表")
	file.Errors, file.Responses = []int{404}, map[string]*huma.Response{"200": {Description: "The file.", Content: xlsx}}
	add(s, file, access.MessageSend, s.uploadFile)
	stop := op("cancel-upload", http.MethodPost, "/v1/uploads/{id}/cancel", "Stop an upload; what was sent stays sent / 取消报送")
	stop.Errors = []int{404, 409}
	add(s, stop, access.MessageSend, s.cancelUpload)
}

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func (s *Server) listTemplates(context.Context, *struct{}) (*templatesOutput, error) {
	out := &templatesOutput{}
	for _, t := range sheets.Templates() {
		v := TemplateText{Name: t.Name, ZH: t.ZH, EN: t.EN, Href: "/templates/" + t.Name + ".xlsx"}
		for _, k := range t.Kinds {
			v.Kinds = append(v.Kinds, int(k))
		}
		out.Body.Templates = append(out.Body.Templates, v)
	}
	return out, nil
}

func (s *Server) upload(ctx context.Context, in *uploadInput) (*uploadOutput, error) {
	j, err := s.zone.Uploads.Upload(ctx, access.Of(ctx), in.Name, in.RawBody, sheets.Policy(in.Policy))
	var bad *sheets.Unreadable
	if errors.As(err, &bad) {
		return nil, problem(422, "file", bad.ZH, bad.EN, bad.FixZH, bad.FixEN)
	}
	if err != nil {
		return nil, err
	}
	return &uploadOutput{Body: uploadText(j)}, nil
}

func uploadText(j job.Job) UploadText {
	zh, _ := j.State.Words()
	u := UploadText{ID: j.ID, Title: j.Title, State: string(j.State), StateZH: zh, Done: j.Done, Total: j.Total, Note: j.Note, Problem: j.Problem, Created: j.CreatedAt.Format(time.RFC3339)}
	if !j.FinishedAt.IsZero() {
		u.Finished = j.FinishedAt.Format(time.RFC3339)
	}
	return u
}

// findUpload reads an upload of the caller's or of their organisation.
func (s *Server) findUpload(ctx context.Context, id string) (job.Job, error) {
	missing := problem(404, "no_upload", "没有该报送", "there is no such upload", "核对编号", "check the id")
	j, err := s.zone.Jobs.Get(ctx, id)
	switch who := access.Of(ctx); {
	case errors.Is(err, job.ErrNotFound):
		return j, missing
	case err != nil:
		return j, err
	case j.Kind != sheets.JobKind || who == nil || !(j.Owner != "" && j.Owner == who.ID || j.Org != "" && j.Org == who.Org):
		return job.Job{}, missing
	}
	return j, nil
}

func (s *Server) uploads(ctx context.Context, in *uploadsInput) (*uploadsOutput, error) {
	who := access.Of(ctx)
	f := job.Filter{Kind: sheets.JobKind, Org: who.Org, Before: in.Cursor, Limit: in.Limit + 1}
	if f.Org == "" {
		f.Owner = who.ID
	}
	if in.Cursor != "" {
		if _, err := s.findUpload(ctx, in.Cursor); err != nil {
			return nil, err
		}
	}
	list, err := s.zone.Jobs.List(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &uploadsOutput{}
	out.Body.Uploads = []UploadText{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = list[in.Limit-1].ID
	}
	for _, j := range list {
		out.Body.Uploads = append(out.Body.Uploads, uploadText(j))
	}
	return out, nil
}

func (s *Server) oneUpload(ctx context.Context, in *UploadPath) (*uploadOutput, error) {
	j, err := s.findUpload(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	u := uploadText(j)
	u.Summary = sheets.SummaryOf(j)
	files, err := s.zone.Jobs.Files(ctx, j.ID)
	if err != nil {
		return nil, err
	}
	u.Files = slices.DeleteFunc(files, func(n string) bool { return n != sheets.ErrorsFile && n != sheets.ReceiptsFile })
	return &uploadOutput{Body: u}, nil
}

func (s *Server) uploadFile(ctx context.Context, in *uploadFilePath) (*huma.StreamResponse, error) {
	j, err := s.findUpload(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	data, err := s.zone.Jobs.File(ctx, j.ID, in.Name)
	if errors.Is(err, job.ErrNotFound) {
		return nil, problem(404, "no_file", "该报送没有此文件", "the upload has no such file", "查看 files", "see files")
	}
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		w := writerOf(c)
		w.Header().Set("Content-Type", xlsxType)
		w.Header().Set("Content-Disposition", `attachment; filename="`+in.Name+`"`)
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(data) // the client has gone
	}}, nil
}

func (s *Server) cancelUpload(ctx context.Context, in *UploadPath) (*uploadOutput, error) {
	if _, err := s.findUpload(ctx, in.ID); err != nil {
		return nil, err
	}
	err := s.zone.Jobs.Cancel(ctx, in.ID)
	if errors.Is(err, job.ErrOver) {
		return nil, problem(409, "over", "任务已经结束", "it is over already", "查看结果", "see what became of it")
	}
	if err != nil {
		return nil, err
	}
	return s.oneUpload(ctx, in)
}

// Package upload is the pages on which enterprises hand in spreadsheets and files
// of messages (批量报送): the form with its templates, the progress of a file, and
// what became of it.
//
// Invariant: an upload and its files are seen by who sent it and by their
// organisation, and are as if they were not there for everybody else.
package upload

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"

	"pilotzone/internal/customs/sheets"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/job"
)

type pages struct {
	*ui.Shell
	zone *zone.Zone
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z}
	s.Nav(ui.Item{Group: ui.Clearance, Path: "/upload", ZH: "批量报送", EN: "Upload", Icon: "upload", Need: access.MessageSend})
	s.Get("/upload", access.MessageSend, p.list)
	s.Upload("/upload", access.MessageSend, sheets.MaxUpload+1<<20, p.send)
	s.Get("/upload/{id}", access.MessageSend, p.one)
	s.Post("/upload/{id}/cancel", access.MessageSend, p.cancel)
	s.Raw("/upload/{id}/{file}", access.MessageSend, p.file)
}

const rows = 40

// view is the form and the list below it.
type view struct {
	policy sheets.Policy
	fault  *sheets.Unreadable
	jobs   []job.Job
	next   string
	first  bool
}

func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	v := &view{policy: sheets.AllOrNone}
	if err := p.jobs(r, v); err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("批量报送", "Upload"), Body: start(v)})
}

// jobs lists the uploads of the caller's organisation, or the caller's own.
func (p *pages) jobs(r *http.Request, v *view) (err error) {
	who := access.Of(r.Context())
	f := job.Filter{Kind: sheets.JobKind, Org: who.Org, Before: r.URL.Query().Get("before"), Limit: rows + 1}
	if f.Org == "" {
		f.Owner = who.ID
	}
	if f.Before != "" {
		if j, err := p.zone.Jobs.Get(r.Context(), f.Before); err != nil || !own(who, j) {
			return ui.NotFound()
		}
	}
	v.first = f.Before == ""
	if v.jobs, err = p.zone.Jobs.List(r.Context(), f); err != nil {
		return err
	}
	if len(v.jobs) > rows {
		v.jobs = v.jobs[:rows]
		v.next = "/upload?before=" + v.jobs[rows-1].ID
	}
	return nil
}

// own tells whether an upload is the caller's or their organisation's.
func own(who *access.Principal, j job.Job) bool {
	return j.Kind == sheets.JobKind && who != nil && (j.Owner != "" && j.Owner == who.ID || j.Org != "" && j.Org == who.Org)
}

func (p *pages) send(w http.ResponseWriter, r *http.Request) error {
	name, data, policy, err := read(r)
	if err != nil {
		return err
	}
	j, err := p.zone.Uploads.Upload(r.Context(), access.Of(r.Context()), name, data, policy)
	var bad *sheets.Unreadable
	if errors.As(err, &bad) {
		v := &view{policy: policy, fault: bad}
		if err := p.jobs(r, v); err != nil {
			return err
		}
		return p.Show(w, r, ui.View{Title: ui.T("批量报送", "Upload"), Status: http.StatusUnprocessableEntity, Body: start(v)})
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, "/upload/"+j.ID, ui.T("已收到文件，正在处理；关闭页面也会继续", "The file is in and is worked on; it goes on when you close this page"))
}

// read reads the form: one file and the policy.
func read(r *http.Request) (name string, data []byte, policy sheets.Policy, err error) {
	tooLarge := &ui.Problem{Status: http.StatusRequestEntityTooLarge, What: ui.T("文件过大", "The file is too large"), Mend: ui.T("至多 32 MiB，分成几个文件", "At most 32 MiB; split it")}
	policy = sheets.AllOrNone
	parts, err := r.MultipartReader()
	if err != nil {
		return "", nil, policy, &ui.Problem{Status: http.StatusBadRequest, What: ui.T("表单无法读取", "The form can't be read"), Mend: ui.T("从批量报送页面重新提交", "Send it again from the page")}
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return name, data, policy, nil
		}
		if err != nil {
			return "", nil, policy, tooLarge
		}
		b, err := io.ReadAll(part)
		if err != nil {
			return "", nil, policy, tooLarge
		}
		switch part.FormName() {
		case "file":
			name, data = part.FileName(), b
		case "policy":
			if v := sheets.Policy(b); slices.Contains(sheets.Policies(), v) {
				policy = v
			}
		}
	}
}

// find reads an upload of the caller's.
func (p *pages) find(r *http.Request) (job.Job, error) {
	j, err := p.zone.Jobs.Get(r.Context(), r.PathValue("id"))
	if errors.Is(err, job.ErrNotFound) || err == nil && !own(access.Of(r.Context()), j) {
		return job.Job{}, ui.NotFound()
	}
	return j, err
}

func (p *pages) one(w http.ResponseWriter, r *http.Request) error {
	j, err := p.find(r)
	if err != nil {
		return err
	}
	files, err := p.zone.Jobs.Files(r.Context(), j.ID)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	body := one(j, sheets.SummaryOf(j), files)
	if ui.Partial(r) {
		return p.Fragment(w, r, body)
	}
	return p.Show(w, r, ui.View{Title: ui.T("报送结果", "What became of it"), Back: "/upload", BackTo: ui.T("批量报送", "Upload"), Body: body})
}

func (p *pages) cancel(w http.ResponseWriter, r *http.Request) error {
	j, err := p.find(r)
	if err != nil {
		return err
	}
	err = p.zone.Jobs.Cancel(r.Context(), j.ID)
	if errors.Is(err, job.ErrOver) {
		return p.Done(w, r, "/upload/"+j.ID, ui.T("任务已经结束", "It is over already"))
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, "/upload/"+j.ID, ui.T("已取消；已报送的单证不受影响", "Cancelled; what was sent before stays sent"))
}

func (p *pages) file(w http.ResponseWriter, r *http.Request) error {
	j, err := p.find(r)
	if err != nil {
		return err
	}
	name := r.PathValue("file")
	if name != sheets.ErrorsFile && name != sheets.ReceiptsFile {
		return ui.NotFound()
	}
	data, err := p.zone.Jobs.File(r.Context(), j.ID, name)
	if errors.Is(err, job.ErrNotFound) {
		return ui.NotFound()
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(data) // the reader has gone
	return nil
}

// state is where an upload stands as a chip.
func state(s job.State) (tone, icon string, word ui.Text) {
	zh, en := s.Words()
	word = ui.T(zh, en)
	switch s {
	case job.Waiting:
		return "blue", "hourglass", word
	case job.Running:
		return "blue", "refresh", word
	case job.Done:
		return "green", "circle-check", word
	case job.Failed:
		return "red", "circle-x", word
	}
	return "grey", "ban", word
}

// policies are the choices of what is sent.
func policies() []ui.Option {
	words := map[sheets.Policy]ui.Text{
		sheets.AllOrNone: ui.T("全部无误才报送", "Send only if everything is right"),
		sheets.GoodRows:  ui.T("只报送无误的行", "Send the good rows"),
		sheets.OnlyCheck: ui.T("仅校验，不报送", "Only check, send nothing"),
	}
	var out []ui.Option
	for _, p := range sheets.Policies() {
		out = append(out, ui.Option{Value: string(p), Label: words[p]})
	}
	return out
}

// policyOf is a policy in words.
func policyOf(p sheets.Policy) ui.Text {
	for _, o := range policies() {
		if o.Value == string(p) {
			return o.Label
		}
	}
	return ui.Text{}
}

// figures are what an upload came to.
func figures(s *sheets.Summary) []ui.Fact {
	n := func(zh, en string, v int) ui.Fact {
		return ui.Fact{Name: ui.T(zh, en), Value: ui.Plain(ui.Count(v))}
	}
	return []ui.Fact{n("行", "Rows", s.Rows), n("单证", "Documents", s.Documents), n("无误", "Right", s.Good), n("有误", "Wrong", s.Faulty),
		n("已报送", "Sent", s.Sent), n("平台受理", "Taken in", s.Accepted), n("其中等待其他单证", "Of these, wait for others", s.Waiting), n("平台退回", "Refused", s.Refused)}
}

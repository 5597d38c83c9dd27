// Package preflight is the pages that need no account: pre-flight of documents
// (预检), the mode advisor (监管方式比较) and the tax calculator (税款试算).
//
// Invariant: nothing that is typed or dropped here is kept or logged; an answer
// is never cached, since it may hold personal data of its sender.
package preflight

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"pilotzone/internal/customs/draft"
	"pilotzone/internal/customs/preflight"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/money"
)

type pages struct {
	*ui.Shell
	zone *zone.Zone
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z}
	s.Nav(ui.Item{Group: ui.Clearance, Path: "/preflight", ZH: "申报预检", EN: "Pre-flight", Icon: "file-check", Need: access.Public},
		ui.Item{Group: ui.Clearance, Path: "/advisor", ZH: "监管方式比较", EN: "Mode advisor", Icon: "scale", Need: access.Public},
		ui.Item{Group: ui.Tax, Path: "/calculator", ZH: "税款试算", EN: "Tax calculator", Icon: "coin", Need: access.Public})
	s.Get("/preflight", access.Public, p.form)
	s.Upload("/preflight", access.Public, preflight.MaxBytes+1<<20, p.check)
	s.Get("/advisor", access.Public, p.advise)
	s.Get("/calculator", access.Public, p.calculate)
	s.Raw("/templates/{file}", access.Public, p.template)
}

// asked is what the form of pre-flight holds.
type asked struct {
	text     string
	anyFiled bool
	used     string
	fault    ui.Text // of used
	nothing  bool    // neither file nor text was given
}

func (p *pages) form(w http.ResponseWriter, r *http.Request) error {
	return p.Show(w, r, ui.View{Title: ui.T("申报预检", "Pre-flight"), Body: start(asked{})})
}

// check reads the form itself: files are read no further than they may go.
func (p *pages) check(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	a, ask, err := read(r)
	if err != nil {
		return err
	}
	if a.fault != (ui.Text{}) || len(ask.Files) == 0 {
		a.nothing = len(ask.Files) == 0
		return p.Show(w, r, ui.View{Title: ui.T("申报预检", "Pre-flight"), Status: http.StatusUnprocessableEntity, Body: start(a)})
	}
	report, err := p.zone.Preflight.Check(r.Context(), ask)
	if err != nil {
		return &ui.Problem{Status: http.StatusServiceUnavailable, What: ui.T("预检用时过长，已停止", "The pre-flight took too long and was stopped"), Mend: ui.T("减少单证后重试", "Try again with fewer documents")}
	}
	return p.Show(w, r, ui.View{Title: ui.T("预检结果", "What would become of it"), Wide: true, Back: "/preflight", BackTo: ui.T("申报预检", "Pre-flight"), Body: result(report, groups(report.Defects))})
}

var tooLarge = &ui.Problem{Status: http.StatusRequestEntityTooLarge, What: ui.T("文件过大", "The files are too large"), Mend: ui.T("每次至多 16 MiB", "At most 16 MiB at a time")}

// read reads the parts of the form.
func read(r *http.Request) (a asked, ask preflight.Ask, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return a, ask, &ui.Problem{Status: http.StatusBadRequest, What: ui.T("表单无法读取", "The form can't be read"), Mend: ui.T("从预检页面重新提交", "Send it again from the page")}
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return a, ask, tooLarge
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return a, ask, tooLarge
		}
		a.part(&ask, part, data)
	}
	ask.AnyFiled = a.anyFiled
	if used := strings.TrimSpace(a.used); used != "" {
		f, err := money.ParseFen(used)
		if err != nil || f < 0 || f > 1_000_000_00 {
			a.fault = ui.T("填写元，至多两位小数，如 1200.50", "Write yuan with at most two decimals, such as 1200.50")
		}
		ask.Used = &f
	}
	return a, ask, nil
}

func (a *asked) part(ask *preflight.Ask, part *multipart.Part, data []byte) {
	switch part.FormName() {
	case "files":
		if len(data) > 0 {
			ask.Files = append(ask.Files, preflight.File{Name: part.FileName(), Data: data})
		}
	case "text":
		if a.text = string(data); strings.TrimSpace(a.text) != "" {
			ask.Files = append(ask.Files, preflight.File{Name: "粘贴 pasted", Data: data})
		}
	case "any_filed":
		a.anyFiled = string(data) == "yes"
	case "used":
		a.used = string(data)
	}
}

// group is the defects of one code.
type group struct {
	code     string
	official bool
	severity draft.Severity
	list     []draft.Defect
	more     int
}

// mostShown is how many places of one code are shown.
const mostShown = 30

// groups puts the defects of one code together, those that refuse first.
func groups(list []draft.Defect) (out []*group) {
	at := map[string]*group{}
	for _, s := range []draft.Severity{draft.Refuses, draft.Reviews, draft.Notes} {
		for _, d := range list {
			if d.Severity != s {
				continue
			}
			k := string(s) + d.Code
			g := at[k]
			if g == nil {
				g = &group{code: d.Code, official: d.Official, severity: s}
				at[k], out = g, append(out, g)
			}
			if len(g.list) == mostShown {
				g.more++
				continue
			}
			g.list = append(g.list, d)
		}
	}
	return out
}

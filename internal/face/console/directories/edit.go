package directories

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/export"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/directory"
)

// editView is the form of an entry.
type editView struct {
	d        *directory.Definition
	e        *directory.Entry // nil: a new one
	values   map[string]any
	problems directory.Problems
	fault    *ui.Problem
	owner    string
	edits    bool
	revision uint64
}

func (p *pages) editView(r *http.Request) (*editView, error) {
	ctx := r.Context()
	d := p.dirs.Define(r.PathValue("directory"))
	if d == nil {
		return nil, ui.NotFound()
	}
	v := &editView{d: d, edits: p.dirs.Edits(ctx), values: map[string]any{}}
	if id := r.PathValue("entry"); id != "" {
		e, err := p.dirs.Fill(ctx, d.ID, id)
		if err != nil {
			return nil, fault(err)
		}
		v.e, v.values, v.revision, v.owner = e, e.Fields, e.Revision, e.Owner
		return v, nil
	}
	if !v.edits && d.Holders != directory.ByOwners {
		return nil, fault(directory.ErrDenied)
	}
	for name, list := range r.URL.Query() {
		if f := d.Form.Field(name); f != nil && len(list) == 1 {
			v.values[name] = list[0]
		}
	}
	return v, nil
}

func (p *pages) edit(w http.ResponseWriter, r *http.Request) error {
	v, err := p.editView(r)
	if err != nil {
		return err
	}
	return p.form(w, r, v)
}

func (p *pages) form(w http.ResponseWriter, r *http.Request, v *editView) error {
	title, back := ui.T("新增条目："+v.d.Title.ZH, "New entry: "+v.d.Title.EN), "/directories/"+v.d.ID
	if v.e != nil {
		title, back = ui.T("修改条目："+v.d.Title.ZH, "Change an entry: "+v.d.Title.EN), entryAddress(v.e)
	}
	view := ui.View{Title: title, Body: edit(v), Back: back, BackTo: in(v.d.Title)}
	if v.fault != nil || len(v.problems) > 0 {
		view.Status = http.StatusUnprocessableEntity
	}
	return p.Show(w, r, view)
}

func (p *pages) put(w http.ResponseWriter, r *http.Request) error {
	d := p.dirs.Define(r.PathValue("directory"))
	if d == nil {
		return ui.NotFound()
	}
	revision, _ := strconv.ParseUint(r.PostForm.Get("revision"), 10, 64) // one that is none is an old one
	in := directory.Entering{Directory: d.ID, ID: r.PathValue("entry"), Revision: revision, Fields: d.Form.FromValues(r.PostForm), Owner: strings.TrimSpace(r.PostForm.Get("owner")),
		Submit: r.PostForm.Get("do") == "submit", Reason: strings.TrimSpace(r.PostForm.Get("reason"))}
	e, err := p.dirs.Put(r.Context(), in)
	var list directory.Problems
	if errors.As(err, &list) {
		v := &editView{d: d, values: in.Fields, problems: list, owner: in.Owner, edits: p.dirs.Edits(r.Context()), revision: revision}
		if in.ID != "" {
			if v.e, err = p.dirs.Get(r.Context(), d.ID, in.ID); err != nil {
				return fault(err)
			}
		}
		return p.form(w, r, v)
	}
	if err != nil {
		return fault(err)
	}
	return p.Done(w, r, entryAddress(e), saved(e, in.Submit))
}

// saved says what became of what was written.
func saved(e *directory.Entry, submitted bool) ui.Text {
	switch {
	case e.State == directory.Waiting || e.Proposed == directory.Waiting:
		return ui.T("已提交，等待审核", "Handed in; an office looks at it")
	case e.State == directory.Published && e.Proposed == "":
		return ui.T("已公布", "Published")
	}
	return ui.T("已保存为草稿", "Saved as a draft")
}

// importView is the page of a file that is taken in.
type importView struct {
	d        *directory.Definition
	problems directory.Problems
}

func (p *pages) importPage(w http.ResponseWriter, r *http.Request) error {
	d := p.dirs.Define(r.PathValue("directory"))
	if d == nil {
		return ui.NotFound()
	}
	if !p.dirs.Edits(r.Context()) {
		return fault(directory.ErrDenied)
	}
	return p.importShow(w, r, &importView{d: d})
}

func (p *pages) importShow(w http.ResponseWriter, r *http.Request, v *importView) error {
	view := ui.View{Title: ui.T("批量导入："+v.d.Title.ZH, "Import: "+v.d.Title.EN), Body: importing(v), Back: "/directories/" + v.d.ID, BackTo: in(v.d.Title)}
	if len(v.problems) > 0 {
		view.Status = http.StatusUnprocessableEntity
	}
	return p.Show(w, r, view)
}

func (p *pages) importFile(w http.ResponseWriter, r *http.Request) error {
	d := p.dirs.Define(r.PathValue("directory"))
	if d == nil {
		return ui.NotFound()
	}
	data, err := file(r)
	if err != nil {
		return err
	}
	added, changed, err := p.dirs.Import(r.Context(), d.ID, data)
	var list directory.Problems
	if errors.As(err, &list) {
		return p.importShow(w, r, &importView{d: d, problems: list})
	}
	if err != nil {
		return fault(err)
	}
	return p.Done(w, r, "/directories/"+d.ID, ui.T(fmt.Sprintf("已导入：新增 %d 条，修改 %d 条", added, changed), fmt.Sprintf("Imported: %d new, %d changed", added, changed)))
}

// file is the bytes of the field file of a form.
func file(r *http.Request) ([]byte, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return nil, noFile()
	}
	parts := multipart.NewReader(r.Body, params["boundary"])
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, noFile()
		}
		if part.FormName() != "file" {
			continue
		}
		var b bytes.Buffer
		if _, err := io.Copy(&b, part); err != nil {
			return nil, &ui.Problem{Status: http.StatusRequestEntityTooLarge, What: ui.T("文件超过8MB", "The file is larger than 8 MB"), Mend: ui.T("拆分后导入", "Split it")}
		}
		return b.Bytes(), nil
	}
}

func noFile() error {
	return &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("没有选择文件", "No file was chosen"), Mend: ui.T("选择 CSV 文件后再导入", "Choose a CSV file")}
}

// export writes what the list shows as a file while it reads it.
func (p *pages) export(w http.ResponseWriter, r *http.Request) error {
	d := p.dirs.Define(r.PathValue("directory"))
	if d == nil {
		return ui.NotFound()
	}
	q := p.query(r, d)
	q.After, q.Limit = "", 200
	page, err := p.dirs.List(r.Context(), q)
	if err != nil {
		return fault(err)
	}
	kind := r.URL.Path[strings.LastIndexByte(r.URL.Path, '.')+1:]
	if err := p.note(r, d, kind, page.Total); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%s.%s"`, url.PathEscape(d.ID), p.today(), kind))
	w.Header().Set("Cache-Control", "no-store")
	if err := p.write(w, r, d, q, page, kind); err != nil {
		p.Log.WarnContext(r.Context(), "an export ended early (导出中断)", "error", err)
		panic(http.ErrAbortHandler) // what was sent is cut off: the reader must see it
	}
	return nil
}

// note keeps who exported what, unless everybody may read it anyway.
func (p *pages) note(r *http.Request, d *directory.Definition, kind string, rows int) error {
	who := access.Of(r.Context())
	if who == nil {
		return nil
	}
	return p.zone.Audit.Record(r.Context(), audit.Entry{Actor: who.ID, Org: who.Org, Act: "directory.export", Object: "directory:" + d.ID, Outcome: audit.Done, Detail: fmt.Sprintf("format=%s rows=%d", kind, rows)})
}

func (p *pages) write(w http.ResponseWriter, r *http.Request, d *directory.Definition, q directory.Query, page *directory.Page, kind string) error {
	head := append([]string{"id"}, d.Columns()...)
	var out export.Writer
	var err error
	if kind == "xlsx" {
		w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
		out, err = export.XLSX(w, d.ID[:min(30, len(d.ID))], head...)
	} else {
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		out, err = export.CSV(w, head...)
	}
	if err != nil {
		return err
	}
	for {
		for i := range page.Entries {
			cells := []any{page.Entries[i].ID}
			for _, c := range d.Cells(&page.Entries[i]) {
				cells = append(cells, c)
			}
			if err := out.Row(cells...); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return out.Close()
		}
		q.After = page.Next
		if page, err = p.dirs.List(r.Context(), q); err != nil {
			return err
		}
	}
}

// submitWord is what the button that hands an entry in says.
func submitWord(v *editView) ui.Text {
	switch {
	case v.edits:
		return ui.T("公布", "Publish")
	case v.d.Review:
		return ui.T("提交审核", "Hand in")
	}
	return ui.T("公布", "Publish")
}

// live tells whether what is edited is published already, so that an office's
// change counts at once.
func live(v *editView) bool {
	return v.e != nil && (v.e.State == directory.Published || v.e.State == directory.Suspended)
}

func anchor(q directory.Problem) string { return "#" + cmp.Or(q.Field, "form") }

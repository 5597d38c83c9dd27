package figures

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/customs/sheets"
	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
)

// perPage is how many declarations a page lists.
const perPage = 40

// declared is the page of declarations.
type declared struct {
	names      names.Names
	list       []declaration.Declaration
	batches    []declaration.Batch
	enterprise string
	year       int // 0: any
	file       bool
	zone       bool // what is filed counts at once
	refused    *declaration.Faults
	unreadable ui.Text
	first      string
	next       string
}

func (p *pages) declarations(w http.ResponseWriter, r *http.Request) error {
	return p.listed(w, r, declared{})
}

func (p *pages) listed(w http.ResponseWriter, r *http.Request, v declared) error {
	ctx, q := r.Context(), r.URL.Query()
	scope := access.Of(ctx).Scope(access.EvidenceFile)
	v.names, v.file, v.zone = p.names(), scope != access.None, scope == access.Zone
	v.enterprise = strings.TrimSpace(q.Get("enterprise"))
	v.year, _ = strconv.Atoi(q.Get("year")) // what is no year is any
	before := q.Get("before")
	var err error
	if v.list, err = p.zone.Declarations.Find(ctx, declaration.Filter{Enterprise: v.enterprise, Year: v.year, Before: before, Limit: perPage + 1}); err != nil {
		return err
	}
	if len(v.list) > perPage {
		v.list = v.list[:perPage]
		v.next = v.address(v.list[perPage-1].Cursor())
	}
	if before != "" {
		v.first = v.address("")
	}
	if v.batches, err = p.zone.Declarations.Batches(ctx, 20); err != nil {
		return err
	}
	status := http.StatusOK
	if v.refused != nil || v.unreadable != (ui.Text{}) {
		status = http.StatusUnprocessableEntity
	}
	return p.Show(w, r, ui.View{Title: ui.T("异地报关单", "Declarations elsewhere"), Wide: true, Status: status, Body: declarations(&v)})
}

func (v *declared) address(before string) string {
	q := url.Values{}
	for name, value := range map[string]string{"enterprise": v.enterprise, "before": before} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if v.year != 0 {
		q.Set("year", strconv.Itoa(v.year))
	}
	return "/declarations?" + q.Encode()
}

// upload takes a file in.
func (p *pages) upload(w http.ResponseWriter, r *http.Request) error {
	name, data, err := readFile(r)
	if err != nil {
		return err
	}
	b, err := p.zone.Declarations.File(r.Context(), name, data)
	var bad *declaration.Faults
	var unreadable *sheets.Unreadable
	switch {
	case errors.As(err, &bad):
		return p.listed(w, r, declared{refused: bad})
	case errors.As(err, &unreadable):
		return p.listed(w, r, declared{unreadable: ui.T(unreadable.ZH+"。"+unreadable.FixZH, unreadable.EN+". "+unreadable.FixEN)})
	case errors.Is(err, sheets.ErrRows):
		return p.listed(w, r, declared{unreadable: ui.T("行数过多，请分成几个文件", "There are too many rows: split it into several files")})
	case err != nil:
		return said(err)
	}
	if b.State == declaration.Counting {
		return p.Done(w, r, "/declarations/files/"+b.ID, ui.T("已采信", "They count"))
	}
	return p.Done(w, r, "/declarations/files/"+b.ID, ui.T("文件无误；请核对后提交审核", "The file is in order; look at it and hand it in for review"))
}

// readFile reads the one file of a form.
func readFile(r *http.Request) (name string, data []byte, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return "", nil, &ui.Problem{Status: http.StatusBadRequest, What: ui.T("表单无法读取", "The form can't be read"), Mend: ui.T("从页面重新提交", "Send it again from the page")}
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return name, data, nil
		}
		if err != nil {
			return "", nil, err
		}
		if part.FormName() != "file" {
			continue
		}
		if name = part.FileName(); name == "" {
			name = "declarations"
		}
		if data, err = io.ReadAll(part); err != nil {
			return "", nil, err
		}
	}
}

// template is an empty file with the columns.
func (p *pages) template(w http.ResponseWriter, r *http.Request) error {
	var line []string
	for _, c := range declaration.Columns() {
		line = append(line, ui.Say(r.Context(), c.ZH, c.Name))
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="declarations.csv"`)
	_, _ = w.Write([]byte("\ufeff" + strings.Join(line, ",") + "\r\n")) // the reader has gone
	return nil
}

// declaration shows every version of one.
func (p *pages) declaration(w http.ResponseWriter, r *http.Request) error {
	number := r.PathValue("number")
	list, err := p.zone.Declarations.Find(r.Context(), declaration.Filter{Number: number, Limit: 100})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return ui.NotFound()
	}
	return p.Show(w, r, ui.View{Title: ui.T("报关单 "+number, "Declaration "+number), Wide: true, Back: "/declarations", BackTo: ui.T("异地报关单", "Declarations elsewhere"),
		Body: table(p.names(), ui.T("各版本", "Every version"), list, true)})
}

// filed is the page of one file.
type filed struct {
	names names.Names
	b     *declaration.Batch
	rows  []declaration.Declaration
	next  string
	hand  bool
	back  bool
}

func (p *pages) file(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	b, err := p.zone.Declarations.Batch(ctx, r.PathValue("id"))
	if err != nil {
		return said(err)
	}
	v := filed{names: p.names(), b: b}
	if v.rows, err = p.zone.Declarations.Find(ctx, declaration.Filter{Batch: b.ID, Before: r.URL.Query().Get("before"), Limit: perPage + 1}); err != nil {
		return err
	}
	if len(v.rows) > perPage {
		v.rows = v.rows[:perPage]
		v.next = "/declarations/files/" + b.ID + "?before=" + url.QueryEscape(v.rows[perPage-1].Cursor())
	}
	who := access.Of(ctx)
	scope := who.Scope(access.EvidenceFile)
	own := scope == access.Own && b.Org != "" && b.Org == who.Org
	v.hand = own && b.State == declaration.Waiting && b.Matter == ""
	v.back = (own || scope == access.Zone) && (b.State == declaration.Waiting || b.State == declaration.Counting)
	return p.Show(w, r, ui.View{Title: ui.T("报关单批次", "File of declarations"), Wide: true, Back: "/declarations", BackTo: ui.T("异地报关单", "Declarations elsewhere"), Body: file(v)})
}

// hand hands a file in for review.
func (p *pages) hand(w http.ResponseWriter, r *http.Request) error {
	m, err := p.zone.Declarations.Hand(r.Context(), p.zone.Matters, r.PathValue("id"))
	if errors.Is(err, matter.ErrDenied) {
		return access.ErrDenied
	}
	if err != nil {
		return said(err)
	}
	return p.Done(w, r, "/matters/"+url.PathEscape(m.Number), ui.T("已提交审核", "It was handed in for review"))
}

// takeBack withdraws a file.
func (p *pages) takeBack(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := p.zone.Declarations.Withdraw(r.Context(), id); err != nil {
		return said(err)
	}
	return p.Done(w, r, "/declarations/files/"+url.PathEscape(id), ui.T("已撤回，不再计入", "It is taken back and no longer counts"))
}

// batchTone is the tone and icon of a file's state.
func batchTone(s declaration.BatchState) (tone, icon string) {
	switch s {
	case declaration.Counting:
		return "green", "circle-check"
	case declaration.Waiting:
		return "amber", "hourglass"
	case declaration.Refused:
		return "red", "circle-x"
	}
	return "grey", "ban"
}

func batchWord(s declaration.BatchState) ui.Text {
	zh, en := s.Words()
	return ui.T(zh, en)
}

// standing is whether a declaration counts, as tone, icon and word.
func standing(d *declaration.Declaration) (tone, icon string, word ui.Text) {
	zh, en := d.Aside.Words()
	switch {
	case d.State == declaration.Staged:
		return "amber", "hourglass", ui.T("待审核", "waits for review")
	case d.State == declaration.Replaced:
		return "grey", "history", ui.T("已被取代或撤回", "replaced or taken back")
	case d.Aside != "":
		return "grey", "ban", ui.T("另列："+zh, "apart: "+en)
	}
	return "green", "circle-check", ui.T("计入", "counts")
}

func kindOf(k declaration.Kind) ui.Text {
	switch k {
	case declaration.Record:
		return ui.T("备案清单", "record")
	case declaration.Summary:
		return ui.T("汇总报关单", "summary")
	}
	return ui.T("报关单", "declaration")
}

func statusOf(s declaration.Status) ui.Text {
	switch s {
	case declaration.Declared:
		return ui.T("已申报", "declared")
	case declaration.Released:
		return ui.T("放行", "released")
	case declaration.Closed:
		return ui.T("结关", "closed")
	}
	return ui.T("已删撤单", "cancelled")
}

func yearText(y int) string {
	if y == 0 {
		return ""
	}
	return strconv.Itoa(y)
}

// columnWord is the name of a column.
func columnWord(name string) ui.Text {
	for _, c := range declaration.Columns() {
		if c.Name == name {
			return ui.T(c.ZH, c.Name)
		}
	}
	return ui.T("文件", "file")
}

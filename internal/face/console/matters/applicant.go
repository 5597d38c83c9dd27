package matters

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/money"
)

func (p *pages) registerApplicant() {
	p.Post("/matters", access.MatterApply, p.start)
	p.Get("/matters/{number}/form", access.MatterApply, p.form)
	p.Post("/matters/{number}/form", access.MatterApply, p.save)
	p.Get("/matters/{number}/papers", access.MatterApply, p.papers)
	p.Upload("/matters/{number}/papers", access.MatterApply, p.fileSize+(64<<10), p.attach)
	p.Post("/matters/{number}/documents/{file}/remove", access.MatterApply, p.detach)
	p.Get("/matters/{number}/review", access.MatterApply, p.review)
	p.Post("/matters/{number}/submit", access.MatterApply, p.submit)
	p.Get("/matters/{number}/receipt", access.MatterApply, p.receipt)
	p.Post("/matters/{number}/withdraw", access.MatterApply, p.withdraw)
	p.Post("/matters/{number}/appeal", access.MatterApply, p.appeal)
	p.Get("/matters/{number}/account", access.MatterApply, p.account)
	p.Post("/matters/{number}/account", access.MatterApply, p.confirm)
	p.Post("/matters/{number}/account/again", access.MatterApply, p.again)
}

// start begins a draft and leads to its form. What is known of it already comes
// with the form that starts it, under the names of its fields.
func (p *pages) start(w http.ResponseWriter, r *http.Request) error {
	d := p.matters.Define(r.PostForm.Get("definition"))
	if d == nil {
		return ui.NotFound()
	}
	var m *matter.Matter
	var err error
	if client := r.PostForm.Get("client"); client != "" {
		m, err = p.matters.BeginFor(r.Context(), client, d.ID, r.PostForm.Get("key"), d.FromValues(r.PostForm))
	} else {
		m, err = p.matters.Begin(r.Context(), d.ID, r.PostForm.Get("key"), d.FromValues(r.PostForm))
	}
	if err != nil {
		return problem(err)
	}
	return p.Done(w, r, address(m.Number, "form"), ui.Text{})
}

// draft is a matter being filled in.
type draft struct {
	m        *matter.Matter
	d        *matter.Definition
	problems matter.Problems
	check    bool // faults are shown
	saved    time.Time
	files    []blob.File
	fault    *ui.Problem
	most     int64
}

func (p *pages) draft(r *http.Request) (*draft, error) {
	m, problems, err := p.matters.Fill(r.Context(), r.PathValue("number"))
	if err != nil {
		return nil, problem(err)
	}
	if m.State != matter.Draft && m.State != matter.Returned {
		return nil, &ui.Problem{Status: http.StatusConflict, What: ui.T("办件已提交，不能再修改", "The application was submitted and can't be changed"), Mend: ui.T("如需修改，请撤回后重新申请，或请经办人退回补正", "Withdraw it and apply again, or ask the officer to return it")}
	}
	return &draft{m: m, d: p.matters.DefinitionOf(m), problems: problems, check: r.URL.Query().Get("check") != "", most: p.fileSize}, nil
}

func (p *pages) form(w http.ResponseWriter, r *http.Request) error {
	v, err := p.draft(r)
	if err != nil {
		return err
	}
	return p.showDraft(w, r, v, form(v))
}

func (p *pages) showDraft(w http.ResponseWriter, r *http.Request, v *draft, body templ.Component) error {
	page := ui.View{Title: ui.T(v.d.Title.ZH, v.d.Title.EN), Body: body, Back: address(v.m.Number, ""), BackTo: ui.T("办件 "+v.m.Number, "Application "+v.m.Number)}
	if v.fault != nil {
		page.Status = v.fault.Status
	}
	return p.Show(w, r, page)
}

// save keeps the form: as it is typed (a part of the page), or by a button that
// also says where to go on.
func (p *pages) save(w http.ResponseWriter, r *http.Request) error {
	number := r.PathValue("number")
	m, _, err := p.matters.Fill(r.Context(), number)
	if err != nil {
		return problem(err)
	}
	d := p.matters.DefinitionOf(m)
	m, _, err = p.matters.Save(r.Context(), number, number64(r.PostForm.Get("revision")), d.FromValues(r.PostForm))
	if err != nil {
		return problem(err)
	}
	if ui.Partial(r) && r.PostForm.Get("then") == "" {
		return p.Fragment(w, r, saved(&draft{m: m, d: d, saved: m.Changed}))
	}
	to := address(number, "papers")
	switch {
	case r.PostForm.Get("then") == "stay":
		return p.Done(w, r, address(number, "form"), ui.T("已保存", "Saved"))
	case len(d.Documents) == 0:
		to = address(number, "review")
	}
	return p.Done(w, r, to, ui.Text{})
}

func (p *pages) papers(w http.ResponseWriter, r *http.Request) error {
	v, err := p.draftWithFiles(r)
	if err != nil {
		return err
	}
	return p.showDraft(w, r, v, papers(v))
}

func (p *pages) draftWithFiles(r *http.Request) (*draft, error) {
	v, err := p.draft(r)
	if err != nil {
		return nil, err
	}
	v.files, err = p.matters.Documents(r.Context(), v.m.Number)
	return v, err
}

// attach takes one file; what is wrong with it is said on the page of papers.
func (p *pages) attach(w http.ResponseWriter, r *http.Request) error {
	number := r.PathValue("number")
	document, name, data, err := readUpload(r, p.fileSize)
	if err == nil {
		_, err = p.matters.Attach(r.Context(), number, document, name, data)
	}
	if err == nil {
		return p.Done(w, r, address(number, "papers"), ui.T("已上传", "The file was added"))
	}
	var shown *ui.Problem
	if !errors.As(problem(err), &shown) || shown.Status != http.StatusUnprocessableEntity {
		return problem(err)
	}
	v, err := p.draftWithFiles(r)
	if err != nil {
		return err
	}
	v.fault = shown
	return p.showDraft(w, r, v, papers(v))
}

// readUpload reads the fields document and file of a form with a file, in this
// order.
func readUpload(r *http.Request, most int64) (document, name string, data []byte, err error) {
	bad := &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("没有选择文件，或文件过大", "No file was chosen, or it is too large"), Mend: ui.T("选择一个文件后再上传", "Choose a file and send it again")}
	parts, err := r.MultipartReader()
	if err != nil {
		return "", "", nil, bad
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			return "", "", nil, bad
		}
		switch part.FormName() {
		case "document":
			b, err := io.ReadAll(io.LimitReader(part, 100))
			if err != nil {
				return "", "", nil, bad
			}
			document = string(b)
		case "file":
			name = part.FileName()
			data, err := io.ReadAll(io.LimitReader(part, most+1))
			if err != nil || name == "" {
				return "", "", nil, bad
			}
			return document, name, data, nil
		}
	}
}

func (p *pages) detach(w http.ResponseWriter, r *http.Request) error {
	number := r.PathValue("number")
	if err := p.matters.Detach(r.Context(), number, r.PathValue("file")); err != nil {
		return problem(err)
	}
	return p.Done(w, r, address(number, "papers"), ui.T("已删除", "The file was removed"))
}

func (p *pages) review(w http.ResponseWriter, r *http.Request) error {
	v, err := p.draftWithFiles(r)
	if err != nil {
		return err
	}
	return p.showDraft(w, r, v, review(v))
}

func (p *pages) submit(w http.ResponseWriter, r *http.Request) error {
	number := r.PathValue("number")
	_, err := p.matters.Submit(r.Context(), number, number64(r.PostForm.Get("revision")), r.PostForm.Get("key"))
	var list matter.Problems
	if errors.As(err, &list) {
		v, draftErr := p.draftWithFiles(r)
		if draftErr != nil {
			return problem(err)
		}
		v.problems, v.fault = list, &ui.Problem{Status: http.StatusUnprocessableEntity}
		return p.showDraft(w, r, v, review(v))
	}
	if err != nil {
		return problem(err)
	}
	if done, err := p.matters.Get(r.Context(), number); err == nil && len(p.matters.DefinitionOf(done).Bundle) > 0 {
		return p.Done(w, r, address(number, ""), ui.T("已受理，逐项办理", "We have it; its matters go on one by one"))
	}
	return p.Done(w, r, address(number, "receipt"), ui.Text{})
}

func (p *pages) receipt(w http.ResponseWriter, r *http.Request) error {
	o, err := p.object(r.Context(), r.PathValue("number"))
	if err != nil {
		return problem(err)
	}
	if !o.mine || o.m.State == matter.Draft {
		return ui.NotFound()
	}
	return p.Show(w, r, ui.View{Title: ui.T("已收到您的申请", "We have your application"), Body: receipt(o), Back: "/matters/mine", BackTo: ui.T("我的办件", "My applications")})
}

func (p *pages) withdraw(w http.ResponseWriter, r *http.Request) error {
	number := r.PathValue("number")
	if _, err := p.matters.Withdraw(r.Context(), number, 0, r.PostForm.Get("note"), r.PostForm.Get("key")); err != nil {
		return problem(err)
	}
	return p.Done(w, r, address(number, ""), ui.T("已撤回", "The application was withdrawn"))
}

func (p *pages) account(w http.ResponseWriter, r *http.Request) error {
	return p.showAccount(w, r, nil)
}

func (p *pages) showAccount(w http.ResponseWriter, r *http.Request, fault *ui.Problem) error {
	number := r.PathValue("number")
	c, err := p.certify.Challenge(r.Context(), number)
	if err != nil {
		return problem(err)
	}
	if c == nil {
		return ui.NotFound()
	}
	v := ui.View{Title: ui.T("验证对公账户", "Prove the bank account"), Body: account(number, c, c.Over(p.now()), fault), Back: address(number, ""), BackTo: ui.T("办件 "+number, "Application "+number)}
	if fault != nil {
		v.Status = fault.Status
	}
	return p.Show(w, r, v)
}

// now is the instant by the clock of matters.
func (p *pages) now() time.Time { return p.matters.Now() }

func (p *pages) confirm(w http.ResponseWriter, r *http.Request) error {
	number := r.PathValue("number")
	amount, err := money.ParseFen(strings.TrimSpace(r.PostForm.Get("amount")))
	if err != nil {
		return p.showAccount(w, r, &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("金额有误", "This is no amount"), Mend: ui.T("按元填写，如 3.45", "Write it in yuan, such as 3.45")})
	}
	err = p.certify.Confirm(r.Context(), number, amount)
	var list matter.Problems
	var shown *ui.Problem
	switch {
	case err == nil:
		return p.Done(w, r, address(number, ""), ui.T("账户已通过验证", "The account is proved"))
	case errors.As(err, &list) && errors.As(problem(err), &shown):
		return p.showAccount(w, r, shown)
	}
	return problem(err)
}

func (p *pages) again(w http.ResponseWriter, r *http.Request) error {
	number := r.PathValue("number")
	if err := p.certify.Again(r.Context(), number); err != nil {
		return problem(err)
	}
	return p.Done(w, r, address(number, "account"), ui.T("已重新发起打款", "A new payment was ordered"))
}

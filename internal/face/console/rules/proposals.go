package rules

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pilotzone/internal/customs/rulebook"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/job"
	"pilotzone/internal/kernel/pack"
	"pilotzone/packs"
)

// proposalsView is the list of proposals with the form for a new one.
type proposalsView struct {
	rows    []*rulebook.Proposal
	first   string
	next    string
	note    string
	faults  pack.Faults
	refusal *rulebook.Refusal
	two     bool
	last    *rulebook.Switch
	shipped []ui.Option
	newer   []string // packs in force that the program ships in another version
}

const proposalsPerPage = 40

func (p *pages) proposals(w http.ResponseWriter, r *http.Request) error {
	return p.showProposals(w, r, &proposalsView{}, http.StatusOK)
}

func (p *pages) showProposals(w http.ResponseWriter, r *http.Request, v *proposalsView, status int) error {
	before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if err != nil {
		before = 0
	}
	if v.rows, err = p.zone.Rulebook.List(r.Context(), before, proposalsPerPage+1); err != nil {
		return problem(err)
	}
	if before > 0 {
		v.first = "/packs/proposals"
	}
	if len(v.rows) > proposalsPerPage {
		v.rows = v.rows[:proposalsPerPage]
		v.next = "/packs/proposals?before=" + strconv.FormatInt(v.rows[proposalsPerPage-1].Number, 10)
	}
	switches, err := p.zone.Rulebook.Switches(r.Context(), 1)
	if err != nil {
		return problem(err)
	}
	if len(switches) > 0 {
		v.last = switches[0]
	}
	v.two = p.zone.Rulebook.TwoPeople
	v.newer = p.zone.Newer()
	for _, name := range packs.Shipped() {
		v.shipped = append(v.shipped, ui.Option{Value: name, Label: ui.T(name, name)})
	}
	return p.Show(w, r, ui.View{Title: ui.T("规则变更", "Changes of rules"), Status: status, Wide: true, Body: proposals(v)})
}

// propose takes the packs of a form and keeps them as a proposal. Faults are
// shown with file and line.
func (p *pages) propose(w http.ResponseWriter, r *http.Request) error {
	d, err := readDraft(r)
	var bad pack.Faults
	if errors.As(err, &bad) {
		return p.showProposals(w, r, &proposalsView{note: d.Note, faults: bad}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	made, err := p.zone.Rulebook.Propose(r.Context(), d)
	return p.made(w, r, d.Note, made, err)
}

func (p *pages) shipped(w http.ResponseWriter, r *http.Request) error {
	note := r.PostForm.Get("note")
	made, err := p.zone.ProposeShipped(r.Context(), r.PostForm["packs"], note)
	return p.made(w, r, note, made, err)
}

func (p *pages) made(w http.ResponseWriter, r *http.Request, note string, made *rulebook.Proposal, err error) error {
	var refused *rulebook.Refusal
	if errors.As(err, &refused) {
		return p.showProposals(w, r, &proposalsView{note: note, faults: refused.Faults, refusal: refused}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, address(made.Number), ui.T("提案已保存，请核对差异并试运行", "The proposal is kept: look at its differences and try it out"))
}

func address(number int64) string { return "/packs/proposals/" + strconv.FormatInt(number, 10) }

// readDraft reads the form: packs as files, and why.
func readDraft(r *http.Request) (d rulebook.Draft, err error) {
	unreadable := &ui.Problem{Status: http.StatusBadRequest, What: ui.T("表单无法读取", "The form can't be read"), Mend: ui.T("从规则变更页面重新提交", "Send it again from the page")}
	parts, err := r.MultipartReader()
	if err != nil {
		return d, unreadable
	}
	var files [][]byte
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return d, unreadable
		}
		b, err := io.ReadAll(part)
		if err != nil {
			return d, &ui.Problem{Status: http.StatusRequestEntityTooLarge, What: ui.T("文件过大", "The file is too large"), Mend: ui.T("至多 48 MiB", "At most 48 MiB")}
		}
		switch {
		case part.FormName() == "note":
			d.Note = string(b)
		case part.FormName() == "pack" && len(b) > 0:
			files = append(files, b)
		}
	}
	if len(files) == 0 {
		return d, &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("没有选择规则包", "No pack was chosen"), Mend: ui.T("选择规则包文件夹的 zip", "Choose the zip of a pack's folder")}
	}
	for _, b := range files {
		k, err := pack.Read(b)
		var bad pack.Faults
		if err != nil && !errors.As(err, &bad) {
			return d, &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("不是规则包", "This is no pack"), Mend: ui.T("上传规则包文件夹的 zip（内含 pack.yaml）", "Send a zip of the pack's folder, with pack.yaml in it")}
		}
		if err != nil {
			return d, err
		}
		d.Packs = append(d.Packs, k)
	}
	return d, nil
}

// oneView is a proposal.
type oneView struct {
	p       *rulebook.Proposal
	changes []pack.Change
	more    int
	job     *job.Job
	two     bool
	begins  clock.Day // first day on which a difference can show, if all begin later
	today   clock.Day
}

// mostChanges is how many differences a page shows.
const mostChanges = 300

func number(r *http.Request) int64 {
	n, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (p *pages) proposal(w http.ResponseWriter, r *http.Request) error {
	one, err := p.zone.Rulebook.Get(r.Context(), number(r))
	if err != nil {
		return problem(err)
	}
	v := &oneView{p: one, two: p.zone.Rulebook.TwoPeople, today: p.today()}
	if v.changes, err = p.zone.Rulebook.Differences(r.Context(), one.Number); err != nil {
		return problem(err)
	}
	v.begins = beginning(v.changes)
	if len(v.changes) > mostChanges {
		v.more, v.changes = len(v.changes)-mostChanges, v.changes[:mostChanges]
	}
	if one.Job != "" {
		if j, err := p.zone.Jobs.Get(r.Context(), one.Job); err == nil {
			v.job = &j
		}
	}
	n := strconv.FormatInt(one.Number, 10)
	return p.Show(w, r, ui.View{Title: ui.T("规则提案 "+n, "Proposal "+n), Wide: true, Back: "/packs/proposals", BackTo: ui.T("规则变更", "Changes of rules"), Body: proposal(v)})
}

// beginning is the first day on which some difference of the core's rules can
// show.
func beginning(list []pack.Change) clock.Day {
	first := clock.Day(0)
	for i, c := range list {
		if c.What != "parameter" && c.What != "table" {
			continue
		}
		if i == 0 || first == 0 || c.From < first {
			first = c.From
		}
		if c.From == 0 {
			return 0
		}
	}
	return first
}

func (p *pages) shadow(w http.ResponseWriter, r *http.Request) error {
	var day clock.Day
	if text := r.PostForm.Get("as_of"); text != "" {
		var err error
		if day, err = clock.ParseDay(text); err != nil {
			return &ui.Problem{Status: 422, What: ui.T("日期有误", "This is no date"), Mend: ui.T("按 2026-03-01 的格式填写", "Write it as 2026-03-01")}
		}
	}
	one, err := p.zone.Rulebook.StartTrial(r.Context(), number(r), day)
	if err != nil {
		return problem(err)
	}
	return p.Done(w, r, address(one.Number), ui.T("试运行已开始，关闭页面也会继续", "The shadow run has begun and goes on when you close this page"))
}

func (p *pages) schedule(w http.ResponseWriter, r *http.Request) error {
	due, err := time.ParseInLocation("2006-01-02T15:04", strings.TrimSpace(r.PostForm.Get("due")), clock.Beijing)
	if err != nil {
		return problem(rulebook.ErrTime)
	}
	one, err := p.zone.Rulebook.Schedule(r.Context(), number(r), due)
	if err != nil {
		return problem(err)
	}
	at := ui.Time(one.Due)
	return p.Done(w, r, address(one.Number), ui.T("将于北京时间 "+at+" 启用", "It will be switched on at "+at+" Beijing time"))
}

func (p *pages) switchOn(w http.ResponseWriter, r *http.Request) error {
	if r.PostForm.Get("confirm") != "yes" {
		return &ui.Problem{Status: 422, What: ui.T("请勾选确认", "Tick the box to confirm"), Mend: ui.T("返回提案页面勾选后提交", "Go back to the proposal, tick it and send it")}
	}
	one, err := p.zone.Rulebook.Switch(r.Context(), number(r))
	if err == nil {
		err = p.zone.Rulebook.Settled(r.Context())
	}
	if err != nil {
		return problem(err)
	}
	return p.Done(w, r, address(one.Number), ui.T("新规则已生效", "The new rules are in force"))
}

func (p *pages) cancel(w http.ResponseWriter, r *http.Request) error {
	one, err := p.zone.Rulebook.Cancel(r.Context(), number(r))
	if err != nil {
		return problem(err)
	}
	return p.Done(w, r, address(one.Number), ui.T("提案已取消", "The proposal was cancelled"))
}

func (p *pages) back(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.zone.RollBack(r.Context(), r.PostForm.Get("note")); err != nil {
		return problem(err)
	}
	return p.Done(w, r, "/packs/history", ui.T("已回退到上一组规则", "The rules before the last switch are in force again"))
}

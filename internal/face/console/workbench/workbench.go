// Package workbench is the landing page (工作台): what waits for the caller, what
// changed and what is late, gathered from the services by what the caller may do;
// for visitors, what the platform is and what is open without an account.
//
// Invariants: every figure leads to what it counts; nothing is linked that the
// caller may not open or that there is not; a part that can't be read says so and
// keeps none of the others from showing.
package workbench

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
)

type pages struct {
	*ui.Shell
	zone *zone.Zone
}

// Register registers the landing page.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z}
	s.Nav(ui.Item{Group: ui.Workbench, Path: "/", ZH: "工作台", EN: "Workbench", Icon: "home", Need: access.WorkbenchRead, Signed: true})
	s.Get("/{$}", access.Public, p.home)
}

// section is a part of the workbench: figures that open, and the newest of what
// they count.
type section struct {
	title   ui.Text
	figures []figure
	table   []entry
	of      ui.Text // what the table lists
	empty   ui.Text // said where there is nothing
	fault   bool
}

// states tells whether the table says anything of states.
func (s *section) states() bool {
	return slices.ContainsFunc(s.table, func(e entry) bool { return e.state != nil || e.late })
}

// words tells whether the table says anything more of its entries.
func (s *section) words() bool {
	return slices.ContainsFunc(s.table, func(e entry) bool { return e.words.ZH != "" || len(e.reasons) > 0 })
}

// figure is one number that opens.
type figure struct {
	label  ui.Text
	value  string
	href   string
	beside ui.Text
}

// entry is one thing that waits or changed.
type entry struct {
	href    string
	name    string // number or name, as it is
	words   ui.Text
	at      int64 // µs UTC; 0 none
	state   *clearance.State
	reasons []string // codes
	late    bool
}

// part makes a section; nil where the caller has none of it.
type part struct {
	need  access.Permission
	scope access.Scope // at least
	title ui.Text
	make  func(context.Context) (*section, error)
}

func (p *pages) parts() []part {
	return []part{
		{access.QueueWork, access.Zone, ui.T("监管队列", "Officers' queues"), p.queues},
		{access.SystemRead, access.Zone, ui.T("平台运行", "The platform"), p.system},
		{access.AuditRead, access.Zone, ui.T("审计", "Audit"), p.audit},
		{access.ParcelRead, access.Own, ui.T("通关", "Clearance"), p.parcels},
		{access.MessageSend, access.Own, ui.T("退回的单证", "Documents refused"), p.refusals},
		{access.ParcelRead, access.Own, ui.T("委托企业", "Clients"), p.clients},
		{access.MessageSend, access.Own, ui.T("批量报送", "Uploads"), p.uploads},
		{access.MatterApply, access.Own, ui.T("我的办件", "My applications"), p.applications},
		{access.MatterWork, access.Own, ui.T("待我办理", "Matters to work on"), p.matters},
		{access.TaxBillRead, access.Own, ui.T("应缴税款", "Tax due"), p.bills},
		{access.KeyManage, access.Own, ui.T("即将到期的接口密钥", "API keys about to expire"), p.keys},
		{access.FilingEdit, access.Zone, ui.T("即将到期的备案", "Filings about to end"), p.filings},
		{access.WorkbenchRead, access.Own, ui.T("通知", "Notices"), p.notices},
	}
}

func (p *pages) home(w http.ResponseWriter, r *http.Request) error {
	who := access.Of(r.Context())
	switch {
	case who == nil || !who.May(access.WorkbenchRead):
		return p.Show(w, r, ui.View{Title: p.Zone(), Plain: true, Wide: true, Body: front(p.public(), p.has("/sign-in"))})
	case who.Is(access.Consumer) && p.has("/passport"):
		http.Redirect(w, r, "/passport", http.StatusSeeOther)
		return nil
	}
	var list []*section
	for _, v := range p.parts() {
		if who.Scope(v.need) < v.scope {
			continue
		}
		s, err := v.make(r.Context())
		if err != nil {
			p.Log.ErrorContext(r.Context(), "a part of the workbench can't be read (工作台的一部分读取失败)", "part", v.title.EN, "error", err)
			s = &section{fault: true}
		}
		if s != nil {
			s.title = v.title
			list = append(list, s)
		}
	}
	open, later := offered(who, p.open(r.Context()))
	title := ui.T("工作台", "Workbench")
	return p.Show(w, r, ui.View{Title: title, Wide: true, Body: bench(who, p.today(), list, open, later)})
}

// today is the day in Beijing.
func (p *pages) today() clock.Day { return clock.DayOf(p.zone.Config.Clock.Now()) }

// route finds the page of a path, which may have a query.
func (p *pages) route(path string) (need access.Permission, ok bool) {
	path, _, _ = strings.Cut(path, "?")
	for _, r := range p.Gate.Routes() {
		if r.Pattern == "GET "+path {
			return r.Need, true
		}
	}
	return "", false
}

// has tells whether there is a page.
func (p *pages) has(path string) bool { _, ok := p.route(path); return ok }

// open tells whether there is a page which the caller may open.
func (p *pages) open(ctx context.Context) func(path string) bool {
	who := access.Of(ctx)
	return func(path string) bool {
		need, ok := p.route(path)
		return ok && who.May(need)
	}
}

// link is a path that the caller may open, else "".
func (p *pages) link(ctx context.Context, path string) string {
	if p.open(ctx)(path) {
		return path
	}
	return ""
}

// public are the services that are open without an account.
func (p *pages) public() (out []door) {
	for _, d := range doors {
		if need, ok := p.route(d.path); ok && need == access.Public {
			out = append(out, d)
		}
	}
	return out
}

// door is what the front page leads to.
type door struct {
	path, icon  string
	title, what ui.Text
}

var doors = []door{
	{"/preflight", "file-check", ui.T("申报预检", "Pre-flight check"), ui.T("拖入报文或表格，一次看到全部问题、会得到的决定和税款；不需要账号，不留存。", "Drop a message or a spreadsheet: all defects at once, the decision it would get and the tax. No account, nothing kept.")},
	{"/advisor", "route", ui.T("监管方式比较", "Mode advisor"), ui.T("同一笔生意在 9610、1210、9710、9810 和一般贸易下能不能做、要什么单证、税款和收汇各如何。", "One trade under 9610, 1210, 9710, 9810 and general trade, side by side: allowed or not, documents, tax, FX.")},
	{"/calculator", "coin", ui.T("税款试算", "Tax calculator"), ui.T("跨境电商零售进口综合税，逐步算式，注明依据。", "Tax of retail imports with every step and its source.")},
	{"/passport", "id", ui.T("个人额度护照", "Allowance passport"), ui.T("查询谁用您的身份买了什么、今年用了多少额度；可冻结、可提异议。", "See each use of your identity and what is left of this year's allowance; freeze it, dispute a use.")},
	{"/services", "clipboard-check", ui.T("事项办理", "Applications"), ui.T("企业备案等事项的条件、材料和时限。", "Conditions, papers and time limits of filings and other matters.")},
	{"/verify", "qrcode", ui.T("证明核验", "Check a certificate"), ui.T("核验平台出具的决定书和证明。", "Check a letter or certificate that the platform has issued.")},
	{"/docs", "webhook", ui.T("接口文档", "API documentation"), ui.T("报文、回执、查询和推送的接口。", "Messages, receipts, queries and webhooks.")},
}

package workbench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/queue"
	"pilotzone/internal/customs/taxbill"
	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/query"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/notify"
)

// most is how many entries a section lists.
const most = 8

// queues are the officers' queues.
func (p *pages) queues(ctx context.Context) (*section, error) {
	figures, err := p.zone.Queue.Figures(ctx)
	if err != nil {
		return nil, err
	}
	s := &section{of: ui.T("最紧要的", "The most pressing"), empty: ui.T("没有等待处置的件", "Nothing waits for an officer")}
	mine, overdue := 0, 0
	for _, f := range figures {
		beside := ui.Text{}
		if f.Oldest != 0 {
			beside = ui.T("最早自 "+ui.Micros(f.Oldest), "oldest since "+ui.Micros(f.Oldest))
		}
		s.figures = append(s.figures, figure{ui.Text(f.Queue.Words()), ui.Count(f.Waiting), "/queues/" + f.Queue.String(), beside})
		mine, overdue = mine+f.Mine, overdue+f.Overdue
	}
	s.figures = append(s.figures, figure{label: ui.T("我领办的", "My cases"), value: ui.Count(mine), href: "/queues/mine"}, figure{label: ui.T("已超时", "Overdue"), value: ui.Count(overdue), href: "/queues"})
	list, _, err := p.zone.Queue.List(ctx, queue.Filter{}, queue.Page{Limit: most})
	now := p.zone.Config.Clock.Now().UnixMicro()
	for i := range list {
		v := &list[i]
		e := entry{href: fmt.Sprintf("/queues/cases/%d", v.Parcel), name: v.OrderNo, at: v.Since, state: &v.State, late: v.Due != 0 && v.Due < now}
		for _, r := range v.Reasons {
			e.reasons = append(e.reasons, r.Code)
		}
		s.table = append(s.table, e)
	}
	return s, err
}

// held are the states in which a parcel waits for an officer.
var held = []clearance.State{clearance.Review, clearance.Inspect, clearance.Detained}

// parcels are what is held, refused, waiting and released of what the caller has
// a part in; for officers of the zone, of all.
func (p *pages) parcels(ctx context.Context) (*section, error) {
	within, today := query.Reach(ctx, access.ParcelRead), p.today()
	s := &section{of: ui.T("最近退单和扣留", "Refused and held, the newest"), empty: ui.T("没有退单或扣留的包裹", "Nothing is refused or held")}
	for _, c := range []struct {
		label  ui.Text
		filter lookup.Filter
	}{
		{ui.T("今日退单", "Refused today"), lookup.Filter{States: []clearance.State{clearance.Refused, clearance.Expired}, From: today, To: today}},
		{ui.T("待监管处置", "Held for an officer"), lookup.Filter{States: held}},
		{ui.T("等待单证", "Waiting for documents"), lookup.Filter{States: []clearance.State{clearance.Waiting}}},
		{ui.T("今日放行", "Released today"), lookup.Filter{States: []clearance.State{clearance.Released, clearance.Closed}, From: today, To: today}},
	} {
		c.filter.Within = within
		total, err := p.zone.Lookup.Count(ctx, c.filter)
		if err != nil {
			return nil, err
		}
		value := ui.Count(total.N)
		if !total.Exact {
			value = ui.Count(total.N) + "+"
		}
		s.figures = append(s.figures, figure{label: c.label, value: value, href: p.link(ctx, query.Address(c.filter))})
	}
	stopped := append(slices.Clone(held), clearance.Refused, clearance.Expired)
	found, err := p.zone.Lookup.List(ctx, lookup.Filter{Within: within, States: stopped}, lookup.Page{Limit: most})
	for i := range found.Parcels {
		v := &found.Parcels[i]
		s.table = append(s.table, entry{href: fmt.Sprintf("/parcels/%d", v.Number), name: v.OrderNo, at: v.Updated, state: &v.State, reasons: v.Reasons})
	}
	return s, err
}

// refusals are documents that were refused today: orders, payments and waybills
// too, which have no parcel.
func (p *pages) refusals(ctx context.Context) (*section, error) {
	f := lookup.RefusalFilter{Within: query.Reach(ctx, access.ReceiptRead), From: p.today(), To: p.today()}
	list, err := p.zone.Lookup.Refusals(ctx, f, lookup.Page{Limit: most})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	counts, err := p.zone.Lookup.RefusalsByReason(ctx, f)
	if err != nil {
		return nil, err
	}
	s := &section{of: ui.T("今日退回", "Refused today")}
	for _, c := range counts[:min(len(counts), 4)] {
		s.figures = append(s.figures, figure{label: ui.T(c.Value, c.Value), value: ui.Count(c.N), href: p.link(ctx, "/rejections"), beside: names.Cause(c.Value)})
	}
	for _, r := range list {
		e := entry{name: fmt.Sprintf("CEB%d %s", int(r.Kind), r.Subject), at: r.At, reasons: r.Reasons, href: fmt.Sprintf("/answers/%d", r.Seq)}
		if r.Parcel != 0 {
			e.href = fmt.Sprintf("/parcels/%d", r.Parcel)
		}
		s.table = append(s.table, e)
	}
	return s, nil
}

// mostClients is how many clients of an agent are listed.
const mostClients = 40

// clients are those for whom an agent acts, each with what is held and refused.
func (p *pages) clients(ctx context.Context) (*section, error) {
	who := access.Of(ctx)
	if who.Scope(access.ParcelRead) != access.Own || len(who.Mandates) == 0 {
		return nil, nil
	}
	s := &section{of: ui.T("各委托企业的退单和扣留", "Refused and held, by client"), empty: ui.T("没有有效委托", "No mandate is in force")}
	seen := map[string]bool{}
	for _, m := range who.Mandates {
		if seen[m.Client] || len(seen) == mostClients {
			continue
		}
		seen[m.Client] = true
		f := lookup.Filter{Within: query.Reach(ctx, access.ParcelRead), Parties: m.Codes, States: append(slices.Clone(held), clearance.Refused, clearance.Waiting)}
		total, err := p.zone.Lookup.Count(ctx, f)
		if err != nil {
			return nil, err
		}
		name := m.Client
		if len(m.Codes) > 0 {
			if n := p.zone.EnterpriseName(m.Codes[0]); n != "" {
				name = n
			}
		}
		until := ui.T("长期", "without end")
		if m.To != 0 {
			until = ui.T("委托至 "+ui.Day(m.To), "until "+ui.Day(m.To))
		}
		s.table = append(s.table, entry{href: p.link(ctx, query.Address(f)), name: name, words: ui.T(ui.Count(total.N)+" 件待处理；"+until.ZH, ui.Count(total.N)+" to look at; "+until.EN)})
	}
	return s, nil
}

// applications are the caller's own matters.
func (p *pages) applications(ctx context.Context) (*section, error) {
	n, err := p.zone.Matters.Waiting(ctx)
	if err != nil || n.Drafts+n.Returned+n.Running == 0 {
		return nil, err
	}
	mine := p.link(ctx, "/matters/mine")
	return &section{figures: []figure{{label: ui.T("待补正", "To be completed"), value: ui.Count(n.Returned), href: mine}, {label: ui.T("草稿", "Drafts"), value: ui.Count(n.Drafts), href: mine},
		{label: ui.T("办理中", "In progress"), value: ui.Count(n.Running), href: mine}}}, nil
}

// matters are those that the caller's office works on.
func (p *pages) matters(ctx context.Context) (*section, error) {
	n, err := p.zone.Matters.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	work := p.link(ctx, "/matters/queue")
	s := &section{of: ui.T("待办理", "To be worked on"), empty: ui.T("没有待办理的事项", "No matter waits")}
	s.figures = []figure{{label: ui.T("待办理", "Waiting"), value: ui.Count(n.Work), href: work}, {label: ui.T("无人认领", "Claimed by nobody"), value: ui.Count(n.Unclaimed), href: work},
		{label: ui.T("我认领的", "Claimed by me"), value: ui.Count(n.Mine), href: work}, {label: ui.T("超过时限", "Over their time limit"), value: ui.Count(n.Late), href: work}}
	list, err := p.zone.Matters.List(ctx, matter.Filter{Workable: true, Limit: most})
	today := p.today()
	for i := range list {
		m := &list[i]
		e := entry{href: "/matters/" + m.Number, name: m.Number, at: m.Submitted.UnixMicro(), late: m.Due != 0 && m.Due < today}
		if d := p.zone.Matters.DefinitionOf(m); d != nil {
			e.words = ui.T(d.Title.ZH, d.Title.EN)
		}
		s.table = append(s.table, e)
	}
	return s, err
}

// bills are the payment documents that are due.
func (p *pages) bills(ctx context.Context) (*section, error) {
	list, err := p.zone.TaxBills.DueOn(ctx, p.today())
	if err != nil {
		return nil, err
	}
	who := access.Of(ctx)
	list = slices.DeleteFunc(list, func(d taxbill.Document) bool { return !who.Sees(access.TaxBillRead, d.Guarantor) })
	if len(list) == 0 {
		return nil, nil
	}
	s := &section{of: ui.T("应缴的缴款书", "Payment documents due")}
	var late int
	for _, d := range list {
		e := entry{href: p.link(ctx, "/tax-bills"), name: d.DutyNo, words: ui.T(ui.Yuan(d.Amount)+" 元，最后缴款日 "+ui.Day(d.PayLast), ui.Yuan(d.Amount)+" yuan, last day "+ui.Day(d.PayLast)), late: d.PayLast < p.today()}
		if e.late {
			late++
		}
		if len(s.table) < most {
			s.table = append(s.table, e)
		}
	}
	s.figures = []figure{{label: ui.T("应缴", "Due"), value: ui.Count(len(list))}, {label: ui.T("逾期", "Overdue"), value: ui.Count(late)}}
	return s, nil
}

// notices are the caller's unread ones.
func (p *pages) notices(ctx context.Context) (*section, error) {
	who := access.Of(ctx)
	n, err := p.zone.Notify.Unread(ctx, who.ID, notify.Recipients(who))
	if err != nil || n == 0 {
		return nil, err
	}
	value := ui.Count(n)
	if n >= notify.MostUnread {
		value += "+"
	}
	return &section{figures: []figure{{label: ui.T("未读通知", "Unread notices"), value: value, href: p.link(ctx, "/notices")}}}, nil
}

// system is the state of the platform.
func (p *pages) system(ctx context.Context) (*section, error) {
	state, err := p.zone.State(ctx)
	if err != nil {
		return nil, err
	}
	s := &section{of: ui.T("停止的部分", "Parts that have stopped"), empty: ui.T("各部分都在运行", "All parts run")}
	takes := ui.T("正常受理", "takes messages in")
	if state.Unhealthy != "" {
		takes = ui.T("未受理", "takes nothing in")
	}
	behind := state.Durable - min(state.Durable, state.Indexed)
	s.figures = []figure{{label: ui.T("排队报文", "Messages waiting"), value: ui.Count(state.Waiting), href: p.link(ctx, "/system"), beside: takes},
		{label: ui.T("索引滞后的决定", "Decisions not indexed yet"), value: ui.Count(behind), href: p.link(ctx, "/system")},
		{label: ui.T("待送核心的指令", "Commands for the core"), value: ui.Count(state.Outbox), href: p.link(ctx, "/system")}}
	if access.Of(ctx).Scope(access.WebhookManage) == access.Zone {
		dead, err := p.zone.Notify.Dead(ctx, "")
		if err != nil {
			return nil, err
		}
		s.figures = append(s.figures, figure{label: ui.T("推送死信", "Dead letters"), value: ui.Count(dead), href: p.link(ctx, "/webhooks")})
	}
	for _, part := range p.zone.Parts() {
		if part.Err != "" {
			s.table = append(s.table, entry{name: part.Name, href: p.link(ctx, "/system"), late: true})
		}
	}
	return s, nil
}

// audit is how the chain stands and what was denied today.
func (p *pages) audit(ctx context.Context) (*section, error) {
	state, err := p.zone.Audit.State(ctx)
	if err != nil {
		return nil, err
	}
	s := &section{of: ui.T("今日被拒绝的操作", "Acts denied today"), empty: ui.T("今日没有被拒绝的操作", "Nothing was denied today")}
	sealed := ui.T("尚无封印", "no seal yet")
	if state.Newest != nil {
		at := ui.Time(state.Newest.At)
		sealed = ui.T("封印于 "+at, "sealed at "+at)
		s.figures = append(s.figures, figure{label: ui.T("链中记录", "Entries in the chain"), value: ui.Count(state.Newest.Last), href: p.link(ctx, "/audit"), beside: sealed})
	}
	s.figures = append(s.figures, figure{label: ui.T("待封印", "Not chained yet"), value: ui.Count(state.Waiting), href: p.link(ctx, "/audit"), beside: sealed})
	list, _, err := p.zone.Audit.List(ctx, audit.Filter{From: p.today().Time(), To: p.today().Time().Add(24 * time.Hour), Outcome: audit.Denied}, "", most)
	for _, e := range list {
		s.table = append(s.table, entry{href: p.link(ctx, "/audit?outcome=denied"), name: e.Act + " " + e.Object, at: e.At.UnixMicro()})
	}
	return s, err
}

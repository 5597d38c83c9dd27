package preflight

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"pilotzone/ceb/dxp"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/draft"
	"pilotzone/internal/customs/tax"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/money"
)

func clearanceUsed(ask Ask) money.Fen {
	if ask.Used == nil {
		return 0
	}
	return *ask.Used
}

func unwrapped(data []byte) []byte {
	if dxp.IsEnvelope(data) {
		if env, err := dxp.Unwrap(data); err == nil {
			return env.Data
		}
	}
	return data
}

// report puts the answer together. Of parcels that only the second run decided
// it says that too.
func (r *reading) report(t, second *trial, ask Ask) *Report {
	out := &Report{At: r.at, Rules: r.x.Rules.Set().Version(), Documents: []Document{}, Parcels: []Parcel{}, Defects: r.loose, Assumed: r.assumed(t, ask)}
	for _, s := range r.sources {
		for i := range s.further {
			s.further[i].Further = true
		}
		all := append(s.defects, s.further...)
		p := s.place(0, "")
		d := Document{Kind: int(s.kind()), Number: s.number(), File: s.file, Line: p.Line, Sheet: p.Sheet, Cell: p.Cell, What: s.what, Status: s.status, Defects: len(all)}
		if d.What == "" {
			d.What = "unread"
		}
		out.Documents = append(out.Documents, d)
		out.Defects = append(out.Defects, all...)
	}
	if out.Defects == nil {
		out.Defects = []draft.Defect{}
	}
	better := func(k clearance.Key) bool {
		return second != nil && second.parcels[k] != nil && second.parcels[k].decided != nil && !same(t.parcels[k], second.parcels[k])
	}
	for _, k := range t.order {
		p := t.parcel(k, ask)
		if better(k) {
			mended := second.parcel(k, ask)
			p.Mended = &mended
		}
		out.Parcels = append(out.Parcels, p)
	}
	if second != nil {
		for _, k := range second.order {
			if t.parcels[k] == nil && better(k) {
				mended := second.parcel(k, ask)
				out.Parcels = append(out.Parcels, Parcel{OrderNo: mended.OrderNo, ListNo: mended.ListNo, Direction: mended.Direction, Mode: mended.Mode, Mended: &mended,
					State: clearance.None.String(), StateZH: clearance.None.Chinese(), Outcome: Text{"单证被退回，不受理", "its documents are refused and not taken in"}})
			}
		}
	}
	slices.SortStableFunc(out.Parcels, func(a, b Parcel) int { return cmp.Compare(rank(a), rank(b)) })
	out.Fine = len(out.Documents) > 0 && !draft.Refused(out.Defects)
	return out
}

// rank puts parcels that are decided before those that wait.
func rank(p Parcel) int {
	switch {
	case p.State == clearance.None.String():
		return 2
	case len(p.Waiting) > 0:
		return 1
	}
	return 0
}

func (r *reading) assumed(t *trial, ask Ask) []Text {
	out := []Text{{"只看所给单证：平台已存的单证、订单号与运单号的重复不在预检之内", "only the documents given are looked at: what is stored here, and numbers used before, are not"}}
	lists := false
	for _, s := range r.sources {
		lists = lists || s.doc.List != nil && s.doc.Kind.Import()
	}
	if lists {
		out = append(out, Text{"假定担保企业的担保额度充足", "the guarantor's security is supposed to suffice"})
		if ask.Used == nil {
			out = append(out, Text{"不查询订购人的年度额度：假定本年尚未使用", "the orderer's allowance is not looked up: none is supposed to be used this year"})
		}
		if r.x.Rules.On(clock.DayOf(r.at)).Import.PersonCheck {
			out = append(out, Text{"假定订购人姓名与号码经核验一致", "the orderers' names and numbers are supposed to be verified"})
		}
	}
	if ask.AnyFiled {
		out = append(out, Text{"假定各企业均已备案", "every enterprise is supposed to be filed"})
	}
	if n := r.x.Rules.On(clock.DayOf(r.at)).Review.Inspection; n > 0 && len(t.order) > 0 {
		out = append(out, Text{fmt.Sprintf("未计抽查：另有约 %d‰ 的清单被随机抽中查验", n), fmt.Sprintf("no draw by lot: about %d in 1,000 lists are drawn for inspection", n)})
	}
	return out
}

func (t *trial) parcel(k clearance.Key, ask Ask) Parcel {
	o := t.parcels[k]
	p := Parcel{State: o.state.String(), StateZH: o.state.Chinese()}
	if s := t.find(k, 311, 303, 411, 403, 621, 603); s != nil {
		p.OrderNo, p.Direction = s.value("orderNo"), direction(s)
	}
	list := t.find(k, 621, 603)
	v := cmp.Or(o.decided, o.stored)
	if list == nil || v == nil {
		p.Outcome = Text{"单证已收，等待清单", "the documents are taken in and wait for their list"}
		p.Waiting = []Text{{"清单", "the declaration list"}}
		if p.Direction == "" {
			if s := t.anyOf(k); s != nil {
				p.OrderNo, p.Direction = s.number(), direction(s)
			}
		}
		return p
	}
	p.ListNo, p.Mode, p.Direction, p.Status = list.doc.List.CopNo, list.doc.List.Mode, direction(list), int(o.status)
	if o.decided == nil {
		for _, r := range v.Reasons {
			if r.Code == "PZ1501" && len(r.Args) > 0 {
				for name := range strings.SplitSeq(r.Args[0], "、") {
					p.Waiting = append(p.Waiting, inBoth(name))
				}
			}
		}
		p.Outcome = Text{"等待单证，到齐后自动审核", "waits for documents and is decided when they are there"}
		return p
	}
	p.Outcome = outcomeOf(o.state)
	t.money(&p, v, list, ask)
	for _, r := range v.Reasons {
		if r.Code == "PZ1701" || r.Code == "PZ1702" {
			p.Class = append(p.Class, Text{r.Chinese(), r.English()})
		}
	}
	return p
}

func (t *trial) anyOf(k clearance.Key) *source {
	for _, s := range t.r.sources {
		if s.doc.Parcel == k || s.parcel == k {
			return s
		}
	}
	return nil
}

func direction(s *source) string {
	if s.kind().Import() {
		return "I"
	}
	return "E"
}

// inBoth adds the English to the name of a document that a list waits for.
func inBoth(zh string) Text {
	for _, n := range [][2]string{{"订单", "order"}, {"支付", "payment"}, {"收款", "receipt of payment"}, {"运单", "waybill"}, {"运抵", "arrival"}} {
		if strings.Contains(zh, n[0]) {
			return Text{zh, n[1]}
		}
	}
	return Text{zh, zh}
}

func outcomeOf(s clearance.State) Text {
	switch s {
	case clearance.Released:
		return Text{"放行", "released"}
	case clearance.Concluded:
		return Text{"审结，待运抵放行", "examined; released when the goods arrive"}
	case clearance.Refused:
		return Text{"退单", "refused"}
	case clearance.Review:
		return Text{"转人工审核", "goes to a person for review"}
	case clearance.Inspect:
		return Text{"查验", "inspected"}
	case clearance.Closed:
		return Text{"放行并结关", "released and cleared"}
	}
	return Text{s.Chinese(), s.String()}
}

// money adds tax, allowance and guarantee of a decided list.
func (t *trial) money(p *Parcel, v *clearance.Decision, list *source, ask Ask) {
	if v.Tax == nil {
		return
	}
	p.Tax = taxOf(t, v, list.doc.List)
	used := v.Tax.UsedBefore
	a := &Allowance{Limit: v.Tax.Limit.String()}
	if p.Tax.Decision != tax.NotCBEC.String() && v.To != clearance.Refused {
		a.Value = v.Tax.Dutiable
	}
	a.Yuan = a.Value.String()
	if ask.Used != nil {
		a.Used, a.After = used.String(), (used + a.Value).String()
	}
	p.Allowance = a
	for _, posting := range v.Postings {
		if posting.Phase == ledger.Reserve && posting.Amount < 0 {
			p.Guarantee = &Guarantee{Guarantor: list.doc.List.Guarantor, Yuan: money.Fen(-posting.Amount).String()}
		}
	}
}

// taxOf writes the working of a list's tax: the same computation again, with
// every step.
func taxOf(t *trial, v *clearance.Decision, l *clearance.List) *Tax {
	a := v.Tax
	out := &Tax{Decision: a.Decision, Reason: a.Reason, Dutiable: a.Dutiable, Total: a.Total()}
	out.Duty, out.CT, out.VAT = a.Totals()
	out.Amounts = Amounts{a.Dutiable.String(), out.Duty.String(), out.CT.String(), out.VAT.String(), out.Total.String()}
	in := tax.Input{Used: a.UsedBefore}
	in.Freight, _ = l.Freight.Fen()
	in.Insurance, _ = l.Insurance.Fen()
	r, _, _, err := clearance.Quote(t.r.x.Rules.On(clock.DayOf(t.r.at)), l, in)
	if err != nil {
		return out
	}
	out.Words = Text{r.Decision.ZH() + "：" + r.Reason.ZH(), r.Decision.EN() + ": " + r.Reason.EN()}
	for _, step := range r.Explain() {
		out.Working = append(out.Working, Text{step.ZH, step.EN})
	}
	return out
}

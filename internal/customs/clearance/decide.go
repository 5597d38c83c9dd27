package clearance

import (
	"encoding/binary"
	"errors"
	"strconv"
	"strings"

	"pilotzone/internal/customs/tax"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/refdata"
)

// verdict is what decide found out about a list before it is written down.
type verdict struct {
	faults   []Reason // refuse
	review   []Reason // to a person
	notes    []Reason
	tax      *Assessment
	reserve  []ledger.Posting
	dutiable money.Fen
	opened   []opening
}

// opening is an account that the reservation needs and that may not exist yet.
type opening struct {
	account ledger.Account
	unit    ledger.Unit
	limits  ledger.Limits
}

// decide takes the decision on a list whose documents are all there (RULES
// A16, A17; B4, C2): everything that refuses it is said at once.
func (e *Engine) decide(p *parcel) {
	v := &verdict{}
	e.unwaitList(p)
	v.faults, v.notes = e.match(p)
	e.identify(p, v)
	rules := e.rulesOf(p)
	if len(rules.Missing) > 0 {
		v.review = append(v.review, Say("PZ1611", strings.Join(rules.Missing, "、")))
	}
	if p.Dir == Import {
		e.assess(p, rules, v)
	} else {
		e.classify(p, rules, v)
	}
	if len(v.faults) == 0 {
		e.reserve(v)
	}
	if len(v.faults) > 0 {
		e.refuseList(p, v)
		return
	}
	e.accept(p, rules, v)
}

// refuseList is rung 100: the documents stay as they were, so that a mended
// list can use them.
func (e *Engine) refuseList(p *parcel, v *verdict) {
	from := p.State
	p.State, p.Status, p.Notes = Refused, 100, v.faults
	e.rewait(p)
	e.unclaim(p)
	e.emit(&Decision{What: Decided, Versions: e.bookOf(p).Set().Version(), Kind: listKind(p.Dir), Parcel: p.Key, Number: p.Number, From: from, To: Refused, Status: 100,
		Reasons: append(v.faults, v.notes...), Tax: v.tax, List: p.List, Subject: p.List.OrderNo,
		Receipts: []Receipt{e.listReceipt(p, p.ListMeta.Sender, Rung{Status: 100, Reasons: v.faults})}})
	p.slim()
}

// slim forgets the lines of a decided list: they stand in the decision, and no
// later event asks for them.
func (p *parcel) slim() {
	p.List = p.List.head()
}

// accept is rung 120 and what follows it at once: release, review or
// inspection for imports; 399 for exports, which wait for their arrival.
func (e *Engine) accept(p *parcel, rules *refdata.Rules, v *verdict) {
	from := p.State
	p.InvtNo = invtNo(p.List.Customs, e.at, p.Dir, p.Number)
	p.Dutiable, p.Postings = v.dutiable, v.reserve
	if v.tax != nil {
		p.Tax = v.tax.Total()
	}
	rungs := []Rung{{Status: 120, Reasons: []Reason{Say("1800")}}}
	postings := append([]ledger.Posting(nil), v.reserve...)
	hold := e.held(p, rules, v)
	switch {
	case hold.Status != 0:
		p.State = stateOf(hold.Status)
		rungs = append(rungs, hold)
	case p.Dir == Import:
		p.State = Released
		rungs = append(rungs, Rung{Status: 800, Reasons: []Reason{Say("2600")}})
		postings = append(postings, e.settle(p, ledger.Charge)...)
	default:
		p.State = Concluded
		rungs = append(rungs, Rung{Status: 399, Reasons: []Reason{Say("1800")}})
		if w := e.mem.waybill(p.Waybill); w != nil && (w.Arrived != 0 || !rules.ReleaseDocs(byte(p.Dir), modeOf(p.List)).Has(refdata.Arrival)) {
			p.State = Released
			rungs = append(rungs, Rung{Status: 800, Reasons: []Reason{Say("PZ3104")}})
			if w.Departed != 0 {
				p.State = Closed
				rungs = append(rungs, Rung{Status: 899, Reasons: []Reason{Say("PZ3105")}})
			}
		}
	}
	last := rungs[len(rungs)-1]
	p.Status, p.Notes, p.Hold = uint16(last.Status), last.Reasons, 0
	e.applyPostings(postings)
	d := &Decision{What: Decided, Versions: e.bookOf(p).Set().Version(), Kind: listKind(p.Dir), Parcel: p.Key, Number: p.Number, From: from, To: p.State, Status: p.Status,
		InvtNo: p.InvtNo, Reasons: append(v.review, v.notes...), Postings: postings, Tax: v.tax, List: p.List, Subject: p.List.OrderNo}
	d.Receipts = append(e.useDocs(p), e.listReceipt(p, p.ListMeta.Sender, rungs...))
	e.emit(d)
	p.slim()
}

// held says whether a person has to look at the list first, and why.
func (e *Engine) held(p *parcel, rules *refdata.Rules, v *verdict) Rung {
	switch {
	case p.Hold != 0:
		r := Say("PZ1609", strconv.Itoa(int(p.Hold)))
		v.review = append(v.review, r)
		return Rung{Status: int32(p.Hold), Reasons: []Reason{r}}
	case len(v.review) > 0:
		return Rung{Status: 300, Reasons: v.review}
	case !e.undrawn && selected(p.Key, rules.Review.Inspection):
		v.review = append(v.review, Say("PZ1608"))
		return Rung{Status: 500, Reasons: v.review}
	}
	return Rung{}
}

// selected picks a share of parcels by their keyed hash, which nobody outside
// can foresee and a replay repeats.
func selected(k Key, permille int64) bool {
	return permille > 0 && int64(binary.LittleEndian.Uint32(k[12:])%1000) < permille
}

func stateOf(status int32) State {
	switch status {
	case 300:
		return Review
	case 500:
		return Inspect
	case 501, 502, 503, 599:
		return Detained
	case 700:
		return Returned
	case 800:
		return Released
	}
	return Refused
}

// useDocs marks the documents of a decided list as used and answers their
// senders (120, or 399 for the export waybill).
func (e *Engine) useDocs(p *parcel) []Receipt {
	var out []Receipt
	say := func(kind uint16, to string, fields ...string) {
		out = append(out, Receipt{Kind: receiptKind(kind), To: to, Fields: fields,
			Rungs: []Rung{{Status: usedStatus(kindOf(kind)), Reasons: []Reason{Say("1800"), Say("PZ3103", p.InvtNo)}}}})
	}
	if o := p.Order; o != nil {
		p.OrderMeta.State = Used
		e.unwait(p.Key, p.OrderMeta.Since)
		say(orderKind(p.Dir), p.OrderMeta.Sender, o.Platform, o.Merchant, o.OrderNo)
	}
	for _, k := range p.Payments {
		pay := e.mem.payment(k)
		if pay == nil || pay.Payment == nil {
			continue
		}
		pay.Meta.State = Used
		e.unwait(k, pay.Meta.Since)
		if v := pay.Payment; p.Dir == Import {
			say(411, pay.Meta.Sender, v.PayCode, v.PayNo)
		} else {
			say(403, pay.Meta.Sender, v.Merchant, v.OrderNo, v.PayNo)
		}
	}
	if w := e.mem.waybill(p.Waybill); w != nil && w.Waybill != nil {
		w.Meta.State = Used
		e.unwait(p.Waybill, w.Meta.Since)
		kind := uint16(511)
		if p.Dir == Export {
			kind = 505
		}
		say(kind, w.Meta.Sender, w.Waybill.Carrier, w.Waybill.No)
	}
	return out
}

// freeDocs gives the documents of a withdrawn or refused list back, so that a
// new list may use them.
func (e *Engine) freeDocs(p *parcel) {
	if p.OrderMeta.State == Used {
		p.OrderMeta.State = Pending
	}
	for _, k := range p.Payments {
		if pay := e.mem.payment(k); pay != nil && pay.Meta.State == Used {
			pay.Meta.State = Pending
		}
	}
	if w := e.mem.waybill(p.Waybill); w != nil && w.Parcel == p.Key && w.Meta.State == Used {
		w.Meta.State = Pending
	}
	e.rewait(p)
	e.unclaim(p)
}

// rewait lets the order and the payments of a list that no longer stands wait
// for another one; unclaim does so for the waybill.
func (e *Engine) rewait(p *parcel) {
	if p.OrderMeta.State == Pending {
		e.wait(p.Key, e.at)
	}
	for _, k := range p.Payments {
		if pay := e.mem.payment(k); pay != nil && pay.Meta.State == Pending {
			e.wait(k, e.at)
		}
	}
}

// assess computes tax, allowance, weight counters and guarantee of an import
// list (RULES A1-A17).
func (e *Engine) assess(p *parcel, rules *refdata.Rules, v *verdict) {
	on := day(p.ListMeta.Since)
	account := e.personAccount(p.List.Buyer, on)
	posted, pending := e.book.Balance(account)
	in := tax.Input{Used: money.Fen(posted + pending), Limits: tax.Limits{Single: rules.Limits.Single, Annual: rules.Limits.Annual, Factor: rules.Limits.TaxFactor}}
	in.Freight, _ = p.List.Freight.Fen()
	in.Insurance, _ = p.List.Insurance.Fen()
	in.Lines = make([]tax.Line, len(p.List.Lines))
	for i := range p.List.Lines {
		e.taxLine(p.List, i, &in.Lines[i], rules, v)
	}
	if rules.PositiveObserved() {
		v.notes = append(v.notes, Say("PZ1610"))
	}
	e.weights(p, rules, on, v)
	r, err := tax.Decide(in)
	if err != nil {
		e.untaxable(err, v)
		return
	}
	v.tax = assessment(p.List, &r)
	v.dutiable = r.Dutiable
	e.conclude(p, &r, v)
	if r.Decision == tax.NotCBEC {
		return
	}
	e.withheld(p, rules, &r, v)
	v.opened = append(v.opened, opening{account, ledger.CNYFen, ledger.Limits{Floor: 0, Ceiling: int64(in.Limits.Annual)}})
	v.reserve = append(v.reserve, ledger.Posting{Account: account, Unit: ledger.CNYFen, Phase: ledger.Reserve, Amount: int64(r.Dutiable)})
	if rules.Import.Guarantee && r.Tax > 0 {
		e.guarantee(p, r.Tax, v)
	}
}

// untaxable: the list can't be taxed as it is; a quantity that the tariff asks
// for is missing, or an amount is out of range.
func (e *Engine) untaxable(err error, v *verdict) {
	what := "税款无法计算 tax can't be computed"
	if errors.Is(err, tax.ErrQuantity) {
		what = "缺少计税单位的数量 no quantity in the unit by which the goods are taxed"
	}
	v.faults = append(v.faults, Say("-621001", what+": "+err.Error()))
}

// conclude turns the tax decision into reasons.
func (e *Engine) conclude(p *parcel, r *tax.Result, v *verdict) {
	switch r.Reason {
	case tax.OverAnnualLimit:
		v.faults = append(v.faults, Say("1313", r.Used.String(), r.Dutiable.String(), r.Limits.Annual.String()))
	case tax.NotBelowAnnualLimit:
		v.faults = append(v.faults, Say("PZ1603", r.Dutiable.String(), r.Limits.Annual.String()))
	case tax.OverSingleLimitMultiPiece:
		v.faults = append(v.faults, Say("-621005", p.List.CopNo, r.Limits.Single.String(), r.Dutiable.String()))
	case tax.SinglePieceOverSingleLimit:
		v.notes = append(v.notes, Say("PZ1606"))
	case tax.WithinLimits:
		v.notes = append(v.notes, Say("PZ1607"))
	}
	for i := range r.Lines {
		if r.Lines[i].Review != 0 {
			v.review = append(v.review, Say("PZ1604", strconv.Itoa(int(p.List.Lines[i].Gnum)), "5"))
		}
	}
}

// withheld warns when the tax that the platform withheld is far from ours (a
// practitioner's 5 % tolerance, RULES A16, marked recalled: a warning, no
// refusal).
func (e *Engine) withheld(p *parcel, rules *refdata.Rules, r *tax.Result, v *verdict) {
	if p.Order == nil || p.Order.Tax == 0 {
		return
	}
	have, _ := p.Order.Tax.Fen()
	diff := max(have-r.Tax, r.Tax-have)
	band, err := rules.Review.TaxTolerance.Of(r.Tax)
	if allowed := max(band, money.Fen(len(r.Lines))); err == nil && diff > allowed {
		v.notes = append(v.notes, Say("PZ1507", have.String(), r.Tax.String()))
	}
}

// guarantee draws the tax on the guarantor's deposit (RULES A10).
func (e *Engine) guarantee(p *parcel, amount money.Fen, v *verdict) {
	account := e.guaranteeAccount(p.List.Guarantor)
	v.opened = append(v.opened, opening{account, ledger.CNYFen, ledger.Limits{Floor: 0, Ceiling: ledger.NoCeiling}})
	v.reserve = append(v.reserve, ledger.Posting{Account: account, Unit: ledger.CNYFen, Phase: ledger.Reserve, Amount: -int64(amount)})
}

// reserve tries the reservations together; a limit that they would break
// becomes a reason.
func (e *Engine) reserve(v *verdict) {
	for _, o := range v.opened {
		if err := e.book.Open(o.account, o.unit, o.limits, 0); err != nil {
			panic(err) // the units of our own accounts do not change
		}
		if a, ok := e.book.Lookup(o.account); ok && a.Limits != o.limits { // packs were switched since it was opened
			if err := e.book.SetLimit(o.account, o.limits); err != nil {
				panic(err) // it is open, and the limits come from sound rules
			}
		}
	}
	err := e.book.Check(v.reserve)
	if err == nil {
		return
	}
	var limit *ledger.LimitError
	if !errors.As(err, &limit) {
		panic(err)
	}
	posted, pending := e.book.Balance(limit.Account)
	for _, r := range v.reserve {
		if r.Account == limit.Account {
			v.faults = append(v.faults, e.overLimit(r, money.Fen(posted+pending)))
			return
		}
	}
}

// overLimit says which account a reservation would break: the guarantee (1311)
// or, when two lists of one person are decided in one breath, the allowance.
func (e *Engine) overLimit(r ledger.Posting, stands money.Fen) Reason {
	if r.Amount < 0 {
		return Say("1311", money.Fen(-r.Amount).String(), stands.String())
	}
	return Say("1313", stands.String(), money.Fen(r.Amount).String())
}

func (e *Engine) applyPostings(ps []ledger.Posting) {
	if len(ps) == 0 {
		return
	}
	if err := e.book.Apply(e.decision+1, ps); err != nil {
		panic(err) // checked before, or the undoing of what was done
	}
}

// settle turns what the parcel reserved into the given phase and remembers it.
func (e *Engine) settle(p *parcel, phase ledger.Phase) []ledger.Posting {
	out := make([]ledger.Posting, len(p.Postings))
	for i, v := range p.Postings {
		out[i] = v
		out[i].Phase = phase
	}
	p.Charged = phase == ledger.Charge
	if phase != ledger.Charge {
		p.Postings = nil
	}
	return out
}

// giveBack frees what is reserved or refunds what is charged.
func (e *Engine) giveBack(p *parcel) []ledger.Posting {
	if p.Charged {
		return e.settle(p, ledger.Refund)
	}
	return e.settle(p, ledger.Free)
}

// personAccount is the yearly allowance account of a person (个人年度额度).
func (e *Engine) personAccount(buyer Key, on clock.Day) ledger.Account {
	return PersonAccount(e.hasher, buyer, on)
}

// PersonAccount is the account of a person's yearly allowance, for those who
// read the postings of decisions.
func PersonAccount(h Hasher, person Key, on clock.Day) ledger.Account {
	return ledger.Account(h.Key('a', person[:], yearBytes(on)))
}

// guaranteeAccount is the deposit account of a guarantor (担保账户).
func (e *Engine) guaranteeAccount(code string) ledger.Account {
	return ledger.Account(e.hasher.Key('d', []byte(code)))
}

func yearBytes(on clock.Day) []byte { return strconv.AppendInt(nil, int64(on.Year()), 10) }

func assessment(l *List, r *tax.Result) *Assessment {
	a := &Assessment{Decision: r.Decision.String(), Reason: r.Reason.String(), Dutiable: r.Dutiable, UsedBefore: r.Used, Limit: r.Limits.Annual}
	a.Lines = make([]LineTax, len(r.Lines))
	for i := range r.Lines {
		t := &r.Lines[i]
		a.Lines[i] = LineTax{Gnum: l.Lines[i].Gnum, Code: l.Lines[i].Code, Dutiable: t.Dutiable,
			DutyRate: t.DutyCharge.Rate.String(), CTRate: t.CTCharge.Rate.String(), CTSpecific: t.CTCharge.Specific.String(),
			VATRate: t.VATRate.String(), Factor: t.Factor.String(), DutyTax: t.Duty, CTTax: t.CT, VATTax: t.VAT}
	}
	return a
}

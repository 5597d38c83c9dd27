package story

import (
	"fmt"
	"strings"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/tax"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/refdata"
)

// Working is the tax of a list line by line (计税过程), from the operands that
// the decision keeps.
type Working struct {
	Decision, Reason string // PREF70 …, WITHIN_LIMITS …
	Words            Text
	Taxed            bool // within the channel; else no tax is computed
	Dutiable         money.Fen
	Freight          money.Fen
	Insurance        money.Fen
	Duty, CT, VAT    money.Fen
	Total            money.Fen
	Lines            []TaxedLine
	Sum              Text // the totals in words
	// Used and After are the orderer's yearly allowance before this list and with
	// it, Limit what it may be; Year is the calendar year.
	Used, After, Limit money.Fen
	Year               int
	Single             money.Fen // single limit of the day; 0 unknown
}

// TaxedLine is the tax of one line of goods.
type TaxedLine struct {
	Gnum                      int32
	Code                      uint64
	Name                      string
	Value, Freight, Insurance money.Fen
	Dutiable                  money.Fen
	DutyRate, CTRate, VATRate string // per cent, exact
	CTSpecific                string // 从量
	Factor                    string // share of the statutory tax that is levied
	Duty, CT, VAT             money.Fen
	Steps                     []Text // the arithmetic
}

// Effect is what one decision did to an account (额度与担保).
type Effect struct {
	At       int64
	Decision uint64
	Account  Account
	Phase    ledger.Phase
	Amount   int64 // fen, of weights grams; positive uses the allowance up, or draws on the security
}

// Account tells whose limit an effect is on.
type Account uint8

// The accounts of the core that a parcel touches.
const (
	AllowanceAccount Account = iota // 个人年度额度
	GuaranteeAccount                // 担保
	WeightAccount                   // 年度限量
)

// Words are the account's names.
func (a Account) Words() Text {
	return [...]Text{{ZH: "个人年度额度", EN: "yearly allowance"}, {ZH: "税款担保", EN: "guarantor's security"}, {ZH: "个人年度限量", EN: "yearly weight"}}[a]
}

// PhaseWords are what a posting does, in words.
func PhaseWords(p ledger.Phase) Text {
	switch p {
	case ledger.Reserve:
		return Text{ZH: "预占", EN: "reserved"}
	case ledger.Charge:
		return Text{ZH: "核扣", EN: "charged"}
	case ledger.Free:
		return Text{ZH: "释放", EN: "freed"}
	case ledger.Refund:
		return Text{ZH: "退回", EN: "given back"}
	}
	return Text{ZH: "记账", EN: "posted"}
}

// effect reads a decision's postings: security is drawn as a negative amount,
// weights are in grams.
func (s *Story) effect(d *clearance.Decision) {
	if d.Number == 0 {
		return
	}
	for _, p := range d.Postings {
		e := Effect{At: d.At, Decision: d.Seq, Phase: p.Phase, Amount: p.Amount}
		switch {
		case p.Unit == ledger.Gram:
			e.Account = WeightAccount
		case p.Amount < 0:
			e.Account, e.Amount = GuaranteeAccount, -p.Amount
		}
		s.Effects = append(s.Effects, e)
	}
}

// taxed writes the tax of a decision out.
func (s *Story) taxed(d *clearance.Decision, book *refdata.Book, day clock.Day) {
	a := d.Tax
	if a == nil {
		return
	}
	r := resultOf(a, d.List)
	w := &Working{Decision: a.Decision, Reason: a.Reason, Taxed: r.Decision != tax.NotCBEC, Dutiable: a.Dutiable, Duty: r.Duty, CT: r.CT, VAT: r.VAT, Total: r.Tax,
		Words: Text{ZH: r.Decision.ZH() + "：" + r.Reason.ZH(), EN: r.Decision.EN() + ": " + r.Reason.EN()},
		Used:  a.UsedBefore, After: r.AnnualAfter, Limit: a.Limit, Year: day.Year(), Single: book.On(day).Limits.Single}
	steps := r.Explain()[2:] // the first two say the limits and the decision
	for i := range a.Lines {
		l := &r.Lines[i]
		t := TaxedLine{Gnum: a.Lines[i].Gnum, Code: a.Lines[i].Code, Value: l.Value, Freight: l.Freight, Insurance: l.Insurance, Dutiable: l.Dutiable,
			DutyRate: l.DutyCharge.Rate.Percent(), CTRate: l.CTCharge.Rate.Percent(), VATRate: l.VATRate.Percent(), Factor: l.Factor.Percent(),
			Duty: l.Duty, CT: l.CT, VAT: l.VAT}
		if !l.CTCharge.Specific.IsZero() {
			t.CTSpecific = l.CTCharge.Specific.String()
		}
		if d.List != nil && i < len(d.List.Lines) {
			t.Name = d.List.Lines[i].Name
		}
		w.Freight, w.Insurance = w.Freight+l.Freight, w.Insurance+l.Insurance
		for n := 0; len(steps) > 0 && (n == 0 || strings.HasPrefix(steps[0].ZH, "　")); n++ {
			t.Steps = append(t.Steps, Text{ZH: strings.TrimSpace(steps[0].ZH), EN: strings.TrimSpace(steps[0].EN)})
			steps = steps[1:]
		}
		w.Lines = append(w.Lines, t)
	}
	if len(steps) > 0 && w.Taxed {
		w.Sum = Text{ZH: steps[0].ZH, EN: steps[0].EN}
	}
	s.Tax = w
}

// resultOf makes the tax's result again from what the decision keeps.
func resultOf(a *clearance.Assessment, list *clearance.List) *tax.Result {
	r := &tax.Result{Dutiable: a.Dutiable, Used: a.UsedBefore, Limits: tax.Limits{Annual: a.Limit}, Decision: decisionOf(a.Decision), Reason: reasonOf(a.Reason)}
	r.AnnualAfter = a.UsedBefore
	if r.Decision != tax.NotCBEC {
		r.AnnualAfter += a.Dutiable
	}
	r.Duty, r.CT, r.VAT = a.Totals()
	r.Tax = a.Total()
	values := make([]int64, len(a.Lines))
	for i := range a.Lines {
		values[i] = int64(a.Lines[i].Dutiable)
		if list != nil && i < len(list.Lines) {
			f, _ := list.Lines[i].Total.Fen()
			values[i] = int64(f)
		}
	}
	var freight, insurance []money.Fen
	if list != nil {
		f, _ := list.Freight.Fen()
		i, _ := list.Insurance.Fen()
		freight, insurance = money.Apportion(f, values), money.Apportion(i, values)
	}
	for i := range a.Lines {
		l := &a.Lines[i]
		out := tax.LineResult{Dutiable: l.Dutiable, DutyCharge: tax.Charge{Rate: rate(l.DutyRate)}, CTCharge: tax.Charge{Rate: rate(l.CTRate), Specific: rate(l.CTSpecific)},
			VATRate: rate(l.VATRate), Factor: rate(l.Factor), Duty: l.DutyTax, CT: l.CTTax, VAT: l.VATTax, Value: money.Fen(values[i])}
		if list != nil {
			out.Freight, out.Insurance = freight[i], insurance[i]
		}
		r.Lines = append(r.Lines, out)
	}
	return r
}

func rate(s string) money.Rate {
	r, err := money.ParseRate(s)
	if err != nil {
		return money.Rate{}
	}
	return r
}

func decisionOf(name string) tax.Decision {
	for d := tax.Pref70; d <= tax.NotCBEC; d++ {
		if d.String() == name {
			return d
		}
	}
	return 0
}

func reasonOf(name string) tax.Reason {
	for r := tax.WithinLimits; r <= tax.IdentityNotVerified; r++ {
		if r.String() == name {
			return r
		}
	}
	return 0
}

// AllowanceWords says the effect on the orderer's yearly allowance in one line.
func (w *Working) AllowanceWords() Text {
	if !w.Taxed {
		return Text{ZH: fmt.Sprintf("不占用 %d 年度额度（已用 %s 元，限值 %s 元）", w.Year, w.Used, w.Limit),
			EN: fmt.Sprintf("uses nothing of the allowance of %d (used %s, limit %s)", w.Year, w.Used, w.Limit)}
	}
	return Text{ZH: fmt.Sprintf("%d 年度：此前 %s + 本单 %s = %s 元，限值 %s 元，余 %s 元", w.Year, w.Used, w.Dutiable, w.After, w.Limit, w.Limit-w.After),
		EN: fmt.Sprintf("year %d: before %s + this %s = %s of %s, %s left", w.Year, w.Used, w.Dutiable, w.After, w.Limit, w.Limit-w.After)}
}

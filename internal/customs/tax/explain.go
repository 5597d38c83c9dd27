package tax

import (
	"fmt"
	"math/big"
	"strings"

	"pilotzone/internal/kernel/money"
)

// Text is one line of an explanation in both languages.
type Text struct{ ZH, EN string }

// Explain writes the whole decision out step by step, so that a person can
// follow it with a pocket calculator.
func (r *Result) Explain() []Text {
	t := []Text{
		say("订单计税价格 %s 元；年度已用 %s 元；单次限值 %s 元，年度限值 %s 元",
			"dutiable value of the order %s; used this year %s; single limit %s, annual limit %s",
			r.Dutiable, r.Used, r.Limits.Single, r.Limits.Annual),
		{r.Decision.ZH() + "：" + r.Reason.ZH(), r.Decision.EN() + ": " + r.Reason.EN()},
	}
	for i := range r.Lines {
		t = append(t, r.Lines[i].explain(i+1, r.Decision != NotCBEC)...)
	}
	if r.Decision != NotCBEC {
		t = append(t, say("合计：关税 %s + 消费税 %s + 增值税 %s = %s 元；本年度累计 %s 元",
			"total: duty %s + consumption tax %s + VAT %s = %s; used this year after it %s",
			r.Duty, r.CT, r.VAT, r.Tax, r.AnnualAfter))
	}
	if r.Review != 0 {
		t = append(t, Text{"请复核：" + r.Review.ZH(), "please review: " + r.Review.EN()})
	}
	return t
}

func say(zh, en string, args ...any) Text {
	return Text{fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...)}
}

func (l *LineResult) explain(number int, taxed bool) []Text {
	t := []Text{say("第 %d 项：计税价格 %s = 货值 %s + 运费 %s + 保费 %s − 优惠 %s",
		"line %d: dutiable value %s = goods %s + freight %s + insurance %s − discount %s",
		number, l.Dutiable, l.Value, l.Freight, l.Insurance, l.Discount)}
	if !taxed {
		return t
	}
	w := l.Working()
	if !l.DutyCharge.Rate.IsZero() || !l.DutyCharge.Specific.IsZero() {
		t = append(t, say("　关税 = %s × %s + 从量 %s = %s → %s 元",
			"  duty = %s × %s + specific %s = %s → %s",
			l.Dutiable, l.DutyCharge.Rate.Percent(), l.DutyCharge.Specific, yuan(w.Duty), l.Duty))
	}
	duty := yuan(w.Duty)
	if l.CTCharge.Rate.IsZero() && l.CTCharge.Specific.IsZero() {
		t = append(t, say("　组成计税价格 = %s + %s = %s",
			"  composite price = %s + %s = %s", l.Dutiable, duty, yuan(w.Composite)))
	} else {
		c := l.CTCharge.Rate.Percent()
		t = append(t, say("　组成计税价格 = (%s + %s + 从量 %s) ÷ (1 − %s) = %s",
			"  composite price = (%s + %s + specific %s) ÷ (1 − %s) = %s",
			l.Dutiable, duty, l.CTCharge.Specific, c, yuan(w.Composite)),
			say("　消费税 = (%s × %s + 从量 %s) × %s = %s × %s → %s 元",
				"  consumption tax = (%s × %s + specific %s) × %s = %s × %s → %s",
				yuan(w.Composite), c, l.CTCharge.Specific, l.Factor.Percent(), yuan(w.CT), l.Factor.Percent(), l.CT))
	}
	return append(t, say("　增值税 = %s × %s × %s = %s × %s → %s 元",
		"  VAT = %s × %s × %s = %s × %s → %s",
		yuan(w.Composite), l.VATRate.Percent(), l.Factor.Percent(), yuan(w.VAT), l.Factor.Percent(), l.VAT))
}

// shownDecimals is how far an endless decimal is written out.
const shownDecimals = 8

// yuan writes an exact number of fen in yuan: whole if it ends, else as a
// fraction with its first decimals, such as 7000/3 (≈ 2333.33333333).
func yuan(fen *big.Rat) string {
	v := new(big.Rat).Quo(fen, big.NewRat(100, 1))
	if n, exact := v.FloatPrec(); exact {
		text := v.FloatString(max(n, 2))
		return text
	}
	return fmt.Sprintf("%s (≈ %s)", v.RatString(), v.FloatString(shownDecimals))
}

// ExplainText joins the explanation into two texts, one line a step.
func (r *Result) ExplainText() Text {
	var zh, en strings.Builder
	for _, t := range r.Explain() {
		zh.WriteString(t.ZH + "\n")
		en.WriteString(t.EN + "\n")
	}
	return Text{zh.String(), en.String()}
}

// CombinedRate is the tax on one yuan of dutiable value where only ad-valorem
// rates apply and no tariff: (c + v) / (1 − c) × factor (RULES A4). It is exact,
// and must not be rounded before use (A12.4). Error: [ErrInput] if c ≥ 1.
func CombinedRate(c, v, factor money.Rate) (*big.Rat, error) {
	if c.Cmp(oneUnit) >= 0 {
		return nil, fmt.Errorf("%w: consumption tax rate %s is not below 1 (消费税税率须小于 1)", ErrInput, c)
	}
	r := c.Add(v).Rat()
	r.Quo(r, new(big.Rat).Sub(big.NewRat(1, 1), c.Rat()))
	return r.Mul(r, factor.Rat()), nil
}

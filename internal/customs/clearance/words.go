package clearance

import (
	"strings"
	"unicode"

	"pilotzone/internal/customs/tax"
)

// valueWords are the values of reasons that the machine writes in Chinese, as
// they are said in English.
var valueWords = func() map[string]string {
	m := map[string]string{
		"订单": "order", "支付凭证": "payment", "收款单": "receipt of payment", "运单": "waybill", "运单状态": "waybill status", "清单": "list", "撤销申请单": "withdrawal",
		"运抵单": "arrival", "离境单": "departure", "支付单": "payment", "商品价格": "value of goods", "运杂费": "freight", "清单表体合计": "sum of the list's lines",
		"清单 freight+insuredFee": "list freight+insuredFee", "进口清单": "import lists", "出口清单": "export lists", "大于 0": "above 0", "大于 0（千克）": "above 0 (kg)",
		"1、2 或 3": "1, 2 or 3", "1 或 2": "1 or 2", "A 或 B": "A or B", "E、B 或 W": "E, B or W", "企业选择汇总申报 (statisticsFlag B)": "the enterprise chose it (statisticsFlag B)",
		"buyerIdNumber 与清单订购人不一致": "buyerIdNumber is not the orderer of the list",
	}
	for s := range states {
		m[s.Chinese()] = s.String()
	}
	for o := tax.ObstacleValue; o <= tax.ObstacleZone; o <<= 1 {
		m[strings.Join(o.ZH(), "")] = strings.Join(o.EN(), "")
	}
	return m
}()

// valuePhrases are parts of longer values.
var valuePhrases = strings.NewReplacer("不涉出口关税、许可证件、出口退税，", "no export duty, licence or refund; ", " 元", " yuan", "：清单 ", ": list ", "，撤单 ", ", withdrawal ",
	"按重量限量，清单未给出重量", ": limited by weight, and the list gives none")

// inEnglish says a reason's values in English. What people wrote stays as it is.
func inEnglish(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = valueInEnglish(a)
	}
	return out
}

// inChinese leaves the Chinese half of values that are said in both languages.
func inChinese(args []string) []string {
	for i, a := range args {
		zh, en, ok := strings.Cut(a, " / ")
		if !ok || !hasHan(zh) || hasHan(en) {
			continue
		}
		out := append([]string(nil), args...)
		out[i] = zh
		return inChinese(out)
	}
	return args
}

func valueInEnglish(v string) string {
	if !hasHan(v) {
		return v
	}
	if w, ok := valueWords[v]; ok {
		return w
	}
	if _, en, ok := strings.Cut(v, " / "); ok && !hasHan(en) {
		return en
	}
	if zh, en, ok := strings.Cut(v, " "); ok && hasHan(zh) && !hasHan(en) && strings.ContainsFunc(en, unicode.IsLetter) {
		return en // said in both, one after the other
	}
	if parts := strings.Split(v, "、"); len(parts) > 1 {
		for i := range parts {
			w, ok := valueWords[parts[i]]
			if !ok {
				return valuePhrases.Replace(v)
			}
			parts[i] = w
		}
		return strings.Join(parts, ", ")
	}
	return valuePhrases.Replace(v)
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

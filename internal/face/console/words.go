package console

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
)

// Pair is a text in both languages.
type Pair struct{ ZH, EN string }

var slots = regexp.MustCompile(`\{[1-9]\}`)

// Words is what a code says of all its cases: its text without the values of
// one case.
func Words(code string) Pair {
	c, ok := clearance.Codes[code]
	if !ok {
		return Pair{code, code}
	}
	return Pair{general(c.ZH), general(c.EN)}
}

// general cuts a text where the values of one case begin, unless that would
// leave next to nothing, and writes … for values that stand before.
func general(text string) string {
	for _, cut := range []struct {
		mark  string
		least int // characters that must be left
	}{{",[", 2}, {",第{", 2}, {"：", 5}, {": ", 5}, {"，{", 5}, {" (", 5}} {
		before, after, found := strings.Cut(text, cut.mark)
		if found && strings.Contains(cut.mark+after, "{") && utf8.RuneCountInString(strings.TrimSpace(slots.ReplaceAllString(before, ""))) >= cut.least {
			text = before
		}
	}
	return strings.TrimSpace(slots.ReplaceAllString(strings.NewReplacer("[{1}]", "", "[{2}]", "").Replace(text), "…"))
}

// kinds are the messages in words.
var kinds = map[ceb.Kind]Pair{
	303: {"出口订单", "export order"}, 311: {"订单", "order"}, 403: {"收款单", "receipt of payment"}, 411: {"支付凭证", "payment"},
	505: {"出口运单", "export waybill"}, 507: {"运抵单", "arrival"}, 509: {"离境单", "departure"}, 511: {"运单", "waybill"}, 513: {"运单状态", "waybill status"},
	603: {"出口清单", "export list"}, 605: {"出口撤单申请", "export withdrawal"}, 621: {"进口清单", "import list"}, 623: {"撤单申请", "withdrawal"},
}

// kindWords is a message, or the one that a receipt answers, in words.
func kindWords(k ceb.Kind) Pair {
	if w, ok := kinds[k]; ok {
		return w
	}
	for request, w := range kinds {
		if request.Receipt() == k {
			return Pair{w.ZH + "回执", "receipt of " + w.EN}
		}
	}
	return Pair{k.String(), k.String()}
}

// statuses are the receipt statuses (回执状态, FORMATS section 3) in words that do
// not take the platform's own for customs'.
var statuses = map[int32]Pair{
	1: {"暂存", "saved"}, 2: {"申报中", "in progress"}, 3: {"已发送", "sent"}, 4: {"发送失败", "sending failed"}, 100: {"退单", "rejected"}, 120: {"入库（逻辑校验通过）", "stored, checks passed"},
	300: {"人工审核", "manual review"}, 399: {"审结", "review concluded"}, 500: {"查验", "inspection"}, 501: {"扣留移送通关", "detained, to clearance"},
	502: {"扣留移送缉私", "detained, to anti-smuggling"}, 503: {"扣留移送法规", "detained, to legal affairs"}, 599: {"其它扣留", "other detention"},
	700: {"退运", "returned abroad"}, 800: {"放行", "released"}, 899: {"结关", "closed"},
}

func statusWords(s int32) Pair {
	if s < 0 {
		return Pair{"处理异常", "not processed"}
	}
	return statuses[s]
}

// whats are the kinds of decisions in words.
var whats = map[clearance.What]Pair{
	clearance.DocStored: {"已受理", "taken in"}, clearance.DocRefused: {"退回", "refused"}, clearance.DocRepeated: {"重复报送，按原答复", "came again, answered as before"},
	clearance.DocDeleted: {"已删除", "deleted"}, clearance.Decided: {"三单比对与审单", "matched and decided"}, clearance.Moved: {"状态变更", "moved"},
	clearance.NotMoved: {"已登记，状态未变", "noted, state unchanged"}, clearance.DocExpired: {"超时失效", "expired"},
}

// stateWords is a state in both languages.
func stateWords(s clearance.State) Pair {
	if s == clearance.None {
		return Pair{"无清单", "no list"}
	}
	return Pair{s.Chinese(), s.String()}
}

// look is a state's colour and sign: the word beside them says the same.
func look(s clearance.State) (class, sign string) {
	switch s {
	case clearance.Released:
		return "good", "✓"
	case clearance.Closed:
		return "done", "■"
	case clearance.Concluded:
		return "moving", "→"
	case clearance.Waiting, clearance.Review, clearance.Inspect:
		return "held", "‖"
	case clearance.Detained, clearance.Returned, clearance.Refused, clearance.Expired:
		return "bad", "✕"
	}
	return "done", "–"
}

package story

import (
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/refdata"
)

var kindWords = map[ceb.Kind]Text{
	303: {ZH: "出口订单", EN: "export order"}, 311: {ZH: "订单", EN: "order"}, 403: {ZH: "收款单", EN: "receipt of payment"}, 411: {ZH: "支付凭证", EN: "payment"},
	505: {ZH: "出口运单", EN: "export waybill"}, 507: {ZH: "运抵单", EN: "arrival"}, 509: {ZH: "离境单", EN: "departure"}, 511: {ZH: "运单", EN: "waybill"},
	513: {ZH: "运单状态", EN: "waybill status"}, 603: {ZH: "出口清单", EN: "export list"}, 605: {ZH: "出口撤单申请", EN: "export withdrawal"},
	621: {ZH: "进口清单", EN: "import list"}, 623: {ZH: "撤单申请", EN: "withdrawal"},
}

// KindWords name a kind of message, or the receipt that answers one.
func KindWords(k ceb.Kind) Text {
	if w, ok := kindWords[k]; ok {
		return w
	}
	for request, w := range kindWords {
		if request.Receipt() == k {
			return Text{ZH: w.ZH + "回执", EN: "receipt of " + w.EN}
		}
	}
	return Text{ZH: k.String(), EN: k.String()}
}

// StatusWords name a receipt status 回执状态.
func StatusWords(status int32) Text {
	if status < 0 {
		return Text{ZH: "处理异常", EN: "not processed"}
	}
	return statusWords[status]
}

var statusWords = map[int32]Text{
	1: {ZH: "暂存", EN: "saved"}, 2: {ZH: "申报中", EN: "in progress"}, 3: {ZH: "已发送", EN: "sent"}, 4: {ZH: "发送失败", EN: "sending failed"}, 100: {ZH: "退单", EN: "refused"},
	120: {ZH: "入库", EN: "stored, checks passed"}, 300: {ZH: "人工审核", EN: "manual review"}, 399: {ZH: "审结", EN: "review concluded"}, 500: {ZH: "查验", EN: "inspection"},
	501: {ZH: "扣留移送通关", EN: "detained, to clearance"}, 502: {ZH: "扣留移送缉私", EN: "detained, to anti-smuggling"}, 503: {ZH: "扣留移送法规", EN: "detained, to legal affairs"},
	599: {ZH: "其它扣留", EN: "other detention"}, 700: {ZH: "退运", EN: "returned abroad"}, 800: {ZH: "放行", EN: "released"}, 899: {ZH: "结关", EN: "closed"},
}

var whatWords = map[clearance.What]Text{
	clearance.DocStored: {ZH: "已受理", EN: "taken in"}, clearance.DocRefused: {ZH: "退回", EN: "refused"}, clearance.DocRepeated: {ZH: "重复报送，按原答复", EN: "came again, answered as before"},
	clearance.DocDeleted: {ZH: "已删除", EN: "deleted"}, clearance.Decided: {ZH: "三单比对与审单", EN: "matched and decided"}, clearance.Moved: {ZH: "状态变更", EN: "moved"},
	clearance.NotMoved: {ZH: "已登记，状态未变", EN: "noted, state unchanged"}, clearance.DocExpired: {ZH: "超时失效", EN: "expired"},
	clearance.Asked: {ZH: "等待订购人身份核验", EN: "waits for the verification of the orderer"}, clearance.Identity: {ZH: "身份核验", EN: "verification of identity"},
}

// eventWords say what happened.
func eventWords(d *clearance.Decision) Text {
	kind, what := KindWords(d.Kind), whatWords[d.What]
	join := func(a, b Text) Text { return Text{ZH: a.ZH + " " + b.ZH, EN: a.EN + " " + b.EN} }
	switch {
	case byOfficer(d):
		return join(Text{ZH: "监管人员处置：", EN: "officer's verdict:"}, StatusOrNoted(d))
	case upheld(d):
		return Text{ZH: "本人异议成立", EN: "the orderer's dispute was upheld"}
	case d.What == clearance.Decided, d.What == clearance.Asked:
		return what
	case d.What == clearance.Moved && d.To == clearance.Expired:
		return Text{ZH: "等待超时", EN: "waiting time over"}
	case d.What == clearance.Moved && roleOf(d.Kind) == List:
		return what
	case d.Kind == 0:
		return what
	case d.What == clearance.Moved:
		return kind
	}
	return join(kind, what)
}

// StatusOrNoted is what a verdict did: the new status, or that it is only noted.
func StatusOrNoted(d *clearance.Decision) Text {
	if d.What == clearance.NotMoved {
		return whatWords[clearance.NotMoved]
	}
	return StatusWords(int32(d.Status))
}

// next says what has to happen for the parcel to go on.
func (s *Story) next() {
	if s.Parcel == nil {
		s.Next = Text{ZH: "没有清单：按下列说明改正后重新报送", EN: "there is no list: mend it as said below and send it again"}
		return
	}
	switch s.Parcel.State {
	case clearance.Waiting:
		if s.checking {
			s.Next = Text{ZH: "等待订购人身份核验，有结果后自动继续", EN: "waits for the verification of the orderer, and goes on by itself"}
			return
		}
		s.Next = Text{ZH: "等待所缺单证，由相应企业报送", EN: "waits for the missing documents, which the enterprise in question sends"}
	case clearance.Concluded:
		s.Next = Text{ZH: "等待运抵单 (CEB507)", EN: "waits for the arrival message (CEB507)"}
	case clearance.Review, clearance.Inspect, clearance.Detained:
		s.Next = Text{ZH: "等待监管人员处置", EN: "waits for an officer's verdict"}
	case clearance.Refused, clearance.Expired:
		s.Next = Text{ZH: "按下列说明改正后重新申报", EN: "mend it as said below and declare again"}
	case clearance.Released:
		if s.Direction == clearance.Export {
			s.Next = Text{ZH: "等待离境单 (CEB509)", EN: "waits for the departure message (CEB509)"}
		}
	}
}

// mode is the supervision mode by code and name.
func (s *Story) mode(book *refdata.Book) Text {
	if s.Parcel == nil || s.Parcel.Mode == "" {
		return Text{}
	}
	code := s.Parcel.Mode
	if m, ok := refdata.ModeOf([]byte(code)); ok {
		if rule, ok := book.On(clock.DayOf(time.UnixMicro(s.Parcel.Updated))).Mode(byte(s.Direction), m); ok {
			return Text{ZH: code + " " + rule.Name.ZH, EN: code + " " + rule.Name.EN}
		}
	}
	return Text{ZH: code, EN: code}
}

package story

import (
	"slices"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
)

// Ruling is a decision on the list with every rule that spoke (裁定依据).
type Ruling struct {
	Decision uint64
	At       int64
	Day      clock.Day // by whose rules it was decided: that of the list's current version
	Engine   int
	Versions string // packs by version
	Known    bool   // these packs are the ones in force, so that values can be shown
	To       clearance.State
	Status   uint16
	Rules    []Spoken
}

// Weight is what a rule did to the list.
type Weight uint8

// The weights.
const (
	Noted   Weight = iota // 提示
	Held                  // 转人工
	Refused               // 退单
	Passed                // 通过
)

// Words are the weight in words.
func (w Weight) Words() Text {
	return [...]Text{{ZH: "提示", EN: "noted"}, {ZH: "转人工处置", EN: "held"}, {ZH: "退单", EN: "refuses"}, {ZH: "通过", EN: "passed"}}[w]
}

// Spoken is a rule that spoke in the decision.
type Spoken struct {
	Reason   clearance.Reason
	Weight   Weight
	Official bool // the code is customs' own, not the platform's
	Fix      Text // empty: nothing to mend
	Basis    []Basis
	Values   []Value
}

// Basis is where a rule stands.
type Basis struct {
	Document, Article string
	Mark              pack.Mark
}

// Value is a parameter of the packs that the rule used, as in force on the day.
type Value struct {
	Name    string
	Meaning Text
	Text    string
	Unit    string
	From    clock.Day
	To      clock.Day
	Basis   Basis
	Pack    string
}

// rule puts the newest decision on the list into words.
func (s *Story) rule(book *refdata.Book, decisions []*clearance.Decision) {
	var d *clearance.Decision
	var since int64
	for _, v := range decisions {
		switch {
		case v.What == clearance.DocStored && roleOf(v.Kind) == List:
			since = v.At
		case v.What == clearance.Decided:
			d = v
			s.list = v.List
		}
	}
	if d == nil {
		return
	}
	day := clock.DayOf(time.UnixMicro(since))
	r := &Ruling{Decision: d.Seq, At: d.At, Day: day, Engine: int(d.Engine), Versions: d.Versions, To: d.To, Status: d.Status, Known: book.Set().Version() == d.Versions}
	stop := stopped(d)
	for _, v := range d.Reasons {
		w := Noted
		if slices.ContainsFunc(stop, func(x clearance.Reason) bool { return x.Code == v.Code }) {
			switch d.To {
			case clearance.Refused:
				w = Refused
			case clearance.Review, clearance.Inspect, clearance.Detained:
				w = Held
			}
		}
		r.Rules = append(r.Rules, spoken(v, w, book, day, r.Known))
	}
	if d.To != clearance.Refused {
		passed := spoken(clearance.Say("1800"), Passed, book, day, r.Known)
		r.Rules = append(r.Rules, passed)
	}
	s.Ruling = r
	s.taxed(d, book, day)
}

func spoken(v clearance.Reason, w Weight, book *refdata.Book, day clock.Day, known bool) Spoken {
	zh, en := v.Fix()
	out := Spoken{Reason: v, Weight: w, Official: clearance.Codes[v.Code].Official, Fix: Text{ZH: zh, EN: en}, Basis: bases[v.Code]}
	if !known {
		return out
	}
	for _, name := range parameters[v.Code] {
		if p, ok := valueOf(book.Set(), name, day); ok {
			out.Values = append(out.Values, p)
		}
	}
	return out
}

// valueOf is a parameter as it was in force on a day.
func valueOf(set *pack.Set, name string, day clock.Day) (Value, bool) {
	v, ok := set.Param(name, day)
	if !ok {
		return Value{}, false
	}
	out := Value{Name: name, Text: v.Text, From: v.From, To: v.To, Basis: Basis{Document: v.Source.Document, Article: v.Source.Article, Mark: v.Mark}, Pack: v.Pack}
	if p, ok := set.Describe(name); ok {
		out.Meaning, out.Unit = p.Meaning, p.Unit
	}
	return out, true
}

// parameters are those of the packs that stand behind a reason.
var parameters = map[string][]string{
	"1313": {"annual_limit"}, "-621005": {"single_limit", "single_piece_full_tax"}, "PZ1603": {"annual_limit", "single_piece_full_tax"},
	"PZ1606": {"single_limit", "annual_limit", "single_piece_full_tax"}, "PZ1607": {"single_limit", "annual_limit", "tax_factor", "tax_exempt_amount"},
	"1327": {"payer_is_orderer", "person_check"}, "PZ1517": {"payer_is_orderer", "person_check"}, "PZ1510": {"person_check"}, "1311": {"guarantee_required"}, "PZ1507": {"tax_tolerance"}, "PZ1502": {"list_wait_days"}, "PZ1503": {"orphan_wait_days"},
	"PZ1604": {"ct_threshold_margin"}, "PZ1608": {"inspection_permille"}, "PZ1701": {"statistics_limit"}, "PZ1702": {"statistics_limit"}, "PZ1703": {"statistics_limit"},
	"PZ1704": {"b2b_list_limit"}, "PZ1705": {"b2b_list_limit"}, "PZ1706": {"warehouse_filing_required"}, "PZ1707": {"seller_receipt_required"},
	"PZ1601": {"positive_list_edition"}, "PZ1610": {"positive_list_edition", "positive_list_codes"},
}

// comparison is what the checks of documents against each other rest on
// (RULES A16); its text was read in practitioners' pages, not in the original.
var (
	comparison = []Basis{{"海关总署公告2018年第194号", "三单比对（订单、支付、物流信息与清单）", pack.Recalled}}
	sameBuyer  = []Basis{{"财关税〔2018〕49号、海关总署公告2018年第194号", "订购人身份未经核验的，订购人与支付人应为同一人", pack.Recalled}}
	format     = []Basis{{"海关跨境统一版系统企业对接报文规范（202205版）", "字段填写要求", pack.Seen}}
	positive   = []Basis{{"财政部等八部门公告2022年第7号", "跨境电子商务零售进口商品清单", pack.Seen}}
	ticket     = []Basis{{"海关总署公告2020年第75号", "", pack.Seen}}
	simplified = []Basis{{"跨境电子商务出口简化申报规定（公告文号未查到）", "", pack.Recalled}}
)

// bases are the sources of the checks, beside those of their parameters.
var bases = map[string][]Basis{
	"1320": comparison, "1322": comparison, "1332": comparison, "13035": comparison, "13127": comparison, "130126": comparison,
	"PZ1504": comparison, "PZ1505": comparison, "PZ1508": comparison, "PZ1509": comparison, "1800": comparison, "1327": sameBuyer, "PZ1517": sameBuyer, "1300": sameBuyer,
	"PZ1506": format, "PZ1401": format, "PZ1402": format, "PZ1403": format, "PZ1404": format, "PZ1405": format, "PZ1408": format, "-621001": format,
	"PZ1601": positive, "PZ1602": positive, "PZ1605": positive, "PZ1610": positive,
	"PZ1704": ticket, "PZ1705": ticket, "PZ1701": simplified, "PZ1702": simplified, "PZ1703": simplified, "PZ1407": simplified,
}

package tax

import "strings"

// Decision says whether and how an order may use the channel.
type Decision uint8

// The decisions.
const (
	// Pref70: tariff 0, VAT and consumption tax at 70 % (财关税〔2016〕18号第三条).
	Pref70 Decision = iota + 1
	// FullTaxInCBEC: stays in the channel at full tax (财关税〔2018〕49号第二条).
	FullTaxInCBEC
	// NotCBEC: must be declared as general trade (按一般贸易管理), or ordered anew.
	NotCBEC
)

// String is the name used on the command line and in interfaces.
func (d Decision) String() string { return word(decisions[:], int(d)).name }

// ZH is the decision in Chinese.
func (d Decision) ZH() string { return word(decisions[:], int(d)).zh }

// EN is the decision in English.
func (d Decision) EN() string { return word(decisions[:], int(d)).en }

var decisions = [...]term{
	{},
	{"PREF70", "限值以内：关税为零，增值税、消费税按法定应纳税额的规定比例（70%）征收", "within the limits: no tariff, VAT and consumption tax at the reduced share (70 %)"},
	{"FULL_TAX_IN_CBEC", "按跨境电商零售进口，全额征税", "stays in the channel at full tax"},
	{"NOT_CBEC", "不得按跨境电商零售进口，按一般贸易管理", "not eligible for the channel: general trade"},
}

// Reason says why.
type Reason uint8

// The reasons, in the order of RULES A17; the last two are gates that are
// checked before the limits.
const (
	WithinLimits Reason = iota + 1
	SinglePieceOverSingleLimit
	NotInPositiveList
	OverAnnualLimit
	NotBelowAnnualLimit
	OverSingleLimitMultiPiece
	OverAnnualWeight
	IdentityNotVerified
)

// String is the name used on the command line and in interfaces.
func (r Reason) String() string { return word(reasons[:], int(r)).name }

// ZH is the reason in Chinese.
func (r Reason) ZH() string { return word(reasons[:], int(r)).zh }

// EN is the reason in English.
func (r Reason) EN() string { return word(reasons[:], int(r)).en }

var reasons = [...]term{
	{},
	{"WITHIN_LIMITS", "未超过单次和年度交易限值", "within the single and the annual limit"},
	{"SINGLE_PIECE_OVER_SINGLE_LIMIT", "超过单次限值但低于年度限值，且订单下仅一件商品", "over the single limit, below the annual limit, exactly one piece"},
	{"NOT_IN_POSITIVE_LIST", "有商品不在零售进口商品清单内", "a line is not in the positive list"},
	{"OVER_ANNUAL_LIMIT", "累计超过个人年度交易限值", "the year's total would exceed the annual limit"},
	{"NOT_BELOW_ANNUAL_LIMIT", "计税价格不低于年度交易限值", "the value is not below the annual limit"},
	{"OVER_SINGLE_LIMIT_MULTI_PIECE", "超过单次限值且多于一件商品", "over the single limit with more than one piece"},
	{"OVER_ANNUAL_WEIGHT", "超过清单备注规定的个人年度数量", "over the quantity per person and year of the positive list"},
	{"IDENTITY_NOT_VERIFIED", "订购人身份未通过核验", "the orderer's identity is not verified"},
}

// Review is a set of reasons why a person should look at a result that the
// rules leave in doubt. It does not change the decision.
type Review uint8

// The reasons for review.
const (
	// ReviewNearThreshold: the value per unit is within ±5 % of a threshold.
	ReviewNearThreshold Review = 1 << iota
	// ReviewAtAnnualLimit: D is exactly the annual limit, which neither sentence
	// of 财关税〔2018〕49号第二条 covers.
	ReviewAtAnnualLimit
	// ReviewUnitOfCount: pieces were counted in another unit of count (个 for 件).
	ReviewUnitOfCount
)

var reviews = [...]term{
	{"near_threshold", "单位计税价格在税率门槛 ±5% 以内，请复核运费是否计入", "the value per unit is within 5 % of a rate threshold; check whether freight counts"},
	{"at_annual_limit", "计税价格恰好等于年度限值，公告未作规定", "the value is exactly the annual limit, which the notice does not cover"},
	{"unit_of_count", "按另一计件单位计数，请复核", "pieces were counted in another unit of count"},
}

// Names lists the reasons by their stable names; nil when there are none.
func (v Review) Names() []string { return v.list(func(t term) string { return t.name }) }

// ZH is the reasons in Chinese, joined.
func (v Review) ZH() string {
	return strings.Join(v.list(func(t term) string { return t.zh }), "；")
}

// EN is the reasons in English, joined.
func (v Review) EN() string {
	return strings.Join(v.list(func(t term) string { return t.en }), "; ")
}

func (v Review) list(text func(term) string) (names []string) {
	for i, t := range reviews {
		if v&(1<<i) != 0 {
			names = append(names, text(t))
		}
	}
	return names
}

// term is a stable name with its texts.
type term struct{ name, zh, en string }

func word(terms []term, i int) term {
	if i < len(terms) {
		return terms[i]
	}
	return term{name: "UNKNOWN", zh: "未知", en: "unknown"}
}

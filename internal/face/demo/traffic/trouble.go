package traffic

import (
	"slices"

	"pilotzone/ceb"
)

// Trouble is a kind of fault put into a day's traffic; [None] is a parcel
// without one.
type Trouble uint8

// The troubles. The label that [Trouble.String] gives is stable; tests may rely
// on it.
const (
	None Trouble = iota
	FraudRing
	OverAnnual
	LateDocument
	MissingPayment
	AmountMismatch
	PayerNotBuyer
	WrongIDCheck
	SinglePieceOverLimit
	MultiPieceOverLimit
	AtSingleLimit
	OffPositiveList
	NetAboveGross
	UnknownUnit
	OrderArithmetic
	BuyerMismatch
	PhoneMismatch
	LineCountMismatch
	LineMismatch
	ConsigneeMismatch
	PaymentEnterpriseMismatch
	UnfiledEnterprise
	DuplicateDocument
	SameNumberNewGUID
	OlderDocument
	ChangedBeforeRelease
	ChangedAfterRelease
	DeletedList
	WithdrawnAfterRelease
	WaybillReused
	BrokenMessage
	B2BOverLimit
	StatisticsOnly
	troubleCount
)

// side is in which direction a trouble makes sense.
type side uint8

const (
	imports side = 1 << iota
	exports
)

// recipe is how a trouble is made.
type recipe struct {
	label string
	side  side
	share int // of 10,000 parcels in [DefaultMix]
	modes []string
	apply func(p *planner, c *parcelCase, e *Expectation)
}

// recipes by trouble. Those without apply take several parcels at once and are
// made by [planner.assign] itself.
var recipes = [troubleCount]recipe{
	None:                      {label: "none", side: imports | exports, apply: func(*planner, *parcelCase, *Expectation) {}},
	FraudRing:                 {label: "fraud-ring", side: imports, share: 60},
	OverAnnual:                {label: "over-annual-limit", side: imports, share: 35},
	LateDocument:              {label: "late-document", side: imports | exports, share: 200, apply: (*planner).late},
	MissingPayment:            {label: "missing-payment", side: imports, share: 60, apply: (*planner).missingPayment},
	AmountMismatch:            {label: "amount-mismatch", side: imports, share: 50, apply: (*planner).amountMismatch},
	PayerNotBuyer:             {label: "payer-not-buyer", side: imports, share: 40, apply: (*planner).payerNotBuyer},
	WrongIDCheck:              {label: "wrong-id-check-digit", side: imports, share: 40, apply: (*planner).wrongID},
	SinglePieceOverLimit:      {label: "over-single-limit-single-piece", side: imports, share: 20, apply: (*planner).singlePiece},
	MultiPieceOverLimit:       {label: "over-single-limit-multi-piece", side: imports, share: 30, apply: (*planner).multiPiece},
	AtSingleLimit:             {label: "at-single-limit", side: imports, share: 10, apply: (*planner).atLimit},
	OffPositiveList:           {label: "off-positive-list", side: imports, share: 30, apply: (*planner).offList},
	NetAboveGross:             {label: "net-above-gross", side: imports, share: 30, apply: (*planner).netAboveGross},
	UnknownUnit:               {label: "unknown-unit", side: imports, share: 20, apply: (*planner).unknownUnit},
	OrderArithmetic:           {label: "order-arithmetic", side: imports, share: 20, apply: (*planner).orderArithmetic},
	BuyerMismatch:             {label: "buyer-mismatch", side: imports, share: 20, apply: (*planner).buyerMismatch},
	PhoneMismatch:             {label: "phone-mismatch", side: imports, share: 20, apply: (*planner).phoneMismatch},
	LineCountMismatch:         {label: "line-count-mismatch", side: imports, share: 20, apply: (*planner).lineCountMismatch},
	LineMismatch:              {label: "line-mismatch", side: imports, share: 20, apply: (*planner).lineMismatch},
	ConsigneeMismatch:         {label: "consignee-mismatch", side: imports, share: 20, apply: (*planner).consigneeMismatch},
	PaymentEnterpriseMismatch: {label: "payment-enterprise-mismatch", side: imports, share: 20, apply: (*planner).payerFirmMismatch},
	UnfiledEnterprise:         {label: "unfiled-enterprise", side: imports, share: 20, apply: (*planner).unfiled},
	DuplicateDocument:         {label: "duplicate-document", side: imports | exports, share: 80, apply: (*planner).duplicate},
	SameNumberNewGUID:         {label: "same-number-new-guid", side: imports, share: 40, apply: (*planner).newGUID},
	OlderDocument:             {label: "older-document", side: imports, share: 30, apply: (*planner).older},
	ChangedBeforeRelease:      {label: "changed-before-release", side: imports, share: 40, apply: (*planner).changedBefore},
	ChangedAfterRelease:       {label: "changed-after-release", side: imports, share: 40, apply: (*planner).changedAfter},
	DeletedList:               {label: "deleted-list", side: imports, share: 30, apply: (*planner).deleted},
	WithdrawnAfterRelease:     {label: "withdrawn-after-release", side: imports | exports, share: 40, apply: (*planner).withdrawn},
	WaybillReused:             {label: "waybill-number-reused", side: imports, share: 20, apply: (*planner).waybillReused},
	BrokenMessage:             {label: "broken-message", side: imports | exports, share: 40, apply: (*planner).broken},
	B2BOverLimit:              {label: "b2b-over-limit", side: exports, share: 20, modes: []string{"9710", "9810"}, apply: (*planner).b2bOverLimit},
	StatisticsOnly:            {label: "statistics-only-short-code", side: exports, share: 60, modes: []string{"9610", "9710", "9810"}, apply: (*planner).statisticsOnly},
}

// String is the stable label of the trouble, for example "amount-mismatch".
func (t Trouble) String() string {
	if t >= troubleCount {
		return "unknown"
	}
	return recipes[t].label
}

// Troubles lists all troubles but [None].
func Troubles() []Trouble {
	var list []Trouble
	for t := None + 1; t < troubleCount; t++ {
		list = append(list, t)
	}
	return list
}

// Mix says how many of 10,000 parcels have each trouble. Every trouble with a
// share above zero occurs at least once if the parcels suffice. An empty mix
// makes a day without faults.
type Mix map[Trouble]int

// DefaultMix has every trouble; about one parcel in eight has one.
func DefaultMix() Mix {
	m := Mix{}
	for t, r := range recipes {
		if r.share > 0 {
			m[Trouble(t)] = r.share
		}
	}
	return m
}

// State is a set of states in which a parcel may rightly be at the end of a
// plan.
type State uint8

// The states.
const (
	Waiting   State = 1 << iota // 待单: held until a document comes
	Rejected                    // 退单: the list was answered with 100 or a negative number
	Released                    // 放行 (800)
	Closed                      // 结关 (899)
	Withdrawn                   // 撤单
	Deleted                     // the list was deleted before release
)

var stateNames = [...]string{"waiting", "rejected", "released", "closed", "withdrawn", "deleted"}

// Has tells whether all states of t are in s.
func (s State) Has(t State) bool { return s&t == t }

// Names lists the states of the set.
func (s State) Names() []string {
	var names []string
	for i, name := range stateNames {
		if s&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// Expectation says what a right platform makes of one parcel by the end of the
// plan.
type Expectation struct {
	Parcel    uint64
	Trouble   Trouble
	Import    bool
	Mode      string
	Platform  string // ebpCode, with OrderNo the key of the order
	OrderNo   string
	CopNo     string // of the list
	Final     State  // any of these is right
	WaitedFor []ceb.Kind
	// Codes has the official or observed codes of which one should be given
	// for the refusal (error_codes.csv, return_info_codes_seen.csv); empty
	// where none exists and the platform's own is right.
	Codes []string
	// Decision and Reason are those of the tax rules (RULES A17), for imports
	// that get as far.
	Decision, Reason string
	// Dutiable is the value in fen that the buyer's annual total must have
	// grown by; 0 unless released.
	Dutiable int64
	// Class is "summary" or "statistics" for exports that are released (RULES
	// B1, B4, C3).
	Class string
	// Buyer is the resident ID number by which the annual total is kept.
	Buyer string
}

// Want is what must become of one document of a message.
type Want struct {
	Document int // 0 for the first of the message; -1 for the message as a whole
	Answer   Answer
	Codes    []string // one of these should be given; empty: the platform's own
}

// Answer to a document.
type Answer uint8

// The answers. Documents without a [Want] are to be accepted, unless their
// parcel is expected to be rejected.
const (
	Accepted Answer = iota
	Repeated        // the same document again: no second effect
	Refused
)

// String names the answer.
func (a Answer) String() string { return [...]string{"accepted", "repeated", "refused"}[a] }

// allows tells whether the recipe fits a route.
func (r *recipe) allows(route *Route) bool {
	s := exports
	if route.Import {
		s = imports
	}
	return r.side&s != 0 && (len(r.modes) == 0 || slices.Contains(r.modes, route.Mode))
}

package clearance

import "pilotzone/ceb"

// Event is what can happen to a parcel.
type Event uint8

// The events of the published table. The first six are a declaration list
// arriving, told apart by appType and by what is stored under its number.
const (
	ListNew    Event = iota // a list under a number that holds none (appType 1)
	ListRepeat              // the very list again (same guid)
	ListClash               // another list under the number (new guid, appType 1)
	ListStale               // appTime older than what is stored
	ListChange              // appType 2
	ListDelete              // appType 3
	Timeout                 // the waiting time of the pack is over
	Withdraw                // CEB623, CEB605
	Arrive                  // CEB507 names the waybill
	Depart                  // CEB509 names the waybill
	ToReview                // officer: 300
	ToInspect               // officer: 500
	ToDetain                // officer: 501, 502, 503, 599
	ToReturn                // officer: 700
	ToRelease               // officer: 800
	ToRefuse                // officer: 100
	events
)

var eventNames = [events]string{"list new", "list repeated", "list number used", "list older", "list changed", "list deleted",
	"time out", "withdrawal", "arrival", "departure", "officer: review", "officer: inspection", "officer: detention",
	"officer: return abroad", "officer: release", "officer: refusal"}

func (e Event) String() string { return eventNames[e] }

var eventWords = [events]string{"新清单", "重复清单", "编号已用", "旧报文", "变更", "删除", "等待超时", "撤单", "运抵", "离境",
	"转人工审核", "查验", "扣留", "退运", "放行", "退单"}

// Chinese is the event in the field's own words.
func (e Event) Chinese() string { return eventWords[e] }

// Effect is what a cell does to the accounts of the core.
type Effect uint8

// The effects on allowance, weight counters and guarantee.
const (
	Keep    Effect = iota // nothing
	Charge                // what was reserved becomes charged 核扣
	Free                  // what was reserved is given back
	Refund                // what was charged is given back
	Restart               // decide anew (the list becomes the current version)
	Flag                  // remember it on the waybill or the parcel
	Settle                // free what is reserved or refund what is charged, whichever it is
)

var effectNames = [...]string{"", "charge", "free", "refund", "decide", "remember", "give back"}

func (e Effect) String() string { return effectNames[e] }

// Cell is one cell of the published table: either a refusal of the event with
// its code (Code set) or a new state with the statuses (回执状态) of the
// receipts it gives.
type Cell struct {
	Next    State
	Rungs   []int  // receipt statuses for the list, in order
	Code    string // refusal code; the parcel stays as it is
	Effect  Effect
	Repeat  bool // answer again what was answered before
	Defined bool
}

func to(next State, effect Effect, rungs ...int) Cell {
	return Cell{Next: next, Effect: effect, Rungs: rungs, Defined: true}
}
func refuse(s State, code string) Cell { return Cell{Next: s, Code: code, Defined: true} }
func again(s State) Cell               { return Cell{Next: s, Repeat: true, Defined: true} }

// Table is the published state table of a parcel: Table[event][state]. A cell
// that is not Defined can't happen: nothing is stored that could be repeated,
// clashed with or older.
// "decide" means that the list is stored and decided as soon as its documents
// are there; the decision itself leads to Concluded, Released, Review,
// Inspect or Refused (see decide.go).
var Table = buildTable()

func buildTable() (t [events][states]Cell) {
	each := func(e Event, f func(s State) Cell) {
		for s := range states {
			t[e][s] = f(s)
		}
	}
	set := func(e Event, c func(s State) Cell, in ...State) {
		for _, s := range in {
			t[e][s] = c(s)
		}
	}
	decide := func(State) Cell { return to(Waiting, Restart, 2) }
	code := func(c string) func(State) Cell { return func(s State) Cell { return refuse(s, c) } }

	t[ListNew][None] = decide(None)
	each(ListRepeat, again)
	each(ListClash, code("-621004"))
	set(ListClash, decide, Refused, Withdrawn, Deleted, Expired)
	each(ListStale, code("PZ1014"))
	t[ListRepeat][None], t[ListClash][None], t[ListStale][None] = Cell{}, Cell{}, Cell{}
	each(ListChange, code("-621012"))
	set(ListChange, code("-621011"), None, Deleted, Withdrawn)
	set(ListChange, decide, Waiting, Refused, Expired)
	each(ListDelete, code("-621012"))
	set(ListDelete, code("-621019"), None, Deleted, Withdrawn)
	set(ListDelete, func(State) Cell { return to(Deleted, Keep, 2) }, Waiting, Refused, Expired)

	each(Timeout, func(s State) Cell { return to(s, Keep) })
	t[Timeout][Waiting] = to(Expired, Keep, 100)

	each(Withdraw, code("-623005"))
	set(Withdraw, code("-623003"), None, Deleted, Refused, Expired, Waiting)
	t[Withdraw][Withdrawn] = refuse(Withdrawn, "-623009")
	t[Withdraw][Concluded] = to(Withdrawn, Settle)
	t[Withdraw][Released] = to(Withdrawn, Settle)

	each(Arrive, func(s State) Cell { return to(s, Flag) })
	t[Arrive][Concluded] = to(Released, Charge, 800)
	each(Depart, func(s State) Cell { return to(s, Flag) })
	t[Depart][Released] = to(Closed, Keep, 899)

	each(ToReview, code("PZ3001"))
	t[ToReview][Waiting] = to(Waiting, Flag)
	set(ToReview, func(State) Cell { return to(Review, Keep, 300) }, Concluded, Inspect)
	each(ToInspect, code("PZ3001"))
	t[ToInspect][Waiting] = to(Waiting, Flag)
	set(ToInspect, func(State) Cell { return to(Inspect, Keep, 500) }, Concluded, Review)
	each(ToDetain, code("PZ3001"))
	set(ToDetain, func(State) Cell { return to(Detained, Keep, 0) }, Review, Inspect, Detained)
	each(ToReturn, code("PZ3001"))
	set(ToReturn, func(State) Cell { return to(Returned, Free, 700) }, Review, Inspect, Detained)
	each(ToRelease, code("PZ3001"))
	set(ToRelease, func(State) Cell { return to(Released, Charge, 800) }, Review, Inspect, Detained)
	each(ToRefuse, code("PZ3001"))
	set(ToRefuse, func(State) Cell { return to(Refused, Free, 100) }, Concluded, Review, Inspect, Detained)
	for e := ToReview; e <= ToRefuse; e++ {
		t[e][None] = refuse(None, "PZ3003")
	}
	return t
}

// DocEvent is what can happen to an order, a payment or a waybill.
type DocEvent uint8

// The events of the supporting documents' table.
const (
	DocNew    DocEvent = iota // appType 1
	DocRepeat                 // same number, same guid
	DocClash                  // same number, new guid, appType 1
	DocStale                  // appTime older than what is stored
	DocChange                 // appType 2
	DocDelete                 // appType 3
	docEvents
)

var docEventNames = [docEvents]string{"new", "repeated", "number used", "older", "change", "delete"}

func (e DocEvent) String() string { return docEventNames[e] }

var docEventWords = [docEvents]string{"新增", "重复", "编号已用", "旧报文", "变更", "删除"}

// Chinese is the event in the field's own words.
func (e DocEvent) Chinese() string { return docEventWords[e] }

// Fault names the kind of refusal; each kind of document has its own official
// code for it.
type Fault uint8

// The refusals of the supporting documents' table.
const (
	NoFault Fault = iota
	Exists        // same number is stored
	Busy          // a list that stands uses it
	Missing       // nothing stored to change or delete
	Old           // older than what is stored
	Invalid       // a check of the document itself failed
	Lines         // a line number is repeated
)

// DocCell is one cell of the supporting documents' table. One that is Never
// can't happen: what is stored under the number has a guid, so that the same
// number is a repetition or a clash, not new.
type DocCell struct {
	Next   DocState
	Fault  Fault
	Repeat bool
	Never  bool
}

// DocTable is the published table of orders, payments and waybills:
// DocTable[event][state]. Absent with something to be older than is a deleted
// or expired document: its number remembers guid and appTime, so that a late
// repetition does not bring it back.
var DocTable = [docEvents][docStates]DocCell{
	DocNew:    {Absent: {Next: Pending}, Pending: {Never: true}, Used: {Never: true}},
	DocRepeat: {Absent: {Next: Absent, Fault: Old}, Pending: {Next: Pending, Repeat: true}, Used: {Next: Used, Repeat: true}},
	DocClash:  {Absent: {Next: Pending}, Pending: {Next: Pending, Fault: Exists}, Used: {Next: Used, Fault: Exists}},
	DocStale:  {Absent: {Next: Absent, Fault: Old}, Pending: {Next: Pending, Fault: Old}, Used: {Next: Used, Fault: Old}},
	DocChange: {Absent: {Next: Absent, Fault: Missing}, Pending: {Next: Pending}, Used: {Next: Used, Fault: Busy}},
	DocDelete: {Absent: {Next: Absent, Fault: Missing}, Pending: {Next: Absent}, Used: {Next: Used, Fault: Busy}},
}

// faultCodes gives each kind its code for a refusal; official ones where the
// specification's tables 7-1 and 7-2 have one, ours (PZ) otherwise.
var faultCodes = map[ceb.Kind][Lines + 1]string{
	311: {Exists: "-301010", Busy: "-301011", Missing: "-301009", Old: "-301014", Invalid: "-301008", Lines: "-301002"},
	303: {Exists: "-301010", Busy: "-301011", Missing: "-301009", Old: "-301014", Invalid: "-301008", Lines: "-301002"},
	411: {Exists: "-401007", Busy: "-401008", Missing: "-401006", Old: "-401012", Invalid: "-401009"},
	403: {Exists: "-401007", Busy: "-401008", Missing: "-401006", Old: "-401012", Invalid: "-401009"},
	511: {Exists: "-504015", Busy: "-504016", Missing: "-504014", Old: "PZ1014", Invalid: "-504011"},
	505: {Exists: "-504015", Busy: "-504016", Missing: "-504014", Old: "PZ1014", Invalid: "-504011"},
	513: {Exists: "-505012", Busy: "-505012", Missing: "-505014", Old: "-505016", Invalid: "-505011"},
	621: {Exists: "-621004", Busy: "-621012", Missing: "-621011", Old: "PZ1014", Invalid: "-621001", Lines: "-621027"},
	603: {Exists: "-621004", Busy: "-621012", Missing: "-621011", Old: "PZ1014", Invalid: "-621001", Lines: "-621027"},
	623: {Exists: "-623009", Missing: "-623003", Invalid: "-623001"},
	605: {Exists: "-623009", Missing: "-623003", Invalid: "-623001"},
	507: {Exists: "PZ1007", Invalid: "PZ1001"},
	509: {Exists: "PZ1007", Invalid: "PZ1001"},
}

// CodeOf is the code with which a document of kind k is refused for f.
func CodeOf(k ceb.Kind, f Fault) string { return faultCodes[k][f] }

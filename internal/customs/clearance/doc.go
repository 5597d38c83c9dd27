// Package clearance is the heart of the platform: the deterministic machine
// that matches order, payment and waybill with the declaration list
// (三单比对), computes the tax, charges the personal allowance and decides.
//
// The machine (Engine) has no input or output of its own and no clock: all
// that can change an answer enters it as a numbered input - documents, filing
// changes, officers' verdicts, deposits, pack switches, clock ticks and
// answers from older memory - and every effect leaves it as a numbered
// Decision. Running the same inputs again gives the same decisions, byte for
// byte; `pilotzone replay` proves it.
//
// What a document or an event does is read from one published table
// (table.go, docs/state-table.md): document state x parcel state x event.
package clearance

import (
	"pilotzone/ceb"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/money"
)

// Key is a keyed hash of a natural number (order, payment, waybill, person).
type Key = keys.Key

// Direction of a trade: 'I' import 进口, 'E' export 出口.
type Direction byte

// The two directions as the messages write them (ieFlag).
const (
	Import Direction = 'I'
	Export Direction = 'E'
)

// Doc is what the machine needs of one received document: numbers parsed
// exactly, personal data only as keyed hashes, enterprise codes and business
// numbers as text for the receipts.
type Doc struct {
	Kind     ceb.Kind
	Received int64  // µs UTC, when the platform took it in
	Sender   string // copCode of BaseTransfer 传输企业代码; receipts go to it
	GUID     uint64 // keyed hash of the head's guid
	AppType  byte   // '1' new, '2' change, '3' delete
	AppTime  int64  // yyyymmddhhmmss as a number, as the enterprise wrote it

	Key     Key // natural key of the document itself
	Parcel  Key // key of the order that it belongs to, zero when it does not say
	Waybill Key // key of the waybill, zero when it does not say

	// Schema says that the document fails the schema; only Faults is filled.
	Schema bool
	// Faults are all defects found in the document by itself; a document with
	// one is refused and leaves no trace in the state.
	Faults []Reason
	// Notes are warnings that do not refuse it.
	Notes []Reason

	Order   *Order
	Payment *Payment
	Bill    *Waybill
	List    *List
	Cancel  *Cancel
	Move    *Move
}

// Order is an order 订单 (CEB311, CEB303).
type Order struct {
	Platform, Merchant, OrderNo string // ebpCode, ebcCode, orderNo
	Type                        byte   // orderType: I; E, B, W
	GoodsValue, Freight         money.N5
	Discount, Tax, Paid         money.N5 // import only
	Currency                    string
	PayCode, PayNo              string // payment enterprise and number, when given
	Buyer                       Key    // keyed hash of the ID number
	BuyerName, BuyerPhone       uint64
	Consignee, Phone, Address   uint64
	Lines                       []OrderLine
}

// OrderLine is one line of an order; it answers to the list's line with the
// same gnum.
type OrderLine struct {
	Gnum              int32
	Unit              string
	Qty, Price, Total money.N5
	Country, Currency string
	Name              uint64 // keyed hash of itemName
}

// Payment is a payment voucher 支付凭证 (CEB411) or a receipt of payment 收款单
// (CEB403).
type Payment struct {
	PayCode, PayNo     string
	Platform, Merchant string
	OrderNo            string
	Amount             money.N5
	Currency           string
	Payer              Key
	PayerName          uint64
}

// Waybill is a waybill 运单 (CEB511, CEB505) or its signed-for status (CEB513).
type Waybill struct {
	Carrier, No               string // logisticsCode, logisticsNo
	OrderNo                   string // import only
	OrderHash                 uint64
	Weight                    money.N5 // gross, kg
	Consignee, Phone, Address uint64
}

// List is a declaration list 清单 (CEB621, CEB603).
type List struct {
	Platform, Merchant, OrderNo string
	Carrier, WaybillNo          string
	CopNo, Agent, Guarantor     string
	Area                        string // in-zone enterprise 区内企业
	Customs, Port               string
	Mode                        string // tradeMode
	Country                     string
	Statistics                  byte // statisticsFlag A simplified, B summary (export)
	DeclDate                    int32
	Freight, Insurance          money.N5
	FreightFlag, InsuranceFlag  byte
	FreightCurrency             string
	InsuranceCurrency           string
	Gross, Net                  money.N5
	Licence                     bool
	Buyer                       Key
	BuyerName, BuyerPhone       uint64
	Address                     uint64
	Lines                       []ListLine
}

// ListLine is one line of goods of a list.
type ListLine struct {
	Gnum               int32
	Code               uint64 // HS commodity code, ten digits
	Unit, Unit1, Unit2 string
	Qty, Qty1, Qty2    money.N5
	Price, Total       money.N5
	Country, Currency  string
	HasSecond          bool
	Name               string // gname; goods are not personal data
	NameHash           uint64 // keyed hash of gname, to hold against the order
}

// Cancel is a request to withdraw a list 撤销申请单 (CEB623, CEB605).
type Cancel struct {
	CopNo, InvtNo, Agent string
	Customs              string
	Platform, Merchant   string
	OrderNo              string
	Carrier, WaybillNo   string
	Number               uint64 // the parcel that invtNo names, 0 when it names none of ours
	Buyer                Key
	Reason               string
}

// Move is an arrival 运抵单 (CEB507) or a departure 离境单 (CEB509) of many
// waybills.
type Move struct {
	CopNo, Operator, Carrier, BillNo string
	Customs                          string
	MsgCount, MsgSeq                 int32
	Time                             int64
	Waybills                         []Key
	Numbers                          []string
}

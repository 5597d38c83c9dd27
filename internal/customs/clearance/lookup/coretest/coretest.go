// Package coretest runs a real clearance core on a test's store, with documents
// of import parcels made by hand, for tests of services that live on its
// decisions.
package coretest

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"pilotzone/ceb"
	"pilotzone/ceb/cebtest"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/internal/kernel/store"
	"pilotzone/packs"
)

// The enterprises of the parcels.
const (
	Merchant = "410796D004"
	Platform = "410796D011"
	Payer    = "410796D148" // payment enterprise
	Carrier  = "410796D179" // and guarantor
	Agent    = "410798D220"
	Customs  = "4616"
)

// Day is the Beijing day on which a core's clock begins.
const Day clock.Day = 20261122

// Core is a running core.
type Core struct {
	*intake.Service
	Clock *clock.Fixed
	Keys  *keys.Keyring
}

// everybody is filed for everything.
type everybody struct{}

func (everybody) Filed(string, string, clock.Day) (bool, string) { return true, "" }
func (everybody) Apply([]byte) (string, error)                   { return "", nil }
func (everybody) Snapshot() []byte                               { return nil }
func (everybody) Restore([]byte) error                           { return nil }

// but is everybody without the enterprises named.
type but struct {
	everybody
	codes []string
}

func (b but) Filed(code, _ string, _ clock.Day) (bool, string) {
	return !slices.Contains(b.codes, code), "未备案"
}

// Open starts a core on a store in which journal.Migration has run; it is closed
// with the test. The guarantor has a deposit of a million yuan. All enterprises
// are filed but those named.
func Open(t testing.TB, st *store.Store, unfiled ...string) *Core {
	t.Helper()
	return OpenWith(t, st, Rules(t, false), unfiled...)
}

// OpenWith is Open by other rules.
func OpenWith(t testing.TB, st *store.Store, book *refdata.Book, unfiled ...string) *Core {
	t.Helper()
	j, err := journal.Open(st, 0)
	check(t, err)
	ring, _, err := keys.OpenFile(filepath.Join(t.TempDir(), "zone.key"), keys.AES256GCM)
	check(t, err)
	c := &Core{Clock: clock.NewFixed(Day.Time().Add(10 * time.Hour)), Keys: ring}
	c.Service, err = intake.Open(t.Context(), intake.Config{Journal: j, Keys: ring, Clock: c.Clock, Rules: book, Workers: 1,
		Filings: func() clearance.Filings { return but{codes: unfiled} }})
	check(t, err)
	t.Cleanup(func() { check(t, c.Close(context.WithoutCancel(t.Context()))) })
	c.Deposit(t, 100_000_000)
	return c
}

// Rules are those of the national pack, made once for a test binary; with
// person check they ask for the verification of orderers (person_check).
func Rules(t testing.TB, personCheck bool) *refdata.Book {
	t.Helper()
	of := rules
	if personCheck {
		of = checkedRules
	}
	book, err := of()
	check(t, err)
	return book
}

var (
	rules        = sync.OnceValues(func() (*refdata.Book, error) { return load() })
	checkedRules = sync.OnceValues(func() (*refdata.Book, error) {
		over, err := pack.LoadFS(checkPack, "check")
		if err != nil {
			return nil, err
		}
		return load(over)
	})
)

// checkPack is a zone's pack that asks for the verification of orderers.
var checkPack = fstest.MapFS{"check/pack.yaml": {Data: []byte(`format: 1
name: check
title: {zh: 身份核验, en: person check}
version: "2026.1"
parents: [national]
description: {zh: 测试：须核验订购人身份, en: "for tests: orderers are verified"}
sources:
  - {id: design, document: 测试设定, read: 测试}
`)}, "check/parameters.yaml": {Data: []byte(`parameters:
  - name: person_check
    type: text
    meaning: {zh: 订购人身份核验, en: verification of the orderer's identity}
    values:
      - {value: "required", source: {ref: design}, mark: design}
`)}}

func load(over ...*pack.Pack) (*refdata.Book, error) {
	national, err := pack.LoadFS(packs.Files, "national")
	if err != nil {
		return nil, err
	}
	set, err := pack.NewSet(append([]*pack.Pack{national}, over...)...)
	if err != nil {
		return nil, err
	}
	return refdata.New(set)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Deposit gives the guarantor security, in fen.
func (c *Core) Deposit(t testing.TB, amount int64) {
	t.Helper()
	_, err := c.Command(t.Context(), clearance.Deposit, clearance.DepositBody{Guarantor: Carrier, Amount: amount}.Encode())
	check(t, err)
}

// Verdict gives an officer's verdict on a parcel.
func (c *Core) Verdict(t testing.TB, parcel uint64, status uint16) {
	t.Helper()
	_, err := c.Command(t.Context(), clearance.Verdict, clearance.VerdictBody{Number: parcel, Status: status, Officer: "tester", Reason: "test"}.Encode())
	check(t, err)
}

// Send takes documents in, one message each, and returns the answers.
func (c *Core) Send(t testing.TB, docs ...Doc) []intake.Answer {
	t.Helper()
	var out []intake.Answer
	for _, d := range docs {
		ack, err := c.Submit(t.Context(), d.Message())
		check(t, err)
		out = append(out, ack.Docs...)
	}
	return out
}

// Doc is one document; its fields may be changed before it is sent.
type Doc struct {
	Kind   ceb.Kind
	Sender string
	Head   map[ceb.Field]string
	Lines  []map[ceb.Field]string
}

// With changes a field of the head.
func (d Doc) With(f ceb.Field, value string) Doc {
	head := map[ceb.Field]string{f: value}
	for k, v := range d.Head {
		if k != f {
			head[k] = v
		}
	}
	d.Head = head
	return d
}

// Message is the document as a message of its own.
func (d Doc) Message() []byte { return Message(d) }

// Message is a message of documents of one kind and sender.
func Message(docs ...Doc) []byte {
	k := docs[0].Kind
	b := ceb.AppendOpen(nil, k, guid(k, 0))
	for _, d := range docs {
		head, line := ceb.FieldCount(k)
		var lines [][]string
		for _, l := range d.Lines {
			lines = append(lines, row(line, l))
		}
		b = ceb.AppendNode(b, k, row(head, d.Head), lines)
	}
	b = ceb.AppendClose(b, k, []string{docs[0].Sender, "测试企业", "DXP", "DXPENT0000000001"})
	end := "</ceb:" + k.String() + ">"
	if k == 621 || k == 623 { // the schema asks for a signature
		return []byte(strings.Replace(string(b), end, cebtest.Signature+end, 1))
	}
	return b
}

func row(size int, fields map[ceb.Field]string) []string {
	out := make([]string, size)
	for f, v := range fields {
		out[f] = v
	}
	return out
}

func guid(k ceb.Kind, n int) string { return fmt.Sprintf("%08X-0000-4000-8000-%012X", int(k), n) }

// OrderNo is the order number of parcel n.
func OrderNo(n int) string { return fmt.Sprintf("XO-Test-%07d", n) }

// PayNo is the payment number of parcel n.
func PayNo(n int) string { return fmt.Sprintf("XP%010d", n) }

// WaybillNo is the waybill number of parcel n.
func WaybillNo(n int) string { return fmt.Sprintf("XL%010d", n) }

// CopNo is the declarant's own number of the list of parcel n.
func CopNo(n int) string { return fmt.Sprintf("XC%010d", n) }

const appTime = "20261122080000"

// buyerID is the resident ID of the buyer of parcel n: a made-up person with a
// right check digit (GB 11643-1999).
func buyerID(n int) string {
	body := fmt.Sprintf("410701%04d0101%03d", 1970+n/999%30, n%999+1)
	sum := 0
	for i, w := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(body[i]-'0') * w
	}
	return body + "10X98765432"[sum%11:sum%11+1]
}

const (
	name    = "测试订购人"
	phone   = "16000000000"
	address = "河南省新乡市红旗区测试路1号"
	paid    = "487"
)

// goods are the two lines of every parcel.
var goods = []struct{ code, name, unit, qty, price, total, qty1, unit1 string }{
	{"9506919000", "护具", "011", "1", "310", "310", "0.75", "035"},
	{"3307300000", "沐浴啫喱", "142", "3", "59", "177", "0.6", "035"},
}

// Order is the order of parcel n (CEB311).
func Order(n int) Doc {
	d := Doc{Kind: 311, Sender: Platform, Head: map[ceb.Field]string{ceb.H311Guid: guid(311, n), ceb.H311AppType: "1", ceb.H311AppTime: appTime, ceb.H311AppStatus: "2",
		ceb.H311OrderType: "I", ceb.H311OrderNo: OrderNo(n), ceb.H311EbpCode: Platform, ceb.H311EbpName: "平台", ceb.H311EbcCode: Merchant, ceb.H311EbcName: "电商",
		ceb.H311GoodsValue: paid, ceb.H311Freight: "0", ceb.H311Discount: "0", ceb.H311TaxTotal: "0", ceb.H311ActuralPaid: paid, ceb.H311Currency: "142",
		ceb.H311BuyerRegNo: "U1", ceb.H311BuyerName: name, ceb.H311BuyerTelephone: phone, ceb.H311BuyerIdType: "1", ceb.H311BuyerIdNumber: buyerID(n),
		ceb.H311PayCode: Payer, ceb.H311PayName: "支付", ceb.H311PayTransactionId: PayNo(n), ceb.H311Consignee: name, ceb.H311ConsigneeTelephone: phone, ceb.H311ConsigneeAddress: address}}
	for i, g := range goods {
		d.Lines = append(d.Lines, map[ceb.Field]string{ceb.L311Gnum: fmt.Sprint(i + 1), ceb.L311ItemNo: "SKU", ceb.L311ItemName: g.name, ceb.L311Gmodel: "M", ceb.L311BarCode: "无",
			ceb.L311Unit: g.unit, ceb.L311Qty: g.qty, ceb.L311Price: g.price, ceb.L311TotalPrice: g.total, ceb.L311Currency: "142", ceb.L311Country: "136"})
	}
	return d
}

// Payment is the payment voucher of parcel n (CEB411).
func Payment(n int) Doc {
	return Doc{Kind: 411, Sender: Payer, Head: map[ceb.Field]string{ceb.H411Guid: guid(411, n), ceb.H411AppType: "1", ceb.H411AppTime: appTime, ceb.H411AppStatus: "2",
		ceb.H411PayCode: Payer, ceb.H411PayName: "支付", ceb.H411PayTransactionId: PayNo(n), ceb.H411OrderNo: OrderNo(n), ceb.H411EbpCode: Platform, ceb.H411EbpName: "平台",
		ceb.H411PayerIdType: "1", ceb.H411PayerIdNumber: buyerID(n), ceb.H411PayerName: name, ceb.H411Telephone: phone, ceb.H411AmountPaid: paid, ceb.H411Currency: "142", ceb.H411PayTime: appTime}}
}

// Waybill is the waybill of parcel n (CEB511).
func Waybill(n int) Doc {
	return Doc{Kind: 511, Sender: Carrier, Head: map[ceb.Field]string{ceb.H511Guid: guid(511, n), ceb.H511AppType: "1", ceb.H511AppTime: appTime, ceb.H511AppStatus: "2",
		ceb.H511LogisticsCode: Carrier, ceb.H511LogisticsName: "物流", ceb.H511LogisticsNo: WaybillNo(n), ceb.H511BillNo: "00009661245", ceb.H511OrderNo: OrderNo(n), ceb.H511Freight: "0", ceb.H511InsuredFee: "0",
		ceb.H511Currency: "142", ceb.H511Weight: "2.5", ceb.H511PackNo: "1", ceb.H511GoodsInfo: "护具等", ceb.H511Consignee: name, ceb.H511ConsigneeAddress: address, ceb.H511ConsigneeTelephone: phone}}
}

// List is the declaration list of parcel n (CEB621).
func List(n int) Doc {
	d := Doc{Kind: 621, Sender: Agent, Head: map[ceb.Field]string{ceb.H621Guid: guid(621, n), ceb.H621AppType: "1", ceb.H621AppTime: appTime, ceb.H621AppStatus: "2",
		ceb.H621OrderNo: OrderNo(n), ceb.H621EbpCode: Platform, ceb.H621EbpName: "平台", ceb.H621EbcCode: Merchant, ceb.H621EbcName: "电商",
		ceb.H621LogisticsNo: WaybillNo(n), ceb.H621LogisticsCode: Carrier, ceb.H621LogisticsName: "物流", ceb.H621CopNo: CopNo(n), ceb.H621AssureCode: Carrier, ceb.H621IeFlag: "I",
		ceb.H621DeclTime: "20261122", ceb.H621CustomsCode: Customs, ceb.H621PortCode: "4604", ceb.H621IeDate: "20261122", ceb.H621BuyerIdType: "1", ceb.H621BuyerIdNumber: buyerID(n),
		ceb.H621BuyerName: name, ceb.H621BuyerTelephone: phone, ceb.H621ConsigneeAddress: address, ceb.H621AgentCode: Agent, ceb.H621AgentName: "报关", ceb.H621TradeMode: "9610",
		ceb.H621TrafMode: "5", ceb.H621TrafNo: "B0000", ceb.H621VoyageNo: "XX1006", ceb.H621BillNo: "00009661245", ceb.H621Country: "502", ceb.H621Freight: "0", ceb.H621InsuredFee: "0",
		ceb.H621Currency: "142", ceb.H621WrapType: "2", ceb.H621PackNo: "1", ceb.H621GrossWeight: "2.5", ceb.H621NetWeight: "2"}}
	for i, g := range goods {
		d.Lines = append(d.Lines, map[ceb.Field]string{ceb.L621Gnum: fmt.Sprint(i + 1), ceb.L621ItemNo: "SKU", ceb.L621ItemName: g.name, ceb.L621Gcode: g.code, ceb.L621Gname: g.name, ceb.L621Gmodel: "M",
			ceb.L621BarCode: "无", ceb.L621Country: "136", ceb.L621Currency: "142", ceb.L621Qty: g.qty, ceb.L621Unit: g.unit, ceb.L621Qty1: g.qty1, ceb.L621Unit1: g.unit1, ceb.L621Price: g.price, ceb.L621TotalPrice: g.total})
	}
	return d
}

// Cancel asks to withdraw the list of parcel n (CEB623).
func Cancel(n int, invtNo string) Doc {
	return Doc{Kind: 623, Sender: Agent, Head: map[ceb.Field]string{ceb.H623Guid: guid(623, n), ceb.H623AppType: "1", ceb.H623AppTime: appTime, ceb.H623AppStatus: "2", ceb.H623CustomsCode: Customs,
		ceb.H623OrderNo: OrderNo(n), ceb.H623EbpCode: Platform, ceb.H623EbpName: "平台", ceb.H623EbcCode: Merchant, ceb.H623EbcName: "电商", ceb.H623LogisticsNo: WaybillNo(n),
		ceb.H623LogisticsCode: Carrier, ceb.H623LogisticsName: "物流", ceb.H623CopNo: CopNo(n), ceb.H623InvtNo: invtNo, ceb.H623BuyerIdType: "1", ceb.H623BuyerIdNumber: buyerID(n),
		ceb.H623BuyerName: name, ceb.H623BuyerTelephone: phone, ceb.H623AgentCode: Agent, ceb.H623AgentName: "报关", ceb.H623Reason: "订购人取消订单"}}
}

// Parcel are the four documents of parcel n, the list last.
func Parcel(n int) []Doc { return []Doc{Order(n), Payment(n), Waybill(n), List(n)} }

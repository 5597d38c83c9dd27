package clearance_test

import (
	"fmt"
	"strconv"
	"sync/atomic"

	"pilotzone/ceb"
	"pilotzone/internal/face/demo/traffic"
)

const sender = "4107960001"

const signature = `<ds:Signature xmlns:ds="` + ceb.SignatureNamespace + `"><ds:SignedInfo>` +
	`<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>` +
	`<ds:SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"/>` +
	`<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>` +
	`</ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/>` +
	`<ds:DigestValue>SF/P+2sVsRQ9dJIqJSroW6ajb0Y=</ds:DigestValue></ds:Reference></ds:SignedInfo>` +
	`<ds:SignatureValue>AAAA</ds:SignatureValue><ds:KeyInfo><ds:KeyName>0001</ds:KeyName></ds:KeyInfo></ds:Signature>`

// message wraps documents of one kind as an enterprise sends them.
func message(docs ...*traffic.Document) []byte {
	k := docs[0].Kind
	b := fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<ceb:%v guid="%s" version="1.0" xmlns:ceb="%s">`+"\n", k, docs[0].Get("guid"), ceb.Namespace)
	for _, d := range docs {
		b = d.Append(b)
	}
	b = fmt.Appendf(b, "<ceb:BaseTransfer><ceb:copCode>%s</ceb:copCode><ceb:copName>示范企业</ceb:copName><ceb:dxpMode>DXP</ceb:dxpMode>"+
		"<ceb:dxpId>DXPENT0000000001</ceb:dxpId></ceb:BaseTransfer>", sender)
	if k == 621 || k == 623 {
		b = append(b, signature...)
	}
	return fmt.Appendf(b, "</ceb:%v>\n", k)
}

var guids atomic.Uint64

// newGUID is a number that no document of the tests has.
func newGUID() string { return fmt.Sprintf("T0000000-0000-4000-8000-%012d", guids.Add(1)) }

// copyOf is a deep copy.
func copyOf(d *traffic.Document) *traffic.Document {
	c := &traffic.Document{Kind: d.Kind, Head: append([]traffic.Field(nil), d.Head...)}
	for _, l := range d.Lines {
		c.Lines = append(c.Lines, append([]traffic.Field(nil), l...))
	}
	return c
}

// again is the document under a new guid, sent as appType, made some seconds
// later (negative: earlier) than the original.
func again(d *traffic.Document, appType string, seconds int64) *traffic.Document {
	c := copyOf(d)
	c.Set("guid", newGUID())
	c.Set("appType", appType)
	at, err := strconv.ParseInt(d.Get("appTime"), 10, 64)
	if err != nil {
		panic(err)
	}
	c.Set("appTime", strconv.FormatInt(at+seconds, 10)) // callers keep within the minute
	return c
}

// at30 makes the documents' times end in second 30, so that again can go both ways.
func at30(docs ...*traffic.Document) {
	for _, d := range docs {
		s := d.Get("appTime")
		d.Set("appTime", s[:12]+"30")
	}
}

// with is a copy with elements of the head changed.
func with(d *traffic.Document, pairs ...string) *traffic.Document {
	c := copyOf(d)
	for i := 0; i < len(pairs); i += 2 {
		c.Set(pairs[i], pairs[i+1])
	}
	return c
}

func field(pairs ...string) (l []traffic.Field) {
	for i := 0; i < len(pairs); i += 2 {
		l = append(l, traffic.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return l
}

// withdrawal is the request (CEB623, CEB605) to withdraw a parcel's list.
func withdrawal(p *traffic.Parcel, invtNo string) *traffic.Document {
	l, r := &p.List, p.Route
	if !r.Import {
		return &traffic.Document{Kind: 605, Head: field("guid", newGUID(), "appType", "1", "appTime", l.Get("appTime"), "appStatus", "2",
			"customsCode", r.Customs, "copNo", p.CopNo, "invtNo", invtNo, "reason", "境外订单取消", "agentCode", r.Agent.Code, "agentName", r.Agent.Name,
			"ebcCode", r.Merchant.Code, "ebcName", r.Merchant.Name)}
	}
	return &traffic.Document{Kind: 623, Head: field("guid", newGUID(), "appType", "1", "appTime", l.Get("appTime"), "appStatus", "2",
		"customsCode", r.Customs, "orderNo", p.OrderNo, "ebpCode", r.PlatformCode, "ebpName", r.PlatformName, "ebcCode", r.Merchant.Code,
		"ebcName", r.Merchant.Name, "logisticsNo", p.WaybillNo, "logisticsCode", r.Logistics.Code, "logisticsName", r.Logistics.Name,
		"copNo", p.CopNo, "invtNo", invtNo, "buyerIdType", "1", "buyerIdNumber", p.Buyer.ID, "buyerName", p.Buyer.Name,
		"buyerTelephone", p.Buyer.Phone, "agentCode", r.Agent.Code, "agentName", r.Agent.Name, "reason", "订购人取消订单")}
}

// parcel spells parcel i out with times that leave room for again.
func (m *machine) parcel(i uint64) *traffic.Parcel {
	p := m.gen.Parcel(i)
	at30(p.Documents()...)
	return p
}

// three are the supporting documents that the parcel has.
func three(p *traffic.Parcel) []*traffic.Document {
	docs := []*traffic.Document{&p.Order}
	if p.Payment != nil {
		docs = append(docs, p.Payment)
	}
	return append(docs, &p.Waybill)
}

// all are the documents that decide the parcel.
func all(p *traffic.Parcel) []*traffic.Document { return append(three(p), &p.List) }

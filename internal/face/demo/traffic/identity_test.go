package traffic

import (
	"strconv"
	"strings"
	"testing"
)

// TestIdentitiesHoldForEveryParcel reads 10,000 parcels back from their bytes
// and checks every rule on amounts, weights, units and equal fields with
// arithmetic of its own.
func TestIdentitiesHoldForEveryParcel(t *testing.T) {
	t.Parallel()
	g := testGen(t, Options{Seed: 77, Day: testDay, Block: 20})
	heads := map[string][]string{}
	for _, r := range table(hsCSV) {
		heads[r[0]] = r
	}
	imports := 0
	for i := range uint64(10_000) {
		order := mustParse(t, g.AppendOrder(nil, i)).docs[0]
		waybill := mustParse(t, g.AppendWaybill(nil, i)).docs[0]
		list := mustParse(t, g.AppendList(nil, i)).docs[0]
		c := checker{t, i, order, list, waybill}
		c.lines(heads)
		c.weights()
		c.equal("orderNo", order, list)
		c.equal("ebpCode", order, list)
		c.equal("ebcCode", order, list)
		c.equal("logisticsNo", waybill, list)
		c.equal("logisticsCode", waybill, list)
		c.equal("freight", order, list)
		if !g.routeOf(i).Import {
			c.export()
			continue
		}
		imports++
		payment := mustParse(t, g.AppendPayment(nil, i)).docs[0]
		c.imported(payment)
		c.bonded()
	}
	if imports < 5_000 || imports > 8_000 {
		t.Errorf("%d of 10,000 are imports", imports)
	}
}

type checker struct {
	t                    *testing.T
	parcel               uint64
	order, list, waybill parsedDoc
}

func (c *checker) fail(format string, args ...any) {
	c.t.Helper()
	c.t.Errorf("parcel "+strconv.FormatUint(c.parcel, 10)+": "+format, args...)
	if c.t.Failed() {
		c.t.FailNow()
	}
}

func (c *checker) equal(name string, a, b parsedDoc) {
	c.t.Helper()
	if a.head[name] != b.head[name] || a.head[name] == "" {
		c.fail("%s: %q and %q", name, a.head[name], b.head[name])
	}
}

func (c *checker) lines(heads map[string][]string) {
	if len(c.order.lines) != len(c.list.lines) || len(c.order.lines) == 0 {
		c.fail("%d lines in the order, %d in the list", len(c.order.lines), len(c.list.lines))
	}
	var sum int64
	for n, o := range c.order.lines {
		l := c.list.lines[n]
		price, qty, total := decimal(c.t, o["price"]), decimal(c.t, o["qty"]), decimal(c.t, o["totalPrice"])
		if price*(qty/100_000) != total || qty%100_000 != 0 || price <= 0 || price%1_000 != 0 {
			c.fail("line %d: %s × %s = %s", n+1, o["price"], o["qty"], o["totalPrice"])
		}
		sum += total
		for _, name := range []string{"gnum", "unit", "qty", "price", "totalPrice", "currency"} {
			if o[name] != l[name] || o[name] == "" {
				c.fail("line %d: %s %q in the order, %q in the list", n+1, name, o[name], l[name])
			}
		}
		if o["itemName"] != l["gname"] || o["gnum"] != strconv.Itoa(n+1) {
			c.fail("line %d: %v %v", n+1, o, l)
		}
		h, ok := heads[l["gcode"]]
		if !ok {
			c.fail("line %d: code %s", n+1, l["gcode"])
		}
		if c.list.head["ieFlag"] == "I" && h[3] != "1" {
			c.fail("line %d: code %s is not on the list", n+1, l["gcode"])
		}
		if l["unit1"] != h[1] || l["unit2"] != h[2] || (h[2] != "") != (l["qty2"] != "") {
			c.fail("line %d: units %s %s, the tariff has %s %s", n+1, l["unit1"], l["unit2"], h[1], h[2])
		}
		if decimal(c.t, l["qty1"]) <= 0 || (h[2] != "" && decimal(c.t, l["qty2"]) <= 0) {
			c.fail("line %d: legal quantity", n+1)
		}
		if l["unit"] == l["unit1"] && l["qty"] != l["qty1"] {
			c.fail("line %d: same unit, other quantity", n+1)
		}
	}
	if sum != decimal(c.t, c.order.head["goodsValue"]) {
		c.fail("goodsValue %s is not the sum of the lines", c.order.head["goodsValue"])
	}
}

func (c *checker) weights() {
	net, gross := decimal(c.t, c.list.head["netWeight"]), decimal(c.t, c.list.head["grossWeight"])
	weight := c.waybill.head["weight"] + c.waybill.head["grossWeight"]
	if net <= 0 || net > gross || decimal(c.t, weight) != gross || gross > 50_00000 {
		c.fail("net %d, gross %d, waybill %s", net, gross, weight)
	}
	var kilograms int64
	for _, l := range c.list.lines {
		for n := range 2 {
			if k := strconv.Itoa(n + 1); l["unit"+k] == unitKilogram {
				kilograms += decimal(c.t, l["qty"+k])
			}
		}
	}
	if kilograms > net {
		c.fail("lines weigh %d, the parcel %d net", kilograms, net)
	}
}

func (c *checker) imported(payment parsedDoc) {
	h := c.order.head
	tax := decimal(c.t, h["taxTotal"])
	var want int64
	for _, l := range c.order.lines {
		want += (decimal(c.t, l["totalPrice"])/1000*91 + 500) / 1000 * 1000
	}
	want += (decimal(c.t, h["freight"])/1000*91 + 500) / 1000 * 1000
	if tax != want {
		c.fail("tax %s", h["taxTotal"])
	}
	paid := decimal(c.t, h["goodsValue"]) + decimal(c.t, h["freight"]) + tax - decimal(c.t, h["discount"])
	if paid != decimal(c.t, h["acturalPaid"]) {
		c.fail("acturalPaid %s", h["acturalPaid"])
	}
	if payment.head["amountPaid"] != h["acturalPaid"] || payment.head["payerName"] != h["buyerName"] ||
		payment.head["payerIdNumber"] != h["buyerIdNumber"] {
		c.fail("payment %v", payment.head)
	}
	for _, name := range []string{"orderNo", "ebpCode", "payCode", "payTransactionId"} {
		c.equal(name, c.order, payment)
	}
	for _, name := range []string{"consignee", "consigneeTelephone", "consigneeAddress", "orderNo"} {
		c.equal(name, c.order, c.waybill)
	}
	for _, name := range []string{"buyerName", "buyerIdNumber", "buyerTelephone", "consigneeAddress"} {
		c.equal(name, c.order, c.list)
	}
	if d := decimal(c.t, h["goodsValue"]) + decimal(c.t, h["freight"]); d > 5_000_00000 {
		c.fail("dutiable value %d", d)
	}
	if code := c.list.head["assureCode"]; code != c.list.head["ebcCode"] && code != c.list.head["logisticsCode"] {
		c.fail("assureCode %s", code)
	}
	times := []string{h["appTime"], payment.head["payTime"], payment.head["appTime"], c.waybill.head["appTime"], c.list.head["appTime"]}
	for n := 1; n < len(times); n++ {
		if times[n] < times[n-1] || !strings.HasPrefix(times[n], "20260308") {
			c.fail("times %v", times)
		}
	}
}

// bonded checks what the modes demand (FORMATS section 8).
func (c *checker) bonded() {
	h := c.list.head
	need, no := []string{"trafNo", "voyageNo", "billNo"}, []string{"emsNo", "areaCode", "areaName"}
	country := "142"
	if h["tradeMode"] == "9610" {
		country = ""
	} else {
		need, no = no, need
	}
	for _, name := range need {
		if h[name] == "" {
			c.fail("%s is missing under %s", name, h["tradeMode"])
		}
	}
	for _, name := range no {
		if h[name] != "" {
			c.fail("%s under %s", name, h["tradeMode"])
		}
	}
	if (h["country"] == "142") != (country == "142") {
		c.fail("country %s under %s", h["country"], h["tradeMode"])
	}
	for _, l := range c.list.lines {
		if (l["itemRecordNo"] != "") != (country == "142") {
			c.fail("itemRecordNo %q under %s", l["itemRecordNo"], h["tradeMode"])
		}
	}
}

func (c *checker) export() {
	types := map[string]string{"9610": "E", "1210": "E", "9710": "B", "9810": "W"}
	h := c.list.head
	if types[h["tradeMode"]] != c.order.head["orderType"] || h["ieFlag"] != "E" || h["ieDate"] != "20260308" {
		c.fail("%v", h)
	}
	if (h["tradeMode"] == "1210") != (h["emsNo"] != "" && h["iacCode"] != "" && c.list.lines[0]["itemRecordNo"] != "") {
		c.fail("%v", h)
	}
	limit := int64(500_00000)
	if c.order.head["currency"] == "142" {
		limit = 5_000_00000
	}
	if decimal(c.t, c.order.head["goodsValue"])+decimal(c.t, c.order.head["freight"]) > limit {
		c.fail("value %s %s", c.order.head["goodsValue"], c.order.head["currency"])
	}
}

package traffic

import (
	"bytes"
	"slices"
	"testing"

	"pilotzone/ceb"
	"pilotzone/ident"
)

// judge is a small platform, written for the tests only and straight from the
// rule sheet: it keeps documents by their keys, decides lists and remembers
// annual totals. A plan whose expectations it does not meet is wrong.
type judge struct {
	t                             *testing.T
	filed, units                  map[string]bool
	listed                        map[string]bool
	orders, payments, waybills    map[string]*stored
	lists, listOfOrder            map[string]*stored
	used                          map[string]int64
	state                         map[string]State // by copNo
	code                          map[string]string
	listCopNo                     map[string]string // waybill → copNo
	released                      map[string]bool   // by order key
	exportsWithoutReceiptsAllowed bool
}

type stored struct {
	parsedDoc
	key string
}

func newJudge(t *testing.T, g *Gen) *judge {
	j := &judge{t: t, filed: map[string]bool{"无": true}, units: map[string]bool{}, listed: map[string]bool{},
		orders: map[string]*stored{}, payments: map[string]*stored{}, waybills: map[string]*stored{},
		lists: map[string]*stored{}, listOfOrder: map[string]*stored{}, used: map[string]int64{}, state: map[string]State{},
		code: map[string]string{}, listCopNo: map[string]string{}, released: map[string]bool{},
		exportsWithoutReceiptsAllowed: !g.HasPayment(false)}
	for _, e := range g.Zone().Enterprises {
		j.filed[e.Code] = true
	}
	for _, r := range table(hsCSV) {
		j.units[r[1]], j.units[r[2]] = true, true
		if r[3] == "1" {
			j.listed[r[0][:8]] = true
		}
	}
	return j
}

// message takes a message in and answers each document.
func (j *judge) message(raw []byte) (whole Answer, docs []Answer, codes []string) {
	m, err := ceb.Decode(bytes.Clone(raw))
	if err != nil {
		return Refused, nil, nil
	}
	if len(m.Defects) > 0 {
		if len(m.Docs) != 1 {
			j.t.Fatalf("defects %+v in\n%s", m.Defects, raw)
		}
		return Accepted, []Answer{Refused}, []string{""}
	}
	p := mustParse(j.t, raw)
	for _, d := range p.docs {
		a, code := j.document(p.kind, d)
		docs, codes = append(docs, a), append(codes, code)
	}
	return Accepted, docs, codes
}

func (j *judge) document(kind string, d parsedDoc) (Answer, string) {
	h := d.head
	switch kind {
	case "311", "303":
		key := h["ebpCode"] + "/" + h["orderNo"]
		if !j.filed[h["ebcCode"]] {
			return Refused, "-10102"
		}
		if kind == "311" && decimal(j.t, h["goodsValue"])+decimal(j.t, h["freight"])+decimal(j.t, h["taxTotal"])-
			decimal(j.t, h["discount"]) != decimal(j.t, h["acturalPaid"]) {
			return Refused, "-301008"
		}
		return j.keep(j.orders, key, d, key, "-301010", "-301014", "-301011")
	case "411", "403":
		order := h["ebpCode"] + "/" + h["orderNo"]
		return j.keep(j.payments, order, d, order, "-401007", "-401012", "22007")
	case "511", "505":
		key := h["logisticsCode"] + "/" + h["logisticsNo"]
		order := ""
		if l := j.lists[j.listCopNo[key]]; l != nil {
			order = l.head["ebpCode"] + "/" + l.head["orderNo"]
		}
		return j.keep(j.waybills, key, d, order, "-504015", "-504015", "-504016")
	case "621", "603":
		return j.list(d)
	case "623", "605":
		copNo := h["copNo"]
		if j.state[copNo] != Released {
			return Refused, "-623005"
		}
		j.state[copNo] = Withdrawn
		if kind == "623" {
			j.used[h["buyerIdNumber"]] -= j.dutiable(j.lists[copNo])
		}
	case "507", "509":
		for _, l := range d.lines {
			copNo := j.listCopNo[h["logisticsCode"]+"/"+l["logisticsNo"]]
			switch {
			case kind == "507" && j.state[copNo] == Waiting && j.code[copNo] == "ready":
				j.state[copNo] = Released
			case kind == "509" && j.state[copNo] == Released:
				j.state[copNo] = Closed
			default:
				j.t.Errorf("%s of %s, whose list is %v %s", kind, l["logisticsNo"], j.state[copNo].Names(), j.code[copNo])
			}
		}
	}
	return Accepted, ""
}

// keep stores a document under its key.
func (j *judge) keep(m map[string]*stored, key string, d parsedDoc, order, exists, older, after string) (Answer, string) {
	old := m[key]
	switch {
	case old != nil && old.head["guid"] == d.head["guid"]:
		return Repeated, ""
	case old != nil && d.head["appType"] == "1":
		return Refused, exists
	case d.head["appType"] == "2" && old == nil:
		j.t.Fatalf("change of unknown %s", key)
	case d.head["appType"] == "2" && j.released[order]:
		return Refused, after
	case d.head["appType"] == "2" && d.head["appTime"] < old.head["appTime"]:
		return Refused, older
	}
	m[key] = &stored{d, key}
	if l := j.listOfOrder[order]; l != nil {
		j.decide(l)
	}
	return Accepted, ""
}

func (j *judge) list(d parsedDoc) (Answer, string) {
	h := d.head
	copNo, order := h["copNo"], h["ebpCode"]+"/"+h["orderNo"]
	old := j.lists[copNo]
	switch {
	case old != nil && old.head["guid"] == h["guid"]:
		return Repeated, ""
	case old != nil && h["appType"] == "1":
		return Refused, "-621004"
	case h["appType"] == "2":
		return Refused, "-621012" // the plans change no list before release
	case h["appType"] == "3":
		j.state[copNo] = Deleted
		delete(j.listOfOrder, order)
		return Accepted, ""
	}
	l := &stored{d, copNo}
	j.lists[copNo], j.listOfOrder[order], j.state[copNo] = l, l, Waiting
	j.listCopNo[h["logisticsCode"]+"/"+h["logisticsNo"]] = copNo
	if code := j.inItself(l); code != "" {
		return j.refuse(l, code)
	}
	j.decide(l)
	if j.state[copNo] == Rejected {
		return Refused, j.code[copNo]
	}
	return Accepted, ""
}

func (j *judge) refuse(l *stored, code string) (Answer, string) {
	j.state[l.key], j.code[l.key] = Rejected, code
	delete(j.listOfOrder, l.head["ebpCode"]+"/"+l.head["orderNo"])
	return Refused, code
}

// inItself checks what a list alone shows.
func (j *judge) inItself(l *stored) string {
	h := l.head
	switch {
	case !j.filed[h["ebcCode"]]:
		return "-10102"
	case decimal(j.t, h["netWeight"]) > decimal(j.t, h["grossWeight"]):
		return "-621001"
	}
	for _, line := range l.lines {
		if !j.units[line["unit1"]] {
			return "-621001"
		}
	}
	if h["ieFlag"] == "E" {
		limit, currency := int64(5_000_00000), l.lines[0]["currency"]
		if currency != "142" {
			limit = 1_000_00000 // at least 5,000 yuan in dollars, euros, pounds
		}
		if value := j.dutiable(l); value > limit && (h["tradeMode"] == "9710" || h["tradeMode"] == "9810") {
			return "over"
		}
		return ""
	}
	if ident.Check(ident.ResidentNo, h["buyerIdNumber"]) != nil {
		return "1300"
	}
	return ""
}

func (j *judge) dutiable(l *stored) (sum int64) {
	for _, line := range l.lines {
		sum += decimal(j.t, line["totalPrice"])
	}
	if l.head["ieFlag"] == "I" {
		sum += decimal(j.t, l.head["freight"])
	}
	return sum
}

// decide looks at a waiting list with what is there.
func (j *judge) decide(l *stored) {
	if j.state[l.key] != Waiting {
		return
	}
	h := l.head
	key := h["ebpCode"] + "/" + h["orderNo"]
	o, p, w := j.orders[key], j.payments[key], j.waybills[h["logisticsCode"]+"/"+h["logisticsNo"]]
	needsPayment := h["ieFlag"] == "I" || !j.exportsWithoutReceiptsAllowed
	if o == nil || w == nil || (needsPayment && p == nil) {
		return
	}
	if h["ieFlag"] == "E" {
		j.code[l.key] = "ready"
		return
	}
	if code := j.compare(l, o, p, w); code != "" {
		j.refuse(l, code)
		return
	}
	j.used[h["buyerIdNumber"]] += j.dutiable(l)
	j.state[l.key], j.released[key] = Released, true
	delete(j.listOfOrder, key)
}

// compare holds the documents against each other and the limits (RULES A14,
// A16, A17).
func (j *judge) compare(l, o, p, w *stored) string {
	same := func(a, b *stored, names ...string) bool {
		return !slices.ContainsFunc(names, func(n string) bool { return a.head[n] != b.head[n] })
	}
	switch {
	case w.head["orderNo"] != l.head["orderNo"]:
		return "-504015"
	case !same(o, p, "payCode"):
		return "13035"
	case p.head["payerName"] != o.head["buyerName"] || p.head["payerIdNumber"] != o.head["buyerIdNumber"]:
		return "1327"
	case p.head["amountPaid"] != o.head["acturalPaid"]:
		return "1332"
	case !same(l, o, "buyerName", "buyerIdNumber"):
		return "13127"
	case !same(l, o, "buyerTelephone"):
		return "130126"
	case !same(o, w, "consignee", "consigneeTelephone", "consigneeAddress"):
		return "consignee"
	case len(l.lines) != len(o.lines):
		return "1320"
	}
	pieces := int64(0)
	for n, line := range l.lines {
		for _, name := range []string{"gnum", "qty", "price", "totalPrice", "unit"} {
			if line[name] != o.lines[n][name] {
				return "1322"
			}
		}
		pieces += decimal(j.t, line["qty"]) / 100_000
	}
	for _, line := range l.lines {
		if !j.listed[line["gcode"][:8]] {
			return "NOT_IN_POSITIVE_LIST"
		}
	}
	d := j.dutiable(l)
	switch {
	case j.used[l.head["buyerIdNumber"]]+d > 26_000_00000:
		return "1313"
	case d > 5_000_00000 && (pieces != 1 || d >= 26_000_00000):
		return "-621005"
	}
	return ""
}

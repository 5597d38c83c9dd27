package traffic

import (
	"strconv"

	"pilotzone/internal/kernel/money"
)

// document builds a document of a parcel from its facts. Element order and
// content follow FORMATS section 10 and the schema of 202205.
func (f *facts) document(s step) Document {
	d := Document{Kind: kindOf(s, f.route.Import)}
	switch {
	case s == stepOrder && f.route.Import:
		f.importOrder(&d)
	case s == stepPayment && f.route.Import:
		f.importPayment(&d)
	case s == stepWaybill && f.route.Import:
		f.importWaybill(&d)
	case s == stepList && f.route.Import:
		f.importList(&d)
	case s == stepStatus:
		f.waybillStatus(&d)
	case s == stepWithdrawal && f.route.Import:
		f.importWithdrawal(&d)
	case s == stepOrder:
		f.exportOrder(&d)
	case s == stepPayment:
		f.receiptOfPayment(&d)
	case s == stepWaybill:
		f.exportWaybill(&d)
	case s == stepList:
		f.exportList(&d)
	case s == stepWithdrawal:
		f.exportWithdrawal(&d)
	}
	return d
}

// yuan writes an amount without needless decimals: "85", "117.09".
func yuan(f money.Fen) string {
	if f%100 == 0 {
		return strconv.FormatInt(int64(f/100), 10)
	}
	return f.String()
}

// head begins a head: guid, appType, appTime, appStatus 2 (declared).
func (f *facts) head(at slot) fieldList {
	var l fieldList
	l.add("guid", f.v[slotGUID])
	l.add("appType", f.appType)
	l.add("appTime", f.v[at])
	l.add("appStatus", "2")
	return l
}

func (f *facts) importOrder(d *Document) {
	l, r, b := f.head(slotTimeOrder), f.route, f.basket
	l.add("orderType", r.OrderType)
	l.add("orderNo", f.v[slotOrderNo])
	l.add("ebpCode", r.PlatformCode)
	l.add("ebpName", r.PlatformName)
	l.add("ebcCode", r.Merchant.Code)
	l.add("ebcName", r.Merchant.Name)
	l.add("goodsValue", yuan(b.Goods))
	l.add("freight", yuan(b.Freight))
	l.add("discount", yuan(b.Discount))
	l.add("taxTotal", yuan(b.Tax))
	l.add("acturalPaid", yuan(b.Paid))
	l.add("currency", "142")
	l.add("buyerRegNo", f.v[slotRegister])
	l.add("buyerName", f.v[slotBuyerName])
	l.add("buyerTelephone", f.v[slotBuyerPhone])
	l.add("buyerIdType", "1")
	l.add("buyerIdNumber", f.v[slotBuyerID])
	l.add("payCode", r.Payment.Code)
	l.add("payName", r.Payment.Name)
	l.add("payTransactionId", f.v[slotPayNo])
	l.add("consignee", f.v[slotConsigneeName])
	l.add("consigneeTelephone", f.v[slotConsigneePhone])
	l.add("consigneeAddress", f.v[slotConsigneeAddress])
	l.add("consigneeDistrict", f.v[slotConsigneeDivision])
	l.add("note", "") // empty optional elements are common in the field, and allowed
	d.Head = l
	for i, item := range b.Lines {
		var l fieldList
		l.add("gnum", strconv.Itoa(i+1))
		l.add("itemNo", item.Good.ItemNo())
		l.add("itemName", item.Good.Name)
		l.add("gmodel", item.Good.Model)
		l.opt("barCode", item.Good.Barcode)
		l.add("unit", item.Good.Unit)
		l.add("qty", strconv.FormatInt(item.Qty, 10))
		l.add("price", yuan(item.Price))
		l.add("totalPrice", yuan(item.Total))
		l.add("currency", "142")
		l.add("country", item.Good.Origin)
		l.add("note", "")
		d.Lines = append(d.Lines, l)
	}
}

func (f *facts) importPayment(d *Document) {
	l, r := f.head(slotTimePayment), f.route
	l.add("payCode", r.Payment.Code)
	l.add("payName", r.Payment.Name)
	l.add("payTransactionId", f.v[slotPayNo])
	l.add("orderNo", f.v[slotOrderNo])
	l.add("ebpCode", r.PlatformCode)
	l.add("ebpName", r.PlatformName)
	l.add("payerIdType", "1")
	l.add("payerIdNumber", f.v[slotPayerID])
	l.add("payerName", f.v[slotPayerName])
	l.add("telephone", f.v[slotPayerPhone])
	l.add("amountPaid", yuan(f.basket.Paid))
	l.add("currency", "142")
	l.add("payTime", f.v[slotTimePaid])
	l.add("note", "")
	d.Head = l
}

func (f *facts) importWaybill(d *Document) {
	l, r := f.head(slotTimeWaybill), f.route
	l.add("logisticsCode", r.Logistics.Code)
	l.add("logisticsName", r.Logistics.Name)
	l.add("logisticsNo", f.v[slotWaybillNo])
	if r.Mode == "9610" {
		l.add("billNo", f.v[slotBillNo])
	}
	l.add("orderNo", f.v[slotOrderNo])
	l.add("freight", yuan(f.basket.Freight))
	l.add("insuredFee", "0")
	l.add("currency", "142")
	l.add("weight", f.basket.Gross.String())
	l.add("packNo", "1")
	l.add("goodsInfo", goodsInfo(f.basket))
	l.add("consignee", f.v[slotConsigneeName])
	l.add("consigneeAddress", f.v[slotConsigneeAddress])
	l.add("consigneeTelephone", f.v[slotConsigneePhone])
	l.add("note", "")
	d.Head = l
}

func (f *facts) waybillStatus(d *Document) {
	l, r := f.head(slotTimeStatus), f.route
	l.add("logisticsCode", r.Logistics.Code)
	l.add("logisticsName", r.Logistics.Name)
	l.add("logisticsNo", f.v[slotWaybillNo])
	l.add("logisticsStatus", "S")
	l.add("logisticsTime", f.v[slotTimeSigned])
	d.Head = l
}

func (f *facts) importList(d *Document) {
	l, r, b := f.head(slotTimeList), f.route, f.basket
	l.add("orderNo", f.v[slotOrderNo])
	l.add("ebpCode", r.PlatformCode)
	l.add("ebpName", r.PlatformName)
	l.add("ebcCode", r.Merchant.Code)
	l.add("ebcName", r.Merchant.Name)
	l.add("logisticsNo", f.v[slotWaybillNo])
	l.add("logisticsCode", r.Logistics.Code)
	l.add("logisticsName", r.Logistics.Name)
	l.add("copNo", f.v[slotCopNo])
	l.add("preNo", "")
	l.add("assureCode", r.Guarantor.Code)
	if r.Warehouse != nil {
		l.add("emsNo", accountBook(r))
	}
	l.add("invtNo", "")
	l.add("ieFlag", "I")
	l.add("declTime", dayText(f.day))
	l.add("customsCode", r.Customs)
	l.add("portCode", r.Port)
	l.add("ieDate", dayText(f.day))
	l.add("buyerIdType", "1")
	l.add("buyerIdNumber", f.v[slotBuyerID])
	l.add("buyerName", f.v[slotBuyerName])
	l.add("buyerTelephone", f.v[slotBuyerPhone])
	l.add("consigneeAddress", f.v[slotConsigneeAddress])
	l.add("agentCode", r.Agent.Code)
	l.add("agentName", r.Agent.Name)
	if r.Warehouse != nil { // FORMATS section 8: required for bonded import
		l.add("areaCode", r.Warehouse.Code)
		l.add("areaName", r.Warehouse.Name)
	}
	l.add("tradeMode", r.Mode)
	l.add("trafMode", r.TrafMode)
	if r.Mode == "9610" { // required for direct purchase
		l.add("trafNo", "B0000")
		l.add("voyageNo", flight(r))
		l.add("billNo", f.v[slotBillNo])
	}
	l.add("licenseNo", "")
	l.add("country", r.Country)
	l.add("freight", yuan(b.Freight))
	l.add("insuredFee", "0")
	l.add("currency", "142")
	l.add("wrapType", r.WrapType)
	l.add("packNo", "1")
	l.add("grossWeight", b.Gross.String())
	l.add("netWeight", b.Net.String())
	l.add("note", "")
	d.Head = l
	for i := range b.Lines {
		d.Lines = append(d.Lines, importListLine(r, i, &b.Lines[i]))
	}
}

func importListLine(r *Route, i int, item *Line) []Field {
	var l fieldList
	l.add("gnum", strconv.Itoa(i+1))
	if r.Warehouse != nil {
		l.add("itemRecordNo", recordNo(item.Good))
	}
	l.add("itemNo", item.Good.ItemNo())
	l.add("itemName", item.Good.Name)
	l.add("gcode", item.Good.HS)
	l.add("gname", item.Good.Name)
	l.add("gmodel", item.Good.Model)
	l.add("barCode", item.Good.Barcode)
	l.add("country", item.Good.Origin)
	l.add("currency", "142")
	l.add("qty", strconv.FormatInt(item.Qty, 10))
	l.add("unit", item.Good.Unit)
	l.add("qty1", item.Qty1.String())
	l.add("unit1", item.Good.Unit1)
	if item.Good.Unit2 != "" {
		l.add("qty2", item.Qty2.String())
		l.add("unit2", item.Good.Unit2)
	}
	l.add("price", yuan(item.Price))
	l.add("totalPrice", yuan(item.Total))
	return l
}

func (f *facts) importWithdrawal(d *Document) {
	l, r := f.head(slotTimeWithdrawal), f.route
	l.add("customsCode", r.Customs)
	l.add("orderNo", f.v[slotOrderNo])
	l.add("ebpCode", r.PlatformCode)
	l.add("ebpName", r.PlatformName)
	l.add("ebcCode", r.Merchant.Code)
	l.add("ebcName", r.Merchant.Name)
	l.add("logisticsNo", f.v[slotWaybillNo])
	l.add("logisticsCode", r.Logistics.Code)
	l.add("logisticsName", r.Logistics.Name)
	l.add("copNo", f.v[slotCopNo])
	l.add("invtNo", f.invtNo)
	l.add("buyerIdType", "1")
	l.add("buyerIdNumber", f.v[slotBuyerID])
	l.add("buyerName", f.v[slotBuyerName])
	l.add("buyerTelephone", f.v[slotBuyerPhone])
	l.add("agentCode", r.Agent.Code)
	l.add("agentName", r.Agent.Name)
	l.add("reason", "订购人取消订单")
	d.Head = l
}

// accountBook is the number of the warehouse's account book (账册编号).
func accountBook(r *Route) string { return "H" + r.Port + r.Warehouse.Code[4:] }

// recordNo is the number of a good in the account book (账册备案料号).
func recordNo(good *Good) string { return strconv.Itoa(good.Seq) }

// flight is the flight of a route.
func flight(r *Route) string { return "XX" + strconv.Itoa(1000+r.Number) }

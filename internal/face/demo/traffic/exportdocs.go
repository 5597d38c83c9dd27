package traffic

import (
	"strconv"

	"pilotzone/internal/kernel/clock"
)

func dayText(d clock.Day) string { return strconv.Itoa(int(d)) }

func (f *facts) exportOrder(d *Document) {
	l, r, b := f.head(slotTimeOrder), f.route, f.basket
	l.add("orderType", r.OrderType)
	l.add("orderNo", f.v[slotOrderNo])
	l.add("ebpCode", r.PlatformCode)
	l.add("ebpName", r.PlatformName)
	l.add("ebcCode", r.Merchant.Code)
	l.add("ebcName", r.Merchant.Name)
	l.add("goodsValue", yuan(b.Goods))
	l.add("freight", yuan(b.Freight))
	l.add("currency", r.Currency)
	d.Head = l
	for i, item := range b.Lines {
		var l fieldList
		l.add("gnum", strconv.Itoa(i+1))
		l.add("itemNo", item.Good.ItemNo())
		l.add("itemName", item.Good.Name)
		l.opt("barCode", item.Good.Barcode)
		l.add("unit", item.Good.Unit)
		l.add("currency", r.Currency)
		l.add("qty", strconv.FormatInt(item.Qty, 10))
		l.add("price", yuan(item.Price))
		l.add("totalPrice", yuan(item.Total))
		d.Lines = append(d.Lines, l)
	}
}

// receiptOfPayment is the 收款单, needed up to 2024-12-14 (RULES B1).
func (f *facts) receiptOfPayment(d *Document) {
	l, r := f.head(slotTimePayment), f.route
	l.add("ebpCode", r.PlatformCode)
	l.add("ebpName", r.PlatformName)
	l.add("ebcCode", r.Merchant.Code)
	l.add("ebcName", r.Merchant.Name)
	l.add("orderNo", f.v[slotOrderNo])
	l.add("payCode", r.Payment.Code)
	l.add("payName", r.Payment.Name)
	l.add("payNo", f.v[slotPayNo])
	l.add("charge", yuan(f.basket.Paid))
	l.add("currency", r.Currency)
	l.add("accountingDate", f.v[slotTimePaid])
	d.Head = l
}

func (f *facts) exportWaybill(d *Document) {
	l, r := f.head(slotTimeWaybill), f.route
	l.add("logisticsCode", r.Logistics.Code)
	l.add("logisticsName", r.Logistics.Name)
	l.add("logisticsNo", f.v[slotWaybillNo])
	l.add("freight", yuan(f.basket.Freight))
	l.add("insuredFee", "0")
	l.add("currency", r.Currency)
	l.add("grossWeight", f.basket.Gross.String())
	l.add("packNo", "1")
	l.add("goodsInfo", goodsInfo(f.basket))
	l.add("ebcCode", r.Merchant.Code)
	l.add("ebcName", r.Merchant.Name)
	d.Head = l
}

func (f *facts) exportList(d *Document) {
	l, r, b := f.head(slotTimeList), f.route, f.basket
	l.add("customsCode", r.Customs)
	l.add("ebpCode", r.PlatformCode)
	l.add("ebpName", r.PlatformName)
	l.add("orderNo", f.v[slotOrderNo])
	l.add("logisticsCode", r.Logistics.Code)
	l.add("logisticsName", r.Logistics.Name)
	l.add("logisticsNo", f.v[slotWaybillNo])
	l.add("copNo", f.v[slotCopNo])
	l.add("ieFlag", "E")
	l.add("portCode", r.Port)
	l.add("ieDate", dayText(f.day))
	l.add("statisticsFlag", r.Statistics)
	l.add("agentCode", r.Agent.Code)
	l.add("agentName", r.Agent.Name)
	l.add("ebcCode", r.Merchant.Code)
	l.add("ebcName", r.Merchant.Name)
	l.add("ownerCode", r.Merchant.Code)
	l.add("ownerName", r.Merchant.Name)
	if r.Warehouse != nil { // required for exports from special areas
		l.add("iacCode", r.Warehouse.Code)
		l.add("iacName", r.Warehouse.Name)
		l.add("emsNo", accountBook(r))
	}
	l.add("tradeMode", r.Mode)
	l.add("trafMode", r.TrafMode)
	l.add("trafName", "B0000")
	l.add("voyageNo", flight(r))
	l.add("billNo", f.v[slotBillNo])
	l.add("country", r.Country)
	l.add("POD", r.POD)
	l.add("freight", yuan(b.Freight))
	l.add("fCurrency", r.Currency)
	l.add("fFlag", "3")
	l.add("insuredFee", "0")
	l.add("iCurrency", r.Currency)
	l.add("iFlag", "3")
	l.add("wrapType", r.WrapType)
	l.add("packNo", "1")
	l.add("grossWeight", b.Gross.String())
	l.add("netWeight", b.Net.String())
	d.Head = l
	for i := range b.Lines {
		d.Lines = append(d.Lines, exportListLine(r, i, &b.Lines[i]))
	}
}

func exportListLine(r *Route, i int, item *Line) []Field {
	var l fieldList
	l.add("gnum", strconv.Itoa(i+1))
	l.add("itemNo", item.Good.ItemNo())
	if r.Warehouse != nil {
		l.add("itemRecordNo", recordNo(item.Good))
	}
	l.add("itemName", item.Good.Name)
	l.add("gcode", item.Good.HS)
	l.add("gname", item.Good.Name)
	l.add("gmodel", item.Good.Model)
	l.add("barCode", item.Good.Barcode)
	l.add("country", r.Country)
	l.add("currency", r.Currency)
	l.add("qty", strconv.FormatInt(item.Qty, 10))
	l.add("qty1", item.Qty1.String())
	if item.Good.Unit2 != "" {
		l.add("qty2", item.Qty2.String())
	}
	l.add("unit", item.Good.Unit)
	l.add("unit1", item.Good.Unit1)
	l.opt("unit2", item.Good.Unit2)
	l.add("price", yuan(item.Price))
	l.add("totalPrice", yuan(item.Total))
	return l
}

func (f *facts) exportWithdrawal(d *Document) {
	l, r := f.head(slotTimeWithdrawal), f.route
	l.add("customsCode", r.Customs)
	l.add("copNo", f.v[slotCopNo])
	l.add("invtNo", f.invtNo)
	l.add("reason", "境外订单取消")
	l.add("agentCode", r.Agent.Code)
	l.add("agentName", r.Agent.Name)
	l.add("ebcCode", r.Merchant.Code)
	l.add("ebcName", r.Merchant.Name)
	d.Head = l
}

package clearance

// unfiled checks that the enterprises which the document names are filed for
// their roles on the day it was received (RULES A16).
func (e *Engine) unfiled(d *Doc) (faults []Reason) {
	if d.Schema {
		return nil
	}
	on := day(d.Received)
	check := func(field, code, role string) {
		if code == "" {
			return
		}
		if ok, why := e.filings.Filed(code, role, on); !ok {
			if role == "payment" {
				faults = append(faults, Say("22001", code))
				return
			}
			faults = append(faults, Say("-10102", field+" "+code, why))
		}
	}
	switch {
	case d.Order != nil:
		e.platform(d.Kind == 303, d.Order.Platform, check)
		check("ebcCode", d.Order.Merchant, "merchant")
	case d.Payment != nil:
		e.platform(d.Kind == 403, d.Payment.Platform, check)
		if d.Kind == 411 {
			check("payCode", d.Payment.PayCode, "payment")
		} else {
			check("ebcCode", d.Payment.Merchant, "merchant")
		}
	case d.Bill != nil:
		check("logisticsCode", d.Bill.Carrier, "logistics")
	case d.List != nil:
		e.platform(d.Kind == 603, d.List.Platform, check)
		check("ebcCode", d.List.Merchant, "merchant")
		check("logisticsCode", d.List.Carrier, "logistics")
		check("agentCode", d.List.Agent, "agent")
		check("areaCode", d.List.Area, "warehouse")
		check("assureCode", d.List.Guarantor, "guarantor")
	case d.Move != nil:
		check("logisticsCode", d.Move.Carrier, "logistics")
		check("operatorCode", d.Move.Operator, "operator")
	}
	return faults
}

// platform checks the e-commerce platform; an export may name a foreign one
// that has no code (spec: 境外平台可填“无”).
func (e *Engine) platform(export bool, code string, check func(field, code, role string)) {
	if export && code == "无" {
		return
	}
	check("ebpCode", code, "platform")
}

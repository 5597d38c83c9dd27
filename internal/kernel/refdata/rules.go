package refdata

import (
	"slices"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
)

// Rules are all rules in force on a day. They are immutable.
type Rules struct {
	From    clock.Day // first day on which just these rules hold; 0 = since ever
	To      clock.Day // last day; 0 = open
	Version string    // versions of the packs, for decisions

	Limits  Limits
	Import  ImportRules
	Export  ExportRules
	Periods Periods
	Review  ReviewRules

	// Missing names the hot parameters without a value on the day and the hot
	// tables without rows; a decision must not be made when it is not empty.
	Missing []string

	set    *pack.Set
	tariff *tariff
	goods  *goods
	modes  *modes
	codes  *codes
}

// Limits are the personal limits of retail import (RULES A1, A2, A4, A6, A13).
type Limits struct {
	Single     money.Fen  // single_limit 单次交易限值
	Annual     money.Fen  // annual_limit 年度交易限值
	TaxFactor  money.Rate // tax_factor: share of the statutory VAT and consumption tax within the limits
	Exempt     money.Fen  // tax_exempt_amount 免征税额: 0, there is none
	SingleFull bool       // single_piece_full_tax: one piece over the single limit stays in the channel at full tax
}

// ImportRules are checks of retail imports.
type ImportRules struct {
	PayerIsOrderer bool   // payer_is_orderer: 订购人 and 支付人 must be the same (A14)
	Guarantee      bool   // guarantee_required 税款担保 (A10)
	Currency       string // import_currency: 142 人民币
	Packages       int64  // import_packages 件数
	PersonCheck    bool   // person_check is "required": the orderer's identity is verified by a service (A14, A16); off where no pack says so
}

// ExportRules are the limits of exports by list (RULES B4, C2, C5).
type ExportRules struct {
	StatisticsLimit money.Fen // statistics_limit: most value of a list for statistics only
	B2BListLimit    money.Fen // b2b_list_limit: most value of a B2B export by list
	WarehouseFiling bool      // warehouse_filing_required 海外仓备案
	SellerReceipt   bool      // seller_receipt_required 收款单
	SummaryDay      int64     // summary_due_day: day of the next month for the summary declaration
}

// Periods are time limits; days unless said otherwise.
type Periods struct {
	ListWait        int64 // list_wait_days: a list waits for its documents
	OrphanWait      int64 // orphan_wait_days: a document waits for its list
	WaybillReuse    int64 // waybill_reuse_months, months
	PayFirst        int64 // tax_payment_first_day: days after release
	PayLast         int64 // tax_payment_last_day
	ReturnApply     int64 // return_apply_days
	ReturnArrive    int64 // return_arrive_days
	ReturnedExports int64 // export_return_years, years
	PersonAnswer    int64 // person_answer_days: a verification holds for lists that come within so many days
}

// ReviewRules say what a person looks at.
type ReviewRules struct {
	Inspection      int64      // inspection_permille: lists drawn for inspection, ‰
	ThresholdMargin money.Rate // ct_threshold_margin: band around a consumption-tax threshold
	TaxTolerance    money.Rate // tax_tolerance: withheld tax may differ so much from ours
}

// bind fills the hot fields from the parameters of the day.
func (r *Rules) bind() {
	for name, to := range map[string]any{
		"single_limit": &r.Limits.Single, "annual_limit": &r.Limits.Annual, "tax_factor": &r.Limits.TaxFactor,
		"tax_exempt_amount": &r.Limits.Exempt, "single_piece_full_tax": &r.Limits.SingleFull,
		"payer_is_orderer": &r.Import.PayerIsOrderer, "guarantee_required": &r.Import.Guarantee,
		"import_currency": &r.Import.Currency, "import_packages": &r.Import.Packages,
		"statistics_limit": &r.Export.StatisticsLimit, "b2b_list_limit": &r.Export.B2BListLimit,
		"warehouse_filing_required": &r.Export.WarehouseFiling, "seller_receipt_required": &r.Export.SellerReceipt,
		"summary_due_day": &r.Export.SummaryDay,
		"list_wait_days":  &r.Periods.ListWait, "orphan_wait_days": &r.Periods.OrphanWait,
		"waybill_reuse_months": &r.Periods.WaybillReuse, "tax_payment_first_day": &r.Periods.PayFirst, "tax_payment_last_day": &r.Periods.PayLast,
		"return_apply_days": &r.Periods.ReturnApply, "return_arrive_days": &r.Periods.ReturnArrive, "export_return_years": &r.Periods.ReturnedExports,
		"inspection_permille": &r.Review.Inspection, "ct_threshold_margin": &r.Review.ThresholdMargin, "tax_tolerance": &r.Review.TaxTolerance,
	} {
		v, ok := r.Param(name)
		if !ok || !assign(to, v) {
			r.Missing = append(r.Missing, name)
		}
	}
	r.bindOptional()
	for table, rows := range map[string]int{tableTariff: len(r.tariff.lines), tablePositive: len(r.goods.positive), tableModes: len(r.modes.rules),
		UnitCode.String(): len(r.codes[UnitCode]), Country.String(): len(r.codes[Country])} {
		if rows == 0 {
			r.Missing = append(r.Missing, table)
		}
	}
	slices.Sort(r.Missing)
}

// bindOptional fills the fields of parameters that packs made before the
// parameter was do not have: a store keeps its packs by value, and they must
// mean what they meant.
func (r *Rules) bindOptional() {
	if v, ok := r.Param("person_check"); ok {
		r.Import.PersonCheck = v.Text == "required"
		if v.Type != pack.Txt || v.Text != "required" && v.Text != "off" {
			r.Missing = append(r.Missing, "person_check")
		}
	}
	if v, ok := r.Param("person_answer_days"); ok && !assign(&r.Periods.PersonAnswer, v) {
		r.Missing = append(r.Missing, "person_answer_days")
	}
}

// hotTables are the tables whose changes start new rules.
func hotTables() []string {
	return append([]string{tableTariff, tableTaxRules, tableSupervision, tablePositive, tablePositiveObserved, tableWeightLimits, tableModes, tableDocuments, tableDigits},
		codeTables[1:]...)
}

// assign puts a value into a hot field; false if the types differ.
func assign(to any, v *pack.Value) bool {
	switch to := to.(type) {
	case *money.Fen:
		*to = v.Fen()
		return v.Type == pack.Fen
	case *money.Rate:
		*to = v.Rate()
		return v.Type == pack.Rate
	case *bool:
		*to = v.Bool()
		return v.Type == pack.Bool
	case *string:
		*to = v.Text
		return v.Type == pack.Txt
	case *int64:
		*to = v.Int()
		return v.Type == pack.Int || v.Type == pack.Days
	}
	return false
}

// Param returns any parameter's value on the day, with source and mark.
func (r *Rules) Param(name string) (*pack.Value, bool) { return r.set.Param(name, r.From) }

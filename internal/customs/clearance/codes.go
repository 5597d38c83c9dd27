package clearance

import (
	"sort"
	"strings"
)

// Reason is one thing that the platform has to say about a document or a
// decision: a code and the values that it speaks of. The words are made when
// they are read, from the code's row in Codes.
type Reason struct {
	Code string   `json:"code"`
	Args []string `json:"args,omitempty"`
}

// Say makes a reason.
func Say(code string, args ...string) Reason { return Reason{Code: code, Args: args} }

// CodeInfo explains one code: where it comes from and what mends it. In ZH, EN
// and the fixes {1}, {2} … stand for the reason's values.
type CodeInfo struct {
	Code         string
	Official     bool // from the specification's tables or seen in customs' receipts
	ZH, EN       string
	FixZH, FixEN string
}

// Codes is the vocabulary of the platform: official codes where one exists,
// our own (PZ…) otherwise. docs/codes.md is made from it.
var Codes = indexCodes()

// Chinese is the reason in Chinese.
func (r Reason) Chinese() string { return fill(r.info().ZH, inChinese(r.Args)) }

// English is the reason in English.
func (r Reason) English() string { return fill(r.info().EN, inEnglish(r.Args)) }

// Fix tells how to mend it, in Chinese and English; empty where nothing can be done.
func (r Reason) Fix() (zh, en string) {
	i := r.info()
	return fill(i.FixZH, r.Args), fill(i.FixEN, inEnglish(r.Args))
}

func (r Reason) info() CodeInfo {
	if i, ok := Codes[r.Code]; ok {
		return i
	}
	return CodeInfo{Code: r.Code, ZH: r.Code + " {1}", EN: r.Code + " {1}"}
}

// fill puts the values into the text; a place without a value stays empty.
func fill(text string, args []string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 40)
	for {
		i := strings.IndexByte(text, '{')
		if i < 0 || i+2 >= len(text) || text[i+2] != '}' {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:i])
		if n := int(text[i+1] - '1'); n >= 0 && n < len(args) {
			b.WriteString(args[n])
		}
		text = text[i+3:]
	}
}

func indexCodes() map[string]CodeInfo {
	m := make(map[string]CodeInfo, len(codeRows))
	for _, c := range codeRows {
		c.Official = !strings.HasPrefix(c.Code, "PZ")
		m[c.Code] = c
	}
	return m
}

// CodeList is all codes in order, official ones first.
func CodeList() []CodeInfo {
	list := make([]CodeInfo, 0, len(Codes))
	for _, c := range Codes {
		list = append(list, c)
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		if a.Official != b.Official {
			return a.Official
		}
		if len(a.Code) != len(b.Code) && a.Official {
			return len(a.Code) < len(b.Code)
		}
		return a.Code < b.Code
	})
	return list
}

var codeRows = []CodeInfo{
	// seen in customs' own receipts (returnInfo)
	{Code: "1200", ZH: "待人工审核：{1}", EN: "waits for manual review: {1}"},
	{Code: "1300", ZH: "订购人身份证号码有误：{1}", EN: "the orderer's identity number is wrong: {1}", FixZH: "核对订购人身份证号码后重新申报", FixEN: "check the orderer's identity number and declare again"},
	{Code: "1311", ZH: "担保金额不足：需要 {1} 元，可用 {2} 元", EN: "guarantee too small: {1} yuan needed, {2} available", FixZH: "担保企业追加担保后重新申报", FixEN: "let the guarantor add security and declare again"},
	{Code: "1313", ZH: "订购人购买超过年度限额：已用 {1} 元，本单 {2} 元，限额 {3} 元", EN: "over the orderer's annual limit: {1} yuan used, this order {2}, limit {3}", FixZH: "按一般贸易申报，或由订购人下一年度购买", FixEN: "declare as general trade, or let the orderer buy next year"},
	{Code: "1320", ZH: "清单表体商品项与订单表体商品项的项数不一致,[清单:{1},订单:{2}]", EN: "list has {1} lines, order has {2}", FixZH: "清单商品项须与订单一一对应", FixEN: "list lines must answer to the order's lines one to one"},
	{Code: "1322", ZH: "订单清单表体商品项不一致,第{1}项{2}[清单:{3},订单:{4}]", EN: "line {1} differs in {2}: list {3}, order {4}", FixZH: "改正第{1}项后重新申报", FixEN: "mend line {1} and declare again"},
	{Code: "1327", ZH: "订单购买人与支付单支付人名字或身份证号码不一致", EN: "orderer and payer differ in name or identity number", FixZH: "订购人与支付人须为同一人（身份未经核验时）", FixEN: "orderer and payer must be one person while identity is not verified"},
	{Code: "1332", ZH: "支付单支付金额与订单支付金额不一致,[OrderHead.acturalPaid:{1},PaymentHead.amountPaid:{2}]", EN: "paid amount differs: order {1}, payment {2}", FixZH: "优惠应填在订单 discount；金额须与支付凭证一致", FixEN: "put non-cash deductions into the order's discount; the amount must equal the payment voucher's"},
	{Code: "1800", ZH: "逻辑校验通过", EN: "logic check passed"},
	{Code: "2300", ZH: "审核通过,撤单申请审核通过,清单已成功撤单", EN: "withdrawal approved, the list is withdrawn"},
	{Code: "2600", ZH: "放行", EN: "released"},
	{Code: "13035", ZH: "支付企业不一致,[订单:{1},支付单:{2}]", EN: "payment enterprise differs: order {1}, payment {2}", FixZH: "改正订单 payCode 或由订单所写支付企业报送支付单", FixEN: "correct the order's payCode, or let that payment enterprise send the voucher"},
	{Code: "13127", ZH: "清单订购人和订单不一致", EN: "the orderer differs between list and order", FixZH: "改正清单订购人姓名或身份证号码", FixEN: "correct the orderer's name or identity number in the list"},
	{Code: "130126", ZH: "清单上的订购人电话号码与订单上的订购人电话号码不一致", EN: "the orderer's telephone differs between list and order", FixZH: "改正清单 buyerTelephone", FixEN: "correct the list's buyerTelephone"},
	{Code: "22001", ZH: "支付企业未备案：{1}", EN: "payment enterprise not filed: {1}", FixZH: "先办理企业备案", FixEN: "file the enterprise first"},
	{Code: "22007", ZH: "对应清单已放行", EN: "its list is already released"},
	// the specification's tables 7-1 and 7-2
	{Code: "0002", ZH: "数据包不能通过 schema 验证：{1} 第{2}行 {3}", EN: "fails the schema: {1} line {2} {3}", FixZH: "按报文规范改正该元素", FixEN: "correct the element as the message format says"},
	{Code: "1001", ZH: "数字签名无效：{1}", EN: "signature invalid: {1}"},
	{Code: "-10102", ZH: "无效企业代码：{1}（{2}）", EN: "enterprise code not valid: {1} ({2})", FixZH: "先办理企业备案，或改正代码", FixEN: "file the enterprise first, or correct the code"},
	{Code: "-301002", ZH: "订单商品信息内有重复商品序号：{1}", EN: "the order repeats line number {1}", FixZH: "gnum 从1开始递增，不重复", FixEN: "number the lines from 1 without repetition"},
	{Code: "-301008", ZH: "参数校验不通过，{1}", EN: "order check failed: {1}"},
	{Code: "-301009", ZH: "订单标识(appType)不正确,未找到操作的订单", EN: "appType wrong: there is no such order to change or delete", FixZH: "首次报送用 appType 1", FixEN: "send it as new (appType 1)"},
	{Code: "-301010", ZH: "已存在相同编号的订单", EN: "an order with this number exists", FixZH: "变更用 appType 2", FixEN: "to change it use appType 2"},
	{Code: "-301011", ZH: "该订单已向海关申报清单，状态不符", EN: "a list was declared with this order: it can't be changed now", FixZH: "先撤销清单", FixEN: "withdraw the list first"},
	{Code: "-301014", ZH: "接收报文为旧报文数据，不做处理", EN: "older than what is stored: not processed"},
	{Code: "-401006", ZH: "支付单标识(appType)不正确,未找到对应操作的支付单", EN: "appType wrong: there is no such payment to change or delete", FixZH: "首次报送用 appType 1", FixEN: "send it as new (appType 1)"},
	{Code: "-401007", ZH: "已存在相同编号的支付单", EN: "a payment with this number exists", FixZH: "变更用 appType 2", FixEN: "to change it use appType 2"},
	{Code: "-401008", ZH: "该支付单已向海关申报，状态不符", EN: "a list was declared with this payment: it can't be changed now", FixZH: "先撤销清单", FixEN: "withdraw the list first"},
	{Code: "-401009", ZH: "参数校验不通过，{1}", EN: "payment check failed: {1}"},
	{Code: "-401012", ZH: "接收报文为旧报文数据，不做处理", EN: "older than what is stored: not processed"},
	{Code: "-504011", ZH: "参数校验不通过，{1}", EN: "waybill check failed: {1}"},
	{Code: "-504014", ZH: "运单标识(appType)不正确,未找到操作的运单", EN: "appType wrong: there is no such waybill to change or delete", FixZH: "首次报送用 appType 1", FixEN: "send it as new (appType 1)"},
	{Code: "-504015", ZH: "已存在相同编号的运单", EN: "a waybill with this number exists (numbers may not repeat within 6 months)", FixZH: "变更用 appType 2；运单号6个月内不得重复", FixEN: "to change it use appType 2; a number may come again after 6 months"},
	{Code: "-504016", ZH: "该运单已向海关申报，状态不符", EN: "a list was declared with this waybill: it can't be changed now", FixZH: "先撤销清单", FixEN: "withdraw the list first"},
	{Code: "-505011", ZH: "参数校验不通过，{1}", EN: "waybill status check failed: {1}"},
	{Code: "-505012", ZH: "物流运单状态已存在", EN: "this waybill status exists"},
	{Code: "-505014", ZH: "运单状态处理失败，未找到对应运单", EN: "there is no such waybill", FixZH: "先报送运单", FixEN: "send the waybill first"},
	{Code: "-505016", ZH: "接收报文为旧报文数据，不做处理", EN: "older than what is stored: not processed"},
	{Code: "-621001", ZH: "清单报文校验失败，{1}", EN: "list check failed: {1}"},
	{Code: "-621004", ZH: "清单[{1}]已经申报过，请勿重复申报", EN: "list {1} was declared already", FixZH: "变更用 appType 2，或先撤销清单", FixEN: "to change it use appType 2, or withdraw it first"},
	{Code: "-621005", ZH: "清单[{1}]的购买金额超过单笔限额[{2}]：{3} 元", EN: "list {1} is over the single limit {2}: {3} yuan", FixZH: "多件商品可由订购人分别下单；不可分割单件可全额征税进口", FixEN: "a single indivisible piece may come in at full tax; otherwise general trade"},
	{Code: "-621011", ZH: "不存在已申报的清单[{1}]，无法进行改单操作", EN: "there is no declared list {1} to change", FixZH: "首次申报用 appType 1", FixEN: "declare it as new (appType 1)"},
	{Code: "-621012", ZH: "清单[{1}]的申报状态不符合改单申报的条件：{2}", EN: "list {1} can't be changed in its state: {2}", FixZH: "先撤销清单再申报", FixEN: "withdraw it and declare again"},
	{Code: "-621019", ZH: "查无此数据", EN: "nothing stored under this number"},
	{Code: "-621027", ZH: "请确认表体 gnum 无重复：{1}", EN: "the list repeats line number {1}", FixZH: "gnum 从1开始连续，不重复", FixEN: "number the lines from 1 without repetition"},
	{Code: "-621029", ZH: "验签失败：{1}", EN: "signature check failed: {1}"},
	{Code: "-623001", ZH: "报文校验失败，{1}", EN: "withdrawal check failed: {1}"},
	{Code: "-623003", ZH: "系统中不存在清单编号为[{1}]的清单！", EN: "there is no list {1} to withdraw", FixZH: "核对 invtNo；未入库的清单用 appType 3 删除", FixEN: "check invtNo; a list that has no number yet is deleted with appType 3"},
	{Code: "-623005", ZH: "清单的状态不符合撤单申报要求(清单编号[{1}])：{2}", EN: "list {1} can't be withdrawn in its state: {2}"},
	{Code: "-623009", ZH: "撤单清单[{1}]已经申报过", EN: "list {1} was withdrawn already"},
	// ours: the document by itself
	{Code: "PZ1001", ZH: "报文校验失败，{1}", EN: "check failed: {1}"},
	{Code: "PZ1002", ZH: "{1}：代码 {2} 不在海关参数表 {3} 中", EN: "{1}: code {2} is not in customs' table {3}", FixZH: "改用参数表中的代码", FixEN: "use a code of the table"},
	{Code: "PZ1003", ZH: "{1} 不成立：{2} ≠ {3}", EN: "{1} does not hold: {2} ≠ {3}", FixZH: "改正金额，须精确到分", FixEN: "correct the amounts; they must agree to the cent"},
	{Code: "PZ1004", ZH: "{1} 的值 {2} 不允许，应为 {3}", EN: "{1} is {2}, must be {3}", FixZH: "填写 {3}", FixEN: "write {3}"},
	{Code: "PZ1005", ZH: "{1} 必填（{2}）", EN: "{1} is required ({2})", FixZH: "补填 {1}", FixEN: "fill in {1}"},
	{Code: "PZ1006", ZH: "{1} 不是有效数值：{2}", EN: "{1} is not a usable number: {2}", FixZH: "按 N19,5 填写，非负且在平台可处理范围内", FixEN: "write a non-negative decimal N19,5 within the platform's range"},
	{Code: "PZ1007", ZH: "已存在相同编号的单证：{1}", EN: "a document with this number exists: {1}"},
	{Code: "PZ1008", ZH: "{1} 不是有效时间：{2}", EN: "{1} is not a time: {2}", FixZH: "格式 YYYYMMDDhhmmss（北京时间）", FixEN: "write YYYYMMDDhhmmss, Beijing time"},
	{Code: "PZ1009", ZH: "业务状态为暂存(appStatus 1)，平台不受理暂存单证", EN: "appStatus is 1 (saved): the platform takes declared documents only", FixZH: "appStatus 填 2 后报送", FixEN: "send it with appStatus 2"},
	{Code: "PZ1010", ZH: "本平台尚未受理 {1} 业务，单证已校验、未入库", EN: "the platform does not take {1} yet: the document was checked and not stored"},
	{Code: "PZ1011", ZH: "{1} 是回执，由海关发出，不接受企业报送", EN: "{1} is a receipt that customs sends; it is not taken from enterprises"},
	{Code: "PZ1014", ZH: "接收报文为旧报文数据，不做处理", EN: "older than what is stored: not processed", FixZH: "以更晚的 appTime 报送", FixEN: "send it with a later appTime"},
	{Code: "PZ1101", ZH: "第{1}项 totalPrice {2} ≠ price {3} × qty {4}", EN: "line {1}: totalPrice {2} ≠ price {3} × qty {4}", FixZH: "改正第{1}项金额", FixEN: "correct line {1}"},
	{Code: "PZ1401", ZH: "净重 {1} 大于毛重 {2}", EN: "net weight {1} is over gross weight {2}", FixZH: "改正重量（千克）", FixEN: "correct the weights (kg)"},
	{Code: "PZ1402", ZH: "第{1}项商品编码 {2} 不在 {3} 税则中", EN: "line {1}: commodity code {2} is not in the tariff of {3}", FixZH: "使用申报日有效的十位商品编码", FixEN: "use a ten-digit code in force on the day"},
	{Code: "PZ1403", ZH: "第{1}项法定单位应为 {2}，填报 {3}", EN: "line {1}: legal unit must be {2}, is {3}", FixZH: "按税则填写法定计量单位", FixEN: "use the tariff's legal unit"},
	{Code: "PZ1404", ZH: "第{1}项第二单位与第二数量不符合规则（单位为空则数量为空；有单位则数量为正）", EN: "line {1}: second unit and quantity must both be there (positive) or both be empty", FixZH: "补齐或同时留空", FixEN: "fill in both or neither"},
	{Code: "PZ1405", ZH: "第{1}项应有第二法定单位 {2}", EN: "line {1}: the tariff asks for second unit {2}", FixZH: "补填 unit2 与 qty2", FixEN: "fill in unit2 and qty2"},
	{Code: "PZ1406", ZH: "担保企业 {1} 不是清单的电商平台、电商企业、物流企业或申报企业", EN: "guarantor {1} is none of the list's platform, merchant, carrier or declarant", FixZH: "assureCode 填写其中之一", FixEN: "write one of them into assureCode"},
	{Code: "PZ1407", ZH: "第{1}项商品编码前{2}位 {3} 不在税则中", EN: "line {1}: the first {2} digits {3} are not in the tariff", FixZH: "按税则归类", FixEN: "classify by the tariff"},
	{Code: "PZ1408", ZH: "监管方式 {1} 不能用于{2}", EN: "mode {1} is not for {2}", FixZH: "进口 9610/1210/1239，出口 9610/1210/9710/9810", FixEN: "imports 9610/1210/1239, exports 9610/1210/9710/9810"},
	// ours: matching
	{Code: "PZ1501", ZH: "单证未齐，等待：{1}", EN: "waiting for: {1}", FixZH: "由相应企业报送所缺单证", FixEN: "let the enterprise in question send it"},
	{Code: "PZ1502", ZH: "等待超过 {1} 天，缺 {2}", EN: "waited over {1} days for {2}", FixZH: "补齐单证后重新申报", FixEN: "send what is missing and declare again"},
	{Code: "PZ1503", ZH: "等待超过 {1} 天，无清单使用本单证", EN: "no list used this document within {1} days", FixZH: "需要时重新报送", FixEN: "send it again when needed"},
	{Code: "PZ1504", ZH: "{1}不一致,[{2}:{3},{4}:{5}]", EN: "{1} differs: {2} {3}, {4} {5}", FixZH: "改正后重新申报", FixEN: "correct it and declare again"},
	{Code: "PZ1505", ZH: "{1}不一致（订单与{2}）", EN: "{1} differs between order and {2}", FixZH: "订单与{2}须一致", FixEN: "make order and {2} agree"},
	{Code: "PZ1506", ZH: "运单 {1} 已被清单 {2} 使用", EN: "waybill {1} is used by list {2}", FixZH: "每个运单只能申报一份清单", FixEN: "one list a waybill"},
	{Code: "PZ1507", ZH: "代扣税款 {1} 与计算税额 {2} 相差超过允许范围", EN: "withheld tax {1} is far from the computed {2}", FixZH: "核对订单 taxTotal", FixEN: "check the order's taxTotal"},
	{Code: "PZ1508", ZH: "支付交易编号不一致,[订单:{1},支付单:{2}]", EN: "payment number differs: order {1}, payment {2}", FixZH: "改正订单 payTransactionId", FixEN: "correct the order's payTransactionId"},
	{Code: "PZ1509", ZH: "第{1}项商品名称与订单不一致", EN: "line {1}: the goods' name differs from the order's"},
	// ours: identity of persons
	{Code: "PZ1510", ZH: "单证已齐，等待订购人身份核验结果，结果返回后自动继续", EN: "all documents are there; waits for the verification of the orderer's identity and goes on by itself"},
	{Code: "PZ1511", ZH: "身份核验结果：{1}", EN: "identity verification says: {1}"},
	{Code: "PZ1512", ZH: "订购人自 {1} 起冻结了本人身份的使用，转人工审核", EN: "the orderer has frozen the use of their identity since {1}: to review", FixZH: "请订购人本人解除冻结或向监管人员确认", FixEN: "let the orderer lift the freeze, or confirm to an officer"},
	{Code: "PZ1513", ZH: "本人已冻结身份", EN: "identity frozen by its person"},
	{Code: "PZ1514", ZH: "本人已解除身份冻结", EN: "freeze lifted by the person"},
	{Code: "PZ1515", ZH: "订购人对本包裹的异议已成立，转人工审核", EN: "the orderer's dispute of this parcel was upheld: to review"},
	{Code: "PZ1516", ZH: "本人异议成立（事项 {1}）：非本人购买，本区额度已恢复；以海关额度为准", EN: "dispute upheld (matter {1}): not bought by this person, the zone's own count is restored; customs' count binds"},
	{Code: "PZ1517", ZH: "订购人与支付人不是同一人，订购人身份已核验", EN: "orderer and payer differ; the orderer's identity is verified"},
	// ours: tax, limits, classes
	{Code: "PZ1601", ZH: "第{1}项商品编码 {2} 不在跨境电商零售进口商品清单内", EN: "line {1}: {2} is not in the list of goods for retail import", FixZH: "按一般贸易申报", FixEN: "declare as general trade"},
	{Code: "PZ1602", ZH: "第{1}项 {2}：本人本年 {3} 已用 {4} 克，本单 {5} 克，限量 {6} 克", EN: "line {1} {2}: {4} g of {3} used this year, this order {5} g, limit {6} g", FixZH: "减少数量", FixEN: "lower the quantity"},
	{Code: "PZ1603", ZH: "完税价格 {1} 元不低于年度限额 {2} 元", EN: "dutiable value {1} is not below the annual limit {2}", FixZH: "按一般贸易申报", FixEN: "declare as general trade"},
	{Code: "PZ1604", ZH: "第{1}项接近消费税起征点（±{2}%），转人工审核", EN: "line {1} is within {2}% of the consumption-tax threshold: to review"},
	{Code: "PZ1605", ZH: "第{1}项税率文字无法自动计算，转人工审核：{2}", EN: "line {1}: the tariff's words can't be computed, to review: {2}"},
	{Code: "PZ1606", ZH: "全额征税（单件超过单笔限额）", EN: "full tax (a single piece over the single limit)"},
	{Code: "PZ1607", ZH: "限额内：关税 0%，增值税、消费税按 70% 征收", EN: "within the limits: duty 0 %, VAT and consumption tax at 70 %"},
	{Code: "PZ1608", ZH: "按比例抽中查验", EN: "selected for inspection"},
	{Code: "PZ1609", ZH: "监管人员要求：{1}", EN: "asked for by an officer: {1}"},
	{Code: "PZ1610", ZH: "正面清单用的是观察到的商品编码，不是法定清单", EN: "the list of goods is the observed one, not the legal one", FixZH: "管理员载入法定正面清单", FixEN: "let the operator load the legal list"},
	{Code: "PZ1611", ZH: "当日规则不全，转人工审核：{1}", EN: "rules of the day are missing, to review: {1}", FixZH: "管理员补齐规则包", FixEN: "let the operator complete the pack"},
	{Code: "PZ1701", ZH: "汇总统计：{1}", EN: "statistics only: {1}"},
	{Code: "PZ1702", ZH: "汇总申报：{1}", EN: "summary declaration: {1}"},
	{Code: "PZ1703", ZH: "不符合简化申报条件：{1}", EN: "not open to simplified declaration: {1}", FixZH: "改为汇总申报 (B) 或报关单", FixEN: "use summary declaration (B) or a customs declaration"},
	{Code: "PZ1704", ZH: "单票价值 {1} 元超过 {2} 元，{3} 须使用报关单申报", EN: "ticket of {1} yuan is over {2}: {3} needs a customs declaration", FixZH: "通过 H2018 报关单申报", FixEN: "file a declaration (H2018)"},
	{Code: "PZ1705", ZH: "{1}，{2} 须使用报关单申报", EN: "{1}: {2} needs a customs declaration", FixZH: "通过 H2018 报关单申报", FixEN: "file a declaration (H2018)"},
	{Code: "PZ1706", ZH: "海外仓业务模式未备案（{1} 前须备案）", EN: "overseas-warehouse business not filed (needed before {1})", FixZH: "先办理海外仓备案", FixEN: "file the overseas warehouse first"},
	{Code: "PZ1707", ZH: "收款金额 {1} 与订单金额 {2} 不一致", EN: "received {1}, order {2}"},
	{Code: "PZ1708", ZH: "没有 {1} 到人民币的汇率（{2}），无法判断单票限额，转人工审核", EN: "no rate from {1} to yuan on {2}: the ticket limit can't be judged, to review", FixZH: "载入汇率表", FixEN: "load the table of rates"},
	{Code: "PZ1709", ZH: "第{1}项 {2} 为禁止出口商品", EN: "line {1}: {2} may not be exported"},
	// ours: officers, accounts, filings, signatures
	{Code: "PZ3001", ZH: "清单状态为{1}，不能执行该操作", EN: "the list is {1}: this can't be done"},
	{Code: "PZ3002", ZH: "{1} 不适用于出口清单", EN: "status {1} is not for exports"},
	{Code: "PZ3003", ZH: "没有该包裹：{1}", EN: "no such parcel: {1}"},
	{Code: "PZ3004", ZH: "{1}", EN: "{1}"},
	{Code: "PZ3005", ZH: "该指令已执行过，不再重复", EN: "done before: not done again"},
	{Code: "PZ3006", ZH: "包裹 {1} 的订购人不是申请人", EN: "the applicant is not the orderer of parcel {1}"},
	{Code: "PZ3101", ZH: "删除申报成功", EN: "deleted"},
	{Code: "PZ3102", ZH: "{1}申报成功[{2}]", EN: "{1} received [{2}]"},
	{Code: "PZ3103", ZH: "已使用于清单 {1}", EN: "used by list {1}"},
	{Code: "PZ3104", ZH: "运抵，放行", EN: "arrived, released"},
	{Code: "PZ3105", ZH: "离境，结关", EN: "departed, cleared"},
	{Code: "PZ3106", ZH: "运单 {1} 尚无可放行的清单，已登记", EN: "waybill {1} has no list to move yet: remembered"},
	{Code: "PZ4001", ZH: "要求签名而报文未签名", EN: "a signature is required and there is none", FixZH: "签名后报送", FixEN: "sign the message"},
	{Code: "PZ4002", ZH: "{1}", EN: "{1}"},
}

package lookup

import "pilotzone/internal/customs/clearance"

// inGeneral says what a code means where its words can't stand without the
// values of one case. A fix that is empty here is the code's own.
var inGeneral = byCode([]clearance.CodeInfo{
	{Code: "-301002", ZH: "订单商品序号重复", EN: "the order repeats a line number"},
	{Code: "-621004", ZH: "清单已经申报过，请勿重复申报", EN: "the list was declared already"},
	{Code: "-621005", ZH: "清单的购买金额超过单笔限额", EN: "the list is over the limit of a single purchase"},
	{Code: "-621011", ZH: "不存在已申报的清单，无法进行改单操作", EN: "there is no declared list to change"},
	{Code: "-621012", ZH: "清单的申报状态不符合改单申报的条件", EN: "the list can't be changed in its state"},
	{Code: "-621027", ZH: "清单表体 gnum 重复", EN: "the list repeats a line number"},
	{Code: "-621029", ZH: "验签失败", EN: "signature check failed"},
	{Code: "-623003", ZH: "没有所填编号的清单，无法撤单", EN: "there is no list of that number to withdraw"},
	{Code: "-623005", ZH: "清单的状态不符合撤单申报要求", EN: "the list can't be withdrawn in its state"},
	{Code: "-623009", ZH: "撤单申请已经申报过", EN: "the list was withdrawn already"},
	{Code: "1320", ZH: "清单表体商品项与订单表体商品项的项数不一致", EN: "list and order have different numbers of lines"},
	{Code: "1322", ZH: "订单清单表体商品项不一致", EN: "a line of the list differs from the order's", FixZH: "改正不一致的商品项后重新申报", FixEN: "mend the line that differs and declare again"},
	{Code: "PZ1002", ZH: "代码不在海关参数表中", EN: "a code is not in customs' table"},
	{Code: "PZ1003", ZH: "金额勾稽关系不成立", EN: "the amounts don't add up"},
	{Code: "PZ1004", ZH: "字段的值不在允许范围内", EN: "a field has a value that is not allowed", FixZH: "改填报文规范允许的值", FixEN: "write a value that the message format allows"},
	{Code: "PZ1005", ZH: "必填字段未填", EN: "a required field is missing", FixZH: "补填该字段", FixEN: "fill in the field"},
	{Code: "PZ1006", ZH: "字段不是有效数值", EN: "a field is not a usable number"},
	{Code: "PZ1008", ZH: "字段不是有效时间", EN: "a field is not a time"},
	{Code: "PZ1010", ZH: "本平台尚未受理该类业务，单证已校验、未入库", EN: "the platform does not take this kind yet: the document was checked and not stored"},
	{Code: "PZ1011", ZH: "该报文是回执，由海关发出，不接受企业报送", EN: "this is a receipt that customs sends; it is not taken from enterprises"},
	{Code: "PZ1101", ZH: "商品总价不等于单价乘以数量", EN: "a line's total is not price times quantity", FixZH: "改正该项金额", FixEN: "correct the line's amounts"},
	{Code: "PZ1401", ZH: "净重大于毛重", EN: "net weight is over gross weight"},
	{Code: "PZ1402", ZH: "商品编码不在当日税则中", EN: "a commodity code is not in the tariff of the day"},
	{Code: "PZ1403", ZH: "法定单位与税则不符", EN: "a line's legal unit is not the tariff's"},
	{Code: "PZ1404", ZH: "第二单位与第二数量不符合规则（单位为空则数量为空；有单位则数量为正）", EN: "second unit and quantity must both be there (positive) or both be empty"},
	{Code: "PZ1405", ZH: "缺少税则要求的第二法定单位", EN: "the tariff asks for a second unit that is missing"},
	{Code: "PZ1406", ZH: "担保企业不是清单的电商平台、电商企业、物流企业或申报企业", EN: "the guarantor is none of the list's platform, merchant, carrier or declarant"},
	{Code: "PZ1407", ZH: "简化申报的商品编码前几位不在税则中", EN: "the first digits of a commodity code are not in the tariff"},
	{Code: "PZ1408", ZH: "监管方式不能用于该进出口方向", EN: "the mode is not for this direction"},
	{Code: "PZ1502", ZH: "等待超过期限，单证未齐", EN: "waited too long for missing documents"},
	{Code: "PZ1503", ZH: "等待超过期限，没有清单使用该单证", EN: "no list used this document in time"},
	{Code: "PZ1504", ZH: "单证之间的编号、企业代码或金额不一致", EN: "documents differ in a number, an enterprise code or an amount"},
	{Code: "PZ1505", ZH: "收货信息与订单不一致", EN: "consignee data differ from the order's", FixZH: "核对运单和清单，使收货信息与订单一致", FixEN: "make waybill and list agree with the order"},
	{Code: "PZ1506", ZH: "运单已被另一份清单使用", EN: "the waybill is used by another list"},
	{Code: "PZ1507", ZH: "订单代扣税款与计算税额相差超过允许范围", EN: "the withheld tax is far from the computed one"},
	{Code: "PZ1509", ZH: "清单商品名称与订单不一致", EN: "the name of goods differs from the order's"},
	{Code: "PZ1512", ZH: "订购人冻结了本人身份的使用，转人工审核", EN: "the orderer has frozen the use of their identity: to review"},
	{Code: "PZ1516", ZH: "本人异议成立：非本人购买，本区额度已恢复；以海关额度为准", EN: "dispute upheld: not bought by this person, the zone's own count is restored; customs' count binds"},
	{Code: "PZ1601", ZH: "商品编码不在跨境电商零售进口商品清单内", EN: "goods are not in the list for retail import"},
	{Code: "PZ1602", ZH: "超过本人本年商品限量", EN: "over a person's yearly limit for these goods"},
	{Code: "PZ1603", ZH: "完税价格不低于年度限额", EN: "the dutiable value is not below the annual limit"},
	{Code: "PZ1604", ZH: "商品价格接近消费税起征点，转人工审核", EN: "a price is close to the consumption-tax threshold: to review"},
	{Code: "PZ1605", ZH: "税率文字无法自动计算，转人工审核", EN: "the tariff's words can't be computed: to review"},
	{Code: "PZ1701", ZH: "汇总统计", EN: "statistics only"},
	{Code: "PZ1702", ZH: "汇总申报", EN: "summary declaration"},
	{Code: "PZ1704", ZH: "单票价值超过限额，须使用报关单申报", EN: "the ticket is over the limit: it needs a customs declaration"},
	{Code: "PZ1705", ZH: "涉证、涉检或涉税，须使用报关单申报", EN: "licence, inspection or tax is involved: it needs a customs declaration"},
	{Code: "PZ1707", ZH: "收款金额与订单金额不一致", EN: "the amount received differs from the order's"},
	{Code: "PZ1708", ZH: "没有该币种到人民币的汇率，无法判断单票限额，转人工审核", EN: "there is no rate to yuan: the ticket limit can't be judged, to review"},
	{Code: "PZ1709", ZH: "禁止出口商品", EN: "the goods may not be exported"},
	{Code: "PZ3001", ZH: "清单当前状态不能执行该操作", EN: "the list is in a state in which this can't be done"},
	{Code: "PZ3002", ZH: "该处置不适用于出口清单", EN: "this status is not for exports"},
	{Code: "PZ3004", ZH: "操作未执行", EN: "not carried out"},
	{Code: "PZ3006", ZH: "包裹的订购人不是申请人", EN: "the applicant is not the parcel's orderer"},
	{Code: "PZ3102", ZH: "申报成功", EN: "received"},
	{Code: "PZ3103", ZH: "已使用于清单", EN: "used by a list"},
	{Code: "PZ3106", ZH: "运单尚无可放行的清单，已登记", EN: "the waybill has no list to move yet: remembered"},
	{Code: "PZ4002", ZH: "文件或报文无法读取", EN: "the file or message can't be read"},
})

func byCode(list []clearance.CodeInfo) map[string]clearance.CodeInfo {
	out := make(map[string]clearance.CodeInfo, len(list))
	for _, c := range list {
		out[c.Code] = c
	}
	return out
}

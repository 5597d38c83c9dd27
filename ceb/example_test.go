package ceb_test

import (
	"fmt"

	"pilotzone/ceb"
	"pilotzone/ceb/cebtest"
)

// Reading a message by field constants.
func ExampleDecode() {
	data := cebtest.Message(311, cebtest.Options{Docs: 2, Value: func(path string, doc, _ int) (string, bool) {
		return fmt.Sprintf("order%d", doc), path == "Order/OrderHead/orderNo"
	}})
	m, err := ceb.Decode(data)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Kind, m.Kind.NameZH(), m.Editions.Names())
	for _, doc := range m.Docs {
		fmt.Println(doc.Index, doc.Line, doc.Head.Text(ceb.H311OrderNo), doc.Lines[0].Text(ceb.L311Gnum))
	}
	// Output:
	// CEB311Message 进口电子订单 [2018-113 202205]
	// 1 3 order1 1
	// 2 42 order2 1
}

// All defects at once, with place, code and fix.
func ExampleValidate() {
	data := cebtest.Message(411, cebtest.Options{Unsigned: true, Value: func(path string, _, _ int) (string, bool) {
		switch path {
		case "Payment/PaymentHead/amountPaid":
			return "12,50", true
		case "Payment/PaymentHead/payTime":
			return "2026-01-02", true
		}
		return "", false
	}})
	v := ceb.Validate(data, 0)
	fmt.Println(v.Valid, v.Message)
	for _, f := range v.Errors {
		fmt.Printf("%d %s %s\n%s\n", f.Line, f.Path, f.Code, f.Message)
	}
	// Output:
	// false CEB411Message
	// 18 /CEB411Message/Payment[1]/PaymentHead/amountPaid CEB-DECIMAL
	// amountPaid（支付金额）应为数值，例如 12.50，不带千分位与单位 / amountPaid (amount paid): a decimal number is wanted; for example 12.50, without separators or units
	// 20 /CEB411Message/Payment[1]/PaymentHead/payTime CEB-LENGTH
	// payTime（支付时间）长度为 10 个字符，应为 14 个 / payTime (payment time): 10 characters; exactly 14 characters are wanted
}

// Writing a receipt without typed structs.
func ExampleAppendNode() {
	head := make([]string, 10)
	head[ceb.H312Guid] = "4CDE1CFD-EDED-46B1-946C-B8022E42FC94"
	head[ceb.H312EbpCode] = "1105910159"
	head[ceb.H312EbcCode] = "1105910159"
	head[ceb.H312OrderNo] = "order1"
	head[ceb.H312ReturnStatus] = "120"
	head[ceb.H312ReturnTime] = "20260102030405006"
	head[ceb.H312ReturnInfo] = "[Code:1800;Desc:逻辑校验通过]"
	out := ceb.AppendOpen(nil, 312, "4CDE1CFD-EDED-46B1-946C-B8022E42FC95")
	out = ceb.AppendNode(out, 312, head[:7], nil)
	out = ceb.AppendClose(out, 312, nil)
	fmt.Printf("%s%v\n", out, ceb.Validate(out, 0).Valid)
	// Output:
	// <?xml version="1.0" encoding="UTF-8"?>
	// <CEB312Message guid="4CDE1CFD-EDED-46B1-946C-B8022E42FC95" version="1.0" xmlns="http://www.chinaport.gov.cn/ceb">
	// <OrderReturn>
	// <guid>4CDE1CFD-EDED-46B1-946C-B8022E42FC94</guid>
	// <ebpCode>1105910159</ebpCode>
	// <ebcCode>1105910159</ebcCode>
	// <orderNo>order1</orderNo>
	// <returnStatus>120</returnStatus>
	// <returnTime>20260102030405006</returnTime>
	// <returnInfo>[Code:1800;Desc:逻辑校验通过]</returnInfo>
	// </OrderReturn>
	// </CEB312Message>
	// true
}

// Typed structs for library users.
func ExampleMessage513() {
	message := ceb.Message513{
		GUID: "4CDE1CFD-EDED-46B1-946C-B8022E42FC94",
		Docs: []ceb.Head513{{
			GUID: "4CDE1CFD-EDED-46B1-946C-B8022E42FC95", AppType: "1", AppTime: "20260102030405", AppStatus: "2",
			LogisticsCode: "1105910159", LogisticsName: "某物流公司", LogisticsNo: "L20260102001", LogisticsStatus: "S", LogisticsTime: "20260102030000",
		}},
		Transfer: ceb.Transfer{CopCode: "1105910159", CopName: "某物流公司", DxpMode: "DXP", DxpId: "DXPLGS0000000001"},
	}
	data, err := message.Marshal()
	if err != nil {
		fmt.Println(err)
		return
	}
	var back ceb.Message513
	fmt.Println(back.Unmarshal(data), back.Docs[0].LogisticsNo, back.Transfer.DxpId)

	message.Docs[0].AppTime = "today"
	_, err = message.Marshal()
	fmt.Println(err)
	// Output:
	// <nil> L20260102001 DXPLGS0000000001
	// CEB-LENGTH: line 6, /CEB513Message/LogisticsStatus[1]/appTime: appTime (submission time): 5 characters; exactly 14 characters are wanted
}

package dxp_test

import (
	"fmt"

	"pilotzone/ceb/dxp"
)

func Example() {
	raw := dxp.Wrap(&dxp.Envelope{
		CopMsgID: "704EA0F1-B229-4E89-9F2F-C2E550E95C86", SenderID: "DXPENT0000012698", ReceiverIDs: []string{dxp.ExportCustoms},
		CreatedAt: "2026-11-22T10:00:00", MsgType: "CEB311Message",
		Data: []byte(`<CEB311Message guid="4CDE1CFD-EDED-46B1-946C-B8022E42FC94" version="1.0" xmlns="http://www.chinaport.gov.cn/ceb"/>`),
	})
	envelope, err := dxp.Unwrap(raw)
	if err != nil {
		panic(err)
	}
	fmt.Println(envelope.MsgType, len(envelope.Defects), "defects")
	for _, fault := range envelope.Faults {
		fmt.Println(fault.Path, fault.Code, fault.EN)
	}
	// Output:
	// CEB311Message 0 defects
	// /DxpMsg/TransInfo/ReceiverIds 2002 wrong address: CEB311Message goes to DXPEDCCEB0000002, not to DXPEDCCEB0000003
}

// Customs answers in an envelope of the same kind.
func ExampleWrap_receipt() {
	request := &dxp.Envelope{SenderID: "DXPENT0000012698"}
	receipt := dxp.Wrap(&dxp.Envelope{
		CopMsgID: "6F9619FF-8B86-D011-B42D-00C04FC964FF", SenderID: dxp.ImportCustoms, ReceiverIDs: []string{request.SenderID},
		CreatedAt: "2026-11-22T10:00:01", MsgType: "CEB312Message", Data: []byte("<CEB312Message/>"),
	})
	fmt.Println(dxp.IsEnvelope(receipt), len(dxp.Check(receipt)))
	// Output: true 0
}

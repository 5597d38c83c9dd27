package dxp

// Head is the transport head of an envelope (TransInfo, OriHead).
type Head struct {
	CopMsgID, SenderID string
	ReceiverIDs        []string
	CreatedAt          string // CreatTime, xs:dateTime
	MsgType            string
}

// Reply is DxpRep, the platform's answer to an envelope (交换平台响应报文).
type Reply struct {
	ReceiverID string // RecevierId (sic), 1 to 16 characters
	AdNodeID   string // optional, 1 to 8 characters
	Responses  []Response
	Signed     bool     // a ds:Signature stands in it
	Defects    []Defect // faults against the schema
}

// Response is one answer.
type Response struct {
	NodeID     string // node that made it, optional
	Code       string // ResponseCode, 1 to 9 characters
	Info       string // optional, at most 300 characters
	Results    []Result
	NoticeTime string // xs:date
	Note       string // optional, at most 500 characters
	Original   Head   // OriHead, of the envelope that is answered
}

// Result is the outcome for one receiver.
type Result struct{ ReceiverID, Code, Info, Note string }

// ReadReply reads a DxpRep. The error, a *Defect, says that the bytes are not a
// readable one.
func ReadReply(raw []byte) (*Reply, error) {
	d, err := read(raw)
	if err != nil {
		return nil, err
	}
	if d.root.name != "DxpRep" {
		return nil, &Defect{Path: "/" + d.root.name, Line: d.root.line, Code: CodeRoot, ZH: "不是平台响应报文 DxpRep", EN: "not a platform response DxpRep"}
	}
	d.check(d.root, &reply, "/DxpRep")
	r := &Reply{ReceiverID: d.root.childText("RecevierId"), AdNodeID: d.root.childText("AdNodeId"),
		Signed: d.root.child("Signature") != nil, Defects: d.sorted()}
	for _, c := range d.root.children {
		if c.name != "Response" {
			continue
		}
		one := Response{NodeID: c.childText("NodeId"), Code: c.childText("ResponseCode"), Info: c.childText("ResponseInfo"),
			NoticeTime: c.childText("NoticeTime"), Note: c.childText("Note"), Original: headOf(c.child("OriHead"))}
		if list := c.child("Results"); list != nil {
			for _, x := range list.children {
				one.Results = append(one.Results, Result{ReceiverID: x.childText("RecId"), Code: x.childText("Code"), Info: x.childText("Info"), Note: x.childText("Note")})
			}
		}
		r.Responses = append(r.Responses, one)
	}
	return r, nil
}

// WriteReply writes a DxpRep.
func WriteReply(r *Reply) []byte {
	b := []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<dxp:DxpRep xmlns:dxp="` + Namespace + `" ver="1.0">`)
	b = appendElement(b, "RecevierId", r.ReceiverID)
	b = appendOptional(b, "AdNodeId", r.AdNodeID)
	for _, one := range r.Responses {
		b = append(b, "<dxp:Response>"...)
		b = appendOptional(b, "NodeId", one.NodeID)
		b = appendElement(b, "ResponseCode", one.Code)
		b = appendOptional(b, "ResponseInfo", one.Info)
		if len(one.Results) > 0 {
			b = append(b, "<dxp:Results>"...)
			for _, x := range one.Results {
				b = append(b, "<dxp:Result>"...)
				b = appendElement(b, "RecId", x.ReceiverID)
				b = appendElement(b, "Code", x.Code)
				b = appendOptional(b, "Info", x.Info)
				b = appendOptional(b, "Note", x.Note)
				b = append(b, "</dxp:Result>"...)
			}
			b = append(b, "</dxp:Results>"...)
		}
		b = appendElement(b, "NoticeTime", one.NoticeTime)
		b = appendOptional(b, "Note", one.Note)
		b = appendHead(b, "OriHead", one.Original)
		b = append(b, "</dxp:Response>"...)
	}
	return append(b, "</dxp:DxpRep>"...)
}

// headOf takes the fields of a transport head.
func headOf(info *element) Head {
	if info == nil {
		return Head{}
	}
	h := Head{CopMsgID: info.childText("CopMsgId"), SenderID: info.childText("SenderId"),
		CreatedAt: info.childText("CreatTime"), MsgType: info.childText("MsgType")}
	if list := info.child("ReceiverIds"); list != nil {
		for _, c := range list.children {
			if c.name == "ReceiverId" {
				h.ReceiverIDs = append(h.ReceiverIDs, string(c.text))
			}
		}
	}
	return h
}

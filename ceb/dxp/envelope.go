package dxp

import (
	"bytes"
)

// Namespace is the XML namespace of the envelopes (the same in both editions).
const Namespace = "http://www.chinaport.gov.cn/dxp"

// signatureNamespace is the namespace of ds:Signature.
const signatureNamespace = "http://www.w3.org/2000/09/xmldsig#"

// Customs' addresses on the exchange platform, as seen in real envelopes: they
// receive requests and send receipts.
const (
	ImportCustoms = "DXPEDCCEB0000002" // import messages (进口)
	ExportCustoms = "DXPEDCCEB0000003" // export messages (出口)
)

// Form is the kind of an envelope.
type Form uint8

const (
	Terminal  Form = iota // DxpMsg, between an enterprise and the platform (终端节点)
	Transport             // DxpMsgSv, between nodes of the platform, holds a DxpMsg (传输节点)
)

// Envelope is a business message on its way (数据交换平台报文). Strings are as
// written, without checks; Unwrap lists what the schema says against them.
type Envelope struct {
	Form        Form
	ID          string   // attribute Id, optional
	CopMsgID    string   // CopMsgId, the sender's own number of this envelope, 1 to 255 characters
	SenderID    string   // SenderId, 1 to 16 characters
	ReceiverIDs []string // ReceiverId, 1 to 5 of 1 to 16 characters
	CreatedAt   string   // CreatTime, xs:dateTime
	MsgType     string   // such as CEB311Message, at most 30 characters
	Data        []byte   // the business message, decoded
	FileName    string   // 原始报文名, optional, at most 255 characters
	ICCard      string   // IC 卡号, optional, at most 13 characters
	BizKeys     []BizKey // 业务关键字, optional, at most 5
	Text        bool     // IsText stands in the envelope
	Encoding    string   // its Encode, the character set
	RecMapID    string   // 接收方报文转换 ID, its text
	Server      *Server  // SvNo, of the form Transport
	Signed      bool     // a ds:Signature stands in the envelope; dsig.Verify checks it

	// Defects are faults against the schema; Faults are contradictions between
	// the envelope and the message in it. Both empty: all is well.
	Defects []Defect
	Faults  []Defect
}

// BizKey is a business key (业务关键字) of 1 to 64 characters.
type BizKey struct{ Name, Value string }

// Server is what the nodes of the platform add (服务器节点).
type Server struct {
	ID       string // attribute Id of DxpMsgSv, optional
	MsgID    string // 8 digits of the node, yyyymmddhhmmss, 10 digits of a sequence
	SubMsgID string // 1 character, optional
	SendTime string // xs:dateTime
	EndNode  string // 目的节点, 1 to 8 characters
	StaNode  string // 接入节点, 1 to 8 characters
}

// IsEnvelope reports whether the bytes look like an envelope: the root element
// is called DxpMsg, DxpMsgSv or DxpRep. It reads no further than that.
func IsEnvelope(raw []byte) bool {
	switch string(rootName(raw)) {
	case "DxpMsg", "DxpMsgSv", "DxpRep":
		return true
	}
	return false
}

// Unwrap takes the business message out of an envelope DxpMsg or DxpMsgSv. The
// error, a *Defect, says that the bytes are no readable envelope; what a
// readable one has against the schema is in Defects, what contradicts its
// content in Faults.
func Unwrap(raw []byte) (*Envelope, error) {
	d, err := read(raw)
	if err != nil {
		return nil, err
	}
	e := new(Envelope)
	switch d.root.name {
	case "DxpMsg":
		d.check(d.root, &terminal, "/DxpMsg")
		e.fill(d, d.root, "/DxpMsg")
	case "DxpMsgSv":
		e.Form = Transport
		d.check(d.root, &transport, "/DxpMsgSv")
		e.fillServer(d.root)
		inner := d.root.child("DxpMsg")
		if inner == nil {
			return nil, &Defect{Path: "/DxpMsgSv", Line: d.root.line, Code: CodeMissing,
				ZH: "缺少 DxpMsg", EN: "DxpMsg is missing: the envelope holds no message"}
		}
		e.fill(d, inner, "/DxpMsgSv/DxpMsg")
	default:
		return nil, &Defect{Path: "/" + d.root.name, Line: d.root.line, Code: CodeRoot,
			ZH: "不是带业务报文的信封（DxpMsg 或 DxpMsgSv）", EN: "not an envelope that holds a message (DxpMsg or DxpMsgSv)"}
	}
	e.Defects = d.sorted()
	return e, nil
}

// Check lists what the schema has against an envelope of any of the three
// kinds, DxpRep included. Bytes that cannot be read give one defect.
func Check(raw []byte) []Defect {
	d, err := read(raw)
	if err != nil {
		return []Defect{*err}
	}
	rule := map[string]*rule{"DxpMsg": &terminal, "DxpMsgSv": &transport, "DxpRep": &reply}[d.root.name]
	if rule == nil {
		return []Defect{{Path: "/" + d.root.name, Line: d.root.line, Code: CodeRoot, ZH: "不是信封", EN: "not an envelope"}}
	}
	d.check(d.root, rule, "/"+d.root.name)
	msg, path := d.root, "/"+d.root.name
	if msg.name == "DxpMsgSv" {
		msg, path = msg.child("DxpMsg"), path+"/DxpMsg"
	}
	if data := msg.child("Data"); data != nil {
		d.decode(data, path+"/Data")
	}
	return d.sorted()
}

// fill takes the fields of a DxpMsg.
func (e *Envelope) fill(d *document, msg *element, path string) {
	e.ID, _ = msg.attribute("Id")
	info := msg.child("TransInfo")
	h := headOf(info)
	e.CopMsgID, e.SenderID, e.ReceiverIDs, e.CreatedAt, e.MsgType = h.CopMsgID, h.SenderID, h.ReceiverIDs, h.CreatedAt, h.MsgType
	e.Signed = msg.child("Signature") != nil || d.root.child("Signature") != nil
	if add := msg.child("AddInfo"); add != nil {
		e.FileName, e.ICCard, e.RecMapID = add.childText("FileName"), add.childText("IcCard"), add.childText("RecMapId")
		if t := add.child("IsText"); t != nil {
			e.Text = true
			e.Encoding, _ = t.attribute("Encode")
		}
		if keys := add.child("BizKey"); keys != nil {
			for _, k := range keys.children {
				name, _ := k.attribute("name")
				e.BizKeys = append(e.BizKeys, BizKey{Name: name, Value: string(k.text)})
			}
		}
	}
	data := msg.child("Data")
	if data == nil {
		return
	}
	var ok bool
	if e.Data, ok = d.decode(data, path+"/Data"); ok {
		e.match(path, info, data)
	}
}

func (e *Envelope) fillServer(root *element) {
	e.Server = &Server{}
	e.Server.ID, _ = root.attribute("Id")
	if no := root.child("SvNo"); no != nil {
		e.Server.MsgID, e.Server.SubMsgID, e.Server.SendTime = no.childText("MsgId"), no.childText("SubMsgId"), no.childText("SendTime")
		e.Server.EndNode, e.Server.StaNode = no.childText("EndNode"), no.childText("StaNode")
	}
}

// rootName returns the local name of the root element, or nil. It steps over
// the byte order mark, white space, declarations and comments.
func rootName(raw []byte) []byte {
	raw = bytes.TrimPrefix(raw, []byte("\xEF\xBB\xBF"))
	for {
		raw = bytes.TrimLeft(raw, " \t\r\n")
		var end []byte
		switch {
		case bytes.HasPrefix(raw, []byte("<?")):
			end = []byte("?>")
		case bytes.HasPrefix(raw, []byte("<!--")):
			end = []byte("-->")
		case len(raw) > 0 && raw[0] == '<':
			name := raw[1:]
			if i := bytes.IndexAny(name[:min(len(name), 128)], " \t\r\n/>"); i >= 0 {
				name = name[:i]
			} else {
				return nil
			}
			return name[bytes.LastIndexByte(name, ':')+1:]
		default:
			return nil
		}
		i := bytes.Index(raw, end)
		if i < 0 {
			return nil
		}
		raw = raw[i+len(end):]
	}
}

package dxp

// kind is what an element holds.
type kind uint8

const (
	group    kind = iota // elements in sequence
	text                 // xs:string
	dateTime             // xs:dateTime
	date                 // xs:date
	base64Of             // xs:base64Binary
	empty                // nothing
	anything             // not looked into
)

// rule is one element of the schemas 终端节点报文 and 传输节点报文, which are the
// same in both editions.
type rule struct {
	name     string
	kind     kind
	min, max int // occurrences; max 0 is unbounded
	low, up  int // characters of a text; up 0 is unbounded
	space    string
	attrs    []attrRule
	children []rule
}

// attrRule is one attribute.
type attrRule struct {
	name     string
	required bool
	fixed    string // the only value, if any
	id       bool   // xs:ID
	low, up  int
}

func field(name string, min, low, up int) rule {
	return rule{name: name, kind: text, min: min, max: 1, low: low, up: up}
}

var (
	version = attrRule{name: "ver", required: true, fixed: "1.0"}
	id      = attrRule{name: "Id", id: true}

	signature = rule{name: "Signature", kind: anything, max: 1, space: signatureNamespace}
)

// transInfo is the type TransInfoType, under either of its names.
func transInfo(name string) rule {
	return rule{name: name, min: 1, max: 1, children: []rule{
		field("CopMsgId", 1, 1, 255),
		field("SenderId", 1, 1, 16),
		{name: "ReceiverIds", min: 1, max: 1, children: []rule{
			{name: "ReceiverId", kind: text, min: 1, max: 5, low: 1, up: 16},
		}},
		{name: "CreatTime", kind: dateTime, min: 1, max: 1},
		field("MsgType", 1, 0, 30),
	}}
}

var terminal = rule{name: "DxpMsg", min: 1, max: 1, attrs: []attrRule{version, id}, children: []rule{
	transInfo("TransInfo"),
	{name: "Data", kind: base64Of, min: 1, max: 1},
	{name: "AddInfo", max: 1, children: []rule{
		field("FileName", 0, 1, 255),
		field("IcCard", 0, 1, 13),
		{name: "BizKey", max: 1, children: []rule{
			{name: "Key", kind: text, min: 1, max: 5, low: 1, up: 64, attrs: []attrRule{{name: "name", low: 1, up: 32}}},
		}},
		{name: "IsText", kind: empty, max: 1, attrs: []attrRule{{name: "Encode", required: true, up: 50}}},
		{name: "RecMapId", kind: anything, max: 1},
	}},
	signature,
}}

var transport = rule{name: "DxpMsgSv", min: 1, max: 1, attrs: []attrRule{version, id}, children: []rule{
	{name: "SvNo", min: 1, max: 1, attrs: []attrRule{{name: "Ver", required: true, fixed: "1.0"}}, children: []rule{
		field("MsgId", 1, 1, 32),
		field("SubMsgId", 0, 1, 1),
		{name: "SendTime", kind: dateTime, min: 1, max: 1},
		field("EndNode", 1, 1, 8),
		field("StaNode", 1, 1, 8),
	}},
	terminal,
	signature,
}}

var reply = rule{name: "DxpRep", min: 1, max: 1, attrs: []attrRule{version}, children: []rule{
	field("RecevierId", 1, 1, 16), // spelled so in the schema
	field("AdNodeId", 0, 1, 8),
	{name: "Response", min: 1, children: []rule{
		field("NodeId", 0, 1, 8),
		field("ResponseCode", 1, 1, 9),
		field("ResponseInfo", 0, 0, 300),
		{name: "Results", max: 1, children: []rule{
			{name: "Result", min: 1, children: []rule{
				field("RecId", 1, 1, 16),
				field("Code", 1, 1, 9),
				field("Info", 0, 0, 300),
				field("Note", 0, 0, 500),
			}},
		}},
		{name: "NoticeTime", kind: date, min: 1, max: 1},
		field("Note", 0, 0, 500),
		transInfo("OriHead"),
	}},
	signature,
}}

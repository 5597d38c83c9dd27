package dxp

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Requests by direction (specification 202205, overview of messages).
var (
	importRequests = []string{"311", "411", "511", "513", "621", "623", "625", "711"}
	exportRequests = []string{"213", "215", "303", "403", "505", "507", "509", "603", "605", "607", "701"}
)

// named finds a message kind in an identifier such as CEB311_XX_20230707.
var named = regexp.MustCompile(`CEB([0-9]{3})(?:[^0-9]|$)`)

// match compares the envelope with the message in it: MsgType is the name of
// its root, CopMsgId names no other kind, import requests go to the address of
// import customs and export requests to that of export customs. Addresses that
// are not customs' are left alone: a zone's platform has its own.
func (e *Envelope) match(path string, info, data *element) {
	line := data.line
	if info != nil {
		line = info.line
	}
	add := func(at, code, zh, en string) {
		e.Faults = append(e.Faults, Defect{Path: path + at, Line: line, Code: code, ZH: zh, EN: en})
	}
	root := string(rootName(e.Data))
	switch {
	case len(e.Data) == 0:
		add("/Data", CodeBusiness, "Data 为空，没有业务报文", "Data is empty: the envelope holds no message")
		return
	case root == "":
		add("/Data", CodeBusiness, "Data 中不是 XML 报文", "Data does not hold an XML message")
		return
	case IsEnvelope(e.Data):
		add("/Data", CodeBusiness, "Data 中又是信封，信封不能嵌套", "Data holds another envelope: envelopes do not nest")
		return
	}
	if e.MsgType != root {
		add("/TransInfo/MsgType", CodeBusiness, fmt.Sprintf("MsgType 为“%s”，报文为 %s", e.MsgType, root),
			fmt.Sprintf("MsgType is %q, the message is %s", e.MsgType, root))
	}
	kind, ok := strings.CutPrefix(strings.TrimSuffix(root, "Message"), "CEB")
	if !ok {
		return
	}
	if m := named.FindStringSubmatch(e.CopMsgID); m != nil && m[1] != kind {
		add("/TransInfo/CopMsgId", CodeBusiness, fmt.Sprintf("CopMsgId“%s”指的是 CEB%s，报文为 %s", e.CopMsgID, m[1], root),
			fmt.Sprintf("CopMsgId %q names CEB%s, the message is %s", e.CopMsgID, m[1], root))
	}
	right, wrong := "", ""
	switch {
	case slices.Contains(importRequests, kind):
		right, wrong = ImportCustoms, ExportCustoms
	case slices.Contains(exportRequests, kind):
		right, wrong = ExportCustoms, ImportCustoms
	}
	if wrong != "" && slices.Contains(e.ReceiverIDs, wrong) && !slices.Contains(e.ReceiverIDs, right) {
		add("/TransInfo/ReceiverIds", CodeAddress, fmt.Sprintf("地址不匹配：%s 应发往 %s，写的是 %s", root, right, wrong),
			fmt.Sprintf("wrong address: %s goes to %s, not to %s", root, right, wrong))
	}
}

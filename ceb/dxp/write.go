package dxp

import (
	"encoding/base64"
	"strings"
)

// Wrap writes the envelope: DxpMsg, or DxpMsgSv when Form is Transport. Optional
// fields that are empty are left out. Wrap writes what it is given: Check or
// Unwrap say whether the schema allows it. Defects, Faults and Signed are not
// written.
func Wrap(e *Envelope) []byte {
	b := make([]byte, 0, base64.StdEncoding.EncodedLen(len(e.Data))+2048)
	b = append(b, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"...)
	if e.Form == Transport {
		s := e.Server
		if s == nil {
			s = &Server{}
		}
		b = append(b, `<dxp:DxpMsgSv xmlns:dxp="`+Namespace+`" ver="1.0"`...)
		b = appendAttribute(b, "Id", s.ID)
		b = append(b, `><dxp:SvNo Ver="1.0">`...)
		b = appendElement(b, "MsgId", s.MsgID)
		b = appendOptional(b, "SubMsgId", s.SubMsgID)
		b = appendElement(b, "SendTime", s.SendTime)
		b = appendElement(b, "EndNode", s.EndNode)
		b = appendElement(b, "StaNode", s.StaNode)
		b = append(b, `</dxp:SvNo><dxp:DxpMsg ver="1.0"`...)
	} else {
		b = append(b, `<dxp:DxpMsg xmlns:dxp="`+Namespace+`" ver="1.0"`...)
	}
	b = appendAttribute(b, "Id", e.ID)
	b = append(b, '>')
	b = appendHead(b, "TransInfo", Head{CopMsgID: e.CopMsgID, SenderID: e.SenderID, ReceiverIDs: e.ReceiverIDs, CreatedAt: e.CreatedAt, MsgType: e.MsgType})
	b = append(b, "<dxp:Data>"...)
	b = base64.StdEncoding.AppendEncode(b, e.Data)
	b = append(b, "</dxp:Data>"...)
	b = appendAddInfo(b, e)
	b = append(b, "</dxp:DxpMsg>"...)
	if e.Form == Transport {
		b = append(b, "</dxp:DxpMsgSv>"...)
	}
	return b
}

func appendAddInfo(b []byte, e *Envelope) []byte {
	if e.FileName == "" && e.ICCard == "" && len(e.BizKeys) == 0 && !e.Text && e.RecMapID == "" {
		return b
	}
	b = append(b, "<dxp:AddInfo>"...)
	b = appendOptional(b, "FileName", e.FileName)
	b = appendOptional(b, "IcCard", e.ICCard)
	if len(e.BizKeys) > 0 {
		b = append(b, "<dxp:BizKey>"...)
		for _, k := range e.BizKeys {
			b = append(b, "<dxp:Key"...)
			b = appendAttribute(b, "name", k.Name)
			b = append(b, '>')
			b = appendText(b, k.Value)
			b = append(b, "</dxp:Key>"...)
		}
		b = append(b, "</dxp:BizKey>"...)
	}
	if e.Text {
		b = append(b, `<dxp:IsText Encode="`...)
		b = appendText(b, e.Encoding)
		b = append(b, `"></dxp:IsText>`...)
	}
	b = appendOptional(b, "RecMapId", e.RecMapID)
	return append(b, "</dxp:AddInfo>"...)
}

// appendHead writes an element of the type TransInfoType.
func appendHead(b []byte, name string, h Head) []byte {
	b = append(b, "<dxp:"+name+">"...)
	b = appendElement(b, "CopMsgId", h.CopMsgID)
	b = appendElement(b, "SenderId", h.SenderID)
	b = append(b, "<dxp:ReceiverIds>"...)
	for _, id := range h.ReceiverIDs {
		b = appendElement(b, "ReceiverId", id)
	}
	b = append(b, "</dxp:ReceiverIds>"...)
	b = appendElement(b, "CreatTime", h.CreatedAt)
	b = appendElement(b, "MsgType", h.MsgType)
	return append(b, "</dxp:"+name+">"...)
}

func appendElement(b []byte, name, value string) []byte {
	b = append(b, "<dxp:"+name+">"...)
	b = appendText(b, value)
	return append(b, "</dxp:"+name+">"...)
}

func appendOptional(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return appendElement(b, name, value)
}

func appendAttribute(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, " "+name+`="`...)
	b = appendText(b, value)
	return append(b, '"')
}

// escapes are written so that a reader gets back what was given, line ends and
// tabs in attributes included.
var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\t", "&#9;", "\n", "&#10;", "\r", "&#13;")

func appendText(b []byte, s string) []byte {
	return append(b, escapes.Replace(s)...)
}

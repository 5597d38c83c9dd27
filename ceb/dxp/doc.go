// Package dxp reads and writes the envelopes of the data exchange platform
// (数据交换平台, DXP) in which customs messages travel: DxpMsg between an
// enterprise and the platform (终端节点), DxpMsgSv between nodes of the platform
// (传输节点), and the answer DxpRep.
//
// Unwrap gives the business message with everything that the envelope's schema
// has against the envelope (Defects) and every contradiction between envelope
// and message (Faults): MsgType and CopMsgId that name another kind, an import
// message to the address of export customs. Check lists the schema's defects
// alone, ReadReply and WriteReply are for DxpRep.
//
// Input is hostile: DTDs and entities are refused, size, depth and the number
// of elements are bounded, envelopes do not nest beyond DxpMsg in DxpMsgSv. The
// base64 text goes past the XML decoder and is copied once, when it is decoded.
//
// A ds:Signature of an envelope is noted, not checked: dsig.Verify reads a
// DxpMsg as it reads a message.
//
// Sources: schemas 终端节点报文 and 传输节点报文, the same in the editions
// 2018-113 and 202205; specification 202205 sections 4 and 5. Customs'
// addresses are not in the specification, only seen in real envelopes.
package dxp

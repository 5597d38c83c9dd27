package clearance

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"pilotzone/ceb"
	"pilotzone/internal/kernel/clock"
)

// Mark is what every receipt made by the platform's own decision maker ends
// with, so that nobody takes it for customs' (DESIGN section 4).
const Mark = "[平台自判，非海关回执 builtin]"

// ReceiptNode is one receipt ready to be written: one node of a receipt
// message.
type ReceiptNode struct {
	Kind   ceb.Kind
	To     string
	Seq    uint64 // decision number
	Index  int    // receipt and rung within the decision, in order
	Status int32
	Fields []string // by ceb.Field of the kind's node
}

// receiptLayout gives the places of a receipt node's elements.
type receiptLayout struct {
	size                     int
	identity                 []ceb.Field
	guid, status, time, info ceb.Field
}

var receiptLayouts = map[ceb.Kind]receiptLayout{
	312: layout(312, ceb.H312Guid, ceb.H312ReturnStatus, ceb.H312ReturnTime, ceb.H312ReturnInfo, ceb.H312EbpCode, ceb.H312EbcCode, ceb.H312OrderNo),
	304: layout(304, ceb.H304Guid, ceb.H304ReturnStatus, ceb.H304ReturnTime, ceb.H304ReturnInfo, ceb.H304EbpCode, ceb.H304EbcCode, ceb.H304OrderNo),
	412: layout(412, ceb.H412Guid, ceb.H412ReturnStatus, ceb.H412ReturnTime, ceb.H412ReturnInfo, ceb.H412PayCode, ceb.H412PayTransactionId),
	404: layout(404, ceb.H404Guid, ceb.H404ReturnStatus, ceb.H404ReturnTime, ceb.H404ReturnInfo, ceb.H404EbcCode, ceb.H404OrderNo, ceb.H404PayNo),
	512: layout(512, ceb.H512Guid, ceb.H512ReturnStatus, ceb.H512ReturnTime, ceb.H512ReturnInfo, ceb.H512LogisticsCode, ceb.H512LogisticsNo),
	506: layout(506, ceb.H506Guid, ceb.H506ReturnStatus, ceb.H506ReturnTime, ceb.H506ReturnInfo, ceb.H506LogisticsCode, ceb.H506LogisticsNo),
	514: layout(514, ceb.H514Guid, ceb.H514ReturnStatus, ceb.H514ReturnTime, ceb.H514ReturnInfo, ceb.H514LogisticsCode, ceb.H514LogisticsNo, ceb.H514LogisticsStatus),
	622: layout(622, ceb.H622Guid, ceb.H622ReturnStatus, ceb.H622ReturnTime, ceb.H622ReturnInfo, ceb.H622CustomsCode, ceb.H622EbpCode, ceb.H622EbcCode, ceb.H622AgentCode, ceb.H622CopNo, ceb.H622PreNo, ceb.H622InvtNo),
	604: layout(604, ceb.H604Guid, ceb.H604ReturnStatus, ceb.H604ReturnTime, ceb.H604ReturnInfo, ceb.H604AgentCode, ceb.H604CopNo, ceb.H604PreNo, ceb.H604InvtNo, ceb.H604EbcCode, ceb.H604EbpCode, ceb.H604OrderNo, ceb.H604StatisticsFlag),
	624: layout(624, ceb.H624Guid, ceb.H624ReturnStatus, ceb.H624ReturnTime, ceb.H624ReturnInfo, ceb.H624CustomsCode, ceb.H624AgentCode, ceb.H624EbpCode, ceb.H624EbcCode, ceb.H624CopNo, ceb.H624PreNo, ceb.H624InvtNo),
	606: layout(606, ceb.H606Guid, ceb.H606ReturnStatus, ceb.H606ReturnTime, ceb.H606ReturnInfo, ceb.H606AgentCode, ceb.H606CopNo, ceb.H606PreNo, ceb.H606InvtNo),
	508: layout(508, ceb.H508Guid, ceb.H508ReturnStatus, ceb.H508ReturnTime, ceb.H508ReturnInfo, ceb.H508OperatorCode, ceb.H508LogisticsCode, ceb.H508PreNo, ceb.H508CopNo, ceb.H508BillNo, ceb.H508MsgSeqNo),
	900: layout(900, ceb.H900Guid, ceb.H900ReturnStatus, ceb.H900ReturnTime, ceb.H900ReturnInfo, ceb.H900OriMessageType),
	510: layout(510, ceb.H510Guid, ceb.H510ReturnStatus, ceb.H510ReturnTime, ceb.H510ReturnInfo, ceb.H510LogisticsCode, ceb.H510CopNo, ceb.H510PreNo, ceb.H510MsgSeqNo),
}

func layout(k ceb.Kind, guid, status, at, info ceb.Field, identity ...ceb.Field) receiptLayout {
	n, _ := ceb.FieldCount(k)
	return receiptLayout{size: n, identity: identity, guid: guid, status: status, time: at, info: info}
}

// Nodes renders the receipts of a decision, one node a rung. The same decision
// always gives the same bytes: receipts are not stored.
func (v *Decision) Nodes() []ReceiptNode {
	if len(v.Receipts) == 0 {
		return nil
	}
	rungs, words := 0, 0
	for i := range v.Receipts {
		rungs += len(v.Receipts[i].Rungs)
		words += len(v.Receipts[i].Rungs) * receiptLayouts[v.Receipts[i].Kind].size
	}
	out, fields := make([]ReceiptNode, 0, rungs), make([]string, words)
	at := returnTime(v.At)
	for i := range v.Receipts {
		r := &v.Receipts[i]
		l, ok := receiptLayouts[r.Kind]
		if !ok {
			continue
		}
		for _, g := range r.Rungs {
			n := ReceiptNode{Kind: r.Kind, To: r.To, Seq: v.Seq, Index: len(out), Status: g.Status, Fields: fields[:l.size:l.size]}
			fields = fields[l.size:]
			for j, f := range l.identity {
				n.Fields[f] = r.Fields[j]
			}
			if g.Status < 120 && g.Status != 100 && r.Kind == 622 {
				n.Fields[ceb.H622InvtNo] = "" // given at 120
			}
			n.Fields[l.guid] = receiptGUID(v.Seq, len(out))
			n.Fields[l.status] = strconv.Itoa(int(g.Status))
			n.Fields[l.time] = at
			n.Fields[l.info] = returnInfo(g)
			out = append(out, n)
		}
	}
	return out
}

// AppendReceipts writes nodes of one kind as one receipt message: at most 100,
// of CEB900 one, as the schema has it.
func AppendReceipts(dst []byte, nodes []ReceiptNode) []byte {
	if len(nodes) == 0 {
		return dst
	}
	k := nodes[0].Kind
	dst = ceb.AppendOpen(dst, k, nodes[0].Fields[receiptLayouts[k].guid])
	for i := range nodes {
		dst = ceb.AppendNode(dst, k, nodes[i].Fields, nil)
	}
	return ceb.AppendClose(dst, k, nil)
}

// returnInfo is the text of a receipt: codes with their words as customs
// writes them ([Code:NNNN;Desc:…]), own words without, and the mark; at most
// 1,000 characters.
func returnInfo(g Rung) string {
	if len(g.Reasons) == 1 && len(g.Reasons[0].Args) == 0 {
		if text, ok := plainInfo[g.Reasons[0].Code]; ok && (Codes[g.Reasons[0].Code].Official || g.Status > 100) {
			return text
		}
	}
	var b strings.Builder
	count := 0
	for _, r := range g.Reasons {
		zh, from := r.Chinese(), b.Len()
		if i := Codes[r.Code]; i.Official || g.Status == 100 || g.Status < 0 {
			b.WriteString("[Code:" + r.Code + ";Desc:" + zh + "]")
		} else {
			b.WriteString(zh)
		}
		if count += utf8.RuneCountInString(b.String()[from:]); count > 900 {
			break
		}
	}
	if room := 1000 - markRunes; count > room {
		return string([]rune(b.String())[:room-1]) + "…" + Mark
	}
	b.WriteString(Mark)
	return b.String()
}

var markRunes = utf8.RuneCountInString(Mark)

// plainInfo holds the ready texts of codes that speak of no values.
var plainInfo = func() map[string]string {
	m := make(map[string]string)
	for code, i := range Codes {
		if !strings.Contains(i.ZH, "{") {
			if i.Official {
				m[code] = "[Code:" + code + ";Desc:" + i.ZH + "]" + Mark
			} else {
				m[code] = i.ZH + Mark
			}
		}
	}
	return m
}()

// returnTime is the receipt time 回执时间, Beijing, to the millisecond.
func returnTime(at int64) string {
	t := time.UnixMicro(at).In(clock.Beijing)
	return t.Format("20060102150405") + t.Format(".000")[1:]
}

// receiptGUID is the receipt's own number: made from the decision's, so that
// rendering it again gives the same.
func receiptGUID(seq uint64, index int) string {
	var in [24]byte
	copy(in[:], "receipt")
	binary.BigEndian.PutUint64(in[8:], seq)
	binary.BigEndian.PutUint64(in[16:], uint64(index))
	h := sha256.Sum256(in[:])
	const digits = "0123456789ABCDEF"
	var out [36]byte
	at := 0
	for i, b := range h[:16] {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			out[at] = '-'
			at++
		}
		out[at], out[at+1] = digits[b>>4], digits[b&15]
		at += 2
	}
	return string(out[:])
}

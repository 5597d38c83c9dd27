package taxbill

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Mark is the note of every bill, so that nobody takes it for customs'
// (DESIGN section 4). CEB818 has no note: there the PZ of the numbers tells.
const Mark = "平台自算税单，非海关税单；以海关电子税单为准 computed by the platform, customs' bill wins"

// Notice is one tax bill message, ready to be written: CEB816 when a bill is
// generated, CEB818 when its state changes.
type Notice struct {
	Seq    uint64 // number in the stream "taxbill": the cursor
	Kind   ceb.Kind
	TaxNo  string
	Status Status
	Fields []string   // by ceb.Field of the head
	Lines  [][]string // of a CEB816
}

// Notices returns up to limit messages for an enterprise (guarantor, merchant or
// declarant of the list) after a number, in order. The same question has the
// same answer, byte for byte.
func (s *Service) Notices(ctx context.Context, enterprise string, after uint64, limit int) ([]Notice, error) {
	rows, err := s.db.Read().QueryContext(ctx, `select b.`+strings.ReplaceAll(strings.Join(strings.Fields(columns), " "), ", ", ", b.")+
		`, n.seq, n.status, n.duty_no, n.at from tax_notice_parties p join tax_notices n on n.seq = p.seq join tax_bills b on b.decision = n.decision
		where p.party = $1 and p.seq > $2 order by p.seq limit $3`, enterprise, int64(after), max(limit, 1))
	if err != nil {
		return nil, store.Wrap("read tax bills", err)
	}
	defer rows.Close()
	var out []Notice
	for rows.Next() {
		var v Step
		b, err := scan(rows, &v.Seq, &v.Status, &v.DutyNo, &v.At)
		if err != nil {
			return nil, store.Wrap("read tax bills", err)
		}
		out = append(out, render(b, v))
	}
	return out, store.Wrap("read tax bills", rows.Err())
}

// render writes what became of a bill as the elements of its message.
func render(b *Bill, v Step) Notice {
	n := Notice{Seq: v.Seq, TaxNo: b.TaxNo, Status: v.Status}
	if v.Status != Generated {
		n.Kind, n.Fields = 818, make([]string, ceb.H818AssureCode+1)
		put(n.Fields, map[ceb.Field]string{ceb.H818Guid: guid(v.Seq), ceb.H818ReturnTime: returnTime(v.At), ceb.H818InvtNo: b.InvtNo, ceb.H818TaxNo: b.TaxNo,
			ceb.H818Status: digit(v.Status), ceb.H818EntDutyNo: v.DutyNo, ceb.H818AssureCode: b.Guarantor})
		return n
	}
	n.Kind, n.Fields = 816, make([]string, ceb.H816CustomsCode+1)
	put(n.Fields, map[ceb.Field]string{ceb.H816Guid: guid(v.Seq), ceb.H816ReturnTime: returnTime(v.At), ceb.H816InvtNo: b.InvtNo, ceb.H816TaxNo: b.TaxNo,
		ceb.H816CustomsTax: b.Duty.String(), ceb.H816ValueAddedTax: b.VAT.String(), ceb.H816ConsumptionTax: b.CT.String(), ceb.H816Status: digit(v.Status),
		ceb.H816Note: Mark, ceb.H816AssureCode: b.Guarantor, ceb.H816EbcCode: b.Merchant, ceb.H816LogisticsCode: b.Carrier, ceb.H816AgentCode: b.Agent,
		ceb.H816CustomsCode: b.Customs})
	for _, l := range b.Lines {
		line := make([]string, ceb.L816ConsumptionTax+1)
		put(line, map[ceb.Field]string{ceb.L816Gnum: strconv.Itoa(int(l.Gnum)), ceb.L816Gcode: clearance.HSCode(l.Code), ceb.L816TaxPrice: l.Dutiable.String(),
			ceb.L816CustomsTax: l.Duty.String(), ceb.L816ValueAddedTax: l.VAT.String(), ceb.L816ConsumptionTax: l.CT.String()})
		n.Lines = append(n.Lines, line)
	}
	return n
}

func put(to []string, fields map[ceb.Field]string) {
	for f, v := range fields {
		to[f] = v
	}
}

func digit(s Status) string { return strconv.Itoa(int(s)) }

// Append writes notices of one kind as one message.
func Append(dst []byte, notices []Notice) []byte {
	if len(notices) == 0 {
		return dst
	}
	k := notices[0].Kind
	dst = ceb.AppendOpen(dst, k, notices[0].Fields[ceb.H816Guid])
	for i := range notices {
		dst = ceb.AppendNode(dst, k, notices[i].Fields, notices[i].Lines)
	}
	return ceb.AppendClose(dst, k, nil)
}

// guid is the message's own number, made from its place in the stream, so that
// writing it again gives the same.
func guid(seq uint64) string {
	h := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("taxbill"), seq))
	x := strings.ToUpper(hex.EncodeToString(h[:16]))
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// returnTime is Beijing time to the millisecond, YYYYMMDDhhmmssSSS.
func returnTime(at int64) string {
	t := time.UnixMicro(at).In(clock.Beijing)
	return t.Format("20060102150405") + t.Format(".000")[1:]
}

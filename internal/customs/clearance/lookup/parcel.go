package lookup

import (
	"database/sql"
	"slices"
	"strings"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// Parcel is what the newest decisions say of a parcel (包裹), that is of its
// declaration list 清单.
type Parcel struct {
	Number    uint64
	Key       clearance.Key // keyed hash of the order's natural number
	Direction clearance.Direction
	Mode      string // tradeMode 监管方式; "" until the list was decided
	State     clearance.State
	Status    uint16    // newest receipt status 回执状态 of the list
	OrderNo   string    // 订单编号
	InvtNo    string    // 清单编号, given with status 120
	PreNo     string    // 预录入编号
	WaybillNo string    // 运单编号; "" until the list was decided
	CopNo     string    // 企业内部编号
	Merchant  string    // ebcCode 电商企业
	Platform  string    // ebpCode 电商平台
	Agent     string    // agentCode 申报企业
	Carrier   string    // logisticsCode 物流企业; "" until the list was decided
	Guarantor string    // assureCode 担保企业
	Customs   string    // customsCode 申报海关
	Country   string    // country of the list 启运国（运抵国）
	Goods     string    // HS heading of its most valuable line 主要商品品目, four digits; "" until the list was decided
	Reasons   []string  // codes of the newest status, without the notes borne besides
	Day       clock.Day // of the first list
	Value     money.Fen // dutiable value of an import, else the sum of the lines in yuan; 0 until the list was decided
	Dutiable  money.Fen // 完税价格
	Tax       money.Fen
	Declared  int64  // when the first list came, µs UTC
	Released  int64  // when it was released 放行, µs UTC; 0: it is not
	Decision  uint64 // the newest decision about it
	Updated   int64  // its time, µs UTC
}

// parties are the enterprises that have a part in the parcel, each once.
func (p *Parcel) parties() []string {
	out := make([]string, 0, 5)
next:
	for _, c := range [...]string{p.Merchant, p.Platform, p.Agent, p.Carrier, p.Guarantor} {
		if c == "" {
			continue
		}
		for _, o := range out {
			if o == c {
				continue next
			}
		}
		out = append(out, c)
	}
	return out
}

// Of tells whether the enterprise has a part in the parcel as it stands.
func (p *Parcel) Of(enterprise string) bool {
	for _, c := range p.parties() {
		if c == enterprise {
			return true
		}
	}
	return false
}

// columns are those of the table parcels, in the order of args and scan.
const columns = `number, key, direction, mode, state, status, order_no, invt_no, pre_no, waybill_no, cop_no,
	merchant, platform, agent, carrier, guarantor, customs, country, goods, reasons, day, value, dutiable, tax, declared, released, decision, updated`

const columnCount = 28

func (p *Parcel) args(to []any) []any {
	return append(to, int64(p.Number), p.Key[:], string(rune(p.Direction)), p.Mode, int64(p.State), int64(p.Status),
		p.OrderNo, p.InvtNo, p.PreNo, p.WaybillNo, p.CopNo, p.Merchant, p.Platform, p.Agent, p.Carrier, p.Guarantor, p.Customs,
		p.Country, p.Goods, strings.Join(p.Reasons, " "), int64(p.Day), int64(p.Value), int64(p.Dutiable), int64(p.Tax),
		p.Declared, p.Released, int64(p.Decision), p.Updated)
}

func scan(rows *sql.Rows) (p Parcel, err error) {
	var key []byte
	var direction, reasons string
	err = rows.Scan(&p.Number, &key, &direction, &p.Mode, &p.State, &p.Status, &p.OrderNo, &p.InvtNo, &p.PreNo, &p.WaybillNo, &p.CopNo,
		&p.Merchant, &p.Platform, &p.Agent, &p.Carrier, &p.Guarantor, &p.Customs,
		&p.Country, &p.Goods, &reasons, &p.Day, &p.Value, &p.Dutiable, &p.Tax, &p.Declared, &p.Released, &p.Decision, &p.Updated)
	copy(p.Key[:], key)
	p.Reasons = words(reasons)
	if direction != "" {
		p.Direction = clearance.Direction(direction[0])
	}
	return p, err
}

// learn takes over what a decision says of its parcel.
func (p *Parcel) learn(d *clearance.Decision) {
	p.Decision, p.Updated = d.Seq, d.At
	switch d.What {
	case clearance.DocRefused, clearance.DocRepeated, clearance.NotMoved:
		return // the parcel stands as before
	}
	isList := d.Kind == 621 || d.Kind == 603
	if isList && d.What == clearance.DocStored {
		p.restart()
	}
	p.Number, p.State = d.Number, d.To
	if d.Status != 0 || d.To == clearance.Withdrawn || d.To == clearance.Deleted {
		p.Status = d.Status
	}
	if d.Parcel != (clearance.Key{}) {
		p.Key = d.Parcel
	}
	if isList {
		p.identify(d)
	}
	if d.InvtNo != "" {
		p.InvtNo = d.InvtNo
	}
	p.Reasons = codes(Stopped(d))
	p.worth(d)
	p.passed(d)
}

// passed keeps when the parcel was released.
func (p *Parcel) passed(d *clearance.Decision) {
	switch p.State {
	case clearance.Released, clearance.Closed:
		if p.Released == 0 {
			p.Released = d.At
		}
	default:
		p.Released = 0
	}
}

// worth reads value, tax and goods from a decided list.
func (p *Parcel) worth(d *clearance.Decision) {
	if d.What != clearance.Decided {
		return
	}
	p.Dutiable, p.Tax = 0, 0
	value, origin, heading := valueOf(d.List)
	p.Value, p.Goods = value, heading
	if origin != "" && p.Direction == clearance.Import {
		p.Country = origin
	}
	if d.Tax != nil {
		p.Dutiable, p.Tax = d.Tax.Dutiable, d.Tax.Total()
		p.Value = p.Dutiable
	}
}

// yuan is customs' code of the currency.
const yuan = "142"

// valueOf adds the lines in yuan, and names origin and heading of the most
// valuable line. Lines in other currencies are not in the sum.
func valueOf(l *clearance.List) (sum money.Fen, origin, heading string) {
	if l == nil {
		return 0, "", ""
	}
	best := money.N5(-1)
	for i := range l.Lines {
		line := &l.Lines[i]
		if line.Total > best {
			best, origin, heading = line.Total, line.Country, clearance.HSCode(line.Code)[:4]
		}
		if line.Currency == yuan {
			fen, _ := line.Total.Fen()
			sum += fen
		}
	}
	return sum, origin, heading
}

// mostReasons is how many codes of a parcel are kept.
const mostReasons = 16

// codes are the codes of reasons, each once.
func codes(reasons []clearance.Reason) (out []string) {
	for _, r := range reasons {
		if len(out) < mostReasons && !slices.Contains(out, r.Code) {
			out = append(out, r.Code)
		}
	}
	return out
}

// Stopped are the reasons of a decision's newest status, without the notes that
// it bears besides.
func Stopped(d *clearance.Decision) []clearance.Reason {
	if n := len(d.Receipts); n > 0 && d.What == clearance.Decided {
		if rungs := d.Receipts[n-1].Rungs; len(rungs) > 0 {
			return rungs[len(rungs)-1].Reasons
		}
	}
	return d.Reasons
}

// restart forgets all but number, key and first day: a new version of the list
// stands under the number.
func (p *Parcel) restart() {
	*p = Parcel{Number: p.Number, Key: p.Key, Day: p.Day, Declared: p.Declared, Decision: p.Decision, Updated: p.Updated}
}

// identify reads the list's numbers and enterprises: from its facts where the
// decision carries them, else from the receipt's identity fields.
func (p *Parcel) identify(d *clearance.Decision) {
	p.Direction, p.OrderNo = clearance.Import, d.Subject
	if d.Kind == 603 {
		p.Direction = clearance.Export
	}
	for i := range d.Receipts {
		switch f := d.Receipts[i].Fields; d.Receipts[i].Kind {
		case 622: // customs, platform, merchant, agent, copNo, preNo, invtNo
			p.Customs, p.Platform, p.Merchant, p.Agent, p.CopNo, p.PreNo = f[0], f[1], f[2], f[3], f[4], f[5]
		case 604: // agent, copNo, preNo, invtNo, merchant, platform, orderNo, statisticsFlag
			p.Agent, p.CopNo, p.PreNo, p.Merchant, p.Platform, p.OrderNo = f[0], f[1], f[2], f[4], f[5], f[6]
		}
	}
	if l := d.List; l != nil {
		p.Mode, p.OrderNo, p.WaybillNo, p.Carrier, p.Country = l.Mode, l.OrderNo, l.WaybillNo, l.Carrier, l.Country
		p.Merchant, p.Platform, p.Agent, p.Guarantor, p.Customs = l.Merchant, l.Platform, l.Agent, l.Guarantor, l.Customs
		if l.CopNo != "" {
			p.CopNo = l.CopNo
		}
	}
}

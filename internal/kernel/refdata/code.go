package refdata

import (
	"fmt"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
)

// Unit is a customs unit of measure (计量单位代码) as a number: 35 for 035 千克.
// 0 is no unit.
type Unit uint16

// Units that rules speak of.
const (
	Piece    Unit = 11 // 件
	Sheet    Unit = 10 // 张
	Slice    Unit = 20 // 片
	Kilogram Unit = 35 // 千克
	Litre    Unit = 95 // 升
)

// UnitOf reads a three-digit unit code; ok is false for anything else.
func UnitOf(code []byte) (u Unit, ok bool) {
	n, ok := digits(code, 3)
	return Unit(n), ok
}

// String writes the three-digit code, "" for no unit.
func (u Unit) String() string {
	if u == 0 {
		return ""
	}
	return fmt.Sprintf("%03d", uint16(u))
}

// Mode is a supervision mode (监管方式, tradeMode) as a number: 9610.
type Mode uint16

// The modes of cross-border e-commerce.
const (
	DirectPurchase Mode = 9610 // 直购进口；一般出口
	Bonded         Mode = 1210 // 保税进口；特殊区域出口
	BondedA        Mode = 1239 // 保税电商 A
	B2BDirect      Mode = 9710 // 跨境电商 B2B 直接出口
	B2BWarehouse   Mode = 9810 // 跨境电商出口海外仓
)

// ModeOf reads a four-digit mode; ok is false for anything else.
func ModeOf(code []byte) (m Mode, ok bool) {
	n, ok := digits(code, 4)
	return Mode(n), ok
}

// String writes the four-digit mode.
func (m Mode) String() string { return fmt.Sprintf("%04d", uint16(m)) }

// digits reads exactly n digits.
func digits(b []byte, n int) (v uint64, ok bool) {
	if len(b) != n {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + uint64(c-'0')
	}
	return v, true
}

// CodeTable names a code table (代码表) for [Rules.Valid].
type CodeTable uint8

// The code tables that messages are checked against.
const (
	Currency      CodeTable = iota + 1 // 币制
	Country                            // 国家（地区）
	UnitCode                           // 计量单位
	District                           // 关区
	Port                               // 国外港口
	TransportMode                      // 运输方式
	WrapType                           // 包装种类
	TradeMode                          // 监管方式
	Division                           // 行政区划
	ReturnStatus                       // 回执状态
	lastCodeTable
)

// codeTables are the tables' names in the packs; each has the key column code.
var codeTables = [lastCodeTable]string{
	Currency: "code_currency", Country: "code_country", UnitCode: "code_unit", District: "code_customs_district", Port: "code_port",
	TransportMode: "code_transport_mode", WrapType: "code_wrap_type", TradeMode: "code_trade_mode", Division: "code_division",
	ReturnStatus: "code_return_status",
}

// String is the table's name in the packs, for look-ups of names with
// [pack.Set.Table].
func (t CodeTable) String() string {
	if t >= lastCodeTable {
		return ""
	}
	return codeTables[t]
}

// codes holds one set of packed codes a table.
type codes [lastCodeTable]map[uint64]struct{}

// packed is a code of up to 7 bytes as a number; ok is false for longer ones.
// A 1 before the first byte keeps codes of different lengths apart.
func packed(code []byte) (v uint64, ok bool) {
	if len(code) == 0 || len(code) > 7 {
		return 0, false
	}
	v = 1
	for _, c := range code {
		v = v<<8 | uint64(c)
	}
	return v, true
}

// codes builds the code sets of a day.
func (b *builder) codes(day clock.Day) *codes {
	var c codes
	for t := CodeTable(1); t < lastCodeTable; t++ {
		set := make(map[uint64]struct{})
		b.rows(t.String(), day, func(row pack.Row) {
			v, ok := packed([]byte(row.Text("code")))
			if !ok {
				b.fault(row, pack.Text{ZH: "代码超过 7 个字节", EN: "the code has more than 7 bytes"}, pack.Text{ZH: "缩短代码", EN: "shorten it"})
				return
			}
			set[v] = struct{}{}
		})
		c[t] = set
	}
	return &c
}

// Valid tells whether code stands in a code table.
func (r *Rules) Valid(table CodeTable, code []byte) bool {
	v, ok := packed(code)
	if !ok || table >= lastCodeTable {
		return false
	}
	_, ok = r.codes[table][v]
	return ok
}

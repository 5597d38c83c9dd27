// Package declaration takes in declarations of the national Single Window (报关单):
// what the platform did not clear itself, such as tickets over 5,000 yuan, exports
// with refund, or goods cleared in another place.
//
// A file (CSV or XLSX) or a list is taken whole or not at all: every bad row is
// named, and nothing of a refused file counts. A declaration is known by its
// number; a later version replaces the one before, which stays to be seen. What an
// enterprise files counts once an office has reviewed it (a matter), what an
// office files counts at once.
//
// Invariants: a declaration that sums up lists cleared here, or whose number is
// known to a parcel, is kept apart and never counts beside the parcels; of one
// number at most one version is in force.
package declaration

import (
	"embed"
	"errors"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of the service, in the services database.
func Migrations() []store.Migration {
	return []store.Migration{{File: store.Services, Owner: "declaration", FS: migrations}}
}

var (
	// ErrNotFound: there is no such file or declaration, or it is not the caller's.
	ErrNotFound = errors.New("declaration: there is none / 没有该报关单或文件")
	// ErrDenied: the caller may not do this.
	ErrDenied = errors.New("declaration: this is not yours to do / 无权进行该操作")
)

// Kind is what sort of declaration it is (报关单类型).
type Kind string

// The kinds.
const (
	Ordinary Kind = "ordinary" // 报关单
	Record   Kind = "record"   // 备案清单: goods into or out of a bonded zone
	Summary  Kind = "summary"  // 汇总报关单: sums up lists of parcels
)

// Status is where customs has it (报关单状态).
type Status string

// The states. Only released and closed ones count.
const (
	Declared  Status = "declared"  // 已申报
	Released  Status = "released"  // 放行
	Closed    Status = "closed"    // 结关
	Cancelled Status = "cancelled" // 删单、撤单
)

// Declaration is one version of a declaration.
type Declaration struct {
	Batch      string
	Line       int    // row of its file, from 1
	Number     string // 报关单号, 18 digits
	Kind       Kind
	Day        clock.Day // declared 申报日期
	Direction  clearance.Direction
	Mode       string    // 监管方式, four digits
	Country    string    // 启运国（运抵国）, three digits
	Enterprise string    // 境内收发货人, customs code
	Value      money.Fen // in yuan
	Currency   string    // customs' three digits; 142 is yuan
	Original   money.N5  // in that currency
	Status     Status
	Order      string // order or booking that it is bound to 关联订单或订舱号
	Aside      Aside  // why it does not count; "": it does
	State      State
}

// State is whether a version is in force.
type State int

// The states of a version.
const (
	Staged   State = 0 // its file was not accepted yet
	Current  State = 1 // in force
	Replaced State = 2 // a later version stands
)

// Aside is why a declaration is shown and does not count (另列原因).
type Aside string

// The reasons.
const (
	IsSummary   Aside = "summary"  // sums up lists of parcels 汇总报关单
	KnownHere   Aside = "known"    // its number is that of a parcel cleared here
	IntoBonded  Aside = "bonded"   // into or out of a bonded zone: counts when its parcels are released
	NotCBEC     Aside = "not-cbec" // another mode, bound to no order
	NotReleased Aside = "status"   // not released, or cancelled
)

// Words say the reason in Chinese and English.
func (a Aside) Words() (zh, en string) {
	switch a {
	case IsSummary:
		return "汇总报关单：其清单已在本平台计入", "sums up lists of parcels, which count by themselves"
	case KnownHere:
		return "编号与本平台已通关的清单相同，不重复计入", "its number is that of a list cleared here, which counts already"
	case IntoBonded:
		return "网购保税进出区：商品在零售清单放行时计入", "into or out of bonded storage: the goods count when their parcels are released"
	case NotCBEC:
		return "非跨境电商监管方式且未关联订单", "not a mode of cross-border e-commerce, and bound to no order"
	case NotReleased:
		return "未放行或已删撤单", "not released, or cancelled"
	}
	return "", ""
}

// modes that count by themselves: retail tickets with refund or over 5,000 yuan,
// B2B exports, exports to an overseas warehouse.
var cbecModes = map[string]bool{"9610": true, "9710": true, "9810": true}

// bondedModes are those of purchases from bonded storage.
var bondedModes = map[string]bool{"1210": true, "1239": true}

// place says why a declaration stands aside; known tells that a parcel has its
// number.
func (d *Declaration) place(known bool) Aside {
	switch {
	case d.Kind == Summary:
		return IsSummary
	case known:
		return KnownHere
	case d.Status != Released && d.Status != Closed:
		return NotReleased
	case d.Kind == Record || bondedModes[d.Mode]:
		return IntoBonded
	case !cbecModes[d.Mode] && d.Order == "":
		return NotCBEC
	}
	return ""
}

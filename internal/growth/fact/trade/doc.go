// Package trade keeps what was traded and cleared here (本平台通关): parcels, value
// and tax of each merchant by month, direction, mode and country, and whom each
// platform, declarant and carrier served.
//
// It is a rider of the search index (lookup.Config.Riders): the figures are made
// in the transaction in which the index takes decisions in, from what changed. A
// parcel counts while it is released or closed, in the month of the Beijing day
// of its first list; refused, withdrawn and returned ones do not count. A
// correction, however late, restates the month in which the parcel stands.
//
// Invariant: every figure is the sum over the parcels that lookup.Index.List shows
// under the filter that Open gives; any order of the same changes gives the same
// sums.
package trade

import (
	"embed"
	"strconv"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of the figures, in the search database.
func Migrations() []store.Migration {
	return []store.Migration{{File: store.Search, Owner: "facttrade", FS: migrations}}
}

// Service keeps and answers the figures. It is safe for many goroutines, but for
// Take and Clear, which are the index's.
type Service struct{ db *store.DB }

// New makes the service of a store in which [Migrations] have run.
func New(st *store.Store) *Service { return &Service{db: st.Search} }

// Sum is what some parcels come to.
type Sum struct {
	Parcels int64
	Value   money.Fen // customs value 完税价格 of imports, sum of the lines in yuan of exports
	Tax     money.Fen // tax at import 税款
}

func (s Sum) plus(o Sum) Sum { return Sum{s.Parcels + o.Parcels, s.Value + o.Value, s.Tax + o.Tax} }

// Month is a calendar month of Beijing as the number yyyymm.
type Month int

// MonthOf is the month of a day.
func MonthOf(d clock.Day) Month { return Month(d / 100) }

// Year is the calendar year.
func (m Month) Year() int { return int(m) / 100 }

// First is its first day.
func (m Month) First() clock.Day { return clock.Day(m*100 + 1) }

// Last is its last day.
func (m Month) Last() clock.Day { return m.First().AddMonths(1).AddDays(-1) }

// String writes "2026-11".
func (m Month) String() string {
	n := strconv.Itoa(int(m))
	return n[:len(n)-2] + "-" + n[len(n)-2:]
}

// Cell is what a merchant's parcels of one month, direction, mode and country
// come to.
type Cell struct {
	Month     Month
	Direction clearance.Direction
	Mode      string // tradeMode 监管方式
	Country   string // customs' three digits 国别
	Sum
}

// InForce are the states in which a parcel counts: released and not taken back
// since.
var InForce = []clearance.State{clearance.Released, clearance.Closed}

// Open chooses the parcels behind a merchant's figures of some days (0: no bound),
// by any of its codes.
func Open(from, to clock.Day, codes ...string) lookup.Filter {
	return lookup.Filter{Within: lookup.Everything(), Merchants: codes, States: InForce, From: from, To: to}
}

// Package award is the arithmetic of incentives (奖补额度): a lump sum that is
// capped in itself and as a share of the cost, and the support of public
// overseas warehouses over three years under one cap. It is pure: the figures
// come in as arguments, from the parameters of a pack.
//
// Every result is the most that may be granted (最高), never a promise: who decides
// grants less or nothing.
package award

import (
	"errors"
	"fmt"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
)

// Max is the most that may be granted: min(cap, share × cost), the share rounded
// once, half-up to the fen. A bound that is nil is not stated and does not
// bind; ok is false if none is stated, for then there is no figure. Errors: a
// negative amount, a share above 1, an amount that does not fit.
func Max(limit *money.Fen, share *money.Rate, cost *money.Fen) (most money.Fen, ok bool, err error) {
	switch {
	case limit != nil && *limit < 0:
		return 0, false, fmt.Errorf("cap: %w", money.ErrNegative)
	case cost != nil && *cost < 0:
		return 0, false, fmt.Errorf("cost: %w", money.ErrNegative)
	case share != nil && share.Cmp(money.RateOf(1, 0)) > 0:
		return 0, false, errors.New(`percent_cap: is above 1; 80 % is written "0.80" (大于 1；百分之八十写作 "0.80")`)
	case share != nil && cost == nil:
		return 0, false, errors.New("cost: is missing; a share needs the cost that it is taken of (缺少费用，无法按比例计算)")
	case limit == nil && share == nil:
		return 0, false, nil
	case share == nil:
		return *limit, true, nil
	}
	part, err := share.Of(*cost)
	if err != nil {
		return 0, false, fmt.Errorf("percent_cap × cost: %w", err)
	}
	if limit != nil {
		part = min(part, *limit)
	}
	return part, true, nil
}

// Terms are the terms of the support of public overseas warehouses (公共海外仓支持标准):
// what each warehouse gets at most in its first year and in each later year, and
// the cap of an enterprise over all years.
type Terms struct {
	First, Later money.Fen
	Cap          money.Fen // 累计上限 of an enterprise
	Years        int
	Source       pack.Source
}

// Names of the parameters that TermsOf reads.
const (
	paramFirst = "warehouse_award_first_year"
	paramLater = "warehouse_award_later_year"
	paramCap   = "warehouse_award_cumulative_cap"
	paramYears = "warehouse_award_years"
)

// TermsOf reads the terms in force on a day from the parameters
// warehouse_award_…; ok is false if the packs have none.
func TermsOf(s *pack.Set, day clock.Day) (t Terms, ok bool) {
	var v [4]*pack.Value
	for i, name := range []string{paramFirst, paramLater, paramCap, paramYears} {
		if v[i], ok = s.Param(name, day); !ok {
			return Terms{}, false
		}
	}
	return Terms{First: v[0].Fen(), Later: v[1].Fen(), Cap: v[2].Fen(), Years: int(v[3].Int()), Source: v[0].Source}, true
}

// Warehouses is the most that an enterprise may be granted year by year for n
// warehouses recognised in the same year. The cap is used up in the order of
// the years, so it cuts the later ones. n must not be negative.
func (t Terms) Warehouses(n int64) (years []money.Fen, total money.Fen, err error) {
	if n < 0 {
		return nil, 0, fmt.Errorf("warehouses: %w", money.ErrNegative)
	}
	left := t.Cap
	for i := range t.Years {
		each := t.Later
		if i == 0 {
			each = t.First
		}
		grant := left
		if each <= 0 || n <= int64(left/each) { // otherwise n × each is above what is left
			grant = money.Fen(n) * each
		}
		left -= grant
		total += grant
		years = append(years, grant)
	}
	return years, total, nil
}

// Package calculators is the public page of the calculators of incentives
// (奖补试算): the most that may be granted under a cap and a share of the cost, and the
// support of public overseas warehouses over three years, with the working.
//
// Invariants: the page asks package award, as the command line and the API do;
// every figure is "up to"; it reads without scripts and keeps nothing.
package calculators

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/growth/policy/award"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/money"
)

type pages struct {
	*ui.Shell
	zone *zone.Zone
}

// Register registers the page.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z}
	s.Nav(ui.Item{Group: ui.Policy, Path: "/calculators", ZH: "奖补试算", EN: "Award calculators", Icon: "coin", Need: access.Public})
	s.Get("/calculators", access.Public, p.show)
}

// view is the page: what was typed, what is wrong with it, and the answers.
type view struct {
	q      url.Values
	faults map[string]ui.Text

	asked          bool // for an award
	limit, cost    *money.Fen
	share          *money.Rate
	most, part     money.Fen
	stated         bool
	terms          award.Terms
	askedYears     bool
	warehouses     int64
	years          []money.Fen
	total, without money.Fen
	withoutFits    bool // without is the sum that the cap cuts
}

func (v *view) get(name string) string { return strings.TrimSpace(v.q.Get(name)) }

func (v *view) field(f ui.Field) ui.Field {
	f.Value, f.Error = v.get(f.Name), v.faults[f.Name]
	return f
}

func (v *view) status() int {
	if len(v.faults) > 0 {
		return http.StatusUnprocessableEntity
	}
	return 0
}

func (p *pages) show(w http.ResponseWriter, r *http.Request) error {
	v := &view{q: r.URL.Query(), faults: map[string]ui.Text{}}
	v.award()
	terms, err := p.zone.WarehouseTerms()
	if err != nil {
		return err
	}
	v.terms = terms
	v.ofWarehouses()
	return p.Show(w, r, ui.View{Title: ui.T("奖补试算", "Award calculators"), Status: v.status(), Body: page(v)})
}

// amount reads yuan; nil if nothing is typed.
func (v *view) amount(name string) *money.Fen {
	text := strings.ReplaceAll(v.get(name), ",", "")
	if text == "" {
		return nil
	}
	f, err := money.ParseFen(text)
	if err != nil || f < 0 {
		v.faults[name] = ui.T("填写元，至多两位小数，如 400000.00", "Write yuan with at most two decimals, such as 400000.00")
		return nil
	}
	return &f
}

// award answers the first calculator.
func (v *view) award() {
	if v.get("cap") == "" && v.get("percent") == "" && v.get("cost") == "" {
		return
	}
	v.limit, v.cost = v.amount("cap"), v.amount("cost")
	if text := v.get("percent"); text != "" {
		rate, err := money.ParsePercent(text)
		if err != nil || rate.Cmp(money.RateOf(1, 0)) > 0 {
			v.faults["percent"] = ui.T("填写 0 至 100 的百分数，如 80", "Write a percentage from 0 to 100, such as 80")
		} else {
			v.share = &rate
		}
	}
	if v.share != nil && v.cost == nil && v.faults["cost"] == (ui.Text{}) {
		v.faults["cost"] = ui.T("按比例计算需要填写费用", "A share needs the cost that it is taken of")
	}
	if len(v.faults) > 0 {
		return
	}
	most, stated, err := award.Max(v.limit, v.share, v.cost)
	if err != nil {
		v.faults["cost"] = ui.T("数值超出范围", "The figure is too large")
		return
	}
	v.asked, v.most, v.stated = true, most, stated
	if v.share != nil {
		v.part, _ = v.share.Of(*v.cost) // Max has taken it
	}
}

// ofWarehouses answers the second calculator.
func (v *view) ofWarehouses() {
	text := v.get("warehouses")
	if text == "" {
		return
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		v.faults["warehouses"] = ui.T("填写整数，如 4", "Write a whole number, such as 4")
		return
	}
	years, total, err := v.terms.Warehouses(n)
	if err != nil {
		v.faults["warehouses"] = ui.T("数值超出范围", "The figure is too large")
		return
	}
	v.askedYears, v.warehouses, v.years, v.total = true, n, years, total
	if each := v.terms.First + v.terms.Later*money.Fen(v.terms.Years-1); n <= 1_000_000 {
		v.without, v.withoutFits = each*money.Fen(n), true
	}
}

// each is what a warehouse gets at most in year i, from 0.
func (v *view) each(i int) money.Fen {
	if i == 0 {
		return v.terms.First
	}
	return v.terms.Later
}

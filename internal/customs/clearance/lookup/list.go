package lookup

import (
	"context"
	"strconv"
	"strings"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Filter chooses parcels; a zero field asks for nothing.
type Filter struct {
	Party     string // an enterprise that has a part in the parcel: merchant, platform, agent, carrier or guarantor
	State     clearance.State
	Direction clearance.Direction
	Mode      string    // tradeMode
	Customs   string    // district
	From, To  clock.Day // Beijing days of the first list, both included
}

// Page is a part of a list, newest parcels first.
type Page struct {
	Before uint64 // only parcels with smaller numbers: the last one of the page before; 0: from the newest
	Limit  int    // 1 to 1,000; 50 if 0
}

const (
	defaultPage = 50
	largestPage = 1000
)

// List returns a page of the parcels that the filter chooses, newest first.
func (x *Index) List(ctx context.Context, f Filter, page Page) ([]Parcel, error) {
	q := &question{}
	from := "parcels p"
	if f.Party != "" {
		from = "parties s join parcels p on p.number = s.number"
		q.where("s.party = ", f.Party)
		party := q.arg(f.Party)
		q.and(party + " in (p.merchant, p.platform, p.agent, p.carrier, p.guarantor)")
	}
	number := map[bool]string{true: "s.number", false: "p.number"}[f.Party != ""]
	if f.State != clearance.None {
		q.where("p.state = ", int64(f.State))
	}
	if f.Direction != 0 {
		q.where("p.direction = ", string(rune(f.Direction)))
	}
	if f.Mode != "" {
		q.where("p.mode = ", f.Mode)
	}
	if f.Customs != "" {
		q.where("p.customs = ", f.Customs)
	}
	if f.From != 0 || f.To != 0 {
		first, last, err := x.numbersOf(ctx, f.From, f.To)
		if err != nil || first == 0 {
			return nil, err
		}
		q.where(number+" >= ", first)
		q.where(number+" <= ", last)
		if f.From != 0 {
			q.where("p.day >= ", int64(f.From))
		}
		if f.To != 0 {
			q.where("p.day <= ", int64(f.To))
		}
	}
	if page.Before != 0 {
		q.where(number+" < ", int64(page.Before))
	}
	limit := page.Limit
	if limit <= 0 {
		limit = defaultPage
	}
	var out []Parcel
	err := x.query(ctx, func(p Parcel) { out = append(out, p) },
		`select `+qualified+` from `+from+q.text()+` order by `+number+` desc limit `+strconv.Itoa(min(limit, largestPage)), q.args...)
	return out, err
}

// qualified are the columns of parcels p.
var qualified = "p." + strings.Join(strings.FieldsFunc(columns, func(r rune) bool { return strings.ContainsRune(", \n\t", r) }), ", p.")

// numbersOf gives the smallest range of parcel numbers that holds all parcels of
// the days; zeros when there are none.
func (x *Index) numbersOf(ctx context.Context, from, to clock.Day) (first, last int64, err error) {
	if to == 0 {
		to = 99991231
	}
	err = x.db.Read().QueryRowContext(ctx, `select coalesce(min(first), 0), coalesce(max(last), 0) from days where day >= $1 and day <= $2`,
		int64(from), int64(to)).Scan(&first, &last)
	return first, last, store.Wrap("read search index", err)
}

// question collects the conditions of a query.
type question struct {
	conditions []string
	args       []any
}

func (q *question) arg(v any) string {
	q.args = append(q.args, v)
	return "$" + strconv.Itoa(len(q.args))
}

func (q *question) and(condition string)       { q.conditions = append(q.conditions, condition) }
func (q *question) where(before string, v any) { q.and(before + q.arg(v)) }

func (q *question) text() string {
	if len(q.conditions) == 0 {
		return ""
	}
	return " where " + strings.Join(q.conditions, " and ")
}

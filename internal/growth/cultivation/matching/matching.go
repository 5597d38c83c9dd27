// Package matching brings demand and supply together (供需对接): buyers and platforms
// say what they look for, factories and sellers what they have; pairs are scored
// with reasons, introduced, meet, and close deals.
//
// Invariants: who stands behind a listing and how to reach them is shown to nobody
// but offices until both sides have agreed to be introduced; an introduction
// counts in the year in which the second side agreed, a deal in the year of its
// signing and only once both sides confirmed it; the weights of a score are data
// (table match_weights). Seeds: 002 (1)(3)(7), 003 III(四)1, 004 2(一)1, 3(四)2.
package matching

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the tables, in the services database.
func Migrations() []store.Migration {
	return []store.Migration{cultivation.Migration, {File: store.Services, Owner: "matching", FS: files}}
}

// Side is whether something is looked for or offered. Its name is stored.
type Side string

// The sides.
const (
	Demand Side = "demand" // 采购需求
	Offer  Side = "offer"  // 供应
)

// Words are the side's names.
func (s Side) Words() pack.Text {
	return map[Side]pack.Text{Demand: {ZH: "采购需求", EN: "Demand"}, Offer: {ZH: "供应", EN: "Offer"}}[s]
}

// Listing is a demand or an offer (供需信息).
type Listing struct {
	ID           int64     `json:"id,omitempty" readOnly:"true"`
	Side         Side      `json:"side" enum:"demand,offer"`
	Party        string    `json:"party,omitempty" doc:"Whose it is; the caller's own if left out. Shown to its own side and offices until both sides agreed."`
	Title        string    `json:"title" maxLength:"80"`
	HS           string    `json:"hs" maxLength:"10" pattern:"^[0-9]{2,10}$" doc:"Commodity code, 2 to 10 digits."`
	Quantity     int64     `json:"quantity" minimum:"1" doc:"Wanted, or what can be delivered."`
	Unit         string    `json:"unit" maxLength:"12"`
	PriceFrom    money.Fen `json:"price_from,omitempty" doc:"Yuan a unit; 0: not said."`
	PriceTo      money.Fen `json:"price_to,omitempty"`
	Certificates []string  `json:"certificates,omitempty" maxItems:"20" doc:"Asked for, or there: CE, FDA, …"`
	Country      string    `json:"country,omitempty" maxLength:"3" doc:"Customs code of the destination; empty: any."`
	Delivery     clock.Day `json:"delivery,omitempty" doc:"Wanted by, or ready from."`
	County       string    `json:"county,omitempty" maxLength:"6" doc:"Division code."`
	Belt         string    `json:"belt,omitempty" maxLength:"64"`
	Until        clock.Day `json:"until" doc:"Last day on which it stands."`
	State        string    `json:"state,omitempty" readOnly:"true" doc:"open or closed."`
	Contact      string    `json:"contact,omitempty" maxLength:"200" doc:"Stored sealed."`

	sealed []byte
}

// Match is a listing of the other side with its score, of 100.
type Match struct {
	Listing Listing              `json:"listing"`
	Points  int64                `json:"points"`
	Reasons []cultivation.Reason `json:"reasons"`
}

// Service is the room. Its methods are safe for concurrent use.
type Service struct{ *cultivation.Desk }

// New makes the room on a store in which Migrations have run.
func New(d *cultivation.Desk) *Service { return &Service{d} }

const columns = `id, side, party, title, hs, quantity, unit, price_from, price_to, certificates, country, delivery, county, belt, until, state, contact`

func scan(r cultivation.Row, v *Listing) error {
	var certificates string
	if err := r.Scan(&v.ID, (*string)(&v.Side), &v.Party, &v.Title, &v.HS, &v.Quantity, &v.Unit, (*int64)(&v.PriceFrom), (*int64)(&v.PriceTo), &certificates, &v.Country, (*int32)(&v.Delivery), &v.County, &v.Belt, (*int32)(&v.Until), &v.State, &v.sealed); err != nil {
		return err
	}
	v.Certificates = strings.Fields(certificates)
	return nil
}

// Listings are the open listings of a side, without who stands behind those of
// others; with mine, the caller's own alone, closed ones too.
func (s *Service) Listings(ctx context.Context, side Side, mine bool) ([]Listing, error) {
	if !access.Of(ctx).May(access.ListingEdit) {
		return nil, cultivation.ErrDenied
	}
	where, args := "state = 'open' and until >= $2", []any{int64(s.Today())}
	if mine {
		where, args = cultivation.In("party", cultivation.Parties(ctx), 2)
	}
	list, err := cultivation.All(ctx, s.Reader(), scan, `select `+columns+` from matching_listings where ($1 = '' or side = $1) and `+where+` order by id desc limit 500`, append([]any{string(side)}, args...)...)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if err := s.show(ctx, &list[i], false); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// show opens the contact for the listing's own side and for whom it is introduced
// to; for others it hides who stands behind it. Offices see whose it is, and the
// contact of one listing at a time: lists of contacts are nobody's work.
func (s *Service) show(ctx context.Context, l *Listing, introduced bool) error {
	sees, office := cultivation.Reach(ctx, access.ListingEdit, l.Party)
	switch {
	case office:
		return nil // see Listing
	case !sees && !introduced:
		l.Party = ""
		return nil
	}
	return s.open(l)
}

// open opens the contact of a listing.
func (s *Service) open(l *Listing) error {
	plain, err := s.Keys.Open(nil, l.sealed, cultivation.Bound("listing", l.ID))
	if err != nil {
		return fmt.Errorf("listing %d: %w", l.ID, err)
	}
	l.Contact = string(plain)
	return nil
}

// Listing is one by its number; that an office reads its contact is written into the
// chain first. Errors: cultivation.ErrNotFound, ErrDenied.
func (s *Service) Listing(ctx context.Context, id int64) (*Listing, error) {
	if !access.Of(ctx).May(access.ListingEdit) {
		return nil, cultivation.ErrDenied
	}
	l, err := one(ctx, s.Reader(), id)
	if err != nil {
		return nil, err
	}
	sees, _ := cultivation.Reach(ctx, access.ListingEdit, l.Party)
	if !sees && (l.State != "open" || l.Until < s.Today()) {
		return nil, cultivation.ErrNotFound
	}
	if _, office := cultivation.Reach(ctx, access.ListingEdit, l.Party); office {
		if err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			return s.Wrote(ctx, tx, cultivation.Did{Room: "listing", ID: id, Act: "contact_read"})
		}); err != nil {
			return nil, err
		}
		return l, s.open(l)
	}
	return l, s.show(ctx, l, false)
}

func one(ctx context.Context, q cultivation.Querier, id int64) (*Listing, error) {
	return cultivation.One(ctx, q, scan, `select `+columns+` from matching_listings where id = $1`, id)
}

func (l *Listing) check(today clock.Day) error {
	if l.Side != Demand && l.Side != Offer {
		return cultivation.Invalid("side", "须为采购需求或供应", "it is a demand or an offer", "选择其一", "choose one")
	}
	for _, v := range []struct {
		text        *string
		field       string
		words       pack.Text
		least, most int
	}{
		{&l.Title, "title", pack.Text{ZH: "标题", EN: "the title"}, 2, 80}, {&l.HS, "hs", pack.Text{ZH: "商品编码", EN: "the commodity code"}, 2, 10}, {&l.Unit, "unit", pack.Text{ZH: "单位", EN: "the unit"}, 1, 12},
		{&l.Country, "country", pack.Text{ZH: "国别", EN: "the country"}, 0, 3}, {&l.County, "county", pack.Text{ZH: "县区", EN: "the county"}, 0, 6}, {&l.Belt, "belt", pack.Text{ZH: "产业带", EN: "the belt"}, 0, 64}, {&l.Contact, "contact", pack.Text{ZH: "联系方式", EN: "the contact"}, 2, 200},
	} {
		if err := cultivation.Clean(v.text, v.field, v.words, v.least, v.most); err != nil {
			return err
		}
	}
	if strings.Trim(l.HS, "0123456789") != "" {
		return cultivation.Invalid("hs", "商品编码须为数字", "the commodity code is digits", "填写 2 至 10 位数字", "give 2 to 10 digits")
	}
	if at := cultivation.Wrong("quantity from to until delivery", l.Quantity < 1, l.PriceFrom < 0, l.PriceTo < 0 || l.PriceTo != 0 && l.PriceTo < l.PriceFrom, !l.Until.Valid() || l.Until < today, l.Delivery != 0 && !l.Delivery.Valid()); at != "" {
		return cultivation.Invalid("amounts", "数量、价格或日期有误", "quantity, prices or days are not in order", "数量至少 1，价格上限不低于下限，有效期不早于今日", "at least 1, a highest price not below the lowest, and a last day not in the past").At(at)
	}
	for i, c := range l.Certificates {
		l.Certificates[i] = strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(c), " ", "-"))
	}
	slices.Sort(l.Certificates)
	l.Certificates = slices.Compact(l.Certificates)
	if len(l.Certificates) > 20 || len(strings.Join(l.Certificates, " ")) > 400 {
		return cultivation.Invalid("certificates", "认证过多", "there are too many certificates", "最多 20 项", "at most 20")
	}
	return nil
}

// List puts a listing up. Errors: cultivation.ErrDenied, ErrNotOwn, refusals of what
// is not in order.
func (s *Service) List(ctx context.Context, l Listing) (*Listing, error) {
	if !access.Of(ctx).May(access.ListingEdit) {
		return nil, cultivation.ErrDenied
	}
	if err := l.check(s.Today()); err != nil {
		return nil, err
	}
	party, err := cultivation.Party(ctx, l.Party)
	if err != nil {
		return nil, err
	}
	l.Party, l.State = party, "open"
	return &l, s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if l.ID, err = s.Number(ctx, tx, "listing"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into matching_listings (`+columns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
			l.ID, string(l.Side), l.Party, l.Title, l.HS, l.Quantity, l.Unit, int64(l.PriceFrom), int64(l.PriceTo), strings.Join(l.Certificates, " "), l.Country, int64(l.Delivery), l.County, l.Belt, int64(l.Until), l.State,
			s.Keys.Seal(nil, []byte(l.Contact), cultivation.Bound("listing", l.ID))); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "listing", ID: l.ID, Act: "opened", Note: l.Title})
	})
}

// Close takes a listing down. Errors: cultivation.ErrNotFound, ErrState.
func (s *Service) Close(ctx context.Context, id int64) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		l, err := one(ctx, tx, id)
		if err != nil {
			return err
		}
		if sees, _ := cultivation.Reach(ctx, access.ListingEdit, l.Party); !sees {
			return cultivation.ErrNotFound
		}
		if l.State != "open" {
			return cultivation.ErrState
		}
		if _, err := tx.Exec(ctx, `update matching_listings set state = 'closed' where id = $1`, id); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "listing", ID: id, Act: "closed", Note: l.Title})
	})
}

// Matches are the open listings of the other side that fit one, the best first.
// Errors: cultivation.ErrNotFound.
func (s *Service) Matches(ctx context.Context, id int64) ([]Match, error) {
	l, err := s.Listing(ctx, id)
	if err != nil {
		return nil, err
	}
	if sees, _ := cultivation.Reach(ctx, access.ListingEdit, l.Party); !sees {
		return nil, cultivation.ErrNotFound
	}
	other := Offer
	if l.Side == Offer {
		other = Demand
	}
	weights := s.weights()
	list, err := cultivation.All(ctx, s.Reader(), scan, `select `+columns+` from matching_listings where side = $1 and state = 'open' and until >= $2 and party <> $3 order by id`, string(other), int64(s.Today()), l.Party)
	var out []Match
	for i := range list {
		demand, offer := l, &list[i]
		if l.Side == Offer {
			demand, offer = offer, demand
		}
		points, reasons := score(demand, offer, weights)
		if points == 0 {
			continue
		}
		if err := s.show(ctx, &list[i], false); err != nil {
			return nil, err
		}
		out = append(out, Match{list[i], points, reasons})
	}
	slices.SortStableFunc(out, func(a, b Match) int { return int(b.Points - a.Points) })
	return out[:min(len(out), 50)], err
}

// weights are those of the criteria that the packs lay down today.
func (s *Service) weights() map[string]int64 {
	return cultivation.Weights(s.Rules(), "trade", s.Today())
}

// scored is a score as it is kept.
func scored(points int64, reasons []cultivation.Reason) (string, error) {
	b, err := json.Marshal(struct {
		Points  int64                `json:"points"`
		Reasons []cultivation.Reason `json:"reasons"`
	}{points, reasons})
	return string(b), err
}

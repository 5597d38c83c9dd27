package matching

import (
	"context"
	"encoding/json"
	"fmt"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

// State is how an introduction stands. Its name is stored.
type State string

// The states of introductions.
const (
	Proposed State = "proposed"
	Agreed   State = "agreed"
	Declined State = "declined"
	Dealt    State = "dealt"
)

// Words are the state's names.
func (s State) Words() pack.Text {
	return map[State]pack.Text{Proposed: {ZH: "待双方同意", EN: "proposed"}, Agreed: {ZH: "已对接", EN: "introduced"}, Declined: {ZH: "已谢绝", EN: "declined"}, Dealt: {ZH: "已成交", EN: "closed a deal"}}[s]
}

// Introduction is a demand and an offer brought together (对接).
type Introduction struct {
	ID        int64                `json:"id"`
	Demand    Listing              `json:"demand"`
	Offer     Listing              `json:"offer"`
	State     State                `json:"state"`
	BuyerYes  bool                 `json:"buyer_yes"`
	SellerYes bool                 `json:"seller_yes"`
	Points    int64                `json:"points" doc:"Of 100, when it was proposed."`
	Reasons   []cultivation.Reason `json:"reasons"`
	At        int64                `json:"at" doc:"µs UTC"`
	AgreedOn  clock.Day            `json:"agreed_on,omitempty"`
	Meetings  []Meeting            `json:"meetings"`
	Deals     []Deal               `json:"deals"`
	Side      Side                 `json:"side,omitempty" doc:"Which side the caller is; empty for offices."`

	demand, offer int64
	buyer, seller string
	score         string
}

// Meeting is a meeting of the two (洽谈).
type Meeting struct {
	Number  int64     `json:"number" readOnly:"true"`
	Day     clock.Day `json:"day"`
	Place   string    `json:"place" maxLength:"120"`
	Minutes string    `json:"minutes,omitempty" maxLength:"1000" doc:"Stored sealed."`
}

// Deal is a deal that the two closed (成交); it counts once both confirmed it.
type Deal struct {
	Number    int64     `json:"number"`
	Value     money.Fen `json:"value" doc:"Yuan"`
	Day       clock.Day `json:"day" doc:"Signed on."`
	BuyerYes  bool      `json:"buyer_yes"`
	SellerYes bool      `json:"seller_yes"`
}

const introductionColumns = `id, demand, offer, buyer, seller, state, buyer_yes, seller_yes, score, proposed, agreed`

func scanIntroduction(r cultivation.Row, v *Introduction) error {
	return r.Scan(&v.ID, &v.demand, &v.offer, &v.buyer, &v.seller, (*string)(&v.State), &v.BuyerYes, &v.SellerYes, &v.score, &v.At, (*int32)(&v.AgreedOn))
}

// side is which side of an introduction the caller is; sees tells whether it may see
// it at all.
func (i *Introduction) side(ctx context.Context) (side Side, sees bool) {
	buyer, office := cultivation.Reach(ctx, access.ListingEdit, i.buyer)
	if office {
		return "", true
	}
	if buyer {
		return Demand, true
	}
	seller, _ := cultivation.Reach(ctx, access.ListingEdit, i.seller)
	return Offer, seller
}

// Propose proposes an introduction. Who stands on one of the sides agrees to it
// thereby; an office asks both. Errors: cultivation.ErrNotFound, ErrDenied,
// ErrState.
func (s *Service) Propose(ctx context.Context, demand, offer int64) (*Introduction, error) {
	var id int64
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		d, err := one(ctx, tx, demand)
		if err != nil {
			return err
		}
		o, err := one(ctx, tx, offer)
		if err != nil {
			return err
		}
		i := &Introduction{buyer: d.Party, seller: o.Party}
		side, sees := i.side(ctx)
		open := func(l *Listing) bool { return l.State == "open" && l.Until >= s.Today() }
		switch {
		case !sees:
			return cultivation.ErrNotFound
		case d.Side != Demand || o.Side != Offer || d.Party == o.Party || !open(d) || !open(o):
			return cultivation.ErrState
		}
		working, err := scored(score(d, o, s.weights()))
		if err != nil {
			return err
		}
		if id, err = s.Number(ctx, tx, "introduction"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into matching_introductions (`+introductionColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)`,
			id, demand, offer, d.Party, o.Party, string(Proposed), side == Demand, side == Offer, working, s.Now()); err != nil {
			return err
		}
		i.ID = id
		if err := s.tell(ctx, tx, i, side, "proposed", pack.Text{ZH: "有一项供需对接待您答复", EN: "An introduction waits for your answer"}); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "introduction", ID: id, Act: "proposed", Note: d.Title + " · " + o.Title})
	})
	if store.KindOf(err) == store.ErrDuplicate {
		return nil, cultivation.ErrState
	}
	if err != nil {
		return nil, err
	}
	return s.Introduction(ctx, id)
}

// Answer agrees to an introduction or declines it, for the caller's side. Errors:
// cultivation.ErrNotFound, ErrState, ErrDenied (an office has no side).
func (s *Service) Answer(ctx context.Context, id int64, yes bool) (*Introduction, error) {
	return s.change(ctx, id, func(ctx context.Context, tx *store.Tx, i *Introduction, side Side) error {
		switch {
		case side == "":
			return cultivation.ErrDenied
		case i.State != Proposed:
			return cultivation.ErrState
		}
		act := "declined"
		if yes {
			act = "agreed"
			i.BuyerYes, i.SellerYes = i.BuyerYes || side == Demand, i.SellerYes || side == Offer
		} else {
			i.State = Declined
		}
		if i.BuyerYes && i.SellerYes {
			i.State, i.AgreedOn = Agreed, s.Today()
		}
		if err := i.write(ctx, tx); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, i, side, act, i.answered()); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "introduction", ID: id, Act: act, Note: string(side)})
	})
}

// answered are the words for the other side once one has answered.
func (i *Introduction) answered() pack.Text {
	switch i.State {
	case Agreed:
		return pack.Text{ZH: "供需对接双方均已同意，可查看对方联系方式", EN: "Both sides agreed to the introduction: the contacts are shown"}
	case Declined:
		return pack.Text{ZH: "对方谢绝了供需对接", EN: "The other side declined the introduction"}
	}
	return pack.Text{ZH: "对方已同意供需对接，待您答复", EN: "The other side agreed to the introduction and waits for your answer"}
}

// tell puts what one side did to the bell of the other, of both for an office.
func (s *Service) tell(ctx context.Context, tx *store.Tx, i *Introduction, side Side, act string, words pack.Text) error {
	n := cultivation.News{Link: fmt.Sprintf("/matching/introductions/%d", i.ID), Act: act, Words: words}
	if side != Demand {
		if err := s.Tell(ctx, tx, i.buyer, n); err != nil {
			return err
		}
	}
	if side != Offer {
		return s.Tell(ctx, tx, i.seller, n)
	}
	return nil
}

func (i *Introduction) write(ctx context.Context, tx *store.Tx) error {
	_, err := tx.Exec(ctx, `update matching_introductions set state = $1, buyer_yes = $2, seller_yes = $3, agreed = $4 where id = $5`, string(i.State), i.BuyerYes, i.SellerYes, int64(i.AgreedOn), i.ID)
	return err
}

// Meet records a meeting of an introduction that both agreed to. Errors:
// cultivation.ErrNotFound, ErrState.
func (s *Service) Meet(ctx context.Context, id int64, m Meeting) (*Introduction, error) {
	if err := cultivation.Clean(&m.Place, "place", pack.Text{ZH: "地点", EN: "the place"}, 1, 120); err != nil {
		return nil, err
	}
	if err := cultivation.Clean(&m.Minutes, "minutes", pack.Text{ZH: "纪要", EN: "the minutes"}, 0, 1000); err != nil {
		return nil, err
	}
	return s.change(ctx, id, func(ctx context.Context, tx *store.Tx, i *Introduction, _ Side) error {
		switch {
		case i.State != Agreed && i.State != Dealt:
			return cultivation.ErrState
		case !m.Day.Valid() || m.Day > s.Today() || m.Day < i.AgreedOn:
			return errDay
		}
		n, err := s.Number(ctx, tx, fmt.Sprintf("meeting:%d", id))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into matching_meetings (introduction, number, day, place, minutes) values ($1, $2, $3, $4, $5)`,
			id, n, int64(m.Day), m.Place, s.Keys.Seal(nil, []byte(m.Minutes), cultivation.Bound("meeting", id, n))); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "introduction", ID: id, Act: "met", Note: m.Day.String()})
	})
}

var errDay = cultivation.Invalid("day", "日期须在对接之后且不晚于今日", "the day lies after the introduction and not in the future", "修改日期", "mend the day")

// Deal records a deal for the caller's side; the other confirms it. Errors:
// cultivation.ErrNotFound, ErrState, ErrDenied.
func (s *Service) Deal(ctx context.Context, id int64, value money.Fen, day clock.Day) (*Introduction, error) {
	return s.change(ctx, id, func(ctx context.Context, tx *store.Tx, i *Introduction, side Side) error {
		switch {
		case side == "":
			return cultivation.ErrDenied
		case i.State != Agreed && i.State != Dealt:
			return cultivation.ErrState
		case !day.Valid() || day > s.Today() || day < i.AgreedOn:
			return errDay
		case value <= 0 || value > 1e15:
			return cultivation.Invalid("value", "成交金额有误", "the value is not in order", "填写大于零的金额", "give an amount above nought")
		}
		n, err := s.Number(ctx, tx, fmt.Sprintf("deal:%d", id))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into matching_deals (introduction, number, value, day, buyer_yes, seller_yes) values ($1, $2, $3, $4, $5, $6)`, id, n, int64(value), int64(day), side == Demand, side == Offer); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "introduction", ID: id, Act: "deal_named", Note: value.String()})
	})
}

// Confirm confirms a deal for the caller's side. Errors: cultivation.ErrNotFound,
// ErrState, ErrDenied.
func (s *Service) Confirm(ctx context.Context, id, number int64) (*Introduction, error) {
	return s.change(ctx, id, func(ctx context.Context, tx *store.Tx, i *Introduction, side Side) error {
		if side == "" {
			return cultivation.ErrDenied
		}
		column := map[Side]string{Demand: "buyer_yes", Offer: "seller_yes"}[side]
		done, err := tx.Exec(ctx, `update matching_deals set `+column+` = true where introduction = $1 and number = $2 and `+column+` = false`, id, number)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			if err == nil {
				err = cultivation.ErrState
			}
			return err
		}
		i.State = Dealt
		if err := i.write(ctx, tx); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "introduction", ID: id, Act: "deal_confirmed", Note: fmt.Sprint(number)})
	})
}

func (s *Service) change(ctx context.Context, id int64, f func(context.Context, *store.Tx, *Introduction, Side) error) (*Introduction, error) {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `update matching_introductions set proposed = proposed where id = $1`, id); err != nil {
			return err
		}
		i, err := cultivation.One(ctx, tx, scanIntroduction, `select `+introductionColumns+` from matching_introductions where id = $1`, id)
		if err != nil {
			return err
		}
		side, sees := i.side(ctx)
		if !sees {
			return cultivation.ErrNotFound
		}
		return f(ctx, tx, i, side)
	})
	if err != nil {
		return nil, err
	}
	return s.Introduction(ctx, id)
}

// Introductions are those of the caller's sides, all for offices, the newest first.
func (s *Service) Introductions(ctx context.Context) ([]Introduction, error) {
	where, args := "1 = 1", []any(nil)
	switch access.Of(ctx).Scope(access.ListingEdit) {
	case access.None:
		return nil, cultivation.ErrDenied
	case access.Own:
		buyer, values := cultivation.In("buyer", cultivation.Parties(ctx), 1)
		seller, _ := cultivation.In("seller", cultivation.Parties(ctx), 1)
		where, args = buyer+" or "+seller, values
	}
	list, err := cultivation.All(ctx, s.Reader(), scanIntroduction, `select `+introductionColumns+` from matching_introductions where `+where+` order by id desc limit 500`, args...)
	for i := range list {
		if err == nil {
			err = s.fill(ctx, &list[i])
		}
	}
	return list, err
}

// Introduction is one by its number. Errors: cultivation.ErrNotFound.
func (s *Service) Introduction(ctx context.Context, id int64) (*Introduction, error) {
	i, err := cultivation.One(ctx, s.Reader(), scanIntroduction, `select `+introductionColumns+` from matching_introductions where id = $1`, id)
	if err != nil {
		return nil, err
	}
	if _, sees := i.side(ctx); !sees {
		return nil, cultivation.ErrNotFound
	}
	return i, s.fill(ctx, i)
}

// fill reads what belongs to an introduction; contacts of the other side only once
// both agreed.
func (s *Service) fill(ctx context.Context, i *Introduction) error {
	i.Side, _ = i.side(ctx)
	var kept struct {
		Points  int64                `json:"points"`
		Reasons []cultivation.Reason `json:"reasons"`
	}
	if err := json.Unmarshal([]byte(i.score), &kept); err != nil {
		return err
	}
	i.Points, i.Reasons = kept.Points, kept.Reasons
	introduced := i.State == Agreed || i.State == Dealt
	for _, v := range []struct {
		id int64
		to *Listing
	}{{i.demand, &i.Demand}, {i.offer, &i.Offer}} {
		l, err := one(ctx, s.Reader(), v.id)
		if err != nil {
			return err
		}
		if err := s.show(ctx, l, introduced); err != nil {
			return err
		}
		*v.to = *l
	}
	var err error
	if i.Deals, err = cultivation.All(ctx, s.Reader(), func(r cultivation.Row, v *Deal) error {
		return r.Scan(&v.Number, (*int64)(&v.Value), (*int32)(&v.Day), &v.BuyerYes, &v.SellerYes)
	}, `select number, value, day, buyer_yes, seller_yes from matching_deals where introduction = $1 order by number`, i.ID); err != nil {
		return err
	}
	sealed := map[int64][]byte{}
	i.Meetings, err = cultivation.All(ctx, s.Reader(), func(r cultivation.Row, v *Meeting) error {
		var minutes []byte
		err := r.Scan(&v.Number, (*int32)(&v.Day), &v.Place, &minutes)
		sealed[v.Number] = minutes
		return err
	}, `select number, day, place, minutes from matching_meetings where introduction = $1 order by number`, i.ID)
	for k := range i.Meetings {
		m := &i.Meetings[k]
		plain, err := s.Keys.Open(nil, sealed[m.Number], cultivation.Bound("meeting", i.ID, m.Number))
		if err != nil {
			return fmt.Errorf("meeting %d of introduction %d: %w", m.Number, i.ID, err)
		}
		m.Minutes = string(plain)
	}
	return err
}

// Counted is one thing that counts for a year: an introduction, a meeting or a deal.
type Counted struct {
	Introduction int64
	What         string // introduction, meeting, deal
	Day          clock.Day
	Value        money.Fen // of a deal
	Parties      [2]string // buyer and seller
	Counties     [2]string
	Belts        [2]string
}

// Counted are all that counts for a year. Programs of the house ask.
func (s *Service) Counted(ctx context.Context, year int) ([]Counted, error) {
	from, to := int64(year)*10000, int64(year)*10000+1231
	return cultivation.All(ctx, s.Reader(), func(r cultivation.Row, v *Counted) error {
		return r.Scan(&v.Introduction, &v.What, (*int32)(&v.Day), (*int64)(&v.Value), &v.Parties[0], &v.Parties[1], &v.Counties[0], &v.Counties[1], &v.Belts[0], &v.Belts[1])
	}, `select i.id, x.what, x.day, x.value, i.buyer, i.seller, d.county, o.county, d.belt, o.belt from matching_introductions i
		join matching_listings d on d.id = i.demand join matching_listings o on o.id = i.offer
		join (select id as introduction, 'introduction' as what, agreed as day, 0 as value from matching_introductions where agreed > 0
			union all select introduction, 'meeting', day, 0 from matching_meetings
			union all select introduction, 'deal', day, value from matching_deals where buyer_yes and seller_yes) x on x.introduction = i.id
		where x.day between $1 and $2 order by x.day, i.id, x.what`, from, to)
}

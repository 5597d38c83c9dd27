package park

import (
	"context"
	"regexp"
	"strings"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

// Goods are goods on display in a centre (展品): with the source factory, and shown
// in the online zone of its belt if they are online.
type Goods struct {
	Number   int64
	Place    string // the centre
	Belt     string // id; "" none
	Factory  string // customs code of a filed enterprise; "" if it is not filed
	Maker    string // its name as shown
	Title    string
	HS       string // four to ten digits
	Price    money.Fen
	Unit     string
	Online   bool
	Since    clock.Day
	Until    clock.Day // last day; 0: open
	Revision uint64
}

var hsPattern = regexp.MustCompile(`^([0-9]{4}|[0-9]{6}|[0-9]{8}|[0-9]{10})$`)

func (g *Goods) check() error {
	g.Title, g.Maker, g.Unit = strings.TrimSpace(g.Title), strings.TrimSpace(g.Maker), strings.TrimSpace(g.Unit)
	switch {
	case g.Title == "":
		return wrong("title", "须填写品名", "a name is needed", "填写商品名称", "write what it is")
	case !hsPattern.MatchString(g.HS):
		return wrong("hs", "商品编码须为 4、6、8 或 10 位数字", "the commodity code has 4, 6, 8 or 10 digits", "例如 6302", "such as 6302")
	case g.Price < 0:
		return wrong("price", "价格不得为负", "the price is below zero", "填写人民币价格", "write it in yuan")
	case g.Factory != "" && !codePattern.MatchString(g.Factory):
		return wrong("factory", "企业海关编码须为 10 位", "the customs code has ten characters", "核对编码，或留空并填写厂名", "check it, or leave it out and write the maker's name")
	case g.Factory == "" && g.Maker == "":
		return wrong("maker", "须填写源头工厂", "the source factory is needed", "填写已备案企业编码或厂名", "write a filed enterprise's code or the maker's name")
	}
	for _, f := range []struct {
		field, text string
		most        int
	}{{"title", g.Title, 120}, {"maker", g.Maker, 80}, {"unit", g.Unit, 20}} {
		if r := tooLong(f.field, f.text, f.most); r != nil {
			return r
		}
	}
	return span(g.Since, g.Until)
}

// Display puts goods on display or changes them (Number, Revision); who manages
// the centre does. Errors: ErrDenied, ErrNotFound, ErrStale, *Refusal.
func (s *Service) Display(ctx context.Context, g Goods) (*Goods, error) {
	p, err := s.Get(ctx, g.Place)
	if err != nil {
		return nil, err
	}
	if !manages(ctx, p) {
		return nil, s.deny(ctx, "park.goods", "place:"+g.Place)
	}
	if p.Kind != Centre {
		return nil, ErrState
	}
	if g.Since == 0 {
		g.Since = s.Today()
	}
	if err := g.check(); err != nil {
		return nil, err
	}
	if g.Factory != "" {
		if g.Maker = s.name(ctx, g.Factory); g.Maker == g.Factory {
			return nil, wrong("factory", "该企业未在本平台备案", "this enterprise is not filed here", "留空并填写厂名", "leave it out and write the maker's name")
		}
	}
	if g.Belt != "" {
		if b, err := s.Get(ctx, g.Belt); err != nil || b.Kind != Belt {
			return nil, wrong("belt", "没有该产业带", "there is no such belt", "从列表中选择", "choose one of the list")
		}
	}
	was := g.Revision
	err = s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return s.putGoods(ctx, tx, &g, was) })
	return &g, err
}

func (s *Service) putGoods(ctx context.Context, tx *store.Tx, g *Goods, was uint64) error {
	act := "goods.display"
	if g.Number == 0 {
		if err := tx.QueryRow(ctx, `select coalesce(max(number), 0) + 1 from park_goods`).Scan(&g.Number); err != nil {
			return err
		}
	} else {
		var place string
		var revision int64
		err := tx.QueryRow(ctx, `select place, revision from park_goods where number = $1`, g.Number).Scan(&place, &revision)
		if errorsIsNoRows(err) || err == nil && place != g.Place {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		if uint64(revision) != was {
			return ErrStale
		}
		act = "goods.change"
	}
	g.Revision = was + 1
	search := strings.ToLower(strings.Join([]string{g.Title, g.Maker, g.HS, g.Factory}, " "))
	if _, err := tx.Exec(ctx, `insert into park_goods (number, place, belt, factory, factory_name, title, hs, price, unit, online, since, until, search, revision)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		on conflict (number) do update set belt = excluded.belt, factory = excluded.factory, factory_name = excluded.factory_name, title = excluded.title, hs = excluded.hs,
			price = excluded.price, unit = excluded.unit, online = excluded.online, since = excluded.since, until = excluded.until, search = excluded.search, revision = excluded.revision`,
		g.Number, g.Place, g.Belt, g.Factory, g.Maker, g.Title, g.HS, int64(g.Price), g.Unit, g.Online, int64(g.Since), int64(g.Until), search, int64(g.Revision)); err != nil {
		return err
	}
	detail := g.Title + " " + g.HS
	if err := s.line(ctx, tx, g.Place, act, detail, ""); err != nil {
		return err
	}
	return s.write(ctx, tx, "park."+act, "place:"+g.Place, detail)
}

// GoodsQuery chooses goods; empty fields do not restrict.
type GoodsQuery struct {
	Place, Belt, Text string
	Online            bool // only those in online zones
	All               bool // those no longer on display too
}

// GoodsOn are the goods on display today, by centre and number; the catalogue is
// public.
func (s *Service) GoodsOn(ctx context.Context, q GoodsQuery) ([]*Goods, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `select number, place, belt, factory, factory_name, title, hs, price, unit, online, since, until, search, revision from park_goods
		where ($1 = '' or place = $1) and ($2 = '' or belt = $2) order by place, number`, q.Place, q.Belt)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	today, text := s.Today(), strings.ToLower(strings.TrimSpace(q.Text))
	var out []*Goods
	for rows.Next() && len(out) < 500 {
		var g Goods
		var search string
		if err := rows.Scan(&g.Number, &g.Place, &g.Belt, &g.Factory, &g.Maker, &g.Title, &g.HS, &g.Price, &g.Unit, &g.Online, &g.Since, &g.Until, &search, &g.Revision); err != nil {
			return nil, wrap(err)
		}
		shown := g.Since <= today && (g.Until == 0 || today <= g.Until)
		if (shown || q.All) && (g.Online || !q.Online) && strings.Contains(search, text) {
			out = append(out, &g)
		}
	}
	return out, wrap(rows.Err())
}

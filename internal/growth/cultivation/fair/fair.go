// Package fair is booths at trade fairs (展会摊位): applications of enterprises,
// their allocation by a score card of the pack, the published result with its
// working, the waiting list, and who came.
//
// Invariants: booths given in a category never exceed what there is, which a
// ledger account holds whatever happens at the same time; the order is points,
// then the earlier application, then the lower number, and nothing else; a result
// that is published is not allocated anew; who withdraws gives booths back, and
// the first who waits and whom they suffice moves up. Rule: seed 000 III(二)6
// (leading and branded enterprises are favoured); points and ties are settings.
package fair

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the tables, in the services database.
func Migrations() []store.Migration {
	return []store.Migration{cultivation.Migration, ledger.Migration, {File: store.Services, Owner: "fair", FS: files}}
}

// State is how a fair stands. Its name is stored.
type State string

// The states of fairs.
const (
	Open      State = "open"      // applications are taken
	Published State = "published" // booths are given
	Closed    State = "closed"    // it was held
	Cancelled State = "cancelled"
)

// Words are the state's names.
func (s State) Words() pack.Text {
	return map[State]pack.Text{Open: {ZH: "受理申请", EN: "open"}, Published: {ZH: "已公布分配", EN: "booths given"}, Closed: {ZH: "已举办", EN: "held"}, Cancelled: {ZH: "已取消", EN: "cancelled"}}[s]
}

// Fair is a trade fair (展会). Days are yyyy-mm-dd of Beijing.
type Fair struct {
	ID         int64      `json:"id,omitempty" readOnly:"true"`
	Title      string     `json:"title" maxLength:"80"`
	Place      string     `json:"place" maxLength:"120"`
	Starts     clock.Day  `json:"starts"`
	Ends       clock.Day  `json:"ends"`
	Opens      clock.Day  `json:"opens" doc:"First day of applications."`
	Closes     clock.Day  `json:"closes" doc:"Last day of applications."`
	Card       string     `json:"card" maxLength:"64" doc:"Score card by which booths are given."`
	State      State      `json:"state,omitempty" readOnly:"true"`
	Published  int64      `json:"published,omitempty" readOnly:"true" doc:"µs UTC"`
	Categories []Category `json:"categories" minItems:"1" maxItems:"30"`
}

// Category is booths of a kind at a fair (展区).
type Category struct {
	ID     string    `json:"id" maxLength:"32" pattern:"^[a-z0-9-]+$"`
	Title  string    `json:"title" maxLength:"60"`
	Booths int64     `json:"booths" minimum:"1" maximum:"10000"`
	Fee    money.Fen `json:"fee" doc:"Yuan a booth."`
	Given  int64     `json:"given,omitempty" readOnly:"true"`
}

// Standing is what became of an application. Its name is stored.
type Standing string

// The standings.
const (
	Applied   Standing = "applied"
	Given     Standing = "given"
	Waiting   Standing = "waiting"
	Withdrawn Standing = "withdrawn"
	Attended  Standing = "attended"
	Absent    Standing = "absent"
)

// Words are the standing's names.
func (s Standing) Words() pack.Text {
	return map[Standing]pack.Text{Applied: {ZH: "已申请", EN: "applied"}, Given: {ZH: "已分配", EN: "booths given"}, Waiting: {ZH: "候补", EN: "waiting"},
		Withdrawn: {ZH: "已退出", EN: "withdrawn"}, Attended: {ZH: "已参展", EN: "attended"}, Absent: {ZH: "未参展", EN: "absent"}}[s]
}

// Application is an enterprise's application for booths (摊位申请).
type Application struct {
	ID         int64              `json:"id"`
	Fair       int64              `json:"fair"`
	Category   string             `json:"category"`
	Enterprise string             `json:"enterprise"`
	Booths     int64              `json:"booths" doc:"Asked for."`
	Given      int64              `json:"given"`
	Goods      string             `json:"goods"`
	State      Standing           `json:"state"`
	At         int64              `json:"at" doc:"µs UTC"`
	Points     int64              `json:"points" doc:"Thousandths; 0 before the allocation."`
	Rank       int64              `json:"rank" doc:"In its category; 0 before the allocation."`
	Score      *cultivation.Score `json:"score,omitempty" doc:"Working of the points."`
	Fee        money.Fen          `json:"fee" doc:"Paid for booths, as the office confirmed."`
}

// Config is what the room works on beside the desk.
type Config struct {
	Ledger *ledger.Ledger
	Score  cultivation.Scorer
}

// Service is the room. Its methods are safe for concurrent use.
type Service struct {
	*cultivation.Desk
	Config
}

// New makes the room on a store in which Migrations have run.
func New(d *cultivation.Desk, c Config) *Service { return &Service{d, c} }

// quota is the ledger account of the booths given in a category: never above its
// ceiling. stock is where they come from.
func quota(fair int64, category string) string {
	return fmt.Sprintf("fair/%d/%s/given", fair, category)
}
func stock(fair int64, category string) string {
	return fmt.Sprintf("fair/%d/%s/stock", fair, category)
}

const columns = `id, title, place, starts, ends, opens, closes, card, state, published`

func scan(r cultivation.Row, v *Fair) error {
	return r.Scan(&v.ID, &v.Title, &v.Place, (*int32)(&v.Starts), (*int32)(&v.Ends), (*int32)(&v.Opens), (*int32)(&v.Closes), &v.Card, (*string)(&v.State), &v.Published)
}

func categories(ctx context.Context, q cultivation.Querier, f *Fair) (err error) {
	f.Categories, err = cultivation.All(ctx, q, func(r cultivation.Row, v *Category) error {
		return r.Scan(&v.ID, &v.Title, &v.Booths, (*int64)(&v.Fee), &v.Given)
	}, `select id, title, booths, fee, (select coalesce(cast(sum(given) as bigint), 0) from fair_applications a where a.fair = c.fair and a.category = c.id) from fair_categories c where fair = $1 order by id`, f.ID)
	return err
}

// Fairs are the fairs that end on a day or later, by their first day.
func (s *Service) Fairs(ctx context.Context, from clock.Day) ([]Fair, error) {
	list, err := cultivation.All(ctx, s.Reader(), scan, `select `+columns+` from fair_fairs where ends >= $1 order by starts, id limit 200`, int64(from))
	for i := range list {
		if err == nil {
			err = categories(ctx, s.Reader(), &list[i])
		}
	}
	return list, err
}

// Fair is one by its number. Errors: cultivation.ErrNotFound.
func (s *Service) Fair(ctx context.Context, id int64) (*Fair, error) { return one(ctx, s.Reader(), id) }

func one(ctx context.Context, q cultivation.Querier, id int64) (*Fair, error) {
	f, err := cultivation.One(ctx, q, scan, `select `+columns+` from fair_fairs where id = $1`, id)
	if err != nil {
		return nil, err
	}
	return f, categories(ctx, q, f)
}

// Open announces a fair and opens the accounts of its booths. Offices do. Errors:
// cultivation.ErrDenied, ErrNoCard, refusals of what is not in order.
func (s *Service) Open(ctx context.Context, f Fair) (*Fair, error) {
	if access.Of(ctx).Scope(access.Cultivate) != access.Zone {
		return nil, cultivation.ErrDenied
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	if _, ok := s.Rules().Item("scorecards", f.Card, s.Today()); !ok {
		return nil, cultivation.ErrNoCard
	}
	f.State, f.Published = Open, 0
	return &f, s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if f.ID, err = s.Number(ctx, tx, "fair"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into fair_fairs (`+columns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			f.ID, f.Title, f.Place, int64(f.Starts), int64(f.Ends), int64(f.Opens), int64(f.Closes), f.Card, string(f.State), f.Published); err != nil {
			return err
		}
		for _, c := range f.Categories {
			if _, err := tx.Exec(ctx, `insert into fair_categories (fair, id, title, booths, fee) values ($1, $2, $3, $4, $5)`, f.ID, c.ID, c.Title, c.Booths, int64(c.Fee)); err != nil {
				return err
			}
			for _, o := range []ledger.Opening{{Name: stock(f.ID, c.ID), Unit: ledger.Piece, Limits: ledger.Limits{Floor: -c.Booths, Ceiling: 0}}, {Name: quota(f.ID, c.ID), Unit: ledger.Piece, Limits: ledger.Limits{Floor: 0, Ceiling: c.Booths}}} {
				if err := s.Ledger.OpenAccount(ctx, tx, o); err != nil {
					return err
				}
			}
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "fair", ID: f.ID, Act: "announced", Note: f.Title})
	})
}

func (f *Fair) check() error {
	if err := cultivation.Clean(&f.Title, "title", pack.Text{ZH: "名称", EN: "the title"}, 2, 80); err != nil {
		return err
	}
	if err := cultivation.Clean(&f.Place, "place", pack.Text{ZH: "地点", EN: "the place"}, 2, 120); err != nil {
		return err
	}
	if at := cultivation.Wrong("starts ends opens closes", !f.Starts.Valid(), !f.Ends.Valid() || f.Ends < f.Starts, !f.Opens.Valid(), !f.Closes.Valid() || f.Closes < f.Opens || f.Closes > f.Starts); at != "" {
		return cultivation.Invalid("days", "日期有误", "the days are not in order", "申请起止日在开展之前，结束不早于开始", "applications end before it starts, and it ends after that").At(at)
	}
	seen := map[string]bool{}
	for i := range f.Categories {
		c := &f.Categories[i]
		if err := cultivation.Clean(&c.Title, "categories", pack.Text{ZH: "展区名称", EN: "the title of a category"}, 1, 60); err != nil {
			return err
		}
		if c.ID == "" || len(c.ID) > 32 || seen[c.ID] || c.Booths < 1 || c.Booths > 10000 || c.Fee < 0 {
			return errCategories
		}
		seen[c.ID] = true
	}
	if len(f.Categories) == 0 || len(f.Categories) > 30 {
		return errCategories
	}
	return nil
}

var errCategories = cultivation.Invalid("categories", "展区有误", "the categories are not in order", "1 至 30 个展区，代码不重复，摊位数至少 1", "1 to 30 categories with codes of their own and at least one booth each")

const applicationColumns = `id, fair, category, enterprise, booths, given, goods, state, at, points, rank, score, fee`

func scanApplication(r cultivation.Row, v *Application) error {
	var score string
	if err := r.Scan(&v.ID, &v.Fair, &v.Category, &v.Enterprise, &v.Booths, &v.Given, &v.Goods, (*string)(&v.State), &v.At, &v.Points, &v.Rank, &score, (*int64)(&v.Fee)); err != nil {
		return err
	}
	if score == "" {
		return nil
	}
	v.Score = &cultivation.Score{}
	return json.Unmarshal([]byte(score), v.Score)
}

// Applications are those of a fair in the order of their ranks: all once the
// result is published (without the working of others) and for offices, else the
// caller's own.
func (s *Service) Applications(ctx context.Context, fair int64) ([]Application, error) {
	f, err := s.Fair(ctx, fair)
	if err != nil {
		return nil, err
	}
	all := f.Published != 0 || access.Of(ctx).Scope(access.Cultivate) == access.Zone
	where, args := cultivation.In("enterprise", cultivation.Parties(ctx), 2)
	if all {
		where, args = "1 = 1", nil
	}
	list, err := cultivation.All(ctx, s.Reader(), scanApplication, `select `+applicationColumns+` from fair_applications where fair = $1 and `+where+` order by category, rank, id`, append([]any{fair}, args...)...)
	for i := range list {
		if sees, _ := cultivation.Reach(ctx, access.BookingMake, list[i].Enterprise); !sees {
			list[i].Score, list[i].Goods, list[i].Fee = nil, "", 0 // figures and goods are its own
		}
	}
	return list, err
}

// Application is one by its number, if it is the caller's or the caller an office.
func (s *Service) Application(ctx context.Context, id int64) (*Application, error) {
	return application(ctx, s.Reader(), id)
}

func application(ctx context.Context, q cultivation.Querier, id int64) (*Application, error) {
	a, err := cultivation.One(ctx, q, scanApplication, `select `+applicationColumns+` from fair_applications where id = $1`, id)
	if err != nil {
		return nil, err
	}
	if sees, _ := cultivation.Reach(ctx, access.BookingMake, a.Enterprise); !sees {
		return nil, cultivation.ErrNotFound
	}
	return a, nil
}

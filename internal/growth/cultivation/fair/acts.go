package fair

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

// Refusals of applications.
var (
	ErrClosed = cultivation.Conflict("closed", "不在申请期内", "applications are not taken now", "查看申请起止日", "see from when to when they are taken")
	ErrTwice  = cultivation.Conflict("twice", "该展区已申请", "applied for in this category already", "先退出原申请", "withdraw the one there is first")
	ErrEarly  = cultivation.Conflict("early", "申请期尚未结束", "applications are still taken", "申请截止后再分配", "allocate when they have closed")
)

// Ask is an application: booths of a category for an enterprise.
type Ask struct {
	Enterprise string `json:"enterprise,omitempty" doc:"The caller's own if left out."`
	Category   string `json:"category" maxLength:"32"`
	Booths     int64  `json:"booths" minimum:"1" maximum:"50"`
	Goods      string `json:"goods" maxLength:"200" doc:"What is shown."`
}

// Apply applies for booths. Errors: ErrClosed, ErrTwice, cultivation.ErrNotFound,
// ErrNotOwn.
func (s *Service) Apply(ctx context.Context, fair int64, a Ask) (*Application, error) {
	if access.Of(ctx).Scope(access.BookingMake) != access.Own {
		return nil, cultivation.ErrDenied
	}
	party, err := cultivation.Party(ctx, a.Enterprise)
	if err != nil {
		return nil, err
	}
	if err := cultivation.Clean(&a.Goods, "goods", pack.Text{ZH: "展品", EN: "the goods"}, 2, 200); err != nil {
		return nil, err
	}
	if a.Booths < 1 || a.Booths > 50 {
		return nil, cultivation.Invalid("booths", "摊位数应为 1 至 50", "1 to 50 booths can be asked for", "修改摊位数", "mend the number")
	}
	out := &Application{Fair: fair, Category: a.Category, Enterprise: party, Booths: a.Booths, Goods: a.Goods, State: Applied}
	return out, s.change(ctx, fair, func(ctx context.Context, tx *store.Tx, f *Fair) error {
		if !slices.ContainsFunc(f.Categories, func(c Category) bool { return c.ID == a.Category }) {
			return cultivation.Invalid("category", "没有该展区", "the fair has no such category", "从展区中选择", "choose one of its categories")
		}
		if f.State != Open || s.Today() < f.Opens || s.Today() > f.Closes {
			return ErrClosed
		}
		var n int64
		if err := tx.QueryRow(ctx, `select count(*) from fair_applications where fair = $1 and category = $2 and enterprise = $3 and state <> 'withdrawn'`, fair, a.Category, party).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return ErrTwice
		}
		var err error
		if out.ID, err = s.Number(ctx, tx, "fair application"); err != nil {
			return err
		}
		out.At = s.Now()
		if _, err := tx.Exec(ctx, `insert into fair_applications (`+applicationColumns+`) values ($1, $2, $3, $4, $5, 0, $6, $7, $8, 0, 0, '', 0)`,
			out.ID, fair, a.Category, party, a.Booths, a.Goods, string(Applied), out.At); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "fair", ID: fair, Act: "applied", Note: fmt.Sprintf("%s · %s", party, a.Category)})
	})
}

// Allocate scores all applications by the fair's card, gives booths in the order
// of their ranks as long as there are enough for what is asked, and publishes the
// result. Errors: ErrEarly, cultivation.ErrDenied, ErrState, ErrNoCard.
func (s *Service) Allocate(ctx context.Context, fair int64) error {
	if access.Of(ctx).Scope(access.Cultivate) != access.Zone {
		return cultivation.ErrDenied
	}
	f, err := s.Fair(ctx, fair)
	if err != nil {
		return err
	}
	list, err := s.standing(ctx, s.Reader(), fair)
	if err != nil {
		return err
	}
	scores := make(map[int64]*cultivation.Score, len(list))
	for _, a := range list {
		// The year before the fair's is the last that is whole.
		if scores[a.ID], err = s.Score(ctx, f.Card, a.Enterprise, f.Starts.Year()-1); err != nil {
			return err
		}
	}
	return s.change(ctx, fair, func(ctx context.Context, tx *store.Tx, f *Fair) error {
		switch {
		case f.State != Open:
			return cultivation.ErrState
		case s.Today() <= f.Closes:
			return ErrEarly
		}
		now, err := s.standing(ctx, tx, fair)
		if err != nil {
			return err
		}
		for _, c := range f.Categories {
			if err := s.allocate(ctx, tx, c.ID, now, scores); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `update fair_fairs set state = $1, published = $2 where id = $3`, string(Published), s.Now(), fair); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "fair", ID: fair, Act: "published", Note: f.Title})
	})
}

// standing are the applications that count in an allocation.
func (s *Service) standing(ctx context.Context, q cultivation.Querier, fair int64) ([]Application, error) {
	return cultivation.All(ctx, q, scanApplication, `select `+applicationColumns+` from fair_applications where fair = $1 and state = 'applied' order by id`, fair)
}

// allocate ranks the applications of a category and gives its booths.
func (s *Service) allocate(ctx context.Context, tx *store.Tx, category string, all []Application, scores map[int64]*cultivation.Score) error {
	var list []Application
	for _, a := range all {
		if a.Category == category {
			if a.Score = scores[a.ID]; a.Score == nil {
				return cultivation.ErrState // came in meanwhile: the office asks again
			}
			a.Points = a.Score.Points
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b Application) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID))
	})
	for i := range list {
		a := &list[i]
		a.Rank = int64(i + 1)
		working, err := json.Marshal(a.Score)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update fair_applications set points = $1, rank = $2, score = $3, state = $4 where id = $5`, a.Points, a.Rank, string(working), string(Waiting), a.ID); err != nil {
			return err
		}
		if _, err := s.give(ctx, tx, a); err != nil {
			return err
		}
	}
	return nil
}

// give gives an application the booths that it asks for, if there are enough.
func (s *Service) give(ctx context.Context, tx *store.Tx, a *Application) (bool, error) {
	err := s.Ledger.Transfer(ctx, tx, ledger.Transfer{Key: fmt.Sprintf("fair/application/%d/given", a.ID), Debit: stock(a.Fair, a.Category), Credit: quota(a.Fair, a.Category), Amount: a.Booths, Unit: ledger.Piece, Memo: a.Enterprise})
	var limit *ledger.LimitError
	if errors.As(err, &limit) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = tx.Exec(ctx, `update fair_applications set given = $1, state = $2 where id = $3`, a.Booths, string(Given), a.ID)
	return err == nil, err
}

// Withdraw takes an application back; booths that it had go to those who wait, in
// the order of their ranks. Errors: cultivation.ErrNotFound, ErrState.
func (s *Service) Withdraw(ctx context.Context, id int64) error {
	return s.of(ctx, id, func(ctx context.Context, tx *store.Tx, f *Fair, a *Application) error {
		if f.State == Closed || a.State != Applied && a.State != Given && a.State != Waiting {
			return cultivation.ErrState
		}
		if _, err := tx.Exec(ctx, `update fair_applications set state = $1, given = 0 where id = $2`, string(Withdrawn), id); err != nil {
			return err
		}
		if a.Given > 0 {
			if err := s.Ledger.Transfer(ctx, tx, ledger.Transfer{Key: fmt.Sprintf("fair/application/%d/back", id), Debit: quota(a.Fair, a.Category), Credit: stock(a.Fair, a.Category), Amount: a.Given, Unit: ledger.Piece, Memo: a.Enterprise}); err != nil {
				return err
			}
			if err := s.moveUp(ctx, tx, f, a); err != nil {
				return err
			}
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "fair", ID: a.Fair, Act: "withdrawn", Note: fmt.Sprintf("%s · %s", a.Enterprise, a.Category)})
	})
}

func (s *Service) moveUp(ctx context.Context, tx *store.Tx, f *Fair, gone *Application) error {
	list, err := cultivation.All(ctx, tx, scanApplication, `select `+applicationColumns+` from fair_applications where fair = $1 and category = $2 and state = 'waiting' order by rank, id`, gone.Fair, gone.Category)
	for i := range list {
		if err != nil {
			return err
		}
		a := &list[i]
		var up bool
		if up, err = s.give(ctx, tx, a); !up || err != nil {
			continue
		}
		if err = s.Wrote(ctx, tx, cultivation.Did{Room: "fair", ID: f.ID, Act: "moved_up", Note: a.Enterprise}); err != nil {
			continue
		}
		err = s.Tell(ctx, tx, a.Enterprise, cultivation.News{Link: fmt.Sprintf("/fairs/applications/%d", a.ID), Act: "moved_up",
			Words: pack.Text{ZH: fmt.Sprintf("展会“%s”候补已递补，分得摊位 %d 个", f.Title, a.Booths), EN: fmt.Sprintf("You moved up the waiting list and have %d booths: %s", a.Booths, f.Title)}})
	}
	return err
}

// Attendance says who came, and the fee paid for its booths, by which booth-fee
// support is reckoned. Offices do, from the first day on. Errors:
// cultivation.ErrDenied, ErrState.
func (s *Service) Attendance(ctx context.Context, id int64, came bool, fee money.Fen) error {
	if access.Of(ctx).Scope(access.Cultivate) != access.Zone {
		return cultivation.ErrDenied
	}
	return s.of(ctx, id, func(ctx context.Context, tx *store.Tx, f *Fair, a *Application) error {
		most := money.Fen(0)
		for _, c := range f.Categories {
			if c.ID == a.Category {
				most = c.Fee * money.Fen(a.Given)
			}
		}
		to := Absent
		if came {
			to = Attended
		}
		switch {
		case f.State != Published, a.State != Given, s.Today() < f.Starts:
			return cultivation.ErrState
		case fee < 0 || fee > most || !came && fee != 0:
			return cultivation.Invalid("fee", "费用超过该展区摊位费标准", "the fee is above that of the booths given", "按实际支付且不超过标准填写", "give what was paid, at most the fee of the booths")
		}
		if _, err := tx.Exec(ctx, `update fair_applications set state = $1, fee = $2 where id = $3`, string(to), int64(fee), id); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "fair", ID: a.Fair, Act: string(to), Note: fmt.Sprintf("%s · %s", a.Enterprise, fee)})
	})
}

// End closes a fair that was held, or calls one off. Errors:
// cultivation.ErrDenied, ErrState.
func (s *Service) End(ctx context.Context, fair int64, to State) error {
	if access.Of(ctx).Scope(access.Cultivate) != access.Zone {
		return cultivation.ErrDenied
	}
	return s.change(ctx, fair, func(ctx context.Context, tx *store.Tx, f *Fair) error {
		held := to == Closed && f.State == Published && s.Today() >= f.Ends
		off := to == Cancelled && (f.State == Open || f.State == Published)
		if !held && !off {
			return cultivation.ErrState
		}
		if _, err := tx.Exec(ctx, `update fair_fairs set state = $1 where id = $2`, string(to), fair); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "fair", ID: fair, Act: string(to), Note: f.Title})
	})
}

// Fees are what an enterprise (of "", any) paid for booths at fairs of a year that it
// attended. Programs of the house ask.
func (s *Service) Fees(ctx context.Context, enterprise string, year int) ([]Application, error) {
	return cultivation.All(ctx, s.Reader(), scanApplication, `select `+applicationColumns+` from fair_applications where ($1 = '' or enterprise = $1) and state = 'attended'
		and fair in (select id from fair_fairs where starts between $2 and $3) order by id`, enterprise, int64(year)*10000, int64(year)*10000+1231)
}

// of runs f on an application and its fair in one transaction.
func (s *Service) of(ctx context.Context, id int64, f func(context.Context, *store.Tx, *Fair, *Application) error) error {
	a, err := s.Application(ctx, id)
	if err != nil {
		return err
	}
	return s.change(ctx, a.Fair, func(ctx context.Context, tx *store.Tx, fair *Fair) error {
		a, err := application(ctx, tx, id)
		if err != nil {
			return err
		}
		return f(ctx, tx, fair, a)
	})
}

// change runs f on a fair in one transaction; its row is written first, so that
// changes come one after the other.
func (s *Service) change(ctx context.Context, id int64, f func(context.Context, *store.Tx, *Fair) error) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `update fair_fairs set published = published where id = $1`, id); err != nil {
			return err
		}
		got, err := one(ctx, tx, id)
		if err != nil {
			return err
		}
		return f(ctx, tx, got)
	})
}

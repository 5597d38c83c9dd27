package talent

import (
	"context"
	"fmt"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

// Order is training to order (订单式培养): an enterprise orders people of a skill with
// a school (004 3(四)3).
type Order struct {
	ID        int64     `json:"id,omitempty" readOnly:"true"`
	Party     string    `json:"party,omitempty" maxLength:"18" doc:"Enterprise that orders; the caller's own if left out."`
	School    string    `json:"school" maxLength:"80"`
	Skill     string    `json:"skill" maxLength:"60"`
	People    int64     `json:"people" minimum:"1" maximum:"10000"`
	Starts    clock.Day `json:"starts"`
	Ends      clock.Day `json:"ends"`
	State     string    `json:"state,omitempty" readOnly:"true" doc:"open, training, done or cancelled."`
	Enrolled  int64     `json:"enrolled" readOnly:"true"`
	Graduated int64     `json:"graduated" readOnly:"true"`
	Employed  int64     `json:"employed" readOnly:"true"`
}

const orderColumns = `id, party, school, skill, people, starts, ends, state, enrolled, graduated, employed`

func scanOrder(r cultivation.Row, v *Order) error {
	return r.Scan(&v.ID, &v.Party, &v.School, &v.Skill, &v.People, (*int32)(&v.Starts), (*int32)(&v.Ends), &v.State, &v.Enrolled, &v.Graduated, &v.Employed)
}

// Orders are those of the caller's enterprises, all for offices.
func (s *Service) Orders(ctx context.Context) ([]Order, error) {
	where, args, err := s.mine(ctx, "party")
	if err != nil {
		return nil, err
	}
	return cultivation.All(ctx, s.Reader(), scanOrder, `select `+orderColumns+` from talent_orders where `+where+` order by id desc limit 500`, args...)
}

// mine is the condition that a column names a party of the caller; any for offices.
func (s *Service) mine(ctx context.Context, column string) (string, []any, error) {
	switch access.Of(ctx).Scope(access.TalentUse) {
	case access.Zone:
		return "1 = 1", nil, nil
	case access.Own:
		where, args := cultivation.In(column, cultivation.Parties(ctx), 1)
		return where, args, nil
	}
	return "", nil, cultivation.ErrDenied
}

// Place places an order. Errors: cultivation.ErrDenied, ErrNotOwn, refusals of what
// is not in order.
func (s *Service) Place(ctx context.Context, o Order) (*Order, error) {
	if err := allowed(ctx); err != nil {
		return nil, err
	}
	party, err := enterprise(ctx, o.Party)
	if err != nil {
		return nil, err
	}
	if err := cultivation.Clean(&o.School, "school", pack.Text{ZH: "院校", EN: "the school"}, 2, 80); err != nil {
		return nil, err
	}
	if err := cultivation.Clean(&o.Skill, "skill", pack.Text{ZH: "培养方向", EN: "the skill"}, 2, 60); err != nil {
		return nil, err
	}
	if at := cultivation.Wrong("people starts ends", o.People < 1 || o.People > 10000, !o.Starts.Valid(), !o.Ends.Valid() || o.Ends < o.Starts); at != "" {
		return nil, cultivation.Invalid("order", "人数或起止日有误", "people or days are not in order", "至少 1 人，结束不早于开始", "at least one person, and an end not before the start").At(at)
	}
	o.Party, o.State, o.Enrolled, o.Graduated, o.Employed = party, "open", 0, 0, 0
	return &o, s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if o.ID, err = s.Number(ctx, tx, "order"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into talent_orders (`+orderColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0)`, o.ID, o.Party, o.School, o.Skill, o.People, int64(o.Starts), int64(o.Ends), o.State); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "order", ID: o.ID, Act: "opened", Note: o.School})
	})
}

// Progress is how far an order has come.
type Progress struct {
	Enrolled  int64 `json:"enrolled" minimum:"0"`
	Graduated int64 `json:"graduated" minimum:"0"`
	Employed  int64 `json:"employed" minimum:"0"`
	Cancel    bool  `json:"cancel,omitempty" doc:"The order ends here."`
}

// Report reports progress: people enrolled, of them graduated, of them employed;
// none of the three ever goes down. The enterprise or an office does. Errors:
// cultivation.ErrNotFound, ErrState.
func (s *Service) Report(ctx context.Context, id int64, p Progress) (*Order, error) {
	var out *Order
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		o, err := cultivation.One(ctx, tx, scanOrder, `select `+orderColumns+` from talent_orders where id = $1`, id)
		switch {
		case err != nil:
			return err
		case !owns(ctx, o.Party):
			return cultivation.ErrNotFound
		case o.State == "done" || o.State == "cancelled":
			return cultivation.ErrState
		case p.Cancel:
			o.State = "cancelled"
		case p.Enrolled < o.Enrolled || p.Graduated < o.Graduated || p.Employed < o.Employed || p.Graduated > p.Enrolled || p.Employed > p.Graduated || p.Enrolled > o.People:
			return cultivation.Invalid("progress", "人数有误：就业 ≤ 结业 ≤ 入学 ≤ 订单人数，且不得减少", "employed, graduated, enrolled and ordered rise in this order, and none goes down", "核对后重新填写", "check them and give them again").At(cultivation.Wrong("enrolled graduated employed", p.Enrolled < o.Enrolled || p.Enrolled > o.People, p.Graduated < o.Graduated || p.Graduated > p.Enrolled, true))
		default:
			o.State, o.Enrolled, o.Graduated, o.Employed = "training", p.Enrolled, p.Graduated, p.Employed
			if p.Employed == o.People || p.Graduated == p.Enrolled && p.Employed == p.Graduated && s.Today() > o.Ends {
				o.State = "done"
			}
		}
		if _, err := tx.Exec(ctx, `update talent_orders set state = $1, enrolled = $2, graduated = $3, employed = $4 where id = $5`, o.State, o.Enrolled, o.Graduated, o.Employed, id); err != nil {
			return err
		}
		out = o
		return s.Wrote(ctx, tx, cultivation.Did{Room: "order", ID: id, Act: o.State, Note: fmt.Sprintf("%d/%d/%d/%d", o.Employed, o.Graduated, o.Enrolled, o.People)})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

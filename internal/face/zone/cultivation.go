package zone

import (
	"context"
	"errors"
	"slices"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/growth/cultivation/aeo"
	"pilotzone/internal/growth/cultivation/aeo/conduct"
	"pilotzone/internal/growth/cultivation/attract"
	"pilotzone/internal/growth/cultivation/booking"
	"pilotzone/internal/growth/cultivation/event"
	"pilotzone/internal/growth/cultivation/fair"
	"pilotzone/internal/growth/cultivation/figures"
	"pilotzone/internal/growth/cultivation/matching"
	"pilotzone/internal/growth/cultivation/repository"
	"pilotzone/internal/growth/cultivation/talent"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/registry"
)

// Cultivation is the rooms of cultivation (培育服务).
type Cultivation struct {
	Bookings   *booking.Service
	Events     *event.Service
	Fairs      *fair.Service
	Attract    *attract.Service // attraction pipeline
	Matching   *matching.Service
	Talent     *talent.Service
	Repository *repository.Service
	AEO        *aeo.Service
	Conduct    *conduct.Service // how an enterprise's lists fared; made with the index
}

// cultivationMigrations are the tables of the rooms.
func cultivationMigrations() []store.Migration {
	return slices.Concat(booking.Migrations(), event.Migrations(), fair.Migrations(), attract.Migrations(), matching.Migrations(), talent.Migrations(), repository.Migrations(), aeo.Migrations(), conduct.Migrations())
}

// newCultivation makes the rooms. Figures, ledger, filings and accounts must be there.
func (z *Zone) newCultivation() {
	c, v := &z.Config, &z.Cultivation
	desk := &cultivation.Desk{DB: z.Store.Services, Audit: z.Audit, Keys: z.Keys, Clock: c.Clock, Rules: z.Set,
		Bell: func(ctx context.Context, tx *store.Tx, list ...notify.Notice) error {
			return z.Notify.Tell(ctx, tx, list...)
		}}
	score := figures.NewScorer(z.Facts, z.Set, c.Clock)
	v.Bookings, v.Events, v.Matching = booking.New(desk), event.New(desk), matching.New(desk)
	v.Attract, v.Talent = attract.New(desk, z.isFiled), talent.New(desk, z.isFiled)
	v.Fairs = fair.New(desk, fair.Config{Ledger: z.Ledger, Score: score})
	v.AEO = aeo.New(desk, score)
	v.Repository = repository.New(desk, repository.Config{Score: figures.NewBulkScorer(z.Facts, z.Set, c.Clock), Officer: z.officer, Log: c.Log})
	z.Facts.Add(&figures.Source{Attract: v.Attract, Matching: v.Matching, Fairs: v.Fairs, Talent: v.Talent, AEO: v.AEO, Conduct: v.Conduct, Clock: c.Clock})
}

// isFiled tells whether an enterprise is filed.
func (z *Zone) isFiled(ctx context.Context, code string) (bool, error) {
	_, err := z.Registry.ByCode(ctx, code)
	if errors.Is(err, registry.ErrNotFiled) {
		return false, nil
	}
	return err == nil, err
}

// officer is the name of an account of an office, which may be put in charge of an
// enterprise.
func (z *Zone) officer(ctx context.Context, account string) (string, bool) {
	if p := access.Of(ctx); p != nil && p.ID == account {
		return p.Name, true
	}
	p, err := z.Accounts.Person(access.With(ctx, access.System()), account)
	if err != nil || !p.Active || !(&access.Principal{Roles: p.Roles}).May(access.MatterWork) {
		return "", false
	}
	return p.Name, true
}

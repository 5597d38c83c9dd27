package main

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/registry"
)

// config is a zone of this process on a place.
func (p place) config() zone.Config {
	c := zone.Default()
	c.Store, c.Key, c.Holder, c.Clock, c.Log = p.url, p.key, "proof", clock.System{}, slog.New(slog.NewTextHandler(io.Discard, nil))
	c.HTTP.Tokens = []zone.Token{{Name: "proof", Role: "operator", SHA256: secretHash()}}
	return c
}

// populate files the enterprises of the traffic and lodges their guarantees.
func populate(ctx context.Context, z *zone.Zone, s *supply) error {
	filings, err := demo.Filings(s.gen.Zone(), s.gen.Day())
	if err != nil {
		return err
	}
	if err := z.File(ctx, registry.Author{By: "proof"}, filings...); err != nil {
		return err
	}
	for _, d := range s.gen.Zone().Deposits {
		body := clearance.DepositBody{Guarantor: d.Guarantor, Amount: int64(d.Amount), Memo: "proof"}
		if _, err := z.Intake.Command(ctx, clearance.Deposit, body.Encode()); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes the store of a place, with enterprises and guarantees.
func prepare(ctx context.Context, p place, s *supply) (err error) {
	z, err := zone.Open(ctx, p.config())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, z.Close(context.WithoutCancel(ctx))) }()
	return populate(ctx, z, s)
}

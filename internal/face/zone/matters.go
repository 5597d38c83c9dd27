package zone

import (
	"context"
	"crypto/rand"
	"time"

	"golang.org/x/sync/errgroup"

	"pilotzone/internal/growth/library"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/registry/certify"
	"pilotzone/internal/registry/news"
	"pilotzone/internal/registry/register"
	"pilotzone/packs"
)

// PayoutStream is the stream of small payments that prove bank accounts: sealed
// orders for a bank's connector (certify.FeedPayout).
const PayoutStream = "payout"

// Register is the configuration of the business register's look-up service
// (市场主体登记信息查询服务). Without an address officers hold codes against the
// licence by hand, and are told so.
type Register struct {
	URL     string        `yaml:"url"`     // https://…
	Token   string        `yaml:"token"`   // bearer token that it knows us by
	Timeout time.Duration `yaml:"timeout"` // of one question; default 3 s
}

func (r *Register) validate(add func(field, zh, en string)) {
	if r.URL == "" {
		return
	}
	if _, err := register.New(register.Config{URL: r.URL}); err != nil {
		add("register.url", "须为 https 地址（本机可用 http）", "must be an https address, or http on this machine")
	}
}

// Attachments bounds the files that people attach (附件限额).
type Attachments struct {
	FileBytes  int64 `yaml:"file_bytes"`  // of one file; default 10 MB
	Files      int   `yaml:"files"`       // of one matter; default 40
	TotalBytes int64 `yaml:"total_bytes"` // of one matter; default 100 MB
}

// newMatters makes the applications with all that they can do.
func (z *Zone) newMatters(ctx context.Context) error {
	c := &z.Config
	z.Blobs = blob.New(z.Store.Services, z.Keys, c.Clock, rand.Reader, blob.Limits{File: c.Attachments.FileBytes, Count: c.Attachments.Files, Total: c.Attachments.TotalBytes})
	z.Certify = certify.New(certify.Config{DB: z.Store.Services, Keys: z.Keys, Clock: c.Clock, Random: rand.Reader, Registry: z.Registry, Register: z.register(),
		Payout: certify.FeedPayout{Stream: feed.NewStream(z.Store.Services, PayoutStream, c.Clock), Keys: z.Keys}, Binder: z.Accounts, Audit: z.Audit, Log: c.Log})
	z.Library = library.New(library.Config{DB: z.Store.Services, Audit: z.Audit, Clock: c.Clock, Rules: z.Set})
	if _, err := z.loadMatters(z.Set()); err != nil {
		return err
	}
	calendar, err := matter.LoadCalendar(packs.Calendar())
	if err != nil {
		return err
	}
	hooks := z.Certify.Hooks()
	z.growthHooks(&hooks)
	z.Matters, err = matter.New(matter.Config{DB: z.Store.Services, Keys: z.Keys, Clock: c.Clock, Random: rand.Reader, Current: z.catalogue, Client: z.clientOrg, Cite: z.cite, Calendar: calendar,
		Blobs: z.Blobs, Audit: z.Audit, Hooks: hooks, Applicant: z.orgName})
	if err != nil {
		return err
	}
	if err := z.Matters.Complete(ctx); err != nil {
		return err
	}
	z.Library.Use(z.Matters)
	z.Certify.Use(z.Matters)
	z.Passport.UseMatters(z.Matters)
	z.Policy.Use(z.Matters)
	return nil
}

// register is the client of the business register, nil where none is configured.
func (z *Zone) register() register.Register {
	r := z.Config.Register
	if r.URL == "" {
		return nil
	}
	client, err := register.New(register.Config{URL: r.URL, Token: r.Token, Timeout: r.Timeout})
	if err != nil { // Validate has taken the address
		return nil
	}
	return client
}

// orgName is the name of an organisation for a letter, "" if there is none.
func (z *Zone) orgName(ctx context.Context, id string) string {
	o, err := z.Accounts.Org(access.With(ctx, access.System()), id)
	if err != nil {
		return ""
	}
	return o.Name
}

// tell follows matters and filings for webhooks and bell until ctx ends.
func (z *Zone) tell(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, c := range news.Followers(news.Config{DB: z.Store.Services, Notify: z.Notify, Matters: z.Matters, Registry: z.Registry, Clock: z.Config.Clock, Log: z.Config.Log, Codes: z.orgCodes}) {
		group.Go(func() error { return c.Run(ctx) })
	}
	return group.Wait()
}

// orgCodes are the enterprise codes of an organisation.
func (z *Zone) orgCodes(ctx context.Context, id string) []string {
	if id == "" {
		return nil
	}
	o, err := z.Accounts.Org(access.With(ctx, access.System()), id)
	if err != nil {
		return nil
	}
	return o.Codes
}

// escalate tells, every day, of the matters that are newly over their time limit.
func (z *Zone) escalate(ctx context.Context) error {
	var done clock.Day
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if today := clock.DayOf(z.Config.Clock.Now()); today != done {
			if _, err := z.Matters.Escalate(ctx); err == nil {
				done = today
			} else if ctx.Err() == nil {
				z.Config.Log.Warn("matters over their time limit could not be told of, will try again", "error", err)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

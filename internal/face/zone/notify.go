package zone

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"pilotzone/internal/customs/announce"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/notify"
)

// Notify is the configuration of webhooks and mail.
type Notify struct {
	// Allow are networks inside of ours to which webhooks may go all the same, such
	// as 10.1.0.0/16.
	Allow []string `yaml:"allow"`
	// AllowHTTP lets webhooks go without TLS.
	AllowHTTP bool `yaml:"allow_http"`
	// Timeout is how long a receiver may take; default 15 s.
	Timeout time.Duration `yaml:"timeout"`
	// Mail is how letters leave; none without an address.
	Mail notify.Mail `yaml:"mail"`
}

func (n *Notify) validate(add func(field, zh, en string)) {
	for i, p := range n.Allow {
		if _, err := netip.ParsePrefix(p); err != nil {
			add(fmt.Sprintf("notify.allow[%d]", i), "应为网段，例如 10.1.0.0/16", "must be a network, such as 10.1.0.0/16")
		}
	}
	if m := n.Mail; m.Address != "" && m.From == "" {
		add("notify.mail.from", "须填写发件人", "needs a sender")
	}
	if !slices.Contains([]string{"", "starttls", "tls", "none"}, n.Mail.TLS) {
		add("notify.mail.tls", "应为 starttls、tls 或 none", "must be starttls, tls or none")
	}
}

// newNotify makes the service of webhooks, bell and mail.
func (z *Zone) newNotify() *notify.Service {
	n := z.Config.Notify
	c := notify.Config{DB: z.Store.Services, Keys: z.Keys, Clock: z.Config.Clock, Log: z.Config.Log, Audit: z.Audit, Parties: z.partiesOf,
		AllowHTTP: n.AllowHTTP, Timeout: n.Timeout, Mail: n.Mail}
	for _, p := range n.Allow {
		if prefix, err := netip.ParsePrefix(p); err == nil { // checked by Validate
			c.Allow = append(c.Allow, prefix)
		}
	}
	return notify.New(c)
}

// announcer follows the decisions for webhooks and bell.
func (z *Zone) announcer() *announce.Announcer {
	return announce.New(announce.Config{DB: z.Store.Services, Core: z.Reader(), Index: z.Lookup, Notify: z.Notify, Clock: z.Config.Clock, Log: z.Config.Log})
}

// announceFacts starts the follower of tax bills. Package news follows filings
// and matters.
func (z *Zone) announceFacts(ctx context.Context) {
	c := announce.TaxBills(announce.Config{DB: z.Store.Services, Notify: z.Notify, Clock: z.Config.Clock, Log: z.Config.Log}, z.TaxBills)
	z.run(ctx, "announcements of tax bills", c.Run)
}

// partiesOf are the enterprises whose things an organisation sees now: its own
// and those of its clients by mandate. A program of the configuration is no
// organisation.
func (z *Zone) partiesOf(ctx context.Context, owner string) (codes []string, known bool, err error) {
	if strings.HasPrefix(owner, "token:") {
		return nil, false, nil
	}
	ctx = access.With(ctx, access.System())
	org, err := z.Accounts.Org(ctx, owner)
	if errors.Is(err, access.ErrNotFound) {
		return nil, true, nil
	}
	if err != nil {
		return nil, true, err
	}
	codes = slices.Clone(org.Codes)
	grants, err := z.Accounts.Mandates(ctx, owner)
	if err != nil {
		return nil, true, err
	}
	today := clock.DayOf(z.Config.Clock.Now())
	for _, g := range grants {
		if g.Agent != owner || g.State != access.Accepted || today < g.From || g.To != 0 && today > g.To {
			continue
		}
		client, err := z.Accounts.Org(ctx, g.Client)
		if err != nil {
			return nil, true, err
		}
		codes = append(codes, client.Codes...)
	}
	return codes, true, nil
}

package zone

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/passport"
	"pilotzone/internal/customs/personcheck"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/registry/person"
)

// Persons is the configuration of the service that verifies identities
// (自然人身份核验服务). It is asked where the rules say so (person_check); without an
// address lists that need it wait.
type Persons struct {
	URL     string        `yaml:"url"`     // https://…
	Token   string        `yaml:"token"`   // bearer token that it knows us by
	Timeout time.Duration `yaml:"timeout"` // of one question; default 3 s
}

func (p *Persons) validate(add func(field, zh, en string)) {
	if p.URL == "" {
		return
	}
	if _, err := person.NewClient(person.ClientConfig{URL: p.URL}); err != nil {
		add("persons.url", "须为 https 地址（本机可用 http）", "must be an https address, or http on this machine")
	}
}

// noService stands where no verification service is configured.
type noService struct{}

var errNoService = errors.New("no verification service is configured: set persons.url (未配置身份核验服务，请设置 persons.url)")

func (noService) Verify(context.Context, person.Identity) (person.Result, error) {
	return 0, errNoService
}

// newPersons makes the verification of orderers and the allowance passport.
func (z *Zone) newPersons() {
	c := &z.Config
	z.Persons = &person.Service{DB: z.Store.Services, Verifier: noService{}, Clock: c.Clock,
		Days: func(on clock.Day) int64 { return z.Intake.Rules().On(on).Periods.PersonAnswer }}
	if client, err := person.NewClient(person.ClientConfig{URL: c.Persons.URL, Token: c.Persons.Token, Timeout: c.Persons.Timeout}); err == nil { // else there is none: checked by Validate
		z.Persons.Verifier = client
	}
	z.PersonCheck = personcheck.New(personcheck.Config{Store: z.Store, Core: z.Reader(), Persons: z.Persons, Commands: z.Outbox, Keys: z.Keys, Clock: c.Clock, Log: c.Log})
	z.Passport = passport.New(passport.Config{Store: z.Store, Core: z.Reader(), Machine: z.Intake, Commands: z.Outbox, Keys: z.Keys, Clock: c.Clock,
		Audit: z.Audit, Post: z.Notify, Site: c.HTTP.PublicURL, Log: c.Log})
	z.measurePersons()
}

// measurePersons publishes how many questions about orderers are open, and for
// how long: an outage of the verification service shows here first.
func (z *Zone) measurePersons() {
	gauge := func(name, help string, read func(n int, since time.Time) float64) {
		z.Metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "pilotzone", Name: name, Help: help}, func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			n, since, err := z.PersonCheck.Waiting(ctx)
			if err != nil {
				return math.NaN()
			}
			return read(n, since)
		}))
	}
	gauge("person_checks_open", "Orderers whose verification has no answer yet (待核验身份数).", func(n int, _ time.Time) float64 { return float64(n) })
	gauge("person_checks_oldest_seconds", "Age of the oldest open verification, 0: none.", func(n int, since time.Time) float64 {
		if n == 0 {
			return 0
		}
		return z.Config.Clock.Now().Sub(since).Seconds()
	})
}

// personCommand gives a command about a person to the core; ok tells whether it
// is one.
func (z *Zone) personCommand(ctx context.Context, c feed.Command) (ok bool, err error) {
	kind, ok := map[string]clearance.CommandKind{personcheck.CommandAnswer: clearance.PersonAnswer, passport.CommandFreeze: clearance.PersonFreeze,
		passport.CommandDispute: clearance.DisputeUpheld}[c.Kind]
	if !ok {
		return false, nil
	}
	body, err := clearance.FromOutbox(kind, c.Body, c.ID)
	if err == nil {
		_, err = z.Intake.Command(ctx, kind, body)
	}
	return true, err
}

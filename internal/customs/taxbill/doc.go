// Package taxbill keeps the electronic tax bills 电子税单 of retail imports
// (总署公告2018年第194号; messages CEB816 and CEB818): a bill when a list with tax
// is released, summed into a payment document 缴款书 from the 31st day on, void
// when the tax is given back, and the payment that restores the guarantor's
// security 担保.
//
// The bills are the platform's own computation from its decisions: they say so
// in their note, their numbers begin with PZ, and customs' own bill wins.
//
// Everything is made from the core's stream of decisions, from the clock's day
// (Summarise) and from payments recorded (Pay); each step is one transaction
// with its entry in the stream "taxbill" and, where security moves, its command
// to the core in the outbox.
package taxbill

import (
	"context"
	"embed"
	"errors"
	"log/slog"
	"time"

	"pilotzone/internal/customs/clearance/lookup/follow"
	"pilotzone/internal/customs/tax"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of the service, its stream, cursor and outbox, in
// the services database.
func Migrations() []store.Migration {
	return []store.Migration{feed.Migration, feed.Cursors(store.Services), {File: store.Services, Owner: "taxbill", FS: migrations}}
}

// Stream is the name of the service's stream of facts.
const Stream = "taxbill"

// CommandDeposit is the kind of the commands to the core that this service
// writes; their bodies are those of clearance.Deposit.
const CommandDeposit = "deposit"

// Commands takes commands to the core, each in the transaction that causes it;
// *feed.Outbox is one, whose deliverer hands them to intake.Service.Command,
// each once.
type Commands interface {
	Add(ctx context.Context, tx *store.Tx, kind string, body []byte) (uint64, error)
}

// Errors that a caller acts on.
var (
	// ErrNotFound: there is no such bill or payment document.
	ErrNotFound = errors.New("no such tax bill or payment document (没有该税单或缴款书)")
	// ErrPaid: the document was paid by another payment already.
	ErrPaid = errors.New("the payment document is paid already (缴款书已缴清)")
	// ErrAmount: the payment is not of the document's amount.
	ErrAmount = errors.New("the amount paid is not the amount due (缴款金额与应缴金额不符)")
)

// Config is what the service works on.
type Config struct {
	Store    *store.Store
	Core     follow.Decisions
	Commands Commands
	Clock    clock.Clock
	Rules    func() *refdata.Book // in force: gives the terms of payment by day
	Calendar *clock.Calendar      // working days; nil knows weekends only
	Log      *slog.Logger         // nil: slog.Default
	Batch    int                  // most decisions a transaction; 1,024 if 0
	Audit    Audit                // nil: nobody keeps entries of payments
}

// Audit writes an entry in the transaction of the act; *audit.Log does.
type Audit interface {
	Write(ctx context.Context, tx *store.Tx, e audit.Entry) error
}

// Service is the tax bill service. Its methods are safe beside each other, but
// CatchUp and Follow belong to one goroutine.
type Service struct {
	c      Config
	db     *store.DB
	feed   *follow.Consumer
	stream *feed.Stream
}

// New makes the service on a store in which [Migrations] have run.
func New(c Config) *Service {
	s := &Service{c: c, db: c.Store.Services}
	if s.c.Log == nil {
		s.c.Log = slog.Default()
	}
	s.stream = feed.NewStream(s.db, Stream, c.Clock)
	s.feed = follow.New(follow.Config{Name: Stream, Source: c.Core, DB: s.db, Clock: c.Clock, Log: c.Log, Batch: c.Batch, Apply: s.apply})
	return s
}

// Facts is the service's own stream, for those who live on it.
func (s *Service) Facts() *feed.Stream { return s.stream }

// CatchUp takes in all decisions that are durable.
func (s *Service) CatchUp(ctx context.Context) error { return s.feed.CatchUp(ctx) }

// dayLook is how often Follow looks whether a new day has begun.
const dayLook = time.Minute

// Follow takes decisions in as they become durable and sums up, every day, the
// bills that fell due, until ctx ends, which is no error.
func (s *Service) Follow(ctx context.Context, core follow.Core) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go s.daily(ctx)
	return s.feed.Run(ctx, core)
}

func (s *Service) daily(ctx context.Context) {
	var done clock.Day
	tick := time.NewTicker(dayLook)
	defer tick.Stop()
	for {
		if today := clock.DayOf(s.c.Clock.Now()); today != done {
			if _, err := s.Summarise(ctx, today); err == nil {
				done = today
			} else if ctx.Err() == nil {
				s.c.Log.Warn("taxbill: summing up failed, will try again", "day", today, "error", err)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// terms are the first and last day of payment of what is released on a day
// (RULES A10; parameters tax_payment_first_day, tax_payment_last_day).
func (s *Service) terms(released clock.Day) (first, last clock.Day) {
	p := s.c.Rules().On(released).Periods
	t := tax.NationalTerms
	if p.PayLast > 0 {
		t.PayFrom, t.PayTo = int(p.PayFirst), int(p.PayLast)
	}
	return t.Payment(released, s.c.Calendar)
}

// Package zone puts the parts of the platform together into a running zone: it
// opens the store and brings its tables up to date, opens or makes the key
// file, loads the rule packs, starts the core (package intake) with the filings
// it decides by, carries commands of the services to it, and closes all of it in
// order. The commands, the demo, the bench and the tests of this floor use it.
//
// Invariants: a zone that is open is the only writer of its store; a key file is
// made for a store that holds nothing yet and for no other; what is opened for
// reading (OpenArchive) changes nothing and needs no lock.
package zone

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"pilotzone/internal/customs/announce"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/customs/passport"
	"pilotzone/internal/customs/personcheck"
	"pilotzone/internal/customs/preflight"
	"pilotzone/internal/customs/queue"
	"pilotzone/internal/customs/rulebook"
	"pilotzone/internal/customs/sheets"
	"pilotzone/internal/customs/story"
	"pilotzone/internal/customs/taxbill"
	"pilotzone/internal/growth/cultivation/aeo/conduct"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/fact/trade"
	"pilotzone/internal/growth/library"
	"pilotzone/internal/growth/listing"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/growth/park/basemap"
	"pilotzone/internal/growth/plan"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/directory"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/job"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/once"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/internal/kernel/saved"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/oversight/stats"
	"pilotzone/internal/registry"
	"pilotzone/internal/registry/certify"
	"pilotzone/internal/registry/person"
	"pilotzone/packs"
)

// Zone is a running zone. Its methods are safe for concurrent use.
type Zone struct {
	Config   Config
	Store    *store.Store
	Keys     *keys.Keyring
	Intake   *intake.Service
	Registry *registry.Registry
	Ledger   *ledger.Ledger
	Outbox   *feed.Outbox
	Lookup   *lookup.Index   // search and receipts; built behind the core
	Stats    *stats.Service  // figures, made with the index
	Saved    *saved.Searches // searches that people keep
	Trade    *trade.Service  // trade cleared here, made with the index
	// Declarations are those of the national Single Window.
	Declarations *declaration.Service
	Facts        *fact.Service      // figures of enterprises and other subjects
	Park         *park.Service      // parks, belts, centres, incubators, warehouses
	Plan         *plan.Service      // plans against what was reached, assessments, funds
	Sums         *plan.Source       // figures of counties and the zone, summed over enterprises
	Policy       *policy.Service    // incentives: clauses, claims, budgets, payments
	Cultivation  Cultivation        // repository, pipeline, fairs, events, bookings, talent, matching, AEO
	Directory    *directory.Service // registers of things: brands, providers, guides
	Listing      *listing.Service   // what directories mean to trade
	BaseMap      *basemap.Map       // what places are drawn on; nil: a grid
	TaxBills     *taxbill.Service   // electronic tax bills, made behind the core
	Queue        *queue.Service     // the officers' desk, made behind the core
	Story        *story.Teller      // stories of parcels, told when asked for
	Audit        *audit.Log         // the chain of acts
	Accounts     *access.Accounts   // organisations, people, mandates, sessions, keys
	Notify       *notify.Service    // webhooks, the bell, mail
	Passport     *passport.Service  // consumers' uses of their identity, made behind the core
	Persons      *person.Service    // verification of identities
	// PersonCheck carries the core's questions about orderers and the answers.
	PersonCheck *personcheck.Service
	Once        *once.Store      // requests that carry an idempotency key
	Library     *library.Service // measures of policy and published answers
	Matters     *matter.Service  // applications
	Certify     *certify.Service // filings made of applications
	Blobs       *blob.Store      // files that people attach
	Jobs        *job.Queue       // work that goes on by itself
	Uploads     *sheets.Service  // spreadsheets and files of messages
	Preflight   *preflight.Checker
	Rulebook    *rulebook.Service // changes of the rules in force
	Metrics     *prometheus.Registry
	// Decided is notified after each commit: for those who follow the decisions.
	Decided feed.Signal

	delivered atomic.Uint64 // last command of the outbox that is durable in the core
	unsure    atomic.Bool   // a delivery failed: delivered is to be asked anew
	answers   answers       // of the core to what was delivered

	stop      context.CancelFunc
	workers   sync.WaitGroup
	fatal     chan error
	parts     parts
	rotated   atomic.Uint32 // data key that was made here last
	matterset atomic.Pointer[definitions]
}

// Migrations are the tables of all owners.
func Migrations() []store.Migration {
	list := []store.Migration{journal.Migration(), feed.Migration, feed.Cursors(store.Services), audit.Migration, access.Migration, ledger.Migration, registry.Migration, saved.Migration, job.Migration, plan.Migration}
	for _, m := range slices.Concat(announce.Migrations(), once.Migrations(), lookup.Migrations(), stats.Migrations(), fact.Migrations(), park.Migrations(), policy.Migrations(), directory.Migrations(), declaration.Migrations(), taxbill.Migrations(), queue.Migrations(), rulebook.Migrations(), personcheck.Migrations(), passport.Migrations(), matter.Migrations(), certify.Migrations(), library.Migrations(), cultivationMigrations()) {
		same := func(v store.Migration) bool { return v.File == m.File && v.Owner == m.Owner }
		if !slices.ContainsFunc(list, same) {
			list = append(list, m)
		}
	}
	return list
}

// Open starts a zone. Errors: Faults of the configuration, the kinds of package
// store (store.ErrLocked: another process is the writer), those of the key file
// and of the packs.
func Open(ctx context.Context, c Config) (*Zone, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	z := &Zone{Config: c.withDefaults(), Metrics: prometheus.NewRegistry(), fatal: make(chan error, 4)}
	book, err := LoadPacks(z.Config.Packs)
	if err != nil {
		return nil, err
	}
	if z.Store, err = store.Open(ctx, z.Config.Store, storeOptions(z.Config, false)); err != nil {
		return nil, err
	}
	if err := z.open(ctx, book); err != nil {
		return nil, errors.Join(err, z.Store.Close())
	}
	return z, nil
}

func (z *Zone) open(ctx context.Context, book *refdata.Book) error {
	if err := z.Store.Migrate(ctx, Migrations()...); err != nil {
		return err
	}
	j, err := journal.Open(z.Store, 0)
	if err != nil {
		return err
	}
	if err := z.openKeys(ctx, j); err != nil {
		return errors.Join(err, j.Close())
	}
	return z.start(ctx, j, book)
}

// openKeys opens the key file, or makes it for a store that holds nothing.
func (z *Zone) openKeys(ctx context.Context, j journal.Journal) error {
	path := z.Config.Key
	state, err := j.Current(ctx)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && state.LastInput > 0 {
		return missingKey(path)
	}
	o, err := keyOptions(z.Config)
	if err != nil {
		return err
	}
	ring, created, err := keys.Open(o)
	if err != nil {
		return err
	}
	z.Keys = ring
	if created {
		z.Config.Log.Warn("a new key file was made: keep it (已生成新密钥文件，请妥善保存)", "file", path)
		if z.Config.Notice != nil {
			fmt.Fprintf(z.Config.Notice, "NEW KEY FILE %s\n%s\n", path, keys.Warning)
		}
	}
	return nil
}

// start starts the core and what hangs on it.
func (z *Zone) start(ctx context.Context, j journal.Journal, book *refdata.Book) error {
	c := &z.Config
	signatures := &judge{}
	service, err := intake.Open(ctx, intake.Config{Journal: j, Keys: z.Keys, Clock: c.Clock, Log: c.Log, Rules: book,
		Filings: func() clearance.Filings { return newFilings() }, Judge: signatures, Holder: c.Holder,
		Workers: c.Intake.Workers, Queue: c.Intake.Queue, MaxMessage: c.Intake.MaxMessage, SnapshotEvery: c.Intake.SnapshotEvery, Committed: c.Committed})
	if err != nil {
		return errors.Join(err, j.Close())
	}
	z.Intake = service
	signatures.service.Store(service)
	z.Outbox = feed.NewOutbox(z.Store.Services, c.Clock)
	z.Registry = registry.New(z.Store.Services, c.Clock, z.Outbox)
	z.Ledger = ledger.New(z.Store.Services, c.Clock)
	z.Audit = newAudit(*c, z.Store, z.Keys)
	z.Registry.Enter(z.Audit)
	if z.Accounts, err = z.newAccounts(); err != nil {
		return errors.Join(err, z.Intake.Close(ctx))
	}
	z.measure()
	z.delivered.Store(z.taken())
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	z.stop = stop
	z.run(background, "outbox", (&feed.Deliverer{Outbox: z.Outbox, Last: z.delivered.Load, Submit: z.deliver, Log: c.Log}).Run)
	z.run(background, "decisions", z.follow)
	z.Stats = stats.New(z.Store, c.Clock)
	z.Saved = saved.New(z.Store.Services, c.Clock)
	z.Trade = trade.New(z.Store)
	z.Cultivation.Conduct = conduct.New(z.Store)
	z.Lookup = lookup.New(lookup.Config{Store: z.Store, Core: z.Reader(), Clock: c.Clock, Log: c.Log, Riders: []lookup.Rider{z.Stats, z.Trade, z.Cultivation.Conduct}})
	z.newFacts()
	z.newPark()
	z.newPolicy()
	z.TaxBills = taxbill.New(taxbill.Config{Store: z.Store, Core: z.Reader(), Commands: z.Outbox, Clock: c.Clock, Rules: z.Intake.Rules, Log: c.Log, Audit: z.Audit})
	z.Queue = queue.New(queue.Config{Store: z.Store, Core: z.Reader(), Commands: z.Outbox, Audit: z.Audit, Keys: z.Keys, Clock: c.Clock, Rules: z.Intake.Rules, Log: c.Log})
	z.Story = story.New(story.Config{Index: z.Lookup, Documents: z.Reader(), Rules: z.Intake.Rules, Clock: c.Clock})
	z.Notify, z.Once = z.newNotify(), z.newOnce()
	z.newDirectory()
	z.newCultivation()
	z.newPlan()
	z.newPersons()
	if err := z.newFiles(signatures); err != nil {
		stop()
		z.workers.Wait()
		return errors.Join(err, z.Intake.Close(ctx))
	}
	z.newRulebook()
	if err := z.newMatters(ctx); err != nil {
		stop()
		z.workers.Wait()
		return errors.Join(err, z.Intake.Close(ctx))
	}
	if !c.Bare {
		z.run(background, "filings to look at again", z.Certify.Follower().Run)
		z.run(background, "time limits of matters", z.escalate)
		z.run(background, "news of matters and filings", z.tell)
		z.run(background, "webhooks and mail", z.Notify.Run)
		z.run(background, "announcements", func(ctx context.Context) error { return z.announcer().Follow(ctx, z.Intake) })
		z.announceFacts(background)
		z.run(background, "idempotency keys", z.Once.Run)
		z.run(background, "jobs", z.Jobs.Run)
		z.run(background, "changes of rules", z.Rulebook.Run)
		z.run(background, "officers' queues", func(ctx context.Context) error { return z.Queue.Follow(ctx, z.Intake) })
		z.run(background, "person check", func(ctx context.Context) error { return z.PersonCheck.Run(ctx, z.Intake) })
		z.run(background, "passport", func(ctx context.Context) error { return z.Passport.Follow(ctx, z.Intake) })
		z.run(background, "disputes", func(ctx context.Context) error { return z.Passport.FollowMatters(ctx, z.Matters.Facts()) })
		z.run(background, "audit chain", z.Audit.Run)
		z.run(background, "keys", z.followKeys)
		z.run(background, "accounts", z.Accounts.Run)
		z.run(background, "tax bills", func(ctx context.Context) error { return z.TaxBills.Follow(ctx, z.Intake) })
		z.run(background, "lookup", z.index)
		z.run(background, "parks", z.Park.Run)
		z.run(background, "claims", z.Policy.FollowMatters)
		z.run(background, "awards", z.watchAwards)
		z.run(background, "directories", z.Directory.Run)
		z.run(background, "plans", z.recordPlans)
		z.run(background, "tiers of enterprises", z.Cultivation.Repository.Run)
		z.run(background, "market alerts", z.Listing.Follower().Run)
	}
	return nil
}

// run starts a worker of the zone. One that ends with an error leaves the zone
// running, since clearance does not need it, and tells Failed.
func (z *Zone) run(ctx context.Context, name string, work func(context.Context) error) {
	z.parts.set(name, "")
	z.workers.Go(func() {
		if err := work(ctx); err != nil && ctx.Err() == nil {
			z.parts.set(name, err.Error())
			z.Config.Log.Error("a part of the service has stopped (服务的一部分已停止)", "part", name, "error", err)
			select {
			case z.fatal <- fmt.Errorf("%s: %w", name, err):
			default:
			}
		}
	})
}

// Failed yields the error of a part that stopped for good.
func (z *Zone) Failed() <-chan error { return z.fatal }

// follow wakes those who wait for decisions.
func (z *Zone) follow(ctx context.Context) error {
	for seen := z.Intake.Durable(); ; seen = z.Intake.Durable() {
		if err := z.Intake.Wait(ctx, seen); err != nil {
			return nil // the zone is closing
		}
		z.Decided.Notify()
	}
}

// taken is the number of the last command of the outbox that the core holds,
// durable or not: exact when no command is under way.
func (z *Zone) taken() uint64 {
	last := z.Intake.Outbox()
	if f, ok := z.Intake.Filings().(*filings); ok {
		last = max(last, f.last.Load())
	}
	return last
}

// deliver gives a command of the outbox to the core. After a failure the core is
// asked, once it has loaded its durable state again, how far it came: what it
// held before may never have become durable.
func (z *Zone) deliver(ctx context.Context, c feed.Command) error {
	if z.unsure.Load() {
		if err := z.Intake.Healthy(); err != nil {
			return err
		}
		z.delivered.Store(z.taken())
		z.unsure.Store(false)
	}
	if want := z.delivered.Load() + 1; c.ID != want {
		return fmt.Errorf("command %d comes when %d should: it is taken up again from there (指令不连续，将从断点重送)", c.ID, want)
	}
	if err := z.command(ctx, c); err != nil {
		z.unsure.Store(true)
		return err
	}
	z.delivered.Store(c.ID)
	return nil
}

func (z *Zone) command(ctx context.Context, c feed.Command) error {
	switch c.Kind {
	case registry.CommandKind:
		_, err := z.Intake.Command(ctx, clearance.FilingChange, filingBody(c.ID, c.Body))
		return err
	case taxbill.CommandDeposit:
		body, err := clearance.FromOutbox(clearance.Deposit, c.Body, c.ID)
		if err != nil {
			return err
		}
		a, err := z.Intake.Command(ctx, clearance.Deposit, body)
		if err == nil {
			z.answers.put(c.ID, a)
		}
		return err
	case rulebook.CommandSwitch:
		body, err := clearance.FromOutbox(clearance.SwitchSet, c.Body, c.ID)
		if err != nil {
			return err
		}
		a, err := z.Intake.Command(ctx, clearance.SwitchSet, body)
		if err == nil {
			z.answers.put(c.ID, a)
		}
		return err
	case queue.CommandVerdict:
		body, err := clearance.FromOutbox(clearance.Verdict, c.Body, c.ID)
		if err == nil {
			_, err = z.Intake.Command(ctx, clearance.Verdict, body)
		}
		return err
	}
	if ok, err := z.personCommand(ctx, c); ok {
		return err
	}
	return fmt.Errorf("unknown kind of command %q: it was written by a newer program (未知指令)", c.Kind)
}

// File files enterprises and returns when the core decides by them.
func (z *Zone) File(ctx context.Context, by registry.Author, filings ...registry.Filing) error {
	if err := z.Registry.File(ctx, by, filings...); err != nil {
		return err
	}
	return z.Settle(ctx)
}

// Settle returns when the core has taken in all changes of filings made so far.
func (z *Zone) Settle(ctx context.Context) error {
	for {
		decided := z.Decided.Wait()
		n, err := z.Outbox.Waiting(ctx)
		if err != nil || n == 0 {
			return err
		}
		select {
		case <-decided:
		case <-afterPoll():
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Reader reads what the core made durable.
func (z *Zone) Reader() *intake.Reader { return z.Intake.Reader() }

// Close stops taking messages, finishes what was taken, writes a snapshot and
// closes the store.
func (z *Zone) Close(ctx context.Context) error {
	z.stop()
	z.workers.Wait()
	return errors.Join(z.Intake.Close(ctx), z.Store.Close())
}

// shipped are the books of shipped packs, which never change, by their names.
var shipped sync.Map // string → *refdata.Book

// LoadPacks reads packs by name (shipped) or folder and lays them over each
// other, the first at the bottom.
func LoadPacks(names []string) (*refdata.Book, error) {
	key := strings.Join(names, "\n")
	if book, ok := shipped.Load(key); ok {
		return book.(*refdata.Book), nil // nothing else is stored
	}
	list, own := make([]*pack.Pack, 0, len(names)), true
	for _, name := range names {
		p, err := loadPack(name)
		if err != nil {
			return nil, fmt.Errorf("pack %s (规则包有误): %w", name, err)
		}
		list, own = append(list, p), own && slices.Contains(packs.Shipped(), name)
	}
	set, err := pack.NewSet(list...)
	if err != nil {
		return nil, fmt.Errorf("packs (规则包组合有误): %w", err)
	}
	book, err := refdata.New(set)
	if err != nil {
		return nil, fmt.Errorf("packs (规则包组合有误): %w", err)
	}
	if own {
		shipped.Store(key, book)
	}
	return book, nil
}

func loadPack(name string) (*pack.Pack, error) {
	if slices.Contains(packs.Shipped(), name) {
		return pack.LoadFS(packs.Files, name)
	}
	return pack.LoadDir(name)
}

func missingKey(path string) error {
	return fmt.Errorf("the store is in use but its key file %s is missing: name it with --key, or restore it from its backup (存储已有数据但缺少密钥文件，请用 --key 指定或从备份恢复)", path)
}

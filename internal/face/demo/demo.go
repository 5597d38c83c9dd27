package demo

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/access/oidctest"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/registry"
	"pilotzone/internal/registry/register"
	"pilotzone/internal/registry/register/registertest"
)

// Options say what to demonstrate. The zero value of a field takes the default.
type Options struct {
	Zone    string       // pack of the zone (综试区规则包), one of traffic.Places; xinxiang
	Parcels int          // of the day; 20,000
	Seed    uint64       // of the traffic; 1
	Day     clock.Day    // Beijing day of the traffic; the clock's day
	Store   string       // sqlite:FILE or postgres://…, which must be empty; a temporary file
	Key     string       // key file; beside the store
	Listen  string       // address of the HTTP interface; that of zone.Default
	Tokens  []zone.Token // of programs
	// PublicURL is how browsers reach it; http://localhost:PORT of Listen. Without
	// one there is no identity provider for consumers.
	PublicURL string
	// Hooks are networks of one's own to which webhooks may go, also without TLS.
	Hooks    []string
	Password string      // of all log-ins; a made-up one
	Clock    clock.Clock // the machine's clock; must be given
	Log      *slog.Logger
}

// DefaultParcels take some ten seconds on two processors.
const DefaultParcels = 20_000

// MostParcels is how many parcels have a number of ten digits and fit in memory
// with what is expected of each.
const MostParcels = 2_000_000

// ErrUsed says that the store named holds something already.
var ErrUsed = errors.New("the store is in use: name a new one for the demonstration (存储已有数据，演示请使用新的存储)")

//go:embed rates
var rates embed.FS

// Demo is a zone with a day's traffic ahead of it.
type Demo struct {
	Zone   *zone.Zone
	Clock  *Clock
	Day    clock.Day
	Folder string // temporary, removed by Close
	// Password is that of all log-ins.
	Password string
	// Identity is the identity provider of consumers; nil without a public address.
	Identity *oidctest.Provider

	machine  clock.Clock
	register registertest.Server // a business register that knows the enterprises
	gen      *traffic.Gen
	orgs     map[string]string            // organisations by name
	persons  map[string]*access.Principal // by log-in
	plan     *traffic.Plan
	record   *record
}

// Open opens the zone on an empty store and plans its day; the traffic begins
// with Play. Error: ErrUsed, and those of zone.Open.
func Open(ctx context.Context, o Options) (d *Demo, err error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "pilotzone-demo-")
	if err != nil {
		return nil, err
	}
	var made *Demo // what is returned is nil after a failure
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(folder))
			if made != nil {
				err = errors.Join(err, made.closeOutside())
			}
		}
	}()
	d = &Demo{Day: o.Day, Folder: folder, Clock: NewClock(o.Day.Time(), o.Clock), machine: o.Clock, Password: o.Password}
	made = d
	rates := filepath.Join(d.Folder, "rates")
	if err := copyRates(rates); err != nil {
		return nil, err
	}
	packs := []string{"national", o.Zone, rates}
	if o.Zone == "national" {
		packs = []string{"national", rates}
	}
	if err := d.planDay(o, packs); err != nil {
		return nil, err
	}
	c := zone.Default()
	c.Store, c.Key, c.Packs, c.Holder, c.Clock, c.Log = o.Store, o.Key, packs, "pilotzone demo", d.Clock, o.Log
	c.HTTP.Tokens = o.Tokens
	c.Notify.Allow, c.Notify.AllowHTTP = o.Hooks, len(o.Hooks) > 0
	if o.Listen != "" {
		c.HTTP.Listen = o.Listen
	}
	if err := d.openToPeople(&c, o); err != nil {
		return nil, err
	}
	if c.Store == "" {
		c.Store = "sqlite:" + filepath.Join(d.Folder, "demo.db")
	}
	c.Committed = d.record.committed
	c.Intake.Workers = 1 // messages are decoded in the order in which they are sent
	if d.Zone, err = zone.Open(ctx, c); err != nil {
		return nil, err
	}
	if d.Zone.Intake.Durable() > 1 { // the first decision switches the packs on
		return nil, errors.Join(ErrUsed, d.Zone.Close(ctx))
	}
	return d, nil
}

// openToPeople configures how people get in. The day passes in seconds, so
// sessions last long; and nobody needs a second factor where all is made up.
func (d *Demo) openToPeople(c *zone.Config, o Options) (err error) {
	c.HTTP.PublicURL = o.PublicURL
	if c.HTTP.PublicURL == "" {
		c.HTTP.PublicURL = zone.PublicURL(c.HTTP.Listen)
	}
	c.HTTP.SecondFactor, c.HTTP.PasswordCost = access.FactorNone, demoCost
	c.HTTP.SessionIdle, c.HTTP.SessionLifetime = 30*24*time.Hour, 30*24*time.Hour
	if c.HTTP.OIDC, err = d.startIdentity(c.HTTP.PublicURL); err != nil {
		return err
	}
	for _, e := range d.gen.Zone().Enterprises {
		d.register.Put(register.Entry{USCC: e.USCC, Name: e.Name, Status: register.InBusiness})
	}
	c.Register.URL, err = d.register.Start()
	return err
}

// closeOutside ends the services of others that the demonstration stands in for.
func (d *Demo) closeOutside() error {
	err := d.register.Close()
	if d.Identity != nil {
		err = errors.Join(err, d.Identity.Close())
	}
	return err
}

// madeUp makes a password of digits alone behind "demo-": letters might spell a
// short log-in such as fx, which no password may hold.
func madeUp() string {
	return "demo-" + strings.Map(func(r rune) rune { return '0' + r%10 }, rand.Text()[:16])
}

// complete fills the options and looks at them.
func (o *Options) complete() error {
	if o.Zone == "" {
		o.Zone = "xinxiang"
	}
	if _, ok := traffic.PlaceOf(o.Zone); !ok {
		return fmt.Errorf("zone %q: the demonstration knows %s (演示可选的综试区)", o.Zone, strings.Join(traffic.Places(), ", "))
	}
	if o.Parcels == 0 {
		o.Parcels = DefaultParcels
	}
	if o.Parcels < 1 || o.Parcels > MostParcels {
		return fmt.Errorf("parcels %d: from 1 to %d (包裹数超出范围)", o.Parcels, MostParcels)
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Day == 0 {
		o.Day = clock.DayOf(o.Clock.Now())
	}
	if o.Password == "" {
		o.Password = madeUp()
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return nil
}

// copyRates lays the pack with the rates of exchange out as a folder.
func copyRates(folder string) error {
	inner, err := fs.Sub(rates, "rates")
	if err != nil {
		return err
	}
	return os.CopyFS(folder, inner)
}

// planDay makes the traffic of the day, with the tax that the rules of the day
// ask for.
func (d *Demo) planDay(o Options, packs []string) error {
	book, err := zone.LoadPacks(packs)
	if err != nil {
		return err
	}
	if begin := d.Day.AddDays(-past); len(book.On(begin).Missing) == 0 {
		d.Clock = NewClock(begin.Time(), o.Clock)
	}
	rules := book.On(d.Day)
	if len(rules.Missing) > 0 {
		return fmt.Errorf("the packs have no %s on %s: choose another day with --day (规则包当日缺少参数)", strings.Join(rules.Missing, ", "), d.Day)
	}
	at, _ := traffic.PlaceOf(o.Zone)
	d.gen, err = traffic.New(traffic.Options{Seed: o.Seed, Place: at, Day: d.Day, Block: traffic.BlockFor(o.Parcels), Tax: withheld(rules)})
	if err != nil {
		return err
	}
	if d.plan, err = d.gen.Plan(o.Parcels, traffic.DefaultMix()); err != nil {
		return err
	}
	d.record = newRecord(o.Parcels)
	return nil
}

// Close closes the zone and removes a temporary store.
func (d *Demo) Close(ctx context.Context) error {
	return errors.Join(d.Zone.Close(ctx), os.RemoveAll(d.Folder), d.closeOutside())
}

// populate files the enterprises and lodges the guarantees, at the beginning of
// the day.
func (d *Demo) populate(ctx context.Context) error {
	filings, err := Filings(d.gen.Zone(), d.today())
	if err != nil {
		return err
	}
	if err := d.Zone.File(ctx, registry.Author{By: "demo", Note: "演示企业"}, filings...); err != nil {
		return fmt.Errorf("file the enterprises (企业备案): %w", err)
	}
	for _, v := range d.gen.Zone().Deposits {
		body := clearance.DepositBody{Guarantor: v.Guarantor, Amount: int64(v.Amount), Memo: "演示担保"}.Encode()
		if _, err := d.Zone.Intake.Command(ctx, clearance.Deposit, body); err != nil {
			return fmt.Errorf("deposit of %s (担保金): %w", v.Guarantor, err)
		}
	}
	return d.history(ctx)
}

// history is what went before the day of the traffic: people, figures, parks,
// claims. The clock then stands at the beginning of the day.
func (d *Demo) history(ctx context.Context) error {
	if err := d.people(ctx); err != nil {
		return err
	}
	d.Clock.Set(d.Day.Time())
	seller := d.orgs[d.first(traffic.Merchant).Name]
	if err := d.matters(ctx, seller); err != nil {
		return err
	}
	return d.desk(ctx, seller)
}

// second is a time of the demonstration's day.
func (d *Demo) second(s int) time.Time { return d.Day.Time().Add(time.Duration(s) * time.Second) }

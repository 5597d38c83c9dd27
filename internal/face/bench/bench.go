// Package bench measures the whole way of a parcel - XML bytes in, durable
// decision and all receipts rendered out - and, in the same run on the same
// machine, the ways that it is held against: an append-only log with the same
// decoding, tax, sealing and receipts (only storage differs), and textbook
// CRUD on SQLite and PostgreSQL with a transaction a message.
//
// Wall-clock figures on shared machines swing; the ratios of one run and the
// CPU time a parcel are what counts.
package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/face/demo"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/pgtemp"
	"pilotzone/internal/registry"
)

// Options say what to measure.
type Options struct {
	Parcels  int    // of the main run; default 200,000
	Store    string // "sqlite" (default) or "postgres": where the main run writes
	Dir      string // folder for the files; a temporary one when empty
	HTTP     bool   // also over HTTP on loopback, messages of 100 documents
	Signed   bool   // also with signatures, one a message of 100, against the same without
	Message  int    // documents a message of the main run; default 1
	Rules    *refdata.Book
	Progress func(stage string, done, total int) // nil: silent
}

// Result is what was measured; the field names are the contract of
// `pilotzone bench --json`. A way that could not be measured is null.
type Result struct {
	Parcels       int      `json:"parcels"`
	Store         string   `json:"store"`
	PerSecond     float64  `json:"parcels_per_s"`
	LogLimit      float64  `json:"log_limit_parcels_per_s"`
	NaivePostgres *float64 `json:"naive_postgres_parcels_per_s"`
	NaiveSQLite   float64  `json:"naive_sqlite_parcels_per_s"`
	HTTP          *float64 `json:"http_parcels_per_s,omitempty"`
	Signed        *float64 `json:"signed_parcels_per_s,omitempty"`
	Unsigned      *float64 `json:"unsigned_parcels_per_s,omitempty"`
	Empty         float64  `json:"empty_parcels_per_s"`
	Full          float64  `json:"full_parcels_per_s"`
	CPU           float64  `json:"cpu_us_per_parcel"`
	GeneratorCPU  float64  `json:"generator_cpu_us_per_parcel"`
	Written       float64  `json:"bytes_written_per_parcel"`
	CommitP50     float64  `json:"commit_p50_ms"`
	CommitP99     float64  `json:"commit_p99_ms"`
	PeakRSS       int64    `json:"peak_rss_bytes"`
	Restart       float64  `json:"restart_ms"`
	Receipts      uint64   `json:"receipts"`
	XMLBytes      float64  `json:"xml_bytes_per_parcel"`
	Cores         int      `json:"cores"`
}

// day of all the traffic; a bench needs no today.
const day = clock.Day(20261122)

// Run measures everything that the options ask for.
func Run(ctx context.Context, o Options) (*Result, error) {
	if o.Parcels == 0 {
		o.Parcels = 200_000
	}
	if o.Message == 0 {
		o.Message = 1
	}
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	if o.Dir == "" {
		dir, err := os.MkdirTemp("", "pilotzone-bench-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		o.Dir = dir
	}
	r := &Result{Parcels: o.Parcels, Store: "sqlite", Cores: runtime.GOMAXPROCS(0)}
	pg, err := pgtemp.Start(ctx, pgtemp.Options{Durable: true})
	if err != nil && (!errors.Is(err, pgtemp.ErrNotInstalled) || o.Store == "postgres") {
		return nil, err
	}
	if pg != nil {
		defer pg.Stop()
	}
	if err := o.main(ctx, r, pg); err != nil {
		return nil, err
	}
	if err := o.logLimit(ctx, r); err != nil {
		return nil, err
	}
	if err := o.extras(ctx, r); err != nil {
		return nil, err
	}
	return r, o.naive(ctx, r, pg)
}

// main is the run that the promise is about.
func (o *Options) main(ctx context.Context, r *Result, pg *pgtemp.Server) error {
	url := "sqlite:" + filepath.Join(o.Dir, "main.db")
	if o.Store == "postgres" {
		var err error
		if url, err = pg.Create(ctx, "bench", ""); err != nil {
			return err
		}
		r.Store = "postgres"
	}
	st, err := store.Open(ctx, url, store.Options{})
	if err != nil {
		return err
	}
	defer st.Close()
	if err := st.Migrate(ctx, journal.Migration()); err != nil {
		return err
	}
	j, err := journal.Open(st, 0)
	if err != nil {
		return err
	}
	run, err := o.open(ctx, j)
	if err != nil {
		return err
	}
	cpu, written := cpuTime(), bytesWritten()
	if err := run.feed(ctx, o, "main", o.Parcels); err != nil {
		return err
	}
	n := float64(o.Parcels)
	r.PerSecond, r.Empty, r.Full = run.rate(), run.tenth(0), run.tenth(9)
	r.CPU = float64((cpuTime() - cpu).Microseconds()) / n
	r.GeneratorCPU = run.generator(o)
	r.CPU -= r.GeneratorCPU
	r.Written = float64(bytesWritten()-written) / n
	stats := run.service.Stats()
	r.CommitP50 = ms(stats.CommitTimes.Percentile(50))
	r.CommitP99 = ms(stats.CommitTimes.Percentile(99))
	r.XMLBytes = float64(stats.Bytes.Load()) / n
	r.Receipts = run.receipts()
	r.PeakRSS = peakRSS()
	return o.restart(ctx, r, run, st)
}

// extras are the runs that were asked for besides: over HTTP, and with
// signatures against the same without.
func (o *Options) extras(ctx context.Context, r *Result) error {
	if o.HTTP {
		rate, err := o.overHTTP(ctx)
		if err != nil {
			return fmt.Errorf("over HTTP: %w", err)
		}
		r.HTTP = &rate
	}
	if o.Signed {
		with, without, err := o.signed(ctx)
		if err != nil {
			return fmt.Errorf("signed: %w", err)
		}
		r.Signed, r.Unsigned = &with, &without
	}
	return nil
}

// side opens a further service on a SQLite file of its own.
func (o *Options) side(ctx context.Context, name string, judge intake.Judge) (*run, func(), error) {
	st, err := store.Open(ctx, "sqlite:"+filepath.Join(o.Dir, name+".db"), store.Options{})
	if err != nil {
		return nil, nil, err
	}
	if err := st.Migrate(ctx, journal.Migration()); err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	j, err := journal.Open(st, 0)
	if err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	run, err := o.openJudged(ctx, j, judge)
	if err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	return run, func() { run.close(ctx); st.Close() }, nil
}

// restart measures how long the service needs from a sudden end to taking
// messages again: the snapshot that stood then, and the inputs after it.
func (o *Options) restart(ctx context.Context, r *Result, run *run, st *store.Store) error {
	if err := run.service.Abandon(); err != nil {
		return err
	}
	run.service = nil
	debug.FreeOSMemory()
	j, err := journal.Open(st, 0)
	if err != nil {
		return err
	}
	start := time.Now()
	again, err := o.open(ctx, j)
	if err != nil {
		return err
	}
	r.Restart = ms(time.Since(start))
	return again.close(ctx)
}

func (o *Options) logLimit(ctx context.Context, r *Result) error {
	j, err := newLogJournal(filepath.Join(o.Dir, "append.log"))
	if err != nil {
		return err
	}
	run, err := o.open(ctx, j)
	if err != nil {
		return err
	}
	if err := run.feed(ctx, o, "log limit", min(200_000, max(o.Parcels/4, min(o.Parcels, 20_000)))); err != nil {
		return err
	}
	r.LogLimit = run.rate()
	return run.close(ctx)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// open starts a service on a journal with the zone's enterprises and deposits.
func (o *Options) open(ctx context.Context, j journal.Journal) (*run, error) {
	return o.openJudged(ctx, j, nil)
}

func (o *Options) openJudged(ctx context.Context, j journal.Journal, judge intake.Judge) (*run, error) {
	ring, _, err := keys.OpenFile(filepath.Join(o.Dir, "bench.key"), keys.AES256GCM)
	if err != nil {
		return nil, err
	}
	run := newRun()
	cfg := intake.Config{Journal: j, Keys: ring, Clock: clock.NewFixed(day.Time().Add(10 * time.Hour)), Rules: o.Rules, Holder: "bench",
		Filings: func() clearance.Filings { return registry.NewView() }, Committed: run.committed, Judge: judge}
	if run.service, err = intake.Open(ctx, cfg); err != nil {
		return nil, err
	}
	if run.gen, err = traffic.New(traffic.Options{Seed: 1, Day: day, Buyers: 500_000, Modes: traffic.ImportModes()}); err != nil {
		return nil, err
	}
	if run.service.Durable() > 1 {
		return run, nil
	}
	return run, o.populate(ctx, run)
}

func (o *Options) populate(ctx context.Context, run *run) error {
	filings, err := demo.Filings(run.gen.Zone(), day)
	if err != nil {
		return err
	}
	for i := range filings {
		if _, err := run.service.Command(ctx, clearance.FilingChange, registry.AppendFiling(nil, &filings[i])); err != nil {
			return fmt.Errorf("filing: %w", err)
		}
	}
	for _, d := range run.gen.Zone().Deposits {
		body := clearance.DepositBody{Guarantor: d.Guarantor, Amount: int64(d.Amount), Memo: "bench"}.Encode()
		if _, err := run.service.Command(ctx, clearance.Deposit, body); err != nil {
			return fmt.Errorf("deposit: %w", err)
		}
	}
	return nil
}

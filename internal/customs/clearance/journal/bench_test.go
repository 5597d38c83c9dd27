package journal_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/pgtemp"
	"pilotzone/internal/kernel/store/storetest"
)

// parcelsABatch is what a benchmark batch stands for: 24 segments of 64
// messages of four.
const parcelsABatch = 1500

// load makes benchmark batches of sealed, so incompressible, bytes.
type load struct {
	rnd            *rand.Rand
	noise          []byte
	batch, in, dec uint64
}

func newLoad() *load {
	l := &load{rnd: rand.New(rand.NewPCG(3, 4)), noise: make([]byte, 32<<20)}
	_, _ = rand.NewChaCha8([32]byte{7}).Read(l.noise) // never fails
	return l
}

func (l *load) bytes(from, to int) []byte {
	n := from + l.rnd.IntN(to-from)
	at := l.rnd.IntN(len(l.noise) - n)
	return l.noise[at : at+n]
}

func (l *load) next() (b *journal.Batch, size int) {
	l.batch++
	b = &journal.Batch{Number: l.batch, FirstInput: l.in + 1, FirstDecision: l.dec + 1, At: int64(l.batch)}
	for range 24 {
		s := journal.Segment{First: l.in + 1, Count: 250, Directory: l.bytes(900, 1100), Block: l.bytes(60<<10, 90<<10)}
		d := journal.DecisionBlock{First: l.dec + 1, Count: 63, Block: l.bytes(18<<10, 22<<10)}
		b.Segments, b.Decisions = append(b.Segments, s), append(b.Decisions, d)
		l.in, l.dec = l.in+250, l.dec+63
		size += len(s.Directory) + len(s.Block) + len(d.Block)
	}
	l.in++
	b.Inputs = []journal.Input{{Seq: l.in, Kind: 1, Body: l.bytes(8, 16)}} // the tick
	b.LastInput, b.LastDecision = l.in, l.dec
	return b, size
}

// BenchmarkCommit measures commits of 1,500 parcels on both stores, and the
// limit: the same bytes appended to a file with one fdatasync a batch.
//
//	go test -run '^$' -bench Commit -benchtime 1000x ./internal/customs/clearance/journal
func BenchmarkCommit(b *testing.B) {
	b.Run("append", func(b *testing.B) {
		f, err := os.Create(filepath.Join(b.TempDir(), "log"))
		if err != nil {
			b.Fatal(err)
		}
		measure(b, nil, func(batch *journal.Batch) error { return appendBatch(f, batch) })
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("sqlite", func(b *testing.B) {
		j := acquire(b, storetest.SQLite(b, journal.Migration()))
		measure(b, nil, func(batch *journal.Batch) error { return j.Commit(b.Context(), batch) })
	})
	b.Run("postgres", func(b *testing.B) {
		server := storetest.Server(b, pgtemp.Options{Durable: true})
		url, err := server.Create(b.Context(), "zone", "")
		if err != nil {
			b.Fatal(err)
		}
		j := acquire(b, storetest.Open(b, url, journal.Migration()))
		measure(b, server, func(batch *journal.Batch) error { return j.Commit(b.Context(), batch) })
	})
}

func appendBatch(f *os.File, b *journal.Batch) error {
	b.Hash = journal.HashBatch(b.PrevHash, b)
	for _, s := range b.Segments {
		if _, err := f.Write(s.Directory); err != nil {
			return err
		}
		if _, err := f.Write(s.Block); err != nil {
			return err
		}
	}
	for _, d := range b.Decisions {
		if _, err := f.Write(d.Block); err != nil {
			return err
		}
	}
	return unix.Fdatasync(int(f.Fd()))
}

func measure(b *testing.B, server *pgtemp.Server, commit func(*journal.Batch) error) {
	l := newLoad()
	var took []time.Duration
	bytes := 0
	cpu, written := usage(b, server)
	b.ResetTimer()
	for range b.N {
		batch, size := l.next()
		start := time.Now()
		if err := commit(batch); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
		bytes += size
	}
	b.StopTimer()
	cpuAfter, writtenAfter := usage(b, server)
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	parcels := float64(b.N * parcelsABatch)
	b.ReportMetric(float64(bytes)/1e6/b.Elapsed().Seconds(), "MB/s")
	b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
	b.ReportMetric(ms(took[len(took)*99/100]), "p99-ms")
	b.ReportMetric(ms(took[len(took)-1]), "max-ms")
	b.ReportMetric(float64((cpuAfter-cpu).Microseconds())/parcels, "cpu-µs/parcel")
	b.ReportMetric(float64(writtenAfter-written)/parcels, "written-B/parcel")
	b.ReportMetric(float64(bytes)/parcels, "B/parcel")
	b.ReportMetric(0, "ns/op")
}

// usage returns the processor time and the bytes sent to the disk so far, of
// this process and of the server's.
func usage(b *testing.B, server *pgtemp.Server) (cpu time.Duration, written int64) {
	pids := []int{os.Getpid()}
	if server != nil {
		pids = append(pids, server.Processes()...)
	}
	for _, pid := range pids {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue // a process that has ended is in its parent's sums
		}
		f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')'):]))
		for _, ticks := range f[12:16] { // own and ended children's user and system time
			n, _ := strconv.ParseInt(ticks, 10, 64)
			cpu += time.Duration(n) * 10 * time.Millisecond
		}
		io, _ := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
		for line := range strings.Lines(string(io)) {
			if v, ok := strings.CutPrefix(line, "write_bytes: "); ok {
				n, _ := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
				written += n
			}
		}
	}
	return cpu, written
}

// BenchmarkFindPage measures the look-up of a page of 16 KiB in a layer of
// 2,000 pages.
func BenchmarkFindPage(b *testing.B) {
	for name, open := range map[string]func(testing.TB, ...store.Migration) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			j := acquire(b, open(b, journal.Migration()))
			l := newLoad()
			pages := make([]journal.Page, 2000)
			for i := range pages {
				pages[i].First[0], pages[i].First[1] = byte(i>>8), byte(i)
				pages[i].Data = l.bytes(16000, 16385)
			}
			if err := j.SaveLayer(b.Context(), 1, pages); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				n := l.rnd.IntN(len(pages))
				if page, err := j.FindPage(b.Context(), 1, [16]byte{byte(n >> 8), byte(n), 1}); err != nil || len(page) == 0 {
					b.Fatal(err)
				}
			}
		})
	}
}

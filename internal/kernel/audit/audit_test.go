package audit_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

var start = time.Date(2026, 11, 27, 9, 0, 0, 0, clock.Beijing)

func newKeys(t testing.TB) *keys.Keyring {
	t.Helper()
	k, err := keys.New(keys.AES256GCM, start, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// newLog is a log with a head file of its own.
func newLog(t testing.TB, s *store.Store) (*audit.Log, *clock.Fixed) {
	t.Helper()
	c := clock.NewFixed(start)
	return audit.New(audit.Config{DB: s.Services, Clock: c, Keys: newKeys(t), Head: filepath.Join(t.TempDir(), "zone.audit"), Every: time.Millisecond,
		Log: slog.New(slog.DiscardHandler)}), c
}

func entry(n int) audit.Entry {
	return audit.Entry{Actor: fmt.Sprintf("p%d", n%3), Org: fmt.Sprintf("o%d", n%2), Act: "personal.read", Object: fmt.Sprintf("parcel:%d", n), Outcome: audit.Done,
		Purpose: "inspection", Detail: fmt.Sprintf("fields=%d", n)}
}

// fill writes entries 1 to n, and seals after every third.
func fill(t testing.TB, l *audit.Log, c *clock.Fixed, n int) {
	t.Helper()
	for i := 1; i <= n; i++ {
		c.Advance(time.Second)
		if err := l.Record(t.Context(), entry(i)); err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 {
			if err := l.SealAll(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func verify(t testing.TB, l *audit.Log) *audit.Report {
	t.Helper()
	r, err := l.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEntryCommitsWithItsActOrNotAtAll(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l, _ := newLog(t, s)
		changed := errors.New("changed my mind")
		err := s.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(l.Write(ctx, tx, entry(1)), changed)
		})
		if !errors.Is(err, changed) {
			t.Fatal(err)
		}
		if err := s.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return l.Write(ctx, tx, entry(2)) }); err != nil {
			t.Fatal(err)
		}
		list, _, err := l.List(t.Context(), audit.Filter{}, "", 10)
		if err != nil || len(list) != 1 || list[0].Entry.Object != "parcel:2" || list[0].Purpose != "inspection" || list[0].Detail != "fields=2" || !list[0].At.Equal(start) {
			t.Fatalf("%+v, %v", list, err)
		}
	}, audit.Migration)
}

func TestPurposeAndDetailStandInNoColumnInClear(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l, _ := newLog(t, s)
		e := entry(1)
		e.Purpose, e.Detail = "买家 13812345678 来电", "11010519491231002X"
		if err := l.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		var words []byte
		if err := s.Services.Read().QueryRowContext(t.Context(), `select words from audit_entries`).Scan(&words); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(words, []byte("13812345678")) || bytes.Contains(words, []byte("0519491231")) {
			t.Error("in clear")
		}
	}, audit.Migration)
}

func TestChainVerifies(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l, c := newLog(t, s)
		if r := verify(t, l); !r.OK() || r.Entries != 0 || r.Newest != nil || r.Head != "missing" {
			t.Fatalf("of an empty chain: %+v", r)
		}
		fill(t, l, c, 10)
		r := verify(t, l)
		if !r.OK() || r.Entries != 9 || r.Seals != 3 || r.Unsealed != 1 || r.Head != "agrees" || r.Newest.Last != 9 {
			t.Fatalf("%+v", r)
		}
		state, err := l.State(t.Context())
		if err != nil || state.Newest.Number != 3 || state.Waiting != 1 || !bytes.Equal(l.Sealed().Hash, state.Newest.Hash) {
			t.Fatalf("%+v, %v", state, err)
		}
	}, audit.Migration)
}

// tampers are all ways to change the tables without the key file. The chain has
// the entries 1 to 9 in seals of three, and entry 10 that is not chained.
var tampers = []struct{ name, sql, want string }{
	{"id", `update audit_entries set id = 'x' where seq = 5`, "entry 5 "},
	{"at", `update audit_entries set at = at + 1 where seq = 5`, "entry 5 "},
	{"actor", `update audit_entries set actor = 'p9' where seq = 5`, "entry 5 "},
	{"org", `update audit_entries set org = '' where seq = 5`, "entry 5 "},
	{"act", `update audit_entries set act = 'parcel.read' where seq = 1`, "entry 1 "},
	{"object", `update audit_entries set object = 'parcel:1' where seq = 9`, "entry 9 "},
	{"outcome", `update audit_entries set outcome = 'denied' where seq = 5`, "entry 5 "},
	{"text moved to the next column", `update audit_entries set actor = actor || org, org = '' where seq = 5`, "entry 5 "},
	{"words", `update audit_entries set words = (select o.words from audit_entries o where o.seq = 4) where seq = 5`, "entry 5 "},
	{"words removed", `update audit_entries set words = hash where seq = 5`, "entry 5 "},
	{"hash", `update audit_entries set hash = (select o.hash from audit_entries o where o.seq = 4) where seq = 5`, "entry 5 "},
	{"hash of the last", `update audit_entries set hash = words where seq = 9`, "entry 9 "},
	{"first removed", `delete from audit_entries where seq = 1`, "entries 1 to 1 are missing"},
	{"one removed", `delete from audit_entries where seq = 5`, "entries 5 to 5 are missing"},
	{"last removed", `delete from audit_entries where seq = 9`, "entries 9 to 9 are missing"},
	{"all removed", `delete from audit_entries`, "entries 1 to 9 are missing"},
	{"removed and the rest moved up", `delete from audit_entries where seq = 5; update audit_entries set seq = -seq where seq > 5; update audit_entries set seq = -seq - 1 where seq < 0`, "entry 5 "},
	{"two swapped", `update audit_entries set seq = 100 where seq = 5; update audit_entries set seq = 5 where seq = 6; update audit_entries set seq = 6 where seq = 100`, "entry 5 "},
	{"taken out of the chain", `update audit_entries set seq = 0 where seq = 5`, "entries 5 to 5 are missing"},
	{"hidden below zero", `update audit_entries set seq = -5 where seq = 5`, "entries 5 to 5 are missing"},
	{"copied in behind", `insert into audit_entries select 'x', 10, hash, at, actor, org, act, object, outcome, words from audit_entries where seq = 5`, "entry 10 (x)"},
	{"numbered without a seal", `update audit_entries set seq = 10 where seq = 0`, "entry 10 "},
	{"forged before it is chained", `insert into audit_entries select 'x', 0, substr(hash, 1, 0), at, actor, org, act, object, outcome, words from audit_entries where seq = 5`, "entry x"},
	{"changed before it is chained", `update audit_entries set actor = 'p9' where seq = 0`, "not chained"},
	{"seal's number", `update audit_seals set number = 7 where number = 3`, "seals 3 to 6 are missing"},
	{"seal's first", `update audit_seals set first_seq = 5 where number = 2`, "seal 2 "},
	{"seal's last", `update audit_seals set last_seq = 7 where number = 2`, "seal 2 "},
	{"seal's last far behind", `update audit_seals set last_seq = 1 where number = 3`, "seal 3 "},
	{"seal's time", `update audit_seals set at = at - 1 where number = 2`, "seal 2 "},
	{"seal's hash", `update audit_seals set hash = mac where number = 2`, "seal 2 "},
	{"seal's mac", `update audit_seals set mac = hash where number = 2`, "seal 2 "},
	{"first seal removed", `delete from audit_seals where number = 1`, "seals 1 to 1 are missing"},
	{"seal removed", `delete from audit_seals where number = 2`, "seals 2 to 2 are missing"},
	{"last seal removed", `delete from audit_seals where number = 3`, "entry 7 "},
	{"end cut off", `delete from audit_seals where number = 3; delete from audit_entries where seq > 6`, "cut off"},
	{"all cut off", `delete from audit_seals; delete from audit_entries`, "cut off"},
	{"seal below one", `insert into audit_seals select 0, first_seq, last_seq, at, hash, mac from audit_seals where number = 1`, "below 1"},
}

func TestVerifyFindsEveryChange(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l, c := newLog(t, s)
		fill(t, l, c, 10)
		for _, tt := range tampers {
			undo := save(t, s)
			run(t, s, tt.sql)
			r := verify(t, l)
			if r.OK() || !strings.Contains(fmt.Sprint(r.Differences), tt.want) {
				t.Errorf("%s: %v, want %q", tt.name, r.Differences, tt.want)
			}
			undo()
			if r := verify(t, l); !r.OK() {
				t.Fatalf("%s: not undone: %v", tt.name, r.Differences)
			}
		}
	}, audit.Migration)
}

// save keeps the tables and returns what puts them back.
func save(t *testing.T, s *store.Store) (undo func()) {
	t.Helper()
	run(t, s, `create table keep_e as select * from audit_entries; create table keep_s as select * from audit_seals`)
	return func() {
		run(t, s, `delete from audit_entries; delete from audit_seals; insert into audit_entries select * from keep_e; insert into audit_seals select * from keep_s; drop table keep_e; drop table keep_s`)
	}
}

func run(t *testing.T, s *store.Store, script string) {
	t.Helper()
	err := s.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		for stmt := range strings.SplitSeq(script, ";") {
			if _, err := tx.Exec(ctx, stmt); err != nil {
				return fmt.Errorf("%s: %w", stmt, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestChainCannotBeMadeAnewWithoutTheKeyFile(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l, c := newLog(t, s)
		fill(t, l, c, 6)
		thief := audit.New(audit.Config{DB: s.Services, Clock: c, Keys: newKeys(t), Log: slog.New(slog.DiscardHandler)})
		run(t, s, `delete from audit_entries; delete from audit_seals`)
		fill(t, thief, c, 6)
		if r := verify(t, thief); !r.OK() {
			t.Fatal(r.Differences)
		}
		if r := verify(t, l); len(r.Differences) < 8 { // 6 entries and 2 seals
			t.Errorf("found only %v", r.Differences)
		}
	}, audit.Migration)
}

func TestWritersAndSealerAtTheSameTime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l, _ := newLog(t, s)
		ctx, stop := context.WithCancel(t.Context())
		var sealer, writers sync.WaitGroup
		sealer.Go(func() {
			if err := l.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		const each = 40
		for w := range 8 {
			writers.Go(func() {
				for i := range each {
					var err error
					switch e := entry(w*each + i); i % 4 {
					case 0: // an act that takes its time and commits late
						err = s.Services.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
							if err := l.Write(ctx, tx, e); err != nil {
								return err
							}
							time.Sleep(3 * time.Millisecond)
							return nil
						})
					default:
						err = l.Record(ctx, e)
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		writers.Wait()
		if r := verify(t, l); !r.OK() {
			t.Error(r.Differences)
		}
		stop()
		sealer.Wait()
		if r := verify(t, l); !r.OK() || r.Entries != 8*each || r.Unsealed != 0 {
			t.Errorf("%+v", r)
		}
	}, audit.Migration)
}

func TestNumbersNeverChangeAndLateCommitsComeLater(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t, audit.Migration) // on SQLite writers wait for each other
	l, c := newLog(t, s)
	written, finish := make(chan struct{}), make(chan struct{})
	late := make(chan error, 1)
	go func() {
		var once sync.Once
		late <- s.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			err := l.Write(ctx, tx, entry(1))
			once.Do(func() { close(written) })
			<-finish
			return err
		})
	}()
	<-written
	c.Advance(time.Second)
	if err := errors.Join(l.Record(t.Context(), entry(2)), l.SealAll(t.Context())); err != nil {
		t.Fatal(err)
	}
	close(finish)
	if err := errors.Join(<-late, l.SealAll(t.Context())); err != nil {
		t.Fatal(err)
	}
	for object, want := range map[string]uint64{"parcel:2": 1, "parcel:1": 2} {
		if list, err := l.Of(t.Context(), object, 5); err != nil || len(list) != 1 || list[0].Seq != want {
			t.Errorf("%s: %+v, %v; want place %d", object, list, err, want)
		}
	}
	if r := verify(t, l); !r.OK() {
		t.Error(r.Differences)
	}
}

func TestTwoSealersDoNotHurtEachOther(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l, c := newLog(t, s)
		other := audit.New(l.Config)
		for i := range 20 {
			if err := l.Record(t.Context(), entry(i)); err != nil {
				t.Fatal(err)
			}
			c.Advance(time.Second)
			var both sync.WaitGroup
			for _, x := range []*audit.Log{l, other} {
				both.Go(func() { _ = x.SealAll(t.Context()) }) // one of them may be told that it lost
			}
			both.Wait()
		}
		if err := l.SealAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := verify(t, l); r.Entries != 20 || len(r.Differences) > 0 && r.Head == "agrees" {
			t.Errorf("%+v", r)
		}
	}, audit.Migration)
}

func TestRestartGoesOnWithTheChain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l, c := newLog(t, s)
		fill(t, l, c, 4) // a sudden end: entry 4 is durable and not chained
		again := audit.New(l.Config)
		if err := again.SealAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := verify(t, again); !r.OK() || r.Entries != 4 || r.Seals != 2 {
			t.Errorf("%+v", r)
		}
	}, audit.Migration)
}

func TestListFiltersAndPages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l, c := newLog(t, s)
		fill(t, l, c, 12)
		c.Advance(time.Second)
		if err := l.Record(t.Context(), audit.Entry{Actor: "p1", Org: "o1", Act: "personal.mask", Object: "=cmd|' /C'", Outcome: audit.Denied}); err != nil {
			t.Fatal(err)
		}
		tests := []struct {
			name string
			f    audit.Filter
			want int
		}{
			{"all", audit.Filter{}, 13},
			{"actor", audit.Filter{Actor: "p1"}, 5},
			{"organisation", audit.Filter{Org: "o0"}, 6},
			{"act", audit.Filter{Act: "personal.read"}, 12},
			{"group of acts", audit.Filter{Act: "personal."}, 13},
			{"half a group", audit.Filter{Act: "person."}, 0},
			{"object", audit.Filter{Object: "parcel:7"}, 1},
			{"outcome", audit.Filter{Outcome: audit.Denied}, 1},
			{"from", audit.Filter{From: start.Add(10 * time.Second)}, 4},
			{"to", audit.Filter{To: start.Add(10 * time.Second)}, 9},
			{"several", audit.Filter{Actor: "p1", Org: "o1", From: start.Add(5 * time.Second), To: start.Add(8 * time.Second)}, 1},
		}
		for _, tt := range tests {
			var ids []string
			for before, first := "", true; first || before != ""; first = false {
				list, next, err := l.List(t.Context(), tt.f, before, 2)
				if err != nil || len(list) > 2 {
					t.Fatalf("%s: %d entries, %v", tt.name, len(list), err)
				}
				for _, r := range list {
					ids = append(ids, r.ID)
				}
				before = next
			}
			for i := 1; i < len(ids); i++ {
				if ids[i] >= ids[i-1] {
					t.Errorf("%s: not the newest first, or twice", tt.name)
				}
			}
			if len(ids) != tt.want {
				t.Errorf("%s: %d entries, want %d", tt.name, len(ids), tt.want)
			}
		}
		var out bytes.Buffer
		if err := l.Export(t.Context(), &out, audit.Filter{Actor: "p1"}); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 6 || rows[1][5] != "'=cmd|' /C'" || rows[2][0] != "10" || rows[2][8] != "fields=10" {
			t.Errorf("%v, %v", rows, err)
		}
	}, audit.Migration)
}

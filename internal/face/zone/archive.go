package zone

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/internal/kernel/store"
)

// pollTime is how often something is looked at that nobody tells of.
const pollTime = 5 * time.Millisecond

func afterPoll() <-chan time.Time { return time.After(pollTime) }

// Archive is a store opened for reading, beside its writer or from a backup.
type Archive struct {
	Store   *store.Store
	Keys    *keys.Keyring
	Journal journal.Journal
	Reader  *intake.Reader
	Ledger  *ledger.Ledger
	book    *refdata.Book
}

// OpenArchive opens the store of a configuration for reading. Nothing is made
// or changed; Migrations must have run (store.ErrOlder).
func OpenArchive(ctx context.Context, c Config) (*Archive, error) {
	c = c.withDefaults()
	st, err := OpenStore(ctx, c)
	if err != nil {
		return nil, err
	}
	a := &Archive{Store: st, Ledger: ledger.New(st.Services, c.Clock)}
	if err := a.open(c); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return a, nil
}

// OpenStore opens the store of a configuration for reading and checks that this
// program knows its tables. The search index may be missing, as in a backup.
func OpenStore(ctx context.Context, c Config) (*store.Store, error) {
	c = c.withDefaults()
	st, err := store.Open(ctx, c.Store, storeOptions(c, true))
	if err != nil {
		return nil, err
	}
	for _, m := range Migrations() {
		if m.File == store.Search {
			continue
		}
		if err := st.Migrate(ctx, m); err != nil {
			return nil, errors.Join(err, st.Close())
		}
	}
	return st, nil
}

func (a *Archive) open(c Config) error {
	if _, err := os.Stat(c.Key); errors.Is(err, fs.ErrNotExist) {
		return missingKey(c.Key)
	}
	o, err := keyOptions(c)
	if err != nil {
		return err
	}
	if a.Keys, _, err = keys.Open(o); err != nil {
		return err
	}
	if a.book, err = LoadPacks([]string{"national"}); err != nil {
		return err
	}
	if a.Journal, err = journal.Open(a.Store, 0); err != nil {
		return err
	}
	a.Reader = intake.NewReader(a.Journal, a.Keys)
	return nil
}

// Engine makes an empty machine of this program. The rules that it starts from
// do not matter: the first input of every store switches its packs on.
func (a *Archive) Engine() *clearance.Engine {
	return clearance.New(clearance.Config{Rules: a.book, Filings: newFilings(), Hasher: a.Keys.Hasher()})
}

// Restored makes a machine from the newest snapshot, nil when there is none.
func (a *Archive) Restored(ctx context.Context) (*clearance.Engine, error) {
	return a.Reader.Snapshot(ctx, clearance.Config{Rules: a.book, Filings: newFilings(), Hasher: a.Keys.Hasher()})
}

// Close closes the store.
func (a *Archive) Close() error { return errors.Join(a.Journal.Close(), a.Store.Close()) }

package personcheck

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/registry/person"
)

// apply takes the core's questions in. One whose answer is in the cache and
// still holds is answered at once.
func (s *Service) apply(ctx context.Context, tx *store.Tx, decisions []*clearance.Decision) error {
	added := false
	for _, d := range decisions {
		if d.What != clearance.Asked {
			continue
		}
		a, ok, err := s.c.Persons.CachedIn(ctx, tx, d.Person)
		if err != nil {
			return err
		}
		if ok {
			if err := s.tell(ctx, tx, d.Person, a); err != nil {
				return err
			}
			continue
		}
		if _, err := tx.Exec(ctx, `insert into personcheck_asks (key, source, asked) values ($1, $2, $3) on conflict (key) do nothing`,
			d.Person[:], int64(d.Source), d.At); err != nil {
			return err
		}
		added = true
	}
	if added {
		tx.AfterCommit(s.wake.Notify)
	}
	return nil
}

// tell commands the core to take an answer in.
func (s *Service) tell(ctx context.Context, tx *store.Tx, k keys.Key, a person.Answer) error {
	body := clearance.PersonAnswerBody{Check: k, Result: clearance.PersonResult(a.Result), Checked: a.Checked.UnixMicro()}
	_, err := s.c.Commands.Add(ctx, tx, CommandAnswer, body.Encode())
	return err
}

// ask is one open question.
type ask struct {
	key    keys.Key
	source uint64
}

// atOnce is how many questions a step takes.
const atOnce = 64

// Step asks the oldest open questions and returns how many were answered. The
// error is the first failure; what was answered beside it counts.
func (s *Service) Step(ctx context.Context) (int, error) {
	asks, err := s.open(ctx)
	if err != nil || len(asks) == 0 {
		return 0, err
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	var first error
	answered, next := 0, make(chan ask)
	for range min(s.c.Parallel, len(asks)) {
		wg.Go(func() {
			h := s.c.Keys.Hasher()
			for a := range next {
				err := s.answer(ctx, h, a)
				mu.Lock()
				if err == nil {
					answered++
				} else if first == nil {
					first = err
				}
				mu.Unlock()
			}
		})
	}
	failed := func() bool { mu.Lock(); defer mu.Unlock(); return first != nil }
	for _, a := range asks {
		if failed() {
			break
		}
		next <- a
	}
	close(next)
	wg.Wait()
	return answered, first
}

func (s *Service) open(ctx context.Context) (out []ask, err error) {
	rows, err := s.db.Read().QueryContext(ctx, `select key, source from personcheck_asks order by asked, source limit $1`, atOnce)
	if err != nil {
		return nil, store.Wrap("open questions about persons", err)
	}
	defer rows.Close()
	for rows.Next() {
		var key []byte
		var source int64
		if err := rows.Scan(&key, &source); err != nil {
			return nil, err
		}
		a := ask{source: uint64(source)}
		copy(a.key[:], key)
		out = append(out, a)
	}
	return out, rows.Err()
}

// answer asks the service about one person.
func (s *Service) answer(ctx context.Context, h *keys.Hasher, a ask) error {
	who, err := s.who(ctx, a.source)
	if err != nil {
		return err
	}
	if clearance.CheckKey(h, who.Number, who.Name) != a.key {
		return fmt.Errorf("personcheck: input %d is not about the person that the core asks about", a.source)
	}
	got, err := s.c.Persons.Ask(ctx, who)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.c.Persons.Keep(ctx, tx, a.key, got); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from personcheck_asks where key = $1`, a.key[:]); err != nil {
			return err
		}
		return s.tell(ctx, tx, a.key, got)
	})
}

var errNoList = errors.New("personcheck: the document asked about is no import list")

// who reads the orderer's name and number from the list as it came in.
func (s *Service) who(ctx context.Context, input uint64) (person.Identity, error) {
	raw, err := s.c.Core.Raw(ctx, input)
	if err != nil {
		return person.Identity{}, err
	}
	m, err := ceb.Decode(raw.Message)
	if err != nil {
		return person.Identity{}, err
	}
	for i := range m.Docs {
		d := &m.Docs[i]
		if m.Kind == 621 && bytes.Equal(m.Raw[d.Start:d.End], raw.Document) {
			return person.Identity{Name: d.Head.Text(ceb.H621BuyerName), Number: d.Head.Text(ceb.H621BuyerIdNumber)}, nil
		}
	}
	return person.Identity{}, errNoList
}

// Waiting is how many questions are open, and since when the oldest is; zero
// when none is.
func (s *Service) Waiting(ctx context.Context) (n int, since time.Time, err error) {
	var oldest int64
	err = s.db.Read().QueryRowContext(ctx, `select count(*), coalesce(min(asked), 0) from personcheck_asks`).Scan(&n, &oldest)
	if err != nil || n == 0 {
		return 0, time.Time{}, store.Wrap("open questions about persons", err)
	}
	return n, time.UnixMicro(oldest), nil
}

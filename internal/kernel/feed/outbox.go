package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// outboxName is the row of feed_streams that numbers commands; no stream has it.
const outboxName = "#outbox"

// Command asks the clearance core for something (指令): a filing change, a
// deposit, an officer's verdict. The core takes each in once, by its id: it
// remembers the highest id that entered as an input and passes over those not
// above it.
type Command struct {
	ID   uint64 // from 1, without gaps, in commit order
	At   time.Time
	Kind string // such as "filing"
	Body []byte // versioned by its kind
}

// Outbox is the commands of the services to the core, in the services database.
type Outbox struct {
	Signal // notified after each commit that added a command, within this process
	db     *store.DB
	clock  clock.Clock
}

// NewOutbox returns the outbox in db, in which Migration has run; there is one
// in a process.
func NewOutbox(db *store.DB, c clock.Clock) *Outbox { return &Outbox{db: db, clock: c} }

// Add writes a command in the transaction that causes it, and returns its id.
func (o *Outbox) Add(ctx context.Context, tx *store.Tx, kind string, body []byte) (uint64, error) {
	id, err := number(ctx, tx, outboxName, 1)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `insert into outbox (id, at, kind, body, delivered) values ($1, $2, $3, $4, false)`,
		int64(id), o.clock.Now().UnixMicro(), kind, notNil(body))
	tx.AfterCommit(o.Notify)
	return id, err
}

// Commands returns at most max commands above after, by rising id, delivered or
// not: a core that was restored from an older backup asks for them again.
func (o *Outbox) Commands(ctx context.Context, after uint64, max int) ([]Command, error) {
	rows, err := o.db.Read().QueryContext(ctx, `select id, at, kind, body from outbox where id > $1 order by id limit $2`, int64(after), max)
	if err != nil {
		return nil, store.Wrap("read outbox", err)
	}
	defer rows.Close()
	var out []Command
	for rows.Next() {
		var c Command
		var id, at int64
		if err := rows.Scan(&id, &at, &c.Kind, &c.Body); err != nil {
			return nil, store.Wrap("read outbox", err)
		}
		c.ID, c.At = uint64(id), time.UnixMicro(at).UTC()
		out = append(out, c)
	}
	return out, store.Wrap("read outbox", rows.Err())
}

// Delivered marks all commands up to and including id as taken in by the core.
// The mark only informs; what counts is the core's own highest id.
func (o *Outbox) Delivered(ctx context.Context, id uint64) error {
	return o.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `update outbox set delivered = true where id <= $1 and delivered = false`, int64(id))
		return err
	})
}

// Waiting returns how many commands are not marked as delivered.
func (o *Outbox) Waiting(ctx context.Context) (int, error) {
	var n int
	err := o.db.Read().QueryRowContext(ctx, `select count(*) from outbox where delivered = false`).Scan(&n)
	return n, store.Wrap("read outbox", err)
}

// Deliverer carries commands from the outbox to the core.
type Deliverer struct {
	Outbox *Outbox
	// Last returns the highest id that the core holds durably as an input.
	Last func() uint64
	// Submit gives a command to the core and returns when it is durable there. The
	// same command may come again after a failure of unknown outcome.
	Submit func(context.Context, Command) error

	Poll  time.Duration // longest time without looking, 1 s if 0
	Pause time.Duration // after the first failure, doubled up to 64 times; 100 ms if 0
	Log   *slog.Logger  // nil: slog.Default
}

// Run delivers until ctx ends, which is no error. A core that holds an id which
// the outbox never gave is ErrAhead: services were restored from an older backup.
func (d *Deliverer) Run(ctx context.Context) error {
	failures := 0
	for ctx.Err() == nil {
		wake := d.Outbox.Wait()
		n, err := d.step(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, ErrGap), errors.Is(err, ErrAhead):
			return err
		case err != nil:
			d.log().Warn("feed: delivery to the core failed, will try again", "failures", failures+1, "error", err)
			rest(ctx, orElse(d.Pause, defaultPause)<<min(failures, mostDoubling), nil)
			failures++
			continue
		case n == 0:
			rest(ctx, orElse(d.Poll, defaultPoll), wake)
		}
		failures = 0
	}
	return nil
}

func (d *Deliverer) log() *slog.Logger {
	if d.Log != nil {
		return d.Log
	}
	return slog.Default()
}

// behind makes sure that the core's last command is there when none follows it.
func (d *Deliverer) behind(ctx context.Context, last uint64) error {
	if last == 0 {
		return nil
	}
	own, err := d.Outbox.Commands(ctx, last-1, 1)
	if err != nil {
		return err
	}
	if len(own) == 0 {
		return fmt.Errorf("%w: the core holds command %d, which the outbox does not know", ErrAhead, last)
	}
	return nil
}

func (d *Deliverer) step(ctx context.Context) (int, error) {
	at := d.Last()
	commands, err := d.Outbox.Commands(ctx, at, defaultBatch)
	if err != nil {
		return 0, err
	}
	if len(commands) == 0 {
		return 0, d.behind(ctx, at)
	}
	for i, c := range commands {
		if want := at + uint64(i) + 1; c.ID != want {
			return 0, fmt.Errorf("%w: command %d stands where %d should", ErrGap, c.ID, want)
		}
		if err := d.Submit(ctx, c); err != nil {
			return 0, fmt.Errorf("feed: command %d (%s): %w", c.ID, c.Kind, err)
		}
	}
	return len(commands), d.Outbox.Delivered(ctx, commands[len(commands)-1].ID)
}

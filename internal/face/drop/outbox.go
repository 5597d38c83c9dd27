package drop

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/zone"
)

// cursorFile remembers in the outbox up to which decision receipts were written,
// and to which they are being written: after a crash the same page is written
// again, into the same files.
const cursorFile = ".cursor"

// page is how many decisions are rendered at a time.
const page = 2000

// receipts follows the decisions and writes their receipts: of documents that
// came by files and by other ways, at once and later.
func (d *Drop) receipts(ctx context.Context) {
	for {
		decided := d.zone.Decided.Wait()
		n, err := d.write(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			d.log.Error("receipts can't be written (无法写入回执)", "folder", d.path(outbox), "error", err)
			rest(ctx, scanPause*4)
			continue
		case n > 0:
			continue
		}
		select {
		case <-decided:
		case <-ctx.Done():
			return
		}
	}
}

// write writes the receipts of the next decisions and returns how many there were.
func (d *Drop) write(ctx context.Context) (int, error) {
	at, until, err := d.cursor()
	if err != nil {
		return 0, err
	}
	if until <= at {
		if until = min(d.zone.Intake.Durable(), at+page); until <= at {
			return 0, nil
		}
		if err := d.keep(at, until); err != nil {
			return 0, err
		}
	}
	var nodes []clearance.ReceiptNode
	if err := d.zone.Decisions(ctx, at+1, until, func(v *clearance.Decision) error {
		nodes = append(nodes, v.Nodes()...)
		return nil
	}); err != nil {
		return 0, err
	}
	for _, m := range zone.Group(nodes) {
		if err := zone.WriteReceipt(d.path(outbox), &m); err != nil {
			return 0, err
		}
	}
	return int(until - at), d.keep(until, until)
}

func (d *Drop) keep(at, until uint64) error {
	return zone.WriteWhole(d.path(outbox, cursorFile), fmt.Appendf(nil, "%d %d\n", at, until))
}

// cursor reads up to which decision receipts were written, and the end of a page
// that was begun. A store that is in use when the file drop starts for the first
// time begins with what is decided from then on.
func (d *Drop) cursor() (at, until uint64, err error) {
	data, err := os.ReadFile(d.path(outbox, cursorFile))
	if errors.Is(err, fs.ErrNotExist) {
		at = d.zone.Intake.Durable()
		return at, at, d.keep(at, at)
	}
	if err != nil {
		return 0, 0, err
	}
	if _, err := fmt.Sscanf(string(data), "%d %d\n", &at, &until); err != nil {
		return 0, 0, fmt.Errorf("%s: %w", d.path(outbox, cursorFile), err)
	}
	return at, until, nil
}

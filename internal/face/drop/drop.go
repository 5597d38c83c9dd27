// Package drop takes messages in from files (文件投递): what is put into inbox/ is
// submitted, its receipts are written to outbox/, and the file goes to done/ or,
// with a note beside it that says what is wrong and how to mend it, to failed/.
//
//	inbox/NAME.xml            the message; renamed in, or left alone until it is whole
//	outbox/SENDER/*.xml       receipt messages, also of decisions that come later
//	done/NAME.json            what was answered; NAME.xml beside it if files are kept
//	failed/NAME.xml, NAME.txt, NAME.json
//
// Invariants: a file that is still being written is never read as a whole one; a
// receipt appears whole or not at all; a crash at any point loses nothing: a file
// that is submitted twice is answered as a repetition by the core, and receipts
// written twice are the same file; a file that was taken in does not stay on the
// disk with its personal data in clear, unless it is to be kept.
package drop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/face/zone"
)

// Drop is the file drop of a zone.
type Drop struct {
	zone   *zone.Zone
	root   string
	stays  bool // a file that was taken in
	settle time.Duration
	log    *slog.Logger
	slots  chan struct{} // files under way

	mu   sync.Mutex
	busy map[string]bool   // names under way
	seen map[string]sample // files that are not whole yet
}

// sample is what a file looked like when it was seen first so.
type sample struct {
	size  int64
	time  time.Time
	since time.Time
}

// The folders.
const (
	inbox  = "inbox"
	outbox = "outbox"
	done   = "done"
	failed = "failed"
)

// scanPause is how often the inbox is looked at.
const scanPause = 250 * time.Millisecond

// New makes the file drop that the zone's configuration describes.
func New(z *zone.Zone) *Drop {
	c := z.Config.Drop
	return &Drop{zone: z, root: c.Folder, stays: c.Keep, settle: c.Settle, log: z.Config.Log, slots: make(chan struct{}, c.Workers),
		busy: make(map[string]bool), seen: make(map[string]sample)}
}

// Run looks at the inbox until ctx ends, then finishes what is under way.
func (d *Drop) Run(ctx context.Context) error {
	for _, name := range []string{inbox, outbox, done, failed} {
		if err := os.MkdirAll(d.path(name), 0o750); err != nil {
			return fmt.Errorf("file drop (文件投递): %w", err)
		}
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { d.receipts(ctx) })
	for {
		if err := d.scan(ctx, &wg); err != nil {
			d.log.Error("the inbox can't be read (无法读取 inbox)", "folder", d.path(inbox), "error", err)
		}
		if !rest(ctx, scanPause) {
			return nil
		}
	}
}

func (d *Drop) path(parts ...string) string {
	return filepath.Join(append([]string{d.root}, parts...)...)
}

// rest waits, and reports whether to go on.
func rest(ctx context.Context, t time.Duration) bool {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// scan starts all files that are whole and not under way.
func (d *Drop) scan(ctx context.Context, wg *sync.WaitGroup) error {
	entries, err := os.ReadDir(d.path(inbox))
	if err != nil {
		return err
	}
	present := make(map[string]bool, len(entries))
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || strings.HasPrefix(name, ".") || !strings.EqualFold(filepath.Ext(name), ".xml") {
			continue
		}
		present[name] = true
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || !d.whole(name, info) || !d.claim(name) {
			continue // gone meanwhile, a link or device, not whole yet, or under way
		}
		select {
		case d.slots <- struct{}{}:
		case <-ctx.Done():
			d.release(name)
			return nil
		}
		wg.Go(func() {
			defer func() { <-d.slots; d.release(name) }()
			d.take(ctx, name)
		})
	}
	d.forget(present)
	return nil
}

// whole tells whether a file has come to its end: it has not changed for the
// time of settling. A file that was renamed in bears an older time and counts at
// once.
func (d *Drop) whole(name string, info fs.FileInfo) bool {
	now := time.Now() // the file system's clock, not the platform's
	if info.Size() > 0 && now.Sub(info.ModTime()) >= d.settle && d.ends(name, info.Size()) {
		return true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.seen[name]
	if !ok || s.size != info.Size() || !s.time.Equal(info.ModTime()) {
		d.seen[name] = sample{info.Size(), info.ModTime(), now}
		return false
	}
	quiet := now.Sub(s.since)
	// One that does not end as XML gets longer: its writer may only be slow. In
	// the end it is read all the same, so that its fault is told.
	return quiet >= d.settle && d.ends(name, info.Size()) || quiet >= slowWriter*d.settle
}

// slowWriter is how many times the time of settling a file that does not end
// as XML may stay unchanged.
const slowWriter = 30

// ends tells whether a file's last characters close an element.
func (d *Drop) ends(name string, size int64) bool {
	f, err := os.Open(d.path(inbox, name))
	if err != nil {
		return false
	}
	defer f.Close()
	tail := make([]byte, min(size, 256))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil {
		return false
	}
	tail = bytes.TrimRight(tail, " \t\r\n")
	return bytes.HasSuffix(tail, []byte(">")) && bytes.Contains(tail, []byte("</"))
}

func (d *Drop) claim(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.busy[name] {
		return false
	}
	d.busy[name] = true
	delete(d.seen, name)
	return true
}

func (d *Drop) release(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.busy, name)
}

func (d *Drop) forget(present map[string]bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name := range d.seen {
		if !present[name] {
			delete(d.seen, name)
		}
	}
}

// take submits one file and moves it to where it belongs. What can't be taken
// in now stays for the next look.
func (d *Drop) take(ctx context.Context, name string) {
	data, err := d.read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return // it was moved since
	}
	var ack *intake.Ack
	if err == nil {
		ack, err = d.submit(ctx, data)
	}
	switch {
	case errors.Is(err, intake.ErrBusy), errors.Is(err, intake.ErrUnavailable), errors.Is(err, intake.ErrClosed), ctx.Err() != nil:
		d.log.Warn("a file waits: the core takes nothing now (文件等待重试)", "file", name, "error", err)
		rest(ctx, scanPause*4)
		return
	}
	note := describe(name, ack, err)
	if moveErr := d.file(note, name); moveErr != nil {
		// It stays in the inbox and is submitted again: a repetition to the core.
		d.log.Error("a file was taken in but can't be moved (已受理但无法移动文件)", "file", name, "error", moveErr)
		rest(ctx, scanPause*4)
	}
}

// read reads a file of bounded length.
func (d *Drop) read(name string) ([]byte, error) {
	path := d.path(inbox, name)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > int64(d.zone.Config.Intake.MaxMessage) {
		return nil, intake.ErrTooLarge
	}
	return os.ReadFile(path)
}

// submit waits for a place in the queue: a file has nobody to tell to come back.
func (d *Drop) submit(ctx context.Context, data []byte) (*intake.Ack, error) {
	p, err := d.zone.Intake.EnqueueWait(ctx, data, false)
	if err != nil {
		return nil, err
	}
	return p.Wait(ctx)
}

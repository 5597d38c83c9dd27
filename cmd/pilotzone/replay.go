package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"pilotzone/internal/face/zone"
)

// replayCommand proves that the stored decisions follow from the stored inputs.
type replayCommand struct {
	storeFlags `embed:""`
	JSON       bool `name:"json" help:"The result as one JSON object. / 以 JSON 输出"`
}

// Run replays a store that may be in use, or a backup.
func (c *replayCommand) Run(e *env) (err error) {
	a, err := zone.OpenArchive(e.ctx, c.config(e, "replay"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	r, err := a.Replay(e.ctx, bar(e.err, "replay"))
	if err != nil {
		return err
	}
	if err := c.print(e.out, r); err != nil {
		return err
	}
	if !r.OK() {
		return errNotFine
	}
	return nil
}

func (c *replayCommand) print(out io.Writer, r *zone.Replay) error {
	if c.JSON {
		return writeJSON(out, r)
	}
	fmt.Fprintf(out, "inputs 输入 %d, decisions 决定 %d\n", r.Inputs, r.Decisions)
	if r.Chain != "" {
		fmt.Fprintf(out, "JOURNAL DAMAGED 日志链不符: %s\n", r.Chain)
	}
	fmt.Fprintf(out, "differences 差异: %d; of decisions by an older engine 旧引擎决定的差异: %d\n", r.Differences, r.Newer)
	for _, d := range r.First {
		fmt.Fprintf(out, "  decision %d (input %d, engine %d)\n", d.Decision, d.Input, d.Engine)
		for _, f := range d.Fields {
			fmt.Fprintf(out, "    %s\n      stored 原值: %s\n      again  重放: %s\n", f.Field, f.Stored, f.Again)
		}
	}
	return nil
}

// bar shows progress on standard error.
func bar(out io.Writer, what string) zone.Progress {
	var b *progressbar.ProgressBar
	return func(done, total uint64) {
		if b == nil {
			b = progressbar.NewOptions64(int64(total), progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(what),
				progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionOnCompletion(func() { fmt.Fprintln(out) }))
		}
		_ = b.Set64(int64(done)) // a bar that can't be drawn is no reason to stop
	}
}

func writeJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

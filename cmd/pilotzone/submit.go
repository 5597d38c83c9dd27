package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/registry"
)

// submitCommand takes messages in without a server.
type submitCommand struct {
	storeFlags `embed:""`
	Receipts   string   `help:"Write the receipts there, one folder a sender. / 回执目录" placeholder:"DIR"`
	Filings    string   `help:"File these enterprises first (CSV or YAML). / 先导入企业备案" placeholder:"FILE"`
	JSON       bool     `name:"json" help:"One JSON object a file and line. / 每个文件一行 JSON"`
	Files      []string `arg:"" name:"file" help:"Messages or envelopes; - is standard input. / 报文文件"`
}

// window is how many messages are under way at a time.
const window = 256

// submission is the answer about one file.
type submission struct {
	File      string          `json:"file"`
	Message   string          `json:"message,omitempty"`
	Accepted  bool            `json:"accepted"`
	Documents []documentState `json:"documents"`
	Error     string          `json:"error,omitempty"` // of a message that was refused as a whole

	unread bool // could not be read, or not be stored
}

type documentState struct {
	intake.Answer
	Reasons []reasonText `json:"reasons"`
}

type reasonText struct {
	Code string `json:"code"`
	ZH   string `json:"zh"`
	EN   string `json:"en"`
}

// Run submits every file. Unreadable files make the exit code 2, refusals 1.
func (c *submitCommand) Run(e *env) (err error) {
	z, err := zone.Open(e.ctx, c.config(e, "submit"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, z.Close(context.WithoutCancel(e.ctx))) }()
	if err := c.file(e, z); err != nil {
		return err
	}
	from := z.Intake.Durable() + 1
	refused, unread, err := c.submit(e, z)
	if err != nil {
		return err
	}
	if c.Receipts != "" {
		if err := writeReceipts(e.ctx, z, c.Receipts, from); err != nil {
			return err
		}
	}
	switch {
	case unread:
		return errors.New("some files could not be read or stored (部分文件无法读取或受理)")
	case refused:
		return errNotFine
	}
	return nil
}

func (c *submitCommand) file(e *env, z *zone.Zone) error {
	if c.Filings == "" {
		return nil
	}
	f, err := os.Open(c.Filings)
	if err != nil {
		return err
	}
	defer f.Close()
	read := registry.ReadCSV
	if ext := strings.ToLower(filepath.Ext(c.Filings)); ext == ".yaml" || ext == ".yml" {
		read = registry.ReadYAML
	}
	list, err := read(f)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Filings, err)
	}
	return z.File(e.ctx, registry.Author{By: "submit", Note: filepath.Base(c.Filings)}, list...)
}

// submit keeps a window of messages under way and answers them in their order.
func (c *submitCommand) submit(e *env, z *zone.Zone) (refused, unread bool, err error) {
	type sent struct {
		file    string
		pending intake.Pending
		err     error
	}
	var queue []sent
	answer := func() error {
		s := queue[0]
		queue = queue[1:]
		var ack *intake.Ack
		if s.err == nil {
			ack, s.err = s.pending.Wait(e.ctx)
		}
		v := describe(s.file, ack, s.err)
		refused, unread = refused || !v.Accepted, unread || v.unread
		return c.print(e, &v)
	}
	for _, file := range c.Files {
		s := sent{file: file}
		data, readErr := readFile(e, file)
		if s.err = readErr; readErr == nil {
			s.pending, s.err = z.Intake.EnqueueWait(e.ctx, data, false)
		}
		if queue = append(queue, s); len(queue) >= window {
			if err := answer(); err != nil {
				return refused, unread, err
			}
		}
	}
	for len(queue) > 0 {
		if err := answer(); err != nil {
			return refused, unread, err
		}
	}
	return refused, unread, nil
}

// describe puts the outcome of one file into words.
func describe(file string, ack *intake.Ack, err error) submission {
	v := submission{File: file, Accepted: err == nil, Documents: []documentState{}}
	var refusal *intake.Refusal
	switch {
	case errors.As(err, &refusal):
		v.Error = refusalText(refusal)
		if refusal.Kind != 0 {
			v.Message = refusal.Kind.String()
		}
		return v
	case err != nil:
		v.Error, v.unread = err.Error(), !errors.Is(err, intake.ErrTooLarge)
		return v
	}
	v.Message = ack.Message.String()
	for _, a := range ack.Docs {
		d := documentState{Answer: a, Reasons: []reasonText{}}
		for _, r := range a.Reasons {
			d.Reasons = append(d.Reasons, reasonText{r.Code, r.Chinese(), r.English()})
		}
		v.Documents = append(v.Documents, d)
		if zone.Refused(a.What, a.State, a.Status) {
			v.Accepted = false
		}
	}
	return v
}

// refusalText lists every defect, a line each.
func refusalText(r *intake.Refusal) string {
	if len(r.Defects) == 0 {
		return r.Error()
	}
	lines := make([]string, len(r.Defects))
	for i := range r.Defects {
		d := &r.Defects[i]
		lines[i] = fmt.Sprintf("%s line %d: %s %s", d.Path, d.Line, d.Code, d.Message())
	}
	return strings.Join(lines, "\n")
}

func (c *submitCommand) print(e *env, v *submission) error {
	if c.JSON {
		enc := json.NewEncoder(e.out)
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	}
	if v.Error != "" {
		_, err := fmt.Fprintf(e.out, "%s: %s REFUSED 退回\n  %s\n", v.File, v.Message, strings.ReplaceAll(v.Error, "\n", "\n  "))
		return err
	}
	_, err := fmt.Fprintf(e.out, "%s: %s\n", v.File, v.Message)
	for _, d := range v.Documents {
		if err == nil {
			_, err = fmt.Fprintf(e.out, "  %d %s %s [%d] %s\n", d.Input, d.Number, d.What, d.Status, d.State)
		}
		for _, r := range d.Reasons {
			if err == nil {
				_, err = fmt.Fprintf(e.out, "    %s %s / %s\n", r.Code, r.ZH, r.EN)
			}
		}
	}
	return err
}

// receiptPage is how many receipts are grouped at a time.
const receiptPage = 10_000

// writeReceipts writes the receipts of all decisions from a number on:
// DIR/SENDER/NUMBER-KINDMessage.xml, by the decision of their first receipt.
func writeReceipts(ctx context.Context, z *zone.Zone, dir string, from uint64) error {
	var nodes []clearance.ReceiptNode
	flush := func() error {
		for _, m := range zone.Group(nodes) {
			if err := zone.WriteReceipt(dir, &m); err != nil {
				return err
			}
		}
		nodes = nodes[:0]
		return nil
	}
	err := z.Decisions(ctx, from, z.Intake.Durable(), func(d *clearance.Decision) error {
		if nodes = append(nodes, d.Nodes()...); len(nodes) < receiptPage {
			return nil
		}
		return flush()
	})
	return errors.Join(err, flush())
}

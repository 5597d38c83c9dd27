package main

import (
	"errors"
	"fmt"
	"time"

	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/audit"
)

// auditCommand holds what is to do with the chain of acts.
type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Find entries that were changed, removed, added or moved. / 核验审计链"`
}

// auditVerifyCommand proves the chain of acts.
type auditVerifyCommand struct {
	storeFlags `embed:""`
	Head       string `help:"File with the newest seal; default beside the key file; - for none. / 审计链尾文件" placeholder:"FILE"`
	JSON       bool   `name:"json" help:"The result as one JSON object. / 以 JSON 输出"`
}

// Run verifies a store that may be in use, or a backup.
func (c *auditVerifyCommand) Run(e *env) (err error) {
	config := c.config(e, "audit verify")
	a, err := zone.OpenArchive(e.ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	head := c.Head
	switch head {
	case "":
		head = config.AuditHead()
	case "-":
		head = ""
	}
	r, err := a.VerifyAudit(e.ctx, head)
	if err != nil {
		return err
	}
	if c.JSON {
		err = writeJSON(e.out, auditResult{Report: r, OK: r.OK(), Verified: verifiedTo(r)})
	} else {
		printAudit(e, r)
	}
	if err == nil && !r.OK() {
		return errNotFine
	}
	return err
}

// auditResult is the JSON of a verification.
type auditResult struct {
	OK       bool      `json:"ok"`
	Verified time.Time `json:"verified_to,omitzero"` // when the newest seal was made
	*audit.Report
}

func verifiedTo(r *audit.Report) time.Time {
	if r.Newest == nil {
		return time.Time{}
	}
	return r.Newest.At
}

func printAudit(e *env, r *audit.Report) {
	fmt.Fprintf(e.out, "entries 记录 %d, seals 封印 %d, not chained yet 待封印 %d, head file 链尾文件: %s\n", r.Entries, r.Seals, r.Unsealed, r.Head)
	if r.Newest != nil {
		fmt.Fprintf(e.out, "newest seal 最新封印 %d, %s, %x\n", r.Newest.Number, r.Newest.At.Format(time.RFC3339), r.Newest.Hash)
	}
	if r.Head == "missing" && r.Seals > 0 {
		fmt.Fprintln(e.out, "Without the head file an end that was cut off is not found: name it with --head. / 缺少链尾文件，无法发现链尾被截断，请用 --head 指定。")
	}
	fmt.Fprintf(e.out, "differences 差异: %d\n", len(r.Differences)+r.More)
	for _, d := range r.Differences {
		fmt.Fprintf(e.out, "  %s\n", d)
	}
}

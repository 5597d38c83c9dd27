package drop

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/face/zone"
)

// note is what stands beside a file in done/ and failed/.
type note struct {
	File      string     `json:"file"`
	Message   string     `json:"message,omitempty"`
	Accepted  bool       `json:"accepted"` // waiting counts
	Documents []noteDoc  `json:"documents,omitempty"`
	Faults    []noteText `json:"faults,omitempty"` // of a message that was refused as a whole

	refusal *intake.Refusal
}

type noteDoc struct {
	Input   uint64     `json:"input"`
	Number  string     `json:"number"`
	What    string     `json:"what"`
	Status  int        `json:"status"`
	State   string     `json:"state,omitempty"`
	Reasons []noteText `json:"reasons,omitempty"`
}

type noteText struct {
	Path  string `json:"path,omitempty"`
	Line  int    `json:"line,omitempty"`
	Code  string `json:"code"`
	ZH    string `json:"zh"`
	EN    string `json:"en"`
	FixZH string `json:"fix_zh,omitempty"`
	FixEN string `json:"fix_en,omitempty"`
}

// describe puts the outcome of a file into words.
func describe(name string, ack *intake.Ack, err error) *note {
	n := &note{File: name, Accepted: err == nil}
	if err != nil {
		if errors.As(err, &n.refusal) {
			n.faults(n.refusal)
		} else {
			n.Faults = []noteText{{Code: "file", ZH: "文件无法受理：" + err.Error(), EN: "the file can't be taken in: " + err.Error(), FixZH: "修正后重新投递", FixEN: "mend it and drop it again"}}
		}
		return n
	}
	n.Message = ack.Message.String()
	for i := range ack.Docs {
		a := &ack.Docs[i]
		d := noteDoc{Input: a.Input, Number: a.Number, What: a.What, Status: int(a.Status), State: a.State}
		for _, r := range a.Reasons {
			fixZH, fixEN := r.Fix()
			d.Reasons = append(d.Reasons, noteText{Code: r.Code, ZH: r.Chinese(), EN: r.English(), FixZH: fixZH, FixEN: fixEN})
		}
		if zone.Refused(a.What, a.State, a.Status) {
			n.Accepted = false
		}
		n.Documents = append(n.Documents, d)
	}
	return n
}

func (n *note) faults(r *intake.Refusal) {
	if r.Kind != 0 {
		n.Message = r.Kind.String()
	}
	if r.Reason != nil {
		fixZH, fixEN := r.Reason.Fix()
		n.Faults = append(n.Faults, noteText{Code: r.Reason.Code, ZH: r.Reason.Chinese(), EN: r.Reason.English(), FixZH: fixZH, FixEN: fixEN})
	}
	for i := range r.Defects {
		d := &r.Defects[i]
		n.Faults = append(n.Faults, noteText{Path: d.Path, Line: d.Line, Code: d.Code, ZH: d.ZH, EN: d.EN, FixZH: d.FixZH, FixEN: d.FixEN})
	}
}

// text is the note for people.
func (n *note) text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s\n", n.File, n.Message)
	line := func(indent string, t *noteText) {
		where := t.Path
		if t.Line > 0 {
			where += fmt.Sprintf(" 第%d行/line %d", t.Line, t.Line)
		}
		fmt.Fprintf(&b, "%s%s %s\n%s  %s\n%s  %s\n", indent, t.Code, where, indent, t.ZH, indent, t.EN)
		if t.FixZH != "" || t.FixEN != "" {
			fmt.Fprintf(&b, "%s  → %s / %s\n", indent, t.FixZH, t.FixEN)
		}
	}
	for i := range n.Faults {
		line("  ", &n.Faults[i])
	}
	for i := range n.Documents {
		d := &n.Documents[i]
		fmt.Fprintf(&b, "  %s %s [%d] %s\n", d.Number, d.What, d.Status, d.State)
		for j := range d.Reasons {
			line("    ", &d.Reasons[j])
		}
	}
	return b.Bytes()
}

// file writes the note and then moves or removes the source: a source that is out
// of the inbox has its note.
func (d *Drop) file(n *note, name string) error {
	folder := failed
	if n.Accepted {
		folder = done
	}
	target, err := d.free(folder, name)
	if err != nil {
		return err
	}
	stem := strings.TrimSuffix(target, filepath.Ext(target))
	body, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		return err
	}
	if err := zone.WriteWhole(stem+".json", append(body, '\n')); err != nil {
		return err
	}
	if !n.Accepted {
		if err := zone.WriteWhole(stem+".txt", n.text()); err != nil {
			return err
		}
	}
	if n.refusal != nil { // customs answers it with a CEB900 to the sender, who is not known: it goes by the file's name
		sender := zone.FolderName(strings.TrimSuffix(name, filepath.Ext(name)))
		if err := os.MkdirAll(d.path(outbox, sender), 0o750); err != nil {
			return err
		}
		if err := zone.WriteWhole(d.path(outbox, sender, "CEB900Message.xml"), zone.FormatReceipt(n.refusal, d.zone.Config.Clock.Now())); err != nil {
			return err
		}
	}
	if n.Accepted && !d.stays { // the store has it, sealed
		return os.Remove(d.path(inbox, name))
	}
	return os.Rename(d.path(inbox, name), target)
}

// free finds a name in a folder that no other file and note has: NAME.xml, NAME.2.xml …
func (d *Drop) free(folder, name string) (string, error) {
	ext := filepath.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	for i := 1; ; i++ {
		path := d.path(folder, name)
		if i > 1 {
			path = d.path(folder, fmt.Sprintf("%s.%d%s", stem, i, ext))
		}
		free := true
		for _, p := range []string{path, strings.TrimSuffix(path, ext) + ".json"} {
			if _, err := os.Lstat(p); err == nil {
				free = false
			} else if !errors.Is(err, fs.ErrNotExist) {
				return "", err
			}
		}
		if free {
			return path, nil
		}
	}
}

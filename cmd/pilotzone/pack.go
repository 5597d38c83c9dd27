package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/pack"
)

// packCommand is about rule packs.
type packCommand struct {
	Check   packCheckCommand   `cmd:"" help:"All that is wrong with packs in folders. / 校验规则包文件夹"`
	Schema  packSchemaCommand  `cmd:"" help:"The JSON Schema of a kind of items. / 条目类别的 JSON Schema"`
	Archive packArchiveCommand `cmd:"" help:"A pack as one file, to be uploaded. / 打包规则包"`
}

// packCheckCommand checks packs.
type packCheckCommand struct {
	JSON    bool     `name:"json" help:"One JSON object a folder on standard output. / 每个文件夹一行 JSON"`
	Folders []string `arg:"" name:"dir" help:"Folders with pack.yaml; parents among them are used before shipped ones. / 规则包文件夹"`
}

// packFault is a fault in the JSON answer; its form is a contract.
type packFault struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	ZH     string `json:"zh"`
	EN     string `json:"en"`
	FixZH  string `json:"fix_zh"`
	FixEN  string `json:"fix_en"`
}

// packAnswer is the JSON answer about one folder; its form is a contract.
type packAnswer struct {
	Folder string      `json:"folder"`
	Pack   string      `json:"pack,omitempty"`
	Over   []string    `json:"over,omitempty"`
	Fine   bool        `json:"fine"`
	Faults []packFault `json:"faults"`
}

// Run says in words on standard error what is wrong.
func (c *packCheckCommand) Run(e *env) error {
	reports, err := zone.CheckFolders(e.ctx, e.clock, c.Folders)
	if err != nil {
		return err
	}
	out := json.NewEncoder(e.out)
	out.SetEscapeHTML(false)
	bad := false
	for _, r := range reports {
		bad = bad || len(r.Faults) > 0
		if c.JSON {
			if err := out.Encode(answerOf(&r)); err != nil {
				return err
			}
		}
		if len(r.Faults) == 0 {
			fmt.Fprintf(e.err, "%s: ok, %s over %s; items %d, matters %d (无误)\n", r.Folder, r.Pack, strings.Join(r.Over, ","), r.Items, r.Matters)
			continue
		}
		fmt.Fprintf(e.err, "%s: %d faults (处错误)\n", r.Folder, len(r.Faults))
		for _, f := range r.Faults {
			fmt.Fprintln(e.err, "  "+f.String())
		}
	}
	if bad {
		return errNotFine
	}
	return nil
}

func answerOf(r *zone.PackReport) packAnswer {
	a := packAnswer{Folder: r.Folder, Pack: r.Pack, Over: r.Over, Fine: len(r.Faults) == 0, Faults: []packFault{}}
	for _, f := range r.Faults {
		a.Faults = append(a.Faults, packFault{f.File, f.Line, f.Column, f.What.ZH, f.What.EN, f.Mend.ZH, f.Mend.EN})
	}
	return a
}

// packSchemaCommand prints a schema.
type packSchemaCommand struct {
	Kind string `arg:"" help:"facts, incentives, budgets, plans, scorecards, recognitions, directories, entries, measures, or item: the keys that all share. / 类别"`
}

// Run prints the schema to standard output.
func (c *packSchemaCommand) Run(e *env) error {
	text, err := pack.SchemaOf(c.Kind)
	if err != nil {
		return fmt.Errorf("no schema of %q: use one of %s, item (没有该类别)", c.Kind, strings.Join(pack.Kinds(), ", "))
	}
	_, err = e.out.Write(text)
	return err
}

// packArchiveCommand makes an archive of a pack.
type packArchiveCommand struct {
	Folder string `arg:"" name:"dir" help:"Folder with pack.yaml. / 规则包文件夹"`
	Out    string `short:"o" help:"File; default NAME-VERSION.tar.zst in this folder. / 输出文件" placeholder:"FILE"`
}

// Run writes the archive of a pack that is in order by itself.
func (c *packArchiveCommand) Run(e *env) error {
	p, err := pack.LoadDir(c.Folder)
	var bad pack.Faults
	if errors.As(err, &bad) {
		fmt.Fprintln(e.err, bad)
		return errNotFine
	}
	if err != nil {
		return err
	}
	name := c.Out
	if name == "" {
		name = p.Name + "-" + p.Release + ".tar.zst"
	}
	if err := os.WriteFile(filepath.Clean(name), p.Archive(), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(e.err, "%s: %s\n", name, p.Version())
	return nil
}

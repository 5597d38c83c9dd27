package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/draft"
	"pilotzone/internal/customs/sheets"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
)

// sheetCommand holds what is to do with spreadsheets.
type sheetCommand struct {
	Template sheetTemplateCommand `cmd:"" help:"Write a template to fill in. / 生成模板"`
	Check    sheetCheckCommand    `cmd:"" help:"Check a filled sheet cell by cell, without a server. / 逐格校验表格"`
}

// sheetTemplateCommand writes a template.
type sheetTemplateCommand struct {
	Kind string `arg:"" help:"import, export, 311, 411, 511, 621, 303, 403, 505 or 603. / 模板种类"`
	File string `arg:"" optional:"" help:"Where to; KIND.xlsx if left out. / 输出文件"`
}

// Run writes the file.
func (c *sheetTemplateCommand) Run(e *env) error {
	t, ok := sheets.TemplateOf(c.Kind)
	if !ok {
		return fmt.Errorf("there is no template %q (没有该模板)", c.Kind)
	}
	book, err := zone.LoadPacks([]string{"national"})
	if err != nil {
		return err
	}
	data, err := t.Write(sheets.CodeLists(book, clock.DayOf(e.clock.Now())))
	if err != nil {
		return err
	}
	if c.File == "" {
		c.File = t.Name + ".xlsx"
	}
	return os.WriteFile(c.File, data, 0o644)
}

// sheetCheckCommand checks a filled sheet.
type sheetCheckCommand struct {
	JSON bool   `name:"json" help:"The result as one JSON object. / 以 JSON 输出"`
	Mark string `help:"Write the sheet with comments there. / 写出带批注的表格" placeholder:"FILE"`
	File string `arg:"" help:"The filled sheet. / 表格文件"`
}

// Run checks the file by the national pack: schema, codes, check digits, sums.
func (c *sheetCheckCommand) Run(e *env) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	book, err := zone.LoadPacks([]string{"national"})
	if err != nil {
		return err
	}
	now := e.clock.Now()
	ring, err := keys.New(keys.AES256GCM, now, rand.Reader) // nothing of it is kept
	if err != nil {
		return err
	}
	b, err := sheets.Open(filepath.Base(c.File), data)
	var bad *sheets.Unreadable
	if errors.As(err, &bad) {
		return c.print(e, &sheets.Checked{Defects: []draft.Defect{bad.Defect(c.File)}})
	}
	if err != nil {
		return err
	}
	defer b.Close()
	x := &clearance.Extractor{Hasher: ring.Hasher(), Rules: book}
	checked, err := sheets.Check(e.ctx, b, x, now, nil, nil)
	if err != nil {
		return err
	}
	if c.Mark != "" && len(checked.Defects) > 0 {
		marked, err := b.Mark(e.ctx, checked.Defects)
		if err != nil {
			return err
		}
		if err := os.WriteFile(c.Mark, marked, 0o600); err != nil {
			return err
		}
	}
	return c.print(e, checked)
}

func (c *sheetCheckCommand) print(e *env, r *sheets.Checked) error {
	if c.JSON {
		if err := writeJSON(e.out, r); err != nil {
			return err
		}
	} else {
		for _, d := range r.Defects {
			fmt.Fprintf(e.out, "%s!%s %s %s (%s)\n", d.Sheet, d.Cell, d.Code, d.ZH, d.EN)
		}
		fmt.Fprintf(e.out, "rows 行 %d, documents 单证 %d, right 无误 %d, wrong 有误 %d\n", r.Rows, r.Documents, r.Good, r.Refused)
	}
	if !r.Faultless() {
		return errNotFine
	}
	return nil
}

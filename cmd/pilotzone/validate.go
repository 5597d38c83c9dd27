package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"pilotzone/ceb"
	"pilotzone/ceb/dxp"
)

// validateCommand judges messages as the XSD does, and nothing else.
type validateCommand struct {
	JSON    bool     `name:"json" help:"One JSON object a file and line. / 每个文件一行 JSON"`
	Edition string   `help:"Demand one edition: 2018-113 or 202205. / 指定版本" placeholder:"EDITION"`
	Files   []string `arg:"" name:"file" help:"Messages or envelopes; - is standard input. / 报文文件"`
}

// validation is the answer about one file; its JSON form is a contract.
type validation struct {
	File string `json:"file"`
	ceb.Verdict
}

// Run judges each file; one that can't be read makes the exit code 2.
func (c *validateCommand) Run(e *env) error {
	var demanded ceb.Edition
	if c.Edition != "" {
		var ok bool
		if demanded, ok = ceb.ParseEdition(c.Edition); !ok {
			return fmt.Errorf("unknown edition %q: use 2018-113 or 202205 (未知版本)", c.Edition)
		}
	}
	out := bufio.NewWriter(e.out)
	defer out.Flush()
	invalid := false
	var unread error
	for _, file := range c.Files {
		data, err := readFile(e, file)
		if err != nil {
			fmt.Fprintf(e.err, "pilotzone: %v\n", err)
			unread = errors.New("some files could not be read (部分文件无法读取)")
			continue
		}
		v := validation{File: file, Verdict: validate(data, demanded)}
		invalid = invalid || !v.Valid
		if err := c.print(out, &v); err != nil {
			return err
		}
	}
	switch {
	case unread != nil:
		return unread
	case invalid:
		return errNotFine
	}
	return nil
}

// validate judges a message, or the message in an envelope.
func validate(data []byte, demanded ceb.Edition) ceb.Verdict {
	if !dxp.IsEnvelope(data) {
		return ceb.Validate(data, demanded)
	}
	env, err := dxp.Unwrap(data)
	if err != nil {
		f := ceb.Finding{Code: ceb.CodeXML, Message: err.Error()}
		var d *dxp.Defect
		if errors.As(err, &d) {
			f = ceb.Finding{Path: d.Path, Line: d.Line, Code: d.Code, Message: d.ZH + " / " + d.EN}
		}
		return ceb.Verdict{Editions: []string{}, Errors: []ceb.Finding{f}}
	}
	return ceb.Validate(env.Data, demanded)
}

func (c *validateCommand) print(out io.Writer, v *validation) error {
	if c.JSON {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	}
	word := "valid 有效"
	if !v.Valid {
		word = "INVALID 无效"
	}
	_, err := fmt.Fprintf(out, "%s: %s %s %v\n", v.File, v.Message, word, v.Editions)
	for _, f := range v.Errors {
		if err == nil {
			_, err = fmt.Fprintf(out, "  line %d  %s\n    %s  %s\n", f.Line, f.Path, f.Code, f.Message)
		}
	}
	return err
}

// readFile reads a file, or standard input for "-": one byte more than a message
// may have is enough to refuse it.
func readFile(e *env, name string) ([]byte, error) {
	in := e.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	return io.ReadAll(io.LimitReader(in, ceb.MaxSize+1))
}

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"pilotzone/internal/customs/tax"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/clock"
)

// calcCommand runs a calculator of the rules over JSON lines.
type calcCommand struct {
	Kind string `arg:"" help:"import-tax: tax of a retail import order. / 进口税款" enum:"import-tax"`
	JSON bool   `name:"json" help:"JSON lines; the only form there is. / JSON 行"`
}

// longestLine bounds a line of input.
const longestLine = 4 << 20

// Run answers a line a line; bad ones are answered with their error and do not
// stop later ones.
func (c *calcCommand) Run(e *env) error {
	book, err := zone.LoadPacks([]string{"national"})
	if err != nil {
		return err
	}
	limits := zone.TaxLimits(book)
	today := clock.DayOf(e.clock.Now())
	in := bufio.NewReaderSize(e.in, 64<<10)
	out := bufio.NewWriter(e.out)
	defer out.Flush()
	bad := false
	for number := 1; ; number++ {
		line, err := readLine(in)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("standard input, line %d: %w", number, err)
		}
		if text := bytes.TrimSpace(line); len(text) > 0 {
			answer, ok := tax.CalcImportTax(text, limits, today)
			bad = bad || !ok
			out.Write(append(answer, '\n'))
		}
		if in.Buffered() == 0 { // whoever waits for an answer gets it
			if err := out.Flush(); err != nil {
				return err
			}
		}
		if err != nil {
			break
		}
	}
	if bad {
		return errNotFine
	}
	return out.Flush()
}

// readLine reads a line of bounded length.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > longestLine {
			return nil, fmt.Errorf("longer than %d bytes (行过长)", longestLine)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

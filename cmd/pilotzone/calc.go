package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"pilotzone/internal/customs/tax"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/growth/policy/award"
	"pilotzone/internal/kernel/clock"
)

// calcCommand runs a calculator of the rules over JSON lines.
type calcCommand struct {
	Kind string `arg:"" help:"import-tax: tax of a retail import order; award: most of an incentive; overseas-warehouse-award: support of public overseas warehouses over three years. / 进口税款；最高奖补额；公共海外仓三年支持额" enum:"import-tax,award,overseas-warehouse-award"`
	JSON bool   `name:"json" help:"JSON lines; the only form there is. / JSON 行"`
}

// longestLine bounds a line of input.
const longestLine = 4 << 20

// Run answers a line a line; bad ones are answered with their error and do not
// stop later ones.
func (c *calcCommand) Run(e *env) error {
	calculate, err := c.calculator(clock.DayOf(e.clock.Now()))
	if err != nil {
		return err
	}
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
			answer, ok := calculate(text)
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

// calculator is the function that answers a line.
func (c *calcCommand) calculator(today clock.Day) (func([]byte) ([]byte, bool), error) {
	switch c.Kind {
	case "award":
		return award.Calc, nil
	case "overseas-warehouse-award":
		terms, err := zone.ShippedWarehouseTerms(today)
		if err != nil {
			return nil, err
		}
		return func(line []byte) ([]byte, bool) { return award.CalcWarehouses(line, terms) }, nil
	}
	book, err := zone.LoadPacks([]string{"national"})
	if err != nil {
		return nil, err
	}
	limits := zone.TaxLimits(book)
	return func(line []byte) ([]byte, bool) { return tax.CalcImportTax(line, limits, today) }, nil
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

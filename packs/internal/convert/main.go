// Command convert writes the large tables of packs/national from the source
// data: the tariff, the observed goods codes and the code tables. It is run by
// hand when new source data come in (a new tariff every January), never at
// build:
//
//	go run ./packs/internal/convert -from FOLDER -to packs/national
//
// FOLDER holds tariff/, codes/ and divisions/ with the source files as
// docs/packs.md names them. The small tables (trade modes, documents required,
// supervision codes, weight limits) are kept by hand and left alone. What could
// not be structured is listed on standard error; the rows are marked in the
// tables.
package main

import (
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	from := flag.String("from", "", "folder with tariff/, codes/ and divisions/")
	to := flag.String("to", "packs/national", "folder of the pack")
	flag.Parse()
	if *from == "" {
		fmt.Fprintln(os.Stderr, "convert: -from is missing: name the folder with the source data")
		os.Exit(2)
	}
	if err := run(*from, *to); err != nil {
		fmt.Fprintln(os.Stderr, "convert:", err)
		os.Exit(2)
	}
}

// run converts all tables.
func run(from, to string) error {
	in := source{folder: from}
	tables := map[string][][]string{}
	tariff, rules, notes := convertTariff(in.read("tariff/cn_tariff_2026.csv"), units(in.read("codes/unit.csv")))
	tables["tariff"], tables["tax_rules"] = tariff, rules
	tables["positive_list_observed"] = observed(in.read("tariff/observed_cbec_hs_codes.csv"), tariff)
	codeTables(&in, tables)
	if err := errors.Join(in.faults...); err != nil {
		return err
	}
	for _, n := range notes {
		fmt.Fprintln(os.Stderr, n)
	}
	for name, rows := range tables {
		if err := write(filepath.Join(to, "tables", name+".csv"), rows); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%s: %d rows\n", name, len(rows)-1)
	}
	return nil
}

// row is a row of a source file by column.
type row map[string]string

// source reads the files of a folder and keeps what went wrong.
type source struct {
	folder string
	faults []error
}

// read reads a CSV file with a header; cells are cleaned of surrounding blanks.
func (s *source) read(name string) []row {
	f, err := os.Open(filepath.Join(s.folder, filepath.FromSlash(name)))
	if err != nil {
		s.faults = append(s.faults, err)
		return nil
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil || len(all) == 0 {
		s.faults = append(s.faults, fmt.Errorf("%s: %w", name, err))
		return nil
	}
	var rows []row
	for _, cells := range all[1:] {
		r := make(row, len(cells))
		for i, c := range cells {
			r[clean(all[0][i])] = clean(c)
		}
		rows = append(rows, r)
	}
	return rows
}

// clean removes what the sources carry by accident: byte-order marks, control
// characters, no-break and surrounding blanks, and quotes around a whole cell.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\ufeff':
			return -1
		case r < ' ' || r == '\u00a0':
			return ' '
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	if len(s) > 1 && strings.HasPrefix(s, `"`) && strings.HasSuffix(s, `"`) {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	return s
}

// write writes a table with its header.
func write(name string, rows [][]string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	return errors.Join(w.WriteAll(rows), f.Close())
}

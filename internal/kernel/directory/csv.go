package directory

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/form"
	"pilotzone/internal/kernel/store"
)

// Bounds of a file that is taken in.
const (
	maxFile   = 8 << 20
	maxRows   = 20_000
	maxFaults = 100
)

// Columns are the heads of a file of a directory: its fields, in order.
func (d *Definition) Columns() []string {
	var out []string
	for _, f := range d.Form.Fields() {
		out = append(out, f.Name)
	}
	return out
}

// Cells are an entry's values as a file has them; sets are joined by |.
func (d *Definition) Cells(e *Entry) []string {
	var out []string
	for _, f := range d.Form.Fields() {
		out = append(out, strings.Join(valuesOf(e.Fields[f.Name]), "|"))
	}
	return out
}

// Import takes entries of an office's CSV file in (UTF-8, a head with the names
// of fields), published at once: whole, or not at all. An entry with the same
// unique fields is changed. It returns how many were new and how many changed;
// Problems name each fault with its row.
func (s *Service) Import(ctx context.Context, directory string, data []byte) (added, changed int, err error) {
	d, err := s.define(ctx, directory)
	if err != nil {
		return 0, 0, err
	}
	if !edits(access.Of(ctx)) {
		return 0, 0, s.denied(ctx, "import", &Entry{Directory: d.ID, ID: "*"})
	}
	rows, problems := d.parse(data)
	if len(problems) > 0 {
		return 0, 0, problems
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		added, changed = 0, 0
		var faults Problems
		for i, fields := range rows {
			act, err := s.importRow(ctx, tx, d, fields)
			var list Problems
			switch {
			case errors.As(err, &list):
				faults = append(faults, at(i+2, list)...)
			case err != nil:
				return err
			case act == Enter:
				added++
			case act == Put:
				changed++
			}
		}
		if len(faults) > 0 {
			return faults
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	return added, changed, nil
}

// parse reads a file into values, a row each, and holds each against the form.
func (d *Definition) parse(data []byte) ([]map[string]any, Problems) {
	if len(data) > maxFile {
		return nil, Problems{{Code: "large", ZH: "文件超过8MB", EN: "the file is larger than 8 MB", FixZH: "拆分后导入", FixEN: "split it"}}
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	head, err := r.Read()
	if err != nil {
		return nil, Problems{unreadable(err)}
	}
	columns, problems := d.columns(head)
	if len(problems) > 0 {
		return nil, problems
	}
	var out []map[string]any
	seen := map[string]int{}
	for row := 2; ; row++ {
		cells, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil || row > maxRows+1 {
			return nil, append(problems, unreadable(errors.Join(err)))
		}
		fields := values(columns, cells)
		faults := d.Form.Check(fields)
		if len(d.Unique) > 0 && len(faults) == 0 {
			key := d.key(&Entry{Fields: fields})
			if first, twice := seen[key]; twice {
				faults = append(faults, Problem{Code: "twice", Field: d.Unique[0], ZH: fmt.Sprintf("与第%d行相同", first), EN: fmt.Sprintf("the same as row %d", first), FixZH: "删除重复行", FixEN: "take one of them out"})
			}
			seen[key] = row
		}
		problems = append(problems, at(row, faults)...)
		if len(problems) >= maxFaults {
			break
		}
		out = append(out, fields)
	}
	if len(out) == 0 && len(problems) == 0 {
		problems = Problems{{Code: "empty", ZH: "文件没有数据行", EN: "the file has no rows", FixZH: "填写后再导入", FixEN: "fill it in"}}
	}
	return out, problems
}

func unreadable(err error) Problem {
	why := "more than 20,000 rows"
	if err != nil {
		why = err.Error()
	}
	return Problem{Code: "csv", ZH: "文件无法读取：" + why, EN: "the file cannot be read: " + why, FixZH: "另存为 UTF-8 编码的 CSV，不超过20000行", FixEN: "save it as CSV in UTF-8, at most 20,000 rows"}
}

// columns are the fields of a head; names and both labels are known.
func (d *Definition) columns(head []string) ([]*form.Field, Problems) {
	var out []*form.Field
	var problems Problems
	for _, name := range head {
		name = strings.TrimSpace(name)
		if name == "id" { // of an exported file
			out = append(out, nil)
			continue
		}
		fields := d.Form.Fields()
		i := slices.IndexFunc(fields, func(f *form.Field) bool { return f.Name == name || f.Label.ZH == name || f.Label.EN == name })
		if i < 0 {
			problems = append(problems, Problem{Code: "column", Field: name, ZH: "名录没有“" + name + "”这一列", EN: "the directory has no column “" + name + "”", FixZH: "列名用：" + strings.Join(d.Columns(), "、"), FixEN: "columns are: " + strings.Join(d.Columns(), ", ")})
			continue
		}
		out = append(out, fields[i])
	}
	return out, problems
}

// values reads a row by its columns.
func values(columns []*form.Field, cells []string) map[string]any {
	out := map[string]any{}
	for i, f := range columns {
		text := strings.TrimSpace(cells[i])
		if text == "" || f == nil {
			continue
		}
		switch f.Kind {
		case form.NumberField:
			if n, err := strconv.ParseInt(text, 10, 64); err == nil {
				out[f.Name] = float64(n)
			} else {
				out[f.Name] = text // said to be of another type
			}
		case form.YesNoField:
			out[f.Name] = slices.Contains([]string{"true", "yes", "是", "1"}, strings.ToLower(text))
		case form.SetField:
			var items []any
			for part := range strings.SplitSeq(text, "|") {
				items = append(items, choice(f, strings.TrimSpace(part)))
			}
			out[f.Name] = items
		case form.ChoiceField:
			out[f.Name] = choice(f, text)
		default:
			out[f.Name] = text
		}
	}
	return out
}

// choice is the value of a choice that is written as its value or in words.
func choice(f *form.Field, text string) string {
	for _, v := range f.Enum {
		if w := f.Options[v]; v == text || w.ZH == text || w.EN == text {
			return v
		}
	}
	return text
}

// at says in which row faults are.
func at(row int, list Problems) Problems {
	out := make(Problems, len(list))
	for i, p := range list {
		p.ZH, p.EN = fmt.Sprintf("第%d行：%s", row, p.ZH), fmt.Sprintf("row %d: %s", row, p.EN)
		out[i] = p
	}
	return out
}

// importRow makes one entry of a row (Enter), or changes the one with the same
// unique fields (Put) if it differs ("").
func (s *Service) importRow(ctx context.Context, tx *store.Tx, d *Definition, fields map[string]any) (Act, error) {
	now := s.c.Clock.Now()
	e := &Entry{Directory: d.ID, State: Published, Fields: fields, Created: now, Changed: now}
	if len(d.Unique) > 0 {
		old, err := s.scan(tx.QueryRow(ctx, `select `+columns+` from directory_entries where directory = $1 and unique_key = $2`, d.ID, d.key(e)))
		if err != nil && err != ErrNotFound {
			return "", err
		}
		if err == nil && old.State == Published && reflect.DeepEqual(old.Fields, fields) {
			return "", nil
		}
		if err == nil {
			old.Fields, old.State, old.Reason = fields, Published, ""
			e = old
		}
	}
	act := Put
	if e.Serial == 0 {
		act = Enter
	}
	if err := s.judge(ctx, tx, d, e, fields); err != nil {
		return "", err
	}
	return act, s.store(ctx, tx, d, e, Publish, "")
}

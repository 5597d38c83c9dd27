package audit

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"pilotzone/internal/kernel/store"
)

// where writes the conditions of a filter, and those of a page before an id.
func (f Filter) where(before string) (string, []any) {
	var parts []string
	var args []any
	add := func(cond string, arg any) {
		args = append(args, arg)
		parts = append(parts, fmt.Sprintf(cond, len(args)))
	}
	for _, c := range []struct{ column, value string }{{"actor", f.Actor}, {"org", f.Org}, {"object", f.Object}, {"outcome", string(f.Outcome)}} {
		if c.value != "" {
			add(c.column+" = $%d", c.value)
		}
	}
	switch group, ok := strings.CutSuffix(f.Act, "."); {
	case ok:
		add("act >= $%d", f.Act)
		add("act < $%d", group+"/") // the character after the dot
	case f.Act != "":
		add("act = $%d", f.Act)
	}
	if !f.From.IsZero() {
		add("id >= $%d", idFrom(f.From))
	}
	if !f.To.IsZero() {
		add("id < $%d", idFrom(f.To))
	}
	if before != "" {
		add("id < $%d", before)
	}
	if len(parts) == 0 {
		return "", nil
	}
	return " where " + strings.Join(parts, " and "), args
}

// List returns at most n entries, the newest first. before is the next of the
// page before, "" for the first page; next is "" when there are no more.
func (l *Log) List(ctx context.Context, f Filter, before string, n int) (list []Record, next string, err error) {
	cond, args := f.where(before)
	rows, err := l.rows(ctx, cond+fmt.Sprintf(" order by id desc limit %d", n+1), args...)
	if err != nil {
		return nil, "", err
	}
	if len(rows) > n {
		rows = rows[:n]
		next = rows[n-1].id
	}
	for i := range rows {
		r, err := l.record(&rows[i])
		if err != nil { // shown, not hidden: verify says what is wrong with it
			r = Record{ID: rows[i].id, Seq: uint64(rows[i].seq), Entry: Entry{At: time.UnixMicro(rows[i].at), Act: "audit.damaged", Outcome: Failed,
				Detail: "记录被改动，请运行 audit verify / entry was changed: run audit verify"}}
		}
		list = append(list, r)
	}
	return list, next, nil
}

// Of returns the newest entries about an object, such as who has read a parcel.
func (l *Log) Of(ctx context.Context, object string, n int) ([]Record, error) {
	list, _, err := l.List(ctx, Filter{Object: object}, "", n)
	return list, err
}

func (l *Log) rows(ctx context.Context, rest string, args ...any) ([]row, error) {
	rows, err := l.DB.Read().QueryContext(ctx, `select `+columns+` from audit_entries`+rest, args...)
	if err != nil {
		return nil, store.Wrap("read audit entries", err)
	}
	defer rows.Close()
	var out []row
	for rows.Next() {
		var r row
		if err := r.scan(rows.Scan); err != nil {
			return nil, store.Wrap("read audit entries", err)
		}
		out = append(out, r)
	}
	return out, store.Wrap("read audit entries", rows.Err())
}

// exportPage is how many entries an export reads at a time.
const exportPage = 1000

// Export writes all entries of a filter as CSV (UTF-8, with a byte order mark for
// spreadsheet programs), the newest first. It reads as it writes, however many
// they are.
func (l *Log) Export(ctx context.Context, w io.Writer, f Filter) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write([]string{"序号 seq", "时间 at", "操作人 actor", "机构 org", "操作 act", "对象 object", "结果 outcome", "目的 purpose", "说明 detail"}); err != nil {
		return err
	}
	for before := ""; ; {
		list, next, err := l.List(ctx, f, before, exportPage)
		if err != nil {
			return err
		}
		for _, r := range list {
			seq := ""
			if r.Seq > 0 {
				seq = fmt.Sprint(r.Seq)
			}
			line := []string{seq, r.At.Format(time.RFC3339Nano), r.Actor, r.Org, r.Act, r.Object, string(r.Outcome), r.Purpose, r.Detail}
			for i := range line {
				line[i] = plainCell(line[i])
			}
			if err := out.Write(line); err != nil {
				return err
			}
		}
		out.Flush()
		if err := out.Error(); err != nil || next == "" {
			return err
		}
		before = next
	}
}

// plainCell keeps a spreadsheet program from taking a text for a formula.
func plainCell(s string) string {
	if r, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", r) { // spreadsheets of East Asia take the wide signs, too
		return "'" + s
	}
	return s
}

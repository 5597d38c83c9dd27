package declaration

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"pilotzone/internal/customs/clearance/lookup/bulk"
	"pilotzone/internal/customs/sheets"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

var hundred = big.NewRat(100, 1)

// MaxFile is the largest file taken, in bytes; MaxRows the most rows of one.
const (
	MaxFile = 32 << 20
	MaxRows = 200_000
)

// piece is how many rows are written at once.
const piece = 500

// Batch is one file or list of declarations (批次).
type Batch struct {
	ID      string
	Name    string // of the file
	Org     string // who filed it; "" is an office
	Actor   string
	At      time.Time
	Rows    int
	Value   money.Fen
	State   BatchState
	Matter  string    // in which it is reviewed; "" none
	Decided time.Time // zero: not
	Decider string
}

// BatchState is where a file stands. Its number is stored.
type BatchState int

// The states of a file.
const (
	Reading  BatchState = 1 // its rows come in
	Waiting  BatchState = 2 // waits for review 待审核
	Counting BatchState = 3 // accepted 已采信
	Refused  BatchState = 4 // refused in review 未采信
	Taken    BatchState = 5 // taken back 已撤回
)

// Words are the state's names in Chinese and English.
func (b BatchState) Words() (zh, en string) {
	switch b {
	case Reading:
		return "读取中", "being read"
	case Waiting:
		return "待审核", "waits for review"
	case Counting:
		return "已采信", "counts"
	case Refused:
		return "未采信", "refused"
	case Taken:
		return "已撤回", "taken back"
	}
	return "", ""
}

// File takes a CSV or XLSX file in, whole or not at all. What is wrong with it is
// returned as *Faults. An office's file counts at once, an enterprise's waits for
// review: Hand it in.
func (s *Service) File(ctx context.Context, name string, data []byte) (*Batch, error) {
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return s.take(ctx, name, func(row func(int, []string) error) error { return sheets.EachRow(ctx, data, row) })
	}
	return s.take(ctx, name, func(row func(int, []string) error) error { return eachLine(ctx, data, row) })
}

// eachLine reads a CSV file line by line.
func eachLine(ctx context.Context, data []byte, row func(int, []string) error) error {
	if !utf8.Valid(data) {
		return &Faults{List: []Fault{{ZH: "文件不是 UTF-8 编码", EN: "the file is not UTF-8", FixZH: "另存为“CSV UTF-8”或 XLSX", FixEN: "save it as CSV UTF-8 or as XLSX"}}}
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			return &Faults{List: []Fault{{Line: bad.Line, ZH: "CSV 格式有误", EN: "the CSV is not well formed", FixZH: "检查该行的引号", FixEN: "check the quotes of the row"}}}
		}
		if err != nil {
			return err
		}
		line, _ := r.FieldPos(0)
		if line%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := row(line, cells); err != nil {
			return err
		}
	}
}

// List takes declarations in as File does, from a program.
func (s *Service) List(ctx context.Context, name string, rows []Row) (*Batch, error) {
	columns := Columns()
	return s.take(ctx, name, func(row func(int, []string) error) error {
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = c.Name
		}
		if err := row(0, cells); err != nil {
			return err
		}
		for n := range rows {
			for i, c := range columns {
				cells[i] = *c.of(&rows[n])
			}
			if err := row(n+1, cells); err != nil {
				return err
			}
		}
		return nil
	})
}

// reading is a file that is being read.
type reading struct {
	s       *Service
	b       *Batch
	p       parser
	columns []func(*Row) *string
	wait    []*Declaration // not yet written
}

// take reads a file: its rows are written by pieces, and count only when the last
// one was read and nothing was wrong.
func (s *Service) take(ctx context.Context, name string, each func(func(int, []string) error) error) (*Batch, error) {
	p := access.Of(ctx)
	scope := p.Scope(access.EvidenceFile)
	if scope == access.None || scope == access.Own && p.Org == "" {
		return nil, s.deny(ctx, "declaration.file", "declarations")
	}
	b := &Batch{Name: cut(name, 120), Actor: actor(ctx), At: s.c.Clock.Now(), State: Reading}
	if scope == access.Own {
		b.Org = p.Org
	}
	if err := s.begin(ctx, b); err != nil {
		return nil, err
	}
	faults := &Faults{}
	r := &reading{s: s, b: b, p: parser{set: s.c.Rules(), today: s.today(), faults: faults}}
	err := each(func(line int, cells []string) error { return r.row(ctx, line, cells) })
	if err == nil {
		err = r.end(ctx)
	}
	var own *Faults
	if errors.As(err, &own) && own != faults {
		faults.List = append(faults.List, own.List...)
		err = faults
	}
	if err == nil && scope == access.Zone {
		err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return s.accept(ctx, tx, b) })
	}
	if err != nil {
		return nil, errors.Join(err, s.drop(context.WithoutCancel(ctx), b.ID))
	}
	return b, nil
}

func (s *Service) begin(ctx context.Context, b *Batch) error {
	raw := make([]byte, 12)
	if _, err := io.ReadFull(s.c.Random, raw); err != nil {
		return fmt.Errorf("declaration: no randomness: %w", err)
	}
	b.ID = "db_" + hex.EncodeToString(raw)
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `insert into declaration_batches (id, name, org, actor, at, lines, value, state, matter, decided, decider) values ($1, $2, $3, $4, $5, 0, 0, $6, '', 0, '')`,
			b.ID, b.Name, b.Org, b.Actor, clock.Micros(b.At), int(Reading))
		return err
	})
}

// drop forgets a file that was not taken, and those that a stopped program left.
func (s *Service) drop(ctx context.Context, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		old := clock.Micros(s.c.Clock.Now().Add(-6 * time.Hour))
		if _, err := tx.Exec(ctx, `delete from declaration_rows where batch = $1 or batch in (select id from declaration_batches where state = $2 and at < $3)`, id, int(Reading), old); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from declaration_batches where id = $1 or state = $2 and at < $3`, id, int(Reading), old)
		return err
	})
}

func (r *reading) row(ctx context.Context, line int, cells []string) error {
	if r.columns == nil {
		r.columns = headers(cells, r.p.faults)
		if r.p.faults.any() {
			return r.p.faults
		}
		return nil
	}
	if r.b.Rows++; r.b.Rows > MaxRows {
		r.p.faults.add(line, "", fmt.Sprintf("超过 %d 行", MaxRows), fmt.Sprintf("over %d rows", MaxRows), "分成几个文件", "split it into several files")
		return r.p.faults
	}
	var in Row
	for i, cell := range cells {
		if i < len(r.columns) && r.columns[i] != nil {
			*r.columns[i](&in) = strings.Clone(cell)
		}
	}
	d := r.p.parse(line, &in)
	d.Batch = r.b.ID
	if p := access.Of(ctx); d.Enterprise != "" && p.Scope(access.EvidenceFile) != access.Zone && !slices.Contains(p.Entrusted(), d.Enterprise) {
		r.p.faults.add(line, "enterprise", "只能申报本单位或委托单位的报关单", "only declarations of one's own enterprise or of clients can be filed", "核对收发货人编码", "check the code of the enterprise")
	}
	if r.p.faults.any() {
		return nil // the rest is read for its faults alone
	}
	r.b.Value += d.Value
	r.wait = append(r.wait, d)
	if len(r.wait) >= piece {
		return r.flush(ctx)
	}
	return nil
}

// flush writes the rows that wait.
func (r *reading) flush(ctx context.Context) error {
	for _, d := range r.wait {
		known, err := r.s.known(ctx, d.Number)
		if err != nil {
			return err
		}
		d.Aside = d.place(known)
	}
	err := r.s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		w := bulk.Insert(tx, `insert into declaration_rows (`+columns+`) values `, 17, ``)
		defer w.Close()
		for _, d := range r.wait {
			if err := w.Add(ctx, d.Batch, d.Line, d.Number, string(d.Kind), int64(d.Day), d.Day.Year(), string(rune(d.Direction)), d.Mode, d.Country, d.Enterprise,
				int64(d.Value), d.Currency, int64(d.Original), string(d.Status), d.Order, string(d.Aside), int(d.State)); err != nil {
				return err
			}
		}
		return w.Flush(ctx)
	})
	r.wait = r.wait[:0]
	return err
}

func (s *Service) known(ctx context.Context, number string) (bool, error) {
	if s.c.Known == nil {
		return false, nil
	}
	return s.c.Known(ctx, number)
}

// end finishes the file: no number may be in it twice.
func (r *reading) end(ctx context.Context) error {
	if r.b.Rows == 0 {
		r.p.faults.add(0, "", "文件没有数据行", "the file has no rows", "第一行写列名，其后每行一票", "name the columns in the first row, then one declaration a row")
	}
	if r.p.faults.any() {
		return r.p.faults
	}
	if err := r.flush(ctx); err != nil {
		return err
	}
	if err := r.s.each(ctx, func(rows *sql.Rows) error {
		var first, last int
		err := rows.Scan(&first, &last)
		r.p.faults.add(last, "number", fmt.Sprintf("报关单号与第 %d 行相同", first), fmt.Sprintf("the number is that of row %d", first), "同一报关单只保留最新一行", "keep the newest row of a declaration alone")
		return err
	}, `select min(line), max(line) from declaration_rows where batch = $1 group by number having count(*) > 1 order by 1`, r.b.ID); err != nil {
		return err
	}
	if r.b.Org != "" {
		if err := r.foreign(ctx); err != nil {
			return err
		}
	}
	if r.p.faults.any() {
		return r.p.faults
	}
	r.b.State = Waiting
	return r.s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `update declaration_batches set lines = $1, value = $2, state = $3 where id = $4`, r.b.Rows, int64(r.b.Value), int(Waiting), r.b.ID); err != nil {
			return err
		}
		return r.s.write(ctx, tx, "declaration.file", "declarations:"+r.b.ID, fmt.Sprintf("rows=%d", r.b.Rows))
	})
}

// foreign finds declarations that stand under another enterprise already: one
// enterprise does not replace what is another's.
func (r *reading) foreign(ctx context.Context) error {
	return r.s.each(ctx, func(rows *sql.Rows) error {
		var line int
		err := rows.Scan(&line)
		r.p.faults.add(line, "number", "该报关单号已登记在其他企业名下", "the declaration stands under another enterprise", "核对报关单号；确需更正请联系主管部门", "check the number, or ask the department in charge")
		return err
	}, `select n.line from declaration_rows n join declaration_rows o on o.number = n.number and o.state = 1 and o.enterprise <> n.enterprise where n.batch = $1 order by n.line`, r.b.ID)
}

// accept puts the declarations of a file in force, in a transaction: each replaces
// the version of its number that stood.
func (s *Service) accept(ctx context.Context, tx *store.Tx, b *Batch) error {
	done, err := tx.Exec(ctx, `update declaration_batches set state = $1, decided = $2, decider = $3 where id = $4 and state = $5`, int(Counting), clock.Micros(s.c.Clock.Now()), actor(ctx), b.ID, int(Waiting))
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return err // accepted before
	}
	at := clock.Micros(b.At)
	for _, q := range []struct {
		text string
		args []any
	}{
		// A file that came in later and was accepted sooner stands.
		{`update declaration_rows set state = $1 where batch = $2 and number in (select r.number from declaration_rows r join declaration_batches o on o.id = r.batch where r.state = $3 and o.at > $4)`, []any{int(Replaced), b.ID, int(Current), at}},
		{`update declaration_rows set state = $1 where state = $2 and batch <> $3 and number in (select number from declaration_rows where batch = $3 and state = $4)`, []any{int(Replaced), int(Current), b.ID, int(Staged)}},
		{`update declaration_rows set state = $1 where batch = $2 and state = $3`, []any{int(Current), b.ID, int(Staged)}},
	} {
		if _, err := tx.Exec(ctx, q.text, q.args...); err != nil {
			return err
		}
	}
	b.State = Counting
	return s.write(ctx, tx, "declaration.accept", "declarations:"+b.ID)
}

func (s *Service) today() clock.Day { return clock.DayOf(s.c.Clock.Now()) }

// actor is how the caller is named in what it does.
func actor(ctx context.Context) string {
	if p := access.Of(ctx); p != nil {
		return p.ID
	}
	return "system"
}

func (s *Service) write(ctx context.Context, tx *store.Tx, act, object string, detail ...string) error {
	e := audit.Entry{Actor: actor(ctx), Act: act, Object: object, Outcome: audit.Done, Detail: strings.Join(detail, " ")}
	if p := access.Of(ctx); p != nil {
		e.Org = p.Org
	}
	return s.c.Audit.Write(ctx, tx, e)
}

func (s *Service) deny(ctx context.Context, act, object string) error {
	return errors.Join(ErrDenied, s.record(ctx, act, object))
}

// record enters a denied act.
func (s *Service) record(ctx context.Context, act, object string) error {
	e := audit.Entry{Actor: actor(ctx), Act: act, Object: object, Outcome: audit.Denied}
	if p := access.Of(ctx); p != nil {
		e.Org = p.Org
	}
	return s.c.Audit.Record(ctx, e)
}

func cut(text string, most int) string {
	r := []rune(strings.TrimSpace(text))
	return string(r[:min(len(r), most)])
}

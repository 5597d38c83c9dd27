package fact

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/store"
)

// EvidenceState is where a piece of evidence stands (佐证状态). Its number is stored.
type EvidenceState int

// The states.
const (
	Accepted  EvidenceState = 1 // reviewed, it counts 已采信
	Replaced  EvidenceState = 2 // a later one for the same stands 已被更正
	Withdrawn EvidenceState = 3 // taken back 已撤回
)

// Words are the state's names in Chinese and English.
func (e EvidenceState) Words() (zh, en string) {
	switch e {
	case Accepted:
		return "已采信", "accepted"
	case Replaced:
		return "已被更正", "replaced"
	case Withdrawn:
		return "已撤回", "withdrawn"
	}
	return "", ""
}

// Evidence is a figure that stands in a paper and was reviewed (佐证): what was
// cleared elsewhere, an earlier year, a certificate.
type Evidence struct {
	ID         string // number of its matter, or an id of its own
	Subject    Subject
	Fact       string
	Year       int    // 0: of no year
	Part       string // what it covers, such as a customs district; "" is all
	Value      rule.Value
	Document   string    // title and number of the paper
	Place      string    // where it was cleared or issued
	Until      clock.Day // last day on which it counts; 0: without end
	Matter     string    // in which it was reviewed; "" where an office filed it itself
	FiledOrg   string
	FiledBy    string
	ReviewedBy string
	Reviewed   time.Time
	State      EvidenceState
	Other      string // what replaced it
	Reason     string // of the withdrawal
}

const evidenceColumns = `id, kind, subject, fact, year, part, type, amount, words, document, place, valid_until, matter, filed_org, filed_by, reviewed_by, reviewed_at, state, other, reason`

func scanEvidence(row interface{ Scan(...any) error }) (e Evidence, err error) {
	var kind, words string
	var amount, reviewed int64
	err = row.Scan(&e.ID, &e.Subject.Kind, &e.Subject.ID, &e.Fact, &e.Year, &e.Part, &kind, &amount, &words, &e.Document, &e.Place, &e.Until, &e.Matter,
		&e.FiledOrg, &e.FiledBy, &e.ReviewedBy, &reviewed, &e.State, &e.Other, &e.Reason)
	e.Value, e.Reviewed = stored(kind, amount, words), clock.FromMicros(reviewed)
	return e, err
}

// stored is a value of its stored form.
func stored(kind string, amount int64, words string) rule.Value {
	switch t, _ := rule.ParseType(kind); t {
	case rule.TypeBool:
		return rule.Bool(amount != 0)
	case rule.TypeInt:
		return rule.Int(amount)
	case rule.TypeMoney:
		return rule.Fen(money.Fen(amount))
	case rule.TypeDay:
		return rule.OfDay(clock.Day(amount))
	case rule.TypeText:
		return rule.Text(words)
	}
	return rule.Value{}
}

// forms are the stored form of a value.
func forms(v rule.Value) (kind string, amount int64, words string) {
	switch v.Type() {
	case rule.TypeBool:
		if v.Bool() {
			amount = 1
		}
	case rule.TypeInt:
		amount = v.Int()
	case rule.TypeMoney:
		amount = int64(v.Fen())
	case rule.TypeDay:
		amount = int64(v.Day())
	}
	return v.Type().String(), amount, v.Text()
}

// ParseValue reads a value of a fact as people write it: yuan, a whole number, a
// day, yes or no, one of the options.
func (d *Definition) ParseValue(text string) (rule.Value, error) {
	text = strings.ReplaceAll(strings.TrimSpace(text), ",", "")
	bad := func(fixZH, fixEN string) error {
		return matter.Problems{problem("value", "value", "数值不符合该指标的类型", "the value is not of the fact's type", fixZH, fixEN)}
	}
	switch d.Type {
	case rule.TypeMoney:
		if f, err := money.ParseFen(text); err == nil && f >= 0 {
			return rule.Fen(f), nil
		}
		return rule.Value{}, bad("以元填写，如 1250000.00", "write yuan, such as 1250000.00")
	case rule.TypeInt:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 && n < 1e15 {
			return rule.Int(n), nil
		}
		return rule.Value{}, bad("填写不为负的整数，如 120", "write a whole number that is not negative, such as 120")
	case rule.TypeDay:
		if day, err := clock.ParseDay(text); err == nil {
			return rule.OfDay(day), nil
		}
		return rule.Value{}, bad("写作 2026-03-01", "write it as 2026-03-01")
	case rule.TypeBool:
		switch strings.ToLower(text) {
		case "true", "yes", "是", "有":
			return rule.Bool(true), nil
		case "false", "no", "否", "无":
			return rule.Bool(false), nil
		}
		return rule.Value{}, bad("填写 是 或 否", "write yes or no")
	}
	for _, o := range d.Options {
		if o.ID == text || o.Title.ZH == text || strings.EqualFold(o.Title.EN, text) {
			return rule.Text(o.ID), nil
		}
	}
	return rule.Value{}, bad("从可选值中选择", "choose one of the values that there are")
}

// Entry is evidence as it is filed, before it was read.
type Entry struct {
	Subject  Subject
	Fact     string
	Year     int
	Part     string
	Value    string // as people write it
	Document string
	Place    string
	Until    string // YYYY-MM-DD or ""
}

// read makes evidence of an entry, or says all that is wrong with it.
func (s *Service) read(in Entry) (*Evidence, error) {
	book, err := s.Book()
	if err != nil {
		return nil, err
	}
	d := book.Find(in.Fact)
	if d == nil || !d.Of(in.Subject.Kind) {
		return nil, matter.Problems{problem("fact", "fact", "该类主体没有这个指标", "subjects of this kind have no such fact", "从指标目录中选择", "choose one of the list of facts")}
	}
	e := &Evidence{Subject: in.Subject, Fact: d.Name, Year: in.Year, Part: cut(in.Part, 60), Document: cut(in.Document, 120), Place: cut(in.Place, 60), State: Accepted}
	var out matter.Problems
	if !d.Takes() {
		out = append(out, problem("fact", "fact", "该指标由平台计算，不接受佐证", "the platform computes this fact: evidence is not taken", "如有异议请咨询", "ask about it if it seems wrong"))
	}
	var bad matter.Problems
	if e.Value, err = d.ParseValue(in.Value); errors.As(err, &bad) {
		out = append(out, bad...)
	}
	if this := s.today().Year(); d.Period == OfYear && (e.Year < 1990 || e.Year > this) || e.Year != 0 && (e.Year < 1900 || e.Year > this) {
		out = append(out, problem("year", "year", "年份须在 1990 年至今年之间", "the year must be from 1990 to this year", "填写数据所属年份", "give the year that the figure is of"))
	}
	if e.Document == "" {
		out = append(out, problem("document", "document", "请写明材料名称与编号", "name the paper and its number", "例如：2024年度审计报告 豫审字第12号", "such as: audit report of 2024, No. 12"))
	}
	if in.Until != "" {
		if e.Until, err = clock.ParseDay(in.Until); err != nil || e.Until < s.today() {
			out = append(out, problem("until", "until", "有效期止须是今天或以后的日期", "the last day must be today or later", "写作 2027-12-31，长期有效则留空", "write it as 2027-12-31, or leave it empty if it has no end"))
		}
	} else if d.Months > 0 {
		e.Until = s.today().AddMonths(d.Months)
	}
	if len(out) > 0 {
		return nil, out
	}
	return e, nil
}

// accept writes evidence that was reviewed, in the transaction of the review: it
// replaces what stood for the same subject, fact, year and part.
func (s *Service) accept(ctx context.Context, tx *store.Tx, e *Evidence) error {
	e.ReviewedBy, _ = actor(ctx)
	now := s.now()
	old, err := standing(ctx, tx, e)
	if err != nil {
		return err
	}
	for _, id := range old {
		if id == e.ID {
			return nil // this very review was written before
		}
		if _, err := tx.Exec(ctx, `update fact_evidence set state = $1, other = $2, changed_at = $3 where id = $4`, int(Replaced), e.ID, now, id); err != nil {
			return err
		}
		if err := s.history(ctx, tx, id, Replaced, e.ID); err != nil {
			return err
		}
	}
	kind, amount, words := forms(e.Value)
	if _, err := tx.Exec(ctx, `insert into fact_evidence (`+evidenceColumns+`, changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, '', '', $17)`,
		e.ID, string(e.Subject.Kind), e.Subject.ID, e.Fact, e.Year, e.Part, kind, amount, words, e.Document, e.Place, int64(e.Until), e.Matter,
		e.FiledOrg, e.FiledBy, e.ReviewedBy, now, int(Accepted)); err != nil {
		return err
	}
	if err := s.history(ctx, tx, e.ID, Accepted, ""); err != nil {
		return err
	}
	return s.write(ctx, tx, "evidence.accept", string(e.Subject.Kind)+":"+e.Subject.ID, "evidence="+e.ID, "fact="+e.Fact, fmt.Sprintf("year=%d", e.Year))
}

// standing are the ids of accepted evidence for the same.
func standing(ctx context.Context, tx *store.Tx, e *Evidence) (out []string, err error) {
	rows, err := tx.Query(ctx, `select id from fact_evidence where kind = $1 and subject = $2 and fact = $3 and year = $4 and part = $5 and state = $6`,
		string(e.Subject.Kind), e.Subject.ID, e.Fact, e.Year, e.Part, int(Accepted))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

func (s *Service) history(ctx context.Context, tx *store.Tx, id string, state EvidenceState, reason string) error {
	by, _ := actor(ctx)
	var last sql.NullInt64
	if err := tx.QueryRow(ctx, `select max(number) from fact_evidence_history where id = $1`, id).Scan(&last); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into fact_evidence_history (id, number, at, actor, state, reason) values ($1, $2, $3, $4, $5, $6)`, id, last.Int64+1, s.now(), by, int(state), reason)
	return err
}

// FileEvidence takes evidence from an office that may file for the whole zone: it
// counts at once. What can be mended is returned as matter.Problems.
func (s *Service) FileEvidence(ctx context.Context, in Entry) (*Evidence, error) {
	if access.Of(ctx).Scope(access.EvidenceFile) != access.Zone {
		return nil, s.deny(ctx, "evidence.accept", string(in.Subject.Kind)+":"+in.Subject.ID, ErrDenied)
	}
	e, err := s.read(in)
	if err != nil {
		return nil, err
	}
	if e.ID, err = s.newID("ev_"); err != nil {
		return nil, err
	}
	e.FiledBy, _ = actor(ctx)
	return e, s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return s.accept(ctx, tx, e) })
}

// WithdrawEvidence takes accepted evidence back: its owner, or an office that may
// file for the zone. It no longer counts, and stays to be seen.
func (s *Service) WithdrawEvidence(ctx context.Context, id, reason string) error {
	e, err := s.Evidence(ctx, id)
	if err != nil {
		return err
	}
	scope := access.Of(ctx).Scope(access.EvidenceFile)
	if scope != access.Zone && !(scope == access.Own && s.owns(ctx, e.Subject)) {
		return s.deny(ctx, "evidence.withdraw", "evidence:"+id, ErrDenied)
	}
	if reason = cut(reason, 200); reason == "" {
		return matter.Problems{problem("reason", "reason", "请写明撤回理由", "say why it is taken back", "例如：数据有误，将重新申报", "such as: the figure is wrong, a new one follows")}
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, err := tx.Exec(ctx, `update fact_evidence set state = $1, reason = $2, changed_at = $3 where id = $4 and state = $5`, int(Withdrawn), reason, s.now(), id, int(Accepted))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err // it did not stand any more
		}
		if err := s.history(ctx, tx, id, Withdrawn, reason); err != nil {
			return err
		}
		return s.write(ctx, tx, "evidence.withdraw", string(e.Subject.Kind)+":"+e.Subject.ID, "evidence="+id)
	})
}

// Evidence is one piece that the caller may see; ErrNotFound otherwise.
func (s *Service) Evidence(ctx context.Context, id string) (*Evidence, error) {
	e, err := scanEvidence(s.db.Read().QueryRowContext(ctx, `select `+evidenceColumns+` from fact_evidence where id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, store.Wrap("read evidence", err)
	}
	if err := s.mayRead(ctx, e.Subject, e.Year); err != nil {
		return nil, err
	}
	return &e, nil
}

// EvidenceFilter chooses evidence.
type EvidenceFilter struct {
	Subject Subject // zero: of all that the caller may see
	Fact    string
	State   EvidenceState // 0: any
	After   string        // id of the last one of the page before
	Limit   int           // 1 to 500; 100 if 0
}

// EvidenceList is evidence that the caller may see, what changed last first.
func (s *Service) EvidenceList(ctx context.Context, f EvidenceFilter) (out []Evidence, err error) {
	p := access.Of(ctx)
	where, args := []string{"1 = 1"}, []any{}
	place := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	add := func(column string, v any) { where = append(where, column+" = "+place(v)) }
	switch scope := p.Scope(access.FigureRead); {
	case f.Subject.ID != "":
		if err := s.mayRead(ctx, f.Subject, 0); err != nil {
			return nil, err
		}
		add("kind", string(f.Subject.Kind))
		add("subject", f.Subject.ID)
	case scope == access.None:
		return nil, nil
	case scope == access.Own: // of one's enterprises, and what one's organisation filed
		own := []string{"filed_org <> '' and filed_org = " + place(p.Org)}
		for _, code := range p.Codes {
			own = append(own, "kind = "+place(string(Enterprise))+" and subject = "+place(code))
		}
		where = append(where, "("+strings.Join(own, " or ")+")")
	}
	if f.Fact != "" {
		add("fact", f.Fact)
	}
	if f.State != 0 {
		add("state", int(f.State))
	}
	if f.After != "" {
		last := place(f.After)
		changed := "(select changed_at from fact_evidence where id = " + last + ")"
		where = append(where, "(changed_at < "+changed+" or changed_at = "+changed+" and id > "+last+")")
	}
	if f.Limit < 1 || f.Limit > 500 {
		f.Limit = 100
	}
	args = append(args, f.Limit)
	err = s.each(ctx, func(rows *sql.Rows) error {
		e, err := scanEvidence(rows)
		out = append(out, e)
		return err
	}, `select `+evidenceColumns+` from fact_evidence where `+strings.Join(where, " and ")+` order by changed_at desc, id limit $`+strconv.Itoa(len(args)), args...)
	return out, err
}

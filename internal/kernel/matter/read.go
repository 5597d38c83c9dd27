package matter

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return store.Wrap("read matters", err)
}

// sees tells whether the caller may read a matter.
func (s *Service) sees(p *access.Principal, m *Matter) bool {
	return mine(p, m) || office(p, m, s.DefinitionOf(m))
}

// Get returns a matter that the caller may see, its personal fields masked;
// ErrNotFound otherwise, whether it exists or not.
func (s *Service) Get(ctx context.Context, number string) (*Matter, error) {
	m, err := s.clear(ctx, number)
	if err != nil {
		return nil, err
	}
	m.Form = s.DefinitionOf(m).Mask(m.Form)
	return m, nil
}

func (s *Service) clear(ctx context.Context, number string) (*Matter, error) {
	m, err := s.scan(s.db.Read().QueryRowContext(ctx, `select `+columns+` from matter_matters where number = $1`, number))
	if err != nil {
		return nil, err
	}
	if !s.sees(access.Of(ctx), m) {
		return nil, ErrNotFound
	}
	return m, nil
}

// Reveal returns a matter with its form in clear, for whoever works it or has
// the right to personal data; the purpose is written into the audit chain first.
func (s *Service) Reveal(ctx context.Context, number, purpose string) (*Matter, error) {
	m, err := s.clear(ctx, number)
	if err != nil {
		return nil, err
	}
	p := access.Of(ctx)
	if !s.DefinitionOf(m).Works(p) && !p.May(access.PersonalClear) {
		return nil, s.denied(ctx, "reveal", m)
	}
	if strings.TrimSpace(purpose) == "" {
		return nil, Problems{{Code: "purpose", Field: "purpose", ZH: "查看明文须说明用途", EN: "to read in clear, say for what", FixZH: "填写用途，将记入审计", FixEN: "write the purpose; it is put on record"}}
	}
	e := entry(p, "", m)
	e.Act, e.Purpose = "personal.read", cut(purpose, maxNote)
	if err := s.c.Audit.Record(ctx, e); err != nil {
		return nil, err
	}
	return m, nil
}

// History returns the acts on a matter that the caller may see, the oldest
// first; lines for offices alone are left out for the applicant.
func (s *Service) History(ctx context.Context, number string) ([]Line, error) {
	m, err := s.clear(ctx, number)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.Read().QueryContext(ctx, `select number, at, actor, org, act, step, state, note, internal, revision from matter_history where serial = $1 order by number`, int64(m.Serial))
	if err != nil {
		return nil, store.Wrap("read matters", err)
	}
	defer rows.Close()
	applicant := mine(access.Of(ctx), m)
	var out []Line
	for rows.Next() {
		var l Line
		var at int64
		var note []byte
		if err := rows.Scan(&l.Number, &at, &l.Actor, &l.Org, &l.Act, &l.Step, &l.State, &note, &l.Internal, &l.Revision); err != nil {
			return nil, store.Wrap("read matters", err)
		}
		plain, err := s.c.Keys.Open(nil, note, boundNote(m.Number, l.Number))
		if err != nil {
			return nil, err
		}
		l.At, l.Note = clock.FromMicros(at), string(plain)
		if !applicant || !l.Internal {
			out = append(out, l)
		}
	}
	return out, store.Wrap("read matters", rows.Err())
}

// Documents returns the papers of a matter that the caller may see.
func (s *Service) Documents(ctx context.Context, number string) ([]blob.File, error) {
	if _, err := s.clear(ctx, number); err != nil {
		return nil, err
	}
	return s.c.Blobs.List(ctx, owner(number))
}

// Download returns a paper of a matter that the caller may see. An office's
// reading is written into the audit chain: papers show persons.
func (s *Service) Download(ctx context.Context, number, file string) (*blob.File, []byte, error) {
	m, err := s.clear(ctx, number)
	if err != nil {
		return nil, nil, err
	}
	f, data, err := s.c.Blobs.Read(ctx, file)
	if err != nil {
		return nil, nil, err
	}
	if f.Owner != owner(number) {
		return nil, nil, blob.ErrNotFound
	}
	if p := access.Of(ctx); !mine(p, m) {
		e := entry(p, "", m)
		e.Act, e.Purpose, e.Detail = "document.read", "work on the matter", "file="+f.ID
		if err := s.c.Audit.Record(ctx, e); err != nil {
			return nil, nil, err
		}
	}
	return f, data, nil
}

// Filter chooses matters in a list. The zero value is all that the caller may
// see.
type Filter struct {
	Definition string
	State      State
	Officer    string // account that claimed them; "-" means nobody
	Subject    string
	Late       bool   // over their time limit
	Escalated  bool   // and somebody above was told
	Parent     string // number of the matter that they appeal against, or that bundles them
	Workable   bool   // in a step that is the caller's work now, or whose opinion is asked
	Before     uint64 // serial of the last one of the page before; 0 for the first page
	Limit      int    // 1 to 200; 40 if 0
}

// List returns matters that the caller may see, the newest first, personal
// fields masked.
func (s *Service) List(ctx context.Context, f Filter) ([]Matter, error) {
	where, args := s.where(access.Of(ctx), f)
	if where == "" {
		return nil, nil
	}
	if f.Before != 0 {
		args = append(args, int64(f.Before))
		where += fmt.Sprintf(" and serial < $%d", len(args))
	}
	if f.Limit < 1 || f.Limit > 200 {
		f.Limit = 40
	}
	args = append(args, f.Limit)
	rows, err := s.db.Read().QueryContext(ctx, fmt.Sprintf(`select %s from matter_matters where %s order by serial desc limit $%d`, columns, where, len(args)), args...)
	if err != nil {
		return nil, store.Wrap("read matters", err)
	}
	defer rows.Close()
	var out []Matter
	for rows.Next() {
		m, err := s.scan(rows)
		if err != nil {
			return nil, err
		}
		m.Form = s.DefinitionOf(m).Mask(m.Form)
		out = append(out, *m)
	}
	return out, store.Wrap("read matters", rows.Err())
}

// Count returns how many matters a filter chooses.
func (s *Service) Count(ctx context.Context, f Filter) (int, error) {
	where, args := s.where(access.Of(ctx), f)
	if where == "" {
		return 0, nil
	}
	var n int
	err := s.db.Read().QueryRowContext(ctx, `select count(*) from matter_matters where `+where, args...).Scan(&n)
	return n, store.Wrap("read matters", err)
}

// where is the condition for what the caller may see and the filter wants; ""
// if that is nothing.
func (s *Service) where(p *access.Principal, f Filter) (string, []any) {
	var args []any
	arg := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	var scopes []string
	if p.Scope(access.MatterRead) == access.Own && !f.Workable {
		if p.Org != "" {
			scopes = append(scopes, "org = "+arg(p.Org))
			for _, m := range p.Mandates {
				if covers(p, m.Client) {
					scopes = append(scopes, "(agent = "+arg(p.Org)+" and client = "+arg(m.Client)+")")
				}
			}
		} else if p.ID != "" {
			scopes = append(scopes, "org = '' and owner = "+arg(p.ID))
		}
	}
	if p.Scope(access.MatterWork) == access.Zone {
		scopes = append(scopes, s.officeScopes(p, f.Workable, arg)...)
	}
	if len(scopes) == 0 {
		return "", nil
	}
	where := "(" + strings.Join(scopes, " or ") + ")"
	for _, c := range []struct{ column, value string }{{"definition", f.Definition}, {"state", string(f.State)}, {"subject", f.Subject}} {
		if c.value != "" {
			where += " and " + c.column + " = " + arg(c.value)
		}
	}
	switch f.Officer {
	case "":
	case "-":
		where += " and officer = ''"
	default:
		where += " and officer = " + arg(f.Officer)
	}
	if f.Escalated {
		where += " and escalated <> ''"
	}
	if f.Parent != "" {
		where += " and parent = " + arg(f.Parent)
	}
	if f.Late {
		where += " and state = 'open' and due > 0 and due < " + arg(int64(s.Today()))
	}
	return where, args
}

// officeScopes are the conditions for what is an office's to see, or to do now.
func (s *Service) officeScopes(p *access.Principal, now bool, arg func(any) string) []string {
	var out []string
	for _, d := range s.kept.all() {
		if !now && d.Works(p) {
			out = append(out, "(submitted > 0 and definition = "+arg(d.ID)+" and version = "+arg(d.Version)+")")
		}
		for i := range d.Steps {
			if step := &d.Steps[i]; now && step.Theirs(p) {
				out = append(out, "(state = 'open' and definition = "+arg(d.ID)+" and version = "+arg(d.Version)+" and step = "+arg(step.ID)+")")
			}
		}
	}
	for _, r := range p.Roles {
		if access.Table[r][access.MatterWork] == access.Zone {
			column := "asked"
			if now {
				column = "consulted"
			}
			word := arg("%," + string(r) + ",%")
			out = append(out, "(submitted > 0 and "+column+" like "+word+")", "(state = 'open' and escalated like "+word+")")
		}
	}
	return out
}

// Waiting counts what waits for the caller (待办).
type Waiting struct {
	Drafts    int // of the applicant, not submitted
	Returned  int // of the applicant, to be completed
	Running   int // of the applicant, in progress
	Work      int // of the office, in its steps
	Unclaimed int // of these, claimed by nobody
	Mine      int // of these, claimed by the caller
	Late      int // of these, over their time limit
}

// Waiting tells what waits for the caller.
func (s *Service) Waiting(ctx context.Context) (Waiting, error) {
	var w Waiting
	p := access.Of(ctx)
	for _, c := range []struct {
		into *int
		f    Filter
	}{{&w.Drafts, Filter{State: Draft}}, {&w.Returned, Filter{State: Returned}}, {&w.Running, Filter{State: Open}}} {
		if p.Scope(access.MatterRead) != access.Own {
			break
		}
		n, err := s.Count(ctx, c.f)
		if err != nil {
			return w, err
		}
		*c.into = n
	}
	if p.Scope(access.MatterWork) != access.Zone {
		return w, nil
	}
	for _, c := range []struct {
		into *int
		f    Filter
	}{{&w.Work, Filter{Workable: true}}, {&w.Unclaimed, Filter{Workable: true, Officer: "-"}}, {&w.Mine, Filter{Workable: true, Officer: p.ID}}, {&w.Late, Filter{Workable: true, Late: true}}} {
		n, err := s.Count(ctx, c.f)
		if err != nil {
			return w, err
		}
		*c.into = n
	}
	return w, nil
}

// texts are the rows of a query of one text.
func (s *Service) texts(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := s.db.Read().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, store.Wrap("read matters", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, store.Wrap("read matters", err)
		}
		out = append(out, v)
	}
	return out, store.Wrap("read matters", rows.Err())
}

// Mine tells whether a matter is the caller's own as an applicant.
func (s *Service) Mine(ctx context.Context, m *Matter) bool { return mine(access.Of(ctx), m) }

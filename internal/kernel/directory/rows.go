package directory

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

const columns = `serial, directory, id, owner, name, state, revision, fields, private, proposal, proposed, code, matter, shipped, source, mark, reason,
	valid_from, valid_to, due, stars, ratings, created, changed`

func bound(what, directory string, serial uint64) []byte {
	return fmt.Appendf(nil, "directory %s %s %d", what, directory, serial)
}

func (s *Service) seal(v any, aad []byte) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return s.c.Keys.Seal(nil, plain, aad), nil
}

func (s *Service) unseal(sealed, aad []byte, into any) error {
	plain, err := s.c.Keys.Open(nil, sealed, aad)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, into)
}

// scan reads a row with the columns of columns.
func (s *Service) scan(r interface{ Scan(...any) error }) (*Entry, error) {
	e := &Entry{}
	var fields string
	var private, proposal, reason []byte
	var created, changed int64
	if err := r.Scan(&e.Serial, &e.Directory, &e.ID, &e.Owner, &e.Name, &e.State, &e.Revision, &fields, &private, &proposal, &e.Proposed, &e.Code, &e.Matter,
		&e.Shipped, &e.Source, &e.Mark, &reason, &e.From, &e.To, &e.Due, &e.Stars, &e.Ratings, &created, &changed); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return nil, ErrNotFound
		}
		return nil, store.Wrap("read directories", err)
	}
	e.Created, e.Changed = clock.FromMicros(created), clock.FromMicros(changed)
	if strings.HasPrefix(e.Code, "#") {
		e.Code = ""
	}
	if err := json.Unmarshal([]byte(fields), &e.Fields); err != nil {
		return nil, err
	}
	if err := s.unseal(private, bound("private", e.Directory, e.Serial), &e.Fields); err != nil {
		return nil, err
	}
	if err := s.unseal(reason, bound("reason", e.Directory, e.Serial), &e.Reason); err != nil {
		return nil, err
	}
	if e.Proposed != "" {
		if err := s.unseal(proposal, bound("proposal", e.Directory, e.Serial), &e.Proposal); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (s *Service) load(ctx context.Context, tx *store.Tx, directory, id string) (*Entry, error) {
	return s.scan(tx.QueryRow(ctx, `select `+columns+` from directory_entries where directory = $1 and id = $2`, directory, id))
}

func (s *Service) one(ctx context.Context, directory, id string) (*Entry, error) {
	return s.scan(s.db.Read().QueryRowContext(ctx, `select `+columns+` from directory_entries where directory = $1 and id = $2`, directory, id))
}

// parts are the forms in which an entry's values are stored.
type parts struct {
	fields                    string
	private, proposal, reason []byte
	search, key, parent       string
}

func (s *Service) parts(d *Definition, e *Entry) (parts, error) {
	clear, private := map[string]any{}, map[string]any{}
	for name, v := range e.Fields {
		if f := d.Form.Field(name); f != nil && f.Personal {
			private[name] = v
		} else if f != nil {
			clear[name] = v
		}
	}
	text, err := json.Marshal(clear)
	if err != nil {
		return parts{}, err
	}
	p := parts{fields: string(text), search: d.searchText(e), key: d.key(e), parent: d.parent(e)}
	if p.private, err = s.seal(private, bound("private", e.Directory, e.Serial)); err != nil {
		return p, err
	}
	if p.proposal, err = s.seal(e.Proposal, bound("proposal", e.Directory, e.Serial)); err != nil {
		return p, err
	}
	p.reason, err = s.seal(e.Reason, bound("reason", e.Directory, e.Serial))
	return p, err
}

// searchText is what words are looked for in, in small letters.
func (d *Definition) searchText(e *Entry) string {
	words := []string{e.Name}
	for _, name := range d.Search {
		f := d.Form.Field(name)
		w := f.Text(e.Fields[name])
		words = append(words, w.ZH)
		if w.EN != w.ZH {
			words = append(words, w.EN)
		}
	}
	return strings.ToLower(strings.Join(words, "\n"))
}

// key names the entry by its unique fields; without one, or once it is removed,
// by its serial.
func (d *Definition) key(e *Entry) string {
	if len(d.Unique) == 0 || e.State == Removed {
		return fmt.Sprintf("#%d", e.Serial)
	}
	var parts []string
	for _, name := range d.Unique {
		parts = append(parts, strings.ToLower(fmt.Sprint(e.Fields[name])))
	}
	return strings.Join(parts, "\x1f")
}

func (d *Definition) parent(e *Entry) string {
	if d.Parent == nil {
		return ""
	}
	return e.Text(d.Parent.Field)
}

// insert gives a new entry its serial, and an id if it has none, and writes it.
func (s *Service) insert(ctx context.Context, tx *store.Tx, d *Definition, e *Entry) error {
	if err := tx.QueryRow(ctx, `select coalesce(max(serial), 0) + 1 from directory_entries`).Scan(&e.Serial); err != nil {
		return store.Wrap("read directories", err)
	}
	if e.ID == "" {
		e.ID = fmt.Sprintf("E%d", e.Serial)
	}
	p, err := s.parts(d, e)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into directory_entries (`+columns+`, search, unique_key, parent, told, score)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, 0, 0)`,
		int64(e.Serial), e.Directory, e.ID, e.Owner, e.Name, string(e.State), int64(e.Revision), p.fields, p.private, p.proposal, string(e.Proposed), storedCode(e), e.Matter,
		e.Shipped, e.Source, e.Mark, p.reason, int64(e.From), int64(e.To), int64(e.Due), e.Stars, e.Ratings, clock.Micros(e.Created), clock.Micros(e.Changed),
		p.search, p.key, p.parent); err != nil {
		return s.taken(d, err)
	}
	return s.values(ctx, tx, d, e)
}

func storedCode(e *Entry) string {
	if e.Code == "" {
		return fmt.Sprintf("#%d", e.Serial)
	}
	return e.Code
}

// update writes an entry that has changed. A new last day is told anew.
func (s *Service) update(ctx context.Context, tx *store.Tx, d *Definition, e *Entry) error {
	p, err := s.parts(d, e)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update directory_entries set owner = $2, name = $3, state = $4, revision = $5, fields = $6, private = $7, proposal = $8, proposed = $9,
		code = $10, matter = $11, shipped = $12, source = $13, mark = $14, reason = $15, valid_from = $16, told = case when valid_to = $17 then told else 0 end,
		valid_to = $17, due = $18, changed = $19, search = $20, unique_key = $21, parent = $22 where serial = $1`,
		int64(e.Serial), e.Owner, e.Name, string(e.State), int64(e.Revision), p.fields, p.private, p.proposal, string(e.Proposed),
		storedCode(e), e.Matter, e.Shipped, e.Source, e.Mark, p.reason, int64(e.From), int64(e.To), int64(e.Due), clock.Micros(e.Changed), p.search, p.key, p.parent); err != nil {
		return s.taken(d, err)
	}
	if _, err := tx.Exec(ctx, `delete from directory_values where serial = $1`, int64(e.Serial)); err != nil {
		return err
	}
	return s.values(ctx, tx, d, e)
}

// taken says that the unique fields are another entry's.
func (s *Service) taken(d *Definition, err error) error {
	if !errors.Is(err, store.ErrDuplicate) || len(d.Unique) == 0 {
		return err
	}
	w := d.Form.Field(d.Unique[0]).Label
	return Problems{{Code: "taken", Field: d.Unique[0], ZH: w.ZH + "已在名录中", EN: w.EN + ": it is in the directory already", FixZH: "修改已有条目，或核对号码", FixEN: "change the entry that is there, or look at the number again"}}
}

// values writes what the entry is chosen and counted by.
func (s *Service) values(ctx context.Context, tx *store.Tx, d *Definition, e *Entry) error {
	for _, name := range d.Facets {
		for _, v := range valuesOf(e.Fields[name]) {
			if _, err := tx.Exec(ctx, `insert into directory_values (serial, field, value) values ($1, $2, $3)`, int64(e.Serial), name, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func valuesOf(v any) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		out := make([]string, 0, len(v))
		for _, x := range v {
			out = append(out, fmt.Sprint(x))
		}
		return out
	}
	return []string{fmt.Sprint(v)}
}

// record writes the revision that an act made.
func (s *Service) record(ctx context.Context, tx *store.Tx, d *Definition, e *Entry, act Act, actor, org, reason string) error {
	p, err := s.parts(d, e)
	if err != nil {
		return err
	}
	sealed, err := s.seal(reason, bound(fmt.Sprintf("reason of %d", e.Revision), e.Directory, e.Serial))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into directory_revisions (serial, revision, at, actor, org, act, state, reason, fields, private) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		int64(e.Serial), int64(e.Revision), clock.Micros(e.Changed), actor, org, string(act), string(e.State), sealed, p.fields, p.private)
	return err
}

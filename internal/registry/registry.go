package registry

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the registry's tables in the services database; feed.Migration
// has to run too.
var Migration = store.Migration{File: store.Services, Owner: "registry", FS: migrations}

const (
	// StreamName is the registry's stream of facts.
	StreamName = "registry"
	// CommandKind is the kind of the registry's commands to the core; their body is
	// a filing as AppendFiling writes it.
	CommandKind = "filing"
)

// ErrNotFiled reports an enterprise that is not in the registry.
var ErrNotFiled = errors.New("registry: no such filing / 企业未备案")

// Registry keeps the filings in the services database. It is safe for many
// goroutines and processes.
type Registry struct {
	db     *store.DB
	clock  clock.Clock
	stream *feed.Stream
	outbox *feed.Outbox
	audit  Audit
}

// Audit writes an entry in the transaction of the act; *audit.Log does.
type Audit interface {
	Write(ctx context.Context, tx *store.Tx, e audit.Entry) error
}

// Enter has every change of a filing entered into the chain of acts from now on.
// It is called before the registry is shared.
func (r *Registry) Enter(a Audit) { r.audit = a }

// New returns the registry in db. Commands go into outbox.
func New(db *store.DB, c clock.Clock, outbox *feed.Outbox) *Registry {
	return &Registry{db: db, clock: c, stream: feed.NewStream(db, StreamName, c), outbox: outbox}
}

// Stream returns the registry's facts: one "filing" a revision, its body the
// whole filing as AppendFiling writes it.
func (r *Registry) Stream() *feed.Stream { return r.stream }

// Author says who changes a filing and why; both stand in the history.
type Author struct {
	By   string // user or program, no personal data
	Note string
}

// File files enterprises, new or changed, all or none: an id that is filed gets
// a new revision, unless nothing differs. Faults are returned all at once, as
// Faults. A filing without an id takes its USCC, else its customs code.
func (r *Registry) File(ctx context.Context, by Author, filings ...Filing) error {
	filings = withIDs(filings)
	if faults := checkAll(filings); len(faults) > 0 {
		return faults
	}
	return r.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var faults Faults
		for i := range filings {
			old, err := load(ctx, tx, filings[i].ID)
			if err != nil && !errors.Is(err, ErrNotFiled) {
				return err
			}
			f := filings[i]
			if err := r.save(ctx, tx, by, old, &f); err != nil {
				var own Faults
				if !errors.As(err, &own) {
					return err
				}
				faults = append(faults, own...)
			}
		}
		if len(faults) > 0 {
			return faults
		}
		return nil
	})
}

func withIDs(filings []Filing) []Filing {
	out := make([]Filing, len(filings))
	for i, f := range filings {
		if f.ID == "" {
			f.ID = f.USCC
		}
		if f.ID == "" {
			f.ID = f.CustomsCode
		}
		out[i] = f
	}
	return out
}

// Change edits one filing and returns its new revision, or ErrNotFiled. edit may
// run more than once; it gets the filing as it stands and replaces lists instead
// of changing them in place.
func (r *Registry) Change(ctx context.Context, by Author, id string, edit func(*Filing) error) (*Filing, error) {
	var out *Filing
	err := r.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		out, err = r.ChangeIn(ctx, tx, by, id, edit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ChangeIn is Change within the transaction of the act that it belongs to.
func (r *Registry) ChangeIn(ctx context.Context, tx *store.Tx, by Author, id string, edit func(*Filing) error) (*Filing, error) {
	old, err := load(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	f := *old
	if err := edit(&f); err != nil {
		return nil, err
	}
	f.ID = id
	if faults := f.Check(); len(faults) > 0 {
		return nil, faults
	}
	return &f, r.save(ctx, tx, by, old, &f)
}

// FileIn files an enterprise within the transaction of the act that it belongs
// to: the new revision of the filing that has one of the codes, or a new filing
// whose id is the first of them. edit makes it of what stands, nil if nothing
// does.
func (r *Registry) FileIn(ctx context.Context, tx *store.Tx, by Author, edit func(old *Filing) Filing, codes ...string) (*Filing, error) {
	var old *Filing
	for _, code := range codes {
		if code == "" || old != nil {
			continue
		}
		f, err := decodeRow(code, tx.QueryRow(ctx, `select body from registry_filings where customs_code = $1 or uscc = $1`, code))
		if err != nil && !errors.Is(err, ErrNotFiled) {
			return nil, err
		}
		old = f
	}
	f := edit(old)
	f.ID = codes[0]
	if old != nil {
		f.ID = old.ID
	}
	if faults := f.Check(); len(faults) > 0 {
		return nil, faults
	}
	return &f, r.save(ctx, tx, by, old, &f)
}

// save writes a revision with its history, fact and command.
func (r *Registry) save(ctx context.Context, tx *store.Tx, by Author, old, f *Filing) error {
	f.Revision = 1
	if old != nil {
		f.Revision = old.Revision
		if bytes.Equal(AppendFiling(nil, f), AppendFiling(nil, old)) {
			return nil
		}
		f.Revision++
	}
	if err := taken(ctx, tx, f); err != nil {
		return err
	}
	body := AppendFiling(nil, f)
	now := r.clock.Now().UnixMicro()
	if _, err := tx.Exec(ctx, `insert into registry_filings (id, customs_code, uscc, name, kinds, revision, changed_at, body)
		values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do update set
		customs_code = $2, uscc = $3, name = $4, kinds = $5, revision = $6, changed_at = $7, body = $8`,
		f.ID, null(f.CustomsCode), null(f.USCC), f.Name, int64(f.Kinds), int64(f.Revision), now, body); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `delete from registry_certificates where filing = $1`, f.ID); err != nil {
		return err
	}
	for _, c := range f.Certificates {
		if _, err := tx.Exec(ctx, `insert into registry_certificates (fingerprint, filing) values ($1, $2)`, c.Fingerprint, f.ID); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `insert into registry_history (filing, revision, at, changed_by, note, body) values ($1, $2, $3, $4, $5, $6)`,
		f.ID, int64(f.Revision), now, by.By, by.Note, body); err != nil {
		return err
	}
	if _, err := r.stream.Append(ctx, tx, feed.Fact{Kind: "filing", Version: filingVersion, Body: body}); err != nil {
		return err
	}
	if _, err := r.outbox.Add(ctx, tx, CommandKind, body); err != nil || r.audit == nil {
		return err
	}
	return r.audit.Write(ctx, tx, actOf(ctx, by, f))
}

// actOf is the act of changing a filing.
func actOf(ctx context.Context, by Author, f *Filing) audit.Entry {
	e := audit.Entry{Actor: by.By, Act: "filing.change", Object: "filing:" + f.ID, Outcome: audit.Done, Detail: fmt.Sprintf("revision=%d %s", f.Revision, by.Note)}
	if f.Revision == 1 {
		e.Act = "filing.add"
	}
	if p := access.Of(ctx); p != nil {
		e.Actor, e.Org = p.ID, p.Org
	}
	return e
}

func null(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

// taken returns faults for codes and certificates that another filing has.
func taken(ctx context.Context, tx *store.Tx, f *Filing) error {
	var faults Faults
	ask := func(field, value, query string) error {
		var owner string
		err := tx.QueryRow(ctx, query, value, f.ID).Scan(&owner)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return nil
		case err != nil:
			return store.Wrap("read registry", err)
		}
		faults = append(faults, Fault{ID: f.ID, Field: field, ZH: value + " 已由备案 " + owner + " 使用", EN: value + " belongs to filing " + owner})
		return nil
	}
	if err := ask("customs_code", f.CustomsCode, `select id from registry_filings where customs_code = $1 and id <> $2`); err != nil {
		return err
	}
	if err := ask("uscc", f.USCC, `select id from registry_filings where uscc = $1 and id <> $2`); err != nil {
		return err
	}
	for _, c := range f.Certificates {
		if err := ask("certificates", c.Fingerprint, `select filing from registry_certificates where fingerprint = $1 and filing <> $2`); err != nil {
			return err
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

func load(ctx context.Context, tx *store.Tx, id string) (*Filing, error) {
	return decodeRow(id, tx.QueryRow(ctx, `select body from registry_filings where id = $1`, id))
}

func decodeRow(id string, row *sql.Row) (*Filing, error) {
	var body []byte
	err := row.Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: %s", ErrNotFiled, id)
	}
	if err != nil {
		return nil, store.Wrap("read registry", err)
	}
	return DecodeFiling(body)
}

// Get returns a filing by its id, or ErrNotFiled.
func (r *Registry) Get(ctx context.Context, id string) (*Filing, error) {
	return decodeRow(id, r.db.Read().QueryRowContext(ctx, `select body from registry_filings where id = $1`, id))
}

// ByCode returns the filing with a customs code or USCC, or ErrNotFiled.
func (r *Registry) ByCode(ctx context.Context, code string) (*Filing, error) {
	return decodeRow(code, r.db.Read().QueryRowContext(ctx,
		`select body from registry_filings where customs_code = $1 or uscc = $1`, code))
}

// List returns at most max filings whose id is above after, by id.
func (r *Registry) List(ctx context.Context, after string, max int) ([]Filing, error) {
	rows, err := r.db.Read().QueryContext(ctx, `select body from registry_filings where id > $1 order by id limit $2`, after, max)
	if err != nil {
		return nil, store.Wrap("read registry", err)
	}
	return filings(rows)
}

func filings(rows *sql.Rows) ([]Filing, error) {
	defer rows.Close()
	var out []Filing
	for rows.Next() {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			return nil, store.Wrap("read registry", err)
		}
		f, err := DecodeFiling(body)
		if err != nil {
			return nil, err
		}
		out = append(out, *f)
	}
	return out, store.Wrap("read registry", rows.Err())
}

// Search returns at most max filings whose name or code holds the text and that
// are filed as all of the kinds, by id above after; no text and no kinds are
// all.
func (r *Registry) Search(ctx context.Context, text string, kinds Kinds, after string, max int) ([]Filing, error) {
	like := "%" + strings.ToLower(strings.NewReplacer("%", "", "_", "").Replace(strings.TrimSpace(text))) + "%"
	rows, err := r.db.Read().QueryContext(ctx, `select body from registry_filings where id > $1 and (kinds & $2) = $2
		and (lower(name) like $3 or lower(id) like $3 or lower(coalesce(customs_code, '')) like $3 or lower(coalesce(uscc, '')) like $3) order by id limit $4`,
		after, int64(kinds), like, max)
	if err != nil {
		return nil, store.Wrap("read registry", err)
	}
	return filings(rows)
}

// Count returns how many enterprises are filed.
func (r *Registry) Count(ctx context.Context) (int, error) {
	var n int
	err := r.db.Read().QueryRowContext(ctx, `select count(*) from registry_filings`).Scan(&n)
	return n, store.Wrap("read registry", err)
}

// Revision is one entry of a filing's history.
type Revision struct {
	At     time.Time
	Author Author
	Filing Filing // as it then was
}

// History returns all revisions of a filing, the oldest first.
func (r *Registry) History(ctx context.Context, id string) ([]Revision, error) {
	rows, err := r.db.Read().QueryContext(ctx, `select at, changed_by, note, body from registry_history where filing = $1 order by revision`, id)
	if err != nil {
		return nil, store.Wrap("read registry", err)
	}
	defer rows.Close()
	var out []Revision
	for rows.Next() {
		var v Revision
		var at int64
		var body []byte
		if err := rows.Scan(&at, &v.Author.By, &v.Author.Note, &body); err != nil {
			return nil, store.Wrap("read registry", err)
		}
		f, err := DecodeFiling(body)
		if err != nil {
			return nil, err
		}
		v.At, v.Filing = clock.FromMicros(at), *f
		out = append(out, v)
	}
	return out, store.Wrap("read registry", rows.Err())
}

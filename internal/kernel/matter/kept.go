package matter

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"pilotzone/internal/kernel/store"
)

// kept are the versions of definitions that applications are carried by, by
// value: an application goes on by its version although the packs in force may
// have another one, or none.
type kept struct {
	mu   sync.RWMutex
	byID map[string]*Definition // "id@version"
}

func (k *kept) get(id, version string) *Definition {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.byID[id+"@"+version]
}

func (k *kept) put(d *Definition) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.byID[d.ID+"@"+d.Version] = d
}

// all are the kept versions, by id and version.
func (k *kept) all() []*Definition {
	k.mu.RLock()
	defer k.mu.RUnlock()
	out := make([]*Definition, 0, len(k.byID))
	for _, d := range k.byID {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b *Definition) int { return strings.Compare(a.ID+"@"+a.Version, b.ID+"@"+b.Version) })
	return out
}

func digest(d *Definition) string {
	sum := sha256.Sum256(d.raw)
	return hex.EncodeToString(sum[:])
}

// keep writes a definition down with the application that is started by it. A
// version whose words have changed although its name has not is kept beside the
// one before, under its name and the beginning of its digest.
func (s *Service) keep(ctx context.Context, tx *store.Tx, d *Definition) (*Definition, error) {
	sum := digest(d)
	for {
		var old string
		err := tx.QueryRow(ctx, `select digest from matter_definitions where definition = $1 and version = $2`, d.ID, d.Version).Scan(&old)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			_, err := tx.Exec(ctx, `insert into matter_definitions (definition, version, digest, body) values ($1, $2, $3, $4)`, d.ID, d.Version, sum, string(d.raw))
			s.kept.put(d)
			return d, err
		case err != nil:
			return nil, store.Wrap("read matters", err)
		case old == sum:
			s.kept.put(d)
			return d, nil
		case strings.HasSuffix(d.Version, "+"+sum[:8]):
			return nil, fmt.Errorf("matter %s: version %s is kept with other words (版本内容冲突)", d.ID, d.Version)
		}
		other := *d
		other.Version = d.Version + "+" + sum[:8]
		d = &other
	}
}

// loadKept reads the kept versions.
func (s *Service) loadKept(ctx context.Context) error {
	rows, err := s.db.Read().QueryContext(ctx, `select definition, version, body from matter_definitions`)
	if err != nil {
		return store.Wrap("read matters", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, version, body string
		if err := rows.Scan(&id, &version, &body); err != nil {
			return store.Wrap("read matters", err)
		}
		d, err := Parse([]byte(body))
		if err != nil {
			return fmt.Errorf("matter %s, version %s, as it was kept (已存事项版本无法读取): %w", id, version, err)
		}
		d.Version = version
		d.appealOf, _ = strings.CutSuffix(id, appealSuffix)
		if d.appealOf == id {
			d.appealOf = ""
		}
		s.kept.put(d)
	}
	return store.Wrap("read matters", rows.Err())
}

// DefinitionOf returns the version by which a matter is carried.
func (s *Service) DefinitionOf(m *Matter) *Definition {
	if d := s.kept.get(m.Definition, m.Version); d != nil {
		return d
	}
	return s.catalogue().Version(m.Definition, m.Version)
}

// Complete makes sure that every application has the version of the definition
// that it is carried by, and that the hooks which it names are there: those of
// an older program are kept now. A program that starts without one would not
// know what to do with it.
func (s *Service) Complete(ctx context.Context) error {
	list, err := s.texts(ctx, `select distinct definition || '@' || version from matter_matters`)
	if err != nil {
		return err
	}
	for _, v := range list {
		id, version, _ := strings.Cut(v, "@")
		d := s.kept.get(id, version)
		if d == nil {
			if d = s.catalogue().Version(id, version); d == nil {
				return fmt.Errorf("applications are carried by %s, version %s, whose file is missing: put it back (缺少在办事项的定义文件，请放回)", id, version)
			}
			if err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { _, err := s.keep(ctx, tx, d); return err }); err != nil {
				return err
			}
		}
		open, err := s.texts(ctx, `select number from matter_matters where definition = $1 and version = $2 and state in ('draft', 'open', 'returned') limit 1`, id, version)
		if err != nil {
			return err
		}
		if err := s.c.Hooks.missing(d); err != nil && len(open) > 0 {
			return err
		}
	}
	return nil
}

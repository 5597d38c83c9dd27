// Package backup copies a store while the service runs.
//
// Invariants: services is copied before core, so that no cursor in the copy is
// ahead of the core beside it; each of them is one state of its database, as
// of one moment; a backup is whole when its manifest is there. The copy of
// either kind of store is a SQLite store of the same identity, which every
// command reads. The search index is not copied: it is built again from core.
// The key file is not part of a store, nor of its backup.
package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"pilotzone/internal/kernel/store"
)

// CoreFile is the name of the core database in the folder of a backup; open
// the backup as "sqlite:FOLDER/" + CoreFile.
const CoreFile = "zone.db"

// manifestFile is the name of the manifest in the folder.
const manifestFile = "manifest.json"

// Manifest describes a backup.
type Manifest struct {
	Format  int       `json:"format"` // 1
	StoreID string    `json:"store_id"`
	Dialect string    `json:"dialect"` // of the store that was copied
	Began   time.Time `json:"began"`
	Ended   time.Time `json:"ended"`
	Files   []File    `json:"files"` // in the order in which they were copied
}

// File is a file of a backup.
type File struct {
	Name   string `json:"name"`
	Part   string `json:"part"` // services or core
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// ErrExists says that the folder holds something already.
var ErrExists = errors.New("the folder is not empty: name a new one (目标文件夹非空，请另选)")

// ErrDamaged says that a backup is not whole, or differs from its manifest.
var ErrDamaged = errors.New("the backup is damaged (备份已损坏)")

// Backup copies the store s into the folder dir, which is made when it does not
// exist and must be empty. Nothing is left behind after an error.
func Backup(ctx context.Context, s *store.Store, dir string) (err error) {
	if err := makeDir(dir); err != nil {
		return fmt.Errorf("back up to %s: %w", dir, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("back up to %s: %w", dir, err), os.RemoveAll(dir))
		}
	}()
	m := Manifest{Format: 1, StoreID: s.ID, Dialect: s.Dialect.String(), Began: s.Clock().Now()}
	core := filepath.Join(dir, CoreFile)
	paths := store.SQLiteFiles(core)
	if s.Dialect == store.SQLite {
		err = copySQLite(ctx, s, paths)
	} else {
		err = copyPostgres(ctx, s, core)
	}
	if err != nil {
		return err
	}
	for i, f := range []store.File{store.Services, store.Core} {
		file, err := seal(paths[1-i], f)
		if err != nil {
			return err
		}
		m.Files = append(m.Files, file)
	}
	m.Ended = s.Clock().Now()
	return writeManifest(dir, m)
}

// makeDir makes dir, or accepts an empty folder.
func makeDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		return ErrExists
	}
	return err
}

// copySQLite copies services and then core, each from one read transaction.
func copySQLite(ctx context.Context, s *store.Store, paths [3]string) error {
	for _, c := range []struct {
		db   *store.DB
		path string
	}{{s.Services, paths[1]}, {s.Core, paths[0]}} {
		if err := vacuumInto(ctx, c.db, c.path); err != nil {
			return store.Wrap("copy "+c.db.File().String(), err)
		}
	}
	return nil
}

// vacuumInto writes a copy of db without its free pages.
func vacuumInto(ctx context.Context, db *store.DB, path string) (err error) {
	conn, err := db.Read().Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	// Connections for reading refuse all writes, also to the copy.
	if _, err := conn.ExecContext(ctx, "pragma query_only = 0"); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "vacuum into $1", path)
	_, again := conn.ExecContext(context.WithoutCancel(ctx), "pragma query_only = 1")
	return errors.Join(err, again)
}

// seal makes the copy durable and takes its checksum.
func seal(path string, part store.File) (File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return File{}, err
	}
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err := errors.Join(err, f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
		return File{}, err
	}
	return File{Name: filepath.Base(path), Part: part.String(), Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

// writeManifest makes the backup whole: the manifest appears in one step, after
// all else is durable.
func writeManifest(dir string, m Manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	name := filepath.Join(dir, manifestFile)
	f, err := os.OpenFile(name+".new", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Check reads the manifest of the backup in dir and compares all files with
// it. The error is [ErrDamaged] when they differ.
func Check(dir string) (*Manifest, error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("check backup %s: it has no %s: %w", dir, manifestFile, ErrDamaged)
	}
	if err != nil {
		return nil, fmt.Errorf("check backup: %w", err)
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil || m.Format != 1 {
		return nil, fmt.Errorf("check backup %s: %s cannot be read: %w", dir, manifestFile, ErrDamaged)
	}
	for _, want := range m.Files {
		if want.Name != filepath.Base(want.Name) {
			return nil, fmt.Errorf("check backup %s: file name %q: %w", dir, want.Name, ErrDamaged)
		}
		size, sum, err := digest(filepath.Join(dir, want.Name))
		if err != nil {
			return nil, fmt.Errorf("check backup %s: %w: %w", dir, ErrDamaged, err)
		}
		if size != want.Size || sum != want.SHA256 {
			return nil, fmt.Errorf("check backup %s: %s differs from the manifest: %w", dir, want.Name, ErrDamaged)
		}
	}
	return &m, nil
}

func digest(path string) (size int64, sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return size, hex.EncodeToString(h.Sum(nil)), err
}

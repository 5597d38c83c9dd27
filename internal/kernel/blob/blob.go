// Package blob keeps files that people attach (附件): papers of a matter, proofs
// of a dispute. They are sealed in pieces in the services database.
//
// Invariants: what a file is, is read from its bytes, never from what its sender
// says, and only the types of Types are kept; name and content have to agree; a
// file that could be two things at once is refused. Nothing here opens, runs or
// renders a file: it goes out as a download. Count and size of the files of one
// owner are bounded. Name and content are sealed, bound to the file's id.
package blob

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migration makes the tables in the services database.
var Migration = store.Migration{File: store.Services, Owner: "blob", FS: migrations}

// ErrNotFound reports a file that is not there.
var ErrNotFound = errors.New("blob: no such file / 没有该附件")

// ErrChanged reports stored bytes that are not those that came in.
var ErrChanged = errors.New("blob: the stored file does not have the digest it came in with / 附件摘要不符")

// File is what is known of a file (附件).
type File struct {
	ID     string // 26 characters that nobody can guess
	Owner  string // what it belongs to, such as "matter:PZ202600000001"
	Slot   string // which of the papers asked for it is; "" for a free one
	Name   string // as its sender named it, cleaned; may name a person: mask it in logs
	Type   Type   // as found in the bytes
	Size   int64  // bytes
	SHA256 [32]byte
	At     time.Time
	By     string // account that lodged it
}

// Limits bound what may be lodged (限额).
type Limits struct {
	File  int64 // bytes of one file
	Count int   // files of one owner
	Total int64 // bytes of all files of one owner
}

// DefaultLimits are 10 MB a file, 40 files and 100 MB an owner.
var DefaultLimits = Limits{File: 10 << 20, Count: 40, Total: 100 << 20}

// Store keeps the files. It is safe for many goroutines.
type Store struct {
	db     *store.DB
	ring   *keys.Keyring
	clock  clock.Clock
	random io.Reader
	limits Limits
}

// New returns the store of files in db; random gives their ids. Zero limits are
// those of DefaultLimits.
func New(db *store.DB, ring *keys.Keyring, c clock.Clock, random io.Reader, l Limits) *Store {
	if l.File == 0 {
		l.File = DefaultLimits.File
	}
	if l.Count == 0 {
		l.Count = DefaultLimits.Count
	}
	if l.Total == 0 {
		l.Total = DefaultLimits.Total
	}
	return &Store{db: db, ring: ring, clock: c, random: random, limits: l}
}

// Limits are the bounds in force.
func (s *Store) Limits() Limits { return s.limits }

// Upload is a file that comes in.
type Upload struct {
	Owner, Slot, Name, By string
	Data                  []byte
}

// chunkSize is how many plain bytes one row holds.
const chunkSize = 256 << 10

// Put looks at a file and keeps it in the transaction of the act that it belongs
// to. What it refuses is a *Refusal.
func (s *Store) Put(ctx context.Context, tx *store.Tx, u Upload) (*File, error) {
	if int64(len(u.Data)) > s.limits.File {
		return nil, tooLarge(s.limits.File)
	}
	name := CleanName(u.Name)
	kind, err := Sniff(name, u.Data)
	if err != nil {
		return nil, err
	}
	if err := s.room(ctx, tx, u.Owner, int64(len(u.Data))); err != nil {
		return nil, err
	}
	f := &File{Owner: u.Owner, Slot: u.Slot, Name: name, Type: kind, Size: int64(len(u.Data)), SHA256: sha256.Sum256(u.Data), At: s.clock.Now(), By: u.By}
	if f.ID, err = s.newID(); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `insert into blob_files (id, owner, slot, name, media, size, sha256, at, lodged_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		f.ID, f.Owner, f.Slot, s.ring.Seal(nil, []byte(f.Name), bound(f.ID, -1)), string(f.Type), f.Size, f.SHA256[:], clock.Micros(f.At), f.By); err != nil {
		return nil, err
	}
	for n, rest := 0, u.Data; len(rest) > 0; n++ {
		piece := rest[:min(chunkSize, len(rest))]
		rest = rest[len(piece):]
		if _, err := tx.Exec(ctx, `insert into blob_chunks (file, number, data) values ($1, $2, $3)`, f.ID, n, s.ring.Seal(nil, piece, bound(f.ID, n))); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// room refuses what would go beyond the owner's bounds.
func (s *Store) room(ctx context.Context, tx *store.Tx, owner string, size int64) error {
	var count, total int64
	if err := tx.QueryRow(ctx, `select count(*), cast(coalesce(sum(size), 0) as bigint) from blob_files where owner = $1`, owner).Scan(&count, &total); err != nil {
		return store.Wrap("read files", err)
	}
	if count >= int64(s.limits.Count) || total+size > s.limits.Total {
		return refuse("full", fmt.Sprintf("附件总数不得超过 %d 个、总大小不得超过 %d MB", s.limits.Count, s.limits.Total>>20),
			fmt.Sprintf("no more than %d files and %d MB in all", s.limits.Count, s.limits.Total>>20), "删除不需要的附件，或压缩后再传", "remove what is not needed, or make the files smaller")
	}
	return nil
}

var idAlphabet = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

func (s *Store) newID() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(s.random, b[:]); err != nil {
		return "", fmt.Errorf("blob: draw an id: %w", err)
	}
	return idAlphabet.EncodeToString(b[:]), nil
}

// bound is the record that a sealed value belongs to: the name is number -1.
func bound(id string, number int) []byte {
	return binary.BigEndian.AppendUint64([]byte("blob "+id+" "), uint64(int64(number)))
}

const columns = `id, owner, slot, name, media, size, sha256, at, lodged_by`

func (s *Store) scan(row interface{ Scan(...any) error }) (*File, error) {
	f := &File{}
	var name, sum []byte
	var at int64
	if err := row.Scan(&f.ID, &f.Owner, &f.Slot, &name, &f.Type, &f.Size, &sum, &at, &f.By); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return nil, ErrNotFound
		}
		return nil, store.Wrap("read files", err)
	}
	plain, err := s.ring.Open(nil, name, bound(f.ID, -1))
	if err != nil {
		return nil, err
	}
	f.Name, f.At = string(plain), clock.FromMicros(at)
	copy(f.SHA256[:], sum)
	return f, nil
}

// Info tells what is known of a file, or ErrNotFound.
func (s *Store) Info(ctx context.Context, id string) (*File, error) {
	return s.scan(s.db.Read().QueryRowContext(ctx, `select `+columns+` from blob_files where id = $1`, id))
}

// List returns the files of an owner, the oldest first.
func (s *Store) List(ctx context.Context, owner string) ([]File, error) {
	rows, err := s.db.Read().QueryContext(ctx, `select `+columns+` from blob_files where owner = $1 order by at, id`, owner)
	return s.all(rows, err)
}

// ListIn is List within a transaction.
func (s *Store) ListIn(ctx context.Context, tx *store.Tx, owner string) ([]File, error) {
	rows, err := tx.Query(ctx, `select `+columns+` from blob_files where owner = $1 order by at, id`, owner)
	return s.all(rows, err)
}

func (s *Store) all(rows *sql.Rows, err error) ([]File, error) {
	if err != nil {
		return nil, store.Wrap("read files", err)
	}
	defer rows.Close()
	var out []File
	for rows.Next() {
		f, err := s.scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, *f)
	}
	return out, store.Wrap("read files", rows.Err())
}

// Read returns a file whole, with its bytes held against their digest.
func (s *Store) Read(ctx context.Context, id string) (*File, []byte, error) {
	f, err := s.Info(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	rows, err := s.db.Read().QueryContext(ctx, `select number, data from blob_chunks where file = $1 order by number`, id)
	if err != nil {
		return nil, nil, store.Wrap("read file", err)
	}
	defer rows.Close()
	data := make([]byte, 0, f.Size)
	for rows.Next() {
		var number int
		var piece []byte
		if err := rows.Scan(&number, &piece); err != nil {
			return nil, nil, store.Wrap("read file", err)
		}
		if data, err = s.ring.Open(data, piece, bound(id, number)); err != nil {
			return nil, nil, err
		}
	}
	if err := rows.Err(); err != nil {
		return nil, nil, store.Wrap("read file", err)
	}
	if sha256.Sum256(data) != f.SHA256 {
		return nil, nil, ErrChanged
	}
	return f, data, nil
}

// Remove takes a file away in the transaction of the act that does so.
func (s *Store) Remove(ctx context.Context, tx *store.Tx, id string) error {
	if _, err := tx.Exec(ctx, `delete from blob_chunks where file = $1`, id); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `delete from blob_files where id = $1`, id)
	return err
}

// Headers are the HTTP headers with which a file goes out: always a download,
// never shown in place, never guessed at.
func (f *File) Headers() map[string]string {
	return map[string]string{
		"Content-Type":            "application/octet-stream",
		"Content-Disposition":     `attachment; filename="` + asciiName(f) + `"; filename*=UTF-8''` + percent(f.Name),
		"X-Content-Type-Options":  "nosniff",
		"Content-Security-Policy": "default-src 'none'; sandbox",
		"Cache-Control":           "private, no-store",
	}
}

func asciiName(f *File) string { return "file-" + f.ID[:min(8, len(f.ID))] + "." + f.Type.Extension() }

func percent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

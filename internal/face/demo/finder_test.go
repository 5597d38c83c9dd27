package demo

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"pilotzone/internal/kernel/store"
)

// finder looks for numbers of persons in bytes, also where they are compressed,
// encoded or written as integers.
type finder struct {
	ids    map[string]bool // 18 characters, found inside of longer texts too
	phones map[string]bool // 11 digits, found where no other digit stands beside them
	looked int64           // bytes, with what was decoded
	opened int             // pieces that were decoded
	found  map[string]int  // by place
	zstd   *zstd.Decoder
}

func newFinder(t *testing.T) *finder {
	t.Helper()
	d, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(64<<20), zstd.WithDecoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return &finder{ids: map[string]bool{}, phones: map[string]bool{}, found: map[string]int{}, zstd: d}
}

func (f *finder) hit(place string) { f.found[place]++ }

// depth is how many times what was decoded is decoded again.
const depth = 3

// look looks through bytes and all that can be decoded of them.
func (f *finder) look(place string, data []byte, deep int) {
	f.looked += int64(len(data))
	f.digits(place, data)
	if wide := bytes.Count(data, []byte{0}); wide > len(data)/3 {
		f.digits(place+" (wide)", bytes.ReplaceAll(data, []byte{0}, nil))
	}
	if deep == 0 {
		return
	}
	for _, piece := range f.decode(data) {
		f.opened++
		f.look(place+" (decoded)", piece, deep-1)
	}
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// digits looks through runs of digits.
func (f *finder) digits(place string, data []byte) {
	for i := 0; i < len(data); {
		if !digit(data[i]) {
			i++
			continue
		}
		end := i
		for end < len(data) && digit(data[end]) {
			end++
		}
		run := data[i:end]
		if n := len(run); n == 11 && f.phones[string(run)] || n == 13 && bytes.HasPrefix(run, []byte("86")) && f.phones[string(run[2:])] {
			f.hit(place)
		}
		if end < len(data) && (data[end] == 'X' || data[end] == 'x') {
			run = append(bytes.Clone(run), 'X')
		}
		for k := 0; k+18 <= len(run); k++ {
			if f.ids[string(run[k:k+18])] {
				f.hit(place)
			}
		}
		i = end
	}
}

var (
	hexRun    = regexp.MustCompile(`[0-9a-fA-F]{40,}`)
	base64Run = regexp.MustCompile(`[0-9A-Za-z+/_-]{32,}={0,2}`)
)

// decode returns what bytes hold in other forms.
func (f *finder) decode(data []byte) (out [][]byte) {
	add := func(piece []byte, err error) {
		if len(piece) > 0 && (err == nil || len(piece) > 64) {
			out = append(out, piece)
		}
	}
	for _, at := range starts(data, "\x28\xb5\x2f\xfd") {
		if r, err := zstd.NewReader(bytes.NewReader(data[at:]), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20)); err == nil {
			add(io.ReadAll(io.LimitReader(r, 64<<20)))
			r.Close()
		}
	}
	for _, at := range starts(data, "\x1f\x8b\x08") {
		if r, err := gzip.NewReader(bytes.NewReader(data[at:])); err == nil {
			add(io.ReadAll(io.LimitReader(r, 64<<20)))
		}
	}
	for _, head := range []string{"\x78\x01", "\x78\x9c", "\x78\xda"} {
		for _, at := range starts(data, head) {
			if r, err := zlib.NewReader(bytes.NewReader(data[at:])); err == nil {
				add(io.ReadAll(io.LimitReader(r, 64<<20)))
			}
		}
	}
	for _, at := range starts(data, "PK\x03\x04") { // parts of a ZIP, such as a spreadsheet
		if at+30 <= len(data) && data[at+8] == 8 {
			from := at + 30 + int(data[at+26]) + int(data[at+27])<<8 + int(data[at+28]) + int(data[at+29])<<8
			if from < len(data) {
				add(io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data[from:])), 64<<20)))
			}
		}
	}
	for _, run := range hexRun.FindAll(data, -1) {
		add(hex.DecodeString(string(run[:len(run)/2*2])))
	}
	for _, run := range base64Run.FindAll(data, -1) {
		text := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(string(run), "="))
		for off := range min(4, len(text)) {
			piece, _ := base64.RawStdEncoding.DecodeString(text[off : off+(len(text)-off)/4*4])
			add(piece, nil)
		}
	}
	return out
}

func starts(data []byte, magic string) (out []int) {
	for at := 0; ; {
		i := bytes.Index(data[at:], []byte(magic))
		if i < 0 {
			return out
		}
		out = append(out, at+i)
		at += i + 1
	}
}

// folder looks through the files of a folder, and through their names.
func (f *finder) folder(t *testing.T, dir string) (files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		f.look(filepath.Base(path), data, depth)
		f.look("names of files", []byte(path), 0)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// tables looks through every column of every table, so that what lies across
// pages is whole and integers are seen as numbers.
func (f *finder) tables(t *testing.T, st *store.Store) (values int) {
	t.Helper()
	for _, db := range []*store.DB{st.Core, st.Services, st.Search} {
		for _, table := range names(t, db) {
			rows, err := db.Read().QueryContext(context.Background(), `select * from "`+table+`"`)
			if err != nil {
				t.Fatal(err)
			}
			columns, err := rows.Columns()
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				row, into := make([]any, len(columns)), make([]any, len(columns))
				for i := range row {
					into[i] = &row[i]
				}
				if err := rows.Scan(into...); err != nil {
					t.Fatal(err)
				}
				for i, v := range row {
					values++
					place := table + "." + columns[i]
					switch v := v.(type) {
					case []byte:
						f.look(place, v, depth)
					case string:
						f.look(place, []byte(v), depth)
					default:
						f.look(place, fmt.Append(nil, v), 0)
					}
				}
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			rows.Close()
		}
	}
	return values
}

func names(t *testing.T, db *store.DB) (out []string) {
	t.Helper()
	rows, err := db.Read().QueryContext(context.Background(), `select name from sqlite_master where type = 'table'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		out = append(out, name)
	}
	return out
}

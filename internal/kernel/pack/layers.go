package pack

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"pilotzone/internal/kernel/clock"
)

// layItems puts the items of a pack over those below: an id that the pack has
// replaces all versions of it from below.
func (s *Set) layItems(p *Pack) {
	for kind, above := range p.items {
		has := make(map[string]bool, len(above))
		for _, i := range above {
			has[i.ID] = true
		}
		list := slices.Clone(above)
		for _, i := range s.items[kind] {
			if !has[i.ID] {
				list = append(list, i)
			}
		}
		slices.SortStableFunc(list, byIDAndDay)
		s.items[kind] = list
	}
}

// Items are all versions of the items of a kind as the packs lay them over each
// other, by id and first day.
func (s *Set) Items(kind string) []*Item { return slices.Clone(s.items[kind]) }

// ItemsOn are the items of a kind in force on a day, by id.
func (s *Set) ItemsOn(kind string, day clock.Day) []*Item {
	var out []*Item
	for _, i := range s.items[kind] {
		if i.On(day) {
			out = append(out, i)
		}
	}
	return out
}

// Item is the version of an item in force on a day.
func (s *Set) Item(kind, id string, day clock.Day) (*Item, bool) {
	list := s.items[kind]
	first, _ := slices.BinarySearchFunc(list, id, func(i *Item, id string) int { return strings.Compare(i.ID, id) })
	for ; first < len(list) && list[first].ID == id; first++ {
		if list[first].On(day) {
			return list[first], true
		}
	}
	return nil, false
}

// MatterFiles are the definitions of matters of all packs, NAME.yaml at the
// root; of one name that of the pack above.
func (s *Set) MatterFiles() fs.FS {
	out := make(flat)
	for _, p := range s.packs {
		for name, data := range p.files {
			if path.Dir(name) == matterFolder {
				out[path.Base(name)] = data
			}
		}
	}
	return out
}

// flat is a file system of one folder in memory. It is read only.
type flat map[string][]byte

// Open opens a file, or the folder as ".".
func (f flat) Open(name string) (fs.File, error) {
	if name == "." {
		return &folder{entries: f.entries()}, nil
	}
	data, ok := f[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &file{entry: entry{name: name, size: int64(len(data))}, Reader: bytes.NewReader(data)}, nil
}

func (f flat) entries() []fs.DirEntry {
	out := make([]fs.DirEntry, 0, len(f))
	for _, name := range sortedKeys(f) {
		out = append(out, entry{name: name, size: int64(len(f[name]))})
	}
	return out
}

// entry is a file's name and size, as both fs.DirEntry and fs.FileInfo; the
// folder's own is named ".".
type entry struct {
	name string
	size int64
}

func (e entry) Name() string { return e.name }
func (e entry) Size() int64  { return e.size }
func (e entry) IsDir() bool  { return e.name == "." }
func (e entry) Mode() fs.FileMode {
	if e.IsDir() {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
func (e entry) Type() fs.FileMode          { return e.Mode().Type() }
func (e entry) ModTime() time.Time         { return time.Time{} }
func (e entry) Sys() any                   { return nil }
func (e entry) Info() (fs.FileInfo, error) { return e, nil }

// file is an open file.
type file struct {
	entry
	*bytes.Reader
}

func (f *file) Stat() (fs.FileInfo, error) { return f.entry, nil }
func (f *file) Close() error               { return nil }
func (f *file) Size() int64                { return f.entry.size }

// folder is the open folder.
type folder struct {
	entries []fs.DirEntry
}

func (d *folder) Stat() (fs.FileInfo, error) { return entry{name: "."}, nil }
func (d *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: ".", Err: fs.ErrInvalid}
}
func (d *folder) Close() error { return nil }

// ReadDir gives the entries as fs.ReadDirFile asks.
func (d *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(d.entries)
	} else if len(d.entries) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.entries))
	out := d.entries[:n]
	d.entries = d.entries[n:]
	return out, nil
}

// Matters counts the definitions of matters that the pack itself holds.
func (p *Pack) Matters() (n int) {
	for name := range p.files {
		if path.Dir(name) == matterFolder {
			n++
		}
	}
	return n
}

package keys

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Versions of the key file: in the first the keys stood in clear. It still
// opens, and takes the new form when it is written next.
const (
	fileVersion    = 2
	fileVersionOld = 1
)

// storedKey is a data key in the file, wrapped, or in clear in the old form.
type storedKey struct {
	ID      uint16    `json:"id"`
	Cipher  string    `json:"cipher"`
	Created time.Time `json:"created"`
	Wrapped []byte    `json:"wrapped,omitempty"`
	Key     []byte    `json:"key,omitempty"`
}

// storedLookup is the look-up key in the file.
type storedLookup struct {
	Created time.Time `json:"created"`
	Wrapped []byte    `json:"wrapped,omitempty"`
	Key     []byte    `json:"key,omitempty"`
}

// storedFile is the whole file.
type storedFile struct {
	Version int          `json:"version"`
	Warning string       `json:"warning"`
	Master  *Master      `json:"master_key,omitempty"`
	Data    []storedKey  `json:"data_keys"`
	Lookup  storedLookup `json:"lookup_key"`
}

// Warning is what to show when OpenFile has made a new key file.
const Warning = "Keep this file: without it nothing that is sealed in the store can be read again. Back it up apart from the store. / 请妥善保存本密钥文件并与数据库分开备份：遗失后库中加密数据将无法恢复。"

// Options are the choices for a key file. Only Path is needed.
type Options struct {
	Path    string
	Cipher  Cipher            // of a new file; 0 is AES256GCM
	Master  Master            // of a new file; the zero value is MasterInline
	Modules map[string]Module // master keys of kinds that the program does not bring
	Random  io.Reader         // nil: crypto/rand
}

// keyFile is where the keys of a keyring are kept.
type keyFile struct {
	path   string
	opener opener
	master Master
	seen   os.FileInfo // the file as it was read or written last
	wrap   Wrapper
}

// OpenFile opens or makes a key file with the master key inside. See Open.
func OpenFile(path string, c Cipher) (k *Keyring, created bool, err error) {
	return Open(Options{Path: path, Cipher: c})
}

// Open reads a key file (密钥文件), or makes it at the first start: mode 0600, one
// data key of the cipher and a look-up key, wrapped by a master key; created then
// is true, and the caller shows Warning. A file that others may read is refused.
// Cipher and master only matter for a new file; Rotate and Rewrap change them.
func Open(o Options) (k *Keyring, created bool, err error) {
	if o.Random == nil {
		o.Random = rand.Reader
	}
	k, err = readFile(o)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, false, err
	}
	if _, statErr := os.Lstat(o.Path); statErr == nil {
		return nil, false, err // it is the master key's file that is missing
	}
	err = create(o)
	if errors.Is(err, fs.ErrExist) { // another process was faster: its keys count
		k, err = readFile(o)
		return k, false, err
	}
	if err != nil {
		return nil, false, err
	}
	k, err = readFile(o)
	return k, err == nil, err
}

// create writes a new key file without ever replacing one that is there.
func create(o Options) error {
	if o.Cipher == 0 {
		o.Cipher = AES256GCM
	}
	if o.Master.Kind == "" {
		o.Master.Kind = MasterInline
	}
	f, err := os.CreateTemp(filepath.Dir(o.Path), ".pilotzone-key-*") // mode 0600
	if err != nil {
		return fmt.Errorf("keys: cannot make the key file %s: %w / 无法创建密钥文件", o.Path, err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	info, err := f.Stat() // the file's own time is the keys' time of birth
	if err != nil {
		return fmt.Errorf("keys: key file %s: %w", o.Path, err)
	}
	k, err := New(o.Cipher, info.ModTime(), o.Random)
	if err != nil {
		return err
	}
	k.file = newKeyFile(o)
	if err := k.file.take(o.Master, o.Cipher, o.Random); err != nil {
		return err
	}
	if err := k.encode(f, *k.data.Load()); err != nil {
		return fmt.Errorf("keys: cannot write the key file %s: %w / 无法写入密钥文件", o.Path, err)
	}
	if err := os.Link(f.Name(), o.Path); err != nil {
		return fmt.Errorf("keys: cannot make the key file %s: %w / 无法创建密钥文件", o.Path, err)
	}
	return syncDir(o.Path)
}

func newKeyFile(o Options) *keyFile {
	return &keyFile{path: o.Path, opener: opener{folder: filepath.Dir(o.Path), modules: o.Modules}}
}

// take makes a master the one that wraps from the next writing on.
func (f *keyFile) take(m Master, c Cipher, random io.Reader) error {
	m, err := f.opener.fresh(m, c, random)
	if err != nil {
		return fmt.Errorf("keys: master key %s: %w", m, err)
	}
	w, err := f.opener.open(m)
	if err != nil {
		return err
	}
	f.master, f.wrap = m, w
	return nil
}

// bound is what a wrapped key is bound to: its place in the file.
func bound(id uint16, cipher string, created time.Time) []byte {
	return fmt.Appendf(nil, "pilotzone key %d %s %d", id, cipher, created.Unix())
}

const lookupName = "lookup"

// encode writes the file's content and syncs it.
func (k *Keyring) encode(f *os.File, data []dataKey) (err error) {
	master := k.file.master
	out := storedFile{Version: fileVersion, Warning: Warning, Master: &master, Lookup: storedLookup{Created: k.lookupC}}
	if out.Lookup.Wrapped, err = k.file.wrap.Wrap(k.lookup, bound(0, lookupName, k.lookupC)); err != nil {
		return err
	}
	for _, d := range data {
		s := storedKey{ID: d.id, Cipher: d.cipher.String(), Created: d.created}
		if s.Wrapped, err = k.file.wrap.Wrap(d.secret, bound(d.id, s.Cipher, d.created)); err != nil {
			return err
		}
		out.Data = append(out.Data, s)
	}
	enc := json.NewEncoder(f)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		return err
	}
	return f.Sync()
}

// replace writes a file of mode 0600 that is there whole or not at all; write
// syncs what it wrote.
func replace(path string, write func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".pilotzone-key-*")
	if err != nil {
		return fmt.Errorf("keys: cannot write %s: %w / 无法写入密钥文件", path, err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := write(f); err != nil {
		return fmt.Errorf("keys: cannot write %s: %w / 无法写入密钥文件", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("keys: cannot replace %s: %w", path, err)
	}
	return syncDir(path)
}

func syncDir(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	defer d.Close()
	return d.Sync()
}

// readPrivate reads a file that its owner alone may read.
func readPrivate(path string) ([]byte, error) {
	data, _, err := readPrivateInfo(path)
	return data, err
}

func readPrivateInfo(path string) ([]byte, os.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("keys: key file %s: %w / 无法读取密钥文件", path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("keys: key file %s: %w", path, err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, nil, fmt.Errorf("keys: key file %s may be read by others (mode %04o): run chmod 600 %s / 密钥文件权限过宽，请执行 chmod 600 %s", path, mode, path, path)
	}
	data, err := io.ReadAll(io.LimitReader(f, 16<<20))
	if err != nil {
		return nil, nil, fmt.Errorf("keys: key file %s: %w", path, err)
	}
	return data, info, nil
}

func readFile(o Options) (*Keyring, error) {
	data, info, err := readPrivateInfo(o.Path)
	if err != nil {
		return nil, err
	}
	k := &Keyring{random: o.Random, file: newKeyFile(o)}
	k.file.seen = info
	if err := k.parse(data); err != nil {
		return nil, fmt.Errorf("keys: key file %s: %w: restore it from its backup / 密钥文件无效，请从备份恢复", o.Path, err)
	}
	return k, k.seed()
}

// parse reads the file's content into an empty keyring.
func (k *Keyring) parse(content []byte) error {
	var in storedFile
	dec := json.NewDecoder(bytes.NewReader(content))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return err
	}
	unwrap, err := k.master(&in)
	if err != nil {
		return err
	}
	if k.lookup, err = unwrap(in.Lookup.Wrapped, in.Lookup.Key, bound(0, lookupName, in.Lookup.Created)); err != nil {
		return fmt.Errorf("lookup_key: %w", err)
	}
	if k.lookupC = in.Lookup.Created; len(k.lookup) != lookupSize {
		return fmt.Errorf("lookup_key has %d bytes, not %d", len(k.lookup), lookupSize)
	}
	if len(in.Data) == 0 {
		return errors.New("data_keys is empty")
	}
	var data []dataKey
	for _, d := range in.Data {
		c, err := ParseCipher(d.Cipher)
		if err != nil {
			return err
		}
		secret, err := unwrap(d.Wrapped, d.Key, bound(d.ID, d.Cipher, d.Created))
		if err != nil {
			return fmt.Errorf("data key %d: %w", d.ID, err)
		}
		if data, err = withKey(data, dataKey{id: d.ID, cipher: c, created: d.Created, secret: secret}); err != nil {
			return err
		}
	}
	k.data.Store(&data)
	return nil
}

// unwrapping gives a key of the file in clear.
type unwrapping func(wrapped, clear, bound []byte) ([]byte, error)

// master finds the master key of a file, and tells how its keys are opened.
func (k *Keyring) master(in *storedFile) (unwrapping, error) {
	switch {
	case in.Version == fileVersionOld:
		// The next writing wraps, by a master key in the same file.
		err := k.file.take(Master{Kind: MasterInline}, AES256GCM, k.random)
		return func(_, clear, _ []byte) ([]byte, error) { return clear, nil }, err
	case in.Version != fileVersion:
		return nil, fmt.Errorf("version %d, this program knows %d and %d", in.Version, fileVersionOld, fileVersion)
	case in.Master == nil:
		return nil, errors.New("master_key is missing")
	}
	w, err := k.file.opener.open(*in.Master)
	if err != nil {
		return nil, err
	}
	k.file.master, k.file.wrap = *in.Master, w
	return func(wrapped, _, bound []byte) ([]byte, error) { return w.Unwrap(wrapped, bound) }, nil
}

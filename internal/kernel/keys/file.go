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

const fileVersion = 1

type fileKey struct {
	ID      uint16    `json:"id"`
	Cipher  string    `json:"cipher"`
	Created time.Time `json:"created"`
	Key     []byte    `json:"key"`
}

type fileLookup struct {
	Created time.Time `json:"created"`
	Key     []byte    `json:"key"`
}

type keyFile struct {
	Version int        `json:"version"`
	Warning string     `json:"warning"`
	Data    []fileKey  `json:"data_keys"`
	Lookup  fileLookup `json:"lookup_key"`
}

// Warning is what to show when OpenFile has made a new key file.
const Warning = "Keep this file: without it nothing that is sealed in the store can be read again. Back it up apart from the store. / 请妥善保存本密钥文件并与数据库分开备份：遗失后库中加密数据将无法恢复。"

// OpenFile reads the key file (密钥文件) at path, or makes it at the first start:
// mode 0600, one data key of the cipher and a look-up key; created then is true,
// and the caller shows Warning. A file that others may read is refused. The
// cipher only matters for a new file; Rotate changes it later.
func OpenFile(path string, c Cipher) (k *Keyring, created bool, err error) {
	k, err = readFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, false, err
	}
	err = create(path, c)
	if errors.Is(err, fs.ErrExist) { // another process was faster: its keys count
		k, err = readFile(path)
		return k, false, err
	}
	if err != nil {
		return nil, false, err
	}
	k, err = readFile(path)
	return k, err == nil, err
}

// create writes a new key file without ever replacing one that is there.
func create(path string, c Cipher) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".pilotzone-key-*") // mode 0600
	if err != nil {
		return fmt.Errorf("keys: cannot make the key file %s: %w / 无法创建密钥文件", path, err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	info, err := f.Stat() // the file's own time is the keys' time of birth
	if err != nil {
		return fmt.Errorf("keys: key file %s: %w", path, err)
	}
	k, err := New(c, info.ModTime(), rand.Reader)
	if err != nil {
		return err
	}
	if err := k.writeTo(f); err != nil {
		return fmt.Errorf("keys: cannot write the key file %s: %w / 无法写入密钥文件", path, err)
	}
	if err := os.Link(f.Name(), path); err != nil {
		return fmt.Errorf("keys: cannot make the key file %s: %w / 无法创建密钥文件", path, err)
	}
	return syncDir(path)
}

// WriteFile replaces the key file at path atomically, mode 0600: after Rotate.
func (k *Keyring) WriteFile(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".pilotzone-key-*")
	if err != nil {
		return fmt.Errorf("keys: cannot write the key file %s: %w / 无法写入密钥文件", path, err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := k.writeTo(f); err != nil {
		return fmt.Errorf("keys: cannot write the key file %s: %w / 无法写入密钥文件", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("keys: cannot replace the key file %s: %w", path, err)
	}
	return syncDir(path)
}

func (k *Keyring) writeTo(f *os.File) error {
	out := keyFile{Version: fileVersion, Warning: Warning, Lookup: fileLookup{Created: k.lookupC, Key: k.lookup}}
	for _, d := range k.data {
		out.Data = append(out.Data, fileKey{ID: d.id, Cipher: d.cipher.String(), Created: d.created, Key: d.secret})
	}
	enc := json.NewEncoder(f)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		return err
	}
	return f.Sync()
}

func syncDir(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	defer d.Close()
	return d.Sync()
}

func readFile(path string) (*Keyring, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("keys: key file %s: %w / 无法读取密钥文件", path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("keys: key file %s: %w", path, err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("keys: key file %s may be read by others (mode %04o): run chmod 600 %s / 密钥文件权限过宽，请执行 chmod 600 %s", path, mode, path, path)
	}
	data, err := io.ReadAll(io.LimitReader(f, 16<<20))
	if err != nil {
		return nil, fmt.Errorf("keys: key file %s: %w", path, err)
	}
	k, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("keys: key file %s: %w: restore it from its backup / 密钥文件无效，请从备份恢复", path, err)
	}
	return k, nil
}

func parse(data []byte) (*Keyring, error) {
	var in keyFile
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return nil, err
	}
	if in.Version != fileVersion {
		return nil, fmt.Errorf("version %d, this program knows %d", in.Version, fileVersion)
	}
	if len(in.Lookup.Key) != lookupSize {
		return nil, fmt.Errorf("lookup_key has %d bytes, not %d", len(in.Lookup.Key), lookupSize)
	}
	if len(in.Data) == 0 {
		return nil, errors.New("data_keys is empty")
	}
	k := &Keyring{random: rand.Reader, lookup: in.Lookup.Key, lookupC: in.Lookup.Created}
	for _, d := range in.Data {
		c, err := ParseCipher(d.Cipher)
		if err != nil {
			return nil, err
		}
		if err := k.add(dataKey{id: d.ID, cipher: c, created: d.Created, secret: d.Key}); err != nil {
			return nil, err
		}
	}
	return k, k.seed()
}

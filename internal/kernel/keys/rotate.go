package keys

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Rotate adds a data key of the cipher (密钥轮换), which seals from now on, and
// returns its id. Older keys still open. A keyring of a file writes it first: the
// key seals when it is durable there, and running processes take it up by Reload.
func (k *Keyring) Rotate(c Cipher, now time.Time) (id uint16, err error) {
	err = k.change(func(data []dataKey) ([]dataKey, error) { return k.next(data, c, now) })
	if err != nil {
		return 0, err
	}
	data := *k.data.Load()
	return data[len(data)-1].id, nil
}

// Rewrap makes another master key wrap the keys (主密钥更换). The keys stay the
// same, so nothing that is sealed changes. The old master key opens the old file
// alone: backups of it are to be destroyed with it.
func (k *Keyring) Rewrap(m Master, c Cipher) error {
	if k.file == nil {
		return errors.New("keys: this keyring has no file to be wrapped in")
	}
	return k.change(func(data []dataKey) ([]dataKey, error) {
		return data, k.file.take(m, c, k.random)
	})
}

// Master tells where the master key is; its secret is left out.
func (k *Keyring) Master() Master {
	k.changing.Lock()
	defer k.changing.Unlock()
	if k.file == nil {
		return Master{}
	}
	m := k.file.master
	m.Secret = nil
	return m
}

// change changes the keys on the ground of what the file holds now, so that no
// key that another process added is lost: lock, read, write, and only then use.
func (k *Keyring) change(f func([]dataKey) ([]dataKey, error)) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	if k.file == nil {
		data, err := f(*k.data.Load())
		if err == nil {
			k.data.Store(&data)
		}
		return err
	}
	unlock, err := lockFolder(k.file.path)
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := k.reload(); err != nil {
		return err
	}
	was := *k.file
	data, err := f(*k.data.Load())
	if err == nil {
		err = replace(k.file.path, func(file *os.File) error { return k.encode(file, data) })
	}
	if err != nil {
		*k.file = was
		return err
	}
	k.data.Store(&data)
	k.file.seen, err = os.Stat(k.file.path)
	return err
}

// lockFolder keeps other processes from changing key files of a folder. The lock
// is on the folder itself, so it leaves no file behind, and ends with the process.
func lockFolder(path string) (unlock func(), err error) {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if err := unix.Flock(int(d.Fd()), unix.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("keys: cannot lock the folder of %s: %w", path, err), d.Close())
	}
	return func() { d.Close() }, nil
}

// Reload takes up what another process changed in the key file: new data keys,
// another master key. It looks at the file's identity first, so it may be called
// often. A file that lacks a key of this keyring, or belongs to another store, is
// refused, and the keyring goes on with what it has.
func (k *Keyring) Reload() (changed bool, err error) {
	if k.file == nil {
		return false, nil
	}
	k.changing.Lock()
	defer k.changing.Unlock()
	return k.reload()
}

func (k *Keyring) reload() (changed bool, err error) {
	now, err := os.Stat(k.file.path)
	if err != nil {
		return false, fmt.Errorf("keys: key file %s: %w / 无法读取密钥文件", k.file.path, err)
	}
	if sameFile(now, k.file.seen) {
		return false, nil
	}
	other, err := readFile(Options{Path: k.file.path, Modules: k.file.opener.modules, Random: k.random})
	if err != nil {
		return false, err
	}
	if err := k.continues(other); err != nil {
		return false, fmt.Errorf("keys: key file %s: %w: the running keys stay in use; restore the file / 密钥文件与运行中的密钥不符，继续使用现有密钥，请恢复该文件", k.file.path, err)
	}
	changed = len(*other.data.Load()) != len(*k.data.Load())
	k.data.Store(other.data.Load())
	k.file = other.file
	return changed, nil
}

func sameFile(a, b os.FileInfo) bool {
	return b != nil && os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// continues tells whether another reading of the file has all keys of this one.
func (k *Keyring) continues(other *Keyring) error {
	if !bytes.Equal(k.lookup, other.lookup) {
		return errors.New("it belongs to another store")
	}
	for _, d := range *k.data.Load() {
		if o := other.find(d.id); o == nil || !bytes.Equal(o.secret, d.secret) {
			return fmt.Errorf("data key %d is missing in it", d.id)
		}
	}
	return nil
}

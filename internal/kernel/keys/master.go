package keys

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/argon2"
)

// ErrMaster reports a master key that does not unwrap the key file (主密钥不符).
var ErrMaster = errors.New("keys: the master key is not the one that wraps this key file: give the right one, or restore the key file that belongs to it / 主密钥与密钥文件不符，请提供正确的主密钥或恢复与其对应的密钥文件")

// Wrapper wraps keys under a master key (主密钥) that it does not give out, such
// as one in a hardware module (密码机). Its methods may be called at any time
// while a keyring is in use, by one goroutine at a time.
type Wrapper interface {
	// Wrap seals a key; bound is authenticated with it and not stored.
	Wrap(key, bound []byte) ([]byte, error)
	// Unwrap opens what Wrap made. It fails with ErrMaster under another master key.
	Unwrap(wrapped, bound []byte) ([]byte, error)
}

// Kinds of master keys that the program brings.
const (
	MasterInline     = "inline"     // in the key file itself: a start with one file
	MasterFile       = "file"       // Ref is a file of 64 hex digits, mode 0600
	MasterEnv        = "env"        // Ref is a variable of the environment with 64 hex digits
	MasterPassphrase = "passphrase" // Ref is a file with a passphrase, mode 0600; the key is derived by argon2id
)

// Master says where a master key is, as the key file keeps it. It is no secret,
// but for Secret of the kind inline.
type Master struct {
	Kind   string `json:"kind"`
	Ref    string `json:"ref,omitempty"` // a path is taken from the folder of the key file
	Cipher string `json:"cipher"`        // with which the keys are wrapped
	Salt   []byte `json:"salt,omitempty"`
	Argon  *Argon `json:"argon2id,omitempty"`
	Secret []byte `json:"secret,omitempty"`
}

// Argon is what a key is derived from a passphrase with (argon2id, RFC 9106).
type Argon struct {
	Time    uint32 `json:"time"`
	Memory  uint32 `json:"memory_kib"`
	Threads uint8  `json:"threads"`
}

// argonDefault is the second recommended choice of RFC 9106 section 4.
var argonDefault = Argon{Time: 3, Memory: 64 << 10, Threads: 4}

// maxArgon bounds what a key file may ask for.
var maxArgon = Argon{Time: 64, Memory: 2 << 20, Threads: 64}

const masterSize = 32

// ParseMaster reads where a master key shall be: "inline", "file:PATH",
// "env:NAME" or "passphrase:PATH", or KIND:REF of an outside module.
func ParseMaster(spec string) (Master, error) {
	kind, ref, _ := strings.Cut(spec, ":")
	m := Master{Kind: kind, Ref: ref}
	if kind == "" || (ref == "") != (kind == MasterInline) {
		return m, fmt.Errorf("keys: master key %q: use inline, file:PATH, env:NAME or passphrase:PATH / 主密钥位置有误，应为 inline、file:路径、env:变量名 或 passphrase:路径", spec)
	}
	return m, nil
}

// String is the place without secrets, as ParseMaster reads it.
func (m Master) String() string {
	if m.Ref == "" {
		return m.Kind
	}
	return m.Kind + ":" + m.Ref
}

// Module opens the master key of a kind that the program does not bring.
type Module func(m Master) (Wrapper, error)

// opener finds master keys from a folder.
type opener struct {
	folder  string
	modules map[string]Module
}

// fresh completes a master that is to wrap from now on: a new secret, salt or
// file, where the kind has one.
func (o *opener) fresh(m Master, c Cipher, random io.Reader) (Master, error) {
	m.Cipher, m.Secret, m.Salt, m.Argon = c.String(), nil, nil, nil
	switch m.Kind {
	case MasterInline:
		m.Secret = make([]byte, masterSize)
		_, err := io.ReadFull(random, m.Secret)
		return m, err
	case MasterFile:
		return m, makeMaster(o.path(m.Ref), random)
	case MasterPassphrase:
		a := argonDefault
		m.Argon, m.Salt = &a, make([]byte, 16)
		_, err := io.ReadFull(random, m.Salt)
		return m, err
	}
	return m, nil
}

// makeMaster makes a master key's file; one that is there stays and counts.
func makeMaster(path string, random io.Reader) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	secret := make([]byte, masterSize)
	if _, err := io.ReadFull(random, secret); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".pilotzone-key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = fmt.Fprintf(f, "%x\n", secret)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(path)
}

func (o *opener) path(ref string) string {
	if filepath.IsAbs(ref) {
		return ref
	}
	return filepath.Join(o.folder, ref)
}

// open finds the master key.
func (o *opener) open(m Master) (Wrapper, error) {
	c, err := ParseCipher(m.Cipher)
	if err != nil {
		return nil, err
	}
	secret, err := o.secret(m)
	if err != nil {
		return nil, err
	}
	if secret == nil {
		module := o.modules[m.Kind]
		if module == nil {
			return nil, fmt.Errorf("keys: the master key is of kind %q, which this program does not know / 本程序不支持 %q 类主密钥", m.Kind, m.Kind)
		}
		return module(m)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "pilotzone wrap "+m.Cipher, c.keySize())
	if err != nil {
		return nil, err
	}
	aead, err := c.aead(key)
	return &softWrapper{aead: aead}, err
}

// secret is the master key's own 32 bytes, nil for a kind that only a module has.
func (o *opener) secret(m Master) ([]byte, error) {
	switch m.Kind {
	case MasterInline:
		if len(m.Secret) != masterSize {
			return nil, fmt.Errorf("master key has %d bytes, not %d", len(m.Secret), masterSize)
		}
		return m.Secret, nil
	case MasterFile:
		text, err := readPrivate(o.path(m.Ref))
		if err != nil {
			return nil, err
		}
		return parseSecret(string(text), "file "+m.Ref)
	case MasterEnv:
		return parseSecret(os.Getenv(m.Ref), "environment variable "+m.Ref)
	case MasterPassphrase:
		return o.derive(m)
	}
	return nil, nil
}

func parseSecret(text, where string) ([]byte, error) {
	secret, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(secret) != masterSize {
		return nil, fmt.Errorf("keys: the master key in %s must be %d hexadecimal digits / 主密钥应为 %d 位十六进制数", where, 2*masterSize, 2*masterSize)
	}
	return secret, nil
}

// minPassphrase is the least length of a passphrase in bytes.
const minPassphrase = 16

func (o *opener) derive(m Master) ([]byte, error) {
	a := m.Argon
	if a == nil || len(m.Salt) < 8 || a.Time < 1 || a.Threads < 1 || a.Time > maxArgon.Time || a.Memory > maxArgon.Memory || a.Threads > maxArgon.Threads {
		return nil, errors.New("argon2id parameters are missing or out of bounds")
	}
	text, err := readPrivate(o.path(m.Ref))
	if err != nil {
		return nil, err
	}
	phrase := strings.TrimRight(string(text), "\r\n")
	if len(phrase) < minPassphrase {
		return nil, fmt.Errorf("keys: the passphrase in %s has fewer than %d characters / 口令不足 %d 个字符", m.Ref, minPassphrase, minPassphrase)
	}
	return argon2.IDKey([]byte(phrase), m.Salt, a.Time, a.Memory, a.Threads, masterSize), nil
}

// softWrapper wraps in this process.
type softWrapper struct{ aead cipher.AEAD }

// Wrap draws its nonce at random: a master key wraps a few keys in its life.
func (w *softWrapper) Wrap(key, bound []byte) ([]byte, error) {
	nonce := make([]byte, nonceSize)
	rand.Read(nonce) // never fails
	return w.aead.Seal(nonce, nonce, key, bound), nil
}

// Unwrap opens a wrapped key.
func (w *softWrapper) Unwrap(wrapped, bound []byte) ([]byte, error) {
	if len(wrapped) < nonceSize+tagSize {
		return nil, ErrMaster
	}
	key, err := w.aead.Open(nil, wrapped[:nonceSize], wrapped[nonceSize:], bound)
	if err != nil {
		return nil, ErrMaster
	}
	return key, nil
}

// Package keys holds the secrets of a store (密钥环): the data keys that seal
// personal fields and raw messages at rest, and the one look-up key (查找密钥)
// by which a sealed value is found again without being opened.
//
// The two are apart on purpose. A data key may be added at any time (rotation),
// also while others seal and open: the newest seals, all of them open. The
// look-up key stays, because every stored hash would have to be computed again
// with it.
//
// In the key file each key is wrapped by a master key (主密钥), which stands in
// the same file, in a file of its own, in the environment, is derived from a
// passphrase, or never leaves a module behind the interface Wrapper.
//
// Invariant: a data key seals nothing before it is durable in the key file.
//
// Sealing is authenticated encryption, AES-256-GCM or SM4-GCM (GB/T 32907-2016,
// GB/T 36624-2018) behind one interface. Legal base of both: 个人信息保护法
// art. 51 (encryption, de-identification), 密码法 and GB/T 39786-2021.
package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emmansun/gmsm/sm4"
)

// Cipher names the algorithm with which a data key seals (加密算法).
type Cipher uint8

const (
	// AES256GCM is AES with 256-bit keys in Galois/counter mode: the default, about 5 GB/s.
	AES256GCM Cipher = 1
	// SM4GCM is SM4 (国密 SM4, GB/T 32907-2016) in Galois/counter mode, about 0.4 GB/s.
	SM4GCM Cipher = 2
)

// String returns the cipher's name in the key file, "aes-256-gcm" or "sm4-gcm".
func (c Cipher) String() string {
	switch c {
	case AES256GCM:
		return "aes-256-gcm"
	case SM4GCM:
		return "sm4-gcm"
	}
	return fmt.Sprintf("cipher-%d", uint8(c))
}

// ParseCipher reads a cipher's name as String writes it.
func ParseCipher(name string) (Cipher, error) {
	for _, c := range []Cipher{AES256GCM, SM4GCM} {
		if c.String() == name {
			return c, nil
		}
	}
	return 0, fmt.Errorf("keys: unknown cipher %q: use aes-256-gcm or sm4-gcm / 不支持的加密算法 %q", name, name)
}

func (c Cipher) keySize() int {
	switch c {
	case AES256GCM:
		return 32
	case SM4GCM:
		return 16
	}
	return 0
}

func (c Cipher) aead(key []byte) (cipher.AEAD, error) {
	if len(key) != c.keySize() || len(key) == 0 {
		return nil, fmt.Errorf("keys: a key of %s has %d bytes, not %d", c, c.keySize(), len(key))
	}
	var block cipher.Block
	var err error
	if c == AES256GCM {
		block, err = aes.NewCipher(key)
	} else {
		block, err = sm4.NewCipher(key)
	}
	if err != nil {
		return nil, fmt.Errorf("keys: %s: %w", c, err)
	}
	return cipher.NewGCM(block)
}

// Layout of a sealed value: version, cipher, key id (big endian), nonce, then
// ciphertext with tag. The header is not in the additional data: it selects the
// key and its only cipher, so a changed header cannot open.
const (
	sealVersion = 1
	headerSize  = 4
	nonceSize   = 12
	tagSize     = 16
	// Overhead is how many bytes longer a sealed value is than its plain text.
	Overhead = headerSize + nonceSize + tagSize
)

// ErrSealed reports bytes that no key opens: altered, cut short, or bound to
// other additional data (密文被改动或不完整).
var ErrSealed = errors.New("keys: sealed value is damaged or bound to another record / 密文损坏或与记录不符")

// MissingKeyError reports a value sealed with a data key that is not in the key
// file: the file is older than the store, or belongs to another store (缺少数据密钥).
type MissingKeyError struct{ ID uint16 }

// Error names the key and says how to mend.
func (e *MissingKeyError) Error() string {
	return fmt.Sprintf("keys: data key %d is not in the key file: give the key file that belongs to this store (--key) / 密钥文件中没有第 %d 号数据密钥，请使用与本库对应的密钥文件", e.ID, e.ID)
}

type dataKey struct {
	id      uint16
	cipher  Cipher
	created time.Time
	secret  []byte
	aead    cipher.AEAD
}

// Keyring seals, opens and hashes with the keys of one store. It is safe for
// many goroutines, also while it is rotated.
type Keyring struct {
	data    atomic.Pointer[[]dataKey] // by rising id; the last one seals; a slice never changes
	lookup  []byte
	lookupC time.Time

	changing sync.Mutex // one rotation, wrapping or reload at a time
	file     *keyFile   // where the keys are kept; nil for a keyring in memory alone

	// A nonce is prefix (32 random bits) and counter (64 bits from a random
	// start), so that this process never repeats one and two processes meet
	// with the chance of a random 96-bit start.
	prefix  uint32
	counter atomic.Uint64
	random  io.Reader
}

// New makes a keyring with one data key of the cipher and a look-up key, drawn
// from random (crypto/rand.Reader outside of tests); now is when they were made.
func New(c Cipher, now time.Time, random io.Reader) (*Keyring, error) {
	k := &Keyring{random: random, lookup: make([]byte, lookupSize), lookupC: now.UTC().Truncate(time.Second)}
	if _, err := io.ReadFull(random, k.lookup); err != nil {
		return nil, fmt.Errorf("keys: random source: %w", err)
	}
	if err := k.seed(); err != nil {
		return nil, err
	}
	data, err := k.next(nil, c, now)
	if err != nil {
		return nil, err
	}
	k.data.Store(&data)
	return k, nil
}

func (k *Keyring) seed() error {
	var b [12]byte
	if _, err := io.ReadFull(k.random, b[:]); err != nil {
		return fmt.Errorf("keys: random source: %w", err)
	}
	k.prefix = binary.BigEndian.Uint32(b[:4])
	k.counter.Store(binary.BigEndian.Uint64(b[4:]))
	return nil
}

// next makes the data key that comes after those given.
func (k *Keyring) next(data []dataKey, c Cipher, now time.Time) ([]dataKey, error) {
	id := uint16(1)
	if n := len(data); n > 0 {
		id = data[n-1].id + 1
		if id == 0 {
			return nil, errors.New("keys: no key id left (65,535 used) / 密钥编号已用尽")
		}
	}
	secret := make([]byte, c.keySize())
	if _, err := io.ReadFull(k.random, secret); err != nil {
		return nil, fmt.Errorf("keys: random source: %w", err)
	}
	return withKey(data, dataKey{id: id, cipher: c, created: now.UTC().Truncate(time.Second), secret: secret})
}

// withKey returns the keys and one more; the slice given stays as it is.
func withKey(data []dataKey, d dataKey) (_ []dataKey, err error) {
	if d.id == 0 {
		return nil, errors.New("keys: key id 0 is not allowed")
	}
	if n := len(data); n > 0 && data[n-1].id >= d.id {
		return nil, fmt.Errorf("keys: key id %d stands after %d: ids must rise", d.id, data[n-1].id)
	}
	if d.aead, err = d.cipher.aead(d.secret); err != nil {
		return nil, err
	}
	return append(slices.Clone(data), d), nil
}

// Seal appends the sealed form of plain to dst. aad (additional data: the record
// that the value belongs to, such as table, column and row) is bound, not stored:
// Open needs the same, so a sealed value cannot be moved to another record.
func (k *Keyring) Seal(dst, plain, aad []byte) []byte {
	data := *k.data.Load()
	d := &data[len(data)-1]
	dst = append(dst, sealVersion, byte(d.cipher))
	dst = binary.BigEndian.AppendUint16(dst, d.id)
	at := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, k.prefix)
	dst = binary.BigEndian.AppendUint64(dst, k.counter.Add(1))
	// The nonce is read while dst grows behind it; GCM never writes before len(dst).
	return d.aead.Seal(dst, dst[at:at+nonceSize], plain, aad)
}

// Open appends the plain text of a sealed value to dst. It returns a
// *MissingKeyError when the key is unknown and ErrSealed when the bytes or the
// additional data are not those that were sealed.
func (k *Keyring) Open(dst, sealed, aad []byte) ([]byte, error) {
	if len(sealed) < Overhead {
		return nil, fmt.Errorf("%w: %d bytes, a sealed value has at least %d", ErrSealed, len(sealed), Overhead)
	}
	if sealed[0] != sealVersion {
		return nil, fmt.Errorf("%w: format version %d, this program knows %d", ErrSealed, sealed[0], sealVersion)
	}
	id := binary.BigEndian.Uint16(sealed[2:])
	d := k.find(id)
	if d == nil { // another process may have rotated a moment ago
		if _, err := k.Reload(); err == nil {
			d = k.find(id)
		}
	}
	if d == nil {
		return nil, &MissingKeyError{ID: id}
	}
	if Cipher(sealed[1]) != d.cipher {
		return nil, fmt.Errorf("%w: header says %s, data key %d is %s", ErrSealed, Cipher(sealed[1]), id, d.cipher)
	}
	out, err := d.aead.Open(dst, sealed[headerSize:headerSize+nonceSize], sealed[headerSize+nonceSize:], aad)
	if err != nil {
		return nil, fmt.Errorf("%w (data key %d)", ErrSealed, id)
	}
	return out, nil
}

func (k *Keyring) find(id uint16) *dataKey {
	data := *k.data.Load()
	for i := len(data) - 1; i >= 0; i-- {
		if data[i].id == id {
			return &data[i]
		}
	}
	return nil
}

// KeyInfo describes a data key without its secret.
type KeyInfo struct {
	ID      uint16
	Cipher  Cipher
	Created time.Time
	Seals   bool // whether it is the newest, with which new values are sealed
}

// DataKeys lists the data keys by rising id.
func (k *Keyring) DataKeys() []KeyInfo {
	data := *k.data.Load()
	out := make([]KeyInfo, len(data))
	for i, d := range data {
		out[i] = KeyInfo{ID: d.id, Cipher: d.cipher, Created: d.created, Seals: i == len(data)-1}
	}
	return out
}

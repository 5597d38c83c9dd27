package keys

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
)

const lookupSize = 32

// Key is a look-up key of a value (查找键): HMAC-SHA256 under the secret look-up
// key, cut to 128 bits. Equal values have equal keys; without the secret a key
// says nothing, even about values as guessable as a resident ID number.
type Key [16]byte

// String returns the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// Hasher computes look-up keys. It keeps the HMAC's key pads hashed and its
// buffers between calls, so a call allocates nothing; it belongs to one
// goroutine at a time.
type Hasher struct {
	mac hash.Hash
	buf []byte
	sum [sha256.Size]byte
}

// Hasher returns a new hasher on the look-up key: one for each goroutine.
func (k *Keyring) Hasher() *Hasher {
	h := &Hasher{mac: hmac.New(sha256.New, k.lookup), buf: make([]byte, 0, 256)}
	h.mac.Sum(h.sum[:0])
	h.mac.Reset() // from here on hmac starts from saved states instead of the pads
	return h
}

// Key returns the look-up key of the parts in a domain. The domain byte keeps
// kinds of values apart (an order number never meets a waybill number); each
// part is preceded by its length, so ("ab","c") differs from ("a","bc").
func (h *Hasher) Key(domain byte, parts ...[]byte) Key {
	b := append(h.buf[:0], domain)
	for _, p := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
	}
	h.buf = b
	h.mac.Reset()
	h.mac.Write(b)
	h.mac.Sum(h.sum[:0])
	return Key(h.sum[:16])
}

// Derive returns a secret of 32 bytes for one purpose, such as "audit seals". It
// comes from the look-up key by HKDF (RFC 5869), stays the same for the life of
// the store, and says nothing about the look-up key or about other purposes.
func (k *Keyring) Derive(purpose string) []byte {
	out, err := hkdf.Key(sha256.New, k.lookup, []byte("pilotzone derived key 1"), purpose, sha256.Size)
	if err != nil { // only a length beyond 255 blocks is refused
		panic(err)
	}
	return out
}

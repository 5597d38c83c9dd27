package keys_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pilotzone/internal/kernel/keys"
)

var day = time.Date(2026, 3, 1, 2, 3, 4, 0, time.UTC)

func newRing(t testing.TB, c keys.Cipher) *keys.Keyring {
	t.Helper()
	k, err := keys.New(c, day, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

var ciphers = []keys.Cipher{keys.AES256GCM, keys.SM4GCM}

func TestSealThenOpen(t *testing.T) {
	t.Parallel()
	for _, c := range ciphers {
		k := newRing(t, c)
		rapid.Check(t, func(t *rapid.T) {
			plain := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "plain")
			aad := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "aad")
			prefix := rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "prefix")
			sealed := k.Seal(bytes.Clone(prefix), plain, aad)
			if !bytes.HasPrefix(sealed, prefix) || len(sealed) != len(prefix)+len(plain)+keys.Overhead {
				t.Fatalf("%s: sealed %d bytes to %d", c, len(plain), len(sealed))
			}
			got, err := k.Open(bytes.Clone(prefix), sealed[len(prefix):], aad)
			if err != nil || !bytes.Equal(got, append(bytes.Clone(prefix), plain...)) {
				t.Fatalf("%s: opened %x, %v; want %x", c, got, err, plain)
			}
		})
	}
}

func TestAnyChangedByteIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range ciphers {
		k := newRing(t, c)
		aad := []byte("core.documents:7")
		sealed := k.Seal(nil, []byte("张三"), aad)
		for i := range sealed {
			bad := bytes.Clone(sealed)
			bad[i] ^= 1
			if got, err := k.Open(nil, bad, aad); err == nil {
				t.Errorf("%s: byte %d changed, opened as %q", c, i, got)
			}
		}
		for n := range sealed {
			if _, err := k.Open(nil, sealed[:n], aad); !errors.Is(err, keys.ErrSealed) {
				t.Errorf("%s: cut to %d bytes: %v, want ErrSealed", c, n, err)
			}
		}
		if _, err := k.Open(nil, sealed, []byte("core.documents:8")); !errors.Is(err, keys.ErrSealed) {
			t.Errorf("%s: moved to another record: %v, want ErrSealed", c, err)
		}
	}
}

func TestOpenNamesTheMissingKey(t *testing.T) {
	t.Parallel()
	k := newRing(t, keys.AES256GCM)
	old := newRing(t, keys.AES256GCM)
	if _, err := k.Rotate(keys.AES256GCM, day); err != nil {
		t.Fatal(err)
	}
	_, err := old.Open(nil, k.Seal(nil, []byte("x"), nil), nil)
	var missing *keys.MissingKeyError
	if !errors.As(err, &missing) || missing.ID != 2 || !strings.Contains(err.Error(), "2") {
		t.Fatalf("got %v, want *MissingKeyError of key 2", err)
	}
}

func TestRotatedKeysStillOpen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "zone.key")
	k, _, err := keys.OpenFile(path, keys.AES256GCM)
	if err != nil {
		t.Fatal(err)
	}
	before := k.Seal(nil, []byte("before"), nil)
	lookup := k.Hasher().Key(1, []byte("x"))
	if id, err := k.Rotate(keys.SM4GCM, day); err != nil || id != 2 {
		t.Fatalf("Rotate = %d, %v", id, err)
	}
	after := k.Seal(nil, []byte("after"), nil)

	again, created, err := keys.OpenFile(path, keys.AES256GCM)
	if err != nil || created {
		t.Fatalf("second open: created %v, %v", created, err)
	}
	for want, sealed := range map[string][]byte{"before": before, "after": after} {
		if got, err := again.Open(nil, sealed, nil); err != nil || string(got) != want {
			t.Errorf("opened %q, %v; want %q", got, err, want)
		}
	}
	if got := again.Hasher().Key(1, []byte("x")); got != lookup {
		t.Error("rotation changed the look-up key")
	}
	info := again.DataKeys()
	if len(info) != 2 || info[0].Seals || !info[1].Seals || info[1].Cipher != keys.SM4GCM || !info[1].Created.Equal(day) {
		t.Errorf("data keys = %+v", info)
	}
	if m := mode(t, path); m != 0o600 {
		t.Errorf("mode %04o after WriteFile, want 0600", m)
	}
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestKeyFileIsMadeOnceWithMode0600(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "zone.key")
	var made, failed int
	var mu sync.Mutex
	var wg sync.WaitGroup
	sealed := make(chan []byte, 8)
	for range 8 {
		wg.Go(func() {
			k, created, err := keys.OpenFile(path, keys.AES256GCM)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed++
				return
			}
			if created {
				made++
			}
			sealed <- k.Seal(nil, []byte("x"), nil)
		})
	}
	wg.Wait()
	close(sealed)
	if made != 1 || failed != 0 {
		t.Fatalf("%d made the file, %d failed; want 1 and 0", made, failed)
	}
	k, created, err := keys.OpenFile(path, keys.AES256GCM)
	if err != nil || created {
		t.Fatalf("created %v, %v", created, err)
	}
	for s := range sealed {
		if _, err := k.Open(nil, s, nil); err != nil {
			t.Errorf("a racing start sealed with other keys: %v", err)
		}
	}
	if m := mode(t, path); m != 0o600 {
		t.Errorf("mode %04o, want 0600", m)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("%d files left in the folder, want the key file alone", len(left))
	}
}

func TestKeyFileIsRefused(t *testing.T) {
	t.Parallel()
	good := filepath.Join(t.TempDir(), "good.key")
	if _, _, err := keys.OpenFile(good, keys.SM4GCM); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, content string
		mode          os.FileMode
		want          string
	}{
		{"readable by the group", string(data), 0o640, "chmod 600"},
		{"readable by all", string(data), 0o604, "chmod 600"},
		{"empty", "", 0o600, "backup"},
		{"cut short", string(data[:len(data)/2]), 0o600, "backup"},
		{"newer version", strings.Replace(string(data), `"version": 2`, `"version": 3`, 1), 0o600, "version 3"},
		{"other cipher of the master key", strings.Replace(string(data), "sm4-gcm", "aes-256-gcm", 1), 0o600, "master key"},
		{"other cipher of a data key", strings.Replace(string(data), `"id": 1,
      "cipher": "sm4-gcm"`, `"id": 1,
      "cipher": "aes-256-gcm"`, 1), 0o600, "data key 1"},
		{"unknown cipher", strings.Replace(string(data), "sm4-gcm", "rot13", 1), 0o600, "rot13"},
		{"unknown field", strings.Replace(string(data), `"version"`, `"owner":"x","version"`, 1), 0o600, "owner"},
		{"key id 0", strings.Replace(string(data), `"id": 1`, `"id": 0`, 1), 0o600, "data key 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "zone.key")
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, tt.mode); err != nil {
				t.Fatal(err)
			}
			if _, _, err := keys.OpenFile(path, keys.SM4GCM); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
			if after, _ := os.ReadFile(path); string(after) != tt.content {
				t.Error("a refused key file was changed")
			}
		})
	}
	if _, _, err := keys.OpenFile(filepath.Join(t.TempDir(), "no", "zone.key"), keys.SM4GCM); err == nil {
		t.Error("a key file in a missing folder was made")
	}
}

func TestNoncesNeverRepeat(t *testing.T) {
	t.Parallel()
	k := newRing(t, keys.AES256GCM)
	seen := make(map[string]bool)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 2000 {
				s := k.Seal(nil, nil, nil)
				mu.Lock()
				if seen[string(s[4:16])] {
					t.Error("nonce repeated")
				}
				seen[string(s[4:16])] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// The key is that of the standard library's HMAC over the documented encoding.
func TestHasherIsHMACOfLengthPrefixedParts(t *testing.T) {
	t.Parallel()
	secret := bytes.Repeat([]byte{7}, 32)
	k, err := keys.New(keys.AES256GCM, day, bytes.NewReader(bytes.Repeat([]byte{7}, 200)))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("\x05\x00\x00\x00\x02ab\x00\x00\x00\x01c"))
	want := hex.EncodeToString(mac.Sum(nil)[:16])
	h := k.Hasher()
	for range 3 {
		if got := h.Key(5, []byte("ab"), []byte("c")).String(); got != want {
			t.Fatalf("key = %s, want %s", got, want)
		}
	}
}

func TestHasherKeepsPartsAndDomainsApart(t *testing.T) {
	t.Parallel()
	k := newRing(t, keys.AES256GCM)
	h := k.Hasher()
	all := map[keys.Key]string{}
	for name, key := range map[string]keys.Key{
		"ab|c":     h.Key(1, []byte("ab"), []byte("c")),
		"a|bc":     h.Key(1, []byte("a"), []byte("bc")),
		"abc":      h.Key(1, []byte("abc")),
		"abc|":     h.Key(1, []byte("abc"), nil),
		"domain 2": h.Key(2, []byte("abc")),
		"other":    newRing(t, keys.AES256GCM).Hasher().Key(1, []byte("abc")),
	} {
		if was, twice := all[key]; twice {
			t.Errorf("%s and %s have the same key", name, was)
		}
		all[key] = name
	}
	if h.Key(1, []byte("abc")) != k.Hasher().Key(1, []byte("abc")) {
		t.Error("two hashers of one keyring differ")
	}
}

func TestHasherDoesNotAllocate(t *testing.T) {
	h := newRing(t, keys.AES256GCM).Hasher()
	var order, platform [18]byte
	if n := testing.AllocsPerRun(100, func() { h.Key(1, platform[:], order[:]) }); n != 0 {
		t.Errorf("%v allocations a call, want none", n)
	}
}

func BenchmarkHasher(b *testing.B) {
	h := newRing(b, keys.AES256GCM).Hasher()
	platform, order := []byte("91410700MA45XXXX1A"), []byte("XX20260301000123456")
	b.ReportAllocs()
	for b.Loop() {
		h.Key(1, platform, order)
	}
}

func BenchmarkSeal(b *testing.B) {
	for _, c := range ciphers {
		for name, size := range map[string]int{"segment64K": 64 << 10, "field20": 20} {
			b.Run(c.String()+"/"+name, func(b *testing.B) {
				k := newRing(b, c)
				plain := make([]byte, size)
				dst := make([]byte, 0, size+keys.Overhead)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					dst = k.Seal(dst[:0], plain, nil)
				}
			})
		}
	}
}

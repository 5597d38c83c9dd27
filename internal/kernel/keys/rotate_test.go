package keys_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pilotzone/internal/kernel/keys"
)

func open(t testing.TB, o keys.Options) *keys.Keyring {
	t.Helper()
	k, _, err := keys.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func opens(t testing.TB, k *keys.Keyring, sealed []byte, want string) {
	t.Helper()
	if got, err := k.Open(nil, sealed, nil); err != nil || string(got) != want {
		t.Errorf("opened %q, %v; want %q", got, err, want)
	}
}

// oldFile is a key file as the first version of the program wrote it, with its
// keys in clear, and a value that was sealed with it.
func oldFile(t testing.TB, path string) (secret []byte) {
	t.Helper()
	secret = bytes.Repeat([]byte{0xa5}, 32)
	text := fmt.Sprintf(`{
  "version": 1,
  "warning": "",
  "data_keys": [{"id": 1, "cipher": "aes-256-gcm", "created": "2026-03-01T00:00:00Z", "key": %q}],
  "lookup_key": {"created": "2026-03-01T00:00:00Z", "key": %q}
}`, base64.StdEncoding.EncodeToString(secret), base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestOldKeyFileOpensAndIsWrappedOnTheNextWriting(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "zone.key")
	secret := oldFile(t, path)
	k := open(t, keys.Options{Path: path})
	sealed, lookup := k.Seal(nil, []byte("old"), nil), k.Hasher().Key(1, []byte("x"))
	if _, err := k.Rotate(keys.SM4GCM, day); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"version": 2`) || strings.Contains(string(text), base64.StdEncoding.EncodeToString(secret)) {
		t.Errorf("not wrapped:\n%s", text)
	}
	again := open(t, keys.Options{Path: path})
	opens(t, again, sealed, "old")
	opens(t, again, k.Seal(nil, []byte("new"), nil), "new")
	if again.Hasher().Key(1, []byte("x")) != lookup {
		t.Error("the look-up key changed")
	}
}

// Sealers and openers go on while one process rotates and another takes up.
func TestRotationUnderLoadLosesNoValue(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "zone.key")
	service := open(t, keys.Options{Path: path})
	command := open(t, keys.Options{Path: path})
	reader := open(t, keys.Options{Path: path}) // never told
	var stop atomic.Bool
	var load sync.WaitGroup
	var ids sync.Map
	for w := range 4 {
		load.Go(func() {
			k := service
			if w == 3 {
				k = command
			}
			for i := 0; !stop.Load(); i++ {
				text := fmt.Sprintf("%d/%d", w, i)
				sealed := k.Seal(nil, []byte(text), nil)
				ids.Store(sealed[3], true)
				opens(t, k, sealed, text)
				opens(t, reader, sealed, text)
			}
		})
	}
	for i := range 20 {
		k := []*keys.Keyring{service, command}[i%2]
		if _, err := k.Rotate([]keys.Cipher{keys.AES256GCM, keys.SM4GCM}[i%2], day); err != nil {
			t.Error(err)
		}
		if i%5 == 0 {
			if err := command.Rewrap(keys.Master{Kind: keys.MasterInline}, keys.SM4GCM); err != nil {
				t.Error(err)
			}
		}
		if _, err := service.Reload(); err != nil {
			t.Error(err)
		}
	}
	stop.Store(true)
	load.Wait()
	if _, err := command.Reload(); err != nil {
		t.Error(err)
	}
	for name, k := range map[string]*keys.Keyring{"service": service, "command": command, "new": open(t, keys.Options{Path: path})} {
		if n := len(k.DataKeys()); n != 21 {
			t.Errorf("%s has %d data keys, want 21: a rotation was lost", name, n)
		}
	}
	seen := 0
	ids.Range(func(any, any) bool { seen++; return true })
	if seen < 2 {
		t.Errorf("values were sealed with %d keys: nothing rotated under load", seen)
	}
}

func TestReloadRefusesAFileThatWouldLoseValues(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "zone.key")
	k := open(t, keys.Options{Path: path})
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Rotate(keys.AES256GCM, day); err != nil {
		t.Fatal(err)
	}
	sealed := k.Seal(nil, []byte("x"), nil)
	other := filepath.Join(dir, "other.key")
	open(t, keys.Options{Path: other})
	foreign, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"an older backup": before, "another store's": foreign, "cut short": before[:100], "empty": nil} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Reload(); err == nil {
			t.Errorf("%s: taken up", name)
		}
		if _, err := k.Rotate(keys.AES256GCM, day); err == nil {
			t.Errorf("%s: written over", name)
		}
		opens(t, k, sealed, "x")
		if got, _ := os.ReadFile(path); !bytes.Equal(got, content) {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

// A crash before the file is replaced leaves the old file and a left-over.
func TestCrashWhileTheFileIsWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "zone.key")
	k := open(t, keys.Options{Path: path})
	old := k.Seal(nil, []byte("old"), nil)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(content); n += 97 { // the temporary file at any length
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf(".pilotzone-key-%d", n)), content[:n], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	opens(t, open(t, keys.Options{Path: path}), old, "old")

	// Where the file cannot be replaced, the key that is not durable seals nothing.
	if os.Getuid() == 0 {
		t.Log("as root the folder cannot be made read-only: shown with a missing folder")
	}
	if err := os.Rename(dir, dir+".gone"); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Rotate(keys.AES256GCM, day); err == nil {
		t.Error("rotated without a file")
	}
	if n := len(k.DataKeys()); n != 1 {
		t.Errorf("%d data keys in use, want 1", n)
	}
	if err := os.Rename(dir+".gone", dir); err != nil {
		t.Fatal(err)
	}
	opens(t, open(t, keys.Options{Path: path}), k.Seal(nil, []byte("later"), nil), "later")
}

// module stands for a hardware module: its key never leaves it.
type module struct {
	ring *keys.Keyring
	fail error
}

func (m *module) Wrap(key, bound []byte) ([]byte, error) {
	return m.ring.Seal(nil, key, bound), m.fail
}

func (m *module) Unwrap(wrapped, bound []byte) ([]byte, error) {
	key, err := m.ring.Open(nil, wrapped, bound)
	if err != nil {
		return nil, keys.ErrMaster
	}
	return key, m.fail
}

func TestMasterKeys(t *testing.T) {
	secret, wrong := strings.Repeat("5a", 32), strings.Repeat("5b", 32)
	hsm, stranger := &module{ring: newRing(t, keys.SM4GCM)}, &module{ring: newRing(t, keys.SM4GCM)}
	t.Setenv("PILOTZONE_TEST_MASTER", secret)
	put := func(name, text string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	var use keys.Wrapper = hsm
	modules := map[string]keys.Module{"hsm": func(m keys.Master) (keys.Wrapper, error) {
		if m.Ref != "slot 1" {
			return nil, errors.New("no such slot")
		}
		return use, nil
	}}
	none := func(*testing.T, string) {}
	tests := []struct {
		spec           string
		before, spoil  func(*testing.T, string)
		mend           func(*testing.T, string)
		wantAfterSpoil string
	}{
		{"inline", none, nil, nil, ""},
		{"file:zone.master", none, put("zone.master", wrong), nil, "master key"},
		{"file:given.master", put("given.master", secret+"\n"), put("given.master", "short"), put("given.master", secret), "64"},
		{"env:PILOTZONE_TEST_MASTER", none, func(t *testing.T, _ string) { t.Setenv("PILOTZONE_TEST_MASTER", wrong) },
			func(t *testing.T, _ string) { t.Setenv("PILOTZONE_TEST_MASTER", secret) }, "master key"},
		{"passphrase:phrase", put("phrase", "correct horse battery\n"), put("phrase", "correct horse batterz\n"), put("phrase", "correct horse battery"), "master key"},
		{"hsm:slot 1", none, func(*testing.T, string) { use = stranger }, func(*testing.T, string) { use = hsm }, "master key"},
	}
	for _, tt := range tests {
		t.Run(tt.spec, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "zone.key")
			master, err := keys.ParseMaster(tt.spec)
			if err != nil {
				t.Fatal(err)
			}
			if master.String() != tt.spec {
				t.Errorf("place reads %q", master)
			}
			tt.before(t, dir)
			o := keys.Options{Path: path, Cipher: keys.SM4GCM, Master: master, Modules: modules}
			first := open(t, o)
			sealed := first.Seal(nil, []byte("first"), nil)
			if _, err := first.Rotate(keys.AES256GCM, day); err != nil {
				t.Fatal(err)
			}
			o.Master = keys.Master{} // the file says where it is
			opens(t, open(t, o), sealed, "first")
			if tt.spoil == nil {
				return
			}
			tt.spoil(t, dir)
			if _, _, err := keys.Open(o); err == nil || !strings.Contains(err.Error(), tt.wantAfterSpoil) {
				t.Errorf("with the wrong master key: %v", err)
			}
			if tt.mend == nil {
				return
			}
			tt.mend(t, dir)
			k := open(t, o)
			if err := k.Rewrap(keys.Master{Kind: keys.MasterInline}, keys.AES256GCM); err != nil {
				t.Fatal(err)
			}
			tt.spoil(t, dir) // of no account any more
			k = open(t, o)
			opens(t, k, sealed, "first")
			if len(k.DataKeys()) != 2 || k.Master().Secret != nil || k.Master().Kind != keys.MasterInline {
				t.Errorf("after re-wrapping: %v, %v", k.DataKeys(), k.Master())
			}
		})
	}
}

func TestRewrapThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "zone.key")
	broken := &module{ring: newRing(t, keys.AES256GCM), fail: errors.New("module does not answer")}
	o := keys.Options{Path: path, Modules: map[string]keys.Module{"hsm": func(keys.Master) (keys.Wrapper, error) { return broken, nil }}}
	k := open(t, o)
	before, _ := os.ReadFile(path)
	for _, m := range []keys.Master{{Kind: "hsm", Ref: "1"}, {Kind: "unknown", Ref: "1"}, {Kind: keys.MasterEnv, Ref: "PILOTZONE_NOT_SET"}, {Kind: keys.MasterPassphrase, Ref: "missing"}} {
		if err := k.Rewrap(m, keys.AES256GCM); err == nil {
			t.Errorf("%s: re-wrapped", m)
		}
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) || k.Master().Kind != keys.MasterInline {
		t.Error("changed")
	}
	if _, err := k.Rotate(keys.AES256GCM, day); err != nil {
		t.Error(err)
	}
}

func TestMissingMasterFileMakesNoNewKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := keys.Options{Path: filepath.Join(dir, "zone.key"), Master: keys.Master{Kind: keys.MasterFile, Ref: "zone.master"}}
	open(t, o)
	before, _ := os.ReadFile(o.Path)
	if err := os.Remove(filepath.Join(dir, "zone.master")); err != nil {
		t.Fatal(err)
	}
	if _, created, err := keys.Open(o); err == nil || created {
		t.Errorf("created %v, %v", created, err)
	}
	if after, _ := os.ReadFile(o.Path); !bytes.Equal(before, after) {
		t.Error("the key file was changed")
	}
}

func TestArgonParametersAreBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "phrase"), []byte("correct horse battery"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "zone.key")
	open(t, keys.Options{Path: path, Master: keys.Master{Kind: keys.MasterPassphrase, Ref: "phrase"}})
	text, _ := os.ReadFile(path)
	var file map[string]any
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	argon := file["master_key"].(map[string]any)["argon2id"].(map[string]any)
	for name, bad := range map[string]any{"time": 0, "memory_kib": 1 << 30, "threads": 0} {
		was := argon[name]
		argon[name] = bad
		changed, _ := json.Marshal(file)
		argon[name] = was
		if err := os.WriteFile(path, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := keys.Open(keys.Options{Path: path}); err == nil || !strings.Contains(err.Error(), "argon2id") {
			t.Errorf("%s = %v: %v", name, bad, err)
		}
	}
}

func TestDerivedSecretsAreApart(t *testing.T) {
	t.Parallel()
	k := newRing(t, keys.AES256GCM)
	a, b, c := k.Derive("a"), k.Derive("b"), newRing(t, keys.AES256GCM).Derive("a")
	if bytes.Equal(a, b) || bytes.Equal(a, c) || !bytes.Equal(a, k.Derive("a")) || len(a) != 32 {
		t.Error("derived secrets are not one a purpose and store")
	}
}

func FuzzKeyFile(f *testing.F) {
	dir := f.TempDir()
	good := filepath.Join(dir, "good.key")
	open(f, keys.Options{Path: good})
	text, _ := os.ReadFile(good)
	f.Add(text)
	f.Add([]byte(`{"version":2,"master_key":{"kind":"passphrase","cipher":"sm4-gcm"}}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "zone.key")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), "passphrase") || strings.Contains(string(content), `\u`) {
			return // deriving takes a second
		}
		if k, _, err := keys.Open(keys.Options{Path: path}); err == nil {
			opens(t, k, k.Seal(nil, []byte("x"), nil), "x")
		}
	})
}

func BenchmarkSealOnAllProcessors(b *testing.B) {
	k := newRing(b, keys.AES256GCM)
	b.RunParallel(func(pb *testing.PB) {
		plain, dst := make([]byte, 20), make([]byte, 0, 64)
		for pb.Next() {
			dst = k.Seal(dst[:0], plain, nil)
		}
	})
}

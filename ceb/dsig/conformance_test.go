//go:build conformance

package dsig

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// samples returns the official sample messages of 2018-113.
func samples(t *testing.T) []string {
	t.Helper()
	shared := os.Getenv("PILOTZONE_SHARED")
	if shared == "" {
		dir, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				shared = filepath.Join(dir, "..", "shared")
				break
			}
		}
	}
	files, _ := filepath.Glob(filepath.Join(shared, "reference", "ceb", "samples", "2018-113", "*.xml"))
	if len(files) == 0 {
		t.Skipf("no sample messages in %q: set PILOTZONE_SHARED to the folder that holds reference/ceb", shared)
	}
	return files
}

// The official samples carry placeholders: the structure is read, the
// certificate too, the digest does not fit.
func TestOfficialSamples(t *testing.T) {
	t.Parallel()
	signed := 0
	for _, file := range samples(t) {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, raw)
		r := Verify(raw, Options{Now: now})
		if !r.Present {
			if len(r.Faults) > 0 {
				t.Errorf("%s: %+v", filepath.Base(file), r.Faults)
			}
			continue
		}
		signed++
		if r.Certificate == nil || r.Certificate.Enterprise == "" || r.KeyName != "0001" || r.DigestWritten != "SF/P+2sVsRQ9dJIqJSroW6ajb0Y=" || r.DigestOK {
			t.Errorf("%s: %+v", filepath.Base(file), r)
		}
		if len(r.Faults) != 2 || r.Faults[0].Code != CodeMismatch || r.Faults[1].Code != CodeInvalid {
			t.Errorf("%s: %+v", filepath.Base(file), r.Faults)
		}
	}
	if signed < 17 {
		t.Errorf("%d samples are signed, want at least 17", signed)
	}
}

// Canonical form of the samples, by a second opinion, without their signatures.
func TestOfficialSamplesAgainstXmllint(t *testing.T) {
	t.Parallel()
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed: its second opinion on the canonical form is not taken")
	}
	for _, file := range samples(t) {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if i, j := bytes.Index(raw, []byte("<ds:Signature ")), bytes.Index(raw, []byte("</ds:Signature>")); i >= 0 {
			raw = append(raw[:i:i], raw[j+len("</ds:Signature>"):]...)
		}
		if bytes.Contains(raw, []byte("<!--")) {
			continue // xmllint keeps comments
		}
		copied := filepath.Join(t.TempDir(), "sample.xml")
		if err := os.WriteFile(copied, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		want, err := exec.Command(xmllint, "--c14n", copied).Output()
		if err != nil {
			t.Fatal(err)
		}
		if got, _, _, _, err := forms(raw); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: the canonical forms differ (%v)", filepath.Base(file), err)
		}
	}
}

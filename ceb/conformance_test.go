//go:build conformance

package ceb_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pilotzone/ceb"
)

// shared finds the folder with the official schemas and samples.
func shared(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("PILOTZONE_SHARED")
	if dir == "" {
		root, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil || root == filepath.Dir(root) {
				break
			}
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(dir, "reference", "ceb")); err != nil {
		t.Skipf("no official schemas: set PILOTZONE_SHARED to the folder that holds reference/ceb (%v)", err)
	}
	return filepath.Join(dir, "reference", "ceb")
}

// schemaFile finds the schema of one edition and direction.
func schemaFile(t *testing.T, e ceb.Edition, imports bool) string {
	t.Helper()
	side := "出口"
	if imports {
		side = "进口"
	}
	list, err := filepath.Glob(filepath.Join(shared(t), "xsd", e.String(), "*"+side+"*.xsd"))
	if err != nil || len(list) != 1 {
		t.Fatalf("schema of %v: %v %v", e, list, err)
	}
	return list[0]
}

func officialSamples(t *testing.T) map[string][]byte {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(shared(t), "samples", "2018-113", "*.xml"))
	if err != nil || len(list) != 35 {
		t.Fatalf("35 official samples expected, found %d (%v)", len(list), err)
	}
	samples := map[string][]byte{}
	for _, name := range list {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		samples[strings.TrimSuffix(filepath.Base(name), ".xml")] = data
	}
	return samples
}

func TestOfficialSamplesAreValid(t *testing.T) {
	t.Parallel()
	for name, data := range officialSamples(t) {
		v := ceb.Validate(data, ceb.E2018)
		if !v.Valid || v.Message != name {
			t.Errorf("%s: %+v", name, v)
		}
		// 792 gained a mandatory element in the later edition.
		if want := name != "CEB792Message"; ceb.Validate(data, ceb.E2022).Valid != want {
			t.Errorf("%s under 202205: valid is not %v", name, want)
		}
	}
}

// xmllint judges files against a schema; the answer holds the valid ones.
func xmllint(t *testing.T, schema string, files []string) map[string]bool {
	t.Helper()
	valid := map[string]bool{}
	for len(files) > 0 {
		n := min(len(files), 400)
		cmd := exec.Command("xmllint", append([]string{"--nonet", "--noout", "--schema", schema}, files[:n]...)...)
		out, err := cmd.CombinedOutput()
		if _, exited := err.(*exec.ExitError); err != nil && !exited {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(out), "\n") {
			if name, ok := strings.CutSuffix(line, " validates"); ok {
				valid[name] = true
			}
		}
		files = files[n:]
	}
	return valid
}

// TestVerdictEqualsXmllint mutates valid messages of every kind and compares
// our verdict with libxml2's, under both editions.
func TestVerdictEqualsXmllint(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Skip("xmllint is not installed: the comparison with libxml2 is left out")
	}
	seeds := seedLists()
	for name, data := range officialSamples(t) {
		k, _ := ceb.ParseKind(name)
		seeds[k] = append(seeds[k], data)
	}
	perKind := 300
	if n := os.Getenv("PILOTZONE_MUTATIONS"); n != "" {
		fmt.Sscan(n, &perKind)
	}
	for _, k := range ceb.Kinds() {
		t.Run(k.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			mutants := map[string][]byte{}
			var files []string
			random := rand.New(rand.NewPCG(uint64(k), 2022))
			for i := range perKind {
				seed := seeds[k][i%len(seeds[k])]
				mutant := mutate(random, seed)
				name := filepath.Join(dir, fmt.Sprintf("%04d.xml", i))
				if err := os.WriteFile(name, mutant, 0o600); err != nil {
					t.Fatal(err)
				}
				mutants[name] = mutant
				files = append(files, name)
			}
			for e := ceb.E2018; e <= ceb.E2022; e++ {
				if !k.Editions().Has(e) {
					continue
				}
				compare(t, xmllint(t, schemaFile(t, e, k.Import()), files), mutants, files, e)
			}
		})
	}
}

func compare(t *testing.T, theirs map[string]bool, mutants map[string][]byte, files []string, e ceb.Edition) {
	t.Helper()
	count := map[bool]int{}
	for _, name := range files {
		ours := ceb.Validate(mutants[name], e)
		count[ours.Valid]++
		if ours.Valid == theirs[name] {
			continue
		}
		if !ours.Valid && deliberate(ours.Errors) {
			continue
		}
		kept := filepath.Join(os.TempDir(), "ceb-differs-"+e.String()+"-"+ours.Message+"-"+filepath.Base(name))
		_ = os.WriteFile(kept, mutants[name], 0o600)
		t.Errorf("edition %v: ours %v, xmllint %v; kept as %s; %+v", e, ours.Valid, theirs[name], kept, ours.Errors)
	}
	t.Logf("edition %v: %d valid, %d invalid", e, count[true], count[false])
}

// deliberate tells whether a message was refused for what this library never
// accepts although XML allows it: a DTD, another encoding, an unbound prefix.
func deliberate(errors []ceb.Finding) bool {
	if len(errors) != 1 {
		return false
	}
	switch f := errors[0]; f.Code {
	case ceb.CodeDTD, ceb.CodeEncoding, ceb.CodeRoot:
		return true
	case ceb.CodeNamespace:
		return strings.Contains(f.Message, "bound to no namespace")
	}
	return false
}

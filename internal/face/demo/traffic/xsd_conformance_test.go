//go:build conformance

package traffic

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pilotzone/ceb"
)

// TestMessagesPassTheOfficialSchemas holds messages of every kind, plain and of
// a plan with all troubles, to the schema files of both editions.
func TestMessagesPassTheOfficialSchemas(t *testing.T) {
	dir := filepath.Join(shared(t), "reference", "ceb", "xsd")
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("no xmllint in PATH (package libxml2-utils)")
	}
	schemas := map[string]map[bool]string{ // by import
		"2018-113": {true: "进口业务节点报文.xsd", false: "出口业务节点报文.xsd"},
		"202205":   {true: "海关跨境进口业务节点报文定义202205.xsd", false: "海关跨境出口业务节点报文定义202205.xsd"},
	}
	files := writeMessages(t)
	for edition, names := range schemas {
		for imports, name := range names {
			args := append([]string{"--nonet", "--noout", "--schema", filepath.Join(dir, edition, name)}, files[imports]...)
			out, err := exec.Command(xmllint, args...).CombinedOutput()
			if err != nil {
				t.Errorf("%s %s: %v\n%s", edition, name, err, failures(string(out)))
			}
		}
	}
	t.Logf("%d import and %d export messages", len(files[true]), len(files[false]))
}

func failures(out string) string {
	var bad []string
	for _, line := range strings.Split(out, "\n") {
		if line != "" && !strings.HasSuffix(line, " validates") && len(bad) < 20 {
			bad = append(bad, line)
		}
	}
	return strings.Join(bad, "\n")
}

// writeMessages writes messages to files, by whether they are imports.
func writeMessages(t *testing.T) map[bool][]string {
	t.Helper()
	dir := t.TempDir()
	files := map[bool][]string{}
	seen := map[ceb.Kind]bool{}
	save := func(k ceb.Kind, raw []byte) {
		path := filepath.Join(dir, k.String()+"-"+string(appendPadded(nil, uint64(len(files[true])+len(files[false])), 5))+".xml")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		files[k.Import()] = append(files[k.Import()], path)
		seen[k] = true
	}
	g := testGen(t, Options{Seed: 14, Day: 20241214, Block: 5})
	for from := uint64(0); from < 400; from += 5 {
		for _, sh := range shapes {
			if raw, n := g.AppendMessage(nil, sh.kind, from, 5); n > 0 {
				save(sh.kind, raw)
			}
		}
	}
	p, err := g.Plan(400, DefaultMix())
	if err != nil {
		t.Fatal(err)
	}
	for k, m := range p.Messages() {
		if m.Damage != Whole || (k%7 != 0 && !m.NeedsListNumber) {
			continue
		}
		raw, err := p.Append(nil, k, anyListNumber)
		if err != nil {
			t.Fatal(err)
		}
		save(m.Kind, raw)
	}
	for _, sh := range shapes {
		if !seen[sh.kind] {
			t.Errorf("no %v among the messages", sh.kind)
		}
	}
	return files
}

//go:build conformance

package dxp_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pilotzone/ceb/dxp"
)

// shared returns the folder with the schemas.
func shared(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("PILOTZONE_SHARED"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "..", "shared")
		}
	}
	return ""
}

// schemas copies the schemas of an edition into one folder, under names that
// xmllint can follow from one to the other, and returns the file of DxpMsgSv.
func schemas(t *testing.T, edition string) string {
	t.Helper()
	from := filepath.Join(shared(t), "reference", "ceb", "xsd", edition)
	files, err := filepath.Glob(filepath.Join(from, "*.xsd"))
	if err != nil || len(files) == 0 {
		t.Skipf("no schemas in %s: set PILOTZONE_SHARED to the folder that holds reference/ceb", from)
	}
	dir := t.TempDir()
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(f)
		for zh, en := range map[string]string{"终端节点报文": "terminal.xsd", "传输节点报文": "transport.xsd"} {
			if strings.Contains(name, zh) {
				name = en
			}
		}
		raw = bytes.ReplaceAll(raw, []byte("终端节点报文.xsd"), []byte("terminal.xsd"))
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "transport.xsd")
}

// Our verdict on mutated envelopes is that of the published schemas.
func TestVerdictEqualsSchema(t *testing.T) {
	t.Parallel()
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed: the verdicts cannot be compared with the schema's")
	}
	for _, edition := range []string{"2018-113", "202205"} {
		schema := schemas(t, edition)
		dir := t.TempDir()
		r := rand.New(rand.NewPCG(1, 1))
		verdict := map[string]bool{}
		args := []string{"--noout", "--schema", schema}
		valid := 0
		for i := range 1500 {
			file := filepath.Join(dir, fmt.Sprintf("%04d.xml", i))
			raw := mutate(r)
			if err := os.WriteFile(file, raw, 0o600); err != nil {
				t.Fatal(err)
			}
			verdict[file] = len(dxp.Check(raw)) == 0
			if verdict[file] {
				valid++
			}
			args = append(args, file)
		}
		out, _ := exec.Command(xmllint, args...).CombinedOutput()
		compared := 0
		for line := range strings.SplitSeq(string(out), "\n") {
			file, ok := strings.CutSuffix(line, " validates")
			bad, fails := strings.CutSuffix(line, " fails to validate")
			if fails {
				file = bad
			}
			if !ok && !fails {
				continue
			}
			compared++
			if verdict[file] != ok {
				raw, _ := os.ReadFile(file)
				if ok && onlyBase64(dxp.Check(raw)) {
					continue // libxml2 steps over characters that are not base64; the schema standard does not
				}
				t.Errorf("edition %s: schema says valid=%v, we say %+v of\n%s", edition, ok, dxp.Check(raw), raw)
			}
		}
		if compared < 1000 || valid < 100 || valid > 1400 {
			t.Errorf("edition %s: %d verdicts compared, %d valid: the mutations do not test much", edition, compared, valid)
		}
	}
}

func onlyBase64(list []dxp.Defect) bool {
	for _, d := range list {
		if d.Code != dxp.CodeBase64 {
			return false
		}
	}
	return true
}

// mutate writes an envelope with up to two changes.
func mutate(r *rand.Rand) []byte {
	reply := &dxp.Reply{ReceiverID: "R", Responses: []dxp.Response{{Code: "1", NoticeTime: "2026-11-22", Info: "i", Note: "n", Results: []dxp.Result{{"R", "0", "", ""}},
		Original: dxp.Head{CopMsgID: "1", SenderID: "S", ReceiverIDs: []string{"R"}, CreatedAt: "2026-11-22T10:00:00", MsgType: "CEB311Message"}}}}
	e, sv := full(), transported()
	e.Data, sv.Data = []byte("<a/>"), []byte("<a/>")
	raw := [][]byte{dxp.Wrap(e), dxp.Wrap(sv), dxp.WriteReply(reply)}[r.IntN(3)]
	for range r.IntN(3) {
		raw = mutateOnce(r, raw)
	}
	return raw
}

func mutateOnce(r *rand.Rand, raw []byte) []byte {
	body := bytes.Index(raw, []byte("<dxp:"))
	if body < 0 {
		return raw // the root itself was taken away
	}
	var tags []int
	for i := body; i < len(raw); i++ {
		if raw[i] == '<' && raw[i+1] != '/' {
			tags = append(tags, i)
		}
	}
	at := tags[r.IntN(len(tags))]
	end := bytes.IndexByte(raw[at:], '>') + at
	name := string(bytes.Fields(raw[at+1 : end])[0])
	last := bytes.Index(raw[at:], []byte("</"+name+">"))
	if last < 0 {
		return raw
	}
	stop := at + last + len(name) + 3
	put := func(from, to int, with string) []byte {
		return append(append(append([]byte(nil), raw[:from]...), with...), raw[to:]...)
	}
	switch r.IntN(9) {
	case 0:
		return put(at, stop, "")
	case 1:
		return put(at, at, string(raw[at:stop]))
	case 2:
		return put(end+1, end+1, strings.Repeat("长", 1+r.IntN(40)))
	case 3:
		return put(end+1, stop-len(name)-3, "")
	case 4:
		return put(at, at, "<dxp:more/>")
	case 5:
		return put(end, end, ` x="1"`)
	case 6:
		return put(stop, stop, " ")
	case 7:
		values := []string{"2026-02-30", "2026-11-22T24:00:00", "2026-11-22T25:00:00Z", "2026-11-22T10:00:00.5+08:00", "2026-11-22", "2026-11-22+14:30", "QQ==", "QR==", "QQ", "Q Q = =", "-2026-11-22"}
		return put(end+1, stop-len(name)-3, values[r.IntN(len(values))])
	}
	other := tags[r.IntN(len(tags))]
	if other >= at && other < stop {
		return raw
	}
	piece := string(raw[at:stop])
	if other < at {
		return put(other, other, piece)
	}
	return append(append(append(append([]byte(nil), raw[:at]...), raw[stop:other]...), piece...), raw[other:]...)
}

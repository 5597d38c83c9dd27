package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"pilotzone/ceb/dxp"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/store"
)

// binary is the program, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "pilotzone")
	if err == nil {
		binary = filepath.Join(dir, "pilotzone")
		build := exec.Command("go", "build", "-o", binary, ".")
		build.Stderr = os.Stderr
		err = build.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// script runs the program in a folder of its own.
type script struct {
	*testing.T
	dir string
}

func newScript(t *testing.T) *script {
	t.Parallel()
	return &script{t, t.TempDir()}
}

// run runs a command and checks its exit code; it returns both outputs.
func (s *script) run(code int, in string, args ...string) (out, errs string) {
	s.Helper()
	cmd := exec.CommandContext(s.Context(), binary, args...)
	cmd.Dir, cmd.Stdin = s.dir, strings.NewReader(in)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		s.Fatalf("%v: exit code %d, want %d\nstdout: %.2000s\nstderr: %.2000s", args, got, code, o.String(), e.String())
	}
	if strings.Contains(e.String(), "panic:") {
		s.Errorf("%v: %s", args, e.String())
	}
	return o.String(), e.String()
}

func (s *script) write(name string, data []byte) string {
	s.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		s.Fatal(err)
	}
	return name
}

// lacks checks that an output does not contain a text, has that it does.
func (s *script) has(out string, texts ...string) {
	s.Helper()
	for _, x := range texts {
		if !strings.Contains(out, x) {
			s.Errorf("lacks %q: %.2000s", x, out)
		}
	}
}

// filings writes the enterprises of the traffic as an import file.
func (s *script) filings(g *traffic.Gen) string {
	var b strings.Builder
	for _, e := range g.Zone().Enterprises {
		fmt.Fprintf(&b, "- customs_code: %q\n  uscc: %q\n  name: %q\n  kinds: %q\n  signatures: {default: \"off\"}\n", e.Code, e.USCC, e.Name, strings.Join(e.Kinds.Names(), "|"))
	}
	return s.write("filings.yaml", []byte(b.String()))
}

func TestUsage(t *testing.T) {
	s := newScript(t)
	s.run(2, "")
	s.run(2, "", "nonsense")
	_, errs := s.run(2, "", "validate")
	s.has(errs, "--help")
	s.run(2, "", "submit", "--no-such-flag", "x")
	out, _ := s.run(0, "", "--version")
	s.has(out, "pilotzone ", "engine ")
	out, _ = s.run(0, "", "--help")
	s.has(out, "validate", "submit", "replay", "ledger", "backup", "serve", "calc", "check")
}

func TestCheck(t *testing.T) {
	s := newScript(t)
	out, _ := s.run(0, "", "check", "uscc", "91350100M000100Y43")
	if out != "91350100M000100Y43 ok\n" {
		t.Errorf("%q", out)
	}
	out, _ = s.run(1, "", "check", "uscc", "91350100M000100Y43", "91350100M000100Y44")
	s.has(out, "91350100M000100Y43 ok\n", "91350100M000100Y44 invalid ")
	s.run(2, "", "check", "shoe-size", "42")
}

func TestCalc(t *testing.T) {
	s := newScript(t)
	good := `{"id":"a","items":[{"qty":1,"unit_price":"1000.00","duty_rate":"0","ct_rate":"0","vat_rate":"0.13"}]}` + "\n"
	out, _ := s.run(0, good, "calc", "import-tax", "--json")
	s.has(out, `"id":"a"`, `"decision":"PREF70"`, `"tax":"91.00"`)
	out, _ = s.run(1, "{\"id\":7,\"items\":3}\n"+good, "calc", "import-tax")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], `{"id":7,"error":`) || !strings.Contains(lines[1], `"PREF70"`) {
		t.Errorf("%q", lines)
	}
	s.run(0, "", "calc", "import-tax")
	s.run(2, "", "calc", "horoscope")
	out, _ = s.run(1, `{"id":"a","cap":"500000","percent_cap":"0.80","cost":"400000"}`+"\n"+`{"id":"b","cap":"-1"}`+"\n"+`{"id":"c"}`+"\n", "calc", "award", "--json")
	if lines := strings.Split(out, "\n"); len(lines) != 4 || lines[0] != `{"id":"a","max_award":"320000.00"}` || !strings.HasPrefix(lines[1], `{"id":"b","error":`) || lines[2] != `{"id":"c","max_award":null}` {
		t.Errorf("%q", lines)
	}
	out, _ = s.run(0, `{"id":"d","warehouses":5}`+"\n", "calc", "overseas-warehouse-award", "--json")
	s.has(out, `{"id":"d","per_year":["3000000.00","1500000.00","500000.00"],"total":"5000000.00"}`)
}

func TestValidate(t *testing.T) {
	s := newScript(t)
	g := zonetest.Traffic(t)
	good := zonetest.Message(t, g, 311, 0, 2)
	bad := bytes.Replace(good, []byte("<ceb:currency>142</ceb:currency>"), nil, 1)
	s.write("good.xml", good)
	s.write("bad.xml", bad)
	s.write("cut.xml", good[:100])
	s.write("env.xml", dxp.Wrap(&dxp.Envelope{CopMsgID: "1", SenderID: "S", ReceiverIDs: []string{"R"}, CreatedAt: "2026-11-22T10:00:00", MsgType: "CEB311Message", Data: good}))
	out, _ := s.run(0, "", "validate", "good.xml", "env.xml")
	s.has(out, "good.xml: CEB311Message valid", "env.xml: CEB311Message valid")
	out, _ = s.run(1, "", "validate", "--json", "good.xml", "bad.xml", "cut.xml")
	type verdict struct {
		File, Message string
		Editions      []string
		Valid         bool
		Errors        []struct {
			Path, Code, Message string
			Line                int
		}
	}
	var got []verdict
	for line := range strings.Lines(out) {
		var v verdict
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		got = append(got, v)
	}
	if len(got) != 3 || !got[0].Valid || len(got[0].Errors) != 0 || got[1].Valid || got[2].Valid {
		t.Fatalf("%+v", got)
	}
	if e := got[1].Errors; len(e) != 1 || !strings.HasPrefix(e[0].Path, "/CEB311Message/Order[1]/OrderHead") || e[0].Line < 1 || e[0].Code == "" {
		t.Errorf("%+v", e)
	}
	s.run(2, "", "validate", "bad.xml", "missing.xml")
	s.run(2, "", "validate", "--edition", "1999", "good.xml")
	s.run(0, "", "validate", "--edition", "202205", "good.xml")
	s.run(0, string(good), "validate", "-")
}

func TestSubmitReplayVerifyBackup(t *testing.T) {
	s := newScript(t)
	g := zonetest.Traffic(t)
	var files []string
	for _, k := range zonetest.Kinds {
		files = append(files, s.write(k.String()+".xml", zonetest.Message(t, g, k, 0, 3)))
	}
	out, errs := s.run(0, "", append([]string{"submit", "--filings", s.filings(g), "--receipts", "out"}, files[:3]...)...)
	s.has(out, "CEB311Message", "stored [2]")
	s.has(errs, "pilotzone.key", "Keep this file")
	info, err := os.Stat(filepath.Join(s.dir, "pilotzone.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v %v", info, err)
	}
	receipts, err := filepath.Glob(filepath.Join(s.dir, "out", "*", "*.xml"))
	if err != nil || len(receipts) < 3 {
		t.Fatalf("%v %v", receipts, err)
	}
	s.run(0, "", append([]string{"validate"}, receipts...)...)

	// No security is lodged: the lists are refused, and nothing else is.
	out, errs = s.run(1, "", "submit", "--json", files[3])
	s.has(out, `"accepted":false`, `"1311"`)
	if strings.Contains(errs, "NEW KEY") {
		t.Errorf("a second key file: %s", errs)
	}
	s.run(1, "", "submit", s.write("cut.xml", []byte("<CEB311Message")))
	s.run(2, "", "submit", "missing.xml")

	out, _ = s.run(0, "", "replay")
	s.has(out, "differences 差异: 0")
	out, _ = s.run(0, "", "replay", "--json")
	var replay zone.Replay
	if err := json.Unmarshal([]byte(out), &replay); err != nil || replay.Decisions == 0 || !replay.OK() {
		t.Errorf("%v %+v", err, replay)
	}
	s.run(0, "", "ledger", "verify")
	s.run(0, "", "backup", "copy")
	s.run(2, "", "backup", "copy") // not empty any more
	s.run(0, "", "replay", "--store", "sqlite:copy/zone.db", "--key", "pilotzone.key")
	s.run(0, "", "ledger", "verify", "--json", "--store", "sqlite:copy/zone.db", "--key", "pilotzone.key")
	s.run(2, "", "replay", "--store", "sqlite:copy/zone.db") // no key file there
	s.run(2, "", "replay", "--store", "sqlite:nothing.db")

	if err := os.Rename(filepath.Join(s.dir, "pilotzone.key"), filepath.Join(s.dir, "moved.key")); err != nil {
		t.Fatal(err)
	}
	_, errs = s.run(2, "", "submit", files[0]) // a store in use gets no new key
	s.has(errs, "--key")
	s.run(0, "", "submit", "--key", "moved.key", files[0])
}

func TestProofsFindWhatWasChanged(t *testing.T) {
	s := newScript(t)
	g := zonetest.Traffic(t)
	s.run(1, "", "submit", "--store", "sqlite:zone.db", s.write("order.xml", zonetest.Message(t, g, 311, 0, 3)))
	change := func(f store.File, query string) {
		t.Helper()
		st, err := store.Open(t.Context(), "sqlite:"+filepath.Join(s.dir, "zone.db"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		err = st.DB(f).Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, query)
			return err
		})
		if err := errors.Join(err, st.Close()); err != nil {
			t.Fatal(err)
		}
	}
	s.run(0, "", "replay", "--store", "sqlite:zone.db")
	change(store.Core, `update inputs set at = at + 1`)
	out, _ := s.run(1, "", "replay", "--store", "sqlite:zone.db")
	s.has(out, "JOURNAL DAMAGED", "batch 1", "differences 差异: 1", "At\n")
	s.run(0, "", "ledger", "verify", "--store", "sqlite:zone.db")
	change(store.Services, `insert into ledger_accounts (name, unit, floor, ceiling, balance, legs, opened_at) values ('x', 1, 0, 100, 5, 0, 0)`)
	out, _ = s.run(1, "", "ledger", "verify", "--store", "sqlite:zone.db")
	s.has(out, "services: ", "合计")
}

// setUp makes the first administrator with the code that the service printed,
// which dies.
func setUp(t *testing.T, base, code string) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	form := url.Values{"code": {code}, "org": {"综试区"}, "login": {"chief"}, "name": {"李"}, "password": {"correct horse battery"}, "again": {"correct horse battery"}}
	for _, want := range []int{http.StatusSeeOther, http.StatusUnprocessableEntity} {
		res, err := client.PostForm(base+"/set-up", form)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Fatalf("the set-up is answered %s, want %d", res.Status, want)
		}
	}
}

func TestServe(t *testing.T) {
	s := newScript(t)
	g := zonetest.Traffic(t)
	s.run(2, "", "serve", "--config", s.write("misspelt.yaml", []byte("stor: sqlite:x.db\n")))
	_, errs := s.run(2, "", "serve", "--config", s.write("faults.yaml", []byte("store: mysql://x\ncipher: rot13\nhttp: {listen: \"80\"}\n")))
	s.has(errs, "store:", "cipher:", "http.listen:")
	s.write("zone.yaml", []byte("store: sqlite:zone.db\nhttp: {listen: \"127.0.0.1:0\", tokens: [{name: t, role: operator, sha256: "+zonetest.Token("t", "operator").SHA256+"}]}\ndrop: {folder: drop, settle: 50ms}\n"))
	cmd := exec.CommandContext(t.Context(), binary, "serve", "--config", "zone.yaml")
	cmd.Dir = s.dir
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address := make(chan [2]string, 1) // and the code of the first set-up
	go func() {
		var said bytes.Buffer
		found := false
		buf := make([]byte, 4096)
		for {
			n, err := stderr.Read(buf)
			said.Write(buf[:n])
			if m := regexp.MustCompile(`(?s)serves (http://[0-9.:]+).*/set-up with the code ([a-z0-9-]+)`).FindSubmatch(said.Bytes()); m != nil && !found {
				found = true
				address <- [2]string{string(m[1]), string(m[2])}
			}
			if err != nil {
				return
			}
		}
	}()
	var url, code string
	select {
	case v := <-address:
		url, code = v[0], v[1]
	case <-time.After(20 * time.Second):
		t.Fatal("the service does not come up")
	}
	setUp(t, url, code)
	req, err := http.NewRequest(http.MethodPost, url+"/v1/messages", bytes.NewReader(zonetest.Message(t, g, 311, 0, 1)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", zonetest.Bearer("t"))
	req.Header.Set("Content-Type", "application/xml")
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil || r.StatusCode != 200 || !bytes.Contains(body, []byte("-10102")) { // nobody is filed
		t.Errorf("%v %d %s", err, r.StatusCode, body)
	}
	_, errs = s.run(2, "", "submit", "--store", "sqlite:zone.db", "zone.yaml")
	s.has(errs, "pilotzone serve", "process")
	s.run(0, "", "ledger", "verify", "--store", "sqlite:zone.db") // reading needs no lock
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
	s.run(0, "", "replay", "--store", "sqlite:zone.db")
}

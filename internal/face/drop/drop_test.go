package drop_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/face/drop"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
)

const settle = 60 * time.Millisecond

// place is a file drop that runs.
type place struct {
	*testing.T
	*zonetest.Zone
	root string
	stop func()
}

func start(t *testing.T) *place {
	root := t.TempDir()
	p := &place{T: t, root: root}
	p.Zone = zonetest.Open(t, func(c *zone.Config) { c.Drop = zone.Drop{Folder: root, Settle: settle, Workers: 4, Keep: true} })
	p.run()
	t.Cleanup(func() { p.stop() })
	return p
}

// run starts the drop; stop ends it.
func (p *place) run() {
	ctx, cancel := context.WithCancel(p.Context())
	done := make(chan error, 1)
	go func() { done <- drop.New(p.Zone.Zone).Run(ctx) }()
	p.stop = func() {
		cancel()
		if err := <-done; err != nil {
			p.Error(err)
		}
		p.stop = func() {}
	}
	p.waitFor("the folders", func() bool { return p.exists("inbox") && p.exists("outbox/.cursor") })
}

func (p *place) path(name string) string { return filepath.Join(p.root, name) }

func (p *place) exists(name string) bool {
	_, err := os.Stat(p.path(name))
	return err == nil
}

// put writes a file under another name and renames it in.
func (p *place) put(name string, data []byte) {
	p.Helper()
	if err := os.WriteFile(p.path(name), data, 0o600); err != nil {
		p.Fatal(err)
	}
	if err := os.Rename(p.path(name), p.path("inbox/"+name)); err != nil {
		p.Fatal(err)
	}
}

func (p *place) waitFor(what string, f func() bool) {
	p.Helper()
	for end := time.Now().Add(15 * time.Second); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			p.Fatalf("%s does not come; the log: %.3000s", what, p.Log)
		}
	}
}

func (p *place) read(name string) string {
	p.Helper()
	data, err := os.ReadFile(p.path(name))
	if err != nil {
		p.Fatal(err)
	}
	return string(data)
}

// receipts are all receipt messages of a kind.
func (p *place) receipts(k ceb.Kind) []string {
	list, err := filepath.Glob(p.path("outbox/*/*-" + k.String() + ".xml"))
	if err != nil {
		p.Fatal(err)
	}
	return list
}

func TestFilesGoThroughAndReceiptsCome(t *testing.T) {
	t.Parallel()
	p := start(t)
	for _, k := range zonetest.Kinds {
		name := k.String() + ".xml"
		p.put(name, zonetest.Message(t, p.Gen, k, 0, 3))
		p.waitFor(name, func() bool { return p.exists("done/" + name) })
	}
	p.waitFor("the receipts of the lists", func() bool { return len(p.receipts(622)) > 0 })
	for _, file := range p.receipts(622) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if v := ceb.Validate(data, 0); !v.Valid {
			t.Errorf("%s: %+v", file, v.Errors)
		}
		if !bytes.Contains(data, []byte("<returnStatus>800</returnStatus>")) {
			t.Errorf("%s has no release: %s", file, data)
		}
	}
	var note struct {
		Accepted  bool
		Documents []struct{ State string }
	}
	if err := json.Unmarshal([]byte(p.read("done/CEB621Message.json")), &note); err != nil || !note.Accepted || len(note.Documents) != 3 || note.Documents[0].State != "released" {
		t.Errorf("%v %+v", err, note)
	}
	if p.exists("done/CEB621Message.txt") || p.exists("inbox/CEB621Message.xml") {
		t.Error("a good file has a note of faults, or is still in the inbox")
	}
}

func TestHalfWrittenFilesAreLeftAlone(t *testing.T) {
	t.Parallel()
	p := start(t)
	data := zonetest.Message(t, p.Gen, 311, 0, 3)
	f, err := os.Create(p.path("inbox/slow.xml"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, part := range [][]byte{data[:len(data)/3], data[len(data)/3 : len(data)*2/3], data[len(data)*2/3:]} {
		if _, err := f.Write(part); err != nil {
			t.Fatal(err)
		}
		if p.exists("failed/slow.xml") || p.exists("done/slow.xml") {
			t.Fatal("a file was taken before it was whole")
		}
		time.Sleep(3 * settle) // the writer rests for longer than the time of settling
	}
	p.waitFor("the whole file", func() bool { return p.exists("done/slow.xml") })
	if !strings.Contains(p.read("done/slow.json"), `"what": "stored"`) {
		t.Errorf("%s", p.read("done/slow.json"))
	}
}

func TestBrokenFilesFailWithANote(t *testing.T) {
	t.Parallel()
	p := start(t)
	good := zonetest.Message(t, p.Gen, 311, 0, 1)
	for _, c := range []struct {
		name string
		data []byte
		has  []string
	}{
		{"cut.xml", good[:len(good)/2], []string{"CEB-TRUNCATED", "line "}},
		{"dtd.xml", []byte("<!DOCTYPE a>\n<a></a>"), []string{"CEB-DTD"}},
		{"unknown.xml", []byte("<Shoes></Shoes>"), []string{"CEB-ROOT"}},
		{"field.xml", bytes.Replace(good, []byte("<ceb:currency>142</ceb:currency>"), nil, 1), []string{"0002", "currency"}},
		{"large.xml", make([]byte, 8<<20+1), []string{"too large"}},
	} {
		p.put(c.name, c.data)
		p.waitFor(c.name, func() bool { return p.exists("failed/" + c.name) })
		stem := "failed/" + strings.TrimSuffix(c.name, ".xml")
		for _, x := range c.has {
			if text := p.read(stem + ".txt"); !strings.Contains(text, x) {
				t.Errorf("%s lacks %q: %s", c.name, x, text)
			}
		}
		if !strings.Contains(p.read(stem+".json"), `"accepted": false`) {
			t.Errorf("%s: %s", c.name, p.read(stem+".json"))
		}
	}
	if !strings.Contains(p.read("outbox/cut/CEB900Message.xml"), "<CEB900Message") {
		t.Error("no CEB900 for a message that can't be read")
	}
	p.put("cut.xml", good[:100]) // a second file of the same name replaces nothing
	p.waitFor("the second one", func() bool { return p.exists("failed/cut.2.xml") })
}

func TestOtherFilesAreNotTouched(t *testing.T) {
	t.Parallel()
	p := start(t)
	good := zonetest.Message(t, p.Gen, 311, 0, 1)
	for _, name := range []string{".hidden.xml", "notes.txt", "order.xml.part"} {
		p.put(name, good)
	}
	if err := os.Symlink("/etc/passwd", p.path("inbox/link.xml")); err != nil {
		t.Fatal(err)
	}
	p.put("last.xml", good)
	p.waitFor("last.xml", func() bool { return p.exists("done/last.xml") })
	for _, name := range []string{".hidden.xml", "notes.txt", "order.xml.part", "link.xml"} {
		if _, err := os.Lstat(p.path("inbox/" + name)); err != nil {
			t.Errorf("%s was taken: %v", name, err)
		}
	}
}

// TestCrashBetweenSubmitAndMove: the message is durable and the file still in
// the inbox, as after a crash at the worst moment; receipts are half written.
func TestCrashBetweenSubmitAndMove(t *testing.T) {
	t.Parallel()
	p := start(t)
	begun := p.Intake.Durable()
	p.put("order.xml", zonetest.Message(t, p.Gen, 311, 0, 2))
	p.waitFor("order.xml", func() bool { return p.exists("done/order.xml") && len(p.receipts(312)) > 0 })
	durable := p.Intake.Durable()
	p.waitFor("the cursor", func() bool { return p.read("outbox/.cursor") == fmt.Sprintf("%d %d\n", durable, durable) })
	p.stop()
	before := p.receipts(312)
	whole := p.read(strings.TrimPrefix(before[0], p.root+"/"))
	if err := os.Rename(p.path("done/order.xml"), p.path("inbox/order.xml")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(p.path("done/order.json")); err != nil {
		t.Fatal(err)
	}
	// The page was begun but not ended: what it held is written again, the same.
	if err := os.WriteFile(before[0], nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.path("outbox/.cursor"), fmt.Appendf(nil, "%d %d\n", begun, durable), 0o600); err != nil {
		t.Fatal(err)
	}
	p.run()
	p.waitFor("order.xml again", func() bool { return p.exists("done/order.xml") })
	if text := p.read("done/order.json"); !strings.Contains(text, `"what": "repeated"`) || strings.Contains(text, `"what": "stored"`) {
		t.Errorf("submitted twice: %s", text)
	}
	p.waitFor("the receipt again", func() bool { return p.read(strings.TrimPrefix(before[0], p.root+"/")) == whole })
}

// What was taken in is in the store, sealed, and so does not stay in clear.
func TestFileThatWasTakenInIsNotKept(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	p := &place{T: t, root: root}
	p.Zone = zonetest.Open(t, func(c *zone.Config) { c.Drop = zone.Drop{Folder: root, Settle: settle, Workers: 4} })
	p.run()
	t.Cleanup(func() { p.stop() })
	p.put("order.xml", zonetest.Message(t, p.Gen, 311, 0, 2))
	p.waitFor("order.xml", func() bool { return p.exists("done/order.json") && !p.exists("inbox/order.xml") })
	p.put("order.xml", zonetest.Message(t, p.Gen, 311, 2, 2))
	p.waitFor("another of its name", func() bool { return p.exists("done/order.2.json") && !p.exists("inbox/order.xml") })
	p.put("broken.xml", []byte("<x>张三</x>"))
	p.waitFor("broken.xml", func() bool { return p.exists("failed/broken.xml") })
	if p.exists("done/order.xml") || p.exists("done/order.2.xml") {
		t.Error("the file is kept")
	}
}

package house_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"
)

// root is the module's folder, seen from this package.
const root = "../.."

// mostLines bounds a hand-written Go file. The aim is 450; this is the end.
const mostLines = 700

// text is one file of the repository that people or programs read as text.
type text struct {
	path string // from root, with slashes
	data []byte
}

// leftOut are folders and files that are no part of the sources (.gitignore).
func leftOut(path string, d fs.DirEntry) bool {
	if d.IsDir() {
		return path == ".git" || path == "bin" || path == "tmp"
	}
	for _, end := range []string{".db", ".db-wal", ".db-shm", ".key", ".lock", ".test", ".out"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
}

// texts reads all texts of the repository once.
var texts = sync.OnceValues(func() (list []text, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if os.IsNotExist(err) {
				return nil // a temporary file of another test
			}
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if leftOut(filepath.ToSlash(rel), d) {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil
		}
		if err == nil && utf8.Valid(data) && bytes.IndexByte(data, 0) < 0 {
			list = append(list, text{filepath.ToSlash(rel), data})
		}
		return err
	})
	return list, err
})

func readTexts(t *testing.T) []text {
	t.Helper()
	list, err := texts()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 100 {
		t.Fatalf("saw %d texts only: is %s the module's folder?", len(list), root)
	}
	return list
}

func (x text) lineOf(at int) int { return 1 + bytes.Count(x.data[:at], []byte("\n")) }

// strangers are words that a text of this project has no use for, in lower
// case: paths of a single machine, the words of a workplace, the hosts of
// package registries. They are written in two parts, so that this file holds
// none of them.
var strangers = map[string][]string{
	"a path of one machine; write it from the module's folder": {
		"/wo" + "rk/main", "/wo" + "rk/shared", "/wo" + "rk/.library", "/ro" + "ot/", "/ho" + "me/", "/tmp/bri" + "ef", "/tmp/bash" + "_jobs",
	},
	"a word of the workplace; say what the software does": {
		"clau" + "de", "anthr" + "opic", "open" + "ai", "chat" + "gpt", "co" + "pilot", "language mo" + "del", "sub" + "agent", "sub-" + "agent",
		"this sess" + "ion", "my sess" + "ion", "ai assist" + "ant", "ai-gener" + "ated", "co-auth" + "ored-by", "context win" + "dow",
	},
	"a host or setting of a package registry; the module path is enough": {
		"proxy.gol" + "ang.org", "sum.gol" + "ang.org", "gop" + "roxy", "registry.n" + "pmjs", "n" + "pmjs.com", "py" + "pi.org", "artif" + "actory",
		"deb.deb" + "ian.org", "gh" + "cr.io", "docker." + "io/",
	},
}

// TestTextsHoldNoStrangers: no file names a machine's folder, the workplace or a
// registry.
func TestTextsHoldNoStrangers(t *testing.T) {
	t.Parallel()
	for _, x := range readTexts(t) {
		low := bytes.ToLower(x.data)
		for why, words := range strangers {
			for _, w := range words {
				if at := bytes.Index(low, []byte(w)); at >= 0 {
					t.Errorf("%s:%d: %q is %s", x.path, x.lineOf(min(at, len(x.data))), w, why)
				}
			}
		}
	}
}

// generated marks a file that a program wrote.
var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

// TestGoFilesStayShort: a hand-written Go file that grows too long is split by
// noun.
func TestGoFilesStayShort(t *testing.T) {
	t.Parallel()
	for _, x := range readTexts(t) {
		if !strings.HasSuffix(x.path, ".go") || generated.Match(x.data) {
			continue
		}
		if n := bytes.Count(x.data, []byte("\n")); n >= mostLines {
			t.Errorf("%s has %d lines, the end is %d: split it by noun", x.path, n, mostLines)
		}
	}
}

var (
	fence   = regexp.MustCompile("(?ms)^```.*?^```")
	span    = regexp.MustCompile("`[^`\n]*`")
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} +(.+)$`)
	cited   = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark|Example)[A-Z][A-Za-z0-9_]*`)
	defined = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark|Example)[A-Za-z0-9_]*)\(`)
	room    = regexp.MustCompile("`(?:\\./)?((?:internal|ceb|ident|cmd|packs|docs|\\.ci)(?:/[a-z0-9_][A-Za-z0-9_.-]*)+)/?`")
)

func (x text) markdown() bool { return strings.HasSuffix(x.path, ".md") }

// prose is a Markdown text with its code blanked out.
func (x text) prose() []byte {
	blank := func(b []byte) []byte {
		return bytes.Map(func(r rune) rune { return map[bool]rune{true: '\n', false: ' '}[r == '\n'] }, b)
	}
	return span.ReplaceAllFunc(fence.ReplaceAllFunc(x.data, blank), blank)
}

// anchor is the name under which a heading is linked to.
func anchor(title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(title)) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (x text) anchors() map[string]bool {
	out := make(map[string]bool)
	for _, m := range heading.FindAllSubmatch(fence.ReplaceAll(x.data, nil), -1) {
		out[anchor(string(m[1]))] = true
	}
	return out
}

// TestLinksResolve: relative links of Markdown files lead to files that are
// there, and to headings that are there.
func TestLinksResolve(t *testing.T) {
	t.Parallel()
	list := readTexts(t)
	headings := make(map[string]map[string]bool)
	for _, x := range list {
		if x.markdown() {
			headings[x.path] = x.anchors()
		}
	}
	for _, x := range list {
		if !x.markdown() {
			continue
		}
		for _, m := range link.FindAllSubmatchIndex(x.prose(), -1) {
			target := string(x.prose()[m[2]:m[3]])
			if strings.Contains(target, ":") {
				continue // another site
			}
			file, part, _ := strings.Cut(target, "#")
			to := x.path
			if file != "" {
				to = filepath.ToSlash(filepath.Join(filepath.Dir(x.path), file))
			}
			if _, err := os.Stat(filepath.Join(root, to)); err != nil {
				t.Errorf("%s:%d: link to %s: there is no %s", x.path, x.lineOf(m[2]), target, to)
			} else if part != "" && headings[to] != nil && !headings[to][part] {
				t.Errorf("%s:%d: link to %s: %s has no such heading", x.path, x.lineOf(m[2]), target, to)
			}
		}
	}
}

// TestWhatIsCitedExists: tests and folders that a Markdown file names are there.
// A name may be the beginning of several tests, as for go test -run.
func TestWhatIsCitedExists(t *testing.T) {
	t.Parallel()
	list := readTexts(t)
	var names []string
	for _, x := range list {
		if strings.HasSuffix(x.path, "_test.go") {
			for _, m := range defined.FindAllSubmatch(x.data, -1) {
				names = append(names, string(m[1]))
			}
		}
	}
	begins := func(prefix string) bool {
		for _, n := range names {
			if strings.HasPrefix(n, prefix) {
				return true
			}
		}
		return false
	}
	for _, x := range list {
		if !x.markdown() {
			continue
		}
		for _, m := range cited.FindAllIndex(x.data, -1) {
			if name := string(x.data[m[0]:m[1]]); !begins(name) {
				t.Errorf("%s:%d: there is no %s", x.path, x.lineOf(m[0]), name)
			}
		}
		for _, m := range room.FindAllSubmatchIndex(x.data, -1) {
			if path := string(x.data[m[2]:m[3]]); !there(path) {
				t.Errorf("%s:%d: there is no %s", x.path, x.lineOf(m[2]), path)
			}
		}
	}
}

func there(path string) bool {
	_, err := os.Stat(filepath.Join(root, path))
	return err == nil
}

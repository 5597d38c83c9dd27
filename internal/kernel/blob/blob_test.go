package blob_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, clock.Beijing)

func ring(t testing.TB) *keys.Keyring {
	t.Helper()
	k, err := keys.New(keys.AES256GCM, noon, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func pictures(t testing.TB) (pngBytes, jpegBytes []byte) {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 40, 30))
	for i := range img.Pix {
		img.Pix[i] = byte(i * 7)
	}
	var p, j bytes.Buffer
	if err := errors.Join(png.Encode(&p, img), jpeg.Encode(&j, img, nil)); err != nil {
		t.Fatal(err)
	}
	return p.Bytes(), j.Bytes()
}

func archive(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		name, body, _ := strings.Cut(p, "=")
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var pdf = []byte("%PDF-1.7\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n")

func TestOnlyWhatIsWhatItSaysIsTaken(t *testing.T) {
	t.Parallel()
	p, j := pictures(t)
	xlsx := archive(t, "[Content_Types].xml=<Types/>", "xl/workbook.xml=<workbook/>")
	for _, c := range []struct {
		why, name string
		data      []byte
		want      blob.Type
		code      string
	}{
		{"a PDF", "营业执照.PDF", pdf, blob.PDF, ""},
		{"a PNG", "a.png", p, blob.PNG, ""},
		{"a JPEG", "a.jpeg", j, blob.JPEG, ""},
		{"a spreadsheet", "a.xlsx", xlsx, blob.XLSX, ""},
		{"a text document", "a.docx", archive(t, "[Content_Types].xml=<Types/>", "word/document.xml=<w/>"), blob.DOCX, ""},
		{"an OFD", "a.ofd", archive(t, "OFD.xml=<ofd/>", "Doc_0/Document.xml=<d/>"), blob.OFD, ""},
		{"a CSV", "a.csv", []byte("代码,名称\n1,甲\n"), blob.CSV, ""},
		{"a text in GB18030", "a.txt", []byte("\xd6\xd0\xce\xc4\n"), blob.Text, ""},
		{"another ending", "a.exe", pdf, "", "type"},
		{"no ending", "a", pdf, "", "type"},
		{"nothing in it", "a.pdf", nil, "", "damaged"},
		{"a PNG called PDF", "a.pdf", p, "", "mismatch"},
		{"a PDF called PNG", "a.png", pdf, "", "mismatch"},
		{"a page called text", "a.txt", []byte("hello <ScRiPt>alert(1)</script>"), "", "type"},
		{"a program called text", "a.txt", []byte("MZ\x90\x00\x03"), "", "type"},
		{"a shell script", "a.txt", []byte("#!/bin/sh\nrm x\n"), "", "type"},
		{"a PDF cut short", "a.pdf", pdf[:20], "", "damaged"},
		{"a PDF with an archive behind it", "a.pdf", append(bytes.Clone(pdf), xlsx...), "", "polyglot"},
		{"a PNG with an archive behind it", "a.png", append(bytes.Clone(p), xlsx...), "", "polyglot"},
		{"a PNG cut short", "a.png", p[:len(p)-12], "", "damaged"},
		{"a JPEG with a page behind it", "a.jpg", append(bytes.Clone(j), "<html>"...), "", "polyglot"},
		{"a PDF that begins as a page", "a.pdf", append([]byte("%PDF-1.4 <html><script>x</script>"), "\n%%EOF"...), "", "polyglot"},
		{"an archive with something behind it", "a.xlsx", append(bytes.Clone(xlsx), "xx"...), "", "polyglot"},
		{"a plain archive", "a.xlsx", archive(t, "a.txt=x"), "", "type"},
		{"macros", "a.xlsx", archive(t, "[Content_Types].xml=<Types/>", "xl/workbook.xml=<w/>", "xl/vbaProject.bin=x"), "", "macro"},
		{"a type with macros", "a.docx", archive(t, "[Content_Types].xml=vnd.ms-word.document.macroEnabled.main+xml", "word/document.xml=<w/>"), "", "macro"},
		{"an embedded object", "a.docx", archive(t, "[Content_Types].xml=<T/>", "word/document.xml=<w/>", "word/embeddings/x.docx=x"), "", "macro"},
		{"a path out of it", "a.ofd", archive(t, "OFD.xml=<ofd/>", "../x=1"), "", "damaged"},
		{"two types at once", "a.xlsx", archive(t, "[Content_Types].xml=<T/>", "word/document.xml=<w/>", "xl/workbook.xml=<w/>"), "", "type"},
	} {
		got, err := blob.Sniff(blob.CleanName(c.name), c.data)
		var no *blob.Refusal
		switch errors.As(err, &no); {
		case c.code == "" && (err != nil || got != c.want):
			t.Errorf("%s: %q, %v", c.why, got, err)
		case c.code != "" && (no == nil || no.Code != c.code || no.ZH == "" || no.EN == "" || no.FixZH == "" || no.FixEN == ""):
			t.Errorf("%s: %v, want a refusal %q", c.why, err, c.code)
		}
	}
}

func TestNamesAreCleaned(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`..\..\C:\x\营业执照.pdf`:             "营业执照.pdf",
		"/etc/passwd.txt":                 "passwd.txt",
		"a\x00b\r\nSet-Cookie: x.txt":     "abSet-Cookie x.txt",
		"evil\u202efdp.exe":               "evilfdp.exe",
		`a"b'c<d>.pdf`:                    "abcd.pdf",
		".pdf":                            "pdf",
		"":                                "file",
		strings.Repeat("长", 300) + ".pdf": strings.Repeat("长", 110) + ".pdf",
		"a." + strings.Repeat("x", 300):   "a." + strings.Repeat("x", 108),
	} {
		if got := blob.CleanName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestFilesAreSealedAndComeBackWhole(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		b := blob.New(s.Services, ring(t), clock.NewFixed(noon), rand.Reader, blob.Limits{File: 1 << 20, Count: 2, Total: 1 << 20})
		long := append([]byte("%PDF-1.7\nSECRETWORD\n"), bytes.Repeat([]byte("0123456789abcde\n"), 40_000)...)
		long = append(long, "%%EOF\n"...)
		put := func(owner, name string, data []byte) (f *blob.File, err error) {
			err = s.Services.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
				f, err = b.Put(ctx, tx, blob.Upload{Owner: owner, Slot: "licence", Name: name, By: "u1", Data: data})
				return err
			})
			return f, err
		}
		f, err := put("matter:1", "张三的执照.pdf", long)
		if err != nil {
			t.Fatal(err)
		}
		got, data, err := b.Read(ctx, f.ID)
		if err != nil || !bytes.Equal(data, long) || got.Name != "张三的执照.pdf" || got.Size != int64(len(long)) || !got.At.Equal(noon) {
			t.Fatalf("%+v, %d bytes, %v", got, len(data), err)
		}
		rows, err := s.Services.Read().QueryContext(ctx, `select data from blob_chunks union all select name from blob_files`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var raw []byte
			if err := rows.Scan(&raw); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(raw, []byte("SECRETWORD")) || bytes.Contains(raw, []byte("张三")) {
				t.Fatal("something stands there in clear")
			}
		}
		if _, err := put("matter:1", "b.pdf", pdf); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			owner, code string
			data        []byte
		}{"too many": {"matter:1", "full", pdf}, "too large": {"matter:2", "size", bytes.Repeat([]byte("x"), 1<<20+1)}} {
			var no *blob.Refusal
			if _, err := put(c.owner, "c.pdf", c.data); !errors.As(err, &no) || no.Code != c.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := s.Services.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return b.Remove(ctx, tx, f.ID) }); err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.Read(ctx, f.ID); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("removed: %v", err)
		}
		if list, err := b.List(ctx, "matter:1"); err != nil || len(list) != 1 {
			t.Errorf("%v, %v", list, err)
		}
	}, blob.Migration)
}

func TestDownloadsAreNeverShownInPlace(t *testing.T) {
	t.Parallel()
	f := blob.File{ID: "abcdefghijk", Name: "营业 执照\".pdf", Type: blob.PDF}
	h := f.Headers()
	if h["Content-Type"] != "application/octet-stream" || !strings.HasPrefix(h["Content-Disposition"], `attachment; filename="file-abcdefgh.pdf"; filename*=UTF-8''%E8`) || h["X-Content-Type-Options"] != "nosniff" {
		t.Errorf("%v", h)
	}
	if strings.ContainsAny(h["Content-Disposition"][40:], "\r\n\"") && strings.Count(h["Content-Disposition"], `"`) != 2 {
		t.Errorf("%s", h["Content-Disposition"])
	}
}

// FuzzSniff: no bytes make it panic, and what it takes it takes again.
func FuzzSniff(f *testing.F) {
	p, j := pictures(f)
	for _, seed := range [][]byte{pdf, p, j, archive(f, "OFD.xml=<ofd/>"), []byte("a,b\n")} {
		for _, name := range []string{"a.pdf", "a.png", "a.jpg", "a.ofd", "a.csv"} {
			f.Add(name, seed)
		}
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		clean := blob.CleanName(name)
		if clean == "" || strings.ContainsAny(clean, "/\\\x00\r\n\"") || blob.CleanName(clean) != clean {
			t.Fatalf("%q is not clean", clean)
		}
		first, err := blob.Sniff(clean, data)
		again, err2 := blob.Sniff(clean, data)
		if first != again || (err == nil) != (err2 == nil) {
			t.Fatal("not the same twice")
		}
	})
}

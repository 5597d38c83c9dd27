package sheets_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/draft"
	"pilotzone/internal/customs/sheets"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/packs"
)

const day clock.Day = 20261122

var now = day.Time().Add(10 * time.Hour)

var book = sync.OnceValue(func() *refdata.Book {
	p, err := pack.LoadFS(packs.Files, "national")
	if err != nil {
		panic(err)
	}
	set, err := pack.NewSet(p)
	if err != nil {
		panic(err)
	}
	b, err := refdata.New(set)
	if err != nil {
		panic(err)
	}
	return b
})

var ring = sync.OnceValue(func() *keys.Keyring {
	k, err := keys.New(keys.AES256GCM, now, rand.NewChaCha8([32]byte{1}))
	if err != nil {
		panic(err)
	}
	return k
})

func extractor() *clearance.Extractor {
	return &clearance.Extractor{Hasher: ring().Hasher(), Rules: book()}
}

func gen(t testing.TB) *traffic.Gen {
	t.Helper()
	g, err := traffic.New(traffic.Options{Seed: 1, Day: day, Block: 1, Baskets: 8})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func template(t testing.TB, name string) []byte {
	t.Helper()
	tpl, ok := sheets.TemplateOf(name)
	if !ok {
		t.Fatalf("no template %s", name)
	}
	b, err := tpl.Write(sheets.CodeLists(book(), day))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fill writes documents of the traffic into a sheet as a person would: by the
// names in row three, lines below each other, the head once.
func fill(t testing.TB, data []byte, docs ...*traffic.Document) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	name := f.GetSheetName(0)
	rows, err := f.GetRows(name)
	if err != nil || len(rows) < 3 {
		t.Fatal(err, len(rows))
	}
	row := 4
	for _, d := range docs {
		for i := range max(1, len(d.Lines)) {
			for c, title := range rows[2] {
				v := ""
				if field, ok := strings.CutPrefix(title, "line."); ok {
					v = d.Line(i, field)
				} else if i == 0 || title == "orderNo" {
					v = d.Get(title)
				}
				if v != "" {
					at, _ := excelize.CoordinatesToCellName(c+1, row)
					if err := f.SetCellStr(name, at, v); err != nil {
						t.Fatal(err)
					}
				}
			}
			row++
		}
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// set changes one cell.
func set(t testing.TB, data []byte, at string, v any) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.SetCellValue(f.GetSheetName(0), at, v); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// column finds the cell of a field in a row.
func column(t testing.TB, data []byte, field string, row int) string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	c := slices.Index(rows[2], field)
	at, err := excelize.CoordinatesToCellName(c+1, row)
	if err != nil {
		t.Fatalf("no column %s", field)
	}
	return at
}

func docsOf(t testing.TB, g *traffic.Gen, k ceb.Kind, n int) (out []*traffic.Document) {
	t.Helper()
	for i := uint64(0); len(out) < n && i < 2000; i++ {
		for _, d := range g.Parcel(i).Documents() {
			if d.Kind == k {
				out = append(out, d)
			}
		}
	}
	return out[:n]
}

func check(t testing.TB, data []byte) (*sheets.Checked, *sheets.Book) {
	t.Helper()
	b, err := sheets.Open("f.xlsx", data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	c, err := sheets.Check(t.Context(), b, extractor(), now, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, b
}

// TestFilledTemplatesBecomeDocuments: for each kind, what is written into the
// template comes out as good documents with all their lines.
func TestFilledTemplatesBecomeDocuments(t *testing.T) {
	t.Parallel()
	g := gen(t)
	for _, tpl := range sheets.Templates() {
		if len(tpl.Kinds) > 1 || tpl.Name == "403" {
			continue
		}
		docs := docsOf(t, g, tpl.Kinds[0], 30)
		lines := 0
		for _, d := range docs {
			lines += max(1, len(d.Lines))
		}
		c, _ := check(t, fill(t, template(t, tpl.Name), docs...))
		if !c.Faultless() || c.Good != 30 || c.Rows != lines {
			t.Errorf("%s: %d good of %d, %d rows of %d: %+v", tpl.Name, c.Good, c.Documents, c.Rows, lines, c.Defects[:min(3, len(c.Defects))])
		}
	}
}

// TestExamplesAreNotSent: an empty template has no documents.
func TestExamplesAreNotSent(t *testing.T) {
	t.Parallel()
	for _, tpl := range sheets.Templates() {
		if c, _ := check(t, template(t, tpl.Name)); c.Documents != 0 || len(c.Defects) != 0 {
			t.Errorf("%s: %+v", tpl.Name, c)
		}
	}
}

// TestErrorsAreWrittenBack: each at its cell, as a comment, in a file that can be
// mended and sent again.
func TestErrorsAreWrittenBack(t *testing.T) {
	t.Parallel()
	g := gen(t)
	docs := docsOf(t, g, 311, 5)
	data := fill(t, template(t, "311"), docs...)
	id := column(t, data, "buyerIdNumber", 4)
	data = set(t, data, id, "110105194912310021")
	name := column(t, data, "buyerName", 5+len(docs[0].Lines)-1)
	data = set(t, data, name, "")
	qty := column(t, data, "line.qty", 4)
	data = set(t, data, qty, "=1+1")
	c, b := check(t, data)
	if c.Refused != 2 || c.Good != 3 {
		t.Fatalf("%+v", c)
	}
	marked, err := b.Mark(t.Context(), c.Defects)
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(marked))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheet := f.GetSheetName(0)
	comments, err := f.GetComments(sheet)
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]string{}
	for _, c := range comments {
		at[c.Cell] = c.Text
		for _, p := range c.Paragraph {
			at[c.Cell] += p.Text
		}
	}
	if len(at) < 2 || !strings.Contains(at[qty], "CEB-") || !strings.Contains(at[name], "CEB-") {
		t.Errorf("comments at %v; want %s and %s", at, qty, name)
	}
	if v, _ := f.GetCellValue(sheet, qty); v != "'=1+1" {
		t.Errorf("a formula came out as %q", v)
	}
	if rows, _ := f.GetRows("问题 Problems"); len(rows) != len(c.Defects)+1 {
		t.Errorf("%d rows of problems, %d defects", len(rows), len(c.Defects))
	}
	mended := set(t, set(t, set(t, marked, id, docs[0].Get("buyerIdNumber")), name, "张三"), qty, docs[0].Line(0, "qty"))
	if c, _ := check(t, mended); !c.Faultless() || c.Good != 5 {
		t.Errorf("mended: %+v", c)
	}
}

// TestCellsOfTheirOwnKind: long numbers that the program rounded, dates, lines
// that stand apart, heads that differ, unknown columns.
func TestCellsOfTheirOwnKind(t *testing.T) {
	t.Parallel()
	g := gen(t)
	docs := docsOf(t, g, 311, 3)
	data := fill(t, template(t, "311"), docs...)
	id := column(t, data, "buyerIdNumber", 4)
	c, _ := check(t, setRaw(t, data, id, "1.1010519491231E+17"))
	if !slices.ContainsFunc(c.Defects, func(d draft.Defect) bool { return d.Code == sheets.CodeNumber && d.Cell == id }) || c.Good != 2 {
		t.Errorf("rounded: %+v", c)
	}
	c, _ = check(t, set(t, data, "A3", "nonsense"))
	if !slices.ContainsFunc(c.Defects, func(d draft.Defect) bool { return d.Code == sheets.CodeColumn && d.Cell == "A3" }) {
		t.Errorf("unknown column: %+v", c.Defects)
	}
	apart := fill(t, template(t, "311"), docs[0], docs[1], docs[0])
	if c, _ = check(t, apart); !slices.ContainsFunc(c.Defects, func(d draft.Defect) bool { return d.Code == sheets.CodeSplit }) || c.Good != 2 {
		t.Errorf("apart: %+v", c)
	}
	pay := docsOf(t, g, 411, 1)
	data = fill(t, template(t, "411"), pay...)
	when := column(t, data, "payTime", 4)
	if c, _ = check(t, set(t, data, when, 46348.5)); !c.Faultless() {
		t.Errorf("a date: %+v", c.Defects)
	}
}

// TestHostileFiles: bombs, lies and rubbish are refused in words.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	bomb := func(size int64) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, _ := z.Create("xl/workbook.xml")
		_, _ = io.CopyN(w, zeros{}, size)
		_ = z.Close()
		return b.Bytes()
	}
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("hello"), "zip": []byte("PK\x03\x04xx"), "bomb": bomb(sheets.MaxUnzip + 1), "no workbook": bomb(10)} {
		b, err := sheets.Open("f", data)
		var u *sheets.Unreadable
		if !errors.As(err, &u) || u.ZH == "" {
			t.Errorf("%s: %v %v", name, b, err)
		}
	}
	f := excelize.NewFile()
	defer f.Close()
	_ = f.SetSheetName("Sheet1", "311 进口订单")
	_ = f.SetSheetRow("311 进口订单", "A1", &[]string{"orderNo", "ebpCode"})
	_ = f.SetCellStr("311 进口订单", "XFD2", "x")
	var wide bytes.Buffer
	_ = f.Write(&wide)
	b, err := sheets.Open("f", wide.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Each(t.Context(), func(*draft.Draft) error { return nil }); err == nil {
		t.Error("16,384 columns were read")
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// small is a sheet without all that templates have around it.
func small(t testing.TB) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	const name = "411 支付凭证"
	_ = f.SetSheetName("Sheet1", name)
	for i, row := range [][]string{{"支付企业"}, {"至多 18 个字符"}, {"payCode", "payName", "payTransactionId", "orderNo", "amountPaid", "payerIdNumber", "payTime"},
		{"4107960003", "示例支付企业", "P1", "O1", "12.50", "11010519491231002X", "20261122100000"}} {
		if err := f.SetSheetRow(name, fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// FuzzRead: what is in the file is read, refused or said, and never more.
func FuzzRead(f *testing.F) {
	f.Add(small(f))
	book() // before the clock runs
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := sheets.Open("f", data)
		if err != nil {
			return
		}
		defer b.Close()
		if _, err := sheets.Check(t.Context(), b, extractor(), now, nil, nil); err != nil && !errors.Is(err, sheets.ErrRows) {
			var u *sheets.Unreadable
			if !errors.As(err, &u) {
				t.Fatal(err)
			}
		}
	})
}

// FuzzCells: hostile values in cells are answered at a cell.
func FuzzCells(f *testing.F) {
	data := small(f)
	book() // before the clock runs
	f.Add("payTime", "=HYPERLINK(\"x\")")
	f.Add("orderNo", "1.2E+17")
	f.Add("amountPaid", "１２")
	f.Fuzz(func(t *testing.T, field, value string) {
		x, err := excelize.OpenReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		defer x.Close()
		_ = x.SetCellStr(x.GetSheetName(0), "B4", value)
		_ = x.SetCellStr(x.GetSheetName(0), "B3", field)
		var out bytes.Buffer
		if x.Write(&out) != nil {
			return
		}
		b, err := sheets.Open("f", out.Bytes())
		if err != nil {
			return
		}
		defer b.Close()
		c, err := sheets.Check(t.Context(), b, extractor(), now, nil, nil)
		if err != nil {
			return
		}
		if c.Refused > 0 && len(c.Defects) == 0 {
			t.Fatal("refused and nothing said")
		}
		if _, err := b.Mark(t.Context(), c.Defects); err != nil {
			t.Fatal(err)
		}
	})
}

// Large makes a sheet of n payments.
func large(t testing.TB, n int) []byte {
	t.Helper()
	data := template(t, "311")
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	rows, _ := f.GetRows("311 进口订单")
	_ = f.Close()
	out := excelize.NewFile()
	defer out.Close()
	_ = out.SetSheetName("Sheet1", "311 进口订单")
	w, err := out.NewStreamWriter("311 进口订单")
	if err != nil {
		t.Fatal(err)
	}
	put := func(row int, values []string) {
		line := make([]any, len(values))
		for i, v := range values {
			line[i] = v
		}
		if err := w.SetRow(fmt.Sprintf("A%d", row), line); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		put(i+1, rows[i])
	}
	docs := docsOf(t, gen(t), 311, 20)
	for i := range n {
		d := docs[i%len(docs)]
		line := make([]string, len(rows[2]))
		for c, title := range rows[2] {
			if field, ok := strings.CutPrefix(title, "line."); ok {
				line[c] = d.Line(0, field)
			} else {
				line[c] = d.Get(title)
			}
			if title == "orderNo" {
				line[c] = fmt.Sprint("N", i)
			}
		}
		put(i+4, line)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := out.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// BenchmarkSheet reads and checks a sheet of 50,000 rows; peak-MB is the most
// memory of the process.
func BenchmarkSheet(b *testing.B) {
	data := large(b, sheets.MaxRows)
	b.ReportMetric(float64(len(data))/1e6, "file-MB")
	b.ResetTimer()
	for b.Loop() {
		bk, err := sheets.Open("f", data)
		if err != nil {
			b.Fatal(err)
		}
		c, err := sheets.Check(b.Context(), bk, extractor(), now, nil, nil)
		if err != nil || c.Rows != sheets.MaxRows {
			b.Fatal(err, c)
		}
		_ = bk.Close()
	}
	b.ReportMetric(peak(b), "peak-MB")
}

// BenchmarkMark writes a book of 50,000 rows back with 20,000 defects.
func BenchmarkMark(b *testing.B) {
	data := large(b, sheets.MaxRows)
	b.ResetTimer()
	for b.Loop() {
		bk, err := sheets.Open("f", data)
		if err != nil {
			b.Fatal(err)
		}
		c, err := sheets.Check(b.Context(), bk, extractor(), now, nil, nil)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := bk.Mark(b.Context(), c.Defects); err != nil {
			b.Fatal(err)
		}
		_ = bk.Close()
	}
	b.ReportMetric(peak(b), "peak-MB")
}

// peak is the largest resident size of the process, in MB.
func peak(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc here")
	}
	for line := range strings.Lines(string(status)) {
		var kb float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f", &kb); err == nil {
			return kb / 1e3
		}
	}
	return 0
}

// setRaw writes a number as the program stores it.
func setRaw(t testing.TB, data []byte, at, number string) []byte {
	t.Helper()
	marked := set(t, data, at, 987654321)
	in, err := zip.NewReader(bytes.NewReader(marked), int64(len(marked)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, m := range in.File {
		r, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		w, err := z.Create(m.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bytes.ReplaceAll(b, []byte("<v>987654321</v>"), []byte("<v>"+number+"</v>"))); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

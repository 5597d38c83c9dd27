package upload_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"pilotzone/internal/customs/sheets"
	"pilotzone/internal/face/site"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/clock"
	"pilotzone/test/browser/htmlcheck"
)

type stage struct {
	t *testing.T
	z *zonetest.Zone
	h http.Handler
}

func open(t *testing.T, code string) *stage {
	z := zonetest.Open(t, func(c *zone.Config) {
		c.HTTP.Tokens = append(c.HTTP.Tokens, zonetest.Token("payer", "enterprise:"+code), zonetest.Token("stranger", "enterprise:110000000X"))
	})
	return &stage{t, z, site.New(z.Zone).Handler()}
}

func (s *stage) do(as, method, path, kind string, body []byte) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, bytes.NewReader(body))
	r.Header.Set("Authorization", zonetest.Bearer(as))
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") && !strings.Contains(path, "partial") {
		p, err := htmlcheck.Read(bytes.NewReader(w.Body.Bytes()))
		if err != nil {
			s.t.Fatal(err)
		}
		if bad := append(p.Forbidden(), p.Foreign()...); len(bad) > 0 {
			s.t.Errorf("%s %s: %q", method, path, bad)
		}
	}
	return w
}

// payments is a filled sheet of n payments of one enterprise, the second with a
// wrong identity number if spoilt.
func payments(t *testing.T, z *zonetest.Zone, code string, n int, spoilt bool) []byte {
	t.Helper()
	tpl, _ := sheets.TemplateOf("411")
	data, err := tpl.Write(sheets.CodeLists(z.Intake.Rules(), clock.Day(zonetest.Day)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(tpl.Sheet)
	if err != nil {
		t.Fatal(err)
	}
	row := 4
	for i := uint64(0); row < 4+n; i++ {
		p := z.Gen.Parcel(i)
		if p.Payment == nil || p.Payment.Get("payCode") != code {
			continue
		}
		if spoilt && row == 5 {
			p.Payment.Set("payerIdNumber", "110105194912310021")
		}
		for c, name := range rows[2] {
			at, _ := excelize.CoordinatesToCellName(c+1, row)
			if err := f.SetCellStr(tpl.Sheet, at, p.Payment.Get(name)); err != nil {
				t.Fatal(err)
			}
		}
		row++
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func form(t *testing.T, name string, data []byte, policy sheets.Policy) (string, []byte) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	if err := m.WriteField("policy", string(policy)); err != nil {
		t.Fatal(err)
	}
	w, err := m.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return m.FormDataContentType(), b.Bytes()
}

// settled waits until the page of an upload shows that it is over.
func (s *stage) settled(path string) string {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		w := s.do("payer", "GET", path, "", nil)
		if w.Code != 200 {
			s.t.Fatalf("%s: %d", path, w.Code)
		}
		if !strings.Contains(w.Body.String(), "hx-trigger") {
			return w.Body.String()
		}
	}
	s.t.Fatalf("%s never ends", path)
	return ""
}

// TestUploadFromStartToEnd: a sheet with an error sends nothing, the sheet with
// comments comes back, the mended one is sent, and its receipts are there.
func TestUploadFromStartToEnd(t *testing.T) {
	t.Parallel()
	code := zonetest.Traffic(t).Parcel(0).Payment.Get("payCode")
	s := open(t, code)
	if w := s.do("payer", "GET", "/upload", "", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "还没有上传过文件") {
		t.Fatalf("%d", w.Code)
	}
	kind, body := form(t, "月末.xlsx", payments(t, s.z, code, 3, true), sheets.AllOrNone)
	w := s.do("payer", "POST", "/upload", kind, body)
	path := w.Header().Get("Location")
	if w.Code != 303 || !strings.HasPrefix(path, "/upload/") {
		t.Fatalf("%d %s %.300s", w.Code, path, w.Body)
	}
	page := s.settled(path)
	if !strings.Contains(page, "1300") || !strings.Contains(page, path+"/errors.xlsx") || strings.Contains(page, "receipts.xlsx") {
		t.Errorf("%s", page)
	}
	w = s.do("payer", "GET", path+"/errors.xlsx", "", nil)
	f, err := excelize.OpenReader(bytes.NewReader(w.Body.Bytes()))
	if err != nil || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatal(w.Code, err)
	}
	if comments, err := f.GetComments("411 支付凭证"); err != nil || len(comments) != 1 || !strings.HasSuffix(comments[0].Cell, "5") {
		t.Errorf("%v %v", comments, err)
	}
	_ = f.Close()
	kind, body = form(t, "月末.xlsx", payments(t, s.z, code, 3, false), sheets.AllOrNone)
	path = s.do("payer", "POST", "/upload", kind, body).Header().Get("Location")
	if page = s.settled(path); !strings.Contains(page, path+"/receipts.xlsx") || strings.Contains(page, "errors.xlsx") {
		t.Errorf("%s", page)
	}
	if w = s.do("payer", "GET", path+"/receipts.xlsx", "", nil); w.Code != 200 || w.Body.Len() < 1000 {
		t.Errorf("%d", w.Code)
	}
	if w = s.do("payer", "GET", "/upload", "", nil); strings.Count(w.Body.String(), `href="/upload/`) != 2 {
		t.Errorf("list\n%s", w.Body)
	}
	if w = s.do("payer", "POST", path+"/cancel", "application/x-www-form-urlencoded", nil); w.Code != 303 {
		t.Errorf("cancel: %d", w.Code)
	}
}

// TestUploadsAreOnesOwn: another enterprise, an officer and the operator do not
// see an upload, and a visitor is asked to sign in.
func TestUploadsAreOnesOwn(t *testing.T) {
	t.Parallel()
	code := zonetest.Traffic(t).Parcel(0).Payment.Get("payCode")
	s := open(t, code)
	kind, body := form(t, "a.xlsx", payments(t, s.z, code, 1, true), sheets.OnlyCheck)
	path := s.do("payer", "POST", "/upload", kind, body).Header().Get("Location")
	s.settled(path)
	for _, who := range []string{"stranger", "operator"} {
		for _, p := range []string{path, path + "/errors.xlsx", "/upload?before=" + strings.TrimPrefix(path, "/upload/")} {
			if w := s.do(who, "GET", p, "", nil); w.Code != 404 {
				t.Errorf("%s gets %d for %s", who, w.Code, p)
			}
		}
		if w := s.do(who, "GET", "/upload", "", nil); strings.Contains(w.Body.String(), path) {
			t.Errorf("%s sees it in the list", who)
		}
	}
	if w := s.do("officer", "GET", path, "", nil); w.Code != 403 {
		t.Errorf("an officer gets %d", w.Code)
	}
	for name, data := range map[string][]byte{"a.txt": []byte("hello"), "b.xlsx": nil} {
		kind, body := form(t, name, data, sheets.AllOrNone)
		if w := s.do("payer", "POST", "/upload", kind, body); w.Code != 422 || !strings.Contains(w.Body.String(), "field-error") {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

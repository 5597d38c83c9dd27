package preflight_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"pilotzone/internal/customs/sheets"
	"pilotzone/internal/face/site"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/test/browser/htmlcheck"
)

// visit opens a page as a visitor.
func visit(t *testing.T, h http.Handler, method, path, kind string, body []byte) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, bytes.NewReader(body))
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// form writes a form with files.
func form(t *testing.T, fields map[string]string, files map[string][]byte) (kind string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, v := range fields {
		if err := m.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range files {
		w, err := m.CreateFormFile("files", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return m.FormDataContentType(), b.Bytes()
}

// sound holds a page against the rules that all pages keep.
func sound(t *testing.T, what string, w *httptest.ResponseRecorder) {
	t.Helper()
	p, err := htmlcheck.Read(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if bad := append(p.Forbidden(), p.Foreign()...); len(bad) > 0 {
		t.Errorf("%s: %v", what, bad)
	}
}

// TestPreflightPage: without an account, files and pasted text give all defects
// and the decision, in both languages, and nothing of it is stored or cached.
func TestPreflightPage(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	h := site.New(z.Zone).Handler()
	if w := visit(t, h, "GET", "/preflight", "", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "申报预检") {
		t.Fatalf("%d %.500s", w.Code, w.Body)
	} else {
		sound(t, "form", w)
	}
	files := map[string][]byte{}
	for _, k := range zonetest.Kinds {
		files[k.String()+".xml"] = zonetest.Message(t, z.Gen, k, 0, 1)
	}
	before := z.Intake.Durable()
	kind, body := form(t, map[string]string{"used": "100.00"}, files)
	w := visit(t, h, "POST", "/preflight", kind, body)
	if w.Code != 200 || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %s", w.Code, w.Header())
	}
	sound(t, "result", w)
	for _, want := range []string{"没有会被退单的问题", "放行", "组成计税价格", "100.00 → "} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %q in the result", want)
		}
	}
	bad := bytes.Replace(files["CEB311Message.xml"], []byte("<ceb:appStatus>2<"), []byte("<ceb:appStatus>1<"), 1)
	kind, body = form(t, map[string]string{"text": string(bad)}, nil)
	w = visit(t, h, "POST", "/preflight?lang=en", kind, body)
	for _, want := range []string{"Something would be refused", "PZ1009", "To mend: ", "appStatus&gt;1&lt;", "line "} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %q in %.3000s", want, w.Body)
		}
	}
	sound(t, "result with a defect", w)
	if z.Intake.Durable() != before {
		t.Error("something was taken in")
	}
	for name, fields := range map[string]map[string]string{"nothing": {}, "figure": {"used": "much", "text": "<a/>"}} {
		kind, body = form(t, fields, nil)
		if w = visit(t, h, "POST", "/preflight", kind, body); w.Code != 422 || !strings.Contains(w.Body.String(), "field-error") {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if strings.Contains(z.Log.String(), z.Gen.Parcel(0).Buyer.ID) {
		t.Error("an identity number is in the log")
	}
}

// TestAdvisorPage: one trade, all modes, with sources; what can't be read is
// said at its field.
func TestAdvisorPage(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	h := site.New(z.Zone).Handler()
	q := url.Values{"direction": {"import"}, "code1": {"3304990099"}, "value1": {"500"}, "qty1": {"1"}, "weight1": {"0.1"}}
	for _, lang := range []string{"zh", "en"} {
		q.Set("lang", lang)
		w := visit(t, h, "GET", "/advisor?"+q.Encode(), "", nil)
		sound(t, "advisor "+lang, w)
		for _, want := range []string{"9610", "1210", "9710", "9810", "0110", "财关税〔2016〕18号"} {
			if w.Code != 200 || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s: %d, no %q", lang, w.Code, want)
			}
		}
	}
	q.Set("code1", "12")
	q.Set("value1", "x")
	if w := visit(t, h, "GET", "/advisor?"+q.Encode(), "", nil); w.Code != 422 || !strings.Contains(w.Body.String(), "value1-error") {
		t.Errorf("%d", w.Code)
	}
	q.Set("value1", "5")
	if w := visit(t, h, "GET", "/advisor?"+q.Encode(), "", nil); w.Code != 422 || !strings.Contains(w.Body.String(), "code1-error") {
		t.Errorf("%d", w.Code)
	}
	q.Set("code1", "4202210090")
	q.Set("value1", "8000")
	if w := visit(t, h, "GET", "/calculator?"+q.Encode(), "", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "1,582.40") {
		t.Errorf("calculator: %d", w.Code)
	} else {
		sound(t, "calculator", w)
	}
}

// TestTemplatesAreDownloads: every template opens, and is a download.
func TestTemplatesAreDownloads(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	h := site.New(z.Zone).Handler()
	for _, tpl := range sheets.Templates() {
		w := visit(t, h, "GET", "/templates/"+tpl.Name+".xlsx", "", nil)
		f, err := excelize.OpenReader(bytes.NewReader(w.Body.Bytes()))
		if w.Code != 200 || err != nil || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") {
			t.Fatalf("%s: %d %v", tpl.Name, w.Code, err)
		}
		_ = f.Close()
	}
	if w := visit(t, h, "GET", "/templates/999.xlsx", "", nil); w.Code != 404 {
		t.Errorf("%d", w.Code)
	}
}

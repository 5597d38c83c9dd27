// Package pagetest opens a zone with a small day's traffic and all its pages, for
// tests of lists and figures.
package pagetest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/face/site"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/test/browser/htmlcheck"
)

// Stage is a zone with a little traffic and its pages. Its tokens: "operator",
// "officer", "merchant" of an enterprise of the traffic, "stranger" of one
// without parcels.
type Stage struct {
	T        *testing.T
	Zone     *zonetest.Zone
	Site     *site.Site
	Merchant string // its code
	Plan     *traffic.Plan
	server   *httptest.Server
}

// Stranger is the code of the enterprise without parcels.
const Stranger = "110000000X"

// Open plays a small day with troubles of several kinds; edits change the
// configuration, such as the packs.
func Open(t *testing.T, edits ...func(*zone.Config)) *Stage {
	t.Helper()
	merchant := zonetest.Traffic(t).Parcel(0).Route.Merchant.Code
	z := zonetest.Open(t, func(c *zone.Config) {
		c.HTTP.Tokens = append(c.HTTP.Tokens, zonetest.Token("merchant", "enterprise:"+merchant), zonetest.Token("stranger", "enterprise:"+Stranger))
		for _, edit := range edits {
			edit(c)
		}
	})
	plan, err := z.Gen.Plan(120, traffic.Mix{traffic.AmountMismatch: 300, traffic.MissingPayment: 300, traffic.WrongIDCheck: 300, traffic.LineMismatch: 300})
	if err != nil {
		t.Fatal(err)
	}
	for k := range plan.Messages() {
		z.Clock.Set(zonetest.Day.Time().Add(time.Duration(plan.Messages()[k].Second) * time.Second))
		raw, err := plan.Append(nil, k, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := z.Intake.Submit(t.Context(), raw); err != nil {
			t.Fatal(err)
		}
	}
	s := &Stage{T: t, Zone: z, Site: site.New(z.Zone), Merchant: merchant, Plan: plan}
	s.Settle()
	s.server = httptest.NewServer(s.Site.Handler())
	t.Cleanup(s.server.Close)
	return s
}

// Settle waits until the index has come up with the core.
func (s *Stage) Settle() {
	s.T.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		at, err := s.Zone.Lookup.Position(s.T.Context())
		if err != nil {
			s.T.Fatal(err)
		}
		if at >= s.Zone.Intake.Durable() {
			return
		}
		if time.Now().After(deadline) {
			s.T.Fatal("the index does not come up with the core")
		}
	}
}

// Answer is what a page answers.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Page   *htmlcheck.Page
}

// Has tells whether the body has all of the texts.
func (a *Answer) Has(texts ...string) bool {
	for _, t := range texts {
		if !bytes.Contains(a.Body, []byte(t)) {
			return false
		}
	}
	return true
}

// Get fetches an address as the holder of a token.
func (s *Stage) Get(as, path string, header ...string) *Answer {
	s.T.Helper()
	return s.do(as, http.MethodGet, path, nil, header...)
}

// Post sends a form as the holder of a token, without following where it leads.
func (s *Stage) Post(as, path string, form url.Values) *Answer {
	s.T.Helper()
	return s.do(as, http.MethodPost, path, strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded")
}

// Send posts a body of a content type as the holder of a token.
func (s *Stage) Send(as, path, kind string, body []byte) *Answer {
	s.T.Helper()
	return s.do(as, http.MethodPost, path, bytes.NewReader(body), "Content-Type", kind)
}

func (s *Stage) do(as, method, path string, body io.Reader, header ...string) *Answer {
	s.T.Helper()
	req, err := http.NewRequestWithContext(s.T.Context(), method, s.server.URL+path, body)
	if err != nil {
		s.T.Fatal(err)
	}
	req.Header.Set("Authorization", zonetest.Bearer(as))
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := *s.server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		s.T.Fatal(err)
	}
	defer res.Body.Close()
	a := &Answer{Status: res.StatusCode, Header: res.Header}
	if a.Body, err = io.ReadAll(res.Body); err != nil {
		s.T.Fatal(err)
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		if a.Page, err = htmlcheck.Read(bytes.NewReader(a.Body)); err != nil {
			s.T.Fatal(err)
		}
	}
	return a
}

// Fine fetches a page in both languages and holds it against the rules of pages.
func (s *Stage) Fine(as, path string) *Answer {
	s.T.Helper()
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	english := s.Get(as, path+separator+"lang=en")
	a := s.Get(as, path)
	for _, v := range []*Answer{a, english} {
		if v.Page == nil || v.Status != http.StatusOK {
			s.T.Fatalf("%s gets %d for %s\n%s", as, v.Status, path, v.Body)
		}
		if bad := append(v.Page.Forbidden(), v.Page.Foreign()...); len(bad) > 0 {
			s.T.Errorf("%s: %q", path, bad)
		}
	}
	return a
}

// All are all parcels of the zone.
func (s *Stage) All() (out []lookup.Parcel) {
	s.T.Helper()
	err := s.Zone.Lookup.Each(s.T.Context(), lookup.Filter{Within: lookup.Everything()}, func(p *lookup.Parcel) error {
		out = append(out, *p)
		return nil
	})
	if err != nil {
		s.T.Fatal(err)
	}
	return out
}

// Private are texts about persons that must not leave the platform in clear.
func (s *Stage) Private() (out []string) {
	for n := range uint64(120) {
		b := s.Zone.Gen.Parcel(n).Buyer
		out = append(out, b.ID, b.Name, b.Phone)
	}
	return out
}

package facetest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pilotzone/internal/face/gate"
	"pilotzone/internal/face/site"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
)

// stage is a whole site whose callers are known by the word that they bear.
type stage struct {
	t       *testing.T
	zone    *zonetest.Zone
	site    *site.Site
	callers map[string]*access.Principal
	asked   uint32
}

func open(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, callers: map[string]*access.Principal{}}
	s.zone = zonetest.Open(t, func(c *zone.Config) { c.HTTP.Rate, c.HTTP.Burst = 1e6, 1e6 })
	g := gate.New(gate.Config{Audit: s.zone.Audit.Record, Metrics: s.zone.Metrics, Identify: func(_ context.Context, bearer, _ string) (*access.Principal, error) {
		if p, ok := s.callers[bearer]; ok {
			return p, nil
		}
		return nil, access.ErrUnknown
	}})
	s.site = site.At(s.zone.Zone, g)
	return s
}

type request struct {
	as, method, path, body, kind string
}

type answer struct {
	status int
	header http.Header
	body   string
}

// patience is how long an answer may take: a stream that waits for news is cut
// off.
const patience = 2 * time.Second

func (s *stage) ask(v request) answer {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, v.method, v.path, strings.NewReader(v.body))
	// Each from an address of its own: the rate of visitors is not what is held here.
	n := atomic.AddUint32(&s.asked, 1)
	r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:4711", byte(n>>16), byte(n>>8), byte(n))
	if v.as != "" {
		r.Header.Set("Authorization", "Bearer "+v.as)
	}
	if v.kind != "" {
		r.Header.Set("Content-Type", v.kind)
	}
	w := httptest.NewRecorder()
	s.site.Handler().ServeHTTP(w, r)
	body, err := io.ReadAll(w.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{w.Code, w.Header(), string(body)}
}

var wildcard = regexp.MustCompile(`\{([^}]*)\}`)

// fill puts a value into every wildcard of a path.
func fill(path string, value func(name string) string) string {
	path = strings.TrimSuffix(path, "{$}")
	return wildcard.ReplaceAllStringFunc(path, func(w string) string {
		name := strings.TrimSuffix(strings.Trim(w, "{}"), "...")
		return value(name)
	})
}

// contentType is what a route of a kind is sent.
func contentType(r gate.Route) string {
	switch {
	case r.Method() == http.MethodGet || r.Method() == http.MethodDelete:
		return ""
	case r.Kind == gate.Page:
		return "application/x-www-form-urlencoded"
	case strings.HasSuffix(r.Path(), "/messages"):
		return "application/xml"
	}
	return "application/json"
}

package gate_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"pilotzone/internal/face/gate"
	"pilotzone/internal/kernel/access"
)

// TestAddressBehindProxies: X-Forwarded-For counts only from proxies of ours, and
// only what they wrote; what the caller wrote itself is to the left of it.
func TestAddressBehindProxies(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		name, peer string
		header     []string
		want       string
	}{
		{"nobody in between", "203.0.113.7:1", nil, "203.0.113.7"},
		{"a caller who claims to be a proxy", "203.0.113.7:1", []string{"198.51.100.1"}, "203.0.113.7"},
		{"our proxy", "10.0.0.5:1", []string{"203.0.113.7"}, "203.0.113.7"},
		{"our proxy, with what the caller made up", "10.0.0.5:1", []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
		{"two proxies, two headers", "10.0.0.5:1", []string{"198.51.100.1, 203.0.113.7", "10.0.0.6"}, "203.0.113.7"},
		{"IPv4 as IPv6", "[::ffff:10.0.0.5]:1", []string{"::ffff:203.0.113.7"}, "203.0.113.7"},
		{"IPv6", "10.0.0.5:1", []string{"2001:db8::7"}, "2001:db8::7"},
		{"a proxy that says nothing", "10.0.0.5:1", nil, "10.0.0.5"},
		{"nonsense", "10.0.0.5:1", []string{"203.0.113.7, x"}, "10.0.0.5"},
		{"all are proxies", "10.0.0.5:1", []string{"10.0.0.6"}, "10.0.0.6"},
	} {
		got := ""
		g := gate.New(gate.Config{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}})
		g.Handle("GET /x", access.Public, gate.API, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = gate.Address(r) }))
		r := httptest.NewRequest(http.MethodGet, "/x", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = v.peer, v.header
		if g.ServeHTTP(httptest.NewRecorder(), r); got != v.want {
			t.Errorf("%s: %s, want %s", v.name, got, v.want)
		}
	}
}

// TestVisitorsAreBoundedByTheirOwnAddress: behind a proxy one visitor's posts
// don't use up another's.
func TestVisitorsAreBoundedByTheirOwnAddress(t *testing.T) {
	t.Parallel()
	g := gate.New(gate.Config{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.5/32")}})
	g.Handle("POST /x", access.Public, gate.API, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	post := func(from string) int {
		r, w := httptest.NewRequest(http.MethodPost, "/x", nil), httptest.NewRecorder()
		r.RemoteAddr = "10.0.0.5:1"
		r.Header.Set("X-Forwarded-For", from)
		g.ServeHTTP(w, r)
		return w.Code
	}
	last := 0
	for range 40 {
		last = post("203.0.113.7")
	}
	if other := post("203.0.113.8"); last != http.StatusTooManyRequests || other != http.StatusOK {
		t.Errorf("the busy one: %d, another: %d", last, other)
	}
}

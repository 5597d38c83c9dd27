package gate

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"
)

// PagePolicy is the content policy of pages: our own files alone, nothing
// inline, no frames.
const PagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// headers sets what every answer carries. Handlers may tell more exactly how long
// an answer keeps.
func (g *Gate) headers(h http.Header, kind Kind) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if kind == Page {
		h.Set("Content-Security-Policy", PagePolicy)
	}
	if g.secure() {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

// recorder remembers the status for log and metrics.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController through.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// requestMetrics counts requests by pattern, which holds no number of anybody.
type requestMetrics struct {
	count *prometheus.CounterVec
	time  *prometheus.HistogramVec
}

func newRequestMetrics(r prometheus.Registerer) *requestMetrics {
	m := &requestMetrics{
		count: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "pilotzone", Name: "http_requests_total", Help: "Requests by operation and status."}, []string{"operation", "status"}),
		time: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "pilotzone", Name: "http_request_seconds", Help: "Time to answer, by operation.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}}, []string{"operation"}),
	}
	if r != nil {
		r.MustRegister(m.count, m.time)
	}
	return m
}

func (m *requestMetrics) observe(pattern string, status int, took time.Duration) {
	if pattern == "" {
		pattern = "unknown"
	}
	m.count.WithLabelValues(pattern, strconv.Itoa(status)).Inc()
	m.time.WithLabelValues(pattern).Observe(took.Seconds())
}

// Visitors' posts: each is worth some work, so an address may make a few at once
// and then one every two seconds.
const (
	visitorRate  = rate.Limit(0.5)
	visitorBurst = 30
	visitorsKept = 10_000
)

// limiter bounds what each address may do; the oldest addresses are forgotten.
type limiter struct {
	mu    sync.Mutex
	now   map[string]*rate.Limiter
	older map[string]*rate.Limiter
}

func newLimiter() *limiter {
	return &limiter{now: map[string]*rate.Limiter{}, older: map[string]*rate.Limiter{}}
}

// allow tells whether the address may act. Two generations keep the map bounded.
func (l *limiter) allow(address string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := l.now[address]
	if v == nil {
		if v = l.older[address]; v == nil {
			v = rate.NewLimiter(visitorRate, visitorBurst)
		}
		if len(l.now) >= visitorsKept {
			l.now, l.older = map[string]*rate.Limiter{}, l.now
		}
		l.now[address] = v
	}
	return v.Allow()
}

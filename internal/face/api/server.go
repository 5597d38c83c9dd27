// Package api is the platform's interface for programs: HTTP with JSON and the
// customs messages as they are. The OpenAPI document is made from the code
// (/openapi.json, /openapi.yaml) and shown at /docs.
//
// Invariants: errors are problem documents (RFC 9457) in both languages; nothing
// that was sent is repeated in an error, and no body is logged, since it may hold
// personal data; an enterprise's token sees its own alone; what is held in memory
// for requests is bounded, and beyond it callers are told to come back.
package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"golang.org/x/sync/semaphore"

	"pilotzone/internal/face/zone"
)

// Server serves a zone.
type Server struct {
	zone      *zone.Zone
	config    zone.HTTP
	log       *slog.Logger
	guard     *guard
	mux       *http.ServeMux
	api       huma.API
	routes    map[string]route // by the mux's pattern
	bodies    *semaphore.Weighted
	incident  atomic.Uint64
	stopping  chan struct{} // ends long polls
	requests  *requestMetrics
	switching sync.Mutex // one change of packs at a time
}

// route is who may use a path.
type route struct {
	allowed role
	own     bool // no part of the document: pages and the document itself
}

// New makes the interface of a zone.
func New(z *zone.Zone) *Server {
	useProblems()
	s := &Server{zone: z, config: z.Config.HTTP, log: z.Config.Log, guard: newGuard(z.Config.HTTP.Tokens), mux: http.NewServeMux(),
		routes: make(map[string]route), bodies: semaphore.NewWeighted(z.Config.HTTP.BodyBytes), stopping: make(chan struct{}), requests: newRequestMetrics(z.Metrics)}
	c := huma.DefaultConfig("pilotzone", "1.0")
	c.Info.Description = "Online service platform of a cross-border e-commerce pilot zone / 跨境电子商务综合试验区线上综合服务平台"
	c.DocsPath, c.SchemasPath, c.OpenAPIPath = "", "", "" // served by us, without pages of others
	c.CreateHooks = nil                                   // no $schema links in answers
	c.RejectUnknownQueryParameters = true
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer", Description: "Without configured tokens the interface is open on this machine alone."}}
	s.api = humago.New(s.mux, c)
	s.addMessages()
	s.addReceipts()
	s.addParcels()
	s.addCommands()
	s.addQuotes()
	s.addTaxBills()
	s.addEnterprises()
	s.addPacks()
	s.addSystem()
	s.addDocument()
	return s
}

// add registers an operation whose input and output huma describes.
func add[I, O any](s *Server, op huma.Operation, allowed role, handle func(context.Context, *I) (*O, error)) {
	s.prepare(&op, allowed)
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, s.problemOf(ctx, err)
		}
		return out, nil
	})
}

// addPlain registers an operation whose bytes we read and write ourselves.
func (s *Server) addPlain(op huma.Operation, allowed role, handle http.HandlerFunc) {
	s.prepare(&op, allowed)
	s.api.OpenAPI().AddOperation(&op)
	s.mux.HandleFunc(op.Method+" "+op.Path, handle)
}

func (s *Server) prepare(op *huma.Operation, allowed role) {
	s.routes[op.Method+" "+op.Path] = route{allowed: allowed}
	if allowed&everyone == 0 {
		op.Security = []map[string][]string{{"token": {}}}
	}
}

// Handler is the whole interface, with access, limits and log.
func (s *Server) Handler() http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		rec := &recorder{ResponseWriter: w}
		defer func() {
			if v := recover(); v != nil && v != http.ErrAbortHandler { // compared by identity, as net/http does
				s.log.ErrorContext(r.Context(), "handler panicked", "panic", fmt.Sprint(v))
				if rec.status == 0 {
					problem(500, "internal", "内部错误", "internal error", "请重试", "try again").write(rec)
				}
			}
		}()
		_, pattern := s.mux.Handler(r)
		who := s.serve(rec, r, pattern, crossOrigin)
		s.requests.observe(pattern, rec.status, time.Since(began))
		// The path may hold a number that somebody typed: the pattern is logged.
		s.log.DebugContext(r.Context(), "request", "pattern", pattern, "status", rec.status, "caller", who, "duration", time.Since(began))
	})
}

// serve lets the caller through or not.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, pattern string, origin *http.CrossOriginProtection) (caller string) {
	secureHeaders(w.Header())
	known, ok := s.routes[pattern]
	if !ok {
		s.unknown(w, r)
		return ""
	}
	if err := origin.Check(r); err != nil {
		problem(403, "cross_origin", "拒绝其他网站页面发起的请求", "requests from pages of other sites are refused", "", "").write(w)
		return ""
	}
	if known.allowed&everyone == 0 {
		p, bad := s.guard.identify(r)
		if bad == nil && p.role&known.allowed == 0 {
			bad = problem(403, "not_allowed", "无权使用该接口", "this caller may not use the operation", "使用具有相应角色的令牌", "use a token of a role that may")
		}
		if bad != nil {
			if bad.Status == 401 {
				w.Header().Set("WWW-Authenticate", "Bearer")
			}
			bad.write(w)
			return p.name
		}
		caller = p.name
		r = r.WithContext(context.WithValue(r.Context(), principalKey{}, p))
	}
	s.mux.ServeHTTP(w, r)
	return caller
}

// unknown answers paths and methods that there are not.
func (s *Server) unknown(w http.ResponseWriter, r *http.Request) {
	var methods []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut} {
		other := r.Clone(r.Context())
		other.Method = m
		if _, p := s.mux.Handler(other); s.routes[p] != (route{}) {
			methods = append(methods, m)
		}
	}
	if len(methods) > 0 {
		allow := strings.Join(methods, ", ")
		w.Header().Set("Allow", allow)
		problem(405, "method", "该路径不支持此方法", "this path does not take the method", "改用 "+allow, "use "+allow).write(w)
		return
	}
	problem(404, "no_path", "没有该路径", "there is no such path", "接口文档见 /docs", "see /docs").write(w)
}

func secureHeaders(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
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

// Listen opens the configured address. Without tokens an address that others
// reach is refused.
func (s *Server) Listen(ctx context.Context) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", s.config.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %s (监听失败): %w", s.config.Listen, err)
	}
	if err := s.mayServe(l.Addr()); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (s *Server) mayServe(a net.Addr) error {
	if len(s.config.Tokens) > 0 || zone.Local(a.String()) {
		return nil
	}
	return fmt.Errorf("refusing to serve %s to others without tokens: configure http.tokens, or listen on 127.0.0.1 (未配置令牌，拒绝对外监听)", a)
}

// Serve serves until ctx ends, then lets requests under way finish.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if err := s.mayServe(l.Addr()); err != nil {
		return err
	}
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: s.config.ReadTimeout,
		WriteTimeout: s.config.ReadTimeout + longestWait, IdleTimeout: s.config.IdleTimeout, MaxHeaderBytes: s.config.HeaderBytes,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)}
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		close(s.stopping)
		wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.ShutdownTimeout)
		defer cancel()
		done <- server.Shutdown(wait)
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	}
	return <-done
}

// Routes lists all operations as "METHOD /path", for the test that holds them
// against the document.
func (s *Server) Routes() []string {
	var out []string
	for pattern, r := range s.routes {
		if !r.own {
			out = append(out, pattern)
		}
	}
	slices.Sort(out)
	return out
}

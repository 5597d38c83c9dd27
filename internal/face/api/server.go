// Package api is the platform's interface for programs: HTTP with JSON and the
// customs messages as they are. The OpenAPI document is made from the code
// (/openapi.json, /openapi.yaml) and shown at /docs.
//
// Every operation is registered at the gate (package gate) with the permission
// that it needs; how far the permission reaches is asked of the caller
// (access.Of(ctx).Scope, Sees, Parties) by the operation itself.
//
// Invariants: errors are problem documents (RFC 9457) in both languages; nothing
// that was sent is repeated in an error, and no body is logged, since it may hold
// personal data; who has a permission over its own alone sees its own alone, and
// what belongs to others is as if it were not there; what is held in memory for
// requests is bounded, and beyond it callers are told to come back.
package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"golang.org/x/sync/semaphore"

	"pilotzone/internal/customs/preflight"
	"pilotzone/internal/face/gate"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
)

// Server serves a zone.
type Server struct {
	zone     *zone.Zone
	gate     *gate.Gate
	config   zone.HTTP
	log      *slog.Logger
	api      huma.API
	needs    map[string]access.Permission // of the operations, by pattern
	sizes    map[string]int64             // of their bodies, where larger than usual
	limits   *limits
	bodies   *semaphore.Weighted
	visits   *semaphore.Weighted // bodies of visitors, who so take nothing from others
	incident atomic.Uint64
	stopping chan struct{} // ends long polls
	changing sync.Mutex    // one change on a condition (If-Match) at a time
}

// New registers the interface of a zone at its gate.
func New(z *zone.Zone, g *gate.Gate) *Server {
	useProblems()
	s := &Server{zone: z, gate: g, config: z.Config.HTTP, log: z.Config.Log, needs: make(map[string]access.Permission), sizes: make(map[string]int64), limits: newLimits(z.Config.HTTP.Rate, z.Config.HTTP.Burst),
		bodies: semaphore.NewWeighted(z.Config.HTTP.BodyBytes), visits: semaphore.NewWeighted(max(z.Config.HTTP.BodyBytes/4, preflight.MaxBytes)), stopping: make(chan struct{})}
	c := huma.DefaultConfig("pilotzone", "1.0")
	c.Info.Description = "Online service platform of a cross-border e-commerce pilot zone / 跨境电子商务综合试验区线上综合服务平台"
	c.DocsPath, c.SchemasPath, c.OpenAPIPath = "", "", "" // served by us, without pages of others
	c.CreateHooks = nil                                   // no $schema links in answers
	c.RejectUnknownQueryParameters = true
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"key": {Type: "http", Scheme: "bearer", Description: "An API key, or a token of the configuration / 接口密钥或配置令牌"}}
	s.api = humago.New(door{s}, c)
	g.Refuse(gate.API, refuse)
	s.addMessages()
	s.addReceipts()
	s.addParcels()
	s.addSearch()
	s.addStories()
	s.addCommands()
	s.addQueues()
	s.addQuotes()
	s.addCalculators()
	s.addPlans()
	s.addCultivation()
	s.addPolicy()
	s.addDirectories()
	s.addPreflight()
	s.addSheets()
	s.addTaxBills()
	s.addEnterprises()
	s.addParks()
	s.addPassport()
	s.addMatters()
	s.addDesk()
	s.addPacks()
	s.addFacts()
	s.addAudit()
	s.addWebhooks()
	s.addSystem()
	s.addDocument()
	return s
}

// door registers what huma makes at the gate.
type door struct{ s *Server }

// HandleFunc implements humago.Mux.
func (d door) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	d.s.gate.Handle(pattern, d.s.needs[pattern], gate.API, d.s.wrap(pattern, http.HandlerFunc(h)))
}

// ServeHTTP implements humago.Mux.
func (d door) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.s.gate.ServeHTTP(w, r) }

// add registers an operation whose input and output huma describes.
func add[I, O any](s *Server, op huma.Operation, need access.Permission, handle func(context.Context, *I) (*O, error)) {
	s.prepare(&op, need)
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, s.problemOf(ctx, err)
		}
		return out, nil
	})
}

// addPlain registers an operation whose bytes we read and write ourselves.
func (s *Server) addPlain(op huma.Operation, need access.Permission, handle http.HandlerFunc) {
	s.prepare(&op, need)
	s.api.OpenAPI().AddOperation(&op)
	door{s}.HandleFunc(op.Method+" "+op.Path, handle)
}

func (s *Server) prepare(op *huma.Operation, need access.Permission) {
	s.needs[op.Method+" "+op.Path] = need
	s.sizes[op.Method+" "+op.Path] = op.MaxBodyBytes
	describeShared(op, need)
	if need != access.Public {
		op.Security = []map[string][]string{{"key": {}}}
	}
}

// refuse answers those whom the gate does not let through.
func refuse(w http.ResponseWriter, _ *http.Request, d gate.Denial) {
	problem(d.Status, d.Code, d.ZH, d.EN, d.FixZH, d.FixEN).after(d.Retry).write(w)
}

// Handler is the gate: the interface and whatever else was registered there.
func (s *Server) Handler() http.Handler { return s.gate }

// Listen opens the configured address.
func (s *Server) Listen(ctx context.Context) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", s.config.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %s (监听失败): %w", s.config.Listen, err)
	}
	return l, nil
}

// Serve serves until ctx ends, then lets requests under way finish.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
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
	for pattern := range s.needs {
		out = append(out, pattern)
	}
	slices.Sort(out)
	return out
}

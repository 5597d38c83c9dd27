// Package console is the platform in the browser: the start page with the flow of
// the day, and the page of a parcel that tells its whole story.
//
// Invariants: pages are rendered by the server and work without scripts; no
// inline style or script, so that the content policy can forbid them; Chinese
// first, English beside it, and the other way round with ?lang=en; every figure
// comes from the stream of decisions or the search index, none is typed in; no
// personal data is shown, since decisions hold none in clear.
package console

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/gate"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/refdata"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// Index finds parcels and their decisions; *lookup.Index is one.
type Index interface {
	Find(ctx context.Context, number string) ([]lookup.Parcel, error)
	Parcel(ctx context.Context, number uint64) (*lookup.Parcel, []*clearance.Decision, error)
}

// Config is what the pages show.
type Config struct {
	Index Index
	Flow  *Flow
	Rules func() *refdata.Book // in force
	Log   *slog.Logger
	// Live tells whether traffic is being played, so that the start page loads
	// itself again; nil: never.
	Live func() bool
}

// Console serves the pages.
type Console struct {
	Config
	pages map[string]*template.Template
	mux   *http.ServeMux
}

// New makes the console. The caller feeds Config.Flow, see Flow.Follow.
func New(c Config) *Console {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	k := &Console{Config: c, pages: map[string]*template.Template{}, mux: http.NewServeMux()}
	for _, page := range []string{"start", "parcel", "find", "fault"} {
		k.pages[page] = template.Must(template.New("frame.html").Funcs(functions).ParseFS(templateFiles, "templates/frame.html", "templates/"+page+".html"))
	}
	k.mux.HandleFunc("GET /{$}", k.start)
	k.mux.HandleFunc("GET /parcels/{number}", k.parcel)
	k.mux.HandleFunc("GET /find", k.find)
	static, err := fs.Sub(staticFiles, "static")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	k.mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServerFS(static)))
	return k
}

// Of makes the console of a running zone and the flow that it shows.
func Of(z *zone.Zone) *Console {
	return New(Config{Index: z.Lookup, Flow: NewFlow(), Rules: z.Intake.Rules, Log: z.Config.Log})
}

// Patterns are the paths that the console serves, for the mux that it is
// mounted on.
func Patterns() []string {
	return []string{"GET /{$}", "GET /parcels/{number}", "GET /find", "GET /static/"}
}

// Register puts the pages at the gate. They show all of the zone, so they are
// for those who may see it whole.
func (k *Console) Register(g *gate.Gate) {
	for _, pattern := range Patterns() {
		need, kind := access.SystemRead, gate.Page
		if strings.Contains(pattern, "/static/") {
			need, kind = access.Public, gate.Asset
		}
		g.Handle(pattern, need, kind, k)
	}
}

// policy allows our own style sheet, images and forms, and nothing else.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// ServeHTTP implements http.Handler.
func (k *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	k.mux.ServeHTTP(w, r)
}

// show renders a page whole before anything is sent, so that a fault in it is an
// error page and not half a page.
func (k *Console) show(w http.ResponseWriter, status int, page string, data any) {
	var b bytes.Buffer
	if err := k.pages[page].Execute(&b, data); err != nil {
		k.Log.Error("page failed", "page", page, "error", err)
		http.Error(w, "内部错误 internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the reader has gone: nobody to tell
}

// fault shows what went wrong and what to do.
type fault struct {
	frame
	What, Mend Pair
}

func (k *Console) fault(w http.ResponseWriter, r *http.Request, status int, what, mend Pair) {
	k.show(w, status, "fault", fault{k.frame(r, what), what, mend})
}

func (k *Console) failed(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, lookup.ErrNotFound) {
		k.fault(w, r, http.StatusNotFound, Pair{"没有该包裹", "There is no such parcel"},
			Pair{"核对号码；刚受理的包裹数秒后可查", "Check the number; a parcel that has just come in can be found after some seconds"})
		return
	}
	k.Log.ErrorContext(r.Context(), "page failed", "error", err)
	k.fault(w, r, http.StatusServiceUnavailable, Pair{"暂时无法读取数据", "The data can't be read now"}, Pair{"请稍后重试", "Try again in a while"})
}

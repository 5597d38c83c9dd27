package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/time/rate"

	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/once"
)

// wrap lays around an operation what all of them have: limits, the sandbox,
// idempotency keys, entity tags.
func (s *Server) wrap(pattern string, h http.Handler) http.Handler {
	method, path, _ := strings.Cut(pattern, " ")
	switch {
	case method == http.MethodPost && makes(s.needs[pattern]):
		h = s.idempotent(h, s.bodyLimit(pattern))
	case method == http.MethodGet && strings.Contains(path, "{"):
		h = tagged(h)
	}
	if n := s.sizes[pattern]; n > jsonBody {
		h = s.held(h, n)
	}
	changes := method != http.MethodGet && s.needs[pattern] != access.Public && pattern != submitPattern
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := access.Of(r.Context())
		if p != nil && p.Sandbox {
			w.Header().Set("Sandbox", "true")
			if changes {
				problem(403, "sandbox", "沙箱密钥不改变任何数据：只能报送（试算后丢弃）、试算与查询", "a sandbox key changes nothing: it sends messages, which are judged and thrown away, it quotes and reads",
					"使用正式密钥", "use a live key").write(w)
				return
			}
		}
		if bad := s.limits.take(w.Header(), p); bad != nil {
			bad.write(w)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// makes tells whether operations of a permission can be done once and answered
// again. What needs no account is not kept for anybody; and each reading of
// personal data is one of its own, entered in the chain, whose answer nobody keeps.
func makes(need access.Permission) bool {
	return need != access.Public && need != access.PersonalClear
}

// describeShared adds what all operations of a kind have to the document.
func describeShared(op *huma.Operation, need access.Permission) {
	text := &huma.Schema{Type: huma.TypeString}
	header := func(name, about string) {
		op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: "header", Description: about, Schema: text})
	}
	switch {
	case need == access.Public:
		return
	case op.Method == http.MethodPost && makes(need):
		header("Idempotency-Key", "A key of your own, up to 255 characters: the same request with the same key happens once and is answered alike for 24 hours (幂等键).")
		op.Errors = append(op.Errors, 409, 422)
	case op.Method == http.MethodGet && strings.Contains(op.Path, "{"):
		header("If-None-Match", "ETag of the last answer: 304 if nothing has changed.")
		if op.Responses == nil {
			op.Responses = map[string]*huma.Response{}
		}
		op.Responses["304"] = &huma.Response{Description: "Not changed since the answer with this ETag."}
	}
	op.Errors = append(op.Errors, 401, 403, 429)
	slices.Sort(op.Errors)
	op.Errors = slices.Compact(op.Errors)
}

// limits bound how much each program may ask. The oldest are forgotten.
type limits struct {
	rate  rate.Limit
	burst int

	mu         sync.Mutex
	now, older map[string]*rate.Limiter
}

// programsKept is how many programs are known at a time, twice.
const programsKept = 4096

func newLimits(perSecond float64, burst int) *limits {
	return &limits{rate: rate.Limit(perSecond), burst: burst, now: map[string]*rate.Limiter{}, older: map[string]*rate.Limiter{}}
}

// take counts a request of a caller that is a program or a person; visitors are
// bounded at the gate.
func (l *limits) take(h http.Header, p *access.Principal) *Problem {
	if p == nil {
		return nil
	}
	id := p.ID
	if p.Key != "" {
		id = p.Key
	}
	v := l.of(id)
	allowed := v.Allow()
	left := math.Max(v.Tokens(), 0)
	h.Set("RateLimit-Limit", strconv.Itoa(l.burst))
	h.Set("RateLimit-Remaining", strconv.Itoa(int(left)))
	h.Set("RateLimit-Reset", strconv.Itoa(int(math.Ceil((float64(l.burst)-left)/float64(l.rate)))))
	if allowed {
		return nil
	}
	return problem(429, "rate", "请求过于频繁，超出该密钥的速率", "more requests than the key may make", "等待 Retry-After 秒后重试", "wait for Retry-After seconds").
		after(max(1, int(math.Ceil(1/float64(l.rate)))))
}

func (l *limits) of(id string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := l.now[id]
	if v != nil {
		return v
	}
	if v = l.older[id]; v == nil {
		v = rate.NewLimiter(l.rate, l.burst)
	}
	if len(l.now) >= programsKept {
		l.now, l.older = map[string]*rate.Limiter{}, l.now
	}
	l.now[id] = v
	return v
}

const (
	mostKey    = 255
	mostAnswer = 1 << 20 // larger answers are not kept
	jsonBody   = 1 << 20
)

// bodyLimit is how large a body of an operation may be.
func (s *Server) bodyLimit(pattern string) int64 {
	if pattern == submitPattern {
		return int64(s.zone.Config.Intake.MaxMessage)
	}
	if n := s.sizes[pattern]; n > 0 {
		return n
	}
	return jsonBody
}

// idempotent makes a request with a key happen once (幂等键).
func (s *Server) idempotent(next http.Handler, limit int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, p := r.Header.Get("Idempotency-Key"), access.Of(r.Context())
		if key == "" || p == nil {
			next.ServeHTTP(w, r)
			return
		}
		if len(key) > mostKey {
			problem(422, "idempotency_key", "幂等键过长", "the idempotency key is too long", "不超过 255 个字符", "at most 255 characters").write(w)
			return
		}
		release, bad := s.hold(r, limit)
		if bad != nil {
			bad.write(w)
			return
		}
		defer release()
		s.first(w, r, next, callOf(p, key, r))
	})
}

// held reads large bodies within what may be held for all, so that many at once
// don't take all memory.
func (s *Server) held(next http.Handler, limit int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		release, bad := s.hold(r, limit)
		if bad != nil {
			bad.write(w)
			return
		}
		defer release()
		next.ServeHTTP(w, r)
	})
}

// hold reads a body into memory, within what may be held for all, or for all
// visitors. One that is held already stays so.
func (s *Server) hold(r *http.Request, limit int64) (release func(), bad *Problem) {
	if _, ok := r.Body.(*heldBody); ok {
		return func() {}, nil
	}
	bodies := s.bodies
	if access.Of(r.Context()) == nil {
		bodies = s.visits
	}
	size := r.ContentLength
	if size > limit {
		return nil, tooLarge(limit)
	}
	if size < 0 {
		size = limit
	}
	if !bodies.TryAcquire(size) {
		return nil, ofIntake(intake.ErrBusy)
	}
	body, err := readBody(r.Body, r.ContentLength, size)
	if err != nil {
		bodies.Release(size)
		if errors.Is(err, intake.ErrTooLarge) {
			return nil, tooLarge(limit)
		}
		return nil, s.problemOf(r.Context(), err)
	}
	r.Body, r.ContentLength = &heldBody{Reader: bytes.NewReader(body), bytes: body}, int64(len(body))
	return func() { bodies.Release(size) }, nil
}

func tooLarge(limit int64) *Problem {
	most := strconv.FormatInt(limit>>20, 10) + " MiB"
	return problem(413, "too_large", "请求体过大", "the body is too large", "缩小或拆分：至多 "+most, "make it smaller or split it: at most "+most)
}

// heldBody is a body that was read already.
type heldBody struct {
	*bytes.Reader
	bytes []byte
}

// Close implements io.Closer.
func (*heldBody) Close() error { return nil }

func callOf(p *access.Principal, key string, r *http.Request) *once.Call {
	h := sha256.New()
	for _, part := range []string{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("Content-Type")} {
		io.WriteString(h, strconv.Itoa(len(part))+" "+part)
	}
	if b, ok := r.Body.(*heldBody); ok {
		h.Write(b.bytes)
	}
	c := &once.Call{Caller: p.ID, Key: key}
	h.Sum(c.Input[:0])
	return c
}

// first does a request, or answers it as it was answered before.
func (s *Server) first(w http.ResponseWriter, r *http.Request, next http.Handler, c *once.Call) {
	ctx := r.Context()
	before, err := s.zone.Once.Begin(ctx, c)
	switch {
	case errors.Is(err, once.ErrOther):
		problem(422, "idempotency_key", "该幂等键已用于其他内容", "the idempotency key was used with another input", "为新的请求使用新的键", "use a new key for a new request").write(w)
		return
	case errors.Is(err, once.ErrUnderWay):
		problem(409, "under_way", "相同幂等键的请求正在处理", "the first request with this key is under way", "等待 Retry-After 秒后重试", "wait for Retry-After seconds").after(1).write(w)
		return
	case err != nil:
		s.problemOf(ctx, err).write(w)
		return
	case before != nil:
		w.Header().Set("Idempotent-Replayed", "true")
		w.Header().Set("Content-Type", before.Kind)
		w.WriteHeader(before.Status)
		_, _ = w.Write(before.Body) // the client has gone
		return
	}
	out := &capture{w: w, limit: mostAnswer}
	kept := false
	defer func() {
		if !kept { // not done, not known, or too large to keep: it may be done again
			if err := s.zone.Once.Abandon(withoutEnd(ctx), c); err != nil {
				s.log.WarnContext(ctx, "an idempotency key stays taken", "error", err)
			}
		}
		out.finish()
	}()
	next.ServeHTTP(out, r)
	if out.through || out.status >= 500 || out.status == 429 || out.status == 401 || out.status == 403 {
		return
	}
	answer := once.Answer{Status: out.status, Kind: w.Header().Get("Content-Type"), Body: out.body.Bytes()}
	if err := s.zone.Once.Finish(withoutEnd(ctx), c, answer); err != nil {
		s.log.WarnContext(ctx, "an answer was not kept for its idempotency key", "error", err)
		return
	}
	kept = true
}

// capture holds an answer back, up to a size; beyond it goes through.
type capture struct {
	w       http.ResponseWriter
	limit   int
	status  int
	body    bytes.Buffer
	through bool
}

// Header implements http.ResponseWriter.
func (c *capture) Header() http.Header { return c.w.Header() }

// WriteHeader implements http.ResponseWriter.
func (c *capture) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
}

// Write implements http.ResponseWriter.
func (c *capture) Write(b []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	if !c.through && c.body.Len()+len(b) > c.limit {
		c.finish()
		c.through = true
	}
	if c.through {
		return c.w.Write(b)
	}
	return c.body.Write(b)
}

// finish sends what was held back.
func (c *capture) finish() {
	if c.through {
		return
	}
	c.through = true
	if c.status == 0 {
		c.status = http.StatusOK
	}
	c.w.WriteHeader(c.status)
	_, _ = c.w.Write(c.body.Bytes()) // the client has gone
}

// tagged gives an answer its entity tag, and leaves it out where the caller has
// it already.
func tagged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &capture{w: w, limit: mostAnswer}
		w.Header().Set("Cache-Control", "private, no-cache") // unless the answer must not be kept at all
		next.ServeHTTP(out, r)
		if out.through {
			return
		}
		if out.status != http.StatusOK {
			w.Header().Set("Cache-Control", "no-store")
			out.finish()
			return
		}
		tag := w.Header().Get("ETag")
		if tag == "" {
			sum := sha256.Sum256(out.body.Bytes())
			tag = `"` + hex.EncodeToString(sum[:16]) + `"`
			w.Header().Set("ETag", tag)
		}
		if matches(r.Header.Get("If-None-Match"), tag) {
			w.Header().Del("Content-Type")
			w.Header().Del("Content-Length")
			w.WriteHeader(http.StatusNotModified)
			return
		}
		out.finish()
	})
}

// matches tells whether a list of tags holds one, compared weakly.
func matches(list, tag string) bool {
	for _, v := range strings.Split(list, ",") {
		if v = strings.TrimPrefix(strings.TrimSpace(v), "W/"); v == "*" || v != "" && v == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

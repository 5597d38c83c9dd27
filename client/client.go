// Package client talks to the interface of a pilotzone platform: messages in,
// receipts out, parcels, pre-flight, webhooks.
//
//	c, err := client.New("https://zone.example.cn", os.Getenv("PILOTZONE_KEY"))
//	…
//	ack, err := c.Submit(ctx, order)
//	for r, err := range c.Receipts(ctx, client.ReceiptQuery{After: cursor}) { … }
//
// A request that may be repeated is repeated: when the platform is busy or away,
// with growing pauses and as the platform asks (Retry-After), under one
// idempotency key, so that it happens once. What the platform refuses is a
// *Problem, with cause and cure in Chinese and English.
package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Client is a caller with its key. It is safe for concurrent use.
type Client struct {
	base     *url.URL
	key      string
	http     *http.Client
	attempts int
	pause    time.Duration
}

// Option changes a client.
type Option func(*Client)

// WithHTTP uses another HTTP client.
func WithHTTP(c *http.Client) Option { return func(v *Client) { v.http = c } }

// WithRetries says how often a request is tried at most, and the first pause,
// which doubles up to half a minute. Default: 6 times, 500 ms.
func WithRetries(attempts int, pause time.Duration) Option {
	return func(v *Client) { v.attempts, v.pause = max(attempts, 1), pause }
}

// New makes a client of the platform at an address, such as
// https://zone.example.cn. The key comes from wherever the caller keeps secrets;
// it is never logged and stands in no error.
func New(address, key string, options ...Option) (*Client, error) {
	u, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("client: %q is no address of a platform (地址无效)", address)
	}
	c := &Client{base: u, key: key, http: &http.Client{Timeout: 2 * time.Minute}, attempts: 6, pause: 500 * time.Millisecond}
	for _, o := range options {
		o(c)
	}
	return c, nil
}

// Problem is what the platform refuses (RFC 9457), in both languages.
type Problem struct {
	Status   int           `json:"status"`
	Code     string        `json:"code"` // stable
	Detail   string        `json:"detail"`
	DetailZH string        `json:"detail_zh"`
	Fix      string        `json:"fix"`
	FixZH    string        `json:"fix_zh"`
	Errors   []ProblemItem `json:"errors"`

	// RetryAfter is how long the platform asks to wait; 0: it does not say.
	RetryAfter time.Duration `json:"-"`
}

// ProblemItem is one fault among several.
type ProblemItem struct {
	Path      string `json:"path"` // XML path, or field of the request
	Line      int    `json:"line"`
	Code      string `json:"code"`
	Message   string `json:"message"`
	MessageZH string `json:"message_zh"`
	Fix       string `json:"fix"`
	FixZH     string `json:"fix_zh"`
}

// Error says what happened and how to mend it, in English.
func (p *Problem) Error() string {
	text := fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail)
	if p.Fix != "" {
		text += " (" + p.Fix + ")"
	}
	return text
}

// Chinese says what happened and how to mend it, in Chinese.
func (p *Problem) Chinese() string {
	if p.FixZH == "" {
		return p.DetailZH
	}
	return p.DetailZH + "（" + p.FixZH + "）"
}

// again tells whether the same request may be answered otherwise later.
func (p *Problem) again() bool {
	return p.Status == http.StatusTooManyRequests || p.Status == http.StatusConflict && p.Code == "under_way" || p.Status == http.StatusBadGateway ||
		p.Status == http.StatusServiceUnavailable || p.Status == http.StatusGatewayTimeout
}

// Request is one call beneath the methods of Client.
type Request struct {
	Method, Path string
	Query        url.Values
	Type         string // content type of Body
	Accept       string // application/json if ""
	Body         []byte
	Key          string // idempotency key; drawn for a POST if ""
	IfMatch      string
}

// Do sends a request as often as it takes and returns the body of the answer.
// Errors: *Problem; the context's; the network's, of the last attempt.
func (c *Client) Do(ctx context.Context, r Request) ([]byte, http.Header, error) {
	if r.Key == "" && r.Method == http.MethodPost {
		r.Key = rand.Text()
	}
	pause := c.pause
	for attempt := 1; ; attempt++ {
		body, header, err := c.once(ctx, &r)
		var p *Problem
		switch {
		case err == nil, ctx.Err() != nil, attempt >= c.attempts:
			return body, header, err
		case errors.As(err, &p) && !p.again():
			return nil, header, err
		}
		wait := pause/2 + time.Duration(mrand.Int64N(int64(pause)+1))
		if p != nil {
			wait = max(wait, p.RetryAfter)
		}
		pause = min(2*pause, 30*time.Second)
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil, header, ctx.Err()
		}
	}
}

const mostBody = 64 << 20

func (c *Client) once(ctx context.Context, r *Request) ([]byte, http.Header, error) {
	address := *c.base
	address.Path += r.Path
	address.RawQuery = r.Query.Encode()
	req, err := http.NewRequestWithContext(ctx, r.Method, address.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, nil, err
	}
	if r.Accept == "" {
		r.Accept = "application/json"
	}
	for name, value := range map[string]string{"Accept": r.Accept, "Content-Type": r.Type, "Idempotency-Key": r.Key, "If-Match": r.IfMatch} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, nil, fmt.Errorf("client: %s %s: %w", r.Method, r.Path, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostBody))
	if err != nil {
		return nil, resp.Header, fmt.Errorf("client: %s %s: %w", r.Method, r.Path, err)
	}
	if resp.StatusCode >= 300 {
		return nil, resp.Header, problemOf(resp, body)
	}
	return body, resp.Header, nil
}

// problemOf reads a problem; what comes from something before the platform has
// none.
func problemOf(resp *http.Response, body []byte) *Problem {
	p := &Problem{}
	if json.Unmarshal(body, p) != nil || p.Code == "" {
		p = &Problem{Code: "http", Detail: http.StatusText(resp.StatusCode), DetailZH: "服务返回 " + resp.Status}
	}
	p.Status = resp.StatusCode
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
		p.RetryAfter = time.Duration(seconds) * time.Second
	}
	return p
}

// call sends and receives JSON.
func call[Out any](ctx context.Context, c *Client, r Request, in any) (*Out, error) {
	if in != nil {
		body, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		r.Body, r.Type = body, "application/json"
	}
	body, _, err := c.Do(ctx, r)
	if err != nil {
		return nil, err
	}
	out := new(Out)
	if len(body) == 0 {
		return out, nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return nil, fmt.Errorf("client: %s %s: %w", r.Method, r.Path, err)
	}
	return out, nil
}

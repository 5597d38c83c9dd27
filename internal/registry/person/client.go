package person

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// ClientConfig says where the verification service is and how patient we are.
// Zero values take the defaults.
type ClientConfig struct {
	URL      string        // https://…; plain http is taken for this machine alone
	Token    string        // sent as bearer token
	Timeout  time.Duration // of one try; default 3 s
	Retries  int           // after the first try; default 2; -1: none
	Pause    time.Duration // before the first retry, doubled; default 200 ms
	Failures int           // questions in a row that open the circuit breaker; default 5
	Open     time.Duration // how long it stays open; default 15 s
}

// Client asks a verification service over HTTP with JSON:
//
//	POST URL  {"name":"…","id_type":"1","id_number":"…"}
//	200       {"result":"match"|"mismatch"|"unknown"}
//
// 400 and 422 mean that the service can't tell about this identity. All else is
// no answer.
type Client struct {
	c       ClientConfig
	http    *retryablehttp.Client
	breaker *breaker
}

// NewClient makes a client. The error says what is wrong with the address.
func NewClient(c ClientConfig) (*Client, error) {
	if err := usable(c.URL); err != nil {
		return nil, err
	}
	set := func(v *time.Duration, to time.Duration) {
		if *v == 0 {
			*v = to
		}
	}
	set(&c.Timeout, 3*time.Second)
	set(&c.Pause, 200*time.Millisecond)
	set(&c.Open, 15*time.Second)
	if c.Retries == 0 {
		c.Retries = 2
	}
	if c.Failures == 0 {
		c.Failures = 5
	}
	h := retryablehttp.NewClient()
	h.Logger = nil // it would write addresses and bodies' errors
	h.RetryMax, h.RetryWaitMin, h.RetryWaitMax = max(0, c.Retries), c.Pause, 16*c.Pause
	h.HTTPClient.Timeout = c.Timeout
	h.HTTPClient.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	h.ErrorHandler = retryablehttp.PassthroughErrorHandler
	return &Client{c: c, http: h, breaker: &breaker{failures: c.Failures, pause: c.Open, now: time.Now}}, nil
}

// usable: identities travel encrypted, or not at all.
func usable(address string) error {
	u, err := url.Parse(address)
	if err == nil && u.Scheme == "https" && u.Host != "" {
		return nil
	}
	if err == nil && u.Scheme == "http" && local(u.Hostname()) {
		return nil
	}
	return errors.New("the address of the verification service must be https://…, or http:// on this machine (身份核验服务地址须为 https)")
}

func local(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// Open tells whether the circuit breaker keeps questions back.
func (c *Client) Open() bool { return c.breaker.open() }

type question struct {
	Name   string `json:"name"`
	Type   string `json:"id_type"` // 1: resident identity card, as in the messages
	Number string `json:"id_number"`
}

// Verify asks the service. Errors: ErrDown, ErrRefused, the context's.
func (c *Client) Verify(ctx context.Context, who Identity) (Result, error) {
	if !c.breaker.allow() {
		return 0, ErrDown
	}
	// However long the service asks us to wait, a question ends.
	patience, cancel := context.WithTimeout(ctx, time.Duration(1+c.http.RetryMax)*(c.c.Timeout+c.http.RetryWaitMax))
	defer cancel()
	r, err := c.ask(patience, who)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	c.breaker.done(err == nil || ctx.Err() != nil)
	return r, err
}

func (c *Client) ask(ctx context.Context, who Identity) (Result, error) {
	body, err := json.Marshal(question{Name: who.Name, Type: "1", Number: who.Number})
	if err != nil {
		return 0, err
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, c.c.URL, body)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	if c.c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.c.Token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, fmt.Errorf("%w: %s", ErrDown, cause(err))
	}
	defer res.Body.Close()
	return read(res)
}

// cause names a transport error without its address.
func cause(err error) string {
	var t net.Error
	if errors.As(err, &t) && t.Timeout() {
		return "time-out (超时)"
	}
	return "connection failed (连接失败)"
}

const maxAnswer = 64 << 10

func read(res *http.Response) (Result, error) {
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return Unknown, nil
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
		return 0, ErrRefused
	default:
		return 0, fmt.Errorf("%w: HTTP %d", ErrDown, res.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil || len(data) > maxAnswer {
		return 0, fmt.Errorf("%w: its answer broke off or is too long (应答中断或过长)", ErrDown)
	}
	return parse(data)
}

// parse reads an answer; what is no answer is no result.
func parse(data []byte) (Result, error) {
	var a struct {
		Result string `json:"result"`
	}
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&a); err != nil {
		return 0, fmt.Errorf("%w: its answer is no JSON (应答不是 JSON)", ErrDown)
	}
	switch a.Result {
	case "match":
		return Verified, nil
	case "mismatch":
		return Mismatch, nil
	case "unknown":
		return Unknown, nil
	}
	return 0, fmt.Errorf("%w: its answer has no result that we know (应答没有可识别的结果)", ErrDown)
}

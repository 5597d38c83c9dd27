// Package register asks the business register (市场主体登记信息查询) about a unified
// social credit code: whether it was issued, to whom, and whether the enterprise
// still is in business. A code whose check digit fails may be lawful (some were
// issued early, in pilot areas), and only the register can tell.
//
// Invariants: an outage is an answer of its own (ErrDown) and never a refusal;
// answers are bounded; redirects are not followed.
package register

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Status is what the register says of an enterprise (登记状态).
type Status string

// The states of an enterprise.
const (
	InBusiness Status = "active"    // 存续（在营、开业、在册）
	Revoked    Status = "revoked"   // 吊销
	Cancelled  Status = "cancelled" // 注销
)

// Entry is what the register knows of a code.
type Entry struct {
	USCC   string `json:"uscc"`
	Name   string `json:"name"` // of the enterprise
	Status Status `json:"status"`
}

// Register looks codes up; *Client is one.
type Register interface {
	// Lookup returns the entry of a code. Errors: ErrUnknown, ErrDown, the context's.
	Lookup(ctx context.Context, uscc string) (*Entry, error)
}

// Errors of a look-up.
var (
	ErrUnknown = errors.New("register: it knows no such code / 登记机关查无此代码")
	ErrDown    = errors.New("register: no answer: try again later / 登记查询服务无响应，请稍后再试")
)

// Config says where the register's service is. Zero values take the defaults.
type Config struct {
	URL     string        // https://…; plain http is taken for this machine alone
	Token   string        // sent as bearer token
	Timeout time.Duration // of one try; default 3 s
	Retries int           // after the first try; default 2; -1: none
	Pause   time.Duration // before the first retry; default 200 ms
}

// Client asks over HTTP with JSON:
//
//	GET URL?uscc=CODE
//	200  {"uscc":"…","name":"…","status":"active"|"revoked"|"cancelled"}
//	404  there is no such code
type Client struct {
	c    Config
	http *retryablehttp.Client
}

// New makes a client. The error says what is wrong with the address.
func New(c Config) (*Client, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !local(u.Hostname())) {
		return nil, errors.New("the address of the register must be https://…, or http:// on this machine (登记查询服务地址须为 https)")
	}
	if c.Timeout == 0 {
		c.Timeout = 3 * time.Second
	}
	if c.Retries == 0 {
		c.Retries = 2
	}
	if c.Pause == 0 {
		c.Pause = 200 * time.Millisecond
	}
	h := retryablehttp.NewClient()
	h.Logger = nil
	h.RetryMax, h.RetryWaitMin, h.RetryWaitMax = max(0, c.Retries), c.Pause, 8*c.Pause
	h.HTTPClient.Timeout = c.Timeout
	h.HTTPClient.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	h.ErrorHandler = retryablehttp.PassthroughErrorHandler
	return &Client{c: c, http: h}, nil
}

func local(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// maxAnswer bounds an answer in bytes.
const maxAnswer = 64 << 10

// Lookup implements Register.
func (c *Client) Lookup(ctx context.Context, uscc string) (*Entry, error) {
	patience, cancel := context.WithTimeout(ctx, time.Duration(1+c.http.RetryMax)*(c.c.Timeout+c.http.RetryWaitMax))
	defer cancel()
	join := "?"
	if strings.Contains(c.c.URL, "?") {
		join = "&"
	}
	req, err := retryablehttp.NewRequestWithContext(patience, http.MethodGet, c.c.URL+join+"uscc="+url.QueryEscape(uscc), nil)
	if err != nil {
		return nil, fmt.Errorf("register: %w", err)
	}
	if c.c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.c.Token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, ErrDown
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		return read(io.LimitReader(resp.Body, maxAnswer), uscc)
	case http.StatusNotFound:
		return nil, ErrUnknown
	}
	return nil, ErrDown
}

// read takes an answer that is about the code asked for.
func read(r io.Reader, uscc string) (*Entry, error) {
	var e Entry
	if err := json.NewDecoder(r).Decode(&e); err != nil || e.USCC != uscc || e.Status != InBusiness && e.Status != Revoked && e.Status != Cancelled {
		return nil, ErrDown
	}
	return &e, nil
}

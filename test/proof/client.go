package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// answer is what the interface answers to a message, as far as the proof reads it.
type answer struct {
	Documents []documentAnswer `json:"documents"`
}

type documentAnswer struct {
	Input  uint64 `json:"input"`
	Kind   int    `json:"kind"`
	Number string `json:"number"`
	What   string `json:"what"`
}

// problem is an error of the interface (RFC 9457).
type problem struct {
	Status   int    `json:"status"`
	Code     string `json:"code"`
	Detail   string `json:"detail"`
	DetailZH string `json:"detail_zh"`
	Fix      string `json:"fix"`
	FixZH    string `json:"fix_zh"`
}

// clients send the messages of a supply to an interface, several at a time.
type clients struct {
	supply *supply
	number int
	// lost is told of a request that got no answer; nil: nobody asks.
	lost func(message, error)
	// declined is told of an answer 429 or 503; nil: nobody asks.
	declined func(problem)
	// patient clients go on after an answer 503 and after a lost connection;
	// others stop at a lost connection.
	patient bool
}

// send sends until ctx ends, the supply has no more, or the interface is gone.
// Errors are answers that should not be.
func (c *clients) send(ctx context.Context, url string) error {
	transport := &http.Transport{MaxIdleConnsPerHost: c.number}
	defer transport.CloseIdleConnections()
	hc := &http.Client{Transport: transport}
	var wg sync.WaitGroup
	errs := make([]error, c.number)
	for i := range c.number {
		wg.Go(func() { errs[i] = c.one(ctx, hc, url) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *clients) one(ctx context.Context, hc *http.Client, url string) error {
	for ctx.Err() == nil {
		m, body, ok := c.supply.take()
		if !ok {
			return nil
		}
		a, p, err := post(ctx, hc, url, body)
		switch {
		case err != nil:
			c.supply.unanswered(m)
			if c.lost != nil {
				c.lost(m, err)
			}
			if !c.patient {
				return nil
			}
			pause(ctx)
		case p != nil && (p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests):
			c.supply.declined(m)
			if c.declined != nil {
				c.declined(*p)
			}
			pause(ctx)
		case p != nil:
			return fmt.Errorf("%s from parcel %d is answered %d %s: %s", m.kind, m.from, p.Status, p.Code, p.Detail)
		default:
			if err := c.supply.acknowledged(m, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// pause keeps a client from asking again at once.
func pause(ctx context.Context) {
	select {
	case <-time.After(20 * time.Millisecond):
	case <-ctx.Done():
	}
}

// secret is the token with which messages are sent: the stores live as long as
// the proof.
const secret = "proof"

func secretHash() string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// post sends one message. An answer that breaks off counts as none.
func post(ctx context.Context, hc *http.Client, url string, body []byte) (*answer, *problem, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/messages", bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Content-Type", "application/xml")
	req.Header.Set("Authorization", "Bearer "+secret)
	resp, err := hc.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, nil, err
	}
	if resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusAccepted {
		a := &answer{}
		return a, nil, json.Unmarshal(text, a)
	}
	p := &problem{}
	if err := json.Unmarshal(text, p); err != nil {
		p.Detail = string(text)
	}
	p.Status = resp.StatusCode
	return nil, p, nil
}

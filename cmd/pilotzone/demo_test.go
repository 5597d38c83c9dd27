package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// With --once the demonstration ends by itself: 0 when nothing differs.
func TestDemoOnce(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"demo", "--once", "--parcels", "120", "--addr", "127.0.0.1:0", "--day", "2026-11-22"}, nil, &out, &errs); code != exitFine {
		t.Fatalf("exit code %d\n%s\n%s", code, out.String(), errs.String())
	}
	if !strings.Contains(out.String(), "outcomes that differ") || strings.Contains(out.String(), "Ctrl-C") {
		t.Errorf("output:\n%s", out.String())
	}
	for _, args := range [][]string{{"--zone", "mars"}, {"--day", "tomorrow"}} {
		if code := run(t.Context(), append([]string{"demo", "--once", "--parcels", "3"}, args...), nil, io.Discard, io.Discard); code != exitUsage {
			t.Errorf("%v: exit code %d", args, code)
		}
	}
}

// Without it every address that is printed answers, until it is stopped.
func TestDemoServes(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, w := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"demo", "--parcels", "200", "--addr", "127.0.0.1:0", "--day", "2026-11-22"}, nil, w, io.Discard)
		w.Close()
	}()
	var text strings.Builder
	buf := make([]byte, 64<<10)
	for !strings.Contains(text.String(), "Ctrl-C") {
		n, err := r.Read(buf)
		if err != nil {
			t.Fatalf("it ended early: %v\n%s", err, text.String())
		}
		text.Write(buf[:n])
	}
	client := &http.Client{Timeout: 10 * time.Second}
	urls := regexp.MustCompile(`http://127\.0\.0\.1:\d+/[^\s');]*`).FindAllString(text.String(), -1)
	if len(urls) < 8 {
		t.Errorf("%d addresses in\n%s", len(urls), text.String())
	}
	token := regexp.MustCompile(`Bearer (\w+)`).FindStringSubmatch(text.String())
	for _, url := range urls {
		if strings.HasSuffix(url, "/v1/messages") || strings.Contains(url, "/v1/quotes") {
			continue // to be posted to
		}
		r, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", token[0])
		resp, err := client.Do(r)
		if err != nil {
			t.Error(err)
			continue
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", url, resp.Status)
		}
	}
	stop()
	go func() { _, _ = io.Copy(io.Discard, r) }()
	if code := <-ended; code != exitFine {
		t.Errorf("stopped with exit code %d", code)
	}
}

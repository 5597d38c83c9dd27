package api_test

import (
	"context"
	"io"
	"net/http"
	"sync"
	"testing"

	"pilotzone/ceb"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/face/zone/zonetest"
)

// BenchmarkMessages sends messages of 100 documents over loopback, four a
// hundred parcels, from eight clients; b.N counts parcels.
func BenchmarkMessages(b *testing.B) {
	z := zonetest.Open(b, nil)
	g, err := traffic.New(traffic.Options{Seed: 1, Day: zonetest.Day, Buyers: 500_000, Modes: traffic.ImportModes()})
	if err != nil {
		b.Fatal(err)
	}
	s := server(z)
	l, err := s.Listen(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	url := "http://" + l.Addr().String() + "/v1/messages"
	blocks := (b.N + 99) / 100
	messages := make(map[ceb.Kind][][]byte)
	for i := range blocks {
		for _, k := range zonetest.Kinds {
			messages[k] = append(messages[k], zonetest.Message(b, g, k, uint64(i)*100, 100))
		}
	}
	b.ResetTimer()
	for _, k := range zonetest.Kinds {
		send(b, url, messages[k])
	}
	b.StopTimer()
	b.ReportMetric(float64(blocks*100)/b.Elapsed().Seconds(), "parcels/s")
	stop()
	if err := <-served; err != nil {
		b.Error(err)
	}
}

func send(b *testing.B, url string, list [][]byte) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	next := make(chan []byte)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for m := range next {
				r, err := client.Do(request(b, http.MethodPost, url, m))
				if err != nil {
					b.Error(err)
					continue
				}
				_, _ = io.Copy(io.Discard, r.Body)
				r.Body.Close()
				if r.StatusCode >= 300 {
					b.Errorf("status %d", r.StatusCode)
				}
			}
		})
	}
	for _, m := range list {
		next <- m
	}
	close(next)
	wg.Wait()
}

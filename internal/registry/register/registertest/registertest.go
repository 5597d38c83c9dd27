// Package registertest is a business register for tests and the demo: a server
// that speaks the protocol of package register over enterprises that it is given.
package registertest

import (
	"encoding/json"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"pilotzone/internal/registry/register"
)

// Server answers look-ups. The zero value knows nobody.
type Server struct {
	Token string      // asked for, if there is one
	Down  atomic.Bool // answers 503 while set
	Asked atomic.Int64

	mu      sync.Mutex
	entries map[string]register.Entry
	server  *http.Server
}

// Start serves look-ups on this machine until Close and returns the address.
func (s *Server) Start() (address string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 32 << 10}
	go func() { _ = s.server.Serve(l) }() // ends with Close
	return "http://" + l.Addr().String() + "/", nil
}

// Close ends what Start began.
func (s *Server) Close() error {
	if s.server == nil {
		return nil
	}
	return s.server.Close()
}

// Put makes an enterprise known.
func (s *Server) Put(e register.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entries == nil {
		s.entries = make(map[string]register.Entry)
	}
	s.entries[e.USCC] = e
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Asked.Add(1)
	if s.Down.Load() {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	if s.Token != "" && r.Header.Get("Authorization") != "Bearer "+s.Token {
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	s.mu.Lock()
	e, ok := s.entries[r.URL.Query().Get("uscc")]
	s.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	body, err := json.Marshal(e)
	if err != nil {
		http.Error(w, "broken", http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(body) // the asker may be gone
}

// Package persontest is a verification service of identities for tests and the
// demo (身份核验服务替身): a real HTTP server on this machine that answers as it is
// told. It is no source of truth about anybody and keeps nothing but counts.
package persontest

import (
	"encoding/json"
	"net"
	"net/http"
	"sync"
	"time"
)

// Answer is what the server says of a number.
type Answer string

// The answers.
const (
	Match    Answer = "match"
	Mismatch Answer = "mismatch"
	Unknown  Answer = "unknown"
)

// Server is a running service. Its methods are safe for concurrent use.
type Server struct {
	URL   string // of the verification
	Token string // that callers must show; "" lets everybody in

	mu    sync.Mutex
	says  func(name, number string) Answer
	slow  time.Duration
	down  bool
	asked int
	http  *http.Server
	done  chan struct{}
}

// Start runs a service on this machine. says answers; nil says that all match.
func Start(token string, says func(name, number string) Answer) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	if says == nil {
		says = func(string, string) Answer { return Match }
	}
	s := &Server{URL: "http://" + l.Addr().String() + "/verify", Token: token, says: says, done: make(chan struct{})}
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(l) // ends with Close
	}()
	return s, nil
}

// Close stops the service.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.done
	return err
}

// Say changes what the service answers.
func (s *Server) Say(says func(name, number string) Answer) { s.set(func() { s.says = says }) }

// Down makes every question fail with 503, or mends it.
func (s *Server) Down(down bool) { s.set(func() { s.down = down }) }

// Slow makes every answer wait.
func (s *Server) Slow(d time.Duration) { s.set(func() { s.slow = d }) }

// Asked is how often the service was asked, failures counted.
func (s *Server) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func (s *Server) set(f func()) {
	s.mu.Lock()
	f()
	s.mu.Unlock()
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked++
	says, slow, down := s.says, s.slow, s.down
	s.mu.Unlock()
	if slow > 0 {
		select {
		case <-time.After(slow):
		case <-r.Context().Done():
			return
		}
	}
	var q struct {
		Name   string `json:"name"`
		Type   string `json:"id_type"`
		Number string `json:"id_number"`
	}
	switch err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096)).Decode(&q); {
	case down:
		http.Error(w, "down", http.StatusServiceUnavailable)
	case r.Method != http.MethodPost:
		http.Error(w, "POST", http.StatusMethodNotAllowed)
	case s.Token != "" && r.Header.Get("Authorization") != "Bearer "+s.Token:
		http.Error(w, "token", http.StatusUnauthorized)
	case err != nil || q.Name == "" || q.Number == "" || q.Type != "1":
		http.Error(w, "question", http.StatusBadRequest)
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"result": string(says(q.Name, q.Number))})
	}
}

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pilotzone/internal/kernel/store/storetest"
)

// built is the program, made once for all tests.
var built struct {
	once sync.Once
	dir  string
	path string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		if err := os.RemoveAll(built.dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

// program builds the program, or skips the test where it can't be built.
func program(t *testing.T) string {
	t.Helper()
	if why := missingTool(); why != "" {
		t.Skip(why)
	}
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "pilotzone-proof-"); built.err == nil {
			built.path, built.err = build(context.Background(), built.dir)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// kinds are the stores of every proof.
var kinds = []string{"sqlite", "postgres"}

// newPlace makes a place for an empty store of a kind, or skips the test (see
// package storetest).
func newPlace(t *testing.T, kind string) place {
	t.Helper()
	url := storetest.SQLiteURL
	if kind == "postgres" {
		url = storetest.PostgresURL
	}
	return place{url: url(t), key: filepath.Join(t.TempDir(), "zone.key")}
}

func supplyOf(t *testing.T) *supply {
	t.Helper()
	s, err := newSupply(7, time.Now(), 50)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// start starts the service and waits until it takes messages.
func start(t *testing.T, p place) *service {
	t.Helper()
	s, err := launch(program(t), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.end)
	if err := s.ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// until waits for a condition that must come.
func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !cond(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("did not come: %s", what)
		}
	}
}

// done is how many messages are acknowledged.
func (s *supply) done() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.messages
}

// whole looks at the store of a zone that is closed.
func whole(t *testing.T, p place, s *supply) *report {
	t.Helper()
	r := &report{}
	if err := r.look(t.Context(), program(t), p, s); err != nil {
		t.Fatal(err)
	}
	for _, problem := range r.Problems {
		t.Error(problem)
	}
	if r.Acknowledged == 0 || r.Acknowledged != r.Found {
		t.Errorf("%d documents acknowledged, %d found", r.Acknowledged, r.Found)
	}
	return r
}

package declaration

import (
	"context"
	"io"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

// Config is what the service works on.
type Config struct {
	DB     *store.DB // services
	Audit  matter.Audit
	Clock  clock.Clock
	Random io.Reader
	Rules  func() *pack.Set
	// Known tells whether a list cleared here has the number.
	Known func(ctx context.Context, number string) (bool, error)
}

// Service takes declarations in and answers from them. It is safe for many
// goroutines.
type Service struct {
	c  Config
	db *store.DB
}

// New makes the service on a database in which [Migrations] have run.
func New(c Config) *Service { return &Service{c: c, db: c.DB} }

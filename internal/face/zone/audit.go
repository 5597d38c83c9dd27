package zone

import (
	"context"
	"log/slog"
	"strings"

	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
)

// AuditHead is the file that holds the newest seal of the audit chain (审计链尾文件):
// beside the key file, so that it is apart from a database on another machine.
func (c Config) AuditHead() string {
	return strings.TrimSuffix(c.withDefaults().Key, ".key") + ".audit"
}

func newAudit(c Config, st *store.Store, ring *keys.Keyring) *audit.Log {
	return audit.New(audit.Config{DB: st.Services, Clock: c.Clock, Keys: ring, Head: c.AuditHead(), Log: c.Log})
}

// VerifyAudit walks the chain of acts of a store that may be in use, or of a
// backup; head names another head file than the one beside the key.
func (a *Archive) VerifyAudit(ctx context.Context, head string) (*audit.Report, error) {
	return audit.New(audit.Config{DB: a.Store.Services, Clock: clock.System{}, Keys: a.Keys, Head: head, Log: slog.Default()}).Verify(ctx)
}

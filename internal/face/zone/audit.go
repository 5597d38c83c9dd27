package zone

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"pilotzone/internal/kernel/access"
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

// entryOf is an act of the caller.
func entryOf(ctx context.Context, act, object, detail string) audit.Entry {
	e := audit.Entry{Actor: "system", Act: act, Object: object, Outcome: audit.Done, Detail: detail}
	if p := access.Of(ctx); p != nil {
		e.Actor, e.Org = p.ID, p.Org
	}
	return e
}

// Act does what has no transaction in the services database, such as a command
// to the core, and keeps it in the chain of acts: the entry is durable before it
// is done, so that nothing is done without one; if it fails, a second entry says
// so.
func (z *Zone) Act(ctx context.Context, act, object, detail string, do func() error) error {
	e := entryOf(ctx, act, object, detail)
	if err := z.Audit.Record(ctx, e); err != nil {
		return err
	}
	err := do()
	if err != nil {
		e.Outcome = audit.Failed
		err = errors.Join(err, z.Audit.Record(context.WithoutCancel(ctx), e))
	}
	return err
}

// VerifyAudit walks the chain of acts of a store that may be in use, or of a
// backup; head names another head file than the one beside the key.
func (a *Archive) VerifyAudit(ctx context.Context, head string) (*audit.Report, error) {
	return audit.New(audit.Config{DB: a.Store.Services, Clock: clock.System{}, Keys: a.Keys, Head: head, Log: slog.Default()}).Verify(ctx)
}

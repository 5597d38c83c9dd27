package access

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"time"

	"pilotzone/internal/kernel/store"
)

// Passkey is a passkey of a person (通行密钥).
type Passkey struct {
	ID      string
	Name    string
	Created time.Time
	Used    time.Time
}

// PasskeysOffered tells whether passkeys can be used: browsers bind them to the
// name in the public address.
func (a *Accounts) PasskeysOffered() bool { return a.passkeys != nil }

// Passkeys lists the caller's passkeys.
func (a *Accounts) Passkeys(ctx context.Context) ([]*Passkey, error) {
	p, err := self(ctx)
	if err != nil {
		return nil, err
	}
	return collect(ctx, a.read(), func(r *sql.Rows) (*Passkey, error) {
		var k Passkey
		var id []byte
		var created, used int64
		err := r.Scan(&id, &k.Name, &created, &used)
		k.ID, k.Created, k.Used = base64.RawURLEncoding.EncodeToString(id), timeOf(created), timeOf(used)
		return &k, err
	}, `select id, name, created_at, used_at from access_passkeys where person = $1 order by created_at`, p.ID)
}

// RemovePasskey takes a passkey from the caller's account.
func (a *Accounts) RemovePasskey(ctx context.Context, id string) error {
	p, err := self(ctx)
	if err != nil {
		return err
	}
	if err := a.proved(ctx); err != nil {
		return err
	}
	raw, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil {
		return ErrNotFound
	}
	return a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.Exec(ctx, `delete from access_passkeys where id = $1 and person = $2`, raw, p.ID)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNotFound)
		}
		return a.note(ctx, tx, "factor.remove", "person:"+p.ID, "passkey")
	})
}

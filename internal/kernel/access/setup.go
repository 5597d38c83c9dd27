package access

import (
	"context"
	"database/sql"
	"errors"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// SetupCode makes the one-time code with which the first administrator is made,
// or returns "" when there are accounts already. A code made before dies.
func (a *Accounts) SetupCode(ctx context.Context) (code string, err error) {
	err = a.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		code = ""
		if empty, err := isEmpty(ctx, tx); err != nil || !empty {
			return err
		}
		code = a.oneTime()
		_, err := tx.Exec(ctx, `insert into access_setup (id, code, made_at, used_at) values (1, $1, $2, 0)
			on conflict (id) do update set code = $1, made_at = $2, used_at = 0`, hashOf(plainCode(code)), clock.Micros(a.clock.Now()))
		return err
	})
	return code, err
}

func isEmpty(ctx context.Context, q reader) (bool, error) {
	var one int
	err := q.QueryRow(ctx, `select 1 from access_people where org <> '' limit 1`).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	return false, store.Wrap("read accounts", err)
}

// NeedsSetup tells whether there is no account yet.
func (a *Accounts) NeedsSetup(ctx context.Context) (bool, error) { return isEmpty(ctx, a.read()) }

// Setup is what the first administrator gives.
type Setup struct {
	Code, OrgName, Login, Name, Password string
}

// SetUp makes the zone's organisation and its first administrator, by the code
// of SetupCode, which dies. Refusals: ErrSetup, "rate", and what is wrong with
// the entries.
func (a *Accounts) SetUp(ctx context.Context, s Setup, v Visit) (*SignedIn, error) {
	if err := a.mayCome(v); err != nil {
		return nil, err
	}
	first := Person{Login: s.Login, Name: s.Name, Roles: []Role{Admin}}
	org := Org{Kind: ZoneOrg, Name: s.OrgName}
	if err := errors.Join(org.check(), checkPerson(&first, ZoneOrg), CheckPassword(s.Password, first.Login)); err != nil {
		return nil, err
	}
	phc, err := a.hashPassword(ctx, s.Password)
	if err != nil {
		return nil, err
	}
	var out *SignedIn
	err = a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		ctx = With(ctx, System())
		if empty, err := isEmpty(ctx, tx); err != nil || !empty {
			return errors.Join(err, ErrSetup)
		}
		res, err := tx.Exec(ctx, `update access_setup set used_at = $1 where id = 1 and used_at = 0 and code = $2`, clock.Micros(a.clock.Now()), hashOf(plainCode(s.Code)))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, ErrSetup)
		}
		id := a.id("o_")
		if _, err := tx.Exec(ctx, `insert into access_orgs (id, kind, name, filing, active, created_at) values ($1, $2, $3, '', true, $4)`, id, string(ZoneOrg), org.Name, clock.Micros(a.clock.Now())); err != nil {
			return err
		}
		p := first
		p.Org, p.password = id, phc
		if p.ID, err = a.insertPerson(ctx, tx, &p); err != nil {
			return err
		}
		token, err := a.start(ctx, tx, &p, "setup", false, v)
		out = &SignedIn{Token: token}
		return err
	})
	return out, err
}

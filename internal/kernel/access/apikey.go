package access

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// How secrets of keys begin, so that people and secret scanners know them.
const (
	liveKey      = "pz_live_"
	testKey      = "pz_test_"
	prefixLength = 10 // letters by which a secret is found; not secret
)

// APIKey lets a program act for an organisation (接口密钥). Its secret is shown
// once and kept hashed.
type APIKey struct {
	ID          string
	Org         string
	Name        string
	Permissions []Permission
	Codes       []string // enterprise codes that it may act for
	Sandbox     bool     // what it sends is tried and thrown away
	Created     time.Time
	CreatedBy   string
	Until       time.Time // zero: does not expire
	Revoked     time.Time // zero: was not
	Used        time.Time // last use, to within a minute; zero: never
	Prefixes    []string  // how its secrets in force begin, the newest first
}

// people are permissions that a key never has: they belong to persons. Money,
// assessments and rules are among them, since two persons decide there and the
// maker of a key would be the second.
var people = []Permission{SelfManage, WorkbenchRead, PeopleManage, OrgManage, KeyManage, SystemManage, PersonalClear, PassportUse, ClaimWork, BudgetManage, AssessWork, PackSwitch}

// KeyPermissions are the permissions that the caller may give to a key of an
// organisation of a kind: what its own roles and that kind's roles both grant.
func KeyPermissions(p *Principal, kind OrgKind) []Permission {
	holder := &Principal{Roles: OrgRoles(kind)}
	var out []Permission
	for _, v := range Permissions() {
		if !slices.Contains(people, v) && v != Public && holder.May(v) && (p.May(v) || p.Scope(KeyManage) == Zone) {
			out = append(out, v)
		}
	}
	return out
}

// keyOrg checks that the caller manages the keys of an organisation.
func keyOrg(ctx context.Context, org string) error {
	p := Of(ctx)
	if s := p.Scope(KeyManage); s == Zone || s == Own && p.Org != "" && p.Org == org {
		return nil
	}
	return ErrDenied
}

// AddKey makes a key and returns its id and its secret, which is not shown
// again. The caller needs KeyManage over the organisation.
func (a *Accounts) AddKey(ctx context.Context, k APIKey) (id, secret string, err error) {
	if err := keyOrg(ctx, k.Org); err != nil {
		return "", "", err
	}
	err = a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := a.checkKey(ctx, tx, &k); err != nil {
			return err
		}
		id = a.id("k_")
		now := a.clock.Now()
		if _, err := tx.Exec(ctx, `insert into access_keys (id, org, name, permissions, codes, sandbox, created_at, created_by, until, revoked_at, used_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0)`, id, k.Org, k.Name, join(k.Permissions), join(k.Codes), k.Sandbox, clock.Micros(now), Of(ctx).ID, microsOf(k.Until)); err != nil {
			return err
		}
		if secret, err = a.addSecret(ctx, tx, id, k.Sandbox); err != nil {
			return err
		}
		return a.note(ctx, tx, "key.add", "key:"+id, "permissions="+join(k.Permissions)+" codes="+join(k.Codes))
	})
	return id, secret, err
}

// checkKey holds a new key against what its organisation and maker may do.
func (a *Accounts) checkKey(ctx context.Context, q reader, k *APIKey) error {
	o, err := loadOrg(ctx, q, k.Org)
	if err != nil {
		return err
	}
	if strings.TrimSpace(k.Name) == "" || len(k.Name) > 100 {
		return refuse("key_name", "请填写密钥名称（不超过100字节）", "the key needs a name of at most 100 bytes", "填写名称", "enter a name")
	}
	may := KeyPermissions(Of(ctx), o.Kind)
	for _, v := range k.Permissions {
		if !slices.Contains(may, v) {
			return refuse("key_permission", "密钥不能具有该权限："+string(v), "a key can't have this permission: "+string(v), "从列表中选择", "choose of the list")
		}
	}
	if len(k.Permissions) == 0 {
		return refuse("key_permission", "请至少选择一项权限", "choose at least one permission", "从列表中选择", "choose of the list")
	}
	if !k.Until.IsZero() && !k.Until.After(a.clock.Now()) {
		return refuse("key_until", "到期时间已过", "the time of expiry is past", "填写将来的时间", "enter a time to come")
	}
	holder := &Principal{Org: k.Org}
	if err := a.fill(ctx, q, holder); err != nil {
		return err
	}
	own := holder.Parties()
	if len(k.Codes) == 0 {
		k.Codes = holder.Codes
	}
	for _, c := range k.Codes {
		if !slices.Contains(own, c) {
			return refuse("key_codes", "本单位不能代表该企业代码："+c, "the organisation can't act for this code: "+c, "从本单位及委托方的代码中选择", "choose of the codes of the organisation and its clients")
		}
	}
	return nil
}

func (a *Accounts) addSecret(ctx context.Context, tx *store.Tx, key string, sandbox bool) (string, error) {
	begin := liveKey
	if sandbox {
		begin = testKey
	}
	secret := begin + a.id("")[:prefixLength] + "_" + a.token()
	prefix, _ := keyPrefix(secret)
	_, err := tx.Exec(ctx, `insert into access_secrets (prefix, key, hash, created_at, until) values ($1, $2, $3, $4, 0)`, prefix, key, hashOf(secret), clock.Micros(a.clock.Now()))
	return secret, err
}

// keyPrefix is the part of a secret by which it is found.
func keyPrefix(secret string) (string, bool) {
	rest, live := strings.CutPrefix(secret, liveKey)
	if !live {
		var test bool
		if rest, test = strings.CutPrefix(secret, testKey); !test {
			return "", false
		}
	}
	prefix, key, ok := strings.Cut(rest, "_")
	if !ok || len(prefix) != prefixLength || len(key) < 40 || len(secret) > 100 {
		return "", false
	}
	return secret[:len(liveKey)+prefixLength], true
}

// RotateKey gives a key a new secret and returns it. The old one stays good for
// the overlap, so that programs can change over.
func (a *Accounts) RotateKey(ctx context.Context, id string, overlap time.Duration) (secret string, err error) {
	if overlap < 0 || overlap > 90*24*time.Hour {
		return "", refuse("overlap", "新旧密钥并存时间须为0至90天", "both secrets may be good for 0 to 90 days", "缩短并存时间", "choose a shorter time")
	}
	err = a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		k, err := loadKey(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := keyOrg(ctx, k.Org); err != nil {
			return ErrNotFound
		}
		if !k.Revoked.IsZero() {
			return ErrExpired
		}
		end := clock.Micros(a.clock.Now().Add(overlap))
		if _, err := tx.Exec(ctx, `update access_secrets set until = $1 where key = $2 and (until = 0 or until > $1)`, end, id); err != nil {
			return err
		}
		if secret, err = a.addSecret(ctx, tx, id, k.Sandbox); err != nil {
			return err
		}
		return a.note(ctx, tx, "key.rotate", "key:"+id, "overlap="+overlap.String())
	})
	return secret, err
}

// RevokeKey ends a key at once.
func (a *Accounts) RevokeKey(ctx context.Context, id string) error {
	return a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		k, err := loadKey(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := keyOrg(ctx, k.Org); err != nil {
			return ErrNotFound
		}
		if _, err := tx.Exec(ctx, `update access_keys set revoked_at = $1 where id = $2 and revoked_at = 0`, clock.Micros(a.clock.Now()), id); err != nil {
			return err
		}
		return a.note(ctx, tx, "key.revoke", "key:"+id, "")
	})
}

const keyColumns = `id, org, name, permissions, codes, sandbox, created_at, created_by, until, revoked_at, used_at`

func scanKey(row interface{ Scan(...any) error }) (*APIKey, error) {
	var k APIKey
	var permissions, codes string
	var created, until, revoked, used int64
	err := row.Scan(&k.ID, &k.Org, &k.Name, &permissions, &codes, &k.Sandbox, &created, &k.CreatedBy, &until, &revoked, &used)
	k.Permissions, k.Codes = split[Permission](permissions), split[string](codes)
	k.Created, k.Until, k.Revoked, k.Used = timeOf(created), timeOf(until), timeOf(revoked), timeOf(used)
	return &k, err
}

func loadKey(ctx context.Context, q reader, id string) (*APIKey, error) {
	k, err := scanKey(q.QueryRow(ctx, `select `+keyColumns+` from access_keys where id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return k, store.Wrap("read accounts", err)
}

// APIKeys lists the keys of an organisation, the newest first. The caller needs
// KeyManage over it.
func (a *Accounts) APIKeys(ctx context.Context, org string) ([]*APIKey, error) {
	if err := keyOrg(ctx, org); err != nil {
		return nil, err
	}
	list, err := collect(ctx, a.read(), func(r *sql.Rows) (*APIKey, error) { return scanKey(r) },
		`select `+keyColumns+` from access_keys where org = $1 order by created_at desc, id`, org)
	now := clock.Micros(a.clock.Now())
	for _, k := range list {
		if err != nil {
			break
		}
		if at, ok := a.touched.of("key", k.ID); ok && at.After(k.Used) {
			k.Used = at
		}
		k.Prefixes, err = collect(ctx, a.read(), scanText, `select prefix from access_secrets where key = $1 and (until = 0 or until > $2) order by created_at desc, prefix`, k.ID, now)
	}
	return list, err
}

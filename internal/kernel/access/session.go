package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Visit is from where somebody signs in.
type Visit struct {
	Address string // network address, without the port; kept masked
	Agent   string // User-Agent header; only browser and system are kept
}

// Session is one signed-in browser of a person (会话).
type Session struct {
	ID      string
	Person  string
	Way     string // how it was signed in: password, totp, recovery, passkey, sso:NAME, setup
	Strong  bool   // a second factor, a passkey or single sign-on was shown
	Started time.Time
	Proved  time.Time // when the person last proved who they are
	Seen    time.Time
	Until   time.Time // absolute end
	Device  string    // such as "Firefox · Windows"
	Address string    // masked
}

// proofTime is how long after a proof sensitive changes need none anew.
const proofTime = 15 * time.Minute

// start makes a session for a person and returns its token, which is not kept.
func (a *Accounts) start(ctx context.Context, tx *store.Tx, p *Person, way string, strong bool, v Visit) (string, error) {
	token, now := a.token(), a.clock.Now()
	s := Session{ID: a.id("s_"), Person: p.ID, Way: way, Strong: strong, Device: deviceOf(v.Agent), Address: MaskIP(v.Address)}
	_, err := tx.Exec(ctx, `insert into access_sessions (hash, id, person, way, strong, started, proved, seen, until, device, address)
		values ($1, $2, $3, $4, $5, $6, $6, $6, $7, $8, $9)`,
		hashOf(token), s.ID, s.Person, s.Way, s.Strong, clock.Micros(now), clock.Micros(now.Add(a.config.Absolute)), s.Device, s.Address)
	if err != nil {
		return "", err
	}
	who := With(ctx, &Principal{ID: p.ID, Org: p.Org})
	return token, a.note(who, tx, "session.start", "session:"+s.ID, "way="+way+" device="+s.Device+" address="+s.Address)
}

const sessionColumns = `id, person, way, strong, started, proved, seen, until, device, address`

func scanSession(row interface{ Scan(...any) error }) (*Session, error) {
	var s Session
	var started, proved, seen, until int64
	err := row.Scan(&s.ID, &s.Person, &s.Way, &s.Strong, &started, &proved, &seen, &until, &s.Device, &s.Address)
	s.Started, s.Proved, s.Seen, s.Until = clock.FromMicros(started), clock.FromMicros(proved), clock.FromMicros(seen), clock.FromMicros(until)
	return &s, err
}

// Sessions lists the sessions of the caller that are not over, the newest first.
func (a *Accounts) Sessions(ctx context.Context) ([]*Session, error) {
	p, err := self(ctx)
	if err != nil {
		return nil, err
	}
	now := a.clock.Now()
	list, err := collect(ctx, a.read(), func(r *sql.Rows) (*Session, error) { return scanSession(r) },
		`select `+sessionColumns+` from access_sessions where person = $1 and until > $2 and seen > $3 order by started desc`,
		p.ID, clock.Micros(now), clock.Micros(now.Add(-a.config.Idle-time.Minute)))
	for _, s := range list {
		if at, ok := a.touched.of("session", s.ID); ok && at.After(s.Seen) {
			s.Seen = at
		}
	}
	return list, err
}

// EndSession ends one session of the caller, or its own with its own id.
func (a *Accounts) EndSession(ctx context.Context, id string) error {
	p, err := self(ctx)
	if err != nil {
		return err
	}
	return a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.Exec(ctx, `delete from access_sessions where id = $1 and person = $2`, id, p.ID)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNotFound)
		}
		return a.note(ctx, tx, "session.end", "session:"+id, "")
	})
}

// EndOtherSessions ends all sessions of the caller but the one it calls with.
func (a *Accounts) EndOtherSessions(ctx context.Context) error {
	p, err := self(ctx)
	if err != nil {
		return err
	}
	return a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := a.endSessions(ctx, tx, p.ID, p.Session); err != nil {
			return err
		}
		return a.note(ctx, tx, "session.end", "person:"+p.ID, "all but this one")
	})
}

// endSessions ends the sessions of a person but one.
func (a *Accounts) endSessions(ctx context.Context, tx *store.Tx, person, but string) error {
	_, err := tx.Exec(ctx, `delete from access_sessions where person = $1 and id <> $2`, person, but)
	return err
}

// Proved tells whether the caller proved who they are so lately that a sensitive
// change needs no proof anew.
func (a *Accounts) Proved(ctx context.Context) (bool, error) {
	p, err := self(ctx)
	if err != nil {
		return false, err
	}
	s, err := scanSession(a.read().QueryRow(ctx, `select `+sessionColumns+` from access_sessions where id = $1`, p.Session))
	if err != nil {
		return false, store.Wrap("read accounts", err)
	}
	return a.clock.Now().Sub(s.Proved) < proofTime, nil
}

// proved refuses with ErrProof unless the caller proved lately who they are.
func (a *Accounts) proved(ctx context.Context) error {
	ok, err := a.Proved(ctx)
	if err == nil && !ok {
		err = ErrProof
	}
	return err
}

// renew marks the caller's session as proved now, and strong if it was so.
func (a *Accounts) renew(ctx context.Context, tx *store.Tx, session string, strong bool) error {
	query := `update access_sessions set proved = $1 where id = $2`
	if strong {
		query = `update access_sessions set proved = $1, strong = true where id = $2`
	}
	_, err := tx.Exec(ctx, query, clock.Micros(a.clock.Now()), session)
	return err
}

// touched are the last uses of sessions and keys that are not written yet, so
// that a request costs no write.
type touched struct {
	mu    sync.Mutex
	at    map[[2]string]time.Time // kind and id
	saved map[[2]string]time.Time
}

func (t *touched) set(kind, id string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at == nil {
		t.at, t.saved = map[[2]string]time.Time{}, map[[2]string]time.Time{}
	}
	t.at[[2]string{kind, id}] = now
}

func (t *touched) of(kind, id string) (time.Time, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := [2]string{kind, id}
	if at, ok := t.at[k]; ok {
		return at, true
	}
	at, ok := t.saved[k]
	return at, ok
}

// take returns what is to be written. What was written stays known a while, for
// entries of the cache that were loaded before.
func (t *touched) take() map[[2]string]time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.at
	t.saved, t.at = out, map[[2]string]time.Time{}
	return out
}

// back takes what could not be written again, unless there is newer.
func (t *touched) back(list map[[2]string]time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, at := range list {
		if at.After(t.at[k]) {
			t.at[k] = at
		}
	}
}

// Flush writes when sessions and keys were last used.
func (a *Accounts) Flush(ctx context.Context) error {
	list := a.touched.take()
	if len(list) == 0 {
		return nil
	}
	err := a.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for k, at := range list {
			query := `update access_sessions set seen = $1 where id = $2 and seen < $1`
			if k[0] == "key" {
				query = `update access_keys set used_at = $1 where id = $2 and used_at < $1`
			}
			if _, err := tx.Exec(ctx, query, clock.Micros(at), k[1]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		a.touched.back(list)
	}
	return err
}

// MaskIP masks a network address: the first half of an IPv4 one stays, the
// first three groups of an IPv6 one.
func MaskIP(s string) string {
	ip, err := netip.ParseAddr(s)
	if err != nil {
		return ""
	}
	ip = ip.Unmap()
	if ip.Is4() {
		b := ip.As4()
		return fmt.Sprintf("%d.%d.*.*", b[0], b[1])
	}
	p, err := ip.Prefix(48)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(p.Addr().String(), "::") + ":*"
}

// deviceOf is browser and system of a User-Agent header, coarse on purpose.
func deviceOf(agent string) string {
	find := func(list [][2]string) string {
		for _, v := range list {
			if strings.Contains(agent, v[0]) {
				return v[1]
			}
		}
		return ""
	}
	browser := find([][2]string{{"MicroMessenger", "WeChat"}, {"Edg/", "Edge"}, {"Firefox/", "Firefox"}, {"OPR/", "Opera"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}})
	system := find([][2]string{{"HarmonyOS", "HarmonyOS"}, {"Android", "Android"}, {"iPhone", "iOS"}, {"iPad", "iOS"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"}})
	return strings.Trim(browser+" · "+system, " ·")
}

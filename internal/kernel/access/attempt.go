package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Failures of one name before it pauses, how the pauses grow, and how long
// failures are remembered.
const (
	freeTries    = 5
	firstPause   = 30 * time.Second
	longestPause = time.Hour
	attemptsKept = 24 * time.Hour
)

// domainLogin keeps the hashes of typed names apart from all other keyed hashes.
const domainLogin = 'L'

func (a *Accounts) loginKey(login string) []byte {
	k := a.keys.Hasher().Key(domainLogin, []byte(login))
	return k[:]
}

// mayTry refuses a name that pauses after failures. It works alike for names
// that no account has, so that the pause tells nothing.
func (a *Accounts) mayTry(ctx context.Context, login string) error {
	var until int64
	err := a.read().QueryRow(ctx, `select until from access_attempts where name = $1`, a.loginKey(login)).Scan(&until)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return store.Wrap("read accounts", err)
	}
	if left := timeOf(until).Sub(a.clock.Now()); left > 0 {
		return pause(left)
	}
	return nil
}

// pause is the refusal while a name pauses; its code is "pause".
func pause(left time.Duration) *Refusal {
	n := int(left.Minutes()) + 1
	return refuse("pause", fmt.Sprintf("尝试次数过多，请约 %d 分钟后再试", n), fmt.Sprintf("too many tries: wait about %d min", n),
		"等待后重试；忘记密码请联系本单位管理员", "wait and try again; if the password is lost, ask the administrator of your organisation")
}

// failed counts a failure of a name and pauses it when there are many.
func (a *Accounts) failed(ctx context.Context, login, what string) error {
	now := a.clock.Now()
	return a.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var n, at int64
		err := tx.QueryRow(ctx, `select failures, at from access_attempts where name = $1`, a.loginKey(login)).Scan(&n, &at)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return store.Wrap("read accounts", err)
		}
		if now.Sub(clock.FromMicros(at)) > attemptsKept {
			n = 0
		}
		n++
		until := now
		if n >= freeTries {
			until = now.Add(min(longestPause, firstPause<<min(n-freeTries, 10)))
		}
		if _, err := tx.Exec(ctx, `insert into access_attempts (name, failures, at, until) values ($1, $2, $3, $4)
			on conflict (name) do update set failures = $2, at = $3, until = $4`, a.loginKey(login), n, clock.Micros(now), clock.Micros(until)); err != nil {
			return err
		}
		e := audit.Entry{Act: "session.refused", Object: "login:" + fmt.Sprintf("%x", a.loginKey(login)[:6]), Outcome: audit.Denied, Detail: fmt.Sprintf("%s failures=%d", what, n)}
		return a.audit.Write(ctx, tx, e)
	})
}

// succeeded forgets the failures of a name.
func (a *Accounts) succeeded(ctx context.Context, tx *store.Tx, login string) error {
	_, err := tx.Exec(ctx, `delete from access_attempts where name = $1`, a.loginKey(login))
	return err
}

// rates bounds how often each network address may try to sign in. The oldest
// addresses are forgotten, so memory is bounded.
type rates struct {
	mu         sync.Mutex
	now, older map[string]*rate.Limiter
}

// Tries of an address: an office behind one address signs in in the morning, then
// one a second. What bounds guessing is the pause of each name.
const (
	triesEvery = time.Second
	triesBurst = 60
	ratesMost  = 10_000
)

func newRates() *rates {
	return &rates{now: map[string]*rate.Limiter{}, older: map[string]*rate.Limiter{}}
}

func (r *rates) allow(address string, now time.Time) bool {
	address = Network(address)
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.now[address]
	if l == nil {
		if l = r.older[address]; l == nil {
			l = rate.NewLimiter(rate.Every(triesEvery), triesBurst)
		}
		if len(r.now) >= ratesMost {
			r.now, r.older = map[string]*rate.Limiter{}, r.now
		}
		r.now[address] = l
	}
	return l.AllowN(now, 1)
}

// Network is what of a network address stands for one asker: of IPv6 the /64 that
// a subscriber has whole (RFC 6177), else the address.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	return netip.PrefixFrom(ip.WithZone(""), 64).Masked().String()
}

// mayCome refuses an address that tries too often.
func (a *Accounts) mayCome(v Visit) error {
	if v.Address == "" || a.rates.allow(v.Address, a.clock.Now()) {
		return nil
	}
	return refuse("rate", "来自该网络地址的尝试过于频繁", "too many tries from this network address", "稍后再试", "wait a little and try again")
}

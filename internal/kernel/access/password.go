package access

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Cost is what one password hash costs (argon2id, RFC 9106).
type Cost struct {
	Passes  uint32
	Memory  uint32 // KiB
	Threads uint8
}

// PasswordCost is the cost of new hashes. Older hashes are made anew at the next
// sign-in when it was raised.
var PasswordCost = Cost{Passes: 2, Memory: 64 << 10, Threads: 1}

// hashesAtOnce bounds the memory that hashing takes; further ones wait.
const hashesAtOnce = 4

// hashPassword makes the PHC string of a password.
func (a *Accounts) hashPassword(ctx context.Context, password string) (string, error) {
	salt, c := a.draw(16), a.config.Password
	sum, err := a.derive(ctx, password, salt, c, 32)
	if err != nil {
		return "", err
	}
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Passes, c.Threads, enc.EncodeToString(salt), enc.EncodeToString(sum)), nil
}

func (a *Accounts) derive(ctx context.Context, password string, salt []byte, c Cost, n int) ([]byte, error) {
	select {
	case a.hashing <- struct{}{}:
		defer func() { <-a.hashing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, c.Passes, c.Memory, c.Threads, uint32(n)), nil
}

// matches holds a password against a PHC string. stale tells that the hash was
// made at another cost than the one of today.
func (a *Accounts) matches(ctx context.Context, phc, password string) (ok, stale bool, err error) {
	c, salt, sum, err := parsePHC(phc)
	if err != nil {
		return false, false, err
	}
	got, err := a.derive(ctx, password, salt, c, len(sum))
	if err != nil {
		return false, false, err
	}
	return subtle.ConstantTimeCompare(got, sum) == 1, c != a.config.Password, nil
}

var errPHC = errors.New("access: a stored password hash is damaged / 口令散列已损坏")

// parsePHC reads "$argon2id$v=19$m=65536,t=2,p=1$SALT$HASH".
func parsePHC(phc string) (c Cost, salt, sum []byte, err error) {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, errPHC
	}
	var rest string
	if n, _ := fmt.Sscanf(parts[3]+" ", "m=%d,t=%d,p=%d%s", &c.Memory, &c.Passes, &c.Threads, &rest); n != 3 || c.Passes == 0 || c.Threads == 0 || c.Memory > 4<<20 {
		return c, nil, nil, errPHC
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	sum, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(sum) < 16 || len(salt) < 8 {
		return c, nil, nil, errPHC
	}
	return c, salt, sum, nil
}

// common are beginnings of passwords that everybody tries first, in lower case
// and without digits and signs behind them.
var common = []string{"password", "passw0rd", "p@ssw0rd", "p@ssword", "qwertyuiop", "qwerty", "qazwsxedc", "qazwsx", "1qaz2wsx", "zaq12wsx", "asdfghjkl", "zxcvbnm", "iloveyou", "woaini",
	"admin", "administrator", "welcome", "letmein", "monkey", "dragon", "abc", "abcd", "abcdef", "abcdefgh", "aa", "a", "test", "guest", "root", "changeme", "pilotzone", "kuajing", "haiguan", "customs"}

const (
	passwordLeast = 12  // characters
	passwordMost  = 256 // bytes
)

// CheckPassword reports why a password is not taken, nil if it is. Length counts,
// not kinds of characters (NIST SP 800-63B 3.1.1.2; GB/T 22239-2019 8.1.4.1 asks
// complexity, which the length and the list stand for).
func CheckPassword(password, login string) error {
	low := strings.ToLower(password)
	stem := strings.TrimRight(low, "0123456789!@#$%^&*.,_-+ ")
	repeated := strings.Trim(low, string([]rune(low + "x")[:1])) == ""
	fix := func(zh, en string) error {
		return refuse("password", zh, en, "使用至少12个字符、不易猜到的口令，例如由几个不相关的词组成", "use at least 12 characters that nobody guesses, such as several words that have nothing to do with each other")
	}
	switch {
	case utf8.RuneCountInString(password) < passwordLeast:
		return fix("口令太短：至少12个字符", "the password is too short: at least 12 characters")
	case len(password) > passwordMost || !utf8.ValidString(password):
		return fix("口令太长", "the password is too long")
	case login != "" && strings.Contains(low, strings.ToLower(login)):
		return fix("口令不得包含登录名", "the password holds the login name")
	case repeated || stem == "" || slicesHas(common, stem) || runs(low):
		return fix("口令过于常见", "the password is too common")
	}
	return nil
}

func slicesHas(list []string, s string) bool {
	for _, v := range list {
		if v == s || s == v+v || s == v+v+v {
			return true
		}
	}
	return false
}

// runs tells whether a password is one rising or falling row of characters.
func runs(s string) bool {
	r := []rune(s)
	up, down := true, true
	for i := 1; i < len(r); i++ {
		up, down = up && r[i] == r[i-1]+1, down && r[i] == r[i-1]-1
	}
	return up || down
}

// ChangePassword sets the caller's password, who shows the old one. All other
// sessions end.
func (a *Accounts) ChangePassword(ctx context.Context, old, password string) error {
	p, err := self(ctx)
	if err != nil {
		return err
	}
	me, err := a.loadPerson(ctx, a.read(), p.ID)
	if err != nil {
		return err
	}
	if err := a.checkSecret(ctx, me, old); err != nil {
		return err
	}
	if err := CheckPassword(password, me.Login); err != nil {
		return err
	}
	phc, err := a.hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := a.setPassword(ctx, tx, p.ID, phc); err != nil {
			return err
		}
		if err := a.endSessions(ctx, tx, p.ID, p.Session); err != nil {
			return err
		}
		if err := a.renew(ctx, tx, p.Session, false); err != nil {
			return err
		}
		return a.note(ctx, tx, "password.change", "person:"+p.ID, "")
	})
}

func (a *Accounts) setPassword(ctx context.Context, tx *store.Tx, person, phc string) error {
	_, err := tx.Exec(ctx, `update access_people set password = $1, password_at = $2, code = $3, code_until = 0 where id = $4`, phc, clock.Micros(a.clock.Now()), []byte{}, person)
	return err
}

// checkSecret holds the caller's password, with pauses after failures as at
// sign-in.
func (a *Accounts) checkSecret(ctx context.Context, me *Person, password string) error {
	if err := a.mayTry(ctx, me.Login); err != nil {
		return err
	}
	ok := false
	if me.password != "" {
		var err error
		if ok, _, err = a.matches(ctx, me.password, password); err != nil {
			return err
		}
	}
	if !ok {
		return errors.Join(a.failed(ctx, me.Login, "password"), ErrSignIn)
	}
	return nil
}

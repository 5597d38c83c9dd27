package passport

import (
	"context"
	"database/sql"
	"errors"
	"net/mail"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/store"
)

// Holder is a consumer who has a passport (护照持有人).
type Holder struct {
	Person  keys.Key
	Since   time.Time // when they first came
	Frozen  time.Time // since when the identity is frozen; zero: it is not
	Address string    // of mail, "" if they want none
}

var sealAddress = []byte("pilotzone passport address")

func (s *Service) scanHolder(row interface{ Scan(...any) error }) (*Holder, error) {
	var person, address []byte
	var since, frozen int64
	if err := row.Scan(&person, &since, &frozen, &address); err != nil {
		return nil, err
	}
	h := &Holder{Since: time.UnixMicro(since)}
	copy(h.Person[:], person)
	if frozen != 0 {
		h.Frozen = time.UnixMicro(frozen)
	}
	if len(address) > 0 {
		plain, err := s.c.Keys.Open(nil, address, append(sealAddress[:len(sealAddress):len(sealAddress)], person...))
		if err != nil {
			return nil, err
		}
		h.Address = string(plain)
	}
	return h, nil
}

// Enter is the caller's passport; it is made when they first come. From then on
// they are told of each new use.
func (s *Service) Enter(ctx context.Context) (*Holder, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	h, err := s.scanHolder(s.db.Read().QueryRowContext(ctx, `select person, since, frozen, address from passport_holders where person = $1`, who[:]))
	if !errors.Is(err, sql.ErrNoRows) {
		return h, store.Wrap("passport", err)
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `insert into passport_holders (person, since, frozen, address) values ($1, $2, 0, $3) on conflict (person) do nothing`, who[:], s.now(), []byte{})
		if err != nil {
			return err
		}
		h, err = s.scanHolder(tx.QueryRow(ctx, `select person, since, frozen, address from passport_holders where person = $1`, who[:]))
		return err
	})
	return h, err
}

// change alters the caller's passport with its entry in the audit chain.
func (s *Service) change(ctx context.Context, act string, f func(ctx context.Context, tx *store.Tx, who keys.Key) error) error {
	h, err := s.Enter(ctx)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := f(ctx, tx, h.Person); err != nil {
			return err
		}
		return s.c.Audit.Write(ctx, tx, audit.Entry{Actor: access.Of(ctx).ID, Act: act, Object: "passport", Outcome: audit.Done})
	})
}

// Freeze freezes the caller's identity, or lifts the freeze: from then on lists
// that name it are held for review (本人冻结身份).
func (s *Service) Freeze(ctx context.Context, on bool) error {
	act, at := "passport.unfreeze", int64(0)
	if on {
		act, at = "passport.freeze", s.now()
	}
	return s.change(ctx, act, func(ctx context.Context, tx *store.Tx, who keys.Key) error {
		done, err := tx.Exec(ctx, `update passport_holders set frozen = $1 where person = $2 and (frozen = 0) = $3`, at, who[:], on)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err // it stands so already
		}
		_, err = s.c.Commands.Add(ctx, tx, CommandFreeze, clearance.PersonFreezeBody{Person: who, Frozen: on}.Encode())
		return err
	})
}

// WriteTo sets the address to which the caller wants letters; "" wants none.
func (s *Service) WriteTo(ctx context.Context, address string) error {
	if address != "" {
		a, err := mail.ParseAddress(address)
		if err != nil || a.Address != address || len(address) > 200 {
			return ErrAddress
		}
	}
	return s.change(ctx, "passport.address", func(ctx context.Context, tx *store.Tx, who keys.Key) error {
		sealed := []byte{}
		if address != "" {
			sealed = s.c.Keys.Seal(nil, []byte(address), append(sealAddress[:len(sealAddress):len(sealAddress)], who[:]...))
		}
		_, err := tx.Exec(ctx, `update passport_holders set address = $1 where person = $2`, sealed, who[:])
		return err
	})
}

// Page asks for part of a list, newest first: up to Limit (50 if 0) before
// Parcel and, of notices, At and Kind; zero: from the newest.
type Page struct {
	At     int64
	Parcel uint64
	Kind   Kind
	Limit  int
}

func (p Page) limit() int {
	if p.Limit <= 0 || p.Limit > 200 {
		return 50
	}
	return p.Limit
}

func (p Page) before() (at, parcel int64) {
	if p.At == 0 {
		return 1<<63 - 1, 1<<63 - 1
	}
	return p.At, int64(p.Parcel)
}

// Uses lists the uses of the caller's identity in this zone, newest first: parcels
// are numbered as their first lists come.
func (s *Service) Uses(ctx context.Context, p Page) ([]Use, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	before := int64(p.Parcel)
	if before == 0 {
		before = 1<<63 - 1
	}
	rows, err := s.db.Read().QueryContext(ctx, `select `+columns+` from passport_uses where person = $1 and parcel < $2 order by parcel desc limit $3`, who[:], before, p.limit())
	if err != nil {
		return nil, store.Wrap("uses", err)
	}
	return scanAll(rows)
}

// Use is one use of the caller's identity.
func (s *Service) Use(ctx context.Context, parcel uint64) (*Use, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	return s.use(ctx, s.db.Read().QueryRowContext(ctx, `select `+columns+` from passport_uses where person = $1 and parcel = $2`, who[:], int64(parcel)))
}

func (s *Service) use(_ context.Context, row *sql.Row) (*Use, error) {
	u, err := scan(row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return &u, store.Wrap("use", err)
}

// Year is what the caller has used of the allowance of a year by the zone's own
// count. Customs' count is another one, over all zones, and it binds.
type Year struct {
	clearance.Allowance
	Uses   int       // lists of this zone in the year
	Amount money.Fen // that they charge or reserve
}

// Allowance is the caller's allowance as it stands in the core, of this year and
// the one before, the newest first.
func (s *Service) Allowance(ctx context.Context) ([]Year, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	today := clock.DayOf(s.c.Clock.Now())
	years := make([]Year, 2)
	if err := s.c.Machine.Ask(ctx, func(e *clearance.Engine) {
		for i := range years {
			years[i].Allowance = e.Allowance(who, lastDay(today, i))
		}
	}); err != nil {
		return nil, err
	}
	for i := range years {
		from := int64(years[i].Year) * 10_000
		if err := s.db.Read().QueryRowContext(ctx, `select count(*), cast(coalesce(sum(reserved + charged), 0) as bigint) from passport_uses
			where person = $1 and day > $2 and day < $3`, who[:], from, from+10_000).Scan(&years[i].Uses, (*int64)(&years[i].Amount)); err != nil {
			return nil, store.Wrap("uses of a year", err)
		}
	}
	return years, nil
}

// lastDay is today, or the last day of the year so many years back.
func lastDay(today clock.Day, back int) clock.Day {
	if back == 0 {
		return today
	}
	return clock.Day((today.Year()-back)*10_000 + 1231)
}

// Kind says what a notice is about. The numbers are stored.
type Kind uint8

// The kinds of notices.
const (
	Used             Kind = iota + 1 // a list of this zone names the identity
	HeldByFreeze                     // a list is held because the identity is frozen
	DisputeUpheld                    // 异议成立
	DisputeDismissed                 // 异议不成立
)

// String is the kind's name in the API.
func (k Kind) String() string {
	return [...]string{"", "used", "held", "dispute_upheld", "dispute_dismissed"}[k]
}

// Words is the kind for people.
func (k Kind) Words() notify.Words {
	return [...]notify.Words{{}, {ZH: "您的身份被用于一份跨境电商清单", EN: "Your identity was used on a cross-border list"},
		{ZH: "一份清单因您冻结身份而转人工审核", EN: "A list is held for review because you froze your identity"},
		{ZH: "您的异议成立", EN: "Your dispute was upheld"}, {ZH: "您的异议不成立", EN: "Your dispute was dismissed"}}[k]
}

// Notice is one thing that a holder was told (通知).
type Notice struct {
	Person keys.Key
	Parcel uint64
	Kind   Kind
	At     int64 // µs UTC
}

// Notices lists what the caller was told, newest first.
func (s *Service) Notices(ctx context.Context, p Page) ([]Notice, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	at, parcel := p.before()
	rows, err := s.db.Read().QueryContext(ctx, `select parcel, kind, at from passport_notices where person = $1 and (at < $2 or at = $2 and (parcel < $3 or parcel = $3 and kind < $4))
		order by at desc, parcel desc, kind desc limit $5`, who[:], at, parcel, int64(p.Kind), p.limit())
	if err != nil {
		return nil, store.Wrap("notices", err)
	}
	defer rows.Close()
	var out []Notice
	for rows.Next() {
		n := Notice{Person: who}
		var parcel, kind int64
		if err := rows.Scan(&parcel, &kind, &n.At); err != nil {
			return nil, err
		}
		n.Parcel, n.Kind = uint64(parcel), Kind(kind)
		out = append(out, n)
	}
	return out, rows.Err()
}

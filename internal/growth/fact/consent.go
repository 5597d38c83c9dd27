package fact

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store"
)

// Consent lets an organisation see an enterprise's figures (授权): for a purpose,
// until a day.
type Consent struct {
	ID         string
	Enterprise string // customs code
	Org        string // who may see
	Purpose    string
	From       clock.Day // first day
	Until      clock.Day // last day
	GivenBy    string
	Given      time.Time
	Withdrawn  time.Time // zero: it stands
	Reason     string    // of the withdrawal
}

// On tells whether the consent is in force on a day.
func (c *Consent) On(day clock.Day) bool {
	return c.Withdrawn.IsZero() && c.From <= day && day <= c.Until
}

const consentColumns = `id, enterprise, org, purpose, from_day, until_day, given_by, given_at, withdrawn_at, reason`

func scanConsent(row interface{ Scan(...any) error }) (c Consent, err error) {
	var given, withdrawn int64
	err = row.Scan(&c.ID, &c.Enterprise, &c.Org, &c.Purpose, &c.From, &c.Until, &c.GivenBy, &given, &withdrawn, &c.Reason)
	c.Given = clock.FromMicros(given)
	if withdrawn != 0 {
		c.Withdrawn = clock.FromMicros(withdrawn)
	}
	return c, err
}

// longest is for how many years a consent may be given at once.
const longest = 5

func problem(code, field, zh, en, fixZH, fixEN string) matter.Problem {
	return matter.Problem{Code: code, Field: field, ZH: zh, EN: en, FixZH: fixZH, FixEN: fixEN}
}

// checkConsent says all that is wrong with a consent that is to be given.
func (s *Service) checkConsent(ctx context.Context, c Consent) (out matter.Problems) {
	if org, ok := s.orgName(ctx, c.Org); !ok || c.Org == "" {
		out = append(out, problem("org", "org", "没有该单位", "there is no such organisation", "填写对方告知的单位编号", "give the organisation's id as it told you"))
	} else if p := access.Of(ctx); p != nil && p.Org == c.Org {
		out = append(out, problem("org", "org", org+" 是本单位，无需授权", org+" is your own organisation: it needs no consent", "填写其他单位", "name another"))
	}
	if n := utf8.RuneCountInString(strings.TrimSpace(c.Purpose)); n < 2 || n > 200 {
		out = append(out, problem("purpose", "purpose", "请写明用途，2 至 200 字", "say what for, in 2 to 200 characters", "例如：园区年度统计", "such as: the park's yearly statistics"))
	}
	if today := s.today(); !c.Until.Valid() || c.Until < today || c.Until > today.AddMonths(12*longest) {
		out = append(out, problem("until", "until", fmt.Sprintf("截止日须在今天至 %d 年之内", longest), fmt.Sprintf("the last day must be from today to within %d years", longest), "写作 2026-12-31", "write it as 2026-12-31"))
	}
	return out
}

func (s *Service) orgName(ctx context.Context, id string) (string, bool) {
	if s.c.OrgName == nil {
		return id, true
	}
	return s.c.OrgName(ctx, id)
}

// gives tells whether the caller may consent for an enterprise.
func (s *Service) gives(ctx context.Context, enterprise string) bool {
	return access.Of(ctx).Scope(access.ConsentGive) != access.None && s.owns(ctx, Subject{Enterprise, enterprise})
}

// Give gives a consent from today on; the caller manages the enterprise.
// What can be mended is returned as matter.Problems.
func (s *Service) Give(ctx context.Context, enterprise, org, purpose string, until clock.Day) (*Consent, error) {
	if !s.gives(ctx, enterprise) {
		return nil, s.deny(ctx, "consent.give", "enterprise:"+enterprise, ErrNotFound)
	}
	by, _ := actor(ctx)
	c := Consent{Enterprise: enterprise, Org: org, Purpose: strings.TrimSpace(purpose), From: s.today(), Until: until, GivenBy: by, Given: clock.FromMicros(s.now())}
	if bad := s.checkConsent(ctx, c); bad != nil {
		return nil, bad
	}
	var err error
	if c.ID, err = s.newID("cs_"); err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `insert into fact_consents (id, enterprise, org, purpose, from_day, until_day, given_by, given_at, withdrawn_by, withdrawn_at, reason)
			values ($1, $2, $3, $4, $5, $6, $7, $8, '', 0, '')`, c.ID, c.Enterprise, c.Org, c.Purpose, int64(c.From), int64(c.Until), c.GivenBy, clock.Micros(c.Given)); err != nil {
			return err
		}
		return s.write(ctx, tx, "consent.give", "enterprise:"+enterprise, "consent="+c.ID, "org="+org, "until="+until.String())
	})
	return &c, err
}

// WithdrawConsent ends a consent at once. Withdrawing one that is withdrawn does
// nothing.
func (s *Service) WithdrawConsent(ctx context.Context, id, reason string) error {
	c, err := s.consent(ctx, id)
	if err != nil {
		return err
	}
	if !s.gives(ctx, c.Enterprise) {
		return s.deny(ctx, "consent.withdraw", "consent:"+id, ErrNotFound)
	}
	by, _ := actor(ctx)
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, err := tx.Exec(ctx, `update fact_consents set withdrawn_by = $1, withdrawn_at = $2, reason = $3 where id = $4 and withdrawn_at = 0`, by, s.now(), cut(reason, 200), id)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.write(ctx, tx, "consent.withdraw", "enterprise:"+c.Enterprise, "consent="+id)
	})
}

// EndBy lets an enterprise's consents to an organisation for a purpose end on a day
// at the latest, in the transaction that ended what they were for, such as a
// membership.
func (s *Service) EndBy(ctx context.Context, tx *store.Tx, enterprise, org, purpose string, last clock.Day) error {
	done, err := tx.Exec(ctx, `update fact_consents set until_day = $4 where enterprise = $1 and org = $2 and purpose = $3 and withdrawn_at = 0 and until_day > $4`, enterprise, org, purpose, int64(last))
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return s.write(ctx, tx, "consent.shorten", "enterprise:"+enterprise, "org="+org, "until="+last.String())
}

func (s *Service) consent(ctx context.Context, id string) (*Consent, error) {
	c, err := scanConsent(s.db.Read().QueryRowContext(ctx, `select `+consentColumns+` from fact_consents where id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return &c, store.Wrap("read a consent", err)
}

// Given are the consents of the caller's enterprises, the newest first.
func (s *Service) Given(ctx context.Context) ([]Consent, error) {
	p := access.Of(ctx)
	if p.Scope(access.ConsentGive) == access.None {
		return nil, nil
	}
	return s.consents(ctx, "enterprise", p.Codes...)
}

// Received are the consents that the caller's organisation was given, the newest
// first.
func (s *Service) Received(ctx context.Context) ([]Consent, error) {
	p := access.Of(ctx)
	if p == nil || p.Org == "" || p.Scope(access.FigureRead) == access.None {
		return nil, nil
	}
	return s.consents(ctx, "org", p.Org)
}

func (s *Service) consents(ctx context.Context, column string, values ...string) (out []Consent, err error) {
	for _, v := range values {
		err := s.each(ctx, func(rows *sql.Rows) error {
			c, err := scanConsent(rows)
			out = append(out, c)
			return err
		}, `select `+consentColumns+` from fact_consents where `+column+` = $1`, v)
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b Consent) int { return b.Given.Compare(a.Given) })
	return out, nil
}

// Consents tells whether an enterprise lets an organisation see its figures today.
// A store that can't be read is no consent.
func (s *Service) Consents(ctx context.Context, enterprise, org string) bool {
	id, err := s.consentOf(ctx, enterprise, org)
	return err == nil && id != ""
}

// consentOf is the consent by which an organisation may see an enterprise today,
// "" if there is none.
func (s *Service) consentOf(ctx context.Context, enterprise, org string) (id string, err error) {
	if enterprise == "" || org == "" {
		return "", nil
	}
	err = s.db.Read().QueryRowContext(ctx, `select id from fact_consents where enterprise = $1 and org = $2 and withdrawn_at = 0 and from_day <= $3 and until_day >= $3
		order by until_day desc, id limit 1`, enterprise, org, int64(s.today())).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, store.Wrap("read a consent", err)
}

// Look is one look of another at an enterprise's figures (查看记录).
type Look struct {
	Enterprise string
	Org        string // "" is an office
	Actor      string // account
	Year       int
	Consent    string // under which; "" is an office's right
	At         time.Time
}

// Looks are the newest looks at the caller's enterprises (谁看过我的数据), at most
// most of each.
func (s *Service) Looks(ctx context.Context, most int) (out []Look, err error) {
	p := access.Of(ctx)
	if p.Scope(access.FigureRead) == access.None {
		return nil, nil
	}
	for _, code := range p.Codes {
		err := s.each(ctx, func(rows *sql.Rows) error {
			var l Look
			var at int64
			err := rows.Scan(&l.Enterprise, &l.Org, &l.Actor, &l.Year, &l.Consent, &at)
			l.At = clock.FromMicros(at)
			out = append(out, l)
			return err
		}, `select enterprise, org, actor, year, consent, at from fact_looks where enterprise = $1 order by at desc, id desc limit $2`, code, most)
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out, func(a, b Look) int { return b.At.Compare(a.At) })
	return out, nil
}

// looked keeps that another looked at an enterprise's figures, and enters it into
// the chain.
func (s *Service) looked(ctx context.Context, enterprise string, year int, consent string) error {
	id, err := s.newID("")
	if err != nil {
		return err
	}
	who, org := actor(ctx)
	role := "consent"
	if consent == "" {
		role = "office"
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `insert into fact_looks (id, enterprise, org, actor, role, year, consent, at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			id, enterprise, org, who, role, year, consent, s.now()); err != nil {
			return err
		}
		return s.write(ctx, tx, "figure.read", "enterprise:"+enterprise, fmt.Sprintf("year=%d", year), "consent="+consent)
	})
}

// newID makes an id that nobody can guess.
func (s *Service) newID(prefix string) (string, error) {
	b := make([]byte, 12)
	if _, err := io.ReadFull(s.c.Random, b); err != nil {
		return "", fmt.Errorf("fact: no randomness: %w", err)
	}
	return prefix + hex.EncodeToString(b), nil
}

func cut(text string, most int) string {
	r := []rune(strings.TrimSpace(text))
	return string(r[:min(len(r), most)])
}

func (s *Service) each(ctx context.Context, f func(*sql.Rows) error, query string, args ...any) error {
	err := func() error {
		rows, err := s.db.Read().QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := f(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	}()
	return store.Wrap("read facts", err)
}

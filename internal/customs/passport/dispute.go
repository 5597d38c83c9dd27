package passport

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store"
)

// Matter is the id of the matter in which a use is disputed (身份冒用异议); its
// form names the parcel in the field "parcel".
const Matter = "identity-dispute"

// Effects are what the matter does here, by the names that its definition uses.
func (s *Service) Effects() map[string]matter.Effect {
	return map[string]matter.Effect{"passport-open": s.opened, "passport-uphold": s.uphold, "passport-dismiss": s.dismiss}
}

// Matters carries disputes; *matter.Service is one.
type Matters interface {
	Begin(ctx context.Context, definition, key string, form map[string]any) (*matter.Matter, error)
	Submit(ctx context.Context, number string, revision uint64, key string) (*matter.Matter, error)
	Withdraw(ctx context.Context, number string, revision uint64, reason, key string) (*matter.Matter, error)
}

// Dispute hands the caller's dispute of a use in: form is what the matter asks
// beside the parcel. What is wrong is returned as matter.Problems, and leaves no
// draft behind.
func (s *Service) Dispute(ctx context.Context, matters Matters, parcel uint64, form map[string]any) (*matter.Matter, error) {
	if _, err := s.Use(ctx, parcel); err != nil {
		return nil, err
	}
	form["parcel"] = strconv.FormatUint(parcel, 10)
	m, err := matters.Begin(ctx, Matter, "", form)
	if err != nil {
		return nil, err
	}
	done, err := matters.Submit(ctx, m.Number, m.Revision, "")
	if err != nil {
		// The consumer sends the whole form again: the draft would only be found later.
		if _, undo := matters.Withdraw(ctx, m.Number, m.Revision, "未能提交 could not be handed in", ""); undo != nil {
			s.c.Log.Warn("passport: a draft of a dispute is left", "matter", m.Number, "error", undo)
		}
		return nil, err
	}
	return done, nil
}

func problem(code, zh, en, fixZH, fixEN string) error {
	return matter.Problems{{Code: code, Field: "parcel", ZH: zh, EN: en, FixZH: fixZH, FixEN: fixEN}}
}

// opened is the effect of handing a dispute in: the parcel must be a use of the
// applicant's identity that is not disputed already.
func (s *Service) opened(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
	who, err := person(ctx)
	if err != nil {
		return problem("denied", "须由通过实名认证的本人提出", "Only the person, signed in by a provider that proves who they are, can dispute a use", "请通过实名认证登录后重新提交", "Sign in with the real-name provider and hand it in again")
	}
	text, _ := m.Form["parcel"].(string)
	parcel, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return noUse()
	}
	u, err := s.use(ctx, tx.QueryRow(ctx, `select `+columns+` from passport_uses where person = $1 and parcel = $2`, who[:], int64(parcel)))
	switch {
	case errors.Is(err, ErrNotFound):
		return noUse()
	case err != nil:
		return err
	case u.Dispute == Upheld:
		return problem("state", "该包裹的异议已成立，不必再次提出", "A dispute of this parcel was upheld already: there is nothing more to do", "无需再次提出", "You need not dispute it again")
	case u.Dispute == Open && u.Matter != m.Number:
		return problem("state", "该包裹的异议正在办理："+u.Matter, "This parcel is being disputed already: "+u.Matter, "请查看该事项的进度", "Follow that matter")
	}
	if _, err := tx.Exec(ctx, `insert into passport_disputes (matter, number, person, parcel, state, opened, closed) values ($1, $2, $3, $4, $5, $6, 0)
		on conflict (matter) do update set parcel = excluded.parcel, state = excluded.state`,
		int64(m.Serial), m.Number, who[:], int64(parcel), int64(Open), s.now()); err != nil {
		return err
	}
	return s.mark(ctx, tx, who, parcel, Open, m.Number)
}

func noUse() error {
	return problem("parcel", "没有该包裹，或其订购人不是您", "There is no such parcel, or it does not name you", "请从“我的使用记录”中选择", "Choose it from the list of your uses")
}

// mark sets where the dispute of a use stands; a use that the dispute left for
// another is freed.
func (s *Service) mark(ctx context.Context, tx *store.Tx, who keys.Key, parcel uint64, d Dispute, number string) error {
	if _, err := tx.Exec(ctx, `update passport_uses set dispute = 0, matter = '' where person = $1 and matter = $2 and parcel <> $3`, who[:], number, int64(parcel)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `update passport_uses set dispute = $1, matter = $2 where person = $3 and parcel = $4`, int64(d), number, who[:], int64(parcel))
	return err
}

// disputeOf finds the dispute of a matter.
func (s *Service) disputeOf(ctx context.Context, tx *store.Tx, m *matter.Matter) (who keys.Key, parcel uint64, err error) {
	var b []byte
	var n int64
	err = tx.QueryRow(ctx, `select person, parcel from passport_disputes where matter = $1`, int64(m.Serial)).Scan(&b, &n)
	if errors.Is(err, sql.ErrNoRows) {
		return who, 0, noUse()
	}
	copy(who[:], b)
	return who, uint64(n), err
}

// uphold is the effect of approval: the core is commanded to mark the parcel and
// to restore the zone's own count, once.
func (s *Service) uphold(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
	who, parcel, err := s.disputeOf(ctx, tx, m)
	if err != nil {
		return err
	}
	if _, err := s.c.Commands.Add(ctx, tx, CommandDispute, clearance.DisputeBody{Number: parcel, Person: who, Matter: m.Number}.Encode()); err != nil {
		return err
	}
	if s.notes != nil {
		if err := s.notes.AddNote(ctx, tx, m.Number, "移送海关函已生成："+ReferralPath(m.Number), "The referral to customs is ready: "+ReferralPath(m.Number)); err != nil {
			return err
		}
	}
	return s.close(ctx, tx, m, who, parcel, Upheld)
}

// dismiss is the effect of refusal.
func (s *Service) dismiss(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
	who, parcel, err := s.disputeOf(ctx, tx, m)
	if err != nil {
		return err
	}
	if err := s.close(ctx, tx, m, who, parcel, Dismissed); err != nil {
		return err
	}
	return s.tell(ctx, tx, []Notice{{Person: who, Parcel: parcel, Kind: DisputeDismissed, At: s.now()}})
}

func (s *Service) close(ctx context.Context, tx *store.Tx, m *matter.Matter, who keys.Key, parcel uint64, d Dispute) error {
	if _, err := tx.Exec(ctx, `update passport_disputes set state = $1, closed = $2 where matter = $3`, int64(d), s.now(), int64(m.Serial)); err != nil {
		return err
	}
	return s.mark(ctx, tx, who, parcel, d, m.Number)
}

// FollowMatters takes disputes back that their applicants withdrew, until ctx
// ends, which is no error. facts is the stream of the matters.
func (s *Service) FollowMatters(ctx context.Context, facts *feed.Stream) error {
	return s.withdrawals(facts).Run(ctx)
}

func (s *Service) withdrawals(facts *feed.Stream) *feed.Consumer {
	return &feed.Consumer{Name: "passport", Stream: facts.Name(), Source: facts, DB: s.db, Clock: s.c.Clock, Wake: &facts.Signal, Log: s.c.Log,
		Apply: func(ctx context.Context, tx *store.Tx, events []feed.Event) error {
			for _, e := range events {
				var f matter.Fact
				if err := json.Unmarshal(e.Body, &f); err != nil {
					return fmt.Errorf("passport: fact %d of the matters: %w", e.Seq, err)
				}
				if f.Definition != Matter || f.Act != matter.Withdraw {
					continue
				}
				if err := s.withdrawn(ctx, tx, f.Number); err != nil {
					return err
				}
			}
			return nil
		}}
}

func (s *Service) withdrawn(ctx context.Context, tx *store.Tx, number string) error {
	var b []byte
	var parcel int64
	err := tx.QueryRow(ctx, `select person, parcel from passport_disputes where number = $1 and state = $2`, number, int64(Open)).Scan(&b, &parcel)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // a draft, or done before
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update passport_disputes set state = $1, closed = $2 where number = $3`, int64(Withdrawn), s.now(), number); err != nil {
		return err
	}
	var who keys.Key
	copy(who[:], b)
	return s.mark(ctx, tx, who, uint64(parcel), Withdrawn, number)
}

// Referral is the letter that refers an upheld dispute to customs, whose count
// of the allowance is the one that binds (移送海关函). It names no person: customs
// finds the person by the list number.
func (s *Service) Referral(ctx context.Context, number string) (string, error) {
	var b []byte
	var parcel, state, opened, closed int64
	err := s.db.Read().QueryRowContext(ctx, `select person, parcel, state, opened, closed from passport_disputes where number = $1`, number).Scan(&b, &parcel, &state, &opened, &closed)
	if errors.Is(err, sql.ErrNoRows) || err == nil && Dispute(state) != Upheld {
		return "", ErrNotFound
	}
	if err != nil {
		return "", store.Wrap("dispute", err)
	}
	var who keys.Key
	copy(who[:], b)
	if p := access.Of(ctx); p.Scope(access.MatterWork) != access.Zone && (p == nil || p.Person != who || p.Scope(access.PassportUse) == access.None) {
		return "", ErrNotFound
	}
	u, err := s.use(ctx, s.db.Read().QueryRowContext(ctx, `select `+columns+` from passport_uses where person = $1 and parcel = $2`, b, parcel))
	if err != nil {
		return "", err
	}
	return referral(u, number, opened, closed), nil
}

// ReferralPath is the page of a referral.
func ReferralPath(number string) string { return "/referrals/" + number }

// ReferralName is the file name of a referral.
func ReferralName(number string) string { return fmt.Sprintf("referral-%s.txt", number) }

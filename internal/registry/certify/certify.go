// Package certify makes filings of applications (主体备案与认证): it is what the
// matter "subject-filing" does beyond its form. The register is asked about the
// code, the bank account is proved by a small payment, approval files the
// enterprise (the core learns it by the registry's command), and every filing is
// looked at again once a year.
//
// Invariants: the amount of a payment leaves this package only for the bank that
// makes it; an account is proved by naming the amount within three tries and
// seven days; an approval files an enterprise only for the organisation that
// applied, and its codes belong to nobody else.
package certify

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/registry"
	"pilotzone/internal/registry/register"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of the service and of what it stands on, in the
// services database.
func Migrations() []store.Migration {
	return []store.Migration{feed.Migration, feed.Cursors(store.Services), {File: store.Services, Owner: "certify", FS: migrations}}
}

// Binder gives an organisation its filing and codes, in the transaction that
// files it; *access.Accounts is one. A code that is another's is access.ErrTaken.
type Binder interface {
	BindFiling(ctx context.Context, tx *store.Tx, org, filing string, codes []string) error
}

// Audit is where acts are written; *audit.Log is one.
type Audit = matter.Audit

// Config is what the service works on.
type Config struct {
	DB       *store.DB
	Keys     *keys.Keyring
	Clock    clock.Clock
	Random   io.Reader // amounts and ids
	Registry *registry.Registry
	Register register.Register // nil: codes are not looked up, which is a finding
	Payout   Payout            // nil: banks take the orders here alone
	Binder   Binder            // nil: organisations are bound by hand
	Audit    Audit
	Log      *slog.Logger
}

// Service is filing and certification. It is safe for many goroutines.
type Service struct {
	c       Config
	db      *store.DB
	matters *matter.Service
}

// New makes the service on a database in which [Migrations] have run. Give its
// Hooks to the service of matters, and that service to Use.
func New(c Config) *Service { return &Service{c: c, db: c.DB} }

// Use says which service carries the matters.
func (s *Service) Use(m *matter.Service) { s.matters = m }

// Hooks are what the definitions of filings name.
func (s *Service) Hooks() matter.Hooks {
	return matter.Hooks{
		Effects: map[string]matter.Effect{"kinds-agree": s.agree, "bank-challenge": s.challenge, "registry-file": s.file},
		Guards:  map[string]matter.Guard{"bank-account": s.proved},
		Probes:  map[string]matter.Probe{"uscc-register": s.ask, "filing-state": s.state},
	}
}

func text(m *matter.Matter, field string) string {
	v, _ := m.Form[field].(string)
	return v
}

// file is the effect of an approval: a new filing, or a new revision of the one
// that stands. Certificates, policies and suspensions stay, and so does every
// kind that the enterprise was filed as, unless the application ends it by name:
// one that is merely not ticked is not taken away.
func (s *Service) file(ctx context.Context, tx *store.Tx, m *matter.Matter, d *matter.Definition) error {
	uscc, customs := text(m, "uscc"), text(m, "customs_code")
	kinds, err := kindsOf(m, "kinds")
	if err != nil {
		return err
	}
	ended, err := kindsOf(m, "end_kinds")
	if err != nil {
		return err
	}
	today := clock.DayOf(s.c.Clock.Now())
	author := registry.Author{By: actor(ctx), Note: "matter " + m.Number}
	f, err := s.c.Registry.FileIn(ctx, tx, author, func(old *registry.Filing) registry.Filing {
		f := registry.Filing{From: today}
		if old != nil {
			f = *old
		}
		f.USCC, f.Name, f.Kinds = uscc, text(m, "name"), (f.Kinds|kinds)&^ended
		if customs != "" { // left out, it stays
			f.CustomsCode = customs
		}
		f.To = today.AddMonths(d.Params["valid_months"]).AddDays(-1)
		if d.Params["valid_months"] == 0 {
			f.To = 0
		}
		return f
	}, uscc, customs)
	var faults registry.Faults
	if errors.As(err, &faults) {
		return problems(faults)
	}
	if err != nil {
		return err
	}
	return s.bind(ctx, tx, m.Org, f)
}

func (s *Service) bind(ctx context.Context, tx *store.Tx, org string, f *registry.Filing) error {
	if s.c.Binder == nil || org == "" {
		return nil
	}
	codes := []string{f.USCC}
	if f.CustomsCode != "" {
		codes = append(codes, f.CustomsCode)
	}
	err := s.c.Binder.BindFiling(ctx, tx, org, f.ID, codes)
	if errors.Is(err, access.ErrTaken) {
		return matter.Problems{{Code: "taken", Field: "uscc", ZH: "该企业代码已绑定其他单位账户，或申请单位已绑定另一备案", EN: "the enterprise's codes belong to another organisation's account, or the applicant is bound to another filing",
			FixZH: "核实申请单位身份后，由管理员处理账户绑定", FixEN: "find out who the applicant is; an administrator settles whose codes they are"}}
	}
	return err
}

// agree holds the kinds that are asked for against those that are to end, when
// the application is handed in.
func (s *Service) agree(_ context.Context, _ *store.Tx, m *matter.Matter, _ *matter.Definition) error {
	asked, err := kindsOf(m, "kinds")
	if err != nil {
		return err
	}
	ended, err := kindsOf(m, "end_kinds")
	if err == nil && asked&ended != 0 {
		err = matter.Problems{{Code: "contradiction", Field: "end_kinds", ZH: "同一备案类型不能既申请又取消", EN: "a kind can't be asked for and ended at once", FixZH: "取消其中一处勾选", FixEN: "untick one of the two"}}
	}
	return err
}

func kindsOf(m *matter.Matter, field string) (registry.Kinds, error) {
	list, _ := m.Form[field].([]any)
	var kinds registry.Kinds
	for _, v := range list {
		k := registry.Role(fmt.Sprint(v))
		if k == 0 {
			return 0, matter.Problems{{Code: "choice", Field: field, ZH: "未知备案类型", EN: "unknown kind of filing", FixZH: "从列表中选择", FixEN: "choose one of the list"}}
		}
		kinds |= k
	}
	return kinds, nil
}

func problems(faults registry.Faults) matter.Problems {
	out := make(matter.Problems, len(faults))
	for i, f := range faults {
		out[i] = matter.Problem{Code: "registry", Field: f.Field, ZH: f.ZH, EN: f.EN, FixZH: "退回申请人更正", FixEN: "return it to the applicant for correction"}
	}
	return out
}

func actor(ctx context.Context) string {
	if p := access.Of(ctx); p != nil && p.ID != "" {
		return p.ID
	}
	return "system"
}

// write writes an act of the caller into the audit chain, in its transaction.
func (s *Service) write(ctx context.Context, tx *store.Tx, act, object, detail string) error {
	e := audit.Entry{Actor: actor(ctx), Act: act, Object: object, Outcome: audit.Done, Detail: detail}
	if p := access.Of(ctx); p != nil {
		e.Org = p.Org
	}
	return s.c.Audit.Write(ctx, tx, e)
}

// allowed refuses, and writes down, who lacks a permission over the zone.
func (s *Service) allowed(ctx context.Context, need access.Permission, act, object string) error {
	if access.Of(ctx).Scope(need) == access.Zone {
		return nil
	}
	e := audit.Entry{Actor: actor(ctx), Act: act, Object: object, Outcome: audit.Denied}
	if err := s.c.Audit.Record(ctx, e); err != nil {
		return err
	}
	return matter.ErrDenied
}

// Today is the Beijing day by the service's clock.
func (s *Service) Today() clock.Day { return clock.DayOf(s.c.Clock.Now()) }

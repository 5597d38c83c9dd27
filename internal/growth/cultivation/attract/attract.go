// Package attract is the attraction pipeline (招引项目库): leads of companies that may
// come, from the first contact to operation, who is in charge, and what is next.
//
// Invariants: a stage is reached once, on the day that is written then, and the
// count of a year counts the day on which a lead first was registered; a lead that
// counts as registered names its filed enterprise; contacts are sealed. Offices
// alone see it. Seeds: 000 III(二)3 and 5 (each county attracts one or two leading
// enterprises and introduces one or two service providers a year), 003 III(六)
// (Fortune 500 and the top 50 of the trade), 004 3(四)1.
package attract

import (
	"context"
	"embed"
	"fmt"
	"slices"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the tables, in the services database.
func Migrations() []store.Migration {
	return []store.Migration{cultivation.Migration, {File: store.Services, Owner: "attract", FS: files}}
}

// Stage is how far a lead has come. Its name is stored.
type Stage string

// The stages, in their order; a lead may be lost from any.
const (
	Lead       Stage = "lead"       // 线索
	Talks      Stage = "talks"      // 洽谈
	Signed     Stage = "signed"     // 签约
	Registered Stage = "registered" // 落地注册
	Operating  Stage = "operating"  // 投产运营
	Lost       Stage = "lost"       // 终止
)

// Stages are all stages in their order.
func Stages() []Stage { return []Stage{Lead, Talks, Signed, Registered, Operating, Lost} }

// Words are the stage's names.
func (s Stage) Words() pack.Text {
	return map[Stage]pack.Text{Lead: {ZH: "线索", EN: "lead"}, Talks: {ZH: "洽谈", EN: "talks"}, Signed: {ZH: "签约", EN: "signed"}, Registered: {ZH: "落地注册", EN: "registered"},
		Operating: {ZH: "投产运营", EN: "operating"}, Lost: {ZH: "终止", EN: "lost"}}[s]
}

// Kind is what a company would set up. Its name is stored.
type Kind string

// Provider is the kind of a service provider (服务商).
const Provider Kind = "provider"

var kinds = []struct {
	kind  Kind
	words pack.Text
}{
	{"platform", pack.Text{ZH: "平台企业", EN: "Platform"}}, {"headquarters", pack.Text{ZH: "综合（集团）总部", EN: "Corporate headquarters"}}, {"functional-hq", pack.Text{ZH: "功能性总部", EN: "Functional headquarters"}},
	{"operation", pack.Text{ZH: "运营中心", EN: "Operation centre"}}, {"innovation", pack.Text{ZH: "创新中心", EN: "Innovation centre"}}, {"distribution", pack.Text{ZH: "分拨中心", EN: "Distribution centre"}},
	{Provider, pack.Text{ZH: "服务商", EN: "Service provider"}}, {"logistics", pack.Text{ZH: "国际物流企业", EN: "International logistics"}}, {"trade", pack.Text{ZH: "贸易主体", EN: "Trader"}}, {"other", pack.Text{ZH: "其他", EN: "Other"}},
}

// Kinds are all kinds in the order in which they are shown.
func Kinds() []Kind {
	out := make([]Kind, len(kinds))
	for i := range kinds {
		out[i] = kinds[i].kind
	}
	return out
}

// Words are the kind's names.
func (k Kind) Words() pack.Text {
	for _, v := range kinds {
		if v.kind == k {
			return v.words
		}
	}
	return pack.Text{}
}

// Project is a lead (招引项目).
type Project struct {
	ID         int64     `json:"id,omitempty" readOnly:"true"`
	Company    string    `json:"company" maxLength:"120"`
	Country    string    `json:"country,omitempty" maxLength:"3" doc:"Customs code of the country."`
	Kind       Kind      `json:"kind" enum:"platform,headquarters,functional-hq,operation,innovation,distribution,provider,logistics,trade,other"`
	Industry   string    `json:"industry,omitempty" maxLength:"60"`
	Size       money.Fen `json:"size,omitempty" doc:"Planned investment in yuan."`
	County     string    `json:"county,omitempty" maxLength:"6" doc:"Division code where it would be."`
	Leading    bool      `json:"leading,omitempty" doc:"Leading enterprise of its trade."`
	Fortune    bool      `json:"fortune,omitempty" doc:"Fortune 500, or top 50 of its trade."`
	Stage      Stage     `json:"stage,omitempty" readOnly:"true"`
	Since      int64     `json:"since,omitempty" readOnly:"true" doc:"µs UTC"`
	Officer    string    `json:"officer,omitempty" readOnly:"true" doc:"Account in charge."`
	Name       string    `json:"name,omitempty" readOnly:"true" doc:"Of the account in charge."`
	NextStep   string    `json:"next_step,omitempty" maxLength:"200"`
	NextDay    clock.Day `json:"next_day,omitempty" doc:"By when the next step is due."`
	Enterprise string    `json:"enterprise,omitempty" readOnly:"true" doc:"Code once it is filed here."`
	Contact    string    `json:"contact,omitempty" maxLength:"200" doc:"Stored sealed."`
	Revision   int64     `json:"revision,omitempty" readOnly:"true"`

	sealed []byte
}

// Service is the room. Its methods are safe for concurrent use.
type Service struct {
	*cultivation.Desk
	filed func(ctx context.Context, code string) (bool, error)
}

// New makes the room on a store in which Migrations have run; filed tells whether
// an enterprise is filed.
func New(d *cultivation.Desk, filed func(ctx context.Context, code string) (bool, error)) *Service {
	return &Service{d, filed}
}

const columns = `id, company, country, kind, industry, size, county, is_leading, fortune, stage, since, officer, name, next_step, next_day, enterprise, contact, revision`

func scan(r cultivation.Row, v *Project) error {
	return r.Scan(&v.ID, &v.Company, &v.Country, (*string)(&v.Kind), &v.Industry, (*int64)(&v.Size), &v.County, &v.Leading, &v.Fortune, (*string)(&v.Stage), &v.Since, &v.Officer, &v.Name, &v.NextStep, (*int32)(&v.NextDay), &v.Enterprise, &v.sealed, &v.Revision)
}

// allowed is an error unless the caller works the pipeline.
func allowed(ctx context.Context) error {
	if access.Of(ctx).Scope(access.Cultivate) != access.Zone {
		return cultivation.ErrDenied
	}
	return nil
}

// Projects are the leads, what is due first, without contacts; of a stage if one is
// named.
func (s *Service) Projects(ctx context.Context, stage Stage) ([]Project, error) {
	if err := allowed(ctx); err != nil {
		return nil, err
	}
	return cultivation.All(ctx, s.Reader(), scan, `select `+columns+` from attract_leads where ($1 = '' or stage = $1) order by case when next_day = 0 then 99999999 else next_day end, id limit 1000`, string(stage))
}

// Project is one with its contact. Errors: cultivation.ErrNotFound, ErrDenied.
func (s *Service) Project(ctx context.Context, id int64) (*Project, error) {
	if err := allowed(ctx); err != nil {
		return nil, err
	}
	return s.one(ctx, s.Reader(), id)
}

func (s *Service) one(ctx context.Context, q cultivation.Querier, id int64) (*Project, error) {
	p, err := cultivation.One(ctx, q, scan, `select `+columns+` from attract_leads where id = $1`, id)
	if err != nil {
		return nil, err
	}
	plain, err := s.Keys.Open(nil, p.sealed, cultivation.Bound("lead", id))
	if err != nil {
		return nil, fmt.Errorf("lead %d: %w", id, err)
	}
	p.Contact = string(plain)
	return p, nil
}

func (p *Project) check() error {
	if p.Kind.Words() == (pack.Text{}) {
		return cultivation.Invalid("kind", "没有该类别", "there is no such kind", "从类别中选择", "choose one of the kinds")
	}
	for _, v := range []struct {
		text        *string
		field       string
		words       pack.Text
		least, most int
	}{
		{&p.Company, "company", pack.Text{ZH: "企业名称", EN: "the company"}, 2, 120}, {&p.Country, "country", pack.Text{ZH: "国别代码", EN: "the country"}, 0, 3}, {&p.Industry, "industry", pack.Text{ZH: "行业", EN: "the industry"}, 0, 60},
		{&p.County, "county", pack.Text{ZH: "县区代码", EN: "the county"}, 0, 6}, {&p.NextStep, "next", pack.Text{ZH: "下一步", EN: "the next step"}, 0, 200}, {&p.Contact, "contact", pack.Text{ZH: "联系人", EN: "the contact"}, 0, 200},
	} {
		if err := cultivation.Clean(v.text, v.field, v.words, v.least, v.most); err != nil {
			return err
		}
	}
	if at := cultivation.Wrong("size day", p.Size < 0, p.NextDay != 0 && !p.NextDay.Valid()); at != "" {
		return cultivation.Invalid("next_day", "投资额或日期有误", "the size or the day is not in order", "修改后重新提交", "mend it and send it again").At(at)
	}
	return nil
}

// Save writes a lead, new if it has no number; its stage stays, and a new one is
// the caller's. With a revision it must be the one there is. Errors:
// cultivation.ErrDenied, ErrNotFound, ErrState.
func (s *Service) Save(ctx context.Context, p Project) (*Project, error) {
	if err := allowed(ctx); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	who := access.Of(ctx)
	return &p, s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		act := "changed"
		if p.ID == 0 {
			act = "opened"
			p.Stage, p.Since, p.Officer, p.Name, p.Enterprise, p.Revision = Lead, s.Now(), who.ID, who.Name, "", 0
			if p.ID, err = s.Number(ctx, tx, "lead"); err != nil {
				return err
			}
		} else {
			old, err := s.one(ctx, tx, p.ID)
			if err != nil {
				return err
			}
			if p.Revision != 0 && p.Revision != old.Revision {
				return cultivation.ErrState
			}
			p.Stage, p.Since, p.Officer, p.Name, p.Enterprise, p.Revision = old.Stage, old.Since, old.Officer, old.Name, old.Enterprise, old.Revision
		}
		if err := s.put(ctx, tx, &p); err != nil {
			return err
		}
		if act == "opened" {
			if err := s.reached(ctx, tx, &p, s.Today()); err != nil {
				return err
			}
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "lead", ID: p.ID, Act: act, Note: p.NextStep})
	})
}

func (s *Service) put(ctx context.Context, tx *store.Tx, p *Project) error {
	p.Revision++
	_, err := tx.Exec(ctx, `insert into attract_leads (`+columns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
		on conflict (id) do update set company = excluded.company, country = excluded.country, kind = excluded.kind, industry = excluded.industry, size = excluded.size, county = excluded.county,
		is_leading = excluded.is_leading, fortune = excluded.fortune, stage = excluded.stage, since = excluded.since, officer = excluded.officer, name = excluded.name,
		next_step = excluded.next_step, next_day = excluded.next_day, enterprise = excluded.enterprise, contact = excluded.contact, revision = excluded.revision`,
		p.ID, p.Company, p.Country, string(p.Kind), p.Industry, int64(p.Size), p.County, p.Leading, p.Fortune, string(p.Stage), p.Since, p.Officer, p.Name, p.NextStep, int64(p.NextDay), p.Enterprise,
		s.Keys.Seal(nil, []byte(p.Contact), cultivation.Bound("lead", p.ID)), p.Revision)
	return err
}

// reached writes the day on which a stage was first reached.
func (s *Service) reached(ctx context.Context, tx *store.Tx, p *Project, day clock.Day) error {
	_, err := tx.Exec(ctx, `insert into attract_stages (lead, stage, day) values ($1, $2, $3) on conflict (lead, stage) do nothing`, p.ID, string(p.Stage), int64(day))
	return err
}

// Move is a step of a lead.
type Move struct {
	Stage      Stage  `json:"stage" enum:"lead,talks,signed,registered,operating,lost"`
	Enterprise string `json:"enterprise,omitempty" maxLength:"18" doc:"Code of the filed enterprise; needed from registered on."`
	Note       string `json:"note,omitempty" maxLength:"400"`
	Take       bool   `json:"take,omitempty" doc:"The caller takes charge."`
}

// ErrEnterprise: a lead that is registered names its filing.
var ErrEnterprise = cultivation.Invalid("enterprise", "落地注册须填写已备案企业的代码", "a registered lead names a filed enterprise", "先办理主体备案，再填写企业代码", "have it filed first, then give its code")

// Move moves a lead to a stage: to the next ones, back, or out. Errors:
// ErrEnterprise, cultivation.ErrState, ErrNotFound, ErrDenied.
func (s *Service) Move(ctx context.Context, id int64, m Move) (*Project, error) {
	if err := allowed(ctx); err != nil {
		return nil, err
	}
	if err := cultivation.Clean(&m.Note, "note", pack.Text{ZH: "说明", EN: "the note"}, 0, 400); err != nil {
		return nil, err
	}
	if !slices.Contains(Stages(), m.Stage) {
		return nil, cultivation.Invalid("stage", "没有该阶段", "there is no such stage", "从阶段中选择", "choose one of the stages")
	}
	if m.Enterprise != "" {
		switch ok, err := s.filed(ctx, m.Enterprise); {
		case err != nil:
			return nil, err
		case !ok:
			return nil, ErrEnterprise
		}
	}
	var out *Project
	who := access.Of(ctx)
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		p, err := s.one(ctx, tx, id)
		if err != nil {
			return err
		}
		if m.Enterprise != "" {
			p.Enterprise = m.Enterprise
		}
		if p.Stage == m.Stage && !m.Take && m.Enterprise == "" {
			return cultivation.ErrState
		}
		if (m.Stage == Registered || m.Stage == Operating) && p.Enterprise == "" {
			return ErrEnterprise
		}
		if p.Stage != m.Stage {
			p.Stage, p.Since = m.Stage, s.Now()
		}
		if m.Take {
			p.Officer, p.Name = who.ID, who.Name
		}
		if err := s.put(ctx, tx, p); err != nil {
			return err
		}
		if err := s.reached(ctx, tx, p, s.Today()); err != nil {
			return err
		}
		out = p
		return s.Wrote(ctx, tx, cultivation.Did{Room: "lead", ID: id, Act: string(m.Stage), Note: m.Note})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Attracted are the leads that were first registered in a year and did not get lost,
// in a county or, of none, in the zone. Programs of the house ask.
func (s *Service) Attracted(ctx context.Context, county string, year int) ([]Project, error) {
	return cultivation.All(ctx, s.Reader(), scan, `select `+columns+` from attract_leads where ($1 = '' or county = $1) and stage <> 'lost'
		and id in (select lead from attract_stages where stage = 'registered' and day between $2 and $3) order by id`, county, int64(year)*10000, int64(year)*10000+1231)
}

// Known tells whether the pipeline holds any lead of a county, or of the zone: then a
// count of nought is known. Programs of the house ask.
func (s *Service) Known(ctx context.Context, county string) (bool, error) {
	list, err := cultivation.All(ctx, s.Reader(), func(r cultivation.Row, v *int64) error { return r.Scan(v) }, `select id from attract_leads where ($1 = '' or county = $1) limit 1`, county)
	return len(list) > 0, err
}

// Of is the lead that became an enterprise, nil if none did. Offices ask.
func (s *Service) Of(ctx context.Context, enterprise string) (*Project, error) {
	if err := allowed(ctx); err != nil {
		return nil, err
	}
	list, err := cultivation.All(ctx, s.Reader(), scan, `select `+columns+` from attract_leads where enterprise = $1 order by id`, enterprise)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

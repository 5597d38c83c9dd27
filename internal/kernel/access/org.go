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

// OrgKind is what an organisation is (单位类型). Its name is stored.
type OrgKind string

// The kinds of organisations.
const (
	EnterpriseOrg OrgKind = "enterprise" // seller, platform, agent, payment, logistics, warehouse 企业
	CustomsOrg    OrgKind = "customs"    // 海关
	TaxOrg        OrgKind = "tax"        // 税务
	FXOrg         OrgKind = "fx"         // 外汇管理
	CommerceOrg   OrgKind = "commerce"   // 商务
	MarketOrg     OrgKind = "market"     // 市场监管
	PostOrg       OrgKind = "post"       // 邮政管理
	ParkOrg       OrgKind = "park"       // 园区运营方
	BankOrg       OrgKind = "bank"       // 银行
	ZoneOrg       OrgKind = "zone"       // administration of the zone 综试区管理机构
)

// OrgKinds are all kinds of organisations, in the order in which they are shown.
func OrgKinds() []OrgKind {
	return []OrgKind{EnterpriseOrg, CustomsOrg, TaxOrg, FXOrg, CommerceOrg, MarketOrg, PostOrg, ParkOrg, BankOrg, ZoneOrg}
}

// OrgRoles are the roles that people of an organisation of a kind may have.
func OrgRoles(k OrgKind) []Role {
	switch k {
	case EnterpriseOrg:
		return []Role{Clerk, Manager}
	case CustomsOrg:
		return []Role{Customs, Chief}
	case ZoneOrg:
		return []Role{Admin, Auditor}
	case "":
		return []Role{Consumer}
	}
	if slices.Contains(OrgKinds(), k) {
		return []Role{Role(k)}
	}
	return nil
}

// Org is an organisation (单位).
type Org struct {
	ID      string
	Kind    OrgKind
	Name    string
	Filing  string   // id of its filing in the registry, "" without one
	Codes   []string // enterprise codes (customs code, USCC) of an enterprise
	Active  bool
	Created time.Time
}

// check reports what is wrong with an organisation, nil if nothing is.
func (o *Org) check() error {
	switch {
	case !slices.Contains(OrgKinds(), o.Kind):
		return refuse("org_kind", "单位类型无效", "there is no such kind of organisation", "从列表中选择", "choose one of the list")
	case strings.TrimSpace(o.Name) == "" || len(o.Name) > 200:
		return refuse("org_name", "请填写单位名称（不超过200字节）", "the organisation needs a name of at most 200 bytes", "填写名称", "enter a name")
	case o.Kind != EnterpriseOrg && len(o.Codes) > 0:
		return refuse("org_codes", "只有企业可绑定企业代码", "only an enterprise has enterprise codes", "删除企业代码", "remove the codes")
	}
	for _, c := range o.Codes {
		if len(c) < 4 || len(c) > 18 || strings.ContainsFunc(c, func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') }) {
			return refuse("org_codes", "企业代码格式不正确："+c, "not an enterprise code: "+c, "填写10位海关代码或18位统一社会信用代码", "enter the customs code of 10 or the USCC of 18 characters")
		}
	}
	return nil
}

// AddOrg makes an organisation and returns its id. The caller needs OrgManage
// over the zone.
func (a *Accounts) AddOrg(ctx context.Context, o Org) (string, error) {
	if Of(ctx).Scope(OrgManage) != Zone {
		return "", ErrDenied
	}
	if err := o.check(); err != nil {
		return "", err
	}
	o.ID = a.id("o_")
	err := a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `insert into access_orgs (id, kind, name, filing, active, created_at) values ($1, $2, $3, $4, true, $5)`,
			o.ID, string(o.Kind), o.Name, o.Filing, clock.Micros(a.clock.Now())); err != nil {
			return err
		}
		if err := putCodes(ctx, tx, &o); err != nil {
			return err
		}
		return a.note(ctx, tx, "org.add", "org:"+o.ID, "kind="+string(o.Kind)+" codes="+strings.Join(o.Codes, ","))
	})
	return o.ID, taken(err)
}

// ChangeOrg changes name, filing, codes and whether it is active; the kind
// stays. The caller needs OrgManage over the zone.
func (a *Accounts) ChangeOrg(ctx context.Context, o Org) error {
	if Of(ctx).Scope(OrgManage) != Zone {
		return ErrDenied
	}
	return taken(a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		old, err := loadOrg(ctx, tx, o.ID)
		if err != nil {
			return err
		}
		o.Kind = old.Kind
		if err := o.check(); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update access_orgs set name = $1, filing = $2, active = $3 where id = $4`, o.Name, o.Filing, o.Active, o.ID); err != nil {
			return err
		}
		if err := putCodes(ctx, tx, &o); err != nil {
			return err
		}
		state := "active"
		if !o.Active {
			state = "not active"
		}
		return a.note(ctx, tx, "org.change", "org:"+o.ID, state+" codes="+strings.Join(o.Codes, ","))
	}))
}

func putCodes(ctx context.Context, tx *store.Tx, o *Org) error {
	if _, err := tx.Exec(ctx, `delete from access_codes where org = $1`, o.ID); err != nil {
		return err
	}
	for _, c := range o.Codes {
		if _, err := tx.Exec(ctx, `insert into access_codes (code, org) values ($1, $2)`, c, o.ID); err != nil {
			return err
		}
	}
	return nil
}

// taken says of a duplicate that it is taken.
func taken(err error) error {
	if errors.Is(store.Wrap("write accounts", err), store.ErrDuplicate) {
		return ErrTaken
	}
	return err
}

const orgColumns = `id, kind, name, filing, active, created_at`

func scanOrg(row interface{ Scan(...any) error }) (*Org, error) {
	var o Org
	var created int64
	err := row.Scan(&o.ID, &o.Kind, &o.Name, &o.Filing, &o.Active, &created)
	o.Created = clock.FromMicros(created)
	return &o, err
}

// loadOrg reads an organisation with its codes, or ErrNotFound.
func loadOrg(ctx context.Context, q reader, id string) (*Org, error) {
	o, err := scanOrg(q.QueryRow(ctx, `select `+orgColumns+` from access_orgs where id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, store.Wrap("read accounts", err)
	}
	o.Codes, err = collect(ctx, q, scanText, `select code from access_codes where org = $1 order by code`, id)
	return o, err
}

func scanText(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) }

// Org returns an organisation. The caller needs OrgManage over the zone, or
// belongs to it.
func (a *Accounts) Org(ctx context.Context, id string) (*Org, error) {
	p := Of(ctx)
	if p.Scope(OrgManage) != Zone && (p == nil || p.Org != id) {
		return nil, ErrNotFound
	}
	return loadOrg(ctx, a.read(), id)
}

// OrgOfCode returns the organisation that has an enterprise code, or
// ErrNotFound: an agent offers a mandate by it.
func (a *Accounts) OrgOfCode(ctx context.Context, code string) (*Org, error) {
	var id string
	err := a.read().QueryRow(ctx, `select org from access_codes where code = $1`, code).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, store.Wrap("read accounts", err)
	}
	return loadOrg(ctx, a.read(), id)
}

// Orgs lists organisations by id after the one given, at most limit, of a kind
// or of all (""), whose name or code holds the text. The caller needs OrgManage
// over the zone.
func (a *Accounts) Orgs(ctx context.Context, kind OrgKind, text, after string, limit int) ([]*Org, error) {
	if Of(ctx).Scope(OrgManage) != Zone {
		return nil, ErrDenied
	}
	like := "%" + strings.NewReplacer("%", "", "_", "").Replace(strings.ToLower(text)) + "%"
	list, err := collect(ctx, a.read(), func(r *sql.Rows) (*Org, error) { return scanOrg(r) },
		`select `+orgColumns+` from access_orgs o where id > $1 and ($2 = '' or kind = $2) and (lower(name) like $3
		or exists (select 1 from access_codes c where c.org = o.id and lower(c.code) like $3)) order by id limit $4`, after, string(kind), like, limit)
	if err != nil {
		return nil, err
	}
	for _, o := range list {
		if o.Codes, err = collect(ctx, a.read(), scanText, `select code from access_codes where org = $1 order by code`, o.ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

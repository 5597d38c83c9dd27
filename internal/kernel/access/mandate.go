package access

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// MandateState is where a mandate stands. Its name is stored.
type MandateState string

// The states of a mandate.
const (
	Offered  MandateState = "offered"  // by the client or the agent; waits for the other 待确认
	Accepted MandateState = "accepted" // in force within its days 有效
	Refused  MandateState = "refused"  // by the other 已拒绝
	Revoked  MandateState = "revoked"  // by either, at once 已撤销
)

// Grant is a mandate as its two sides see it (委托关系): the agent acts for the
// client, within days and message kinds.
type Grant struct {
	ID         string
	Agent      string // organisation
	AgentName  string
	Client     string // organisation
	ClientName string
	Kinds      []string  // message kinds such as CEB621; none means all
	From, To   clock.Day // first and last day; To 0 means until revoked
	State      MandateState
	OfferedBy  string // organisation that made the offer
	Changed    time.Time
}

// Step is one entry of a mandate's history.
type Step struct {
	At    time.Time
	Actor string // account
	Act   MandateState
	Note  string
}

var kindName = regexp.MustCompile(`^CEB[0-9]{3}[A-Za-z]{0,8}$`)

// OfferMandate offers that agent acts for client. Either side may offer; the
// other accepts. The caller manages one of them (OrgManage).
func (a *Accounts) OfferMandate(ctx context.Context, g Grant) (id string, err error) {
	p := Of(ctx)
	if p.Scope(OrgManage) == None || p.Org == "" || p.Org != g.Agent && p.Org != g.Client {
		return "", ErrDenied
	}
	if err := g.check(); err != nil {
		return "", err
	}
	if g.From == 0 {
		g.From = clock.DayOf(a.clock.Now())
	}
	err = a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, org := range []string{g.Agent, g.Client} {
			o, err := loadOrg(ctx, tx, org)
			if err != nil {
				return err
			}
			if o.Kind != EnterpriseOrg || !o.Active {
				return refuse("mandate_org", "委托双方须为有效企业", "both sides of a mandate are active enterprises", "核对企业代码", "check the enterprise code")
			}
		}
		id = a.id("m_")
		if _, err := tx.Exec(ctx, `insert into access_mandates (id, agent, client, kinds, from_day, to_day, state, offered_by, changed_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, id, g.Agent, g.Client, join(g.Kinds), int64(g.From), int64(g.To), string(Offered), p.Org, clock.Micros(a.clock.Now())); err != nil {
			return err
		}
		return a.step(ctx, tx, id, Offered, "")
	})
	return id, err
}

func (g *Grant) check() error {
	if g.Agent == g.Client {
		return refuse("mandate_org", "委托双方不能相同", "an enterprise needs no mandate of itself", "选择另一家企业", "choose another enterprise")
	}
	if g.To != 0 && (!g.To.Valid() || g.To < g.From) || g.From != 0 && !g.From.Valid() {
		return refuse("mandate_days", "委托期限不正确", "the days of the mandate are not right", "结束日不得早于开始日", "the last day is not before the first")
	}
	for _, k := range g.Kinds {
		if !kindName.MatchString(k) {
			return refuse("mandate_kinds", "报文类型不正确："+k, "not a message kind: "+k, "填写如 CEB621", "enter such as CEB621")
		}
	}
	return nil
}

// step writes the history and the chain of acts.
func (a *Accounts) step(ctx context.Context, tx *store.Tx, id string, act MandateState, note string) error {
	var last int64
	if err := tx.QueryRow(ctx, `select coalesce(max(number), 0) from access_mandate_history where mandate = $1`, id).Scan(&last); err != nil {
		return store.Wrap("read accounts", err)
	}
	if _, err := tx.Exec(ctx, `insert into access_mandate_history (mandate, number, at, actor, act, note) values ($1, $2, $3, $4, $5, $6)`,
		id, last+1, clock.Micros(a.clock.Now()), Of(ctx).ID, string(act), note); err != nil {
		return err
	}
	return a.note(ctx, tx, "mandate."+string(act), "mandate:"+id, note)
}

// AcceptMandate puts an offer in force. The caller manages the side that did not
// make it.
func (a *Accounts) AcceptMandate(ctx context.Context, id string) error {
	return a.turn(ctx, id, Accepted, "", func(g *Grant, org string) bool { return g.State == Offered && org != g.OfferedBy })
}

// RefuseMandate turns an offer down, or takes it back.
func (a *Accounts) RefuseMandate(ctx context.Context, id, note string) error {
	return a.turn(ctx, id, Refused, note, func(g *Grant, _ string) bool { return g.State == Offered })
}

// RevokeMandate ends a mandate at once. Either side may; an administrator of the
// zone may as well.
func (a *Accounts) RevokeMandate(ctx context.Context, id, note string) error {
	return a.turn(ctx, id, Revoked, note, func(g *Grant, _ string) bool { return g.State == Accepted || g.State == Offered })
}

func (a *Accounts) turn(ctx context.Context, id string, to MandateState, note string, may func(g *Grant, org string) bool) error {
	p := Of(ctx)
	if len(note) > 500 {
		return refuse("note", "说明过长", "the note is too long", "不超过500字节", "at most 500 bytes")
	}
	return a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		g, err := loadGrant(ctx, tx, id)
		if err != nil {
			return err
		}
		side := p != nil && p.Org != "" && (p.Org == g.Agent || p.Org == g.Client)
		if s := p.Scope(OrgManage); s == None || !side && s != Zone {
			return ErrNotFound
		}
		if !side && to != Revoked || !may(g, p.Org) {
			return refuse("mandate_state", "委托当前状态不允许该操作", "the mandate does not stand so that this can be done", "刷新后核对状态", "look at its state again")
		}
		if _, err := tx.Exec(ctx, `update access_mandates set state = $1, changed_at = $2 where id = $3`, string(to), clock.Micros(a.clock.Now()), id); err != nil {
			return err
		}
		return a.step(ctx, tx, id, to, strings.TrimSpace(note))
	})
}

const grantQuery = `select m.id, m.agent, a.name, m.client, c.name, m.kinds, m.from_day, m.to_day, m.state, m.offered_by, m.changed_at
	from access_mandates m join access_orgs a on a.id = m.agent join access_orgs c on c.id = m.client `

func scanGrant(row interface{ Scan(...any) error }) (*Grant, error) {
	var g Grant
	var kinds string
	var changed int64
	err := row.Scan(&g.ID, &g.Agent, &g.AgentName, &g.Client, &g.ClientName, &kinds, &g.From, &g.To, &g.State, &g.OfferedBy, &changed)
	g.Kinds, g.Changed = split[string](kinds), clock.FromMicros(changed)
	return &g, err
}

func loadGrant(ctx context.Context, q reader, id string) (*Grant, error) {
	g, err := scanGrant(q.QueryRow(ctx, grantQuery+`where m.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return g, store.Wrap("read accounts", err)
}

// Mandates lists the mandates in which the caller's organisation is agent or
// client, the last changed first; all of the zone with OrgManage over it, where
// org narrows them ("": all).
func (a *Accounts) Mandates(ctx context.Context, org string) ([]*Grant, error) {
	p := Of(ctx)
	switch p.Scope(OrgManage) {
	case Own:
		if org = p.Org; org == "" {
			return nil, ErrDenied
		}
	case None:
		return nil, ErrDenied
	}
	return collect(ctx, a.read(), func(r *sql.Rows) (*Grant, error) { return scanGrant(r) },
		grantQuery+`where $1 = '' or m.agent = $1 or m.client = $1 order by m.changed_at desc, m.id limit 500`, org)
}

// MandateHistory is what became of a mandate, for those who see it.
func (a *Accounts) MandateHistory(ctx context.Context, id string) (*Grant, []Step, error) {
	g, err := loadGrant(ctx, a.read(), id)
	if err != nil {
		return nil, nil, err
	}
	p := Of(ctx)
	if s := p.Scope(OrgManage); s == None || s == Own && (p.Org == "" || p.Org != g.Agent && p.Org != g.Client) {
		return nil, nil, ErrNotFound
	}
	steps, err := collect(ctx, a.read(), func(r *sql.Rows) (s Step, err error) {
		var at int64
		err = r.Scan(&at, &s.Actor, &s.Act, &s.Note)
		s.At = clock.FromMicros(at)
		return s, err
	}, `select at, actor, act, note from access_mandate_history where mandate = $1 order by number`, id)
	return g, steps, err
}

// mandatesInForce are the mandates of an agent on a day, with the codes of
// clients that are active.
func mandatesInForce(ctx context.Context, q reader, agent string, on clock.Day) ([]Mandate, error) {
	type row struct {
		Mandate
		code string
	}
	rows, err := collect(ctx, q, func(r *sql.Rows) (v row, err error) {
		var kinds string
		err = r.Scan(&v.ID, &v.Client, &kinds, &v.From, &v.To, &v.code)
		v.Kinds = split[string](kinds)
		return v, err
	}, `select m.id, o.filing, m.kinds, m.from_day, m.to_day, c.code from access_mandates m
		join access_orgs o on o.id = m.client and o.active join access_codes c on c.org = m.client
		where m.agent = $1 and m.state = $2 and m.from_day <= $3 and (m.to_day = 0 or m.to_day >= $3) order by m.id, c.code`,
		agent, string(Accepted), int64(on))
	var out []Mandate
	for _, v := range rows {
		if n := len(out); n > 0 && out[n-1].ID == v.ID {
			out[n-1].Codes = append(out[n-1].Codes, v.code)
			continue
		}
		v.Codes = []string{v.code}
		out = append(out, v.Mandate)
	}
	return slices.Clip(out), err
}

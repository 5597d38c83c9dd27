package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
)

// past is how many days before the day of the traffic the demonstration begins:
// long enough for an award to be published, decided and paid.
const past = 20

// standing is how far a claim of the demonstration has come.
type standing int

const (
	inReview standing = iota
	inPanel
	inPublication
	granted
	paid
)

// claimed are claims that sellers make, by their number among them and the
// clause, where the zone's pack has it.
var claimed = []struct {
	seller int
	clause string
	upTo   standing
}{
	{0, "turnover-100m", paid}, {1, "turnover-1bn", granted}, {5, "certification", inPublication}, {1, "exemplary-case", inPanel}, {0, "certification", inReview},
	{0, "fair-booth", inReview},
}

// claims makes claims that stand at every step, from the first days on.
func (d *Demo) claims(ctx context.Context) error {
	var open []*claiming
	for _, v := range claimed {
		if _, ok := d.Zone.Set().Item("incentives", v.clause, d.today()); !ok {
			continue
		}
		c := &claiming{Demo: d, upTo: v.upTo}
		if err := c.begin(ctx, d.gen.Zone().With(traffic.Merchant)[v.seller], v.clause); err != nil {
			return fmt.Errorf("claim of %s (申领): %w", v.clause, err)
		}
		open = append(open, c)
	}
	for _, step := range []func(*claiming, context.Context) error{(*claiming).review, (*claiming).panel, (*claiming).decide} {
		for _, c := range open {
			if err := step(c, ctx); err != nil {
				return fmt.Errorf("claim %s (申领): %w", c.number, err)
			}
		}
		d.Clock.Set(d.Clock.Now().Add(4 * 24 * time.Hour))
	}
	if slices.ContainsFunc(open, func(c *claiming) bool { return c.upTo == paid && c.day >= d.today().AddDays(-past) }) {
		return d.pay(ctx)
	}
	return nil
}

// today is the day of the demonstration's clock.
func (d *Demo) today() clock.Day { return clock.DayOf(d.Clock.Now()) }

// claiming is a claim on its way.
type claiming struct {
	*Demo
	upTo   standing
	number string
	day    clock.Day // it was made
}

// begin makes the claim as the enterprise does, and hands it in.
func (c *claiming) begin(ctx context.Context, e *traffic.Enterprise, clause string) error {
	c.day = c.today()
	own := access.With(ctx, c.seller(e))
	if err := c.Zone.Policy.Confirm(access.With(ctx, c.persons["admin"]), clause, "演示：主管部门确认继续执行的函", c.Day.AddDays(400)); err != nil && !errors.Is(err, policy.ErrNotFound) {
		return err
	}
	m, err := c.Zone.Policy.Begin(own, fact.Subject{Kind: fact.Enterprise, ID: e.Code}, clause, "")
	if err != nil {
		return err
	}
	c.number = m.Number
	form := map[string]any{"payee": e.Name, "bank_name": "示范银行营业部", "bank_account": "410700123456789", "contact_name": "陈经理", "contact_phone": "0373-3330000", "received_before": false, "truthful": true}
	filled, _, err := c.Zone.Matters.Fill(own, m.Number)
	if err != nil {
		return err
	}
	for k, v := range filled.Form {
		if _, mine := form[k]; !mine {
			form[k] = v
		}
	}
	if m, _, err = c.Zone.Matters.Save(own, m.Number, filled.Revision, form); err != nil {
		return err
	}
	if _, err := c.Zone.Matters.Attach(own, m.Number, "papers", "审计报告.pdf", []byte(paper)); err != nil {
		return err
	}
	_, err = c.Zone.Matters.Submit(own, m.Number, 0, "")
	return err
}

// seller is somebody of an enterprise.
func (d *Demo) seller(e *traffic.Enterprise) *access.Principal {
	return &access.Principal{ID: "system", Org: d.orgs[e.Name], Codes: []string{e.Code, e.USCC}, Roles: []access.Role{access.Clerk, access.Manager}}
}

// do acts in the claim's matter as it stands.
func (c *claiming) do(ctx context.Context, who string, act matter.Act) error {
	ctx = access.With(ctx, c.persons[who])
	m, err := c.Zone.Matters.Get(ctx, c.number)
	if err != nil {
		return err
	}
	_, err = c.Zone.Matters.Do(ctx, c.number, matter.Doing{Act: act, Revision: m.Revision})
	return err
}

// review passes it on to the panel.
func (c *claiming) review(ctx context.Context) error {
	if c.upTo < inPanel {
		return nil
	}
	return c.do(ctx, "commerce", matter.Accept)
}

// panel has three people score it, and publishes it.
func (c *claiming) panel(ctx context.Context) error {
	if c.upTo < inPanel {
		return nil
	}
	for k, who := range []string{"commerce", "panel", "treasurer"} {
		if c.upTo == inPanel && k > 0 {
			return nil // the others have not come to it yet
		}
		if err := c.Zone.Policy.GiveScore(access.With(ctx, c.persons[who]), c.number, 88-k, "材料齐全，指标与佐证一致"); err != nil {
			return err
		}
	}
	office := access.With(ctx, c.persons["commerce"])
	claim, err := c.Zone.Policy.Claim(office, c.number)
	if err != nil {
		return err
	}
	if claim.Most != nil {
		if err := c.Zone.Policy.Propose(office, c.number, *claim.Most, "按条款上限"); err != nil {
			return err
		}
	}
	if err := c.do(ctx, "commerce", matter.Accept); err != nil {
		return err
	}
	return c.Zone.Policy.Publish(office, c.number)
}

// decide grants it when its publication is over.
func (c *claiming) decide(ctx context.Context) error {
	if c.upTo < granted || c.today() >= c.Day { // no days were left before the traffic
		return nil
	}
	c.Clock.Set(c.Day.AddDays(-past + 15).Time())
	if err := c.do(ctx, "commerce", matter.Accept); err != nil {
		return err
	}
	return c.do(ctx, "admin", matter.Approve)
}

// pay makes the payment list of what is granted under the first line, has it
// checked by another person, and pays the first award on it.
func (d *Demo) pay(ctx context.Context) error {
	admin, treasurer := access.With(ctx, d.persons["admin"]), access.With(ctx, d.persons["treasurer"])
	claims, err := d.Zone.Policy.Claims(admin, policy.ClaimFilter{State: policy.Granted})
	if err != nil || len(claims) == 0 {
		return err
	}
	c := claims[len(claims)-1]
	list, err := d.Zone.Policy.MakeList(admin, c.BudgetYear, c.Line, c.Flow)
	if err != nil {
		return fmt.Errorf("payment list (拨付清单): %w", err)
	}
	if err := d.Zone.Policy.CheckList(treasurer, list.ID); err != nil {
		return fmt.Errorf("payment list %s (拨付清单): %w", list.ID, err)
	}
	return d.Zone.Policy.Pay(treasurer, list.ID, 1, "DEMO-20260001")
}

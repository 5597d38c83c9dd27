package demo

import (
	"context"
	"fmt"

	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/access/oidctest"
)

// IdentityProvider is the name of the demonstration's real-name provider.
const IdentityProvider = "demo-id"

// LogIn is one way into the demonstration.
type LogIn struct {
	Login  string
	ZH, EN string // whose it is
}

// logIns are the people of the demonstration, one a role: an organisation each,
// but the first two, who are of one. Enterprises are those of a kind in the
// day's traffic.
var logIns = []struct {
	LogIn
	kind  access.OrgKind
	org   string // name of an organisation that is no enterprise
	of    traffic.Role
	name  string
	roles []access.Role
}{
	{LogIn{"manager", "电商企业管理员", "Manager of a seller and platform"}, access.EnterpriseOrg, "", traffic.Merchant, "陈经理", []access.Role{access.Clerk, access.Manager}},
	{LogIn{"clerk", "电商企业经办人", "Clerk of a seller and platform"}, access.EnterpriseOrg, "", traffic.Merchant, "林小文", []access.Role{access.Clerk}},
	{LogIn{"agent", "代理报关企业", "Declaration agent with clients"}, access.EnterpriseOrg, "", traffic.Agent, "周代理", []access.Role{access.Clerk, access.Manager}},
	{LogIn{"payment", "支付企业", "Payment enterprise"}, access.EnterpriseOrg, "", traffic.Payment, "吴支付", []access.Role{access.Clerk, access.Manager}},
	{LogIn{"logistics", "物流企业", "Logistics enterprise"}, access.EnterpriseOrg, "", traffic.Logistics, "郑物流", []access.Role{access.Clerk, access.Manager}},
	{LogIn{"customs", "海关监管人员", "Customs officer"}, access.CustomsOrg, "示范海关", 0, "冯关员", []access.Role{access.Customs}},
	{LogIn{"chief", "海关科长", "Chief of customs officers"}, access.CustomsOrg, "示范海关", 0, "韩科长", []access.Role{access.Chief}},
	{LogIn{"tax", "税务人员", "Tax officer"}, access.TaxOrg, "示范税务局", 0, "曹税务", []access.Role{access.Tax}},
	{LogIn{"fx", "外汇管理人员", "Foreign-exchange officer"}, access.FXOrg, "示范外汇管理局", 0, "彭外汇", []access.Role{access.FX}},
	{LogIn{"commerce", "商务人员", "Commerce officer"}, access.CommerceOrg, "示范商务局", 0, "董商务", []access.Role{access.Commerce}},
	{LogIn{"panel", "商务评审专家", "Expert of the commerce panel"}, access.CommerceOrg, "示范商务局", 0, "严专家", []access.Role{access.Commerce}},
	{LogIn{"market", "市场监管人员", "Market-supervision officer"}, access.MarketOrg, "示范市场监督管理局", 0, "萧监管", []access.Role{access.Market}},
	{LogIn{"post", "邮政管理人员", "Postal officer"}, access.PostOrg, "示范邮政管理局", 0, "程邮政", []access.Role{access.Post}},
	{LogIn{"park", "园区运营方", "Park operator"}, access.ParkOrg, parkOrg, 0, "傅园区", []access.Role{access.Park}},
	{LogIn{"bank", "银行", "Bank"}, access.BankOrg, "示范银行", 0, "沈银行", []access.Role{access.Bank}},
	{LogIn{"admin", "综试区管理员", "Administrator of the zone"}, access.ZoneOrg, "示范综试区管理委员会", 0, "曾管理", []access.Role{access.Admin}},
	{LogIn{"treasurer", "财政资金管理员", "Administrator of funds"}, access.ZoneOrg, "示范财政局", 0, "钱财政", []access.Role{access.Admin}},
	{LogIn{"auditor", "审计员", "Auditor"}, access.ZoneOrg, "示范综试区管理委员会", 0, "吕审计", []access.Role{access.Auditor}},
}

// parkOrg operates the parks of the demonstration.
const parkOrg = "示范跨境电商产业园"

// LogIns lists the log-ins of the demonstration; they have one password, and
// are there when the day begins.
func LogIns() []LogIn {
	out := make([]LogIn, len(logIns))
	for i, v := range logIns {
		out[i] = v.LogIn
	}
	return out
}

// demoCost makes the hashes of the demonstration's one password, which is
// printed, cheap.
var demoCost = access.Cost{Passes: 1, Memory: 8 << 10, Threads: 1}

// people makes the organisations, log-ins and mandates.
func (d *Demo) people(ctx context.Context) error {
	ctx = access.With(ctx, access.System())
	orgs := map[string]string{} // by name
	d.orgs, d.persons = orgs, map[string]*access.Principal{}
	for _, v := range logIns {
		o := access.Org{Kind: v.kind, Name: v.org}
		if v.kind == access.EnterpriseOrg {
			e := d.first(v.of)
			o.Name, o.Filing, o.Codes = e.Name, e.Code, []string{e.Code, e.USCC}
		}
		if orgs[o.Name] == "" {
			id, err := d.Zone.Accounts.AddOrg(ctx, o)
			if err != nil {
				return fmt.Errorf("organisation %s (单位): %w", o.Name, err)
			}
			orgs[o.Name] = id
		}
		id, code, err := d.Zone.Accounts.AddPerson(ctx, access.Person{Org: orgs[o.Name], Login: v.Login, Name: v.name, Roles: v.roles})
		if err != nil {
			return fmt.Errorf("log-in %s (账号): %w", v.Login, err)
		}
		in, err := d.Zone.Accounts.Redeem(ctx, v.Login, code, d.Password, access.Visit{})
		if err != nil {
			return fmt.Errorf("log-in %s (账号): %w", v.Login, err)
		}
		if err := d.Zone.Accounts.SignOut(ctx, in.Token); err != nil {
			return fmt.Errorf("log-in %s %s (账号): %w", v.Login, id, err)
		}
		d.persons[v.Login] = &access.Principal{ID: id, Name: v.name, Org: orgs[o.Name], Roles: v.roles, Codes: o.Codes}
	}
	if err := d.mandates(ctx, orgs); err != nil {
		return err
	}
	for _, fill := range []func(context.Context) error{d.figures, d.parks, d.claims, d.cultivation, d.directories, d.assess} {
		if err := fill(ctx); err != nil {
			return err
		}
	}
	return nil
}

// clients is how many enterprises the demonstration's agent acts for.
const clients = 8

// mandates lets the agent act for some sellers: those that have no log-in are
// organisations too.
func (d *Demo) mandates(ctx context.Context, orgs map[string]string) error {
	agent := orgs[d.first(traffic.Agent).Name]
	n := 0
	for _, e := range d.gen.Zone().Enterprises {
		if n == clients || e.Kinds&traffic.Merchant == 0 {
			continue
		}
		n++
		client := orgs[e.Name]
		if client == "" {
			id, err := d.Zone.Accounts.AddOrg(ctx, access.Org{Kind: access.EnterpriseOrg, Name: e.Name, Filing: e.Code, Codes: []string{e.Code, e.USCC}})
			if err != nil {
				return fmt.Errorf("organisation %s (单位): %w", e.Name, err)
			}
			client = id
			orgs[e.Name] = id
		}
		side := func(org string) context.Context {
			return access.With(ctx, &access.Principal{ID: "system", Org: org, Roles: []access.Role{access.Manager}})
		}
		id, err := d.Zone.Accounts.OfferMandate(side(agent), access.Grant{Agent: agent, Client: client, From: d.Day.AddDays(-30)})
		if err != nil {
			return fmt.Errorf("mandate of %s (委托): %w", e.Name, err)
		}
		if n == clients {
			continue // the last waits for the client
		}
		if err := d.Zone.Accounts.AcceptMandate(side(client), id); err != nil {
			return fmt.Errorf("mandate of %s (委托): %w", e.Name, err)
		}
	}
	return nil
}

// first is the first enterprise of a kind.
func (d *Demo) first(kind traffic.Role) traffic.Enterprise {
	for _, e := range d.gen.Zone().Enterprises {
		if e.Kinds&kind != 0 {
			return e
		}
	}
	panic("demo: the traffic has no enterprise of a kind") // it is our own
}

// startIdentity starts the identity provider of the demonstration, where its
// pages have a public address.
func (d *Demo) startIdentity(publicURL string) ([]access.Provider, error) {
	if publicURL == "" {
		return nil, nil
	}
	const client, secret = "pilotzone-demo", "made up, as all of it"
	var err error
	d.Identity, err = oidctest.Start(oidctest.Config{People: d.consumers(), ClientID: client, ClientSecret: secret, Redirects: []string{publicURL + access.CallbackPath(IdentityProvider)}})
	if err != nil {
		return nil, err
	}
	return []access.Provider{{Name: IdentityProvider, ZH: "演示实名认证", EN: "Demo identity provider", Kind: access.RealNameProvider, Issuer: d.Identity.Issuer, ClientID: client, ClientSecret: secret}}, nil
}

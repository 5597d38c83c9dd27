package demo

import (
	"context"
	"fmt"

	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
)

// office is one act of an office in the demonstration.
type office struct {
	role access.Role
	matter.Doing
}

// desk gives the service desk something to show: a request on which departments
// were asked at once, one that was returned with what is to be completed, a
// refusal that can be appealed against, an answer that was published, and one
// form that started several matters.
func (d *Demo) desk(ctx context.Context, org string) error {
	e := d.first(traffic.Merchant)
	clerk := access.With(ctx, &access.Principal{ID: "system", Org: org, Codes: []string{e.Code, e.USCC}, Roles: []access.Role{access.Clerk}})
	contact := func(form map[string]any) map[string]any {
		form["name"], form["contact_name"], form["contact_phone"] = e.Name, "陈经理", "0373-3330000"
		return form
	}
	request := func(topic, text string) map[string]any {
		return contact(map[string]any{"uscc": e.USCC, "topic": topic, "request": text})
	}
	for _, v := range []struct {
		id   string
		form map[string]any
		acts []office
	}{
		{"enterprise-request", request("clearance", "近一周有三票清单查验等待超过两天，请协调加快"), []office{{access.Commerce, matter.Doing{Act: matter.Accept}},
			{access.Commerce, matter.Doing{Act: matter.Consult, Note: "请核实查验排期", Roles: []access.Role{access.Customs, access.Tax}}},
			{access.Tax, matter.Doing{Act: matter.Answer, Note: "该企业税款均已按期缴纳", Stance: matter.Agrees}}}},
		{"enterprise-request", request("fx", "海外仓费用与货款轧差结算需要哪些材料，请明确"), []office{
			{access.Commerce, matter.Doing{Act: matter.Return, Note: "请补充费用情况", Marks: []matter.Mark{{Field: "request", Note: "写明费用类型和金额"}, {Field: "document:papers", Note: "附与海外仓的合同"}}}}}},
		{"talent-service", contact(map[string]any{"needs": []any{"recognition"}, "position": "小语种运营", "years": 1.0, "statement": "申请认定为跨境电商人才"}), []office{
			{access.Commerce, matter.Doing{Act: matter.Refuse, Note: "从业年限未达到本市人才政策的要求"}}}},
		{"policy-consultation", map[string]any{"topic": "tax", "question": "经海外仓出口的货物什么时候可以退税？", "publish": true}, []office{
			{access.Commerce, matter.Doing{Act: matter.Approve, Note: "货物离境后即可申报退税，销售实现后再核算；按出口海外仓退（免）税操作指引办理。", Cites: []string{"measure:national-08"}}}}},
		{"start-business", contact(map[string]any{"uscc": e.USCC, "business": "跨境电商零售进口"}), nil},
	} {
		m, err := d.Zone.Matters.Begin(clerk, v.id, "", v.form)
		if err == nil {
			m, err = d.Zone.Matters.Submit(clerk, m.Number, 0, "")
		}
		if err != nil {
			return fmt.Errorf("matter %s (事项): %w", v.id, err)
		}
		for _, a := range v.acts {
			if err := d.officeAct(ctx, m.Number, a); err != nil {
				return fmt.Errorf("matter %s: %s (事项): %w", v.id, a.Act, err)
			}
		}
		if v.id == "policy-consultation" {
			if err := d.Zone.Library.Publish(officer(ctx, access.Commerce), m.Number, "经海外仓出口的货物什么时候可以退税？", "货物离境后即可申报退税，销售实现后再核算。"); err != nil {
				return fmt.Errorf("answer (问答): %w", err)
			}
		}
	}
	return nil
}

func officer(ctx context.Context, r access.Role) context.Context {
	return access.With(ctx, &access.Principal{ID: "system", Roles: []access.Role{r}})
}

func (d *Demo) officeAct(ctx context.Context, number string, a office) error {
	ctx = officer(ctx, a.role)
	m, err := d.Zone.Matters.Get(ctx, number)
	if err != nil {
		return err
	}
	a.Revision = m.Revision
	_, err = d.Zone.Matters.Do(ctx, number, a.Doing)
	return err
}

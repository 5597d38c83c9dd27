package demo

import (
	"context"
	"fmt"

	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
)

// paper is the smallest page of PDF: what the demonstration's enterprises attach.
const paper = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

// matters makes some applications of the seller: a change of its filing that
// waits for review and for the bank, a question, a draft, and a certificate that
// was issued.
func (d *Demo) matters(ctx context.Context, org string) error {
	e := d.first(traffic.Merchant)
	who := &access.Principal{ID: "system", Org: org, Codes: []string{e.Code, e.USCC}, Roles: []access.Role{access.Clerk, access.Manager}}
	ctx = access.With(ctx, who)
	for _, v := range []struct {
		id     string
		form   map[string]any
		papers bool
		submit bool
	}{
		{"subject-filing", d.filingForm(e), true, true},
		{"policy-consultation", map[string]any{"topic": "clearance", "question": "退货商品可以拆开包装检查后再申报吗？"}, false, true},
		{"policy-consultation", map[string]any{"topic": "support"}, false, false},
		{"filing-certificate", map[string]any{"uscc": e.USCC, "purpose": "申请贷款", "copies": 1.0}, false, true},
	} {
		m, err := d.Zone.Matters.Begin(ctx, v.id, "", v.form)
		if err != nil {
			return fmt.Errorf("matter %s (事项): %w", v.id, err)
		}
		if v.papers {
			if _, err := d.Zone.Matters.Attach(ctx, m.Number, "licence", "营业执照.pdf", []byte(paper)); err != nil {
				return fmt.Errorf("document of matter %s (材料): %w", v.id, err)
			}
		}
		if !v.submit {
			continue
		}
		if m, err = d.Zone.Matters.Submit(ctx, m.Number, 0, ""); err != nil {
			return fmt.Errorf("matter %s (事项): %w", v.id, err)
		}
		if v.id != "filing-certificate" {
			continue
		}
		office := access.With(ctx, access.System())
		if _, err := d.Zone.Matters.Do(office, m.Number, matter.Doing{Act: matter.Approve, Revision: m.Revision}); err != nil {
			return fmt.Errorf("matter %s (事项): %w", v.id, err)
		}
	}
	return nil
}

// filingForm files the seller as broker too.
func (d *Demo) filingForm(e traffic.Enterprise) map[string]any {
	return map[string]any{"name": e.Name, "uscc": e.USCC, "customs_code": e.Code, "kinds": []any{"merchant", "platform", "agent"}, "website": "https://shop.example.cn",
		"contact_name": "陈经理", "contact_phone": "0373-3330000", "bank_name": "示范银行营业部", "bank_account": "410700123456789", "truthful": true}
}

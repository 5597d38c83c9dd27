package facetest_test

import (
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
)

// claims makes a claim of an incentive that the owner has handed in and nobody
// published yet.
func (w *world) claims() {
	w.t.Helper()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	own := access.With(w.t.Context(), w.callers[owner])
	m, err := w.zone.Policy.Begin(own, fact.Subject{Kind: fact.Enterprise, ID: w.ids["merchant"]}, "national-exhibitions", "")
	must(err)
	m, _, err = w.zone.Matters.Fill(own, m.Number)
	must(err)
	for k, v := range map[string]any{"grounds": "业主申领说明", "payee": "业主有限公司", "bank_name": "中国银行新乡分行", "bank_account": "252345678901", "contact_name": "张三丰", "contact_phone": "13812345678",
		"received_before": false, "truthful": true} {
		m.Form[k] = v
	}
	m, problems, err := w.zone.Matters.Save(own, m.Number, m.Revision, m.Form)
	must(err)
	if len(problems) > 0 {
		w.t.Fatal(problems)
	}
	_, err = w.zone.Matters.Submit(own, m.Number, m.Revision, "")
	must(err)
	w.ids["claim"], w.marks["claim"] = m.Number, "业主申领说明"
}

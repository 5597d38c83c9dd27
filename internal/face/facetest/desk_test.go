package facetest_test

import (
	"fmt"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
)

// desk makes two requests of the owner's: one that was returned with what is to
// be completed, and one that was refused after a department was heard, so that
// it can be appealed against.
func (w *world) desk() {
	w.t.Helper()
	office := access.With(w.t.Context(), &access.Principal{ID: "u-desk", Roles: []access.Role{access.Commerce, access.Tax}})
	do := func(number string, d matter.Doing) {
		w.t.Helper()
		m, err := w.zone.Matters.Get(office, number)
		if err == nil {
			d.Revision = m.Revision
			_, err = w.zone.Matters.Do(office, number, d)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	request := func() string {
		started := w.post("/v1/matters", `{"definition":"enterprise-request","form":{"name":"业主公司","uscc":"91410700MA40XKJ29G","topic":"clearance","request":"请协调海关尽快核查放行，谢谢","contact_name":"张三","contact_phone":"13800000000"}}`, "application/json")
		number := fmt.Sprint(started["number"])
		w.post("/v1/matters/"+number+"/submission", `{}`, "application/json")
		return number
	}
	returned := request()
	do(returned, matter.Doing{Act: matter.Return, Note: "请补充", Marks: []matter.Mark{{Field: "request", Note: "业主补正内容"}}})
	w.ids["returned matter"], w.marks["what is to be completed"] = returned, "业主补正内容"
	refused := request()
	do(refused, matter.Doing{Act: matter.Accept})
	do(refused, matter.Doing{Act: matter.Consult, Note: "请核", Roles: []access.Role{access.Tax}})
	do(refused, matter.Doing{Act: matter.Answer, Note: "已核", Stance: matter.Disagrees})
	do(refused, matter.Doing{Act: matter.Refuse, Note: "业主被拒理由"})
	w.ids["refused matter"], w.marks["reason of a refusal"] = refused, "业主被拒理由"
}

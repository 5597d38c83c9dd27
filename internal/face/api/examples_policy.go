package api

import "pilotzone/internal/kernel/access"

// policyExamples look at clauses and budgets, and lead a claim up to its
// publication and an objection. The pack in force lets two members be a panel.
func policyExamples() []Example {
	number, clause := map[string]string{"number": "${claim}"}, map[string]string{"id": "national-exhibitions"}
	form := `{"form":{"clause":"national-exhibitions","clause_title":"参加重点展会支持","subject_kind":"enterprise","subject":"${merchant}","subject_name":"示例电商有限公司","year":2025,"grounds":"参加广交会","received_before":false,` +
		`"payee":"示例电商有限公司","bank_name":"中国银行新乡分行","bank_account":"252345678901","contact_name":"张三","contact_phone":"13800000000","truthful":true}}`
	seen := Example{ID: "read-matter", As: access.Admin, Path: number, Status: 200, Keep: map[string]string{"claimed": "revision"}}
	accept := Example{ID: "act-on-matter", As: access.Admin, Path: number, Body: `{"act":"accept","revision":${claimed}}`, Status: 200}
	return []Example{
		{ID: "list-incentives", Status: 200},
		{ID: "get-incentive", Path: clause, Status: 200},
		{ID: "assess-incentives", As: access.Clerk, Query: "kind=enterprise&subject=${merchant}", Status: 200},
		{ID: "confirm-incentive", As: access.Admin, Path: clause, Body: `{"document":"商务厅2026年申报通知","until":"2027-12-31"}`, Status: 204},
		{ID: "set-budget", As: access.Admin, Body: `{"year":2026,"line":"","title":"奖补预算","title_en":"Incentives","cap":"2000000.00","reason":"年度预算批复"}`, Status: 200},
		{ID: "set-budget", As: access.Admin, Body: `{"year":2026,"line":"other","title":"其他","title_en":"Others","cap":"1000000.00","reason":"年度预算批复"}`, Status: 200},
		{ID: "list-budgets", As: access.Commerce, Query: "year=2026", Status: 200},
		{ID: "start-claim", As: access.Clerk, Body: `{"kind":"enterprise","subject":"${merchant}","clause":"national-exhibitions"}`, Status: 200, Keep: map[string]string{"claim": "number"}},
		{ID: "save-matter", As: access.Clerk, Path: number, Body: form, Status: 200},
		{ID: "submit-matter", As: access.Clerk, Path: number, Body: `{}`, Status: 200},
		{ID: "list-claims", As: access.Clerk, Query: "state=asked", Status: 200},
		{ID: "get-claim", As: access.Clerk, Path: number, Status: 200},
		seen, accept,
		{ID: "score-claim", As: access.Admin, Path: number, Body: `{"points":80,"reason":"展会在计划之内，材料齐全"}`, Status: 200},
		{ID: "score-claim", As: access.Commerce, Path: number, Body: `{"points":75,"reason":"同意支持"}`, Status: 200},
		{ID: "propose-award", As: access.Commerce, Path: number, Body: `{"amount":"20000.00","reason":"按展位费核定"}`, Status: 200},
		seen, accept,
		{ID: "publish-claim", As: access.Commerce, Path: number, Status: 200},
		{ID: "list-award-publications", Status: 200},
		{ID: "object-to-award", Path: number, Body: `{"text":"该企业未参加所列展会","contact":"13800000000"}`, Status: 200},
	}
}

// awardExamples pay the award of that claim and take it back. Before them its
// publication has run out and it was granted.
func awardExamples() []Example {
	claim, list := map[string]string{"number": "${claim}"}, map[string]string{"id": "${payments}"}
	line, back := map[string]string{"id": "${payments}", "number": "1"}, map[string]string{"id": "${clawback}"}
	made := Example{ID: "make-award-payments", As: access.Commerce, Body: `{"year":2026,"line":"other"}`, Status: 200, Keep: map[string]string{"payments": "id"}}
	checked := Example{ID: "check-award-payments", As: access.Admin, Path: list, Status: 200}
	return []Example{
		made,
		{ID: "list-award-payments", As: access.Admin, Status: 200},
		{ID: "get-award-payments", As: access.Commerce, Path: list, Status: 200},
		{ID: "drop-award-payments", As: access.Commerce, Path: list, Body: `{"reason":"与下一批合并拨付"}`, Status: 200},
		made,
		{ID: "pay-award", As: access.Admin, Path: line, Body: `{"reference":"回单20261201-1"}`, Status: 422}, // nobody has checked it
		checked,
		{ID: "leave-award-out", As: access.Admin, Path: line, Body: `{"reason":"银行退回：户名不符"}`, Status: 200},
		made, checked,
		{ID: "export-award-payments", As: access.Admin, Path: list, Body: `{"format":"csv","purpose":"送银行拨付"}`, Status: 200},
		{ID: "pay-award", As: access.Admin, Path: line, Body: `{"reference":"回单20261201-2"}`, Status: 200},
		{ID: "open-claw-back", As: access.Commerce, Path: claim, Body: `{"amount":"20000.00","reason":"展会已取消，展位费已退"}`, Status: 200, Keep: map[string]string{"clawback": "id"}},
		{ID: "decide-claw-back", As: access.Admin, Path: back, Body: `{"take":true,"decision":"情况属实，全额追回"}`, Status: 200},
		{ID: "enter-returned-money", As: access.Admin, Path: back, Body: `{"amount":"20000.00","reference":"收款回单20261210-1"}`, Status: 200},
		{ID: "list-claw-backs", As: access.Clerk, Query: "claim=${claim}", Status: 200},
	}
}

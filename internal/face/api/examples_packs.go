package api

import "pilotzone/internal/kernel/access"

// packExamples look at the rules, and change them and back.
func packExamples() []Example {
	one := map[string]string{"number": "${proposal}"}
	return []Example{
		{ID: "list-rules", As: access.Clerk, Query: "q=single_limit&kind=parameter", Status: 200},
		{ID: "list-rule-rows", As: access.Clerk, Path: map[string]string{"table": "code_currency"}, Query: "q=142", Status: 200},
		{ID: "list-turns", As: access.Clerk, Query: "days=400", Status: 200},
		{ID: "check-pack", As: access.Admin, Type: octets, Body: "${pack}", Status: 200},
		{ID: "propose-pack", As: access.Admin, Type: octets, Query: "note=调整抽查比例", Body: "${pack}", Status: 200, Keep: map[string]string{"proposal": "number"}},
		{ID: "list-proposals", As: access.Admin, Status: 200},
		{ID: "get-proposal", As: access.Admin, Path: one, Status: 200},
		{ID: "get-differences", As: access.Admin, Path: one, Status: 200},
		{ID: "run-shadow", As: access.Admin, Path: one, Status: 200},
		{ID: "schedule-proposal", As: access.Admin, Path: one, Body: `{"due":"2027-12-31T16:00:00Z"}`, Status: 200},
		{ID: "cancel-proposal", As: access.Admin, Path: one, Status: 200},
		{ID: "propose-shipped-packs", As: access.Admin, Body: `{"packs":["sanya"],"note":"叠加三亚规则包"}`, Status: 200, Keep: map[string]string{"proposal": "number"}},
		{ID: "switch-proposal", As: access.Admin, Path: one, Status: 200},
		{ID: "roll-packs-back", As: access.Admin, Body: `{"note":"演练结束"}`, Status: 200},
		{ID: "switch-pack", As: access.Admin, Type: octets, Body: "${pack}", Status: 200},
		{ID: "list-switches", As: access.Clerk, Status: 200},
	}
}

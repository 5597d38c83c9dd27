package api

import "pilotzone/internal/kernel/access"

// planExamples compute awards, look at the plan of a zone whose pack is laid over
// the national one for it, report on a task, and assess the zone up to the fund.
func planExamples() []Example {
	one := map[string]string{"plan": "xinxiang-2025"}
	assessed := map[string]string{"id": "zone-evaluation-2026"}
	act := func(as access.Role, body string) Example {
		return Example{ID: "act-on-assessment", As: as, Path: assessed, Body: body, Status: 200, Keep: map[string]string{"stage": "revision"}}
	}
	return []Example{
		{ID: "calculate-award", Body: `{"id":"a","cap":"500000","percent_cap":"0.80","cost":"400000"}`, Status: 200},
		{ID: "calculate-warehouse-award", Body: `{"id":"b","warehouses":5}`, Status: 200},
		{ID: "propose-shipped-packs", As: access.Admin, Body: `{"packs":["xinxiang"],"note":"叠加新乡规则包"}`, Status: 200, Keep: map[string]string{"proposal": "number"}},
		{ID: "switch-proposal", As: access.Admin, Path: map[string]string{"number": "${proposal}"}, Status: 200},
		{ID: "list-plans", Status: 200},
		{ID: "get-plan", Path: one, Status: 200},
		{ID: "get-plan-course", Path: one, Query: "target=import-export", Status: 200},
		{ID: "report-task", As: access.Tax, Path: map[string]string{"plan": "xinxiang-2025", "task": "p1"}, Body: `{"state":"working","percent":60,"note":"线上综合服务平台试运行"}`, Status: 200},
		{ID: "score-assessment", As: access.Commerce, Body: `{"card":"zone-evaluation","year":2026,"plan":"xinxiang-2025"}`, Status: 200, Keep: map[string]string{"stage": "revision"}},
		act(access.Admin, `{"act":"review","revision":${stage}}`),
		act(access.Admin, `{"act":"publish","revision":${stage},"until":"2026-12-15"}`),
		{ID: "object-to-assessment", As: access.Tax, Path: assessed, Body: `{"place":"xinxiang","words":"便利化政策数少计一项"}`, Status: 204},
		{ID: "list-assessments", Status: 200},
		{ID: "get-assessment", Path: assessed, Status: 200, Keep: map[string]string{"stage": "revision"}},
		act(access.Commerce, `{"act":"answer","revision":${stage},"number":1,"upheld":false,"reason":"所列文件不属于便利化政策"}`),
		act(access.Commerce, `{"act":"fund","revision":${stage},"fund":"1000000.00"}`),
		{ID: "roll-packs-back", As: access.Admin, Body: `{"note":"演练结束"}`, Status: 200},
	}
}

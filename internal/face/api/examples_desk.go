package api

import "pilotzone/internal/kernel/access"

func deskExamples() []Example {
	request, question := map[string]string{"number": "${request}"}, map[string]string{"number": "${question}"}
	revision := map[string]string{"revision": "revision"}
	return []Example{
		{ID: "list-services", Query: "q=签证&for=enterprise", Status: 200},
		{ID: "start-matter", As: access.Clerk, Body: `{"definition":"enterprise-request","form":{"name":"示例电商有限公司","uscc":"91410700MA40XKJ29G","topic":"clearance","request":"清单长时间未放行，请协调核查","contact_name":"张三","contact_phone":"13800000000"}}`, Status: 200, Keep: map[string]string{"request": "number"}},
		{ID: "submit-matter", As: access.Clerk, Path: request, Body: `{}`, Status: 200, Keep: revision},
		{ID: "act-on-matter", As: access.Commerce, Path: request, Body: `{"act":"accept","revision":${revision}}`, Status: 200, Keep: revision},
		{ID: "act-on-matter", As: access.Commerce, Path: request, Body: `{"act":"consult","roles":["customs","tax"],"note":"请核查放行情况","revision":${revision}}`, Status: 200},
		{ID: "act-on-matter", As: access.Tax, Path: request, Body: `{"act":"answer","stance":"agree","note":"税款已缴清"}`, Status: 200, Keep: revision},
		{ID: "list-opinions", As: access.Commerce, Path: request, Status: 200},
		{ID: "act-on-matter", As: access.Commerce, Path: request, Body: `{"act":"refuse","note":"该清单不在本区申报","revision":${revision}}`, Status: 200},
		{ID: "appeal-matter", As: access.Clerk, Path: request, Status: 200},
		{ID: "read-lateness", As: access.Commerce, Status: 200},
		{ID: "list-decisions", Query: "service=subject-filing", Status: 200},
		{ID: "list-measures", Query: "q=海外仓", Status: 200},
		{ID: "read-measure", Path: map[string]string{"id": "national-08"}, Status: 200},
		{ID: "start-matter", As: access.Clerk, Body: `{"definition":"policy-consultation","form":{"topic":"tax","question":"经海外仓出口的货物如何退税？","publish":true}}`, Status: 200, Keep: map[string]string{"question": "number"}},
		{ID: "submit-matter", As: access.Clerk, Path: question, Body: `{}`, Status: 200, Keep: revision},
		{ID: "act-on-matter", As: access.Commerce, Path: question, Body: `{"act":"approve","note":"离境即退税，销售后再核算。","cites":["measure:national-08"],"revision":${revision}}`, Status: 200},
		{ID: "publish-answer", As: access.Commerce, Path: question, Body: `{"question":"经海外仓出口的货物如何退税？","reply":"离境即退税，销售后再核算。"}`, Status: 204},
		{ID: "list-answers", Query: "measure=national-08", Status: 200},
		{ID: "retract-answer", As: access.Commerce, Path: question, Status: 204},
	}
}

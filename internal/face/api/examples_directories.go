package api

import "pilotzone/internal/kernel/access"

func directoryExamples() []Example {
	providers := map[string]string{"directory": "service-providers"}
	provider := map[string]string{"directory": "service-providers", "id": "${provider}"}
	bases, base := map[string]string{"directory": "training-bases"}, map[string]string{"directory": "training-bases", "id": "${base}"}
	revision := map[string]string{"revision": "revision"}
	return []Example{
		{ID: "list-directories", Status: 200},
		{ID: "read-directory", Path: providers, Status: 200},
		{ID: "put-entry", As: access.Commerce, Path: providers, Body: `{"owner":"${carrier}","submit":true,"fields":{"name":"示例国际物流","kinds":["logistics"],"summary":"跨境小包与海外仓一体化物流","contact_phone":"0373-1234567"}}`, Status: 200, Keep: map[string]string{"provider": "id"}},
		{ID: "list-entries", Path: providers, Query: "text=物流&value=kinds:logistics", Status: 200},
		{ID: "read-entry", Path: provider, Status: 200},
		{ID: "rate-entry", As: access.Clerk, Path: provider, Body: `{"year":2026,"stars":4,"words":"时效稳定"}`, Status: 204},
		{ID: "list-ratings", Path: provider, Status: 200},
		{ID: "hide-rating", As: access.Commerce, Path: provider, Body: `{"rater":"${merchant}","year":2026,"hidden":true,"reason":"含个人信息"}`, Status: 204},
		{ID: "put-entry", As: access.Clerk, Path: bases, Body: `{"submit":true,"fields":{"name":"示例培训基地","kind":"enterprise","subjects":"平台运营、越南语"}}`, Status: 200, Keep: map[string]string{"base": "id", "revision": "revision"}},
		{ID: "act-on-entry", As: access.Commerce, Path: base, Body: `{"act":"publish","revision":${revision}}`, Status: 200, Keep: revision},
		{ID: "put-entry", As: access.Clerk, Path: map[string]string{"directory": "training-certificates"}, Body: `{"submit":true,"fields":{"holder":"张三","course":"越南语电商运营","level":"completed","issued_on":"2026-11-20"}}`, Status: 200, Keep: map[string]string{"certificate": "code"}},
		{ID: "verify-certificate", Path: map[string]string{"code": "${certificate}"}, Status: 200},
		{ID: "import-entries", As: access.Commerce, Path: map[string]string{"directory": "talent-catalogue"}, Type: "text/csv", Body: "name,kind,skills\n跨境直播运营,demand,熟悉目的市场平台与外语\n", Status: 200},
		{ID: "list-concerns", As: access.Clerk, Path: map[string]string{"directory": "market-measures"}, Status: 200},
		{ID: "answer-rating", As: access.Clerk, Path: map[string]string{"directory": "service-providers", "id": "${rated}"}, Body: `{"rater":"${merchant}","year":2026,"answer":"感谢您的评价"}`, Status: 204},
	}
}

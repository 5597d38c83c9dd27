package api

import "pilotzone/internal/kernel/access"

func parkExamples() []Example {
	centre := map[string]string{"place": "lifting-centre"}
	place := map[string]string{"place": "airport-park"}
	return []Example{
		{ID: "put-place", As: access.Commerce, Path: place, Body: `{"kind":"park","state":"open","title_zh":"空港跨境电商产业园","title_en":"Airport cross-border park","county":"410772","area_m2":4200,"facilities":["office","storage"],"services":["clearance","logistics"],"one_stop":true,"latitude":"35.28","longitude":"114.03"}`, Status: 200},
		{ID: "put-place", As: access.Commerce, Path: centre, Body: `{"kind":"centre","state":"open","title_zh":"起重装备选品中心","parent":"airport-park"}`, Status: 200},
		{ID: "list-places", Query: "kind=park,node", Status: 200},
		{ID: "get-place", Path: place, Status: 200},
		{ID: "offer-membership", As: access.Commerce, Path: place, Body: `{"enterprise":"${merchant}","since":"2026-01-01","room":"A-301"}`, Status: 200, Keep: map[string]string{"membership": "number"}},
		{ID: "list-memberships", As: access.Manager, Status: 200},
		{ID: "answer-membership", As: access.Manager, Path: map[string]string{"membership": "${membership}"}, Body: `{"accept":true,"revision":1}`, Status: 200},
		{ID: "list-place-members", As: access.Commerce, Path: place, Status: 200},
		{ID: "get-place-figures", As: access.Commerce, Path: place, Query: "year=2026", Status: 200},
		{ID: "get-place-distances", As: access.Commerce, Path: place, Query: "year=2026", Status: 200},
		{ID: "list-place-recognitions", Path: place, Status: 200},
		{ID: "end-membership", As: access.Commerce, Path: map[string]string{"membership": "${membership}"}, Body: `{"until":"2026-12-31","reason":"迁出","revision":2}`, Status: 200},
		{ID: "list-factories", Query: "text=起重", Status: 200},
		{ID: "display-goods", As: access.Commerce, Path: centre, Body: `{"title":"手拉葫芦","hs":"8425","maker":"示例起重设备厂","price":"199.50","unit":"台"}`, Status: 200},
		{ID: "list-displayed-goods", Query: "place=lifting-centre", Status: 200},
		{ID: "list-recognition-work", As: access.Commerce, Status: 200},
		{ID: "list-recognition-publications", Status: 200},
	}
}

package api

import (
	"slices"

	"pilotzone/internal/kernel/access"
)

// cultivationExamples go through the rooms of cultivation: an event, a booking, a
// fair, a lead, an introduction up to a deal, people, the repository, a self-check.
func cultivationExamples() []Example {
	return slices.Concat(meetingExamples(), marketExamples(), talentExamples(), repositoryExamples())
}

// Paths of the first records of their rooms.
var (
	firstOne    = map[string]string{"id": "1"}
	secondOne   = map[string]string{"id": "2"}
	ofMerchant  = map[string]string{"code": "${merchant}"}
	firstNumber = map[string]string{"id": "1", "number": "1"}
)

func meetingExamples() []Example {
	return []Example{
		{ID: "announce-event", As: access.Park, Body: `{"kind":"job-fair","title":"跨境电商人才对接会","place":"新乡学院","starts":1795361400000000,"ends":1795363140000000,"closes":1795361400000000,"capacity":60}`, Status: 200},
		{ID: "list-events", Status: 200},
		{ID: "register-for-event", As: access.Clerk, Path: firstOne, Body: `{"name":"张三"}`, Status: 200, Keep: map[string]string{"ticket": "code"}},
		{ID: "register-for-event", As: access.Consumer, Path: firstOne, Body: `{"name":"李四"}`, Status: 200},
		{ID: "list-registrations", As: access.Park, Path: firstOne, Status: 200},
		{ID: "check-in", As: access.Park, Path: firstOne, Body: `{"code":"${ticket}"}`, Status: 200},
		{ID: "cancel-registration", As: access.Consumer, Path: map[string]string{"id": "1", "number": "2"}, Status: 204},
		{ID: "open-resource", As: access.Park, Body: `{"kind":"live-room","title":"共享直播间 1","place":"创业园 2 楼","seats":1,"slot":60,"opens":540,"closes":1080,"weekdays":62,"ahead":90,"cancel_hours":24,"most_slots":4,"active":true}`, Status: 200},
		{ID: "change-resource", As: access.Park, Path: firstOne, Body: `{"kind":"live-room","title":"共享直播间 1","place":"创业园 2 楼","seats":2,"slot":60,"opens":540,"closes":1080,"weekdays":62,"ahead":90,"cancel_hours":24,"most_slots":4,"active":true}`, Status: 200},
		{ID: "list-resources", As: access.Clerk, Query: "kind=live-room", Status: 200},
		{ID: "list-slots", As: access.Clerk, Path: firstOne, Query: "day=2027-01-04", Status: 200},
		{ID: "book", As: access.Clerk, Body: `{"resource":1,"starts":1799024400000000,"slots":2,"purpose":"新品直播"}`, Status: 200},
		{ID: "list-bookings", As: access.Clerk, Status: 200},
		{ID: "cancel-booking", As: access.Clerk, Path: firstOne, Status: 200},
		{ID: "announce-fair", As: access.Commerce, Body: `{"title":"春季交易会","place":"广州","starts":"2027-04-15","ends":"2027-04-19","opens":"2026-11-01","closes":"2026-12-31","card":"fair-booths","categories":[{"id":"home","title":"家居用品","booths":10,"fee":"20000.00"}]}`, Status: 200},
		{ID: "announce-fair", As: access.Commerce, Body: `{"title":"秋季选品会","place":"南通","starts":"2026-12-05","ends":"2026-12-07","opens":"2026-11-01","closes":"2026-11-20","card":"fair-booths","categories":[{"id":"tools","title":"五金工具","booths":4,"fee":"8000.00"}]}`, Status: 200},
		{ID: "apply-for-booths", As: access.Clerk, Path: firstOne, Body: `{"enterprise":"${merchant}","category":"home","booths":2,"goods":"酒店布草"}`, Status: 200},
		{ID: "list-fairs", As: access.Clerk, Status: 200},
		{ID: "list-booth-applications", As: access.Clerk, Path: firstOne, Status: 200},
		{ID: "withdraw-booth-application", As: access.Clerk, Path: firstOne, Status: 204},
		{ID: "allocate-booths", As: access.Commerce, Path: secondOne, Status: 200},
	}
}

func marketExamples() []Example {
	return []Example{
		{ID: "add-lead", As: access.Commerce, Body: `{"company":"示例跨境平台","kind":"platform","county":"410702","leading":true,"size":"50000000.00","next_step":"邀请考察","next_day":"2026-12-10","contact":"李经理"}`, Status: 200},
		{ID: "change-lead", As: access.Commerce, Path: firstOne, Body: `{"company":"示例跨境平台","kind":"platform","county":"410702","leading":true,"size":"60000000.00","next_step":"商谈用房","next_day":"2026-12-20","contact":"李经理"}`, Status: 200},
		{ID: "move-lead", As: access.Commerce, Path: firstOne, Body: `{"stage":"registered","enterprise":"${merchant}","note":"已备案"}`, Status: 200},
		{ID: "list-leads", As: access.Commerce, Query: "stage=registered", Status: 200},
		{ID: "add-to-market", As: access.Clerk, Body: `{"side":"demand","party":"${merchant}","title":"采购酒店布草","hs":"630231","quantity":1000,"unit":"件","price_to":"50.00","certificates":["OEKO-TEX"],"until":"2027-01-31","contact":"采购部 0373-0000000"}`, Status: 200},
		{ID: "add-to-market", As: access.Park, Body: `{"side":"offer","title":"园区工厂供应床单","hs":"6302310000","quantity":5000,"unit":"件","price_from":"40.00","certificates":["OEKO-TEX"],"until":"2027-01-31","contact":"园区招商部 0373-1111111"}`, Status: 200},
		{ID: "list-market", As: access.Clerk, Query: "side=offer", Status: 200},
		{ID: "list-matches", As: access.Clerk, Path: firstOne, Status: 200},
		{ID: "propose-introduction", As: access.Clerk, Body: `{"demand":1,"offer":2}`, Status: 200},
		{ID: "answer-introduction", As: access.Park, Path: firstOne, Body: `{"yes":true}`, Status: 200},
		{ID: "record-meeting", As: access.Park, Path: firstOne, Body: `{"day":"2026-11-22","place":"选品中心","minutes":"看样"}`, Status: 200},
		{ID: "name-deal", As: access.Park, Path: firstOne, Body: `{"value":"450000.00","day":"2026-11-22"}`, Status: 200},
		{ID: "confirm-deal", As: access.Clerk, Path: firstNumber, Status: 200},
		{ID: "list-introductions", As: access.Commerce, Status: 200},
	}
}

func talentExamples() []Example {
	return []Example{
		{ID: "offer-vacancy", As: access.Clerk, Body: `{"party":"${merchant}","title":"西语运营","place":"410702","skills":["运营","直播"],"languages":["es"],"people":2,"salary_from":"6000.00","salary_to":"9000.00","until":"2027-01-31"}`, Status: 200},
		{ID: "list-vacancies", As: access.Consumer, Status: 200},
		{ID: "put-talent-profile", As: access.Consumer, Body: `{"name":"李四","phone":"13800000001","skills":["运营"],"languages":["es","en"],"places":["410702"],"degree":"bachelor","shown":true}`, Status: 200},
		{ID: "get-talent-profile", As: access.Consumer, Status: 200},
		{ID: "list-people-who-fit", As: access.Clerk, Path: firstOne, Status: 200},
		{ID: "apply-for-vacancy", As: access.Consumer, Path: firstOne, Status: 200},
		{ID: "list-job-applications", As: access.Clerk, Status: 200},
		{ID: "answer-job-application", As: access.Clerk, Path: firstOne, Body: `{"to":"hired"}`, Status: 200},
		{ID: "place-training-order", As: access.Clerk, Body: `{"party":"${merchant}","school":"新乡学院","skill":"跨境直播","people":30,"starts":"2026-12-01","ends":"2027-06-30"}`, Status: 200},
		{ID: "report-training", As: access.Commerce, Path: firstOne, Body: `{"enrolled":28,"graduated":0,"employed":0}`, Status: 200},
		{ID: "list-training-orders", As: access.Clerk, Status: 200},
		{ID: "file-employment", As: access.Clerk, Body: `{"enterprise":"${merchant}","name":"李四","identity":"${identity}","job":"西语运营","from":"2023-11-01"}`, Status: 200, Keep: map[string]string{"worker": "person"}},
		{ID: "review-employment", As: access.Commerce, Path: firstOne, Body: `{"confirm":true}`, Status: 204},
		{ID: "list-employments", As: access.Commerce, Status: 200},
		{ID: "list-service", As: access.Clerk, Status: 200},
		{ID: "end-employment", As: access.Clerk, Path: firstOne, Body: `{"last":"2026-11-20"}`, Status: 204},
	}
}

func repositoryExamples() []Example {
	task := map[string]string{"code": "${merchant}", "indicator": "premises"}
	return []Example{
		{ID: "compute-tiers", As: access.Commerce, Status: 200},
		{ID: "list-repository", As: access.Clerk, Status: 200},
		{ID: "list-tiers", As: access.Clerk, Path: ofMerchant, Status: 200},
		{ID: "assign-officer", As: access.Commerce, Path: ofMerchant, Body: `{"account":"u-commerce"}`, Status: 204},
		{ID: "record-visit", As: access.Commerce, Path: ofMerchant, Body: `{"day":"2026-11-20","kind":"visit","note":"了解用工需求","next_day":"2026-12-20"}`, Status: 204},
		{ID: "list-visits", As: access.Commerce, Path: ofMerchant, Status: 200},
		{ID: "record-status", As: access.Commerce, Path: ofMerchant, Body: `{"kind":"high-tech","stage":"applied","day":"2026-11-20"}`, Status: 204},
		{ID: "list-status", As: access.Clerk, Path: ofMerchant, Status: 200},
		{ID: "list-self-check-questions", As: access.Clerk, Status: 200},
		{ID: "make-self-check", As: access.Clerk, Path: ofMerchant, Body: `{"aeo_documents":true,"aeo_taxes_paid":true}`, Status: 200},
		{ID: "list-self-checks", As: access.Commerce, Path: ofMerchant, Status: 200},
		{ID: "list-self-check-tasks", As: access.Clerk, Path: ofMerchant, Status: 200},
		{ID: "finish-self-check-task", As: access.Clerk, Path: task, Body: `{"note":"已装监控"}`, Status: 204},
		{ID: "confirm-self-check-task", As: access.Customs, Path: task, Body: `{"confirmed":true,"note":"现场核实"}`, Status: 204},
	}
}

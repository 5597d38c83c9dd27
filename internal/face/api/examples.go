package api

import (
	_ "embed"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"pilotzone/internal/kernel/access"
)

// Example is one use of an operation that a test does against a running zone, in
// the order of Examples. ${name} stands for a value of Shown, or one that the
// answer of an example before was kept as.
type Example struct {
	ID     string            // of the operation
	As     access.Role       // who does it; "" is a visitor
	Path   map[string]string // values of the wildcards
	Query  string            // as in the address
	Type   string            // content type of Body; application/json if ""
	Body   string
	Header map[string]string
	Status int
	Keep   map[string]string // name → place in the answer, such as payouts.0.id
}

// Shown are the values that stand in the document for those of examples. Those
// of the traffic are real ones: the test's zone has the same.
var Shown = map[string]string{
	"order": "XO202611220000000001", "merchant": "410796D123", "held": "1", "membership": "1", "released": "2", "input": "8", "identity": "11010119900307002X", "guarantor": "410796D048", "decision": "20", "carrier": "410796D190", "provider": "E2", "rated": "E1", "base": "E3", "certificate": "N7KQ2ZB4M9XH3TVC8WRE5YJD", "proposal": "1", "stage": "3",
	"webhook": "ep_5d2f0a9c31b84e67a1c05f42", "delivery": "1", "matter": "PZ202600000001", "file": "ub2jtj5e2sn8gn4z9icz2x4j9e", "request": "PZ202600000003", "question": "PZ202600000005", "upload": "7b1e4f9c2e71b8a05d3364e1c7a92b0f", "seen": "15", "notice": "1", "ticket": "K7Q2M4XA", "worker": "5d2f0a9c31b84e67a1c05f42d8e97b10", "org": "o_6t1n8c", "parkorg": "o_9k2p4w", "evidence": "ev_51c0de7a9b34f2680d1ec4a7", "declared": "db_7fa20c4be19d6358a0c4e2b1", "consent": "cs_3b9d0e72c5a84f16d7e0b9c2", "buyer": "张三", "telephone": "13800000000", "address": "河南省新乡市示例路1号",
	"faulty": "1c7a92b0f8d154f9c2e71b8a05d3364e", "waiting": "a05d3364e1c7a92b0f8d154f9c2e71b8", "duty": "PZD20270115000001", "due": "16.51", "draft": "PZ202600000002", "claim": "PZ202600000003", "claimed": "5", "payments": "BF202600003", "clawback": "cb_5d1f0c7a29e84b36d7c1f0a5", "spare": "2kss6iqh3wx4mmmvete3c9zmde", "revision": "3", "payout": "P8918fdc4e26586b23d6f", "paid": "0.31", "letter": "KHMUCW4MTB69V4U5SBXR9F2N",
}

//go:embed examples/order.xml
var exampleOrder string

//go:embed examples/certificate.pem
var exampleCertificateText string

// exampleCertificate is a body with a certificate that nobody uses.
func exampleCertificate() string {
	body, err := json.Marshal(map[string]string{"pem": exampleCertificateText})
	if err != nil {
		panic(err) // a text
	}
	return string(body)
}

// Examples are the examples, at least one an operation, in the order in which
// they can be done.
func Examples() []Example {
	return slices.Concat(readingExamples(), changingExamples(), matterExamples(), webhookExamples(), personExamples(), planExamples(), directoryExamples(), packExamples(), policyExamples(), factExamples(), parkExamples(), deskExamples(), cultivationExamples(), awardExamples())
}

const octets, xmlType = "application/octet-stream", "application/xml"

func readingExamples() []Example {
	return []Example{
		{ID: "health", Status: 200},
		{ID: "ready", Status: 200},
		{ID: "metrics", As: access.Admin, Status: 200},
		{ID: "list-receipts", As: access.Clerk, Query: "cursor=0&limit=20", Status: 200},
		{ID: "list-parcels", As: access.Clerk, Query: "state=released&limit=20", Status: 200},
		{ID: "get-parcel", As: access.Clerk, Path: map[string]string{"id": "${order}"}, Status: 200},
		{ID: "get-parcel-story", As: access.Clerk, Path: map[string]string{"id": "${released}"}, Status: 200},
		{ID: "get-document", As: access.Clerk, Path: map[string]string{"id": "${released}", "input": "${input}"}, Status: 200},
		{ID: "get-figures", As: access.Clerk, Query: "by=state", Status: 200},
		{ID: "get-rejections", As: access.Clerk, Status: 200},
		{ID: "list-tax-bills", As: access.Clerk, Query: "limit=10", Status: 200},
		{ID: "list-tax-notices", As: access.Clerk, Query: "cursor=0", Status: 200},
		{ID: "list-enterprises", As: access.Admin, Query: "code=${merchant}", Status: 200},
		{ID: "get-enterprise", As: access.Admin, Path: map[string]string{"id": "${merchant}"}, Status: 200},
		{ID: "list-packs", As: access.Clerk, Status: 200},
		{ID: "list-audit", As: access.Auditor, Query: "act=org.&limit=20", Status: 200},
		{ID: "get-person-checks", As: access.Admin, Status: 200},
		{ID: "list-templates", Status: 200},
		{ID: "preflight-schema", Status: 200},
		{ID: "list-matter-kinds", Status: 200},
		{ID: "list-queues", As: access.Chief, Status: 200},
		{ID: "list-cases", As: access.Chief, Path: map[string]string{"queue": "inspection"}, Query: "free=true", Status: 200},
		{ID: "get-case", As: access.Chief, Path: map[string]string{"parcel": "${held}"}, Status: 200, Keep: map[string]string{"seen": "seen"}},
	}
}

func changingExamples() []Example {
	form := `{"reason":"急件"}`
	return []Example{
		{ID: "submit-message", As: access.Admin, Type: xmlType, Body: exampleOrder, Header: map[string]string{"Idempotency-Key": "order-2026-11-22-0007"}, Status: 202},
		{ID: "preflight", Query: "name=order.xml&any_filed=true", Type: octets, Body: exampleOrder, Status: 200},
		{ID: "advise", Body: `{"direction":"I","goods":[{"code":"1905310000","name":"饼干","qty":"2","weight":"0.6","value":"100.00"}]}`, Status: 200},
		{ID: "quote-import-tax", Body: `{"id":"a","items":[{"qty":"1","unit_price":"1000.00","duty_rate":"0","ct_rate":"0","vat_rate":"0.13"}]}`, Status: 200},
		{ID: "quote-import-tax-by-code", Body: `{"items":[{"code":"1905310000","qty":"2","unit_price":"50","qty1":"1","unit1":"035"}]}`, Status: 200},
		{ID: "save-search", As: access.Clerk, Body: `{"name":"昨日放行","query":"state=released"}`, Status: 204},
		{ID: "list-saved-searches", As: access.Clerk, Status: 200},
		{ID: "delete-saved-search", As: access.Clerk, Path: map[string]string{"name": "昨日放行"}, Status: 204},
		{ID: "upload", As: access.Clerk, Query: "name=orders.xml&policy=check", Type: octets, Body: exampleOrder, Status: 202, Keep: map[string]string{"upload": "id"}},
		{ID: "list-uploads", As: access.Clerk, Status: 200},
		{ID: "get-upload", As: access.Clerk, Path: map[string]string{"id": "${upload}"}, Status: 200},
		{ID: "get-upload-file", As: access.Clerk, Path: map[string]string{"id": "${faulty}", "name": "errors.xlsx"}, Status: 200},
		{ID: "cancel-upload", As: access.Clerk, Path: map[string]string{"id": "${waiting}"}, Status: 200},
		{ID: "claim-case", As: access.Customs, Path: map[string]string{"parcel": "${held}"}, Status: 200},
		{ID: "take-case-over", As: access.Chief, Path: map[string]string{"parcel": "${held}"}, Body: form, Status: 200},
		{ID: "release-case", As: access.Chief, Path: map[string]string{"parcel": "${held}"}, Status: 200},
		{ID: "claim-case", As: access.Chief, Path: map[string]string{"parcel": "${held}"}, Status: 200},
		{ID: "decide-case", As: access.Chief, Path: map[string]string{"parcel": "${held}"}, Body: `{"status":800,"reason":"查验无误","seen":${seen}}`, Status: 200},
		{ID: "give-verdict", As: access.Chief, Path: map[string]string{"id": "${released}"}, Body: `{"status":500,"reason":"抽查"}`, Status: 200},
		{ID: "read-allowance", As: access.Customs, Body: `{"id_number":"${identity}"}`, Status: 200},
		{ID: "read-personal", As: access.Customs, Path: map[string]string{"id": "${released}", "input": "${input}"}, Body: `{"purpose":"inspection","note":"查验单 12"}`, Status: 200},
		{ID: "deposit", As: access.Admin, Body: `{"guarantor":"${guarantor}","amount":"100000.00","memo":"银行保函"}`, Header: map[string]string{"Idempotency-Key": "guarantee-2026-17"}, Status: 200},
		{ID: "pay-tax", As: access.Tax, Body: `{"duty_no":"${duty}","amount":"${due}","day":"2027-01-15","reference":"P-20270115-1"}`, Status: 200},
		{ID: "file-enterprise", As: access.Admin, Body: `{"customs_code":"4107960ZZ9","name":"示例电商有限公司","kinds":["merchant"],"from":"2026-01-01"}`, Status: 200},
		{ID: "set-enterprise-state", As: access.Admin, Path: map[string]string{"id": "4107960ZZ9"}, Body: `{"state":"suspended","reason":"年检未通过"}`, Status: 200},
		{ID: "add-certificate", As: access.Admin, Path: map[string]string{"id": "${merchant}"}, Body: exampleCertificate(), Status: 200},
		{ID: "set-signature-policies", As: access.Admin, Path: map[string]string{"id": "${merchant}"}, Body: `{"default":"off","CEB621Message":"optional"}`, Status: 200},
	}
}

func matterExamples() []Example {
	number, draft := map[string]string{"number": "${matter}"}, map[string]string{"number": "${draft}"}
	file, spare := map[string]string{"number": "${matter}", "file": "${file}"}, map[string]string{"number": "${matter}", "file": "${spare}"}
	revision := map[string]string{"revision": "revision"}
	form := `{"form":{"name":"示例电商有限公司","uscc":"91410700MA40XKJ29G","customs_code":"4107960ABC","kinds":["merchant"],"contact_name":"张三","contact_phone":"13800000000","bank_name":"中国银行新乡分行","bank_account":"252345678901","truthful":true}}`
	return []Example{
		{ID: "start-matter", As: access.Clerk, Body: `{"definition":"subject-filing","form":{"name":"示例电商有限公司"}}`, Status: 200, Keep: map[string]string{"matter": "number"}},
		{ID: "list-matters", As: access.Clerk, Query: "state=draft", Status: 200},
		{ID: "save-matter", As: access.Clerk, Path: number, Body: form, Status: 200},
		{ID: "attach-document", As: access.Clerk, Path: number, Query: "document=licence&name=licence.pdf", Type: octets, Body: "%PDF-1.7\n%%EOF\n", Status: 200, Keep: map[string]string{"file": "id"}},
		{ID: "read-document", As: access.Clerk, Path: file, Status: 200},
		{ID: "attach-document", As: access.Clerk, Path: number, Query: "document=other&name=note.txt", Type: octets, Body: "a note", Status: 200, Keep: map[string]string{"spare": "id"}},
		{ID: "detach-document", As: access.Clerk, Path: spare, Status: 204},
		{ID: "submit-matter", As: access.Clerk, Path: number, Body: `{}`, Status: 200},
		{ID: "comment-matter", As: access.Clerk, Path: number, Body: `{"note":"营业执照原件可到窗口核验"}`, Status: 200, Keep: revision},
		{ID: "act-on-matter", As: access.Admin, Path: number, Body: `{"act":"accept","revision":${revision}}`, Status: 200},
		{ID: "list-payouts", As: access.Bank, Status: 200, Keep: map[string]string{"payout": "payouts.0.id", "paid": "payouts.0.amount"}},
		{ID: "mark-payout-paid", As: access.Bank, Path: map[string]string{"id": "${payout}"}, Status: 204},
		{ID: "confirm-account", As: access.Clerk, Path: number, Body: `{"amount":"99.99"}`, Status: 422},
		{ID: "confirm-account", As: access.Clerk, Path: number, Body: `{"amount":"99.99"}`, Status: 422},
		{ID: "confirm-account", As: access.Clerk, Path: number, Body: `{"amount":"99.99"}`, Status: 422},
		{ID: "order-payment-again", As: access.Clerk, Path: number, Status: 200},
		{ID: "list-payouts", As: access.Bank, Status: 200, Keep: map[string]string{"payout": "payouts.0.id", "paid": "payouts.0.amount"}},
		{ID: "mark-payout-paid", As: access.Bank, Path: map[string]string{"id": "${payout}"}, Status: 204},
		{ID: "confirm-account", As: access.Clerk, Path: number, Body: `{"amount":"${paid}"}`, Status: 200, Keep: revision},
		{ID: "act-on-matter", As: access.Customs, Path: number, Body: `{"act":"approve","revision":${revision}}`, Status: 200},
		{ID: "read-matter", As: access.Clerk, Path: number, Status: 200, Keep: map[string]string{"letter": "letter"}},
		{ID: "verify-letter", Path: map[string]string{"code": "${letter}"}, Status: 200},
		{ID: "start-matter", As: access.Clerk, Body: `{"definition":"subject-filing"}`, Status: 200, Keep: map[string]string{"draft": "number"}},
		{ID: "withdraw-matter", As: access.Clerk, Path: draft, Body: `{"note":"重新填写"}`, Status: 200},
	}
}

func webhookExamples() []Example {
	id := map[string]string{"id": "${webhook}"}
	delivery := map[string]string{"id": "${webhook}", "delivery": "${delivery}"}
	return []Example{
		{ID: "add-webhook", As: access.Manager, Body: `{"url":"https://hooks.example.cn/pilotzone","types":["receipt.created","parcel.held"]}`, Status: 200, Keep: map[string]string{"webhook": "id"}},
		{ID: "list-webhooks", As: access.Manager, Status: 200},
		{ID: "get-webhook", As: access.Manager, Path: id, Status: 200},
		{ID: "change-webhook", As: access.Manager, Path: id, Body: `{"url":"https://hooks.example.cn/pilotzone","note":"生产环境","active":false}`, Status: 200},
		{ID: "test-webhook", As: access.Manager, Path: id, Status: 200, Keep: map[string]string{"delivery": "delivery"}},
		{ID: "list-deliveries", As: access.Manager, Path: id, Query: "state=waiting", Status: 200},
		{ID: "get-delivery", As: access.Manager, Path: delivery, Status: 200},
		{ID: "replay-delivery", As: access.Manager, Path: delivery, Status: 200},
		{ID: "replay-webhook", As: access.Manager, Path: id, Body: `{"since":"2026-11-22T08:00:00+08:00"}`, Status: 200},
		{ID: "rotate-webhook-secret", As: access.Manager, Path: id, Body: `{"overlap_hours":24}`, Status: 200},
		{ID: "remove-webhook", As: access.Manager, Path: id, Status: 204},
		{ID: "list-notices", As: access.Manager, Query: "limit=20", Status: 200},
		{ID: "read-notices", As: access.Manager, Body: `{"upto":1}`, Status: 204},
	}
}

func personExamples() []Example {
	use := map[string]string{"parcel": "${released}"}
	return []Example{
		{ID: "get-passport", As: access.Consumer, Status: 200},
		{ID: "get-passport-allowance", As: access.Consumer, Status: 200},
		{ID: "list-passport-uses", As: access.Consumer, Query: "limit=20", Status: 200},
		{ID: "get-passport-use", As: access.Consumer, Path: use, Status: 200},
		{ID: "list-passport-notices", As: access.Consumer, Status: 200},
		{ID: "set-passport-address", As: access.Consumer, Body: `{"address":""}`, Status: 200},
		{ID: "freeze-identity", As: access.Consumer, Body: `{"frozen":true}`, Status: 200},
		{ID: "dispute-passport-use", As: access.Consumer, Path: use, Body: `{"reason":"not-mine","statement":"我没有买过","truthful":true}`, Status: 200},
	}
}

// Fill puts values in the places of ${name}.
func Fill(text string, values map[string]string) string {
	for name, v := range values {
		text = strings.ReplaceAll(text, "${"+name+"}", v)
	}
	return text
}

// Target is the address of an example under the pattern of its operation.
func (e *Example) Target(path string, values map[string]string) string {
	for name, v := range e.Path {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(Fill(v, values)))
	}
	if e.Query != "" {
		path += "?" + Fill(e.Query, values)
	}
	return path
}

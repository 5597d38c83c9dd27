package api

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

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
	Keep   map[string]string // name → field of the answer
}

// Shown are the values that stand in the document for those of examples. Those
// of the traffic are real ones: the test's zone has the same.
var Shown = map[string]string{
	"order": "XO202611220000000001", "merchant": "410796D123", "held": "1", "released": "2", "input": "8", "identity": "11010119900307002X", "guarantor": "410796D048", "decision": "20",
	"webhook": "ep_5d2f0a9c31b84e67a1c05f42", "delivery": "1", "matter": "PZ202600000001", "file": "f_3k9q", "upload": "j_7m2x", "seen": "15", "notice": "1", "key": "3f6c1d2e-0c1f-4f57-9b1c-0d6a",
}

//go:embed examples/order.xml
var exampleOrder string

// Examples are the examples, at least one an operation, in the order in which
// they can be done.
func Examples() []Example {
	return slices.Concat(readingExamples(), changingExamples(), matterExamples(), webhookExamples(), personExamples())
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
		{ID: "list-audit", As: access.Auditor, Query: "act=access.&limit=20", Status: 200},
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
		{ID: "get-upload-file", As: access.Clerk, Path: map[string]string{"id": "no-such-upload", "name": "errors.xlsx"}, Status: 404},
		{ID: "cancel-upload", As: access.Clerk, Path: map[string]string{"id": "no-such-upload"}, Status: 404},
		{ID: "claim-case", As: access.Customs, Path: map[string]string{"parcel": "${held}"}, Status: 200},
		{ID: "take-case-over", As: access.Chief, Path: map[string]string{"parcel": "${held}"}, Body: form, Status: 200},
		{ID: "release-case", As: access.Chief, Path: map[string]string{"parcel": "${held}"}, Status: 200},
		{ID: "claim-case", As: access.Chief, Path: map[string]string{"parcel": "${held}"}, Status: 200},
		{ID: "decide-case", As: access.Chief, Path: map[string]string{"parcel": "${held}"}, Body: `{"status":800,"reason":"查验无误","seen":${seen}}`, Status: 200},
		{ID: "give-verdict", As: access.Chief, Path: map[string]string{"id": "${released}"}, Body: `{"status":500,"reason":"抽查"}`, Status: 200},
		{ID: "read-allowance", As: access.Customs, Body: `{"id_number":"${identity}"}`, Status: 200},
		{ID: "read-personal", As: access.Customs, Path: map[string]string{"id": "${released}", "input": "${input}"}, Body: `{"purpose":"inspection","note":"查验单 12"}`, Status: 200},
		{ID: "deposit", As: access.Admin, Body: `{"guarantor":"${guarantor}","amount":"100000.00","memo":"银行保函"}`, Header: map[string]string{"Idempotency-Key": "guarantee-2026-17"}, Status: 200},
		{ID: "pay-tax", As: access.Tax, Body: `{"duty_no":"none","amount":"1234.50","day":"2026-12-30","reference":"P-1"}`, Status: 404},
		{ID: "file-enterprise", As: access.Admin, Body: `{"customs_code":"4107960ZZ9","name":"示例电商有限公司","kinds":["merchant"],"from":"2026-01-01"}`, Status: 200},
		{ID: "set-enterprise-state", As: access.Admin, Path: map[string]string{"id": "4107960ZZ9"}, Body: `{"state":"suspended","reason":"年检未通过"}`, Status: 200},
		{ID: "add-certificate", As: access.Admin, Path: map[string]string{"id": "${merchant}"}, Body: `{"pem":"-----BEGIN CERTIFICATE-----"}`, Status: 422},
		{ID: "set-signature-policies", As: access.Admin, Path: map[string]string{"id": "${merchant}"}, Body: `{"default":"off","CEB621Message":"optional"}`, Status: 200},
		{ID: "switch-pack", As: access.Admin, Type: octets, Body: "not an archive", Status: 422},
	}
}

func matterExamples() []Example {
	number := map[string]string{"number": "${matter}"}
	return []Example{
		{ID: "start-matter", As: access.Clerk, Body: `{"definition":"subject-filing","form":{"name":"示例电商有限公司"}}`, Status: 200, Keep: map[string]string{"matter": "number"}},
		{ID: "list-matters", As: access.Clerk, Query: "state=draft", Status: 200},
		{ID: "read-matter", As: access.Clerk, Path: number, Status: 200},
		{ID: "save-matter", As: access.Clerk, Path: number, Body: `{"form":{"name":"示例电商有限公司"}}`, Status: 200},
		{ID: "attach-document", As: access.Clerk, Path: number, Query: "document=other&name=note.txt", Type: octets, Body: "a note", Status: 200, Keep: map[string]string{"file": "id"}},
		{ID: "read-document", As: access.Clerk, Path: map[string]string{"number": "${matter}", "file": "${file}"}, Status: 200},
		{ID: "detach-document", As: access.Clerk, Path: map[string]string{"number": "${matter}", "file": "${file}"}, Status: 204},
		{ID: "comment-matter", As: access.Clerk, Path: number, Body: `{"note":"材料将于周五补齐"}`, Status: 422},
		{ID: "submit-matter", As: access.Clerk, Path: number, Body: `{}`, Status: 422},
		{ID: "withdraw-matter", As: access.Clerk, Path: number, Body: `{"note":"重新填写"}`, Status: 200},
		{ID: "act-on-matter", As: access.Admin, Path: number, Body: `{"act":"claim"}`, Status: 404},
		{ID: "confirm-account", As: access.Clerk, Path: number, Body: `{"amount":"0.31"}`, Status: 422},
		{ID: "order-payment-again", As: access.Clerk, Path: number, Status: 422},
		{ID: "list-payouts", As: access.Bank, Status: 200},
		{ID: "mark-payout-paid", As: access.Bank, Path: map[string]string{"id": "none"}, Status: 404},
		{ID: "verify-letter", Path: map[string]string{"code": "AAAA-BBBB-CCCC"}, Status: 404},
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

// operations of the document by their ids.
func operations(doc *huma.OpenAPI) map[string]*huma.Operation {
	out := map[string]*huma.Operation{}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				out[op.OperationID] = op
			}
		}
	}
	return out
}

// putExamples writes the examples into the document: the first of an operation.
func putExamples(doc *huma.OpenAPI) {
	ops := operations(doc)
	done := map[string]bool{}
	for _, e := range Examples() {
		op := ops[e.ID]
		if op == nil || done[e.ID] {
			continue
		}
		done[e.ID] = true
		query, _ := url.ParseQuery(Fill(e.Query, Shown)) // ours
		for _, p := range op.Parameters {
			switch {
			case p.In == "path" && e.Path[p.Name] != "":
				p.Example = typed(p.Schema, Fill(e.Path[p.Name], Shown))
			case p.In == "query" && query.Has(p.Name):
				p.Example = typed(p.Schema, query.Get(p.Name))
			case p.In == "header" && e.Header[p.Name] != "":
				p.Example = e.Header[p.Name]
			}
		}
		if op.RequestBody == nil || e.Body == "" {
			continue
		}
		kind := e.Type
		if kind == "" {
			kind = "application/json"
		}
		if media := op.RequestBody.Content[kind]; media != nil && kind != octets {
			media.Example = exampleBody(kind, Fill(e.Body, Shown))
		}
	}
}

// typed is a value as its schema has it.
func typed(s *huma.Schema, text string) any {
	if s == nil {
		return text
	}
	switch s.Type {
	case huma.TypeInteger:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	case huma.TypeBoolean:
		return text == "true"
	case huma.TypeArray:
		return []string{text}
	}
	return text
}

func exampleBody(kind, body string) any {
	var v any
	if kind == "application/json" && json.Unmarshal([]byte(body), &v) == nil {
		return v
	}
	return body
}

// Curl is the line by which an example is done from a shell.
func (e *Example) Curl(method, path, base string) string {
	var b strings.Builder
	b.WriteString("curl")
	if method != http.MethodGet {
		b.WriteString(" -X " + method)
	}
	if e.As != "" {
		b.WriteString(` -H "Authorization: Bearer $PILOTZONE_KEY"`)
	}
	for name, v := range e.Header {
		b.WriteString(" -H '" + name + ": " + v + "'")
	}
	switch {
	case e.Body == "":
	case e.Type == "":
		b.WriteString(" -H 'Content-Type: application/json' -d '" + Fill(e.Body, Shown) + "'")
	default:
		b.WriteString(" -H 'Content-Type: " + e.Type + "' --data-binary @FILE")
	}
	return b.String() + " '" + base + e.Target(path, Shown) + "'"
}

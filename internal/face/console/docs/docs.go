// Package docs is the documentation of the interface for programs (接口文档),
// rendered by the server from the OpenAPI document that the code makes: how to
// begin, the operations by subject with parameters, examples that a test has
// done, and what is answered; the schemas.
package docs

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"pilotzone/internal/face/api"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/notify"
)

type pages struct {
	*ui.Shell
	reference api.Reference
}

// Register registers the pages; base is the address of the platform that
// examples show.
func Register(s *ui.Shell, server *api.Server, base string) {
	if base == "" {
		base = "https://zone.example.cn"
	}
	p := &pages{s, server.Reference(base)}
	s.Nav(ui.Item{Group: ui.Administration, Path: "/docs", ZH: "接口文档", EN: "API documentation", Icon: "book", Need: access.Public, Signed: true})
	s.Get("/docs", access.Public, p.start)
	s.Get("/docs/{group}", access.Public, p.group)
	s.Get("/docs/schemas/{name}", access.Public, p.schema)
}

// subjects are the groups in words.
var subjects = map[string]ui.Text{
	"messages": ui.T("报文与回执", "Messages and receipts"), "parcels": ui.T("包裹", "Parcels"), "queues": ui.T("监管队列", "Officers' queues"), "tax": ui.T("税单", "Tax bills"),
	"enterprises": ui.T("企业备案与担保", "Enterprises and guarantees"), "persons": ui.T("个人额度", "Persons' allowances"), "passport": ui.T("个人额度护照", "Allowance passport"), "quotes": ui.T("税款试算", "Tax quotes"),
	"preflight": ui.T("预检与方式建议", "Pre-flight and advice"), "uploads": ui.T("表格上传", "Spreadsheets"), "matters": ui.T("办件", "Matters"), "webhooks": ui.T("推送与通知", "Webhooks and notices"),
	"directories": ui.T("名录", "Directories"), "calculators": ui.T("奖补试算", "Award calculators"), "plans": ui.T("方案与任务", "Plans and tasks"), "assessments": ui.T("年度考核", "Assessments"),
	"figures": ui.T("统计", "Figures"), "packs": ui.T("规则包", "Rule packs"), "audit": ui.T("审计", "Audit"), "system": ui.T("系统", "System"),
}

func subject(name string) ui.Text {
	if t, ok := subjects[name]; ok {
		return t
	}
	return ui.T(name, name)
}

func (p *pages) start(w http.ResponseWriter, r *http.Request) error {
	return p.Show(w, r, ui.View{Title: ui.T("接口文档", "API documentation"), Body: startPage(p.reference, notify.Types())})
}

func (p *pages) group(w http.ResponseWriter, r *http.Request) error {
	at := slices.IndexFunc(p.reference.Groups, func(g api.ReferenceGroup) bool { return g.Name == r.PathValue("group") })
	if at < 0 {
		return ui.NotFound()
	}
	g := p.reference.Groups[at]
	return p.Show(w, r, ui.View{Title: subject(g.Name), Body: groupPage(g), Back: "/docs", BackTo: ui.T("接口文档", "API documentation")})
}

func (p *pages) schema(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	fields, ok := p.reference.Schemas[name]
	if !ok {
		return ui.NotFound()
	}
	return p.Show(w, r, ui.View{Title: ui.T(name, name), Body: fieldsTable(fields), Back: "/docs", BackTo: ui.T("接口文档", "API documentation")})
}

// terms are the Chinese terms that stand in brackets in the English texts.
var terms = regexp.MustCompile(` ?[(（][^()（）]*\p{Han}[^()（）]*[)）]|\p{Han}+`)

// english is a text of the document for an English page.
func english(text string) string { return strings.TrimSpace(terms.ReplaceAllString(text, "")) }

// chinese is the terms of a text, for a Chinese page.
func chinese(text string) string {
	var out []string
	for _, t := range terms.FindAllString(text, -1) {
		out = append(out, strings.Trim(t, " ()（）"))
	}
	return strings.Join(out, "，")
}

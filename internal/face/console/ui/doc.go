// Package ui is the shell of the console (控制台外壳): what every page has around
// it, the parts that pages are built of, and the way a page is registered.
//
// A service's pages stand in a package of their own beside this one, in templ
// templates, and are registered in a function Register:
//
//	func Register(s *ui.Shell, box *letters.Service) {
//		p := &pages{s, box}
//		s.Nav(ui.Item{Group: ui.Clearance, Path: "/letters", ZH: "回函", EN: "Letters", Icon: "mail", Need: access.ReceiptRead})
//		s.Get("/letters", access.ReceiptRead, p.list)
//		s.Get("/letters/{number}", access.ReceiptRead, p.one)
//		s.Post("/letters/{number}/answer", access.MatterWork, p.answer)
//	}
//
//	func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
//		page, err := p.box.List(r.Context(), …)            // scoped by access.Of(ctx)
//		if err != nil {
//			return err                                       // shown as an error page in words
//		}
//		return p.Show(w, r, ui.View{Title: ui.T("回函", "Letters"), Body: list(page)})
//	}
//
//	func (p *pages) answer(w http.ResponseWriter, r *http.Request) error {
//		…                                                  // r.ParseForm has run, the body is bounded
//		return p.Done(w, r, "/letters/7", ui.T("已回复", "Answered")) // 303 with a word shown once
//	}
//
// In a template the language is in the context: { ui.Say(ctx, "回函", "Letters") }.
// Every text stands in both languages at its place, so none can be untranslated;
// data (names, goods) is set apart with lang="zh" by ui.Data.
//
// Rules for pages, which a test holds: no inline style, script or on… attribute
// (the content policy refuses them); colours never alone; every field has a
// label; every page has one h1, which the shell makes of View.Title; tables have
// a caption or an aria-label, and stand in @ui.Scroll so that they can be
// scrolled by key; reading works without scripts; hx-… attributes only add.
// Partial answers: if ui.Partial(r), answer with s.Fragment(w, r, component).
//
// Figures and money: ui.Yuan, ui.Large, ui.Count, ui.Time, ui.Day, ui.HS.
// Charts: @ui.Chart("/dashboard/flow.json", label, height class) draws the
// ECharts option that the address answers with, and needs View.Charts; put the same
// figures into a table beside it.
//
// After changing a template: go tool templ generate -path internal/face/console.
// New Tabler classes come in by `go generate ./internal/face/console/ui`.
package ui

//go:generate go run ./internal/purge

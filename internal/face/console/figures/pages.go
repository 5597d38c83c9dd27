// Package figures is the pages of figures (我的指标): what an enterprise, a park or a
// county has, by fact and year, what was cleared here and elsewhere apart, and
// where each comes from; with the declarations and evidence that make up what is
// elsewhere, and the consents by which others may look.
//
// Invariants: figures are shown to their owner, to whom the owner consents, and to
// offices with FigureRead over the zone, and are as if they were not there for all
// others; the three calibres stand in rows of their own and are never summed; an
// unknown figure is said to be unknown.
package figures

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
)

type pages struct {
	*ui.Shell
	zone *zone.Zone
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z}
	s.Nav(ui.Item{Group: ui.Policy, Path: "/figures", ZH: "指标", EN: "Figures", Icon: "chart-bar", Need: access.FigureRead},
		ui.Item{Group: ui.Policy, Path: "/evidence", ZH: "指标佐证", EN: "Evidence", Icon: "file-check", Need: access.FigureRead},
		ui.Item{Group: ui.Clearance, Path: "/declarations", ZH: "异地报关单", EN: "Declarations elsewhere", Icon: "file-text", Need: access.FigureRead},
		ui.Item{Group: ui.Exchange, Path: "/consents", ZH: "指标授权与查看记录", EN: "Consents and looks", Icon: "eye", Need: access.FigureRead})
	s.Get("/figures", access.FigureRead, p.start)
	s.Get("/figures/{kind}/{id}", access.FigureRead, p.one)
	s.Get("/figures/{kind}/{id}/clients", access.FigureRead, p.clients)
	s.Post("/figures/{kind}/{id}/county", access.Cultivate, p.county)
	s.Get("/declarations", access.FigureRead, p.declarations)
	s.Upload("/declarations", access.EvidenceFile, declaration.MaxFile+1<<20, p.upload)
	s.Raw("/declarations/template.csv", access.FigureRead, p.template)
	s.Get("/declarations/{number}", access.FigureRead, p.declaration)
	s.Get("/declarations/files/{id}", access.FigureRead, p.file)
	s.Post("/declarations/files/{id}/hand", access.EvidenceFile, p.hand)
	s.Post("/declarations/files/{id}/withdraw", access.EvidenceFile, p.takeBack)
	s.Get("/evidence", access.FigureRead, p.evidence)
	s.Post("/evidence", access.EvidenceFile, p.fileEvidence)
	s.Get("/evidence/{id}", access.FigureRead, p.piece)
	s.Post("/evidence/{id}/withdraw", access.EvidenceFile, p.withdrawEvidence)
	s.Get("/consents", access.FigureRead, p.consents)
	s.Post("/consents", access.ConsentGive, p.give)
	s.Post("/consents/{id}/withdraw", access.ConsentGive, p.withdrawConsent)
}

// said puts the errors of the rooms into words; nil stays nil.
func said(err error) error {
	switch {
	case errors.Is(err, fact.ErrNotFound), errors.Is(err, declaration.ErrNotFound):
		return ui.NotFound()
	case errors.Is(err, fact.ErrDenied), errors.Is(err, declaration.ErrDenied):
		return access.ErrDenied
	}
	var bad matter.Problems
	if errors.As(err, &bad) {
		p := &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("填写内容有误", "What was filled in is not in order"), Mend: ui.T("逐项修改后重新提交", "Mend each of these and send it again")}
		for _, x := range bad {
			p.Items = append(p.Items, ui.T(x.ZH+"："+x.FixZH, x.EN+": "+x.FixEN))
		}
		return p
	}
	return err
}

// faults are what is wrong with the fields of a form, by name.
func faults(bad matter.Problems) map[string]ui.Text {
	out := make(map[string]ui.Text)
	for _, x := range bad {
		if _, ok := out[x.Field]; !ok {
			out[x.Field] = ui.T(x.ZH+"。"+x.FixZH, x.EN+". "+x.FixEN)
		}
	}
	return out
}

func (p *pages) today() clock.Day { return clock.DayOf(p.zone.Config.Clock.Now()) }

// year is the year that the address asks for, else this one.
func (p *pages) year(r *http.Request) int {
	y, err := strconv.Atoi(r.URL.Query().Get("year"))
	if this := p.today().Year(); err != nil || y < 1990 || y > this {
		return this
	}
	return y
}

// names of what pages show.
func (p *pages) names() names.Names { return names.Of(p.zone) }

// own are the codes of the caller's enterprises by which figures are kept.
func (p *pages) own(ctx context.Context) (out []string) {
	who := access.Of(ctx)
	if who == nil {
		return nil
	}
	for _, code := range who.Codes {
		id := code
		if f, err := p.zone.Registry.ByCode(ctx, code); err == nil && f.CustomsCode != "" && slices.Contains(who.Codes, f.CustomsCode) {
			id = f.CustomsCode
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// calibreWord is a calibre in words.
func calibreWord(c string) ui.Text {
	switch c {
	case "transactions":
		return ui.T("成交口径", "transactions")
	case "turnover":
		return ui.T("销售口径", "turnover")
	case "import_export":
		return ui.T("海关口径", "import-export")
	}
	return ui.Text{}
}

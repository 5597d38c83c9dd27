// Package site puts the whole face of a zone together: the gate, the interface
// for programs and the pages for people. The commands, the demo and the tests
// of this floor serve the same site.
package site

import (
	"context"
	"errors"
	"net"
	"net/http"

	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/queue"
	"pilotzone/internal/face/api"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/gate"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/registry"
)

// Site is the face of a zone.
type Site struct {
	Zone  *zone.Zone
	Gate  *gate.Gate
	API   *api.Server
	Shell *ui.Shell
}

// New registers everything that the zone serves.
func New(z *zone.Zone) *Site { return At(z, api.Gate(z)) }

// At registers everything that the zone serves at a gate of the caller's.
func At(z *zone.Zone, g *gate.Gate) *Site {
	s := &Site{Zone: z, Gate: g}
	s.API = api.New(z, s.Gate)
	s.Shell = ui.New(ui.Config{Gate: s.Gate, Log: z.Config.Log, Zone: s.name, Problem: problem, Unread: s.unread})
	s.pages()
	return s
}

// Handler is all of it.
func (s *Site) Handler() http.Handler { return s.Gate }

// Listen opens the configured address.
func (s *Site) Listen(ctx context.Context) (net.Listener, error) { return s.API.Listen(ctx) }

// Serve serves until ctx ends, then lets requests under way finish.
func (s *Site) Serve(ctx context.Context, l net.Listener) error { return s.API.Serve(ctx, l) }

// unread counts what stands at a caller's bell.
func (s *Site) unread(ctx context.Context, p *access.Principal) (int, error) {
	return s.Zone.Notify.Unread(ctx, p.ID, notify.Recipients(p))
}

// name is the zone's name: that of the topmost pack which is one of a zone.
func (s *Site) name() ui.Text {
	set := s.Zone.Intake.Rules().Set()
	packs := set.Packs()
	for i := len(packs) - 1; i > 0; i-- {
		if _, ok := packs[i].Param("zone_name"); ok {
			return ui.T(packs[i].Title.ZH, packs[i].Title.EN)
		}
	}
	return ui.T("跨境电子商务综合试验区", "Cross-border e-commerce pilot zone")
}

// problem puts what people can do something about into words.
func problem(err error) *ui.Problem {
	switch kind := store.KindOf(err); {
	case errors.Is(err, lookup.ErrNotFound), errors.Is(err, journal.ErrNotFound), errors.Is(err, registry.ErrNotFiled):
		return ui.NotFound()
	case errors.Is(err, intake.ErrBusy):
		return &ui.Problem{Status: 429, What: ui.T("平台繁忙", "The platform is busy"), Mend: ui.T("稍后重试", "Try again in a while")}
	case errors.Is(err, intake.ErrUnavailable), errors.Is(err, intake.ErrClosed), kind == store.ErrUnavailable, kind == store.ErrFull, kind == store.ErrBusy, kind == store.ErrReadOnly:
		return &ui.Problem{Status: 503, What: ui.T("存储暂不可用，未受理", "The store can't be written now; nothing was taken in"), Mend: ui.T("稍后重试", "Try again in a while")}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &ui.Problem{Status: 503, What: ui.T("请求中断，结果未知", "The request was interrupted, its outcome is unknown"), Mend: ui.T("查看结果后再决定是否重试", "Look what became of it before you try again")}
	}
	var desk *queue.Refusal
	if errors.As(err, &desk) {
		p := &ui.Problem{Status: 409, What: ui.T(desk.ZH, desk.EN), Mend: ui.T(desk.FixZH, desk.FixEN)}
		switch {
		case errors.Is(desk, queue.ErrDenied):
			p.Status = 403
		case errors.Is(desk, queue.ErrNotFound):
			p.Status = 404
		}
		return p
	}
	var filing registry.Faults
	if errors.As(err, &filing) {
		p := &ui.Problem{Status: 422, What: ui.T("备案内容有误", "The filing is not in order"), Mend: ui.T("逐项修改后重新提交", "Mend each of these and send it again")}
		for _, f := range filing {
			p.Items = append(p.Items, ui.T(f.Field+"："+f.ZH, f.Field+": "+f.EN))
		}
		return p
	}
	return nil
}

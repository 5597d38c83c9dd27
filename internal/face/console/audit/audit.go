// Package audit is the pages of the chain of acts (审计链): the list with its
// filters, its export, and how the chain stands.
//
// Invariants: the auditor sees the acts of the zone, a manager those of the own
// organisation, nobody else any; an export has exactly what the filters show; a
// reading of the chain changes nothing but what it was found to be.
package audit

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
)

type pages struct {
	*ui.Shell
	zone *zone.Zone

	mu       sync.Mutex
	verified *verified // the newest verification of this process
}

// verified is what a verification found, and when.
type verified struct {
	at     time.Time
	report *audit.Report
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{Shell: s, zone: z}
	s.Nav(ui.Item{Group: ui.Administration, Path: "/audit", ZH: "审计", EN: "Audit", Icon: "shield-check", Need: access.AuditRead})
	s.Get("/audit", access.AuditRead, p.list)
	s.Raw("/audit.csv", access.AuditRead, p.export)
	s.Post("/audit/verify", access.AuditRead, p.verify)
}

// within narrows a filter to what the caller may see.
func within(r *http.Request, f audit.Filter) (audit.Filter, error) {
	who := access.Of(r.Context())
	switch who.Scope(access.AuditRead) {
	case access.Zone:
		return f, nil
	case access.Own:
		if who.Org != "" && (f.Org == "" || f.Org == who.Org) {
			f.Org = who.Org
			return f, nil
		}
	}
	return f, access.ErrDenied
}

// asked is the filter as it stands in the address.
type asked struct {
	audit.Filter
	from, to, before string
	faults           map[string]ui.Text
	whole            bool // the caller sees the zone
}

// read reads the address.
func read(q url.Values) *asked {
	a := &asked{from: q.Get("from"), to: q.Get("to"), before: q.Get("before"), faults: map[string]ui.Text{},
		Filter: audit.Filter{Actor: q.Get("actor"), Org: q.Get("org"), Act: q.Get("act"), Object: q.Get("object"), Outcome: audit.Outcome(q.Get("outcome"))}}
	day := func(name, text string) (t time.Time) {
		if text == "" {
			return t
		}
		d, err := clock.ParseDay(text)
		if err != nil {
			a.faults[name] = ui.T("日期应为 2026-11-22 的形式", "a day is written as 2026-11-22")
			return t
		}
		if name == "to" { // the day itself is in
			d = d.AddDays(1)
		}
		return d.Time()
	}
	a.From, a.To = day("from", a.from), day("to", a.to)
	return a
}

// address is a page with these filters and others instead.
func (a *asked) address(path string, instead ...string) string {
	q := url.Values{}
	set := func(name, value string) {
		if q.Del(name); value != "" {
			q.Set(name, value)
		}
	}
	for _, v := range [][2]string{{"from", a.from}, {"to", a.to}, {"actor", a.Actor}, {"act", a.Act}, {"object", a.Object}, {"outcome", string(a.Outcome)}} {
		set(v[0], v[1])
	}
	if a.whole {
		set("org", a.Org)
	}
	for i := 0; i+1 < len(instead); i += 2 {
		set(instead[i], instead[i+1])
	}
	return (&url.URL{Path: path, RawQuery: q.Encode()}).String()
}

// rows of a page.
const rows = 40

// view is what the page shows.
type view struct {
	*asked
	list     []audit.Record
	next     string
	names    map[string]string // of actors, by id
	state    *audit.State      // nil for who sees the own organisation alone
	verified *verified
}

func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	v := &view{asked: read(r.URL.Query()), names: map[string]string{}}
	f, err := within(r, v.Filter)
	if err != nil {
		return err
	}
	v.whole = access.Of(r.Context()).Scope(access.AuditRead) == access.Zone
	if len(v.faults) == 0 {
		if v.list, v.next, err = p.zone.Audit.List(r.Context(), f, v.before, rows); err != nil {
			return err
		}
	}
	for _, e := range v.list {
		if _, ok := v.names[e.Actor]; !ok {
			if v.names[e.Actor], err = p.zone.Accounts.NameOf(r.Context(), e.Actor); err != nil {
				return err
			}
		}
	}
	if v.whole {
		state, err := p.zone.Audit.State(r.Context())
		if err != nil {
			return err
		}
		v.state = &state
		p.mu.Lock()
		v.verified = p.verified
		p.mu.Unlock()
	}
	status := 0
	if len(v.faults) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return p.Show(w, r, ui.View{Title: ui.T("审计", "Audit"), Wide: true, Status: status, Body: whole(v)})
}

// export writes what the filters show, all pages of it. That it was taken is an
// entry itself.
func (p *pages) export(w http.ResponseWriter, r *http.Request) error {
	a := read(r.URL.Query())
	f, err := within(r, a.Filter)
	if err != nil {
		return err
	}
	if len(a.faults) > 0 {
		return &ui.Problem{Status: 422, What: ui.T("筛选条件有误", "The filters are not right"), Mend: ui.T("返回审计页修改日期", "Go back and mend the days")}
	}
	who := access.Of(r.Context())
	if err := p.zone.Audit.Record(r.Context(), audit.Entry{Actor: who.ID, Org: who.Org, Act: "audit.export", Object: "audit", Outcome: audit.Done, Detail: r.URL.RawQuery}); err != nil {
		return err
	}
	name := "audit-" + p.zone.Config.Clock.Now().In(clock.Beijing).Format("20060102-150405") + ".csv"
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	w.Header().Set("Cache-Control", "no-store")
	return p.zone.Audit.Export(r.Context(), w, f)
}

// verify walks the chain and keeps what it found for the page.
func (p *pages) verify(w http.ResponseWriter, r *http.Request) error {
	who := access.Of(r.Context())
	if who.Scope(access.AuditRead) != access.Zone {
		return access.ErrDenied
	}
	report, err := p.zone.Audit.Verify(r.Context())
	if err != nil {
		return err
	}
	outcome := audit.Done
	if !report.OK() {
		outcome = audit.Failed
	}
	if err := p.zone.Audit.Record(r.Context(), audit.Entry{Actor: who.ID, Org: who.Org, Act: "audit.verify", Object: "audit", Outcome: outcome,
		Detail: fmt.Sprintf("entries=%d differences=%d", report.Entries, len(report.Differences)+report.More)}); err != nil {
		return err
	}
	p.mu.Lock()
	p.verified = &verified{p.zone.Config.Clock.Now(), report}
	p.mu.Unlock()
	return p.Done(w, r, "/audit", ui.Text{})
}

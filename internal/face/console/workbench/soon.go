package workbench

import (
	"context"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/job"
)

// soon is how many days ahead something is said to end.
const soon = 30

// keys are the API keys of the caller's organisation that expire soon.
func (p *pages) keys(ctx context.Context) (*section, error) {
	org := access.Of(ctx).Org
	if org == "" {
		return nil, nil
	}
	list, err := p.zone.Accounts.APIKeys(ctx, org)
	if err != nil {
		return nil, err
	}
	now := p.zone.Config.Clock.Now()
	s := &section{of: ui.T("30 日内到期", "Within 30 days")}
	for _, k := range list {
		if k.Until.IsZero() || !k.Revoked.IsZero() || k.Until.Before(now) || k.Until.After(now.AddDate(0, 0, soon)) {
			continue
		}
		until := ui.Time(k.Until)
		s.table = append(s.table, entry{href: p.link(ctx, "/keys"), name: k.Name, words: ui.T("有效至 "+until, "good until "+until)})
	}
	if len(s.table) == 0 {
		return nil, nil
	}
	return s, nil
}

// filings are those that end soon.
func (p *pages) filings(ctx context.Context) (*section, error) {
	list, err := p.zone.Certify.Expiring(ctx, p.today().AddDays(soon), most)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	s := &section{of: ui.T("30 日内到期", "Within 30 days")}
	for _, f := range list {
		until := ui.Day(f.Until)
		s.table = append(s.table, entry{href: p.link(ctx, "/enterprises/due"), name: f.Name, words: ui.T("最后一日 "+until, "last day "+until), late: f.Until < p.today()})
	}
	return s, nil
}

// uploads are the caller's newest that are not over yet.
func (p *pages) uploads(ctx context.Context) (*section, error) {
	who := access.Of(ctx)
	list, err := p.zone.Jobs.List(ctx, job.Filter{Owner: who.ID, Limit: most})
	if err != nil {
		return nil, err
	}
	s := &section{of: ui.T("进行中的", "In progress")}
	for _, j := range list {
		if !j.FinishedAt.IsZero() {
			continue
		}
		done := ui.Count(j.Done) + " / " + ui.Count(j.Total)
		s.table = append(s.table, entry{href: "/upload/" + j.ID, name: j.Title, words: ui.T("已处理 "+done, done+" done"), at: j.CreatedAt.UnixMicro()})
	}
	if len(s.table) == 0 {
		return nil, nil
	}
	return s, nil
}

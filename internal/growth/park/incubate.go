package park

import (
	"context"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/rule"
)

// graduatesInto counts the graduates of an incubator until a day.
func (s *Service) graduatesInto(ctx context.Context, p *Place, until clock.Day, into fact.Figures) error {
	members, err := s.membersOf(ctx, p.ID)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, m := range members {
		g, err := s.progress(ctx, m)
		if err != nil {
			return err
		}
		if g.Graduated != 0 && g.Graduated <= until && !seen[m.Enterprise] {
			seen[m.Enterprise] = true
			into.Add("graduates", fact.Origin{Here: true, ZH: m.Enterprise + "：入孵后首票 " + g.Graduated.String() + "（" + p.Title.ZH + "）", EN: m.Enterprise + ": first parcel after entry " + g.Graduated.String(), Value: rule.Int(1),
				Open: "/parcels?merchant=" + m.Enterprise + "&from=" + g.Graduated.String() + "&to=" + g.Graduated.String()})
		}
	}
	return nil
}

// Progress is how far an incubated enterprise has come (孵化进度): it is told from
// real trade.
type Progress struct {
	Member    *Member
	Stage     Stage
	Graduated clock.Day // day of the first parcel after it entered; 0: none yet
}

// Stage is a stage of incubation.
type Stage string

// The stages.
const (
	Entering   Stage = "entering"   // before its first day 待入孵
	Incubating Stage = "incubating" // no trade yet 在孵
	Graduate   Stage = "graduate"   // its first trade came after it entered 已毕业
	Trading    Stage = "trading"    // it had traded before: it counts as no graduate 入孵前已有业务
	Left       Stage = "left"       // left without trade 已退出
	Hidden     Stage = "hidden"     // it has not let the reader see its trade 未授权
)

var stageWords = map[Stage]words{Entering: {"待入孵", "not begun"}, Incubating: {"在孵", "incubating"}, Graduate: {"已毕业", "graduate"}, Trading: {"入孵前已有业务", "traded before"}, Left: {"已退出", "left"}, Hidden: {"企业未授权", "has not consented"}}

// Words are the stage's name in Chinese and English.
func (s Stage) Words() (zh, en string) { return stageWords[s].ZH, stageWords[s].EN }

func (s *Service) progress(ctx context.Context, m *Member) (*Progress, error) {
	first, err := s.Trade.First(ctx, m.Enterprise)
	g := &Progress{Member: m, Stage: Incubating}
	switch {
	case err != nil:
		return nil, err
	case m.Since > s.Today():
		g.Stage = Entering
	case first != 0 && first < m.Since:
		g.Stage = Trading
	case first != 0 && (m.Until == 0 || first <= m.Until.AddMonths(12)):
		g.Stage, g.Graduated = Graduate, first
	case m.Until != 0 && m.Until < s.Today():
		g.Stage = Left
	}
	return g, nil
}

// Progress tells how far the enterprises of an incubator have come, for who is
// inside: an operator learns it of those that let their figures be seen.
func (s *Service) Progress(ctx context.Context, place string) ([]*Progress, error) {
	members, err := s.Members(ctx, place)
	if err != nil {
		return nil, err
	}
	var out []*Progress
	for _, m := range members {
		if m.State != Active && m.State != Ended {
			continue
		}
		if !s.sharesWith(ctx, m) {
			out = append(out, &Progress{Member: m, Stage: Hidden})
			continue
		}
		g, err := s.progress(ctx, m)
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, nil
}

package demo

import (
	"maps"
	"slices"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// Summary is the day in figures.
type Summary struct {
	Day         clock.Day
	Enterprises int
	Parcels     int
	Messages    int
	Spoilt      int // messages refused as a whole
	Documents   []KindCount
	Answers     map[clearance.What]int
	Imports     map[clearance.State]int // parcels by state
	Exports     map[clearance.State]int
	Unlisted    int // parcels whose list was refused as a document or never came
	Rejected    []CodeCount
	Held        []CodeCount
	Verdicts    map[uint16]int // by receipt status
	Classes     map[string]int // released exports
	Waiting     map[string]int // parcels by the documents they wait for
	Tax         taxes          // of parcels released, later withdrawals included
	Limits      Limits
	Ring        Ring
	Took        time.Duration
	PerSecond   int // documents
	Differed    int
	Differences []Difference // the first few
	Samples     Samples
}

// Samples are parcels to look at, by number; 0 where the day has none.
type Samples struct{ Released, Rejected, Waiting, Held uint64 }

func (s *Samples) add(p *parcel) {
	pick := func(to *uint64, is bool) {
		if is && *to == 0 {
			*to = p.number
		}
	}
	pick(&s.Released, p.state == clearance.Released && p.assessed != nil && len(p.assessed.Lines) > 1 && p.assessed.Total() > 0)
	pick(&s.Rejected, p.state == clearance.Refused)
	pick(&s.Waiting, p.state == clearance.Waiting)
	pick(&s.Held, inHands(p.state))
}

// KindCount is how many documents of a kind came.
type KindCount struct {
	Kind  ceb.Kind
	Count int
}

// CodeCount is how often a code was given.
type CodeCount struct {
	Code  string
	Count int
}

// Limits are the hits of the personal limits.
type Limits struct {
	Annual   int // refused: over the annual limit (1313)
	Single   int // refused: over the single limit with several pieces (-621005)
	FullTax  int // one piece over the single limit, let in at full tax
	AtAnnual int // buyers who have used the annual limit to the fen
	AtSingle int // parcels worth the single limit to the fen
}

func (p *player) summary(took time.Duration) *Summary {
	r := p.record
	s := &Summary{Day: p.Day, Enterprises: len(p.gen.Zone().Enterprises), Parcels: len(r.parcels), Messages: len(p.plan.Messages()), Spoilt: p.broken,
		Imports: map[clearance.State]int{}, Exports: map[clearance.State]int{}, Verdicts: map[uint16]int{}, Classes: map[string]int{}, Waiting: map[string]int{},
		Ring: r.ring(), Took: took, Differed: p.differed, Differences: p.differ}
	r.mu.Lock()
	defer r.mu.Unlock()
	s.Answers, s.Tax = maps.Clone(r.answers), r.tax
	total := 0
	for k, n := range r.kinds {
		s.Documents = append(s.Documents, KindCount{k, n})
		total += n
	}
	slices.SortFunc(s.Documents, func(a, b KindCount) int { return int(a.Kind) - int(b.Kind) })
	s.PerSecond = int(int64(total) * int64(time.Second) / max(int64(took), 1))
	s.Rejected, s.Held = ranked(r.rejected), ranked(r.holds)
	for _, v := range p.verdicts {
		s.Verdicts[v.status]++
	}
	for i, e := range p.plan.Expect() {
		s.add(&r.parcels[i], e.Import)
		s.Samples.add(&r.parcels[i])
		if e.Trouble.String() == "fraud-ring" {
			s.Ring.Planted++
		}
	}
	s.Limits.Annual, s.Limits.Single, s.Limits.FullTax = r.rejected["1313"], r.rejected["-621005"], r.notes["PZ1606"]
	return s
}

func (s *Summary) add(p *parcel, imports bool) {
	switch {
	case p.state == clearance.None:
		s.Unlisted++
	case imports:
		s.Imports[p.state]++
	default:
		s.Exports[p.state]++
		if p.class != "" && (p.state == clearance.Released || p.state == clearance.Closed) {
			s.Classes[p.class]++
		}
	}
	if p.state == clearance.Waiting {
		s.Waiting[p.waited]++
	}
	a := p.assessed
	if a == nil || p.state != clearance.Released {
		return
	}
	if a.UsedBefore+a.Dutiable == a.Limit {
		s.Limits.AtAnnual++
	}
	if a.Dutiable == money.Fen(singleLimit) {
		s.Limits.AtSingle++
	}
}

// singleLimit is the single limit in force since 2019, which the traffic aims
// at (财关税〔2018〕49号第一条), fen.
const singleLimit = 500_000

// ranked are counts, the greatest first.
func ranked(m map[string]int) []CodeCount {
	out := make([]CodeCount, 0, len(m))
	for code, n := range m {
		out = append(out, CodeCount{code, n})
	}
	slices.SortFunc(out, func(a, b CodeCount) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		if a.Code < b.Code {
			return -1
		}
		return 1
	})
	return out
}

// Count adds a state of imports and exports.
func (s *Summary) Count(states ...clearance.State) (n int) {
	for _, v := range states {
		n += s.Imports[v] + s.Exports[v]
	}
	return n
}

package story_test

import (
	"errors"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/customs/story"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// stage is a core with what was played on it.
type stage struct {
	t     *testing.T
	core  *coretest.Core
	index *lookup.Index
	tell  *story.Teller
}

func open(t *testing.T, unfiled ...string) *stage {
	t.Helper()
	st := storetest.SQLite(t, append([]store.Migration{journal.Migration()}, lookup.Migrations()...)...)
	s := &stage{t: t, core: coretest.Open(t, st, unfiled...)}
	s.index = lookup.New(lookup.Config{Store: st, Core: s.core.Reader(), Clock: s.core.Clock})
	s.tell = story.New(story.Config{Index: s.index, Documents: s.core.Reader(), Rules: s.core.Rules, Clock: s.core.Clock})
	return s
}

func (s *stage) catchUp() {
	s.t.Helper()
	if err := s.index.CatchUp(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// play sends a day's plan.
func (s *stage) play(g *traffic.Gen, p *traffic.Plan) {
	s.t.Helper()
	for _, d := range g.Zone().Deposits {
		body := clearance.DepositBody{Guarantor: d.Guarantor, Amount: int64(d.Amount)}
		if _, err := s.core.Command(s.t.Context(), clearance.Deposit, body.Encode()); err != nil {
			s.t.Fatal(err)
		}
	}
	start := g.Day().Time()
	for k := range p.Messages() {
		m := &p.Messages()[k]
		s.core.Clock.Set(start.Add(time.Duration(m.Second) * time.Second))
		if m.NeedsListNumber {
			s.catchUp()
		}
		raw, err := p.Append(nil, k, s.listNumber)
		if err != nil {
			s.t.Fatal(err)
		}
		var refusal *intake.Refusal
		if _, err := s.core.Submit(s.t.Context(), raw); err != nil && !errors.As(err, &refusal) {
			s.t.Fatal(err)
		}
	}
	s.catchUp()
}

func (s *stage) listNumber(copNo string) (string, bool) {
	list, err := s.index.Find(s.t.Context(), copNo)
	if err != nil || len(list) == 0 {
		return "", false
	}
	return list[0].InvtNo, list[0].InvtNo != ""
}

// of is the story of an order: of its parcel, or of its documents.
func (s *stage) of(orderNo string) *story.Story {
	s.t.Helper()
	list, err := s.index.Find(s.t.Context(), orderNo)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(list) > 0 {
		v, err := s.tell.Read(s.t.Context(), list[0].Number, nil)
		if err != nil {
			s.t.Fatal(err)
		}
		return v
	}
	answers, err := s.index.Answers(s.t.Context(), orderNo)
	if err != nil || len(answers) == 0 {
		s.t.Fatalf("order %s: %d answers, %v", orderNo, len(answers), err)
	}
	v, err := s.tell.Answer(s.t.Context(), answers[0].Seq, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

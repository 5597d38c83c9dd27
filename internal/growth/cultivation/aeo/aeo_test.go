package aeo_test

import (
	"context"
	"errors"
	"testing"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/growth/cultivation/aeo"
	"pilotzone/internal/growth/cultivation/cultivationtest"
	"pilotzone/internal/growth/cultivation/figures"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/scorecard"
	"pilotzone/internal/kernel/store"
)

// The self-check scores the standard with the platform's figures; its gaps are tasks
// that a guidance case waits for (004 3(三)1).
func TestGapsOfTheSelfCheckAreTasksThatTheCaseWaitsFor(t *testing.T) {
	t.Parallel()
	cultivationtest.Each(t, aeo.Migrations(), func(t *testing.T, d *cultivationtest.Desk) {
		own := map[string]rule.Value{"aeo_refused_permille": rule.Int(25), "aeo_inspected_wrong_permille": rule.Int(0), "aeo_late_permille": rule.Int(0)}
		s := service(t, d, own)
		firm, other, office := cultivationtest.Enterprise(t.Context(), "410796D001"), cultivationtest.Enterprise(t.Context(), "410796D002"), cultivationtest.Office(t.Context())
		questions := s.Questions()
		if len(questions) != 12 || questions[0].Words.ZH == "" || questions[0].Mark != "recalled" {
			t.Fatalf("%d questions: %+v", len(questions), questions)
		}
		answers := map[string]bool{}
		for _, q := range questions {
			answers[q.ID] = q.ID != "aeo_premises"
		}
		c, err := s.Answer(firm, "", answers)
		if err != nil {
			t.Fatal(err)
		}
		// 100 less 6 for the premises and half of 3 for 25 refused in a thousand.
		if c.Score.Points != 92500 || c.Score.Of != 100000 || c.Score.Grade != "ready" {
			t.Errorf("%+v", c.Score)
		}
		if _, err := s.Checks(other, "410796D001"); !errors.Is(err, cultivation.ErrNotFound) {
			t.Errorf("another reads it: %v", err)
		}
		if _, err := s.Answer(other, "410796D001", nil); !errors.Is(err, cultivation.ErrNotOwn) {
			t.Errorf("another answers: %v", err)
		}
		if _, err := s.Answer(firm, "", map[string]bool{"aeo_refused_permille": true}); err == nil {
			t.Error("a figure of the platform is answered")
		}
		tasks, err := s.Tasks(firm, "410796D001")
		if err != nil || len(tasks) != 2 || tasks[0].Indicator != "premises" || tasks[1].Indicator != "refused" {
			t.Fatalf("%+v %v", tasks, err)
		}
		guard := func() error {
			return d.DB.Write(firm, func(ctx context.Context, tx *store.Tx) error {
				m := &matter.Matter{Number: "PZ202600000001", Subject: "410796D001"}
				if err := s.Effects()["aeo-guidance"](ctx, tx, m, nil); err != nil {
					return err
				}
				return s.Guards()["aeo-tasks"](ctx, tx, m)
			})
		}
		var problems matter.Problems
		if err := guard(); !errors.As(err, &problems) {
			t.Errorf("the case passes with open tasks: %v", err)
		}
		for _, task := range tasks {
			if err := s.Move(office, "410796D001", task.Indicator, "confirmed", "看过"); !errors.Is(err, cultivation.ErrState) {
				t.Errorf("confirmed before it is done: %v", err)
			}
			if err := s.Move(firm, "410796D001", task.Indicator, "done", "已加装围栏"); err != nil {
				t.Fatal(err)
			}
			if err := s.Move(firm, "410796D001", task.Indicator, "confirmed", "好了"); !errors.Is(err, cultivation.ErrDenied) {
				t.Errorf("confirmed by itself: %v", err)
			}
			if err := s.Move(office, "410796D001", task.Indicator, "confirmed", "现场核实"); err != nil {
				t.Fatal(err)
			}
		}
		if err := guard(); err != nil {
			t.Error(err)
		}
		if got := d.Rang(t, "role:customs"); len(got) != 2 || got[0] != "/aeo/410796D001/tasks AEO 整改任务待确认：410796D001" {
			t.Errorf("customs hear %v", got)
		}
		if got := d.Rang(t, "code:410796D001"); len(got) != 2 || got[0] != "/aeo/410796D001 AEO 整改任务已确认完成" {
			t.Errorf("the enterprise hears %v", got)
		}
		if _, err := s.Answer(firm, "", answers); err != nil {
			t.Fatal(err)
		}
		if tasks, err = s.Tasks(firm, "410796D001"); err != nil || tasks[0].State != "open" {
			t.Errorf("a gap that is there again: %+v %v", tasks, err)
		}
		if list, err := s.Checks(office, "410796D001"); err != nil || len(list) != 2 || list[0].Matter != "PZ202600000001" {
			t.Errorf("%+v %v", list, err)
		}
		if list, err := s.Newest(other); err != nil || len(list) != 0 {
			t.Errorf("%+v %v", list, err)
		}
	})
}

// service is the room with figures that are its own answers and those given.
func service(t *testing.T, d *cultivationtest.Desk, own map[string]rule.Value) *aeo.Service {
	t.Helper()
	book, err := fact.Compile(d.Rules())
	if err != nil {
		t.Fatal(err)
	}
	item, ok := d.Rules().Item(scorecard.Kind, aeo.Card, d.Today())
	if !ok {
		t.Fatal("no card")
	}
	card, err := scorecard.Compile(item, book.Env)
	var faults pack.Faults
	if errors.As(err, &faults) || err != nil {
		t.Fatal(err)
	}
	var s *aeo.Service
	s = aeo.New(d.Desk, func(ctx context.Context, _, enterprise string, _ int) (*cultivation.Score, error) {
		list, err := s.Answers(ctx, enterprise, 2026)
		if err != nil || len(list) != 1 {
			return nil, errors.Join(errors.New("no check"), err)
		}
		return figures.ScoreOf(card, func(name string) (rule.Value, bool) {
			if v, ok := own[name]; ok {
				return v, true
			}
			yes, ok := list[0].Answers[name]
			return rule.Bool(yes), ok
		}), nil
	})
	return s
}

package story_test

import (
	"errors"
	"slices"
	"testing"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/customs/story"
	"pilotzone/internal/kernel/pack"
)

// A missing document is a column with the time since when it is waited for, and
// the last day of waiting by the pack.
func TestMissingDocumentIsAColumn(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.core.Send(t, coretest.Order(1), coretest.Waybill(1), coretest.List(1))
	s.catchUp()
	v := s.of(coretest.OrderNo(1))
	p := v.Paper(story.Payment)
	if p == nil || !p.Missing() || p.Since == 0 || len(v.Waits) != 1 || v.Waits[0].Role != story.Payment || v.Waits[0].Until != coretest.Day.AddDays(7) {
		t.Fatalf("payment %+v, waits %+v", p, v.Waits)
	}
	if v.Ruling != nil || v.Next.ZH == "" || v.Next.EN == "" {
		t.Errorf("ruling %v, next %v", v.Ruling, v.Next)
	}
}

// A document that was changed has both versions; the one that was judged is
// shown, the other can be picked.
func TestVersionsCanBePicked(t *testing.T) {
	t.Parallel()
	s := open(t)
	changed := coretest.Payment(1).With(ceb.H411Guid, "00000000-0000-4000-8000-000000000009").With(ceb.H411AppType, "2")
	first := s.core.Send(t, coretest.Payment(1).With(ceb.H411AmountPaid, "99"), changed, coretest.Order(1), coretest.Waybill(1), coretest.List(1))
	s.catchUp()
	v := s.of(coretest.OrderNo(1))
	p := v.Paper(story.Payment)
	if v.Parcel.State != clearance.Released || len(p.Versions) != 2 || p.Shown != 1 || !p.Versions[1].Counts || p.Versions[0].Counts {
		t.Fatalf("state %v, payment %+v", v.Parcel.State, p)
	}
	paid := func(v *story.Story) string {
		i := slices.IndexFunc(v.Rows, func(r story.Row) bool { return r.Key == "paid" })
		return v.Rows[i].Cells[1].Text
	}
	old, err := s.tell.Read(t.Context(), v.Parcel.Number, story.Pick{story.Payment: first[0].Input})
	if err != nil || paid(v) != "487" || paid(old) != "99" {
		t.Errorf("paid %s, formerly %s, %v", paid(v), paid(old), err)
	}
	if !v.Holds(first[0].Input) || v.Holds(999) {
		t.Error("a document's bytes belong to its story and to no other")
	}
}

// Every rule that spoke is shown with the parameters behind it, their article,
// document and mark.
func TestRulingCitesItsSources(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.core.Send(t, coretest.Parcel(1)...)
	s.catchUp()
	r := s.of(coretest.OrderNo(1)).Ruling
	if r == nil || !r.Known || r.Day != coretest.Day {
		t.Fatalf("ruling %+v", r)
	}
	values := map[string]story.Value{}
	for _, rule := range r.Rules {
		if len(rule.Basis)+len(rule.Values) == 0 {
			t.Errorf("rule %s cites nothing", rule.Reason.Code)
		}
		for _, v := range rule.Values {
			values[v.Name] = v
		}
	}
	if v := values["annual_limit"]; v.Text != "26000.00" || v.Basis.Document != "财关税〔2018〕49号" || v.Basis.Article != "第一条" || v.Basis.Mark != pack.Seen || v.From != 20190101 {
		t.Errorf("annual limit %+v", v)
	}
}

// An officer's verdict is an event of its own, and its reason is told.
func TestOfficersActIsInTheStory(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.core.Send(t, coretest.Order(1), coretest.Waybill(1), coretest.List(1))
	s.core.Verdict(t, 1, 500) // noted while it waits
	s.core.Send(t, coretest.Payment(1))
	s.core.Verdict(t, 1, 800)
	s.catchUp()
	v := s.of(coretest.OrderNo(1))
	var acts []clearance.State
	for _, e := range v.Events {
		if e.Officer {
			acts = append(acts, e.To)
		}
	}
	if !slices.Equal(acts, []clearance.State{clearance.Waiting, clearance.Released}) {
		t.Errorf("officers' acts lead to %v", acts)
	}
	v.Only(func(code string) bool { return code == coretest.Payer })
	for _, r := range v.Receipts {
		if r.To != coretest.Payer {
			t.Errorf("receipt to %s is shown", r.To)
		}
	}
	if _, err := s.tell.Read(t.Context(), 99, nil); !errors.Is(err, lookup.ErrNotFound) {
		t.Errorf("no parcel: %v", err)
	}
}

// Documents whose list never came have a story too, with why they were refused.
func TestAnswerWithoutAParcel(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.core.Send(t, coretest.Order(1).With(ceb.H311ActuralPaid, "1"), coretest.Payment(1))
	s.catchUp()
	v := s.of(coretest.OrderNo(1))
	if v.Parcel != nil || len(v.Events) != 2 || v.Now[0].Code != "PZ1003" || !slices.Equal(marks(v), []string{"paid order PZ1003"}) {
		t.Errorf("%d events, now %v, marks %v", len(v.Events), v.Now, marks(v))
	}
	if !slices.Contains(v.Parties, coretest.Platform) {
		t.Errorf("parties %v", v.Parties)
	}
}

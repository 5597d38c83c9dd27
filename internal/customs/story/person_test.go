package story_test

import (
	"slices"
	"testing"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/customs/story"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// A list that waits for the verification of its orderer says so, and an upheld
// dispute marks the parcel.
func TestTheOrderersIdentityIsTold(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t, append([]store.Migration{journal.Migration()}, lookup.Migrations()...)...)
	s := &stage{t: t, core: coretest.OpenWith(t, st, coretest.Rules(t, true))}
	s.index = lookup.New(lookup.Config{Store: st, Core: s.core.Reader(), Clock: s.core.Clock})
	s.tell = story.New(story.Config{Index: s.index, Documents: s.core.Reader(), Rules: s.core.Rules, Clock: s.core.Clock})
	s.core.Send(t, coretest.Parcel(1)...)
	s.catchUp()
	v := s.of(coretest.OrderNo(1))
	said := func(v *story.Story, zh string) bool {
		return slices.ContainsFunc(v.Events, func(e story.Event) bool { return e.Words.ZH == zh && e.Words.EN != "" })
	}
	if v.Parcel.State != clearance.Waiting || !said(v, "等待订购人身份核验") || v.Next.ZH != "等待订购人身份核验，有结果后自动继续" || v.Disputed != "" {
		t.Errorf("%v, next %v, events %+v", v.Parcel.State, v.Next, v.Events)
	}
	h, l := s.core.Keys.Hasher(), coretest.List(1).Head
	answer := clearance.PersonAnswerBody{Check: clearance.CheckKey(h, l[ceb.H621BuyerIdNumber], l[ceb.H621BuyerName]), Result: clearance.PersonVerified, Checked: s.core.Clock.Now().UnixMicro()}
	if _, err := s.core.Command(t.Context(), clearance.PersonAnswer, answer.Encode()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.core.Command(t.Context(), clearance.DisputeUpheld, clearance.DisputeBody{Number: 1, Person: clearance.PersonKey(h, l[ceb.H621BuyerIdNumber]), Matter: "PZ202600000007"}.Encode()); err != nil {
		t.Fatal(err)
	}
	s.catchUp()
	if v = s.of(coretest.OrderNo(1)); v.Parcel.State != clearance.Released || v.Disputed != "PZ202600000007" || !said(v, "本人异议成立") || v.Next.ZH == "等待订购人身份核验，有结果后自动继续" {
		t.Errorf("%v, disputed %q, next %v, events %+v", v.Parcel.State, v.Disputed, v.Next, v.Events)
	}
}

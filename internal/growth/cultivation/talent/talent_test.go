package talent_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/growth/cultivation/cultivationtest"
	"pilotzone/internal/growth/cultivation/talent"
	"pilotzone/internal/kernel/clock"
)

func all(context.Context, string) (bool, error) { return true, nil }

// An employer sees a person masked until the person agrees.
func TestPeopleAreMaskedUntilTheyAgree(t *testing.T) {
	t.Parallel()
	cultivationtest.Each(t, talent.Migrations(), func(t *testing.T, d *cultivationtest.Desk) {
		s := talent.New(d.Desk, all)
		firm, other, person, office := cultivationtest.Enterprise(t.Context(), "410796D001"), cultivationtest.Enterprise(t.Context(), "410796D002"), cultivationtest.Person(t.Context(), "u-zhang"), cultivationtest.Office(t.Context())
		v, err := s.Offer(firm, talent.Vacancy{Title: "西语运营", Place: "410702", Skills: []string{"Operation", "live streaming"}, Languages: []string{"es"}, People: 2, Until: 20261231})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Offer(person, talent.Vacancy{Title: "运营", Skills: []string{"operation"}, People: 1, Until: 20261231}); err == nil {
			t.Error("a person offers work")
		}
		if _, err := s.SaveOwn(person, talent.Profile{Name: "张三丰", Phone: "13800000000", Skills: []string{"operation"}, Languages: []string{"ES", "en"}, Places: []string{"410702"}, Degree: "bachelor", Shown: true}); err != nil {
			t.Fatal(err)
		}
		people, err := s.People(firm, v.ID)
		if err != nil || len(people) != 1 || people[0].Profile.Name != "张**" || people[0].Profile.Phone != "" || people[0].Points != 30+25+15 {
			t.Fatalf("%+v %+v %v", people, people[0].Profile, err)
		}
		if _, err := s.People(other, v.ID); !errors.Is(err, cultivation.ErrNotFound) {
			t.Errorf("another employer: %v", err)
		}
		if fits, err := s.Fitting(person); err != nil || len(fits) != 1 || fits[0].Points != 70 {
			t.Errorf("%+v %v", fits, err)
		}
		a, err := s.Ask(firm, v.ID, people[0].Profile.Number)
		if err != nil || a.Profile.Name != "张**" {
			t.Fatalf("%+v %v", a, err)
		}
		if got := d.Rang(t, "person:u-zhang"); len(got) != 1 || got[0] != "/talent 企业邀请您应聘：西语运营" {
			t.Errorf("who is asked hears %v", got)
		}
		if _, err := s.Answer(firm, a.ID, talent.Hired); !errors.Is(err, cultivation.ErrState) {
			t.Errorf("hired without agreeing: %v", err)
		}
		if _, err := s.Answer(other, a.ID, talent.Declined); !errors.Is(err, cultivation.ErrNotFound) {
			t.Errorf("another answers: %v", err)
		}
		if _, err := s.Answer(person, a.ID, talent.Agreed); err != nil {
			t.Fatal(err)
		}
		if got := d.Rang(t, "code:410796D001"); len(got) != 1 || got[0] != "/talent 有人应聘：西语运营" {
			t.Errorf("the employer hears %v", got)
		}
		list, err := s.Applications(firm)
		if err != nil || len(list) != 1 || list[0].Profile.Name != "张三丰" || list[0].Profile.Phone != "13800000000" {
			t.Fatalf("%+v %v", list, err)
		}
		if list, err = s.Applications(office); err != nil || len(list) != 1 || list[0].Profile.Name != "张**" {
			t.Errorf("what an office sees: %+v %v", list, err)
		}
		if list, err = s.Applications(other); err != nil || len(list) != 0 {
			t.Errorf("%+v %v", list, err)
		}
		if got, err := s.Answer(firm, a.ID, talent.Hired); err != nil || got.State != talent.Hired {
			t.Errorf("%+v %v", got, err)
		}
	})
}

// The three-year reward is reckoned over all enterprises, from records that an office
// confirmed.
func TestRewardsComeFromConfirmedRecordsOfAllEnterprises(t *testing.T) {
	t.Parallel()
	cultivationtest.Each(t, talent.Migrations(), func(t *testing.T, d *cultivationtest.Desk) {
		s := talent.New(d.Desk, all)
		one, two, office := cultivationtest.Enterprise(t.Context(), "410796D001"), cultivationtest.Enterprise(t.Context(), "410796D002"), cultivationtest.Office(t.Context())
		const identity = "11010119900307002X"
		file := func(ctx context.Context, from, to clock.Day) int64 {
			t.Helper()
			e, err := s.File(ctx, talent.Hire{Name: "张三丰", Identity: identity, Job: "运营", From: from, To: to})
			if err != nil || strings.Contains(e.Person, identity[:6]) {
				t.Fatalf("%+v %v", e, err)
			}
			return e.ID
		}
		if _, err := s.File(one, talent.Hire{Name: "张三", Identity: "110101199003070021", Job: "运营", From: 20240101}); err == nil {
			t.Error("a number whose check digit fails is taken")
		}
		first, second := file(one, 20231101, 20250531), file(two, 20250601, 0)
		if list, err := s.Rewards(two); err != nil || len(list) != 0 {
			t.Errorf("before they are confirmed: %+v %v", list, err)
		}
		if err := s.Review(one, first, true, ""); !errors.Is(err, cultivation.ErrDenied) {
			t.Errorf("an enterprise confirms: %v", err)
		}
		for _, id := range []int64{first, second} {
			if err := s.Review(office, id, true, ""); err != nil {
				t.Fatal(err)
			}
		}
		list, err := s.Rewards(two)
		if err != nil || len(list) != 1 || !list[0].Reached || list[0].On != 20261031 || list[0].Name != "张三丰" || list[0].Enterprise != "410796D002" {
			t.Fatalf("%+v %v", list, err)
		}
		if list, err = s.Rewards(one); err != nil || len(list) != 1 || list[0].Name != "张**" || list[0].Enterprise != "" {
			t.Errorf("the former employer: %+v %v", list, err)
		}
		for day, want := range map[clock.Day]int{20261030: 0, 20261031: 1} {
			if list, err := s.ThreeYears(t.Context(), "410796D002", day); err != nil || len(list) != want {
				t.Errorf("%s: %d %v", day, len(list), err)
			}
		}
		if list, err := s.ThreeYears(t.Context(), "410796D001", 20261127); err != nil || len(list) != 0 {
			t.Errorf("the former employer's: %+v %v", list, err)
		}
		if err := s.End(one, second, 20261101); !errors.Is(err, cultivation.ErrNotFound) {
			t.Errorf("another ends it: %v", err)
		}
		if err := s.End(two, second, 20261029); err != nil {
			t.Fatal(err)
		}
		if list, err := s.Rewards(two); err != nil || len(list) != 1 || list[0].Reached || list[0].Employed {
			t.Errorf("who left two days before: %+v %v", list, err)
		}
	}, "huaian")
}

func TestTrainingToOrderNeverGoesBack(t *testing.T) {
	t.Parallel()
	cultivationtest.Each(t, talent.Migrations(), func(t *testing.T, d *cultivationtest.Desk) {
		s := talent.New(d.Desk, all)
		firm, office := cultivationtest.Enterprise(t.Context(), "410796D001"), cultivationtest.Office(t.Context())
		o, err := s.Place(firm, talent.Order{School: "新乡学院", Skill: "跨境直播", People: 30, Starts: 20261201, Ends: 20270630})
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range []struct {
			p     talent.Progress
			fine  bool
			state string
		}{
			{talent.Progress{Enrolled: 31}, false, ""}, {talent.Progress{Enrolled: 28}, true, "training"}, {talent.Progress{Enrolled: 27}, false, ""}, {talent.Progress{Enrolled: 28, Graduated: 20, Employed: 21}, false, ""},
			{talent.Progress{Enrolled: 30, Graduated: 29, Employed: 25}, true, "training"}, {talent.Progress{Enrolled: 30, Graduated: 30, Employed: 30}, true, "done"}, {talent.Progress{Cancel: true}, false, ""},
		} {
			if got, err := s.Report(office, o.ID, c.p); (err == nil) != c.fine || c.fine && got.State != c.state {
				t.Errorf("%d: %+v %v", i, got, err)
			}
		}
		if list, err := s.Orders(cultivationtest.Enterprise(t.Context(), "410796D002")); err != nil || len(list) != 0 {
			t.Errorf("%v %v", list, err)
		}
	})
}

package talent

import (
	"testing"

	"pilotzone/internal/kernel/clock"
)

// Three years of service, counted by days (000 III(四)13).
func TestThreeYearsOfService(t *testing.T) {
	t.Parallel()
	type record struct{ from, to clock.Day }
	for name, c := range map[string]struct {
		records  []record
		day      clock.Day
		days     int
		needed   int
		on       clock.Day
		reached  bool
		employed bool
	}{
		"the day before it is full":           {[]record{{20231201, 0}}, 20261129, 1095, 1096, 20261130, false, true},
		"the day on which it is full":         {[]record{{20231201, 0}}, 20261130, 1096, 1096, 20261130, true, true},
		"the day after":                       {[]record{{20231201, 0}}, 20261201, 1097, 1096, 20261130, true, true},
		"without a leap day":                  {[]record{{20240301, 0}}, 20270228, 1095, 1095, 20270228, true, true},
		"from a leap day":                     {[]record{{20240229, 0}}, 20270227, 1095, 1095, 20270227, true, true},
		"a change of employer next day":       {[]record{{20231201, 20250531}, {20250601, 0}}, 20261130, 1096, 1096, 20261130, true, true},
		"a gap of ten days":                   {[]record{{20231201, 20250531}, {20250611, 0}}, 20261130, 1086, 1096, 20261210, false, true},
		"a gap of ten days, ten days later":   {[]record{{20231201, 20250531}, {20250611, 0}}, 20261210, 1096, 1096, 20261210, true, true},
		"two employers at once count once":    {[]record{{20231201, 20250630}, {20250101, 0}}, 20261130, 1096, 1096, 20261130, true, true},
		"a record within another":             {[]record{{20231201, 0}, {20240101, 20240201}}, 20261130, 1096, 1096, 20261130, true, true},
		"it ended a day too early":            {[]record{{20231201, 20261129}}, 20270101, 1095, 1096, 0, false, false},
		"it ended on the day":                 {[]record{{20231201, 20261130}}, 20270101, 1096, 1096, 20261130, true, false},
		"what begins after the day is not in": {[]record{{20231201, 20240131}, {20270101, 0}}, 20261130, 62, 1096, 0, false, false},
	} {
		var list []Employment
		for i, r := range c.records {
			list = append(list, Employment{ID: int64(i + 1), Person: "p", Enterprise: "e", From: r.from, To: r.to})
		}
		v, ok := reckon(list, 36, c.day)
		if !ok || v.Days != c.days || v.Needed != c.needed || v.On != c.on || v.Reached != c.reached || v.Employed != c.employed {
			t.Errorf("%s: %+v", name, v)
		}
	}
	if v, ok := reckon([]Employment{{From: 20231201}}, 0, 20270101); !ok || v.Reached || v.Needed != 0 || v.On != 0 {
		t.Errorf("without a rule: %+v", v)
	}
	if _, ok := reckon([]Employment{{From: 20270101}}, 36, 20261231); ok {
		t.Error("who has not begun is counted")
	}
}

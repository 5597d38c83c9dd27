package clock_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
	"pilotzone/internal/kernel/clock"
)

func TestDayOfIsTheDayOfBeijing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		at   time.Time
		want clock.Day
	}{
		{time.Date(2026, 2, 28, 15, 59, 59, 0, time.UTC), 20260228},
		{time.Date(2026, 2, 28, 16, 0, 0, 0, time.UTC), 20260301},
		{time.Date(2025, 12, 31, 16, 0, 0, 0, time.UTC), 20260101},
		{time.Date(2024, 2, 29, 0, 0, 0, 0, clock.Beijing), 20240229},
		{time.Date(1969, 12, 31, 16, 0, 0, 0, time.UTC), 19700101},
		{time.Date(1960, 1, 1, 12, 0, 0, 0, time.UTC), 19600101},
	}
	for _, tt := range tests {
		if got := clock.DayOf(tt.at); got != tt.want {
			t.Errorf("DayOf(%s) = %d, want %d", tt.at, got, tt.want)
		}
	}
}

func TestParseDay(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]clock.Day{"2026-03-01": 20260301, "20260301": 20260301, "2024-02-29": 20240229} {
		got, err := clock.ParseDay(in)
		if err != nil || got != want {
			t.Errorf("ParseDay(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "2026-02-29", "2026-13-01", "2026-3-1", "20261301", "0000-01-01", "01.03.2026", "2026-03-01T00:00:00"} {
		if got, err := clock.ParseDay(in); err == nil {
			t.Errorf("ParseDay(%q) = %d, want an error", in, got)
		}
	}
}

func TestDayArithmetic(t *testing.T) {
	t.Parallel()
	d := clock.Day(20260301)
	tests := []struct {
		name      string
		got, want clock.Day
	}{
		{"RULES A10: 31 days after release", d.AddDays(31), 20260401},
		{"RULES A10: 45 days after release", d.AddDays(45), 20260415},
		{"over the end of February", clock.Day(20240228).AddDays(2), 20240301},
		{"back over new year", clock.Day(20260101).AddDays(-1), 20251231},
		{"RULES C10: six months", clock.Day(20260210).AddMonths(6), 20260810},
		{"RULES C10: six months from a 31st", clock.Day(20260831).AddMonths(6), 20270228},
		{"a month back from a 31st", clock.Day(20240331).AddMonths(-1), 20240229},
		{"months over several years", clock.Day(20251215).AddMonths(-36), 20221215},
		{"NewDay runs over", clock.NewDay(2026, 13, 1), 20270101},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, tt.got, tt.want)
		}
	}
	if d.Year() != 2026 || d.Month() != time.March || d.DayOfMonth() != 1 || d.String() != "2026-03-01" || d.Weekday() != time.Sunday {
		t.Errorf("parts of %s are wrong", d)
	}
	if clock.Day(20260229).Valid() || clock.Day(0).Valid() || clock.Day(20261301).Valid() || !d.Valid() {
		t.Error("Valid is wrong")
	}
	out, err := json.Marshal(map[string]clock.Day{"on": d})
	if err != nil || string(out) != `{"on":"2026-03-01"}` {
		t.Errorf("JSON %s, %v", out, err)
	}
	var back struct{ On clock.Day }
	if err := json.Unmarshal(out, &back); err != nil || back.On != d {
		t.Errorf("from JSON %v, %v", back, err)
	}
}

// The civil arithmetic agrees with package time over nine millennia.
func TestDaysAgreeWithTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-30_000_000_000, 253_000_000_000).Draw(t, "unix"), 0).In(clock.Beijing)
		d := clock.DayOf(at)
		want := clock.Day(at.Year()*10000 + int(at.Month())*100 + at.Day())
		n := rapid.IntRange(-10_000, 10_000).Draw(t, "days")
		switch later := d.AddDays(n); {
		case d != want:
			t.Fatalf("DayOf(%s) = %d", at, d)
		case d.Weekday() != at.Weekday():
			t.Fatalf("%s: weekday %s, want %s", d, d.Weekday(), at.Weekday())
		case later.Sub(d) != n:
			t.Fatalf("%s + %d days = %s, which is %d days later", d, n, later, later.Sub(d))
		case later != clock.DayOf(at.AddDate(0, 0, n)):
			t.Fatalf("%s + %d days = %s", d, n, later)
		case clock.DayOf(d.Time()) != d:
			t.Fatalf("%s is not the day of its own midnight", d)
		}
	})
}

func TestCalendar(t *testing.T) {
	t.Parallel()
	// Labour Day 2026: free from 1 to 5 May, worked on Saturday 9 May.
	c := clock.NewCalendar([]clock.Day{20260501, 20260504, 20260505}, []clock.Day{20260509})
	for d, want := range map[clock.Day]bool{
		20260430: true, 20260501: false, 20260502: false, 20260504: false, 20260506: true, 20260509: true, 20260510: false,
	} {
		if got := c.Working(d); got != want {
			t.Errorf("Working(%s) = %v, want %v", d, got, want)
		}
	}
	for d, want := range map[clock.Day]clock.Day{20260430: 20260430, 20260501: 20260506, 20260509: 20260509, 20260510: 20260511} {
		if got := c.Roll(d); got != want {
			t.Errorf("Roll(%s) = %s, want %s", d, got, want)
		}
	}
	if got := c.AddWorking(20260430, 4); got != 20260509 {
		t.Errorf("4 working days after 30 April are %s, want 2026-05-09", got)
	}
	var none *clock.Calendar
	if got := none.Roll(20260815); got != 20260817 { // RULES B3: 15 Aug 2026 is a Saturday
		t.Errorf("without data, Roll(2026-08-15) = %s, want 2026-08-17", got)
	}
}

func TestCalendarWithoutWorkingDaysEnds(t *testing.T) {
	t.Parallel()
	var all []clock.Day
	for d := clock.Day(20260101); d < 20280101; d = d.AddDays(1) {
		all = append(all, d)
	}
	if got := clock.NewCalendar(all, nil).Roll(20260105); got != 20260105 {
		t.Errorf("Roll = %s, want the day itself", got)
	}
}

func TestFixed(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 0, 0, 0, 123_000, clock.Beijing)
	f := clock.NewFixed(at)
	var c clock.Clock = f
	f.Advance(time.Hour)
	if got := c.Now(); !got.Equal(at.Add(time.Hour)) {
		t.Errorf("after Advance: %s", got)
	}
	f.Set(at)
	if got := c.Now(); !got.Equal(at) {
		t.Errorf("after Set: %s", got)
	}
	if got := clock.FromMicros(clock.Micros(at)); !got.Equal(at) || got.Location() != clock.Beijing {
		t.Errorf("micros round trip: %s", got)
	}
	if zone, offset := (clock.System{}).Now().Zone(); zone != "CST" || offset != 8*60*60 {
		t.Errorf("system clock is in %s%+d", zone, offset)
	}
}

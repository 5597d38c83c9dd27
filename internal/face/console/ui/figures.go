package ui

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// Yuan is an amount with thousands separators: 1,234.50.
func Yuan(f money.Fen) string {
	whole, cents, _ := strings.Cut(f.String(), ".")
	return group(whole) + "." + cents
}

// Large is an amount as people say it: 万元 and 亿元, or thousand and million; the exact one
// belongs beside it in a title or in an export.
func Large(ctx context.Context, a money.Fen) string {
	steps := []struct {
		unit, from money.Fen
		zh, en     string
	}{{1e10, 1e10, "亿元", ""}, {1e8, 1e8, "", "million yuan"}, {1e6, 1e6, "万元", ""}, {1e5, 1e6, "", "thousand yuan"}}
	for _, s := range steps {
		if unit := Say(ctx, s.zh, s.en); unit != "" && a >= s.from {
			whole, part := a/s.unit, a%s.unit/(s.unit/100)
			return fmt.Sprintf("%s.%02d %s", group(strconv.FormatInt(int64(whole), 10)), part, unit)
		}
	}
	return Yuan(a) + " " + Say(ctx, "元", "yuan")
}

// Count is a whole number with thousands separators.
func Count[N int | int32 | int64 | uint64 | uint32](n N) string { return group(fmt.Sprint(n)) }

func group(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// Time is a time as Beijing's clocks show it: 2026-11-22 14:03.
func Time(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(clock.Beijing).Format("2006-01-02 15:04")
}

// Micros is Time of a stored time, µs UTC; with seconds.
func Micros(us int64) string {
	if us == 0 {
		return "–"
	}
	return time.UnixMicro(us).In(clock.Beijing).Format("2006-01-02 15:04:05")
}

// Day is a day, "–" for none.
func Day(d clock.Day) string {
	if d == 0 {
		return "–"
	}
	return d.String()
}

// Span is a length of time in words.
func Span(ctx context.Context, d time.Duration) string {
	s := int64(d / time.Second)
	switch {
	case s < 1:
		return Say(ctx, "即时", "at once")
	case s < 120:
		return Say(ctx, fmt.Sprintf("%d 秒", s), fmt.Sprintf("%d s", s))
	case s < 2*3600:
		return Say(ctx, fmt.Sprintf("%d 分钟", s/60), fmt.Sprintf("%d min", s/60))
	case s < 48*3600:
		return Say(ctx, fmt.Sprintf("%d 小时 %d 分", s/3600, s/60%60), fmt.Sprintf("%d h %d min", s/3600, s/60%60))
	}
	return Say(ctx, fmt.Sprintf("%d 天", s/86400), fmt.Sprintf("%d days", s/86400))
}

// HS is a commodity code in groups of 4-2-2-2.
func HS(code uint64) string {
	s := clearance.HSCode(code)
	if len(s) != 10 {
		return s
	}
	return s[:4] + " " + s[4:6] + " " + s[6:8] + " " + s[8:]
}

// State is a parcel's state in both languages.
func State(s clearance.State) Text {
	if s == clearance.None {
		return T("无清单", "no list")
	}
	return T(s.Chinese(), s.String())
}

// tone is a state's colour and icon: the word beside them says the same.
func tone(s clearance.State) (tone, icon string) {
	switch s {
	case clearance.Released:
		return "green", "circle-check"
	case clearance.Concluded:
		return "blue", "arrow-right"
	case clearance.Waiting, clearance.Review, clearance.Inspect:
		return "amber", "hourglass"
	case clearance.Detained, clearance.Returned, clearance.Refused, clearance.Expired:
		return "red", "circle-x"
	}
	return "grey", "lock"
}

// modes are the supervision modes by their official names.
var modes = map[string]Text{
	"9610": T("9610 跨境直购/一般出口", "9610 direct retail"), "1210": T("1210 网购保税", "1210 bonded"), "1239": T("1239 保税电商A", "1239 bonded A"),
	"9710": T("9710 B2B 直接出口", "9710 B2B direct export"), "9810": T("9810 出口海外仓", "9810 overseas warehouse"), "0110": T("0110 一般贸易", "0110 general trade"),
}

// Mode is a supervision mode 监管方式 with its code.
func Mode(code string) Text {
	if t, ok := modes[code]; ok {
		return t
	}
	if code == "" {
		return T("–", "–")
	}
	return T(code, code)
}

// Direction is import or export.
func Direction(d clearance.Direction) Text {
	if d == clearance.Export {
		return T("出口", "export")
	}
	return T("进口", "import")
}

func toneOf(s clearance.State) string { t, _ := tone(s); return t }
func iconOf(s clearance.State) string { _, i := tone(s); return i }

func fixOf(ctx context.Context, r clearance.Reason) string {
	zh, en := r.Fix()
	return Say(ctx, zh, en)
}

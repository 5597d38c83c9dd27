package plan

import (
	"fmt"
	"math/big"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
)

// State is where a target stands (目标状态). Its name is stored.
type State string

// The states.
const (
	Met     State = "met"      // 已达到
	OnTrack State = "on-track" // 进度正常: open, and as far as the time that has gone
	Behind  State = "behind"   // 进度滞后
	Missed  State = "missed"   // 未达到: the day is over
	Unknown State = "unknown"  // 指标未知: open, and nobody knows the figure
	Over    State = "ended"    // 已到期: the day is over, and nobody knows the figure
	// Withheld 不公开: open, and how far it is would tell a figure of few enterprises.
	Withheld State = "withheld"
)

// Words are the state's names.
func (s State) Words() (zh, en string) {
	w := map[State][2]string{Met: {"已达到", "met"}, OnTrack: {"进度正常", "on track"}, Behind: {"进度滞后", "behind"}, Missed: {"未达到", "missed"},
		Unknown: {"指标未知", "not known"}, Over: {"已到期，指标未知", "ended, not known"}, Withheld: {"不公开", "withheld"}}[s]
	return w[0], w[1]
}

// verdict is what a figure means for a target on a day.
type verdict struct {
	state State
	short rule.Value // by how much it misses; none if it does not
	why   pack.Text
}

// goal is the figure to reach, and whether it must be exceeded.
func (t *Target) goal(op string) (want rule.Value, above bool) {
	switch op {
	case "range":
		return t.From, false
	case ">":
		return t.Value, true
	}
	return t.Value, false // "=" names a number to reach; more than it is said, not blamed
}

func reached(have, want rule.Value, above bool) bool {
	if above {
		return number(have) > number(want)
	}
	return number(have) >= number(want)
}

// judge says what have means for the target on a day. year is the year of the
// figure.
func (t *Target) judge(p *Plan, have rule.Value, known bool, on clock.Day, year int) verdict {
	ended := on > t.last(p)
	if !known {
		if ended {
			return verdict{Over, rule.Value{}, pack.Text{ZH: "期限已过，没有该指标的数据，不作评价", EN: "its term is over and nobody knows the figure: no judgement"}}
		}
		return verdict{Unknown, rule.Value{}, pack.Text{ZH: "没有该指标的数据", EN: "nobody knows the figure"}}
	}
	want, above := t.goal(t.Op)
	if reached(have, want, above) {
		return verdict{Met, rule.Value{}, t.beyond(have)}
	}
	short := distance(have, want, above)
	if t.Likely != "" {
		if likely, strict := t.goal(t.Likely); reached(have, likely, strict) {
			return verdict{Met, rule.Value{}, pack.Text{ZH: fmt.Sprintf("按中文通常含义（%s）已达到；按译文（%s）尚差 %s", t.Likely, t.Op, short), EN: fmt.Sprintf("met as the Chinese most likely reads (%s); as translated (%s) short by %s", t.Likely, t.Op, short)}}
		}
	}
	if ended {
		return verdict{Missed, short, pack.Text{ZH: "期限已过，差 " + short.Plain(), EN: "its term is over, short by " + short.Plain()}}
	}
	gone, all := t.elapsed(p, on, year)
	needed := share(want, gone, all)
	if number(have) >= number(needed) {
		return verdict{OnTrack, short, pack.Text{ZH: fmt.Sprintf("时间已过 %d/%d 天，按进度应达 %s", gone, all, needed.Plain()), EN: fmt.Sprintf("%d of %d days have gone, which makes %s so far", gone, all, needed.Plain())}}
	}
	return verdict{Behind, short, pack.Text{ZH: fmt.Sprintf("时间已过 %d/%d 天，按进度应达 %s，落后 %s", gone, all, needed.Plain(), distance(have, needed, false).Plain()),
		EN: fmt.Sprintf("%d of %d days have gone, which makes %s: behind by %s", gone, all, needed.Plain(), distance(have, needed, false).Plain())}}
}

// beyond says if more was reached than the source names.
func (t *Target) beyond(have rule.Value) pack.Text {
	top := t.Value
	if t.Op == "range" {
		top = t.To
	}
	if (t.Op == "=" || t.Op == "range") && number(have) > number(top) {
		return pack.Text{ZH: "已达到，超过所列 " + top.Plain(), EN: "reached, and above the " + top.Plain() + " that is named"}
	}
	return pack.Text{ZH: "已达到", EN: "reached"}
}

// last is the last day on which the target is open.
func (t *Target) last(p *Plan) clock.Day {
	if t.By != 0 {
		return t.By
	}
	return p.To
}

// elapsed is how much of the time for the target has gone, in days. A figure of
// the year in which it is due, and a target of every year, go by the days of
// the year; everything else by those of the plan.
func (t *Target) elapsed(p *Plan, on clock.Day, year int) (gone, all int) {
	from, to := p.From, t.last(p)
	if t.EveryYear || t.Yearly && t.SumFrom == 0 && year == to.Year() {
		from, to = clock.NewDay(year, 1, 1), clock.NewDay(year, 12, 31)
	}
	all = max(to.Sub(from)+1, 1)
	return min(max(on.Sub(from)+1, 0), all), all
}

// share is v × part / all, exact and rounded half-up.
func share(v rule.Value, part, all int) rule.Value {
	x := big.NewRat(number(v), 1)
	f, _ := money.RoundRat(x.Mul(x, big.NewRat(int64(part), int64(all)))) // not above v, so it fits
	if v.Type() == rule.TypeMoney {
		return rule.Fen(f)
	}
	return rule.Int(int64(f))
}

func distance(have, want rule.Value, above bool) rule.Value {
	n := number(want) - number(have)
	if above {
		n++
	}
	if want.Type() == rule.TypeMoney {
		return rule.Fen(money.Fen(n))
	}
	return rule.Int(n)
}

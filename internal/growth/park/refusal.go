package park

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
)

// Refusal says why an act is refused, in words for people.
type Refusal struct {
	Code         string // stable
	Field        string // of the form; "" for all of it
	ZH, EN       string
	FixZH, FixEN string
}

// Error is the English text.
func (r *Refusal) Error() string { return r.Code + ": " + r.EN + " / " + r.ZH }

// Is makes errors.Is find a refusal by its code.
func (r *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && t.Code == r.Code
}

// problems is the refusal for the service of matters.
func (r *Refusal) problems() matter.Problems {
	return matter.Problems{{Code: r.Code, Field: r.Field, ZH: r.ZH, EN: r.EN, FixZH: r.FixZH, FixEN: r.FixEN}}
}

// Why an act is refused.
var (
	ErrNotFound = &Refusal{Code: "no_place", ZH: "没有该记录", EN: "there is no such record", FixZH: "核对编号", FixEN: "check the number"}
	ErrDenied   = &Refusal{Code: "not_allowed", ZH: "无权进行该操作", EN: "this is not yours to do", FixZH: "使用具有相应角色的账号", FixEN: "use an account of a role that may"}
	ErrStale    = &Refusal{Code: "stale", ZH: "内容已有变化", EN: "it has changed meanwhile", FixZH: "刷新后再操作", FixEN: "look at it again, then do it"}
	ErrTaken    = &Refusal{Code: "taken", Field: "id", ZH: "该代码已被使用", EN: "this id is taken", FixZH: "换一个代码", FixEN: "choose another"}
	ErrReason   = &Refusal{Code: "reason", Field: "reason", ZH: "须写明理由（2 至 400 个字）", EN: "a reason of 2 to 400 characters is needed", FixZH: "填写理由", FixEN: "write a reason"}
	ErrState    = &Refusal{Code: "state", ZH: "当前状态下不能这样办理", EN: "this can't be done in this state", FixZH: "查看状态后再办理", FixEN: "look at the state first"}
	ErrOverlap  = &Refusal{Code: "overlap", Field: "since", ZH: "该企业在这段时间内已有记录", EN: "this enterprise has a membership in that time already", FixZH: "先结束原记录，或改起始日期", FixEN: "end that one first, or begin later"}
	ErrWaiting  = &Refusal{Code: "time_to_mend", ZH: "整改期未满，不能撤销", EN: "the time to mend is not over: it can't be removed yet", FixZH: "整改期满后再办理", FixEN: "wait until the time to mend is over"}
)

func wrong(field, zh, en, fixZH, fixEN string) *Refusal {
	return &Refusal{Code: "field", Field: field, ZH: zh, EN: en, FixZH: fixZH, FixEN: fixEN}
}

// tooLong bounds a text in characters.
func tooLong(field, text string, most int) *Refusal {
	if utf8.RuneCountInString(text) <= most && utf8.ValidString(text) {
		return nil
	}
	return wrong(field, fmt.Sprintf("内容过长，最多 %d 个字", most), fmt.Sprintf("it is too long: %d characters at most", most), "缩短后重试", "shorten it")
}

// reasonable trims a reason and bounds it.
func reasonable(text string) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n < 2 || n > 400 || !utf8.ValidString(text) {
		return "", ErrReason
	}
	return text, nil
}

// span refuses a time that ends before it begins.
func span(since, until clock.Day) error {
	if since == 0 || !since.Valid() || until != 0 && !until.Valid() {
		return wrong("since", "日期有误", "the date is not in order", "按 2026-03-01 的格式填写", "write it as 2026-03-01")
	}
	if until != 0 && until < since {
		return wrong("until", "结束日期早于起始日期", "it ends before it begins", "改正日期", "mend the dates")
	}
	return nil
}

package plan

import (
	"strings"
	"unicode/utf8"
)

// Refusal says why an act is refused, in words for people.
type Refusal struct {
	Code         string // stable
	Field        string // of the form; "" for all of it
	ZH, EN       string
	FixZH, FixEN string
}

// Error is the English text and the Chinese one.
func (r *Refusal) Error() string { return r.Code + ": " + r.EN + " / " + r.ZH }

// Is makes errors.Is find a refusal by its code.
func (r *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && t.Code == r.Code
}

// Why an act is refused.
var (
	ErrNotFound = &Refusal{Code: "not_found", ZH: "没有该记录", EN: "there is no such record", FixZH: "核对编号", FixEN: "check the id"}
	ErrDenied   = &Refusal{Code: "not_allowed", ZH: "无权进行该操作", EN: "this is not yours to do", FixZH: "使用具有相应角色的账号", FixEN: "use an account of a role that may"}
	ErrStale    = &Refusal{Code: "stale", ZH: "内容已有变化", EN: "it has changed meanwhile", FixZH: "刷新后再操作", FixEN: "look at it again, then do it"}
	ErrState    = &Refusal{Code: "state", ZH: "当前状态下不能这样办理", EN: "this can't be done in this state", FixZH: "查看状态后再办理", FixEN: "look at the state first"}
	ErrSame     = &Refusal{Code: "same_person", ZH: "评分人不得复核自己的评分", EN: "who scored it does not review it", FixZH: "由另一人复核", FixEN: "another person reviews it"}
	ErrOpen     = &Refusal{Code: "objections_open", ZH: "异议期未满或尚有异议未答复", EN: "the time for objections is not over, or one is not answered", FixZH: "期满并答复全部异议后再办理", FixEN: "answer all objections and wait for the last day"}
	ErrTaken    = &Refusal{Code: "taken", Field: "card", ZH: "该评分卡当年的考核已存在", EN: "there is an assessment by this card for the year", FixZH: "打开已有考核", FixEN: "open the one there is"}
)

func wrong(field, zh, en, fixZH, fixEN string) *Refusal {
	return &Refusal{Code: "field", Field: field, ZH: zh, EN: en, FixZH: fixZH, FixEN: fixEN}
}

// words trims a text and wants 2 to 400 characters of it.
func words(field, text string) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n < 2 || n > 400 || !utf8.ValidString(text) {
		return "", wrong(field, "请写 2 至 400 个字", "write 2 to 400 characters", "补充说明", "say it in words")
	}
	return text, nil
}

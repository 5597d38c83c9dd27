package cultivation

import (
	"slices"
	"strings"
)

// Cause is the sort of a refusal.
type Cause uint8

// The causes. Faces turn them into statuses.
const (
	CauseInvalid  Cause = iota // what was given is not in order
	CauseMissing               // there is no such thing, or it is another's
	CauseDenied                // the caller may not
	CauseConflict              // the record does not allow it now
)

// Refusal says why something is refused and how to mend it, in both languages.
type Refusal struct {
	Cause        Cause
	Code         string // stable
	ZH, EN       string
	FixZH, FixEN string
	Field        string // of a form, by its name, which is wrong; "" if no single one is
}

// Error is the English text.
func (r *Refusal) Error() string { return r.Code + ": " + r.EN }

// Is makes errors.Is find a refusal by its code.
func (r *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && t.Code == r.Code
}

// Invalid refuses what was given; its code is the name of the field that is wrong,
// unless At names another.
func Invalid(code, zh, en, fixZH, fixEN string) *Refusal {
	return &Refusal{CauseInvalid, code, zh, en, fixZH, fixEN, code}
}

// At is the refusal with the field that is wrong.
func (r *Refusal) At(field string) *Refusal {
	v := *r
	v.Field = field
	return &v
}

// Wrong is the first of fields, named with blanks between, whose test in the same
// place says that it is wrong; "" if none is.
func Wrong(fields string, tests ...bool) string {
	names := strings.Fields(fields)
	if i := slices.Index(tests, true); i >= 0 {
		return names[min(i, len(names)-1)]
	}
	return ""
}

// Conflict refuses what the record does not allow now.
func Conflict(code, zh, en, fixZH, fixEN string) *Refusal {
	return &Refusal{CauseConflict, code, zh, en, fixZH, fixEN, ""}
}

// Refusals that all rooms know.
var (
	ErrNotFound = &Refusal{CauseMissing, "not_found", "没有该记录", "there is no such record", "核对编号", "check the number", ""}
	ErrDenied   = &Refusal{CauseDenied, "not_permitted", "无权进行该操作", "this caller may not do it", "使用具有相应角色的账号", "use an account of a role that may", ""}
	ErrNotOwn   = &Refusal{CauseDenied, "not_own", "只能代表本单位或委托企业办理", "one acts for one's own enterprise or a client by mandate only", "填写本企业代码，或留空", "give a code of your own, or none", ""}
	ErrState    = &Refusal{CauseConflict, "state", "该记录当前状态下不能进行此操作", "the record does not allow this in its present state", "刷新页面查看当前状态", "look at the record again for its state", ""}
)

package queue

import (
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
)

// Refusal says why an act on a case is refused, in words for people.
type Refusal struct {
	Code         string // stable
	ZH, EN       string
	FixZH, FixEN string
}

// Error is the English text.
func (r *Refusal) Error() string { return r.Code + ": " + r.EN }

// Is makes errors.Is find a refusal by its code.
func (r *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && t.Code == r.Code
}

// Why an act is refused.
var (
	ErrNotFound = &Refusal{"not_in_queue", "该包裹不在队列中", "the parcel is in no queue", "查看包裹页了解去向", "see the parcel's page for what became of it"}
	ErrDenied   = &Refusal{"not_allowed", "无权进行该操作", "this caller may not do it", "使用具有相应角色的账号", "use an account of a role that may"}
	ErrHeld     = &Refusal{Code: "held_by_other"}
	ErrNotHeld  = &Refusal{"not_held", "未领办，或领办已到期或已被接管", "you do not hold this case (any more)", "重新领办后再处置", "claim it again, then give the verdict"}
	ErrMoved    = &Refusal{Code: "moved"}
	ErrStatus   = &Refusal{"status", "该状态下不能作此处置", "this verdict can't be given in this state", "从可选处置中选择", "choose one of those that are offered"}
	ErrReason   = &Refusal{"reason", "须写明理由（2 至 400 个字）", "a reason of 2 to 400 characters is needed", "填写理由", "write a reason"}
	ErrPending  = &Refusal{"pending", "上一处置正在生效", "a verdict on it is on its way", "稍候片刻再查看", "wait a moment and look again"}
)

// heldBy says who holds a case.
func heldBy(i *Item) *Refusal {
	until := clock.FromMicros(i.Until).Format("15:04")
	return &Refusal{ErrHeld.Code, "已由 " + i.HolderName + " 领办至 " + until, "held by " + i.HolderName + " until " + until,
		"等待其退回或到期，或由上级接管", "wait until it is put back or the claim ends, or let a chief take it over"}
}

// movedTo says where a parcel is by now.
func movedTo(s clearance.State) *Refusal {
	return &Refusal{ErrMoved.Code, "该件已变动，现为" + s.Chinese(), "it has moved meanwhile: it is " + s.String() + " now", "重新查看后再处置", "look at it again, then give the verdict"}
}

package directory

import (
	"slices"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
)

// State says how an entry stands (条目状态). Its name is stored.
type State string

// The states.
const (
	Draft     State = "draft"     // 草稿, its owner's alone
	Waiting   State = "waiting"   // 待审, never published so far
	Published State = "published" // 已公布
	Suspended State = "suspended" // 暂停公布
	Removed   State = "removed"   // 已移出
)

// Act is something that is done with an entry (操作). Its name is stored.
type Act string

// The acts. Those of the owner first.
const (
	Put     Act = "put"     // 填写
	Submit  Act = "submit"  // 提交
	Retract Act = "retract" // 撤回, of what waits
	Publish Act = "publish" // 公布, also again after a suspension
	Return  Act = "return"  // 退回
	Suspend Act = "suspend" // 暂停
	Remove  Act = "remove"  // 移出
	Recheck Act = "recheck" // 复核通过
	Enter   Act = "enter"   // by a matter 办理入录
	Ship    Act = "ship"    // from a pack 随规则包
)

// Entry is one entry of a directory as its reader may see it (名录条目).
type Entry struct {
	Serial    uint64
	Directory string
	ID        string // within the directory
	Owner     string // customs code of the enterprise, or the organisation; "" is the offices'
	Name      string
	State     State
	Revision  uint64
	Fields    map[string]any // personal ones masked
	// Proposal is a change that waits or is being written; nil without one. For
	// owner and offices alone.
	Proposal map[string]any
	Proposed State     // of the proposal: Draft, Waiting, or "" without one
	From     clock.Day // first day on which it counts
	To       clock.Day // last day; 0: it does not end
	Due      clock.Day // by when an office looks at it again; 0: never
	Code     string    // by which it is verified; "" without one
	Matter   string    // number of the matter by which it came or changed last
	Shipped  string    // version of the pack that ships it; "" if none does
	Source   string    // of a shipped entry: document and article
	Mark     string    // of a shipped entry: seen, recalled, inference, design
	Reason   string    // why it is suspended or removed, or was returned
	Stars    int64     // sum of all ratings shown
	Ratings  int64     // how many
	Created  time.Time
	Changed  time.Time
}

// Expired tells whether the entry's last day is over.
func (e *Entry) Expired(today clock.Day) bool { return e.To != 0 && e.To < today }

// InForce tells whether it is published and counts on a day.
func (e *Entry) InForce(day clock.Day) bool {
	return e.State == Published && e.From <= day && !e.Expired(day)
}

// Tenths is the mean of the ratings in tenths of a star; 0 without one.
func (e *Entry) Tenths() int64 {
	if e.Ratings == 0 {
		return 0
	}
	return (e.Stars*20 + e.Ratings) / (2 * e.Ratings)
}

// Text is a field of text; "" if it is empty.
func (e *Entry) Text(field string) string { s, _ := e.Fields[field].(string); return s }

// Revision is an entry as it stood after an act.
type Revision struct {
	Number uint64
	At     time.Time
	Actor  string
	Org    string
	Act    Act
	State  State
	Reason string
	Fields map[string]any
}

// reader is what the caller is to a directory and an entry.
func reader(p *access.Principal) Visibility {
	switch {
	case p.Scope(access.ListingEdit) == access.Zone || p.Scope(access.MatterWork) == access.Zone:
		return Offices
	case p != nil && p.ID != "":
		return SignedIn
	}
	return Everyone
}

// edits tells whether the caller works all entries.
func edits(p *access.Principal) bool { return p.Scope(access.ListingEdit) == access.Zone }

// mine tells whether an entry is the caller's own.
func mine(p *access.Principal, owner string) bool {
	return owner != "" && p.Scope(access.ListingEdit) == access.Own && (slices.Contains(p.Codes, owner) || p.Org == owner)
}

// OwnerOf is the name under which a caller holds entries: the customs code of its
// enterprise, else its organisation; "" without one.
func OwnerOf(p *access.Principal) string {
	if p == nil {
		return ""
	}
	return ownerAmong(p.Codes, p.Org)
}

// ownerAmong takes the customs code of ten characters among codes.
func ownerAmong(codes []string, org string) string {
	for _, c := range codes {
		if len(c) == 10 {
			return c
		}
	}
	return org
}

// recipient is where the bell of an owner stands.
func recipient(owner string) string {
	if len(owner) == 10 && owner[:2] != "o_" {
		return "code:" + owner
	}
	return "org:" + owner
}

// Package matter carries applications (事项办理): a form, papers, steps with time
// limits, and a result, all laid down as data in a [Definition]. A new matter is
// a new file in packs/national/matters and needs no code; what its result does beyond a
// letter is an [Effect] that a service registers under a name.
//
//	draft ─submit→ open ─accept→ open (next step) ─approve→ approved
//	  ↑              │  ├─refuse→ refused
//	  │              │  └─return→ returned ─submit→ open (same step)
//	  └── save       └─withdraw→ withdrawn        (from draft, open, returned)
//
// Invariants: every act is one transaction with its line of history, its entry
// of the audit chain, its fact in the stream "matter" and, at the end, its
// effect; an act names the revision it was decided on and is refused if the
// matter has moved meanwhile; the same act with the same key happens once; a
// closed matter opens again only by an appeal that was upheld (BeginAppeal), and
// then another person decides. An application is carried by the version of its
// definition that it was started with, which is kept with it. Forms, notes and letters are sealed at rest,
// and personal fields are masked wherever a form is read without a purpose.
// Time limits are working days; they stand still while the applicant has the
// matter. Who may act is asked of package access and of the step's roles alone.
package matter

import (
	"errors"
	"fmt"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
)

// State is where a matter stands (办件状态). Its name is stored.
type State string

// The states.
const (
	Draft     State = "draft"     // being filled in 草稿
	Open      State = "open"      // submitted and in a step 办理中
	Returned  State = "returned"  // back for completion 待补正
	Approved  State = "approved"  // 已办结（同意）
	Refused   State = "refused"   // 已办结（不予同意）
	Withdrawn State = "withdrawn" // taken back by the applicant 已撤回
)

var stateNames = map[State][2]string{Draft: {"草稿", "draft"}, Open: {"办理中", "in progress"}, Returned: {"待补正", "to be completed"},
	Approved: {"已办结：同意", "approved"}, Refused: {"已办结：不予同意", "refused"}, Withdrawn: {"已撤回", "withdrawn"}}

// ZH is the state's name in Chinese.
func (s State) ZH() string { return stateNames[s][0] }

// EN is the state's name in English.
func (s State) EN() string { return stateNames[s][1] }

// Closed tells whether nothing can happen to it any more.
func (s State) Closed() bool { return s == Approved || s == Refused || s == Withdrawn }

// Act is something that is done with a matter (操作). Its name is stored.
type Act string

// The acts. Those of the applicant first.
const (
	Start    Act = "start"    // 新建
	Save     Act = "save"     // 保存
	Attach   Act = "attach"   // 上传材料
	Detach   Act = "detach"   // 删除材料
	Submit   Act = "submit"   // 提交
	Withdraw Act = "withdraw" // 撤回
	Comment  Act = "comment"  // 留言, by either side
	Claim    Act = "claim"    // 认领
	Release  Act = "release"  // 放回
	Assign   Act = "assign"   // 指派
	Accept   Act = "accept"   // 通过本环节, on to the next
	Approve  Act = "approve"  // 同意
	Refuse   Act = "refuse"   // 不予同意
	Return   Act = "return"   // 退回补正
	Consult  Act = "consult"  // 征求意见 of another department
	Answer   Act = "answer"   // 答复意见
	Overturn Act = "overturn" // 经申诉撤销原决定, done by the decision on an appeal
	Reopen   Act = "reopen"   // 经申诉重新办理, done by the decision on an appeal
	Note     Act = "note"     // what a program adds 系统记录
	// AppealAgainst is offered to the applicant of a closed matter: it starts another one 申诉.
	AppealAgainst Act = "appeal"
)

var actNames = map[Act][2]string{Start: {"新建", "started"}, Save: {"保存", "saved"}, Attach: {"上传材料", "document added"}, Detach: {"删除材料", "document removed"},
	Submit: {"提交", "submitted"}, Withdraw: {"撤回", "withdrawn"}, Comment: {"留言", "comment"}, Claim: {"认领", "claimed"}, Release: {"放回", "put back"},
	Assign: {"指派", "assigned"}, Accept: {"通过本环节", "step passed"}, Approve: {"同意", "approved"}, Refuse: {"不予同意", "refused"},
	Return: {"退回补正", "returned for completion"}, Consult: {"征求意见", "opinion asked"}, Answer: {"答复意见", "opinion given"},
	AppealAgainst: {"申诉", "appeal"}, Overturn: {"撤销原决定", "decision overturned"}, Reopen: {"重新办理", "opened again"}, LateFact: {"超时", "late"}, EscalatedFact: {"提请督办", "escalated"}, MissingFact: {"意见超期未复", "an opinion is missing"}, Note: {"系统记录", "record"}}

// ZH is the act's name in Chinese.
func (a Act) ZH() string { return actNames[a][0] }

// EN is the act's name in English.
func (a Act) EN() string { return actNames[a][1] }

// Matter is one application (办件).
type Matter struct {
	Number     string // 办件编号, such as PZ202600000001
	Serial     uint64
	Definition string // id
	Version    string
	Subject    string // what it is about in clear, such as a USCC or a parcel number; "" if nothing
	Org        string // organisation of the applicant; "" for a person alone
	Owner      string // account that started it
	Agent      string // organisation that started it for the client and goes on with it; "" if the applicant itself did
	Client     string // filing of the client that the agent acts for
	Parent     string // number of the matter that it appeals against, or that bundles it
	Relation   string // to its parent: appeal, part
	State      State
	Step       string        // id of the step while open or returned
	Officer    string        // account that claimed it
	Consulted  []access.Role // whose opinions are waited for
	Asked      []access.Role // whose opinions were ever asked
	Escalated  []access.Role // who was told that it is late
	Marks      []Mark        // what the applicant is asked to complete, while it is returned
	Revision   uint64
	Form       map[string]any // masked unless read for filling in or with a purpose
	Findings   []Finding      // what outside services said when it was submitted
	Created    time.Time
	Changed    time.Time
	Submitted  time.Time // zero while it never was
	Due        clock.Day // last day of the step; 0 while no office has it
	Closed     time.Time // zero while it is not
}

// Mark is one thing that the applicant is asked to complete (补正要求): a field of
// the form, or "document:ID", and what is wrong with it.
type Mark struct {
	Field string `json:"field"`
	Note  string `json:"note"`
}

// IsAppeal tells whether it appeals against another matter.
func (m *Matter) IsAppeal() bool { return m.Relation == relationAppeal }

// Late tells whether the step's time limit is over on a day.
func (m *Matter) Late(today clock.Day) bool { return m.State == Open && m.Due != 0 && today > m.Due }

// Finding is what a probe found (核验结果): shown to officers and applicant.
type Finding struct {
	Probe  string `json:"probe"`
	Field  string `json:"field,omitempty"`
	OK     bool   `json:"ok"`
	ZH, EN string
}

// Line is one act in the history (办理过程).
type Line struct {
	Number   int
	At       time.Time
	Actor    string // account
	Org      string // of the actor; "" is an office's or the program
	Act      Act
	Step     string
	State    State  // after it
	Note     string // reason or comment
	Internal bool   // for offices alone
	Revision uint64
}

// Errors that a caller acts on.
var (
	// ErrNotFound: there is no such matter, or it is not the caller's to see.
	ErrNotFound = errors.New("matter: no such matter / 没有该办件")
	// ErrDenied: the caller may not do this.
	ErrDenied = errors.New("matter: this is not yours to do / 无权办理该事项")
	// ErrStale: the matter has changed since the revision that the caller saw.
	ErrStale = errors.New("matter: it has changed meanwhile: look at it again / 办件已有变化，请刷新后再操作")
)

func wrongState(m *Matter, a Act) Problems {
	return Problems{{Code: "state", ZH: "办件" + m.State.ZH() + "，不能" + a.ZH(), EN: fmt.Sprintf("the matter is %s: %s is not possible", m.State.EN(), a),
		FixZH: "查看办件当前状态与可做的操作", FixEN: "look at its state and at what can be done next"}}
}

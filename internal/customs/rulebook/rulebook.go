package rulebook

import (
	"context"
	"embed"
	"log/slog"
	"slices"
	"sync"
	"time"

	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/job"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the tables of the package and the outbox, in the services
// database.
func Migrations() []store.Migration {
	return []store.Migration{feed.Migration, {File: store.Services, Owner: "rulebook", FS: files}}
}

// CommandSwitch is the kind of the commands to the core that this service
// writes; their bodies are those of clearance.SwitchSet.
const CommandSwitch = "packs"

// Commands takes commands to the core, each in the transaction that causes it;
// *feed.Outbox is one.
type Commands interface {
	Add(ctx context.Context, tx *store.Tx, kind string, body []byte) (uint64, error)
}

// Log takes entries of the audit chain; *audit.Log is one.
type Log interface {
	Write(ctx context.Context, tx *store.Tx, e audit.Entry) error
}

// Config is what the service works on.
type Config struct {
	DB       *store.DB // the services database
	Commands Commands
	Audit    Log
	Clock    clock.Clock
	Rules    func() *refdata.Book // in force
	// Delivered is the number of the last command that the core has taken.
	Delivered func() uint64
	// Check says all that is wrong with a set on a day.
	Check func(*pack.Set, clock.Day) pack.Faults
	Jobs  *job.Queue // runs shadow runs
	// TwoPeople asks that somebody else than who proposed a set switches it on.
	TwoPeople bool
	Poll      time.Duration // how often the time is looked at; 5 s if 0
	Log       *slog.Logger  // nil: slog.Default
}

// Service changes the rules in force. Its methods are safe for concurrent use.
type Service struct {
	Config
	signal feed.Signal // something is scheduled

	mu     sync.Mutex
	trials []trial
}

// trial is the shadow run of one room.
type trial struct {
	room string
	run  Shadow
}

// New makes the service on a store in which Migrations have run. Register all
// shadow runs before the jobs start.
func New(c Config) *Service {
	if c.Poll == 0 {
		c.Poll = 5 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	s := &Service{Config: c}
	if c.Jobs != nil {
		c.Jobs.Handle(jobKind, s.runTrial)
	}
	return s
}

// Try registers the shadow run of a room.
func (s *Service) Try(room string, run Shadow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trials = append(s.trials, trial{room, run})
}

func (s *Service) tried() []trial {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.trials)
}

// Set is the set in force.
func (s *Service) Set() *pack.Set { return s.Rules().Set() }

// State is where a proposal stands (提案状态). Its name is stored.
type State string

// The states.
const (
	Proposed  State = "proposed"  // waits for somebody to switch it on 待启用
	Scheduled State = "scheduled" // will be switched on at its time 已排期
	Switched  State = "switched"  // was switched on 已启用
	Cancelled State = "cancelled" // will not be 已取消
	Refused   State = "refused"   // its time came, but it has faults or was made against other rules 已拒绝
)

// Words is the state in Chinese and English.
func (s State) Words() (zh, en string) {
	switch s {
	case Proposed:
		return "待启用", "waits"
	case Scheduled:
		return "已排期", "scheduled"
	case Switched:
		return "已启用", "switched on"
	case Cancelled:
		return "已取消", "cancelled"
	case Refused:
		return "已拒绝", "refused"
	}
	return string(s), string(s)
}

// Open tells whether it can still be switched on.
func (s State) Open() bool { return s == Proposed || s == Scheduled }

// Proposal is a set of packs that is to come into force (规则提案).
type Proposal struct {
	Number     int64
	State      State
	Base       string   // version of the set in force when it was made
	Version    string   // of the whole set
	Packs      []string // packs that it brings, by version
	Note       string
	By, ByName string
	Made       time.Time
	Due        time.Time // zero: not scheduled
	Approved   string    // who scheduled it or switched it on
	ApprovedBy string
	Closed     time.Time
	Problem    *Refusal // why it was refused when its time came
	Job        string   // newest shadow run
	Trial      []Report // its reports
	TrialAt    time.Time
	Revision   int64
}

// Kind says how the rules came to be switched.
type Kind string

// The kinds of switches.
const (
	ByProposal Kind = "proposal" // 提案启用
	Rollback   Kind = "rollback" // 回退
)

// Switch is one change of the rules in force (启用记录).
type Switch struct {
	Number        int64
	Kind          Kind
	Proposal      int64 // 0: none
	Before, After string
	By, ByName    string
	At            time.Time
	Note          string
	Command       uint64
}

// Refusal says why an act is refused, in words for people.
type Refusal struct {
	Code   string      `json:"code"` // stable
	ZH     string      `json:"zh"`
	EN     string      `json:"en"`
	FixZH  string      `json:"fix_zh"`
	FixEN  string      `json:"fix_en"`
	Faults pack.Faults `json:"faults,omitempty"` // of the set, where it has some
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
	ErrDenied   = &Refusal{Code: "not_allowed", ZH: "无权更改规则", EN: "this caller may not change the rules", FixZH: "使用具有相应角色的账号", FixEN: "use an account of a role that may"}
	ErrNotFound = &Refusal{Code: "no_proposal", ZH: "没有该提案", EN: "there is no such proposal", FixZH: "核对编号", FixEN: "check the number"}
	ErrClosed   = &Refusal{Code: "proposal_closed", ZH: "提案已启用、取消或被拒绝", EN: "the proposal was switched on, cancelled or refused already", FixZH: "重新提交提案", FixEN: "make a new one"}
	ErrSame     = &Refusal{Code: "same_packs", ZH: "与现行规则相同", EN: "these are the rules in force", FixZH: "无须启用；如有改动请提高版本号并重新打包", FixEN: "nothing to do; if something was to change, raise the version and pack it again"}
	ErrStale    = &Refusal{Code: "rules_moved", ZH: "提案提交后规则已变更，差异与试运行不再适用", EN: "the rules in force have changed since it was made: its differences and its shadow run no longer hold", FixZH: "针对现行规则重新提交", FixEN: "propose it anew against the rules in force"}
	ErrPending  = &Refusal{Code: "switch_pending", ZH: "上一次启用正在生效", EN: "an earlier switch is on its way", FixZH: "稍候重试", FixEN: "try again in a moment"}
	ErrTwo      = &Refusal{Code: "second_person", ZH: "须由提案人以外的人启用", EN: "somebody else than who proposed it must switch it on", FixZH: "请另一名管理员启用", FixEN: "ask another administrator"}
	ErrTrying   = &Refusal{Code: "trial_running", ZH: "该提案的试运行尚未结束", EN: "a shadow run of this proposal is on its way", FixZH: "等待其结束，或取消该任务", FixEN: "wait until it has ended, or cancel its job"}
	ErrTime     = &Refusal{Code: "switch_time", ZH: "启用时间须在将来", EN: "the time must lie ahead", FixZH: "选择将来的北京时间，或立即启用", FixEN: "choose a Beijing time ahead, or switch it on now"}
	ErrNoBefore = &Refusal{Code: "no_earlier_set", ZH: "没有可回退的规则", EN: "there are no earlier rules to go back to", FixZH: "只能回退到本服务启用前一次的规则", FixEN: "only the rules before the last switch can come back"}
	ErrNote     = &Refusal{Code: "note", ZH: "须写明原因（2 至 500 个字）", EN: "a reason of 2 to 500 characters is needed", FixZH: "填写原因", FixEN: "write why"}
	ErrUnknown  = &Refusal{Code: "no_such_pack", ZH: "程序没有自带该规则包", EN: "the program ships no pack of this name", FixZH: "核对名称", FixEN: "check the name"}
	ErrFaults   = &Refusal{Code: "pack_faults", ZH: "规则包有误，整体不予启用", EN: "the set has faults and is refused whole", FixZH: "按所列位置逐项改正后重新提交", FixEN: "mend each at its place and propose it again"}
)

// faulty is ErrFaults with the faults.
func faulty(found pack.Faults) *Refusal {
	r := *ErrFaults
	r.Faults = found
	return &r
}

// Package queue is the officers' desk (监管人员工作队列): the parcels that wait for a
// person - manual review (300), inspection (500), detention (501, 502, 503, 599)
// and return abroad (700) - with the claims, verdicts and notes of officers.
//
// Items come from the core's decisions and leave by them: a verdict is a command
// to the core, written to the outbox in the transaction that records it, and the
// item moves when the decision comes back. Which verdicts a parcel allows is
// asked of clearance.Table and stands nowhere else.
//
// Invariants: one officer at a time holds a case, for the length of a lease;
// only who holds it gives its verdict, and only on what they saw: a parcel that
// moved meanwhile is left as it is. Every act is numbered in its parcel's row, is
// never changed, and writes its entry in the audit chain in its own transaction.
// Reasons and notes, which officers type, are sealed.
package queue

import (
	"context"
	"embed"
	"log/slog"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup/follow"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the tables of the package, its cursor and the outbox, in the
// services database.
func Migrations() []store.Migration {
	return []store.Migration{feed.Migration, feed.Cursors(store.Services), {File: store.Services, Owner: "queue", FS: files}}
}

// CommandVerdict is the kind of the commands to the core that this service
// writes; their bodies are those of clearance.Verdict.
const CommandVerdict = "verdict"

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
	Store    *store.Store
	Core     follow.Decisions
	Commands Commands
	Audit    Log
	Keys     *keys.Keyring
	Clock    clock.Clock
	Rules    func() *refdata.Book // in force: times by which cases are due
	Lease    time.Duration        // how long a claim holds without an act; 30 minutes if 0
	Log      *slog.Logger         // nil: slog.Default
	Batch    int                  // most decisions a transaction; 1,024 if 0
}

// Service is the officers' desk. Its methods are safe beside each other, but
// CatchUp and Follow belong to one goroutine.
type Service struct {
	Config
	db      *store.DB
	feed    *follow.Consumer
	settled feed.Signal // verdicts that were answered
}

// New makes the service on a store in which Migrations have run.
func New(c Config) *Service {
	if c.Lease == 0 {
		c.Lease = 30 * time.Minute
	}
	s := &Service{Config: c, db: c.Store.Services}
	s.feed = follow.New(follow.Config{Name: "queue", Source: c.Core, DB: s.db, Clock: c.Clock, Log: c.Log, Batch: c.Batch, Apply: s.apply})
	return s
}

// CatchUp takes in all decisions that are durable.
func (s *Service) CatchUp(ctx context.Context) error { return s.feed.CatchUp(ctx) }

// Follow takes decisions in as they become durable, until ctx ends, which is no
// error.
func (s *Service) Follow(ctx context.Context, core follow.Core) error { return s.feed.Run(ctx, core) }

// Queue is one of the officers' queues.
type Queue uint8

// The queues. Their numbers are stored.
const (
	Nowhere    Queue = iota // not in a queue
	Review                  // 人工审核 300
	Inspection              // 查验 500
	Detention               // 扣留 501, 502, 503, 599
	Return                  // 退运 700: to be confirmed as gone
	queues
)

var queueNames = [queues]struct {
	name  string
	words pack.Text
	due   string // parameter of the packs
}{
	{}, {"review", pack.Text{ZH: "人工审核", EN: "Manual review"}, "review_due_hours"}, {"inspection", pack.Text{ZH: "查验", EN: "Inspection"}, "inspection_due_hours"},
	{"detention", pack.Text{ZH: "扣留", EN: "Detention"}, "detention_due_hours"}, {"return", pack.Text{ZH: "退运", EN: "Return abroad"}, "return_due_hours"},
}

// Queues are all queues in the order in which they are shown.
func Queues() []Queue { return []Queue{Review, Inspection, Detention, Return} }

// String is the queue's name in addresses and in the API.
func (q Queue) String() string { return queueNames[q].name }

// Words are the queue's names.
func (q Queue) Words() pack.Text { return queueNames[q].words }

// ParseQueue reads a queue's name.
func ParseQueue(name string) (Queue, bool) {
	for q := Review; q < queues; q++ {
		if queueNames[q].name == name {
			return q, true
		}
	}
	return Nowhere, false
}

// queueOf is the queue for parcels in a state.
func queueOf(s clearance.State) Queue {
	switch s {
	case clearance.Review:
		return Review
	case clearance.Inspect:
		return Inspection
	case clearance.Detained:
		return Detention
	case clearance.Returned:
		return Return
	}
	return Nowhere
}

// Item is a parcel that waits for an officer (待办件).
type Item struct {
	Parcel     uint64
	Queue      Queue
	State      clearance.State
	Status     uint16
	Since, Due int64 // µs UTC; Due 0: no time
	Priority   int   // 0 ordinary, 1 high, 2 urgent
	Direction  clearance.Direction
	Mode       string
	OrderNo    string
	InvtNo     string
	Merchant   string
	Agent      string
	Customs    string
	Value, Tax money.Fen
	Reasons    []clearance.Reason // why it is held
	Decision   uint64             // that put it here
	Holder     string             // account that holds the case; "" nobody
	HolderName string
	Until      int64 // µs UTC, when the claim ends
	Pending    bool  // a verdict is on its way
	Left       int64 // µs UTC, when it left; 0: it is there

	place   int64
	acts    int64
	verdict int64
}

// Allowed are the statuses that a verdict on the item may give.
func (i *Item) Allowed() []uint16 { return clearance.Allowed(i.State, i.Direction) }

// Act is what an officer did about a parcel (经办记录), or what became of it.
type Act struct {
	Number   int64
	At       int64
	Kind     ActKind
	Officer  string
	Name     string
	Status   uint16 // of a verdict
	Decision uint64 // that answered it
	Text     string // reason or note
}

// ActKind is the kind of an act. Its name is stored.
type ActKind string

// The kinds of acts.
const (
	Claimed   ActKind = "claim"    // 领办
	Released  ActKind = "release"  // 退回队列
	TakenOver ActKind = "takeover" // 上级接管
	Noted     ActKind = "note"     // 备注
	Given     ActKind = "verdict"  // 处置
	Done      ActKind = "done"     // 处置已生效, 退运已确认
	Failed    ActKind = "failed"   // 处置未生效
)

var actWords = map[ActKind]pack.Text{
	Claimed: {ZH: "领办", EN: "claimed"}, Released: {ZH: "退回队列", EN: "put back"}, TakenOver: {ZH: "上级接管", EN: "taken over"}, Noted: {ZH: "备注", EN: "note"},
	Given: {ZH: "处置", EN: "verdict"}, Done: {ZH: "已生效", EN: "in effect"}, Failed: {ZH: "未生效", EN: "without effect"},
}

// Words are the act's names.
func (k ActKind) Words() pack.Text { return actWords[k] }

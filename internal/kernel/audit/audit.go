// Package audit is the chain of acts (审计链): each privileged or denied act, and
// each reading of personal data in clear, is an entry written in the act's own
// transaction; a sealer chains the entries, so that a changed, removed or
// reordered one is found.
//
// Invariants: an entry commits with its act or not at all; the sealer alone gives
// numbers, to entries that are durable, so a number never changes and a late
// commit is never passed over; the hash of an entry covers all before it; a seal
// carries a MAC under a key that is derived from the store's key file, so who can
// write the database but has no key file cannot make the chain anew; purpose and
// detail are sealed and bound to the other columns, so an entry that the program
// did not write is known even before it is chained. Legal base: 网络安全法 art. 21
// (logs of at least six months), 个人信息保护法 art. 51 and 54.
package audit

import "time"

// Outcome is what became of an act.
type Outcome string

// The outcomes. Their names are stored.
const (
	Done   Outcome = "done"
	Denied Outcome = "denied"
	Failed Outcome = "failed"
)

// Entry is one act (审计记录). It holds no personal data in clear.
type Entry struct {
	At      time.Time // set by the log from its clock
	Actor   string    // access.Principal.ID, or the program, such as "system"
	Org     string    // organisation of the actor
	Act     string    // such as "parcel.verdict", "personal.read", "session.start", "access.denied"
	Object  string    // what it was done to, such as "parcel:123", "filing:91…", "route:GET /admin/audit"
	Outcome Outcome
	Purpose string // why, for readings in clear; stored sealed
	Detail  string // short facts in words or key=value pairs; stored sealed
}

// Record is an entry as it is stored.
type Record struct {
	Entry
	ID  string // of the row; rises with time
	Seq uint64 // place in the chain, 0 while it is not chained yet
}

// Filter chooses entries. Empty fields do not restrict.
type Filter struct {
	From, To time.Time // To is not included
	Actor    string
	Org      string
	Act      string // whole, or a group when it ends with a dot: "session."
	Object   string
	Outcome  Outcome
}

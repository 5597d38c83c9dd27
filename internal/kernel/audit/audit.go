// Package audit is the chain of acts (审计链): each privileged or denied act, and
// each reading of personal data in clear, is an entry written in the act's own
// transaction; a sealer chains the entries, so that a changed, removed or
// reordered one is found.
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
	Purpose string // why, for readings in clear
	Detail  string // short facts in words or key=value pairs
}

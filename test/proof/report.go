package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// report is the result of a proof of kills.
type report struct {
	Store              string  `json:"store"`
	Kills              int     `json:"kills"`
	KillsWhileStarting int     `json:"kills_while_starting"`
	Seed               uint64  `json:"seed"`
	Seconds            float64 `json:"seconds"`
	Commits            uint64  `json:"commits"`
	Decisions          uint64  `json:"decisions"`
	Messages           int     `json:"messages_acknowledged"`
	Unanswered         int64   `json:"requests_without_answer"`
	Resent             int     `json:"messages_sent_again"`
	Acknowledged       int     `json:"documents_acknowledged"`
	Found              int     `json:"documents_found"`
	Repeated           int     `json:"documents_stored_before_their_answer"` // answered as a repetition when they came again
	Refused            int     `json:"documents_refused"`
	Parcels            int     `json:"parcels_taxed"`
	ListsRefused       int     `json:"lists_refused"` // such as over the allowance
	Buyers             int     `json:"buyers"`
	Accounts           int     `json:"accounts"`
	ReplayExit         int     `json:"replay_exit"`
	LedgerExit         int     `json:"ledger_verify_exit"`
	RestartMedianMS    int64   `json:"restart_median_ms"`
	RestartLongestMS   int64   `json:"restart_longest_ms"`

	Problems []string `json:"problems"`
	More     int      `json:"more_problems"`
}

// mostProblems are kept in words.
const mostProblems = 20

func (r *report) problem(format string, args ...any) {
	if len(r.Problems) == mostProblems {
		r.More++
		return
	}
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// print writes the result for people.
func (r *report) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(w, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	row("store", "%s", r.Store)
	row("kills", "%d, of which %d while the service started", r.Kills, r.KillsWhileStarting)
	row("time", "%.0f s", r.Seconds)
	row("messages acknowledged", "%d", r.Messages)
	row("requests without an answer", "%d, sent again: %d", r.Unanswered, r.Resent)
	row("documents acknowledged / found", "%d / %d", r.Acknowledged, r.Found)
	row("of them durable before their answer", "%d (answered as repetitions)", r.Repeated)
	row("documents refused", "%d", r.Refused)
	row("commits, decisions", "%d, %d", r.Commits, r.Decisions)
	row("parcels taxed, buyers", "%d, %d; lists refused: %d", r.Parcels, r.Buyers, r.ListsRefused)
	row("accounts compared", "%d", r.Accounts)
	row("replay, ledger verify", "exit %d, exit %d", r.ReplayExit, r.LedgerExit)
	row("restart until ready", "median %d ms, longest %d ms", r.RestartMedianMS, r.RestartLongestMS)
	row("problems", "%d", len(r.Problems)+r.More)
	for _, p := range r.Problems {
		row("", "%s", p)
	}
	return w.Flush()
}

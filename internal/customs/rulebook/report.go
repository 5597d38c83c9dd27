package rulebook

import (
	"context"

	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
)

// Shadow tries a set of packs out in one room: what would be otherwise if new
// were in force in place of old, over what is stored. It changes nothing. The
// rooms register theirs with [Service.Try].
type Shadow func(ctx context.Context, old, new *pack.Set, progress func(done, total int64)) (Report, error)

// Report is what a shadow run of one room found (试运行报告).
type Report struct {
	Room     string      `json:"room"` // "parcels", "incentives"
	Title    pack.Text   `json:"title"`
	Looked   int64       `json:"looked"` // how many subjects were judged by both sets
	Differ   int64       `json:"differ"` // how many of them otherwise
	Gain     int64       `json:"gain"`   // of those, who gains
	Lose     int64       `json:"lose"`   // and who loses
	Cost     money.Fen   `json:"cost"`   // more (or less) that the public pays out; 0 where nothing is paid
	Notes    []pack.Text `json:"notes"`  // what was looked at and what was assumed
	Totals   []Total     `json:"totals"`
	Parties  []Party     `json:"parties"`   // enterprises that it concerns, most concerned first
	Cases    []Case      `json:"cases"`     // the first ones, at most MostCases
	CasesOff int64       `json:"cases_off"` // those that are left out of the list
}

// Total is one sum under both sets, as written for people.
type Total struct {
	Name pack.Text `json:"name"`
	Old  string    `json:"old"`
	New  string    `json:"new"`
}

// Effect says for whom a difference is good.
type Effect string

// The effects.
const (
	Gains  Effect = "gains"  // the subject is better off 受益
	Loses  Effect = "loses"  // worse off 受损
	Neuter Effect = "neuter" // otherwise, but neither 有变化
)

// Words is the effect in Chinese and English.
func (e Effect) Words() (zh, en string) {
	switch e {
	case Gains:
		return "受益", "gains"
	case Loses:
		return "受损", "loses"
	}
	return "有变化", "changes"
}

// Case is one subject that the sets judge otherwise.
type Case struct {
	Subject string    `json:"subject"`        // number or code of the parcel, enterprise, park
	Who     string    `json:"who"`            // enterprise that gains or loses
	Open    string    `json:"open,omitempty"` // its page on the console
	Effect  Effect    `json:"effect"`
	Old     pack.Text `json:"old"`
	New     pack.Text `json:"new"`
	Amount  money.Fen `json:"amount"` // by how much, new less old; 0 where there is no amount
}

// MostCases bounds the list of a report.
const MostCases = 500

// Add counts a case, and lists it while there is room.
func (r *Report) Add(c Case) {
	r.Differ++
	switch c.Effect {
	case Gains:
		r.Gain++
	case Loses:
		r.Lose++
	}
	if len(r.Cases) < MostCases {
		r.Cases = append(r.Cases, c)
		return
	}
	r.CasesOff++
}

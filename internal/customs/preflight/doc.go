// Package preflight says what would become of documents if they were sent
// (预检): every defect at once, the decision that would be taken, the tax with its
// working, and the effect on allowance and guarantee. It also tries messages out
// for keys with the sandbox flag (沙箱).
//
// Invariants: the answer is that of the machine itself, a throw-away
// clearance.Trial that takes in the documents given by the rules and the filings
// of the zone; nothing is kept, and nothing of the running core is touched or
// revealed: no stored document, no person's allowance, no guarantor's deposit,
// no draw by lot; keyed hashes are made under keys that live in this process
// only; size, number and time are bounded.
package preflight

import (
	"context"
	"io"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/draft"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/refdata"
)

// Bounds of one pre-flight.
const (
	MaxBytes     = 16 << 20 // of all files together
	MaxDocuments = 2_000
	MaxTime      = 20 * time.Second
	MaxFiles     = 64 // members of a zip included
)

// Config is what a checker needs of the zone.
type Config struct {
	Rules   func() *refdata.Book     // in force
	Filings func() clearance.Filings // the core's view; only asked who is filed
	Judge   intake.Judge             // of signatures; nil: not looked at
	Clock   clock.Clock
	Random  io.Reader // for the keys of this process
}

// Checker tries documents out. It is safe for concurrent use.
type Checker struct {
	c     Config
	ring  *keys.Keyring
	turns chan struct{} // as many at a time as it has room
}

// atOnce is how many trials run at a time: they use processors that the core
// needs too.
const atOnce = 3

// New makes a checker with throw-away keys.
func New(c Config) (*Checker, error) {
	ring, err := keys.New(keys.AES256GCM, c.Clock.Now(), c.Random)
	if err != nil {
		return nil, err
	}
	return &Checker{c: c, ring: ring, turns: make(chan struct{}, atOnce)}, nil
}

// File is what somebody wants to be tried.
type File struct {
	Name string
	Data []byte
}

// Ask is one pre-flight.
type Ask struct {
	Files []File
	// AnyFiled supposes that every enterprise is filed for what it does: for
	// those who file later.
	AnyFiled bool
	// Used is what the orderers have used of this year's allowance, as the asker
	// says; nil: nothing is known, and nothing is supposed to be used.
	Used *money.Fen
}

// Text is a text in both languages.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Report is the answer.
type Report struct {
	At        time.Time      `json:"at"`
	Rules     string         `json:"rules" doc:"Packs by version (规则包版本)."`
	Fine      bool           `json:"fine" doc:"Nothing would be refused."`
	Documents []Document     `json:"documents"`
	Parcels   []Parcel       `json:"parcels" doc:"What would be decided, parcel by parcel."`
	Defects   []draft.Defect `json:"defects" doc:"All of them, in the order of the files."`
	Assumed   []Text         `json:"assumed" doc:"What was supposed, since a trial can't know it."`
}

// Document is one document of the files.
type Document struct {
	Kind    int    `json:"kind"`
	Number  string `json:"number"`
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Sheet   string `json:"sheet,omitempty"`
	Cell    string `json:"cell,omitempty"`
	What    string `json:"what" doc:"stored, refused, repeated, deleted; unread when it can't be read."`
	Status  int32  `json:"status" doc:"Receipt status that it would get."`
	Defects int    `json:"defects" doc:"How many there are to say about it."`
}

// Parcel is what would become of a parcel.
type Parcel struct {
	OrderNo   string `json:"order_no"`
	ListNo    string `json:"list_no,omitempty"`
	Direction string `json:"direction" enum:"I,E"`
	Mode      string `json:"mode,omitempty"`
	State     string `json:"state" doc:"State of the parcel (clearance.State); none when there is no list."`
	StateZH   string `json:"state_zh"`
	Status    int    `json:"status,omitempty" doc:"Receipt status of the list."`
	Outcome   Text   `json:"outcome"`
	Waiting   []Text `json:"waiting,omitempty" doc:"Documents that it would wait for."`
	// Tax is nil for exports and for lists that wait.
	Tax       *Tax       `json:"tax,omitempty"`
	Allowance *Allowance `json:"allowance,omitempty"`
	Guarantee *Guarantee `json:"guarantee,omitempty"`
	Class     []Text     `json:"class,omitempty" doc:"Of exports: how they reach the statistics."`
	// Mended is what would become of it once the documents that are refused by
	// themselves are mended.
	Mended *Parcel `json:"mended,omitempty" doc:"The same once the documents that are refused by themselves are mended."`
}

// Tax is the tax of a list with its working.
type Tax struct {
	Decision string    `json:"decision" enum:"PREF70,FULL_TAX_IN_CBEC,NOT_CBEC"`
	Reason   string    `json:"reason"`
	Words    Text      `json:"words"`
	Dutiable money.Fen `json:"-"`
	Duty     money.Fen `json:"-"`
	CT       money.Fen `json:"-"`
	VAT      money.Fen `json:"-"`
	Total    money.Fen `json:"-"`
	Amounts  Amounts   `json:"amounts"`
	Working  []Text    `json:"working" doc:"The arithmetic, line by line."`
}

// Amounts are the amounts of a tax, in yuan.
type Amounts struct {
	Dutiable string `json:"dutiable"`
	Duty     string `json:"duty"`
	CT       string `json:"ct"`
	VAT      string `json:"vat"`
	Total    string `json:"total"`
}

// Allowance is the effect on the orderer's yearly allowance (年度额度).
type Allowance struct {
	Value money.Fen `json:"-"`
	Yuan  string    `json:"value" doc:"What the list would use of it."`
	Used  string    `json:"used_before,omitempty" doc:"As the asker said; left out when nobody said."`
	After string    `json:"after,omitempty"`
	Limit string    `json:"limit"`
}

// Guarantee is what would be drawn on a guarantor's security.
type Guarantee struct {
	Guarantor string `json:"guarantor"`
	Yuan      string `json:"amount"`
}

// turn waits until there is room for a trial.
func (c *Checker) turn(ctx context.Context) (done func(), err error) {
	select {
	case c.turns <- struct{}{}:
		return func() { <-c.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

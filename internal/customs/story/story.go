// Package story tells the whole story of a parcel (包裹全程): its documents side
// by side with what differs marked at the field, what was decided and by which
// rules, the tax line by line, the effect on the personal allowance, the receipts
// and the raw bytes, all read back from the core's record.
//
// Invariants: nothing is judged here. A mark is a reason that the machine gave
// (clearance.Decision.Reasons), put at the field that it speaks of; what the
// machine did not say is not marked. Personal data leaves this package masked;
// equality is told from what was sent, never from the masks. Nothing is stored.
package story

import (
	"context"
	"slices"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
)

// Text is a text in Chinese and English.
type Text = pack.Text

// Index finds parcels and their decisions; *lookup.Index is one.
type Index interface {
	Parcel(ctx context.Context, number uint64) (*lookup.Parcel, []*clearance.Decision, error)
	Related(ctx context.Context, decision uint64) ([]*clearance.Decision, error)
}

// Documents gives documents as they came in; *intake.Reader is one.
type Documents interface {
	Raw(ctx context.Context, input uint64) (*intake.Raw, error)
}

// Config is what stories are told from.
type Config struct {
	Index     Index
	Documents Documents
	Rules     func() *refdata.Book // in force
	Clock     clock.Clock
}

// Teller tells stories. It is safe for concurrent use.
type Teller struct{ Config }

// New makes a teller.
func New(c Config) *Teller { return &Teller{c} }

// Pick names the version of a document to show, by the input that brought it;
// a document that is not named is shown in the version that counts.
type Pick map[Role]uint64

// Story is a parcel's story, or that of documents that have no parcel because
// their list never came or was refused as a document.
type Story struct {
	Parcel    *lookup.Parcel // nil: documents without a parcel
	Key       clearance.Key  // of the order; zero where the documents name none
	Direction clearance.Direction
	OrderNo   string
	Mode      Text // supervision mode 监管方式, code and name
	Events    []Event
	Papers    []Paper // the columns of Rows
	Rows      []Row
	// General are the reasons of the shown versions that speak of no field that
	// is shown: limits, guarantee, numbers used before.
	General  []Mark
	Waits    []Wait
	Ruling   *Ruling // the last time the list was decided, nil: never
	Tax      *Working
	Effects  []Effect // on accounts, in order of time
	Receipts []Receipt
	Parties  []string // enterprises that have a part in it or sent a document
	Now      []clearance.Reason
	Next     Text // what has to happen for it to go on; empty: nothing
	// Disputed is the matter in which the orderer's dispute of the parcel was upheld
	// (本人异议成立); "": none was.
	Disputed string

	list     *clearance.List // facts of the list last decided
	checking bool            // waits for the verification of its orderer
}

// Event is one thing that happened (时间线).
type Event struct {
	At       int64 // µs UTC
	Decision uint64
	Input    uint64
	Kind     ceb.Kind // 0: no document
	What     clearance.What
	Words    Text
	Officer  bool   // an officer's act; who it was stands in the audit chain
	Number   string // of the document
	Sender   string
	From, To clearance.State
	Moved    bool
	Reasons  []clearance.Reason
}

// Wait is a document that the list waits for.
type Wait struct {
	Role  Role
	Name  Text
	Since int64     // µs UTC, when the list came in
	Until clock.Day // last day of waiting (list_wait_days); 0 unknown
}

// Receipt is one rung of one receipt.
type Receipt struct {
	At       int64
	Decision uint64
	Index    int // within the decision, as clearance.ReceiptNode.Index
	Kind     ceb.Kind
	To       string
	Status   int32
	Reasons  []clearance.Reason
}

// Read tells the story of a parcel. Error: lookup.ErrNotFound.
func (t *Teller) Read(ctx context.Context, number uint64, pick Pick) (*Story, error) {
	p, decisions, err := t.Index.Parcel(ctx, number)
	if err != nil {
		return nil, err
	}
	s := &Story{Parcel: p, Key: p.Key, Direction: p.Direction, OrderNo: p.OrderNo}
	return s, t.tell(ctx, s, decisions, pick)
}

// Answer tells the story of documents without a parcel, from any of the answers
// that they were given. Error: lookup.ErrNotFound.
func (t *Teller) Answer(ctx context.Context, decision uint64, pick Pick) (*Story, error) {
	decisions, err := t.Index.Related(ctx, decision)
	if err != nil {
		return nil, err
	}
	s := &Story{Direction: clearance.Import}
	for _, d := range decisions {
		s.Key = d.Parcel
		if roleOf(d.Kind).export(d.Kind) {
			s.Direction = clearance.Export
		}
		if d.Kind == 621 || d.Kind == 603 || d.Kind == 311 || d.Kind == 303 {
			s.OrderNo = d.Subject
		}
	}
	return s, t.tell(ctx, s, decisions, pick)
}

func (t *Teller) tell(ctx context.Context, s *Story, decisions []*clearance.Decision, pick Pick) error {
	for _, d := range decisions {
		s.add(d)
	}
	s.Papers = s.papers(decisions)
	at, payNo := judgedAt(decisions), ""
	for i := range s.Papers {
		p := &s.Papers[i]
		p.count(at, payNo)
		p.choose(pick[p.Role])
		if err := t.load(ctx, p); err != nil {
			return err
		}
		if p.Role == Order {
			payNo = p.head["payTransactionId"]
		}
	}
	s.wait(t.Rules(), decisions)
	s.compare(decisions)
	s.rule(t.Rules(), decisions)
	s.next()
	s.Mode = s.mode(t.Rules())
	s.parties()
	return nil
}

// add takes one decision into timeline, receipts and effects.
func (s *Story) add(d *clearance.Decision) {
	moved := d.Number != 0 && d.From != d.To
	e := Event{At: d.At, Decision: d.Seq, Input: d.Input, Kind: d.Kind, What: d.What, Number: numberOf(d), From: d.From, To: d.To, Moved: moved, Reasons: d.Reasons}
	if len(d.Receipts) > 0 && d.What != clearance.Decided {
		e.Sender = d.Receipts[0].To
	}
	e.Officer = byOfficer(d)
	e.Words = eventWords(d)
	s.Events = append(s.Events, e)
	if moved || d.What == clearance.Decided {
		s.Now = stopped(d)
	}
	s.person(d)
	if s.Parcel == nil && d.What == clearance.DocRefused {
		s.Now = d.Reasons
	}
	index := 0
	for i := range d.Receipts {
		for _, g := range d.Receipts[i].Rungs {
			s.Receipts = append(s.Receipts, Receipt{At: d.At, Decision: d.Seq, Index: index, Kind: d.Receipts[i].Kind, To: d.Receipts[i].To, Status: g.Status, Reasons: g.Reasons})
			index++
		}
	}
	s.effect(d)
}

// person takes over what a decision says of the orderer's identity.
func (s *Story) person(d *clearance.Decision) {
	switch {
	case d.What == clearance.Asked:
		s.checking = true
	case d.What == clearance.Decided, d.What == clearance.Moved:
		s.checking = false
	case upheld(d) && len(d.Reasons[0].Args) > 0:
		s.Disputed = d.Reasons[0].Args[0]
	}
}

// upheld tells whether a decision marks the parcel as one that its orderer did
// not buy.
func upheld(d *clearance.Decision) bool {
	return d.What == clearance.NotMoved && len(d.Reasons) > 0 && d.Reasons[0].Code == "PZ1516"
}

// numberOf is the number of the document that a decision answers; a list is
// known by its own number.
func numberOf(d *clearance.Decision) string {
	if d.List != nil && d.List.CopNo != "" {
		return d.List.CopNo
	}
	return d.Subject
}

// byOfficer tells whether a decision is an officer's verdict taken in.
func byOfficer(d *clearance.Decision) bool {
	return (d.What == clearance.Moved || d.What == clearance.NotMoved) && slices.ContainsFunc(d.Reasons, func(r clearance.Reason) bool { return r.Code == "PZ1609" })
}

// stopped are the reasons of a decision's newest status, without its notes.
func stopped(d *clearance.Decision) []clearance.Reason {
	if n := len(d.Receipts); n > 0 && d.What == clearance.Decided {
		if rungs := d.Receipts[n-1].Rungs; len(rungs) > 0 {
			return rungs[len(rungs)-1].Reasons
		}
	}
	return d.Reasons
}

// parties gathers who has a part: those of the list and those who sent.
func (s *Story) parties() {
	add := func(codes ...string) {
		for _, c := range codes {
			if c != "" && !slices.Contains(s.Parties, c) {
				s.Parties = append(s.Parties, c)
			}
		}
	}
	if p := s.Parcel; p != nil {
		add(p.Merchant, p.Platform, p.Agent, p.Carrier, p.Guarantor)
	}
	for i := range s.Receipts {
		add(s.Receipts[i].To)
	}
}

// Only leaves the receipts that a reader may see, by the enterprise to which
// they went.
func (s *Story) Only(sees func(code string) bool) {
	s.Receipts = slices.DeleteFunc(s.Receipts, func(r Receipt) bool { return !sees(r.To) })
}

// Paper returns the column of a role, nil if there is none.
func (s *Story) Paper(r Role) *Paper {
	for i := range s.Papers {
		if s.Papers[i].Role == r {
			return &s.Papers[i]
		}
	}
	return nil
}

// Holds tells whether an input is a document of the story, so that its bytes
// may be shown to whoever may read the story.
func (s *Story) Holds(input uint64) bool {
	return slices.ContainsFunc(s.Events, func(e Event) bool { return e.Input == input && e.Kind != 0 && !e.Officer })
}

// OnlyPapers leaves the documents that a reader may see, by the enterprise that
// sent them, with what was said of them: for one who has a part in some of the
// documents and none in the list.
func (s *Story) OnlyPapers(sees func(code string) bool) {
	var gone []Role
	for i := range s.Papers {
		p := &s.Papers[i]
		p.Versions = slices.DeleteFunc(p.Versions, func(v Version) bool { return !sees(v.Sender) })
		if len(p.Versions) == 0 {
			gone = append(gone, p.Role)
		}
	}
	left := func(r Role) bool { return !slices.Contains(gone, r) }
	keep := make([]bool, len(s.Papers))
	for i := range s.Papers {
		keep[i] = left(s.Papers[i].Role)
	}
	s.Papers = slices.DeleteFunc(s.Papers, func(p Paper) bool { return !left(p.Role) })
	for i := range s.Papers {
		s.Papers[i].Shown = len(s.Papers[i].Versions) - 1
	}
	s.narrowRows(keep, left)
	s.General = slices.DeleteFunc(s.General, func(m Mark) bool { return !slices.ContainsFunc(m.Papers, left) })
	s.Events = slices.DeleteFunc(s.Events, func(e Event) bool { return !sees(e.Sender) })
	s.Now = nil
	for _, e := range s.Events {
		if e.What == clearance.DocRefused {
			s.Now = e.Reasons
		}
	}
}

// Narrow leaves of a parcel's story what one may see who sent a document and has
// no part in the list: the own documents, and where the parcel stands.
func (s *Story) Narrow(sees func(code string) bool) {
	now := s.Parcel
	s.OnlyPapers(sees)
	s.Tax, s.Ruling, s.Effects, s.Waits, s.list = nil, nil, nil, nil, nil
	s.Parcel = &lookup.Parcel{Number: now.Number, Direction: now.Direction, State: now.State, Status: now.Status, OrderNo: now.OrderNo}
	s.Mode = Text{}
}

// narrowRows leaves the cells of the papers kept, and the rows that still have
// something to show.
func (s *Story) narrowRows(keep []bool, left func(Role) bool) {
	var rows []Row
	for _, r := range s.Rows {
		var cells []Cell
		given := false
		for j, c := range r.Cells {
			if keep[j] {
				cells = append(cells, c)
				given = given || c.Text != ""
			}
		}
		r.Cells = cells
		r.Marks = slices.DeleteFunc(r.Marks, func(m Mark) bool { return slices.ContainsFunc(m.Papers, func(p Role) bool { return !left(p) }) })
		r.Differs, r.Apart = false, false
		if given {
			rows = append(rows, r)
		}
	}
	s.Rows = rows
}

package clearance

import (
	"pilotzone/ceb"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/money"
)

// EngineVersion is raised whenever the machine may answer differently to the
// same inputs; `replay` lists differences under a newer version apart.
const EngineVersion = 2

// What tells what a decision is about.
type What uint8

// The kinds of decisions.
const (
	DocStored   What = iota + 1 // a document was taken in
	DocRefused                  // a document was refused; the state is as before
	DocRepeated                 // the same document again; answered again
	DocDeleted                  // deleted on request
	Decided                     // the list was decided with its documents
	Moved                       // the parcel's state changed by an event
	NotMoved                    // an event was refused or only remembered
	DocExpired                  // a supporting document was never used
	Account                     // a deposit or limit
	Filed                       // an enterprise filing
	Switched                    // packs switched on
	Asked                       // a list waits for the verification of its orderer
	Identity                    // an answer about a person, a freeze
)

var whatNames = [...]string{"", "stored", "refused", "repeated", "deleted", "decided", "moved", "noted", "expired", "account", "filing", "packs", "asked", "identity"}

func (w What) String() string { return whatNames[w] }

// Decision is one answer of the machine, one event of its stream. Decisions
// are numbered without gaps.
type Decision struct {
	Seq      uint64
	Input    uint64
	At       int64 // µs UTC of the input that caused it
	What     What
	Engine   uint16
	Kind     ceb.Kind // kind of the document or list that it is about
	Parcel   Key
	Number   uint64 // parcel number, 0 while there is no list
	From, To State
	Status   uint16
	InvtNo   string
	Versions string // packs by version
	Reasons  []Reason
	Receipts []Receipt
	Postings []ledger.Posting
	Tax      *Assessment
	List     *List // facts of the list, with every Decided
	Subject  string
	Person   Key    // Asked and answers: CheckKey; freezes and disputes: PersonKey. Since engine 2
	Source   uint64 // Asked: input of the list in which name and number stand. Since engine 2
}

// Receipt is one or more rungs of answers about one document to one
// enterprise: the fields that identify the document in the receipt message,
// and the statuses in order.
type Receipt struct {
	Kind   ceb.Kind // of the receipt message, e.g. 622
	To     string   // who sent the document
	Fields []string // identity fields in the order of the kind's receiptLayout
	Rungs  []Rung
}

// Rung is one status with its words.
type Rung struct {
	Status  int32 // returnStatus; negative for a processing exception
	Reasons []Reason
}

// Assessment is the tax of a list with its working (计税过程).
type Assessment struct {
	Decision, Reason string // PREF70 …, WITHIN_LIMITS …
	Dutiable         money.Fen
	UsedBefore       money.Fen // personal allowance used and reserved before this list
	Limit            money.Fen
	Lines            []LineTax
}

// LineTax is the working of one line.
type LineTax struct {
	Gnum                   int32
	Code                   uint64
	Dutiable               money.Fen
	DutyRate, CTRate       string // exact decimals
	VATRate, CTSpecific    string
	Factor                 string
	DutyTax, CTTax, VATTax money.Fen
	Note                   string
}

// Total is the tax of the line.
func (l LineTax) Total() money.Fen { return l.DutyTax + l.CTTax + l.VATTax }

// Totals adds the taxes of all lines.
func (a *Assessment) Totals() (duty, ct, vat money.Fen) {
	for _, l := range a.Lines {
		duty, ct, vat = duty+l.DutyTax, ct+l.CTTax, vat+l.VATTax
	}
	return duty, ct, vat
}

// Total is the whole tax.
func (a *Assessment) Total() money.Fen {
	d, c, v := a.Totals()
	return d + c + v
}

// Append writes the decision's canonical bytes; equal decisions have equal
// bytes, which is what replay compares.
func (v *Decision) Append(b []byte) []byte {
	e := &encoder{b: b}
	e.u(v.Seq)
	e.u(v.Input)
	e.i(v.At)
	e.byte(byte(v.What))
	e.u(uint64(v.Engine))
	e.u(uint64(v.Kind))
	e.key(v.Parcel)
	e.u(v.Number)
	e.byte(byte(v.From))
	e.byte(byte(v.To))
	e.u(uint64(v.Status))
	e.text(v.InvtNo)
	e.text(v.Versions)
	e.text(v.Subject)
	e.reasons(v.Reasons)
	e.u(uint64(len(v.Receipts)))
	for i := range v.Receipts {
		encodeReceipt(e, &v.Receipts[i])
	}
	encodePostings(e, v.Postings)
	e.bool(v.Tax != nil)
	if v.Tax != nil {
		encodeAssessment(e, v.Tax)
	}
	e.bool(v.List != nil)
	if v.List != nil {
		encodeList(e, v.List)
	}
	if v.Engine >= 2 {
		e.key(v.Person)
		e.u(v.Source)
	}
	return e.b
}

// ReadDecision reads one decision and returns the rest of the bytes.
func ReadDecision(b []byte) (*Decision, []byte, error) {
	d := &decoder{b: b}
	v := &Decision{Seq: d.u(), Input: d.u(), At: d.i(), What: What(d.byte()), Engine: uint16(d.u()), Kind: ceb.Kind(d.u()),
		Parcel: d.key(), Number: d.u(), From: State(d.byte()), To: State(d.byte()), Status: uint16(d.u()),
		InvtNo: d.text(), Versions: d.text(), Subject: d.text(), Reasons: d.reasons()}
	if n := d.count(); n > 0 {
		v.Receipts = make([]Receipt, n)
		for i := range v.Receipts {
			v.Receipts[i] = decodeReceipt(d)
		}
	}
	v.Postings = decodePostings(d)
	if d.bool() {
		v.Tax = decodeAssessment(d)
	}
	if d.bool() {
		v.List = decodeList(d)
	}
	if v.Engine >= 2 {
		v.Person, v.Source = d.key(), d.u()
	}
	if d.err == nil && (v.From >= states || v.To >= states || int(v.What) >= len(whatNames)) {
		d.fail()
	}
	return v, d.b, d.err
}

func encodeReceipt(e *encoder, r *Receipt) {
	e.u(uint64(r.Kind))
	e.text(r.To)
	e.u(uint64(len(r.Fields)))
	for _, f := range r.Fields {
		e.text(f)
	}
	e.u(uint64(len(r.Rungs)))
	for _, g := range r.Rungs {
		e.i(int64(g.Status))
		e.reasons(g.Reasons)
	}
}

func decodeReceipt(d *decoder) Receipt {
	r := Receipt{Kind: ceb.Kind(d.u()), To: d.text()}
	r.Fields = make([]string, d.count())
	for i := range r.Fields {
		r.Fields[i] = d.text()
	}
	if l, ok := receiptLayouts[r.Kind]; ok && len(r.Fields) != len(l.identity) {
		d.fail()
		return r
	}
	r.Rungs = make([]Rung, d.count())
	for i := range r.Rungs {
		r.Rungs[i] = Rung{Status: int32(d.i()), Reasons: d.reasons()}
	}
	return r
}

func encodeAssessment(e *encoder, a *Assessment) {
	e.text(a.Decision)
	e.text(a.Reason)
	e.i(int64(a.Dutiable))
	e.i(int64(a.UsedBefore))
	e.i(int64(a.Limit))
	e.u(uint64(len(a.Lines)))
	for i := range a.Lines {
		l := &a.Lines[i]
		e.i(int64(l.Gnum))
		e.u(l.Code)
		for _, v := range []money.Fen{l.Dutiable, l.DutyTax, l.CTTax, l.VATTax} {
			e.i(int64(v))
		}
		for _, s := range []string{l.DutyRate, l.CTRate, l.VATRate, l.CTSpecific, l.Factor, l.Note} {
			e.text(s)
		}
	}
}

func decodeAssessment(d *decoder) *Assessment {
	a := &Assessment{Decision: d.text(), Reason: d.text(), Dutiable: money.Fen(d.i()), UsedBefore: money.Fen(d.i()), Limit: money.Fen(d.i())}
	a.Lines = make([]LineTax, d.count())
	for i := range a.Lines {
		l := &a.Lines[i]
		l.Gnum, l.Code = int32(d.i()), d.u()
		for _, v := range []*money.Fen{&l.Dutiable, &l.DutyTax, &l.CTTax, &l.VATTax} {
			*v = money.Fen(d.i())
		}
		for _, s := range []*string{&l.DutyRate, &l.CTRate, &l.VATRate, &l.CTSpecific, &l.Factor, &l.Note} {
			*s = d.text()
		}
	}
	return a
}

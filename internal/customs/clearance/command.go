package clearance

import (
	"fmt"
	"strconv"

	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
)

// CommandKind tells the inputs that are no documents apart. The numbers are
// stored and never change their meaning.
type CommandKind uint8

// The commands of the machine.
const (
	FilingChange  CommandKind = iota + 1 // an enterprise filing 企业备案变更
	Deposit                              // guarantee deposit, or tax paid and security restored 担保金
	Verdict                              // an officer's verdict on a parcel 监管人员处置
	Tick                                 // time has passed
	SwitchPacks                          // packs switched on
	Recall                               // answer of a look-up in old layers
	PersonAnswer                         // answer of the service that verifies identities 自然人身份核验结果
	PersonFreeze                         // a person froze their identity, or freed it 身份冻结与解冻
	DisputeUpheld                        // a person's dispute of a use was upheld 本人异议成立
	SwitchSet                            // packs switched on by a service's command, once 规则包启用
)

// Command is an input that is no document, with its body in the stable form
// that the journal keeps.
type Command struct {
	Kind CommandKind
	At   int64  // µs UTC
	Body []byte // see the Encode functions
}

// DepositBody moves a guarantor's security: positive adds, negative takes out.
type DepositBody struct {
	Guarantor string
	Amount    int64 // fen
	Memo      string
	Outbox    uint64 // number of the service command that it came by; 0 none
}

// FromOutbox gives a command that a service wrote the number under which it
// is delivered, so that the machine takes it once however often it comes.
func FromOutbox(kind CommandKind, body []byte, id uint64) ([]byte, error) {
	if fromOutbox(kind) {
		d, _ := opened(body)
		return append(begin(id).b, d.b...), d.err
	}
	if kind == Verdict {
		b, err := readVerdict(body)
		b.Outbox = id
		return b.Encode(), err
	}
	b, err := readDeposit(body)
	b.Outbox = id
	return b.Encode(), err
}

func readDeposit(body []byte) (DepositBody, error) {
	d := &decoder{b: body}
	d.byte()
	b := DepositBody{Guarantor: d.text(), Amount: d.i(), Memo: d.text(), Outbox: d.u()}
	return b, d.err
}

// Encode is the stored form.
func (b DepositBody) Encode() []byte {
	e := &encoder{}
	e.byte(1)
	e.text(b.Guarantor)
	e.i(b.Amount)
	e.text(b.Memo)
	e.u(b.Outbox)
	return e.b
}

// VerdictBody is what an officer decided about a parcel.
type VerdictBody struct {
	Number  uint64 // parcel number
	Status  uint16 // 100, 300, 500, 501, 502, 503, 599, 700, 800
	Officer string // who, as known to access
	Reason  string
	// Seen is the state in which the officer saw the parcel; one that has moved
	// since is left as it is. None: whatever it is.
	Seen   State
	Outbox uint64 // number of the service command that it came by; 0 none
}

// Encode is the stored form.
func (b VerdictBody) Encode() []byte {
	e := &encoder{}
	e.byte(2)
	e.u(b.Number)
	e.u(uint64(b.Status))
	e.text(b.Officer)
	e.text(b.Reason)
	e.byte(byte(b.Seen))
	e.u(b.Outbox)
	return e.b
}

// ReadRules makes the rule book of a SwitchPacks body, which holds the packs by
// value (pack.Set.Marshal), so that a replay needs nothing else.
func ReadRules(body []byte) (*refdata.Book, error) {
	set, err := pack.UnmarshalSet(body)
	if err != nil {
		return nil, err
	}
	return refdata.New(set)
}

// Command applies the command with input number input. An error means that the
// body can't be read, which a store with sound checksums rules out.
func (e *Engine) Command(input uint64, c Command) (err error) {
	before, outbox := e.input, e.outbox
	defer func() {
		if err != nil {
			e.input, e.outbox = before, outbox // nothing was changed, the numbers are free again
		}
	}()
	e.input = input
	defer e.rest()
	if c.Kind == Recall {
		e.cause, e.at = input, c.At
		return e.recall(c.Body)
	}
	again, err := e.again(&c)
	if err != nil {
		return fmt.Errorf("input %d: command of kind %d: %w", input, c.Kind, err)
	}
	if again {
		e.cause, e.at = input, c.At
		e.emit(&Decision{What: NotMoved, Reasons: []Reason{Say("PZ3005")}})
		return nil
	}
	return e.submit(&parked{input: input, at: c.At, command: &c})
}

func (e *Engine) command(c *Command) error {
	switch c.Kind {
	case FilingChange:
		subject, err := e.filings.Apply(c.Body)
		if err != nil {
			return fmt.Errorf("input %d: filing: %w", e.cause, err)
		}
		e.emit(&Decision{What: Filed, Subject: subject})
	case Deposit:
		return e.deposit(c.Body)
	case Verdict:
		return e.verdict(c.Body)
	case PersonAnswer:
		return e.answered(c.Body)
	case PersonFreeze:
		return e.freeze(c.Body)
	case DisputeUpheld:
		return e.dispute(c.Body)
	case Tick:
		e.expire()
	case SwitchPacks:
		return e.switchTo(c.Body)
	case SwitchSet:
		d, _ := opened(c.Body)
		return e.switchTo(d.b)
	default:
		return fmt.Errorf("input %d: unknown command kind %d", e.cause, c.Kind)
	}
	return nil
}

// switchTo switches on the packs of a body.
func (e *Engine) switchTo(set []byte) error {
	rules, err := ReadRules(set)
	if err != nil {
		return fmt.Errorf("input %d: packs: %w", e.cause, err)
	}
	if rules.Set().Version() != e.versions { // the same packs again change nothing
		e.use(rules)
	}
	e.emit(&Decision{What: Switched, Subject: e.versions})
	return nil
}

// SwitchBody is the body of a SwitchSet, to be numbered by FromOutbox: the packs
// by value, as pack.Set.Marshal gives them.
func SwitchBody(set []byte) []byte { return append(begin(0).b, set...) }

// deposit posts security to the guarantor's account; it may not fall below
// what is reserved or drawn.
func (e *Engine) deposit(body []byte) error {
	b, err := readDeposit(body)
	if err != nil {
		return err
	}
	if b.Outbox != 0 {
		if b.Outbox <= e.outbox {
			e.emit(&Decision{What: Account, Subject: b.Guarantor, Reasons: []Reason{Say("PZ3004", "已入账 booked before")}})
			return nil
		}
		e.outbox = b.Outbox
	}
	account := e.guaranteeAccount(b.Guarantor)
	if err := e.book.Open(account, ledger.CNYFen, ledger.Limits{Floor: 0, Ceiling: ledger.NoCeiling}, 0); err != nil {
		return err
	}
	postings := []ledger.Posting{{Account: account, Unit: ledger.CNYFen, Phase: ledger.Post, Amount: b.Amount}}
	dec := &Decision{What: Account, Subject: b.Guarantor, Postings: postings}
	if err := e.book.Check(postings); err != nil {
		dec.Postings, dec.Reasons = nil, []Reason{Say("PZ3004", err.Error())}
	}
	e.applyPostings(dec.Postings)
	e.emit(dec)
	return nil
}

// verdict applies an officer's word to a parcel by the published table.
func (e *Engine) verdict(body []byte) error {
	b, err := readVerdict(body)
	if err != nil {
		return err
	}
	p := e.byNumber(b.Number)
	ev, known := verdictEvent(b.Status)
	switch {
	case p == nil || p.List == nil:
		e.emit(&Decision{What: NotMoved, Reasons: []Reason{Say("PZ3003", strconv.FormatUint(b.Number, 10))}})
		return nil
	case !known || p.Dir == Export && (ev == ToDetain || ev == ToReturn):
		e.emit(&Decision{What: NotMoved, Parcel: p.Key, Number: p.Number, From: p.State, To: p.State, Reasons: []Reason{Say("PZ3002", strconv.Itoa(int(b.Status)))}})
		return nil
	}
	why := []Reason{Say("PZ1609", b.Reason)}
	cell := Table[ev][p.State]
	switch {
	case b.Seen != None && b.Seen != p.State:
		e.emit(&Decision{What: NotMoved, Parcel: p.Key, Number: p.Number, From: p.State, To: p.State, InvtNo: p.InvtNo,
			Reasons: append(why, Say("PZ3001", p.State.Chinese()))})
	case cell.Code != "":
		e.emit(&Decision{What: NotMoved, Parcel: p.Key, Number: p.Number, From: p.State, To: p.State, InvtNo: p.InvtNo,
			Reasons: append(why, Say(cell.Code, p.State.Chinese()))})
	case cell.Effect == Flag:
		p.Hold = b.Status
		e.emit(&Decision{What: NotMoved, Parcel: p.Key, Number: p.Number, From: p.State, To: p.State, Reasons: why})
	default:
		e.step(p, ev, listKind(p.Dir), why)
		e.afterVerdict(p, b.Status)
	}
	return nil
}

func readVerdict(body []byte) (VerdictBody, error) {
	d := &decoder{b: body}
	version := d.byte()
	b := VerdictBody{Number: d.u(), Status: uint16(d.u()), Officer: d.text(), Reason: d.text()}
	if version > 1 {
		b.Seen, b.Outbox = State(d.byte()), d.u()
	}
	return b, d.err
}

// afterVerdict: a detention keeps its own status; a released export that has
// left already is closed.
func (e *Engine) afterVerdict(p *parcel, status uint16) {
	last := e.out[len(e.out)-1]
	if p.State == Detained {
		p.Status, last.Status = status, status
		last.Receipts[0].Rungs = []Rung{{Status: int32(status), Reasons: last.Reasons}}
	}
	if p.State == Released && p.Dir == Export {
		if w := e.mem.waybill(p.Waybill); w != nil && w.Departed != 0 {
			e.step(p, Depart, 509, []Reason{Say("PZ3105")})
		}
	}
}

func verdictEvent(status uint16) (Event, bool) {
	switch status {
	case 300:
		return ToReview, true
	case 500:
		return ToInspect, true
	case 501, 502, 503, 599:
		return ToDetain, true
	case 700:
		return ToReturn, true
	case 800:
		return ToRelease, true
	case 100:
		return ToRefuse, true
	}
	return 0, false
}

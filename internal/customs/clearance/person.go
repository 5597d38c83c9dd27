package clearance

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// PersonResult is what the service that verifies identities (自然人身份核验) says
// of a name and an identity number. The numbers are stored.
type PersonResult uint8

// The results.
const (
	PersonUnknown  PersonResult = iota + 1 // the service can't tell 无法核验
	PersonVerified                         // name and number belong together 一致
	PersonMismatch                         // they do not 不一致
)

// String is the result's name in the API.
func (r PersonResult) String() string {
	if r > PersonMismatch {
		return ""
	}
	return [...]string{"", "unknown", "verified", "mismatch"}[r]
}

// CheckKey is the keyed hash of an identity number and the name said with it:
// the key under which the answer of the verification stands.
func CheckKey(h Hasher, idNumber, name string) Key {
	k := h.Key(domainName, []byte(name))
	d := decoder{b: k[:]}
	return checkKey(h, PersonKey(h, idNumber), d.hash()|1)
}

func checkKey(h Hasher, person Key, name uint64) Key {
	return h.Key(domainCheck, person[:], binary.LittleEndian.AppendUint64(nil, name))
}

// PersonAnswerBody is the answer of the verification service about one name
// and number.
type PersonAnswerBody struct {
	Check   Key // CheckKey
	Result  PersonResult
	Checked int64  // µs UTC, when the service answered
	Outbox  uint64 // number of the service command that it came by; 0 none
}

// Encode is the stored form.
func (b PersonAnswerBody) Encode() []byte {
	e := begin(b.Outbox)
	e.key(b.Check)
	e.byte(byte(b.Result))
	e.i(b.Checked)
	return e.b
}

// PersonFreezeBody freezes an identity, or lifts the freeze, at the wish of the
// person (本人冻结身份): lists decided while it holds go to a person.
type PersonFreezeBody struct {
	Person Key // PersonKey
	Frozen bool
	Outbox uint64
}

// Encode is the stored form.
func (b PersonFreezeBody) Encode() []byte {
	e := begin(b.Outbox)
	e.key(b.Person)
	e.bool(b.Frozen)
	return e.b
}

// DisputeBody says that a person's dispute of a use of their identity was
// upheld (本人异议成立).
type DisputeBody struct {
	Number uint64 // parcel
	Person Key    // PersonKey of who disputed it; must be the list's orderer
	Matter string // number of the matter that decided it
	Outbox uint64
}

// Encode is the stored form.
func (b DisputeBody) Encode() []byte {
	e := begin(b.Outbox)
	e.u(b.Number)
	e.key(b.Person)
	e.text(b.Matter)
	return e.b
}

// begin writes what the bodies of services' commands begin with: version and
// number in the outbox.
func begin(outbox uint64) *encoder {
	e := &encoder{}
	e.byte(1)
	e.u(outbox)
	return e
}

// opened reads what begin wrote.
func opened(body []byte) (*decoder, uint64) {
	d := &decoder{b: body}
	d.byte()
	return d, d.u()
}

// fromOutbox tells whether commands of the kind come by the outbox and begin as
// begin writes.
func fromOutbox(k CommandKind) bool {
	return k == PersonAnswer || k == PersonFreeze || k == DisputeUpheld || k == SwitchSet
}

// outboxOf reads a service's command whole, so that one which can't be read
// changes nothing, and returns its number in the outbox.
func outboxOf(c *Command) (id uint64, err error) {
	switch c.Kind {
	case Verdict:
		var b VerdictBody
		b, err = readVerdict(c.Body)
		id = b.Outbox
	case PersonAnswer:
		var b PersonAnswerBody
		b, err = readAnswer(c.Body)
		id = b.Outbox
	case PersonFreeze:
		var b PersonFreezeBody
		b, err = readFreeze(c.Body)
		id = b.Outbox
	case DisputeUpheld:
		var b DisputeBody
		b, err = readDispute(c.Body)
		id = b.Outbox
	case SwitchSet:
		var d *decoder
		d, id = opened(c.Body)
		err = d.err
	}
	return id, err
}

func readAnswer(body []byte) (PersonAnswerBody, error) {
	d, id := opened(body)
	b := PersonAnswerBody{Check: d.key(), Result: PersonResult(d.byte()), Checked: d.i(), Outbox: id}
	if d.err == nil && (b.Result == 0 || b.Result > PersonMismatch) {
		d.fail()
	}
	return b, d.err
}

func readFreeze(body []byte) (PersonFreezeBody, error) {
	d, id := opened(body)
	b := PersonFreezeBody{Person: d.key(), Frozen: d.bool(), Outbox: id}
	return b, d.err
}

func readDispute(body []byte) (DisputeBody, error) {
	d, id := opened(body)
	b := DisputeBody{Number: d.u(), Person: d.key(), Matter: d.text(), Outbox: id}
	return b, d.err
}

// again tells whether a service's command was taken in before. It is asked
// before the command can be parked, so that a later one does not overtake it.
func (e *Engine) again(c *Command) (bool, error) {
	if !fromOutbox(c.Kind) && c.Kind != Verdict {
		return false, nil
	}
	id, err := outboxOf(c)
	if err != nil || id == 0 {
		return false, err
	}
	if id <= e.outbox {
		return true, nil
	}
	e.outbox = id
	return false, nil
}

// checked is what the machine knows of a name and number: the newest answer,
// and the lists that wait for one.
type checked struct {
	Result  PersonResult // 0: none yet
	Checked int64
	Lists   []Key // parcels to try again when an answer comes
}

func (c *checked) encode(e *encoder) {
	e.byte(tagChecked)
	e.byte(byte(c.Result))
	e.i(c.Checked)
	e.u(uint64(len(c.Lists)))
	for _, k := range c.Lists {
		e.key(k)
	}
}

func decodeChecked(d *decoder) *checked {
	c := &checked{Result: PersonResult(d.byte()), Checked: d.i()}
	for n := d.count(); n > 0; n-- {
		c.Lists = append(c.Lists, d.key())
	}
	if c.Result > PersonMismatch {
		d.fail()
	}
	return c
}

// checks tells whether the orderer of the list must be verified: retail imports
// under the rules of their day (RULES A14, A16; parameter person_check).
func (e *Engine) checks(p *parcel) bool {
	return p.Dir == Import && p.List != nil && e.rulesOf(p).Import.PersonCheck
}

func (e *Engine) checkOf(l *List) Key { return checkKey(e.hasher, l.Buyer, l.BuyerName) }

// result is the answer about the list's orderer, 0 while there is none. One
// holds for lists that come within person_answer_days after it; a later one
// holds always, so that the order of arrival does not matter.
func (e *Engine) result(p *parcel) PersonResult {
	c := e.mem.checked(e.checkOf(p.List))
	if c == nil || c.Result == 0 || p.ListMeta.Since-c.Checked > e.rulesOf(p).Periods.PersonAnswer*24*hour {
		return 0
	}
	return c.Result
}

// unanswered tells whether the list must wait for an answer about its orderer.
func (e *Engine) unanswered(p *parcel) bool { return e.checks(p) && e.result(p) == 0 }

// proceed decides a list whose documents are all there, unless the answer about
// its orderer is still to come: then it waits, and goes on by itself.
func (e *Engine) proceed(p *parcel) {
	if !e.unanswered(p) {
		e.decide(p)
		return
	}
	k := e.checkOf(p.List)
	c := e.mem.checked(k)
	if c == nil {
		c = &checked{}
		e.mem.put(k, c)
	}
	if slices.Contains(c.Lists, p.Key) {
		return // asked for this parcel already
	}
	c.Lists = append(c.Lists, p.Key)
	e.waitList(p) // to look again, should it lose a document
	e.emit(&Decision{What: Asked, Kind: listKind(p.Dir), Parcel: p.Key, Number: p.Number, From: Waiting, To: Waiting, Status: 2,
		Subject: p.List.OrderNo, Reasons: []Reason{Say("PZ1510")}, Person: k, Source: p.ListMeta.Input})
}

// answered takes an answer of the verification service; the lists that waited
// for it go on.
func (e *Engine) answered(body []byte) error {
	b, err := readAnswer(body)
	if err != nil {
		return fmt.Errorf("input %d: answer about a person: %w", e.cause, err)
	}
	c := e.mem.checked(b.Check)
	if c == nil {
		c = &checked{}
		e.mem.put(b.Check, c)
	}
	c.Result, c.Checked = b.Result, b.Checked
	waiting := c.Lists
	c.Lists = nil
	e.emit(&Decision{What: Identity, Person: b.Check, Reasons: []Reason{Say("PZ1511", b.Result.String())}})
	for _, p := range waiting {
		if p := e.mem.parcel(p); p != nil {
			e.try(p)
		}
	}
	return nil
}

// identify adds what is known of the orderer to a decision: a mismatch refuses,
// a freeze or an upheld dispute sends to a person.
func (e *Engine) identify(p *parcel, v *verdict) {
	if e.checks(p) && e.result(p) == PersonMismatch {
		v.faults = append(v.faults, Say("1300", "姓名与号码经核验不一致 name and number do not belong together by the verification service"))
	}
	if since, ok := e.frozen[p.List.Buyer]; ok {
		v.review = append(v.review, Say("PZ1512", day(since).String()))
	}
	if p.Disputed {
		v.review = append(v.review, Say("PZ1515"))
	}
}

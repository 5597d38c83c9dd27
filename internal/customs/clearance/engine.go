package clearance

import (
	"fmt"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/refdata"
)

// Engine is the deterministic machine. It is used by one goroutine: inputs go
// in through Document and Command in the order of their numbers, decisions
// come out through Take. It does no I/O and reads no clock.
type Engine struct {
	mem       *memory
	book      *ledger.Book
	rulebook  *refdata.Book   // in force
	books     []*refdata.Book // the last ones, the newest in force
	firstBook uint64          // number of books[0]
	filings   Filings
	hasher    Hasher
	input     uint64 // number of the last input
	cause     uint64 // number of the input being applied
	at        int64  // its time, µs UTC
	decision  uint64 // number of the last decision
	parcels   uint64 // number of the last parcel
	out       []*Decision
	timers    timers
	versions  string

	parkedList []*parked
	outbox     uint64           // last service command that was taken
	frozen     map[Key]int64    // identities frozen by their persons, and since when, µs UTC
	asked      map[Key]struct{} // looked up and not yet answered
	wanted     []Lookup

	levies  map[*refdata.TariffLine]levy // of the rule book in force
	undrawn bool                         // nothing is drawn for inspection: see Trial
}

// Filings tells which enterprises are filed (企业备案), as far as the inputs so
// far say. The registry's view implements it.
type Filings interface {
	// Filed tells whether code is filed and active for the role on the Beijing
	// day, and if not, why (Chinese and English in one line).
	Filed(code, role string, day clock.Day) (ok bool, why string)
	// Apply takes a filing change into the view; the body is the registry's own
	// stable format.
	Apply(body []byte) (subject string, err error)
	// Snapshot and Restore carry the view through a restart.
	Snapshot() []byte
	Restore([]byte) error
}

// Hasher makes the keyed hashes that the machine derives itself.
type Hasher interface {
	Key(domain byte, parts ...[]byte) Key
}

// Config is what a new machine starts from; all of it is known before the
// first input and none of it changes by itself.
type Config struct {
	Rules   *refdata.Book
	Filings Filings
	Hasher  Hasher
	Limits  Limits // zero: DefaultLimits
}

// New makes an empty machine.
func New(c Config) *Engine {
	e := &Engine{mem: newMemory(c.Limits), asked: make(map[Key]struct{}), timers: timers{}, book: ledger.NewBook(0), filings: c.Filings, hasher: c.Hasher,
		frozen: make(map[Key]int64)}
	e.use(c.Rules)
	return e
}

// keptBooks is how many rule books are kept: a list that waits is decided by
// the book that was in force when it was received (RULES Z3), and no list waits
// through so many switches.
const keptBooks = 4

func (e *Engine) use(b *refdata.Book) {
	e.books = append(e.books, b)
	if len(e.books) > keptBooks {
		e.books = append(e.books[:0:0], e.books[1:]...)
		e.firstBook++
	}
	e.rulebook, e.versions, e.levies = b, b.Set().Version(), make(map[*refdata.TariffLine]levy)
}

// bookNumber is the number of the rule book in force.
func (e *Engine) bookNumber() uint64 { return e.firstBook + uint64(len(e.books)) - 1 }

// bookOf is the rule book that was in force when the list was received.
func (e *Engine) bookOf(p *parcel) *refdata.Book {
	n := max(p.ListMeta.Book, e.firstBook) - e.firstBook
	return e.books[min(int(n), len(e.books)-1)]
}

// rulesOf are the rules by which a list is decided: those of the Beijing day on
// which its current version was received, as they were switched on then.
func (e *Engine) rulesOf(p *parcel) *refdata.Rules { return e.bookOf(p).On(day(p.ListMeta.Since)) }

// Rules is the rule book in force.
func (e *Engine) Rules() *refdata.Book { return e.rulebook }

// Outbox is the number of the last command, of those that are no filings, that
// the services' outbox delivered.
func (e *Engine) Outbox() uint64 { return e.outbox }

// Take returns the decisions made since the last call.
func (e *Engine) Take() []*Decision {
	out := e.out
	e.out = nil
	return out
}

// Last returns the numbers of the last input and the last decision.
func (e *Engine) Last() (input, decision uint64) { return e.input, e.decision }

func (e *Engine) emit(d *Decision) *Decision {
	e.decision++
	d.Seq, d.Input, d.At, d.Engine = e.decision, e.cause, e.at, EngineVersion
	if d.Versions == "" {
		d.Versions = e.versions
	}
	e.out = append(e.out, d)
	return d
}

// day is the Beijing day of a time in µs UTC.
func day(at int64) clock.Day { return clock.DayOf(time.UnixMicro(at)) }

// Document applies the document with input number input. It makes no decision
// yet when the document needs what lies in old layers only (see Wanted).
func (e *Engine) Document(input uint64, d *Doc) {
	e.input = input
	if err := e.submit(&parked{input: input, at: d.Received, doc: d}); err != nil {
		panic(err) // documents give no errors
	}
	e.rest()
}

// rest closes the active table when it is full, between two inputs.
func (e *Engine) rest() {
	if e.mem.full() {
		e.mem.rotate()
	}
}

func (e *Engine) document(d *Doc) {
	if faults := append(d.Faults[:len(d.Faults):len(d.Faults)], e.unfiled(d)...); len(faults) > 0 {
		e.refused(d, faults)
		return
	}
	switch d.Kind {
	case 311, 303:
		e.order(d)
	case 411, 403:
		e.payment(d)
	case 511, 505:
		e.waybill(d)
	case 513:
		e.signed(d)
	case 621, 603:
		e.list(d)
	case 623, 605:
		e.withdraw(d)
	case 507, 509:
		e.move(d)
	}
}

// refused answers a document that leaves no trace. The receipt's status is the
// first fault's code where that is a processing exception, else 100.
func (e *Engine) refused(d *Doc, faults []Reason) {
	if d.Schema {
		e.emit(&Decision{What: DocRefused, Kind: d.Kind, Reasons: faults,
			Receipts: []Receipt{{Kind: 900, To: d.Sender, Fields: []string{d.Kind.String()}, Rungs: []Rung{{Status: schemaStatus, Reasons: faults}}}}})
		return
	}
	status := int32(100)
	if n, ok := exception(faults[0].Code); ok {
		status = n
	} else if c := CodeOf(d.Kind, Invalid); c != "" && c[0] == '-' {
		status, _ = exception(c)
	}
	e.emit(&Decision{What: DocRefused, Kind: d.Kind, Parcel: d.Parcel, Reasons: faults, Subject: subject(d),
		Receipts: []Receipt{receiptFor(d, Rung{Status: status, Reasons: faults})}})
}

// schemaStatus answers what fails the schema (exchange error 0002 数据包不能通过
// schema 验证); CEB900 wants a number below 0.
const schemaStatus = -2

// exception reads a negative code as a receipt status.
func exception(code string) (int32, bool) {
	if len(code) < 2 || code[0] != '-' {
		return 0, false
	}
	var n int32
	for _, c := range code[1:] {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int32(c-'0')
	}
	return -n, true
}

// classify says what a document is to what is stored under its number.
func classify(m *meta, d *Doc) DocEvent {
	known := m.GUID != 0 || m.State != Absent
	switch {
	case known && m.GUID == d.GUID:
		return DocRepeat
	case known && d.AppTime < m.AppTime:
		return DocStale
	case d.AppType == '2':
		return DocChange
	case d.AppType == '3':
		return DocDelete
	case known:
		return DocClash
	}
	return DocNew
}

// store takes a supporting document through the published table and answers
// it; it reports whether the caller should keep the new facts (kept) or
// forget the old ones (gone).
func (e *Engine) store(d *Doc, m *meta, p *parcel) (kept, gone bool) {
	ev := classify(m, d)
	cell := DocTable[ev][m.State]
	if cell.Fault != NoFault {
		code := CodeOf(d.Kind, cell.Fault)
		if cell.Fault == Busy && (d.Kind == 411 || d.Kind == 403) && p != nil && p.State == Released {
			code = "22007"
		}
		e.refused(d, []Reason{Say(code, docNumber(d))})
		return false, false
	}
	if cell.Repeat {
		e.emit(&Decision{What: DocRepeated, Kind: d.Kind, Parcel: d.Parcel, Subject: subject(d), Receipts: []Receipt{receiptFor(d, docRung(d, m.State))}})
		return false, false
	}
	if m.State == Pending {
		e.unwait(d.Key, m.Since) // the new version waits from now on
	}
	*m = meta{State: cell.Next, GUID: d.GUID, AppTime: d.AppTime, Input: e.cause, Since: e.at, Sender: d.Sender}
	if ev == DocDelete {
		e.emit(&Decision{What: DocDeleted, Kind: d.Kind, Parcel: d.Parcel, Subject: subject(d),
			Receipts: []Receipt{receiptFor(d, Rung{Status: 2, Reasons: []Reason{Say("PZ3101")}})}})
		return false, true
	}
	e.emit(&Decision{What: DocStored, Kind: d.Kind, Parcel: d.Parcel, Subject: subject(d), Reasons: d.Notes,
		Receipts: []Receipt{receiptFor(d, docRung(d, Pending))}})
	return true, false
}

// docRung is the answer that a stored document stands at.
func docRung(d *Doc, s DocState) Rung {
	if s == Used {
		return Rung{Status: usedStatus(d.Kind), Reasons: []Reason{Say("1800")}}
	}
	return Rung{Status: 2, Reasons: []Reason{Say("PZ3102", kindName(d.Kind), docNumber(d))}}
}

// usedStatus is the status of a supporting document that a decided list uses:
// 120, but 399 where the receipt's text lists no 120 (FORMATS section 3: 506).
func usedStatus(k ceb.Kind) int32 {
	if k == 505 {
		return 399
	}
	return 120
}

func (e *Engine) order(d *Doc) {
	p := e.parcel(d.Key, direction(d.Kind))
	kept, gone := e.store(d, &p.OrderMeta, p)
	switch {
	case kept:
		e.mem.put(d.Key, p)
		p.Order = d.Order
		e.wait(d.Key, e.at)
		e.try(p)
	case gone:
		p.Order = nil
	}
}

func (e *Engine) payment(d *Doc) {
	pay := e.mem.payment(d.Key)
	if pay == nil {
		pay = &payment{}
	}
	kept, gone := e.store(d, &pay.Meta, e.mem.parcel(pay.Parcel))
	if !kept && !gone {
		return
	}
	if old := e.mem.parcel(pay.Parcel); old != nil && (gone || pay.Parcel != d.Parcel) {
		old.Payments = without(old.Payments, d.Key)
	}
	if gone {
		pay.Payment, pay.Parcel = nil, Key{}
		e.mem.put(d.Key, pay)
		return
	}
	p := e.parcel(d.Parcel, direction(d.Kind))
	e.mem.put(d.Parcel, p)
	pay.Payment, pay.Parcel = d.Payment, d.Parcel
	p.Payments = append(without(p.Payments, d.Key), d.Key)
	e.mem.put(d.Key, pay)
	e.wait(d.Key, e.at)
	e.try(p)
}

func (e *Engine) waybill(d *Doc) {
	w := e.mem.waybill(d.Key)
	if w == nil {
		w = &waybill{}
	}
	e.reuse(w)
	kept, gone := e.store(d, &w.Meta, e.mem.parcel(w.Parcel))
	if !kept && !gone {
		return
	}
	w.Waybill = d.Bill
	if gone {
		w.Waybill = nil
	}
	e.mem.put(d.Key, w)
	if !kept {
		return
	}
	e.wait(d.Key, e.at)
	if p := e.mem.parcel(w.Parcel); p != nil {
		e.try(p)
	}
}

// signed takes the carrier's word that the buyer has signed for the parcel (CEB513).
func (e *Engine) signed(d *Doc) {
	w := e.mem.waybill(d.Waybill)
	switch {
	case w == nil || w.Meta.State == Absent:
		e.refused(d, []Reason{Say(CodeOf(513, Missing))})
		return
	case w.SignedGUID == d.GUID:
		rung := docRung(d, Used)
		if w.Signed < 0 {
			rung = Rung{Status: 2, Reasons: []Reason{Say("PZ3101")}}
		}
		e.emit(&Decision{What: DocRepeated, Kind: d.Kind, Parcel: w.Parcel, Subject: subject(d), Receipts: []Receipt{receiptFor(d, rung)}})
		return
	case d.AppTime < max(w.Signed, -w.Signed):
		e.refused(d, []Reason{Say(CodeOf(513, Old))})
		return
	case w.Signed > 0 && d.AppType == '1':
		e.refused(d, []Reason{Say(CodeOf(513, Exists))})
		return
	case w.Signed <= 0 && d.AppType != '1':
		e.refused(d, []Reason{Say(CodeOf(513, Missing))})
		return
	}
	w.Signed, w.SignedGUID = d.AppTime, d.GUID
	if d.AppType == '3' {
		w.Signed = -d.AppTime
		e.emit(&Decision{What: DocDeleted, Kind: d.Kind, Parcel: w.Parcel, Subject: subject(d),
			Receipts: []Receipt{receiptFor(d, Rung{Status: 2, Reasons: []Reason{Say("PZ3101")}})}})
		return
	}
	rungs := []Rung{docRung(d, Pending), docRung(d, Used)}
	r := receiptFor(d, rungs...)
	e.emit(&Decision{What: DocStored, Kind: d.Kind, Parcel: w.Parcel, Subject: subject(d), Receipts: []Receipt{r}})
}

// parcel finds the parcel under an order's key or makes an empty one, which is
// kept only when a document is stored in it.
func (e *Engine) parcel(k Key, dir Direction) *parcel {
	if p := e.mem.parcel(k); p != nil {
		return p
	}
	return &parcel{Key: k, Dir: dir}
}

// rules are the rules in force on the Beijing day of a time.
func (e *Engine) rules(at int64) *refdata.Rules { return e.rulebook.On(day(at)) }

func without(list []Key, k Key) []Key {
	out := list[:0:0]
	for _, v := range list {
		if v != k {
			out = append(out, v)
		}
	}
	return out
}

func direction(k ceb.Kind) Direction {
	switch k {
	case 303, 403, 505, 507, 509, 603, 605, 607, 701, 213, 215:
		return Export
	}
	return Import
}

// preNo is the E-port number 预录入编号 of a list: B, the day, nine digits.
func preNo(letter byte, at int64, n uint64) string {
	return fmt.Sprintf("%c%08d%09d", letter, int32(day(at)), n%1_000_000_000)
}

// invtNo is the list number 清单编号: district, year, direction, nine digits.
func invtNo(customs string, at int64, dir Direction, n uint64) string {
	return fmt.Sprintf("%s%04d%c%09d", customs, day(at).Year(), dir, n%1_000_000_000)
}

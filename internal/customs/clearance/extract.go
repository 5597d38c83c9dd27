package clearance

import (
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"

	"pilotzone/ceb"
	"pilotzone/ident"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/refdata"
)

// Domains of the keyed hashes. A number hashed under one never meets one under
// another.
const (
	domainImportOrder   = 'o'
	domainExportOrder   = 'O'
	domainImportPayment = 'p'
	domainExportPayment = 'P'
	domainImportWaybill = 'w'
	domainExportWaybill = 'W'
	domainPerson        = 'i'
	domainName          = 'N'
	domainPhone         = 'T'
	domainAddress       = 'A'
	domainCancel        = 'c'
	domainMove          = 'm'
	domainCheck         = 'v'
)

// Extractor turns decoded messages into the facts that the machine needs and
// checks each document by itself against the rules of its day. One extractor
// serves one goroutine.
type Extractor struct {
	Hasher *keys.Hasher
	Rules  *refdata.Book
	now    int64
	today  time.Time
	rules  *refdata.Rules
	words  map[string]string
}

// PersonKey is the keyed hash under which a person's accounts are found.
func PersonKey(h Hasher, idNumber string) Key { return personKey(h, []byte(idNumber)) }

// personKey hashes an ID number. Its check character X may be written small
// (GB 11643): it is the same person with the same limits.
func personKey(h Hasher, id []byte) Key {
	if n := len(id); n > 0 && id[n-1] == 'x' {
		id = append(id[:n-1:n-1], 'X')
	}
	return h.Key(domainPerson, id)
}

// Docs extracts every document of a message, received at a time in µs UTC. A
// document that fails the schema becomes one with Faults; its neighbours are
// not touched. refused are faults of the message as a whole (its signature)
// that refuse every document of it.
func (x *Extractor) Docs(m *ceb.Message, received int64, refused []Reason) []Doc {
	x.now = received
	x.today = time.UnixMicro(received)
	x.rules = x.Rules.On(clock.DayOf(x.today))
	docs := make([]Doc, len(m.Docs))
	sender := m.Transfer.Text(ceb.BTCopCode)
	for i := range m.Docs {
		d := &docs[i]
		d.Kind, d.Received, d.Sender = m.Kind, received, sender
		if defects := m.Docs[i].Under(m.Edition()); len(defects) > 0 {
			d.broken(defects)
			continue
		}
		d.Faults = append(d.Faults, refused...)
		x.doc(d, &m.Docs[i])
	}
	return docs
}

// broken marks a document that fails the schema: nothing in it can be relied
// on, so it is answered with CEB900.
func (d *Doc) broken(defects []ceb.Defect) {
	d.Schema = true
	for i := range defects {
		f := &defects[i]
		d.fault(Say("0002", f.Path, strconv.Itoa(f.Line), f.Code+" "+f.ZH))
	}
}

func (x *Extractor) doc(d *Doc, s *ceb.Doc) {
	switch d.Kind {
	case 311:
		x.importOrder(d, s)
	case 303:
		x.exportOrder(d, s)
	case 411:
		x.importPayment(d, s.Head)
	case 403:
		x.exportPayment(d, s.Head)
	case 511:
		x.importWaybill(d, s.Head)
	case 505:
		x.exportWaybill(d, s.Head)
	case 513:
		x.signedFor(d, s.Head)
	case 621:
		x.importList(d, s)
	case 603:
		x.exportList(d, s)
	case 623:
		x.importCancel(d, s.Head)
	case 605:
		x.exportCancel(d, s.Head)
	case 507:
		x.arrival(d, s)
	case 509:
		x.departure(d, s)
	}
}

func (d *Doc) fault(r Reason) { d.Faults = append(d.Faults, r) }

// base reads what every request's head begins with.
func (x *Extractor) base(d *Doc, r ceb.Record, guid, appType, appTime, appStatus ceb.Field) {
	d.GUID = xxhash.Sum64(r.Bytes(guid)) | 1
	t := r.Bytes(appType)
	if len(t) != 1 || t[0] < '1' || t[0] > '3' {
		d.fault(Say("PZ1004", "appType", string(t), "1、2 或 3"))
	} else {
		d.AppType = t[0]
	}
	d.AppTime = x.clock(d, r, appTime, "appTime")
	if s := r.Bytes(appStatus); len(s) != 1 || s[0] != '2' {
		d.fault(Say("PZ1009"))
	}
}

// clock reads YYYYMMDDhhmmss as a number and refuses what is no time.
func (x *Extractor) clock(d *Doc, r ceb.Record, f ceb.Field, name string) int64 {
	b := r.Bytes(f)
	v := digits(b)
	month, dayOf, h, mi, s := v/1e8%100, v/1e6%100, v/1e4%100, v/100%100, v%100
	if len(b) != 14 || v < 0 || month < 1 || month > 12 || dayOf < 1 || dayOf > 31 || h > 23 || mi > 59 || s > 59 ||
		!clock.Day(v/1e6).Valid() {
		d.fault(Say("PZ1008", name, string(b)))
		return 0
	}
	return v
}

// digits reads plain digits, -1 for anything else.
func digits(b []byte) int64 {
	if len(b) == 0 || len(b) > 18 {
		return -1
	}
	var v int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		v = v*10 + int64(c-'0')
	}
	return v
}

// n5 reads a non-negative decimal; what does not fit is a fault.
func (x *Extractor) n5(d *Doc, r ceb.Record, f ceb.Field, name string) money.N5 {
	b := r.Bytes(f)
	if len(b) == 0 {
		return 0
	}
	v, err := money.ParseN5(b)
	if err != nil || v < 0 || v > maxN5 {
		d.fault(Say("PZ1006", name, string(b)))
		return 0
	}
	return v
}

// maxN5 bounds amounts and quantities so that sums over a hundred lines fit:
// 100 billion yuan, far above any parcel.
const maxN5 = money.N5(1e16)

func (x *Extractor) hash(domain byte, v []byte) uint64 {
	k := x.Hasher.Key(domain, v)
	d := decoder{b: k[:]}
	return d.hash() | 1
}

// fixed refuses any value but the one that the specification fixes.
func (x *Extractor) fixed(d *Doc, r ceb.Record, f ceb.Field, name, want string) {
	if v := r.Bytes(f); string(v) != want {
		d.fault(Say("PZ1004", name, string(v), want))
	}
}

// code refuses a value that is not in customs' table.
func (x *Extractor) code(d *Doc, table refdata.CodeTable, r ceb.Record, f ceb.Field, name string) string {
	v := r.Bytes(f)
	if !x.rules.Valid(table, v) {
		d.fault(Say("PZ1002", name, string(v), table.String()))
		return string(v)
	}
	return x.word(v)
}

// word gives one string for all equal values of a small vocabulary, so that
// codes cost no allocation.
func (x *Extractor) word(v []byte) string {
	if s, ok := x.words[string(v)]; ok {
		return s
	}
	if x.words == nil || len(x.words) > 10_000 {
		x.words = make(map[string]string)
	}
	s := string(v)
	x.words[s] = s
	return s
}

// person checks an ID number by its check digit (GB 11643-1999) and hashes it.
func (x *Extractor) person(d *Doc, r ceb.Record, f ceb.Field, name string) Key {
	v := r.Bytes(f)
	if err := ident.CheckAt(ident.ResidentNo, string(v), x.today); err != nil {
		d.fault(Say("1300", name+" "+reasonOf(err)))
	}
	return personKey(x.Hasher, v)
}

func reasonOf(err error) string {
	if e, ok := err.(*ident.Error); ok {
		return string(e.Reason)
	}
	return err.Error()
}

// product checks totalPrice = price x qty to the cent (RULES A3.4).
func (x *Extractor) product(d *Doc, gnum int32, price, qty, total money.N5) {
	p, _, err := money.Mul(price, qty)
	if err == nil {
		a, _ := p.Fen()
		b, _ := total.Fen()
		if a == b {
			return
		}
	}
	d.fault(Say("PZ1101", strconv.Itoa(int(gnum)), total.String(), price.String(), qty.String()))
}

// gnums checks that lines are numbered from 1 without repetition.
func (x *Extractor) gnum(d *Doc, r ceb.Record, f ceb.Field, at int) int32 {
	v := int32(digits(r.Bytes(f)))
	if v != int32(at+1) {
		d.fault(Say(CodeOf(d.Kind, Lines), string(r.Bytes(f))))
	}
	return v
}

package rulebook

import (
	"context"
	"fmt"
	"iter"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
)

// Bounds of a shadow run over parcels.
const (
	MostInputs = 80_000          // newest stored documents and commands
	MostTime   = 5 * time.Minute // of both runs
)

// Inputs reads what the core took in; *intake.Reader is one.
type Inputs interface {
	Inputs(ctx context.Context, from uint64) iter.Seq2[intake.Input, error]
	Each(ctx context.Context, from uint64, f func(*clearance.Decision) error) error
}

// Parcels tries sets of packs out over stored parcels: the newest documents are
// judged again by two throw-away machines, one by each set (试运行). Nothing of
// the store or of the running core is touched.
//
// While the store holds no more than Most inputs the runs begin with the first
// one and know all that the core knew; beyond that they begin later, and what
// they can't know is supposed: see clearance.Engine.Assume.
type Parcels struct {
	Inputs   Inputs
	Last     func(context.Context) (uint64, error) // number of the last durable input
	Filings  func() clearance.Filings              // an empty view, which stored inputs fill
	Now      func() clearance.Filings              // the core's view; only asked who is filed
	Hasher   clearance.Hasher
	Extract  func(*refdata.Book) *clearance.Extractor // reads documents by a rule book
	Merchant func(code string) string                 // its name
	Clock    clock.Clock
	Most     uint64 // inputs; MostInputs if 0
}

type asOf struct{}

// AsOf asks a shadow run to judge what is stored as if it came in around a day:
// for rules that begin later than the parcels came.
func AsOf(ctx context.Context, day clock.Day) context.Context {
	return context.WithValue(ctx, asOf{}, day)
}

// DayOf is the day that AsOf asked for, 0 if none.
func DayOf(ctx context.Context) clock.Day {
	day, _ := ctx.Value(asOf{}).(clock.Day)
	return day
}

// outcome is what became of a parcel in one run.
type outcome struct {
	order, list, merchant string
	number                uint64 // in this run, 0 while its list was not taken in
	state                 clearance.State
	door                  bool // its list was refused by itself
	status                uint16
	codes                 string // why, in short
	taxed                 bool
	dutiable, tax         money.Fen
}

// span is what a run covers.
type span struct {
	from, last uint64
	shift      int64               // µs added to all times
	newest     int64               // µs, of the newest input, shifted
	lists      []*clearance.List   // what Assume needs of the lists; none when all is known
	keys       map[string]struct{} // of lists that are in lists already
	docs       int64
	aimed      bool                     // some command names a parcel
	parcels    map[uint64]clearance.Key // parcels by their number in the store, where aimed
}

// Run is the [Shadow] of the parcels.
func (p *Parcels) Run(ctx context.Context, old, new *pack.Set, progress func(done, total int64)) (Report, error) {
	ctx, stop := context.WithTimeout(ctx, MostTime)
	defer stop()
	books := make([]*refdata.Book, 2)
	for i, set := range []*pack.Set{old, new} {
		var err error
		if books[i], err = refdata.New(set); err != nil {
			return Report{}, err
		}
	}
	s, err := p.span(ctx, books[0])
	if err != nil {
		return Report{}, err
	}
	var runs [2]map[clearance.Key]*outcome
	var order []clearance.Key
	for i, book := range books {
		at := int64(i)
		tell := func(n int64) { progress(at*s.docs+n, 2*s.docs) }
		if runs[i], order, err = p.run(ctx, book, s, tell); err != nil {
			return Report{}, err
		}
	}
	return p.compare(s, runs[0], runs[1], order), nil
}

// span looks at what is to be judged once, to know its end, its documents and,
// where the beginning is cut off, the lists.
func (p *Parcels) span(ctx context.Context, book *refdata.Book) (*span, error) {
	most := p.Most
	if most == 0 {
		most = MostInputs
	}
	s := &span{from: 1, keys: make(map[string]struct{})}
	var err error
	if s.last, err = p.Last(ctx); err != nil {
		return nil, err
	}
	if s.last > most {
		s.from = s.last - most + 1
	}
	extract := p.Extract(book)
	for in, err := range p.Inputs.Inputs(ctx, s.from) {
		if err != nil {
			return nil, err
		}
		if in.First > s.last {
			break
		}
		if in.Command != nil {
			s.newest = max(s.newest, in.Command.At)
			s.aimed = s.aimed || in.Command.Kind == clearance.Verdict || in.Command.Kind == clearance.DisputeUpheld
		}
		for _, m := range in.Messages {
			s.newest, s.docs = max(s.newest, m.At), s.docs+int64(len(m.Docs))
			if s.from > 1 {
				s.note(extract.Docs(m.Message, m.At, m.Refused))
			}
		}
	}
	if s.aimed && s.from == 1 {
		if err := p.number(ctx, s); err != nil {
			return nil, err
		}
	}
	if day := DayOf(ctx); day != 0 && s.newest != 0 {
		s.shift = int64(day.Time().Sub(clock.DayOf(clock.FromMicros(s.newest)).Time()) / time.Microsecond)
		s.newest += s.shift
	}
	return s, nil
}

// number learns which parcel has which number in the store.
func (p *Parcels) number(ctx context.Context, s *span) error {
	s.parcels = make(map[uint64]clearance.Key)
	return p.Inputs.Each(ctx, 1, func(d *clearance.Decision) error {
		if d.Number != 0 && d.What == clearance.DocStored {
			s.parcels[d.Number] = d.Parcel
		}
		return ctx.Err()
	})
}

// note keeps what has to be supposed of lists.
func (s *span) note(docs []clearance.Doc) {
	for i := range docs {
		l := docs[i].List
		if l == nil {
			continue
		}
		key := fmt.Sprint(l.Buyer, l.BuyerName, l.Guarantor)
		if _, twice := s.keys[key]; !twice {
			s.keys[key] = struct{}{}
			s.lists = append(s.lists, &clearance.List{Buyer: l.Buyer, BuyerName: l.BuyerName, Guarantor: l.Guarantor})
		}
	}
}

// machine is one throw-away run.
type machine struct {
	p       *Parcels
	engine  *clearance.Engine
	extract *clearance.Extractor
	s       *span
	input   uint64
	out     map[clearance.Key]*outcome
	order   []clearance.Key
}

// run judges a span by a rule book.
func (p *Parcels) run(ctx context.Context, book *refdata.Book, s *span, tell func(int64)) (map[clearance.Key]*outcome, []clearance.Key, error) {
	filings := p.Filings()
	if s.from > 1 {
		filings = still{p.Now()}
	}
	m := &machine{p: p, extract: p.Extract(book), s: s, out: make(map[clearance.Key]*outcome),
		engine: clearance.New(clearance.Config{Rules: book, Filings: filings, Hasher: p.Hasher, Limits: clearance.Limits{Entries: 1 << 30, Window: 4, Filter: 8}})}
	if s.from > 1 {
		if err := m.engine.Assume(s.newest, 0, s.lists...); err != nil {
			return nil, nil, err
		}
	}
	done := int64(0)
	for in, err := range p.Inputs.Inputs(ctx, s.from) {
		if err != nil {
			return nil, nil, err
		}
		if in.First > s.last {
			break
		}
		if err := m.take(in); err != nil {
			return nil, nil, err
		}
		for _, message := range in.Messages {
			done += int64(len(message.Docs))
		}
		tell(done)
	}
	return m.out, m.order, m.tick(s.newest)
}

// take runs one record through the machine.
func (m *machine) take(in intake.Input) error {
	if c := in.Command; c != nil {
		if !m.wanted(c.Kind) {
			return nil
		}
		again, ok, err := clearance.Aim(*c, m.numberHere)
		if !ok || err != nil {
			return err
		}
		again.At += m.s.shift
		return m.command(again)
	}
	n := in.First
	for _, message := range in.Messages {
		at := message.At + m.s.shift
		if err := m.tick(at); err != nil {
			return err
		}
		docs := m.extract.Docs(message.Message, at, message.Refused)
		for i := range docs {
			if n++; n-1 < m.s.from || n-1 > m.s.last {
				continue
			}
			m.input++
			m.engine.Document(m.input, &docs[i])
			m.keep(&docs[i])
		}
	}
	return nil
}

// numberHere is the number that a parcel of the store has in this run, 0 if none.
func (m *machine) numberHere(stored uint64) uint64 {
	if o := m.out[m.s.parcels[stored]]; o != nil {
		return o.number
	}
	return 0
}

// wanted tells which commands a run repeats. Its packs are given, time passes by
// its own ticks, and it forgets nothing that would have to be recalled; filings
// are those of the core when the beginning is cut off.
func (m *machine) wanted(k clearance.CommandKind) bool {
	switch k {
	case clearance.SwitchPacks, clearance.SwitchSet, clearance.Tick, clearance.Recall:
		return false
	case clearance.FilingChange, clearance.Verdict, clearance.DisputeUpheld: // the last two name parcels by number
		return m.s.from == 1
	}
	return true
}

func (m *machine) command(c clearance.Command) error {
	m.input++
	if err := m.engine.Command(m.input, c); err != nil {
		return err
	}
	m.keep(nil)
	return nil
}

// tick lets what waited too long end.
func (m *machine) tick(at int64) error {
	if !m.engine.Due(at) {
		return nil
	}
	return m.command(clearance.Command{Kind: clearance.Tick, At: at})
}

// keep takes the decisions and keeps what they say of parcels.
func (m *machine) keep(doc *clearance.Doc) {
	for _, d := range m.engine.Take() {
		switch {
		case d.Number != 0:
			o := m.of(d.Parcel)
			o.number, o.state = d.Number, d.To
			if d.Status != 0 {
				o.status = d.Status
			}
			if d.What == clearance.Decided || d.What == clearance.Moved {
				o.codes = codesOf(d.Reasons)
			}
			if d.What == clearance.Decided {
				o.taxed = d.Tax != nil
				if d.Tax != nil {
					o.dutiable, o.tax = d.Tax.Dutiable, d.Tax.Total()
				}
			}
		case d.What == clearance.DocRefused && doc != nil && isList(doc.Kind):
			o := m.of(doc.Parcel)
			if o.state == clearance.None {
				o.door, o.codes = true, codesOf(d.Reasons)
			}
		}
	}
	if doc != nil && doc.List != nil {
		if o := m.out[doc.Parcel]; o != nil {
			o.order, o.list, o.merchant = doc.List.OrderNo, doc.List.CopNo, doc.List.Merchant
		}
	}
}

func (m *machine) of(k clearance.Key) *outcome {
	o := m.out[k]
	if o == nil {
		o = &outcome{}
		m.out[k] = o
		m.order = append(m.order, k)
	}
	return o
}

// still asks the core's view who is filed, and changes nothing in it.
type still struct{ view clearance.Filings }

func (f still) Filed(code, role string, on clock.Day) (bool, string) {
	return f.view.Filed(code, role, on)
}
func (still) Apply([]byte) (string, error) {
	return "", fmt.Errorf("a shadow run files nobody (试运行不变更备案)")
}
func (still) Snapshot() []byte     { return nil }
func (still) Restore([]byte) error { return nil }

// isList tells a declaration list from other documents.
func isList(k ceb.Kind) bool { return k == 621 || k == 603 }

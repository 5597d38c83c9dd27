package clearance_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/packs"
)

// today is the day of most tests; earlier is one before GACC 2024 No.167.
const (
	today   clock.Day = 20261122
	earlier clock.Day = 20241214
)

// edit replaces text in a file of the national pack: the tests' way to other
// rules.
type edit struct{ file, old, new string }

// always lets the tariff hold since 2014, for tests of days before 2026.
var always = []edit{{"tables/tariff.csv", ",2026-01-01,", ",2014-01-01,"}, {"tables/tax_rules.csv", ",2026-01-01,", ",2014-01-01,"}}

func parameter(old, new string) edit { return edit{"parameters.yaml", old, new} }

// rates lays a table of exchange rates over the national pack.
var rates = edit{file: "rates"}

var ratesPack = fstest.MapFS{
	"rates/pack.yaml": {Data: []byte(`format: 1
name: rates
title: {zh: 测试汇率, en: rates for tests}
version: "2026.1"
parents: [national]
description: {zh: 测试用固定汇率, en: fixed rates for tests}
sources:
  - {id: design, document: 测试设定, read: 测试}
`)},
	"rates/tables.yaml": {Data: []byte(`tables:
  - name: exchange_rates
    file: tables/exchange_rates.csv
    title: {zh: 折算汇率, en: rates of exchange}
    key: [currency]
    overlay: replace
    source: {ref: design}
    mark: design
    columns:
      - {name: currency, type: text, pattern: "[0-9]{3}"}
      - {name: cny, type: rate, required: true, meaning: {zh: 一单位外币折合人民币元, en: yuan for one unit}}
`)},
	"rates/tables/exchange_rates.csv": {Data: []byte("currency,cny\n300,8.2\n303,9.3\n502,7.1\n601,4.65\n")},
}

var books sync.Map // of the edits: func() *refdata.Book

// rulebook is the national pack with the edits; equal edits share one book.
func rulebook(t testing.TB, edits ...edit) *refdata.Book {
	t.Helper()
	make, _ := books.LoadOrStore(fmt.Sprint(edits), sync.OnceValues(func() (*refdata.Book, error) { return loadBook(edits) }))
	b, err := make.(func() (*refdata.Book, error))()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func loadBook(edits []edit) (*refdata.Book, error) {
	files := fstest.MapFS{}
	err := fs.WalkDir(packs.Files, "national", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := packs.Files.ReadFile(name)
		for _, e := range edits {
			if name == "national/"+e.file {
				if !strings.Contains(string(data), e.old) {
					return fmt.Errorf("%s has no %q to replace", name, e.old)
				}
				data = []byte(strings.ReplaceAll(string(data), e.old, e.new))
			}
		}
		files[name] = &fstest.MapFile{Data: data, Mode: 0o444}
		return err
	})
	if err != nil {
		return nil, err
	}
	national, err := pack.LoadFS(files, "national")
	if err != nil {
		return nil, err
	}
	over := []*pack.Pack{national}
	if slices.Contains(edits, rates) {
		foreign, err := pack.LoadFS(ratesPack, "rates")
		if err != nil {
			return nil, err
		}
		over = append(over, foreign)
	}
	set, err := pack.NewSet(over...)
	if err != nil {
		return nil, err
	}
	return refdata.New(set)
}

// filings is a register in which everybody is filed but those who are named.
type filings struct{ not map[string]bool }

func (f *filings) Filed(code, role string, _ clock.Day) (bool, string) {
	if f.not[code] || f.not[code+"/"+role] {
		return false, "未备案 not filed"
	}
	return true, ""
}

// Apply takes "-code" out of the register and puts "+code" back.
func (f *filings) Apply(body []byte) (string, error) {
	if len(body) < 2 {
		return "", fmt.Errorf("filing %q is too short", body)
	}
	f.not[string(body[1:])] = body[0] == '-'
	return string(body[1:]), nil
}

func (f *filings) Snapshot() []byte {
	var out []string
	for code, not := range f.not {
		if not {
			out = append(out, code)
		}
	}
	slices.Sort(out)
	return []byte(strings.Join(out, "\n"))
}

func (f *filings) Restore(b []byte) error {
	f.not = map[string]bool{}
	for code := range strings.FieldsSeq(string(b)) {
		f.not[code] = true
	}
	return nil
}

// keyring is the same in every run, so that golden files hold.
var keyring = sync.OnceValue(func() *keys.Keyring {
	k, err := keys.New(keys.AES256GCM, today.Time(), rand.NewChaCha8([32]byte{1}))
	if err != nil {
		panic(err)
	}
	return k
})

// machine is an engine with an extractor, a clock and a register.
type machine struct {
	testing.TB
	gen     *traffic.Gen
	engine  *clearance.Engine
	extract clearance.Extractor
	filings *filings
	now     time.Time
	log     []*clearance.Decision
	state   map[clearance.Key]clearance.State
	number  map[clearance.Key]uint64
	invtNo  map[clearance.Key]string
	keys    map[string]clearance.Key // of parcels, by order number
	history []step                   // all inputs, to play them again
}

// step is an input as it was applied.
type step struct {
	input uint64
	at    time.Time
	raw   []byte // a message, or
	cmd   *clearance.Command
}

// setup says what a machine starts with.
type setup struct {
	day   clock.Day
	modes []traffic.Mode
	seed  uint64
	edits []edit
	poor  bool // no deposits
	gen   *traffic.Gen
}

func newMachine(t testing.TB, s setup) *machine {
	t.Helper()
	if s.day == 0 {
		s.day = today
	}
	if s.gen == nil {
		s.gen = generator(t, s)
	}
	m := &machine{TB: t, gen: s.gen, filings: &filings{not: map[string]bool{}}, now: s.day.Time().Add(10 * time.Hour),
		state: map[clearance.Key]clearance.State{}, number: map[clearance.Key]uint64{}, invtNo: map[clearance.Key]string{}, keys: map[string]clearance.Key{}}
	book := rulebook(t, s.edits...)
	m.engine = clearance.New(m.config(book))
	m.extract = clearance.Extractor{Hasher: keyring().Hasher(), Rules: book}
	if !s.poor {
		for _, d := range m.gen.Zone().Deposits {
			m.deposit(d.Guarantor, int64(d.Amount))
		}
	}
	return m
}

func (m *machine) config(book *refdata.Book) clearance.Config {
	return clearance.Config{Rules: book, Filings: m.filings, Hasher: keyring().Hasher()}
}

func (m *machine) deposit(guarantor string, fen int64) []*clearance.Decision {
	return m.command(clearance.Deposit, clearance.DepositBody{Guarantor: guarantor, Amount: fen}.Encode())
}

// command applies a command now.
func (m *machine) command(k clearance.CommandKind, body []byte) []*clearance.Decision {
	m.Helper()
	input, _ := m.engine.Last()
	c := clearance.Command{Kind: k, At: m.now.UnixMicro(), Body: body}
	if err := m.engine.Command(input+1, c); err != nil {
		m.Fatal(err)
	}
	m.history = append(m.history, step{input: input + 1, at: m.now, cmd: &c})
	if k == clearance.SwitchPacks {
		m.extract.Rules = m.engine.Rules()
	}
	return m.take()
}

// verdict is an officer's word on a parcel.
func (m *machine) verdict(number uint64, status uint16) []*clearance.Decision {
	m.Helper()
	return m.command(clearance.Verdict, clearance.VerdictBody{Number: number, Status: status, Officer: "o1", Reason: "核查"}.Encode())
}

// send takes documents in, each in a message of its own, a second apart.
func (m *machine) send(docs ...*traffic.Document) (out []*clearance.Decision) {
	m.Helper()
	for _, d := range docs {
		m.now = m.now.Add(time.Second)
		out = append(out, m.raw(message(d))...)
	}
	return out
}

// raw takes a message in.
func (m *machine) raw(b []byte) (out []*clearance.Decision) {
	m.Helper()
	msg, err := ceb.Decode(b)
	if err != nil {
		m.Fatalf("%v in\n%s", err, b)
	}
	docs := m.extract.Docs(msg, m.now.UnixMicro(), nil)
	input, _ := m.engine.Last()
	m.history = append(m.history, step{input: input + 1, at: m.now, raw: b})
	for i := range docs {
		input++
		m.engine.Document(input, &docs[i])
		out = append(out, m.take()...)
	}
	return out
}

func (m *machine) take() []*clearance.Decision {
	out := m.engine.Take()
	m.log = append(m.log, out...)
	for _, d := range out {
		if d.Number != 0 {
			m.state[d.Parcel], m.number[d.Parcel] = d.To, d.Number
		}
		if d.InvtNo != "" {
			m.invtNo[d.Parcel] = d.InvtNo
		}
		if d.Number != 0 && d.Subject != "" {
			m.keys[d.Subject] = d.Parcel
		}
	}
	return out
}

// stateOf is the state of a parcel by the decisions so far.
func (m *machine) stateOf(p *traffic.Parcel) clearance.State { return m.state[m.keys[p.OrderNo]] }

func (m *machine) numberOf(p *traffic.Parcel) uint64 { return m.number[m.keys[p.OrderNo]] }

// want fails unless the parcel stands where it should.
func (m *machine) want(p *traffic.Parcel, s clearance.State) {
	m.Helper()
	if got := m.stateOf(p); got != s {
		m.Fatalf("parcel %s is %v, want %v; last: %s", p.OrderNo, got, s, story(m.log[max(0, len(m.log)-4):]))
	}
}

// story writes decisions in one line each, for messages of failed tests.
func story(ds []*clearance.Decision) string {
	var b strings.Builder
	for _, d := range ds {
		fmt.Fprintf(&b, "\n  %d %v %v %v→%v %d", d.Seq, d.What, d.Kind, d.From, d.To, d.Status)
		for _, r := range d.Reasons {
			fmt.Fprintf(&b, " %s %s", r.Code, r.Chinese())
		}
	}
	return b.String()
}

// allowance is what stands on a person's account of a year, in fen.
func (m *machine) allowance(id string, year int) (posted, pending int64) {
	person := clearance.PersonKey(keyring().Hasher(), id)
	return m.engine.Book().Balance(ledger.Account(keyring().Hasher().Key('a', person[:], fmt.Append(nil, year))))
}

// grams is what stands on a person's weight counter.
func (m *machine) grams(id, group string, year int) (posted, pending int64) {
	person := clearance.PersonKey(keyring().Hasher(), id)
	return m.engine.Book().Balance(ledger.Account(keyring().Hasher().Key('g', person[:], []byte(group), fmt.Append(nil, year))))
}

func (m *machine) guarantee(code string) (posted, pending int64) {
	return m.engine.Book().Balance(ledger.Account(keyring().Hasher().Key('d', []byte(code))))
}

// codes are the reasons of decisions, in order.
func codes(ds []*clearance.Decision) (out []string) {
	for _, d := range ds {
		for _, r := range d.Reasons {
			out = append(out, r.Code)
		}
	}
	return out
}

// statuses are the rungs of the decisions' receipts of a kind.
func statuses(ds []*clearance.Decision, kind ceb.Kind) (out []int) {
	for _, d := range ds {
		for _, r := range d.Receipts {
			for _, g := range r.Rungs {
				if r.Kind == kind {
					out = append(out, int(g.Status))
				}
			}
		}
	}
	return out
}

// what picks the decisions of a kind.
func what(ds []*clearance.Decision, w clearance.What) (out []*clearance.Decision) {
	for _, d := range ds {
		if d.What == w {
			out = append(out, d)
		}
	}
	return out
}

var gens sync.Map // of the options: func() *traffic.Gen

// generator shares generators between tests: they are immutable and dear.
func generator(t testing.TB, s setup) *traffic.Gen {
	t.Helper()
	var shares []traffic.Share
	for _, m := range s.modes {
		shares = append(shares, traffic.Share{Mode: m, Weight: 4})
	}
	make, _ := gens.LoadOrStore(fmt.Sprint(s.modes, s.day, s.seed), sync.OnceValues(func() (*traffic.Gen, error) {
		return traffic.New(traffic.Options{Seed: 1 + s.seed, Day: s.day, Block: 1, Baskets: 16, Modes: shares})
	}))
	g, err := make.(func() (*traffic.Gen, error))()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

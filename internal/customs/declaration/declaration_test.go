package declaration_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

var migrations = append(declaration.Migrations(), audit.Migration)

// rules are a small pack: some countries and currencies, and a rate of the US
// dollar that changes in June.
var rules = sync.OnceValues(func() (*pack.Set, error) {
	p, err := pack.LoadFS(fstest.MapFS{
		"small/pack.yaml": {Data: []byte("format: 2\nname: small\ntitle: {zh: 小, en: small}\nversion: \"2026.1\"\ndescription: {zh: 测试, en: test}\nsources: [{id: design, document: 测试, read: 测试}]\n")},
		"small/tables.yaml": {Data: []byte(`tables:
  - name: code_country
    file: tables/country.csv
    title: {zh: 国别, en: countries}
    key: [code]
    overlay: rows
    source: {ref: design}
    mark: design
    columns: [{name: code, type: text}]
  - name: code_currency
    file: tables/currency.csv
    title: {zh: 币制, en: currencies}
    key: [code]
    overlay: rows
    source: {ref: design}
    mark: design
    columns: [{name: code, type: text}, {name: iso, type: text}, {name: name_zh, type: text}]
  - name: exchange_rates
    file: tables/rates.csv
    title: {zh: 汇率, en: rates}
    key: [currency]
    overlay: rows
    dated: true
    source: {ref: design}
    mark: design
    columns: [{name: currency, type: text}, {name: yuan, type: rate}]
`)},
		"small/tables/country.csv":  {Data: []byte("code\n502\n116\n")},
		"small/tables/currency.csv": {Data: []byte("code,iso,name_zh\n142,CNY,人民币\n502,USD,美元\n116,JPY,日本元\n")},
		"small/tables/rates.csv":    {Data: []byte("currency,yuan,valid_from,valid_to\n502,7.1,2026-01-01,2026-05-31\n502,7.0555,2026-06-01,\n")},
	}, "small")
	if err != nil {
		return nil, err
	}
	return pack.NewSet(p)
})

// chain keeps what was entered.
type chain struct {
	mu   sync.Mutex
	acts []string
}

func (c *chain) Write(_ context.Context, _ *store.Tx, e audit.Entry) error {
	return c.Record(context.Background(), e)
}

func (c *chain) Record(_ context.Context, e audit.Entry) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acts = append(c.acts, e.Act+" "+string(e.Outcome))
	return nil
}

const (
	mine  = "410796D123"
	other = "410796D048"
	known = "461620261000000099"
)

func open(t *testing.T, st *store.Store) (*declaration.Service, *chain) {
	t.Helper()
	set, err := rules()
	if err != nil {
		t.Fatal(err)
	}
	c := &chain{}
	at := clock.NewFixed(time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC))
	return declaration.New(declaration.Config{DB: st.Services, Audit: c, Clock: at, Random: rand.Reader, Rules: func() *pack.Set { return set },
		Known: func(_ context.Context, number string) (bool, error) { return number == known, nil }}), c
}

func office(t *testing.T) context.Context {
	return access.With(t.Context(), &access.Principal{ID: "u_admin", Roles: []access.Role{access.Admin}})
}

func clerk(t *testing.T) context.Context {
	return access.With(t.Context(), &access.Principal{ID: "u_clerk", Org: "o_1", Roles: []access.Role{access.Clerk}, Codes: []string{mine}})
}

func number(n int) string { return fmt.Sprintf("46162026%d%09d", 0, n) }

func row(n int, value string) declaration.Row {
	return declaration.Row{Number: number(n), Day: "2026-03-05", Mode: "9710", Country: "502", Enterprise: mine, Value: value, Status: "结关"}
}

func years(t *testing.T, s *declaration.Service) declaration.Annual {
	t.Helper()
	got, err := s.Years(t.Context(), mine)
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.AllYears(t.Context())
	if err != nil || all[mine][2026] != got[2026] {
		t.Errorf("%+v, all %+v, %v", got, all, err)
	}
	return got[2026]
}

// What an office files counts at once; the same declaration twice counts once; a
// later version replaces the one before, which stays to be seen.
func TestOneDeclarationCountsOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s, c := open(t, st)
		ctx := office(t)
		for _, rows := range [][]declaration.Row{{row(1, "100.00"), row(2, "50.5")}, {row(1, "100.00")}, {row(1, "80")}} {
			if _, err := s.List(ctx, "api", rows); err != nil {
				t.Fatal(err)
			}
		}
		if got := years(t, s); got.Exports != 13050 || got.Count != 2 || got.Aside != 0 {
			t.Errorf("%+v", got)
		}
		versions, err := s.Find(ctx, declaration.Filter{Number: number(1)})
		current := 0
		for _, v := range versions {
			if v.State == declaration.Current {
				current++
				if v.Value != 8000 {
					t.Errorf("%+v", v)
				}
			}
		}
		if err != nil || len(versions) != 3 || current != 1 {
			t.Errorf("%+v, %v", versions, err)
		}
		if want := "declaration.file done"; c.acts[0] != want {
			t.Errorf("%v", c.acts)
		}
	}, migrations...)
}

// A summary of lists, a declaration whose number is a parcel's, goods into bonded
// storage, another mode without an order and what is not released stand apart and
// do not count.
func TestWhatStandsApart(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t, migrations...)
	s, _ := open(t, st)
	edit := func(n int, f func(*declaration.Row)) declaration.Row {
		r := row(n, "1000")
		f(&r)
		return r
	}
	rows := []declaration.Row{
		row(1, "7"),
		edit(2, func(r *declaration.Row) { r.Kind = "汇总" }),
		edit(3, func(r *declaration.Row) { r.Number = known }),
		edit(4, func(r *declaration.Row) { r.Mode, r.Number = "1210", "461620261000000004" }),
		edit(5, func(r *declaration.Row) { r.Mode = "0110" }),
		edit(6, func(r *declaration.Row) { r.Status = "申报" }),
		edit(7, func(r *declaration.Row) { r.Status = "cancelled" }),
		edit(8, func(r *declaration.Row) { r.Mode, r.Order, r.Value = "0110", "XO1", "3" }),
	}
	b, err := s.List(office(t), "api", rows)
	if err != nil {
		t.Fatal(err)
	}
	if got := years(t, s); got.Exports != 1000 || got.Imports != 0 || got.Count != 2 || got.Aside != 6 {
		t.Errorf("%+v", got)
	}
	list, err := s.Find(office(t), declaration.Filter{Batch: b.ID, Limit: 100})
	got := map[string]declaration.Aside{}
	for _, d := range list {
		got[d.Number] = d.Aside
	}
	want := map[string]declaration.Aside{number(1): "", number(2): declaration.IsSummary, known: declaration.KnownHere, "461620261000000004": declaration.IntoBonded,
		number(5): declaration.NotCBEC, number(6): declaration.NotReleased, number(7): declaration.NotReleased, number(8): ""}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v\nwant %v, %v", got, want, err)
	}
}

// Bad rows refuse the file whole, each with its row; nothing of it stays.
func TestBadRowsRefuseTheFile(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s, _ := open(t, st)
		head := "报关单号,申报日期,监管方式,运抵国,境内收发货人,金额,币制,状态\n"
		good := number(1) + ",2026-03-05,9710,502," + mine + ",100,CNY,放行\n"
		for name, c := range map[string]struct {
			file, want string
		}{
			"a short number":     {head + good + "123,2026-03-05,9710,502," + mine + ",1,,放行\n", "row 3 number"},
			"a day to come":      {head + number(2) + ",2026-11-23,9710,502," + mine + ",1,,放行\n", "row 2 date"},
			"no such country":    {head + number(2) + ",2026-11-22,9710,999," + mine + ",1,,放行\n", "row 2 country"},
			"no rate":            {head + number(2) + ",2026-11-22,9710,502," + mine + ",1,JPY,放行\n", "no rate of currency 116"},
			"no such currency":   {head + number(2) + ",2026-11-22,9710,502," + mine + ",1,XXX,放行\n", "row 2 currency"},
			"a negative value":   {head + number(2) + ",2026-11-22,9710,502," + mine + ",-1,,放行\n", "row 2 value"},
			"an unknown state":   {head + number(2) + ",2026-11-22,9710,502," + mine + ",1,,到港\n", "row 2 status"},
			"a number twice":     {head + good + good, "that of row 2"},
			"a missing column":   {"报关单号,金额\n" + number(1) + ",1\n", "row 1 date"},
			"no rows":            {head, "no rows"},
			"a broken quote":     {head + "\"" + good, "not well formed"},
			"another encoding":   {head + "\xc4\xe3\n", "not UTF-8"},
			"imports as exports": {"number,direction,date,mode,country,enterprise,value,status\n" + number(3) + ",import,2026-03-05,9710,502," + mine + ",1,released\n", "digit 9"},
			"no spreadsheet":     {"PK\x03\x04 nothing", "not an XLSX"},
			"another's":          {head + strings.ReplaceAll(good, mine, other), "one's own"},
		} {
			ctx := office(t)
			if name == "another's" {
				ctx = clerk(t)
			}
			_, err := s.File(ctx, "f.csv", []byte(c.file))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", name, err)
			}
			var faults *declaration.Faults
			if !errors.As(err, &faults) && name != "no spreadsheet" {
				t.Errorf("%s: %T", name, err)
			}
		}
		var rows, files int
		if err := st.Services.Read().QueryRowContext(t.Context(), `select (select count(*) from declaration_rows), (select count(*) from declaration_batches)`).Scan(&rows, &files); err != nil || rows != 0 || files != 0 {
			t.Errorf("%d rows and %d files are left, %v", rows, files, err)
		}
		if _, err := s.File(office(t), "f.csv", []byte("\ufeff"+head+good)); err != nil {
			t.Error(err)
		}
	}, migrations...)
}

// A foreign currency counts in yuan at the rate of the day of declaration, rounded
// once, half up.
func TestRates(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t, migrations...)
	s, _ := open(t, st)
	may, june := row(1, "100.01"), row(2, "100.01")
	may.Currency, june.Currency = "USD", "美元"
	june.Day = "2026-06-01"
	if _, err := s.List(office(t), "api", []declaration.Row{may, june}); err != nil {
		t.Fatal(err)
	}
	list, err := s.Find(office(t), declaration.Filter{})
	if err != nil || len(list) != 2 || list[1].Value != 71007 || list[0].Value != 70562 || list[0].Original.String() != "100.01" {
		t.Errorf("%+v, %v", list, err)
	}
}

// A day may stand as a spreadsheet keeps it.
func TestDaysOfSpreadsheets(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t, migrations...)
	s, _ := open(t, st)
	r := row(1, "1")
	r.Day = "46086"
	if _, err := s.List(office(t), "api", []declaration.Row{r}); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Find(office(t), declaration.Filter{}); err != nil || len(list) != 1 || list[0].Day != 20260305 {
		t.Errorf("%+v, %v", list, err)
	}
}

// A large file is taken by pieces; one bad row at its end leaves nothing.
func TestLargeFile(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t, migrations...)
	s, _ := open(t, st)
	var b strings.Builder
	b.WriteString("number,date,mode,country,enterprise,value,status\n")
	for n := range 5000 {
		fmt.Fprintf(&b, "%s,2026-03-05,9810,502,%s,10,released\n", number(n), mine)
	}
	if _, err := s.File(office(t), "f.csv", []byte(b.String()+"x,,,,,,\n")); err == nil {
		t.Fatal("a bad row at the end was taken")
	}
	if got := years(t, s); got != (declaration.Annual{}) {
		t.Errorf("%+v", got)
	}
	if _, err := s.File(office(t), "f.csv", []byte(b.String())); err != nil {
		t.Fatal(err)
	}
	if got := years(t, s); got.Exports != 5000*1000 || got.Count != 5000 {
		t.Errorf("%+v", got)
	}
	seen := map[string]bool{}
	for before := ""; ; {
		page, err := s.Find(office(t), declaration.Filter{Enterprise: mine, Year: 2026, Before: before, Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, d := range page {
			seen[d.Number] = true
		}
		before = page[len(page)-1].Cursor()
	}
	if len(seen) != 5000 {
		t.Errorf("the pages show %d", len(seen))
	}
}

// What an enterprise files waits for review: approved it counts, refused it never
// does; a file that came in later and was accepted sooner stands.
func TestAnEnterprisesFileWaits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s, _ := open(t, st)
		effects := s.Effects()
		do := func(ctx context.Context, effect, batch, org string) error {
			m := &matter.Matter{Number: "PZ1", Org: org, Form: map[string]any{"batch": batch}}
			return st.Services.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return effects[effect](ctx, tx, m, nil) })
		}
		first, err := s.List(clerk(t), "api", []declaration.Row{row(1, "100"), row(2, "5")})
		if err != nil || first.State != declaration.Waiting {
			t.Fatalf("%+v, %v", first, err)
		}
		if got := years(t, s); got.Count != 0 {
			t.Errorf("it counts before review: %+v", got)
		}
		if err := do(clerk(t), "declarations-check", first.ID, "o_2"); err == nil {
			t.Error("another organisation hands it in")
		}
		for _, effect := range []string{"declarations-check", "declarations-accept"} {
			if err := do(office(t), effect, first.ID, "o_1"); err != nil {
				t.Fatal(effect, err)
			}
		}
		if got := years(t, s); got.Exports != 10500 {
			t.Errorf("%+v", got)
		}
		second, err := s.List(clerk(t), "api", []declaration.Row{row(1, "90")})
		if err != nil {
			t.Fatal(err)
		}
		if err := do(office(t), "declarations-refuse", second.ID, "o_1"); err != nil {
			t.Fatal(err)
		}
		if err := do(office(t), "declarations-accept", second.ID, "o_1"); err == nil {
			t.Error("a refused file is accepted")
		}
		if got := years(t, s); got.Exports != 10500 {
			t.Errorf("%+v", got)
		}
		if err := s.Withdraw(clerk(t), first.ID); err != nil {
			t.Fatal(err)
		}
		if got := years(t, s); got.Count != 0 {
			t.Errorf("%+v", got)
		}
	}, migrations...)
}

// Two enterprises file the same number while neither file counts: the one that is
// reviewed second does not take it from the first.
func TestANumberIsNotTakenFromAnotherInReview(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s, _ := open(t, st)
		accept := func(batch, org string) error {
			m := &matter.Matter{Number: "PZ-" + org, Org: org, Form: map[string]any{"batch": batch}}
			return st.Services.Write(office(t), func(ctx context.Context, tx *store.Tx) error {
				return s.Effects()["declarations-accept"](ctx, tx, m, nil)
			})
		}
		first, err := s.List(clerk(t), "api", []declaration.Row{row(1, "100")})
		if err != nil {
			t.Fatal(err)
		}
		foreign := row(1, "7")
		foreign.Enterprise = other
		second, err := s.List(access.With(t.Context(), &access.Principal{ID: "u_2", Org: "o_2", Roles: []access.Role{access.Clerk}, Codes: []string{other}}), "api", []declaration.Row{foreign})
		if err != nil {
			t.Fatal(err)
		}
		if err := accept(first.ID, "o_1"); err != nil {
			t.Fatal(err)
		}
		var bad matter.Problems
		if err := accept(second.ID, "o_2"); !errors.As(err, &bad) || bad[0].Code != "foreign" {
			t.Errorf("the second is accepted: %v", err)
		}
		if got := years(t, s); got.Exports != 10000 {
			t.Errorf("%+v", got)
		}
	}, migrations...)
}

// An agent whose mandate is narrowed to kinds of messages neither files nor reads
// declarations of the client.
func TestANarrowedMandateFilesNoDeclarations(t *testing.T) {
	t.Parallel()
	s, _ := open(t, storetest.SQLite(t, migrations...))
	agent := func(kinds ...string) context.Context {
		return access.With(t.Context(), &access.Principal{ID: "u_9", Org: "o_9", Roles: []access.Role{access.Clerk}, Mandates: []access.Mandate{{Client: mine, Codes: []string{mine}, Kinds: kinds}}})
	}
	if _, err := s.List(agent("CEB621"), "api", []declaration.Row{row(1, "1")}); err == nil {
		t.Error("it files for the client")
	}
	if _, err := s.List(office(t), "api", []declaration.Row{row(1, "1")}); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Find(agent("CEB621"), declaration.Filter{}); err != nil || len(list) != 0 {
		t.Errorf("it reads %d, %v", len(list), err)
	}
	if list, err := s.Find(agent(), declaration.Filter{}); err != nil || len(list) != 1 {
		t.Errorf("a whole mandate reads %d, %v", len(list), err)
	}
}

// A stranger sees neither files nor declarations, and files nothing.
func TestStrangers(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t, migrations...)
	s, c := open(t, st)
	b, err := s.List(clerk(t), "api", []declaration.Row{row(1, "100")})
	if err != nil {
		t.Fatal(err)
	}
	stranger := access.With(t.Context(), &access.Principal{ID: "u_x", Org: "o_2", Roles: []access.Role{access.Manager}, Codes: []string{other}})
	if _, err := s.Batch(stranger, b.ID); !errors.Is(err, declaration.ErrNotFound) {
		t.Error(err)
	}
	if err := s.Withdraw(stranger, b.ID); !errors.Is(err, declaration.ErrNotFound) {
		t.Error(err)
	}
	if list, err := s.Find(stranger, declaration.Filter{Batch: b.ID}); err != nil || len(list) != 0 {
		t.Error(list, err)
	}
	if list, err := s.Batches(stranger, 10); err != nil || len(list) != 0 {
		t.Error(list, err)
	}
	bank := access.With(t.Context(), &access.Principal{ID: "u_b", Org: "o_3", Roles: []access.Role{access.Bank}})
	if _, err := s.List(bank, "api", []declaration.Row{row(2, "1")}); !errors.Is(err, declaration.ErrDenied) {
		t.Error(err)
	}
	if last := c.acts[len(c.acts)-1]; last != "declaration.file denied" {
		t.Error(c.acts)
	}
	// A declaration that stands under another enterprise is not replaced by one's own.
	if _, err := s.List(office(t), "api", []declaration.Row{row(9, "100")}); err != nil {
		t.Fatal(err)
	}
	theirs := row(9, "1")
	theirs.Enterprise = other
	if _, err := s.List(stranger, "api", []declaration.Row{theirs}); err == nil || !strings.Contains(err.Error(), "another enterprise") {
		t.Error(err)
	}
}

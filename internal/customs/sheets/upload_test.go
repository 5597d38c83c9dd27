package sheets_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"pilotzone/ceb"
	"pilotzone/internal/customs/sheets"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/job"
)

// upload uploads a file and waits for what became of it.
func upload(t *testing.T, z *zonetest.Zone, p *access.Principal, name string, data []byte, policy sheets.Policy) (job.Job, *sheets.Summary) {
	t.Helper()
	j, err := z.Uploads.Upload(t.Context(), p, name, data, policy)
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); !j.State.Over(); time.Sleep(5 * time.Millisecond) {
		if j, err = z.Jobs.Get(t.Context(), j.ID); err != nil || time.Now().After(end) {
			t.Fatal(err, j)
		}
	}
	if j, err = z.Jobs.Get(t.Context(), j.ID); err != nil || j.State != job.Done {
		t.Fatalf("%v %+v", err, j)
	}
	return j, sheets.SummaryOf(j)
}

func clerk(codes ...string) *access.Principal {
	return &access.Principal{ID: "p1", Org: "o1", Roles: []access.Role{access.Clerk}, Codes: codes}
}

// documents are those of a kind of the zone's traffic, with the codes of who
// sends them.
func documents(g *traffic.Gen, k ceb.Kind, n int) (docs []*traffic.Document, codes []string) {
	field := map[ceb.Kind]string{311: "ebpCode", 411: "payCode", 511: "logisticsCode", 621: "agentCode"}[k]
	for i := range uint64(n) {
		for _, d := range g.Parcel(i).Documents() {
			if d.Kind == k {
				docs, codes = append(docs, d), append(codes, d.Get(field))
			}
		}
	}
	return docs, codes
}

// TestUploadedRowsAreCleared: four sheets of one trade, uploaded by those who
// send them, release the parcels; the same file again is a repetition.
func TestUploadedRowsAreCleared(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	var last []byte
	var who *access.Principal
	for _, k := range zonetest.Kinds {
		docs, codes := documents(z.Gen, k, 25)
		last, who = fill(t, template(t, k.String()[3:6]), docs...), clerk(codes...)
		_, sum := upload(t, z, who, "月末 13800138000.xlsx", last, sheets.AllOrNone)
		if sum.Sent != 25 || sum.Accepted != 25 || sum.Faulty != 0 {
			t.Fatalf("%s: %+v", k, sum)
		}
	}
	j, sum := upload(t, z, who, "月末 13800138000.xlsx", last, sheets.AllOrNone)
	if sum.Accepted != 25 || strings.Contains(j.Title, "13800138000") {
		t.Errorf("again: %q %+v", j.Title, sum)
	}
	data, err := z.Jobs.File(t.Context(), j.ID, sheets.ReceiptsFile)
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil || len(rows) != 26 || rows[1][2] != "repeated" || rows[1][3] != "800" || rows[1][4] != "released" {
		t.Errorf("%v %q", err, rows[:2])
	}
}

// TestPolicies: with a bad row, all or none sends nothing, the good rows are sent
// when asked for, a check sends nothing, and a sandbox key sends nothing ever.
func TestPolicies(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	docs, codes := documents(z.Gen, 411, 10)
	data := fill(t, template(t, "411"), docs...)
	data = set(t, data, column(t, data, "payerIdNumber", 5), "110105194912310021")
	sandbox := clerk(codes...)
	sandbox.Sandbox = true
	for _, c := range []struct {
		who    *access.Principal
		policy sheets.Policy
		sent   int
	}{{clerk(codes...), sheets.OnlyCheck, 0}, {clerk(codes...), sheets.AllOrNone, 0}, {sandbox, sheets.GoodRows, 0}, {clerk(codes...), sheets.GoodRows, 9}} {
		j, sum := upload(t, z, c.who, "f.xlsx", data, c.policy)
		if sum.Sent != c.sent || sum.Good != 9 || sum.Faulty != 1 || sum.Defects != 1 || sum.First[0].Code != "1300" {
			t.Errorf("%s: %+v", c.policy, sum)
		}
		if names, err := z.Jobs.Files(t.Context(), j.ID); err != nil || !slices.Contains(names, sheets.ErrorsFile) {
			t.Errorf("%s: files %v, %v", c.policy, names, err)
		}
	}
}

// TestNobodySendsForOthers: rows of enterprises for which the caller may not
// send are refused at their cells; a mandate for the kind opens them.
func TestNobodySendsForOthers(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	docs, codes := documents(z.Gen, 411, 4)
	data := fill(t, template(t, "411"), docs...)
	_, sum := upload(t, z, clerk("9999999999"), "f.xlsx", data, sheets.GoodRows)
	if sum.Sent != 0 || sum.Faulty != 4 || sum.First[0].Code != sheets.CodeRight || sum.First[0].Cell != column(t, data, "payCode", 4) {
		t.Errorf("%+v", sum)
	}
	denied, _, err := z.Audit.List(t.Context(), audit.Filter{Actor: "p1", Act: "message.send", Outcome: audit.Denied}, "", 10)
	if err != nil || len(denied) != 1 || denied[0].Org != "o1" || !strings.Contains(denied[0].Detail, "documents=4") {
		t.Errorf("the chain of acts has %+v, %v", denied, err)
	}
	agent := clerk("9999999999")
	agent.Mandates = []access.Mandate{{Codes: codes, Kinds: []string{"CEB411Message"}}}
	if _, sum = upload(t, z, agent, "f.xlsx", data, sheets.GoodRows); sum.Sent != 4 {
		t.Errorf("by mandate: %+v", sum)
	}
	message := zonetest.Message(t, z.Gen, 311, 0, 2)
	if _, sum = upload(t, z, clerk("9999999999"), "f.xml", message, sheets.GoodRows); sum.Sent != 0 || sum.First[0].Code != sheets.CodeRight {
		t.Errorf("message: %+v", sum)
	}
}

// TestMessagesAreUploaded: several messages in one file; one that is broken does
// not stop the others.
func TestMessagesAreUploaded(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	var data []byte
	var codes []string
	for _, k := range zonetest.Kinds {
		data = append(data, zonetest.Message(t, z.Gen, k, 0, 3)...)
		_, c := documents(z.Gen, k, 3)
		codes = append(codes, c...)
	}
	data = append(data, []byte("<?xml version=\"1.0\"?>\n<broken")...)
	_, sum := upload(t, z, clerk(codes...), "f.xml", data, sheets.GoodRows)
	if sum.Sent != 12 || sum.Accepted != 12 || sum.Defects != 1 || sum.Faulty != 1 {
		t.Errorf("%+v", sum)
	}
	if _, sum = upload(t, z, clerk(codes...), "f.xml", data, sheets.AllOrNone); sum.Sent != 0 {
		t.Errorf("%+v", sum)
	}
	var bad *sheets.Unreadable
	for _, data := range [][]byte{nil, []byte("hello"), make([]byte, sheets.MaxUpload+1)} {
		if _, err := z.Uploads.Upload(t.Context(), clerk(), "f", data, sheets.GoodRows); !errors.As(err, &bad) {
			t.Errorf("%d bytes: %v", len(data), err)
		}
	}
	if _, sum = upload(t, z, clerk(codes...), "f.zip", []byte("PK\x03\x04nothing"), sheets.GoodRows); sum.Unread == nil {
		t.Errorf("%+v", sum)
	}
}

// TestSimpleSheetGivesAllDocuments: one row of the simple sheet becomes order,
// payment, waybill and list, and the parcel is released.
func TestSimpleSheetGivesAllDocuments(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	p := z.Gen.Parcel(0)
	one := &traffic.Document{Kind: 621}
	add := func(to *[]traffic.Field, fs []traffic.Field) {
		for _, f := range fs {
			if !slices.ContainsFunc(*to, func(x traffic.Field) bool { return x.Name == f.Name }) && f.Value != "" {
				*to = append(*to, f)
			}
		}
	}
	for _, d := range []*traffic.Document{&p.Order, &p.List, p.Payment, &p.Waybill} {
		add(&one.Head, d.Head)
	}
	for i := range p.List.Lines {
		var l []traffic.Field
		add(&l, p.Order.Lines[i])
		add(&l, p.List.Lines[i])
		one.Lines = append(one.Lines, l)
	}
	who := clerk(p.Order.Get("ebpCode"), p.Payment.Get("payCode"), p.Waybill.Get("logisticsCode"), p.List.Get("agentCode"))
	j, sum := upload(t, z, who, "f.xlsx", fill(t, template(t, "import"), one), sheets.AllOrNone)
	if sum.Sent != 4 || sum.Accepted != 4 {
		t.Fatalf("%+v", sum)
	}
	data, err := z.Jobs.File(t.Context(), j.ID, sheets.ReceiptsFile)
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil || len(rows) != 5 || rows[4][4] != "released" {
		t.Errorf("%v %q", err, rows)
	}
}

package disclose_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/customs/disclose"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

type stage struct {
	*disclose.Service
	log    *audit.Log
	parcel *lookup.Parcel
	docs   []lookup.Document
}

func open(t *testing.T) *stage {
	t.Helper()
	st := storetest.SQLite(t, append([]store.Migration{journal.Migration(), audit.Migration}, lookup.Migrations()...)...)
	core := coretest.Open(t, st)
	core.Deposit(t, 1_000_000)
	core.Send(t, coretest.Parcel(1)...)
	index := lookup.New(lookup.Config{Store: st, Core: core.Reader(), Clock: core.Clock})
	if err := index.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	found, err := index.Find(t.Context(), coretest.OrderNo(1))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	docs, err := index.Documents(t.Context(), found[0].Number)
	if err != nil || len(docs) < 4 {
		t.Fatalf("%v, %v", docs, err)
	}
	ring, err := keys.New(keys.AES256GCM, core.Clock.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	log := audit.New(audit.Config{DB: st.Services, Clock: core.Clock, Keys: ring})
	return &stage{log: log, parcel: &found[0], docs: docs, Service: &disclose.Service{Index: index, Documents: core.Reader(), DB: st.Services, Audit: log}}
}

// order is the input number of the order.
func (s *stage) order(t *testing.T) uint64 {
	t.Helper()
	for _, d := range s.docs {
		if d.Kind == 311 {
			return d.Input
		}
	}
	t.Fatal("no order")
	return 0
}

func (s *stage) entries(t *testing.T) []audit.Record {
	t.Helper()
	list, _, err := s.log.List(t.Context(), audit.Filter{}, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestWhoMayReadPersonalDataInClear(t *testing.T) {
	t.Parallel()
	s := open(t)
	role := func(r access.Role, codes ...string) *access.Principal {
		return &access.Principal{ID: string(r), Org: "o", Roles: []access.Role{r}, Codes: codes}
	}
	tests := []struct {
		name string
		who  *access.Principal
		want error
	}{
		{"a visitor", nil, disclose.ErrDenied},
		{"a clerk of the merchant", role(access.Clerk, s.parcel.Merchant), disclose.ErrDenied},
		{"the merchant's manager", role(access.Manager, s.parcel.Merchant), nil},
		{"the agent's manager", role(access.Manager, s.parcel.Agent), nil},
		{"a manager by mandate", &access.Principal{ID: "agent", Roles: []access.Role{access.Manager}, Mandates: []access.Mandate{{Codes: []string{s.parcel.Merchant}}}}, nil},
		{"another enterprise's manager", role(access.Manager, "91999"), lookup.ErrNotFound},
		{"a manager without codes", role(access.Manager), lookup.ErrNotFound},
		{"customs", role(access.Customs), nil},
		{"tax", role(access.Tax), disclose.ErrDenied},
		{"the administrator", role(access.Admin), disclose.ErrDenied},
		{"the auditor", role(access.Auditor), disclose.ErrDenied},
		{"a key that is limited to reading parcels", &access.Principal{ID: "key:1", Roles: []access.Role{access.Customs}, Limit: []access.Permission{access.ParcelRead}}, disclose.ErrDenied},
	}
	for _, tt := range tests {
		before := len(s.entries(t))
		got, err := s.Open(access.With(t.Context(), tt.who), disclose.Request{Parcel: s.parcel.Number, Input: s.order(t), Purpose: "inspection", Note: "查验单 2026-1"})
		if !errors.Is(err, tt.want) || (got != nil) != (tt.want == nil) {
			t.Errorf("%s: %v, %v; want %v", tt.name, got, err, tt.want)
		}
		list := s.entries(t)
		if len(list) != before+1 {
			t.Fatalf("%s: %d entries more, want 1", tt.name, len(list)-before)
		}
		outcome := audit.Done
		if tt.want != nil {
			outcome = audit.Denied
		}
		if e := list[0]; e.Outcome != outcome || e.Act != "personal.read" || e.Entry.Object != disclose.Object(s.parcel.Number) || e.Purpose != "inspection 查验单 2026-1" {
			t.Errorf("%s: entry %+v", tt.name, e)
		}
	}
}

func TestNothingIsGivenWithoutAPurpose(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := access.With(t.Context(), &access.Principal{ID: "officer", Roles: []access.Role{access.Customs}})
	for name, tt := range map[string]struct {
		r    disclose.Request
		want error
	}{
		"none":                    {disclose.Request{Note: "查验单 2026-1"}, disclose.ErrPurpose},
		"not listed":              {disclose.Request{Purpose: "curiosity", Note: "查验单 2026-1"}, disclose.ErrPurpose},
		"no note":                 {disclose.Request{Purpose: "law"}, disclose.ErrNote},
		"an empty note":           {disclose.Request{Purpose: "law", Note: " \n      "}, disclose.ErrNote},
		"too long":                {disclose.Request{Purpose: "law", Note: strings.Repeat("长", 201)}, disclose.ErrNote},
		"other parcel's document": {disclose.Request{Purpose: "law", Note: "查验单 2026-1", Input: 1 << 40}, lookup.ErrNotFound},
	} {
		tt.r.Parcel = s.parcel.Number
		if tt.r.Input == 0 {
			tt.r.Input = s.order(t)
		}
		if got, err := s.Open(ctx, tt.r); got != nil || !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if list := s.entries(t); len(list) != 0 {
		t.Errorf("%d entries of readings that did not take place", len(list))
	}
}

// brokenLog is a chain that cannot be written.
type brokenLog struct{ disclose.Log }

func (brokenLog) Write(context.Context, *store.Tx, audit.Entry) error { return errors.New("no space") }

func TestNothingIsGivenWhenItCannotBeEntered(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.Audit = brokenLog{s.log}
	ctx := access.With(t.Context(), &access.Principal{ID: "officer", Roles: []access.Role{access.Customs}})
	if got, err := s.Open(ctx, disclose.Request{Parcel: s.parcel.Number, Input: s.order(t), Purpose: "law", Note: "协查函 7"}); got != nil || err == nil {
		t.Errorf("%v, %v", got, err)
	}
}

func TestFieldsAndBytesInClear(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := access.With(t.Context(), &access.Principal{ID: "officer", Roles: []access.Role{access.Customs}})
	r := disclose.Request{Parcel: s.parcel.Number, Input: s.order(t), Purpose: "law", Note: "协查函 7"}
	got, err := s.Open(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	r.Raw = true
	raw, err := s.Open(ctx, r)
	if err != nil || len(raw.Fields) != 0 {
		t.Fatalf("%v, %v", raw, err)
	}
	masked, err := disclose.Mask(raw.Raw)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, f := range got.Fields {
		found[f.Element] = true
		if f.Clear == f.Masked || !bytes.Contains(raw.Raw, []byte(">"+f.Clear+"<")) || bytes.Contains(masked, []byte(f.Clear)) || !bytes.Contains(masked, []byte(f.Masked)) {
			t.Errorf("%+v", f)
		}
	}
	if !found["buyerIdNumber"] || !found["buyerName"] {
		t.Errorf("found %v", found)
	}
	for _, e := range s.entries(t) {
		for _, f := range got.Fields {
			if strings.Contains(e.Detail+e.Purpose, f.Clear) {
				t.Errorf("entry holds %s", f.Element)
			}
		}
	}
}

// What was masked is a document again, and masking it once more hides the same.
func FuzzMask(f *testing.F) {
	f.Add([]byte(`<Order><buyerName>张三</buyerName><!-- 张三 --><note><x>1</x></note></Order>`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		masked, err := disclose.Mask(raw)
		if err != nil {
			return
		}
		again, err := disclose.Mask(masked)
		if err != nil {
			t.Fatalf("masked document cannot be read: %v\n%s", err, masked)
		}
		if bytes.Count(again, []byte("<")) != bytes.Count(masked, []byte("<")) {
			t.Fatalf("from\n%s\nto\n%s", masked, again)
		}
	})
}

// TestPartLeavesOutOthersWaybills: an arrival is about the parcels of many; who
// did not send it sees the own line of it alone.
func TestPartLeavesOutOthersWaybills(t *testing.T) {
	t.Parallel()
	const line1, line2, line3 = "<c:ArrivalList><c:gnum>1</c:gnum><c:logisticsNo> W1 </c:logisticsNo></c:ArrivalList>", "<c:ArrivalList><c:logisticsNo>W2</c:logisticsNo></c:ArrivalList>", "<c:ArrivalList/>"
	const begin, end = "<c:Arrival><c:ArrivalHead><c:copNo>A</c:copNo></c:ArrivalHead>", "</c:Arrival>"
	clerk := &access.Principal{Roles: []access.Role{access.Clerk}, Codes: []string{"carrier"}}
	for _, v := range []struct {
		name, raw, sender, waybill, want string
		who                              *access.Principal
	}{
		{"a merchant", begin + line1 + line2 + line3 + end, "another", "W1", begin + line1 + end, clerk},
		{"of the second", begin + line1 + line2 + line3 + end, "another", "W2", begin + line2 + end, clerk},
		{"the sender", begin + line1 + line2 + end, "carrier", "W1", begin + line1 + line2 + end, clerk},
		{"customs", begin + line1 + line2 + end, "another", "W1", begin + line1 + line2 + end, &access.Principal{Roles: []access.Role{access.Customs}}},
		{"a waybill itself", "<c:Logistics><c:logisticsNo>W9</c:logisticsNo></c:Logistics>", "another", "W1", "<c:Logistics><c:logisticsNo>W9</c:logisticsNo></c:Logistics>", clerk},
		{"departures", "<D><DepartureList><logisticsNo>W2</logisticsNo></DepartureList></D>", "another", "W1", "<D></D>", clerk},
	} {
		got, err := disclose.Part(v.who, access.ParcelRead, []byte(v.raw), v.sender, v.waybill)
		if err != nil || string(got) != v.want {
			t.Errorf("%s: %s, %v; want %s", v.name, got, err, v.want)
		}
	}
}

package facetest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/store"
)

// world is a zone in which one enterprise has something of every kind.
type world struct {
	*stage
	ids   map[string]string // identifiers of its things, by what they are
	marks map[string]string // what must be seen by its owner and by no stranger
	named map[string]string // values of the wildcards of paths
}

// The callers: the owner, an enterprise that has no part in anything of it, and
// a consumer who is on none of its lists.
const (
	owner    = "owner"
	stranger = "stranger"
	nobody   = "nobody"
	buyer    = "buyer" // the consumer who is on the owner's list
)

func build(t *testing.T) *world {
	t.Helper()
	w := &world{stage: open(t), ids: map[string]string{}, marks: map[string]string{}, named: map[string]string{}}
	w.parcels()
	w.people()
	w.records()
	w.figures()
	w.desk()
	w.parks()
	w.cultivation()
	w.claims()
	w.directories()
	w.settle()
	return w
}

// parcels sends the documents of one parcel.
func (w *world) parcels() {
	w.t.Helper()
	for _, k := range zonetest.Kinds {
		if _, err := w.zone.Intake.Submit(w.t.Context(), zonetest.Message(w.t, w.zone.Gen, k, 0, 1)); err != nil {
			w.t.Fatal(err)
		}
	}
	p := w.zone.Gen.Parcel(0)
	head := func(k ceb.Kind, name string) string {
		for _, d := range p.Documents() {
			if d.Kind != k {
				continue
			}
			for _, f := range d.Head {
				if f.Name == name {
					return f.Value
				}
			}
		}
		w.t.Fatalf("%s has no %s", k, name)
		return ""
	}
	w.ids["merchant"] = head(621, "ebcCode")
	for name, at := range map[string]struct {
		kind ceb.Kind
		name string
	}{"order": {311, "orderNo"}, "waybill": {511, "logisticsNo"}, "own number": {621, "copNo"}} {
		w.ids[name] = head(at.kind, at.name)
		w.marks[name] = w.ids[name]
	}
	w.ids["parcel"] = "1"
	w.ids["identity"] = head(311, "buyerIdNumber")
}

// people makes the organisations and the callers.
func (w *world) people() {
	w.t.Helper()
	ctx := access.With(w.t.Context(), access.System())
	other := ""
	for _, e := range w.zone.Gen.Zone().Enterprises {
		if e.Kinds == traffic.Merchant && e.Code != w.ids["merchant"] {
			other = e.Code
		}
	}
	for as, v := range map[string]struct{ name, code string }{owner: {"业主有限公司", w.ids["merchant"]}, stranger: {"路人有限公司", other}} {
		org, err := w.zone.Accounts.AddOrg(ctx, access.Org{Kind: access.EnterpriseOrg, Name: v.name, Codes: []string{v.code}})
		if err != nil {
			w.t.Fatal(err)
		}
		id, _, err := w.zone.Accounts.AddPerson(ctx, access.Person{Org: org, Login: "login-of-" + as, Name: "人" + as, Roles: []access.Role{access.Clerk, access.Manager}})
		if err != nil {
			w.t.Fatal(err)
		}
		w.callers[as] = &access.Principal{ID: id, Name: as, Org: org, Codes: []string{v.code}, Roles: []access.Role{access.Clerk, access.Manager}, Strong: true}
	}
	w.ids["organisation"], w.ids["person"] = w.callers[owner].Org, w.callers[owner].ID
	w.marks["organisation's name"], w.marks["login"] = "业主有限公司", "login-of-owner"
	w.callers[buyer] = &access.Principal{ID: "u-buyer", Roles: []access.Role{access.Consumer}, Strong: true, Person: clearance.PersonKey(w.zone.Keys.Hasher(), w.ids["identity"])}
	w.callers[nobody] = &access.Principal{ID: "u-nobody", Roles: []access.Role{access.Consumer}, Strong: true, Person: keys.Key{1, 2, 3}}
}

// records makes one of each kind that the owner has beside parcels.
func (w *world) records() {
	w.t.Helper()
	ctx := access.With(w.t.Context(), w.callers[owner])
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	id, _, err := w.zone.Accounts.AddKey(ctx, access.APIKey{Org: w.ids["organisation"], Name: "钥匙甲", Codes: []string{w.ids["merchant"]}, Permissions: []access.Permission{access.ReceiptRead}})
	must(err)
	w.ids["key"], w.marks["key's name"] = id, "钥匙甲"
	e, _, err := w.zone.Notify.Add(ctx, notify.By(w.callers[owner]), notify.Endpoint{Owner: w.ids["organisation"], URL: "https://hooks.owner.example.cn/in", Codes: []string{w.ids["merchant"]}})
	must(err)
	n, err := w.zone.Notify.Test(ctx, notify.By(w.callers[owner]), e.ID)
	must(err)
	w.ids["webhook"], w.marks["webhook's address"], w.named["delivery"] = e.ID, "hooks.owner.example.cn", fmt.Sprint(n)
	must(w.zone.Store.Services.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return w.zone.Notify.Tell(ctx, tx, notify.Notice{Recipient: "code:" + w.ids["merchant"], Type: "x", Words: notify.Words{ZH: "业主的通知", EN: "a notice of the owner"}, Link: "/notices"})
	}))
	w.marks["notice"] = "业主的通知"
	must(w.zone.Saved.Save(ctx, w.ids["person"], "parcels", "业主的查询", "state=released"))
	w.marks["saved search"] = "业主的查询"
	must(w.zone.Audit.Record(ctx, audit.Entry{Actor: w.ids["person"], Org: w.ids["organisation"], Act: "personal.read", Object: "parcel:1", Outcome: audit.Done, Purpose: "业主核对"}))
	w.marks["act"] = "业主核对"
	started := w.post("/v1/matters", `{"definition":"subject-filing","form":{"name":"业主备案名称"}}`, "application/json")
	w.ids["matter"], w.marks["matter"] = fmt.Sprint(started["number"]), "业主备案名称"
	if number, ok := started["number"].(float64); ok {
		w.ids["matter"] = fmt.Sprintf("%.0f", number)
	}
	upload := w.post("/v1/uploads?name=owner-upload.xml&policy=check", string(zonetest.Message(w.t, w.zone.Gen, 311, 7, 1)), "application/octet-stream")
	w.ids["upload"], w.marks["upload"] = fmt.Sprint(upload["id"]), "owner-upload.xml"
	file := w.post("/v1/matters/"+w.ids["matter"]+"/documents?document=other&name=owner-paper.txt", "paper of the owner", "application/octet-stream")
	w.named["file"], w.marks["paper"] = fmt.Sprint(file["id"]), "owner-paper.txt"
}

// figures makes evidence, a declaration and a consent of the owner's, and figures
// that hang on its code.
func (w *world) figures() {
	w.t.Helper()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	office := access.With(w.t.Context(), &access.Principal{ID: "u-office", Roles: []access.Role{access.Admin}})
	e, err := w.zone.Facts.FileEvidence(office, fact.Entry{Subject: fact.Subject{Kind: fact.Enterprise, ID: w.ids["merchant"]}, Fact: "jobs_year", Year: 2025, Value: "4321", Document: "业主社保证明"})
	must(err)
	w.ids["evidence"], w.marks["evidence"], w.named["kind"] = e.ID, "业主社保证明", "enterprise"
	const number = "461620260000000031"
	b, err := w.zone.Declarations.List(office, "业主报关单", []declaration.Row{{Number: number, Day: "2026-10-01", Mode: "9710", Country: "502", Enterprise: w.ids["merchant"], Value: "77", Status: "closed"}})
	must(err)
	w.ids["declaration"], w.marks["declaration"], w.ids["file of declarations"] = number, number, b.ID
	park, err := w.zone.Accounts.AddOrg(access.With(w.t.Context(), access.System()), access.Org{Kind: access.ParkOrg, Name: "园区甲"})
	must(err)
	c, err := w.zone.Facts.Give(access.With(w.t.Context(), w.callers[owner]), w.ids["merchant"], park, "业主授权用途", 20261231)
	must(err)
	w.ids["consent"], w.marks["consent"] = c.ID, "业主授权用途"
}

// post does what the owner does, over the interface.
func (w *world) post(path, body, kind string) map[string]any {
	w.t.Helper()
	got := w.ask(request{as: owner, method: http.MethodPost, path: path, body: body, kind: kind})
	out := map[string]any{}
	if got.status >= 300 {
		w.t.Fatalf("POST %s: %d %.300s", path, got.status, got.body)
	}
	if err := json.Unmarshal([]byte(got.body), &out); err != nil {
		w.t.Fatalf("POST %s: %v %s", path, err, got.body)
	}
	return out
}

// settle waits until everything behind the core has caught up, and reads the
// numbers that the platform gave.
func (w *world) settle() {
	w.t.Helper()
	ctx := w.t.Context()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		at, err := w.zone.Lookup.Position(ctx)
		if err != nil {
			w.t.Fatal(err)
		}
		var bills []string
		if at == w.zone.Intake.Durable() {
			bills = w.bills()
		}
		uses := w.ask(request{as: buyer, method: http.MethodGet, path: "/v1/passport/uses"})
		if len(bills) > 0 && strings.Contains(uses.body, w.ids["order"]) {
			w.ids["tax bill"], w.marks["tax bill"] = bills[0], bills[0]
			break
		}
		if time.Now().After(end) {
			w.t.Fatal("no tax bill was made")
		}
	}
	p, decisions, err := w.zone.Lookup.Parcel(ctx, 1)
	if err != nil {
		w.t.Fatal(err)
	}
	w.ids["list"], w.marks["list"] = p.InvtNo, p.InvtNo
	for _, d := range decisions {
		if d.What == clearance.Decided {
			w.named["decision"], w.named["input"] = fmt.Sprint(d.Seq), fmt.Sprint(d.Input)
		}
	}
}

func (w *world) bills() (out []string) {
	got := w.ask(request{as: owner, method: http.MethodGet, path: "/v1/tax-bills"})
	var page struct {
		Bills []struct {
			TaxNo string `json:"tax_no"`
		}
	}
	if err := json.Unmarshal([]byte(got.body), &page); err != nil {
		w.t.Fatalf("%d %s", got.status, got.body)
	}
	for _, b := range page.Bills {
		out = append(out, b.TaxNo)
	}
	return out
}

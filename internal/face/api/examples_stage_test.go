package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/sheets"
	"pilotzone/internal/face/api"
	"pilotzone/internal/face/gate"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/job"
	"pilotzone/internal/kernel/pack"
)

// exampleStage is a zone with a parcel that is held, number 1, one that is
// released, number 2, and a caller of every role.
func exampleStage(t *testing.T) (*zonetest.Zone, *client, map[string]string) {
	t.Helper()
	z := zonetest.Open(t, nil)
	send := func(k, first int) {
		t.Helper()
		if _, err := z.Intake.Submit(t.Context(), zonetest.Message(t, z.Gen, zonetest.Kinds[k], uint64(first), 1)); err != nil {
			t.Fatal(err)
		}
	}
	for _, k := range []int{0, 2, 3} { // all but the payment
		send(k, 0)
	}
	if _, err := z.Intake.Command(t.Context(), clearance.Verdict, clearance.VerdictBody{Number: 1, Status: 500, Officer: "o", Reason: "布控"}.Encode()); err != nil {
		t.Fatal(err)
	}
	send(1, 0)
	for k := range zonetest.Kinds {
		send(k, 1)
	}
	order, list := document(t, z.Gen, 1, 311), document(t, z.Gen, 1, 621)
	values := map[string]string{"order": field(t, order, "orderNo"), "merchant": field(t, order, "ebcCode"), "identity": field(t, order, "buyerIdNumber"),
		"guarantor": z.Gen.Zone().Deposits[0].Guarantor, "held": "1", "released": "2", "carrier": field(t, list, "logisticsCode"), "agent": field(t, list, "agentCode"),
		"buyer": field(t, order, "buyerName"), "telephone": field(t, order, "buyerTelephone"), "address": field(t, order, "consigneeAddress")}
	org, err := z.Accounts.AddOrg(access.With(t.Context(), access.System()), access.Org{Kind: access.EnterpriseOrg, Name: "示例电商有限公司"})
	if err != nil {
		t.Fatal(err)
	}
	values["org"] = org
	if values["parkorg"], err = z.Accounts.AddOrg(access.With(t.Context(), access.System()), access.Org{Kind: access.ParkOrg, Name: "示例跨境电商园区"}); err != nil {
		t.Fatal(err)
	}
	callers := map[string]*access.Principal{}
	codes := []string{field(t, order, "ebcCode"), field(t, order, "ebpCode"), field(t, list, "agentCode")}
	for _, r := range access.Roles() {
		p := &access.Principal{ID: "u-" + string(r), Name: string(r), Org: "org-" + string(r), Roles: []access.Role{r}, Strong: true}
		switch r {
		case access.Clerk, access.Manager:
			p.Org, p.Codes = org, codes
		case access.Consumer:
			p.Org, p.Person = "", clearance.PersonKey(z.Keys.Hasher(), values["identity"])
		}
		callers[string(r)] = p
	}
	g := gate.New(gate.Config{Metrics: z.Metrics, Audit: z.Audit.Record, Identify: func(_ context.Context, bearer, _ string) (*access.Principal, error) {
		if p, ok := callers[bearer]; ok {
			return p, nil
		}
		return nil, access.ErrUnknown
	}})
	c := newClientOf(t, api.New(z.Zone, g))
	behind(t, z, c)
	docs, err := z.Lookup.Documents(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range docs {
		if d.Kind == 311 {
			values["input"] = fmt.Sprint(d.Input)
		}
	}
	furnish(t, z, values)
	return z, c, values
}

// drawn are values that every run draws anew, or that depend on such.
var drawn = []string{"ticket", "worker", "rated", "agent", "input", "identity", "faulty", "waiting", "due", "pack", "org", "parkorg", "buyer", "telephone", "address"}

// furnish adds what time or another hand brings about: a payment document, an
// upload with faults, one that waits for its next attempt, a pack.
func furnish(t *testing.T, z *zonetest.Zone, values map[string]string) {
	t.Helper()
	const day = clock.Day(20270115)
	if _, err := z.TaxBills.Summarise(t.Context(), day); err != nil {
		t.Fatal(err)
	}
	due, err := z.TaxBills.DueOn(t.Context(), day)
	if err != nil || len(due) == 0 {
		t.Fatalf("%d payment documents, %v", len(due), err)
	}
	values["duty"], values["due"] = due[0].DutyNo, due[0].Amount.String()
	clerk := &access.Principal{ID: "u-clerk", Org: values["org"], Roles: []access.Role{access.Clerk}}
	wrong := bytes.Replace(zonetest.Message(t, z.Gen, 311, 8, 1), []byte("<ceb:orderNo>"), []byte("<ceb:orderNo>!"), 1)
	faulty, err := z.Uploads.Upload(t.Context(), clerk, "orders.xml", wrong, sheets.OnlyCheck)
	if err != nil {
		t.Fatal(err)
	}
	z.Clock.Advance(time.Second)
	waiting, _, err := z.Jobs.Add(t.Context(), job.Spec{Kind: sheets.JobKind, Owner: clerk.ID, Org: clerk.Org, Title: "orders.xml", Args: []byte(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	values["faulty"], values["waiting"] = faulty.ID, waiting.ID
	for id, state := range map[string]job.State{faulty.ID: job.Done, waiting.ID: job.Waiting} {
		settled(t, z, id, state)
	}
	z.Clock.Advance(time.Second)
	values["pack"] = string(inspectionPack(t).Archive())
	values["rated"] = rated(t, z, values["agent"], values["merchant"])
	if err := z.Audit.SealAll(t.Context()); err != nil { // an entry shows its place in the chain
		t.Fatal(err)
	}
}

// inspectionPack is a pack over those in force that draws one list in a hundred,
// and lets two members be a panel.
func inspectionPack(t *testing.T) *pack.Pack {
	t.Helper()
	p, err := pack.LoadFS(fstest.MapFS{"draw/pack.yaml": {Data: []byte(`format: 2
name: draw
title: {zh: 抽查比例, en: Share drawn}
version: "2026.1"
parents: [national]
description: {zh: 示例, en: an example}
sources:
  - {id: design, document: 平台设定, read: 示例}
`)}, "draw/parameters.yaml": {Data: []byte(`parameters:
  - name: inspection_permille
    type: int
    unit: ‰
    meaning: {zh: 抽查比例, en: share drawn}
    values:
      - {value: "10", source: {ref: design}, mark: design}
  - name: panel_members
    type: int
    unit: 人
    meaning: {zh: 评审需要的评委人数, en: members of the panel who must score}
    values:
      - {value: "2", source: {ref: design}, mark: design}
`)}}, "draw")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// settled waits until a job has had its first attempt.
func settled(t *testing.T, z *zonetest.Zone, id string, want job.State) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		j, err := z.Jobs.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if j.State == want && j.Attempts > 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%+v", j)
		}
	}
}

// behind waits for what stands behind the core: index, tax bills, queues,
// passports.
func behind(t *testing.T, z *zonetest.Zone, c *client) {
	t.Helper()
	indexed(t, z)
	for _, v := range []struct{ as, path string }{{"clerk", "/v1/tax-bills"}, {"chief", "/v1/cases/1"}, {"consumer", "/v1/passport/uses/2"}} {
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			w := c.do(get(v.path).with("Authorization", "Bearer "+v.as))
			if w.Code == 200 && !strings.Contains(w.Body.String(), `"bills":[]`) {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("%s: %d %s", v.path, w.Code, w.Body)
			}
		}
	}
}

const answersFile = "examples/answers.json"

// record holds the answers against those in the document, which must be of the
// same form, or writes these anew.
func record(t *testing.T, fresh map[string]any) {
	t.Helper()
	if *update {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		if err := e.Encode(fresh); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(answersFile, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	old := api.Answers()
	if len(old) != len(fresh) {
		t.Errorf("%d answers in the document, %d of the zone: write them anew by -update", len(old), len(fresh))
	}
	for id, v := range fresh {
		if got, want := form(decoded(t, old[id])), form(v); got != want {
			t.Errorf("%s: the answer in the document is not of the form that the zone gives: write it anew by -update\n%s\n%s", id, got, want)
		}
	}
}

var (
	long   = regexp.MustCompile(`[0-9a-f]{24,}`)
	secret = regexp.MustCompile(`whsec_[A-Za-z0-9+/=]+`)
)

// shown is an answer as the document shows it: lists have one entry, long texts
// are cut, and what is drawn has the values of api.Shown.
func shown(v any, values map[string]string) any {
	switch v := v.(type) {
	case []any:
		if len(v) > 1 {
			v = v[:1]
		}
		for i := range v {
			v[i] = shown(v[i], values)
		}
		return v
	case map[string]any:
		delete(v, "problem") // why the upload waits is of the test's making
		for k := range v {
			v[k] = shown(v[k], values)
		}
	case string:
		for name, value := range values {
			if to := api.Shown[name]; to != "" && (v == value && len(v) > 3 || len(value) > 5) {
				v = strings.ReplaceAll(v, value, to)
			}
		}
		v = secret.ReplaceAllString(v, "whsec_…")
		v = long.ReplaceAllStringFunc(v, func(s string) string { return invented(s) })
		if r := []rune(v); len(r) > 600 {
			v = string(r[:600]) + "…"
		}
		return v
	}
	return v
}

// invented stands for a number that is drawn, unless it stands for one already.
func invented(number string) string {
	for _, to := range api.Shown {
		if strings.Contains(to, number) {
			return number
		}
	}
	return strings.Repeat("0123456789abcdef", 1+len(number)/16)[:len(number)]
}

// form is the names and kinds of values of an answer.
func form(v any) string {
	switch v := v.(type) {
	case []any:
		if len(v) == 0 {
			return "[]"
		}
		return "[" + form(v[0]) + "]"
	case map[string]any:
		var parts []string
		for k := range v {
			parts = append(parts, k+":"+form(v[k]))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, " ") + "}"
	}
	return fmt.Sprintf("%T", v)
}

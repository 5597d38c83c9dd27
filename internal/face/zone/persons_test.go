package zone_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/passport"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/registry/person/persontest"
)

// checkPack is a zone's pack that asks for the verification of orderers.
func checkPack(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "check")
	for name, text := range map[string]string{"pack.yaml": `format: 1
name: check
title: {zh: 身份核验, en: person check}
version: "2026.1"
parents: [national]
description: {zh: 测试：须核验订购人身份, en: "for tests: orderers are verified"}
sources:
  - {id: design, document: 测试设定, read: 测试}
`, "parameters.yaml": `parameters:
  - name: person_check
    type: text
    meaning: {zh: 订购人身份核验, en: verification of the orderer's identity}
    values:
      - {value: "required", source: {ref: design}, mark: design}
`} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// await waits until something that goes on by itself has happened.
func await(t *testing.T, what string, happened func() (bool, error)) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		ok, err := happened()
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			return
		}
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

// An outage of the verification service holds parcels, which go on by themselves
// when it is back; freeze and upheld dispute reach the core through the outbox;
// all of it is replayed alike over a restart, and the accounts add up.
func TestPersonsThroughTheWholeZone(t *testing.T) {
	t.Parallel()
	outside, err := persontest.Start("secret", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Close()
	outside.Down(true)
	c := zonetest.Config(t.TempDir())
	c.Packs = append(c.Packs, checkPack(t))
	c.Persons = zone.Persons{URL: outside.URL, Token: "secret", Timeout: time.Second}
	z := open(t, c)
	g := zonetest.Traffic(t)
	zonetest.Furnish(t, z, g)
	parcels(t, z, 0, 3)
	who := func(i uint64) keys.Key { return clearance.PersonKey(z.Keys.Hasher(), g.Parcel(i).Buyer.ID) }
	me := access.With(t.Context(), &access.Principal{ID: "c0", Roles: []access.Role{access.Consumer}, Person: who(0)})
	use := func() (*passport.Use, error) {
		list, err := z.Passport.Uses(me, passport.Page{Limit: 1})
		if err != nil || len(list) == 0 {
			return &passport.Use{}, err
		}
		return &list[0], nil
	}
	await(t, "no question is open", func() (bool, error) { n, _, err := z.PersonCheck.Waiting(t.Context()); return n == 3, err })
	if u, err := use(); err != nil || u.State == clearance.Released {
		t.Fatalf("%+v, %v", u, err)
	}
	if families, err := z.Metrics.Gather(); err != nil || !slices.ContainsFunc(families, func(f *dto.MetricFamily) bool {
		return f.GetName() == "pilotzone_person_checks_open" && f.GetMetric()[0].GetGauge().GetValue() == 3
	}) {
		t.Errorf("the open questions are not measured: %v", err)
	}
	shut(t, z) // a restart in the middle of the outage
	z = open(t, c)
	outside.Down(false)
	await(t, "the list does not go on", func() (bool, error) { u, err := use(); return u.State == clearance.Released, err })

	if err := z.Passport.Freeze(me, true); err != nil {
		t.Fatal(err)
	}
	u, err := use()
	if err != nil {
		t.Fatal(err)
	}
	m, err := z.Passport.Dispute(me, z.Matters, u.Parcel, map[string]any{"reason": "not-mine", "truthful": true})
	if err != nil {
		t.Fatal(err)
	}
	officer := access.With(t.Context(), &access.Principal{ID: "o1", Org: "customs", Roles: []access.Role{access.Customs}})
	if _, err := z.Matters.Do(officer, m.Number, matter.Doing{Act: matter.Approve, Revision: m.Revision, Note: "已核实"}); err != nil {
		t.Fatal(err)
	}
	await(t, "the allowance is not restored", func() (bool, error) {
		years, err := z.Passport.Allowance(me)
		return err == nil && years[0].Used == 0, err
	})
	var frozen bool
	if err := z.Intake.Ask(t.Context(), func(e *clearance.Engine) { _, frozen = e.Frozen(who(0)) }); err != nil || !frozen {
		t.Errorf("the core knows of no freeze: %v", err)
	}
	shut(t, z)
	proven(t, c)
}

// proven replays a store and adds its accounts up.
func proven(t *testing.T, c zone.Config) {
	t.Helper()
	a, err := zone.OpenArchive(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	r, err := a.Replay(t.Context(), nil)
	if err != nil || !r.OK() || r.Newer != 0 {
		t.Errorf("replay %+v, %v", r, err)
	}
	l, err := a.VerifyLedger(t.Context(), nil)
	if err != nil || !l.OK() {
		t.Errorf("ledger %+v, %v", l, err)
	}
}

package zone_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/notify"
	"pilotzone/packs"
)

// TestApplicantsAndEnterprisesAreTold: what an office does with an application
// stands at the applicant's bell, and a change of a filing at the enterprise's,
// each once, without a word that anybody wrote.
func TestApplicantsAndEnterprisesAreTold(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	system := access.With(t.Context(), access.System())
	e := z.Gen.Zone().Enterprises[0]
	org, err := z.Accounts.AddOrg(system, access.Org{Kind: access.EnterpriseOrg, Name: e.Name, Filing: e.Code, Codes: []string{e.Code}})
	if err != nil {
		t.Fatal(err)
	}
	clerk := access.With(t.Context(), &access.Principal{ID: "u1", Org: org, Codes: []string{e.Code}, Roles: []access.Role{access.Clerk}})
	m, err := z.Matters.Begin(clerk, "policy-consultation", "", map[string]any{"topic": "tax", "question": "税率如何确定，请说明"})
	if err == nil {
		m, err = z.Matters.Submit(clerk, m.Number, 0, "")
	}
	if err == nil {
		m, err = z.Matters.Do(system, m.Number, matter.Doing{Act: matter.Return, Revision: m.Revision, Note: "请写明商品"})
	}
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Registry.ByCode(t.Context(), e.Code)
	if err != nil {
		t.Fatal(err)
	}
	if err := z.Certify.Suspend(system, f.ID, z.Certify.Today(), "抽查不符"); err != nil {
		t.Fatal(err)
	}
	var list []notify.Notice
	for end := time.Now().Add(15 * time.Second); len(list) < 2; time.Sleep(10 * time.Millisecond) {
		if list, err = z.Notify.Notices(t.Context(), "u1", notify.Recipients(access.Of(clerk)), 0, 10); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(end) {
			t.Fatalf("only %d notices", len(list))
		}
	}
	links := map[string]string{}
	for _, n := range list {
		links[n.Link] = n.ZH + n.EN
		if n.Count != 1 || strings.Contains(n.ZH, "请写明商品") || strings.Contains(n.ZH, "抽查不符") {
			t.Errorf("%+v", n)
		}
	}
	if !strings.Contains(links["/matters/"+m.Number], "退回补正") || !strings.Contains(links["/enterprises/"+f.ID], "已暂停") {
		t.Errorf("%v", links)
	}
}

// TestAZoneAddsMattersWithoutCode: a definition in the zone's own folder is
// offered beside the shipped ones, and one with a fault stops the start.
func TestAZoneAddsMattersWithoutCode(t *testing.T) {
	t.Parallel()
	shipped, err := fs.ReadFile(packs.Matters(), "policy-consultation.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	own := strings.Replace(string(shipped), "id: policy-consultation", "id: booth-booking", 1)
	if err := os.WriteFile(filepath.Join(folder, "booth-booking.yaml"), []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	z := zonetest.Open(t, func(c *zone.Config) { c.Matters = folder })
	if z.Matters.Define("booth-booking") == nil || z.Matters.Define("policy-consultation") == nil {
		t.Error("not both are there")
	}
	if err := os.WriteFile(filepath.Join(folder, "bad.yaml"), []byte("id: bad\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := z.Config
	c.Store = "sqlite:" + filepath.Join(t.TempDir(), "other.db")
	c.Key = ""
	if other, err := zone.Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), "bad.yaml") {
		t.Errorf("%v, %v", other, err)
	}
}

package announce_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/customs/announce"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/customs/taxbill"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/internal/registry"
)

// TestFactsOfServicesReachTheirOwners: a filing its enterprise, a matter the
// organisation that applied, whose bell rings for what the office did alone.
func TestFactsOfServicesReachTheirOwners(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		c := clock.NewFixed(time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC))
		ring, err := keys.New(keys.AES256GCM, c.Now(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]string{}
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			got[r.URL.Path] = append(got[r.URL.Path], string(body))
		}))
		defer server.Close()
		n := notify.New(notify.Config{DB: st.Services, Keys: ring, Clock: c, AllowHTTP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Log: slog.New(slog.DiscardHandler)})
		for path, e := range map[string]notify.Endpoint{"/own": {Owner: "org-1", Codes: []string{"4107960D01"}}, "/other": {Owner: "org-2", Codes: []string{"4107960D02"}}} {
			e.URL = server.URL + path
			if _, _, err := n.Add(t.Context(), audit.Entry{}, e); err != nil {
				t.Fatal(err)
			}
		}
		filings := registry.New(st.Services, c, feed.NewOutbox(st.Services, c))
		matters := feed.NewStream(st.Services, matter.Stream, c)
		bills := taxbill.New(taxbill.Config{Store: st, Clock: c})
		if err := filings.File(t.Context(), registry.Author{By: "t"}, registry.Filing{ID: "4107960D01", CustomsCode: "4107960D01", Name: "甲", Kinds: registry.Role("merchant")}); err != nil {
			t.Fatal(err)
		}
		for _, f := range []matter.Fact{{Number: "PZ1", Org: "org-1", Owner: "p1", Actor: "p1", Act: matter.Start, State: matter.Draft}, {Number: "PZ1", Org: "org-1", Owner: "p1", Actor: "p1", Act: matter.Submit, State: matter.Open, Due: 20261130},
			{Number: "PZ1", Org: "org-1", Owner: "p1", Actor: "officer", Act: matter.Return, State: matter.Returned}} {
			body, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			if err := st.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := matters.Append(ctx, tx, feed.Fact{Kind: "matter", Version: matter.FactVersion, Body: body})
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		s := announce.Streams{Filings: filings.Stream(), TaxBills: bills.Facts(), Matters: matters, Bills: bills, DB: st.Services, Notify: n, Clock: c}
		for range 2 { // the second time there is nothing new
			for _, consumer := range s.Consumers() {
				if _, err := consumer.Step(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := n.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		if all := strings.Join(got["/own"], "\n"); len(got["/own"]) != 3 || !strings.Contains(all, `"filing.changed"`) || !strings.Contains(all, `"act":"submit"`) || !strings.Contains(all, `"due":"2026-11-30"`) || !strings.Contains(all, `"state":"returned"`) {
			t.Errorf("own: %s", all)
		}
		if len(got["/other"]) != 0 {
			t.Errorf("other: %q", got["/other"])
		}
		bell, err := n.Notices(t.Context(), "p1", []string{"org:org-1"}, 0, 9)
		if err != nil || len(bell) != 1 || bell[0].Count != 1 || bell[0].Link != "/matters/PZ1" {
			t.Errorf("%v %+v", err, bell)
		}
	}, factMigrations()...)
}

func factMigrations() []store.Migration {
	list := []store.Migration{journal.Migration()}
	for _, m := range append(append(announce.Migrations(), taxbill.Migrations()...), registry.Migration) {
		if !slices.ContainsFunc(list, func(v store.Migration) bool { return v.File == m.File && v.Owner == m.Owner }) {
			list = append(list, m)
		}
	}
	return list
}

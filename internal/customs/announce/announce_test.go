package announce_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"pilotzone/ceb"
	"pilotzone/internal/customs/announce"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// young is an index that is being built anew.
type young struct{ *lookup.Index }

// Position implements announce.Index.
func (young) Position(context.Context) (uint64, error) { return 1, nil }

// migrations are the tables of all who take part.
func migrations() []store.Migration {
	list := []store.Migration{journal.Migration()}
	for _, m := range append(announce.Migrations(), lookup.Migrations()...) {
		if !slices.ContainsFunc(list, func(v store.Migration) bool { return v.File == m.File && v.Owner == m.Owner }) {
			list = append(list, m)
		}
	}
	return list
}

// TestDecisionsReachThoseWhoHaveAPart: from documents in to webhooks out: each
// receipt once to who sent the document, changes of state to the parties in
// their order, what is held at the bell; who has no part hears nothing.
func TestDecisionsReachThoseWhoHaveAPart(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		core := coretest.Open(t, st)
		index := lookup.New(lookup.Config{Store: st, Core: core.Reader(), Clock: core.Clock, Log: slog.New(slog.DiscardHandler)})
		var mu sync.Mutex
		got := map[string][]string{}
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			var e struct {
				Type string
				Data struct {
					To, From, Message string
					Status            int
				}
			}
			if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			got[r.URL.Path] = append(got[r.URL.Path], strings.Join([]string{e.Type, e.Data.Message, e.Data.From, e.Data.To}, " "))
		}))
		defer server.Close()
		n := notify.New(notify.Config{DB: st.Services, Keys: core.Keys, Clock: core.Clock, AllowHTTP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Log: slog.New(slog.DiscardHandler)})
		for path, code := range map[string]string{"/payer": coretest.Payer, "/agent": coretest.Agent, "/stranger": "91410700MA9XXXXXXX"} {
			if _, _, err := n.Add(t.Context(), audit.Entry{Actor: "t"}, notify.Endpoint{Owner: "o" + path, URL: server.URL + path, Codes: []string{code}}); err != nil {
				t.Fatal(err)
			}
		}
		a := announce.New(announce.Config{DB: st.Services, Core: core.Reader(), Index: index, Notify: n, Clock: core.Clock, Log: slog.New(slog.DiscardHandler)})
		round := func() {
			t.Helper()
			for _, step := range []func() error{func() error { return index.CatchUp(t.Context()) }, func() error { return a.CatchUp(t.Context()) }, func() error { return n.Step(t.Context()) }} {
				if err := step(); err != nil {
					t.Fatal(err)
				}
			}
		}
		core.Deposit(t, 100_000_00)
		core.Send(t, coretest.Parcel(1)...)
		if err := a.CatchUp(t.Context()); err != nil { // the index is behind: nothing yet
			t.Fatal(err)
		}
		if err := n.Step(t.Context()); err != nil || len(got) != 0 {
			t.Fatalf("before the index: %v %v", err, got)
		}
		round()
		if !slices.Contains(got["/payer"], "receipt.created CEB412Message  "+coretest.Payer) || slices.ContainsFunc(got["/payer"], func(s string) bool { return strings.HasPrefix(s, "parcel.") }) {
			t.Errorf("payer: %q", got["/payer"])
		}
		if !slices.Contains(got["/agent"], "parcel.state_changed  waiting released") && !slices.Contains(got["/agent"], "parcel.state_changed  none released") {
			t.Errorf("agent: %q", got["/agent"])
		}
		core.Send(t, coretest.Order(2), coretest.Payment(2).With(ceb.H411AmountPaid, "99"), coretest.Waybill(2), coretest.List(2)) // refused
		before := len(got["/agent"])
		round()
		round() // again: nothing new
		if len(got["/stranger"]) != 0 || len(got["/agent"]) <= before {
			t.Errorf("stranger %q, agent %q", got["/stranger"], got["/agent"][before:])
		}
		if !slices.Contains(got["/agent"][before:], "parcel.refused  none refused") && !slices.Contains(got["/agent"][before:], "parcel.refused  waiting refused") {
			t.Errorf("agent: %q", got["/agent"][before:])
		}
		// While the index is built anew the follower waits; it does not end.
		anew := announce.New(announce.Config{DB: st.Services, Core: core.Reader(), Index: young{index}, Notify: n, Clock: core.Clock, Log: slog.New(slog.DiscardHandler)})
		if err := anew.CatchUp(t.Context()); err == nil || errors.Is(err, feed.ErrAhead) {
			t.Errorf("an index that is behind: %v", err)
		}
		bell, err := n.Notices(t.Context(), "p", []string{"code:" + coretest.Agent}, 0, 9)
		if err != nil || len(bell) != 1 || bell[0].Count != 1 || bell[0].Link != "/parcels?state=refused" {
			t.Errorf("bell %v %+v", err, bell)
		}
	}, migrations()...)
}

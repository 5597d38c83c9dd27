package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	"pilotzone/ceb"
	"pilotzone/client"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
)

// A program of an enterprise sends an order and follows its receipts.
// TestFromAKeyToAReceipt does all of it against a running zone.
func Example() {
	ctx := context.Background()
	c, err := client.New("https://zone.example.cn", os.Getenv("PILOTZONE_KEY"))
	if err != nil {
		fmt.Println(err)
		return
	}
	order, err := os.ReadFile("CEB311Message.xml")
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := send(ctx, c, order); err != nil {
		fmt.Println(err)
		return
	}
	cursor := "" // of the last receipt that the program has kept
	for r, err := range c.Receipts(ctx, client.ReceiptQuery{After: cursor, Wait: 30 * time.Second}) {
		if err != nil {
			fmt.Println(err) // begin again at the cursor
			return
		}
		fmt.Println(r.Message, r.Status, r.Fields["returnInfo"])
		cursor = r.Cursor // keep it with what was done about the receipt
	}
}

// send sends a message and tells what became of its documents.
func send(ctx context.Context, c *client.Client, message []byte) error {
	ack, err := c.Submit(ctx, message)
	var refused *client.Problem
	if errors.As(err, &refused) {
		for _, e := range refused.Errors {
			fmt.Println(e.Path, e.MessageZH, e.FixZH)
		}
	}
	if err != nil {
		return err
	}
	for _, d := range ack.Documents {
		fmt.Println(d.Number, d.What, d.Status, d.State)
	}
	return nil
}

// receiver is a handler of webhooks: it verifies, keeps, and then answers.
func receiver(secret string, keep func(*client.Event) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		e, err := client.ReadWebhook(r, secret)
		if err != nil {
			http.Error(w, "", http.StatusUnauthorized)
			return
		}
		if err := keep(e); err != nil { // not kept: it is sent again
			http.Error(w, "", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

// A receiver of webhooks.
func ExampleReadWebhook() {
	seen := map[string]bool{} // in a database, rather
	http.HandleFunc("POST /pilotzone", receiver(os.Getenv("PILOTZONE_WEBHOOK_SECRET"), func(e *client.Event) error {
		if !seen[e.ID] { // an event may come again
			seen[e.ID] = true
			fmt.Println(e.Type, string(e.Data))
		}
		return nil
	}))
}

// TestFromAKeyToAReceipt is the way of who begins: a key of an enterprise that
// transmits, a try in the sandbox, a webhook, the four messages of a parcel, its
// receipts by cursor, the parcel.
func TestFromAKeyToAReceipt(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, func(c *zone.Config) {
		c.Notify, c.Clock = zone.Notify{Allow: []string{"127.0.0.0/8"}, AllowHTTP: true}, nil
	})
	address, _ := serve(t, z, nil)
	var messages [][]byte
	org := access.Org{Kind: access.EnterpriseOrg, Name: "示例电商有限公司"}
	for _, k := range zonetest.Kinds {
		raw := zonetest.Message(t, z.Gen, k, 0, 1)
		m, err := ceb.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		messages, org.Codes = append(messages, raw), append(org.Codes, m.Transfer.Text(ceb.BTCopCode))
	}
	slices.Sort(org.Codes)
	org.Codes = slices.Compact(org.Codes)
	id, err := z.Accounts.AddOrg(access.With(t.Context(), access.System()), org)
	if err != nil {
		t.Fatal(err)
	}
	live, sandbox := keyed(t, z, address, id, false), keyed(t, z, address, id, true)
	if ack, err := sandbox.Submit(t.Context(), messages[0]); err != nil || !ack.Sandbox || ack.Documents[0].What != "stored" {
		t.Fatalf("sandbox: %v %+v", err, ack)
	}
	if _, err := live.Parcel(t.Context(), "1"); err == nil {
		t.Fatal("the sandbox has left something")
	}

	events, ready := make(chan string, 100), make(chan string, 1)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secret := <-ready
		ready <- secret
		receiver(secret, func(e *client.Event) error { events <- e.Type; return nil })(w, r)
	}))
	defer hook.Close()
	added, err := live.AddWebhook(t.Context(), client.Webhook{URL: hook.URL, Types: []string{"parcel.state_changed"}})
	if err != nil {
		t.Fatal(err)
	}
	ready <- added.Secret

	for _, m := range messages {
		if err := send(t.Context(), live, m); err != nil {
			t.Fatal(err)
		}
	}
	follow(t, live, len(messages))
	select {
	case <-events:
	case <-time.After(20 * time.Second):
		t.Error("no event came")
	}
	if p, err := live.Parcel(t.Context(), "1"); err != nil || p.State != "released" {
		t.Errorf("%v %+v", err, p)
	}
}

// keyed makes a key of an organisation, as its manager does in the console, and
// a client that has it.
func keyed(t *testing.T, z *zonetest.Zone, address, org string, sandbox bool) *client.Client {
	t.Helper()
	_, secret, err := z.Accounts.AddKey(access.With(t.Context(), access.System()), access.APIKey{Org: org, Name: fmt.Sprint("erp, sandbox ", sandbox), Sandbox: sandbox,
		Permissions: []access.Permission{access.MessageSend, access.ReceiptRead, access.ParcelRead, access.WebhookManage}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(address, secret, client.WithRetries(6, 10*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// follow reads receipts from the beginning until there are some of each kind
// and that of the list says released.
func follow(t *testing.T, c *client.Client, kinds int) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	seen, released := map[string]bool{}, false
	for r, err := range c.Receipts(ctx, client.ReceiptQuery{Wait: time.Second}) {
		if err != nil {
			t.Fatalf("%v, after %v", err, seen)
		}
		seen[r.Message] = true
		released = released || r.Message == "CEB622Message" && r.Status == 800
		if released && len(seen) == kinds {
			return
		}
	}
}

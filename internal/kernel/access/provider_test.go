package access_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"pilotzone/internal/kernel/access"
)

// TestSingleSignOnWithAnotherMakersProvider signs in at a provider that nobody
// here wrote: the OpenID-certified server of zitadel/oidc with its own sign-in
// page, its own keys, and its own mind about the protocol.
func TestSingleSignOnWithAnotherMakersProvider(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	issuer := "http://" + server.Listener.Addr().String()
	back := "http://localhost:8080" + access.CallbackPath("other")
	users := storage.NewUserStore(issuer + "/")
	clients := map[string]*storage.Client{"zone": storage.WebClient("zone", "s3cret", back)}
	server.Config.Handler = exampleop.SetupServer(issuer, storage.NewStorageWithClients(users, clients), slog.New(slog.NewTextHandler(io.Discard, nil)), false)
	server.Start()
	t.Cleanup(server.Close)
	user := users.GetUserByID("id1")

	one(t, func(t *testing.T, w *world) {
		id, _ := w.person(w.org(access.CustomsOrg, "customs"), "officer", access.Customs)
		ctx := context.Background()
		enter := func(password string) (*access.SignedIn, error) {
			address, token, err := w.StartSSO(ctx, "other", "/next", false)
			w.must(err)
			q, ok := signInElsewhere(t, address, user.Username, password, back)
			if !ok {
				return nil, nil
			}
			in, _, err := w.FinishSSO(ctx, "other", token, q.Get("state"), q.Get("code"), access.Visit{})
			return in, err
		}
		if in, err := enter("wrong"); in != nil || err != nil {
			t.Errorf("a wrong password at the provider: %v, %v", in, err)
		}
		if in, err := enter(user.Password); err == nil {
			t.Errorf("an identity that nobody linked came in: %v", in)
		}
		w.must(w.LinkPerson(access.With(ctx, access.System()), id, "other", user.ID))
		in, err := enter(user.Password)
		w.must(err)
		if in.Token == "" {
			t.Error("no session")
		}
	}, func(c *access.Config) {
		c.Providers = []access.Provider{{Name: "other", ZH: "另一家", Issuer: issuer, ClientID: "zone", ClientSecret: "s3cret"}}
	})
}

// signInElsewhere fills the provider's form as a browser does, and returns what
// it sends to us; false if it does not let the user in.
func signInElsewhere(t *testing.T, address, user, password, back string) (url.Values, bool) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var sent url.Values
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), back) {
			sent = r.URL.Query()
			return http.ErrUseLastResponse
		}
		return nil
	}}
	page, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	page.Body.Close()
	form := *page.Request.URL
	id := form.Query().Get("authRequestID")
	if id == "" {
		t.Fatalf("the provider shows no sign-in page but %s (%s)", form.String(), page.Status)
	}
	form.RawQuery = ""
	answer, err := browser.PostForm(form.String(), url.Values{"username": {user}, "password": {password}, "id": {id}})
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return sent, sent != nil
}

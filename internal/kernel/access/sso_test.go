package access_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pilotzone/ident"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/access/oidctest"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/keys"
)

func residentID(t testing.TB, prefix string) string {
	t.Helper()
	id, err := ident.MakeResidentID(prefix)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// ssoWorld is accounts with a workforce and a real-name provider, both running.
type ssoWorld struct {
	*world
	work, real *oidctest.Provider
	number     string
}

func newSSOWorld(t *testing.T) *ssoWorld {
	t.Helper()
	number := residentID(t, "41010219900307001")
	start := func(name string, inToken bool, people ...oidctest.Person) *oidctest.Provider {
		p, err := oidctest.Start(oidctest.Config{ClientID: "zone", ClientSecret: "s3cret", InToken: inToken, People: people,
			Redirects: []string{"http://localhost:8080" + access.CallbackPath(name)}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = p.Close() })
		return p
	}
	s := &ssoWorld{number: number}
	s.work = start("work", true, oidctest.Person{Subject: "u1", Name: "张三"}, oidctest.Person{Subject: "u2", Name: "李四"})
	s.real = start("real", false, oidctest.Person{Subject: "r1", Name: "赵小明", IDNumber: strings.ToLower(number)},
		oidctest.Person{Subject: "r2", Name: "无证"}, oidctest.Person{Subject: "r3", Name: "错号", IDNumber: "410102199003070010"}, oidctest.Person{Subject: "r4", Name: "赵小明", IDNumber: number})
	return s
}

func (s *ssoWorld) configure(c *access.Config) {
	c.Providers = []access.Provider{{Name: "work", ZH: "单位登录", Issuer: s.work.Issuer, ClientID: "zone", ClientSecret: "s3cret"},
		{Name: "real", Kind: access.RealNameProvider, Issuer: s.real.Issuer, ClientID: "zone", ClientSecret: "s3cret"}}
	ring := c.Keys
	c.PersonKey = func(number string) keys.Key { return ring.Hasher().Key('i', []byte(number)) }
}

func withSSO(t *testing.T, f func(t *testing.T, s *ssoWorld)) {
	s := newSSOWorld(t)
	one(t, func(t *testing.T, w *world) { s.world = w; f(t, s) }, s.configure)
}

// choose goes to the provider as a browser does and returns what it sends back.
func (s *ssoWorld) choose(address, subject string) url.Values {
	s.t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	page, err := browser.Get(address)
	s.must(err)
	text, err := io.ReadAll(page.Body)
	s.must(err)
	s.must(page.Body.Close())
	if page.StatusCode != 200 || !strings.Contains(string(text), `value="`+subject+`"`) {
		s.t.Fatalf("the provider's page: %d %s", page.StatusCode, text)
	}
	back, err := browser.PostForm(address, url.Values{"subject": {subject}})
	s.must(err)
	s.must(back.Body.Close())
	u, err := back.Location()
	s.must(err)
	return u.Query()
}

// walk signs in at a provider and returns what becomes of it.
func (s *ssoWorld) walk(ctx context.Context, provider, subject string, link bool) (*access.SignedIn, error) {
	s.t.Helper()
	address, token, err := s.StartSSO(ctx, provider, "/next", link)
	s.must(err)
	q := s.choose(address, subject)
	in, next, err := s.FinishSSO(ctx, provider, token, q.Get("state"), q.Get("code"), access.Visit{})
	if err == nil && next != "/next" {
		s.t.Errorf("next is %q", next)
	}
	return in, err
}

func TestSingleSignOnOfALinkedPerson(t *testing.T) {
	withSSO(t, func(t *testing.T, s *ssoWorld) {
		id, _ := s.person(s.org(access.CustomsOrg, "customs"), "officer", access.Customs)
		_, err := s.walk(t.Context(), "work", "u1", false)
		s.want(err, "sso_not_linked")
		s.must(s.LinkPerson(s.system(), id, "work", "u1"))
		s.want(s.LinkPerson(s.system(), id, "work", "u1"), "taken")
		in, err := s.walk(t.Context(), "work", "u1", false)
		s.must(err)
		if p := access.Of(s.as(in.Token)); p.ID != id || !p.Strong {
			t.Errorf("%+v", p)
		}
		_, err = s.walk(t.Context(), "work", "u2", false)
		s.want(err, "sso_not_linked")
		s.must(s.Unlink(s.system(), id, "work"))
		_, err = s.walk(t.Context(), "work", "u1", false)
		s.want(err, "sso_not_linked")
		if !s.acts.has("sso.link", audit.Done) || !s.acts.has("sso.unlink", audit.Done) {
			t.Error("linking is not in the chain of acts")
		}
	})
}

func TestSingleSignOnIsLinkedByThePersonItself(t *testing.T) {
	withSSO(t, func(t *testing.T, s *ssoWorld) {
		id, session := s.person(s.org(access.EnterpriseOrg, "ours"), "clerk", access.Clerk)
		_, _, err := s.StartSSO(t.Context(), "work", "", true)
		s.want(err, "not_allowed")
		_, err = s.walk(s.as(session), "work", "u2", true)
		s.must(err)
		if links, err := s.Links(s.as(session), id); err != nil || len(links) != 1 || links[0] != "work" {
			t.Errorf("%v %v", links, err)
		}
		in, err := s.walk(t.Context(), "work", "u2", false)
		s.must(err)
		s.as(in.Token)
		// Who linked an identity of their own to a stolen account is out after a reset.
		third, stolen := s.person(s.org(access.EnterpriseOrg, "third"), "third", access.Clerk)
		_, err = s.walk(s.as(stolen), "work", "u1", true)
		s.must(err)
		_, err = s.ResetPerson(s.system(), third)
		s.must(err)
		_, err = s.walk(t.Context(), "work", "u1", false)
		s.want(err, "sso_not_linked")
		// Another browser finishes what this one began: not linked.
		_, other := s.person(s.org(access.EnterpriseOrg, "theirs"), "other", access.Clerk)
		address, token, err := s.StartSSO(s.as(session), "work", "", true)
		s.must(err)
		q := s.choose(address, "u1")
		_, _, err = s.FinishSSO(s.as(other), "work", token, q.Get("state"), q.Get("code"), access.Visit{})
		s.want(err, "flow_over")
	})
}

func TestSingleSignOnRefusesWhatIsNotRight(t *testing.T) {
	withSSO(t, func(t *testing.T, s *ssoWorld) {
		id, _ := s.person(s.org(access.EnterpriseOrg, "ours"), "clerk", access.Clerk)
		s.must(s.LinkPerson(s.system(), id, "work", "u1"))
		begin := func() (string, url.Values) {
			address, token, err := s.StartSSO(t.Context(), "work", "", false)
			s.must(err)
			return token, s.choose(address, "u1")
		}
		finish := func(provider, token, state, code string) error {
			_, _, err := s.FinishSSO(t.Context(), provider, token, state, code, access.Visit{})
			return err
		}
		token, q := begin()
		other, _ := begin()
		s.want(finish("work", token, "x", q.Get("code")), "sso")
		s.want(finish("work", other, q.Get("state"), q.Get("code")), "sso") // another browser's cookie
		s.want(finish("real", token, q.Get("state"), q.Get("code")), "flow_over")
		s.want(finish("work", token+"x", q.Get("state"), q.Get("code")), "flow_over")
		s.want(finish("work", "", q.Get("state"), q.Get("code")), "flow_over")
		s.must(finish("work", token, q.Get("state"), q.Get("code")))
		s.want(finish("work", token, q.Get("state"), q.Get("code")), "flow_over") // again
		token, q = begin()
		s.want(finish("work", token, q.Get("state"), "other code"), "sso")
		for name, f := range map[string]oidctest.Faults{"wrong nonce": {Nonce: "x"}, "other audience": {Audience: "x"}, "unpublished key": {Key: true}} {
			s.work.Fail(f)
			token, q = begin()
			if err := finish("work", token, q.Get("state"), q.Get("code")); err == nil {
				t.Errorf("%s is taken", name)
			} else {
				s.want(err, "sso")
			}
		}
		s.work.Fail(oidctest.Faults{})
		// The code verifier of PKCE is another's.
		address, _, err := s.StartSSO(t.Context(), "work", "", false)
		s.must(err)
		stolen := s.choose(address, "u1").Get("code")
		token, q = begin()
		s.want(finish("work", token, q.Get("state"), stolen), "sso")
	})
}

func TestSingleSignOnProviderDown(t *testing.T) {
	withSSO(t, func(t *testing.T, s *ssoWorld) {
		address, token, err := s.StartSSO(t.Context(), "work", "", false)
		s.must(err)
		q := s.choose(address, "u1")
		s.must(s.work.Close())
		_, _, err = s.FinishSSO(t.Context(), "work", token, q.Get("state"), q.Get("code"), access.Visit{})
		s.want(err, "provider_down")
		s.must(s.real.Close())
		_, _, err = s.StartSSO(t.Context(), "real", "", false) // not asked before
		s.want(err, "provider_down")
	})
}

func TestConsumersProveTheirRealName(t *testing.T) {
	withSSO(t, func(t *testing.T, s *ssoWorld) {
		in, err := s.walk(t.Context(), "real", "r1", false)
		s.must(err)
		p := access.Of(s.as(in.Token))
		if !p.Is(access.Consumer) || p.Org != "" || p.Name != "赵小明" || p.Person != s.config.PersonKey(s.number) || !p.May(access.PassportUse) || p.May(access.ParcelRead) {
			t.Errorf("%+v", p)
		}
		again, err := s.walk(t.Context(), "real", "r1", false)
		s.must(err)
		if access.Of(s.as(again.Token)).ID != p.ID {
			t.Error("a second account for the same identity")
		}
		other, err := s.walk(t.Context(), "real", "r4", false) // another subject, the same person
		s.must(err)
		if access.Of(s.as(other.Token)).ID != p.ID {
			t.Error("a second account for the same person")
		}
		for _, subject := range []string{"r2", "r3"} { // no number; a wrong check digit
			_, err = s.walk(t.Context(), "real", subject, false)
			s.want(err, "real_name")
		}
		s.real.Fail(oidctest.Faults{Subject: "r9"}) // user information of somebody else
		_, err = s.walk(t.Context(), "real", "r1", false)
		s.want(err, "sso")
		if all := s.dump(); strings.Contains(all, s.number) || strings.Contains(all, "赵小明") {
			t.Error("name or number stands in the store in clear")
		}
	})
}

func TestProvidersAreChecked(t *testing.T) {
	t.Parallel()
	good := access.Provider{Name: "work", Issuer: "https://id.example.cn", ClientID: "x"}
	for name, change := range map[string]func(*access.Provider){
		"":               func(*access.Provider) {},
		"name":           func(p *access.Provider) { p.Name = "A b" },
		"plain http":     func(p *access.Provider) { p.Issuer = "http://id.example.cn" },
		"no client":      func(p *access.Provider) { p.ClientID = "" },
		"unknown kind":   func(p *access.Provider) { p.Kind = "x" },
		"no issuer host": func(p *access.Provider) { p.Issuer = "https:" },
	} {
		p := good
		change(&p)
		if err := p.Check(); (err == nil) != (name == "") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

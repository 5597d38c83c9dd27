package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// TestPasskeySignsIn adds a passkey of the browser's own authenticator and signs
// in with it alone.
func TestPasskeySignsIn(t *testing.T) {
	t.Parallel()
	w := zone(t)
	b := w.arrive(t, "key.person")
	if _, err := chromedp.Call(b.Context(), webauthn.Enable, webauthn.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	key := &webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}
	if _, err := chromedp.Call(b.Context(), webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: key}); err != nil {
		t.Fatal(err)
	}
	b.Go("/account/factors").Axe().Type("#name", "浏览器").Press("添加通行密钥").See("恢复码仅显示这一次")
	b.Go("/account/factors").See("浏览器").Axe()
	signOut(b)
	b.Go("/sign-in?next=/account/sessions").Press("使用通行密钥登录").Find("caption")
	b.See("通行密钥")
	if !strings.HasPrefix(b.Path(), "/account/sessions") {
		t.Errorf("went to %s", b.Path())
	}
}

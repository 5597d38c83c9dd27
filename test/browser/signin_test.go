package browser_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"pilotzone/internal/kernel/access"
	"pilotzone/test/browser/browsertest"
)

// newcomer makes an account in a new organisation and returns its one-time code.
func (w *world) newcomer(t testing.TB, login string) (code string) {
	t.Helper()
	ctx := access.With(t.Context(), access.System())
	org, err := w.Zone.Accounts.AddOrg(ctx, access.Org{Kind: access.EnterpriseOrg, Name: "新来的" + login})
	if err != nil {
		t.Fatal(err)
	}
	_, code, err = w.Zone.Accounts.AddPerson(ctx, access.Person{Org: org, Login: login, Name: "新人", Roles: []access.Role{access.Clerk, access.Manager}})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

const phrase = "several unrelated words"

// arrive sets the first password with a one-time code.
func (w *world) arrive(t testing.TB, login string) *browsertest.Tab {
	t.Helper()
	code := w.newcomer(t, login)
	b := browsertest.Open(t, w.url)
	b.Go("/sign-in").Press("使用一次性代码").Find("#again")
	b.Type("#login", login).Type("#code", code).Type("#password", phrase).Type("#again", phrase).Axe()
	b.Press("设置口令并登录").Find("a[href='/account']")
	return b
}

// signOut leaves, as a person does.
func signOut(b *browsertest.Tab) {
	b.Helper()
	b.Click("details.drop > summary").Press("退出登录").See("已退出登录")
}

// TestSignInByOneTimeCodeThenByPasswordAndApp walks: one-time code, wrong
// password, authenticator app, second step, recovery code.
func TestSignInByOneTimeCodeThenByPasswordAndApp(t *testing.T) {
	t.Parallel()
	w := zone(t)
	b := w.arrive(t, "app.person")
	b.Go("/account/factors").Axe().Press("添加验证器应用").Find("img[src^='data:image/png']").Axe()
	secret := b.Text(".copy code")
	code := func() string {
		c, err := totp.GenerateCode(secret, w.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	b.Type("#code", code()).Press("启用").See("恢复码仅显示这一次")
	b.Axe()
	recovery := b.Text("ol code")
	signOut(b)

	b.Go("/sign-in?next=/account/sessions").Type("#login", "app.person").Type("#password", "not the one").Press("登录").See("登录名、密码或验证码不正确")
	b.Messages() // the answer 422 stands in the console
	b.Type("#password", phrase).Press("登录").See("第二步验证")
	b.Axe()
	b.Type("#code", recovery).Press("继续").See("口令和恢复码")
	b.Axe()
	if !strings.HasPrefix(b.Path(), "/account/sessions") {
		t.Errorf("went to %s", b.Path())
	}
	signOut(b)
	// The code of the next step: the one of this step enrolled the app.
	next, err := totp.GenerateCode(secret, w.Clock.Now().Add(30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	b.Go("/sign-in").Type("#login", "app.person").Type("#password", phrase).Press("登录").See("第二步验证")
	b.Type("#code", next).Press("继续").Find("a[href='/account']")
}

// TestConsumerSignsInWithTheRealName walks to the identity provider and back.
func TestConsumerSignsInWithTheRealName(t *testing.T) {
	t.Parallel()
	w := zone(t)
	b := browsertest.Open(t, w.url)
	b.Go("/sign-in?next=/account").Axe().Press("演示实名认证").See("演示身份提供方")
	b.Click("button[value=consumer-2]").See("我的账号")
	b.See("消费者").Axe()
	if !strings.HasPrefix(b.Path(), "/account") {
		t.Errorf("went to %s", b.Path())
	}
}

// TestManagerMakesAKeyAndRotatesIt: the key is shown once.
func TestManagerMakesAKeyAndRotatesIt(t *testing.T) {
	t.Parallel()
	w := zone(t)
	b := w.signIn(t, "manager")
	b.Go("/keys").Axe().Press("新增密钥").Find("#name")
	b.Axe().Type("#name", "ERP 报送").Click("input[value='message.send']").Press("生成密钥").See("密钥仅显示这一次")
	secret := b.Text(".copy code")
	if !strings.HasPrefix(secret, "pz_live_") {
		t.Fatalf("the page shows %q", secret)
	}
	b.Axe().Go("/keys").See("ERP 报送")
	if b.Has(secret) {
		t.Error("the key is shown again")
	}
	b.Click("details.why > summary").Press("轮换").See("密钥仅显示这一次")
	if next := b.Text(".copy code"); next == secret || !strings.HasPrefix(next, "pz_live_") {
		t.Errorf("the new key is %q", next)
	}
}

// TestAdministratorsPages look right to axe-core.
func TestAdministratorsPages(t *testing.T) {
	t.Parallel()
	w := zone(t)
	b := w.signIn(t, "admin")
	for _, path := range []string{"/organisations", "/organisations/new", "/mandates"} {
		b.Go(path).Axe()
	}
	b.Go("/organisations?kind=enterprise").Click("tbody a").See("资料")
	b.Axe().Press("人员").Find("a[href^='/people/new']")
	b.Axe().Press("新增人员").Find("#login")
	b.Axe()
}

package access_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
)

func TestFirstAdministratorIsMadeByTheSetupCodeOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		code, err := w.SetupCode(t.Context())
		w.must(err)
		s := access.Setup{Code: "wrong", OrgName: "综试区", Login: "Chief", Name: "李", Password: password}
		_, err = w.SetUp(t.Context(), s, visit)
		w.want(err, "setup_code")
		s.Code = strings.ToUpper(code)
		in, err := w.SetUp(t.Context(), s, visit)
		w.must(err)
		p := access.Of(w.as(in.Token))
		if !p.Is(access.Admin) || p.Name != "李" {
			t.Fatalf("got %+v", p)
		}
		s.Login = "second"
		_, err = w.SetUp(t.Context(), s, visit)
		w.want(err, "setup_code")
		if code, err := w.SetupCode(t.Context()); err != nil || code != "" {
			t.Fatalf("a second code: %q %v", code, err)
		}
	})
}

func TestPeopleAreManagedInTheirOrganisationAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ours, theirs := w.org(access.EnterpriseOrg, "ours", "4101960001"), w.org(access.EnterpriseOrg, "theirs", "4101960002")
		_, boss := w.person(ours, "boss", access.Manager, access.Clerk)
		clerk, _ := w.person(theirs, "clerk", access.Clerk)
		ctx := w.as(boss)
		if p := access.Of(ctx); !slices.Equal(p.Codes, []string{"4101960001"}) {
			t.Fatalf("codes %v", p.Codes)
		}
		for name, try := range map[string]func() error{
			"add to another": func() error {
				_, _, err := w.AddPerson(ctx, access.Person{Org: theirs, Login: "x.y", Name: "x", Roles: []access.Role{access.Clerk}})
				return err
			},
			"list another":  func() error { _, err := w.People(ctx, theirs); return err },
			"reset another": func() error { _, err := w.ResetPerson(ctx, clerk); return err },
			"see another":   func() error { _, err := w.Person(ctx, clerk); return err },
			"change another": func() error {
				return w.ChangePerson(ctx, access.Person{ID: clerk, Name: "x", Roles: []access.Role{access.Clerk}})
			},
			"make an org": func() error { _, err := w.AddOrg(ctx, access.Org{Kind: access.EnterpriseOrg, Name: "x"}); return err },
			"raise to admin": func() error {
				_, _, err := w.AddPerson(ctx, access.Person{Org: ours, Login: "x.y", Name: "x", Roles: []access.Role{access.Admin}})
				return err
			},
			"drop own role": func() error {
				return w.ChangePerson(ctx, access.Person{ID: access.Of(ctx).ID, Name: "x", Roles: []access.Role{access.Clerk}, Active: true})
			},
			"phone as login": func() error {
				_, _, err := w.AddPerson(ctx, access.Person{Org: ours, Login: "13812345678", Name: "x", Roles: []access.Role{access.Clerk}})
				return err
			},
		} {
			if try() == nil {
				t.Errorf("%s is not refused", name)
			}
		}
		id, _, err := w.AddPerson(ctx, access.Person{Org: ours, Login: "new.clerk", Name: "赵", Mail: "z@example.cn", Roles: []access.Role{access.Clerk}})
		w.must(err)
		if v, err := w.Person(ctx, id); err != nil || v.Name != "赵" || v.Mail != "z@example.cn" || !v.Invited {
			t.Fatalf("%+v %v", v, err)
		}
		_, _, err = w.AddPerson(ctx, access.Person{Org: ours, Login: "NEW.clerk", Name: "x", Roles: []access.Role{access.Clerk}})
		w.want(err, "taken")
		if list, err := w.People(ctx, ours); err != nil || len(list) != 2 {
			t.Fatalf("%d people, %v", len(list), err)
		}
	})
}

func TestDeactivationActsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		org := w.org(access.EnterpriseOrg, "ours", "4101960001")
		id, session := w.person(org, "clerk", access.Clerk)
		w.as(session)
		w.must(w.ChangePerson(w.system(), access.Person{ID: id, Name: "x", Roles: []access.Role{access.Clerk}}))
		_, err := w.Identify(t.Context(), "", session)
		w.want(err, "expired_credential")
		_, err = w.SignIn(t.Context(), "clerk", password, visit)
		w.want(err, "sign_in")
		_, other := w.person(org, "other", access.Clerk)
		w.as(other)
		w.must(w.ChangeOrg(w.system(), access.Org{ID: org, Name: "ours", Active: false}))
		_, err = w.Identify(t.Context(), "", other)
		w.want(err, "account_locked")
	})
}

func TestSessionsEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, first := w.person(w.org(access.EnterpriseOrg, "ours"), "clerk", access.Clerk)
		in, err := w.SignIn(t.Context(), "clerk", password, visit)
		w.must(err)
		list, err := w.Sessions(w.as(in.Token))
		w.must(err)
		if len(list) != 2 || list[0].Device != "Firefox · Linux" && list[1].Device != "Firefox · Linux" || list[0].Address+list[1].Address != "203.0.*.*" {
			t.Fatalf("%+v", list)
		}
		// Ended by the other: at once.
		w.must(w.EndOtherSessions(w.as(in.Token)))
		_, err = w.Identify(t.Context(), "", first)
		w.want(err, "expired_credential")
		// Idle: uses count although nothing was written.
		for range 3 {
			w.clock.Advance(20 * time.Minute)
			w.as(in.Token)
		}
		w.must(w.Flush(t.Context()))
		w.clock.Advance(29 * time.Minute)
		w.as(in.Token)
		w.clock.Advance(31 * time.Minute)
		_, err = w.Identify(t.Context(), "", in.Token)
		w.want(err, "expired_credential")
		// Absolute.
		in, err = w.SignIn(t.Context(), "clerk", password, visit)
		w.must(err)
		for range 35 {
			w.clock.Advance(20 * time.Minute)
			w.as(in.Token)
		}
		w.clock.Advance(20 * time.Minute)
		_, err = w.Identify(t.Context(), "", in.Token)
		w.want(err, "expired_credential")
		// Signed out.
		in, err = w.SignIn(t.Context(), "clerk", password, visit)
		w.must(err)
		w.must(w.SignOut(t.Context(), in.Token))
		_, err = w.Identify(t.Context(), "", in.Token)
		w.want(err, "expired_credential")
		w.must(w.SignOut(t.Context(), in.Token))
	})
}

func TestPasswordChangeEndsOtherSessions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, first := w.person(w.org(access.EnterpriseOrg, "ours"), "clerk", access.Clerk)
		in, err := w.SignIn(t.Context(), "clerk", password, visit)
		w.must(err)
		w.want(w.ChangePassword(w.as(in.Token), "wrong", "another long phrase"), "sign_in")
		w.must(w.ChangePassword(w.as(in.Token), password, "another long phrase"))
		_, err = w.Identify(t.Context(), "", first)
		w.want(err, "expired_credential")
		w.as(in.Token)
		_, err = w.SignIn(t.Context(), "clerk", password, visit)
		w.want(err, "sign_in")
	})
}

func TestResetByAdministrator(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, session := w.person(w.org(access.EnterpriseOrg, "ours"), "clerk", access.Clerk)
		w.enrol(session)
		code, err := w.ResetPerson(w.system(), id)
		w.must(err)
		_, err = w.Identify(t.Context(), "", session)
		w.want(err, "expired_credential")
		_, err = w.SignIn(t.Context(), "clerk", password, visit)
		w.want(err, "sign_in")
		w.clock.Advance(73 * time.Hour)
		_, err = w.Redeem(t.Context(), "clerk", code, "another long phrase", visit)
		w.want(err, "sign_in")
		code, err = w.ResetPerson(w.system(), id)
		w.must(err)
		in, err := w.Redeem(t.Context(), "clerk", code, "another long phrase", visit)
		w.must(err)
		w.as(in.Token)
		_, err = w.Redeem(t.Context(), "clerk", code, "a third long phrase", visit)
		w.want(err, "sign_in") // dies after use
	})
}

func TestLockOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person(w.org(access.EnterpriseOrg, "ours"), "clerk", access.Clerk)
		for _, login := range []string{"clerk", "nobody"} { // alike, whether the account exists or not
			for range 5 {
				_, err := w.SignIn(t.Context(), login, "wrong", access.Visit{})
				w.want(err, "sign_in")
			}
			_, err := w.SignIn(t.Context(), login, password, access.Visit{})
			w.want(err, "pause")
		}
		w.clock.Advance(31 * time.Second)
		_, err := w.SignIn(t.Context(), "clerk", "wrong", access.Visit{})
		w.want(err, "sign_in")
		w.clock.Advance(31 * time.Second) // the pause has grown
		_, err = w.SignIn(t.Context(), "clerk", password, access.Visit{})
		w.want(err, "pause")
		w.clock.Advance(30 * time.Second)
		_, err = w.SignIn(t.Context(), "clerk", password, access.Visit{})
		w.must(err)
		if !w.acts.has("session.refused", audit.Denied) || !w.acts.has("session.start", audit.Done) {
			t.Error("the chain of acts holds no refusal or no start")
		}
	})
}

func TestAddressesAreLimited(t *testing.T) {
	one(t, func(t *testing.T, w *world) {
		refused := 0
		for range 70 {
			if _, err := w.SignIn(t.Context(), "nobody", "wrong", visit); strings.Contains(err.Error(), "rate:") {
				refused++
			}
		}
		if refused != 10 {
			t.Errorf("%d of 70 tries refused, want 10", refused)
		}
		if _, err := w.SignIn(t.Context(), "somebody", "wrong", access.Visit{Address: "203.0.113.8"}); strings.Contains(err.Error(), "rate:") {
			t.Error("another address is refused")
		}
	}, nil)
}

func TestTOTP(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, session := w.person(w.org(access.EnterpriseOrg, "ours"), "clerk", access.Clerk)
		secret, recovery := w.enrol(session)
		ask := func() string {
			t.Helper()
			in, err := w.SignIn(t.Context(), "clerk", password, access.Visit{})
			w.must(err)
			if in.Token != "" || !slices.Equal(in.Factors, []string{"totp", "recovery"}) {
				t.Fatalf("no factor is asked for: %+v", in)
			}
			return in.Pending
		}
		enter := func(pending, code string) error {
			_, err := w.SecondFactor(t.Context(), pending, code, access.Visit{})
			return err
		}
		// The code that enrolled it can't be used again.
		w.want(enter(ask(), w.code(secret)), "code")
		w.clock.Advance(30 * time.Second)
		pending := ask()
		w.want(enter(pending, "000000"), "code")
		in, err := w.SecondFactor(t.Context(), pending, w.code(secret), access.Visit{})
		w.must(err)
		if !access.Of(w.as(in.Token)).Strong {
			t.Error("the session is not strong")
		}
		w.want(enter(pending, w.code(secret)), "flow_over")
		w.want(enter(ask(), w.code(secret)), "code") // replayed in the same step
		w.must(enter(ask(), strings.ToUpper(recovery[3])))
		w.want(enter(ask(), recovery[3]), "code") // good once
		pending = ask()
		w.clock.Advance(11 * time.Minute)
		w.want(enter(pending, w.code(secret)), "flow_over")
	})
}

func TestSecondFactorPolicy(t *testing.T) {
	one(t, func(t *testing.T, w *world) {
		_, officer := w.person(w.org(access.CustomsOrg, "customs"), "officer", access.Customs)
		_, clerk := w.person(w.org(access.EnterpriseOrg, "ours"), "clerk", access.Clerk)
		p, err := w.Identify(t.Context(), "", officer)
		w.want(err, "second_factor")
		if p.May(access.ParcelRead) || !p.May(access.SelfManage) {
			t.Error("an officer without a second factor may do more than manage the own account, or not even that")
		}
		if _, err := w.Identify(t.Context(), "", clerk); err != nil {
			t.Error(err)
		}
		w.enrol(officer)
		p, err = w.Identify(t.Context(), "", officer)
		w.must(err)
		if !p.May(access.ParcelRead) || !p.Strong {
			t.Error("an officer with a second factor may not act")
		}
	}, func(c *access.Config) { c.SecondFactor = access.FactorStaff })
}

func TestSensitiveChangesNeedAProof(t *testing.T) {
	one(t, func(t *testing.T, w *world) {
		_, session := w.person(w.org(access.EnterpriseOrg, "ours"), "clerk", access.Clerk)
		w.clock.Advance(16 * time.Minute)
		_, err := w.BeginTOTP(w.as(session))
		w.want(err, "proof_needed")
		w.want(w.Confirm(w.as(session), "wrong"), "sign_in")
		w.must(w.Confirm(w.as(session), password))
		w.enrol(session)
		w.clock.Advance(16 * time.Minute)
		w.want(w.RemoveTOTP(w.as(session)), "proof_needed")
	}, nil)
}

func TestPasswordRules(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		password, login string
		ok              bool
	}{
		{"correct horse battery", "clerk", true}, {"天地玄黄宇宙洪荒日月盈昃", "clerk", true}, {"short", "clerk", false}, {"Password123456", "clerk", false},
		{"aaaaaaaaaaaaaa", "clerk", false}, {"123456789012345", "clerk", false}, {"my-clerk-is-good", "clerk", false}, {"abcdefghijklmnop", "clerk", false},
		{"adminadmin2026!", "clerk", false}, {strings.Repeat("ab c", 100), "clerk", false}, {"", "", false},
	} {
		if err := access.CheckPassword(v.password, v.login); (err == nil) != v.ok {
			t.Errorf("%q: %v", v.password, err)
		}
	}
}

func TestPasswordsAreHashedAnewWhenTheCostRises(t *testing.T) {
	one(t, func(t *testing.T, w *world) {
		w.person(w.org(access.EnterpriseOrg, "ours"), "clerk", access.Clerk)
		stored := func() (s string) {
			w.must(w.store.Services.Read().QueryRowContext(context.Background(), `select password from access_people where login = 'clerk'`).Scan(&s))
			return s
		}
		if !strings.HasPrefix(stored(), "$argon2id$v=19$m=64,t=1,p=1$") {
			t.Fatal(stored())
		}
		w.config.Password.Passes = 2
		var err error
		w.Accounts, err = access.New(w.config)
		w.must(err)
		w.again("clerk")
		if !strings.HasPrefix(stored(), "$argon2id$v=19$m=64,t=2,p=1$") {
			t.Fatal(stored())
		}
		w.again("clerk")
	}, nil)
}

func TestNothingSecretOrPersonalStandsInClear(t *testing.T) {
	one(t, func(t *testing.T, w *world) {
		org := w.org(access.EnterpriseOrg, "ours", "4101960001")
		_, code, err := w.AddPerson(w.system(), access.Person{Org: org, Login: "clerk", Name: "欧阳修竹", Mail: "xiuzhu@example.cn", Roles: []access.Role{access.Manager}})
		w.must(err)
		in, err := w.Redeem(t.Context(), "clerk", code, password, visit)
		w.must(err)
		secret, recovery := w.enrol(in.Token)
		_, key, err := w.AddKey(w.as(in.Token), access.APIKey{Org: org, Name: "erp", Permissions: []access.Permission{access.MessageSend}})
		w.must(err)
		all := w.dump()
		for _, s := range []string{"欧阳修竹", "xiuzhu", code, strings.ReplaceAll(code, "-", ""), password, in.Token, secret, recovery[0], strings.ReplaceAll(recovery[0], "-", ""), key, visit.Address} {
			if strings.Contains(all, s) {
				t.Errorf("%q stands in the store", s)
			}
		}
		if !strings.Contains(all, "clerk") {
			t.Error("the search finds nothing at all")
		}
	}, nil)
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"203.0.113.7": "203.0.113.7", "::ffff:203.0.113.7": "::ffff:203.0.113.7", "2001:db8:1:2:3::9": "2001:db8:1:2::/64", "2001:db8:1:2::1": "2001:db8:1:2::/64", "2001:db8:1:3::1": "2001:db8:1:3::/64", "x": "x"} {
		if got := access.Network(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestMaskIP(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"203.0.113.7": "203.0.*.*", "::ffff:203.0.113.7": "203.0.*.*", "2001:db8:1:2::3": "2001:db8:1:*", "::1": ":*", "x": ""} {
		if got := access.MaskIP(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

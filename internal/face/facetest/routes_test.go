package facetest_test

import (
	"net/http"
	"strings"
	"testing"

	"pilotzone/internal/face/gate"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
)

// TestEveryRouteByEveryRole holds every route, of the interface and of the
// pages, against the table of permissions, for every role: who has no permission
// is denied (a visitor is asked to sign in), and the denial stands in the chain
// of acts; who has one reaches the handler.
func TestEveryRouteByEveryRole(t *testing.T) {
	t.Parallel()
	s := open(t)
	routes := s.site.Gate.Routes()
	if len(routes) < 40 {
		t.Fatalf("%d routes only: is the site whole?", len(routes))
	}
	held := 0
	for _, role := range access.Roles() {
		as := ""
		if role != access.Visitor {
			as = string(role)
			s.callers[as] = &access.Principal{ID: "u-" + as, Name: as, Org: "org-" + as, Roles: []access.Role{role}, Codes: []string{"91410700MA9ROLES" + as[:2]}, Strong: true}
		}
		for _, r := range routes {
			if r.Kind == gate.Asset {
				continue
			}
			held++
			got := s.ask(request{as: as, method: r.Method(), path: fill(r.Path(), func(string) string { return "1" }), kind: contentType(r)})
			if granted := access.Table[role][r.Need] != access.None; granted {
				reaches(t, s, role, r, got)
			} else {
				denied(t, s, role, r, got)
			}
		}
	}
	t.Logf("%d routes, %d answers held against the table", len(routes), held)
}

// doorSays tells whether the gate itself refused: by its code in a problem, or
// by the entry that it keeps.
func doorSays(s *stage, role access.Role, r gate.Route, got answer) bool {
	if r.Kind == gate.API {
		return strings.Contains(got.body, `"not_allowed"`) || strings.Contains(got.body, `"no_credential"`)
	}
	if role == access.Visitor {
		return got.status == http.StatusUnauthorized || got.status == http.StatusSeeOther && strings.HasPrefix(got.header.Get("Location"), "/sign-in")
	}
	list, _, err := s.zone.Audit.List(s.t.Context(), audit.Filter{Actor: "u-" + string(role), Object: "route:" + r.Pattern}, "", 10)
	if err != nil {
		s.t.Fatal(err)
	}
	return len(list) > 0
}

func denied(t *testing.T, s *stage, role access.Role, r gate.Route, got answer) {
	t.Helper()
	want := http.StatusForbidden
	if role == access.Visitor {
		want = http.StatusUnauthorized
	}
	signIn := role == access.Visitor && r.Kind == gate.Page && got.status == http.StatusSeeOther && strings.HasPrefix(got.header.Get("Location"), "/sign-in")
	if got.status != want && !signIn {
		t.Errorf("%s as %s (needs %s): %d, must be denied with %d: %.200s", r.Pattern, role, r.Need, got.status, want, got.body)
		return
	}
	if !doorSays(s, role, r, got) {
		t.Errorf("%s as %s: refused, but not by the gate: %.200s", r.Pattern, role, got.body)
	}
	if role == access.Visitor {
		return
	}
	list, _, err := s.zone.Audit.List(t.Context(), audit.Filter{Actor: "u-" + string(role), Object: "route:" + r.Pattern}, "", 10)
	if err != nil || len(list) != 1 || list[0].Outcome != audit.Denied {
		t.Errorf("%s as %s: %d entries in the chain of acts, %v", r.Pattern, role, len(list), err)
	}
}

// reaches holds that the handler was reached. What it answers to an empty
// request about a thing that is not there is its own affair, but for a fault of
// the program.
func reaches(t *testing.T, s *stage, role access.Role, r gate.Route, got answer) {
	t.Helper()
	if got.status == http.StatusInternalServerError {
		t.Errorf("%s as %s: %d: %.300s", r.Pattern, role, got.status, got.body)
	}
	if r.Need == access.Public {
		return // pages of the sign-in lead to each other
	}
	if (got.status == http.StatusUnauthorized || got.status == http.StatusForbidden || got.status == http.StatusSeeOther) && doorSays(s, role, r, got) {
		t.Errorf("%s as %s (has %s): denied by the gate with %d", r.Pattern, role, r.Need, got.status)
	}
}

// TestKeysSendNoForms holds that a key changes nothing by the forms of pages:
// what holds for keys (sandbox, rates, idempotency) is held at the interface.
func TestKeysSendNoForms(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.callers["sandbox"] = &access.Principal{ID: "key:k", Key: "k", Org: "org-k", Roles: access.Roles(), Limit: access.Permissions(), Sandbox: true, Strong: true}
	held := 0
	for _, r := range s.site.Gate.Routes() {
		if r.Kind != gate.Page || r.Need == access.Public || r.Method() == http.MethodGet {
			continue
		}
		held++
		got := s.ask(request{as: "sandbox", method: r.Method(), path: fill(r.Path(), func(string) string { return "1" }), kind: contentType(r)})
		if got.status != http.StatusForbidden {
			t.Errorf("%s: a key is answered %d, want 403", r.Pattern, got.status)
		}
	}
	if held < 20 {
		t.Errorf("%d forms only: is the site whole?", held)
	}
}

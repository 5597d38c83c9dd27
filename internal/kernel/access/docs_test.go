package access_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"pilotzone/internal/kernel/access"
)

var update = flag.Bool("update", false, "write docs/permissions.md anew")

// TestDocsPermissions holds docs/permissions.md against the table.
func TestDocsPermissions(t *testing.T) {
	t.Parallel()
	const path = "../../../docs/permissions.md"
	want := permissionsPage()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("docs/permissions.md is not what the table says (%v): go test ./internal/kernel/access -run TestDocs -update", err)
	}
}

func permissionsPage() string {
	var b strings.Builder
	b.WriteString("# Permissions\n\nMade from `access.Table` by `go test ./internal/kernel/access -run TestDocs -update`. **zone** reaches all of the zone, **own** what the caller's organisation, its clients by mandate, or the consumer has a part in; empty is denied. Everybody may do what a visitor may. An API key may do what it was given of these, and never manage accounts or read personal data in clear.\n\n| permission |")
	for _, r := range access.Roles() {
		fmt.Fprintf(&b, " %s |", r)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(access.Roles())) + "\n")
	for _, p := range access.Permissions() {
		fmt.Fprintf(&b, "| `%s` |", p)
		for _, r := range access.Roles() {
			s := access.Table[r][p].String()
			if s == "none" {
				s = ""
			}
			fmt.Fprintf(&b, " %s |", s)
		}
		b.WriteString("\n")
	}
	b.WriteString("\n| kind of organisation | roles of its people |\n|---|---|\n")
	for _, k := range access.OrgKinds() {
		fmt.Fprintf(&b, "| %s | %v |\n", k, strings.Trim(fmt.Sprint(access.OrgRoles(k)), "[]"))
	}
	return b.String()
}

package house_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// floors from the ground up. A package may import packages of its own floor
// and of those below; cmd may import everything.
var floors = []struct {
	name  string
	rooms []string
}{
	{"ground", []string{"pilotzone/ceb", "pilotzone/ident", "pilotzone/packs", "pilotzone/client"}},
	{"kernel", []string{"pilotzone/internal/kernel"}},
	{"registry", []string{"pilotzone/internal/registry"}},
	{"customs", []string{"pilotzone/internal/customs"}},
	{"fiscal", []string{"pilotzone/internal/fiscal"}},
	{"finance, logistics", []string{"pilotzone/internal/finance", "pilotzone/internal/logistics"}},
	{"oversight", []string{"pilotzone/internal/oversight"}},
	{"growth", []string{"pilotzone/internal/growth"}},
	{"face", []string{"pilotzone/internal/face"}},
	{"cmd", []string{"pilotzone/cmd"}},
}

// free stand on no floor: tools that write data, and this test.
var free = []string{"pilotzone/internal/house", "pilotzone/packs/internal", "pilotzone/test"}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "pilotzone/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

func within(path, room string) bool { return path == room || strings.HasPrefix(path, room+"/") }

func floorOf(path string) int {
	for _, f := range free {
		if within(path, f) {
			return -1
		}
	}
	for i, f := range floors {
		for _, r := range f.rooms {
			if within(path, r) {
				return i
			}
		}
	}
	return -2
}

// TestFloors: a package imports only downwards (docs/architecture.md, floors).
func TestFloors(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, p := range listPackages(t) {
		at := floorOf(p.ImportPath)
		if at == -1 {
			continue
		}
		if at == -2 {
			t.Errorf("%s stands on no floor: give it one in floors_test.go", p.ImportPath)
			continue
		}
		seen++
		for _, imp := range p.Imports {
			if to := floorOf(imp); strings.HasPrefix(imp, "pilotzone/") && to > at {
				t.Errorf("%s (%s) imports %s (%s): a package imports only downwards", p.ImportPath, floors[at].name, imp, floors[to].name)
			}
		}
	}
	if seen < 10 {
		t.Fatalf("saw %d packages only: is the module path right?", seen)
	}
}

// outside are the packages below face that may use net/http: the clients of
// services outside of the platform, and those services' stand-ins.
var outside = map[string]string{
	"pilotzone/internal/kernel/access":                  "asks the single sign-on providers",
	"pilotzone/internal/kernel/access/oidctest":         "is such a provider in tests and the demo",
	"pilotzone/internal/kernel/notify":                  "sends webhooks to the programs of enterprises",
	"pilotzone/internal/registry/person":                "asks the service that verifies identities",
	"pilotzone/internal/registry/register":              "asks the business register",
	"pilotzone/internal/registry/register/registertest": "is that register in tests and the demo",
	"pilotzone/internal/registry/person/persontest":     "is that service in tests and the demo",
}

// TestHTTPStaysInFace: net/http never appears below face but in those who call
// outside services, database/sql never in it.
func TestHTTPStaysInFace(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		face := within(p.ImportPath, "pilotzone/internal/face")
		for _, imp := range p.Imports {
			if imp == "net/http" && strings.HasPrefix(p.ImportPath, "pilotzone/internal/") && !face && outside[p.ImportPath] == "" {
				t.Errorf("%s imports net/http: that belongs in face", p.ImportPath)
			}
			if imp == "database/sql" && face && p.ImportPath != "pilotzone/internal/face/bench" {
				t.Errorf("%s imports database/sql: ask the package that owns the table", p.ImportPath)
			}
		}
	}
}

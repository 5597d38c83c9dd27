package workbench

import (
	_ "embed"
	"encoding/csv"
	"slices"
	"strings"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
)

//go:embed services.csv
var servicesCSV string

// service is one row of the catalogue of services (服务目录): what it is, for whom,
// and where it stands if it is open.
type service struct {
	group string
	words ui.Text
	whose []string
	open  string // its page; "" comes later
}

var services = readServices(servicesCSV)

// readServices reads the catalogue, which is ours.
func readServices(text string) (out []service) {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		panic(err) // the file is embedded and tested
	}
	for _, r := range rows[1:] {
		out = append(out, service{group: r[0], words: ui.T(r[1], r[2]), whose: strings.Split(r[3], "|"), open: r[4]})
	}
	return out
}

// audiences names whom a role counts among in the catalogue.
var audiences = map[access.Role]string{access.Clerk: "enterprise", access.Manager: "enterprise", access.Customs: "customs", access.Chief: "customs", access.Tax: "tax",
	access.FX: "fx", access.Commerce: "commerce", access.Market: "market", access.Post: "post", access.Park: "park", access.Bank: "bank"}

// offered are the services for the caller: those that are open, whose page there
// is and may be used, and those that come later.
func offered(p *access.Principal, has func(path string) bool) (open, later []service) {
	for _, s := range services {
		mine := slices.Contains(s.whose, "everyone")
		for role, name := range audiences {
			mine = mine || p.Is(role) && slices.Contains(s.whose, name)
		}
		switch {
		case !mine:
		case s.open == "":
			later = append(later, s)
		case has(s.open):
			open = append(open, s)
		}
	}
	return open, later
}

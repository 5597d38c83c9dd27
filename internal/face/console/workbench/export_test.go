package workbench

import (
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
)

// Home is the landing page by itself, for callers of any role.
func Home(s *ui.Shell, z *zone.Zone) ui.Handler { return (&pages{s, z}).home }

// Open are the pages that the catalogue of services leads to.
func Open() (out []string) {
	for _, s := range services {
		if s.open != "" {
			out = append(out, s.open)
		}
	}
	return out
}

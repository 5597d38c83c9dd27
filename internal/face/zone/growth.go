package zone

import (
	"maps"

	"pilotzone/internal/kernel/matter"
)

// growthHooks are what matters of incentives, parks and cultivation may name.
func (z *Zone) growthHooks(h *matter.Hooks) {
	maps.Copy(h.Effects, z.Passport.Effects())
	maps.Copy(h.Effects, z.Facts.Effects())
	maps.Copy(h.Effects, z.Declarations.Effects())
	maps.Copy(h.Effects, z.Park.Effects())
	maps.Copy(h.Guards, z.Park.Guards())
	maps.Copy(h.Effects, z.Policy.Effects())
	maps.Copy(h.Guards, z.Policy.Guards())
	maps.Copy(h.Effects, z.Directory.Effects())
	maps.Copy(h.Guards, z.Listing.Guards())
	maps.Copy(h.Effects, z.Cultivation.AEO.Effects())
	maps.Copy(h.Guards, z.Cultivation.AEO.Guards())
}

package zone

import "pilotzone/internal/customs/rulebook"

// ShadowParcels is the shadow run over the parcels of a zone.
func ShadowParcels(z *Zone) *rulebook.Parcels { return z.shadowParcels() }

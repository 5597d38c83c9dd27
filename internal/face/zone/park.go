package zone

import (
	"context"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/growth/park/basemap"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/store"
)

// Map is the base map (底图) of the maps of parks and nodes. The program brings
// none: without a file they stand on a plain grid.
type Map struct {
	Base     string `yaml:"base"`     // GeoJSON file of lines and areas in degrees
	Approval string `yaml:"approval"` // 审图号 of the map, shown under it; the operator holds it
}

func (m *Map) validate(add func(field, zh, en string)) {
	if m.Base == "" {
		return
	}
	if _, err := basemap.Load(m.Base, m.Approval); err != nil {
		add("map.base", "底图无法读取，应为 GeoJSON 文件："+err.Error(), "the base map can't be read; it must be a GeoJSON file: "+err.Error())
	}
}

// baseMap reads the configured base map, which Validate has taken; nil without
// one.
func (z *Zone) baseMap() *basemap.Map {
	c := &z.Config
	if c.Map.Base == "" {
		return nil
	}
	m, err := basemap.Load(c.Map.Base, c.Map.Approval)
	if err != nil {
		c.Log.Warn("the base map can't be read any more: places are drawn on a grid (底图无法读取，改用网格)", "error", err)
		return nil
	}
	return m
}

// newPark makes the register of parks and places. Figures and index must be there.
func (z *Zone) newPark() {
	c := &z.Config
	z.Park = park.New(park.Config{DB: z.Store.Services, Clock: c.Clock, Audit: z.Audit, Rules: z.Set, Figures: z.Facts, Consents: z.Facts,
		Trade: park.Cleared{Index: z.Lookup, Filings: z.Registry}, Filings: z.Registry, Log: c.Log,
		Tell: func(ctx context.Context, tx *store.Tx, list ...notify.Notice) error {
			return z.Notify.Tell(ctx, tx, list...)
		}})
	z.BaseMap = z.baseMap()
	z.Facts.Add(z.Park)
	for _, k := range []fact.Kind{fact.Park, fact.Belt, fact.Warehouse} {
		z.Facts.OwnedBy(k, func(ctx context.Context, _ *access.Principal, id string) bool { return z.Park.Owns(ctx, id) })
	}
}

// Package demo fills a zone with invented enterprises and a day's traffic
// through the whole pipeline, and shows what became of it.
package demo

import (
	"strings"

	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/registry"
)

// Filings are the zone's enterprises as the registry files them, from the day
// before the traffic on. The signatures of their lists are placeholders, as those
// of the official samples are, so they are not looked at (签名策略 off).
func Filings(z *traffic.ZoneData, on clock.Day) ([]registry.Filing, error) {
	out := make([]registry.Filing, 0, len(z.Enterprises))
	for _, v := range z.Enterprises {
		kinds, err := registry.ParseKinds(strings.Join(v.Kinds.Names(), "|"))
		if err != nil {
			return nil, err
		}
		out = append(out, registry.Filing{ID: v.Code, CustomsCode: v.Code, USCC: v.USCC, Name: v.Name, Kinds: kinds, From: on.AddDays(-1), Revision: 1,
			Policies: []registry.Policy{{Kind: 621, Mode: registry.Off}, {Kind: 623, Mode: registry.Off}}})
	}
	return out, nil
}

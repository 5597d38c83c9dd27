package api

import (
	"net/netip"

	"pilotzone/internal/face/gate"
	"pilotzone/internal/face/zone"
)

// Gate makes the gate of a zone, which knows its tokens, accounts and audit
// chain.
func Gate(z *zone.Zone) *gate.Gate {
	var proxies []netip.Prefix
	for _, p := range z.Config.HTTP.Proxies {
		if network, err := zone.ParseNetwork(p); err == nil { // checked by Validate
			proxies = append(proxies, network)
		}
	}
	return gate.New(gate.Config{Proxies: proxies, Tokens: z.Config.HTTP.Tokens, Log: z.Config.Log, Metrics: z.Metrics,
		Identify: z.Accounts.Identify, Audit: z.Audit.Record, PublicURL: z.Config.HTTP.PublicURL})
}

package api

import (
	"pilotzone/internal/face/gate"
	"pilotzone/internal/face/zone"
)

// Gate makes the gate of a zone, which knows its tokens, accounts and audit
// chain.
func Gate(z *zone.Zone) *gate.Gate {
	return gate.New(gate.Config{Tokens: z.Config.HTTP.Tokens, Log: z.Config.Log, Metrics: z.Metrics,
		Identify: z.Accounts.Identify, Audit: z.Audit.Record, PublicURL: z.Config.HTTP.PublicURL})
}

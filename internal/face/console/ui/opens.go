package ui

import (
	"context"
	"strings"

	"pilotzone/internal/kernel/access"
)

// opened are pages to which figures lead, and what they need.
var opened = map[string]access.Permission{
	"/parcels": access.ParcelRead, "/enterprises": access.EnterpriseRead, "/declarations": access.FigureRead, "/figures": access.FigureRead, "/evidence": access.FigureRead,
	"/policy/applications": access.ClaimRead, "/pipeline": access.Cultivate, "/repository": access.FigureRead,
}

// Opens tells whether a figure's origin leads the reader somewhere: one that the
// reader may not open is words alone.
func Opens(ctx context.Context, path string) bool {
	for prefix, need := range opened {
		if path == prefix || strings.HasPrefix(path, prefix+"/") || strings.HasPrefix(path, prefix+"?") {
			return access.Of(ctx).May(need)
		}
	}
	return path != ""
}

// Package packs holds the packs that the program ships: the national rules and
// one folder a zone. They are read with [pack.LoadFS] of internal/kernel/pack,
// as LoadFS(packs.Files, "national"); docs/packs.md explains their format.
package packs

import "embed"

// Files are the shipped packs, one folder each.
//
//go:embed national xinxiang
var Files embed.FS

// Names are the shipped packs in the order in which they are laid over each
// other: the national one at the bottom.
func Names() []string { return []string{"national", "xinxiang"} }

// Package packs holds the packs that the program ships: the national rules and
// one folder a zone. They are read with [pack.LoadFS] of internal/kernel/pack,
// as LoadFS(packs.Files, "national"); docs/packs.md explains their format.
package packs

import (
	"embed"
	"io/fs"
)

// Files are the shipped packs, one folder each.
//
//go:embed national xinxiang
var Files embed.FS

// Names are the shipped packs in the order in which they are laid over each
// other: the national one at the bottom.
func Names() []string { return []string{"national", "xinxiang"} }

//go:embed matters
var matters embed.FS

// Matters are the definitions of matters (事项) and their working-day calendar,
// one file each, read by internal/kernel/matter; docs/matters.md explains their
// format.
func Matters() fs.FS {
	sub, err := fs.Sub(matters, "matters")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

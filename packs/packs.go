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
//go:embed national huaian hunan sanya xinxiang
var Files embed.FS

// Names are the packs that a zone runs unless it is told others, in the order in
// which they are laid over each other: the national one at the bottom.
func Names() []string { return []string{"national", "xinxiang"} }

// Shipped are all packs that the program ships: the national one, and those of
// zones, of which a zone lays its own over the national one.
func Shipped() []string { return []string{"national", "huaian", "hunan", "sanya", "xinxiang"} }

//go:embed calendar.yaml
var calendar embed.FS

// Calendar holds the working-day calendar (工作日历) as calendar.yaml, read by
// internal/kernel/matter.
func Calendar() fs.FS { return calendar }

// Matters are the definitions of matters (事项) of the national pack, one file
// each; docs/matters.md explains their format. A running zone reads those of its
// whole set of packs.
func Matters() fs.FS {
	sub, err := fs.Sub(Files, "national/matters")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

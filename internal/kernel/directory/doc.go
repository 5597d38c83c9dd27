// Package directory keeps registers of things (名录): brands, service providers,
// courses, guides, standards, lists that are published. What a directory holds,
// who may enter something, what of it is shown to whom, how it is searched, when
// an entry ends and who may rate it is data: an item of kind `directories` in a
// pack ([Definition]). Shipped entries are items of kind `entries`.
//
//	draft ─submit→ waiting ─publish→ published ⇄ suspended
//	  ↑               │                  │          │
//	  └────return─────┘                  └─remove───┴→ removed
//
// A change that an owner makes to what is published waits beside it as a proposal
// until an office publishes it, where the directory says so. Entries also come by
// matter: [Service.Effects].
//
// Invariants: what is not published, or not for the reader, is as if it were not
// there; every change is one transaction with its revision, its entry of the
// audit chain and its fact in the stream "directory"; a change names the revision
// that it was decided on; personal fields are sealed, never searched or counted,
// and masked wherever they are read; a rating comes from a client of real trade
// alone, once a year; a file is taken in whole or not at all.
package directory

import (
	"embed"
	"errors"

	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/form"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of the service, in the services database.
func Migrations() []store.Migration {
	return []store.Migration{feed.Migration, {File: store.Services, Owner: "directory", FS: migrations}}
}

// Words, Problem and Problems are those of forms.
type (
	Words    = form.Words
	Problem  = form.Problem
	Problems = form.Problems
)

// Errors that a caller acts on.
var (
	// ErrNotFound: there is no such directory or entry, or it is not the caller's to see.
	ErrNotFound = errors.New("directory: no such entry / 没有该名录条目")
	// ErrDenied: the caller may not do this.
	ErrDenied = errors.New("directory: this is not yours to do / 无权操作该名录条目")
	// ErrStale: the entry has changed since the revision that the caller saw.
	ErrStale = errors.New("directory: it has changed meanwhile: look at it again / 条目已有变化，请刷新后再操作")
)

// Package facetest holds the tests that go over the whole face of a zone, the
// interface and the pages together: every route by every role against the table
// of permissions, and every kind of record as the wrong enterprise. What is
// registered at the gate is found by itself, so a new route is held to both
// without a word here.
package facetest

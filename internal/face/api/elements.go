package api

import (
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"pilotzone/ceb"
)

// names are the element names of receipt nodes by kind, in the order of their
// fields.
var names sync.Map // ceb.Kind → []string

// elementNames lists the elements of a kind's node (its head, where it has one).
func elementNames(k ceb.Kind) []string {
	if v, ok := names.Load(k); ok {
		return v.([]string) // nothing else is stored
	}
	var out []string
	if root := ceb.Elements(k); len(root) > 0 {
		node := root[0].Children
		if len(node) > 0 && len(node[0].Children) > 0 {
			node = node[0].Children
		}
		for _, e := range node {
			out = append(out, e.Name)
		}
	}
	names.Store(k, out)
	return out
}

// writerOf is the response writer under a huma context.
func writerOf(c huma.Context) http.ResponseWriter {
	_, w := humago.Unwrap(c)
	return w
}

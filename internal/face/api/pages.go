package api

import "net/http"

// Pages serves pages for people beside the interface, at patterns of their own.
// Until there are accounts they are for those who may see everything.
func (s *Server) Pages(h http.Handler, patterns ...string) {
	for _, p := range patterns {
		s.routes[p] = route{allowed: staff, own: true}
		s.mux.Handle(p, h)
	}
}

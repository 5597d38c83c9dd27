package api

import (
	"bytes"
	"encoding/json"
	"net/http"

	"pilotzone/internal/face/gate"
	"pilotzone/internal/kernel/access"
)

// addDocument serves the OpenAPI document. It is made once, from the operations
// registered before.
func (s *Server) addDocument() {
	doc := s.api.OpenAPI()
	putExamples(doc)
	asJSON, err := json.Marshal(doc)
	if err == nil {
		var buf bytes.Buffer
		if err = json.Indent(&buf, asJSON, "", "  "); err == nil {
			asJSON = buf.Bytes()
		}
	}
	if err != nil {
		panic(err) // the document is made of our own types
	}
	asYAML, err := doc.YAML()
	if err != nil {
		panic(err) // as above
	}
	for path, v := range map[string]struct {
		kind string
		body []byte
	}{"/openapi.json": {"application/openapi+json", asJSON}, "/openapi.yaml": {"application/openapi+yaml", asYAML}} {
		s.gate.Handle("GET "+path, access.Public, gate.API, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", v.kind)
			_, _ = w.Write(v.body) // the client has gone
		}))
	}
}

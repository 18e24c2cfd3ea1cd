package ehr

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// versionOf is the ETag of a document.
func versionOf(raw []byte) string {
	sum := sha256.Sum256(raw)
	return fmt.Sprintf("%q", fmt.Sprintf("%x", sum[:8]))
}

// serveDocument serves a discovery document to anybody, from any origin.
func (t *tenant) serveDocument(build document) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("X-Content-Type-Options", "nosniff")
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			raw, err := json.MarshalIndent(build(), "", "  ")
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			h.Set("Content-Type", "application/json")
			h.Set("Cache-Control", "public, max-age=300")
			h.Set("ETag", versionOf(raw))
			if r.Header.Get("If-None-Match") == versionOf(raw) && !t.has(faults.ConfigurationETagIdle) {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			_, _ = w.Write(append(raw, '\n'))
		case http.MethodOptions:
			h.Set("Access-Control-Allow-Methods", "GET")
			h.Set("Access-Control-Allow-Headers", "Accept, Authorization")
			h.Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
		default:
			h.Set("Allow", "GET, HEAD, OPTIONS")
			http.Error(w, "use GET", http.StatusMethodNotAllowed)
		}
	}
}

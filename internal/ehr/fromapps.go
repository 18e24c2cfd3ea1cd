package ehr

import (
	"net/http"
	"slices"
)

// fromApps wraps an endpoint that apps call themselves: nothing may be cached, and a browser app may
// call it from the origin of one of its redirect URIs.
func (t *tenant) fromApps(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Pragma", "no-cache")
		h.Add("Vary", "Origin")
		if origin := r.Header.Get("Origin"); origin != "" && t.appOrigin(origin) {
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Expose-Headers", "WWW-Authenticate")
		}
		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "POST, GET")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
			h.Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		serve(w, r)
	}
}

// appOrigin reports whether a registered app lives at that origin.
func (t *tenant) appOrigin(origin string) bool {
	lives := func(c *registeredClient) bool { return slices.Contains(c.redirectOrigins(), origin) }
	return slices.ContainsFunc(t.server.order, lives) ||
		slices.ContainsFunc(t.registered.values(), func(r *registration) bool { return lives(r.client) })
}

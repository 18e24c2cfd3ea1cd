package ehr

import (
	"encoding/json"
	"net/http"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// oauthError is an error of RFC 6749: of the callback (section 4.1.2.1) or of the token endpoint
// (section 5.2).
type oauthError struct {
	code        string
	description string
	status      int      // of a response; not used for a callback
	challenges  []string // of a 401
}

// refusal is an error for the callback.
func refusal(code, description string) *oauthError {
	return &oauthError{code: code, description: description}
}

// tokenError is an error for a request of the app itself.
func tokenError(code, description string) *oauthError {
	return &oauthError{code: code, description: description, status: http.StatusBadRequest}
}

// unauthenticated is the answer to a client that could not prove who it is.
func unauthenticated(description string) *oauthError {
	return &oauthError{
		code: "invalid_client", description: description, status: http.StatusUnauthorized,
		challenges: []string{`Basic realm="Harbour Clinic", charset="UTF-8"`},
	}
}

// badBearer is the answer to a request whose access token does not do (RFC 6750 section 3).
func badBearer(status int, code, description string) *oauthError {
	challenge := `Bearer realm="Harbour Clinic"`
	if code != "" {
		challenge += `, error="` + code + `", error_description="` + description + `"`
	}
	return &oauthError{code: code, description: description, status: status, challenges: []string{challenge}}
}

// fail answers a request of an app with an error.
func (t *tenant) fail(w http.ResponseWriter, e *oauthError) {
	status := e.status
	for _, challenge := range e.challenges {
		w.Header().Add("WWW-Authenticate", challenge)
	}
	if e.code == "invalid_client" && t.has(faults.InvalidClientNoChallenge) {
		w.Header().Del("WWW-Authenticate")
		status = http.StatusBadRequest
	}
	writeJSON(w, status, map[string]any{"error": e.code, "error_description": e.description})
}

// writeJSON writes value, with the Content-Type that the header holds already or that of JSON.
func writeJSON(w http.ResponseWriter, status int, value any) {
	raw, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(raw)
}

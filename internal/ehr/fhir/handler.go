package fhir

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxQuery bounds the length of a query string, and of the form of a search by POST.
const maxQuery = 16 << 10

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	allowAnyOrigin(w.Header())
	if r.Method == http.MethodOptions {
		preflight(w)
		return
	}
	answer, p := s.answer(w, r)
	if p != nil {
		if challenge := s.challenge(p); challenge != "" {
			w.Header().Set("WWW-Authenticate", challenge)
		}
		answer = response{status: p.status, body: p.outcome(), allow: p.allow}
	}
	s.write(w, answer)
}

// answer does what a request asks for.
func (s *server) answer(w http.ResponseWriter, r *http.Request) (response, *problem) {
	if len(r.URL.RawQuery) > maxQuery {
		return response{}, problemf(http.StatusRequestURITooLong, "too-long", "The query is longer than %d bytes; search by POST.", maxQuery)
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return response{}, problemf(http.StatusBadRequest, "invalid", "The query is not form-urlencoded.")
	}
	if !acceptsJSON(r.Header, query) {
		return response{}, problemf(http.StatusNotAcceptable, "not-supported", "This server speaks JSON only: ask for %s.", s.release.mediaType)
	}
	path := segments(r.URL.Path)
	if len(path) == 1 && path[0] == "metadata" && s.states == nil {
		return s.metadata(r.Method)
	}
	who, p := s.authenticate(r, query)
	if p != nil {
		return response{}, p
	}
	req := request{method: r.Method, path: path, query: query, ifMatch: r.Header.Get("If-Match"), prefer: r.Header.Values("Prefer")}
	if req.method == http.MethodHead {
		req.method = http.MethodGet
	}
	if p := req.readBody(w, r); p != nil {
		return response{}, p
	}
	if s.states != nil {
		return s.keep(who, req)
	}
	return s.serve(who, req)
}

// segments splits a path at its slashes, leaving empty segments out.
func segments(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

func (s *server) metadata(method string) (response, *problem) {
	if method != http.MethodGet && method != http.MethodHead {
		return response{}, methodNotAllowed(method, "GET, HEAD, OPTIONS")
	}
	return response{status: http.StatusOK, body: s.capabilityStatement()}, nil
}

func methodNotAllowed(method, allow string) *problem {
	p := problemf(http.StatusMethodNotAllowed, "not-supported", "%.16q does not apply here.", method)
	p.allow = allow
	return p
}

func (s *server) write(w http.ResponseWriter, a response) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if a.allow != "" {
		h.Set("Allow", a.allow)
	}
	if a.location != "" {
		h.Set("Location", a.location)
	}
	if a.stored != nil {
		h.Set("ETag", etag(a.stored))
		if at, err := time.Parse(time.RFC3339, lastUpdatedOf(a.stored)); err == nil {
			h.Set("Last-Modified", at.UTC().Format(http.TimeFormat))
		}
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	encoded, err := json.Marshal(a.body)
	if err != nil { // stored resources were read from JSON
		http.Error(w, "the response could not be encoded", http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", s.release.mediaType+"; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(encoded)))
	w.WriteHeader(a.status)
	_, _ = w.Write(encoded) // the client went away
}

// allowAnyOrigin lets scripts of any origin read the answer. Tokens come in a header that a script has
// to know, so no credentials of the browser are involved.
func allowAnyOrigin(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "ETag, Last-Modified, Location, WWW-Authenticate")
}

func preflight(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, DELETE, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "Authorization, Accept, Content-Type, If-Match, Prefer")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

// isJSON are the media types that mean FHIR as JSON. A plus sign turns into a space in _format.
var isJSON = map[string]bool{
	"json": true, "application/json": true, "text/json": true,
	"application/fhir+json": true, "application/json+fhir": true,
	"application/fhir json": true, "application/json fhir": true,
}

// acceptsJSON reports whether the client takes JSON, by _format or else by its Accept header.
func acceptsJSON(h http.Header, query url.Values) bool {
	if format := query.Get("_format"); format != "" {
		mediaType, _, _ := strings.Cut(format, ";")
		return isJSON[strings.ToLower(strings.TrimSpace(mediaType))]
	}
	accepted := strings.Join(h.Values("Accept"), ",")
	if strings.TrimSpace(accepted) == "" {
		return true
	}
	for part := range strings.SplitSeq(accepted, ",") {
		mediaType, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		if q, err := strconv.ParseFloat(parameters["q"], 64); err == nil && q == 0 {
			continue
		}
		if isJSON[mediaType] || mediaType == "*/*" || mediaType == "application/*" {
			return true
		}
	}
	return false
}

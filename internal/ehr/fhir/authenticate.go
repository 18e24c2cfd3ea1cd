package fhir

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// tokenParameter carries the token in a URL or a form (RFC 6750 §§2.2, 2.3), which this server refuses.
const tokenParameter = "access_token"

// maxToken bounds what is looked up as a token.
const maxToken = 8 << 10

// caller is who sends a request.
type caller struct {
	Access
	unchecked bool // reads everything; only by a defect
}

// authenticate resolves the access token of a request.
//
// Credentials that the server does not read, such as Basic or a token in the query, count as none. A
// token in the query beside one in the header is two methods at once (RFC 6750 §2).
func (s *server) authenticate(r *http.Request, query url.Values) (caller, *problem) {
	credentials := r.Header.Values("Authorization")
	inQuery := query.Has(tokenParameter)
	if (len(credentials) > 1 || len(credentials) == 1 && inQuery) && !s.has(faults.FHIRSeveralTokens) {
		return caller{}, invalidRequest("Send one access token, in the Authorization header.")
	}
	var scheme, value string
	if len(credentials) > 0 {
		scheme, value, _ = strings.Cut(credentials[0], " ")
		value = strings.TrimSpace(value)
	}
	if inQuery && s.has(faults.FHIRQueryToken) {
		scheme, value = "Bearer", query.Get(tokenParameter)
	}
	if form := s.formToken(r); form != "" {
		scheme, value = "Bearer", form
	}
	if value != "" && s.has(faults.FHIRAnyScheme) {
		scheme = "Bearer"
	}
	if !strings.EqualFold(scheme, "Bearer") {
		if s.has(faults.FHIROpen) || s.states != nil && s.has(faults.AppStateOpen) {
			return caller{unchecked: true}, nil
		}
		return caller{}, s.anonymous()
	}
	if i := strings.IndexFunc(value, notInToken); i > 0 && s.has(faults.FHIRTokenCut) {
		value = value[:i]
	}
	if access, ok := s.resolve(r, value); ok {
		return caller{Access: access}, nil
	}
	if s.has(faults.FHIRAnyToken) || value == "" && s.has(faults.FHIRBlankToken) {
		return caller{unchecked: true}, nil
	}
	return caller{}, s.invalidToken()
}

func (s *server) resolve(r *http.Request, value string) (Access, bool) {
	if value == "" || len(value) > maxToken || s.has(faults.FHIRTokenRefused) {
		return Access{}, false
	}
	access, err := s.Access(r, value)
	if s.has(faults.FHIRTokenCached) {
		return s.remembered(value, access, err == nil)
	}
	if s.has(faults.FHIRTokenPrefix) {
		if err == nil {
			s.rememberPrefix(value)
		} else if known, ok := s.byPrefix(value); ok {
			access, err = s.Access(r, known)
		}
	}
	return access, err == nil
}

// notInToken reports whether a character may not stand in a token (RFC 6750 §2.1).
func notInToken(r rune) bool { return !evidence.IsB64Token(string(r)) && r != '=' }

// formToken reads the token of a form body (RFC 6750 §2.2); only a defect does.
func (s *server) formToken(r *http.Request) string {
	if !s.has(faults.FHIRFormToken) || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return ""
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxQuery))
	if err != nil {
		return ""
	}
	form, err := url.ParseQuery(string(raw))
	if err != nil {
		return ""
	}
	token := form.Get(tokenParameter)
	form.Del(tokenParameter)
	r.Body = io.NopCloser(strings.NewReader(form.Encode()))
	return token
}

// remembered returns the access of a token that is valid or was so before; only a defect does.
func (s *server) remembered(value string, access Access, valid bool) (Access, bool) {
	s.seenMu.Lock()
	defer s.seenMu.Unlock()
	if valid {
		if len(s.valid) >= maxPrefixes {
			clear(s.valid)
		}
		s.valid[value] = access
	}
	access, known := s.valid[value]
	return access, known
}

const (
	prefixLength = 16
	maxPrefixes  = 1000
)

func prefix(value string) string { return value[:min(prefixLength, len(value))] }

// rememberPrefix and byPrefix are a cache of tokens with too short a key: whoever knows how a token
// that was used begins, holds it.
func (s *server) rememberPrefix(value string) {
	s.seenMu.Lock()
	defer s.seenMu.Unlock()
	if len(s.seen) >= maxPrefixes {
		clear(s.seen)
	}
	s.seen[prefix(value)] = value
}

func (s *server) byPrefix(value string) (string, bool) {
	s.seenMu.Lock()
	defer s.seenMu.Unlock()
	known, ok := s.seen[prefix(value)]
	return known, ok
}

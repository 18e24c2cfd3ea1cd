package session

import (
	"fmt"
	"maps"
	"net/url"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/browser"
)

// callback takes the landing at the redirect URI apart.
func (s *Session) callback(landing browser.Landing) (*evidence.Callback, evidence.Outcome) {
	address, fragment, _ := strings.Cut(landing.URL, "#")
	base, query, _ := strings.Cut(address, "?")
	inQuery, inFragment := values(query), values(fragment)
	if landing.Body != "" {
		maps.Copy(inQuery, values(landing.Body)) // response_mode=form_post
	}
	c := &evidence.Callback{URI: base, Query: s.redactValues(inQuery), Fragment: s.redactValues(inFragment)}
	for _, code := range inQuery["code"] {
		c.Codes = append(c.Codes, s.Recorder.Seal("code", code))
	}
	switch {
	case len(inQuery["access_token"])+len(inFragment["access_token"])+len(inFragment["id_token"]) > 0:
		return c, evidence.GotToken
	case len(inQuery["code"])+len(inFragment["code"]) > 0:
		return c, evidence.GotCode
	case c.Error() != "":
		return c, evidence.GotError
	default:
		return c, evidence.GotNeither
	}
}

// values parses a query as far as it can be parsed.
func values(query string) url.Values {
	v, _ := url.ParseQuery(query)
	if v == nil {
		v = url.Values{}
	}
	return v
}

// firstCode returns the first code of a landing: from its query, its form or its fragment.
func firstCode(landing browser.Landing) string {
	address, fragment, _ := strings.Cut(landing.URL, "#")
	_, query, _ := strings.Cut(address, "?")
	for _, part := range []string{query, landing.Body, fragment} {
		if code := values(part).Get("code"); code != "" {
			return code
		}
	}
	return ""
}

// openParameters are those whose values say nothing that must be kept secret.
var openParameters = map[string]bool{
	"state": true, "scope": true, "nonce": true, "aud": true, "response_type": true, "client_id": true,
	"redirect_uri": true, "code_challenge": true, "code_challenge_method": true, "error": true,
	"error_description": true, "error_uri": true, "iss": true, "prompt": true,
}

// redactValues copies parameters with the values of secret ones replaced.
func (s *Session) redactValues(in url.Values) map[string][]string {
	out := make(map[string][]string, len(in))
	for name, list := range in {
		for _, v := range list {
			if openParameters[name] {
				v = s.Recorder.Redact(v) // a plain code_challenge is the verifier itself
			} else {
				v = fmt.Sprintf("[%s %s]", name, s.Recorder.Seal(name, v).Fingerprint)
			}
			out[name] = append(out[name], v)
		}
	}
	return out
}

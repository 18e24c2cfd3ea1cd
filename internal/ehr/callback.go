package ehr

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// answer is one parameter of a callback. Callbacks list theirs in a fixed order.
type answer struct{ name, value string }

// codeCallback returns where the browser takes an authorization code.
func (t *tenant) codeCallback(r *http.Request, q *authorizationRequest, code string) string {
	answers := []answer{{"code", code}}
	if t.has(faults.CallbackCodeRepeated) {
		answers = append(answers, answer{"code", code})
	}
	answers = append(answers, answer{"state", t.successState(r, q.state)})
	return t.callback(q, answers, t.has(faults.CodeInFragment))
}

// errorCallback returns where the browser takes an error (RFC 6749 section 4.1.2.1).
func (t *tenant) errorCallback(r *http.Request, q *authorizationRequest, code, description string) string {
	if t.has(faults.AuthorizeErrorInvented) {
		code = "ehr_" + strings.ReplaceAll(code, "_", "-")
	}
	state := t.keptState(r, q.state)
	if t.has(faults.StateMissingOnError) {
		state = ""
	}
	return t.callback(q, []answer{{"error", code}, {"error_description", description}, {"state", state}}, false)
}

// implicitCallback delivers an access token in the fragment, which nobody should do.
func (t *tenant) implicitCallback(r *http.Request, q *authorizationRequest, token string) string {
	return t.callback(q, []answer{
		{"access_token", token}, {"token_type", "Bearer"}, {"expires_in", strconv.Itoa(int(accessLifetime / time.Second))},
		{"state", t.successState(r, q.state)},
	}, true)
}

// callback appends the answers, and the issuer (RFC 9207), to the redirect URI. Empty ones are left out.
func (t *tenant) callback(q *authorizationRequest, answers []answer, fragment bool) string {
	leftOut := t.has(faults.IssParameterMissing) || t.has(faults.IssMissingOnError) && answers[0].name == "error"
	if !leftOut {
		answers = append(answers, answer{"iss", t.issuer()})
	}
	var pairs []string
	for _, a := range answers {
		if a.value != "" {
			pairs = append(pairs, a.name+"="+url.QueryEscape(a.value))
		}
	}
	joint := "?"
	switch {
	case fragment:
		joint = "#"
	case strings.HasSuffix(q.redirectURI, "?"):
		joint = ""
	case strings.Contains(q.redirectURI, "?"):
		joint = "&"
	}
	return q.redirectURI + joint + strings.Join(pairs, "&")
}

// successState is the state of a callback with a code: byte for byte what the app sent.
func (t *tenant) successState(r *http.Request, state string) string {
	state = t.keptState(r, state)
	switch {
	case t.has(faults.StateDropped):
		return ""
	case t.has(faults.StateInvented) && state == "":
		return opaque()
	default:
		return state
	}
}

// keptState is what the tenant remembers of the state.
func (t *tenant) keptState(r *http.Request, state string) string {
	switch {
	case t.has(faults.StateDecodedTwice):
		if decoded, err := url.QueryUnescape(state); err == nil {
			return decoded
		}
	case t.has(faults.StateTruncated) && len(state) > 255:
		return state[:255]
	case t.has(faults.StateLastWins):
		if c, err := r.Cookie(t.cookie("state")); err == nil {
			return decodeState(c.Value)
		}
	}
	return state
}

func encodeState(state string) string { return base64.RawURLEncoding.EncodeToString([]byte(state)) }

func decodeState(cookie string) string {
	state, _ := base64.RawURLEncoding.DecodeString(cookie)
	return string(state)
}

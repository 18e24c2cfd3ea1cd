package ehr

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// credentials are what a request says about its client.
type credentials struct {
	id        string
	secret    string
	assertion string
	basic     bool // id and secret come from the Authorization header
	methods   int  // how many ways of authentication it uses; RFC 6749 section 2.3 allows one
}

// authenticate finds out which client sends a request, and that it is that client.
func (t *tenant) authenticate(r *http.Request, form parameters) (*registeredClient, *oauthError) {
	c, failed := t.credentials(r, form)
	if failed != nil {
		return nil, failed
	}
	if c.methods > 1 && !t.has(faults.TwoMethodsAccepted) {
		return nil, tokenError("invalid_request", "the client authenticates in more than one way")
	}
	if c.assertion != "" {
		return t.byAssertion(r.Context(), r.URL.Path, c)
	}
	client, known := t.client(c.id)
	switch {
	case !known && t.has(faults.UnknownClientOtherError):
		return nil, tokenError("invalid_request", "unknown client_id")
	case !known:
		return nil, unauthenticated("no client is registered under that client_id")
	}
	if c.secret != "" || c.basic && t.has(faults.SecretEmptyAccepted) {
		return client, t.checkSecret(client, c.secret)
	}
	trusted := t.has(faults.ConfidentialNoSecret) || t.has(faults.RefreshNoSecret) && form.get("grant_type") == "refresh_token"
	switch {
	case client.confidential() && !trusted:
		return nil, unauthenticated("this client has to authenticate")
	case client.Kind == Public && t.has(faults.PublicClientRefused):
		return nil, unauthenticated("client_secret is missing")
	}
	return client, nil
}

func (t *tenant) checkSecret(client *registeredClient, secret string) *oauthError {
	right := sameSecret(secret, client.Secret) || t.has(faults.SecretUnchecked) ||
		secret == "" && t.has(faults.SecretEmptyAccepted) || t.has(faults.SecretOfOtherAccepted) && t.secretOfAny(secret)
	if client.Kind != Symmetric || !right {
		return unauthenticated("the client or its secret is wrong")
	}
	return nil
}

// secretOfAny reports whether some client has that secret.
func (t *tenant) secretOfAny(secret string) bool {
	has := func(c *registeredClient) bool { return c.Kind == Symmetric && sameSecret(secret, c.Secret) }
	return slices.ContainsFunc(t.server.order, has) ||
		slices.ContainsFunc(t.registered.values(), func(r *registration) bool { return has(r.client) })
}

// credentials collects them from the Authorization header and the form.
func (t *tenant) credentials(r *http.Request, form parameters) (credentials, *oauthError) {
	c := credentials{id: form.get("client_id"), secret: form.get("client_secret"), assertion: form.get("client_assertion")}
	if t.has(faults.SecretInQuery) && c.secret == "" {
		if query, err := parseForm(r.URL.RawQuery); err == nil {
			c.secret = query.get("client_secret")
		}
	}
	if t.has(faults.SecretInBodyIgnored) {
		c.secret = ""
	}
	if t.has(faults.AsymmetricClientRefused) {
		c.assertion = ""
	}
	for _, used := range []string{c.secret, c.assertion} {
		if used != "" {
			c.methods++
		}
	}
	if c.assertion != "" && form.get("client_assertion_type") != assertionType {
		return c, tokenError("invalid_request", "client_assertion_type must be "+assertionType)
	}
	header := r.Header.Get("Authorization")
	if header == "" || t.has(faults.SymmetricClientRefused) {
		return c, nil
	}
	c.methods++
	id, secret, ok := t.basicCredentials(header)
	switch {
	case !ok:
		return c, unauthenticated("the Authorization header holds no Basic credentials")
	case c.id != "" && c.id != id:
		return c, tokenError("invalid_request", "client_id differs from that in the Authorization header")
	case c.methods == 1:
		c.id, c.secret, c.basic = id, secret, true
	}
	return c, nil
}

// basicCredentials reads HTTP Basic credentials. Both parts are form-encoded before they are put
// together (RFC 6749 section 2.3.1).
func (t *tenant) basicCredentials(header string) (id, secret string, ok bool) {
	scheme, encoded, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", "", false
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return "", "", false
	}
	encodedID, encodedSecret, found := strings.Cut(string(raw), ":")
	if !found {
		return "", "", false
	}
	if t.has(faults.BasicNotDecoded) {
		return encodedID, encodedSecret, true
	}
	if id, err = url.QueryUnescape(encodedID); err != nil {
		return "", "", false
	}
	if secret, err = url.QueryUnescape(encodedSecret); err != nil {
		return "", "", false
	}
	return id, secret, true
}

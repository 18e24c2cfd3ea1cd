package session

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// TokenRequest is a request to the token endpoint before it is sent. Probes change it to break it.
type TokenRequest struct {
	Method        string
	Query         url.Values
	Form          url.Values
	Authorization string // the header field, or ""
}

// Tokens are the secrets of a token response, in clear.
type Tokens struct {
	Access, Refresh, ID string
	Scope               string // as granted; in evidence, the code of a granular scope is taken for one of OAuth
}

// CodeRequest returns the correct request that redeems the code of a.
func (s *Session) CodeRequest(a Answer) (TokenRequest, error) {
	r := TokenRequest{Method: http.MethodPost, Form: url.Values{
		"grant_type": {"authorization_code"}, "code": {a.Code}, "redirect_uri": {a.RedirectURI},
	}}
	if a.Verifier != "" {
		r.Form.Set("code_verifier", a.Verifier)
	}
	return r, s.authenticateFor(&r, a)
}

// RefreshRequest returns the correct request that the client of a refreshes its grant with: for scopes, or
// for those of the grant when there are none.
func (s *Session) RefreshRequest(a Answer, refreshToken string, scopes ...string) (TokenRequest, error) {
	r := TokenRequest{Method: http.MethodPost, Form: url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {refreshToken},
	}}
	if len(scopes) > 0 {
		r.Form.Set("scope", strings.Join(scopes, " "))
	}
	return r, s.authenticateFor(&r, a)
}

// authenticateFor adds the authentication of the client that the request of a names.
func (s *Session) authenticateFor(r *TokenRequest, a Answer) error {
	kind := target.ClientKind(a.Request.Launch.Client)
	if a.Request.As != nil {
		return s.AuthenticateAs(r, kind, *a.Request.As, a.Metadata)
	}
	return s.Authenticate(r, kind, a.Metadata)
}

// Authenticate adds the authentication of a client of the target file to the request.
func (s *Session) Authenticate(r *TokenRequest, kind target.ClientKind, m Metadata) error {
	client, ok := s.Config.Client(kind)
	if !ok {
		return Unavailable{fmt.Sprintf("the target file has no clients.%s", kind)}
	}
	return s.AuthenticateAs(r, kind, client, m)
}

// AuthenticateAs adds the authentication of any client of that kind to the request.
func (s *Session) AuthenticateAs(r *TokenRequest, kind target.ClientKind, client target.Client, m Metadata) error {
	switch kind {
	case target.Public, target.Expiring:
		r.Form.Set("client_id", client.ID)
	case target.Symmetric:
		if client.Auth == target.AuthPost {
			r.Form.Set("client_id", client.ID)
			r.Form.Set("client_secret", client.Secret.Reveal())
			return nil
		}
		r.Authorization = Basic(client.ID, client.Secret.Reveal())
	default:
		return s.Assert(r, client, oauth.NewAssertion(client.ID, m.TokenEndpoint, time.Now()))
	}
	return nil
}

// Anonymize takes out of the request what says which client sends it.
func (r *TokenRequest) Anonymize() {
	r.Authorization = ""
	for _, name := range []string{"client_id", "client_secret", "client_assertion", "client_assertion_type"} {
		r.Form.Del(name)
	}
}

// Basic returns the header field of HTTP Basic authentication, with id and secret encoded as RFC 6749
// §2.3.1 says.
func Basic(id, secret string) string {
	pair := url.QueryEscape(id) + ":" + url.QueryEscape(secret)
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))
}

// Assert adds a client assertion, signed with the client's key, to the request.
func (s *Session) Assert(r *TokenRequest, client target.Client, a oauth.Assertion) error {
	key, err := client.SigningKey()
	if err != nil {
		return fmt.Errorf("the key of client %s %w", client.ID, err)
	}
	signed, err := a.Sign(key)
	if err != nil {
		return err
	}
	r.Form.Set("client_assertion_type", oauth.AssertionType)
	r.Form.Set("client_assertion", signed)
	return nil
}

// Send sends the request to the token endpoint. An error means that no answer came.
func (s *Session) Send(ctx context.Context, scope *record.Scope, m Metadata, r TokenRequest) (evidence.TokenResponse, Tokens, error) {
	address := m.TokenEndpoint
	if len(r.Query) > 0 {
		address += "?" + r.Query.Encode()
	}
	var body string
	if r.Method != http.MethodGet {
		body = r.Form.Encode()
	}
	req, err := http.NewRequest(r.Method, address, strings.NewReader(body))
	if err != nil {
		return evidence.TokenResponse{}, Tokens{}, fmt.Errorf("cannot request %s: %w", m.TokenEndpoint, err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Accept", "application/json")
	if r.Authorization != "" {
		req.Header.Set("Authorization", r.Authorization)
	}
	response, err := scope.Do(ctx, req)
	if err != nil {
		return evidence.TokenResponse{}, Tokens{}, err
	}
	e, tokens := s.tokenResponse(ctx, m, response, r.Form.Get("code"))
	return e, tokens, nil
}

// tokenResponse takes the answer of the token endpoint to a code, or to something else, apart.
func (s *Session) tokenResponse(ctx context.Context, m Metadata, r record.Response, code string) (evidence.TokenResponse, Tokens) {
	e := evidence.TokenResponse{Exchange: r.ID, Status: r.Status, Header: s.Recorder.Headers(r.Header)}
	var members map[string]json.RawMessage
	if json.Unmarshal(r.Body, &members) != nil || members == nil {
		return e, Tokens{}
	}
	var tokens Tokens
	tokens.Access, e.AccessToken = s.sealMember(members, "access_token")
	tokens.Refresh, e.RefreshToken = s.sealMember(members, "refresh_token")
	_ = json.Unmarshal(members["scope"], &tokens.Scope) // absent
	if _, there := members["id_token"]; there {
		tokens.ID, _ = s.sealMember(members, "id_token")
		e.IDToken = s.idToken(ctx, m, tokens.ID)
		e.IDToken.AtHash, e.IDToken.CHash = fit(e.IDToken, "at_hash", tokens.Access), fit(e.IDToken, "c_hash", code)
	}
	for name := range members {
		members[name] = s.redactMember(members, name)
	}
	e.Members = members
	return e, tokens
}

// sealMember takes a secret out of the members and leaves a placeholder in its place.
func (s *Session) sealMember(members map[string]json.RawMessage, name string) (string, *evidence.Secret) {
	var value string
	if json.Unmarshal(members[name], &value) != nil || value == "" {
		return "", nil
	}
	sealed := s.Recorder.Seal(name, value)
	members[name], _ = json.Marshal(fmt.Sprintf("[%s %s]", name, sealed.Fingerprint))
	return value, &sealed
}

// tokenMember matches the names of members that hold a token, however a server spells them.
var tokenMember = regexp.MustCompile(`(?i)^(access|refresh|id)_?token$`)

// redactMember replaces the secrets that a member of a token response holds in unusual places: in tokens
// that are no strings or whose names are spelled otherwise, and inside of other members. The type stays.
func (s *Session) redactMember(members map[string]json.RawMessage, name string) json.RawMessage {
	value := members[name]
	clean := json.RawMessage(s.Recorder.Redact(string(value)))
	switch {
	case !tokenMember.MatchString(name) && json.Valid(clean):
		return clean
	case value[0] == '{':
		return json.RawMessage(`{}`)
	case value[0] == '[':
		return json.RawMessage(`[]`)
	case value[0] == '"':
		if name != strings.ToLower(name) || !strings.Contains(name, "_") { // the usual names are sealed already
			s.sealMember(members, name)
		}
		return members[name]
	case value[0] == 't', value[0] == 'f', value[0] == 'n':
		return value
	default:
		return json.RawMessage(`0`)
	}
}

func (s *Session) idToken(ctx context.Context, m Metadata, raw string) *evidence.IDToken {
	e := &evidence.IDToken{Received: time.Now().Unix()}
	parsed, err := oauth.ParseIDToken(raw)
	if err != nil {
		e.Malformed = err.Error()
		return e
	}
	e.Header, e.Claims = parsed.Header, parsed.Claims
	if m.JWKSURI == "" {
		if m, err = s.provider(ctx, m, e); err != nil {
			e.KeySet = err.Error()
			return e
		}
		e.Issuer = m.Issuer
	}
	e.KeySet, e.Signature = s.verify(ctx, m, raw)
	return e
}

package session

import (
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/record"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// OpenIDMetadata is what the flows need of the OpenID configuration.
type OpenIDMetadata struct {
	UserInfo          string
	SigningAlgorithms []string // of ID tokens
	Claims            []string
	Prompts           []string
	RequestObjects    bool
	RequestURIs       *bool // nil when it does not say, which means yes
}

// UnmarshalJSON reads the members that it knows; one of a wrong type counts as absent.
func (m *OpenIDMetadata) UnmarshalJSON(raw []byte) error {
	return readMembers(raw, map[string]any{
		"userinfo_endpoint": &m.UserInfo, "id_token_signing_alg_values_supported": &m.SigningAlgorithms,
		"claims_supported": &m.Claims, "prompt_values_supported": &m.Prompts,
		"request_parameter_supported": &m.RequestObjects, "request_uri_parameter_supported": &m.RequestURIs,
	})
}

// OpenIDMetadata returns what the OpenID configuration of the issuer says, fetched once. It is unavailable
// where there is none.
func (s *Session) OpenIDMetadata(ctx context.Context) (OpenIDMetadata, error) {
	return s.openID.get(ctx, "", func(ctx context.Context) (OpenIDMetadata, error) {
		m, err := s.Metadata(ctx)
		if err != nil {
			return OpenIDMetadata{}, err
		}
		if m.Issuer == "" {
			return OpenIDMetadata{}, Unavailable{"the SMART configuration names no issuer"}
		}
		var published OpenIDMetadata
		address := strings.TrimRight(m.Issuer, "/") + "/.well-known/openid-configuration"
		if err := s.getJSON(ctx, "session.openid", address, &published); err != nil {
			if ctx.Err() != nil {
				return OpenIDMetadata{}, err
			}
			return OpenIDMetadata{}, Unavailable{"there is no OpenID configuration to go by: " + err.Error()}
		}
		return published, nil
	})
}

// UserInfoEndpoint returns the address of the UserInfo endpoint. It is unavailable where there is none, and
// where it lies on a host that no other endpoint lives on: a token is not carried there.
func (s *Session) UserInfoEndpoint(ctx context.Context) (string, error) {
	published, err := s.OpenIDMetadata(ctx)
	if err != nil {
		return "", err
	}
	m, err := s.Metadata(ctx)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(published.UserInfo)
	if published.UserInfo == "" || err != nil || !u.IsAbs() {
		return "", Unavailable{"the OpenID configuration names no userinfo_endpoint"}
	}
	for _, known := range []string{m.Issuer, m.TokenEndpoint, m.AuthorizationEndpoint, s.Config.FHIR} {
		k, err := url.Parse(known)
		if err == nil && k.Scheme == u.Scheme && strings.EqualFold(k.Host, u.Host) {
			return published.UserInfo, nil
		}
	}
	return "", Unavailable{fmt.Sprintf("userinfo_endpoint is on %s, where no token of this server is sent", u.Host)}
}

// UserInfo calls the UserInfo endpoint with an access token, or without when it is empty.
func (s *Session) UserInfo(ctx context.Context, scope *record.Scope, endpoint, method, token string) (evidence.UserInfo, error) {
	var e evidence.UserInfo
	m, err := s.Metadata(ctx)
	if err != nil {
		return e, err
	}
	req, err := http.NewRequest(method, endpoint, http.NoBody)
	if err != nil {
		return e, fmt.Errorf("cannot request %s: %w", endpoint, err)
	}
	req.Header.Set("Accept", "application/json, application/jwt")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := scope.Do(ctx, req)
	if err != nil {
		return e, err
	}
	e.Exchange, e.Status, e.Challenge = response.ID, response.Status, response.Header.Values("WWW-Authenticate")
	e.MediaType, _, _ = mime.ParseMediaType(response.Header.Get("Content-Type"))
	var claims map[string]json.RawMessage
	switch {
	case e.MediaType == "application/jwt":
		raw := strings.TrimSpace(string(response.Body))
		parsed, err := oauth.ParseIDToken(raw)
		if err != nil {
			e.Problem = "the answer is a JWT that cannot be read; it may be encrypted"
			return e, nil
		}
		claims = parsed.Claims
		e.Problem, e.Signature = s.verify(ctx, m, raw)
	case json.Unmarshal(response.Body, &claims) != nil || claims == nil:
		e.Problem = "the body is not a JSON object"
		return e, nil
	}
	_ = json.Unmarshal(claims["sub"], &e.Subject) // no text counts as absent
	return e, nil
}

// Visit is one browser that makes authorization requests one after the other.
type Visit struct {
	session *Session
	person  *visitor
	stuck   bool
}

// SignedIn reports whether somebody has signed in with the browser.
func (v *Visit) SignedIn() bool { return v.person.signedIn }

// InOneBrowser lets do make standalone requests of one user in a browser that nobody has signed in with,
// unless the user has but one. It holds the place of a journey, and so do must not ask for other grants.
func (s *Session) InOneBrowser(ctx context.Context, launch evidence.Launch, do func(*Visit) error) error {
	if launch.Mode != string(target.Standalone) {
		return Unavailable{"requests in one browser need a standalone launch"}
	}
	if err := s.present(ctx, launch); err != nil {
		return err
	}
	role := target.UserRole(launch.User)
	person, err := s.meet(ctx, role, true)
	if err != nil {
		return err
	}
	v := &Visit{session: s, person: person}
	defer func() { s.part(role, person, person.lone && !v.stuck) }()
	return do(v)
}

// Authorize makes the next request.
func (v *Visit) Authorize(ctx context.Context, scope *record.Scope, r Request) (Answer, error) {
	a, err := v.session.prepare(ctx, r)
	if err != nil {
		return a, err
	}
	stuck, err := v.session.travel(ctx, scope, v.person, &a)
	v.stuck = v.stuck || stuck
	v.person.signedIn = v.person.signedIn || a.Evidence.Outcome == evidence.GotCode
	return a, err
}

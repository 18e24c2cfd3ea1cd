package session

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/oauth"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// verifierLength is the length of an ordinary code verifier, in characters.
const verifierLength = 64

// Request is an authorization request before it is made. The zero value of every field but Launch asks
// for what a well-behaved app would send.
type Request struct {
	Launch   evidence.Launch
	As       *target.Client // instead of the client of the target file
	Scopes   []string       // instead of those of the target file
	Set      url.Values     // parameters to replace; an empty list leaves the parameter out
	Verifier string         // instead of a random one
	// NoVerifier keeps the verifier out of the token request.
	NoVerifier bool
	Post       bool     // send the request as a form
	Deny       bool     // press deny at the consent page
	Untick     []string // scopes to untick at the consent page
	// Fresh uses a browser that nobody has signed in with. A server may tie all grants of one browser session
	// together, so a probe that ends its grant asks for it.
	Fresh   bool
	Trap    []string // more addresses that end the journey
	Guarded bool     // end the journey before any navigation away from the server
	Framed  bool     // make the request in a frame of another site, and press nothing
}

// prepare fills in the parameters of the request.
func (s *Session) prepare(ctx context.Context, r Request) (Answer, error) {
	role, mode, kind := target.UserRole(r.Launch.User), target.LaunchMode(r.Launch.Mode), target.ClientKind(r.Launch.Client)
	cfg := s.Config
	if r.As != nil {
		cfg.Clients = maps.Clone(cfg.Clients)
		cfg.Clients[kind] = *r.As
	}
	if lack := cfg.Lacks(role, mode, kind); lack != "" {
		return Answer{}, Unavailable{lack}
	}
	metadata, err := s.Metadata(ctx)
	if err != nil {
		return Answer{}, err
	}
	if r.Scopes == nil {
		r.Scopes = cfg.LaunchScopes(role, mode, kind)
	}
	if r.Verifier == "" {
		r.Verifier = oauth.Verifier(verifierLength)
	}
	client := cfg.Clients[kind]
	parameters := url.Values{
		"response_type":         {"code"},
		"client_id":             {client.ID},
		"redirect_uri":          {client.Redirect},
		"scope":                 {strings.Join(r.Scopes, " ")},
		"state":                 {oauth.Random(24)},
		"aud":                   {s.Config.FHIR},
		"nonce":                 {oauth.Random(16)},
		"code_challenge":        {oauth.S256(r.Verifier)},
		"code_challenge_method": {"S256"},
	}
	if s.Config.Spec == "1.0.0" && !slices.Contains(metadata.ChallengeMethods, "S256") {
		parameters.Del("code_challenge")
		parameters.Del("code_challenge_method")
		r.Verifier = ""
	}
	if !slices.Contains(r.Scopes, "openid") {
		parameters.Del("nonce") // it belongs to OpenID Connect, and some servers refuse it elsewhere
	}
	for name, values := range r.Set {
		if len(values) == 0 {
			parameters.Del(name)
			continue
		}
		parameters[name] = values
	}
	s.Recorder.Seal("code_verifier", r.Verifier)
	if r.NoVerifier {
		r.Verifier = ""
	}
	return Answer{
		Request: r, Client: client, Metadata: metadata, Parameters: parameters, Verifier: r.Verifier,
		RedirectURI: client.Redirect,
	}, nil
}

// driver says how the pages of a journey are answered.
func (s *Session) driver(r Request) browser.Driver {
	user := s.Config.Users[target.UserRole(r.Launch.User)]
	d := browser.Driver{
		Username: func() string { return user.Username }, Patient: user.Patient,
		Encounter: user.Encounter, Untick: r.Untick,
	}
	if !user.Password.IsZero() {
		d.Password = user.Password.Reveal
	}
	if !user.TOTP.IsZero() {
		d.TOTP = func() string { return s.oneTimeCode(user.TOTP) }
	}
	if r.Deny {
		d.Consent = browser.Deny
	}
	return d
}

package probe

import (
	"context"
	"fmt"
	"net/url"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
)

// OpenID lists the probes of OpenID Connect. That of the OpenID documents is in Discovery.
func OpenID() []Probe {
	return []Probe{
		of(evidence.SigningKeysKind, signingKeys),
		of(evidence.WithoutOpenIDKind, withoutOpenID),
		of(evidence.UserInfoKind, userInfo),
		of(evidence.OpenIDTurnsKind, openIDTurns),
		of(evidence.OptionalParametersKind, optionalParameters),
		of(evidence.RequestObjectKind, requestObjects),
	}
}

// signingKeys reads the key set once more when all launches are made, and checks their ID tokens against it.
func signingKeys(ctx context.Context, s *session.Session) (evidence.SigningKeys, error) {
	m, err := s.Metadata(ctx)
	if err != nil {
		return evidence.SigningKeys{}, err
	}
	if m.JWKSURI == "" {
		return evidence.SigningKeys{}, unavailable("the SMART configuration has no jwks_uri")
	}
	grants, err := sharedGrants(ctx, s)
	if err != nil {
		return evidence.SigningKeys{}, err
	}
	e := s.VerifyAgain(ctx, m, grants)
	published, err := s.OpenIDMetadata(ctx)
	if _, lacking := session.Lacking(err); err != nil && !lacking {
		return e, err
	}
	e.Algorithms = published.SigningAlgorithms
	return e, nil
}

// withoutOpenID makes a launch that does not ask for openid.
func withoutOpenID(ctx context.Context, s *session.Session) (evidence.Grant, error) {
	grant, err := plainGrant(ctx, s)
	return grant.Evidence, err
}

// plainGrant returns a working grant that openid was not asked for. Its scopes are those of the narrow
// grant of resource-access, so that one journey serves both.
func plainGrant(ctx context.Context, s *session.Session) (session.Grant, error) {
	return workingGrant(ctx, s, []string{"patient/Patient" + readLetters(s), "patient/" + s.Config.Data.Resource + readLetters(s)})
}

// identified returns a working shared grant that an ID token came with.
func identified(ctx context.Context, s *session.Session, launch evidence.Launch) (session.Grant, error) {
	grant, err := s.SharedGrant(ctx, session.Request{Launch: launch})
	switch {
	case err != nil:
	case !grant.Evidence.Worked():
		err = fmt.Errorf("no ID token could be had: %s", grant.Evidence.Describe())
	case grant.Evidence.Token.IDToken == nil || grant.Evidence.Token.IDToken.Malformed != "":
		err = unavailable("no ID token came with the token response")
	}
	return grant, err
}

// optionalParameters makes a request with the parameters of OpenID Connect that a server may do without.
func optionalParameters(ctx context.Context, s *session.Session) (evidence.Variants, error) {
	launch, err := s.AnyLaunch()
	if err != nil {
		return evidence.Variants{}, err
	}
	grant, err := identified(ctx, s, launch)
	if err != nil {
		return evidence.Variants{}, err
	}
	result, err := try(ctx, s, evidence.OptionalParametersKind.Name(), launch, variant{
		name: "optional parameters", request: session.Request{Set: url.Values{
			"acr_values": {"urn:example:smartcheck:unknown"}, "ui_locales": {"tlh"}, "display": {"page"},
			"id_token_hint": {grant.Tokens.ID},
		}},
	}, true)
	return evidence.Variants{Variants: []evidence.Variant{result}}, err
}

// requestObjects makes requests with a request object, by value and by reference, of a server that says that
// it does not support them. They are complete without it.
func requestObjects(ctx context.Context, s *session.Session) (evidence.Variants, error) {
	published, err := s.OpenIDMetadata(ctx)
	if err != nil {
		return evidence.Variants{}, err
	}
	launch, err := s.AnyLaunch()
	if err != nil {
		return evidence.Variants{}, err
	}
	if _, err := identified(ctx, s, launch); err != nil {
		return evidence.Variants{}, err
	}
	var sent []variant
	if !published.RequestObjects {
		sent = append(sent, variant{name: "a request object", request: session.Request{Set: url.Values{"request": {unsignedRequest}}}})
	}
	if published.RequestURIs != nil && !*published.RequestURIs {
		sent = append(sent, variant{name: "the address of a request object", request: session.Request{
			Set: url.Values{"request_uri": {"https://app.smartcheck.invalid/request.jwt"}},
		}})
	}
	if len(sent) == 0 {
		return evidence.Variants{}, unavailable("the OpenID configuration says that request objects are supported")
	}
	results, err := each(sent, func(v variant) (evidence.Variant, error) {
		return try(ctx, s, evidence.RequestObjectKind.Name(), launch, v, false)
	})
	return evidence.Variants{Variants: results}, err
}

// unsignedRequest is {"alg":"none"}.{"max_age":86400}, a request object that asks for nothing new.
const unsignedRequest = "eyJhbGciOiJub25lIn0.eyJtYXhfYWdlIjo4NjQwMH0."

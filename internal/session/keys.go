package session

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/oauth"
)

type keySet struct{ jose.JSONWebKeySet }

// provider completes the metadata with the OpenID configuration of the issuer that an ID token names. Apps of
// SMART App Launch 1.0.0, whose configuration names neither issuer nor keys, find the keys in this way (scopes
// and launch context, "Steps for using an ID token").
func (s *Session) provider(ctx context.Context, m Metadata, id *evidence.IDToken) (Metadata, error) {
	issuer, _ := id.Text("iss")
	if !strings.HasPrefix(issuer, "https://") {
		return m, errors.New("the SMART configuration has no jwks_uri, and the ID token names no https issuer whose OpenID configuration could")
	}
	published, err := s.providers.get(ctx, issuer, func(ctx context.Context) (Metadata, error) {
		var published Metadata
		err := s.getJSON(ctx, "session.provider", strings.TrimRight(issuer, "/")+"/.well-known/openid-configuration", &published)
		return published, err
	})
	return m.or(published), err
}

// keysOf returns the key set of the server, fetched once.
func (s *Session) keysOf(ctx context.Context, m Metadata) (keySet, error) {
	return s.keys.get(ctx, m.JWKSURI, func(ctx context.Context) (keySet, error) { return s.fetchKeys(ctx, m) })
}

// keysWith returns the key set fetched anew because of a kid that the one at hand does not hold, once for
// each such kid (OpenID Connect Core §10.1.1).
func (s *Session) keysWith(ctx context.Context, m Metadata, kid string) (keySet, error) {
	return s.keys.get(ctx, m.JWKSURI+" with "+kid, func(ctx context.Context) (keySet, error) { return s.fetchKeys(ctx, m) })
}

// fetchKeys fetches the key set.
func (s *Session) fetchKeys(ctx context.Context, m Metadata) (keySet, error) {
	var raw struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if m.JWKSURI == "" {
		return keySet{}, errors.New("neither the SMART configuration nor the OpenID configuration has a jwks_uri")
	}
	if err := s.getJSON(ctx, "session.jwks", m.JWKSURI, &raw); err != nil {
		return keySet{}, err
	}
	var set keySet
	for _, one := range raw.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(one) == nil { // keys of unknown types are none of our business here
			set.Keys = append(set.Keys, key)
		}
	}
	return set, nil
}

// verify checks the signature of a token. It returns why the key set could not be read, or why the
// signature does not hold.
func (s *Session) verify(ctx context.Context, m Metadata, raw string) (unread, wrong string) {
	keys, err := s.keysOf(ctx, m)
	if err != nil {
		return err.Error(), ""
	}
	err = oauth.VerifySignature(raw, keys.JSONWebKeySet)
	var unknown oauth.UnknownKeyError
	if errors.As(err, &unknown) {
		if keys, err = s.keysWith(ctx, m, unknown.KeyID); err != nil {
			return err.Error(), ""
		}
		err = oauth.VerifySignature(raw, keys.JSONWebKeySet)
	}
	if err != nil {
		return "", err.Error()
	}
	return "", ""
}

// VerifyAgain reads the key set anew and checks the ID tokens of the grants against it. Grants without an
// ID token that could be taken apart are left out.
func (s *Session) VerifyAgain(ctx context.Context, m Metadata, grants []Grant) evidence.SigningKeys {
	var e evidence.SigningKeys
	for _, g := range grants {
		if m.JWKSURI == "" && g.Evidence.Worked() && g.Evidence.Token.IDToken != nil {
			m, _ = s.provider(ctx, m, g.Evidence.Token.IDToken) // the next token may name one that answers
		}
	}
	keys, err := s.fetchKeys(ctx, m)
	if err != nil {
		e.Problem = err.Error()
	}
	for _, key := range keys.Keys {
		e.Published = append(e.Published, key.KeyID)
	}
	for _, g := range grants {
		if !g.Evidence.Worked() || g.Evidence.Token.IDToken == nil || g.Evidence.Token.IDToken.Malformed != "" {
			continue
		}
		id := g.Evidence.Token.IDToken
		token := evidence.SignedToken{
			Launch: g.Evidence.Launch, Exchange: g.Evidence.Token.Exchange, AtOnce: id.KeySet + id.Signature,
		}
		_ = json.Unmarshal(id.Header["alg"], &token.Algorithm) // no text counts as absent
		_ = json.Unmarshal(id.Header["kid"], &token.KeyID)
		if err := oauth.VerifySignature(g.Tokens.ID, keys.JSONWebKeySet); err != nil {
			token.Later = err.Error()
		}
		e.Tokens = append(e.Tokens, token)
	}
	return e
}

// fit says how a hash claim of an ID token stands to the value that it was made of.
func fit(id *evidence.IDToken, claim, value string) evidence.Fit {
	if _, there := id.Claims[claim]; !there || value == "" {
		return ""
	}
	var algorithm string
	_ = json.Unmarshal(id.Header["alg"], &algorithm) // no text has no hash function
	right, known := oauth.LeftHash(algorithm, value)
	if !known {
		return ""
	}
	if given, _ := id.Text(claim); given != right {
		return evidence.Differs
	}
	return evidence.Matches
}

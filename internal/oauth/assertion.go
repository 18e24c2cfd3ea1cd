package oauth

import (
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// AssertionType is the client_assertion_type of a signed assertion (RFC 7523 §2.2).
const AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// AssertionLifetime is how long a client assertion is valid; SMART allows at most five minutes.
const AssertionLifetime = 4 * time.Minute

// Assertion holds the claims of a client assertion before it is signed.
type Assertion struct {
	Issuer   string
	Subject  string
	Audience string
	ID       string
	Expiry   time.Time
	// Claims and Header replace claims and header parameters, or add some. A claim that is nil is left out.
	Claims map[string]any
	Header map[string]any
}

// NewAssertion returns the assertion with which a client authenticates at a token endpoint.
func NewAssertion(clientID, tokenEndpoint string, now time.Time) Assertion {
	return Assertion{
		Issuer: clientID, Subject: clientID, Audience: tokenEndpoint, ID: Random(16),
		Expiry: now.Add(AssertionLifetime),
	}
}

// Sign returns the assertion as a JWT signed by key, whose KeyID and Algorithm go into its header.
func (a Assertion) Sign(key jose.JSONWebKey) (string, error) {
	options := (&jose.SignerOptions{}).WithType("JWT")
	for name, value := range a.Header {
		options = options.WithHeader(jose.HeaderKey(name), value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, options)
	if err != nil {
		return "", fmt.Errorf("cannot sign a client assertion with key %q (%s): %w", key.KeyID, key.Algorithm, err)
	}
	claims := map[string]any{"iss": a.Issuer, "sub": a.Subject, "aud": a.Audience, "jti": a.ID, "exp": a.Expiry.Unix()}
	for name, value := range a.Claims {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	signed, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		return "", fmt.Errorf("cannot sign a client assertion with key %q (%s): %w", key.KeyID, key.Algorithm, err)
	}
	return signed, nil
}

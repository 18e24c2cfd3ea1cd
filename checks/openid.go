package checks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
)

// OpenID lists the checks of the claims of the ID token. Those of its form are in OpenIDTokens, those of
// requests in OpenIDRequests, those of the UserInfo endpoint in OpenIDUserInfo and those of the OpenID
// documents in OpenIDDiscovery.
var OpenID = []Check{
	IDTokenPresent, IDTokenSignature, IDTokenIssuer, IDTokenAudience, IDTokenTimes, IDTokenNonce,
	IDTokenSubject, SubjectKept, FHIRUserPresent, FHIRUserType, FHIRUserReadable, FHIRUserForm,
}

const openIDApplies = "the server claims sso-openid-connect and grants openid"

// eachIDToken judges the ID token of every launch. judge returns what is wrong with one, or "".
func eachIDToken(expected string, judge func(evidence.Grant, evidence.IDToken) string) func(evidence.Grants) Verdict {
	return func(e evidence.Grants) Verdict {
		var t tally
		for _, g := range e.Grants {
			if !g.Worked() || g.Token.IDToken == nil {
				continue
			}
			if problem := judge(g, *g.Token.IDToken); problem != "" {
				t.breaks(g.Launch.String()+": "+problem, g.Token.Exchange)
				continue
			}
			t.holds(g.Token.Exchange)
		}
		return t.verdict(expected, "every ID token was right", "no ID token was issued")
	}
}

// grantedPlain reports whether a scope that is not clinical was granted.
func grantedPlain(g evidence.Grant, name string) bool {
	granted, ok := grantedScope(g)
	return ok && slices.Contains(scope.Split(granted), name)
}

// IDTokenPresent verifies that granting openid yields an ID token.
var IDTokenPresent = New(Meta{
	ID:           "openid.id-token",
	Title:        "Granting openid yields an ID token",
	Level:        Shall,
	Requirements: []string{"200", "205", "358"},
	Applies:      openIDApplies,
	Remedy:       "Add id_token to the token response whenever openid is granted.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, g := range e.Grants {
		switch {
		case !grantedPlain(g, "openid"):
		case g.Token.IDToken == nil:
			t.breaks(g.Launch.String()+": no id_token", g.Token.Exchange)
		case g.Token.IDToken.Malformed != "":
			t.breaks(g.Launch.String()+": "+g.Token.IDToken.Malformed, g.Token.Exchange)
		default:
			t.holds(g.Token.Exchange)
		}
	}
	return t.verdict("an id_token in the token response", "every launch got an ID token", "openid was not granted")
})

// IDTokenSignature verifies that a published key verifies the ID token.
var IDTokenSignature = New(Meta{
	ID:           "openid.id-token-signature",
	Title:        "A key of the JWKS verifies the ID token",
	Level:        Shall,
	Requirements: []string{"210", "oidc-core-10.1-kid-in-jwks"},
	Applies:      openIDApplies,
	Remedy:       "Sign ID tokens with RS256 and a key that jwks_uri publishes under the same kid.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, g := range e.Grants {
		switch {
		case !g.Worked() || g.Token.IDToken == nil:
		case g.Token.IDToken.KeySet != "":
			t.unsure("the key set could not be read: " + g.Token.IDToken.KeySet)
		case g.Token.IDToken.Malformed+g.Token.IDToken.Signature != "":
			t.breaks(g.Launch.String()+": "+g.Token.IDToken.Malformed+g.Token.IDToken.Signature, g.Token.Exchange)
		default:
			t.holds(g.Token.Exchange)
		}
	}
	return t.verdict("a signature by a key of the JWKS", "every signature verifies", "no ID token was issued")
})

// IDTokenIssuer verifies that iss equals the discovered issuer.
var IDTokenIssuer = New(Meta{
	ID:           "openid.id-token-issuer",
	Title:        "The ID token names the discovered issuer",
	Level:        Shall,
	Requirements: []string{"oidc-core-3.1.3.7-iss"},
	Applies:      openIDApplies,
	Remedy:       "Set iss to the issuer of the discovery documents, byte for byte.",
}, evidence.GrantsKind, eachIDToken("iss equal to the discovered issuer", func(g evidence.Grant, t evidence.IDToken) string {
	switch iss, _ := t.Text("iss"); {
	case iss == "":
		return "iss " + orAbsent(t.Claims["iss"])
	case g.Issuer == "":
		return fmt.Sprintf("iss %q where the SMART configuration names no issuer", iss)
	case iss != g.Issuer:
		return fmt.Sprintf("iss %q where the issuer is %q", iss, g.Issuer)
	}
	return ""
}))

// IDTokenAudience verifies that the ID token is meant for the client.
var IDTokenAudience = New(Meta{
	ID:           "openid.id-token-audience",
	Title:        "The ID token is meant for the client",
	Level:        Shall,
	Requirements: []string{"oidc-core-3.1.3.7-aud-azp", "oidc-core-2-azp"},
	Applies:      openIDApplies,
	Remedy:       "Put the client_id into aud, and set azp, where it is sent, to the client_id as well.",
}, evidence.GrantsKind, eachIDToken("aud with the client_id", func(g evidence.Grant, t evidence.IDToken) string {
	var audiences []string
	if json.Unmarshal(t.Claims["aud"], &audiences) != nil {
		one, _ := t.Text("aud")
		audiences = []string{one}
	}
	azp, hasAZP := t.Text("azp")
	switch {
	case !slices.Contains(audiences, g.ClientID):
		return fmt.Sprintf("aud %s", orAbsent(t.Claims["aud"]))
	case hasAZP && azp != g.ClientID:
		return fmt.Sprintf("azp %q", azp)
	}
	return ""
}))

// clockAllowance is how far two clocks may differ, in seconds.
const clockAllowance = 300

// IDTokenTimes verifies the times of the ID token.
var IDTokenTimes = New(Meta{
	ID:           "openid.id-token-times",
	Title:        "The ID token's exp and iat are numbers around now",
	Level:        Shall,
	Requirements: []string{"oidc-core-2-times"},
	Applies:      openIDApplies,
	Remedy:       "Send exp and iat as JSON numbers of seconds since 1970, exp in the future.",
}, evidence.GrantsKind, eachIDToken("numeric iat near now and exp in the future", func(g evidence.Grant, t evidence.IDToken) string {
	exp, hasExp := t.Time("exp")
	iat, hasIat := t.Time("iat")
	now := float64(t.Received)
	switch {
	case !hasExp:
		return "exp " + orAbsent(t.Claims["exp"])
	case !hasIat:
		return "iat " + orAbsent(t.Claims["iat"])
	case exp <= now-clockAllowance || exp <= iat:
		return fmt.Sprintf("exp %.0f s after receipt", exp-now)
	case iat > now+clockAllowance || iat < now-24*3600:
		return fmt.Sprintf("iat %.0f s after receipt", iat-now)
	}
	return ""
}))

// IDTokenNonce verifies that the nonce comes back.
var IDTokenNonce = New(Meta{
	ID:           "openid.id-token-nonce",
	Title:        "The ID token gives back the nonce unchanged",
	Level:        Shall,
	Requirements: []string{"oidc-core-2-nonce"},
	Applies:      openIDApplies,
	Remedy:       "Copy nonce of the authorization request into the ID token.",
}, evidence.GrantsKind, eachIDToken("the nonce of the request", func(g evidence.Grant, t evidence.IDToken) string {
	if nonce, _ := t.Text("nonce"); nonce != g.Nonce {
		return fmt.Sprintf("nonce %q where %q was sent", shorten(nonce), shorten(g.Nonce))
	}
	return ""
}))

// FHIRUserPresent verifies that granting fhirUser yields the claim.
var FHIRUserPresent = New(Meta{
	ID:           "openid.fhir-user",
	Title:        "Granting openid and fhirUser yields the fhirUser claim",
	Level:        Shall,
	Requirements: []string{"209"},
	Applies:      "openid and fhirUser are granted",
	Remedy:       "Add fhirUser, the URL of the user's own resource, to the ID token.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, g := range e.Grants {
		if !grantedPlain(g, "fhirUser") || !grantedPlain(g, "openid") || g.Token.IDToken == nil {
			continue
		}
		if user, _ := g.Token.IDToken.Text("fhirUser"); user == "" {
			t.breaks(g.Launch.String()+": fhirUser "+orAbsent(g.Token.IDToken.Claims["fhirUser"]), g.Token.Exchange)
			continue
		}
		t.holds(g.Token.Exchange)
	}
	return t.verdict("fhirUser as a string in the ID token", "every ID token named its user", "fhirUser was not granted")
})

// userTypes are the resource types that fhirUser may name.
var userTypes = []string{"Patient", "Practitioner", "PractitionerRole", "RelatedPerson", "Person"}

// FHIRUserType verifies that fhirUser names a person.
var FHIRUserType = New(Meta{
	ID:           "openid.fhir-user-type",
	Title:        "fhirUser names a Patient, Practitioner, PractitionerRole, RelatedPerson or Person",
	Level:        Shall,
	Requirements: []string{"198"},
	Applies:      "an ID token has fhirUser",
	Remedy:       "Point fhirUser to one of the five person-like resource types.",
}, evidence.GrantsKind, func(e evidence.Grants) Verdict {
	var t tally
	for _, g := range e.Grants {
		if !g.Worked() || g.Token.IDToken == nil {
			continue
		}
		user, ok := g.Token.IDToken.Text("fhirUser")
		if !ok {
			continue
		}
		parts := strings.Split(strings.TrimPrefix(user, g.Base+"/"), "/")
		if len(parts) < 2 || !slices.Contains(userTypes, parts[len(parts)-2]) {
			t.breaks(g.Launch.String()+": fhirUser "+shorten(user), g.Token.Exchange)
			continue
		}
		t.holds(g.Token.Exchange)
	}
	return t.verdict("one of the five person-like resource types", "every fhirUser named a person", "no ID token has fhirUser")
})

// FHIRUserReadable verifies that the resource of fhirUser exists.
var FHIRUserReadable = New(Meta{
	ID:           "openid.fhir-user-readable",
	Title:        "fhirUser leads to a resource that exists",
	Level:        Shall,
	Requirements: []string{"197"},
	Applies:      "an ID token has fhirUser, and the token may read it",
	Remedy:       "Grant fhirUser only to users who have a resource, and name that.",
}, evidence.ContextKind, func(e evidence.ContextReads) Verdict {
	var t tally
	for _, r := range e.Reads {
		answer := r.FHIRUser
		switch {
		case answer == nil:
		case answer.Status == 403 || answer.Status == 401:
			// The user exists as far as anybody can tell; the scopes of this token do not reach it.
		case giveUp(answer.Status) != "":
			t.unsure(r.Grant.Launch.String() + ": the read of fhirUser was " + giveUp(answer.Status))
		case answer.Status == 404 || answer.Status == 410 || !slices.Contains(userTypes, answer.ResourceType):
			t.breaks(fmt.Sprintf("%s: %d %s %s", r.Grant.Launch, answer.Status, answer.ResourceType, answer.Problem), answer.Exchange)
		default:
			t.holds(answer.Exchange)
		}
	}
	return t.verdict("a person-like resource", "every fhirUser was read", "no fhirUser could be read with the granted scopes")
})

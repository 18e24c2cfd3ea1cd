package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

var discoveryOAuth = []Check{
	IssuerListed, JWKSURIListed, GrantTypesListed, GrantTypesMatch, ChallengeS256, ChallengePlain,
	ResponseTypeCode, ResponseTypesImplicit,
}

const sso = "sso-openid-connect"

// IssuerListed verifies that issuer is listed with single sign-on, and otherwise left out.
var IssuerListed = New(Meta{
	ID:           "discovery.issuer",
	Title:        "issuer is listed with single sign-on and left out without it",
	Level:        Shall,
	Requirements: []string{"381"},
	Versions:     sinceSTU2,
	Remedy:       "With sso-openid-connect, add issuer with the OpenID Connect issuer URL. Without it, leave issuer out.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	_, listsCapabilities := m.list("capabilities")
	switch {
	case m.claims(sso):
		return listed(m, "issuer")
	case !m.has("issuer"):
		return m.holds("no issuer, and %s is not claimed", sso)
	case !listsCapabilities:
		return Skip("without capabilities it is unknown whether the server offers single sign-on")
	default:
		return m.discouraged("no issuer without "+sso+", or "+sso+" among the capabilities", m.state("issuer"))
	}
}))

// JWKSURIListed verifies that jwks_uri is listed with single sign-on.
var JWKSURIListed = New(Meta{
	ID:           "discovery.jwks-uri",
	Title:        "jwks_uri is listed with single sign-on",
	Level:        Shall,
	Requirements: []string{"382"},
	Versions:     sinceSTU2,
	Applies:      "with the capability " + sso,
	Remedy:       "Add jwks_uri with the address of the JWK Set that signs ID tokens.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	if !m.claims(sso) && !m.has("jwks_uri") {
		return Skip("the server does not claim " + sso)
	}
	return listed(m, "jwks_uri")
}))

// GrantTypesListed verifies that grant_types_supported is listed.
var GrantTypesListed = New(Meta{
	ID:           "discovery.grant-types",
	Title:        "grant_types_supported is listed",
	Level:        Shall,
	Requirements: []string{"384"},
	Versions:     sinceSTU2,
	Remedy:       "Add grant_types_supported with authorization_code for app launch and client_credentials for backend services.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	if types, ok := m.list("grant_types_supported"); !ok || len(types) == 0 {
		return m.broken("grant_types_supported with at least one grant type", m.state("grant_types_supported"))
	}
	return m.holds("%s", m.state("grant_types_supported"))
}))

// GrantTypesMatch verifies that the grant types agree with the capabilities.
var GrantTypesMatch = New(Meta{
	ID:           "discovery.grant-types-match",
	Title:        "The listed grant types agree with the capabilities",
	Level:        Shall,
	Requirements: []string{"384"},
	Versions:     sinceSTU2,
	Applies:      "with grant_types_supported",
	Remedy:       "List authorization_code when the server launches apps; list client_credentials only with SMART Backend Services.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	types, ok := m.list("grant_types_supported")
	if !ok || len(types) == 0 {
		return Skip("grant_types_supported is missing (see discovery.grant-types)")
	}
	var others []string
	for _, grant := range types {
		if grant != "authorization_code" && grant != "client_credentials" {
			others = append(others, grant)
		}
	}
	switch {
	case m.launches() && !slices.Contains(types, "authorization_code"):
		return m.broken("authorization_code among the grant types of a server that claims app launch", m.state("grant_types_supported"))
	case slices.Contains(types, "password"), slices.Contains(types, "implicit"):
		return m.discouraged("neither password nor implicit, which RFC 9700 advises against", m.state("grant_types_supported"))
	case len(others) > 0:
		return m.note("beside the grant types of SMART: %s", few(others))
	default:
		return m.holds("%s", m.state("grant_types_supported"))
	}
}))

const challengeMethods = "code_challenge_methods_supported"

// ChallengeS256 verifies that S256 is listed.
var ChallengeS256 = New(Meta{
	ID:           "discovery.pkce-s256",
	Title:        "code_challenge_methods_supported lists S256",
	Level:        Shall,
	Requirements: []string{"394"},
	Versions:     sinceSTU2,
	Remedy:       `Add "` + challengeMethods + `": ["S256"] and support it for every client.`,
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	if !m.lists(challengeMethods, "S256") {
		return m.broken(challengeMethods+" with S256", m.state(challengeMethods))
	}
	return m.holds("%s", m.state(challengeMethods))
}))

// ChallengePlain verifies that plain is not listed.
var ChallengePlain = New(Meta{
	ID:           "discovery.pkce-plain",
	Title:        "code_challenge_methods_supported does not list plain",
	Level:        ShallNot,
	Requirements: []string{"394"},
	Versions:     sinceSTU2,
	Applies:      "with " + challengeMethods,
	Remedy:       "Remove plain, and refuse it at the authorization endpoint.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	methods, ok := m.list(challengeMethods)
	switch {
	case !ok:
		return Skip(challengeMethods + " is missing (see discovery.pkce-s256)")
	case slices.ContainsFunc(methods, func(s string) bool { return strings.EqualFold(s, "plain") }):
		return m.broken("no plain", m.state(challengeMethods))
	default:
		return m.holds("%s", m.state(challengeMethods))
	}
}))

// ResponseTypeCode verifies that listed response types include code.
var ResponseTypeCode = New(Meta{
	ID:           "discovery.response-type-code",
	Title:        "Listed response types include code",
	Level:        Shall,
	Requirements: []string{"response-type-code"},
	Applies:      "with response_types_supported",
	Remedy:       "Add code to response_types_supported.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	switch types, ok := m.list("response_types_supported"); {
	case !ok:
		return Skip("response_types_supported is not listed (see discovery.response-types)")
	case !slices.Contains(types, "code") && !m.launches():
		return m.discouraged("code among the response types", m.state("response_types_supported"))
	case !slices.Contains(types, "code"):
		return m.broken("code among the response types of a server that claims app launch", m.state("response_types_supported"))
	default:
		return m.holds("%s", m.state("response_types_supported"))
	}
}))

// ResponseTypesImplicit verifies that no response type delivers an access token at the callback.
var ResponseTypesImplicit = New(Meta{
	ID:           "discovery.response-types-implicit",
	Title:        "No listed response type delivers an access token in a redirect",
	Level:        May,
	Requirements: []string{"rfc9700-2.1.2-no-implicit"},
	Applies:      "with response_types_supported",
	Remedy:       "List code alone, and switch the implicit and hybrid flows off for SMART clients.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	types, ok := m.list("response_types_supported")
	if !ok {
		return Skip("response_types_supported is not listed (see discovery.response-types)")
	}
	var implicit []string
	for _, t := range types {
		if slices.Contains(strings.Fields(t), "token") {
			implicit = append(implicit, fmt.Sprintf("%q", cut(t)))
		}
	}
	if len(implicit) > 0 {
		return m.discouraged("no response type with token", few(implicit))
	}
	return m.holds("%s", m.state("response_types_supported"))
}))

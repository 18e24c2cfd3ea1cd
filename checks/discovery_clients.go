package checks

import (
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

var discoveryClients = []Check{
	SymmetricAuthMethod, AsymmetricAuthMethod, AssertionAlgorithmsListed, AssertionAlgorithms, AsymmetricScopes, AuthMethodsKnown,
}

const (
	authMethods          = "token_endpoint_auth_methods_supported"
	assertionAlgorithms  = "token_endpoint_auth_signing_alg_values_supported"
	asymmetricCapability = "client-confidential-asymmetric"
	symmetricCapability  = "client-confidential-symmetric"
)

// asymmetric reports whether the server offers clients to authenticate with signed assertions: for
// app launch, or for backend services, which know no other way.
func (m metadata) asymmetric() bool {
	return m.claims(asymmetricCapability) || m.lists("grant_types_supported", "client_credentials")
}

// SymmetricAuthMethod verifies that a listed method fits the claim of symmetric clients.
var SymmetricAuthMethod = New(Meta{
	ID:           "discovery.symmetric-auth-method",
	Title:        "Listed authentication methods let clients with a secret in",
	Level:        Shall,
	Requirements: []string{"356", "386"},
	Applies:      "with the capability " + symmetricCapability,
	Remedy:       "Add client_secret_basic to " + authMethods + ".",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	methods, ok := m.list(authMethods)
	switch {
	case !m.claims(symmetricCapability):
		return Skip("the server does not claim " + symmetricCapability)
	case !ok:
		return m.holds("no %s, so that client_secret_basic counts (RFC 8414 §2)", authMethods)
	case slices.Contains(methods, "client_secret_basic"):
		return m.holds("%s", m.state(authMethods))
	case slices.Contains(methods, "client_secret_post"):
		return m.discouraged("client_secret_basic, which "+symmetricCapability+" stands for", m.state(authMethods))
	default:
		return m.broken("client_secret_basic among the methods", m.state(authMethods))
	}
}))

// AsymmetricAuthMethod verifies that private_key_jwt is listed with the claim of asymmetric clients.
var AsymmetricAuthMethod = New(Meta{
	ID:           "discovery.asymmetric-auth-method",
	Title:        "private_key_jwt is listed with asymmetric clients or backend services",
	Level:        Shall,
	Requirements: []string{"288", "228"},
	Versions:     sinceSTU2,
	Applies:      "with the capability " + asymmetricCapability + " or the grant type client_credentials",
	Remedy:       "Add private_key_jwt to " + authMethods + ".",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	switch _, ok := m.list(authMethods); {
	case !m.asymmetric():
		return Skip("the server claims neither " + asymmetricCapability + " nor client_credentials")
	case !ok:
		return m.discouraged(authMethods+" with private_key_jwt", m.state(authMethods))
	case m.lists(authMethods, "private_key_jwt"):
		return m.holds("%s", m.state(authMethods))
	case !m.claims(asymmetricCapability):
		return m.discouraged("private_key_jwt, which SMART Backend Services needs for client_credentials", m.state(authMethods))
	default:
		return m.broken("private_key_jwt among the methods", m.state(authMethods))
	}
}))

// overAssertions judges servers that say that they take signed assertions.
func overAssertions(judge func(m metadata) Verdict) func(evidence.Discovery) Verdict {
	return overSMART(func(m metadata, _ evidence.Discovery) Verdict {
		if !m.claims(asymmetricCapability) && !m.lists(authMethods, "private_key_jwt") {
			return Skip("the server claims neither " + asymmetricCapability + " nor private_key_jwt")
		}
		return judge(m)
	})
}

// AssertionAlgorithmsListed verifies that the algorithms of assertions are listed at all.
var AssertionAlgorithmsListed = New(Meta{
	ID:           "discovery.assertion-algorithms-listed",
	Title:        "The algorithms of client assertions are listed",
	Level:        Shall,
	Requirements: []string{"assertion-algorithms-listed"},
	Versions:     sinceSTU2,
	Applies:      "with the capability " + asymmetricCapability + " or the method private_key_jwt",
	Remedy:       `Add "` + assertionAlgorithms + `": ["RS384", "ES384"] with the algorithms that the token endpoint verifies.`,
}, evidence.DiscoveryKind, overAssertions(func(m metadata) Verdict {
	if algorithms, ok := m.list(assertionAlgorithms); !ok || len(algorithms) == 0 {
		return m.broken(assertionAlgorithms+" with RS384 or ES384", m.state(assertionAlgorithms))
	}
	return m.holds("%s", m.state(assertionAlgorithms))
}))

// AssertionAlgorithms verifies that listed algorithms include one that every SMART client can use.
var AssertionAlgorithms = New(Meta{
	ID:           "discovery.assertion-algorithms",
	Title:        "Listed algorithms of client assertions include RS384 or ES384, and no unsigned ones",
	Level:        Shall,
	Requirements: []string{"289", "228"},
	Versions:     sinceSTU2,
	Applies:      "with " + assertionAlgorithms,
	Remedy:       "Verify RS384 or ES384 at the token endpoint and list it; never list none.",
}, evidence.DiscoveryKind, overAssertions(func(m metadata) Verdict {
	algorithms, ok := m.list(assertionAlgorithms)
	switch {
	case !ok || len(algorithms) == 0:
		return Skip(assertionAlgorithms + " is missing (see discovery.assertion-algorithms-listed)")
	case slices.Contains(algorithms, "none"):
		return m.broken("no unsigned assertions", m.state(assertionAlgorithms))
	case !slices.Contains(algorithms, "RS384") && !slices.Contains(algorithms, "ES384"):
		return m.broken("RS384 or ES384 among the algorithms", m.state(assertionAlgorithms))
	default:
		return m.holds("%s", m.state(assertionAlgorithms))
	}
}))

// AsymmetricScopes verifies that scopes are listed with the claim of asymmetric clients.
var AsymmetricScopes = New(Meta{
	ID:           "discovery.asymmetric-scopes",
	Title:        "scopes_supported is listed with asymmetric clients",
	Level:        Shall,
	Requirements: []string{"287"},
	Versions:     sinceSTU2,
	Applies:      "with the capability " + asymmetricCapability,
	Remedy:       "Add scopes_supported with the scopes that clients may request.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	if !m.claims(asymmetricCapability) {
		return Skip("the server does not claim " + asymmetricCapability)
	}
	if scopes, ok := m.list("scopes_supported"); !ok || len(scopes) == 0 {
		return m.broken("scopes_supported with at least one scope", m.state("scopes_supported"))
	}
	return m.holds("scopes_supported is listed")
}))

// registeredMethods are the methods of the IANA registry "OAuth Token Endpoint Authentication Methods".
var registeredMethods = []string{
	"none", "client_secret_post", "client_secret_basic", "client_secret_jwt", "private_key_jwt",
	"tls_client_auth", "self_signed_tls_client_auth",
}

// AuthMethodsKnown reports authentication methods that SMART does not define.
var AuthMethodsKnown = New(Meta{
	ID:           "discovery.auth-methods",
	Title:        "Listed authentication methods are methods that clients know",
	Level:        May,
	Requirements: []string{"386"},
	Applies:      "with " + authMethods,
	Remedy:       "Use the registered names; SMART clients use client_secret_basic, client_secret_post and private_key_jwt.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	methods, ok := m.list(authMethods)
	if !ok {
		return m.note("no %s", authMethods)
	}
	var unknown, other []string
	for _, method := range methods {
		switch {
		case !slices.Contains(registeredMethods, method):
			unknown = append(unknown, shown(method))
		case method != "client_secret_basic" && method != "client_secret_post" && method != "private_key_jwt":
			other = append(other, method)
		}
	}
	switch {
	case len(unknown) > 0:
		return m.discouraged("registered authentication methods", few(unknown))
	case len(other) > 0:
		return m.note("beside the methods of SMART: %s", few(other))
	default:
		return m.holds("%s", m.state(authMethods))
	}
}))

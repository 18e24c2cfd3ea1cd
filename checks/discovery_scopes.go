package checks

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/checks/scope"
)

var discoveryScopes = []Check{ScopesListed, ScopesWellFormed, ScopeExtensionNames}

// ScopesListed verifies that scopes_supported is listed.
var ScopesListed = New(Meta{
	ID:           "discovery.scopes",
	Title:        "scopes_supported is listed",
	Level:        Should,
	Requirements: []string{"389"},
	Remedy:       "Add scopes_supported with the scopes that clients may request; it need not be exhaustive.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	scopes, ok := m.list("scopes_supported")
	if !ok || len(scopes) == 0 {
		return m.broken("scopes_supported with at least one scope", m.state("scopes_supported"))
	}
	return m.holds("%d scopes", len(scopes))
}))

// scopeToken is a scope as RFC 6749 §3.3 allows it.
var scopeToken = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]+$`)

// ScopesWellFormed verifies that listed scopes can be requested and parsed.
var ScopesWellFormed = New(Meta{
	ID:           "discovery.scopes-well-formed",
	Title:        "Every listed scope for FHIR resources follows the SMART grammar",
	Level:        Shall,
	Requirements: []string{"scopes-well-formed"},
	Applies:      "with scopes_supported",
	Remedy:       "Write patient/, user/ or system/, then a resource type or *, then .read, .write, .* or letters of .cruds in that order.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	scopes, ok := m.list("scopes_supported")
	if !ok {
		return Skip("scopes_supported is not listed (see discovery.scopes)")
	}
	var wrong []string
	for _, s := range scopes {
		if !scopeToken.MatchString(s) {
			wrong = append(wrong, fmt.Sprintf("%s holds characters that no scope may have", shown(s)))
		} else if _, fine := scope.Parse(s); clinicalPrefix(s) && !fine {
			wrong = append(wrong, shown(s)+" is no SMART scope")
		}
	}
	if len(wrong) > 0 {
		return m.broken("SMART scopes of version 1 or 2", few(wrong))
	}
	return m.holds("%d scopes", len(scopes))
}))

func clinicalPrefix(s string) bool {
	return strings.HasPrefix(s, "patient/") || strings.HasPrefix(s, "user/") || strings.HasPrefix(s, "system/")
}

// plainScopes are the scopes without a prefix that SMART App Launch, OpenID Connect Core and the HL7
// guides that build on them define.
var plainScopes = []string{
	"openid", "profile", "email", "address", "phone", "fhirUser", "launch", "online_access", "offline_access",
	"smart/orchestrate_launch",
}

// ScopeExtensionNames verifies that scopes beyond SMART have names that cannot collide.
var ScopeExtensionNames = New(Meta{
	ID:           "discovery.scope-extension-names",
	Title:        "Listed scopes beyond SMART are full URIs or begin with two underscores",
	Level:        Should,
	Requirements: []string{"217"},
	Versions:     sinceSTU2,
	Applies:      "with scopes_supported",
	Remedy:       "Name a scope of your own by a full URI, or with two leading underscores such as __example.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	scopes, ok := m.list("scopes_supported")
	if !ok {
		return Skip("scopes_supported is not listed (see discovery.scopes)")
	}
	var wrong []string
	for _, s := range scopes {
		if reason := plainExtension(s); reason != "" {
			wrong = append(wrong, reason)
		}
	}
	if len(wrong) > 0 {
		return m.broken("a full URI or a name with two leading underscores", few(wrong))
	}
	return m.holds("%d scopes", len(scopes))
}))

// plainExtension says why a scope is an extension without the name of one; "" when it is not.
func plainExtension(s string) string {
	clinical, parses := scope.Parse(s)
	switch {
	case parses && clinical.Resource != "*" && !fhirTypes[clinical.Resource]:
		return fmt.Sprintf("%s: FHIR has no resource type %s", shown(s), cut(clinical.Resource))
	case parses, clinicalPrefix(s), strings.HasPrefix(s, "launch/"), strings.HasPrefix(s, "__"), slices.Contains(plainScopes, s):
		return ""
	case isURI(s):
		return ""
	default:
		return shown(s)
	}
}

// isURI reports whether s is an absolute URI: a scheme, and then a host, a path or an opaque part.
func isURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "")
}

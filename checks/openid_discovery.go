package checks

import (
	"fmt"
	"net/url"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// OpenIDDiscovery lists the checks of the OpenID configuration and of the key set. Checks of ID tokens
// are in OpenID.
var OpenIDDiscovery = slices.Concat([]Check{
	OpenIDConfiguration, OpenIDMediaType, OpenIDSchema, OpenIDRequired, OpenIDResponseTypes, OpenIDSigningAlgorithms,
	OpenIDIssuerIdentity, OpenIDIssuerForm, OpenIDFeatures,
}, openIDKeys)

// OpenIDConfiguration verifies that the OpenID configuration of the issuer is served.
var OpenIDConfiguration = New(Meta{
	ID:           "openid.configuration",
	Title:        "The OpenID configuration is served under the issuer",
	Level:        Shall,
	Requirements: []string{"oidc-discovery-3-required-fields", "rfc8259-2-well-formed"},
	Applies:      "with the capability " + sso,
	Remedy:       "Serve the document with status 200 at the issuer URL followed by /.well-known/openid-configuration.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict {
	const expected = "200 with a JSON object at the issuer followed by /.well-known/openid-configuration"
	doc := d.OpenID
	if doc == nil {
		return Skip(noOpenID(d))
	}
	smart, ok := readable(d.SMART)
	claimed := !ok || smart.claims(sso)
	switch {
	case doc.Problem != "":
		return CannotJudge(doc.Problem, doc.Exchanges()...)
	case unavailable(doc.Status):
		return CannotJudge(fmt.Sprintf("%s answered %d; try again when the server is up", doc.URL, doc.Status), doc.Exchanges()...)
	case doc.Truncated:
		return CannotJudge(tooLong(doc), doc.Exchanges()...)
	case doc.URL != "" && doc.Status != 200 && !claimed:
		return Skip("the server does not claim " + sso)
	case doc.Misdirected != "":
		return Broken(expected, doc.Misdirected, doc.Exchanges()...)
	case doc.URL != "" && doc.Status != 200:
		return Broken(expected, fmt.Sprintf("%d from %s", doc.Status, doc.URL), doc.Exchanges()...)
	default:
		return wellFormed(doc)
	}
})

// OpenIDMediaType verifies that the OpenID configuration is served as application/json.
var OpenIDMediaType = New(Meta{
	ID:           "openid.media-type",
	Title:        "The OpenID configuration is served as application/json",
	Level:        Shall,
	Requirements: []string{"oidc-discovery-4.2-media-type"},
	Applies:      "to live servers with the capability " + sso,
	Remedy:       "Send Content-Type: application/json.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict { return mediaType(d, d.OpenID, "OpenID configuration") })

// OpenIDSchema verifies the types of the members.
var OpenIDSchema = New(Meta{
	ID:           "openid.schema",
	Title:        "The members of the OpenID configuration have the types of OpenID Connect Discovery",
	Level:        Shall,
	Requirements: []string{"oidc-discovery-3-required-fields"},
	Remedy:       "Write addresses as strings, lists as arrays of strings and switches as booleans, as schemas/openid-configuration.schema.json says.",
}, evidence.DiscoveryKind, overOpenID(func(m metadata, _ evidence.Discovery) Verdict {
	return typed(m, "openid-configuration.schema.json", "members of the types that the specification gives")
}))

// OpenIDRequired verifies that the mandatory members are there.
var OpenIDRequired = New(Meta{
	ID:           "openid.required-members",
	Title:        "The OpenID configuration has every mandatory member",
	Level:        Shall,
	Requirements: []string{"oidc-discovery-3-required-fields"},
	Remedy:       "Add the missing members; OpenID clients refuse a configuration without them.",
}, evidence.DiscoveryKind, overOpenID(func(m metadata, _ evidence.Discovery) Verdict {
	var missing []string
	for _, name := range []string{"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"} {
		if m.text(name) == "" {
			missing = append(missing, m.state(name))
		}
	}
	for _, name := range []string{"response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported"} {
		if items, ok := m.list(name); !ok || len(items) == 0 {
			missing = append(missing, m.state(name))
		}
	}
	if len(missing) > 0 {
		return m.broken("the seven mandatory members", few(missing))
	}
	return m.holds("all seven mandatory members")
}))

// OpenIDResponseTypes verifies that the code flow is offered.
var OpenIDResponseTypes = New(Meta{
	ID:           "openid.response-type-code",
	Title:        "The OpenID configuration lists the response type code",
	Level:        Shall,
	Requirements: []string{"oidc-discovery-3-required-fields", "205"},
	Remedy:       "Add code to response_types_supported; SMART signs users on through the code flow.",
}, evidence.DiscoveryKind, overOpenID(func(m metadata, _ evidence.Discovery) Verdict {
	switch types, ok := m.list("response_types_supported"); {
	case !ok:
		return Skip("response_types_supported is missing (see openid.required-members)")
	case !slices.Contains(types, "code"):
		return m.broken("code among the response types", m.state("response_types_supported"))
	default:
		return m.holds("%s", m.state("response_types_supported"))
	}
}))

const idTokenAlgorithms = "id_token_signing_alg_values_supported"

// OpenIDSigningAlgorithms verifies that ID tokens can be signed with RS256.
var OpenIDSigningAlgorithms = New(Meta{
	ID:           "openid.signing-algorithms",
	Title:        "The OpenID configuration lists RS256 for ID tokens",
	Level:        Shall,
	Requirements: []string{"210", "oidc-discovery-3-required-fields"},
	Remedy:       "Support RS256 for ID tokens and add it to " + idTokenAlgorithms + ".",
}, evidence.DiscoveryKind, overOpenID(func(m metadata, _ evidence.Discovery) Verdict {
	switch algorithms, ok := m.list(idTokenAlgorithms); {
	case !ok:
		return Skip(idTokenAlgorithms + " is missing (see openid.required-members)")
	case !slices.Contains(algorithms, "RS256"):
		return m.broken("RS256 among the algorithms", m.state(idTokenAlgorithms))
	case slices.Contains(algorithms, "none"):
		return m.discouraged("signed ID tokens only", m.state(idTokenAlgorithms))
	default:
		return m.holds("%s", m.state(idTokenAlgorithms))
	}
}))

// OpenIDIssuerIdentity verifies that the issuer is the same in every document, byte for byte.
var OpenIDIssuerIdentity = New(Meta{
	ID:           "openid.issuer-identity",
	Title:        "The issuer is the same in every document, byte for byte",
	Level:        Shall,
	Requirements: []string{"oidc-discovery-4.3-issuer-identity"},
	Applies:      "with a SMART configuration that names an issuer",
	Remedy:       "Publish one issuer everywhere, with or without a trailing slash but always alike, and use it as iss of ID tokens.",
}, evidence.DiscoveryKind, overOpenID(func(m metadata, d evidence.Discovery) Verdict {
	smart, ok := readable(d.SMART)
	switch {
	case m.text("issuer") == "":
		return Skip("the OpenID configuration has no issuer (see openid.required-members)")
	case !ok || smart.text("issuer") == "":
		return Skip("there is no SMART configuration with an issuer to compare with")
	}
	proof := slices.Concat(smart.exchanges(), m.exchanges())
	wanted := smart.text("issuer")
	if m.text("issuer") != wanted {
		return Broken("issuer "+shown(wanted)+", as the SMART configuration says", m.state("issuer"), proof...)
	}
	if oauth, ok := readable(d.OAuth); ok && oauth.text("issuer") != wanted {
		return Broken("issuer "+shown(wanted)+", as the SMART configuration says",
			fmt.Sprintf("%s in %s", oauth.state("issuer"), d.OAuth.Name()), append(proof, oauth.exchanges()...)...)
	}
	return Holds("issuer "+shown(wanted), proof...)
}))

// OpenIDIssuerForm verifies that the issuer is an https URL without query or fragment.
var OpenIDIssuerForm = New(Meta{
	ID:           "openid.issuer-form",
	Title:        "The issuer is an https URL without query or fragment",
	Level:        Shall,
	Requirements: []string{"oidc-discovery-3-issuer-https"},
	Remedy:       "Use an https URL without ? and # as issuer.",
}, evidence.DiscoveryKind, func(d evidence.Discovery) Verdict {
	var wrong, proof []string
	judged := 0
	for _, doc := range []*evidence.Document{d.SMART, d.OpenID} {
		m, ok := readable(doc)
		if !ok || m.text("issuer") == "" {
			continue
		}
		judged++
		if reason := issuerFlaw(m.text("issuer")); reason != "" {
			wrong = append(wrong, fmt.Sprintf("%s, which %s", m.state("issuer"), reason))
			proof = append(proof, m.exchanges()...)
		}
	}
	switch {
	case judged == 0:
		return Skip("no document names an issuer")
	case len(wrong) > 0:
		return Broken("an https URL without query or fragment", few(wrong), unique(proof)...)
	default:
		return Holds(fmt.Sprintf("%d documents", judged))
	}
})

// issuerFlaw says what is wrong with an issuer; "" when nothing is.
func issuerFlaw(issuer string) string {
	u, err := url.Parse(issuer)
	switch {
	case err != nil || u.Host == "":
		return "is no absolute URL"
	case u.Scheme != "https":
		return "is not https"
	case u.RawQuery != "" || u.ForceQuery:
		return "has a query"
	case u.Fragment != "":
		return "has a fragment"
	default:
		return ""
	}
}

// OpenIDFeatures reports the optional features of the provider.
var OpenIDFeatures = New(Meta{
	ID:           "openid.features",
	Title:        "Optional OpenID features are advertised so that clients can use them",
	Level:        May,
	Requirements: []string{"212", "213", "214"},
	Remedy:       "Write the switches as booleans and userinfo_endpoint as an absolute https URL.",
}, evidence.DiscoveryKind, overOpenID(func(m metadata, _ evidence.Discovery) Verdict {
	var offered, wrong []string
	for _, name := range []string{"claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported"} {
		switch value := m.members[name].(type) {
		case nil:
		case bool:
			if value {
				offered = append(offered, name)
			}
		default:
			wrong = append(wrong, m.state(name))
		}
	}
	if m.has("userinfo_endpoint") {
		if u, ok := absolute(m.text("userinfo_endpoint")); ok && u.Scheme == "https" {
			offered = append(offered, "userinfo_endpoint")
		} else {
			wrong = append(wrong, m.state("userinfo_endpoint"))
		}
	}
	switch {
	case len(wrong) > 0:
		return m.discouraged("booleans, and an absolute https userinfo_endpoint", few(wrong))
	case len(offered) == 0:
		return m.note("no optional feature is advertised")
	default:
		return m.note("%s", few(offered))
	}
}))

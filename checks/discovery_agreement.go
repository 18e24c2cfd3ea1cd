package checks

import (
	"fmt"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

var discoveryAgreement = []Check{AuthorizationServerMetadata, EndpointsAgree, CapabilityStatementURIs, CapabilityStatementAgrees}

// AuthorizationServerMetadata verifies that the authorization server publishes metadata of its own.
var AuthorizationServerMetadata = New(Meta{
	ID:           "discovery.authorization-server-metadata",
	Title:        "The authorization server publishes its metadata",
	Level:        Should,
	Requirements: []string{"rfc9700-2.6-publish-metadata"},
	Applies:      "to live servers that name an issuer",
	Remedy:       "Serve OAuth 2.0 authorization server metadata (RFC 8414) or the OpenID configuration for the issuer.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, d evidence.Discovery) Verdict {
	switch {
	case !d.Live:
		return Skip("needs a live server")
	case d.OpenID == nil && d.OAuth == nil:
		return Skip("the SMART configuration names no issuer to ask")
	}
	var proof, answers []string
	for _, doc := range []*evidence.Document{d.OAuth, d.OpenID} {
		if doc == nil {
			continue
		}
		proof = append(proof, doc.Exchanges()...)
		if _, ok := doc.Object(); ok {
			return Holds("published at "+doc.URL, doc.Exchanges()...)
		}
		answers = append(answers, answered(doc))
	}
	return Broken("metadata at the well-known address of the issuer", few(answers), proof...)
}))

// answered says what came instead of a document, in words.
func answered(doc *evidence.Document) string {
	switch {
	case doc.Problem != "":
		return doc.Problem
	case doc.Misdirected != "":
		return doc.Misdirected
	case doc.Truncated:
		return tooLong(doc)
	case doc.URL != "" && doc.Status != 200:
		return fmt.Sprintf("%d from %s", doc.Status, doc.URL)
	case doc.JSON().Problem != "":
		return fmt.Sprintf("%s: %s", doc.Name(), describeText(doc, doc.JSON().Problem))
	default:
		return doc.Name() + ": " + kindOf(doc.JSON().Value) + " instead of an object"
	}
}

// EndpointsAgree verifies that all documents name the same endpoints.
var EndpointsAgree = New(Meta{
	ID:           "discovery.endpoints-agree",
	Title:        "The SMART configuration and the other metadata name the same endpoints",
	Level:        Should,
	Requirements: []string{"rfc9700-2.6-publish-metadata"},
	Applies:      "with metadata beside the SMART configuration",
	Remedy:       "Make all documents from one source; an app that mixes them up sends codes and secrets to the wrong address.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, d evidence.Discovery) Verdict {
	members := []string{"authorization_endpoint", "token_endpoint", "introspection_endpoint", "revocation_endpoint", "registration_endpoint", "jwks_uri"}
	var differ []string
	proof := m.exchanges()
	compared := 0
	for _, doc := range []*evidence.Document{d.OpenID, d.OAuth} {
		other, ok := readable(doc)
		if !ok {
			continue
		}
		for _, member := range members {
			if m.text(member) == "" || other.text(member) == "" {
				continue
			}
			compared++
			if m.text(member) != other.text(member) {
				differ = append(differ, fmt.Sprintf("%s is %s, and %s in %s", member, shown(m.text(member)), shown(other.text(member)), doc.Name()))
				proof = append(proof, doc.Exchanges()...)
			}
		}
	}
	switch {
	case compared == 0:
		return Skip("there is no other metadata to compare with")
	case len(differ) > 0:
		return Broken("the same addresses in every document", few(differ), unique(proof)...)
	default:
		return Holds(fmt.Sprintf("%d addresses are the same", compared), proof...)
	}
}))

// oauthURIs is the extension that names the OAuth endpoints in a capability statement.
const oauthURIs = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"

// statementURIs returns the addresses of the oauth-uris extension in rest.security of a
// CapabilityStatement or a DSTU2 Conformance, by their names: authorize, token, …
func statementURIs(statement map[string]any) map[string]string {
	uris := map[string]string{}
	for _, rest := range objects(statement["rest"]) {
		security, _ := rest["security"].(map[string]any)
		for _, extension := range objects(security["extension"]) {
			if extension["url"] != oauthURIs {
				continue
			}
			for _, part := range objects(extension["extension"]) {
				name, _ := part["url"].(string)
				if value, ok := part["valueUri"].(string); ok && name != "" {
					uris[name] = value
				}
			}
		}
	}
	return uris
}

// objects returns the objects of an array.
func objects(value any) []map[string]any {
	items, _ := value.([]any)
	var out []map[string]any
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			out = append(out, object)
		}
	}
	return out
}

// overStatement judges the OAuth addresses of the capability statement.
func overStatement(judge func(uris map[string]string, statement *evidence.Document, d evidence.Discovery) Verdict) func(evidence.Discovery) Verdict {
	return func(d evidence.Discovery) Verdict {
		doc := d.Capabilities
		members, ok := doc.Object()
		switch {
		case doc == nil:
			return Skip("no capability statement was given")
		case doc.Problem != "":
			return CannotJudge(doc.Problem, doc.Exchanges()...)
		case doc.Truncated:
			return CannotJudge(tooLong(doc), doc.Exchanges()...)
		case !ok:
			return Broken("a CapabilityStatement, or a Conformance of DSTU2, in JSON", answered(doc), doc.Exchanges()...)
		}
		if kind := members["resourceType"]; kind != "CapabilityStatement" && kind != "Conformance" {
			return Broken("a CapabilityStatement, or a Conformance of DSTU2", "resourceType "+shown(kind), doc.Exchanges()...)
		}
		return judge(statementURIs(members), doc, d)
	}
}

// CapabilityStatementURIs verifies that the capability statement names the OAuth endpoints, as STU1
// demands.
var CapabilityStatementURIs = New(Meta{
	ID:           "discovery.metadata-oauth-uris",
	Title:        "The capability statement names the authorize and token addresses",
	Level:        Shall,
	Requirements: []string{"stu1-metadata-oauth-uris"},
	Versions:     []Version{V1_0_0},
	Remedy:       "Add the extension " + oauthURIs + " with authorize and token to rest.security of the CapabilityStatement (Conformance in DSTU2).",
}, evidence.DiscoveryKind, overStatement(func(uris map[string]string, statement *evidence.Document, d evidence.Discovery) Verdict {
	var missing []string
	for _, name := range []string{"authorize", "token"} {
		switch address, listed := uris[name]; {
		case !listed:
			missing = append(missing, "no "+name)
		default:
			if _, ok := absolute(address); !ok {
				missing = append(missing, name+" "+shown(address))
			}
		}
	}
	if len(missing) > 0 {
		return Broken("the oauth-uris extension under rest.security with absolute authorize and token addresses", few(missing), statement.Exchanges()...)
	}
	return Holds(fmt.Sprintf("authorize %s, token %s", cut(uris["authorize"]), cut(uris["token"])), statement.Exchanges()...)
}))

// CapabilityStatementAgrees verifies that both mechanisms of STU1 name the same endpoints.
var CapabilityStatementAgrees = New(Meta{
	ID:           "discovery.metadata-agrees",
	Title:        "The capability statement and the SMART configuration name the same addresses",
	Level:        Shall,
	Requirements: []string{"stu1-both-mechanisms"},
	Versions:     []Version{V1_0_0},
	Remedy:       "Make both documents from one source.",
}, evidence.DiscoveryKind, overStatement(func(uris map[string]string, statement *evidence.Document, d evidence.Discovery) Verdict {
	m, ok := readable(d.SMART)
	if !ok {
		return Skip("the SMART configuration could not be read (see discovery.document and discovery.json)")
	}
	pairs := []struct{ part, member string }{
		{"authorize", "authorization_endpoint"}, {"token", "token_endpoint"}, {"register", "registration_endpoint"},
		{"manage", "management_endpoint"}, {"introspect", "introspection_endpoint"}, {"revoke", "revocation_endpoint"},
	}
	var differ []string
	compared := 0
	for _, pair := range pairs {
		if uris[pair.part] == "" || m.text(pair.member) == "" {
			continue
		}
		compared++
		if uris[pair.part] != m.text(pair.member) {
			differ = append(differ, fmt.Sprintf("%s is %s, %s is %s", pair.part, shown(uris[pair.part]), pair.member, shown(m.text(pair.member))))
		}
	}
	proof := slices.Concat(statement.Exchanges(), m.exchanges())
	switch {
	case compared == 0:
		return Skip("the two documents have no address in common")
	case len(differ) > 0:
		return Broken("the same addresses in both", few(differ), proof...)
	default:
		return Holds(fmt.Sprintf("%d addresses are the same", compared), proof...)
	}
}))

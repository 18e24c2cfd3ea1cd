package checks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/schemas"
)

var discoveryMembers = []Check{
	schemaOf("discovery.schema", V2_2_0), schemaOf("discovery.schema-stu2", V2_0_0), schemaOf("discovery.schema-stu1", V1_0_0),
	MemberNames,
}

// schemaOf makes the check that the members of the SMART configuration have the types of that version.
// Missing members have checks of their own, so the schema's list of required ones is left aside.
func schemaOf(id string, version Version) Check {
	file := fmt.Sprintf("smart-configuration-%s.schema.json", version)
	requirements := []string{"373", "393"}
	if version == V2_2_0 {
		requirements = append(requirements, "410", "430") // a brand identifier has a value
	}
	return New(Meta{
		ID:           id,
		Title:        fmt.Sprintf("The members of the SMART configuration have the types of SMART App Launch %s", version),
		Level:        Shall,
		Requirements: requirements,
		Versions:     []Version{version},
		Remedy:       "Write addresses as strings and lists as arrays of strings, as schemas/" + file + " says.",
	}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
		return typed(m, file, "members of the types that the specification gives")
	}))
}

// typed judges the types of members by a schema.
func typed(m metadata, file, expected string) Verdict {
	var wrong []string
	for _, v := range schemas.Validate(file, m.members) {
		if topLevelRule(v) {
			continue
		}
		wrong = append(wrong, v.String())
	}
	if len(wrong) > 0 {
		return m.broken(expected, few(wrong))
	}
	return m.holds("every member has its type")
}

// topLevelRule reports whether a violation is the business of a check of its own: a missing member, and
// which items a list of challenge methods holds.
func topLevelRule(v schemas.Violation) bool {
	if v.Pointer == "" && v.Keyword == "required" {
		return true
	}
	return v.Pointer == "/code_challenge_methods_supported" && slices.Contains([]string{"contains", "minContains", "not"}, v.Keyword)
}

// memberNames are the members that clients read, each with other names under which it is met.
var memberNames = map[string][]string{
	"issuer":                                {"iss"},
	"jwks_uri":                              {"jwks", "jwks_endpoint"},
	"authorization_endpoint":                {"authorize", "authorize_endpoint", "auth_endpoint"},
	"token_endpoint":                        {"token"},
	"grant_types_supported":                 {"grant_types"},
	"token_endpoint_auth_methods_supported": {"token_endpoint_auth_methods"},
	"token_endpoint_auth_signing_alg_values_supported": {"token_endpoint_auth_signing_alg_values"},
	"registration_endpoint":                            {"register", "register_endpoint"},
	"scopes_supported":                                 {"scopes"},
	"response_types_supported":                         {"response_types"},
	"management_endpoint":                              {"manage", "manage_endpoint"},
	"introspection_endpoint":                           {"introspect", "introspect_endpoint"},
	"revocation_endpoint":                              {"revoke", "revoke_endpoint"},
	"capabilities":                                     {"capability"},
	"code_challenge_methods_supported":                 {"code_challenge_methods"},
	"associated_endpoints":                             {"smart_app_state_endpoint"},
	"user_access_brand_bundle":                         {"patient_access_brand_bundle", "patient_access_brands"},
	"user_access_brand_identifier":                     {"patient_access_brand_identifier"},
}

// MemberNames verifies that members do not stand under a mistyped or old name.
var MemberNames = New(Meta{
	ID:           "discovery.member-names",
	Title:        "No member of the SMART configuration is misspelt or stands under an old name",
	Level:        Shall,
	Requirements: []string{"member-names"},
	Versions:     sinceSTU2,
	Remedy:       "Rename the member; clients do not read it under this name.",
}, evidence.DiscoveryKind, overSMART(func(m metadata, _ evidence.Discovery) Verdict {
	var slips, both []string
	for _, name := range slices.Sorted(maps.Keys(m.members)) {
		meant := meantMember(name)
		switch {
		case meant == "":
		case m.has(meant):
			both = append(both, fmt.Sprintf("%s beside %s", cut(name), meant))
		default:
			slips = append(slips, fmt.Sprintf("%s (did you mean %s?)", cut(name), meant))
		}
	}
	switch {
	case len(slips) > 0:
		return m.broken("names that the specification defines", few(slips))
	case len(both) > 0:
		return m.note("also under another name: %s", few(both))
	default:
		return m.holds("%d members, none nearly a known name", len(m.members))
	}
}))

// meantMember returns the known member that an unknown name is another spelling of, or "".
func meantMember(name string) string {
	if _, known := memberNames[name]; known || otherMembers[name] {
		return ""
	}
	for meant, names := range memberNames {
		if slices.Contains(names, name) {
			return meant
		}
	}
	return nearest(name, slices.Sorted(maps.Keys(memberNames)))
}

// otherMembers are members that other specifications define and that are near to known ones.
var otherMembers = map[string]bool{"end_session_endpoint": true, "userinfo_endpoint": true, "device_authorization_endpoint": true}

// nearest returns the candidate that name is a slip of: the same letters in another case, or a
// distance of at most two letters, one in short names. It returns "" when there is none.
func nearest(name string, candidates []string) string {
	best, found := 3, ""
	if len(name) < 8 {
		best = 2
	}
	folded := strings.ReplaceAll(strings.ToLower(name), "_", "-")
	for _, candidate := range candidates {
		if bare(folded) == bare(candidate) && folded != candidate {
			continue // another number, such as that of a version, is no slip
		}
		distance := levenshtein.ComputeDistance(folded, strings.ReplaceAll(candidate, "_", "-"))
		if distance < best {
			best, found = distance, candidate
		}
	}
	return found
}

// bare returns a name without its digits.
func bare(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, name)
}

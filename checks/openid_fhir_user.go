package checks

import (
	"fmt"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// FHIRUserForm records whether fhirUser is an absolute URL or relative to the FHIR base.
var FHIRUserForm = New(Meta{
	ID:           "openid.fhir-user-form",
	Title:        "fhirUser is a URL under the FHIR base, absolute or relative",
	Level:        May,
	Requirements: []string{"203", "204"},
	Applies:      "an ID token has fhirUser",
	Remedy:       "Write fhirUser as Type/id, or as the FHIR base of the request followed by it.",
}, evidence.ContextKind, func(e evidence.ContextReads) Verdict {
	var forms, wrong, proof []string
	for _, r := range e.Reads {
		if r.Grant.Token == nil || r.Grant.Token.IDToken == nil {
			continue
		}
		user, ok := r.Grant.Token.IDToken.Text("fhirUser")
		if !ok {
			continue
		}
		form, flaw := formOf(user, r.Grant.Base)
		if flaw != "" {
			wrong = append(wrong, fmt.Sprintf("%s: %s %s", r.Grant.Launch, shorten(user), flaw))
			proof = append(proof, r.Grant.Token.Exchange)
			continue
		}
		if r.FHIRUser != nil && r.FHIRUser.Status == 200 {
			form += ", and was read with the token"
		}
		forms = append(forms, "fhirUser is "+form)
	}
	switch {
	case len(wrong) > 0:
		return Discouraged("Type/id, alone or under the FHIR base of the request", few(wrong), unique(proof)...)
	case len(forms) == 0:
		return Skip("no ID token has fhirUser")
	default:
		return Note(few(forms))
	}
})

// formOf says in which form a fhirUser stands, and what keeps an app from resolving it against the base.
func formOf(user, base string) (form, flaw string) {
	path, under := strings.CutPrefix(user, base+"/")
	switch scheme, _, absolute := strings.Cut(user, ":"); {
	case under:
		form = "an absolute URL under the FHIR base"
	case absolute && !strings.Contains(scheme, "/"):
		return "", "is absolute and not under the FHIR base " + base
	default:
		path, form = strings.TrimPrefix(user, "/"), "relative to the FHIR base"
	}
	if parts := strings.Split(path, "/"); len(parts) != 2 || parts[0] == "" || parts[1] == "" {
		return "", "is no path of the form Type/id"
	}
	return form, ""
}

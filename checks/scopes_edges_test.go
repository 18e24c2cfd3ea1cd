package checks_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// trial is a token for the letters, whose answers are named after the letters.
func trial(letters string, answers map[string]int) evidence.ScopeTrials {
	t := evidence.ScopeTrial{Asked: "patient/Observation." + letters, Letters: letters, Exact: true}
	for letter, code := range answers {
		a := status(evidence.Interactions[letter], code)
		if code == 200 && (letter == "r" || letter == "s") {
			a.ResourceType = "Observation"
		}
		t.Answers = append(t.Answers, a)
	}
	return evidence.ScopeTrials{Trials: []evidence.ScopeTrial{t}}
}

func inexact(e evidence.ScopeTrials) evidence.ScopeTrials {
	e.Trials[0].Exact = false
	return e
}

func creating(status int) evidence.ScopeTrials {
	return evidence.ScopeTrials{UpdateCreate: &evidence.FHIRAnswer{Name: "an update that creates", Status: status}}
}

// searches is a granted wildcard with one search.
func searches(a evidence.FHIRAnswer) evidence.Wildcard {
	r := issued(`{"scope":"patient/*.rs"}`)
	return evidence.Wildcard{Asked: "patient/*.rs", Grant: grant(public, code(), &r), Types: []string{"Patient", "Observation"}, Answers: []evidence.FHIRAnswer{a}}
}

func wildcardGranted(object string) evidence.Wildcard {
	r := issued(object)
	return evidence.Wildcard{Asked: "patient/*.rs", Grant: grant(public, code(), &r), Types: []string{"Patient", "Observation"}}
}

// odd is a request with the odd scope patient/Observation.xyz and what was granted for it.
func odd(granted string) evidence.OddScopes {
	r := issued(`{"scope":"` + granted + `"}`)
	g := grant(public, code(), &r)
	g.Scope = "patient/Patient.rs patient/Observation.xyz"
	return evidence.OddScopes{Odd: []string{"patient/Observation.xyz"}, Grant: g}
}

func oddly(a evidence.Authorization) evidence.OddScopes {
	return evidence.OddScopes{Odd: []string{"patient/Observation.xyz"}, Grant: grant(public, a, nil)}
}

func listed(object string) evidence.ListedScopes {
	r := issued(object)
	return evidence.ListedScopes{Listed: 2, Asked: []string{"patient/Patient.rs", "openid"}, Grant: grant(public, code(), &r)}
}

func member(object string) evidence.Grants {
	r := issued(object)
	return grants(grant(public, code(), &r))
}

func system(tokens evidence.TokenResponse, search *evidence.FHIRAnswer) evidence.SystemReach {
	return evidence.SystemReach{Token: tokens, Search: search}
}

// data is an answer with a record of a patient.
func data(name, patient string) evidence.FHIRAnswer {
	return evidence.FHIRAnswer{Name: name, Status: 200, ResourceType: "Patient", ID: patient, Patients: []string{patient}}
}

func end(revocation, after int) evidence.TokenEnd {
	e := evidence.TokenEnd{How: "its revocation", Before: data("before", "1"), After: status("after", after)}
	if after == 200 {
		e.After = data("after", "1")
	}
	if revocation != 0 {
		e.Ended = &evidence.FHIRAnswer{Name: "the revocation", Status: revocation}
	}
	return e
}

// bundleOf is a bundle with a permitted and a forbidden entry.
func bundleOf(kind string, code int, entries ...evidence.FHIRAnswer) evidence.BundleTrials {
	return evidence.BundleTrials{Trials: []evidence.BundleTrial{{
		Kind: kind, Answer: evidence.FHIRAnswer{Name: "a " + kind, Status: code}, Entries: entries, Permitted: []bool{true, false},
	}}}
}

func TestEdgesOfScopes(t *testing.T) {
	for name, row := range map[string]struct {
		check checks.Check
		value any
		want  checks.Status
	}{
		"a letter works":                      {checks.LettersWork, trial("r", map[string]int{"r": 200}), checks.Passed},
		"a letter is refused":                 {checks.LettersWork, trial("r", map[string]int{"r": 403}), checks.Failed},
		"a record is gone":                    {checks.LettersWork, trial("r", map[string]int{"r": 404}), checks.Skipped},
		"a create is not to the liking":       {checks.LettersWork, trial("c", map[string]int{"c": 422}), checks.Skipped},
		"a letter fails":                      {checks.LettersWork, trial("s", map[string]int{"s": 500}), checks.Undecided},
		"a letter comes with another":         {checks.LettersWork, inexact(trial("r", map[string]int{"r": 403})), checks.Skipped},
		"another letter is refused":           {checks.LettersExact, trial("r", map[string]int{"r": 200, "s": 403, "d": 403}), checks.Passed},
		"another letter works":                {checks.LettersExact, trial("r", map[string]int{"u": 200}), checks.Failed},
		"another letter deletes":              {checks.LettersExact, trial("u", map[string]int{"d": 204}), checks.Failed},
		"another letter is not to the liking": {checks.LettersExact, trial("r", map[string]int{"c": 422}), checks.Skipped},
		"a verb does less":                    {checks.V1Verbs, trial("rs", map[string]int{"r": 200, "s": 403}), checks.Warned},
		"a verb does what it says":            {checks.V1Verbs, trial("rs", map[string]int{"r": 200, "s": 200, "c": 403}), checks.Passed},

		"an update creates":                     {checks.UpdateAsCreate, creating(201), checks.Passed},
		"an update may not create":              {checks.UpdateAsCreate, creating(403), checks.Warned},
		"an update that creates is not liked":   {checks.UpdateAsCreate, creating(422), checks.Skipped},
		"an update that creates is not offered": {checks.UpdateAsCreate, evidence.ScopeTrials{NoUpdateCreate: "not offered"}, checks.Skipped},

		"a wildcard finds nothing":                  {checks.WildcardScope, searches(bundle("Observation", 0)), checks.Passed},
		"a wildcard is not enough":                  {checks.WildcardScope, searches(status("Observation", 403, `Bearer error="insufficient_scope"`)), checks.Failed},
		"the user may see less than a wildcard":     {checks.WildcardScope, searches(status("Observation", 403)), checks.Warned},
		"a type needs another parameter":            {checks.WildcardScope, searches(status("Observation", 400)), checks.Passed},
		"a wildcard is granted otherwise":           {checks.WildcardScope, wildcardGranted(`{"scope":"patient/Patient.rs"}`), checks.Skipped},
		"a wildcard as types":                       {checks.WildcardGranted, wildcardGranted(`{"scope":"patient/Patient.rs"}`), checks.Noted},
		"a wildcard as it is":                       {checks.WildcardGranted, wildcardGranted(`{"scope":"patient/*.rs"}`), checks.Passed},
		"a wildcard with a type that is not there":  {checks.WildcardGranted, wildcardGranted(`{"scope":"patient/Device.rs"}`), checks.Warned},
		"a wildcard is refused":                     {checks.WildcardGranted, evidence.Wildcard{Asked: "patient/*.rs", Grant: grant(public, denied(), nil)}, checks.Noted},
		"odd letters are ignored":                   {checks.MalformedLetters, odd("patient/Patient.rs"), checks.Passed},
		"odd letters are echoed":                    {checks.MalformedLetters, odd("patient/Patient.rs patient/Observation.xyz"), checks.Warned},
		"odd letters become a default that reads":   {checks.MalformedLetters, odd("patient/Patient.rs patient/Observation.rs"), checks.Passed},
		"odd letters become everything":             {checks.MalformedLetters, odd("patient/Patient.rs patient/Observation.cruds"), checks.Warned},
		"odd letters are refused":                   {checks.MalformedLetters, oddly(denied()), checks.Noted},
		"odd letters break the server":              {checks.MalformedLetters, oddly(page(500)), checks.Undecided},
		"an unknown scope is refused on a page":     {checks.UnknownScopes, oddly(page(400)), checks.Noted},
		"listed scopes are granted":                 {checks.ListedGranted, listed(`{"scope":"openid patient/Patient.cruds"}`), checks.Passed},
		"a listed scope is not granted":             {checks.ListedGranted, listed(`{"scope":"openid patient/Patient.r"}`), checks.Warned},
		"listed scopes break the server":            {checks.ListedGranted, evidence.ListedScopes{Grant: grant(public, page(503), nil)}, checks.Undecided},
		"a part is granted":                         {checks.ScopeDifferences, member(`{"scope":"openid patient/Patient.rs"}`), checks.Noted},
		"nothing is granted":                        {checks.ScopeDifferences, member(`{"scope":"openid"}`), checks.Warned},
		"members of SMART":                          {checks.ExtensionMembers, member(`{"scope":"","patient":"1","fhirContext":[]}`), checks.Passed},
		"members with good names":                   {checks.ExtensionMembers, member(`{"__epic.dstu2.patient":"1","https://ehr.example/x":1}`), checks.Passed},
		"a member with a plain name":                {checks.ExtensionMembers, member(`{"username":"amy"}`), checks.Warned},
		"a backend service finds nothing":           {checks.SystemScope, system(issued(`{"scope":"system/*.rs"}`), &evidence.FHIRAnswer{Status: 200, ResourceType: "Bundle"}), checks.Passed},
		"a backend service is refused":              {checks.SystemScope, system(issued(`{}`), &evidence.FHIRAnswer{Status: 403}), checks.Failed},
		"a backend service has to name a patient":   {checks.SystemScope, system(issued(`{}`), &evidence.FHIRAnswer{Status: 400}), checks.Warned},
		"a backend service gets no token":           {checks.SystemScope, system(refused(401, "invalid_client"), nil), checks.Undecided},
		"a backend service may not search":          {checks.SystemScope, system(issued(`{"scope":"system/*.r"}`), nil), checks.Skipped},
		"one visible patient tells nothing":         {checks.UserReach, evidence.UserReach{Access: access(data("Patient/1", "1"))}, checks.Skipped},
		"two visible patients":                      {checks.UserReach, evidence.UserReach{Access: access(data("Patient/1", "1"), data("Patient/2", "2"))}, checks.Passed},
		"the second visible patient is not visible": {checks.UserReach, evidence.UserReach{Access: access(data("Patient/1", "1"), status("Patient/2", 403))}, checks.Failed},
		"the forbidden record is refused":           {checks.UserLimits, evidence.UserReach{Access: access(data("Patient/1", "1")), Forbidden: []evidence.FHIRAnswer{status("a", 404), bundle("b", 0)}}, checks.Passed},
		"the forbidden record is found":             {checks.UserLimits, evidence.UserReach{Access: access(data("Patient/1", "1")), Forbidden: []evidence.FHIRAnswer{status("a", 404), bundle("b", 1)}}, checks.Failed},
		"everything is refused":                     {checks.UserLimits, evidence.UserReach{Forbidden: []evidence.FHIRAnswer{status("a", 403)}}, checks.Undecided},

		"an empty token is refused":         {checks.MalformedTokenRefused, access(status(evidence.BlankToken, 400)), checks.Passed},
		"a token is cut":                    {checks.MalformedTokenRefused, access(status(evidence.BlankToken, 401), data(evidence.IllegalToken, "1")), checks.Failed},
		"two tokens are one too many":       {checks.OneToken, access(data(evidence.TwoHeaders, "1"), status(evidence.HeaderAndQuery, 400)), checks.Warned},
		"the scheme is ignored":             {checks.BearerScheme, access(data(evidence.BasicScheme, "1")), checks.Warned},
		"a posted token is honoured":        {checks.FormToken, access(data(evidence.FormPost, "1"), status(evidence.FormGet, 401)), checks.Noted},
		"a token in the body of a GET":      {checks.FormToken, access(status(evidence.FormPost, 401), data(evidence.FormGet, "1")), checks.Warned},
		"no other token was issued":         {checks.OtherTokensRefused, access(), checks.Skipped},
		"an ID token opens":                 {checks.OtherTokensRefused, access(data("the ID token", "1")), checks.Failed},
		"an expired token is refused":       {checks.ExpiredTokenRefused, end(0, 401), checks.Passed},
		"an expired token works":            {checks.ExpiredTokenRefused, end(0, 200), checks.Failed},
		"an expired token is forbidden":     {checks.ExpiredTokenRefused, end(0, 403), checks.Warned},
		"the server is down in the end":     {checks.ExpiredTokenRefused, end(0, 503), checks.Undecided},
		"a revoked token works":             {checks.RevokedTokenRefused, end(200, 200), checks.Failed},
		"a token could not be revoked":      {checks.RevokedTokenRefused, end(401, 200), checks.Undecided},
		"another patient is not included":   {checks.OtherPatientInclude, access(bundle(evidence.OwnSearch, 1), data(evidence.OtherIncluded, "1")), checks.Passed},
		"another patient is included":       {checks.OtherPatientInclude, access(bundle(evidence.OwnSearch, 1), data(evidence.OtherIncluded, "2")), checks.Failed},
		"includes are not known":            {checks.OtherPatientInclude, access(bundle(evidence.OwnSearch, 1), status(evidence.OtherIncluded, 400)), checks.Passed},
		"not even the own data is found":    {checks.OtherPatientSearch, access(status(evidence.OwnSearch, 403), status(evidence.OtherByID, 403)), checks.Undecided},
		"a history of another patient":      {checks.OtherPatientOperations, access(bundle(evidence.OwnSearch, 1), data(evidence.OtherHistory, "2")), checks.Failed},
		"a batch is held to the scopes":     {checks.BatchEntries, bundleOf("batch", 200, data("entry 0", "1"), status("entry 1", 403)), checks.Passed},
		"a batch search finds nothing":      {checks.BatchEntries, bundleOf("batch", 200, data("entry 0", "1"), bundle("entry 1", 0)), checks.Passed},
		"a batch lets one through":          {checks.BatchEntries, bundleOf("batch", 200, data("entry 0", "1"), data("entry 1", "2")), checks.Failed},
		"a batch writes":                    {checks.BatchEntries, bundleOf("batch", 200, data("entry 0", "1"), evidence.FHIRAnswer{Name: "entry 1", Status: 204}), checks.Failed},
		"a batch is refused as a whole":     {checks.BatchEntries, bundleOf("batch", 403), checks.Warned},
		"a batch refuses what is permitted": {checks.BatchEntries, bundleOf("batch", 200, status("entry 0", 403), status("entry 1", 403)), checks.Warned},
		"a batch says no statuses":          {checks.BatchEntries, bundleOf("batch", 200, data("entry 0", "1"), evidence.FHIRAnswer{Name: "entry 1"}), checks.Undecided},
		"a batch has too few answers":       {checks.BatchEntries, bundleOf("batch", 200, data("entry 0", "1")), checks.Undecided},
		"a batch fails":                     {checks.BatchEntries, bundleOf("batch", 500), checks.Undecided},
		"a transaction is refused":          {checks.BatchEntries, bundleOf("transaction", 403), checks.Passed},
		"a transaction goes through":        {checks.BatchEntries, bundleOf("transaction", 200, data("entry 0", "1"), data("entry 1", "2")), checks.Failed},
		"a linked record is served":         {checks.LinkedResources, access(evidence.FHIRAnswer{Name: "Practitioner/1", Status: 200, ResourceType: "Practitioner", ID: "1"}), checks.Passed},
		"a linked record is withheld":       {checks.LinkedResources, access(status("Practitioner/1", 403)), checks.Noted},
		"a linked record breaks the server": {checks.LinkedResources, access(status("Practitioner/1", 500)), checks.Warned},
		"a linked record is another one":    {checks.LinkedResources, access(evidence.FHIRAnswer{Name: "Practitioner/1", Status: 200, ResourceType: "Practitioner", ID: "2"}), checks.Warned},
		"nothing is linked":                 {checks.LinkedResources, access(), checks.Skipped},
	} {
		t.Run(name, func(t *testing.T) {
			f := row.check.Judge(evidence.Record{Value: row.value}, checks.Options{Version: checks.V2_2_0})
			NewWithT(t).Expect(f.Status).To(Equal(row.want), "%s%s", f.Message, f.Reason)
		})
	}
}

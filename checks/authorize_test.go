package checks_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

func forged(otherSite bool, approved string, a evidence.Authorization) evidence.Forgeries {
	return evidence.Forgeries{Forgeries: []evidence.Forgery{{Name: "a form", OtherSite: otherSite, Approved: approved, Authorization: a}}}
}

// withLaunch is a grant after a launch value, with the given token response and pages on the way.
func withLaunch(object string, pages ...evidence.Page) *evidence.Grant {
	r := issued(object)
	g := grant(clinician, back(evidence.GotCode, map[string][]string{"code": {"c"}}, pages...), &r)
	return &g
}

func launchRefused(a evidence.Authorization) *evidence.Grant {
	g := grant(clinician, a, nil)
	return &g
}

func failing(issuer string, promised bool, query map[string][]string) evidence.States {
	query["error"] = []string{"access_denied"}
	return evidence.States{Issuer: issuer, IssPromised: promised, Cases: []evidence.StateCase{
		{Name: "a case", Authorization: back(evidence.GotError, query)},
	}}
}

func referred(from string) evidence.Grants {
	a := code()
	if from != "" {
		a.Referrers = []evidence.Referrer{{To: "app.example.org", From: from}}
	}
	return grants(grant(public, a, nil))
}

func reading(declined, control evidence.FHIRAnswer) evidence.ScopeGrants {
	declined.Name, control.Name = evidence.DeclinedRead, evidence.AllowedAgain
	e := declining(`{"scope":"patient/Patient.rs"}`, "patient/Observation.rs")
	e.Reads = &evidence.Access{Answers: []evidence.FHIRAnswer{declined, control}}
	return e
}

func bases(own, ownAtSibling, siblingAtOwn evidence.FHIRAnswer) evidence.Access {
	own.Name, ownAtSibling.Name, siblingAtOwn.Name = evidence.OwnBase, evidence.OwnAtSibling, evidence.SiblingAtOwnBase
	return evidence.Access{Answers: []evidence.FHIRAnswer{own, ownAtSibling, siblingAtOwn}}
}

func TestAuthorizeJudgements(t *testing.T) {
	const issuer = "https://login.example"
	data := evidence.FHIRAnswer{Exchange: "fhir#1", Status: 200, ResourceType: "Patient", ID: "1"}
	nothing := func(status int) evidence.FHIRAnswer { return evidence.FHIRAnswer{Exchange: "fhir#2", Status: status} }
	for name, row := range map[string]struct {
		check checks.Check
		value any
		want  checks.Status
	}{
		"a forged form is refused":              {checks.ConsentForgery, forged(true, "", page(403)), checks.Passed},
		"a forged form fails":                   {checks.ConsentForgery, forged(true, "", page(500)), checks.Undecided},
		"another site consents for the user":    {checks.ConsentForgery, forged(true, evidence.ApprovedForUser, code()), checks.Failed},
		"another site consents for its sender":  {checks.ConsentForgery, forged(true, evidence.ApprovedForSender, code()), checks.Passed},
		"another site consents for somebody":    {checks.ConsentForgery, forged(true, "", code()), checks.Warned},
		"the user's page sends a wrong value":   {checks.ConsentForgery, forged(false, evidence.ApprovedForUser, code()), checks.Warned},
		"an unknown value is refused":           {checks.LaunchUnknown, evidence.LaunchValues{Unknown: launchRefused(denied())}, checks.Passed},
		"an unknown value opens a record":       {checks.LaunchUnknown, evidence.LaunchValues{Unknown: withLaunch(`{"patient":"1"}`)}, checks.Warned},
		"an unknown value leads to a picker":    {checks.LaunchUnknown, evidence.LaunchValues{Unknown: withLaunch(`{"patient":"1"}`, evidence.Page{Kind: "picker of patients"})}, checks.Passed},
		"an unknown value opens nothing":        {checks.LaunchUnknown, evidence.LaunchValues{Unknown: withLaunch(`{}`)}, checks.Passed},
		"there is no second app":                {checks.LaunchOtherApp, evidence.LaunchValues{}, checks.Skipped},
		"another app's value opens a record":    {checks.LaunchOtherApp, evidence.LaunchValues{OtherApp: withLaunch(`{"patient":"1"}`)}, checks.Warned},
		"a value works again":                   {checks.LaunchReused, evidence.LaunchValues{Own: withLaunch(`{"patient":"1"}`), Again: withLaunch(`{"patient":"1"}`)}, checks.Noted},
		"a value works once":                    {checks.LaunchReused, evidence.LaunchValues{Own: withLaunch(`{"patient":"1"}`), Again: launchRefused(denied())}, checks.Noted},
		"a value opens another record":          {checks.LaunchReused, evidence.LaunchValues{Own: withLaunch(`{"patient":"1"}`), Again: withLaunch(`{"patient":"2"}`)}, checks.Warned},
		"iss is right on an error":              {checks.IssOnError, failing(issuer, true, map[string][]string{"iss": {issuer}}), checks.Passed},
		"iss is missing on an error":            {checks.IssOnError, failing(issuer, true, map[string][]string{}), checks.Failed},
		"iss is another on an error":            {checks.IssOnError, failing(issuer, false, map[string][]string{"iss": {"https://evil.test"}}), checks.Failed},
		"iss is not promised":                   {checks.IssOnError, failing(issuer, false, map[string][]string{}), checks.Skipped},
		"nobody was told anything":              {checks.ReferrerSent, referred(""), checks.Passed},
		"another site was told the origin":      {checks.ReferrerSent, referred("https://login.example/"), checks.Passed},
		"another site was told a page":          {checks.ReferrerSent, referred("https://login.example/consent?id=1"), checks.Warned},
		"what was declined is refused":          {checks.DeclinedScopeEnforced, reading(nothing(403), data), checks.Passed},
		"what was declined is served":           {checks.DeclinedScopeEnforced, reading(data, data), checks.Failed},
		"what was declined is never there":      {checks.DeclinedScopeEnforced, reading(nothing(403), nothing(404)), checks.Undecided},
		"nothing can be declined":               {checks.DeclinedScopeEnforced, evidence.ScopeGrants{}, checks.Skipped},
		"a token serves its base":               {checks.TokenBoundToBase, bases(data, nothing(401), nothing(401)), checks.Passed},
		"a token serves the sibling":            {checks.TokenBoundToBase, bases(data, data, nothing(401)), checks.Failed},
		"the sibling's token serves this base":  {checks.TokenBoundToBase, bases(data, nothing(401), data), checks.Failed},
		"a token serves nothing":                {checks.TokenBoundToBase, bases(nothing(401), nothing(401), nothing(401)), checks.Undecided},
		"a page in a frame":                     {checks.Framing, variant(evidence.Authorization{Outcome: evidence.GotFramed}), checks.Failed},
		"no page in a frame":                    {checks.Framing, variant(page(200)), checks.Passed},
		"a repeated parameter goes elsewhere":   {checks.AuthorizeParametersOnce, variant(evidence.Authorization{Outcome: evidence.GotForeign}), checks.Warned},
		"a repeated parameter is refused":       {checks.AuthorizeParametersOnce, variant(page(400)), checks.Passed},
		"a repeated parameter is taken":         {checks.AuthorizeParametersOnce, variant(code()), checks.Warned},
		"a missing redirect_uri brings a code":  {checks.RedirectURIRequired, variant(code()), checks.Warned},
		"a missing aud brings a useless code":   {checks.AudienceRequired, redeemedVariant(refused(400, "invalid_grant")), checks.Passed},
		"a missing aud brings a token":          {checks.AudienceRequired, redeemedVariant(issued(`{}`)), checks.Warned},
		"a repeated token parameter is refused": {checks.TokenParametersOnce, redemption("a", refused(400, "invalid_request")), checks.Passed},
		"a repeated token parameter is taken":   {checks.TokenParametersOnce, redemption("a", issued(`{}`)), checks.Warned},
	} {
		t.Run(name, func(t *testing.T) {
			f := row.check.Judge(evidence.Record{Value: row.value}, checks.Options{Version: checks.V2_2_0})
			NewWithT(t).Expect(f.Status).To(Equal(row.want), "%s%s", f.Message, f.Reason)
		})
	}
}

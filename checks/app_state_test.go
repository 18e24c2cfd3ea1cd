package checks_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// statusOf judges evidence with a check of SMART App Launch 2.2.0 and returns the status.
func statusOf(c checks.Check, value any) checks.Status {
	return c.Judge(evidence.Record{Kind: c.Kind(), Value: value}, checks.Options{Version: checks.V2_2_0}).Status
}

const viewCode = "urn:app|view"

var amysState = evidence.State{Type: "Basic", Subject: "https://ehr.example/fhir/Patient/amy", Codes: []string{viewCode}, Extensions: []string{`{"url":"urn:a"}`}}

// keptAs is the state as a server keeps it.
func keptAs(change func(*evidence.State)) *evidence.State {
	s := amysState
	s.ID, s.Version = "1", "a"
	if change != nil {
		change(&s)
	}
	return &s
}

func step(name string, status int, edits ...func(*evidence.StateStep)) evidence.StateStep {
	s := evidence.StateStep{FHIRAnswer: evidence.FHIRAnswer{Name: name, Exchange: "app-state.life#1", Status: status}}
	for _, edit := range edits {
		edit(&s)
	}
	return s
}

// writing adds what was sent and what came back.
func writing(got *evidence.State, etag string) func(*evidence.StateStep) {
	return func(s *evidence.StateStep) {
		sent := amysState
		s.Sent, s.Got, s.ETag = &sent, got, etag
	}
}

// finding makes the step a search for the code and the subject of Amy's state.
func finding(exists string, found ...*evidence.State) func(*evidence.StateStep) {
	return func(s *evidence.StateStep) {
		s.ResourceType, s.Exists, s.Code, s.Subject, s.Entries = "Bundle", exists, viewCode, amysState.Subject, len(found)
		for _, f := range found {
			s.Found = append(s.Found, *f)
		}
	}
}

func by(who string) func(*evidence.StateStep) {
	return func(s *evidence.StateStep) { s.Who = who }
}

func controlled(s *evidence.StateStep) { s.Control = true }

func steps(all ...evidence.StateStep) evidence.AppState { return evidence.AppState{Steps: all} }

func tries(all ...evidence.StateStep) evidence.AppState { return evidence.AppState{Trials: all} }

// TestEdgesOfAppState holds the verdicts that are easily got wrong.
func TestEdgesOfAppState(t *testing.T) {
	created := step(evidence.StateCreate, 201, writing(keptAs(nil), `W/"a"`))
	own := func(id, version string) *evidence.State {
		return keptAs(func(s *evidence.State) { s.ID, s.Version = id, version })
	}
	withID := func(status int, got *evidence.State) evidence.AppState {
		s := step(evidence.StateCreateWithID, status, writing(got, ""))
		s.Sent.ID, s.Sent.Version = "mine", "7"
		return steps(created, s)
	}
	elsewhere := keptAs(func(s *evidence.State) { s.Subject = "https://ehr.example/fhir/Patient/ben" })
	for name, tc := range map[string]struct {
		check checks.Check
		seen  evidence.AppState
		want  checks.Status
	}{
		"a create that is refused":        {checks.StateCreated, steps(step(evidence.StateCreate, 405)), checks.Failed},
		"a server that fails":             {checks.StateCreated, steps(step(evidence.StateCreate, 503)), checks.Undecided},
		"a code that nobody knows":        {checks.StateCreated, steps(step(evidence.StateCreate, 403)), checks.Skipped},
		"a code that is refused":          {checks.StateCreated, evidence.AppState{Named: true, Steps: []evidence.StateStep{step(evidence.StateCreate, 403)}}, checks.Failed},
		"nothing was made":                {checks.StateUpdated, steps(), checks.Skipped},
		"all is kept":                     {checks.StatePersisted, steps(created, step(evidence.StateSearch, 200, finding("1", keptAs(nil)))), checks.Passed},
		"more is kept than was sent":      {checks.StatePersisted, steps(created, step(evidence.StateSearch, 200, finding("1", keptAs(func(s *evidence.State) { s.Extensions = append([]string{"x"}, s.Extensions...) })))), checks.Passed},
		"no version":                      {checks.StatePersisted, steps(created, step(evidence.StateSearch, 200, finding("1", own("1", "")))), checks.Failed},
		"a relative subject":              {checks.StatePersisted, steps(created, step(evidence.StateSearch, 200, finding("1", keptAs(func(s *evidence.State) { s.Subject = "Patient/amy" })))), checks.Failed},
		"what cannot be found":            {checks.StatePersisted, steps(created, step(evidence.StateSearch, 200, finding("1"))), checks.Skipped},
		"a refused odd extension":         {checks.StateWholeOrRefused, steps(step(evidence.StateCreateOdd, 422, writing(nil, ""))), checks.Passed},
		"an accepted odd extension":       {checks.StateWholeOrRefused, steps(step(evidence.StateCreateOdd, 201, writing(nil, "")), step(evidence.StateSearchOdd, 200, finding("1", keptAs(nil)))), checks.Passed},
		"a refused id":                    {checks.StateOwnID, withID(400, nil), checks.Passed},
		"an ignored id":                   {checks.StateOwnID, withID(201, own("9", "1")), checks.Passed},
		"an id that was taken":            {checks.StateOwnID, withID(201, own("mine", "1")), checks.Failed},
		"a version that was taken":        {checks.StateOwnID, withID(201, own("9", "7")), checks.Failed},
		"a strong ETag":                   {checks.StateETag, steps(step(evidence.StateCreate, 201, writing(keptAs(nil), `"a"`))), checks.Passed},
		"an ETag of another sort":         {checks.StateETag, steps(step(evidence.StateCreate, 201, writing(keptAs(nil), `W/"hash"`))), checks.Warned},
		"the same ETag twice":             {checks.StateETag, steps(created, step(evidence.StateUpdate, 200, writing(keptAs(nil), `W/"a"`))), checks.Failed},
		"no If-Match, 428":                {checks.StateIfMatch, steps(step(evidence.StateUpdateBare, 428), step(evidence.StateDeleteBare, 400)), checks.Passed},
		"no If-Match, 500":                {checks.StateIfMatch, steps(step(evidence.StateUpdateBare, 500)), checks.Undecided},
		"a conflict as 409":               {checks.StateUpdateConflict, steps(step(evidence.StateUpdateOutdated, 409)), checks.Failed},
		"another subject, forbidden":      {checks.StateIdentity, steps(step(evidence.StateUpdateCode, 412), step(evidence.StateUpdateSubject, 403)), checks.Passed},
		"another code, forbidden":         {checks.StateIdentity, steps(step(evidence.StateUpdateCode, 403)), checks.Failed},
		"a deleted id, not found":         {checks.StateDeletedID, steps(step(evidence.StateUpdateDeleted, 404)), checks.Failed},
		"a delete that is accepted":       {checks.StateDeleted, steps(step(evidence.StateDelete, 202), step(evidence.StateSearchDeleted, 200, finding("1"))), checks.Passed},
		"an OperationOutcome":             {checks.StateSearched, steps(step(evidence.StateSearch, 200, func(s *evidence.StateStep) { s.Exists = "1" })), checks.Failed},
		"a search that fails":             {checks.StateSearched, steps(step(evidence.StateSearch, 503, func(s *evidence.StateStep) { s.Exists = "1" })), checks.Undecided},
		"state about somebody else":       {checks.StateSearchExact, steps(step(evidence.StateSearch, 200, finding("1", keptAs(nil), elsewhere))), checks.Failed},
		"a part of a code refused":        {checks.StateSearchExact, steps(step(evidence.StateSearch, 200, finding("1", keptAs(nil))), step(evidence.StateSearchPrefix, 400)), checks.Passed},
		"nobody's state forbidden":        {checks.StateSearchGlobal, steps(step(evidence.StateSearchGlobal, 403)), checks.Skipped},
		"nobody's state not understood":   {checks.StateSearchGlobal, steps(step(evidence.StateSearchGlobal, 400)), checks.Failed},
		"no nobody's state":               {checks.StateSearchGlobal, steps(step(evidence.StateSearchGlobal, 200, finding(""))), checks.Passed},
		"a user that may not":             {checks.StateSubjects, steps(step(evidence.StateCreateUser, 403, writing(nil, ""))), checks.Skipped},
		"large state too large":           {checks.StateSize, steps(step(evidence.StateCreateLarge, 413, writing(nil, ""))), checks.Warned},
		"an empty Bundle for nobody":      {checks.StateToken, tries(step("a search", 200, by(evidence.StateByNobody), finding("1"))), checks.Passed},
		"nothing to be found":             {checks.StateToken, tries(step("a search", 200, by(evidence.StateByNobody), finding(""))), checks.Skipped},
		"state for nobody":                {checks.StateToken, tries(step("a search", 200, by(evidence.StateByNobody), finding("1", keptAs(nil)))), checks.Failed},
		"a token that finds nothing":      {checks.StateCodeScopes, tries(step("a search", 200, by(evidence.StateByOneCode), finding("1"), controlled), step("a create", 403, by(evidence.StateByOneCode))), checks.Undecided},
		"a token that finds its own":      {checks.StateCodeScopes, tries(step("a search", 200, by(evidence.StateByOneCode), finding("1", keptAs(nil)), controlled), step("a create", 403, by(evidence.StateByOneCode))), checks.Passed},
		"a hidden version":                {checks.StateOthers, tries(step("an update", 412, by(evidence.StateByOtherPerson))), checks.Passed},
		"an update of somebody else's":    {checks.StateOthers, tries(step("an update", 200, by(evidence.StateByOtherPerson))), checks.Failed},
		"a server that fails for a trial": {checks.StateOthers, tries(step("an update", 500, by(evidence.StateByOtherPerson))), checks.Undecided},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(statusOf(tc.check, tc.seen)).To(Equal(tc.want))
		})
	}
}

// TestEdgesOfClaims holds the verdicts over claimed sets and unlisted capabilities.
func TestEdgesOfClaims(t *testing.T) {
	set, known := checks.Lookup("capabilities.set-patient-standalone")
	NewWithT(t).Expect(known).To(BeTrue())
	token := issued(`{"patient":"amy","scope":"launch/patient patient/Patient.rs"}`)
	bare := issued(`{"scope":"launch/patient patient/Patient.rs"}`)
	asking := func(r *evidence.TokenResponse) evidence.Grant {
		g := grant(public, code(), r)
		g.Scope = "launch/patient patient/Patient.rs"
		return g
	}
	stuck := asking(nil)
	stuck.Authorization = evidence.Authorization{Outcome: evidence.GotNowhere}
	all := []string{"launch-standalone", "client-public", "context-standalone-patient", "permission-patient"}
	claims := []string{"patient-access-standalone"}
	claim := func(sets, listed []string, grants ...evidence.Grant) evidence.ClaimedCapabilities {
		return evidence.ClaimedCapabilities{Listed: listed, Sets: sets, Grants: grants}
	}
	for name, tc := range map[string]struct {
		check checks.Check
		seen  evidence.ClaimedCapabilities
		want  checks.Status
	}{
		"no claim":                {set, claim(nil, all, asking(&token)), checks.Skipped},
		"all of it":               {set, claim(claims, all, asking(&token)), checks.Passed},
		"one not listed":          {set, claim(claims, all[1:], asking(&token)), checks.Failed},
		"one that does not work":  {set, claim(claims, all, asking(&bare)), checks.Failed},
		"one launch that does":    {set, claim(claims, all, asking(&bare), asking(&token)), checks.Passed},
		"no launch of the set":    {set, claim(claims, all), checks.Skipped},
		"a trip that got stuck":   {set, claim(claims, all, stuck), checks.Undecided},
		"what is shown is listed": {checks.CapabilitiesUnclaimed, claim(nil, all, asking(&token)), checks.Passed},
		"what is shown is not":    {checks.CapabilitiesUnclaimed, claim(nil, all[:3], asking(&token)), checks.Warned},
		"no capabilities":         {checks.CapabilitiesUnclaimed, claim(nil, nil, asking(&token)), checks.Skipped},
		"no token":                {checks.CapabilitiesUnclaimed, claim(nil, all, asking(nil)), checks.Skipped},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(statusOf(tc.check, tc.seen)).To(Equal(tc.want))
		})
	}
}

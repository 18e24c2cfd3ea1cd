package ehr

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// newGrant makes the grant of an interaction in which the user chose these scopes.
func (t *tenant) newGrant(it *interaction, s *session, chosen []string) *grant {
	q := it.request
	g := &grant{
		id: opaque(), client: q.client, user: s.visit.user, visit: s.visit, base: q.base,
		nonce: q.nonce, authTime: s.authTime, created: t.now(),
	}
	fromEHR := q.launch != nil && slices.Contains(chosen, "launch")
	if slices.Contains(chosen, "launch/encounter") && t.has(faults.HintReplacesLaunch) {
		fromEHR = false
	}
	if fromEHR {
		g.launch = q.launch
	}
	if fromEHR || slices.Contains(chosen, "launch/patient") || slices.ContainsFunc(chosen, patientScope) {
		g.patient = it.patient
	}
	if fromEHR || slices.Contains(chosen, "launch/encounter") {
		g.encounter = it.encounter
		if g.encounter != "" && t.has(faults.EncounterOfOther) {
			g.encounter = currentEncounter(otherPatient(it.patient))
		}
	}
	if slices.ContainsFunc(chosen, studyScope) {
		g.study = it.study
	}
	g.scopes = t.granted(q.client, chosen, g.patient)
	return g
}

// launchContext is what the app is told about the screen that it was launched from, as members of the
// token response
// (https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#launch-context-arrives-with-your-access_token).
func (t *tenant) launchContext(g *grant) map[string]any {
	context := map[string]any{}
	if g.launch != nil && t.has(faults.LaunchContextEmpty) {
		return context
	}
	if g.patient != "" && !t.losesPatient(g) {
		context["patient"] = t.patientContext(g.patient)
	}
	if g.encounter != "" && !(t.has(faults.EncounterMissing) && g.has("launch/encounter")) {
		context["encounter"] = g.encounter
	}
	if g.launch != nil {
		t.describeScreen(context, g.launch)
	}
	if items := t.fhirContext(g); items != nil {
		context["fhirContext"] = items
	}
	if t.has(faults.ContextNested) && len(context) > 0 {
		return map[string]any{"launch_context": context}
	}
	return context
}

// describeScreen adds what only an EHR launch has: how the app is to look and what it is to show.
func (t *tenant) describeScreen(context map[string]any, l *launch) {
	context["need_patient_banner"] = !l.embedded
	if t.has(faults.BannerString) {
		context["need_patient_banner"] = "true"
	}
	context["smart_style_url"] = t.styleURL()
	if t.since(stu2) {
		context["tenant"] = t.organization()
	}
	if l.intent != "" {
		context["intent"] = t.intent(l)
	}
}

func (t *tenant) losesPatient(g *grant) bool {
	return g.launch == nil && (t.has(faults.PatientContextMissing) || t.has(faults.PatientScopeAlone) && !g.has("launch/patient"))
}

func (t *tenant) patientContext(id string) any {
	switch {
	case t.has(faults.PatientNotString):
		return map[string]any{"reference": "Patient/" + id}
	case t.has(faults.PatientUnknown):
		return "nobody"
	default:
		return id
	}
}

// fhirUser is the absolute URL of the user's resource.
func (t *tenant) fhirUser(g *grant) string {
	switch {
	case t.has(faults.FHIRUserWrongType):
		return g.base + "/Organization/harbour-clinic"
	case t.has(faults.FHIRUserOtherBase):
		return t.root + "/fhir-r4b/" + t.userReference(g)
	}
	return g.base + "/" + t.userReference(g)
}

// userReference is the user's resource, as the FHIR server knows it too.
func (t *tenant) userReference(g *grant) string {
	if t.has(faults.FHIRUserUnreadable) && g.user.FHIRUser != "" {
		kind, _, _ := strings.Cut(g.user.FHIRUser, "/")
		return kind + "/nobody"
	}
	return g.user.FHIRUser
}

// fingerprint derives a value from its parts, always the same.
func fingerprint(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

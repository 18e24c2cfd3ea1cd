package ehr

import (
	"net/http"
	"slices"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

// launch is what the EHR had on the screen when a user launched an app.
type launch struct {
	value     string
	client    *registeredClient
	user      User
	patient   string
	encounter string
	study     string // the imaging study that is open
	intent    string // which view of the app the button asks for
	embedded  bool   // inside a page of the portal, which shows the patient already
}

// key keeps the launches of one client apart from those of another.
func (l *launch) key() string { return l.client.ID + " " + l.value }

// intents are the views that the portal may ask an app for.
var intents = []string{"summary-timeline-view", "recent-history-timeline"}

// newLaunch remembers a launch and returns it.
func (t *tenant) newLaunch(c *registeredClient, u User, patient, intent string, embedded bool) launch {
	l := launch{value: opaque(), client: c, user: u, patient: patient, embedded: embedded}
	if slices.Contains(intents, intent) {
		l.intent = intent
	}
	if t.has(faults.LaunchValueConstant) {
		l.value = patient
	}
	if t.has(faults.LaunchPatientOther) {
		l.patient = otherPatient(patient)
	}
	l.encounter, l.study = currentEncounter(l.patient), latest(fhir.ImagingStudies(l.patient))
	if t.has(faults.LaunchEncounterOther) {
		l.encounter = otherEncounter(l.patient, l.encounter)
	}
	t.launches.put(l.key(), l)
	return l
}

// checkLaunch resolves the launch value of an EHR launch.
func (t *tenant) checkLaunch(_ *http.Request, q *authorizationRequest, form parameters) *oauthError {
	value := form.get("launch")
	if value == "" {
		return nil
	}
	l, ok := t.issuedLaunch(q.client, value)
	if !ok || t.has(faults.LaunchUnresolved) {
		return refusal("invalid_request", "the launch value is unknown, was used before or is too old; launch the app again")
	}
	q.launch = &l
	return nil
}

// intent is which view the app is to open.
func (t *tenant) intent(l *launch) any {
	if t.has(faults.IntentNotString) {
		return map[string]any{"view": l.intent}
	}
	return l.intent
}

// organization is the opaque identifier of the clinic that launches apps.
func (t *tenant) organization() any {
	switch {
	case t.has(faults.TenantNotString):
		return 4711
	case t.has(faults.TenantPerLaunch):
		return opaque()
	default:
		return "2ddd6c3a-8e9a-44c6-a305-52111ad302a2"
	}
}

// issuedLaunch finds the launch of the client with that value.
func (t *tenant) issuedLaunch(c *registeredClient, value string) (launch, bool) {
	l, ok := t.launches.get((&launch{client: c, value: value}).key())
	switch {
	case ok:
	case t.has(faults.LaunchAnyApp):
		all := t.launches.values()
		if i := slices.IndexFunc(all, func(l launch) bool { return l.value == value }); i >= 0 {
			return all[i], true
		}
	case t.has(faults.LaunchUnknownAccepted):
		return launch{value: value, client: c, patient: fhir.Patients()[0].ID}, true
	}
	return l, ok
}

// of reports whether the user made the launch. One that nobody made is of anybody.
func (l *launch) of(u User) bool { return l.user == u || l.user == User{} }

// consume uses a launch up. It reports false when that was done before.
func (t *tenant) consume(l *launch) bool {
	switch {
	case t.has(faults.LaunchValueConstant), t.has(faults.LaunchUnknownAccepted) && l.user == User{}:
		return true
	case t.has(faults.LaunchReusedOther):
		again := *l
		again.patient = otherPatient(l.patient)
		again.encounter = currentEncounter(again.patient)
		t.launches.put(again.key(), again)
		return true
	}
	_, ok := t.launches.take(l.key())
	return ok
}

// context returns the patient and the encounter that need no picking: those of the launch, or the
// record of a user who has one.
func (q *authorizationRequest) context(u User) (patient, encounter string) {
	if q.launch != nil {
		return q.launch.patient, q.launch.encounter
	}
	if q.needsPatient() {
		return u.patient(), ""
	}
	return "", ""
}

// study returns the imaging study that needs no picking: that of the launch, or the only one that there is.
func (q *authorizationRequest) study(patient string) string {
	if q.launch != nil {
		return q.launch.study
	}
	if all := imagingStudies(patient); len(all) == 1 {
		return all[0].ID
	}
	return ""
}

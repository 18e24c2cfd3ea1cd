package ehr

import (
	"net/http"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// launch is what the EHR had on the screen when a user launched an app.
type launch struct {
	value     string
	client    *registeredClient
	user      User
	patient   string
	encounter string
	embedded  bool // inside a page of the portal, which shows the patient already
}

// key keeps the launches of one client apart from those of another.
func (l *launch) key() string { return l.client.ID + " " + l.value }

// newLaunch remembers a launch and returns it.
func (t *tenant) newLaunch(c *registeredClient, u User, patient string, embedded bool) launch {
	l := launch{value: opaque(), client: c, user: u, patient: patient, embedded: embedded}
	if t.has(faults.LaunchValueConstant) {
		l.value = patient
	}
	if t.has(faults.LaunchPatientOther) {
		l.patient = otherPatient(patient)
	}
	l.encounter = currentEncounter(l.patient)
	t.launches.put(l.key(), l)
	return l
}

// checkLaunch resolves the launch value of an EHR launch.
func (t *tenant) checkLaunch(_ *http.Request, q *authorizationRequest, form parameters) *oauthError {
	value := form.get("launch")
	if value == "" {
		return nil
	}
	l, ok := t.launches.get((&launch{client: q.client, value: value}).key())
	if !ok || t.has(faults.LaunchUnresolved) {
		return refusal("invalid_request", "the launch value is unknown, was used before or is too old; launch the app again")
	}
	q.launch = &l
	return nil
}

// consume uses a launch up. It reports false when that was done before.
func (t *tenant) consume(l *launch) bool {
	if t.has(faults.LaunchValueConstant) {
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

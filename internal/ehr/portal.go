package ehr

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

// visitor is what every page of the portal shows of its user.
type visitor struct {
	User    User
	Root    string
	SignOut string // the token of the form
}

func (t *tenant) visitor(s *session) visitor {
	return visitor{User: s.visit.user, Root: t.root, SignOut: s.visit.token}
}

// visit returns the session, or sends the browser to sign in and then back.
func (t *tenant) visit(w http.ResponseWriter, r *http.Request) *session {
	s := t.session(r)
	if s == nil {
		t.begin(w, r, nil, r.URL.Path)
	}
	return s
}

// portal lists the patients of a clinician. A patient comes straight to the own chart.
func (t *tenant) portal(w http.ResponseWriter, r *http.Request) {
	s := t.visit(w, r)
	if s == nil {
		return
	}
	if own := s.visit.user.patient(); own != "" {
		t.seeOther(w, t.root+"/portal/patients/"+own)
		return
	}
	t.show(w, http.StatusOK, "portal", "Choose a patient", struct {
		visitor
		Patients []fhir.Summary
	}{t.visitor(s), fhir.PatientsOf(s.visit.user.FHIRUser)})
}

type chartPage struct {
	visitor
	Chart     string // address of the page
	Patient   fhir.Summary
	Encounter fhir.Summary
	Apps      []*registeredClient
	Intent    string // what its launch buttons ask apps for
}

func (t *tenant) chart(w http.ResponseWriter, r *http.Request) {
	s := t.visit(w, r)
	if s == nil {
		return
	}
	patient, ok := t.mayOpen(s, r.PathValue("patient"))
	if !ok {
		t.refuse(w, http.StatusNotFound, "No such record", "There is no such patient, or the record is not yours to see.")
		return
	}
	p := chartPage{visitor: t.visitor(s), Chart: t.root + "/portal/patients/" + patient.ID, Patient: patient, Intent: intents[0]}
	for _, e := range encounters(patient.ID) {
		if e.ID == currentEncounter(patient.ID) {
			p.Encounter = e
		}
	}
	for _, c := range t.server.order {
		if c.LaunchURI != "" {
			p.Apps = append(p.Apps, c)
		}
	}
	t.show(w, http.StatusOK, "chart", patient.Name, p)
}

// mayOpen returns the record if the user may see it: a clinician every record that is not restricted, a
// patient the own one.
func (t *tenant) mayOpen(s *session, id string) (fhir.Summary, bool) {
	if own := s.visit.user.patient(); own != "" && own != id {
		return fhir.Summary{}, false
	}
	for _, p := range fhir.PatientsOf(s.visit.user.FHIRUser) {
		if p.ID == id {
			return p, true
		}
	}
	return fhir.Summary{}, false
}

// launchable resolves the patient and the client of a launch, or answers with an error page.
func (t *tenant) launchable(w http.ResponseWriter, r *http.Request) (s *session, patient fhir.Summary, client *registeredClient) {
	if s = t.session(r); s == nil {
		t.refuse(w, http.StatusForbidden, "You are not signed in", "Sign in to the portal and launch the app from a record.")
		return nil, patient, nil
	}
	patient, ok := t.mayOpen(s, r.PathValue("patient"))
	client = t.server.clients[r.PathValue("client")]
	if !ok || client == nil || client.LaunchURI == "" {
		t.refuse(w, http.StatusNotFound, "Nothing to launch", "There is no such record or app.")
		return nil, patient, nil
	}
	return s, patient, client
}

// launchApp sends the browser, in a tab of its own, to the app.
func (t *tenant) launchApp(w http.ResponseWriter, r *http.Request) {
	if s, patient, client := t.launchable(w, r); s != nil {
		t.seeOther(w, t.launchURL(t.newLaunch(client, s.visit.user, patient.ID, r.URL.Query().Get("intent"), false)))
	}
}

// embedApp shows the app inside a page of the portal.
func (t *tenant) embedApp(w http.ResponseWriter, r *http.Request) {
	s, patient, client := t.launchable(w, r)
	if s == nil {
		return
	}
	to := t.launchURL(t.newLaunch(client, s.visit.user, patient.ID, r.URL.Query().Get("intent"), true))
	t.show(w, http.StatusOK, "embed", client.Name, struct {
		Chart, App, Launch string
		Patient            fhir.Summary
	}{t.root + "/portal/patients/" + patient.ID, client.Name, to, patient},
		"form-action 'self'", "frame-src "+cspSource(client.LaunchURI))
}

// launchURL is the launch URI of the client with iss and launch.
func (t *tenant) launchURL(l launch) string {
	query := url.Values{"iss": {t.root + fhirBases[0].path}, "launch": {l.value}}
	if t.has(faults.LaunchIssWrong) {
		query.Set("iss", t.root+"/fhir-r4b")
	}
	if t.has(faults.LaunchValueMissing) {
		query.Del("launch")
	}
	joint := "?"
	if strings.Contains(l.client.LaunchURI, "?") {
		joint = "&"
	}
	return l.client.LaunchURI + joint + query.Encode()
}

// signOut ends the visit and with it every online_access grant.
func (t *tenant) signOut(w http.ResponseWriter, r *http.Request) {
	if s := t.session(r); s != nil {
		form, err := parseBody(r)
		if err != nil || !sameSecret(form.get("token"), s.visit.token) {
			t.expired(w)
			return
		}
		t.leave(w, s)
	}
	t.seeOther(w, t.root+"/portal")
}

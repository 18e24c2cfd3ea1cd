package ehr

import (
	"net/http"
	"slices"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

type pickerPage struct {
	Form
	App     string
	Patient string // whose encounters these are
	Choices []fhir.Summary
}

func (t *tenant) showPatients(w http.ResponseWriter, _ *http.Request, it *interaction, s *session) {
	t.show(w, http.StatusOK, "patient", "Choose a patient", pickerPage{
		Form: t.form(it, "patient"), App: it.request.client.Name, Choices: fhir.PatientsOf(s.visit.user.FHIRUser),
	}, t.leavesFor(it))
}

func (t *tenant) pickPatient(w http.ResponseWriter, _ *http.Request, it *interaction, s *session, form parameters) {
	picked := form.get("patient")
	if !has(fhir.PatientsOf(s.visit.user.FHIRUser), picked) {
		t.refuse(w, http.StatusBadRequest, "No such patient", "Go back and choose one of the patients on the list.")
		return
	}
	if t.has(faults.PickerChoiceIgnored) {
		picked = otherPatient(picked)
	}
	it.patient, it.encounter, it.study, it.settled = picked, "", "", false
	t.next(w, it, s)
}

func (t *tenant) showEncounters(w http.ResponseWriter, _ *http.Request, it *interaction, _ *session) {
	t.show(w, http.StatusOK, "encounter", "Choose an encounter", pickerPage{
		Form: t.form(it, "encounter"), App: it.request.client.Name,
		Patient: patientName(it.patient), Choices: encounters(it.patient),
	}, t.leavesFor(it))
}

func (t *tenant) pickEncounter(w http.ResponseWriter, _ *http.Request, it *interaction, s *session, form parameters) {
	picked := form.get("encounter")
	if !has(encounters(it.patient), picked) {
		t.refuse(w, http.StatusBadRequest, "No such encounter", "Go back and choose one of the encounters on the list.")
		return
	}
	if t.has(faults.EncounterChoiceIgnored) {
		picked = otherEncounter(it.patient, picked)
	}
	it.encounter, it.settled = picked, true
	t.next(w, it, s)
}

func (t *tenant) showStudies(w http.ResponseWriter, _ *http.Request, it *interaction, _ *session) {
	t.show(w, http.StatusOK, "study", "Choose an imaging study", pickerPage{
		Form: t.form(it, "study"), App: it.request.client.Name,
		Patient: patientName(it.patient), Choices: imagingStudies(it.patient),
	}, t.leavesFor(it))
}

func (t *tenant) pickStudy(w http.ResponseWriter, _ *http.Request, it *interaction, s *session, form parameters) {
	picked := form.get("study")
	if !has(imagingStudies(it.patient), picked) {
		t.refuse(w, http.StatusBadRequest, "No such imaging study", "Go back and choose one of the imaging studies on the list.")
		return
	}
	it.study = picked
	t.next(w, it, s)
}

func encounters(patient string) []fhir.Summary {
	if patient == "" {
		return nil
	}
	return fhir.Encounters(patient)
}

func imagingStudies(patient string) []fhir.Summary {
	if patient == "" {
		return nil
	}
	return fhir.ImagingStudies(patient)
}

// currentEncounter returns the id of the patient's latest encounter, or "".
func currentEncounter(patient string) string { return latest(encounters(patient)) }

// latest returns the id of the record with the latest date, or "".
func latest(list []fhir.Summary) string {
	id, date := "", ""
	for _, s := range list {
		if s.Date >= date {
			id, date = s.ID, s.Date
		}
	}
	return id
}

// otherEncounter returns the id of some encounter of the patient that is not the given one.
func otherEncounter(patient, id string) string {
	for _, e := range encounters(patient) {
		if e.ID != id {
			return e.ID
		}
	}
	return ""
}

// otherPatient returns the id of some patient who is not the given one.
func otherPatient(id string) string {
	for _, p := range fhir.Patients() {
		if p.ID != id {
			return p.ID
		}
	}
	return ""
}

func has(list []fhir.Summary, id string) bool {
	return slices.ContainsFunc(list, func(s fhir.Summary) bool { return s.ID == id })
}

package ehr

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

// The synthetic people who can sign in.
const (
	PatientUsername      = "amy"
	PatientPassword      = "amy-sees-her-own-record"
	OtherPatientUsername = "ben"
	OtherPatientPassword = "ben-sees-his-own-record"
	ClinicianUsername    = "dr.lin"
	ClinicianPassword    = "dr-lin-sees-every-record"
)

// User is somebody who can sign in to the EHR.
type User struct {
	Username string
	Password string
	Name     string
	FHIRUser string // "Patient/…" or "Practitioner/…"
}

// Users returns everybody who can sign in: two patients and a clinician.
func Users() []User {
	return []User{
		{PatientUsername, PatientPassword, patientName(fhir.PatientAmy), "Patient/" + fhir.PatientAmy},
		{OtherPatientUsername, OtherPatientPassword, patientName(fhir.PatientBen), "Patient/" + fhir.PatientBen},
		{ClinicianUsername, ClinicianPassword, practitionerName(fhir.PractitionerLin), "Practitioner/" + fhir.PractitionerLin},
	}
}

// patient returns the id of the user's own record, or "" for a clinician.
func (u User) patient() string {
	id, _ := strings.CutPrefix(u.FHIRUser, "Patient/")
	if id == u.FHIRUser {
		return ""
	}
	return id
}

// subject is the stable identifier of the user in ID tokens. It does not tell who it is.
func (u User) subject() string {
	sum := sha256.Sum256([]byte("subject of " + u.Username))
	return hex.EncodeToString(sum[:16])
}

// signIn returns the user whose name and password these are.
func signIn(username, password string) (User, bool) {
	for _, u := range Users() {
		if u.Username == username {
			return u, sameSecret(u.Password, password)
		}
	}
	return User{}, false
}

func patientName(id string) string      { return nameOf(fhir.Patients(), id) }
func practitionerName(id string) string { return nameOf(fhir.Practitioners(), id) }

func nameOf(people []fhir.Summary, id string) string {
	for _, p := range people {
		if p.ID == id {
			return p.Name
		}
	}
	return ""
}

package checks

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// LaunchContext lists the checks of the context that comes with a token.
var LaunchContext = []Check{
	ContextPatient, ContextEncounter, ContextTopLevel, NeedPatientBanner, SmartStyleURL, EHRPatient,
	StandalonePatient,
}

// eachContext judges every launch context. judge returns what is wrong with one or "", and false where
// it does not apply.
func eachContext(expected, nothing string, judge func(evidence.ContextRead) (problem string, applies bool)) func(evidence.ContextReads) Verdict {
	return func(e evidence.ContextReads) Verdict {
		var t tally
		for _, r := range e.Reads {
			problem, applies := judge(r)
			if !applies {
				continue
			}
			proof := proofOf(r.Grant)
			for _, answer := range []*evidence.FHIRAnswer{r.Patient, r.Encounter, r.StyleURL} {
				if answer != nil {
					proof = append(proof, answer.Exchange)
				}
			}
			if problem != "" {
				t.breaks(r.Grant.Launch.String()+": "+problem, proof...)
				continue
			}
			t.holds(proof...)
		}
		return t.verdict(expected, "every launch context was right", nothing)
	}
}

// ContextPatient verifies that patient is the id of a readable Patient.
var ContextPatient = New(Meta{
	ID:           "launch-context.patient",
	Title:        "patient is the id of a Patient that the token can read",
	Level:        Shall,
	Requirements: []string{"170"},
	Applies:      "a token response has patient",
	Remedy:       "Send the logical id of the Patient resource as a JSON string.",
}, evidence.ContextKind, eachContext("a string id that reads as Patient", "no token response had patient",
	func(r evidence.ContextRead) (string, bool) {
		raw, there := r.Grant.Token.Members["patient"]
		if !there {
			return "", false
		}
		id, isString := r.Grant.Token.Text("patient")
		switch {
		case !isString || id == "":
			return "patient is " + shorten(string(raw)), true
		case r.Patient == nil:
			return "", false
		case r.Patient.ResourceType != "Patient" || r.Patient.ID != id:
			return fmt.Sprintf("Patient/%s answered %d %s", id, r.Patient.Status, r.Patient.ResourceType), true
		}
		return "", true
	}))

// ContextEncounter verifies that encounter is the id of an encounter of the patient in context.
var ContextEncounter = New(Meta{
	ID:           "launch-context.encounter",
	Title:        "encounter is the id of an Encounter of the patient in context",
	Level:        Shall,
	Requirements: []string{"171", "362"},
	Applies:      "a token response has encounter",
	Remedy:       "Send the logical id of an Encounter whose subject is the patient in context.",
}, evidence.ContextKind, eachContext("a string id that reads as Encounter of the patient", "no token response had an encounter that the token may read",
	func(r evidence.ContextRead) (string, bool) {
		raw, there := r.Grant.Token.Members["encounter"]
		if !there {
			return "", false
		}
		id, isString := r.Grant.Token.Text("encounter")
		patient, _ := r.Grant.Token.Text("patient")
		switch {
		case !isString || id == "":
			return "encounter is " + shorten(string(raw)), true
		case r.Encounter == nil:
			return "", false
		case r.Encounter.ResourceType != "Encounter" || r.Encounter.ID != id:
			return fmt.Sprintf("Encounter/%s answered %d %s", id, r.Encounter.Status, r.Encounter.ResourceType), true
		case patient != "" && !slices.Contains(r.Encounter.Patients, patient):
			return fmt.Sprintf("Encounter/%s is of patient %s, not of %s", id, few(r.Encounter.Patients), patient), true
		}
		return "", true
	}))

// contextMembers are the names of launch context parameters.
var contextMembers = []string{"patient", "encounter", "need_patient_banner", "smart_style_url", "intent", "tenant", "fhirContext"}

// ContextTopLevel verifies that context stands beside the access token and not inside another member.
var ContextTopLevel = New(Meta{
	ID:           "launch-context.top-level",
	Title:        "Launch context stands at the top level of the token response",
	Level:        Shall,
	Requirements: []string{"169"},
	Remedy:       "Put patient, encounter and the other context parameters beside access_token.",
}, evidence.ContextKind, eachContext("context parameters beside access_token", "no launch got a token",
	func(r evidence.ContextRead) (string, bool) {
		for name, raw := range r.Grant.Token.Members {
			var object map[string]json.RawMessage
			if name == "authorization_details" || json.Unmarshal(raw, &object) != nil {
				continue
			}
			for _, member := range contextMembers {
				if _, nested := object[member]; nested {
					return fmt.Sprintf("%s stands inside %s", member, name), true
				}
			}
		}
		return "", true
	}))

// NeedPatientBanner verifies the type of need_patient_banner.
var NeedPatientBanner = New(Meta{
	ID:           "launch-context.need-patient-banner",
	Title:        "need_patient_banner is a JSON boolean on every EHR launch",
	Level:        Shall,
	Requirements: []string{"173", "359"},
	Applies:      "the server claims context-banner, or sends need_patient_banner",
	Launches:     []string{"patient-ehr", "clinician-ehr"},
	Remedy:       "Send need_patient_banner as true or false, not as a string.",
}, evidence.ContextKind, eachContext("need_patient_banner true or false", "the server does not claim context-banner",
	func(r evidence.ContextRead) (string, bool) {
		raw, there := r.Grant.Token.Members["need_patient_banner"]
		claimed := slices.Contains(r.Capabilities, "context-banner") && r.Grant.EHRLaunch != nil
		switch {
		case !there && !claimed:
			return "", false
		case !there:
			return "no need_patient_banner", true
		case string(raw) != "true" && string(raw) != "false":
			return "need_patient_banner is " + shorten(string(raw)), true
		}
		return "", true
	}))

// SmartStyleURL verifies that smart_style_url is absolute and serves JSON.
var SmartStyleURL = New(Meta{
	ID:           "launch-context.smart-style-url",
	Title:        "smart_style_url is an absolute URL that serves JSON",
	Level:        Shall,
	Requirements: []string{"175", "360"},
	Applies:      "the server claims context-style, or sends smart_style_url",
	Launches:     []string{"patient-ehr", "clinician-ehr"},
	Remedy:       "Send the absolute URL of a JSON document with the style properties that SMART lists.",
}, evidence.ContextKind, eachContext("an absolute URL of a JSON object", "the server does not claim context-style",
	func(r evidence.ContextRead) (string, bool) {
		raw, there := r.Grant.Token.Members["smart_style_url"]
		claimed := slices.Contains(r.Capabilities, "context-style") && r.Grant.EHRLaunch != nil
		if !there {
			return "no smart_style_url", claimed
		}
		address, _ := r.Grant.Token.Text("smart_style_url")
		u, err := url.Parse(address)
		switch {
		case err != nil || !u.IsAbs() || u.Host == "":
			return "smart_style_url is " + shorten(string(raw)), true
		case r.StyleURL == nil:
			return "", false
		case r.StyleURL.Status != 200 || r.StyleURL.Problem != "":
			return fmt.Sprintf("smart_style_url answered %d %s", r.StyleURL.Status, r.StyleURL.Problem), true
		}
		return "", true
	}))

// EHRPatient verifies that an EHR launch brings the patient whose record was open.
var EHRPatient = New(Meta{
	ID:           "launch-context.ehr-patient",
	Title:        "An EHR launch brings the patient whose record is open",
	Level:        Shall,
	Requirements: []string{"361"},
	Applies:      "the target file names the patient whose record the portal opens",
	Launches:     []string{"patient-ehr", "clinician-ehr"},
	Remedy:       "Take the context from the launch value, not from the user's last choice.",
}, evidence.ContextKind, eachContext("the patient of the open record", "no EHR launch from a known record was made",
	func(r evidence.ContextRead) (string, bool) {
		if r.Grant.EHRLaunch == nil || r.Grant.EHRLaunch.Opened == "" {
			return "", false
		}
		claimed := slices.Contains(r.Capabilities, "context-ehr-patient") && grantedPlain(r.Grant, "launch")
		return samePatient(r, r.Grant.EHRLaunch.Opened, "was open", claimed)
	}))

// StandalonePatient verifies that a standalone launch brings the patient whom the user picked.
var StandalonePatient = New(Meta{
	ID:           "launch-context.standalone-patient",
	Title:        "A standalone launch brings the patient whom the user picked",
	Level:        Shall,
	Requirements: []string{"363", "167"},
	Applies:      "a patient was picked, or the user is the patient",
	Launches:     []string{"patient-standalone", "clinician-standalone"},
	Remedy:       "Keep the choice of the picker with the authorization request.",
}, evidence.ContextKind, eachContext("the patient that was picked", "no standalone launch with a known patient was made",
	func(r evidence.ContextRead) (string, bool) {
		if r.Grant.EHRLaunch != nil || r.Picked == "" {
			return "", false
		}
		return samePatient(r, r.Picked, "was picked", false)
	}))

// samePatient compares the patient in context with the one that is wanted; chosen says how that came
// about. Where there is none, that is a problem only if the server claims to send one.
func samePatient(r evidence.ContextRead, wanted, chosen string, claimed bool) (problem string, applies bool) {
	got, there := r.Grant.Token.Text("patient")
	switch {
	case !there && r.Grant.Token.Members["patient"] != nil: // launch-context.patient judges its type
		return "", false
	case !there && claimed:
		return fmt.Sprintf("no patient where %s %s", wanted, chosen), true
	case !there:
		return "", false
	case got != wanted:
		return fmt.Sprintf("patient %s where %s %s", got, wanted, chosen), true
	}
	return "", true
}

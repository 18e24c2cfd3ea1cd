package checks

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// LaunchContext lists the checks of the context that comes with a token.
var LaunchContext = slices.Concat([]Check{
	ContextPatient, ContextEncounter, ContextTopLevel, NeedPatientBanner, EHRPatient, EHREncounter, StandalonePatient,
	EHRValues, ContextIntent, ContextTenant, TenantStable,
}, launchContextStyle, launchContextAsked)

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
			for _, answer := range []*evidence.FHIRAnswer{r.Patient, r.Encounter} {
				if answer != nil {
					proof = append(proof, answer.Exchange)
				}
			}
			proof = append(proof, r.Style.Exchanges()...)
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
		for _, name := range slices.Sorted(maps.Keys(r.Grant.Token.Members)) {
			raw := r.Grant.Token.Members[name]
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
		return sameID(r.Grant, "patient", r.Grant.EHRLaunch.Opened, "was open", claimed)
	}))

// EHREncounter verifies that an EHR launch brings the encounter that was open.
var EHREncounter = New(Meta{
	ID:           "launch-context.ehr-encounter",
	Title:        "An EHR launch brings the encounter that is open",
	Level:        Shall,
	Requirements: []string{"362"},
	Applies:      "the target file names the encounter that the portal has open",
	Launches:     []string{"patient-ehr", "clinician-ehr"},
	Remedy:       "Keep the open encounter with the launch value and send it beside the access token.",
}, evidence.ContextKind, eachContext("the encounter that is open", "no EHR launch from a known encounter was made",
	func(r evidence.ContextRead) (string, bool) {
		if r.Grant.EHRLaunch == nil || r.Grant.EHRLaunch.OpenedEncounter == "" {
			return "", false
		}
		claimed := slices.Contains(r.Capabilities, "context-ehr-encounter") && grantedPlain(r.Grant, "launch")
		return sameID(r.Grant, "encounter", r.Grant.EHRLaunch.OpenedEncounter, "was open", claimed)
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
		return sameID(r.Grant, "patient", r.Picked, "was picked", false)
	}))

// sameID compares the patient or the encounter in context with the one that is wanted; chosen says how that
// came about. Where there is none, that is a problem only if the server claims to send one.
func sameID(g evidence.Grant, member, wanted, chosen string, claimed bool) (problem string, applies bool) {
	got, there := g.Token.Text(member)
	switch {
	case !there && g.Token.Members[member] != nil: // launch-context.patient and launch-context.encounter judge its type
		return "", false
	case !there && claimed:
		return fmt.Sprintf("no %s where %s %s", member, wanted, chosen), true
	case !there:
		return "", false
	case got != wanted:
		return fmt.Sprintf("%s %s where %s %s", member, got, wanted, chosen), true
	}
	return "", true
}

// EHRValues reports which context EHR launches bring.
var EHRValues = New(Meta{
	ID:           "launch-context.ehr-values",
	Title:        "A launch from a patient's chart brings something of its context",
	Level:        May,
	Requirements: []string{"83"},
	Applies:      "an EHR launch was made and the scope launch was granted",
	Launches:     []string{"patient-ehr", "clinician-ehr"},
	Remedy:       "Send what the launch value stands for: patient, encounter and what else is on the screen.",
}, evidence.ContextKind, func(e evidence.ContextReads) Verdict {
	var seen, bare, proof []string
	for _, r := range e.Reads {
		if r.Grant.EHRLaunch == nil || !grantedPlain(r.Grant, "launch") {
			continue
		}
		proof = append(proof, r.Grant.Token.Exchange)
		var sent []string
		for _, name := range contextMembers {
			if _, there := r.Grant.Token.Members[name]; there {
				sent = append(sent, name)
			}
		}
		seen = append(seen, strings.Join(sent, ", "))
		if len(sent) == 0 {
			bare = append(bare, r.Grant.Launch.String())
		}
	}
	switch {
	case len(proof) == 0:
		return Skip("no EHR launch was made with the scope launch")
	case len(bare) > 0:
		return Discouraged("patient, encounter or other context", "no launch context: "+few(bare), proof...)
	default:
		return Note(few(seen), proof...)
	}
})

// ContextIntent verifies the type of intent.
var ContextIntent = New(Meta{
	ID:           "launch-context.intent",
	Title:        "intent is a string",
	Level:        Shall,
	Requirements: []string{"174"},
	Applies:      "a token response has intent",
	Remedy:       "Send intent as a JSON string that app and EHR agreed on, or leave it out.",
}, evidence.ContextKind, eachContext("a string that is not empty", "no token response had intent", isText("intent")))

// ContextTenant verifies the type of tenant.
var ContextTenant = New(Meta{
	ID:           "launch-context.tenant",
	Title:        "tenant is a string",
	Level:        Shall,
	Requirements: []string{"176"},
	Versions:     sinceSTU2,
	Applies:      "a token response has tenant",
	Remedy:       "Send the identifier of the organization as a JSON string, or leave tenant out.",
}, evidence.ContextKind, eachContext("a string that is not empty", "no token response had tenant", isText("tenant")))

// isText judges whether a member of the token response, where it is there, is a string that is not empty.
func isText(member string) func(evidence.ContextRead) (problem string, applies bool) {
	return func(r evidence.ContextRead) (string, bool) {
		raw, there := r.Grant.Token.Members[member]
		if !there {
			return "", false
		}
		if text, isString := r.Grant.Token.Text(member); !isString || text == "" {
			return member + " is " + shorten(string(raw)), true
		}
		return "", true
	}
}

// TenantStable verifies that tenant names the organization and not the launch. Launches of one user from one
// portal are launches by one organization.
var TenantStable = New(Meta{
	ID:           "launch-context.tenant-stable",
	Title:        "tenant is the same whenever the same organization launches",
	Level:        Shall,
	Requirements: []string{"176"},
	Versions:     sinceSTU2,
	Applies:      "two EHR launches of one user have tenant",
	Launches:     []string{"patient-ehr", "clinician-ehr"},
	Remedy:       "Identify the organization by tenant, with the same value on every launch.",
}, evidence.ContextKind, func(e evidence.ContextReads) Verdict {
	var t tally
	first := map[string]evidence.Grant{} // by user
	for _, r := range e.Reads {
		tenant, there := r.Grant.Token.Text("tenant")
		if r.Grant.EHRLaunch == nil || !there {
			continue
		}
		earlier, again := first[r.Grant.Launch.User]
		if !again {
			first[r.Grant.Launch.User] = r.Grant
			continue
		}
		proof := []string{earlier.Token.Exchange, r.Grant.Token.Exchange}
		if known, _ := earlier.Token.Text("tenant"); known != tenant {
			t.breaks(fmt.Sprintf("%q for %s, %q for %s", known, earlier.Launch, tenant, r.Grant.Launch), proof...)
			continue
		}
		t.holds(proof...)
	}
	return t.verdict("the same tenant on every launch", "tenant did not change", "no two EHR launches of one user had tenant")
})

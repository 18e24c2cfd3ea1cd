package checks

import (
	"fmt"
	"slices"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// ResourceAccessReach lists the checks of whose records a scope reaches.
var ResourceAccessReach = []Check{
	OtherPatientSearch, OtherPatientInclude, OtherPatientOperations, BatchEntries, LinkedResources,
}

const reachRemedy = "Restrict what leaves the server to the compartment of the patient in context, after every join, include and operation."

// OtherPatientSearch verifies that no kind of search leads to another patient.
var OtherPatientSearch = New(Meta{
	ID:           "resource-access.other-patient-search",
	Title:        "Under a patient scope no kind of search finds another patient",
	Level:        Shall,
	Requirements: []string{"136", "170"},
	Applies:      "the target file names another patient",
	Remedy:       reachRemedy,
}, evidence.ConfinedKind, keepsTo(evidence.OtherByID, evidence.OtherByPost, evidence.OtherByChain, evidence.OtherCompartment))

// OtherPatientInclude verifies that includes do not lead to another patient.
var OtherPatientInclude = New(Meta{
	ID:           "resource-access.other-patient-include",
	Title:        "Under a patient scope includes bring nothing of another patient",
	Level:        Shall,
	Requirements: []string{"136", "170"},
	Applies:      "the target file names another patient",
	Remedy:       reachRemedy,
}, evidence.ConfinedKind, keepsTo(evidence.OtherIncluded, evidence.OtherRevIncluded))

// OtherPatientOperations verifies that operations and histories do not lead to another patient.
var OtherPatientOperations = New(Meta{
	ID:           "resource-access.other-patient-operations",
	Title:        "Under a patient scope $everything, histories and ids open nothing of another patient",
	Level:        Shall,
	Requirements: []string{"136", "170"},
	Applies:      "the target file names another patient",
	Remedy:       reachRemedy,
}, evidence.ConfinedKind, keepsTo(evidence.OtherEverything, evidence.OtherHistory, evidence.OtherRecord, evidence.OtherRecordHistory))

// keepsTo judges calls under a patient scope: none may bring data of another patient. They prove nothing while
// the same token finds nothing of the patient in context.
func keepsTo(names ...string) func(evidence.Access) Verdict {
	return func(e evidence.Access) Verdict {
		own, _ := e.Named(evidence.OwnSearch)
		var t tally
		for _, a := range e.Answers {
			if !slices.Contains(names, a.Name) {
				continue
			}
			switch away := strangers(a, e.Patient); {
			case len(away) > 0:
				t.breaks(fmt.Sprintf("%s: %d with data of patient %s", a.Name, a.Status, few(away)), a.Exchange)
			case giveUp(a.Status) != "":
				t.unsure(a.Name + " was " + giveUp(a.Status))
			case own.Status != 200:
				t.unsure("a search for the patient in context was answered with " + own.Describe())
			default:
				t.holds(a.Exchange)
			}
		}
		return t.verdict("a refusal, or nothing of another patient", "nothing of another patient was served", "no such call was made")
	}
}

// strangers returns the patients other than the one in context whom an answer tells of.
func strangers(a evidence.FHIRAnswer, patient string) []string {
	if !a.Data() {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(a.Patients), func(id string) bool { return id == patient })
}

// BatchEntries verifies that every entry of a batch or transaction is authorized.
var BatchEntries = New(Meta{
	ID:           "resource-access.batch-entries",
	Title:        "The entries of a batch are authorized one by one",
	Level:        Shall,
	Requirements: []string{"130", "136"},
	Applies:      "the CapabilityStatement lists batch or transaction, and the target file names another patient",
	Remedy:       "Hold each entry to the scopes as if it came alone; refuse a transaction in which one of them is forbidden.",
}, evidence.BundleKind, func(e evidence.BundleTrials) Verdict {
	var t, whole tally
	for _, trial := range e.Trials {
		judgeBundle(&t, &whole, trial)
	}
	if len(t.broken)+len(t.unclear) == 0 && len(whole.broken) > 0 {
		return Discouraged("each entry answered on its own", few(whole.broken), unique(whole.proof)...)
	}
	return t.verdict("the forbidden entries refused, the permitted one answered", "every entry was held to the scopes", "no bundle was sent")
})

// judgeBundle counts the entries of one bundle. A transaction is refused as a whole when one entry of it is; a
// batch that is refused as a whole harms nobody but the app.
func judgeBundle(t, whole *tally, trial evidence.BundleTrial) {
	a := trial.Answer
	switch {
	case giveUp(a.Status) != "":
		t.unsure(a.Name + " was " + giveUp(a.Status))
		return
	case a.Status < 200 || a.Status > 299:
		if trial.Kind == "batch" {
			whole.breaks(fmt.Sprintf("the batch was refused as a whole with %d", a.Status), a.Exchange)
			return
		}
		t.holds(a.Exchange)
		return
	case len(trial.Entries) != len(trial.Permitted):
		t.unsure(fmt.Sprintf("a %s of %d entries was answered with %d", trial.Kind, len(trial.Permitted), len(trial.Entries)))
		return
	}
	for i, entry := range trial.Entries {
		seen := fmt.Sprintf("%s of a %s: %s", entry.Name, trial.Kind, entry.Describe())
		ok := entry.Status >= 200 && entry.Status <= 299
		switch emptied := entry.ResourceType == "Bundle" && entry.Entries == 0; {
		case entry.Status == 0 || giveUp(entry.Status) != "":
			t.unsure(seen)
		case trial.Permitted[i] && !ok:
			whole.breaks(seen+" although the scopes allow it", a.Exchange)
		case trial.Permitted[i] || emptied:
			t.holds(a.Exchange)
		case ok:
			t.breaks(seen, a.Exchange)
		default:
			t.holds(a.Exchange)
		}
	}
}

// LinkedResources records what becomes of records that the patient's data refers to.
var LinkedResources = New(Meta{
	ID:           "resource-access.linked-resources",
	Title:        "Records that the patient's data refers to are served or withheld",
	Level:        May,
	Requirements: []string{"138"},
	Applies:      "under a patient scope, when the patient's data refers to records outside of it",
	Remedy:       "Serve practitioners, organizations and the like that the patient's records refer to, or refuse them with 403 or 404.",
}, evidence.LinkedKind, func(e evidence.Access) Verdict {
	var served, withheld, wrong, proof []string
	for _, a := range e.Answers {
		seen := a.Name + ": " + a.Describe()
		proof = append(proof, a.Exchange)
		switch {
		case busy(a.Status):
			return CannotJudge(a.Name+" was "+giveUp(a.Status), a.Exchange)
		case giveUp(a.Status) != "", a.Data() && a.ResourceType+"/"+a.ID != a.Name:
			wrong = append(wrong, seen)
		case a.Data():
			served = append(served, a.Name)
		default:
			withheld = append(withheld, seen)
		}
	}
	switch {
	case len(wrong) > 0:
		return Discouraged("the record, or a refusal", few(wrong), proof...)
	case len(withheld) > 0:
		return Note("withheld: "+few(withheld), proof...)
	case len(served) > 0:
		return Holds("served: "+few(served), proof...)
	default:
		return Skip("the patient's data refers to no record outside of it that the scopes would allow to read")
	}
})

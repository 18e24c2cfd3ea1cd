package fhir

import "strings"

// Summary is what a picker shows of a record.
type Summary struct {
	ID        string
	Name      string // a person's name, or what an encounter or a study was about
	BirthDate string // of patients
	Gender    string // of patients
	Date      string // of encounters and studies, the day they began
}

// Patients lists the synthetic patients in the order of their ids.
func Patients() []Summary { return summaries("Patient", "") }

// PatientsOf lists the synthetic patients whose records a practitioner, given as a relative reference, may
// see.
func PatientsOf(practitioner string) []Summary {
	var out []Summary
	for _, r := range synthetic().all("Patient") {
		if !(reach{clinician: practitioner}).shutOutOf(r) {
			out = append(out, summarize(r))
		}
	}
	return out
}

// Practitioners lists the synthetic practitioners in the order of their ids.
func Practitioners() []Summary { return summaries("Practitioner", "") }

// Encounters lists the synthetic encounters of a patient, given by id; none for an unknown one.
func Encounters(patient string) []Summary { return summaries("Encounter", patient) }

// ImagingStudies lists the synthetic imaging studies of a patient, given by id; none for an unknown one.
func ImagingStudies(patient string) []Summary { return summaries("ImagingStudy", patient) }

func summaries(kind, patient string) []Summary {
	var out []Summary
	for _, r := range synthetic().all(kind) {
		if patient == "" || patientOf(r) == patient {
			out = append(out, summarize(r))
		}
	}
	return out
}

func summarize(r resource) Summary {
	s := Summary{ID: idOf(r), BirthDate: text(r, "birthDate"), Gender: text(r, "gender")}
	switch typeOf(r) {
	case "Encounter":
		s.Name = first(at(r, "type.text"))
		s.Date, _, _ = strings.Cut(first(at(r, "period.start")), "T")
	case "ImagingStudy":
		s.Name, s.Date = text(r, "description"), text(r, "started")
	default:
		s.Name = first(at(r, "name.text"))
	}
	return s
}

func first(values []any) string {
	if len(values) == 0 {
		return ""
	}
	s, _ := values[0].(string)
	return s
}

package fhir

import (
	"encoding/json"
	"strconv"
)

const (
	loinc  = "http://loinc.org"
	snomed = "http://snomed.info/sct"
	rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm"
	ucum   = "http://unitsofmeasure.org"
)

// visits are the encounters of every patient: the finished one first, the one in progress last.
var visits = []struct{ slug, about, status, start, end string }{
	{"checkup", "Yearly check-up", "finished", "2024-03-11T09:00:00Z", "2024-03-11T09:40:00Z"},
	{"followup", "Follow-up visit", "in-progress", "2025-01-14T14:00:00Z", ""},
}

// measurements are the observations of every patient. The value of patient i is base + i×step.
var measurements = []struct {
	slug, category, code, display string
	base, step                    float64
	unit                          string
}{
	{"heart-rate", "vital-signs", "8867-4", "Heart rate", 62, 3, "/min"},
	{"body-weight", "vital-signs", "29463-7", "Body weight", 58.5, 4.5, "kg"},
	{"body-temperature", "vital-signs", "8310-5", "Body temperature", 36.4, 0.1, "Cel"},
	{"glucose", "laboratory", "2345-7", "Glucose [Mass/volume] in Serum or Plasma", 84, 7, "mg/dL"},
	{"hba1c", "laboratory", "4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", 5.1, 0.4, "%"},
	{"hemoglobin", "laboratory", "718-7", "Hemoglobin [Mass/volume] in Blood", 12.8, 0.3, "g/dL"},
}

var problems = []struct{ code, display string }{
	{"38341003", "Hypertension"},
	{"44054006", "Diabetes mellitus type 2"},
	{"195967001", "Asthma"},
}

var medications = []struct{ code, display, dosage string }{
	{"314076", "lisinopril 10 MG Oral Tablet", "One tablet a day"},
	{"860975", "metformin hydrochloride 500 MG Oral Tablet", "One tablet twice a day, with meals"},
	{"245314", "albuterol 0.09 MG/ACTUAT Metered Dose Inhaler", "Two puffs when short of breath"},
}

// studies are imaging studies. Every other patient has both, the rest the first.
var studies = []struct{ slug, about, modality, modalityName, date string }{
	{"chest-xray", "X-ray of the chest", "DX", "Digital Radiography", "2024-03-11"},
	{"knee-mri", "MRI of the left knee", "MR", "Magnetic Resonance", "2025-01-10"},
}

// addChart adds the clinical records of the patient at position i.
func addChart(add func(kind, id string, r resource), i int, p patient) {
	clinician := practitioners[i%len(practitioners)]
	for _, v := range visits {
		period := object{"start": v.start}
		if v.end != "" {
			period["end"] = v.end
		}
		add("Encounter", p.id+"-"+v.slug, object{
			"status": v.status, "class": coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB", "ambulatory"),
			"type":        list{concept(snomed, "185349003", v.about)},
			"subject":     p.reference(),
			"participant": list{object{"individual": clinician.reference()}},
			"period":      period, "serviceProvider": reference(clinic, "Harbour Clinic"),
		})
	}
	encounter := reference("Encounter/"+p.id+"-"+visits[0].slug, visits[0].about)
	condition, medication := problems[i%len(problems)], medications[i%len(medications)]
	add("Condition", p.id+"-problem", object{
		"clinicalStatus":     concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", "Active"),
		"verificationStatus": concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed", "Confirmed"),
		"category":           list{concept("http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item", "Problem List Item")},
		"code":               concept(snomed, condition.code, condition.display),
		"subject":            p.reference(), "encounter": encounter, "asserter": clinician.reference(), "recordedDate": "2024-03-11",
	})
	add("Condition", p.id+"-diagnosis", object{
		"clinicalStatus":     concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "resolved", "Resolved"),
		"verificationStatus": concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed", "Confirmed"),
		"category":           list{concept("http://terminology.hl7.org/CodeSystem/condition-category", "encounter-diagnosis", "Encounter Diagnosis")},
		"code":               concept(snomed, "82272006", "Common cold"),
		"subject":            p.reference(), "encounter": encounter, "asserter": clinician.reference(), "recordedDate": "2024-03-11",
	})
	add("MedicationRequest", p.id+"-medication", object{
		"status": "active", "intent": "order",
		"medicationCodeableConcept": concept(rxnorm, medication.code, medication.display),
		"subject":                   p.reference(), "encounter": encounter, "requester": clinician.reference(), "authoredOn": "2024-03-11",
		"dosageInstruction": list{object{"text": medication.dosage}},
	})
	for _, s := range studies[:len(studies)-i%2] {
		add("ImagingStudy", p.id+"-"+s.slug, object{
			"status": "available", "subject": p.reference(), "started": s.date, "description": s.about,
			"modality":       list{coding("http://dicom.nema.org/resources/ontology/DCM", s.modality, s.modalityName)},
			"numberOfSeries": 1, "numberOfInstances": 2,
		})
	}
	for _, m := range measurements {
		add("Observation", p.id+"-"+m.slug, observation(p, encounter, clinician, m.category, m.code, m.display, object{
			"valueQuantity": quantity(m.base+float64(i)*m.step, m.unit),
		}))
	}
	add("Observation", p.id+"-blood-pressure", observation(p, encounter, clinician, "vital-signs", "85354-9", "Blood pressure panel", object{
		"component": list{
			object{"code": concept(loinc, "8480-6", "Systolic blood pressure"), "valueQuantity": quantity(float64(112+3*i), "mm[Hg]")},
			object{"code": concept(loinc, "8462-4", "Diastolic blood pressure"), "valueQuantity": quantity(float64(70+2*i), "mm[Hg]")},
		},
	}))
	if i+1 < len(patients) { // what was observed is about somebody else: the household
		household := observation(p, encounter, clinician, "social-history", "household-smoking", "Smoking in the household", object{
			"focus": list{patients[i+1].reference()}, "valueBoolean": false,
		})
		household["code"] = concept("https://ehr.example/observations", "household-smoking", "Smoking in the household")
		add("Observation", p.id+"-household", household)
	}
	add("Observation", p.id+"-smoking-status", observation(p, encounter, clinician, "social-history", "72166-2", "Tobacco smoking status", object{
		"valueCodeableConcept": concept(snomed, "266919005", "Never smoked tobacco"),
	}))
}

// categories are the displays of the observation categories in use.
var categories = map[string]string{"vital-signs": "Vital Signs", "laboratory": "Laboratory", "social-history": "Social History"}

func observation(p patient, encounter object, performer practitioner, category, code, display string, value object) resource {
	r := object{
		"status":   "final",
		"category": list{concept("http://terminology.hl7.org/CodeSystem/observation-category", category, categories[category])},
		"code":     concept(loinc, code, display),
		"subject":  p.reference(), "encounter": encounter, "performer": list{performer.reference()},
		"effectiveDateTime": visits[0].start, "issued": visits[0].end,
	}
	for member, v := range value {
		r[member] = v
	}
	return r
}

func quantity(value float64, unit string) object {
	return object{"value": json.Number(strconv.FormatFloat(value, 'f', 1, 64)), "unit": unit, "system": ucum, "code": unit}
}

package fhir

import (
	"fmt"
	"slices"
	"sync"
)

// Ids of the synthetic people whom the reference EHR signs in.
const (
	PatientAmy      = "amy-shaw"
	PatientBen      = "ben-ode"
	PractitionerLin = "mei-lin"

	// RestrictedPatient is somebody whose record only the general practitioner sees, who is not Mei Lin.
	RestrictedPatient = "farid-haddad"
)

const confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"

// restricted reports whether a record carries the confidentiality code R.
func restricted(r resource) bool {
	return slices.ContainsFunc(at(r, "meta.security"), func(label any) bool { return matchesToken(confidentiality+"|R", label) })
}

// seeded is when the synthetic records were last updated.
const seeded = "2025-01-15T08:00:00Z"

const clinic = "Organization/harbour-clinic"

// synthetic returns the records that every base starts with. They are shared: clone before changing.
var synthetic = sync.OnceValue(func() *records {
	db := &records{byType: map[string]map[string]resource{}, past: map[string][]resource{}}
	add := func(kind, id string, r resource) {
		r["resourceType"] = kind
		db.put(stamped(r, id, "1", seeded))
	}
	add("Organization", "harbour-clinic", object{
		"active": true, "name": "Harbour Clinic",
		"identifier": list{object{"system": "https://ehr.example/organizations", "value": "HC-1"}},
	})
	for _, p := range practitioners {
		add("Practitioner", p.id, p.resource())
	}
	for i, p := range patients {
		r := p.resource(i)
		if p.id == RestrictedPatient {
			r["meta"] = object{"security": list{coding(confidentiality, "R", "restricted")}}
		}
		add("Patient", p.id, r)
		addChart(add, i, p)
	}
	add("RelatedPerson", "rosa-shaw", object{
		"active": true, "patient": reference("Patient/"+PatientAmy, "Amy Shaw"),
		"name": list{name("Rosa", "Shaw")}, "gender": "female",
		"relationship": list{concept("http://terminology.hl7.org/CodeSystem/v3-RoleCode", "MTH", "mother")},
	})
	return db
})

type practitioner struct{ id, given, family, npi string }

var practitioners = []practitioner{
	{PractitionerLin, "Mei", "Lin", "1000000010"},
	{"chidi-okafor", "Chidi", "Okafor", "1000000028"},
	{"ines-silva", "Inês", "Silva", "1000000036"},
}

func (p practitioner) resource() resource {
	return object{
		"active":     true,
		"identifier": list{object{"system": "http://hl7.org/fhir/sid/us-npi", "value": p.npi}},
		"name":       list{name(p.given, p.family)},
	}
}

func (p practitioner) reference() object {
	return reference("Practitioner/"+p.id, p.given+" "+p.family)
}

type patient struct{ id, given, family, gender, birthDate string }

var patients = []patient{
	{PatientAmy, "Amy", "Shaw", "female", "1987-02-20"},
	{PatientBen, "Ben", "Ode", "male", "1974-12-25"},
	{"carla-ruiz", "Carla", "Ruiz", "female", "2012-07-03"},
	{"david-kim", "David", "Kim", "male", "1951-09-14"},
	{"eva-novakova", "Eva", "Nováková", "female", "1999-05-30"},
	{"farid-haddad", "Farid", "Haddad", "other", "1963-11-08"},
	{"grace-o-neil", "Grace", "O’Neil", "unknown", "1940-02-29"},
}

func (p patient) resource(i int) resource {
	return object{
		"active": true,
		"identifier": list{object{
			"use": "usual", "type": concept("http://terminology.hl7.org/CodeSystem/v2-0203", "MR", "Medical record number"),
			"system": "https://ehr.example/mrn", "value": fmt.Sprintf("MRN-%05d", 10001+i),
		}},
		"name": list{name(p.given, p.family)}, "gender": p.gender, "birthDate": p.birthDate,
		"telecom": list{object{"system": "email", "value": p.id + "@patients.example"}},
		"address": list{object{
			"use": "home", "line": list{fmt.Sprintf("%d Quay Street", 12+i)}, "city": "Springfield", "postalCode": "00000", "country": "US",
		}},
		"communication":        list{object{"language": concept("urn:ietf:bcp:47", "en", "English"), "preferred": true}},
		"generalPractitioner":  list{practitioners[i%2].reference()},
		"managingOrganization": reference(clinic, "Harbour Clinic"),
	}
}

func (p patient) reference() object { return reference("Patient/"+p.id, p.given+" "+p.family) }

func name(given, family string) object {
	return object{"use": "official", "text": given + " " + family, "family": family, "given": list{given}}
}

func reference(to, display string) object { return object{"reference": to, "display": display} }

func coding(system, code, display string) object {
	return object{"system": system, "code": code, "display": display}
}

func concept(system, code, display string) object {
	return object{"coding": list{coding(system, code, display)}, "text": display}
}

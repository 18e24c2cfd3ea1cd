package fhir_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

// sight is what a probe sees of one defect, in words: a status, a challenge, a number of matches.
type sight func(e *ehr) string

func statusOf(method, target, body string, headers ...string) sight {
	return func(e *ehr) string { return http.StatusText(e.send(method, target, body, headers...).Code) }
}

func readWith(target string, headers ...string) sight {
	return statusOf(http.MethodGet, target, "", headers...)
}

func challengeTo(target string, headers ...string) sight {
	return func(e *ehr) string {
		challenge, _, _ := strings.Cut(e.get(target, headers...).challenge(), ", error_description=")
		return challenge
	}
}

func found(target string) sight {
	return func(e *ehr) string { return strings.Join(e.get(target).resources("match"), " ") }
}

func foundByPost(kind, form string) sight {
	return func(e *ehr) string {
		a := e.send(http.MethodPost, kind+"/_search", form, "Content-Type: application/x-www-form-urlencoded")
		return strings.Join(a.resources("match"), " ")
	}
}

func included(target string) sight {
	return func(e *ehr) string { return strings.Join(e.get(target).resources("include"), " ") }
}

// bundled returns the statuses of the entries; "" when the bundle was refused as a whole.
func bundled(kind string, entries ...string) sight {
	return func(e *ehr) string {
		return strings.Join(e.send(http.MethodPost, "", bundle(kind, entries...)).statuses(), " ")
	}
}

// defects are the faults of resource access, each with what it changes.
var defects = []struct {
	fault      faults.Fault
	scopes     string
	see        sight
	clean, bad string
}{
	{faults.FHIROpen, "", readWith("Patient/amy-shaw", "Authorization:"), "Unauthorized", "OK"},
	{faults.FHIROpen, "", readWith("Observation?patient=ben-ode", "Authorization:"), "Unauthorized", "OK"},
	{faults.FHIRAnyToken, "", readWith("Patient/amy-shaw", "Authorization: Bearer nonsense"), "Unauthorized", "OK"},
	{faults.FHIRTokenPrefix, "patient/Patient.r", func(e *ehr) string {
		e.get("Patient/amy-shaw")
		return readWith("Patient/amy-shaw", "Authorization: Bearer "+goodToken+"x")(e)
	}, "Unauthorized", "OK"},
	{faults.FHIRNoChallenge, "", challengeTo("Patient/amy-shaw", "Authorization:"), `Bearer realm="` + base + `"`, ""},
	{faults.FHIRNoChallenge, "", challengeTo("Patient/amy-shaw", "Authorization: Bearer nonsense"), `Bearer realm="` + base + `", error="invalid_token"`, ""},
	{faults.FHIRNoInvalidToken, "", challengeTo("Patient/amy-shaw", "Authorization: Bearer nonsense"), `Bearer realm="` + base + `", error="invalid_token"`, `Bearer realm="` + base + `"`},
	{faults.FHIRScope401, "patient/Patient.r", readWith("Observation/amy-shaw-glucose"), "Forbidden", "Unauthorized"},
	{faults.FHIRErrorAnonymous, "", challengeTo("Patient/amy-shaw", "Authorization:"), `Bearer realm="` + base + `"`, `Bearer realm="` + base + `", error="invalid_token"`},
	{faults.FHIRQueryToken, "patient/Patient.r", readWith("Patient/amy-shaw?access_token="+goodToken, "Authorization:"), "Unauthorized", "OK"},
	{faults.FHIRQueryToken, "patient/Patient.s", func(e *ehr) string {
		return linkOf(e.get("Patient?access_token="+goodToken, "Authorization:"), "self")
	}, "", base + "/Patient"},
	{faults.FHIRTokenRefused, "patient/Patient.r", readWith("Patient/amy-shaw"), "OK", "Unauthorized"},
	{faults.FHIRTypeUnenforced, "patient/Patient.rs", readWith("Observation/amy-shaw-glucose"), "Forbidden", "OK"},
	{faults.FHIRTypeUnenforced, "patient/Patient.rs", readWith("Observation"), "Forbidden", "OK"},
	{faults.FHIRWriteUnenforced, "patient/Observation.rs", statusOf(http.MethodPost, "Observation", weight("Patient/amy-shaw", "vital-signs")), "Forbidden", "Created"},
	{faults.FHIRWriteUnenforced, "patient/Observation.read", statusOf(http.MethodPut, "Observation/amy-shaw-glucose", weight("Patient/amy-shaw", "laboratory", `"id": "amy-shaw-glucose"`)), "Forbidden", "OK"},
	{faults.FHIRSearchUnenforced, "patient/Observation.r", readWith("Observation?patient=amy-shaw"), "Forbidden", "OK"},
	{faults.FHIRPatientUnenforced, "patient/*.rs", readWith("Patient/ben-ode"), "Forbidden", "OK"},
	{faults.FHIRPatientUnenforced, "patient/*.rs", readWith("Observation/ben-ode-glucose"), "Not Found", "OK"},
	{faults.FHIRPatientSearchOpen, "patient/*.rs", found("Observation?patient=ben-ode&code=2345-7"), "", "Observation/ben-ode-glucose"},
	{faults.FHIRPatientSearchOpen, "patient/*.rs", found("Patient?_id=ben-ode"), "", "Patient/ben-ode"},
	{faults.FHIRGranularIgnored, "patient/Observation.rs?category=laboratory", readWith("Observation/amy-shaw-heart-rate"), "Not Found", "OK"},
	{faults.FHIRGranularReadOpen, "patient/Observation.rs?category=laboratory", readWith("Observation/amy-shaw-heart-rate"), "Not Found", "OK"},
	{faults.FHIRPostSearchOpen, "patient/*.rs", foundByPost("Observation", "patient=ben-ode&code=2345-7"), "", "Observation/ben-ode-glucose"},
	{faults.FHIRChainedOpen, "patient/*.rs", found("Observation?patient._id=ben-ode&code=2345-7"), "", "Observation/ben-ode-glucose"},
	{faults.FHIRCompartmentOpen, "patient/*.rs", found("Patient/ben-ode/Observation?code=2345-7"), "", "Observation/ben-ode-glucose"},
	{faults.FHIRIncludeOpen, "patient/*.rs", included("Observation?_id=amy-shaw-household&_include=Observation:focus"), "", "Patient/ben-ode"},
	{faults.FHIRRevIncludeOpen, "patient/*.rs", included("Practitioner?_id=mei-lin&_revinclude=Patient:general-practitioner"), "Patient/amy-shaw", "Patient/amy-shaw Patient/carla-ruiz Patient/eva-novakova Patient/grace-o-neil"},
	{faults.FHIREverythingOpen, "patient/*.rs", readWith("Patient/ben-ode/$everything"), "Forbidden", "OK"},
	{faults.FHIRHistoryOpen, "patient/*.rs", readWith("Patient/ben-ode/_history"), "Forbidden", "OK"},
	{faults.FHIRHistoryOpen, "patient/*.rs", readWith("Observation/ben-ode-glucose/_history/1"), "Not Found", "OK"},
	{faults.FHIRBatchOpen, "patient/*.rs", bundled("batch", entry("GET", "Patient/ben-ode")), "403", "200"},
	{faults.FHIRBatchUnchecked, "patient/*.rs", bundled("batch", entry("DELETE", "Observation/amy-shaw-glucose")), "403", "204"},
	{faults.FHIRBatchUnchecked, "patient/*.rs", bundled("transaction", entry("DELETE", "Observation/amy-shaw-glucose")), "", "204"},
	{faults.FHIRBatchAllOrNothing, "patient/*.rs", bundled("batch", entry("GET", "Patient/amy-shaw"), entry("GET", "Patient/ben-ode")), "200 403", ""},
	{faults.FHIRLinkedCrash, "patient/*.rs", readWith("Practitioner/mei-lin"), "OK", "Internal Server Error"},
	{faults.FHIRBlankToken, "", readWith("Patient/amy-shaw", "Authorization: Bearer"), "Unauthorized", "OK"},
	{faults.FHIRTokenCut, "patient/Patient.r", readWith("Patient/amy-shaw", "Authorization: Bearer "+goodToken+"<"), "Unauthorized", "OK"},
	{faults.FHIRTokenCut, "patient/Patient.r", readWith("Patient/amy-shaw", "Authorization: Bearer "+goodToken+" more"), "Unauthorized", "OK"},
	{faults.FHIRAnyScheme, "patient/Patient.r", readWith("Patient/amy-shaw", "Authorization: Token "+goodToken), "Unauthorized", "OK"},
	{faults.FHIRSeveralTokens, "patient/Patient.r", readWith("Patient/amy-shaw?access_token=" + goodToken), "Bad Request", "OK"},
	{faults.FHIRFormToken, "patient/Patient.r", statusOf(http.MethodGet, "Patient/amy-shaw", "access_token="+goodToken, "Authorization:", "Content-Type: application/x-www-form-urlencoded"), "Unauthorized", "OK"},
	{faults.FHIRFormToken, "patient/Patient.rs", statusOf(http.MethodPost, "Patient/_search", "access_token="+goodToken, "Authorization:", "Content-Type: application/x-www-form-urlencoded"), "Unauthorized", "OK"},
	{faults.FHIRTokenCached, "patient/Patient.r", func(e *ehr) string {
		e.get("Patient/amy-shaw")
		e.revoked = true
		return readWith("Patient/amy-shaw")(e)
	}, "Unauthorized", "OK"},
	{faults.FHIRSearchNeedsRead, "patient/Observation.s", readWith("Observation"), "OK", "Forbidden"},
	{faults.FHIRWriteNeedsAll, "patient/Observation.c", statusOf(http.MethodPost, "Observation", weight("Patient/amy-shaw", "vital-signs")), "Created", "Forbidden"},
	{faults.FHIRReadBySearch, "patient/Observation.s", readWith("Observation/amy-shaw-glucose"), "Forbidden", "OK"},
	{faults.FHIRWriteByAny, "patient/Observation.u", statusOf(http.MethodDelete, "Observation/amy-shaw-glucose", ""), "Forbidden", "No Content"},
	{faults.FHIRNoScopeOpen, "launch/patient", readWith("Patient/amy-shaw"), "Forbidden", "OK"},
	{faults.FHIRV1ReadNoSearch, "patient/Observation.read", readWith("Observation"), "OK", "Forbidden"},
	{faults.FHIRV1WriteReads, "patient/Observation.write", readWith("Observation/amy-shaw-glucose"), "Forbidden", "OK"},
	{faults.FHIRUpdateCreateRefused, "patient/Observation.u", statusOf(http.MethodPut, "Observation/none", weight("Patient/amy-shaw", "laboratory", `"id": "none"`)), "Created", "Forbidden"},
	{faults.FHIRUserUnbound, "user/Patient.rs", readWith("Patient/" + fhir.RestrictedPatient), "Forbidden", "OK"},
	{faults.FHIRUserUnbound, "user/Patient.rs", found("Patient?_id=" + fhir.RestrictedPatient), "", "Patient/" + fhir.RestrictedPatient},
	{faults.FHIRUserContextOnly, "user/Patient.rs", readWith("Patient/ben-ode"), "OK", "Forbidden"},
	{faults.FHIRSystemNeedsPatient, "system/Observation.rs", func(e *ehr) string {
		e.access.User = ""
		return readWith("Observation")(e)
	}, "OK", "Forbidden"},
	{faults.FHIRWildcardPartial, "patient/*.rs", readWith("Condition"), "OK", "Forbidden"},
	{faults.FHIRGranularIgnored, "patient/Observation.rs?category=laboratory", found("Observation?code=8867-4"), "", "Observation/amy-shaw-heart-rate"},
}

func TestFaults(t *testing.T) {
	for _, d := range defects {
		t.Run(d.fault.ID, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(d.see(newEHR(noFault, amyLaunch(d.scopes)))).To(Equal(d.clean), "without the fault")
			g.Expect(d.see(newEHR(d.fault, amyLaunch(d.scopes)))).To(Equal(d.bad), "with the fault")
		})
	}
}

// A fault is one defect: what it does not touch is answered as without it.
func TestFaultsLeaveTheRestAlone(t *testing.T) {
	scopes := "patient/Patient.rs patient/Observation.rs?category=laboratory"
	untouched := map[string]sight{
		"invalid token":  readWith("Patient/amy-shaw", "Authorization: Bearer nonsense"),
		"anonymous":      readWith("Patient/amy-shaw", "Authorization:"),
		"other type":     statusOf(http.MethodDelete, "Condition/amy-shaw-problem", ""),
		"granted read":   readWith("Patient/amy-shaw"),
		"granted search": found("Observation?patient=amy-shaw&category=laboratory"),
		"other patient":  readWith("Patient/ben-ode"),
		"other search":   found("Observation?patient=ben-ode"),
		"category":       readWith("Observation/amy-shaw-heart-rate"),
		"write":          statusOf(http.MethodPost, "Observation", weight("Patient/amy-shaw", "laboratory")),
	}
	changed := map[string][]string{
		faults.FHIROpen.ID:              {"anonymous"},
		faults.FHIRAnyToken.ID:          {"invalid token"},
		faults.FHIRScope401.ID:          {"other type", "other patient", "write"},
		faults.FHIRTokenRefused.ID:      {"other type", "granted read", "granted search", "other patient", "category", "write"},
		faults.FHIRWriteUnenforced.ID:   {"write"},
		faults.FHIRPatientUnenforced.ID: {"other patient"},
		faults.FHIRPatientSearchOpen.ID: {"other search"},
		faults.FHIRGranularIgnored.ID:   {"category"},
		faults.FHIRGranularReadOpen.ID:  {"category"},
		faults.FHIRTypeUnenforced.ID:    {"category"}, // the scope of Patient then covers every observation
	}
	for _, d := range defects {
		for name, see := range untouched {
			clean, faulty := see(newEHR(noFault, amyLaunch(scopes))), see(newEHR(d.fault, amyLaunch(scopes)))
			expectation := Equal(clean)
			for _, c := range changed[d.fault.ID] {
				if c == name {
					expectation = Not(Equal(clean))
				}
			}
			NewWithT(t).Expect(faulty).To(expectation, "%s: %s", d.fault.ID, name)
		}
	}
}

// Every fault of the FHIR server is shown above, but for those in which the authorization server has a part.
func TestEveryResourceAccessFaultIsShown(t *testing.T) {
	shown := map[string]bool{faults.FHIRExpiryUnchecked.ID: true, faults.FHIRAnyIssuedToken.ID: true}
	for _, d := range defects {
		shown[d.fault.ID] = true
	}
	for _, f := range faults.All() {
		if strings.HasPrefix(f.ID, "fhir-") && !strings.HasPrefix(f.ID, "fhir-context-") { // of the token response
			NewWithT(t).Expect(shown).To(HaveKey(f.ID))
		}
	}
}

// A token that was revoked stays refused under the prefix defect, whose cache must not outlive it.
func TestPrefixFaultDoesNotReviveRevokedTokens(t *testing.T) {
	g := NewWithT(t)
	revoked := false
	handler := fhir.New(fhir.Options{Base: base, Fault: faults.FHIRTokenPrefix, Access: func(_ *http.Request, token string) (fhir.Access, error) {
		if revoked || token != goodToken {
			return fhir.Access{}, errors.New("revoked")
		}
		return amyLaunch("patient/Patient.r"), nil
	}})
	e := &ehr{handler: handler}
	g.Expect(e.get("Patient/amy-shaw").Code).To(Equal(http.StatusOK))
	revoked = true
	g.Expect(e.get("Patient/amy-shaw").Code).To(Equal(http.StatusUnauthorized))
}

package fhir_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

const stateBase = "https://ehr.example/appstate"

// newStates returns a base for app state that knows goodToken.
func newStates(fault faults.Fault, scopes string) *ehr {
	e := &ehr{access: fhir.Access{ClientID: "app", Scopes: scopes, Patient: fhir.PatientAmy, User: "Patient/" + fhir.PatientAmy}}
	e.handler = fhir.NewAppState(stateBase, fhir.Options{
		Base: base, Fault: fault,
		Access: func(_ *http.Request, token string) (fhir.Access, error) {
			if token != goodToken {
				return fhir.Access{}, errors.New("unknown")
			}
			return e.access, nil
		},
	})
	return e
}

// kept is a Basic resource about a subject, with two extensions and what else is given.
func kept(subject, code string, more ...string) string {
	return `{"resourceType": "Basic", "subject": {"reference": "` + base + "/" + subject + `"}, "code": {"coding": [{"system": "urn:app", "code": "` + code + `"}]},
		"extension": [{"url": "urn:a", "valueString": "one"}, {"url": "urn:b", "valueString": "two"}]` + strings.Join(append([]string{""}, more...), ", ") + `}`
}

const (
	amysState = "Patient/" + fhir.PatientAmy
	firstEtag = `If-Match: W/"1"`
)

// keeping makes state of Amy under the code "view", and then does what follows.
func keeping(then sight) sight {
	return func(e *ehr) string {
		if a := e.send(http.MethodPost, "Basic", kept(amysState, "view")); a.Code != http.StatusCreated {
			return fmt.Sprint("create: ", a.Code)
		}
		return then(e)
	}
}

// putting updates the first state with what is sent, and the header, if any.
func putting(body string, headers ...string) sight {
	return keeping(statusOf(http.MethodPut, "Basic/state-1", strings.Replace(body, `"Basic"`, `"Basic", "id": "state-1"`, 1), headers...))
}

func posting(body string) sight { return statusOf(http.MethodPost, "Basic", body) }

func searchOf(code, subject string) string {
	if subject == "" {
		return "Basic?code=" + code + "&subject:missing=true"
	}
	return "Basic?code=" + code + "&subject=" + base + "/" + subject
}

// extensions returns how many extensions the answer to a create has.
func extensions(body string) sight {
	return func(e *ehr) string {
		a := e.send(http.MethodPost, "Basic", body)
		list, _ := a.body["extension"].([]any)
		return fmt.Sprintf("%d %d", a.Code, len(list))
	}
}

// twice updates the first state twice, so that its first version is outdated, and then does what follows.
func twice(then sight) sight {
	return keeping(func(e *ehr) string {
		e.send(http.MethodPut, "Basic/state-1", strings.Replace(kept(amysState, "view"), `"Basic"`, `"Basic", "id": "state-1"`, 1), firstEtag)
		return then(e)
	})
}

const keeps = "patient/Basic.cuds"

var stateDefects = []struct {
	fault  faults.Fault
	scopes string
	see    sight
	clean  string
	bad    string
}{
	{faults.AppStateReadOnly, keeps, posting(kept(amysState, "view")), "Created", "Method Not Allowed"},
	{faults.AppStateExtensionLost, keeps, extensions(kept(amysState, "view")), "201 2", "201 1"},
	{faults.AppStateOddDropped, keeps, extensions(strings.Replace(kept(amysState, "view"), `"valueString": "one"`, `"valueInteger": 1`, 1)), "422 0", "201 1"},
	{faults.AppStateClientID, keeps, func(e *ehr) string {
		a := e.send(http.MethodPost, "Basic", kept(amysState, "view", `"id": "mine"`))
		return fmt.Sprint(a.Code, " ", a.body["id"])
	}, "201 state-1", "201 mine"},
	{faults.AppStateNoETag, keeps, func(e *ehr) string {
		return e.send(http.MethodPost, "Basic", kept(amysState, "view")).Header().Get("ETag")
	}, `W/"1"`, ""},
	{faults.AppStateNoBody, keeps, func(e *ehr) string {
		return fmt.Sprint(e.send(http.MethodPost, "Basic", kept(amysState, "view")).body["resourceType"])
	}, "Basic", "<nil>"},
	{faults.AppStateUpdateLost, keeps, keeping(func(e *ehr) string {
		body := strings.Replace(kept(amysState, "view"), `"Basic"`, `"Basic", "id": "state-1"`, 1)
		a := e.send(http.MethodPut, "Basic/state-1", strings.Replace(body, "two", "three", 1), firstEtag)
		return fmt.Sprint(a.Code, strings.Contains(a.Body.String(), "three"))
	}), "200 true", "200 false"},
	{faults.AppStateIfMatchOptional, keeps, putting(kept(amysState, "view")), "Precondition Required", "OK"},
	{faults.AppStateIfMatchOptional, keeps, keeping(statusOf(http.MethodDelete, "Basic/state-1", "")), "Precondition Required", "No Content"},
	{faults.AppStateConflictIgnored, keeps, putting(kept(amysState, "view"), `If-Match: W/"0"`), "Precondition Failed", "OK"},
	{faults.AppStateDeleteOutdated, keeps, twice(statusOf(http.MethodDelete, "Basic/state-1", "", firstEtag)), "Precondition Failed", "No Content"},
	{faults.AppStateConflict409, keeps, twice(statusOf(http.MethodDelete, "Basic/state-1", "", firstEtag)), "Precondition Failed", "Conflict"},
	{faults.AppStateRehomed, keeps, putting(kept(amysState, "other"), firstEtag), "Precondition Failed", "OK"},
	{faults.AppStateDeleteKept, keeps, keeping(func(e *ehr) string {
		return statusOf(http.MethodDelete, "Basic/state-1", "", firstEtag)(e) + " " + found(searchOf("urn:app|view", amysState))(e)
	}), "No Content ", "No Content Basic/state-1"},
	{faults.AppStateResurrected, keeps, keeping(func(e *ehr) string {
		e.send(http.MethodDelete, "Basic/state-1", "", firstEtag)
		return statusOf(http.MethodPut, "Basic/state-1", strings.Replace(kept(amysState, "view"), `"Basic"`, `"Basic", "id": "state-1"`, 1), firstEtag)(e)
	}), "Precondition Failed", "OK"},
	{faults.AppStateSubjectRelative, keeps, keeping(found(searchOf("urn:app|view", amysState))), "Basic/state-1", ""},
	{faults.AppStateCodePrefix, keeps, keeping(found(searchOf("urn:app|vie", amysState))), "", "Basic/state-1"},
	{faults.AppStateSubjectIgnored, keeps, keeping(found(searchOf("urn:app|view", "Patient/ben-ode"))), "", "Basic/state-1"},
	{faults.AppStateMissingIgnored, keeps, keeping(found(searchOf("urn:app|view", ""))), "", "Basic/state-1"},
	{faults.AppStateSingle, keeps, keeping(posting(kept(amysState, "other"))), "Created", "Conflict"},
	{faults.AppStatePatientsOnly, "user/Basic.cuds", func(e *ehr) string {
		e.access.User = "Practitioner/" + fhir.PractitionerLin
		return posting(kept(e.access.User, "view"))(e)
	}, "Created", "Unprocessable Entity"},
	{faults.AppStateSmall, keeps, posting(strings.Replace(kept(amysState, "view"), "one", strings.Repeat("1", 250_000), 1)), "Created", "Request Entity Too Large"},
	{faults.AppStateOpen, keeps, keeping(readWith(searchOf("urn:app|view", amysState), "Authorization:")), "Unauthorized", "OK"},
	{faults.AppStateScopeUnchecked, "patient/Patient.rs", posting(kept(amysState, "view")), "Forbidden", "Created"},
	{faults.AppStateWriteBySearch, "patient/Basic.s", posting(kept(amysState, "view")), "Forbidden", "Created"},
	{faults.AppStateCodeUnchecked, keeps + "?code=urn:app|view", posting(kept(amysState, "other")), "Forbidden", "Created"},
	{faults.AppStateAnySubject, keeps, posting(kept("Patient/ben-ode", "view")), "Forbidden", "Created"},
}

func TestFaultsOfAppState(t *testing.T) {
	shown := []string{faults.AppStateUnadvertised.ID} // of the discovery document
	for _, d := range stateDefects {
		t.Run(d.fault.ID, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(d.see(newStates(noFault, d.scopes))).To(Equal(d.clean), "without the fault")
			g.Expect(d.see(newStates(d.fault, d.scopes))).To(Equal(d.bad), "with the fault")
		})
		shown = append(shown, d.fault.ID)
	}
	for _, f := range faults.All() {
		if strings.HasPrefix(f.ID, "app-state-") && !slices.Contains(shown, f.ID) {
			t.Errorf("%s is not shown", f.ID)
		}
	}
}

// State is refused that breaks a rule of the specification, whoever sends it.
func TestStateThatIsRefused(t *testing.T) {
	for name, tc := range map[string]struct{ body, want string }{
		"two codings":        {strings.Replace(kept(amysState, "view"), `"coding": [`, `"coding": [{"code": "x"}, `, 1), "Unprocessable Entity"},
		"no code":            {strings.Replace(kept(amysState, "view"), `"code": "view"`, `"display": "view"`, 1), "Unprocessable Entity"},
		"a relative subject": {strings.Replace(kept(amysState, "view"), base+"/", "", 1), "Unprocessable Entity"},
		"another subject":    {kept("Observation/amy-shaw-glucose", "view"), "Unprocessable Entity"},
		"more than 256 KB":   {strings.Replace(kept(amysState, "view"), "one", strings.Repeat("1", 256<<10), 1), "Request Entity Too Large"},
		"another type":       {`{"resourceType": "Patient"}`, "Bad Request"},
		"about nobody":       {strings.Replace(kept(amysState, "view"), `"subject": {"reference": "`+base+"/"+amysState+`"}, `, "", 1), "Forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(posting(tc.body)(newStates(noFault, keeps))).To(Equal(tc.want))
		})
	}
}

// State about nobody is for those who work at the clinic.
func TestGlobalState(t *testing.T) {
	g := NewWithT(t)
	e := newStates(noFault, "user/Basic.cuds")
	e.access.User = "Practitioner/" + fhir.PractitionerLin
	body := strings.Replace(kept(amysState, "view"), `"subject": {"reference": "`+base+"/"+amysState+`"}, `, "", 1)
	g.Expect(posting(body)(e)).To(Equal("Created"))
	g.Expect(posting(kept(amysState, "view"))(e)).To(Equal("Created"))
	g.Expect(found(searchOf("urn:app|view", ""))(e)).To(Equal("Basic/state-1"))
	e.access.User = "Patient/" + fhir.PatientAmy
	g.Expect(found(searchOf("urn:app|view", ""))(e)).To(BeEmpty())
}

// tasks returns the tasks of Amy, and the codes of their inputs.
func tasks(fault faults.Fault, enabled bool) string {
	e := &ehr{access: amyLaunch("patient/Task.rs")}
	e.handler = fhir.New(fhir.Options{Base: base, Fault: fault, Tasks: enabled, Access: func(*http.Request, string) (fhir.Access, error) { return e.access, nil }})
	return e.get("Task?patient=amy-shaw&_count=10").Body.String()
}

func TestLaunchTasks(t *testing.T) {
	g := NewWithT(t)
	g.Expect(tasks(noFault, false)).NotTo(ContainSubstring(`"Task"`))
	clean := tasks(noFault, true)
	g.Expect(strings.Count(clean, `"resourceType":"Task"`)).To(Equal(2))
	for fault, differs := range map[string]string{
		faults.TaskCodeOther.ID: `"launch-app-ehr"`, faults.TaskURLMissing.ID: "valueUrl", faults.TaskURLText.ID: "valueUrl",
		faults.TaskContextTwice.ID: "smartonfhir-appcontext", faults.TaskEncounterOther.ID: "Encounter/amy-shaw-followup",
	} {
		f, known := faults.Lookup(fault)
		g.Expect(known).To(BeTrue())
		broken := tasks(f, true)
		g.Expect(strings.Count(broken, `"resourceType":"Task"`)).To(Equal(2), fault)
		g.Expect(strings.Count(broken, differs)).NotTo(Equal(strings.Count(clean, differs)), fault)
	}
}

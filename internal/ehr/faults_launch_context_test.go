package ehr

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

const viewerRole = "?role=https://app.example.org/roles/viewer"

// contextOf returns a demonstration step that shows the context members of a standalone launch of the clinician.
func contextOf(requested string, members ...string) func(*lab) string {
	return func(l *lab) string {
		v := l.run(DemoPublicID, lin, "scope", requested)
		if v.query.get("code") == "" {
			return outcome(v)
		}
		tokens := l.token(DemoPublicID, redemption(v.query.get("code")))
		var seen []string
		for _, name := range members {
			seen = append(seen, asJSON(tokens.body[name]))
		}
		return strings.Join(seen, " ")
	}
}

func asJSON(value any) string {
	raw, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// styleSeen returns a demonstration step that shows something of the style of an EHR launch.
func styleSeen(show func(answered) string) func(*lab) string {
	return func(l *lab) string {
		_, tokens := l.launched(DemoPublicID)
		return show(l.send(http.MethodGet, tokens.text("smart_style_url"), nil))
	}
}

var launchContextDemonstrations = []demonstration{
	{faults.LaunchContextEmpty, inContext("patient"), "carla-ruiz", "<nil>"},
	{faults.LaunchEncounterOther, inContext("encounter"), "carla-ruiz-followup", "carla-ruiz-checkup"},
	{faults.EncounterChoiceIgnored, contextOf("launch/patient launch/encounter", "encounter"), `"carla-ruiz-checkup"`, `"carla-ruiz-followup"`},
	{faults.IntentNotString, inContext("intent"), "summary-timeline-view", "map[view:summary-timeline-view]"},
	{faults.TenantNotString, fromPortal(func(_ visited, tokens answered) string { return member("tenant")(tokens) }), "string", "float64"},
	{faults.TenantPerLaunch, func(l *lab) string {
		_, first := l.launched(DemoPublicID)
		_, second := l.launched(DemoPublicID)
		return fmt.Sprint(first.text("tenant") == second.text("tenant"))
	}, "true", "false"},
	{faults.StyleURLPlainHTTP, fromPortal(func(_ visited, tokens answered) string {
		scheme, _, _ := strings.Cut(tokens.text("smart_style_url"), ":")
		return scheme
	}), "https", "http"},
	{faults.StyleWithoutCORS, styleSeen(headerOf("Access-Control-Allow-Origin")), "*", ""},
	{faults.StyleUnknown, styleSeen(member("color_text")), "string", "absent"},
	{faults.StyleNumbers, styleSeen(member("dim_font_size")), "string", "float64"},
	{faults.StyleChanges, func(l *lab) string {
		_, tokens := l.launched(DemoPublicID)
		address := tokens.text("smart_style_url")
		return fmt.Sprint(l.send(http.MethodGet, address, nil).raw == l.send(http.MethodGet, address, nil).raw)
	}, "true", "false"},
	{faults.ContextScopeCapitalized, func(l *lab) string {
		raw := l.send(http.MethodGet, l.s.Base(l.fault)+"/.well-known/smart-configuration", nil).raw
		return fmt.Sprint(strings.Contains(raw, `"launch/ImagingStudy"`))
	}, "false", "true"},
	{faults.ContextRoleUnknown, contextOf("launch/patient "+imagingStudyScope+viewerRole, "fhirContext"),
		`[{"reference":"ImagingStudy/carla-ruiz-chest-xray"}]`, "null"},
	{faults.ContextRoleMalformed, contextOf("launch/patient "+imagingStudyScope+viewerRole, "fhirContext"),
		`[{"reference":"ImagingStudy/carla-ruiz-chest-xray"}]`, `[{"reference":"ImagingStudy/carla-ruiz-chest-xray","role":"imaging viewer"}]`},
	{faults.HintReplacesLaunch, func(l *lab) string {
		_, tokens := l.launched(DemoPublicID, "scope", "launch launch/encounter")
		return tokens.text("patient")
	}, "carla-ruiz", ""},
	{faults.PatientScopeAlone, contextOf("patient/Patient.rs", "scope", "patient"), `"patient/Patient.rs" "carla-ruiz"`, `"patient/Patient.rs" null`},
	{faults.PatientScopeAloneBlank, func(l *lab) string {
		return fmt.Sprint(l.run(DemoPublicID, lin, "scope", "patient/Patient.rs").query["error"] == nil, " ",
			outcome(l.run(DemoPublicID, lin, "scope", "patient/Patient.rs")))
	}, "true code", "true error "},
	{faults.ContextTypeMissing, contextOf("launch/patient "+imagingStudyScope, "scope", "fhirContext"),
		`"launch/patient launch/imagingstudy" [{"reference":"ImagingStudy/carla-ruiz-chest-xray"}]`,
		`"launch/patient launch/imagingstudy" null`},
}

// itemSeen returns a demonstration step that shows a member of an item of the fhirContext of an EHR launch.
func itemSeen(index int, name string) func(*lab) string {
	return fromPortal(func(_ visited, tokens answered) string {
		items, _ := tokens.body["fhirContext"].([]any)
		if index >= len(items) {
			return fmt.Sprintf("%d items", len(items))
		}
		item, isObject := items[index].(map[string]any)
		if !isObject {
			return asJSON(items[index])
		}
		return asJSON(item[name])
	})
}

const (
	result        = `"Observation/carla-ruiz-glucose"`
	questionnaire = `"https://forms.example/Questionnaire/fasting|2.1.0"`
	toAnswer      = `"https://ehr.example/roles/questionnaire-to-answer"`
)

var fhirContextDemonstrations = []demonstration{
	{faults.FHIRContextObject, fromPortal(func(_ visited, tokens answered) string { return member("fhirContext")(tokens) }),
		"[]interface {}", "map[string]interface {}"},
	{faults.FHIRContextPatient, itemSeen(3, "reference"), "3 items", `"Patient/carla-ruiz"`},
	{faults.FHIRContextTargetMissing, itemSeen(3, "type"), "3 items", `"DocumentReference"`},
	{faults.FHIRContextReferenceAbsolute, func(l *lab) string {
		return strings.ReplaceAll(itemSeen(0, "reference")(l), l.s.Base(l.fault), "BASE")
	}, result, `"BASE/Observation/carla-ruiz-glucose"`},
	{faults.FHIRContextReferenceUnknown, itemSeen(0, "reference"), result, `"Observation/of-last-year"`},
	{faults.FHIRContextCanonicalRelative, itemSeen(1, "canonical"), questionnaire, `"Questionnaire/fasting"`},
	{faults.FHIRContextIdentifierString, itemSeen(2, "identifier"), `{"system":"https://ehr.example/orders","value":"LAB-carla-ruiz"}`, `"LAB-1"`},
	{faults.FHIRContextTypeUnknown, itemSeen(2, "type"), `"ServiceRequest"`, `"LabOrder"`},
	{faults.FHIRContextTypeMissing, itemSeen(1, "type"), `"Questionnaire"`, "null"},
	{faults.FHIRContextRoleNumber, itemSeen(1, "role"), toAnswer, "7"},
	{faults.FHIRContextRoleRelative, itemSeen(1, "role"), toAnswer, `"questionnaire-to-answer"`},
	{faults.FHIRContextRoleEmpty, itemSeen(0, "role"), "null", `""`},
}

// TestContextOfVersions shows what of the launch context each version of SMART App Launch knows, and the
// defect of the one that has references alone.
func TestContextOfVersions(t *testing.T) {
	for _, c := range []struct{ spec, fault, tenant, items, study string }{
		{stu1, "", "absent", "null", "error invalid_scope"},
		{stu2, "", "string", "[" + result + "]", `["ImagingStudy/carla-ruiz-chest-xray"]`},
		{stu2, faults.FHIRContextObjects.ID, "string", "", `[{"reference":"ImagingStudy/carla-ruiz-chest-xray"}]`},
		{stu22, "", "string", "", `[{"reference":"ImagingStudy/carla-ruiz-chest-xray"}]`},
	} {
		t.Run(c.spec+" "+c.fault, func(t *testing.T) {
			g := NewWithT(t)
			s := start(t, func(o *Options) { o.Spec = c.spec })
			l := &lab{newApp(t, s, c.fault), s}
			_, tokens := l.launched(DemoPublicID)
			g.Expect(member("tenant")(tokens)).To(Equal(c.tenant))
			if c.items != "" {
				g.Expect(asJSON(tokens.body["fhirContext"])).To(Equal(c.items))
			}
			g.Expect(contextOf(imagingStudyScope, "fhirContext")(l)).To(Equal(c.study))
		})
	}
}

// TestStudyPicker lets a patient with one imaging study pass and asks one with two.
func TestStudyPicker(t *testing.T) {
	s := start(t)
	for user, want := range map[string]struct {
		pages int
		study string
	}{
		PatientUsername:      {1, "ImagingStudy/amy-shaw-knee-mri"},
		OtherPatientUsername: {0, "ImagingStudy/ben-ode-chest-xray"},
	} {
		t.Run(user, func(t *testing.T) {
			g := NewWithT(t)
			b := newBrowser(t, s)
			v := b.finish(b.authorize("", request(s, "", DemoPublicID, "scope", imagingStudyScope+" patient/ImagingStudy.rs")),
				journey{user: user, study: "amy-shaw-knee-mri"})
			g.Expect(b.pagesSeen("/auth/study")).To(Equal(want.pages))
			a := newApp(t, s, "")
			tokens := a.token(DemoPublicID, redemption(v.query.get("code")))
			g.Expect(asJSON(tokens.body["fhirContext"])).To(Equal(`[{"reference":"` + want.study + `"}]`))
			read := a.send(http.MethodGet, s.Base("")+"/"+want.study, url.Values{}, "Authorization", "Bearer "+tokens.text("access_token"))
			g.Expect(read.status).To(Equal(http.StatusOK), read.raw)
			g.Expect(read.text("resourceType")).To(Equal("ImagingStudy"))
		})
	}
}

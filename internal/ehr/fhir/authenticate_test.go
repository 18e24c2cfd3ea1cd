package fhir_test

import (
	"net/http"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestCredentials(t *testing.T) {
	const path = "Patient/amy-shaw"
	for name, row := range map[string]struct {
		target, authorization string
		status                int
		challenge             string // the whole header up to error_description; "" for none
	}{
		"a good token":                     {path, "Bearer " + goodToken, 200, ""},
		"the scheme in lower case":         {path, "bearer " + goodToken, 200, ""},
		"none":                             {path, "", 401, `Bearer realm="` + base + `"`},
		"Basic":                            {path, "Basic YTpi", 401, `Bearer realm="` + base + `"`},
		"an unknown token":                 {path, "Bearer nonsense", 401, `Bearer realm="` + base + `", error="invalid_token"`},
		"a tampered token":                 {path, "Bearer " + goodToken + "x", 401, `Bearer realm="` + base + `", error="invalid_token"`},
		"an empty token":                   {path, "Bearer", 401, `Bearer realm="` + base + `", error="invalid_token"`},
		"an endless token":                 {path, "Bearer " + strings.Repeat("a", 20000), 401, `Bearer realm="` + base + `", error="invalid_token"`},
		"a token in the query":             {path + "?access_token=" + goodToken, "", 401, `Bearer realm="` + base + `"`},
		"a token in the query and another": {path + "?access_token=" + goodToken, "Bearer " + goodToken, 400, `Bearer realm="` + base + `", error="invalid_request"`},
		"none, for what is not there":      {"Nonsense/1", "", 401, `Bearer realm="` + base + `"`},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			a := newEHR(noFault, amyLaunch("patient/Patient.r")).get(row.target, "Authorization: "+row.authorization)
			g.Expect(a.Code).To(Equal(row.status))
			before, _, _ := strings.Cut(a.challenge(), ", error_description=")
			g.Expect(before).To(Equal(row.challenge))
			if row.status != 200 {
				g.Expect(a.body).To(HaveKeyWithValue("resourceType", "OperationOutcome"))
			}
		})
	}
}

func TestTokenInFormIsRefused(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(noFault, amyLaunch("patient/Patient.rs"))
	form := "Content-Type: application/x-www-form-urlencoded"
	g.Expect(e.send(http.MethodPost, "Patient/_search", "access_token="+goodToken, form, "Authorization:").Code).To(Equal(401))
	a := e.send(http.MethodPost, "Patient/_search", "access_token="+goodToken, form)
	g.Expect(a.Code).To(Equal(400))
	g.Expect(a.challenge()).To(ContainSubstring(`error="invalid_request"`))
}

// The realm, error and scope of a refusal are what RFC 6750 §3 allows in a challenge.
func TestInsufficientScopeChallenge(t *testing.T) {
	g := NewWithT(t)
	a := newEHR(noFault, amyLaunch("patient/Patient.r")).get("Observation/amy-shaw-glucose")
	g.Expect(a.Code).To(Equal(403))
	g.Expect(a.challenge()).To(MatchRegexp(`^Bearer realm="[^"]+", error="insufficient_scope", error_description="[^"\\]+", scope="patient/Observation\.r"$`))
}

func TestCORS(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(noFault, amyLaunch("patient/Patient.r"))
	a := e.send(http.MethodOptions, "Patient/amy-shaw", "", "Authorization:", "Origin: https://app.example.org",
		"Access-Control-Request-Method: GET", "Access-Control-Request-Headers: authorization")
	g.Expect(a.Code).To(Equal(204))
	g.Expect(a.Header().Get("Access-Control-Allow-Origin")).To(Equal("*"))
	g.Expect(a.Header().Get("Access-Control-Allow-Headers")).To(ContainSubstring("Authorization"))
	g.Expect(a.Header().Get("Access-Control-Allow-Methods")).To(ContainSubstring("GET"))
	for _, target := range []string{"metadata", "Patient/amy-shaw", "Patient/ben-ode"} {
		a := e.get(target)
		g.Expect(a.Header().Get("Access-Control-Allow-Origin")).To(Equal("*"), target)
		g.Expect(a.Header()).NotTo(HaveKey("Access-Control-Allow-Credentials"), target)
	}
}

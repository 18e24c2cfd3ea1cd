package ehr

import (
	"net/http"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// records is where the paths of a type of FHIR records begin; discovery does not lie there.
const records = "/fhir/Patient"

// corsMisservices are the defects of cross-origin access at the endpoints.
var corsMisservices = map[string]misservice{
	faults.CORSFHIRPreflight.ID: atRecords(func(r *http.Request, a *reply) {
		if r.Method == http.MethodOptions {
			a.setHeader("WWW-Authenticate", "Bearer")
			a.become(http.StatusUnauthorized, "application/fhir+json", `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"login"}]}`)
		}
	}),
	faults.CORSFHIRAnswersBare.ID: atRecords(func(r *http.Request, a *reply) {
		if r.Method != http.MethodOptions {
			withoutCORS(a)
		}
	}),
	faults.CORSFHIRErrorsBare.ID: atRecords(func(_ *http.Request, a *reply) {
		if a.status >= http.StatusBadRequest {
			withoutCORS(a)
		}
	}),
	faults.CORSTokenErrorsBare.ID: {"/auth/token", func(_ *tenant, _ *http.Request, a *reply) {
		if a.status >= http.StatusBadRequest {
			withoutCORS(a)
		}
	}},
	faults.CORSTokenTwice.ID: {"/auth/token", func(_ *tenant, r *http.Request, a *reply) {
		if r.Method != http.MethodOptions {
			a.header.Add("Access-Control-Allow-Origin", "*")
		}
	}},
	faults.CORSWritesClosed.ID: atRecords(func(r *http.Request, a *reply) {
		if r.Method == http.MethodOptions {
			a.setHeader("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
		}
	}),
	faults.CORSUserInfoClosed.ID: {"/auth/userinfo", func(_ *tenant, r *http.Request, a *reply) {
		if r.Method == http.MethodOptions {
			a.setHeader("WWW-Authenticate", "Bearer")
			a.become(http.StatusUnauthorized, "application/json", "{}\n")
		}
	}},
	faults.CORSKeysClosed.ID: {"/auth/jwks", func(_ *tenant, _ *http.Request, a *reply) { withoutCORS(a) }},
	faults.CORSRevocationHalf.ID: {"/auth/revoke", func(_ *tenant, r *http.Request, a *reply) {
		if r.Method != http.MethodOptions {
			withoutCORS(a)
		}
	}},
	faults.CORSUserInfoCredentials.ID: {"/auth/userinfo", func(_ *tenant, r *http.Request, a *reply) {
		if origin := r.Header.Get("Origin"); origin != "" {
			a.setHeader("Access-Control-Allow-Origin", origin)
			a.setHeader("Access-Control-Allow-Credentials", "true")
		}
	}},
	faults.CORSWildcardCredentials.ID: atRecords(func(_ *http.Request, a *reply) {
		a.setHeader("Access-Control-Allow-Credentials", "true")
	}),
	faults.CORSVaryMissing.ID: {"/fhir" + smartPath, func(_ *tenant, r *http.Request, a *reply) {
		if origin := r.Header.Get("Origin"); origin != "" {
			a.setHeader("Access-Control-Allow-Origin", origin)
		}
	}},
	faults.CORSPreflightKeptForYears.ID: atRecords(func(r *http.Request, a *reply) {
		if r.Method == http.MethodOptions {
			a.setHeader("Access-Control-Max-Age", "31536000")
		}
	}),
	faults.CORSNothingExposed.ID: atRecords(func(_ *http.Request, a *reply) { a.header.Del("Access-Control-Expose-Headers") }),
}

// atRecords makes a defect that is seen at the records of the FHIR server.
func atRecords(change func(*http.Request, *reply)) misservice {
	return misservice{"", func(_ *tenant, r *http.Request, a *reply) {
		if strings.HasPrefix(r.URL.Path, records) {
			change(r, a)
		}
	}}
}

func withoutCORS(a *reply) {
	for name := range a.header {
		if strings.HasPrefix(name, "Access-Control-") {
			a.header.Del(name)
		}
	}
}

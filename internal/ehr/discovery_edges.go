package ehr

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// edgeMisservices are the defects of how discovery documents are served to unusual requests.
var edgeMisservices = map[string]misservice{
	faults.ConfigurationTokenChecked.ID: {"/fhir" + smartPath, func(_ *tenant, r *http.Request, a *reply) {
		if scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
			a.setHeader("WWW-Authenticate", `Bearer error="invalid_token"`)
			a.become(http.StatusUnauthorized, "application/json", `{"error":"invalid_token"}`)
		}
	}},
	faults.ConfigurationHeadRefused.ID: {"/fhir" + smartPath, func(_ *tenant, r *http.Request, a *reply) {
		if r.Method == http.MethodHead {
			a.setHeader("Allow", "GET, OPTIONS")
			a.become(http.StatusMethodNotAllowed, "text/plain", "use GET\n")
		}
	}},
	faults.ConfigurationAlwaysGzip.ID: {"/fhir" + smartPath, func(_ *tenant, _ *http.Request, a *reply) {
		var zipped bytes.Buffer
		w := gzip.NewWriter(&zipped)
		_, _ = w.Write(a.body.Bytes()) // into memory
		_ = w.Close()
		a.body = zipped
		a.setHeader("Content-Encoding", "gzip")
	}},
	faults.ConfigurationQueryRefused.ID: {"/fhir" + smartPath, func(_ *tenant, r *http.Request, a *reply) {
		if r.URL.RawQuery != "" {
			a.become(http.StatusBadRequest, "text/plain", "unknown parameter\n")
		}
	}},
	faults.SiblingConfigurationMissing.ID: {"/fhir-r5" + smartPath, becoming(http.StatusNotFound, "text/plain", "not found\n")},
	faults.SiblingConfigurationOld.ID: {"/fhir-r5" + smartPath, func(t *tenant, _ *http.Request, a *reply) {
		a.become(a.status, "application/json", strings.ReplaceAll(a.body.String(), `"`+t.tokenURL()+`"`, `"https://old.ehr.example/auth/token"`))
	}},
}

package ehr

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

const (
	appOrigin     = "https://app.example.org"
	foreignOrigin = "https://evil.test"
)

// crossOrigin returns a demonstration step that shows fields of the answer to a request of a page.
func crossOrigin(method, path, origin string, fields ...string) func(*lab) string {
	return func(l *lab) string {
		form := url.Values{"client_id": {DemoPublicID}}
		a := l.send(method, l.s.root(l.fault)+path, form, "Origin", origin)
		var seen []string
		for _, field := range fields {
			seen = append(seen, strings.Join(a.header.Values(field), " + "))
		}
		return strings.Join(seen, "; ")
	}
}

// statusOf returns a demonstration step that shows the status of the answer to a request of a page.
func statusOf(method, path string) func(*lab) string {
	return func(l *lab) string {
		return http.StatusText(l.send(method, l.s.root(l.fault)+path, nil, "Origin", appOrigin).status)
	}
}

const (
	allowOrigin = "Access-Control-Allow-Origin"
	allowWith   = "Access-Control-Allow-Credentials"
	amysRecord  = records + "/" + fhir.PatientAmy
)

var corsDemonstrations = []demonstration{
	{faults.CORSConfigurationClosed, func(l *lab) string {
		return strings.TrimPrefix(crossOrigin(http.MethodGet, "/fhir"+smartPath, appOrigin, allowOrigin)(l), l.s.origin)
	}, "*", ""},
	{faults.CORSStatementClosed, crossOrigin(http.MethodGet, "/fhir/metadata", appOrigin, allowOrigin), "*", ""},
	{faults.CORSTokenPreflight, statusOf(http.MethodOptions, "/auth/token"), "No Content", "Method Not Allowed"},
	{faults.CORSFHIRPreflight, statusOf(http.MethodOptions, amysRecord), "No Content", "Unauthorized"},
	{faults.CORSCredentials, crossOrigin(http.MethodPost, "/auth/token", foreignOrigin, allowOrigin, allowWith), "; ", foreignOrigin + "; true"},
	{faults.CORSAuthorization, crossOrigin(http.MethodGet, "/auth/authorize", foreignOrigin, allowOrigin), "", "*"},
	{faults.CORSFHIRAnswersBare, crossOrigin(http.MethodGet, amysRecord, appOrigin, allowOrigin), "*", ""},
	{faults.CORSFHIRErrorsBare, crossOrigin(http.MethodGet, amysRecord, appOrigin, allowOrigin), "*", ""},
	{faults.CORSTokenErrorsBare, crossOrigin(http.MethodPost, "/auth/token", appOrigin, allowOrigin), appOrigin, ""},
	{faults.CORSTokenTwice, crossOrigin(http.MethodPost, "/auth/token", appOrigin, allowOrigin), appOrigin, appOrigin + " + *"},
	{faults.CORSWritesClosed, crossOrigin(http.MethodOptions, amysRecord, appOrigin, "Access-Control-Allow-Methods"),
		"GET, HEAD, POST, PUT, DELETE, OPTIONS", "GET, HEAD, OPTIONS"},
	{faults.CORSUserInfoClosed, statusOf(http.MethodOptions, "/auth/userinfo"), "No Content", "Unauthorized"},
	{faults.CORSKeysClosed, crossOrigin(http.MethodGet, "/auth/jwks", appOrigin, allowOrigin), "*", ""},
	{faults.CORSRevocationHalf, crossOrigin(http.MethodPost, "/auth/revoke", appOrigin, allowOrigin), appOrigin, ""},
	{faults.CORSUserInfoCredentials, crossOrigin(http.MethodGet, "/auth/userinfo", foreignOrigin, allowOrigin, allowWith), "; ", foreignOrigin + "; true"},
	{faults.CORSWildcardCredentials, crossOrigin(http.MethodGet, amysRecord, foreignOrigin, allowOrigin, allowWith), "*; ", "*; true"},
	{faults.CORSVaryMissing, crossOrigin(http.MethodGet, "/fhir"+smartPath, foreignOrigin, allowOrigin, "Vary"), "*; ", foreignOrigin + "; "},
	{faults.CORSPreflightKeptForYears, crossOrigin(http.MethodOptions, amysRecord, appOrigin, "Access-Control-Max-Age"), "600", "31536000"},
	{faults.CORSNothingExposed, crossOrigin(http.MethodGet, amysRecord, appOrigin, "Access-Control-Expose-Headers"),
		"ETag, Last-Modified, Location, WWW-Authenticate", ""},
}

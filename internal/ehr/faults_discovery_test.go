package ehr

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// configuration returns a demonstration step that asks for the SMART configuration of a base with header fields.
func configuration(method, path string, show func(answered) string, header ...string) func(*lab) string {
	return func(l *lab) string { return show(l.send(method, l.s.root(l.fault)+path, nil, header...)) }
}

func answerStatus(a answered) string { return fmt.Sprint(a.status) }

var discoveryEdgeDemonstrations = []demonstration{
	{faults.ConfigurationTokenChecked, configuration(http.MethodGet, "/fhir"+smartPath, answerStatus, "Authorization", "Bearer unknown"), "200", "401"},
	{faults.ConfigurationHeadRefused, configuration(http.MethodHead, "/fhir"+smartPath, answerStatus), "200", "405"},
	{faults.ConfigurationETagIdle, func(l *lab) string {
		path := "/fhir" + smartPath
		etag := configuration(http.MethodGet, path, headerOf("ETag"))(l)
		return configuration(http.MethodGet, path, answerStatus, "If-None-Match", etag)(l)
	}, "304", "200"},
	{faults.ConfigurationAlwaysGzip, configuration(http.MethodGet, "/fhir"+smartPath, headerOf("Content-Encoding"), "Accept-Encoding", "identity"), "", "gzip"},
	{faults.ConfigurationQueryRefused, configuration(http.MethodGet, "/fhir"+smartPath+"?x=1", answerStatus), "200", "400"},
	{faults.SiblingConfigurationMissing, configuration(http.MethodGet, "/fhir-r5"+smartPath, answerStatus), "200", "404"},
	{faults.SiblingConfigurationOld, configuration(http.MethodGet, "/fhir-r5"+smartPath, func(a answered) string {
		return fmt.Sprint(strings.HasPrefix(a.text("token_endpoint"), "https://old.ehr.example/"))
	}), "false", "true"},
}

package ehr

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

const (
	smartPath  = "/.well-known/smart-configuration"
	openIDPath = "/.well-known/openid-configuration"
)

// misservice is a defect of how something is served, not of what it says.
type misservice struct {
	at     string                                     // the end of the path where it is seen
	change func(t *tenant, r *http.Request, a *reply) // changes the right answer
}

// reply is a response that has not been sent.
type reply struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (a *reply) Header() http.Header         { return a.header }
func (a *reply) Write(b []byte) (int, error) { return a.body.Write(b) }
func (a *reply) WriteHeader(status int)      { a.status = status }

// become replaces the answer.
func (a *reply) become(status int, media, body string) {
	a.status = status
	a.header.Set("Content-Type", media)
	a.body.Reset()
	a.body.WriteString(body)
}

func (a *reply) setHeader(name, value string) { a.header.Set(name, value) }

// becoming makes a defect that answers always the same.
func becoming(status int, media, body string) func(*tenant, *http.Request, *reply) {
	return func(_ *tenant, _ *http.Request, a *reply) { a.become(status, media, body) }
}

func setting(name, value string) func(*tenant, *http.Request, *reply) {
	return func(_ *tenant, _ *http.Request, a *reply) { a.setHeader(name, value) }
}

const signInPage = `<!DOCTYPE html>
<html lang="en"><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>
`

// misservices are the defects of serving discovery documents and of cross-origin access.
var misservices = map[string]misservice{
	faults.ConfigurationMissing.ID: {"/fhir" + smartPath, becoming(http.StatusNotFound, "text/plain", "not found\n")},
	faults.ConfigurationNeedsToken.ID: {"/fhir" + smartPath, func(_ *tenant, _ *http.Request, a *reply) {
		a.setHeader("WWW-Authenticate", "Bearer")
		a.become(http.StatusUnauthorized, "application/json", `{"error":"unauthorized"}`)
	}},
	faults.ConfigurationSignInPage.ID: {"/fhir" + smartPath, becoming(http.StatusOK, "text/html; charset=utf-8", signInPage)},
	faults.ConfigurationTruncated.ID:  {"/fhir" + smartPath, func(_ *tenant, _ *http.Request, a *reply) { a.body.Truncate(min(a.body.Len(), 512)) }},
	faults.ConfigurationByteOrderMark.ID: {"/fhir" + smartPath, func(_ *tenant, _ *http.Request, a *reply) {
		a.become(a.status, "application/json", "\ufeff"+a.body.String())
	}},
	faults.ConfigurationNamesTwice.ID: {"/fhir" + smartPath, func(_ *tenant, _ *http.Request, a *reply) {
		document := strings.TrimRight(strings.TrimSpace(a.body.String()), "}")
		a.become(a.status, "application/json", document+`, "token_endpoint": "https://old.ehr.example/auth/token"}`)
	}},
	faults.ConfigurationFHIRMediaType.ID: {"/fhir" + smartPath, setting("Content-Type", "application/fhir+json")},
	faults.ConfigurationNegotiated.ID: {"/fhir" + smartPath, func(_ *tenant, r *http.Request, a *reply) {
		accept := r.Header.Get("Accept")
		if accept != "" && !strings.Contains(accept, "json") && !strings.Contains(accept, "*/*") {
			a.become(http.StatusNotAcceptable, "text/plain", "only JSON\n")
		}
	}},
	faults.DoubleSlashCrash.ID: {"/fhir/" + smartPath, becoming(http.StatusInternalServerError, "text/plain", "internal error\n")},
	faults.RedirectCircle.ID: {"/fhir" + smartPath, func(t *tenant, _ *http.Request, a *reply) {
		a.setHeader("Location", t.root+"/fhir"+smartPath)
		a.become(http.StatusFound, "text/plain", "")
	}},
	faults.RedirectToHTTP.ID: {"/fhir" + smartPath, func(t *tenant, _ *http.Request, a *reply) {
		a.setHeader("Location", strings.Replace(t.root, "https://", "http://", 1)+"/fhir"+smartPath)
		a.become(http.StatusMovedPermanently, "text/plain", "")
	}},
	faults.CachedForever.ID:              {"/fhir" + smartPath, setting("Cache-Control", "public, max-age=31536000, immutable")},
	faults.ServerMetadataMissing.ID:      {"", withoutServerMetadata},
	faults.OpenIDConfigurationMissing.ID: {openIDPath, becoming(http.StatusNotFound, "text/plain", "not found\n")},
	faults.OpenIDMediaType.ID:            {openIDPath, setting("Content-Type", "text/plain; charset=utf-8")},
	faults.KeySetMissing.ID:              {"/auth/jwks", becoming(http.StatusNotFound, "text/plain", "not found\n")},

	faults.CORSConfigurationClosed.ID: {"/fhir" + smartPath, func(t *tenant, _ *http.Request, a *reply) {
		a.setHeader("Access-Control-Allow-Origin", t.server.origin)
	}},
	faults.CORSStatementClosed.ID: {"/fhir/metadata", func(_ *tenant, _ *http.Request, a *reply) {
		a.header.Del("Access-Control-Allow-Origin")
	}},
	faults.CORSTokenPreflight.ID: {"/auth/token", func(_ *tenant, r *http.Request, a *reply) {
		if r.Method == http.MethodOptions {
			a.header = http.Header{"Allow": {"POST"}}
			a.become(http.StatusMethodNotAllowed, "text/plain", "use POST\n")
		}
	}},
	faults.CORSCredentials.ID: {"/auth/token", func(_ *tenant, r *http.Request, a *reply) {
		if origin := r.Header.Get("Origin"); origin != "" {
			a.setHeader("Access-Control-Allow-Origin", origin)
			a.setHeader("Access-Control-Allow-Credentials", "true")
		}
	}},
	faults.CORSAuthorization.ID: {"/auth/authorize", setting("Access-Control-Allow-Origin", "*")},
}

func withoutServerMetadata(_ *tenant, r *http.Request, a *reply) {
	if r.URL.Path == openIDPath || r.URL.Path == metadataPath {
		a.become(http.StatusNotFound, "text/plain", "not found\n")
	}
}

// misserve serves through next, with the tenant's defect when it is one of serving.
func (t *tenant) misserve(next http.Handler) http.Handler {
	var defect misservice
	ok := false
	for _, defects := range []map[string]misservice{misservices, edgeMisservices, corsMisservices} {
		if defect, ok = defects[t.fault.ID]; ok {
			break
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := r.URL.Path
		// An app may append the path to a base URL that ends in a slash.
		if strings.HasSuffix(asked, "/"+smartPath) {
			r.URL.Path = strings.TrimSuffix(asked, "/"+smartPath) + smartPath
		}
		if !ok || !strings.HasSuffix(asked, defect.at) {
			next.ServeHTTP(w, r)
			return
		}
		a := &reply{status: http.StatusOK, header: http.Header{}}
		next.ServeHTTP(a, r)
		defect.change(t, r, a)
		a.send(w)
	})
}

func (a *reply) send(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", fmt.Sprint(a.body.Len()))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes())
}

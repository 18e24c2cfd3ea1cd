// Package interop runs smartcheck against OpenID providers that this project did not write. Each stands
// behind a facade that adds what SMART App Launch puts on top of OpenID Connect, as such providers are
// deployed in practice: TLS, a SMART configuration and a FHIR server that asks the provider about tokens.
package interop

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

// The one person of a provider. The facade knows whose record is whose; the provider knows the password.
const (
	username = "amy"
	password = "interop-amy"
	patient  = fhir.PatientAmy
	fhirUser = "Patient/" + patient
)

// The clients that are registered at every provider.
const (
	redirectURI  = "https://app.example.org/callback"
	publicID     = "growth-chart"
	symmetricID  = "growth-chart-server"
	clientSecret = "interop-client-secret-of-32-bytes"
	facadeID     = "fhir-facade" // introspects tokens
	facadeSecret = "interop-facade-secret-of-32-bytes"
)

// scopes are those that a provider knows, besides its own.
var scopes = []string{
	"openid", "fhirUser", "offline_access", "launch/patient", "patient/Patient.rs", "patient/Observation.rs",
	"patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
}

// maxIntrospection bounds what is read of an introspection response.
const maxIntrospection = 64 << 10

// facade is a TLS server on loopback: /fhir is a FHIR base, everything else is the provider.
type facade struct {
	origin string // https://127.0.0.1:PORT, which is the issuer too
	ca     []byte // PEM

	listener      net.Listener
	server        *http.Server
	served        sync.WaitGroup
	introspection string // where the provider itself introspects, behind the facade
}

// provider says where a provider stands behind its facade, and what it serves there.
type provider struct {
	origin        string         // http://127.0.0.1:PORT
	configuration map[string]any // the SMART configuration; nil serves none
	introspection string         // path
}

// listen opens the facade, so that its origin is known before the provider starts.
func listen(ctx context.Context) (*facade, error) {
	certificate, ca, err := newCertificate(time.Now())
	if err != nil {
		return nil, err
	}
	var config net.ListenConfig
	plain, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the facade on loopback: %w", err)
	}
	listener := tls.NewListener(plain, &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
	})
	return &facade{origin: "https://" + plain.Addr().String(), ca: ca, listener: listener}, nil
}

// base is the FHIR base URL.
func (f *facade) base() string { return f.origin + "/fhir" }

// serve begins to answer for a provider, until close.
func (f *facade) serve(p provider) error {
	target, err := url.Parse(p.origin)
	if err != nil {
		return fmt.Errorf("read the address of the provider: %w", err)
	}
	f.introspection = p.origin + p.introspection
	records := fhir.New(fhir.Options{Base: f.base(), Access: f.access})
	mux := http.NewServeMux()
	if err := p.describe(mux); err != nil {
		return err
	}
	mux.Handle("/fhir/", http.StripPrefix("/fhir", records))
	mux.Handle("/", &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.SetXForwarded()
			r.Out.Host = r.In.Host
		},
		ErrorLog: log.New(io.Discard, "", 0),
	})
	f.server = &http.Server{
		Handler: strict(mux), ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0),
	}
	f.served.Go(func() { _ = f.server.Serve(f.listener) }) // ends with close
	return nil
}

// describe serves the SMART configuration, if there is one.
func (p provider) describe(mux *http.ServeMux) error {
	if p.configuration == nil {
		return nil
	}
	document, err := json.Marshal(p.configuration)
	if err != nil {
		return fmt.Errorf("write the SMART configuration: %w", err)
	}
	mux.HandleFunc("GET /fhir/.well-known/smart-configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		_, _ = w.Write(document) // the client went away
	})
	return nil
}

// strict adds Strict-Transport-Security to every answer, which the one who ends TLS has to do.
func strict(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		next.ServeHTTP(w, r)
	})
}

func (f *facade) close() {
	if f.server == nil {
		_ = f.listener.Close() // nothing was served
		return
	}
	_ = f.server.Close() // what still runs is of no interest
	f.served.Wait()
}

var errInactive = errors.New("the provider does not know the token, or no longer")

// access asks the provider about an access token (RFC 7662). The patient in context is the user's own
// record, which the facade knows and the provider does not.
func (f *facade) access(r *http.Request, token string) (fhir.Access, error) {
	form := url.Values{"token": {token}, "token_type_hint": {"access_token"}}
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, f.introspection, strings.NewReader(form.Encode()))
	if err != nil {
		return fhir.Access{}, fmt.Errorf("request %s: %w", f.introspection, err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(facadeID, facadeSecret)
	origin := strings.TrimPrefix(f.origin, "https://")
	req.Host = origin
	req.Header.Set("X-Forwarded-Proto", "https")
	req.Header.Set("X-Forwarded-Host", origin)
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		return fhir.Access{}, fmt.Errorf("introspect at %s: %w", f.introspection, err)
	}
	defer response.Body.Close()
	var state struct {
		Active   bool   `json:"active"`
		Scope    string `json:"scope"`
		ClientID string `json:"client_id"`
		Subject  string `json:"sub"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxIntrospection)).Decode(&state); err != nil {
		return fhir.Access{}, fmt.Errorf("read the answer of %s: %w", f.introspection, err)
	}
	if !state.Active {
		return fhir.Access{}, errInactive
	}
	return fhir.Access{ClientID: state.ClientID, Scopes: state.Scope, Patient: patient, User: fhirUser}, nil
}

// smartConfiguration is the SMART configuration of a facade whose provider has these endpoints, by path.
// It claims what the facade and its provider are meant to do, and no EHR launch: there is no portal.
func (f *facade) smartConfiguration(paths map[string]string) map[string]any {
	configuration := map[string]any{
		"issuer":                                f.origin,
		"grant_types_supported":                 []string{"authorization_code"},
		"response_types_supported":              []string{"code"},
		"code_challenge_methods_supported":      []string{"S256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic"},
		"scopes_supported":                      scopes[:len(scopes)-1],
		"capabilities": []string{
			"launch-standalone", "context-standalone-patient", "client-public", "client-confidential-symmetric",
			"sso-openid-connect", "permission-patient", "permission-offline", "permission-v2",
		},
	}
	for name, path := range paths {
		configuration[name] = f.origin + path
	}
	return configuration
}

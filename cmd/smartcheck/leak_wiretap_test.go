package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"index/suffixarray"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr"
	"github.com/smart-conformance/smartcheck/internal/sandbox"
	"github.com/smart-conformance/smartcheck/internal/target"
)

// wiretap is the reference EHR behind a listener that notes every secret that goes in or out.
type wiretap struct {
	next   http.Handler
	config target.Config // describes the EHR as a target

	mu    sync.Mutex
	known map[string]string // secret → what it is
}

// startWiretap starts the reference EHR, takes its place at its address and passes everything on to it.
func startWiretap(t *testing.T) *wiretap {
	t.Helper()
	server, err := sandbox.Start(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	origin, _ := url.Parse(server.Base(""))
	server.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)) // makes the tenant
	server.Close()
	listener, err := net.Listen("tcp", origin.Host)
	if err != nil {
		t.Fatalf("take the place of the reference EHR: %v", err)
	}
	certificate, ca := selfSigned(t)
	w := &wiretap{next: server, config: server.Target(""), known: map[string]string{}}
	w.config.TLS = target.TLS{CA: ca, CAFile: "ca.pem"}
	w.config.JWKS = target.JWKS{} // two runs at once cannot both publish the keys of one client
	tap := httptest.NewUnstartedServer(w)
	_ = tap.Listener.Close()
	tap.Listener, tap.Config.ErrorLog = listener, silent
	tap.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	tap.StartTLS()
	t.Cleanup(tap.Close)
	for _, user := range w.config.Users {
		w.learn("password", user.Password.Reveal())
	}
	for _, client := range w.config.Clients {
		w.learn("client secret", client.Secret.Reveal())
		w.learnKey(client.Key.Reveal())
	}
	return w
}

func selfSigned(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "wiretap"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// shortest is the length from which a value counts as a secret; what is shorter was made up by a probe to
// be refused.
const shortest = 8

func (w *wiretap) learn(kind, value string) {
	if len(value) < shortest {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, already := w.known[value]; !already {
		w.known[value] = kind
	}
}

// learnKey notes the private members of a JWKS.
func (w *wiretap) learnKey(raw string) {
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	_ = json.Unmarshal([]byte(raw), &set) // a client without a key has none
	for _, key := range set.Keys {
		for _, member := range []string{"d", "p", "q", "dp", "dq", "qi"} {
			value, _ := key[member].(string)
			w.learn("private key", value)
		}
	}
}

// secretParameters are secret wherever they stand: in a query, in a form, in a redirect or in JSON.
var secretParameters = []string{
	"code", "code_verifier", "client_secret", "client_assertion", "refresh_token", "access_token", "id_token", "password",
	"token", "launch",
}

func (w *wiretap) learnParameters(v url.Values) {
	for _, name := range secretParameters {
		for _, value := range v[name] {
			w.learn(name, value)
		}
	}
}

// ServeHTTP passes the request on and notes what is secret in it and in its answer.
func (w *wiretap) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	query := r.URL.Query()
	form, _ := url.ParseQuery(string(body))
	for _, sent := range []url.Values{query, form} {
		if !strings.HasPrefix(r.URL.Path, "/auth/") {
			sent.Del("code") // a search parameter of FHIR
		}
		w.learnParameters(sent)
	}
	if scheme, credential, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok {
		w.learn("credential", credential)
		if pair, err := base64.StdEncoding.DecodeString(credential); err == nil && strings.EqualFold(scheme, "Basic") {
			_, secret, _ := strings.Cut(string(pair), ":")
			w.learn("client secret", secret)
		}
	}
	for _, cookie := range r.Cookies() {
		w.learn("cookie", cookie.Value)
	}

	answer := httptest.NewRecorder()
	w.next.ServeHTTP(answer, r)
	w.learnAnswer(answer)

	maps.Copy(out.Header(), answer.Header())
	out.Header().Set("Strict-Transport-Security", "max-age=31536000")
	out.WriteHeader(answer.Code)
	_, _ = out.Write(answer.Body.Bytes())
}

func (w *wiretap) learnAnswer(answer *httptest.ResponseRecorder) {
	for _, cookie := range answer.Result().Cookies() {
		w.learn("cookie", cookie.Value)
	}
	if location, err := url.Parse(answer.Header().Get("Location")); err == nil {
		w.learnParameters(location.Query())
		fragment, _ := url.ParseQuery(location.Fragment)
		w.learnParameters(fragment)
	}
	var members map[string]any
	if json.Unmarshal(answer.Body.Bytes(), &members) == nil {
		for _, name := range []string{"access_token", "refresh_token", "id_token"} {
			value, _ := members[name].(string)
			w.learn(name, value)
		}
	}
}

// kinds counts the secrets of each kind.
func (w *wiretap) kinds() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	counts := map[string]int{}
	for _, kind := range w.known {
		counts[kind]++
	}
	return counts
}

// leak is a secret in what was written.
type leak struct{ Kind, Form, Around string }

// leaks looks for every secret, in every form in which it could have been written.
func (w *wiretap) leaks(written []byte) (found []leak) {
	w.mu.Lock()
	defer w.mu.Unlock()
	index := suffixarray.New(written) // thousands of secrets in megabytes
	for _, secret := range slices.Sorted(maps.Keys(w.known)) {
		for form, text := range map[string]string{
			"in clear":          secret,
			"as a query":        url.QueryEscape(secret),
			"as a path":         url.PathEscape(secret),
			"in JSON":           quoted(secret),
			"in base64":         strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(secret)), "="),
			"in base64url":      base64.RawURLEncoding.EncodeToString([]byte(secret)),
			"without its end":   secret[:len(secret)-len(secret)/4],
			"without its start": secret[len(secret)/4:],
		} {
			if len(text) < shortest {
				continue
			}
			for _, at := range index.Lookup([]byte(text), 1) {
				found = append(found, leak{w.known[secret], form, string(written[max(0, at-120):min(len(written), at+len(text)+40)])})
			}
		}
	}
	return found
}

func quoted(s string) string {
	raw, _ := json.Marshal(s)
	return strings.Trim(string(raw), `"`)
}

// file writes a target file for the wiretap; env holds its secrets.
func (w *wiretap) file(t *testing.T) (path string, env map[string]string) {
	t.Helper()
	patient, clinician := w.config.Users[target.Patient], w.config.Users[target.Clinician]
	backend, data := w.config.Clients[target.Backend], w.config.Data
	path = targetFile(t, w.config.FHIR, `
name: Reference EHR behind a wiretap
tls: {ca: ca.pem}
intrusive: true
timeouts: {codeExpiry: `+w.config.Timeouts.CodeExpiry.String()+`}
users:
  patient: {username: `+patient.Username+`, password: "${PATIENT}", patient: `+patient.Patient+`, encounter: `+patient.Encounter+`}
  clinician: {username: `+clinician.Username+`, password: "${CLINICIAN}", patient: `+clinician.Patient+`, encounter: `+clinician.Encounter+`}
clients:
  public: {id: `+ehr.DemoPublicID+`, redirect: "`+ehr.DemoRedirectURI+`", launch: "`+ehr.DemoLaunchURI+`"}
  symmetric: {id: "`+ehr.DemoSymmetricID+`", secret: "${SECRET}", redirect: "`+ehr.DemoRedirectURI+`", launch: "`+ehr.DemoLaunchURI+`"}
  asymmetric: {id: `+ehr.DemoAsymmetricID+`, key: "${KEYS}", redirect: "`+ehr.DemoRedirectURI+`", launch: "`+ehr.DemoLaunchURI+`"}
  backend: {id: `+ehr.DemoBackendID+`, key: "${KEYS}", scopes: [`+strings.Join(backend.Scopes, ", ")+`], beyond: [`+strings.Join(backend.Beyond, ", ")+`]}
  expiring: {id: `+ehr.DemoExpiringID+`, redirect: "`+ehr.DemoRedirectURI+`"}
registration: {token: "${REGISTRATION}"}
launches:
  portal: "`+w.config.Launches.Portal+`"
  app:
    public: "`+w.config.Launches.App[target.Public]+`"
    symmetric: "`+w.config.Launches.App[target.Symmetric]+`"
    asymmetric: "`+w.config.Launches.App[target.Asymmetric]+`"
scopes:
  patient: [`+strings.Join(w.config.Scopes[target.Patient], ", ")+`]
  clinician: [`+strings.Join(w.config.Scopes[target.Clinician], ", ")+`]
data:
  otherPatient: `+data.OtherPatient+`
  visiblePatients: [`+strings.Join(data.VisiblePatients, ", ")+`]
  forbiddenRecord: `+data.ForbiddenRecord+`
  siblingBase: "`+data.SiblingBase+`"
  writable: true
brands: ["`+strings.Join(w.config.Brands, `", "`)+`"]
capabilitySets: [`+strings.Join(w.config.CapabilitySets, ", ")+`]
`)
	w.write(t, path)
	return path, map[string]string{
		"PATIENT": patient.Password.Reveal(), "CLINICIAN": clinician.Password.Reveal(),
		"SECRET": w.config.Clients[target.Symmetric].Secret.Reveal(), "KEYS": backend.Key.Reveal(),
		"REGISTRATION": w.config.Registration.Token.Reveal(),
	}
}

package browser_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"embed"
	"encoding/pem"
	"fmt"
	"html/template"
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
)

//go:embed testdata
var testdata embed.FS

var pages = template.Must(template.ParseFS(testdata, "testdata/*/*.html"))

// authority is a CA of the tests, in which only the browser of the tests trusts.
type authority struct {
	PEM  []byte
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority() *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Browser tests"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(err)
	cert, err := x509.ParseCertificate(der)
	must(err)
	return &authority{PEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), key: key, cert: cert}
}

// serve starts a TLS server on loopback with a certificate of the authority.
func (a *authority) serve(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "127.0.0.1"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, a.cert, key.Public(), a.key)
	must(err)
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.Config.ErrorLog = quietLog
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// ehr is a small authorization server: sign-in, patient picker, consent, redirect.
type ehr struct {
	*httptest.Server
	mux *http.ServeMux

	mu       sync.Mutex
	requests []string // "METHOD /path"
	granted  []url.Values
}

func newEHR(t testing.TB) *ehr {
	e := &ehr{mux: http.NewServeMux()}
	e.Server = tests.ca.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		e.requests = append(e.requests, r.Method+" "+r.URL.Path)
		e.mu.Unlock()
		e.mux.ServeHTTP(w, r)
	}))
	e.mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		must(r.ParseForm())
		query := r.Form.Encode()
		if _, err := r.Cookie("session"); err == nil {
			show(w, "patients.html", map[string]any{"Query": template.URL(query)})
			return
		}
		show(w, "login.html", map[string]any{"Query": template.URL(query)})
	})
	e.mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("username") != "ada" || r.PostFormValue("password") != secret {
			show(w, "login.html", map[string]any{"Query": template.URL(r.URL.RawQuery), "Refused": true})
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1", Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteNoneMode})
		show(w, "patients.html", map[string]any{"Query": template.URL(r.URL.RawQuery)})
	})
	e.mux.HandleFunc("POST /patients", func(w http.ResponseWriter, r *http.Request) {
		show(w, "consent.html", map[string]any{"Query": template.URL(r.URL.RawQuery), "Patient": r.PostFormValue("patient")})
	})
	e.mux.HandleFunc("POST /consent", func(w http.ResponseWriter, r *http.Request) {
		must(r.ParseForm())
		e.mu.Lock()
		e.granted = append(e.granted, r.PostForm)
		e.mu.Unlock()
		answer := url.Values{"state": {r.URL.Query().Get("state")}}
		if r.PostFormValue("decision") == "approve" {
			answer.Set("code", "c-"+r.PostFormValue("patient"))
		} else {
			answer.Set("error", "access_denied")
		}
		http.Redirect(w, r, r.URL.Query().Get("redirect_uri")+"?"+answer.Encode(), http.StatusFound)
	})
	return e
}

// page serves HTML at a path of the server. {FOREIGN} in it stands for the other server.
func (e *ehr) page(path, html string) {
	e.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, html)
	})
}

// authorize is the URL of an authorization request.
func (e *ehr) authorize(redirectURI, state string) string {
	return e.URL + "/authorize?" + url.Values{"redirect_uri": {redirectURI}, "state": {state}}.Encode()
}

// seen counts the requests of a method and a path, such as "POST /login".
func (e *ehr) seen(request string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, r := range e.requests {
		if r == request {
			n++
		}
	}
	return n
}

// grants returns what was posted by consent pages.
func (e *ehr) grants() []url.Values {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.granted)
}

func show(w http.ResponseWriter, name string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'self'; frame-src *; frame-ancestors 'self'")
	must(pages.ExecuteTemplate(w, name, data))
}

// counter is a server that nobody should visit.
type counter struct {
	*httptest.Server
	mu   sync.Mutex
	hits []string
}

func newCounter(t testing.TB) *counter {
	c := &counter{}
	c.Server = tests.ca.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.hits = append(c.hits, r.Method+" "+r.URL.String())
	}))
	// By name it is another site than the EHR, which is visited by address.
	c.URL = strings.Replace(c.URL, "127.0.0.1", "localhost", 1)
	return c
}

func (c *counter) visits() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.hits)
}

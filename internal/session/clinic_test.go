package session_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/smart-conformance/smartcheck/internal/browser"
	"github.com/smart-conformance/smartcheck/internal/session"
	"github.com/smart-conformance/smartcheck/internal/target"
)

const (
	appCallback = "https://app.example.org/callback"
	appLaunch   = "https://app.example.org/launch"
	amysSecret  = "canary-amys-password"
)

// clinic is a small EHR: a sign-in page, an authorization server without consent, and a portal whose
// pages a test writes.
type clinic struct {
	*httptest.Server
	mux *http.ServeMux

	mu       sync.Mutex
	launches int
	signIns  int
	sessions map[string]bool
	byItself bool // the sign-in page fills itself in, as if a person sat there
}

func newClinic(t *testing.T) *clinic {
	t.Helper()
	c := &clinic{mux: http.NewServeMux(), sessions: map[string]bool{}}
	c.Server = httptest.NewUnstartedServer(c.mux)
	c.Config.ErrorLog = log.New(io.Discard, "", 0)
	c.StartTLS()
	t.Cleanup(c.Close)
	c.mux.HandleFunc("/fhir/.well-known/smart-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, map[string]any{
			"issuer": c.URL, "authorization_endpoint": c.URL + "/authorize", "token_endpoint": c.URL + "/token",
			"capabilities": []string{"launch-ehr", "launch-standalone", "client-public"},
		})
	})
	c.mux.HandleFunc("GET /authorize", c.authorize)
	c.mux.HandleFunc("POST /login", c.login)
	c.mux.HandleFunc("POST /token", func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, map[string]any{"access_token": "canary-access-token", "token_type": "Bearer", "scope": "launch", "expires_in": 300})
	})
	return c
}

func answerJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // a client that went away
}

// signedIn reports whether the browser has a session, and shows the sign-in page when it has not.
func (c *clinic) signedIn(w http.ResponseWriter, r *http.Request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cookie, err := r.Cookie("sid"); err == nil && c.sessions[cookie.Value] {
		return true
	}
	script := ""
	if c.byItself {
		script = fmt.Sprintf(`<script>setTimeout(() => {
			document.forms[0].username.value = "amy"; document.forms[0].password.value = %q; document.forms[0].submit();
		}, 300)</script>`, amysSecret)
	}
	writePage(w, "Sign in", fmt.Sprintf(`<form method=post action="/login?next=%s"><input name=username>
		<input name=password type=password><button>Sign in</button></form>%s`, url.QueryEscape(r.URL.RequestURI()), script))
	return false
}

func (c *clinic) login(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("password") != amysSecret {
		writePage(w, "Error", "<p role=alert>Wrong password")
		return
	}
	c.mu.Lock()
	c.signIns++
	id := fmt.Sprintf("canary-session-%d", c.signIns)
	c.sessions[id] = true
	c.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "sid", Value: id, Path: "/", Secure: true, HttpOnly: true, Expires: time.Now().Add(time.Hour)})
	http.Redirect(w, r, r.URL.Query().Get("next"), http.StatusSeeOther)
}

func (c *clinic) authorize(w http.ResponseWriter, r *http.Request) {
	if !c.signedIn(w, r) {
		return
	}
	answer := url.Values{"code": {"canary-code"}, "state": {r.URL.Query().Get("state")}}
	http.Redirect(w, r, r.URL.Query().Get("redirect_uri")+"?"+answer.Encode(), http.StatusFound)
}

// page serves a page of the portal. LAUNCH in it stands for a launch of its own at the launch URI, ISS
// and VALUE for its parameters.
func (c *clinic) page(path, launchURI, html string) {
	c.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		if c.signedIn(w, r) {
			writePage(w, "Chart of Amy", c.launched(launchURI, html))
		}
	})
}

func (c *clinic) launched(launchURI, text string) string {
	c.mu.Lock()
	c.launches++
	value := fmt.Sprintf("canary-launch-%d", c.launches)
	c.mu.Unlock()
	query := url.Values{"iss": {c.URL + "/fhir"}, "launch": {value}}.Encode()
	return strings.NewReplacer("LAUNCH", launchURI+"?"+query, "ISS", c.URL+"/fhir", "VALUE", value).Replace(text)
}

func (c *clinic) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.sessions)
}

func (c *clinic) count() (signIns, launches int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.signIns, c.launches
}

func writePage(w http.ResponseWriter, title, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!doctype html><title>%s</title><h1>%[1]s</h1>%s", title, body)
}

// target describes the clinic with its patient Amy and one public app.
func (c *clinic) target() target.Config {
	return target.Config{
		FHIR:  c.URL + "/fhir",
		TLS:   target.TLS{CA: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate().Raw}), CAFile: "of the clinic"},
		Users: map[target.UserRole]target.User{target.Patient: {Username: "amy", Password: target.NewSecret(amysSecret)}},
		Clients: map[target.ClientKind]target.Client{
			target.Public: {ID: "my-app", Redirect: appCallback, Launch: appLaunch},
		},
		Launches: target.Launches{App: map[target.ClientKind]string{target.Public: "My App"}},
		Timeouts: target.Timeouts{Journey: 20 * time.Second},
	}
}

// chromium is one browser for all tests, which trusts every certificate.
var chromium *browser.Browser

func TestMain(m *testing.M) {
	var err error
	chromium, err = browser.Start(testContext, browser.Options{Insecure: true})
	if err != nil {
		log.Fatal(err)
	}
	code := m.Run()
	_ = chromium.Close()
	os.Exit(code)
}

func open(t *testing.T, cfg target.Config) *session.Session {
	t.Helper()
	s, err := session.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.Borrow(chromium)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

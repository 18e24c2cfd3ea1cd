package session

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/target"
)

// registry is an authorization server that registers clients.
type registry struct {
	*httptest.Server
	token   string                                       // the initial access token that it wants, or ""
	manages bool                                         // it offers to remove clients
	refuse  func(w http.ResponseWriter, _ *http.Request) // answers registrations instead, when set
	seen    func(r *http.Request)                        // is shown registrations before they are answered, when set

	mu      sync.Mutex
	clients []string
}

func newRegistry(t *testing.T) *registry {
	t.Helper()
	r := &registry{manages: true}
	r.Server = serve(t, r.ServeHTTP)
	return r
}

func (r *registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	id, one := strings.CutPrefix(req.URL.Path, "/register/")
	switch {
	case strings.HasSuffix(req.URL.Path, "smart-configuration"):
		fmt.Fprintf(w, `{"authorization_endpoint": "%[1]s/authorize", "token_endpoint": "%[1]s/token", "registration_endpoint": "%[1]s/register"}`, r.URL)
	case one && req.Method == http.MethodDelete && req.Header.Get("Authorization") == "Bearer manage-"+id:
		r.mu.Lock()
		r.clients = slices.DeleteFunc(r.clients, func(c string) bool { return c == id })
		r.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	case r.refuse != nil:
		r.refuse(w, req)
	case r.token != "" && req.Header.Get("Authorization") != "Bearer "+r.token:
		w.WriteHeader(http.StatusUnauthorized)
	default:
		if r.seen != nil {
			r.seen(req)
		}
		r.register(w)
	}
}

func (r *registry) register(w http.ResponseWriter) {
	r.mu.Lock()
	id := fmt.Sprintf("client-%d", len(r.clients)+1)
	r.clients = append(r.clients, id)
	r.mu.Unlock()
	answer := map[string]any{"client_id": id, "client_secret": "canary-secret-of-" + id}
	if r.manages {
		answer["registration_client_uri"], answer["registration_access_token"] = r.URL+"/register/"+id, "manage-"+id
	}
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(answer)
}

func (r *registry) left() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.clients)
}

// register registers a client in the session.
func register(t *testing.T, s *Session) *Registered {
	t.Helper()
	app, err := s.Application(Metadata{}, target.AuthBasic)
	if err != nil {
		t.Fatal(err)
	}
	client, _, err := s.Register(t.Context(), s.Scope("test"), app)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// TestCloseRemovesRegisteredClients removes what the run registered, and not what is to stay.
func TestCloseRemovesRegisteredClients(t *testing.T) {
	g := NewWithT(t)
	server := newRegistry(t)
	s := open(t, server.URL+"/fhir")
	register(t, s)
	kept := register(t, s)
	register(t, s)
	g.Expect(kept.Client.Secret.Reveal()).To(Equal("canary-secret-of-client-2"))
	s.Forget(kept)
	g.Expect(s.Close()).To(Succeed())
	g.Expect(server.left()).To(ConsistOf("client-2"))
	for _, e := range s.Recorder.Exchanges() {
		g.Expect(fmt.Sprintf("%+v", e)).NotTo(Or(ContainSubstring("canary-secret"), ContainSubstring("manage-client")))
	}
}

// TestInterruptedRegistrationIsRemoved waits for the answer to a registration whose run ends meanwhile.
func TestInterruptedRegistrationIsRemoved(t *testing.T) {
	g := NewWithT(t)
	server := newRegistry(t)
	s := open(t, server.URL+"/fhir")
	_, err := s.Metadata(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	ctx, cancel := context.WithCancel(t.Context())
	server.seen = func(*http.Request) { cancel() }
	app, err := s.Application(Metadata{}, AuthNone)
	g.Expect(err).NotTo(HaveOccurred())
	_, _, err = s.Register(ctx, s.Scope("test"), app)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(server.left()).To(HaveLen(1))
	_, _, err = s.Register(ctx, s.Scope("test"), app)
	g.Expect(err).To(HaveOccurred(), "after the end nothing is registered")
	g.Expect(s.Close()).To(Succeed())
	g.Expect(server.left()).To(BeEmpty())
}

// TestWhetherClientsMayBeRegistered says why the run registers none, or no more than one.
func TestWhetherClientsMayBeRegistered(t *testing.T) {
	answer := func(status int, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	for name, row := range map[string]struct {
		set  func(*registry, *target.Config)
		want string // of the error; empty for none
		skip bool
	}{
		"open":                     {func(*registry, *target.Config) {}, "", false},
		"a token that nobody gave": {func(r *registry, _ *target.Config) { r.token = "initial" }, "give its initial access token as registration.token", true},
		"a token": {func(r *registry, c *target.Config) {
			r.token, c.Registration.Token = "initial", target.NewSecret("initial")
		}, "", false},
		"nothing to remove them by": {func(r *registry, _ *target.Config) { r.manages = false }, "no way to remove registered clients", true},
		"and intrusive":             {func(r *registry, c *target.Config) { r.manages, c.Intrusive = false, true }, "", false},
		"a policy against us": {func(r *registry, _ *target.Config) {
			r.refuse = answer(400, `{"error":"invalid_client_metadata","error_description":"not you"}`)
		}, "400 invalid_client_metadata not you", true},
		"no such endpoint": {func(r *registry, _ *target.Config) { r.refuse = answer(404, ``) }, "no client could be registered", false},
		"a failure":        {func(r *registry, _ *target.Config) { r.refuse = answer(500, ``) }, "no client could be registered", false},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			server := newRegistry(t)
			s := open(t, server.URL+"/fhir", func(c *target.Config) { row.set(server, c) })
			err := s.MayRegister(t.Context())
			if row.want == "" {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			g.Expect(err).To(MatchError(ContainSubstring(row.want)))
			_, lacking := Lacking(err)
			g.Expect(lacking).To(Equal(row.skip))
		})
	}
}

// TestTokensOfRegistrationsStaySafe gives the token of a registration to no address without TLS, unless the target has
// none itself.
func TestTokensOfRegistrationsStaySafe(t *testing.T) {
	g := NewWithT(t)
	s := open(t, "https://ehr.example/fhir")
	g.Expect(s.manageable("https://ehr.example/register/1")).To(BeTrue())
	for _, address := range []string{"http://ehr.example/register/1", "/register/1", "file:///etc/passwd", ""} {
		g.Expect(s.manageable(address)).To(BeFalse(), address)
	}
}

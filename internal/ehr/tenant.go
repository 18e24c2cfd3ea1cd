package ehr

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

// tenant is one EHR: the fault-free one, or one with a single defect. Tenants share clients, users and
// keys, and nothing that a request can change.
type tenant struct {
	server *Server
	fault  faults.Fault
	spec   string // the version of SMART App Launch that it follows
	root   string // where pages and FHIR bases live, without a slash at its end
	oauth  string // where the OAuth endpoints live; differs from root only for a weak listener

	interactions *shelf[*interaction]
	sessions     *shelf[*session]
	launches     *shelf[launch]
	assertions   *shelf[struct{}] // ids of client assertions that were used
	clientKeys   *clientKeys
	registered   *shelf[*registration]
	grants       *ledger
	signed       atomic.Int64 // ID tokens
	counted      atomic.Int64 // what a tenant has issued that counts its codes or tokens

	mux   *http.ServeMux
	close func()
}

// Bounds of what a tenant remembers.
const (
	interactionLifetime = 10 * time.Minute
	sessionLifetime     = 8 * time.Hour
	launchLifetime      = 5 * time.Minute
	remembered          = 4096
)

func newTenant(s *Server, fault faults.Fault) (*tenant, error) {
	t := &tenant{
		server: s, fault: fault, spec: s.spec, root: s.root(fault.ID), mux: http.NewServeMux(), close: func() {},
		interactions: newShelf[*interaction](s.now, interactionLifetime, remembered),
		sessions:     newShelf[*session](s.now, sessionLifetime, remembered),
		launches:     newShelf[launch](s.now, launchLifetime, remembered),
		assertions:   newShelf[struct{}](s.now, 2*assertionLifetime, remembered),
		registered:   newShelf[*registration](s.now, registrationLifetime, maxRegistrations),
	}
	t.grants = newLedger(s.now, t.has, t.newRefresh)
	t.clientKeys = newClientKeys(t)
	t.oauth = t.root
	if _, weak := weaknesses[fault.ID]; weak {
		port, err := listenWeak(fault, s.authority, s)
		if err != nil {
			return nil, err
		}
		t.oauth = port.BaseURL + t.pathOf("")
		t.close = func() { _ = port.Close() }
	}
	t.routes()
	return t, nil
}

// has reports whether this tenant has the defect.
func (t *tenant) has(f faults.Fault) bool { return t.fault.ID == f.ID }

func (t *tenant) now() time.Time { return t.server.now() }

func (t *tenant) routes() {
	t.mux.HandleFunc("/auth/authorize", t.authorize)
	t.page("login", t.showLogin, t.login)
	t.page("patient", t.showPatients, t.pickPatient)
	t.page("encounter", t.showEncounters, t.pickEncounter)
	t.page("study", t.showStudies, t.pickStudy)
	t.page("consent", t.showConsent, t.decide)
	t.mux.HandleFunc("/auth/continue", t.proceed)

	t.mux.HandleFunc("/auth/token", t.fromApps(t.token))
	t.mux.HandleFunc("/auth/introspect", t.fromApps(t.introspect))
	t.mux.HandleFunc("/auth/revoke", t.fromApps(t.revoke))
	t.mux.HandleFunc("/auth/register", t.fromApps(t.register))
	t.mux.HandleFunc("/auth/register/{client}", t.fromApps(t.manageRegistration))
	t.mux.HandleFunc("/auth/logout", t.endSession)
	t.mux.HandleFunc("/auth/userinfo", t.fromApps(t.userinfo))

	t.mux.HandleFunc("/portal", t.portal)
	t.mux.HandleFunc("/portal/patients/{patient}", t.chart)
	t.mux.HandleFunc("GET /portal/patients/{patient}/launch/{client}", t.launchApp)
	t.mux.HandleFunc("GET /portal/patients/{patient}/embed/{client}", t.embedApp)
	t.mux.HandleFunc("/portal/apps", t.apps)
	t.mux.HandleFunc("POST /portal/sign-out", t.signOut)
	t.mux.HandleFunc("GET /assets/page.css", stylesheet)
	t.mux.HandleFunc("GET /assets/smart-style.json", t.serveStyle)
	t.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { t.seeOther(w, t.front()) })

	t.brandRoutes()
	for path, document := range t.documents() {
		t.mux.HandleFunc(path, t.serveDocument(document))
	}
	for _, base := range fhirBases {
		handler := http.StripPrefix(base.path, t.fhirHandler(base))
		t.mux.Handle(base.path, handler)
		t.mux.Handle(base.path+"/", handler)
	}
	if t.since(stu22) {
		t.mux.Handle(appStatePath+"/", http.StripPrefix(appStatePath, fhir.NewAppState(t.root+appStatePath, t.fhirOptions(fhirBases[0]))))
	}
}

// appStatePath is where apps keep their state. Tokens for the first FHIR base are good there.
const appStatePath = "/appstate"

// fhirBase is one FHIR base of a tenant.
type fhirBase struct{ path, version string }

// fhirBases are the bases of every tenant; the first is the one that flows run against.
var fhirBases = []fhirBase{
	{"/fhir", "R4"}, {"/fhir-dstu2", "DSTU2"}, {"/fhir-stu3", "STU3"}, {"/fhir-r4b", "R4B"}, {"/fhir-r5", "R5"},
}

// fhirVersion returns the FHIR version of a base of this tenant, as in a CapabilityStatement.
func (t *tenant) fhirVersion(base string) string {
	for _, b := range fhirBases {
		if base == t.root+b.path {
			return fhir.VersionOf(b.version)
		}
	}
	return ""
}

// front is where a browser goes that asks for nothing in particular.
func (t *tenant) front() string {
	if t.has(faults.RedirectDowngrades) {
		return strings.Replace(t.root, "https://", "http://", 1) + "/portal"
	}
	return t.root + "/portal"
}

// isBase reports whether url is a FHIR base of this tenant.
func (t *tenant) isBase(url string) bool {
	for _, b := range fhirBases {
		if url == t.root+b.path {
			return true
		}
	}
	return false
}

func (t *tenant) fhirHandler(b fhirBase) http.Handler { return fhir.New(t.fhirOptions(b)) }

func (t *tenant) fhirOptions(b fhirBase) fhir.Options {
	base := t.root + b.path
	return fhir.Options{
		Base: base, Version: b.version, Fault: t.fault, Now: t.server.now,
		OAuth: t.statementEndpoints(), Tasks: b.version == "R4" && t.since(stu22),
		Access: func(_ *http.Request, token string) (fhir.Access, error) {
			a, ok := t.accessAt(base, token)
			if !ok {
				return fhir.Access{}, errors.New("the access token is unknown, expired or revoked, or for another FHIR base")
			}
			return fhir.Access{
				ClientID: a.grant.client.ID, Scopes: strings.Join(t.enforced(a), " "),
				Patient: a.grant.patient, User: t.userReference(a.grant),
			}, nil
		},
	}
}

func (t *tenant) issuer() string       { return t.root }
func (t *tenant) authorizeURL() string { return t.oauth + "/auth/authorize" }
func (t *tenant) tokenURL() string     { return t.oauth + "/auth/token" }

func (t *tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	t.misserve(t.mux).ServeHTTP(w, r)
}

// seeOther redirects with 303, so that the browser follows with GET and drops what was posted.
// It writes no body: some browsers show it for custom schemes.
func (t *tenant) seeOther(w http.ResponseWriter, to string) {
	t.secure(w)
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

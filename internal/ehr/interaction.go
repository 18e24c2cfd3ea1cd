package ehr

import (
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// interaction is what happens in the browser between an authorization request and its callback: signing
// in, picking a patient and an encounter, consenting. Without a request it is a sign-in to the portal.
//
// A cookie of its own ties it to the browser that began it, so that several can run side by side even
// before anybody has signed in.
type interaction struct {
	id      string
	browser string // the value of the cookie
	token   string // guards its forms against other sites
	created time.Time
	request *authorizationRequest
	then    string // where a sign-in to the portal goes on

	mu        sync.Mutex
	visit     *visit
	failed    bool // the last sign-in was refused
	patient   string
	encounter string
	settled   bool // an encounter was picked, or there is none to pick
	study     string
}

// begin starts an interaction and sends the browser to its first page.
func (t *tenant) begin(w http.ResponseWriter, r *http.Request, request *authorizationRequest, then string) {
	it := &interaction{id: opaque(), browser: opaque(), token: opaque(), created: t.now(), request: request, then: then}
	t.interactions.put(it.id, it)
	t.setCookie(w, it.cookie(), it.browser, "/auth/", interactionLifetime)
	if t.has(faults.ConsentFromOtherSites) {
		t.setCookie(w, "pending", it.id, "/auth/", interactionLifetime)
	}
	it.mu.Lock()
	defer it.mu.Unlock()
	t.seeOther(w, t.stepURL(it, t.step(it, t.session(r))))
}

func (it *interaction) cookie() string { return "interaction-" + it.id[:16] }

// end forgets the interaction and sends the browser away.
func (t *tenant) end(w http.ResponseWriter, it *interaction, to string) {
	t.interactions.drop(it.id)
	t.clearCookie(w, it.cookie(), "/auth/")
	t.seeOther(w, to)
}

func (t *tenant) stepURL(it *interaction, step string) string {
	if step == "" {
		return t.root + it.then
	}
	return t.oauth + "/auth/" + step + "?interaction=" + url.QueryEscape(it.id)
}

// step returns the page that is due: login, patient, encounter, study, consent, or "" when a sign-in to the
// portal is complete.
func (t *tenant) step(it *interaction, s *session) string {
	if s == nil || it.request != nil && !it.request.accepts(s, it.created) {
		return "login"
	}
	if it.visit != s.visit {
		it.visit, it.patient, it.encounter, it.study, it.settled = s.visit, "", "", "", false
	}
	if it.request == nil {
		return ""
	}
	if it.patient == "" {
		it.patient, it.encounter = it.request.context(s.visit.user)
	}
	if it.study == "" {
		it.study = it.request.study(it.patient)
	}
	switch {
	case it.request.needsPatient() && it.patient == "":
		return "patient"
	case it.request.needsEncounter() && !it.settled && it.encounter == "" && len(encounters(it.patient)) > 0:
		return "encounter"
	case it.request.needsStudy() && it.study == "" && len(imagingStudies(it.patient)) > 0:
		return "study"
	default:
		return "consent"
	}
}

type (
	pageHandler func(w http.ResponseWriter, r *http.Request, it *interaction, s *session)
	formHandler func(w http.ResponseWriter, r *http.Request, it *interaction, s *session, form parameters)
)

// page routes one step of an interaction. A browser that asks for another step than the due one is sent
// to the due one.
func (t *tenant) page(step string, show pageHandler, act formHandler) {
	t.mux.HandleFunc("GET /auth/"+step, func(w http.ResponseWriter, r *http.Request) {
		it := t.interaction(r, "")
		if it == nil {
			t.expired(w)
			return
		}
		it.mu.Lock()
		defer it.mu.Unlock()
		s := t.session(r)
		if due := t.step(it, s); due != step {
			t.seeOther(w, t.stepURL(it, due))
			return
		}
		show(w, r, it, s)
	})
	t.mux.HandleFunc("POST /auth/"+step, func(w http.ResponseWriter, r *http.Request) {
		form, err := parseBody(r)
		if err != nil {
			t.refuse(w, http.StatusBadRequest, "The form could not be read", err.Error())
			return
		}
		it := t.interaction(r, form.get("token"))
		if it == nil {
			t.expired(w)
			return
		}
		it.mu.Lock()
		defer it.mu.Unlock()
		s := t.session(r)
		if due := t.step(it, s); due != step {
			t.seeOther(w, t.stepURL(it, due))
			return
		}
		act(w, r, it, s, form)
	})
}

// interaction returns the interaction that the URL names if it belongs to this browser and, for a
// posted form, if the form carries its token; otherwise nil.
func (t *tenant) interaction(r *http.Request, token string) *interaction {
	it, ok := t.interactions.get(t.pending(r))
	if !ok {
		return nil
	}
	c, err := r.Cookie(t.cookie(it.cookie()))
	if (err != nil || !sameSecret(c.Value, it.browser)) && !t.has(faults.ConsentAnySession) {
		return nil
	}
	unguarded := t.has(faults.ConsentTokenUnchecked) || t.has(faults.ConsentFromOtherSites)
	if r.Method == http.MethodPost && !unguarded && !sameSecret(token, it.token) {
		return nil
	}
	return it
}

// pending returns the id of the interaction that the URL names.
func (t *tenant) pending(r *http.Request) string {
	id := r.URL.Query().Get("interaction")
	if c, err := r.Cookie(t.cookie("pending")); id == "" && err == nil && t.has(faults.ConsentFromOtherSites) {
		return c.Value
	}
	return id
}

// next sends the browser to the page that is due.
func (t *tenant) next(w http.ResponseWriter, it *interaction, s *session) {
	if step := t.step(it, s); step != "" {
		t.seeOther(w, t.stepURL(it, step))
		return
	}
	t.end(w, it, t.root+it.then)
}

// proceed serves the landing place of the login-307 defect: the browser posts the login form once more
// on its way to the next page.
func (t *tenant) proceed(w http.ResponseWriter, r *http.Request) {
	it, ok := t.interactions.get(r.URL.Query().Get("interaction"))
	if !ok || !t.has(faults.Login307) {
		http.NotFound(w, r)
		return
	}
	it.mu.Lock()
	defer it.mu.Unlock()
	t.next(w, it, t.session(r))
}

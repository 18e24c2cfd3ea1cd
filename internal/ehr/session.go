package ehr

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// session is a signed-in browser. Its id is new at every sign-in; the visit goes on.
type session struct {
	id       string
	authTime time.Time
	visit    *visit
}

// visit is the time from a user's first sign-in to the sign-out. An online_access grant lives as long.
type visit struct {
	user  User
	token string // guards the forms of the portal against other sites
	until time.Time
	ended atomic.Bool
}

// online reports whether the user is still signed in.
func (v *visit) online(now time.Time) bool { return !v.ended.Load() && now.Before(v.until) }

// cookie names a cookie of this tenant, so that tenants on one host do not share sessions.
func (t *tenant) cookie(name string) string {
	if t.fault.ID != "" {
		name += "-" + t.fault.ID
	}
	if t.has(faults.CookiesInsecure) {
		return name // browsers refuse the prefix without Secure
	}
	return "__Secure-" + name
}

func (t *tenant) setCookie(w http.ResponseWriter, name, value, path string, lifetime time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: t.cookie(name), Value: value, Path: t.pathOf(path), MaxAge: int(lifetime / time.Second),
		Secure: !t.has(faults.CookiesInsecure), HttpOnly: !t.has(faults.CookiesScriptable), SameSite: t.sameSite(),
	})
}

// sameSite says whether the cookies go where another site sends the browser.
func (t *tenant) sameSite() http.SameSite {
	if t.has(faults.ConsentAnySession) || t.has(faults.ConsentFromOtherSites) || t.has(faults.PagesFramed) {
		return http.SameSiteNoneMode
	}
	if t.has(faults.CookiesAnySite) {
		return 0 // says nothing
	}
	return http.SameSiteLaxMode
}

func (t *tenant) clearCookie(w http.ResponseWriter, name, path string) {
	http.SetCookie(w, &http.Cookie{
		Name: t.cookie(name), Path: t.pathOf(path), MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// pathOf returns the path of this tenant's URL space, as the browser sees it.
func (t *tenant) pathOf(path string) string {
	if t.fault.ID != "" {
		return faultPrefix + t.fault.ID + path
	}
	return path
}

// session returns the session of the browser, or nil when nobody is signed in.
func (t *tenant) session(r *http.Request) *session {
	c, err := r.Cookie(t.cookie("session"))
	if err != nil {
		return nil
	}
	s, ok := t.sessions.get(c.Value)
	if !ok || !s.visit.online(t.now()) {
		return nil
	}
	return s
}

// signedIn starts a session, or renews the one of the same user under a new id.
func (t *tenant) signedIn(w http.ResponseWriter, r *http.Request, u User) *session {
	now := t.now()
	v := &visit{user: u, token: opaque(), until: now.Add(sessionLifetime)}
	if old := t.session(r); old != nil {
		t.sessions.drop(old.id)
		if old.visit.user == u {
			v = old.visit
		} else {
			old.visit.ended.Store(true)
		}
	}
	s := &session{id: opaque(), authTime: now, visit: v}
	t.sessions.put(s.id, s)
	t.setCookie(w, "session", s.id, "/", sessionLifetime)
	return s
}

package ehr

import (
	"net/http"
)

// grantEntry is one line of the page on which a user sees and ends the access of apps.
type grantEntry struct {
	ID, App, Since string
	Scopes         []string
}

// apps shows which apps have access on the user's behalf, and revokes it. Discovery names this page as
// management endpoint.
func (t *tenant) apps(w http.ResponseWriter, r *http.Request) {
	s := t.visit(w, r)
	if s == nil {
		return
	}
	if r.Method == http.MethodPost {
		t.revokeApp(w, r, s)
		return
	}
	var entries []grantEntry
	for _, g := range t.grants.of(s.visit.user) {
		entries = append(entries, grantEntry{g.id, g.client.Name, g.created.UTC().Format("2006-01-02 15:04 MST"), g.scopes})
	}
	t.show(w, http.StatusOK, "apps", "Apps with access", struct {
		visitor
		Form   Form
		Grants []grantEntry
	}{t.visitor(s), Form{t.root + "/portal/apps", s.visit.token}, entries})
}

func (t *tenant) revokeApp(w http.ResponseWriter, r *http.Request, s *session) {
	form, err := parseBody(r)
	if err != nil || !sameSecret(form.get("token"), s.visit.token) {
		t.expired(w)
		return
	}
	for _, g := range t.grants.of(s.visit.user) {
		if g.id == form.get("grant") {
			t.grants.revoke(g)
		}
	}
	t.seeOther(w, t.root+"/portal/apps")
}

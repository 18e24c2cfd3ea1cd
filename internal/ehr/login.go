package ehr

import (
	"net/http"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

type loginPage struct {
	Form
	App        string // the name of the app that asks, or "" for the portal
	Failed     bool
	Username   string // filled in already
	Logo       string // an image on another host; only with a defect
	Forgotten  string // where the form for forgotten passwords goes; only with a defect
	OtherUser  string // who is signed in, when the launch belongs to somebody else
	LaunchUser string
}

func (t *tenant) showLogin(w http.ResponseWriter, r *http.Request, it *interaction, s *session) {
	p := loginPage{Form: t.form(it, "login"), Failed: it.failed}
	if it.request != nil {
		p.App, p.Username = it.request.client.Name, it.request.loginHint
		if l := it.request.launch; l != nil && s != nil && s.visit.user != l.user {
			p.OtherUser, p.LaunchUser = s.visit.user.Name, l.user.Name
		}
	}
	if t.has(faults.ThirdPartyContent) {
		p.Logo = thirdPartyImage
	}
	if t.has(faults.MixedContent) {
		p.Logo = "http://static.ehr.example/clinic-logo.png"
	}
	if t.has(faults.LoginFormHTTP) {
		p.Forgotten = "http://accounts.ehr.example/forgotten"
	}
	it.failed = false
	t.show(w, http.StatusOK, "login", "Sign in", p, t.leavesFor(it))
}

// login checks the password. The answer to a wrong one is the same form again, fetched with GET.
func (t *tenant) login(w http.ResponseWriter, r *http.Request, it *interaction, _ *session, form parameters) {
	user, ok := signIn(form.get("username"), form.get("password"))
	if !ok {
		it.failed = true
		t.seeOther(w, t.stepURL(it, "login"))
		return
	}
	s := t.signedIn(w, r, user)
	if t.has(faults.Login307) {
		t.secure(w)
		w.Header().Set("Location", t.stepURL(it, "continue"))
		w.WriteHeader(http.StatusTemporaryRedirect)
		return
	}
	t.next(w, it, s)
}

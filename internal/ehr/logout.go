package ehr

import (
	"net/http"
	"net/url"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// endSession serves OpenID Connect RP-Initiated Logout 1.0. A user whom the app names by an ID token is signed
// out at once, anybody else is asked (section 2). Nobody is sent on: the apps have registered no address for
// that (section 3).
func (t *tenant) endSession(w http.ResponseWriter, r *http.Request) {
	form, err := parseForm(r.URL.RawQuery)
	if r.Method == http.MethodPost {
		if form, err = parseBody(r); err == nil {
			// The cookie of the session does not come with a form of another site, but with a redirect.
			t.seeOther(w, t.oauth+"/auth/logout?"+url.Values(form).Encode())
			return
		}
	}
	subject, ok := t.hinted(form.get("id_token_hint"), form.get("client_id"))
	s := t.session(r)
	switch {
	case err != nil || !ok:
		t.refuse(w, http.StatusBadRequest, "The app's request cannot be read", "Sign out at the portal instead.")
	case s == nil:
		t.show(w, http.StatusOK, "logout", "You are signed out", visitor{})
	case subject != s.visit.user.subject():
		t.show(w, http.StatusOK, "logout", "Do you want to sign out?", t.visitor(s))
	default:
		t.leave(w, s)
		t.show(w, http.StatusOK, "logout", "You are signed out", visitor{})
	}
}

// hinted returns the subject of an ID token that was issued here, however long ago, to the client if one is
// named; "" without a token. It reports false for any other token.
func (t *tenant) hinted(raw, client string) (subject string, ok bool) {
	if raw == "" {
		return "", true
	}
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return "", false
	}
	var claims jwt.Claims
	signed := token.Claims(t.server.signingKey.Public(), &claims) == nil || token.Claims(t.server.successorKey.Public(), &claims) == nil
	if !signed || claims.Issuer != t.issuer() {
		return "", false
	}
	return claims.Subject, client == "" || claims.Audience.Contains(client)
}

// leave ends the visit and with it every online_access grant.
func (t *tenant) leave(w http.ResponseWriter, s *session) {
	s.visit.ended.Store(true)
	t.sessions.drop(s.id)
	t.clearCookie(w, "session", "/")
}

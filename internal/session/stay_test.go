package session_test

import (
	"net/http"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
	"github.com/smart-conformance/smartcheck/internal/session"
)

var amyAlone = evidence.Launch{User: "patient", Mode: "standalone", Client: "public"}

// TestSignOut signs a user out in each way in which a server may offer that, and looks whether it worked.
func TestSignOut(t *testing.T) {
	const button = `<nav><a href="/home">Home</a></nav><form method=post action="/leave"><button>Log out</button></form>`
	for name, test := range map[string]struct {
		page        string // what the page for signing out shows; empty: it signs out at once
		configured  bool   // the target file names the page
		published   bool   // the OpenID configuration names it
		unavailable string
		signedIn    bool
	}{
		"a page with a button":            {page: button, configured: true},
		"a page that signs out":           {configured: true},
		"a page that does nothing":        {page: "<p>Have a nice day", configured: true, signedIn: true},
		"the end_session_endpoint":        {published: true},
		"an endpoint that asks":           {page: button, published: true},
		"neither a page nor an endpoint":  {unavailable: "no end_session_endpoint"},
		"an endpoint that is no web page": {unavailable: "is not opened in the browser", published: true, page: "bad"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			c := newClinic(t)
			cfg := c.target()
			if test.configured {
				cfg.Login.SignOut = c.URL + "/sign-out"
			}
			c.mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
				published := map[string]any{"issuer": c.URL}
				if test.published {
					published["end_session_endpoint"] = c.URL + "/sign-out"
				}
				if test.page == "bad" {
					published["end_session_endpoint"] = "javascript:leave()"
				}
				answerJSON(w, published)
			})
			leave := func(w http.ResponseWriter, _ *http.Request) {
				c.forget()
				writePage(w, "Bye", "<p>You are signed out.")
			}
			c.mux.HandleFunc("POST /leave", leave)
			c.mux.HandleFunc("GET /sign-out", func(w http.ResponseWriter, r *http.Request) {
				if test.page == "" {
					leave(w, r)
					return
				}
				writePage(w, "Sign out", test.page)
			})
			s := open(t, cfg)
			err := s.Stay(t.Context(), s.Scope("test.stay"), amyAlone, func(b *session.Stay) error {
				grant, err := b.Grant(t.Context(), session.Request{Launch: amyAlone})
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(grant.Evidence.Worked()).To(BeTrue(), grant.Evidence.Describe())
				exchanges, err := b.SignOut(t.Context())
				if test.unavailable != "" {
					reason, lacking := session.Lacking(err)
					g.Expect(lacking).To(BeTrue(), "%v", err)
					g.Expect(reason).To(ContainSubstring(test.unavailable))
					return nil
				}
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(exchanges).NotTo(BeEmpty())
				g.Expect(b.SignedIn(t.Context(), session.Request{Launch: amyAlone})).To(Equal(test.signedIn))
				return nil
			})
			g.Expect(err).NotTo(HaveOccurred())
			signIns, _ := c.count()
			g.Expect(signIns).To(Equal(1), "looking whether the user is signed in sends no password")
		})
	}
}

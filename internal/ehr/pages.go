package ehr

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

//go:embed pages
var pageFiles embed.FS

// pages holds every page, parsed with the layout around it.
var pages = parsePages("login", "patient", "encounter", "study", "consent", "error", "portal", "chart", "embed", "apps", "logout")

func parsePages(names ...string) map[string]*template.Template {
	parsed := map[string]*template.Template{}
	for _, name := range names {
		parsed[name] = template.Must(template.ParseFS(pageFiles, "pages/layout.html", "pages/"+name+".html"))
	}
	return parsed
}

// Form is what every form of an interaction carries.
type Form struct{ Action, Token string }

func (t *tenant) form(it *interaction, step string) Form {
	return Form{Action: t.stepURL(it, step), Token: it.token}
}

// leavesFor returns where the forms of the interaction may end: a browser applies form-action to the
// redirects after a form as well (Content Security Policy Level 3, section 6.4.2).
func (t *tenant) leavesFor(it *interaction) string {
	if it.request == nil {
		return "form-action 'self' " + t.server.origin
	}
	return "form-action 'self' " + cspSource(it.request.redirectURI)
}

// cspSource is the source expression that matches uri: its origin, or its scheme where a source
// expression cannot name the host.
func cspSource(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	ip := net.ParseIP(u.Hostname())
	if u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || ip != nil && u.Hostname() != "127.0.0.1" {
		return u.Scheme + ":"
	}
	return u.Scheme + "://" + u.Host
}

const thirdPartyImage = "https://cdn.example.net/clinic-logo.png"

// show writes a page. extra replaces directives of the content security policy.
func (t *tenant) show(w http.ResponseWriter, status int, name, title string, body any, extra ...string) {
	var out bytes.Buffer
	err := pages[name].ExecuteTemplate(&out, "layout", struct {
		Title, Style string
		Body         any
	}{title, t.pathOf("/assets/page.css"), body})
	if err != nil {
		http.Error(w, fmt.Sprintf("page %s: %v", name, err), http.StatusInternalServerError)
		return
	}
	t.secure(w)
	w.Header().Set("Content-Security-Policy", t.policy(extra))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}

// secure sets the headers of everything that a browser shows or follows.
func (t *tenant) secure(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if !t.frameable() {
		h.Set("X-Frame-Options", "DENY")
	}
	switch {
	case t.has(faults.ReferrerLeaks):
	case t.has(faults.ReferrerFull):
		h.Set("Referrer-Policy", "unsafe-url")
	default:
		h.Set("Referrer-Policy", "no-referrer")
	}
}

// frameable reports whether other sites may frame the pages.
func (t *tenant) frameable() bool { return t.has(faults.PagesFrameable) || t.has(faults.PagesFramed) }

// policy is the content security policy of a page.
func (t *tenant) policy(extra []string) string {
	directives := []string{"default-src 'none'", "style-src 'self'", "base-uri 'none'"}
	if !t.frameable() {
		directives = append(directives, "frame-ancestors 'none'")
	}
	if t.has(faults.ThirdPartyContent) {
		directives = append(directives, "img-src https:")
	}
	if len(extra) == 0 {
		extra = []string{"form-action 'self'"}
	}
	return strings.Join(append(directives, extra...), "; ")
}

type errorPage struct{ Headline, Detail string }

// refuse shows an error page. The app is not told: there is nowhere that it may safely be told.
func (t *tenant) refuse(w http.ResponseWriter, status int, headline, detail string) {
	t.show(w, status, "error", headline, errorPage{headline, detail})
}

func (t *tenant) expired(w http.ResponseWriter) {
	t.refuse(w, http.StatusBadRequest, "This page has expired",
		"It was open for too long, it was used before, or it belongs to another browser. Go back to the app and start again.")
}

// stylesheet serves the one style sheet of all pages.
func stylesheet(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeFileFS(w, r, pageFiles, "pages/page.css")
}

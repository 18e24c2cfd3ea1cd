package ehr

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// browser fetches pages, keeps cookies and fills forms. It follows redirects as long as they stay at
// the EHR.
type browser struct {
	t      testing.TB
	server *Server
	client *http.Client
	trail  []*http.Response // every answer, with its body read
	pages  []visited        // every page
}

func newBrowser(t testing.TB, s *Server) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, server: s, client: &http.Client{
		Jar: jar, Transport: transport(t, s),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func transport(t testing.TB, s *Server) *http.Transport {
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.CAPool()}, ForceAttemptHTTP2: true}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// visited is a page, or the place outside the EHR that the browser was sent to.
type visited struct {
	status  int
	header  http.Header
	address string
	body    string
	callback
}

// callback is a redirect URI with what came along.
type callback struct {
	landed   bool
	query    parameters
	fragment parameters
}

func (b *browser) get(to string) visited { return b.do(http.MethodGet, to, nil) }

func (b *browser) post(to string, form url.Values) visited {
	return b.do(http.MethodPost, to, form)
}

func (b *browser) do(method, to string, form url.Values) visited {
	b.t.Helper()
	for range 20 {
		if !strings.HasPrefix(to, b.server.origin) {
			return landing(b.t, to)
		}
		request, err := http.NewRequest(method, to, strings.NewReader(form.Encode()))
		if err != nil {
			b.t.Fatal(err)
		}
		if form != nil {
			request.Header.Set("Content-Type", formType)
		}
		response, err := b.client.Do(request)
		if err != nil {
			b.t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			b.t.Fatal(err)
		}
		b.trail = append(b.trail, response)
		switch response.StatusCode {
		case http.StatusSeeOther:
			method, form = http.MethodGet, nil
		case http.StatusTemporaryRedirect:
		default:
			v := visited{status: response.StatusCode, header: response.Header, address: to, body: string(body)}
			b.pages = append(b.pages, v)
			return v
		}
		to = response.Header.Get("Location")
	}
	b.t.Fatalf("redirected endlessly, last to %s", to)
	return visited{}
}

func landing(t testing.TB, to string) visited {
	t.Helper()
	rest, fragment, _ := strings.Cut(to, "#")
	_, query, _ := strings.Cut(rest, "?")
	v := visited{address: to, callback: callback{landed: true}}
	var err error
	if v.query, err = parseForm(query); err != nil {
		t.Fatal(err)
	}
	if v.fragment, err = parseForm(fragment); err != nil {
		t.Fatal(err)
	}
	return v
}

// pageForm is what a browser can do on a page: send its first form, or follow a link.
type pageForm struct {
	action string
	fields url.Values // as they would be submitted, with the first radio button chosen
	links  map[string]string
}

func readPage(t testing.TB, v visited) pageForm {
	t.Helper()
	root, err := html.Parse(strings.NewReader(v.body))
	if err != nil {
		t.Fatal(err)
	}
	f := pageForm{fields: url.Values{}, links: map[string]string{}}
	var walk func(*html.Node, bool)
	walk = func(n *html.Node, inForm bool) {
		attr := attributes(n)
		switch n.Data {
		case "form":
			if f.action == "" && !strings.HasSuffix(attr["action"], "/sign-out") {
				f.action, inForm = attr["action"], true
			}
		case "a":
			f.links[textOf(n)] = attr["href"]
		case "iframe":
			f.links["iframe"] = attr["src"]
		case "input":
			_, checked := attr["checked"]
			first := attr["type"] == "radio" && !f.fields.Has(attr["name"])
			if inForm && (first || checked || attr["type"] == "hidden") {
				f.fields.Add(attr["name"], attr["value"])
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, inForm)
		}
	}
	walk(root, false)
	return f
}

func attributes(n *html.Node) map[string]string {
	out := map[string]string{}
	for _, a := range n.Attr {
		out[a.Key] = a.Val
	}
	return out
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// journey says what the user does on the pages.
type journey struct {
	user      string
	patient   string   // "" picks the first
	encounter string   // "" picks the first
	study     string   // "" picks the first
	untick    []string // scopes
	deny      bool
}

var passwords = map[string]string{
	PatientUsername: PatientPassword, OtherPatientUsername: OtherPatientPassword, ClinicianUsername: ClinicianPassword,
}

// finish fills in one page after the other until the browser leaves the EHR or a page has no form.
func (b *browser) finish(v visited, j journey) visited {
	b.t.Helper()
	for range 10 {
		if v.landed {
			return v
		}
		page := readPage(b.t, v)
		switch {
		case strings.Contains(page.action, "/auth/login"):
			page.fields.Set("username", j.user)
			page.fields.Set("password", passwords[j.user])
		case strings.Contains(page.action, "/auth/patient"):
			choose(page.fields, "patient", j.patient)
		case strings.Contains(page.action, "/auth/encounter"):
			choose(page.fields, "encounter", j.encounter)
		case strings.Contains(page.action, "/auth/study"):
			choose(page.fields, "study", j.study)
		case strings.Contains(page.action, "/auth/consent"):
			b.consent(page.fields, j)
		default:
			return v
		}
		v = b.post(page.action, page.fields)
	}
	b.t.Fatalf("the pages do not end; the last is %s", v.address)
	return v
}

func choose(fields url.Values, name, value string) {
	if value != "" {
		fields.Set(name, value)
	}
}

func (b *browser) consent(fields url.Values, j journey) {
	fields.Set("decision", "allow")
	if j.deny {
		fields.Set("decision", "deny")
	}
	kept := fields["scope"]
	fields.Del("scope")
	for _, s := range kept {
		if !contains(j.untick, s) {
			fields.Add("scope", s)
		}
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

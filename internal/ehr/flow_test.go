package ehr

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	. "github.com/onsi/gomega"
	"golang.org/x/net/html"
)

// clientKey is the private key of the asymmetric and the backend demonstration client.
var clientKey = newClientKey()

func newClientKey() jose.JSONWebKey {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return jose.JSONWebKey{Key: key, KeyID: "client-1", Algorithm: string(jose.ES384), Use: "sig"}
}

// start serves the demonstration clients until the test ends.
func start(t testing.TB, configure ...func(*Options)) *Server {
	t.Helper()
	public, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{clientKey.Public()}})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Clients: DemoClients(public)}
	for _, c := range configure {
		c(&o)
	}
	s, err := Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// browser fetches pages, keeps cookies and fills forms. It follows redirects as long as they stay at
// the EHR.
type browser struct {
	t      testing.TB
	server *Server
	client *http.Client
	trail  []*http.Response // every answer, with its body read
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
			return visited{status: response.StatusCode, header: response.Header, address: to, body: string(body)}
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

// form is the first form of a page whose action contains part of an address.
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

// verifier is the code verifier of every flow that does not bring its own.
const verifier = "v0-1234567890-1234567890-1234567890-1234567890"

func s256(verifier string) string {
	hash := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}

const standaloneScopes = "openid fhirUser launch/patient launch/encounter offline_access patient/*.rs patient/Observation.read user/Practitioner.rs"

// request returns the parameters of a valid authorization request, changed by edits: name, value, name,
// value. An empty value removes the parameter.
func request(s *Server, fault, client string, edits ...string) url.Values {
	q := url.Values{
		"response_type": {"code"}, "client_id": {client}, "redirect_uri": {DemoRedirectURI}, "aud": {s.Base(fault)},
		"scope": {standaloneScopes}, "state": {"s-1"}, "nonce": {"n-1"},
		"code_challenge": {s256(verifier)}, "code_challenge_method": {"S256"},
	}
	return edit(q, edits...)
}

func edit(q url.Values, edits ...string) url.Values {
	for i := 0; i+1 < len(edits); i += 2 {
		if edits[i+1] == "" {
			q.Del(edits[i])
		} else {
			q.Set(edits[i], edits[i+1])
		}
	}
	return q
}

func (s *Server) authURL(fault, endpoint string) string { return s.root(fault) + "/auth/" + endpoint }

func (b *browser) authorize(fault string, q url.Values) visited {
	return b.get(b.server.authURL(fault, "authorize") + "?" + q.Encode())
}

// answered is a JSON answer to a request of an app.
type answered struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

func (a answered) text(name string) string { s, _ := a.body[name].(string); return s }

// app sends requests of an app.
type app struct {
	t      testing.TB
	server *Server
	fault  string
	client *http.Client
}

func newApp(t testing.TB, s *Server, fault string) app {
	return app{t, s, fault, &http.Client{Transport: transport(t, s)}}
}

func (a app) send(method, to string, form url.Values, header ...string) answered {
	a.t.Helper()
	r, err := http.NewRequest(method, to, strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", formType)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := a.client.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	out := answered{status: response.StatusCode, header: response.Header, raw: string(raw)}
	if bytes.HasPrefix(raw, []byte("{")) {
		if err := json.Unmarshal(raw, &out.body); err != nil {
			a.t.Fatalf("%s answered no JSON: %v\n%s", to, err, raw)
		}
	}
	return out
}

// token sends a token request that client authenticates in its own way.
func (a app) token(client string, form url.Values) answered {
	a.t.Helper()
	return a.post("token", client, form)
}

func (a app) post(endpoint, client string, form url.Values) answered {
	a.t.Helper()
	to := a.server.authURL(a.fault, endpoint)
	switch client {
	case DemoSymmetricID:
		return a.send(http.MethodPost, to, form, "Authorization", basic(client, DemoSecret()))
	case DemoAsymmetricID, DemoBackendID:
		form.Set("client_assertion_type", assertionType)
		form.Set("client_assertion", a.assertion(client))
	default:
		form.Set("client_id", client)
	}
	return a.send(http.MethodPost, to, form)
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

// assertion makes a valid client assertion, changed by edits.
func (a app) assertion(client string, edits ...func(claims map[string]any)) string {
	a.t.Helper()
	now := a.server.now()
	claims := map[string]any{
		"iss": client, "sub": client, "aud": a.server.authURL(a.fault, "token"),
		"exp": now.Add(4 * time.Minute).Unix(), "iat": now.Unix(), "jti": opaque(),
	}
	for _, e := range edits {
		e(claims)
	}
	return signAssertion(a.t, clientKey, claims)
}

func signAssertion(t testing.TB, key jose.JSONWebKey, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// redemption returns the form that redeems a code, changed by edits.
func redemption(code string, edits ...string) url.Values {
	return edit(url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {DemoRedirectURI}, "code_verifier": {verifier},
	}, edits...)
}

// codeOf runs a standalone launch of a new browser up to its code.
func codeOf(t testing.TB, s *Server, fault, client string, j journey, edits ...string) string {
	t.Helper()
	b := newBrowser(t, s)
	v := b.finish(b.authorize(fault, request(s, fault, client, edits...)), j)
	code := v.query.get("code")
	if code == "" {
		t.Fatalf("no code: %s %s", v.address, v.body)
	}
	return code
}

// launchFromPortal presses a launch button and returns the launch URI that the browser is sent to.
func (b *browser) launchFromPortal(fault string, j journey, label string) visited {
	b.t.Helper()
	v := b.finish(b.get(b.server.Portal(fault)), j)
	page := readPage(b.t, v)
	for name, href := range page.links {
		if name == patientName(j.patient) && j.patient != "" {
			page = readPage(b.t, b.get(href))
		}
	}
	href, ok := page.links[label]
	if !ok {
		b.t.Fatalf("no link %q on %s: %v", label, v.address, page.links)
	}
	launched := b.get(href)
	if launched.landed {
		return launched
	}
	return landing(b.t, readPage(b.t, launched).links["iframe"])
}

func TestLaunches(t *testing.T) {
	s := start(t)
	for _, client := range []string{DemoPublicID, DemoSymmetricID, DemoAsymmetricID} {
		for _, j := range []journey{
			{user: PatientUsername},
			{user: ClinicianUsername, patient: "carla-ruiz"},
		} {
			t.Run(client+" standalone "+j.user, func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				a := newApp(t, s, "")
				response := a.token(client, redemption(codeOf(t, s, "", client, j)))
				g.Expect(response.status).To(Equal(http.StatusOK), response.raw)
				expectTokens(t, s, client, j, response)
				g.Expect(response.text("scope")).To(Equal(standaloneScopes))
				g.Expect(response.body).NotTo(HaveKey("need_patient_banner"))
			})
			t.Run(client+" from the portal "+j.user, func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				b := newBrowser(t, s)
				launched := b.launchFromPortal("", j, "Launch "+s.clients[client].Name)
				g.Expect(launched.address).To(HavePrefix(DemoLaunchURI + "?"))
				g.Expect(launched.query.get("iss")).To(Equal(s.Base("")))
				scopes := "launch openid fhirUser offline_access patient/*.rs"
				v := b.finish(b.authorize("", request(s, "", client, "launch", launched.query.get("launch"), "scope", scopes)), j)
				g.Expect(b.pagesSeen("/auth/login")).To(Equal(1), "the session of the portal is used")
				response := newApp(t, s, "").token(client, redemption(v.query.get("code")))
				g.Expect(response.status).To(Equal(http.StatusOK), response.raw)
				expectTokens(t, s, client, j, response)
				g.Expect(response.body).To(HaveKeyWithValue("need_patient_banner", true))
				style := newApp(t, s, "").send(http.MethodGet, response.text("smart_style_url"), nil)
				g.Expect(style.body).To(HaveKey("color_background"))
				g.Expect(style.header.Get("Access-Control-Allow-Origin")).To(Equal("*"))
			})
		}
	}
}

func (b *browser) pagesSeen(path string) int {
	seen := 0
	for _, r := range b.trail {
		if r.StatusCode == http.StatusOK && strings.HasSuffix(r.Request.URL.Path, path) {
			seen++
		}
	}
	return seen
}

// expectTokens checks what every launch yields.
func expectTokens(t *testing.T, s *Server, client string, j journey, response answered) {
	t.Helper()
	g := NewWithT(t)
	patient, user := j.patient, "Practitioner/mei-lin"
	if j.user == PatientUsername {
		patient, user = "amy-shaw", "Patient/amy-shaw"
	}
	g.Expect(response.header.Get("Cache-Control")).To(Equal("no-store"))
	g.Expect(response.header.Get("Pragma")).To(Equal("no-cache"))
	g.Expect(response.header.Get("Strict-Transport-Security")).NotTo(BeEmpty())
	g.Expect(response.body).To(HaveKeyWithValue("token_type", "Bearer"))
	g.Expect(response.body).To(HaveKeyWithValue("expires_in", BeNumerically("==", 3600)))
	g.Expect(response.body).To(HaveKeyWithValue("patient", patient))
	g.Expect(response.text("encounter")).To(HavePrefix(patient))
	g.Expect(response.text("refresh_token")).NotTo(BeEmpty())
	claims := claimsOf(g, s, response.text("id_token"))
	g.Expect(claims).To(And(
		HaveKeyWithValue("iss", s.origin), HaveKeyWithValue("aud", client), HaveKeyWithValue("nonce", "n-1"),
		HaveKeyWithValue("fhirUser", s.Base("")+"/"+user), HaveKey("at_hash"), HaveKey("auth_time"), HaveKey("sub"),
	))
	a := newApp(t, s, "")
	read := a.send(http.MethodGet, s.Base("")+"/Patient/"+patient, nil, "Authorization", "Bearer "+response.text("access_token"))
	g.Expect(read.status).To(Equal(http.StatusOK), read.raw)
	g.Expect(read.body).To(HaveKeyWithValue("resourceType", "Patient"))
}

// claimsOf verifies an ID token with the published keys and returns its claims.
func claimsOf(g *WithT, s *Server, raw string) map[string]any {
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256})
	g.Expect(err).NotTo(HaveOccurred())
	claims := map[string]any{}
	g.Expect(token.Claims(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{s.signingKey.Public()}}, &claims)).To(Succeed())
	return claims
}

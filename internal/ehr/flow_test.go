package ehr

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	. "github.com/onsi/gomega"
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
	g.Expect(token.Claims(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{s.signingKey.Public(), s.successorKey.Public()}}, &claims)).To(Succeed())
	return claims
}

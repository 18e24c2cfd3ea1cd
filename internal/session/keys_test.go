package session

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// issuer signs tokens with keys of which it publishes some.
type issuer struct {
	t    *testing.T
	keys map[string]jose.JSONWebKey
}

func newIssuer(t *testing.T, kids ...string) issuer {
	t.Helper()
	i := issuer{t, map[string]jose.JSONWebKey{}}
	for _, kid := range kids {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		i.keys[kid] = jose.JSONWebKey{Key: key, KeyID: kid}
	}
	return i
}

func (i issuer) sign(kid string, claims map[string]any) string {
	i.t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: i.keys[kid]}, nil)
	if err != nil {
		i.t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		i.t.Fatal(err)
	}
	return token
}

// set is the key set that holds these keys.
func (i issuer) set(kids ...string) string {
	var set jose.JSONWebKeySet
	for _, kid := range kids {
		key := i.keys[kid]
		set.Keys = append(set.Keys, key.Public())
	}
	raw, err := json.Marshal(set)
	if err != nil {
		i.t.Fatal(err)
	}
	return string(raw)
}

// TestKeySetIsReadAgain reads the key set again for a kid that it did not hold, and once for each such kid.
func TestKeySetIsReadAgain(t *testing.T) {
	g := NewWithT(t)
	i := newIssuer(t, "old", "new", "secret")
	sets := []string{i.set("old"), i.set("old", "new")}
	var asked atomic.Int64
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, sets[min(int(asked.Add(1)), len(sets))-1])
	})
	s, m := open(t, server.URL), Metadata{JWKSURI: server.URL}
	for _, step := range []struct {
		kid   string
		holds bool
		asked int64
	}{
		{"old", true, 1}, {"old", true, 1}, {"new", true, 2}, {"new", true, 2}, {"old", true, 2},
		{"secret", false, 3}, {"secret", false, 3}, {"new", true, 3},
	} {
		unread, wrong := s.verify(t.Context(), m, i.sign(step.kid, map[string]any{"sub": "amy"}))
		g.Expect(unread).To(BeEmpty())
		g.Expect(wrong == "").To(Equal(step.holds), "%s: %s", step.kid, wrong)
		g.Expect(asked.Load()).To(Equal(step.asked), step.kid)
	}
}

// TestVerifyAgain tells tokens that a later key set still verifies from those that it does not.
func TestVerifyAgain(t *testing.T) {
	g := NewWithT(t)
	i := newIssuer(t, "old", "new")
	grant := func(kid string) Grant {
		e := evidence.Grant{Token: &evidence.TokenResponse{AccessToken: &evidence.Secret{}, IDToken: &evidence.IDToken{
			Header: map[string]json.RawMessage{"alg": json.RawMessage(`"ES256"`), "kid": json.RawMessage(`"` + kid + `"`)},
		}}}
		return Grant{Tokens: Tokens{ID: i.sign(kid, map[string]any{})}, Evidence: e}
	}
	server := serve(t, answers(200, "application/json", i.set("new")))
	e := open(t, server.URL).VerifyAgain(t.Context(), Metadata{JWKSURI: server.URL}, []Grant{grant("old"), grant("new"), {}})
	g.Expect(e.Published).To(Equal([]string{"new"}))
	g.Expect(e.Tokens).To(HaveLen(2))
	g.Expect(e.Tokens[0].KeyID).To(Equal("old"))
	g.Expect(e.Tokens[0].Later).To(ContainSubstring(`no key of the JWKS has the kid "old"`))
	g.Expect(e.Tokens[1].Later).To(BeEmpty())
}

// TestHashes recomputes at_hash and c_hash with the hash function of the header.
func TestHashes(t *testing.T) {
	sum := sha256.Sum256([]byte("canary-1"))
	right, whole := base64.RawURLEncoding.EncodeToString(sum[:16]), base64.RawURLEncoding.EncodeToString(sum[:])
	for name, tc := range map[string]struct {
		algorithm string
		hash      any
		want      evidence.Fit
	}{
		"right":                     {"ES256", right, evidence.Matches},
		"the whole hash":            {"ES256", whole, evidence.Differs},
		"of another function":       {"RS512", right, evidence.Differs},
		"padded":                    {"PS256", right + "==", evidence.Differs},
		"a number":                  {"RS256", 7, evidence.Differs},
		"an algorithm without hash": {"EdDSA", right, ""},
		"a short algorithm":         {"x", right, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			part := func(v any) string {
				raw, err := json.Marshal(v)
				g.Expect(err).NotTo(HaveOccurred())
				return base64.RawURLEncoding.EncodeToString(raw)
			}
			id := part(map[string]any{"alg": tc.algorithm}) + "." + part(map[string]any{"at_hash": tc.hash}) + "."
			e, _, err := ask(t, open(t, "http://127.0.0.1:1"), answers(200, "application/json", `{"access_token":"canary-1","id_token":"`+id+`"}`))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(e.IDToken.AtHash).To(Equal(tc.want))
			g.Expect(e.IDToken.CHash).To(BeEmpty())
		})
	}
}

// TestUserInfo reads JSON and signed JWTs.
func TestUserInfo(t *testing.T) {
	i := newIssuer(t, "one", "other")
	token := i.sign("one", map[string]any{"sub": "amy"})
	for name, tc := range map[string]struct {
		media, body        string
		sub                string
		problem, signature string
	}{
		"JSON":         {"application/json;charset=utf-8", `{"sub":"amy","name":"Amy"}`, "amy", "", ""},
		"no subject":   {"application/json", `{"sub":7}`, "", "", ""},
		"a page":       {"text/html", `<html>`, "", "not a JSON object", ""},
		"a JWT":        {"application/jwt", token + "\n", "amy", "", ""},
		"a forged JWT": {"application/jwt", i.sign("other", map[string]any{"sub": "amy"}), "amy", "", "no key of the JWKS"},
		"a JWE":        {"application/jwt", "a.b.c.d.e", "", "may be encrypted", ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				switch {
				case strings.HasSuffix(r.URL.Path, "smart-configuration"):
					_, _ = io.WriteString(w, `{`+endpoints+`,"issuer":"http://`+r.Host+`","jwks_uri":"http://`+r.Host+`/jwks"}`)
				case r.URL.Path == "/jwks":
					_, _ = io.WriteString(w, i.set("one"))
				case r.URL.Path == "/userinfo":
					g.Expect(r.Header.Get("Authorization")).To(Equal("Bearer canary-1"))
					w.Header().Set("Content-Type", tc.media)
					_, _ = io.WriteString(w, tc.body)
				}
			})
			s := open(t, server.URL)
			e, err := s.UserInfo(t.Context(), s.Scope("test"), server.URL+"/userinfo", http.MethodGet, "canary-1")
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(e.Subject).To(Equal(tc.sub))
			g.Expect(e.Problem).To(ContainSubstring(tc.problem))
			g.Expect(e.Problem == "").To(Equal(tc.problem == ""), e.Problem)
			g.Expect(e.Signature).To(ContainSubstring(tc.signature))
			g.Expect(e.Signature == "").To(Equal(tc.signature == ""), e.Signature)
		})
	}
}

// TestTokensStayHome sends no token to a UserInfo endpoint on a host of its own.
func TestTokensStayHome(t *testing.T) {
	for userInfo, says := range map[string]string{
		`"HERE/userinfo"`:                   "",
		`"https://ehr.example/userinfo"`:    "", // the host of the token endpoint
		`"http://ehr.example/userinfo"`:     "where no token of this server is sent",
		`"https://elsewhere.test/userinfo"`: "where no token of this server is sent",
		`"/userinfo"`:                       "names no userinfo_endpoint",
		`7`:                                 "names no userinfo_endpoint",
	} {
		t.Run(userInfo, func(t *testing.T) {
			g := NewWithT(t)
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				here := "http://" + r.Host
				if strings.HasSuffix(r.URL.Path, "smart-configuration") {
					_, _ = io.WriteString(w, `{`+endpoints+`,"issuer":"`+here+`"}`)
					return
				}
				_, _ = io.WriteString(w, `{"userinfo_endpoint":`+strings.ReplaceAll(userInfo, "HERE", here)+`}`)
			})
			_, err := open(t, server.URL).UserInfoEndpoint(t.Context())
			if says == "" {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			reason, lacking := Lacking(err)
			g.Expect(lacking).To(BeTrue(), "%v", err)
			g.Expect(reason).To(ContainSubstring(says))
		})
	}
}

package ehr

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

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

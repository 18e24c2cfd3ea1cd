package ehr

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// symmetricDemonstrations are those of secrets that need more than a guess.
var symmetricDemonstrations = []demonstration{
	{faults.SecretEmptyAccepted, bySecret(func(*lab) string { return "" }), "401 invalid_client", "tokens"},
	{faults.SecretOfOtherAccepted, bySecret(func(l *lab) string { return l.registered(confidential).text("client_secret") }), "401 invalid_client", "tokens"},
	{faults.BasicNotDecoded, func(l *lab) string { return verdict(l.redeem(DemoSymmetricID)) }, "tokens", "401 invalid_client"},
	{faults.SecretInBodyIgnored, func(l *lab) string {
		form := redemption(l.codeFor(DemoSymmetricID, amy), "client_id", DemoSymmetricID, "client_secret", DemoSecret())
		return verdict(l.send(http.MethodPost, l.s.authURL(l.fault, "token"), form))
	}, "tokens", "401 invalid_client"},
	{faults.BackendBySecret, func(l *lab) string {
		return verdict(l.token(DemoSymmetricID, url.Values{"grant_type": {"client_credentials"}, "scope": {"system/Observation.rs"}}))
	}, "400 unauthorized_client", "tokens"},
}

func bySecret(secret func(*lab) string) func(*lab) string {
	return func(l *lab) string {
		form := redemption(l.codeFor(DemoSymmetricID, amy))
		return verdict(l.send(http.MethodPost, l.s.authURL(l.fault, "token"), form, "Authorization", basic(DemoSymmetricID, secret(l))))
	}
}

var registrationDemonstrations = []demonstration{
	{faults.RegistrationStatus200, registering(func(a answered) string { return fmt.Sprint(a.status) }), "201", "200"},
	{faults.RegistrationIDMissing, registering(member("client_id")), "string", "absent"},
	{faults.RegistrationIDRepeats, twoOf("client_id"), "differ", "same"},
	{faults.RegistrationSecretShared, twoOf("client_secret"), "differ", "same"},
	{faults.RegistrationEchoMissing, registering(member("token_endpoint_auth_method")), "string", "absent"},
	{faults.RegistrationExpiryMissing, registering(member("client_secret_expires_at")), "float64", "absent"},
	{faults.RegistrationExpiryMillis, registering(func(a answered) string {
		at, _ := a.body["client_secret_expires_at"].(float64)
		return fmt.Sprint(at > 1e12)
	}), "false", "true"},
	{faults.RegistrationCacheable, registering(headerOf("Cache-Control")), "no-store", ""},
	{faults.RegistrationTokenWithheld, registering(member("registration_access_token")), "string", "absent"},
	{faults.RegistrationNotUsable, func(l *lab) string {
		return outcome(l.run(l.registered(confidential).text("client_id"), amy))
	}, "code", "page 400"},
	{faults.RegistrationKeysForgotten, func(l *lab) string {
		id := l.registered("token_endpoint_auth_method", "private_key_jwt", "grant_types", []string{"client_credentials"}, "jwks", clientKeySet()).text("client_id")
		return verdict(l.backend(l.assertion(id)))
	}, "tokens", "401 invalid_client"},
	{faults.RegistrationPlainRedirect, refusing("redirect_uris", []string{"http://app.example.org/callback"}), "400 invalid_redirect_uri", "201"},
	{faults.RegistrationScriptRedirect, refusing("redirect_uris", []string{"JavaScript:alert(1)"}), "400 invalid_redirect_uri", "201"},
	{faults.RegistrationFragmentRedirect, refusing("redirect_uris", []string{DemoRedirectURI + "#here"}), "400 invalid_redirect_uri", "201"},
	{faults.RegistrationRedirectOptional, refusing("redirect_uris", nil), "400 invalid_redirect_uri", "201"},
	{faults.RegistrationErrorText, func(l *lab) string {
		return l.register("grant_types", "telepathy").header.Get("Content-Type")
	}, "application/json", "text/plain; charset=utf-8"},
	{faults.RegistrationErrorOther, refusing("grant_types", []string{"telepathy"}), "400 invalid_client_metadata", "400 invalid_request"},
	{faults.RegistrationBothKeySets, refusing("jwks", clientKeySet(), "jwks_uri", "https://app.example.org/jwks"), "400 invalid_client_metadata", "201"},
	{faults.RegistrationInconsistent, refusing("response_types", []string{"token"}), "400 invalid_client_metadata", "201"},
	{faults.RegistrationUnknownRefused, refusing("example_favourite", "blue"), "201", "400 invalid_client_metadata"},
	{faults.RegistrationStatementUnverified, func(l *lab) string {
		claims := base64.RawURLEncoding.EncodeToString([]byte(`{"client_name":"Trusted"}`))
		return l.register("client_name", "Honest", "software_statement", "e30."+claims+".").text("client_name")
	}, "Honest", "Trusted"},
	{faults.InitialTokenUnchecked, func(l *lab) string {
		return verdict(l.registerAs("Bearer guess")) + ", " + verdict(l.registerAs(""))
	}, "401 invalid_token, 201", "201, 401"},
	{faults.RegistrationReadForgets, func(l *lab) string { return member("redirect_uris")(l.manage(http.MethodGet, l.registered())) }, "[]interface {}", "absent"},
	{faults.RegistrationUpdateIgnored, func(l *lab) string {
		r := l.registered()
		l.update(r, "client_name", "Renamed")
		return l.manage(http.MethodGet, r).text("client_name")
	}, "Renamed", "Registered"},
	{faults.RegistrationUpdateAugments, func(l *lab) string {
		r := l.registered()
		l.update(r, "redirect_uris", []string{DemoRedirectURI + "/moved"})
		return fmt.Sprint(len(l.manage(http.MethodGet, r).body["redirect_uris"].([]any)))
	}, "1", "2"},
	{faults.RegistrationSecretChosen, func(l *lab) string {
		return verdict(l.update(l.registered(confidential), "client_secret", "mine"))
	}, "400 invalid_client_metadata", "200"},
	{faults.RegistrationTokenUnchecked, func(l *lab) string {
		r := l.registered()
		r.body["registration_access_token"] = "guess"
		return verdict(l.manage(http.MethodGet, r))
	}, "401 invalid_token", "200"},
	{faults.RegistrationTokenAnyClient, func(l *lab) string {
		r := l.registered()
		r.body["registration_access_token"] = l.registered().text("registration_access_token")
		return verdict(l.manage(http.MethodGet, r))
	}, "401 invalid_token", "200"},
	{faults.RegistrationDelete200, func(l *lab) string { return fmt.Sprint(l.manage(http.MethodDelete, l.registered()).status) }, "204", "200"},
	{faults.RegistrationDeleteKeepsClient, func(l *lab) string {
		r := l.registered()
		l.manage(http.MethodDelete, r)
		return outcome(l.run(r.text("client_id"), amy))
	}, "page 400", "code"},
	{faults.RegistrationDeletedNotFound, func(l *lab) string {
		r := l.registered()
		l.manage(http.MethodDelete, r)
		return fmt.Sprint(l.manage(http.MethodGet, r).status)
	}, "401", "404"},
	{faults.RegistrationDeleteKeepsTokens, func(l *lab) string {
		r := l.registered()
		tokens := l.redeem(r.text("client_id"))
		l.manage(http.MethodDelete, r)
		return fmt.Sprint(l.userinfo(tokens).status)
	}, "401", "200"},
}

// confidential asks for a client with a secret.
const confidential = "client_secret_basic"

func clientKeySet() json.RawMessage {
	raw, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{clientKey.Public()}})
	if err != nil {
		panic(err)
	}
	return raw
}

// register registers a public client, with members of its metadata changed; a method alone stands for
// token_endpoint_auth_method.
func (l *lab) register(changes ...any) answered {
	l.t.Helper()
	return l.registerAs("", changes...)
}

func (l *lab) registerAs(authorization string, changes ...any) answered {
	l.t.Helper()
	metadata := map[string]any{
		"client_name": "Registered", "redirect_uris": []string{DemoRedirectURI}, "token_endpoint_auth_method": "none",
		"grant_types": []string{"authorization_code", "refresh_token"},
	}
	if len(changes) == 1 {
		changes = []any{"token_endpoint_auth_method", changes[0]}
	}
	change(metadata, changes...)
	return l.sendJSON(http.MethodPost, l.s.authURL(l.fault, "register"), authorization, metadata)
}

func change(metadata map[string]any, changes ...any) {
	for pair := range slices.Chunk(changes, 2) {
		metadata[pair[0].(string)] = pair[1]
		if pair[1] == nil {
			delete(metadata, pair[0].(string))
		}
	}
}

// registered registers a client, which must succeed.
func (l *lab) registered(changes ...any) answered {
	l.t.Helper()
	a := l.register(changes...)
	if a.text("client_id") == "" {
		l.t.Fatalf("not registered: %d %s", a.status, a.raw)
	}
	return a
}

func (l *lab) sendJSON(method, to, authorization string, body any) answered {
	l.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		l.t.Fatal(err)
	}
	r, err := http.NewRequest(method, to, bytes.NewReader(raw))
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	response, err := l.client.Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	defer response.Body.Close()
	out := answered{status: response.StatusCode, header: response.Header}
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	out.raw = string(answer)
	_ = json.Unmarshal(answer, &out.body) // not every answer has one
	return out
}

// manage makes a request about a registration with its token.
func (l *lab) manage(method string, r answered) answered {
	l.t.Helper()
	return l.send(method, r.text("registration_client_uri"), nil, "Authorization", "Bearer "+r.text("registration_access_token"))
}

// update replaces the metadata of a registration by what it was, with members changed.
func (l *lab) update(r answered, changes ...any) answered {
	l.t.Helper()
	metadata := maps.Clone(r.body)
	for _, own := range []string{"registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"} {
		delete(metadata, own)
	}
	change(metadata, changes...)
	return l.sendJSON(http.MethodPut, r.text("registration_client_uri"), "Bearer "+r.text("registration_access_token"), metadata)
}

func registering(show func(answered) string) func(*lab) string {
	return func(l *lab) string { return show(l.register(confidential)) }
}

func refusing(changes ...any) func(*lab) string {
	return func(l *lab) string { return verdict(l.register(changes...)) }
}

// twoOf says whether two registrations have the same value.
func twoOf(name string) func(*lab) string {
	return func(l *lab) string {
		if strings.EqualFold(l.registered(confidential).text(name), l.registered(confidential).text(name)) {
			return "same"
		}
		return "differ"
	}
}

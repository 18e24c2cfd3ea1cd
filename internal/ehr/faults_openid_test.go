package ehr

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

// header returns a demonstration step that shows a member of the header of the ID token.
func header(name string) func(*lab) string {
	return func(l *lab) string {
		raw, _, _ := strings.Cut(l.redeem(DemoPublicID).text("id_token"), ".")
		decoded, err := base64.RawURLEncoding.DecodeString(raw)
		if err != nil {
			l.t.Fatal(err)
		}
		var members map[string]any
		if err := json.Unmarshal(decoded, &members); err != nil {
			l.t.Fatal(err)
		}
		if text, ok := members[name].(string); ok && name == "alg" {
			return text
		}
		return fmt.Sprintf("%T", members[name])
	}
}

// subject returns the sub of an ID token.
func subject(l *lab, tokens answered) string {
	return fmt.Sprint(unverified(l.t, tokens.text("id_token"))["sub"])
}

// half hashes as an app does that checks at_hash and c_hash.
func half(value string) string {
	sum := sha256.Sum256([]byte(value))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func accessHash(l *lab) string {
	tokens := l.redeem(DemoPublicID)
	return fmt.Sprint(unverified(l.t, tokens.text("id_token"))["at_hash"] == half(tokens.text("access_token")))
}

// verifies checks an ID token against the keys that the tenant publishes now.
func (l *lab) verifies(raw string) bool {
	l.t.Helper()
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(l.send(http.MethodGet, l.s.authURL(l.fault, "jwks"), nil).raw), &keys); err != nil {
		l.t.Fatal(err)
	}
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256})
	return err == nil && token.Claims(keys, &jwt.Claims{}) == nil
}

// rotation gets ID tokens until the next key has taken over, and says whether the first and the last of
// them verify afterwards.
func rotation(l *lab) string {
	first := l.redeem(DemoPublicID).text("id_token")
	last := ""
	for range turnover {
		last = l.redeem(DemoPublicID).text("id_token")
	}
	return fmt.Sprint(l.verifies(first), l.verifies(last))
}

// again returns a demonstration step that shows where a second request of a signed-in browser leads first.
func again(edits ...string) func(*lab) string {
	return func(l *lab) string {
		b, v := l.open(DemoPublicID)
		b.finish(v, amy)
		v = b.authorize(l.fault, request(l.s, l.fault, DemoPublicID, edits...))
		switch {
		case v.landed:
			return outcome(v)
		case strings.Contains(readPage(l.t, v).action, "/auth/login"):
			return "login"
		default:
			return "no login"
		}
	}
}

// userinfoStatus calls the UserInfo endpoint.
func (l *lab) userinfoStatus(method string, header ...string) string {
	return fmt.Sprint(l.send(method, l.s.authURL(l.fault, "userinfo"), nil, header...).status)
}

var openIDDemonstrations = []demonstration{
	{faults.IDTokenAZPOther, kind("azp"), "<nil>", "string"},
	{faults.IDTokenSubjectUnstable, func(l *lab) string {
		return fmt.Sprint(subject(l, l.redeem(DemoPublicID)) == subject(l, l.redeem(DemoPublicID)))
	}, "true", "false"},
	{faults.IDTokenSubjectShared, func(l *lab) string {
		ben := l.token(DemoPublicID, redemption(l.codeFor(DemoPublicID, journey{user: OtherPatientUsername})))
		return fmt.Sprint(subject(l, l.redeem(DemoPublicID)) == subject(l, ben))
	}, "false", "true"},
	{faults.IDTokenSubjectLong, func(l *lab) string { return fmt.Sprint(len(subject(l, l.redeem(DemoPublicID)))) }, "32", "300"},
	{faults.IDTokenSubjectRefreshed, func(l *lab) string {
		first := l.redeem(DemoPublicID)
		return fmt.Sprint(subject(l, first) == subject(l, l.refresh(DemoPublicID, first.text("refresh_token"))))
	}, "true", "false"},
	{faults.IDTokenNonceDecoded, func(l *lab) string {
		return fmt.Sprint(unverified(l.t, l.token(DemoPublicID, redemption(l.codeFor(DemoPublicID, amy, "nonce", "a%2Bb"))).text("id_token"))["nonce"])
	}, "a%2Bb", "a+b"},
	{faults.IDTokenAuthTimeMissing, kind("auth_time"), "float64", "<nil>"},
	{faults.IDTokenHashWhole, accessHash, "true", "false"},
	{faults.IDTokenHashFunction, accessHash, "true", "false"},
	{faults.IDTokenCodeHashOther, func(l *lab) string {
		code := l.codeFor(DemoPublicID, amy)
		return fmt.Sprint(unverified(l.t, l.token(DemoPublicID, redemption(code)).text("id_token"))["c_hash"] == half(code))
	}, "true", "false"},
	{faults.IDTokenAlgorithmUnlisted, header("alg"), "RS256", "RS512"},
	{faults.IDTokenKeyUnnamed, header("kid"), "string", "<nil>"},
	{faults.IDTokenKeyInHeader, header("jwk"), "<nil>", "map[string]interface {}"},
	{faults.IDTokenUnasked, func(l *lab) string {
		return member("id_token")(l.token(DemoPublicID, redemption(l.codeFor(DemoPublicID, amy, "scope", "patient/Patient.rs"))))
	}, "absent", "string"},
	{faults.FHIRUserOtherBase, fhirUser(func(_ *lab, path string) string { return path[:min(len(path), 8)] }), "/Patient", "-r4b/Pat"},
	{faults.SigningKeyVanishes, rotation, "true true", "false true"},
	{faults.SigningKeyUnannounced, rotation, "true true", "true false"},
	{faults.UserInfoSubjectOther, func(l *lab) string {
		return fmt.Sprint(l.userinfo(l.redeem(DemoPublicID)).body["sub"] == PatientUsername)
	}, "false", "true"},
	{faults.UserInfoSubjectMissing, func(l *lab) string { return member("sub")(l.userinfo(l.redeem(DemoPublicID))) }, "string", "absent"},
	{faults.UserInfoPostRefused, func(l *lab) string {
		return l.userinfoStatus(http.MethodPost, "Authorization", "Bearer "+l.redeem(DemoPublicID).text("access_token"))
	}, "200", "405"},
	{faults.UserInfoAnonymous, func(l *lab) string { return l.userinfoStatus(http.MethodGet) }, "401", "200"},
	{faults.UserInfoAnyScope, func(l *lab) string {
		plain := l.token(DemoPublicID, redemption(l.codeFor(DemoPublicID, amy, "scope", "patient/Patient.rs")))
		return fmt.Sprint(l.userinfo(plain).status)
	}, "403", "200"},
	{faults.PromptNoneSignIn, standalone("prompt", "none"), "error login_required", "code"},
	{faults.PromptNoneConsent, again("prompt", "none"), "error consent_required", "no login"},
	{faults.PromptNoneErrorPage, standalone("prompt", "none"), "error login_required", "page 400"},
	{faults.PromptLoginIgnored, again("prompt", "login"), "login", "no login"},
	{faults.MaxAgeIgnored, again("max_age", "0"), "login", "no login"},
	{faults.ACRValuesRefused, standalone("acr_values", "urn:example:gold"), "code", "error invalid_request"},
	{faults.RequestIgnored, standalone("request", "e30.e30."), "error request_not_supported", "code"},
	{faults.RequestURIIgnored, standalone("request_uri", "https://app.example.org/request"), "error request_uri_not_supported", "code"},
}

package ehr

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
)

var tokenDemonstrations = []demonstration{
	{faults.TokenRepeatsAccepted, func(l *lab) string {
		form := redemption(l.codeFor(DemoPublicID, amy))
		form.Add("redirect_uri", "https://app.example.org/other")
		return verdict(l.token(DemoPublicID, form))
	}, "400 invalid_request", "tokens"},
	{faults.TokenResponseTextPlain, response(headerOf("Content-Type")), "application/json", "text/plain; charset=utf-8"},
	{faults.AccessTokenMissing, response(member("access_token")), "string", "absent"},
	{faults.TokenTypeMAC, response(func(a answered) string { return a.text("token_type") }), "Bearer", "mac"},
	{faults.ExpiresInMissing, response(member("expires_in")), "float64", "absent"},
	{faults.ExpiresInString, response(member("expires_in")), "float64", "string"},
	{faults.AccessTokenDayLong, response(func(a answered) string { return fmt.Sprint(a.body["expires_in"]) }), "3600", "86400"},
	{faults.ScopeOmitted, response(member("scope")), "string", "absent"},
	{faults.AccessTokenIllegal, response(func(a answered) string { return fmt.Sprint(strings.ContainsAny(a.text("access_token"), `" `)) }), "false", "true"},
	{faults.TokenCacheable, response(headerOf("Cache-Control")), "no-store", ""},
	{faults.TokenPragmaMissing, response(headerOf("Pragma")), "no-cache", ""},
	{faults.TokenErrorHTML, func(l *lab) string {
		return l.token(DemoPublicID, redemption("nonsense")).header.Get("Content-Type")
	}, "application/json", "text/html; charset=utf-8"},
	{faults.TokenError200, unknownCode, "400 invalid_grant", "200 invalid_grant"},
	{faults.BadCodeOtherError, unknownCode, "400 invalid_grant", "400 invalid_request"},
	{faults.UnsupportedGrantOther, redeemed("grant_type", "telepathy"), "400 unsupported_grant_type", "400 invalid_grant"},
	{faults.GrantTypeMissingAccepted, redeemed("grant_type", ""), "400 invalid_request", "tokens"},
	{faults.CodeReusable, func(l *lab) string {
		_, second := l.twice()
		return verdict(second)
	}, "400 invalid_grant", "tokens"},
	{faults.CodeReplayKeepsTokens, func(l *lab) string {
		first, _ := l.twice()
		return fmt.Sprint(l.userinfo(first).status)
	}, "401", "200"},
	{faults.CodeAnyClient, func(l *lab) string {
		return verdict(l.token(DemoSymmetricID, redemption(l.codeFor(DemoPublicID, amy))))
	}, "400 invalid_grant", "tokens"},
	{faults.TokenRedirectUnchecked, redeemed("redirect_uri", "https://app.example.org/other"), "400 invalid_grant", "tokens"},
	{faults.TokenRedirectOptional, redeemed("redirect_uri", ""), "400 invalid_request", "tokens"},
	{faults.TokenGetAccepted, func(l *lab) string {
		query := redemption(l.codeFor(DemoPublicID, amy), "client_id", DemoPublicID)
		return verdict(l.send(http.MethodGet, l.s.authURL(l.fault, "token")+"?"+query.Encode(), nil))
	}, "405 invalid_request", "tokens"},
	{faults.ConfidentialNoSecret, func(l *lab) string {
		form := redemption(l.codeFor(DemoSymmetricID, amy), "client_id", DemoSymmetricID)
		return verdict(l.send(http.MethodPost, l.s.authURL(l.fault, "token"), form))
	}, "401 invalid_client", "tokens"},
	{faults.CodeForgotten, func(l *lab) string {
		form := redemption(l.codeFor(DemoPublicID, amy))
		first := verdict(l.token(DemoPublicID, form))
		time.Sleep(forgottenAfter)
		return first + ", later " + verdict(l.token(DemoPublicID, form))
	}, "tokens, later 400 invalid_grant", "tokens, later tokens"},
	{faults.CodeRace, func(l *lab) string {
		form := redemption(l.codeFor(DemoPublicID, amy))
		verdicts := make([]string, 2)
		var wait sync.WaitGroup
		for i := range verdicts {
			wait.Go(func() { verdicts[i] = verdict(l.token(DemoPublicID, form)) })
		}
		wait.Wait()
		return fmt.Sprintf("%d issued, %s afterwards", strings.Count(strings.Join(verdicts, " "), "tokens"), verdict(l.token(DemoPublicID, form)))
	}, "1 issued, 400 invalid_grant afterwards", "2 issued, 400 invalid_grant afterwards"},
	{faults.CodeMissingOtherError, redeemed("code", ""), "400 invalid_request", "400 invalid_grant"},
	{faults.UnknownClientOtherError, func(l *lab) string {
		return verdict(l.send(http.MethodPost, l.s.authURL(l.fault, "token"), redemption("nonsense", "client_id", "nobody")))
	}, "401 invalid_client", "400 invalid_request"},
	{faults.TokenErrorQuotes, func(l *lab) string {
		return l.token(DemoPublicID, redemption("nonsense")).text("error_description")
	}, "the code is unknown", `the code "nonsense" is unknown`},
	{faults.TokenErrorCacheable, func(l *lab) string {
		return l.token(DemoPublicID, redemption("nonsense")).header.Get("Cache-Control")
	}, "no-store", "public, max-age=3600"},
	{faults.TokenQueryAccepted, func(l *lab) string {
		form := redemption(l.codeFor(DemoPublicID, amy), "client_id", DemoPublicID)
		code := form.Get("code")
		form.Del("code")
		return verdict(l.send(http.MethodPost, l.s.authURL(l.fault, "token")+"?code="+code, form))
	}, "400 invalid_request", "tokens"},
	{faults.CodeShort, func(l *lab) string { return fmt.Sprint(len(l.codeFor(DemoPublicID, amy))) }, "43", "12"},
	{faults.CodeCounted, func(l *lab) string {
		return fmt.Sprint(strings.HasPrefix(l.codeFor(DemoPublicID, amy), "harbour-clinic-0000"))
	}, "false", "true"},
	{faults.AccessTokenCounted, response(func(a answered) string {
		return fmt.Sprint(strings.Contains(a.text("access_token"), strings.Repeat("0", 24)))
	}), "false", "true"},
	{faults.AccessTokenUnsigned, response(func(a answered) string {
		return fmt.Sprint(strings.Count(a.text("access_token"), "."), strings.HasSuffix(a.text("access_token"), "."))
	}), "0 false", "2 true"},
	{faults.RefreshTokenTime, func(l *lab) string {
		first, second := l.redeem(DemoPublicID).text("refresh_token"), l.redeem(DemoPublicID).text("refresh_token")
		return fmt.Sprint(first != second, first[:len("refresh-")+5] == second[:len("refresh-")+5])
	}, "true false", "true true"},
	{faults.AccessTokenScopes, response(func(a answered) string {
		claims := strings.Split(a.text("access_token"), ".")
		body, _ := base64.RawURLEncoding.DecodeString(claims[len(claims)/2])
		return fmt.Sprint(len(claims), strings.Contains(string(body), "openid"))
	}), "1 false", "3 true"},
	{faults.DetailsMalformed, details(func(_ *lab, _ answered, d map[string]any) string { return fmt.Sprintf("%T", d["locations"]) }), "[]interface {}", "string"},
	{faults.DetailsRefused, details(func(l *lab, tokens answered, d map[string]any) string {
		locations := d["locations"].([]any)
		last := fmt.Sprint(locations[len(locations)-1], "/Patient/", tokens.text("patient"))
		return fmt.Sprint(l.send(http.MethodGet, last, nil, "Authorization", "Bearer "+tokens.text("access_token")).status)
	}), "200", "401"},
	{faults.PublicOutlives, func(l *lab) string {
		return fmt.Sprint(l.redeem(DemoPublicID).body["expires_in"], l.redeem(DemoSymmetricID).body["expires_in"])
	}, "3600 3600", "3600 600"},
	{faults.PasswordGrant, func(l *lab) string {
		return verdict(l.token(DemoPublicID, url.Values{
			"grant_type": {"password"}, "username": {PatientUsername}, "password": {PatientPassword}, "scope": {"patient/*.rs"},
		}))
	}, "400 unsupported_grant_type", "tokens"},
}

// details returns a demonstration step that shows something of the authorization_details of a token response.
func details(show func(l *lab, tokens answered, d map[string]any) string) func(*lab) string {
	return func(l *lab) string {
		tokens := l.redeem(DemoPublicID)
		return show(l, tokens, tokens.body["authorization_details"].([]any)[0].(map[string]any))
	}
}

func unknownCode(l *lab) string { return verdict(l.token(DemoPublicID, redemption("nonsense"))) }

// twice redeems one code two times.
func (l *lab) twice() (first, second answered) {
	l.t.Helper()
	form := redemption(l.codeFor(DemoPublicID, amy))
	return l.token(DemoPublicID, form), l.token(DemoPublicID, form)
}

func (l *lab) userinfo(tokens answered) answered {
	l.t.Helper()
	return l.send(http.MethodGet, l.s.authURL(l.fault, "userinfo"), nil, "Authorization", "Bearer "+tokens.text("access_token"))
}

// assert returns a demonstration step that sends a backend token request with the assertion that make returns.
func assert(make func(l *lab) string) func(*lab) string {
	return func(l *lab) string {
		return verdict(l.backend(make(l)))
	}
}

func (l *lab) backend(assertion string, edits ...string) answered {
	l.t.Helper()
	return l.send(http.MethodPost, l.s.authURL(l.fault, "token"), edit(url.Values{
		"grant_type": {"client_credentials"}, "scope": {"system/Observation.rs"},
		"client_assertion_type": {assertionType}, "client_assertion": {assertion},
	}, edits...))
}

var clientAuthDemonstrations = []demonstration{
	{faults.SecretUnchecked, wrongSecret(func(a answered) string { return verdict(a) }), "401 invalid_client", "tokens"},
	{faults.InvalidClientNoChallenge, wrongSecret(func(a answered) string {
		return fmt.Sprint(a.status, " ", strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic "))
	}), "401 true", "400 false"},
	{faults.SecretInQuery, func(l *lab) string {
		form := redemption(l.codeFor(DemoSymmetricID, amy), "client_id", DemoSymmetricID)
		return verdict(l.send(http.MethodPost, l.s.authURL(l.fault, "token")+"?client_secret="+url.QueryEscape(DemoSecret()), form))
	}, "401 invalid_client", "tokens"},
	{faults.TwoMethodsAccepted, func(l *lab) string {
		form := redemption(l.codeFor(DemoSymmetricID, amy), "client_id", DemoSymmetricID, "client_secret", DemoSecret())
		return verdict(l.send(http.MethodPost, l.s.authURL(l.fault, "token"), form, "Authorization", basic(DemoSymmetricID, DemoSecret())))
	}, "400 invalid_request", "tokens"},
	{faults.AssertionUnverified, assert(func(l *lab) string {
		stranger := newClientKey()
		return signAssertion(l.t, stranger, map[string]any{
			"iss": DemoBackendID, "sub": DemoBackendID, "aud": l.s.authURL(l.fault, "token"),
			"exp": l.s.now().Unix() + 60, "jti": opaque(),
		})
	}), "401 invalid_client", "tokens"},
	{faults.AssertionAudUnchecked, assert(func(l *lab) string {
		return l.assertion(DemoBackendID, func(c map[string]any) { c["aud"] = "https://other.example/token" })
	}), "401 invalid_client", "tokens"},
	{faults.AssertionExpUnchecked, assert(func(l *lab) string {
		return l.assertion(DemoBackendID, func(c map[string]any) { c["exp"] = l.s.now().Unix() - 60 })
	}), "401 invalid_client", "tokens"},
	{faults.AssertionReplayable, func(l *lab) string {
		assertion := l.assertion(DemoBackendID)
		return verdict(l.backend(assertion)) + ", " + verdict(l.backend(assertion))
	}, "tokens, 401 invalid_client", "tokens, tokens"},
}

func wrongSecret(show func(answered) string) func(*lab) string {
	return func(l *lab) string {
		form := redemption(l.codeFor(DemoSymmetricID, amy))
		return show(l.send(http.MethodPost, l.s.authURL(l.fault, "token"), form, "Authorization", basic(DemoSymmetricID, "guess")))
	}
}

// scopesFor returns a demonstration step that shows the scopes granted for the requested ones.
func scopesFor(j journey, requested string) func(*lab) string {
	return func(l *lab) string {
		return l.token(DemoPublicID, redemption(l.codeFor(DemoPublicID, j, "scope", requested))).text("scope")
	}
}

var scopeDemonstrations = []demonstration{
	{faults.ScopeWidened, scopesFor(amy, "patient/Patient.rs"), "patient/Patient.rs", "patient/Patient.rs patient/*.cruds user/*.cruds"},
	{faults.ScopeWriteAdded, scopesFor(amy, "patient/Patient.rs patient/Observation.read"), "patient/Patient.rs patient/Observation.read", "patient/Patient.cruds patient/Observation.*"},
	{faults.ScopeCommaSeparated, scopesFor(amy, "openid patient/Patient.rs"), "openid patient/Patient.rs", "openid,patient/Patient.rs"},
	{faults.V2ScopesDropped, scopesFor(amy, "patient/Patient.rs patient/Patient.read"), "patient/Patient.rs patient/Patient.read", "patient/Patient.read"},
	{faults.V1ScopesDropped, scopesFor(amy, "patient/Patient.rs patient/Patient.read"), "patient/Patient.rs patient/Patient.read", "patient/Patient.rs"},
	{faults.V1ReturnedAsV2, scopesFor(amy, "patient/Patient.read patient/Observation.*"), "patient/Patient.read patient/Observation.*", "patient/Patient.rs patient/Observation.cruds"},
	{faults.ConsentChoiceIgnored, scopesFor(journey{user: PatientUsername, untick: []string{"patient/Patient.rs"}}, "openid patient/Patient.rs"), "openid", "openid patient/Patient.rs"},
	{faults.PatientContextMissing, response(member("patient")), "string", "absent"},
	{faults.EncounterMissing, response(member("encounter")), "string", "absent"},
}

// inContext returns a demonstration step that shows one member of the token response of a launch from the chart of Carla Ruiz.
func inContext(name string) func(*lab) string {
	return fromPortal(func(_ visited, tokens answered) string { return fmt.Sprint(tokens.body[name]) })
}

var contextDemonstrations = []demonstration{
	{faults.PatientNotString, inContext("patient"), "carla-ruiz", "map[reference:Patient/carla-ruiz]"},
	{faults.PatientUnknown, inContext("patient"), "carla-ruiz", "nobody"},
	{faults.EncounterOfOther, fromPortal(func(_ visited, tokens answered) string {
		return fmt.Sprint(strings.HasPrefix(tokens.text("encounter"), "carla-ruiz"))
	}), "true", "false"},
	{faults.ContextNested, fromPortal(func(_ visited, tokens answered) string {
		return member("patient")(tokens) + " " + member("launch_context")(tokens)
	}), "string absent", "absent map[string]interface {}"},
	{faults.BannerString, fromPortal(func(_ visited, tokens answered) string {
		return member("need_patient_banner")(tokens)
	}), "bool", "string"},
	{faults.StyleURLRelative, fromPortal(func(_ visited, tokens answered) string {
		return fmt.Sprint(strings.HasPrefix(tokens.text("smart_style_url"), "https://"))
	}), "true", "false"},
	{faults.StyleURLBroken, func(l *lab) string {
		_, tokens := l.launched(DemoPublicID)
		return fmt.Sprint(l.send(http.MethodGet, tokens.text("smart_style_url"), nil).status)
	}, "200", "404"},
	{faults.LaunchPatientOther, inContext("patient"), "carla-ruiz", "amy-shaw"},
	{faults.PickerChoiceIgnored, func(l *lab) string {
		return l.token(DemoPublicID, redemption(l.codeFor(DemoPublicID, lin))).text("patient")
	}, "carla-ruiz", "amy-shaw"},
}

// claim returns a demonstration step that shows something of the ID token, whoever signed it.
func claim(show func(l *lab, claims map[string]any) string) func(*lab) string {
	return func(l *lab) string {
		return show(l, unverified(l.t, l.redeem(DemoPublicID).text("id_token")))
	}
}

func kind(name string) func(*lab) string {
	return claim(func(_ *lab, claims map[string]any) string { return fmt.Sprintf("%T", claims[name]) })
}

func fhirUser(show func(l *lab, url string) string) func(*lab) string {
	return claim(func(l *lab, claims map[string]any) string {
		url, _ := claims["fhirUser"].(string)
		return show(l, strings.TrimPrefix(url, l.s.Base(l.fault)))
	})
}

var idTokenDemonstrations = []demonstration{
	{faults.IDTokenMissing, response(member("id_token")), "string", "absent"},
	{faults.IDTokenUnknownKey, signature, "verified", "not verified"},
	{faults.IDTokenUnsigned, signature, "verified", "not verified"},
	{faults.IDTokenIssuerOther, claim(func(l *lab, c map[string]any) string { return fmt.Sprint(c["iss"] == l.s.root(l.fault)) }), "true", "false"},
	{faults.IDTokenAudienceOther, claim(func(_ *lab, c map[string]any) string { return fmt.Sprint(c["aud"] == DemoPublicID) }), "true", "false"},
	{faults.IDTokenExpired, claim(func(l *lab, c map[string]any) string {
		exp, _ := c["exp"].(float64)
		return fmt.Sprint(exp > float64(l.s.now().Unix()))
	}), "true", "false"},
	{faults.IDTokenTimesStrings, kind("exp"), "float64", "string"},
	{faults.IDTokenNonceMissing, kind("nonce"), "string", "<nil>"},
	{faults.IDTokenSubjectMissing, kind("sub"), "string", "<nil>"},
	{faults.FHIRUserMissing, kind("fhirUser"), "string", "<nil>"},
	{faults.FHIRUserWrongType, fhirUser(func(_ *lab, path string) string { return path }), "/Patient/amy-shaw", "/Organization/harbour-clinic"},
	{faults.FHIRUserUnreadable, func(l *lab) string {
		tokens := l.redeem(DemoPublicID)
		url, _ := unverified(l.t, tokens.text("id_token"))["fhirUser"].(string)
		return fmt.Sprint(l.send(http.MethodGet, url, nil, "Authorization", "Bearer "+tokens.text("access_token")).status)
	}, "200", "404"},
}

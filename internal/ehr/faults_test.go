package ehr

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/ehr/faults"
	"github.com/smart-conformance/smartcheck/internal/ehr/fhir"
)

// demonstration shows a defect at the level of HTTP: the same actions, seen at the EHR without the
// defect and with it.
type demonstration struct {
	fault  faults.Fault
	see    func(*lab) string
	clean  string
	broken string
}

// lab is where a demonstration runs: one tenant, seen by an app and its user.
type lab struct {
	app
	s *Server
}

func demonstrations() []demonstration {
	return slices.Concat(authorizeDemonstrations, pageDemonstrations, launchDemonstrations, pkceDemonstrations,
		tokenDemonstrations, clientAuthDemonstrations, assertionDemonstrations, scopeDemonstrations,
		grantedScopeDemonstrations, resourceAccessDemonstrations, contextDemonstrations,
		launchContextDemonstrations, fhirContextDemonstrations, idTokenDemonstrations, brandDemonstrations,
		openIDDemonstrations, refreshDemonstrations, symmetricDemonstrations, registrationDemonstrations,
		corsDemonstrations, journeyDemonstrations, discoveryEdgeDemonstrations, backendDemonstrations,
		introspectionDemonstrations, revocationDemonstrations)
}

func TestFaultsAreInjected(t *testing.T) {
	s := startWithKeySites(t, func(o *Options) {
		hasty := DemoClients(nil)[0]
		hasty.ID, hasty.Name, hasty.LaunchURI, hasty.CodeLifetime = hastyID, "Hasty", "", time.Nanosecond
		o.Clients = append(o.Clients, hasty)
	})
	for _, d := range demonstrations() {
		t.Run(d.fault.ID, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			g.Expect(d.broken).NotTo(Equal(d.clean))
			g.Expect(d.see(&lab{newApp(t, s, ""), s})).To(Equal(d.clean), "without the defect")
			g.Expect(d.see(&lab{newApp(t, s, d.fault.ID), s})).To(Equal(d.broken), "with the defect: "+d.fault.Summary)
		})
	}
}

func TestEveryFaultOfTheAuthorizationServerIsDemonstrated(t *testing.T) {
	g := NewWithT(t)
	shown := map[string]bool{}
	for _, d := range demonstrations() {
		g.Expect(shown).NotTo(HaveKey(d.fault.ID), "demonstrated twice")
		shown[d.fault.ID] = true
	}
	areas := []string{"authorize", "launch", "pkce", "token", "client-auth-symmetric", "client-auth-asymmetric", "scopes", "launch-context", "fhir-context", "refresh", "brands",
		"backend-services", "introspection", "revocation", "registration"}
	for _, f := range faults.All() {
		if f.ID == faults.FHIRContextObjects.ID {
			continue // of version 2.0.0; see TestContextOfVersions
		}
		area, _, _ := strings.Cut(f.Checks[0], ".")
		idToken := strings.HasPrefix(f.ID, "id-token-") || strings.HasPrefix(f.ID, "fhiruser-")
		ofFHIR := strings.HasPrefix(f.ID, "fhir-") // shown in the package of the FHIR server
		if slices.Contains(areas, area) && !ofFHIR || idToken {
			g.Expect(shown).To(HaveKey(f.ID), "has no demonstration")
		}
	}
}

// amy is the journey of the patient, lin that of the clinician.
var (
	amy = journey{user: PatientUsername}
	lin = journey{user: ClinicianUsername, patient: "carla-ruiz"}
)

// open sends an authorization request from a new browser.
func (l *lab) open(client string, edits ...string) (*browser, visited) {
	l.t.Helper()
	b := newBrowser(l.t, l.s)
	return b, b.authorize(l.fault, request(l.s, l.fault, client, edits...))
}

// run walks through an authorization request and returns where it ended.
func (l *lab) run(client string, j journey, edits ...string) visited {
	l.t.Helper()
	b, v := l.open(client, edits...)
	return b.finish(v, j)
}

// outcome says in a few words how an authorization request ended.
func outcome(v visited) string {
	switch {
	case !v.landed:
		return fmt.Sprintf("page %d", v.status)
	case v.fragment.get("access_token") != "":
		return "token in fragment"
	case v.fragment.get("code") != "":
		return "code in fragment"
	case v.query.get("code") != "":
		return "code"
	default:
		return "error " + v.query.get("error")
	}
}

// redeem gets a code as the patient and redeems it.
func (l *lab) redeem(client string, edits ...string) answered {
	l.t.Helper()
	return l.token(client, redemption(l.codeFor(client, amy), edits...))
}

func (l *lab) codeFor(client string, j journey, edits ...string) string {
	l.t.Helper()
	return codeOf(l.t, l.s, l.fault, client, j, edits...)
}

// verdict says in a few words how the token endpoint answered.
func verdict(a answered) string {
	if a.text("access_token") != "" {
		return "tokens"
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", a.status, a.text("error")))
}

// standalone returns a demonstration step that runs the patient's standalone launch of the public client.
func standalone(edits ...string) func(*lab) string {
	return func(l *lab) string { return outcome(l.run(DemoPublicID, amy, edits...)) }
}

// redeemed returns a demonstration step that redeems a code of the public client with edits.
func redeemed(edits ...string) func(*lab) string {
	return func(l *lab) string { return verdict(l.redeem(DemoPublicID, edits...)) }
}

// response returns a demonstration step that shows something of a token response.
func response(show func(answered) string) func(*lab) string {
	return func(l *lab) string { return show(l.redeem(DemoPublicID)) }
}

func member(name string) func(answered) string {
	return func(a answered) string {
		value, ok := a.body[name]
		if !ok {
			return "absent"
		}
		return fmt.Sprintf("%T", value)
	}
}

func headerOf(name string) func(answered) string {
	return func(a answered) string { return a.header.Get(name) }
}

// stateOf returns a demonstration step that shows the state of a callback.
func stateOf(j journey, edits ...string) func(*lab) string {
	return func(l *lab) string {
		v := l.run(DemoPublicID, j, edits...)
		return fmt.Sprintf("%q", v.query["state"])
	}
}

// at returns a demonstration step with that redirect URI.
func at(uri string) func(*lab) string { return standalone("redirect_uri", uri) }

// hastyID is a public client whose codes expire at once.
const hastyID = "hasty"

var longState = strings.Repeat("0123456789abcdef", 32)

var authorizeDemonstrations = []demonstration{
	{faults.AuthorizeGetRefused, standalone(), "code", "page 405"},
	{faults.AuthorizePostRefused, posted, "code", "page 405"},
	{faults.AuthorizePostLosesRequest, posted, "code", "page 400"},
	{faults.CallbackCodeRepeated, func(l *lab) string {
		return fmt.Sprint(len(l.run(DemoPublicID, amy).query["code"]))
	}, "1", "2"},
	{faults.CodeDeterministic, func(l *lab) string {
		return fmt.Sprint(l.codeFor(DemoPublicID, amy) == l.codeFor(DemoPublicID, amy))
	}, "false", "true"},
	{faults.CodeInFragment, standalone(), "code", "code in fragment"},
	{faults.StateDropped, stateOf(amy), `["s-1"]`, `[]`},
	{faults.StateDecodedTwice, stateOf(amy, "state", "a%2Bb&c;d é"), `["a%2Bb&c;d é"]`, `["a+b&c;d é"]`},
	{faults.StateTruncated, stateOf(amy, "state", longState), `["` + longState + `"]`, `["` + longState[:255] + `"]`},
	{faults.StateInvented, func(l *lab) string {
		return fmt.Sprint(len(l.run(DemoPublicID, amy, "state", "").query["state"]))
	}, "0", "1"},
	{faults.StateMissingOnError, stateOf(journey{user: PatientUsername, deny: true}), `["s-1"]`, `[]`},
	{faults.StateLastWins, func(l *lab) string {
		b, first := l.open(DemoPublicID, "state", "first")
		b.authorize(l.fault, request(l.s, l.fault, DemoPublicID, "state", "second"))
		return b.finish(first, amy).query.get("state")
	}, "first", "second"},
	{faults.RedirectURIPrefixMatch, at(DemoRedirectURI + "/../evil"), "page 400", "code"},
	{faults.RedirectURIIgnoresQuery, at(DemoRedirectURI + "?next=evil"), "page 400", "code"},
	{faults.RedirectURIIgnoresCase, at("https://app.example.org/CALLBACK"), "page 400", "code"},
	{faults.RedirectURISubdomain, at("https://evil.app.example.org/callback"), "page 400", "code"},
	{faults.RedirectURIAnyPort, at("https://app.example.org:8443/callback"), "page 400", "code"},
	{faults.RedirectURIDecoded, at("https://app.example.org/callbac%6B"), "page 400", "code"},
	{faults.RedirectURIHostAndPath, at("http://evil@app.example.org/callback"), "page 400", "code"},
	{faults.RedirectURIHostBegins, at("https://app.example.org.evil.test/callback"), "page 400", "code"},
	{faults.RedirectURIFirstOfList, at(DemoRedirectURI + " https://evil.test/"), "page 400", "code"},
	{faults.RedirectURIOptional, at(""), "page 400", "code"},
	{faults.AuthorizeRepeatsAccepted, repeating("scope", "openid"), "error invalid_request", "code"},
	{faults.RepeatedRedirectURIUsed, func(l *lab) string {
		b := newBrowser(l.t, l.s)
		form := request(l.s, l.fault, DemoPublicID)
		form.Add("redirect_uri", "https://evil.test/")
		to, _, _ := strings.Cut(b.finish(b.authorize(l.fault, form), amy).address, "?")
		return fmt.Sprint(to == "https://evil.test/")
	}, "false", "true"},
	{faults.OpenRedirectSilent, standalone("redirect_uri", "https://evil.test/", "prompt", "none"), "page 400", "error invalid_request"},
	{faults.OpenRedirectBadScope, standalone("redirect_uri", "https://evil.test/", "scope", "unheard-of"), "page 400", "error invalid_request"},
	{faults.AudOptional, standalone("aud", ""), "error invalid_request", "code"},
	{faults.TokenAnyBase, func(l *lab) string {
		access := l.redeem(DemoPublicID).text("access_token")
		at := l.s.Base(l.fault) + "-r4b/Patient/" + fhir.PatientAmy
		return fmt.Sprint(l.send(http.MethodGet, at, nil, "Authorization", "Bearer "+access).status)
	}, "401", "200"},
	{faults.OpenRedirectUnknownClient, standalone("client_id", "nobody", "redirect_uri", "https://evil.example/"), "page 400", "error invalid_request"},
	{faults.OpenRedirectUnregistered, at("https://evil.example/"), "page 400", "error invalid_request"},
	{faults.DenialShowsPage, denied, "error access_denied", "page 200"},
	{faults.DenialIssuesCode, denied, "error access_denied", "code"},
	{faults.AuthorizeErrorInvented, standalone("response_type", "id_token"), "error unsupported_response_type", "error ehr_unsupported-response-type"},
	{faults.ImplicitEnabled, standalone("response_type", "token"), "error unsupported_response_type", "token in fragment"},
	{faults.ResponseTypeIgnored, standalone("response_type", "surprise"), "error unsupported_response_type", "code"},
	{faults.AudIgnored, standalone("aud", "https://other.example/fhir"), "error invalid_request", "code"},
	{faults.UnknownParameterRefused, standalone("colour", "blue"), "code", "error invalid_request"},
	{faults.IssMissingOnError, func(l *lab) string {
		return fmt.Sprint(len(l.run(DemoPublicID, amy, "response_type", "surprise").query["iss"]))
	}, "1", "0"},
	{faults.DeclinedScopeServed, func(l *lab) string {
		v := l.run(DemoPublicID, journey{user: PatientUsername, untick: []string{"patient/Observation.rs"}},
			"scope", "launch/patient patient/Patient.rs patient/Observation.rs")
		access := l.token(DemoPublicID, redemption(v.query.get("code"))).text("access_token")
		at := l.s.Base(l.fault) + "/Observation?patient=" + fhir.PatientAmy
		return fmt.Sprint(l.send(http.MethodGet, at, nil, "Authorization", "Bearer "+access).status)
	}, "403", "200"},
	{faults.CodeNeverExpires, granted(hastyID), "400 invalid_grant", "tokens"},
	{faults.IssParameterMissing, func(l *lab) string {
		return fmt.Sprint(l.run(DemoPublicID, amy).query.get("iss") == l.s.root(l.fault))
	}, "true", "false"},
}

// repeating returns a demonstration step in which a parameter comes once more.
func repeating(parameter, value string) func(*lab) string {
	return func(l *lab) string {
		b := newBrowser(l.t, l.s)
		form := request(l.s, l.fault, DemoPublicID)
		form.Add(parameter, value)
		return outcome(b.finish(b.authorize(l.fault, form), amy))
	}
}

func posted(l *lab) string {
	b := newBrowser(l.t, l.s)
	return outcome(b.finish(b.post(l.s.authURL(l.fault, "authorize"), request(l.s, l.fault, DemoPublicID)), amy))
}

func denied(l *lab) string {
	return outcome(l.run(DemoPublicID, journey{user: PatientUsername, deny: true}))
}

var pageDemonstrations = []demonstration{
	{faults.PagesFrameable, func(l *lab) string {
		_, v := l.open(DemoPublicID)
		return v.header.Get("X-Frame-Options") + fmt.Sprint(strings.Contains(v.header.Get("Content-Security-Policy"), "frame-ancestors 'none'"))
	}, "DENYtrue", "false"},
	{faults.PagesFramed, func(l *lab) string {
		b, v := l.open(DemoPublicID)
		return v.header.Get("X-Frame-Options") + fmt.Sprint(strings.Contains(b.trail[0].Header.Get("Set-Cookie"), "SameSite=None"))
	}, "DENYfalse", "true"},
	{faults.ReferrerLeaks, func(l *lab) string {
		_, v := l.open(DemoPublicID)
		return v.header.Get("Referrer-Policy")
	}, "no-referrer", ""},
	{faults.ReferrerFull, func(l *lab) string {
		_, v := l.open(DemoPublicID)
		return v.header.Get("Referrer-Policy")
	}, "no-referrer", "unsafe-url"},
	{faults.ConsentTokenUnchecked, func(l *lab) string {
		b, page := l.atConsent()
		page.fields.Set("token", "guessed")
		return outcome(b.post(page.action, page.fields))
	}, "page 400", "code"},
	{faults.ConsentAnySession, func(l *lab) string {
		_, theirs := l.atConsent()
		b, _ := l.atConsent()
		return outcome(b.post(theirs.action, theirs.fields))
	}, "page 400", "code"},
	{faults.ConsentFromOtherSites, func(l *lab) string {
		b, page := l.atConsent()
		page.fields.Del("token")
		return outcome(b.post(l.s.authURL(l.fault, "consent"), page.fields))
	}, "page 400", "code"},
	{faults.Login307, func(l *lab) string {
		b, v := l.open(DemoPublicID)
		b.finish(v, amy)
		for _, r := range b.trail {
			if r.StatusCode == http.StatusTemporaryRedirect {
				return "307"
			}
		}
		return "no 307"
	}, "no 307", "307"},
	{faults.ThirdPartyContent, func(l *lab) string {
		_, v := l.open(DemoPublicID)
		return fmt.Sprint(strings.Contains(v.body, "<img"), strings.Contains(v.header.Get("Content-Security-Policy"), "img-src"))
	}, "false false", "true true"},
}

// atConsent walks the patient to the consent page.
func (l *lab) atConsent() (*browser, pageForm) {
	l.t.Helper()
	b, v := l.open(DemoPublicID, "scope", "launch/patient patient/*.rs")
	page := readPage(l.t, v)
	page.fields.Set("username", amy.user)
	page.fields.Set("password", passwords[amy.user])
	page = readPage(l.t, b.post(page.action, page.fields))
	page.fields.Set("decision", "allow")
	return b, page
}

// launched runs an EHR launch of the public client and returns the launch and the tokens.
func (l *lab) launched(client string, edits ...string) (visited, answered) {
	l.t.Helper()
	b := newBrowser(l.t, l.s)
	launched := b.launchFromPortal(l.fault, lin, "Launch "+l.s.clients[client].Name)
	edits = append([]string{"launch", launched.query.get("launch"), "scope", "launch openid fhirUser"}, edits...)
	v := b.finish(b.authorize(l.fault, request(l.s, l.fault, client, edits...)), lin)
	if v.query.get("code") == "" {
		return launched, answered{status: v.status, body: map[string]any{"error": outcome(v)}}
	}
	return launched, l.token(client, redemption(v.query.get("code")))
}

func fromPortal(show func(launch visited, tokens answered) string) func(*lab) string {
	return func(l *lab) string { return show(l.launched(DemoPublicID)) }
}

func granted(client string) func(*lab) string {
	return func(l *lab) string { return verdict(l.redeem(client)) }
}

// withLaunch returns how an authorization request with a launch value ends for the clinician.
func (l *lab) withLaunch(b *browser, client, value string) string {
	l.t.Helper()
	v := b.finish(b.authorize(l.fault, request(l.s, l.fault, client, "launch", value, "scope", "launch openid fhirUser")), lin)
	if v.query.get("code") == "" {
		return outcome(v)
	}
	return l.token(client, redemption(v.query.get("code"))).text("patient")
}

var launchDemonstrations = []demonstration{
	{faults.LaunchUnknownAccepted, func(l *lab) string {
		return l.withLaunch(newBrowser(l.t, l.s), DemoPublicID, "guessed")
	}, "error invalid_request", fhir.Patients()[0].ID},
	{faults.LaunchAnyApp, func(l *lab) string {
		b := newBrowser(l.t, l.s)
		launched := b.launchFromPortal(l.fault, lin, "Launch "+l.s.clients[DemoPublicID].Name)
		return l.withLaunch(b, DemoSymmetricID, launched.query.get("launch"))
	}, "error invalid_request", lin.patient},
	{faults.LaunchReusedOther, func(l *lab) string {
		b := newBrowser(l.t, l.s)
		value := b.launchFromPortal(l.fault, lin, "Launch "+l.s.clients[DemoPublicID].Name).query.get("launch")
		return l.withLaunch(b, DemoPublicID, value) + ", " + l.withLaunch(b, DemoPublicID, value)
	}, lin.patient + ", error invalid_request", lin.patient + ", " + otherPatient(lin.patient)},
	{faults.PublicClientRefused, granted(DemoPublicID), "tokens", "401 invalid_client"},
	{faults.SymmetricClientRefused, granted(DemoSymmetricID), "tokens", "401 invalid_client"},
	{faults.AsymmetricClientRefused, granted(DemoAsymmetricID), "tokens", "401 invalid_client"},
	{faults.LaunchUnresolved, fromPortal(func(_ visited, tokens answered) string { return verdict(tokens) }),
		"tokens", "0 error invalid_request"},
	{faults.LaunchIssWrong, fromPortal(func(launch visited, _ answered) string {
		iss := launch.query.get("iss")
		return iss[strings.LastIndex(iss, "/"):]
	}), "/fhir", "/fhir-r4b"},
	{faults.LaunchValueMissing, fromPortal(func(launch visited, _ answered) string {
		return fmt.Sprint(len(launch.query["launch"]))
	}), "1", "0"},
	{faults.LaunchValueConstant, func(l *lab) string {
		first, _ := l.launched(DemoPublicID)
		second, tokens := l.launched(DemoPublicID)
		return fmt.Sprint(first.query.get("launch") == second.query.get("launch"), " ", verdict(tokens))
	}, "false tokens", "true tokens"},
}

var pkceDemonstrations = []demonstration{
	{faults.S256Miscomputed, redeemed(), "tokens", "400 invalid_grant"},
	{faults.VerifierUnchecked, redeemed("code_verifier", strings.Repeat("w", 43)), "400 invalid_grant", "tokens"},
	{faults.VerifierOptional, redeemed("code_verifier", ""), "400 invalid_grant", "tokens"},
	{faults.VerifierEmptyAccepted, func(l *lab) string {
		form := redemption(l.codeFor(DemoPublicID, amy))
		form.Set("code_verifier", "")
		return verdict(l.token(DemoPublicID, form))
	}, "400 invalid_grant", "tokens"},
	{faults.VerifierIsChallenge, redeemed("code_verifier", s256(verifier)), "400 invalid_grant", "tokens"},
	{faults.VerifierTruncated, redeemed("code_verifier", lookalike(verifier)), "400 invalid_grant", "tokens"},
	{faults.VerifierMismatchOtherCode, redeemed("code_verifier", strings.Repeat("w", 43)), "400 invalid_grant", "400 access_denied"},
	{faults.PlainAccepted, plain("plain"), "error invalid_request", "tokens"},
	{faults.MethodDefaultsToPlain, plain(""), "error invalid_request", "tokens"},
	{faults.MethodIgnored, standalone("code_challenge_method", "S512"), "error invalid_request", "code"},
	{faults.ChallengeOptional, unchallenged(DemoPublicID), "error invalid_request", "tokens"},
	{faults.Downgrade, unchallenged(DemoSymmetricID), "error invalid_request", "tokens"},
	{faults.VerifierLengthLimited, func(l *lab) string {
		long := strings.Repeat("0123456789abcdef", 8)
		code := l.codeFor(DemoPublicID, amy, "code_challenge", s256(long))
		return verdict(l.token(DemoPublicID, redemption(code, "code_verifier", long)))
	}, "tokens", "400 invalid_grant"},
	{faults.VerifierShortAccepted, func(l *lab) string {
		short := strings.Repeat("s", 42)
		code := l.codeFor(DemoPublicID, amy, "code_challenge", s256(short))
		return verdict(l.token(DemoPublicID, redemption(code, "code_verifier", short)))
	}, "400 invalid_grant", "tokens"},
	{faults.VerifierAnySession, func(l *lab) string {
		other := strings.Repeat("o", 50)
		l.codeFor(DemoPublicID, journey{user: OtherPatientUsername}, "code_challenge", s256(other))
		return verdict(l.redeem(DemoPublicID, "code_verifier", other))
	}, "400 invalid_grant", "tokens"},
}

// lookalike finds a verifier whose challenge begins like that of the given one.
func lookalike(verifier string) string {
	for i := 0; ; i++ {
		candidate := fmt.Sprintf("%050d", i)
		if s256(candidate)[:comparedCharacters] == s256(verifier)[:comparedCharacters] {
			return candidate
		}
	}
}

// plain runs a flow in which the challenge is the verifier.
func plain(method string) func(*lab) string {
	return func(l *lab) string {
		v := l.run(DemoPublicID, amy, "code_challenge", verifier, "code_challenge_method", method)
		if code := v.query.get("code"); code != "" {
			return verdict(l.token(DemoPublicID, redemption(code)))
		}
		return outcome(v)
	}
}

// unchallenged runs a flow without PKCE.
func unchallenged(client string) func(*lab) string {
	return func(l *lab) string {
		v := l.run(client, amy, "code_challenge", "", "code_challenge_method", "")
		if code := v.query.get("code"); code != "" {
			return verdict(l.token(client, redemption(code, "code_verifier", "")))
		}
		return outcome(v)
	}
}

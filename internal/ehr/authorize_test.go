package ehr

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestAuthorizationRequests(t *testing.T) {
	s := start(t)
	for name, c := range map[string]struct {
		edits []string
		want  string
	}{
		"valid":                         {nil, "code"},
		"unknown client":                {[]string{"client_id", "nobody"}, "page 400"},
		"no client":                     {[]string{"client_id", ""}, "page 400"},
		"a backend service":             {[]string{"client_id", DemoBackendID}, "page 400"},
		"no redirect URI":               {[]string{"redirect_uri", ""}, "page 400"},
		"another redirect URI":          {[]string{"redirect_uri", "https://app.example.org/other"}, "page 400"},
		"a redirect URI with a slash":   {[]string{"redirect_uri", DemoRedirectURI + "/"}, "page 400"},
		"no response type":              {[]string{"response_type", ""}, "error invalid_request"},
		"the implicit grant":            {[]string{"response_type", "token"}, "error unsupported_response_type"},
		"the hybrid flow":               {[]string{"response_type", "code id_token"}, "error unsupported_response_type"},
		"another response mode":         {[]string{"response_mode", "fragment"}, "error invalid_request"},
		"a request object":              {[]string{"request", "e30.e30."}, "error request_not_supported"},
		"a request URI":                 {[]string{"request_uri", "https://app.example.org/request"}, "error request_uri_not_supported"},
		"no aud":                        {[]string{"aud", ""}, "error invalid_request"},
		"another aud":                   {[]string{"aud", "https://other.example/fhir"}, "error invalid_request"},
		"the aud of another tenant":     {[]string{"aud", s.Base("state-dropped")}, "error invalid_request"},
		"the aud of another FHIR base":  {[]string{"aud", s.Base("") + "-r5"}, "code"},
		"no challenge":                  {[]string{"code_challenge", ""}, "error invalid_request"},
		"no method":                     {[]string{"code_challenge_method", ""}, "error invalid_request"},
		"the plain method":              {[]string{"code_challenge_method", "plain"}, "error invalid_request"},
		"a method in another case":      {[]string{"code_challenge_method", "s256"}, "error invalid_request"},
		"a challenge that is too short": {[]string{"code_challenge", s256(verifier)[:42]}, "error invalid_request"},
		"a challenge with padding":      {[]string{"code_challenge", s256(verifier)[:42] + "="}, "error invalid_request"},
		"no scope":                      {[]string{"scope", ""}, "error invalid_scope"},
		"only unknown scopes":           {[]string{"scope", "teleport system/*.rs"}, "error invalid_scope"},
		"an unknown launch":             {[]string{"launch", "1234"}, "error invalid_request"},
		"prompt none":                   {[]string{"prompt", "none"}, "error login_required"},
		"prompt none and login":         {[]string{"prompt", "none login"}, "error invalid_request"},
		"prompt consent":                {[]string{"prompt", "consent"}, "code"},
		"max_age that is no number":     {[]string{"max_age", "soon"}, "error invalid_request"},
		"an unknown parameter":          {[]string{"colour", "blue"}, "code"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			l := &lab{newApp(t, s, ""), s}
			v := l.run(DemoPublicID, amy, c.edits...)
			g.Expect(outcome(v)).To(Equal(c.want), v.body)
			if v.landed {
				g.Expect(v.query.get("state")).To(Equal("s-1"))
				g.Expect(v.query.get("iss")).To(Equal(s.origin))
			}
		})
	}
}

func TestRepeatedParameters(t *testing.T) {
	s := start(t)
	for name, want := range map[string]string{
		"client_id": "page 400", "redirect_uri": "page 400", "response_type": "error invalid_request", "state": "error invalid_request",
		"scope": "error invalid_request", "aud": "error invalid_request", "code_challenge": "error invalid_request", "resource": "code",
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			q := request(s, "", DemoPublicID, "resource", "a")
			q[name] = append(q[name], q.Get(name))
			b := newBrowser(t, s)
			g.Expect(outcome(b.finish(b.authorize("", q), amy))).To(Equal(want))
		})
	}
}

func TestStateIsEchoedByteForByte(t *testing.T) {
	s := start(t)
	l := &lab{newApp(t, s, ""), s}
	var everyByte strings.Builder
	for i := 1; i < 256; i++ {
		everyByte.WriteByte(byte(i))
	}
	for name, state := range map[string]string{
		"every byte": everyByte.String(), "long": strings.Repeat("ab~!", 2000), "percent": "%2B%25+ %", "none": "",
	} {
		for _, deny := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				g := NewWithT(t)
				v := l.run(DemoPublicID, journey{user: PatientUsername, deny: deny}, "state", state)
				g.Expect(v.query.get("state")).To(Equal(state))
				if state == "" {
					g.Expect(v.query).NotTo(HaveKey("state"))
				}
			})
		}
	}
}

func TestAuthorizationRequestsThatCannotBeRead(t *testing.T) {
	s := start(t)
	b := newBrowser(t, s)
	a := newApp(t, s, "")
	to := s.authURL("", "authorize")
	g := NewWithT(t)
	g.Expect(b.get(to + "?client_id=%zz").status).To(Equal(http.StatusBadRequest))
	g.Expect(b.get(to).status).To(Equal(http.StatusBadRequest))
	put := a.send(http.MethodPut, to, nil)
	g.Expect(put.status).To(Equal(http.StatusMethodNotAllowed))
	g.Expect(put.header.Get("Allow")).To(Equal("GET, POST"))
	json := a.send(http.MethodPost, to, nil, "Content-Type", "application/json")
	g.Expect(json.status).To(Equal(http.StatusBadRequest))
	huge := a.send(http.MethodPost, to, url.Values{"state": {strings.Repeat("x", maxForm)}})
	g.Expect(huge.status).To(Equal(http.StatusBadRequest))
}

func TestASignInIsReusedUnlessTheAppAsksForAFreshOne(t *testing.T) {
	c := newClock()
	s := start(t, func(o *Options) { o.Now = c.Now })
	b := newBrowser(t, s)
	logins := func(edits ...string) int {
		t.Helper()
		before := b.pagesSeen("/auth/login")
		v := b.finish(b.authorize("", request(s, "", DemoPublicID, edits...)), amy)
		if outcome(v) != "code" {
			t.Fatalf("%v ended as %s", edits, outcome(v))
		}
		return b.pagesSeen("/auth/login") - before
	}
	g := NewWithT(t)
	g.Expect(logins()).To(Equal(1))
	g.Expect(logins()).To(Equal(0))
	g.Expect(b.pagesSeen("/auth/consent")).To(Equal(2), "consent is asked for every time")
	c.advance(time.Minute)
	g.Expect(logins("max_age", "120")).To(Equal(0))
	g.Expect(logins("max_age", "30")).To(Equal(1))
	c.advance(time.Second)
	g.Expect(logins("prompt", "login")).To(Equal(1))
	g.Expect(outcome(b.authorize("", request(s, "", DemoPublicID, "prompt", "none")))).To(Equal("error consent_required"))
	c.advance(sessionLifetime)
	g.Expect(logins()).To(Equal(1), "sessions end")
}

func TestScopesAreNegotiated(t *testing.T) {
	s := start(t)
	for name, c := range map[string]struct {
		j          journey
		ask, grant string
	}{
		"spelling and order stay":             {amy, "patient/Observation.read openid patient/Patient.rs", "patient/Observation.read openid patient/Patient.rs"},
		"granular scopes":                     {amy, "patient/Observation.rs?category=laboratory", "patient/Observation.rs?category=laboratory"},
		"unknown ones are dropped":            {amy, "openid teleport patient/Patient.sr patient/Patient.rs", "openid patient/Patient.rs"},
		"too wide ones are dropped":           {amy, "openid system/*.rs patient/Patient.rs", "openid patient/Patient.rs"},
		"repeated ones are granted once":      {amy, "openid patient/Patient.rs openid", "openid patient/Patient.rs"},
		"launch without a launch is dropped":  {amy, "launch openid", "openid"},
		"fhirUser without openid is dropped":  {amy, "fhirUser patient/Patient.rs", "patient/Patient.rs"},
		"what the user unticked is left out":  {journey{user: PatientUsername, untick: []string{"patient/Patient.rs"}}, "openid patient/Patient.rs", "openid"},
		"fhirUser goes when openid does":      {journey{user: PatientUsername, untick: []string{"openid"}}, "openid fhirUser patient/Patient.rs", "patient/Patient.rs"},
		"a clinician's scopes need no record": {journey{user: ClinicianUsername}, "openid user/Patient.rs", "openid user/Patient.rs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			l := &lab{newApp(t, s, ""), s}
			tokens := l.token(DemoPublicID, redemption(l.codeFor(DemoPublicID, c.j, "scope", c.ask)))
			g.Expect(tokens.text("scope")).To(Equal(c.grant), tokens.raw)
			_, patient := tokens.body["patient"]
			g.Expect(patient).To(Equal(strings.Contains(c.grant, "patient/")), "patient scopes bring a patient, others none")
		})
	}
	g := NewWithT(t)
	l := &lab{newApp(t, s, ""), s}
	nothing := journey{user: PatientUsername, untick: []string{"openid"}}
	g.Expect(outcome(l.run(DemoPublicID, nothing, "scope", "openid"))).To(Equal("error access_denied"))
}

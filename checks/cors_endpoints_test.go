package checks_test

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

const pageOrigin = "https://app.example"

// soundAccess is what a server shows that serves browser-based apps well.
func soundAccess() evidence.CrossOriginAccess {
	echo := func(more ...string) evidence.Headers {
		h := evidence.Headers{"Access-Control-Allow-Origin": {pageOrigin}, "Vary": {"Origin"}}
		for i := 0; i < len(more); i += 2 {
			h[more[i]] = []string{more[i+1]}
		}
		return h
	}
	answer := func(resource, method, name string, status int, h evidence.Headers) evidence.CrossOrigin {
		return evidence.CrossOrigin{
			Resource: resource, Method: method, Case: name, Status: status, Header: h, Registered: true, Origin: pageOrigin,
			URL: "https://ehr.example/" + resource, Exchange: "cors.endpoints#1",
		}
	}
	put := answer(evidence.FHIREndpoint, "OPTIONS", "", 204, echo("Access-Control-Allow-Methods", "GET, PUT",
		"Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match", "Access-Control-Max-Age", "600"))
	put.Verb = "PUT"
	me := answer(evidence.UserInfoEndpoint, "OPTIONS", "", 204, echo("Access-Control-Allow-Headers", "authorization"))
	me.Verb = "GET"
	foreign := answer(evidence.SMARTConfiguration, "GET", "", 200, evidence.Headers{"Vary": {"Origin"}})
	foreign.Origin, foreign.Registered = "https://evil.test", false
	return evidence.CrossOriginAccess{
		Interactions: []string{"read", "update", evidence.VersionedUpdate},
		Answers: []evidence.CrossOrigin{
			answer(evidence.SMARTConfiguration, "GET", "", 200, echo()), foreign,
			answer(evidence.OpenIDMetadata, "GET", "", 200, echo()),
			answer(evidence.KeySetResource, "GET", "", 200, echo()),
			answer(evidence.TokenEndpoint, "POST", evidence.WithUnknownCode, 400, echo()), me,
			answer(evidence.UserInfoEndpoint, "GET", evidence.WithToken, 200, echo()), put,
			answer(evidence.FHIREndpoint, "GET", evidence.WithToken, 200, echo("Etag", "present", "Access-Control-Expose-Headers", "ETag")),
			answer(evidence.FHIREndpoint, "GET", evidence.WithoutToken, 401, echo()),
			answer(evidence.RevokeEndpoint, "POST", "an unknown token", 200, echo()),
		},
	}
}

// of returns the first answer of a resource in a case, to be spoilt; "" is a preflight or a document.
func of(e *evidence.CrossOriginAccess, resource, name string) *evidence.CrossOrigin {
	for i := range e.Answers {
		if e.Answers[i].Resource == resource && e.Answers[i].Case == name {
			return &e.Answers[i]
		}
	}
	panic("no answer of " + resource)
}

func TestCrossOriginAccess(t *testing.T) {
	hide := func(answers ...*evidence.CrossOrigin) {
		for _, c := range answers {
			delete(c.Header, "Access-Control-Allow-Origin")
		}
	}
	type statusOf = map[string]checks.Status
	for name, c := range map[string]struct {
		spoil func(*evidence.CrossOriginAccess)
		want  statusOf
	}{
		"a sound server": {func(*evidence.CrossOriginAccess) {}, statusOf{}},
		"a hidden resource": {func(e *evidence.CrossOriginAccess) { hide(of(e, evidence.FHIREndpoint, evidence.WithToken)) },
			statusOf{"cors.fhir-read": checks.Failed, "cors.exposed-headers": checks.Skipped}},
		"a token that the server refuses": {func(e *evidence.CrossOriginAccess) { of(e, evidence.FHIREndpoint, evidence.WithToken).Status = 403 },
			statusOf{"cors.fhir-read": checks.Undecided}},
		"hidden errors": {func(e *evidence.CrossOriginAccess) {
			hide(of(e, evidence.FHIREndpoint, evidence.WithoutToken), of(e, evidence.TokenEndpoint, evidence.WithUnknownCode))
		}, statusOf{"cors.fhir-errors": checks.Warned, "cors.token-errors": checks.Warned}},
		"an error of a server that is down": {func(e *evidence.CrossOriginAccess) {
			c := of(e, evidence.TokenEndpoint, evidence.WithUnknownCode)
			hide(c)
			c.Status = 503
		}, statusOf{"cors.token-errors": checks.Undecided}},
		"no browser-based apps": {func(e *evidence.CrossOriginAccess) {
			for i := range e.Answers {
				hide(&e.Answers[i])
			}
		}, statusOf{
			"cors.fhir-read": checks.Warned, "cors.fhir-errors": checks.Warned, "cors.token-errors": checks.Warned,
			"cors.fhir-writes": checks.Warned, "cors.userinfo": checks.Warned, "cors.openid-documents": checks.Warned,
			"cors.max-age": checks.Skipped, "cors.exposed-headers": checks.Skipped,
		}},
		"an update that may not be sent": {func(e *evidence.CrossOriginAccess) {
			of(e, evidence.FHIREndpoint, "").Header["Access-Control-Allow-Headers"] = []string{"*"}
		}, statusOf{"cors.fhir-writes": checks.Failed}},
		"PUT in lower case": {func(e *evidence.CrossOriginAccess) {
			of(e, evidence.FHIREndpoint, "").Header["Access-Control-Allow-Methods"] = []string{"get, put"}
		}, statusOf{"cors.fhir-writes": checks.Failed}},
		"no If-Match where versions do not matter": {func(e *evidence.CrossOriginAccess) {
			e.Interactions = []string{"update"}
			of(e, evidence.FHIREndpoint, "").Header["Access-Control-Allow-Headers"] = []string{"authorization, content-type"}
		}, statusOf{}},
		"a server that only reads": {func(e *evidence.CrossOriginAccess) { e.Interactions = []string{"read"} },
			statusOf{"cors.fhir-writes": checks.Skipped}},
		"userinfo with * for authorization": {func(e *evidence.CrossOriginAccess) {
			of(e, evidence.UserInfoEndpoint, "").Header["Access-Control-Allow-Headers"] = []string{"*"}
		}, statusOf{"cors.userinfo": checks.Warned}},
		"a foreign origin with credentials": {func(e *evidence.CrossOriginAccess) {
			e.Answers[1].Header = evidence.Headers{"Vary": {"Origin"}, "Access-Control-Allow-Origin": {"https://evil.test"}, "Access-Control-Allow-Credentials": {"true"}}
		}, statusOf{"cors.credentials-endpoints": checks.Warned}},
		"everybody with credentials": {func(e *evidence.CrossOriginAccess) {
			e.Answers[1].Header = evidence.Headers{"Vary": {"Origin"}, "Access-Control-Allow-Origin": {"*"}, "Access-Control-Allow-Credentials": {"true"}}
		}, statusOf{"cors.wildcard-credentials": checks.Warned}},
		"no Vary": {func(e *evidence.CrossOriginAccess) { delete(e.Answers[0].Header, "Vary") },
			statusOf{"cors.vary": checks.Warned}},
		"an origin that is allowed only when there is one": {func(e *evidence.CrossOriginAccess) {
			document := of(e, evidence.OpenIDMetadata, "")
			document.Header = evidence.Headers{"Access-Control-Allow-Origin": {"*"}}
			bare := *document
			bare.Origin, bare.Registered, bare.Header = "", false, evidence.Headers{}
			e.Bare = []evidence.CrossOrigin{bare}
		}, statusOf{"cors.vary": checks.Warned}},
		"no Vary where nothing is kept": {func(e *evidence.CrossOriginAccess) {
			e.Answers[0].Header = evidence.Headers{"Access-Control-Allow-Origin": {pageOrigin}, "Cache-Control": {"no-store"}}
		}, statusOf{}},
		"a preflight for ever": {func(e *evidence.CrossOriginAccess) {
			of(e, evidence.FHIREndpoint, "").Header["Access-Control-Max-Age"] = []string{"forever"}
		}, statusOf{"cors.max-age": checks.Warned}},
		"nothing exposed": {func(e *evidence.CrossOriginAccess) {
			delete(of(e, evidence.FHIREndpoint, evidence.WithToken).Header, "Access-Control-Expose-Headers")
		}, statusOf{"cors.exposed-headers": checks.Warned}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			e := soundAccess()
			c.spoil(&e)
			raw, err := json.Marshal(e)
			g.Expect(err).NotTo(HaveOccurred())
			found := statusOf{}
			for _, check := range checks.CORSEndpoints {
				f := check.Judge(evidence.Record{Kind: check.Kind(), Value: json.RawMessage(raw)}, checks.Options{Version: checks.V2_2_0})
				if f.Status != checks.Passed && f.Status != checks.Noted {
					found[check.ID] = f.Status
				}
			}
			g.Expect(found).To(Equal(c.want))
		})
	}
}

func TestWhatABrowserLetsAPageRead(t *testing.T) {
	g := NewWithT(t)
	app := func(unreadable ...string) evidence.BrowserApp {
		a := evidence.BrowserApp{Origin: pageOrigin, Complaints: []string{"blocked by CORS policy"}}
		for _, name := range []string{evidence.BrowserReadsConfiguration, evidence.BrowserReadsStatement, evidence.BrowserRedeemsUnknown,
			evidence.BrowserRedeemsCode, evidence.BrowserReadsPatient, evidence.BrowserReadsRefusal} {
			a.Steps = append(a.Steps, evidence.BrowserFetch{Name: name, Readable: true, Status: 200, Granted: name == evidence.BrowserRedeemsCode})
			for _, hidden := range unreadable {
				if hidden == name {
					a.Steps[len(a.Steps)-1] = evidence.BrowserFetch{Name: name, Reachable: true, Error: "TypeError: Failed to fetch"}
				}
			}
		}
		return a
	}
	judge := func(c checks.Check, a evidence.BrowserApp) checks.Finding {
		return c.Judge(evidence.Record{Kind: c.Kind(), Value: a}, checks.Options{Version: checks.V2_2_0})
	}
	g.Expect(judge(checks.CORSBrowserApp, app()).Status).To(Equal(checks.Passed))
	hidden := judge(checks.CORSBrowserApp, app(evidence.BrowserReadsPatient))
	g.Expect(hidden.Status).To(Equal(checks.Failed))
	g.Expect(hidden.Message).To(And(ContainSubstring("Failed to fetch"), ContainSubstring("blocked by CORS policy")))
	g.Expect(judge(checks.CORSBrowserDocuments, app(evidence.BrowserReadsPatient)).Status).To(Equal(checks.Passed))
	g.Expect(judge(checks.CORSBrowserErrors, app(evidence.BrowserReadsRefusal)).Status).To(Equal(checks.Warned))

	gone, refused := app(evidence.BrowserReadsPatient), app()
	gone.Steps[4].Reachable = false
	g.Expect(judge(checks.CORSBrowserApp, gone).Status).To(Equal(checks.Undecided), "the server did not answer")
	refused.Steps[3].Granted, refused.Steps[3].Status = false, 400
	g.Expect(judge(checks.CORSBrowserApp, refused).Status).To(Equal(checks.Undecided), "the page got no token")

	everything := app(evidence.BrowserReadsConfiguration, evidence.BrowserReadsStatement, evidence.BrowserRedeemsUnknown,
		evidence.BrowserRedeemsCode, evidence.BrowserReadsPatient, evidence.BrowserReadsRefusal)
	closed := judge(checks.CORSBrowserApp, everything)
	g.Expect(closed.Status).To(Equal(checks.Warned))
	g.Expect(closed.Message).To(ContainSubstring("if the server supports browser-based apps"))
}

package checks_test

import (
	"encoding/json"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// judgeRecorded judges evidence that went through JSON, as smartcheck judge does.
func judgeRecorded(t *testing.T, c checks.Check, d evidence.Discovery, o checks.Options) checks.Finding {
	t.Helper()
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return c.Judge(evidence.Record{Kind: c.Kind(), Value: json.RawMessage(raw)}, o)
}

const liveBase = "https://north.example/fhir"

// live returns what a conformant live server shows.
func live(t *testing.T) evidence.Discovery {
	t.Helper()
	d := corpus[0].discovery(t)
	d.Base, d.Live = liveBase, true
	for url, doc := range map[string]*evidence.Document{
		liveBase + "/.well-known/smart-configuration":                    d.SMART,
		"https://auth.north.example/t1/.well-known/openid-configuration": d.OpenID,
		"https://auth.north.example/t1/keys":                             d.Keys,
	} {
		doc.File, doc.URL, doc.Status = "", url, 200
		doc.Header = evidence.Headers{"Content-Type": {"application/json; charset=utf-8"}, "Cache-Control": {"public, max-age=600"}}
		doc.Exchange = "discovery.documents#1"
	}
	for _, name := range []string{"Accept: text/html", "no Accept", evidence.TrailingSlash} {
		d.Variants = append(d.Variants, evidence.DocumentVariant{Name: name, Document: *d.SMART})
	}
	open := evidence.Headers{"Access-Control-Allow-Origin": {"*"}, "Access-Control-Allow-Headers": {"Authorization, Content-Type"}}
	for _, c := range []evidence.CrossOrigin{
		{Resource: "smart-configuration", Method: "GET", Header: open},
		{Resource: "metadata", Method: "GET", Header: open},
		{Resource: "authorization", Method: "GET", Header: evidence.Headers{}},
		{Resource: "token", Method: "OPTIONS", Header: evidence.Headers{}},
		{Resource: "token", Method: "OPTIONS", Registered: true, Header: open},
		{Resource: "fhir", Method: "OPTIONS", Registered: true, Header: open},
	} {
		c.Origin, c.Status = "https://app.example", 200
		d.CrossOrigin = append(d.CrossOrigin, c)
	}
	return d
}

// cors returns the answers of a resource.
func cors(d *evidence.Discovery, resource string) []*evidence.CrossOrigin {
	var out []*evidence.CrossOrigin
	for i := range d.CrossOrigin {
		if d.CrossOrigin[i].Resource == resource {
			out = append(out, &d.CrossOrigin[i])
		}
	}
	return out
}

func text(s string) evidence.Document {
	d := evidence.NewDocument([]byte(s))
	d.URL, d.Status = liveBase+"/.well-known/smart-configuration", 200
	d.Header = evidence.Headers{"Content-Type": {"application/json"}}
	return d
}

func TestLiveServerPasses(t *testing.T) {
	for _, f := range judgeDiscovery(live(t), checks.Options{Version: checks.V2_2_0}) {
		NewWithT(t).Expect(string(f.Status)).NotTo(BeElementOf("fail", "warn", "error"), f.Check+": "+f.Message)
	}
}

// TestLiveDefects changes one thing about a conformant server and expects one status of one check.
func TestLiveDefects(t *testing.T) {
	reflected := evidence.Headers{"Access-Control-Allow-Origin": {"https://app.example"}, "Access-Control-Allow-Credentials": {"true"}}
	page := text("<html>Sign in</html>")
	for name, tc := range map[string]struct {
		check   string
		status  checks.Status
		message string // a part of it
		change  func(*evidence.Discovery)
	}{
		"no answer":        {"discovery.document", checks.Undecided, "refused", func(d *evidence.Discovery) { d.SMART.Problem = "refused the connection" }},
		"not found":        {"discovery.document", checks.Failed, "404 from", func(d *evidence.Discovery) { d.SMART.Status = 404 }},
		"server error":     {"discovery.document", checks.Failed, "500 from", func(d *evidence.Discovery) { d.SMART.Status = 500 }},
		"credentials":      {"discovery.document", checks.Failed, "401 from", func(d *evidence.Discovery) { d.SMART.Status = 401 }},
		"overloaded":       {"discovery.document", checks.Undecided, "503", func(d *evidence.Discovery) { d.SMART.Status = 503 }},
		"too long":         {"discovery.document", checks.Undecided, "not read to its end", func(d *evidence.Discovery) { d.SMART.Truncated = true }},
		"circle":           {"discovery.redirects", checks.Failed, "in a circle", func(d *evidence.Discovery) { d.SMART.Misdirected = "redirects in a circle" }},
		"circle, document": {"discovery.document", checks.Failed, "in a circle", func(d *evidence.Discovery) { d.SMART.Misdirected = "redirects in a circle" }},
		"one redirect":     {"discovery.redirects", checks.Warned, "1 redirects", func(d *evidence.Discovery) { d.SMART.Hops = []evidence.Redirect{{Location: "https://x.example"}} }},
		"sign-in page":     {"discovery.json", checks.Failed, "an HTML page instead of JSON", func(d *evidence.Discovery) { d.SMART = &page }},
		"fhir media type":  {"discovery.media-type", checks.Failed, "application/fhir+json", func(d *evidence.Discovery) { d.SMART.Header["Content-Type"] = []string{"application/fhir+json"} }},
		"no media type":    {"discovery.media-type", checks.Failed, "no Content-Type", func(d *evidence.Discovery) { delete(d.SMART.Header, "Content-Type") }},
		"406":              {"discovery.accept-ignored", checks.Failed, "Accept: text/html: status 406", func(d *evidence.Discovery) { d.Variants[0].Document.Status = 406 }},
		"page on Accept":   {"discovery.accept-ignored", checks.Failed, "an HTML page", func(d *evidence.Discovery) { d.Variants[0].Document = page }},
		"double slash 404": {"discovery.trailing-slash", checks.Noted, "404", func(d *evidence.Discovery) { d.Variants[2].Document.Status = 404 }},
		"double slash 500": {"discovery.trailing-slash", checks.Warned, "500", func(d *evidence.Discovery) { d.Variants[2].Document.Status = 500 }},
		"a year":           {"discovery.freshness", checks.Warned, "max-age=31536000", func(d *evidence.Discovery) { d.SMART.Header["Cache-Control"] = []string{"max-age=31536000"} }},
		"no lifetime":      {"discovery.freshness", checks.Noted, "no Cache-Control", func(d *evidence.Discovery) { delete(d.SMART.Header, "Cache-Control") }},
		"no metadata": {"discovery.authorization-server-metadata", checks.Warned, "404 from", func(d *evidence.Discovery) {
			d.OpenID.Status = 404
		}},
		"no provider":      {"openid.configuration", checks.Failed, "404 from", func(d *evidence.Discovery) { d.OpenID.Status = 404 }},
		"provider as text": {"openid.media-type", checks.Failed, "text/plain", func(d *evidence.Discovery) { d.OpenID.Header["Content-Type"] = []string{"text/plain"} }},
		"no keys":          {"openid.jwks", checks.Failed, "404 from", func(d *evidence.Discovery) { d.Keys.Status = 404 }},
		"empty key set":    {"openid.jwks", checks.Failed, "an empty set", func(d *evidence.Discovery) { keys := text(`{"keys":[]}`); d.Keys = &keys }},
		"no CORS at all": {"cors.discovery", checks.Warned, "if the server supports browser-based apps", func(d *evidence.Discovery) {
			cors(d, "smart-configuration")[0].Header = nil
			cors(d, "metadata")[0].Header = nil
		}},
		"CORS on one of two": {"cors.metadata", checks.Failed, "no Access-Control-Allow-Origin", func(d *evidence.Discovery) { cors(d, "metadata")[0].Header = nil }},
		"CORS header twice": {"cors.discovery", checks.Failed, "2 Access-Control-Allow-Origin headers", func(d *evidence.Discovery) {
			cors(d, "smart-configuration")[0].Header = evidence.Headers{"Access-Control-Allow-Origin": {"*", "*"}}
		}},
		"token for credentials": {"cors.credentials", checks.Warned, "allowed with credentials", func(d *evidence.Discovery) { cors(d, "token")[0].Header = reflected }},
		"authorize for pages": {"cors.authorization", checks.Failed, "Access-Control-Allow-Origin *", func(d *evidence.Discovery) {
			cors(d, "authorization")[0].Header = evidence.Headers{"Access-Control-Allow-Origin": {"*"}}
		}},
		"preflight wants a token": {"cors.fhir-preflight", checks.Failed, "status 401", func(d *evidence.Discovery) { cors(d, "fhir")[0].Status = 401 }},
		"star is no authorization": {"cors.fhir-preflight", checks.Failed, "authorization is not among", func(d *evidence.Discovery) {
			cors(d, "fhir")[0].Header = evidence.Headers{"Access-Control-Allow-Origin": {"*"}, "Access-Control-Allow-Headers": {"*"}}
		}},
		"foreign origin at token": {"cors.token-preflight", checks.Failed, "no Access-Control-Allow-Origin", func(d *evidence.Discovery) { cors(d, "token")[1].Header = nil }},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			g := NewWithT(t)
			d := live(t)
			tc.change(&d)
			for _, f := range judgeDiscovery(d, checks.Options{Version: checks.V2_2_0}) {
				if f.Check == tc.check {
					g.Expect(f.Status).To(Equal(tc.status), f.Message)
					g.Expect(f.Message).To(ContainSubstring(tc.message))
					return
				}
			}
			t.Fatalf("no check %s", tc.check)
		})
	}
}

package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/checks"
)

// TestRunAgainstServersWithoutDocuments runs every suite against servers whose SMART configuration
// cannot be used.
func TestRunAgainstServersWithoutDocuments(t *testing.T) {
	const jsonType = "application/json"
	for name, tc := range map[string]struct {
		serve  http.HandlerFunc
		code   int
		check  string // that judges the document
		status checks.Status
		says   string // of that finding
		flows  string // why no flow could be tried
	}{
		"a sign-in page":   {sends("text/html", []byte("<!doctype html><title>Sign in</title>")), 1, "discovery.json", checks.Failed, "an HTML page instead of JSON", "is the URL a sign-in page?"},
		"truncated JSON":   {sends(jsonType, []byte(minimal[:300])), 1, "discovery.json", checks.Failed, "ends in the middle of the document", "answered 200 application/json; expected a JSON object"},
		"an array":         {sends(jsonType, []byte("["+minimal+"]")), 1, "discovery.json", checks.Failed, "is an array", "answered 200 application/json; expected a JSON object"},
		"200 MB":           {huge, 3, "discovery.document", checks.Undecided, "is longer than 5 MiB", "is longer than 5 MiB"},
		"endless redirect": {endless, 1, "discovery.document", checks.Failed, "redirects more than 5 times", "answered 302"},
		"a hanging answer": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 3, "discovery.document", checks.Undecided, "no complete answer in time", "no complete answer within 1s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			p := runs(t, environment, "run", "-c", targetFile(t, startServer(t, tc.serve), impatient, app),
				"--suite", "discovery,authorize,launch,token,scopes,pkce")
			g.Expect(p.code()).To(Equal(tc.code), "%s", &p.out)
			document := p.finding(tc.check)
			g.Expect(document.Status).To(Equal(tc.status))
			g.Expect(document.Message + document.Reason).To(ContainSubstring(tc.says))
			flow := p.finding("token.json")
			g.Expect(flow.Status).To(Equal(checks.Undecided))
			g.Expect(flow.Reason).To(ContainSubstring(tc.flows))
			g.Expect(oneLine(p.out.String())).To(ContainSubstring(tc.says), "the table says it too")
		})
	}
}

func huge(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	zeros(w, 200<<20)
}

func endless(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, r.URL.Path+"?again="+r.URL.RawQuery+"x", http.StatusFound)
}

// TestRunAgainstUnreachableServers runs the suites that need no login against servers that cannot be
// spoken to.
func TestRunAgainstUnreachableServers(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	closed := "https://" + listener.Addr().String() + "/fhir"
	NewWithT(t).Expect(listener.Close()).To(Succeed())
	expired, ca := startExpired(t)
	for name, tc := range map[string]struct {
		base, more string
		says       string
	}{
		"refused":             {closed, "", "refused the connection; is the server running?"},
		"unknown host":        {"https://nobody.invalid/fhir", "", "the host nobody.invalid"},
		"expired certificate": {expired, "tls: {ca: \"" + ca + "\"}\n", "is expired or not yet valid (from 2020-01-01 to 2021-01-01)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			p := runs(t, environment, "run", "-c", targetFile(t, tc.base, impatient, tc.more, app), "--suite", "discovery,token")
			g.Expect(p.code()).To(Equal(3), "%s", &p.out)
			document := p.finding("discovery.document")
			g.Expect(document.Status).To(Equal(checks.Undecided))
			g.Expect(document.Reason).To(ContainSubstring(tc.says))
			g.Expect(p.finding("token.json").Reason).To(ContainSubstring("flows need the SMART configuration"))
		})
	}
}

// TestRunThroughProxy reaches a public address through a proxy on a private one.
func TestRunThroughProxy(t *testing.T) {
	g := NewWithT(t)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "192.0.2.1" || !strings.HasSuffix(r.URL.Path, "/.well-known/smart-configuration") {
			http.NotFound(w, r)
			return
		}
		sends("application/json", []byte(minimal))(w, r)
	}))
	t.Cleanup(proxy.Close)
	p := runs(t, map[string]string{"HTTP_PROXY": proxy.URL}, "run", "-c", targetFile(t, "http://192.0.2.1/fhir", impatient), "--check", "discovery.json")
	g.Expect(p.finding("discovery.json").Status).To(Equal(checks.Passed), "%s", &p.out)
	g.Expect(p.code()).To(BeZero())
}

// TestRunWrongUsage gives the program what it cannot begin with.
func TestRunWrongUsage(t *testing.T) {
	base := startServer(t, sends("application/json", []byte(minimal)))
	good := targetFile(t, base, app)
	file := filepath.Join(t.TempDir(), "file")
	NewWithT(t).Expect(os.WriteFile(file, nil, 0o600)).To(Succeed())
	for name, tc := range map[string]struct {
		env  map[string]string
		args []string
		says string
	}{
		"no target file":       {environment, []string{"-c", "nowhere.yaml"}, `write one with "smartcheck init URL"`},
		"unknown key":          {environment, []string{"-c", targetFile(t, base, "timeout: {request: 1s}\n")}, `smartcheck.yaml:3:1: `},
		"nearest key":          {environment, []string{"-c", targetFile(t, base, "timeout: {request: 1s}\n")}, `timeouts`},
		"missing variable":     {nil, []string{"-c", good}, "the environment variable PATIENT_PASSWORD is not set"},
		"literal password":     {environment, []string{"-c", targetFile(t, base, strings.Replace(app, "${PATIENT_PASSWORD}", "hunter2", 1))}, "write ${PATIENT_PASSWORD} instead"},
		"no YAML":              {environment, []string{"-c", targetFile(t, base, "users: [\n")}, "is not YAML"},
		"unwritable reports":   {environment, []string{"-c", good, "--reports", filepath.Join(file, "reports")}, "name another with --reports"},
		"unwritable JUnit":     {environment, []string{"-c", good, "--junit", filepath.Join(file, "junit.xml")}, "cannot write --junit"},
		"unknown check":        {environment, []string{"-c", good, "--check", "token.code-singleuse"}, `the nearest is "token.code-single-use"`},
		"unlike any check":     {environment, []string{"-c", good, "--check", "zzz"}, `there is no check "zzz"; "smartcheck checks" lists them`},
		"unknown suite":        {environment, []string{"-c", good, "--suite", "tokens"}, `there is no suite "tokens"; there are `},
		"unknown level":        {environment, []string{"-c", good, "--level", "MUST"}, `no check has the level "MUST"`},
		"unknown format":       {environment, []string{"-c", good, "--format", "xml"}, `there is no format "xml"`},
		"unknown version":      {environment, []string{"-c", good, "--spec", "3.0.0"}, "2.2.0"},
		"unreadable filter":    {environment, []string{"-c", good, "--label-filter", "area:token &&"}, "the label filter"},
		"nothing selected":     {environment, []string{"-c", good, "--suite", "token", "--level", "MAY", "--check", "tls.hsts"}, "the selection leaves no check to run"},
		"nothing labelled":     {environment, []string{"-c", good, "--label-filter", "area:nothing"}, "leaves no check to run"},
		"an argument too many": {environment, []string{"-c", good, "discovery"}, "unknown command"},
		"unknown flag":         {environment, []string{"-c", good, "--suites", "token"}, "unknown flag: --suites"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			p := command(t, tc.env, append([]string{"run"}, tc.args...)...)
			p.start()
			p.wait()
			g.Expect(oneLine(p.errors.String())).To(ContainSubstring(tc.says))
			g.Expect(p.code()).To(Equal(2), "%s", &p.out)
			g.Expect(p.out.String()).To(BeEmpty())
			g.Expect(p.errors.String()).NotTo(ContainSubstring("hunter2"))
		})
	}
}

// TestRunWithoutChromium judges what needs no browser.
func TestRunWithoutChromium(t *testing.T) {
	base := startServer(t, sends("application/json", []byte(minimal)))
	for name, tc := range map[string]struct{ variable, value, says string }{
		"named wrongly": {"SMARTCHECK_CHROMIUM", "/nonexistent", "run the browser that SMARTCHECK_CHROMIUM names"},
		"not installed": {"PATH", t.TempDir(), "apt-get install chromium-headless-shell"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			p := runs(t, with(tc.variable, tc.value), "run", "-c", targetFile(t, base, app), "--suite", "discovery,token")
			g.Expect(p.finding("discovery.json").Status).To(Equal(checks.Passed))
			flow := p.finding("token.json")
			g.Expect(flow.Status).To(Equal(checks.Undecided))
			g.Expect(flow.Reason).To(ContainSubstring(tc.says))
			g.Expect(p.code()).To(Equal(3), "%s", &p.out)

			demo := command(t, with(tc.variable, tc.value), "demo", "--reports", "")
			demo.start()
			demo.wait()
			g.Expect(demo.errors.String()).To(ContainSubstring(tc.says))
			g.Expect(demo.code()).To(Equal(2))
			g.Expect(time.Since(demo.started)).To(BeNumerically("<", 20*time.Second))
		})
	}
}

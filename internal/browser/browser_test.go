package browser_test

import (
	"context"
	"io"
	"log"
	"os"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/browser"
)

const (
	callback = "https://app.example.org/callback"
	launch   = "https://app.example.org/launch"
	secret   = "correct horse & battery"
)

var quietLog = log.New(io.Discard, "", 0)

// tests holds what all tests share: one browser and the CA that it trusts.
var tests struct {
	ca      *authority
	browser *browser.Browser
}

func TestMain(m *testing.M) {
	tests.ca = newAuthority()
	var err error
	tests.browser, err = browser.Start(context.Background(), browser.Options{Roots: tests.ca.PEM, Logf: log.Printf})
	if err != nil {
		log.Fatal(err)
	}
	code := m.Run()
	_ = tests.browser.Close()
	os.Exit(code)
}

// ada is a driver that signs in as the user of the EHR.
func ada() browser.Driver {
	return browser.Driver{
		Username: func() string { return "ada" },
		Password: func() string { return secret },
	}
}

func newPerson(t testing.TB) *browser.Person {
	t.Helper()
	p, err := tests.browser.NewPerson(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// trip makes a journey of a new person.
func trip(t testing.TB, j browser.Journey) (browser.Trace, error) {
	t.Helper()
	if j.Timeout == 0 {
		j.Timeout = 30 * time.Second
	}
	return newPerson(t).Run(context.Background(), j)
}

func TestStandaloneLaunch(t *testing.T) {
	g := NewWithT(t)
	e := newEHR(t)
	d := ada()
	d.Patient = "p-10"
	d.Untick = []string{"openid"}
	trace, err := trip(t, browser.Journey{Start: e.authorize(callback, "s p&1"), Trap: []string{callback}, Driver: d})

	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(trace.Outcome).To(Equal(browser.Landed), trace.Explanation)
	g.Expect(*trace.Landed).To(Equal(browser.Landing{
		URL: callback + "?code=c-p-10&state=s+p%261", Method: "GET", Where: browser.SameTab,
	}))
	g.Expect(kinds(trace)).To(Equal([]string{"sign-in", "patient picker", "consent"}))
	g.Expect(e.grants()).To(HaveLen(1))
	g.Expect(e.grants()[0]["scope"]).To(Equal([]string{"patient/Observation.rs", "patient/Patient.rs"}), "every scope but the one taken out")
	g.Expect(trace.Decisions).To(HaveLen(3))
	t.Log(trace.Decisions, trace.Took)
}

func kinds(trace browser.Trace) []string {
	var out []string
	for _, p := range trace.Pages {
		out = append(out, p.Kind)
	}
	return out
}
